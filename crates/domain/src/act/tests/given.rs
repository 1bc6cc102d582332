//! What is known when something is asked, and what it comes to.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::*;
use crate::entry::{Body, Entry};
use crate::fact::*;
use crate::genesis::Genesis;
use crate::id::InvoiceId;
use crate::money::{Currency, Decimal};
use crate::private::Private;
use crate::wire;

/// Revenue alone: nominated from 10 points, may be nominated from 5, all by the director's yes.
pub(super) const RULES: &str = r#"
name = "Directed"
enters_at = 10
stays_from = 5
grace_days = 30
[approval]
role = "key-account director"
of = ["enter", "release"]
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
from = 0
to = 100
points = 10
missing = "no points"
why = "It pays the rent."
"#;

pub(super) const TODAY: &str = "2025-06-02";

pub(super) fn now() -> Timestamp {
    format!("{TODAY}T10:00:00Z").parse().unwrap()
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn acme() -> AccountId {
    AccountId::named("acme")
}

pub(super) fn other(name: &str) -> AccountId {
    AccountId::named(name)
}

pub(super) fn member(name: &str) -> MemberId {
    MemberId::named(name)
}

/// What is known when something is asked.
pub(super) struct Given {
    pub(super) desk: Desk,
    pub(super) position: Position,
}

impl Given {
    pub(super) fn rules(policy: &str) -> Self {
        let mut given = Self { desk: Desk::default(), position: 0 };
        let genesis = Genesis {
            firm: "Test".to_owned(),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".to_owned(),
            simulated: false,
        };
        given.store("2020-01-01", Body::Genesis(genesis));
        let given = given
            .told("2020-01-01", PolicyAdopted { document: policy.to_owned(), approvals: vec![] })
            .member("ann", Role::AccountManager)
            .member("ben", Role::AccountManager)
            .member("dora", Role::Director);
        given.registered("acme", "Acme")
    }

    /// Under rules by which the director says yes or no.
    pub(super) fn directed() -> Self {
        Self::rules(RULES)
    }

    /// Under rules by which points alone decide.
    pub(super) fn plain() -> Self {
        let (before, after) = RULES.split_once("[approval]").unwrap();
        let after = after.split_once("[[criterion]]").unwrap().1;
        Self::rules(&format!("{before}[[criterion]]{after}"))
    }

    fn store(&mut self, at: &str, body: Body) {
        let at: Timestamp = if at.contains('T') {
            at.parse().unwrap()
        } else {
            format!("{at}T08:00:00Z").parse().unwrap()
        };
        self.position += 1;
        let (_, json) = wire::encode(&body).unwrap();
        self.desk.apply(&Entry {
            position: self.position,
            id: EntryId::named(&format!("{at} {json}")),
            stream: body.stream(),
            version: self.position,
            occurred_at: at,
            recorded_at: at,
            actor: "test".to_owned(),
            correlation: None,
            body,
        });
    }

    pub(super) fn told(mut self, at: &str, fact: impl Into<Fact>) -> Self {
        self.store(at, Body::Fact(fact.into()));
        self
    }

    pub(super) fn member(self, name: &str, role: Role) -> Self {
        let person = Private::named(name);
        self.told("2020-01-02", MemberNamed { member: member(name), person, role })
    }

    pub(super) fn registered(self, id: &str, name: &str) -> Self {
        let (account, name) = (other(id), name.to_owned());
        self.told("2021-01-01", AccountRegistered { account, name, country: None, sector: None })
    }

    pub(super) fn invoiced(self, at: &str, amount: u32) -> Self {
        let invoice = InvoiceId::named(at);
        let (amount, currency) = (Decimal::from(amount), Currency::EUR);
        let lines = Vec::new();
        let (account, number, cost) = (acme(), None, None);
        self.told(at, InvoiceIssued { account, invoice, number, amount, currency, cost, lines })
    }

    pub(super) fn below(self, at: &str, account: &str, parent: &str) -> Self {
        self.told(at, ParentSet { account: other(account), parent: other(parent) })
    }

    pub(super) fn asks(&self, by: &str, act: &Act) -> Result<Outcome, Refusal> {
        decide(&self.desk, acme(), member(by), act, now())
    }

    /// What it comes to is told, and the desk goes on from there.
    #[track_caller]
    pub(super) fn done(mut self, by: &str, act: &Act) -> Self {
        match self.asks(by, act).unwrap() {
            Outcome::Told { fact, at } => {
                assert!(says(&fact, acme(), member(by), act), "{fact:?} is not {act:?}");
                // The clock stands still, and still what comes later counts later.
                self.store(&at.unwrap_or_else(now).to_string(), Body::Fact(fact));
                self
            }
            already => panic!("{act:?} was nothing new: {already:?}"),
        }
    }

    #[track_caller]
    pub(super) fn already(&self, by: &str, act: &Act) {
        assert!(matches!(self.asks(by, act), Ok(Outcome::Already { .. })), "{act:?}");
    }

    #[track_caller]
    pub(super) fn refused(&self, by: &str, act: &Act, why: &Refusal) {
        assert_eq!(self.asks(by, act).unwrap_err(), *why, "{act:?}");
    }

    pub(super) fn status(&self) -> Status {
        let client = self.desk.client(acme()).unwrap();
        let track = crate::policy::Track::follow(&client, day(TODAY), &mut |_| {}).unwrap();
        track.standing().status
    }
}

pub(super) fn because() -> String {
    "we know them well".to_owned()
}
