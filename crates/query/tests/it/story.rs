//! A desk made by hand, entry by entry.

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_query::view::Clocks;

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    if text.contains('T') { text.parse() } else { format!("{text}T09:00:00Z").parse() }.unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::named(&format!("crm:{name}"))
}

pub(crate) fn contact(name: &str) -> ContactId {
    ContactId::named(name)
}

pub(crate) fn member(name: &str) -> MemberId {
    MemberId::named(name)
}

pub(crate) fn today(text: &str) -> Clocks {
    Clocks { as_of: day(text), known_at: None, position: 0, past: false }
}

pub(crate) fn past(text: &str) -> Clocks {
    Clocks { past: true, ..today(text) }
}

/// Points for revenue and for a contract, each enough by itself, with a trial of so many days.
pub(crate) fn small_policy(trial_days: u32) -> String {
    format!(
        r#"
name = "Small"
enters_at = 50
stays_from = 40
grace_days = 30
trial_days = {trial_days}

[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
from = 0
to = 1000
points = 60
missing = "no points"
why = "They pay us."

[[criterion]]
id = "framework"
title = "Framework agreement"
measure = "contracts"
of = "framework"
at_least = 1
points = 40
missing = "no points"
why = "They are bound."
"#
    )
}

/// A desk and the entries that made it. Each is recorded a second after the one before.
pub(crate) struct Story {
    pub(crate) desk: Desk,
    pub(crate) entries: Vec<Entry>,
    recorded: Timestamp,
}

impl Story {
    /// A firm that sums in euros, under the first policy and watchlist.
    pub(crate) fn begin() -> Self {
        Self::under(FIRST_POLICY)
    }

    /// The same under a policy of its own.
    pub(crate) fn under(policy: &str) -> Self {
        let mut story =
            Self { desk: Desk::default(), entries: Vec::new(), recorded: at("2020-01-01") };
        let genesis = linchpin_testkit::genesis(true);
        story.put("genesis", at("2020-01-01"), "desk", Body::Genesis(genesis));
        let policy = PolicyAdopted { document: policy.to_owned(), approvals: Vec::new() };
        let watchlist = WatchlistAdopted { document: FIRST_WATCHLIST.to_owned() };
        story.tell("2020-01-01", policy);
        story.tell("2020-01-01", watchlist);
        for (name, role) in
            [("Maija Virtanen", Role::AccountManager), ("Kari Berg", Role::Director)]
        {
            let person = Private::named(name);
            story.tell("2020-01-01", MemberNamed { member: member(name), person, role });
        }
        story
    }

    /// The same after the first one, under the small policy.
    pub(crate) fn small(trial_days: u32) -> Self {
        let mut story = Self::begin();
        story.adopt("2020-01-02", &small_policy(trial_days));
        story
    }

    pub(crate) fn adopt(&mut self, when: &str, policy: &str) -> EntryId {
        let document = policy.to_owned();
        self.tell(when, PolicyAdopted { document, approvals: Vec::new() })
    }

    pub(crate) fn put(&mut self, name: &str, when: Timestamp, actor: &str, body: Body) -> EntryId {
        self.recorded = self.recorded.max(when) + jiff::SignedDuration::from_secs(1);
        let stream = body.stream();
        let version = 1 + self.entries.iter().filter(|entry| entry.stream == stream).count() as u64;
        let entry = Entry {
            position: self.entries.len() as u64 + 1,
            id: EntryId::named(name),
            stream,
            version,
            occurred_at: when,
            recorded_at: self.recorded,
            actor: actor.to_owned(),
            correlation: None,
            body,
        };
        self.desk.apply(&entry);
        self.entries.push(entry);
        EntryId::named(name)
    }

    pub(crate) fn tell(&mut self, when: &str, fact: impl Into<Fact>) -> EntryId {
        let name = format!("told {}", self.entries.len());
        self.put(&name, at(when), "test", Body::Fact(fact.into()))
    }

    pub(crate) fn decide(&mut self, when: &str, actor: &str, decision: Decision) -> EntryId {
        let name = format!("decided {}", self.entries.len());
        self.put(&name, at(when), actor, Body::Decision(decision))
    }

    pub(crate) fn client(&mut self, when: &str, name: &str) -> AccountId {
        let id = account(name);
        let (country, sector) = (Some("Norway".to_owned()), None);
        self.tell(when, AccountRegistered { account: id, name: name.to_owned(), country, sector });
        self.tell(when, ExternalRefLinked { account: id, source: "crm".into(), id: name.into() });
        id
    }

    pub(crate) fn invoice(&mut self, when: &str, account: AccountId, amount: &str) -> EntryId {
        let number = format!("I-{}", self.entries.len());
        self.tell(
            when,
            InvoiceIssued {
                account,
                invoice: InvoiceId::named(&number),
                number: Some(number),
                amount: amount.parse::<Decimal>().unwrap(),
                currency: Currency::EUR,
                cost: None,
                lines: Vec::new(),
            },
        )
    }

    pub(crate) fn credit(&mut self, when: &str, account: AccountId, amount: &str) -> EntryId {
        let number = format!("C-{}", self.entries.len());
        self.tell(
            when,
            CreditNoteIssued {
                account,
                invoice: InvoiceId::named(&number),
                number: Some(number),
                amount: amount.parse::<Decimal>().unwrap(),
                currency: Currency::EUR,
                lines: Vec::new(),
            },
        )
    }

    pub(crate) fn order(&mut self, when: &str, account: AccountId) -> EntryId {
        let engagement = EngagementId::named(&format!("order {}", self.entries.len()));
        let kind = EngagementKind::Order;
        self.tell(
            when,
            EngagementRecorded { account, engagement, kind, title: None, by: None, until: None },
        )
    }

    /// One order on each of these days of January 2026.
    pub(crate) fn orders(&mut self, days: std::ops::RangeInclusive<u8>, account: AccountId) {
        for day in days {
            self.order(&format!("2026-01-{day:02}"), account);
        }
    }

    pub(crate) fn joins(
        &mut self,
        when: &str,
        account: AccountId,
        name: &str,
        level: Level,
        role: BuyingRole,
    ) -> EntryId {
        self.tell(
            when,
            ContactJoined {
                account,
                contact: contact(name),
                person: Private::named(name),
                title: "Head of people".to_owned(),
                level: Some(level),
                role: Some(role),
            },
        )
    }

    pub(crate) fn leaves(&mut self, when: &str, account: AccountId, name: &str) -> EntryId {
        self.tell(when, ContactLeft { account, contact: contact(name) })
    }

    pub(crate) fn framework(&mut self, when: &str, account: AccountId, end: &str) -> ContractId {
        let contract = ContractId::named(&format!("framework of {account}"));
        self.tell(
            when,
            ContractSigned {
                account,
                contract,
                title: "Framework agreement".to_owned(),
                kind: ContractKind::Framework,
                start: day(when),
                end: day(end),
                notice_days: Some(90),
                auto_renewal_months: None,
                value_a_year: None,
            },
        );
        contract
    }

    pub(crate) fn owned(&mut self, when: &str, account: AccountId, name: &str) {
        self.tell(when, OwnerAssigned { account, owner: member(name) });
    }
}
