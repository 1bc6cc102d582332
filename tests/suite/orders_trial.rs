//! A trial of a policy over the whole history of real orders, against a second desk that took in
//! the same file and adopted that policy on the first day: the same for every client and day.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::{Policy, Span, Status, Track};
use linchpin_domain::trial::{Compared, Hands, Stand, Trial, first_day};
use linchpin_ledger::{Clock, Ledger, Mode};
use linchpin_tests::Place;
use serde_json::Value;

use super::orders_policy::judged_by;

/// What the first desk goes by: a year's figures, so that hardly anybody comes and goes.
const STEADY: &str = r#"
name = "Steady"
enters_at = 3
stays_from = 2
grace_days = 10
trial_days = 20
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
at_least = 4000
points = 2
missing = "no points"
why = "A few clients bring most of it."
[[criterion]]
id = "orders"
title = "Orders"
measure = "engagements"
window_days = 365
at_least = 3
points = 1
missing = "no points"
why = "One large order is luck."
"#;

/// What is tried there and adopted by the second: short windows and grades, a figure that nobody
/// has, a predicate and a confirmation that nobody gives, so that clients go up and down.
const BRISK: &str = r#"
name = "Brisk"
enters_at = 6
stays_from = 4
grace_days = 14
trial_days = 30
[reassessment]
every_days = 150
[[criterion]]
id = "revenue"
title = "Revenue of a quarter"
measure = "revenue"
window_days = 90
from = 0
to = 3000
points = 5
missing = "no points"
why = "What they bring now."
[[criterion]]
id = "orders"
title = "Orders"
measure = "engagements"
window_days = 60
at_least = 2
points = 2
missing = "no points"
why = "Who comes back."
[[criterion]]
id = "regular"
title = "Regular orders"
measure = "active months"
window_days = 180
from = 0
to = 4
points = 3
missing = "no points"
why = "Who keeps coming."
[[criterion]]
id = "profit"
title = "Profit"
measure = "profit"
window_days = 120
from = 0
to = 1000
points = 2
missing = "half the points"
why = "Revenue is not what is left of it."
[[criterion]]
id = "large"
title = "Large and often"
measure = "custom"
when = "orders >= 2 && revenue > 2000"
points = 1
missing = "no points"
why = "Both at once."
"#;

/// The last order is of 9 December 2011; until here time alone changes statuses.
const LAST: Date = Date::constant(2012, 1, 31);

#[test]
fn a_trial_of_all_orders_is_what_adopting_the_policy_on_the_first_day_gives() {
    let Some(steady) = judged_by(STEADY) else { return };
    let Some(brisk) = judged_by(BRISK) else { return };
    let (now, adopted) = (desk(&steady), desk(&brisk));
    let draft = Arc::new(Policy::parse(BRISK).unwrap());
    let first = first_day(&now).unwrap();
    assert_eq!((first_day(&adopted), first), (Some(first), "2010-12-01".parse().unwrap()));
    let whole = Trial::run(&now, &draft, first, LAST, &Hands::own());
    assert_eq!(whole.followed, 422, "all customers of the file");
    let was = now.accounts().map(|account| (account.id, Way::of(&now, account.id))).collect();
    let both = Both { now: &now, adopted: &adopted, draft, first, whole: &whole, was };
    let seen = on_every_day(&both);
    tells_enough(&whole, &seen, &adopted);
    for day in ["2011-02-28", "2011-06-05", "2011-09-30", "2011-12-09", "2012-01-31"] {
        the_binary_says_the_same(&steady, &brisk, day);
    }
}

/// The two desks and the trial of all days on the first.
struct Both<'a> {
    now: &'a Desk,
    adopted: &'a Desk,
    draft: Arc<Policy>,
    first: Date,
    whole: &'a Trial,
    /// Where each client stood on the first desk.
    was: BTreeMap<AccountId, Way>,
}

/// What was compared.
#[derive(Default)]
struct Seen {
    days: usize,
    /// How often a client was what on a day, where the policy was adopted.
    statuses: BTreeMap<&'static str, usize>,
    /// Whose status was another on some day.
    apart: BTreeSet<AccountId>,
}

/// After so many days a trial of its own ends, and is compared in full.
const WEEK: usize = 7;

/// Compares day by day, on as many threads as there are processors.
fn on_every_day(both: &Both<'_>) -> Seen {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let days: Vec<Date> = both.first.series(1.day()).take_while(|day| *day <= LAST).collect();
    let mut whole = Seen::default();
    std::thread::scope(|scope| {
        let share = |at: usize| days.iter().enumerate().skip(at).step_by(threads);
        let parts: Vec<_> = (0..threads)
            .map(|at| {
                scope.spawn(move || {
                    let mut seen = Seen::default();
                    for (number, day) in share(at) {
                        both.on(*day, &mut seen);
                        if number % WEEK == 0 {
                            both.until(*day);
                        }
                    }
                    seen
                })
            })
            .collect();
        for part in parts {
            let part = part.join().unwrap();
            whole.days += part.days;
            whole.apart.extend(part.apart);
            for (status, times) in part.statuses {
                *whole.statuses.entry(status).or_default() += times;
            }
        }
    });
    assert_eq!(whole.days, days.len());
    whole
}

impl Both<'_> {
    /// Asks the second desk where every client stands on a day, and compares with the trial of all
    /// days.
    fn on(&self, day: Date, seen: &mut Seen) {
        let whole = by_account(self.whole);
        seen.days += 1;
        for account in self.now.accounts().filter(|account| account.exists_on(day)) {
            let id = account.id;
            let (was, would) = (self.was[&id].on(day), stand(self.adopted, id, day).status);
            let stretches = whole.get(&id).map_or(&[][..], |found| &found.stretches);
            let within = stretches.iter().filter(|days| days.from <= day && day <= days.until);
            let found: Vec<bool> = within.map(|days| days.gained).collect();
            let differs = was.is_key() != would.is_key();
            let wanted = differs.then_some(would.is_key());
            assert_eq!(found, Vec::from_iter(wanted), "{id} on {day}");
            *seen.statuses.entry(would.words()).or_default() += 1;
            if was != would {
                seen.apart.insert(id);
            }
        }
    }

    /// Compares a trial that ends on a day with both desks: there each status is told, with the
    /// day since which it holds and the points.
    fn until(&self, day: Date) {
        let until = Trial::run(self.now, &self.draft, self.first, day, &Hands::own());
        let until = by_account(&until);
        for account in self.now.accounts().filter(|account| account.exists_on(day)) {
            let id = account.id;
            let [was, would] = [self.now, self.adopted].map(|desk| stand(desk, id, day));
            match until.get(&id) {
                Some(found) => assert_eq!((found.now, found.draft), (was, would), "{id} on {day}"),
                // A trial leaves out whom no policy ever made key and of whom both say the same.
                None => {
                    assert_eq!(was.status, would.status, "{id} on {day}");
                    assert!(!was.status.is_key(), "{id} on {day}");
                }
            }
        }
    }
}

/// Where a client stood on every day up to the last.
struct Way(Vec<Span>);

impl Way {
    fn of(desk: &Desk, id: AccountId) -> Self {
        let mut spans = Vec::new();
        Track::follow(&desk.client(id).unwrap(), LAST, &mut |span| spans.push(span));
        Self(spans)
    }

    fn on(&self, day: Date) -> Status {
        let passed = self.0.partition_point(|span| span.from <= day);
        self.0[passed - 1].status
    }

    /// How often it became a key account.
    fn entered(&self) -> usize {
        let key = |span: &Span| span.status.is_key();
        let again = self.0.windows(2).filter(|pair| !key(&pair[0]) && key(&pair[1])).count();
        again + usize::from(self.0.first().is_some_and(key))
    }
}

/// That so much differs and so often that a trial which said nothing could not pass.
fn tells_enough(whole: &Trial, seen: &Seen, adopted: &Desk) {
    assert_eq!(seen.days, 427);
    let statuses = [Status::Standard, Status::Trial, Status::Key, Status::UnderReview];
    for status in statuses.into_iter().chain([Status::Released]) {
        let days = seen.statuses.get(status.words()).copied().unwrap_or_default();
        assert!(days >= 1_000, "{days} client-days of {status:?}: {:?}", seen.statuses);
    }
    assert!(seen.apart.len() >= 140, "the policies differ on {} clients", seen.apart.len());
    let key = whole.clients.iter().filter(|it| !it.stretches.is_empty()).count();
    assert!(key >= 120, "being key differs of {key} clients");
    let moves = whole.moves_draft;
    assert!(moves.entered >= 150 && moves.left >= 100 && moves.reviews >= 150, "{moves:?}");
    assert!(whole.moves_now.entered >= 40, "{:?}", whole.moves_now);
    let again =
        adopted.accounts().filter(|account| Way::of(adopted, account.id).entered() >= 2).count();
    assert!(again >= 25, "{again} clients became key accounts more than once");
}

fn by_account(trial: &Trial) -> BTreeMap<AccountId, &Compared> {
    trial.clients.iter().map(|it| (it.account, it)).collect()
}

/// Where a client stands on a day, asked of that day alone.
fn stand(desk: &Desk, id: AccountId, day: Date) -> Stand {
    let track = Track::follow(&desk.client(id).unwrap(), day, &mut |_| {}).unwrap();
    let standing = track.standing();
    Stand { status: standing.status, since: Some(standing.since), points: track.points() }
}

/// The desk that a place's ledger gives.
fn desk(place: &Place) -> Desk {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = place.url().parse().unwrap();
        let ledger =
            Ledger::open(&url, Mode::ReadOnly, Clock::from(|| Timestamp::UNIX_EPOCH)).await;
        let ledger = ledger.unwrap();
        let head = ledger.head().position;
        let mut desk = Desk::default();
        let mut replay = ledger.replay(0, head);
        while desk.position() < head {
            replay.next().await.unwrap().iter().for_each(|entry| drop(desk.apply(entry)));
        }
        ledger.close().await;
        desk
    })
}

/// The same from the commands: what `policy try` says of a day, and the statuses that each desk
/// tells of it.
fn the_binary_says_the_same(steady: &Place, brisk: &Place, day: &str) {
    let file = steady.file("draft.toml", BRISK).display().to_string();
    let tried = steady.json(&["policy", "try", &file, "--to", day, "--json"]);
    assert_eq!((&tried["from"], &tried["to"]), (&"2010-12-01".into(), &day.into()));
    assert_eq!(tried["left_out"], 0);
    let tried: BTreeMap<&str, &Value> = rows(&tried["clients"], "account");
    let statuses = [steady, brisk].map(|place| place.json(&["status", "--as-of", day, "--json"]));
    let [now, adopted] = statuses.each_ref().map(|it| rows(&it["accounts"], "id"));
    assert!(tried.len() >= 20 && now.len() >= tried.len(), "{} on {day}", tried.len());
    assert_eq!(now.keys().collect::<Vec<_>>(), adopted.keys().collect::<Vec<_>>());
    for (id, would) in &adopted {
        let was = now[id];
        let Some(found) = tried.get(id) else {
            assert_eq!(was["status"], would["status"], "{id} on {day}");
            continue;
        };
        for (found, wanted) in [(&found["now"], was), (&found["draft"], *would)] {
            let found = [&found["status"], &found["since"]];
            assert_eq!(found, [&wanted["status"], &wanted["since"]], "{id} on {day}");
        }
    }
}

fn rows<'a>(list: &'a Value, id: &str) -> BTreeMap<&'a str, &'a Value> {
    list.as_array().unwrap().iter().map(|row| (row[id].as_str().unwrap(), row)).collect()
}
