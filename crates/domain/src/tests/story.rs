//! Telling a desk a story, one fact a line.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account::Account;
use crate::desk::{Client, Desk};
use crate::entry::{Body, Entry};
use crate::fact::*;
use crate::genesis::Genesis;
use crate::id::{AccountId, ContactId, ContractId, EngagementId, EntryId, InvoiceId, MemberId};
use crate::money::{Currency, Decimal};
use crate::private::Private;
use crate::watch::{Look, look};

pub(super) fn acme() -> AccountId {
    AccountId::named("acme")
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A fact told at a moment, under an id of its own.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) id: EntryId,
    pub(super) fact: Fact,
}

pub(super) fn told(date: &str, fact: impl Into<Fact>) -> Told {
    let fact = fact.into();
    let at: Timestamp = format!("{date}T12:00:00Z").parse().unwrap();
    let id = EntryId::named(&format!("{date} {}", fact.encode().unwrap()));
    Told { at, id, fact }
}

pub(super) fn retracted(date: &str, what: &Told) -> Told {
    let reason = "told by mistake".to_owned();
    told(date, FactRetracted::of_account(acme(), what.id, reason))
}

/// A desk that was told this, under these rules.
pub(super) fn desk_under(policy: &str, watchlist: &str, story: &[Told]) -> Desk {
    let genesis = Genesis {
        firm: "Test".to_owned(),
        currency: Currency::EUR,
        time_zone: "Europe/Berlin".to_owned(),
        simulated: false,
    };
    let start = "2020-01-01";
    let rules = [
        told(start, PolicyAdopted { document: policy.to_owned(), approvals: Vec::new() }),
        told(start, WatchlistAdopted { document: watchlist.to_owned() }),
    ];
    let mut desk = Desk::default();
    let at = rules[0].at;
    desk.apply(&entry(1, EntryId::named("genesis"), at, Body::Genesis(genesis)));
    for (told, position) in rules.iter().chain(story).zip(2..) {
        desk.apply(&entry(position, told.id, told.at, Body::Fact(told.fact.clone())));
    }
    desk
}

pub(super) fn desk(story: &[Told]) -> Desk {
    desk_under(crate::policy::FIRST_POLICY, crate::watch::FIRST_WATCHLIST, story)
}

pub(super) fn entry(position: u64, id: EntryId, at: Timestamp, body: Body) -> Entry {
    Entry {
        position,
        id,
        stream: body.stream(),
        version: position,
        occurred_at: at,
        recorded_at: at,
        actor: "test".to_owned(),
        correlation: None,
        body,
    }
}

pub(super) fn account(desk: &Desk) -> &Account {
    desk.account(acme()).unwrap()
}

pub(super) fn client(desk: &Desk) -> Client<'_> {
    desk.client(acme()).unwrap()
}

pub(super) fn look_on(desk: &Desk, date: &str) -> Look {
    look(&client(desk), day(date))
}

/// The keys of what is due, without the subject's id: `rule/day` or `rule/day/lead`.
pub(super) fn due(desk: &Desk, date: &str) -> Vec<String> {
    let short = |key: &String| {
        let mut parts = key.split('/');
        let rule = parts.next().unwrap().to_owned();
        parts.next();
        parts.fold(rule, |key, part| format!("{key}/{part}"))
    };
    look_on(desk, date).due.keys().map(short).collect()
}

pub(super) fn invoice(number: u32, amount: &str) -> InvoiceIssued {
    InvoiceIssued {
        account: acme(),
        invoice: InvoiceId::named(&number.to_string()),
        number: Some(number.to_string()),
        amount: amount.parse::<Decimal>().unwrap(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    }
}

pub(super) fn engagement(number: u32) -> EngagementRecorded {
    EngagementRecorded {
        account: acme(),
        engagement: EngagementId::named(&number.to_string()),
        kind: EngagementKind::Placement,
        title: None,
        by: None,
        until: None,
    }
}

pub(super) fn joined(who: &str, role: Option<BuyingRole>, level: Option<Level>) -> ContactJoined {
    ContactJoined {
        account: acme(),
        contact: ContactId::named(who),
        person: Private::named(who),
        title: "Head".to_owned(),
        level,
        role,
    }
}

pub(super) fn changed(who: &str, title: &str, role: Option<BuyingRole>) -> ContactChanged {
    ContactChanged {
        account: acme(),
        contact: ContactId::named(who),
        person: Private::default(),
        title: title.to_owned(),
        level: None,
        role,
    }
}

pub(super) fn left(who: &str) -> ContactLeft {
    ContactLeft { account: acme(), contact: ContactId::named(who) }
}

pub(super) fn framework(start: &str, end: &str, notice_days: Option<u16>) -> ContractSigned {
    ContractSigned {
        account: acme(),
        contract: ContractId::named("framework"),
        title: "Framework agreement".to_owned(),
        kind: ContractKind::Framework,
        start: day(start),
        end: day(end),
        notice_days,
        auto_renewal_months: None,
        value_a_year: None,
    }
}

pub(super) fn claimed(who: &str) -> OwnershipClaimed {
    let reason = "I placed someone there".to_owned();
    OwnershipClaimed { account: acme(), by: MemberId::named(who), reason }
}
