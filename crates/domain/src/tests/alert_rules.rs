//! What becomes of an alert: given what was decided, when this is done, then that.

use super::story::*;
use crate::alert::{AlertCommand, AlertState, Refusal, decide, settle};
use crate::decision::{Decision, Resolution};
use crate::desk::Desk;
use crate::entry::{Body, MadeFrom};
use crate::fact::ContactLeft;
use crate::id::{AlertId, EntryId};

/// A desk that has settled its alerts day by day, as the notifier does.
struct Watched {
    desk: Desk,
}

impl Watched {
    fn new(story: &[Told]) -> Self {
        Self { desk: desk(story) }
    }

    fn settle(&mut self, date: &str) -> Vec<&'static str> {
        let made_from = MadeFrom { position: self.desk.position(), on: day(date), version: 1 };
        let (desk, look) = (&self.desk, look_on(&self.desk, date));
        let decisions = settle(desk.alerts(), desk.firm(), acme(), &look, made_from);
        let names = decisions.iter().map(Decision::name).collect();
        decisions.into_iter().for_each(|decision| self.record(date, decision));
        names
    }

    fn record(&mut self, date: &str, decision: Decision) {
        let at = format!("{date}T06:00:00Z").parse().unwrap();
        let position = self.desk.position() + 1;
        let id = EntryId::named(&position.to_string());
        self.desk.apply(&entry(position, id, at, Body::Decision(decision)));
    }

    fn tell(&mut self, told: Told) {
        let position = self.desk.position() + 1;
        self.desk.apply(&entry(position, told.id, told.at, Body::Fact(told.fact)));
    }

    fn only(&self) -> AlertId {
        let ids: Vec<AlertId> = self.desk.alerts().iter().map(|alert| alert.raised.alert).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        ids[0]
    }

    fn command(&mut self, date: &str, command: AlertCommand) -> Result<(), Refusal> {
        let decision = decide(self.desk.alerts(), self.only(), &command, day(date))?;
        self.record(date, decision);
        Ok(())
    }
}

fn someone_left() -> Vec<Told> {
    vec![told("2026-01-01", joined("ann", None, None)), told("2026-02-01", left("ann"))]
}

#[test]
fn a_finding_is_raised_once() {
    let mut watched = Watched::new(&someone_left());
    assert_eq!(watched.settle("2026-02-01"), ["alert.raised"]);
    assert_eq!(watched.settle("2026-02-01"), Vec::<&str>::new());
    assert_eq!(watched.settle("2026-02-02"), Vec::<&str>::new());
}

#[test]
fn a_late_fact_that_shows_otherwise_resolves_it() {
    let mut watched = Watched::new(&someone_left());
    watched.settle("2026-02-01");
    watched.tell(told("2026-02-02", joined("ann", None, None)));
    assert_eq!(
        watched.settle("2026-02-03"),
        ["alert.resolved", "alert.raised"],
        "gone, and news that she is back"
    );
    let resolved = watched.desk.alerts().of(acme()).next().unwrap();
    assert!(matches!(
        resolved.state,
        AlertState::Resolved { reason: Resolution::NoLongerTrue, .. }
    ));
}

#[test]
fn a_retraction_resolves_it_and_the_truth_raises_it_again() {
    let story = someone_left();
    let mut watched = Watched::new(&story);
    watched.settle("2026-02-01");
    watched.tell(retracted("2026-02-02", &story[1]));
    assert_eq!(watched.settle("2026-02-02"), ["alert.resolved"]);
    let again = ContactLeft { account: acme(), contact: crate::id::ContactId::named("ann") };
    let mut again = told("2026-02-01", again);
    again.id = EntryId::named("told anew");
    watched.tell(again);
    assert_eq!(watched.settle("2026-02-03"), ["alert.raised"]);
    let episodes: Vec<u32> = watched.desk.alerts().of(acme()).map(|a| a.raised.episode).collect();
    assert_eq!(episodes, [1, 2]);
}

#[test]
fn acknowledged_it_stays_silent_and_is_still_resolved_in_the_end() {
    let mut watched = Watched::new(&someone_left());
    watched.settle("2026-02-01");
    watched.command("2026-02-01", AlertCommand::Acknowledge { note: None }).unwrap();
    assert_eq!(watched.settle("2026-02-02"), Vec::<&str>::new());
    assert_eq!(watched.settle("2026-05-02"), ["alert.resolved"], "after ninety days it is no news");
}

#[test]
fn commands_are_strict() {
    let mut watched = Watched::new(&someone_left());
    watched.settle("2026-02-01");
    let snooze = |until: &str| AlertCommand::Snooze { until: day(until) };
    assert_eq!(watched.command("2026-02-01", snooze("2026-02-01")), Err(Refusal::NotLater));
    assert_eq!(watched.command("2026-02-01", snooze("2027-02-01")), Err(Refusal::TooLong));
    assert_eq!(watched.command("2026-02-01", snooze("2026-02-08")), Ok(()));
    let alert = watched.desk.alerts().get(watched.only()).unwrap().clone();
    assert!(!alert.is_open(day("2026-02-07")));
    assert!(alert.is_open(day("2026-02-08")), "it comes back on its day");
    let take = AlertCommand::Acknowledge { note: Some("calling her".to_owned()) };
    assert_eq!(watched.command("2026-02-02", take.clone()), Ok(()));
    assert_eq!(watched.command("2026-02-02", take), Err(Refusal::InHand));
    let nothing = AlertId::named("nothing");
    let refused = decide(watched.desk.alerts(), nothing, &snooze("2026-02-08"), day("2026-02-01"));
    assert_eq!(refused, Err(Refusal::NoSuchAlert));
}
