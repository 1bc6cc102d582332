//! Each kind of decision in one plain sentence.

use jiff::civil::Date;
use linchpin_domain::decision::{AlertRaised, Decision, StatusChanged};
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

/// The headline of an alert as read on a day.
fn title(desk: &Desk, id: AlertId, day: Date) -> String {
    let clocks = Clocks { as_of: day, known_at: None, position: desk.position(), past: false };
    let alert = desk.alerts().get(id);
    let title = alert.and_then(|alert| alerts::headline(desk, alert, &clocks));
    title.unwrap_or_else(|| "one that is not on record".to_owned())
}
