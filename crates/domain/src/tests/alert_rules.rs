//! What becomes of an alert: given what was decided, when this is done, then that.

use super::story::*;
use super::world::{gone, member, owned, who};
use crate::alert::{Alert, AlertCommand, AlertState, Refusal, decide, settle};
use crate::decision::{Decision, Passing, Recipient, Resolution};
use crate::desk::Desk;
use crate::entry::{Body, MadeFrom};
use crate::fact::{ContactLeft, FactRetracted, Role, WatchlistAdopted};
use crate::id::{AlertId, EntryId};
use crate::watch::FIRST_WATCHLIST;

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

    fn alert(&self) -> Alert {
        self.desk.alerts().get(self.only()).unwrap().as_ref().clone()
    }

    /// To whom the only alert goes, from whom it came and why, and whether it waits for someone.
    fn goes(&self, date: &str) -> (Recipient, Option<(Recipient, Passing, u32)>, bool) {
        let alert = self.alert();
        let passed = alert.passed.map(|it| (it.from, it.reason, it.ordinal));
        (alert.to, passed, alert.is_open(day(date)))
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

fn manager(name: &str) -> Recipient {
    Recipient { role: Role::AccountManager, member: Some(who(name)) }
}

const NOBODY: Recipient = Recipient { role: Role::AccountManager, member: None };

/// Someone left a client of Tom's, and he was told.
fn told_tom() -> Watched {
    let mut watched =
        Watched::new(&[vec![owned("2026-01-01", "acme", "tom")], someone_left()].concat());
    assert_eq!(watched.settle("2026-02-01"), ["alert.raised"]);
    assert_eq!(watched.goes("2026-02-01"), (manager("tom"), None, true));
    watched
}

#[test]
fn what_is_open_passes_to_whoever_takes_the_client_over() {
    let mut watched = told_tom();
    watched.tell(owned("2026-02-03", "acme", "ina"));
    assert_eq!(watched.settle("2026-02-03"), ["alert.passed_on"]);
    assert_eq!(watched.settle("2026-02-03"), Vec::<&str>::new(), "once");
    let from = Some((manager("tom"), Passing::RoleLost, 1));
    assert_eq!(watched.goes("2026-02-03"), (manager("ina"), from, true));
    let alert = watched.alert();
    assert_eq!(alert.raised.to, manager("tom"), "who was told at first stays on record");
    assert_eq!(watched.desk.day_of(alert.at), day("2026-02-01"));
    assert_eq!(watched.desk.day_of(alert.told_at()), day("2026-02-03"));
}

#[test]
fn of_who_leaves_it_waits_for_nobody_until_somebody_takes_over() {
    let mut watched = told_tom();
    watched.tell(gone("2026-02-03", "tom"));
    assert_eq!(watched.settle("2026-02-03"), ["alert.passed_on"]);
    let from = Some((manager("tom"), Passing::Left, 1));
    assert_eq!(watched.goes("2026-02-03"), (NOBODY, from, true));
    watched.tell(owned("2026-02-05", "acme", "ina"));
    assert_eq!(watched.settle("2026-02-05"), ["alert.passed_on"]);
    let from = Some((NOBODY, Passing::RoleVacant, 2));
    assert_eq!(watched.goes("2026-02-05"), (manager("ina"), from, true));
}

#[test]
fn what_was_in_hand_or_put_off_is_open_for_who_takes_over_and_stays_so_for_nobody_else() {
    let snooze = AlertCommand::Snooze { until: day("2026-04-01") };
    for command in [AlertCommand::Acknowledge { note: None }, snooze] {
        let mut watched = told_tom();
        watched.command("2026-02-02", command.clone()).unwrap();
        watched.tell(owned("2026-02-03", "acme", "tom"));
        watched.tell(gone("2026-02-03", "ulf"));
        assert_eq!(watched.settle("2026-02-03"), Vec::<&str>::new(), "it is Tom's as before");
        assert!(!watched.alert().is_open(day("2026-02-03")));
        watched.tell(owned("2026-02-04", "acme", "ina"));
        watched.settle("2026-02-04");
        assert_eq!(watched.alert().state, AlertState::Open);
        watched.command("2026-02-04", command).unwrap();
        assert!(!watched.alert().is_open(day("2026-02-05")), "now in Ina's hands");
    }
}

#[test]
fn a_departure_taken_back_gives_it_back() {
    let mut watched = told_tom();
    let departure = gone("2026-02-03", "tom");
    watched.tell(departure.clone());
    watched.settle("2026-02-03");
    let stays = FactRetracted::of_member(who("tom"), departure.id, "he stays");
    watched.tell(told("2026-02-04", stays));
    assert_eq!(watched.settle("2026-02-04"), ["alert.passed_on"]);
    let from = Some((NOBODY, Passing::RoleVacant, 2));
    assert_eq!(watched.goes("2026-02-04"), (manager("tom"), from, true));
}

#[test]
fn another_role_passes_it_on_and_the_same_colleague_in_it_is_not_told_anew() {
    let mut watched = told_tom();
    watched.command("2026-02-02", AlertCommand::Acknowledge { note: None }).unwrap();
    watched.tell(member("2026-01-01", "tom", Role::Director));
    let to_director = |list: &str| list.replace("\"account manager\"", "\"key-account director\"");
    let document = to_director(FIRST_WATCHLIST);
    watched.tell(told("2026-02-03", WatchlistAdopted { document }));
    assert_eq!(watched.settle("2026-02-03"), ["alert.passed_on"]);
    let director = |name| Recipient { role: Role::Director, member: Some(who(name)) };
    let from = Some((manager("tom"), Passing::RuleChanged, 1));
    assert_eq!(watched.goes("2026-02-03"), (director("tom"), from, false), "still in his hands");
    watched.tell(gone("2026-02-04", "tom"));
    watched.tell(member("2026-02-04", "eva", Role::Director));
    assert_eq!(watched.settle("2026-02-04"), ["alert.passed_on"]);
    let from = Some((director("tom"), Passing::Left, 2));
    assert_eq!(watched.goes("2026-02-04"), (director("eva"), from, true));
}

#[test]
fn what_is_settled_is_passed_to_nobody() {
    let mut watched = told_tom();
    watched.tell(told("2026-02-02", joined("ann", None, None)));
    watched.settle("2026-02-02");
    watched.tell(owned("2026-02-03", "acme", "ina"));
    assert_eq!(watched.settle("2026-02-03"), ["alert.passed_on"], "only that she is back");
    let of_acme: Vec<Recipient> = watched.desk.alerts().of(acme()).map(|it| it.to).collect();
    assert_eq!(of_acme, [manager("tom"), manager("ina")]);
}

#[test]
fn a_look_foresees_the_day_on_which_a_role_becomes_another_s() {
    let mut watched = told_tom();
    watched.tell(member("2026-02-20", "eva", Role::Director));
    assert_eq!(look_on(&watched.desk, "2026-02-01").next, Some(day("2026-02-20")));
}
