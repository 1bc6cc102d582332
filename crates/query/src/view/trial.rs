//! What another policy would have said, as readers are shown it.

use std::num::NonZero;
use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_domain::money::{Decimal, cents};
use linchpin_domain::policy::{Policy, Status};
use linchpin_domain::trial::{self, Compared, Hands, Moves, Outcome, Stand, Sweep, Trial};
use serde::Serialize;

use super::people::{account_name, member};
use super::sums::share;
use super::{Clocks, Person, trial_words};

/// Most clients of each outcome that one answer lists.
const MOST_CLIENTS: usize = 500;

/// Most account managers that one answer lists.
const MOST_MANAGERS: usize = 200;

/// What another policy would have said.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrialView {
    /// What stood behind the answer; its day is the last day that is compared.
    pub clocks: Clocks,
    /// ISO 4217 code of every amount here.
    pub currency: String,
    /// The policy in force on the last day; absent where there is none.
    pub now: Option<TrialPolicy>,
    /// The policy that was tried.
    pub draft: TrialPolicy,
    /// The first day that is compared.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day that is compared.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// How many clients were followed through all of their history.
    pub followed: usize,
    /// How many would be key, and how many fewer or more that is, as a sentence.
    pub sentence: String,
    /// How many of those who would cease do so for want of a yes or a confirmation that nobody was
    /// asked for, as a sentence; absent where there are none.
    pub for_want_of_a_yes: Option<String>,
    /// How many clients would be what on the last day.
    pub counts: TrialCounts,
    /// Who would become a key account, cease to be one, or stay one, and whose status differs in
    /// another way: at most 500 of each, the largest revenue first.
    pub clients: Vec<TrialClient>,
    /// How many more there are.
    pub left_out: usize,
    /// Share of revenue that key accounts bring, at the end of each month and on the last day.
    pub covered: Vec<TrialShare>,
    /// How many key accounts each account manager would look after, those with the most first; at
    /// most 200.
    pub loads: Vec<TrialLoad>,
    /// How many account managers there are who do, or would.
    pub managers: usize,
    /// How statuses moved between the two days.
    pub moves_now: TrialMoves,
    /// How they would have moved.
    pub moves_draft: TrialMoves,
}

/// A policy in a trial.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrialPolicy {
    /// Its name.
    pub name: String,
    /// Its version; absent for the one that is tried.
    pub version: Option<u32>,
    /// Points from which a client becomes a key account.
    pub enters_at: u32,
    /// Points from which a key account stays one.
    pub stays_from: u32,
    /// Points that can be reached.
    pub out_of: u32,
}

/// How many clients would be what on the last day.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TrialCounts {
    /// Key accounts now.
    pub now: u32,
    /// Key accounts under the draft.
    pub draft: u32,
    /// Key under the draft only.
    pub became: u32,
    /// Key now only.
    pub ceased: u32,
    /// Key under both.
    pub stayed: u32,
    /// Key under neither.
    pub never: u32,
    /// Clients whose status would be another, key or not.
    pub differing: usize,
}

/// A client under both policies.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrialClient {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// `became`, `ceased`, `stayed` or `never`.
    pub outcome: &'static str,
    /// Where it stands.
    pub now: TrialStand,
    /// Where it would stand.
    pub draft: TrialStand,
    /// The day since which the two say different things; of a client of whom they say the same on
    /// the last day, the first day of the last stretch on which they did not.
    #[schema(value_type = Option<String>, format = Date)]
    pub when: Option<Date>,
    /// The id of the criterion that makes the difference on that day, where one does.
    pub criterion: Option<String>,
    /// What makes the difference, in words; empty where there is none.
    pub why: String,
    /// What it brought over the year up to the last day; absent where that cannot be told.
    pub revenue: Option<String>,
    /// Days on which it would be a key account and is none, or the other way round.
    pub stretches: Vec<TrialStretch>,
}

/// Where a client stands on the last day.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TrialStand {
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// The first day of that status.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Its points.
    pub points: u32,
}

/// Days on which being a key account differs.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TrialStretch {
    /// The first of them.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last of them.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// Whether it is the draft under which it would be one.
    pub gained: bool,
}

/// Shares of the revenue of the year up to a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrialShare {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The firm's revenue; absent where it is too large to be summed exactly.
    pub revenue: Option<String>,
    /// The share of key accounts, 0 to 1.
    pub now: f64,
    /// The share of those who would be key accounts, 0 to 1.
    pub draft: f64,
}

/// How many key accounts one of us looks after.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrialLoad {
    /// The account manager; absent for accounts that nobody looks after.
    pub manager: Option<Person>,
    /// Key accounts now.
    pub now: u32,
    /// Key accounts under the draft.
    pub draft: u32,
}

/// How often statuses moved.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TrialMoves {
    /// Became a key account.
    pub entered: u32,
    /// Was nominated, which asks somebody for a yes.
    pub nominated: u32,
    /// Came under review.
    pub reviews: u32,
    /// Ended being a key account.
    pub left: u32,
}

/// What comes of each of many values of one figure of a policy.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SweepView {
    /// What stood behind the answer; its day is the day for which all of this is true.
    pub clocks: Clocks,
    /// The figure that was moved: `CRITERION.FIELD`, or a field of the policy.
    pub field: String,
    /// The value that the document has.
    pub own: Option<String>,
    /// Key accounts now.
    pub key_now: u32,
    /// The share of revenue that they bring, 0 to 1.
    pub share_now: f64,
    /// One line a value, the lowest first.
    pub steps: Vec<SweepStep>,
}

/// What comes of one value.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SweepStep {
    /// The value.
    pub value: String,
    /// Key accounts there would be.
    pub key: u32,
    /// The share of revenue that they would bring, 0 to 1.
    pub share: f64,
    /// Clients who would be key and are not.
    pub became: u32,
    /// Clients who are key and would not be.
    pub ceased: u32,
}

/// Most threads that follow clients.
const MOST_THREADS: usize = 16;

/// As many threads as there are processors, for a trial that tells `progress` how many clients are
/// done.
pub fn hands<'a>(progress: &'a (dyn Fn(usize) + Sync)) -> Hands<'a> {
    Hands { share: &share_out, progress }
}

fn share_out(work: &(dyn Fn() + Sync)) {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        (1..processors.min(MOST_THREADS)).for_each(|_| drop(scope.spawn(work)));
        work();
    });
}

/// Tries a policy on all of a desk's history, and compares what it says of the days from one to
/// that of `clocks`; from the first day of any client where none is named.
pub fn trial(
    desk: &Desk,
    draft: &Arc<Policy>,
    from: Option<Date>,
    clocks: Clocks,
    progress: &(dyn Fn(usize) + Sync),
) -> TrialView {
    let to = clocks.as_of;
    let from = from.or_else(|| trial::first_day(desk)).unwrap_or(to);
    let tried = Trial::run(desk, draft, from, to, &hands(progress));
    let (mut clients, mut left_out) = (Vec::new(), 0);
    for outcome in [Outcome::Became, Outcome::Ceased, Outcome::Never, Outcome::Stayed] {
        let all = tried.clients.iter().filter(|it| it.outcome == outcome);
        let (listed, more): (Vec<_>, Vec<_>) =
            all.enumerate().partition(|(at, _)| *at < MOST_CLIENTS);
        clients.extend(listed.into_iter().map(|(_, it)| client(desk, it, to)));
        left_out += more.len();
    }
    let now = desk.firm().policy_on(to);
    TrialView {
        currency: desk.firm().currency().code().to_owned(),
        now: now.map(|(version, policy)| named(policy, Some(version))),
        draft: named(draft, None),
        from: tried.from,
        to,
        followed: tried.followed,
        sentence: trial_words::sentence(tried.counts),
        for_want_of_a_yes: trial_words::for_want_of_a_yes(&tried, draft),
        counts: counts(&tried),
        clients,
        left_out,
        covered: tried.covered.iter().map(covered).collect(),
        loads: loads(desk, &tried, to),
        managers: tried.loads.len(),
        moves_now: moves(tried.moves_now),
        moves_draft: moves(tried.moves_draft),
        clocks,
    }
}

/// A sweep as readers are shown it.
pub fn sweep_view(sweep: &Sweep, clocks: Clocks) -> SweepView {
    let text = |value: Decimal| value.normalize().to_string();
    SweepView {
        clocks,
        field: sweep.field.clone(),
        own: sweep.own.map(text),
        key_now: sweep.now.key,
        share_now: share(sweep.now.revenue, sweep.revenue),
        steps: (sweep.steps.iter())
            .map(|step| SweepStep {
                value: text(step.value),
                key: step.found.key,
                share: share(step.found.revenue, sweep.revenue),
                became: step.became,
                ceased: step.ceased,
            })
            .collect(),
    }
}

fn named(policy: &Policy, version: Option<u32>) -> TrialPolicy {
    TrialPolicy {
        name: policy.name.clone(),
        version,
        enters_at: policy.enters_at,
        stays_from: policy.stays_from,
        out_of: policy.out_of(),
    }
}

fn counts(tried: &Trial) -> TrialCounts {
    let it = tried.counts;
    TrialCounts {
        now: it.stayed + it.ceased,
        draft: it.stayed + it.became,
        became: it.became,
        ceased: it.ceased,
        stayed: it.stayed,
        never: it.never,
        differing: tried.differing().count(),
    }
}

fn client(desk: &Desk, it: &Compared, to: Date) -> TrialClient {
    let stand = |it: Stand| TrialStand { status: it.status, since: it.since, points: it.points };
    let cause = it.turn.as_ref().map(|turn| &turn.cause);
    TrialClient {
        account: it.account,
        name: account_name(desk, it.account, to),
        outcome: match it.outcome {
            Outcome::Became => "became",
            Outcome::Ceased => "ceased",
            Outcome::Stayed => "stayed",
            Outcome::Never => "never",
        },
        now: stand(it.now),
        draft: stand(it.draft),
        when: it.turn.as_ref().map(|turn| turn.day),
        criterion: match cause {
            Some(trial::Cause::Criterion(shift)) => Some(shift.id.clone()),
            _ => None,
        },
        why: trial_words::why(it, desk.firm().currency()),
        revenue: it.revenue.map(cents),
        stretches: (it.stretches.iter())
            .map(|days| TrialStretch { from: days.from, until: days.until, gained: days.gained })
            .collect(),
    }
}

fn covered(it: &trial::Covered) -> TrialShare {
    TrialShare {
        day: it.day,
        revenue: it.revenue.map(cents),
        now: share(it.now, it.revenue),
        draft: share(it.draft, it.revenue),
    }
}

/// The largest load under the draft first, then by name.
fn loads(desk: &Desk, tried: &Trial, to: Date) -> Vec<TrialLoad> {
    let mut loads: Vec<TrialLoad> = (tried.loads.iter())
        .map(|load| TrialLoad {
            manager: load.manager.map(|id| member(desk, id, to)),
            now: load.now,
            draft: load.draft,
        })
        .collect();
    let name = |load: &TrialLoad| load.manager.as_ref().map(|it| it.name.clone());
    loads.sort_by(|a, b| b.draft.cmp(&a.draft).then_with(|| name(a).cmp(&name(b))));
    loads.truncate(MOST_MANAGERS);
    loads
}

fn moves(it: Moves) -> TrialMoves {
    TrialMoves { entered: it.entered, nominated: it.nominated, reviews: it.reviews, left: it.left }
}
