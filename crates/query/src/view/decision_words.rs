//! Each kind of decision in one plain sentence.

use jiff::civil::Date;
use linchpin_domain::decision::{
    AlertPassedOn, AlertRaised, Decision, Passing, Recipient, StatusChanged,
};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Entry;
use linchpin_domain::id::AlertId;
use linchpin_domain::policy::Status;

use super::{Clocks, alerts, people};
use crate::words;

/// What a decision says.
pub(super) fn sentence(desk: &Desk, entry: &Entry, decision: &Decision) -> String {
    let day = desk.day_of(entry.recorded_at);
    match decision {
        Decision::StatusChanged(it) => status(it, day),
        Decision::AlertRaised(it) => raised(desk, it),
        Decision::AlertPassedOn(it) => passed_on(desk, it),
        Decision::AlertResolved(it) => {
            format!("Alert settled: {}. Reason: {}.", title(desk, it.alert, day), it.reason.words())
        }
        Decision::AlertAcknowledged(it) => {
            let who = people::actor(desk, &entry.actor, day);
            let note = it.note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"));
            format!("{who} took an alert in hand: {}.{note}", title(desk, it.alert, day))
        }
        Decision::AlertSnoozed(it) => {
            let who = people::actor(desk, &entry.actor, day);
            let until = words::date(it.until, day);
            format!("{who} put an alert off to {until}: {}.", title(desk, it.alert, day))
        }
    }
}

fn status(it: &StatusChanged, day: Date) -> String {
    let to = match (it.from, it.to) {
        (_, Status::Standard) => "a standard client again",
        (_, Status::Released) => "released, no key account any more",
        (_, Status::Nominated) => "nominated as a key account",
        (_, Status::UnderReview) => "under review",
        (Status::UnderReview, Status::Trial) => "a key account on trial again",
        (_, Status::Trial) => "a key account on trial",
        (Status::Trial, Status::Key) => "a key account for good",
        (Status::UnderReview, Status::Key) => "a key account again",
        (_, Status::Key) => "a key account",
    };
    let since = words::date(it.since, day);
    format!("Assessed: {to} since {since}, with {} of {} points.", it.points, it.out_of)
}

fn raised(desk: &Desk, it: &AlertRaised) -> String {
    let told = match it.to.member {
        Some(member) => format!("Told {}.", people::member_name(desk, member, it.made_from.on)),
        None => format!("Nobody was told: there was no {}.", it.to.role.words()),
    };
    format!("Alert raised: {}. {told}", title(desk, it.alert, it.made_from.on))
}

fn passed_on(desk: &Desk, it: &AlertPassedOn) -> String {
    let day = it.made_from.on;
    let (from, to) = (holder(desk, it.from, day), holder(desk, it.to, day));
    let why = passing(&from, it.from, it.reason);
    let title = title(desk, it.alert, day);
    format!("Alert passed on from {from} to {to}: {title}. Reason: {why}")
}

/// Who was told, in a sentence that names two.
pub(super) fn holder(desk: &Desk, to: Recipient, day: Date) -> String {
    match to.member {
        Some(member) => people::member_name(desk, member, day),
        None => "nobody".to_owned(),
    }
}

/// Why an alert was passed on, said of whoever was told before.
pub(super) fn passing(from: &str, before: Recipient, reason: Passing) -> String {
    let role = before.role.words();
    match reason {
        Passing::Left => format!("{from} left the firm."),
        Passing::RoleLost => format!("{from} is no longer the {role}."),
        Passing::RoleVacant => format!("there was no {role}."),
        Passing::RuleChanged => format!("the watchlist told the {role} before."),
    }
}

/// The headline of an alert as read on a day.
fn title(desk: &Desk, id: AlertId, day: Date) -> String {
    let clocks = Clocks { as_of: day, known_at: None, position: desk.position(), past: false };
    let alert = desk.alerts().get(id);
    let title = alert.and_then(|alert| alerts::headline(desk, alert, &clocks));
    title.unwrap_or_else(|| "one that is not on record".to_owned())
}
