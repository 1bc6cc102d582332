//! Short ways to tell of several clients, their groups and our own people.

use jiff::SignedDuration;

use super::story::{Told, day, told};
use crate::desk::{Client, Desk};
use crate::fact::*;
use crate::id::{AccountId, ContactId, EngagementId, InvoiceId, MemberId};
use crate::money::Currency;
use crate::policy::{Span, Status, Track, assess};
use crate::private::Private;

pub(super) fn id(name: &str) -> AccountId {
    AccountId::named(name)
}

pub(super) fn who(name: &str) -> MemberId {
    MemberId::named(name)
}

pub(super) fn registered(date: &str, name: &str) -> Told {
    let (account, name) = (id(name), name.to_owned());
    told(date, AccountRegistered { account, name, country: None, sector: None })
}

pub(super) fn billed(date: &str, name: &str, amount: u32) -> Told {
    let invoice = InvoiceIssued {
        account: id(name),
        invoice: InvoiceId::named(&format!("{name} {date}")),
        number: None,
        amount: amount.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    };
    told(date, invoice)
}

pub(super) fn worked(date: &str, name: &str, by: Option<&str>) -> Told {
    let engagement = EngagementRecorded {
        account: id(name),
        engagement: EngagementId::named(&format!("{name} {date} {by:?}")),
        kind: EngagementKind::Placement,
        title: None,
        by: by.map(who),
        until: None,
    };
    told(date, engagement)
}

pub(super) fn met(date: &str, name: &str, contact: &str, level: Level) -> Told {
    let joined = ContactJoined {
        account: id(name),
        contact: ContactId::named(contact),
        person: Private::default(),
        title: "Head".to_owned(),
        level: Some(level),
        role: None,
    };
    told(date, joined)
}

pub(super) fn judged(date: &str, name: &str, score: u8, expires: &str) -> Told {
    let judgement = JudgementGiven {
        account: id(name),
        of: JudgementOf::StrategicFit,
        score,
        by: who("kari"),
        reason: "where we want to go".to_owned(),
        expires: day(expires),
    };
    told(date, judgement)
}

pub(super) fn belongs(date: &str, name: &str, parent: &str) -> Told {
    told(date, ParentSet { account: id(name), parent: id(parent) })
}

pub(super) fn cleared(date: &str, name: &str) -> Told {
    told(date, ParentCleared { account: id(name) })
}

pub(super) fn merged(date: &str, name: &str, into: &str) -> Told {
    let reason = "one client".to_owned();
    told(date, AccountsMerged { account: id(name), into: id(into), reason })
}

pub(super) fn unmerged(date: &str, name: &str, from: &str) -> Told {
    let reason = "two clients".to_owned();
    told(date, AccountsUnmerged { account: id(name), from: id(from), reason })
}

pub(super) fn taken_back(date: &str, name: &str, what: &Told) -> Told {
    let reason = "by mistake".to_owned();
    told(date, FactRetracted::of_account(id(name), what.id, reason))
}

pub(super) fn member(date: &str, name: &str, role: Role) -> Told {
    told(date, MemberNamed { member: who(name), person: Private::named(name), role })
}

pub(super) fn gone(date: &str, name: &str) -> Told {
    told(date, MemberLeft { member: who(name) })
}

pub(super) fn nominated(date: &str, name: &str, by: &str) -> Told {
    let reason = "they grow fast".to_owned();
    told(date, StatusNominated { account: id(name), by: who(by), reason })
}

pub(super) fn approved(date: &str, name: &str, by: &str) -> Told {
    told(date, StatusApproved { account: id(name), by: who(by), reason: "agreed".to_owned() })
}

pub(super) fn vetoed(date: &str, name: &str, by: &str) -> Told {
    told(date, StatusVetoed { account: id(name), by: who(by), reason: "not yet".to_owned() })
}

pub(super) fn confirmed(date: &str, name: &str, by: &str) -> Told {
    let reason = "looked at again".to_owned();
    told(date, StatusConfirmed { account: id(name), by: who(by), reason })
}

pub(super) fn overridden(date: &str, name: &str, to: Status, expires: &str) -> Told {
    let (account, by, reason) = (id(name), who("kari"), "the board wants it".to_owned());
    told(date, StatusOverridden { account, to, by, reason, expires: day(expires) })
}

pub(super) fn override_ended(date: &str, name: &str) -> Told {
    let reason = "no longer".to_owned();
    told(date, OverrideEnded { account: id(name), by: who("kari"), reason })
}

pub(super) fn owned(date: &str, name: &str, owner: &str) -> Told {
    told(date, OwnerAssigned { account: id(name), owner: who(owner) })
}

pub(super) fn claims(date: &str, name: &str, by: &str) -> Told {
    let reason = "I placed someone there".to_owned();
    told(date, OwnershipClaimed { account: id(name), by: who(by), reason })
}

pub(super) fn ruled(date: &str, name: &str, owner: &str) -> Told {
    let ruled = OwnershipRuled {
        account: id(name),
        owner: who(owner),
        by: who("kari"),
        reason: "whoever is there now".to_owned(),
        parent_history_counts: Some(false),
    };
    told(date, ruled)
}

/// The same, so many hours later in the day.
pub(super) fn later(told: Told, hours: i64) -> Told {
    Told { at: told.at + SignedDuration::from_hours(hours), ..told }
}

pub(super) fn of<'a>(desk: &'a Desk, name: &str) -> Client<'a> {
    desk.client(id(name)).unwrap()
}

/// A criterion's figure.
pub(super) fn figure(desk: &Desk, name: &str, criterion: &str, date: &str) -> Option<String> {
    let assessment = assess(&of(desk, name), day(date)).unwrap();
    let found = assessment.criteria.into_iter().find(|it| it.result.id == criterion);
    found.unwrap().result.value.map(|value| value.to_string())
}

pub(super) fn status_on(desk: &Desk, name: &str, date: &str) -> Status {
    let track = Track::follow(&of(desk, name), day(date), &mut |_| {});
    track.unwrap().standing().status
}

/// Each status with its first day.
pub(super) fn statuses(desk: &Desk, name: &str, until: &str) -> Vec<(String, Status)> {
    let mut spans: Vec<Span> = Vec::new();
    Track::follow(&of(desk, name), day(until), &mut |span| spans.push(span));
    spans.dedup_by(|next, before| next.status == before.status);
    spans.into_iter().map(|span| (span.from.to_string(), span.status)).collect()
}

/// What was expected of [`statuses`].
pub(super) fn course(expected: &[(&str, Status)]) -> Vec<(String, Status)> {
    expected.iter().map(|(date, status)| ((*date).to_owned(), *status)).collect()
}
