//! What another policy would have said: the same facts, followed under the firm as it is and
//! under the firm as it would be, had it gone by another policy from the beginning.
//!
//! Nothing is adopted by it and nothing recorded: a trial is a pure function of a desk, a policy
//! and two days.

mod cause;
mod follow;
mod money;
mod sweep;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

pub use cause::{Cause, Given, Shift};
pub use money::REVENUE_DAYS;
pub use sweep::{Measured, Step, Sweep, SweepError, Sweeping, curve, sweep};

use crate::desk::{Client, Desk};
use crate::id::{AccountId, MemberId};
use crate::money::Decimal;
use crate::policy::{Policy, Status};
pub use follow::Hands;
use follow::Line;
use money::{month_ends, plus, revenue};

/// Most stretches of days that are told of one client; the newest ones.
const MOST_STRETCHES: usize = 20;

/// What a client is on the last day, under the policies in force and under the one that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Key under the one that is tried only.
    Became,
    /// Key under the policies in force only.
    Ceased,
    /// Key under both.
    Stayed,
    /// Key under neither.
    Never,
}

/// Where a client stands on the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// Its status.
    pub status: Status,
    /// The first day of that; `None` where the client did not exist or there was no policy.
    pub since: Option<Date>,
    /// Its points.
    pub points: u32,
}

/// Days on which a client is a key account one way and none the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first of them within the span of the trial.
    pub from: Date,
    /// The last of them within the span of the trial.
    pub until: Date,
    /// Whether it is the policy that is tried under which it is key.
    pub gained: bool,
}

/// The day on which the two part, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The first day of the last stretch on which they say different things.
    pub day: Date,
    /// What makes the difference on that day.
    pub cause: Cause,
}

/// One client under both.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The client.
    pub account: AccountId,
    /// What it is on the last day.
    pub outcome: Outcome,
    /// Where it stands under the policies in force.
    pub now: Stand,
    /// Where it would stand.
    pub draft: Stand,
    /// What it brought over the year up to the last day; `None` where that cannot be told.
    pub revenue: Option<Decimal>,
    /// Where being key differs, oldest first.
    pub stretches: Vec<Stretch>,
    /// Where they part; `None` where they say the same on the last day and being key never differs.
    pub turn: Option<Turn>,
}

/// How many clients are what on the last day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Key under the policy that is tried only.
    pub became: u32,
    /// Key under the policies in force only.
    pub ceased: u32,
    /// Key under both.
    pub stayed: u32,
    /// Key under neither.
    pub never: u32,
}

/// How often statuses moved within the span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moves {
    /// Became a key account.
    pub entered: u32,
    /// Was nominated, which asks somebody for a yes.
    pub nominated: u32,
    /// Came under review.
    pub reviews: u32,
    /// Was released, or ended being a key account in another way.
    pub left: u32,
}

/// The firm's revenue over the year up to a day, and how much of it key accounts brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The day: the end of a month, or the last day of the trial.
    pub day: Date,
    /// All revenue of which the sum can be told; `None` where it is too large.
    pub revenue: Option<Decimal>,
    /// That of key accounts under the policies in force.
    pub now: Option<Decimal>,
    /// That of key accounts under the policy that is tried.
    pub draft: Option<Decimal>,
}

/// How many key accounts one of us looks after on the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// The account manager; `None` for accounts that nobody looks after.
    pub manager: Option<MemberId>,
    /// Key accounts under the policies in force.
    pub now: u32,
    /// Key accounts under the policy that is tried.
    pub draft: u32,
}

/// What another policy would have said.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The first day that is compared.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// How many clients were followed.
    pub followed: usize,
    /// How many of them are what.
    pub counts: Counts,
    /// Everyone who is key on some day of the span, one way or the other, or whose status differs
    /// on the last day: who became key first, then who ceased, largest revenue first.
    pub clients: Vec<Compared>,
    /// Share of revenue at the end of each month of the span and on its last day.
    pub covered: Vec<Covered>,
    /// The load of every account manager who has a key account either way, in order of id.
    pub loads: Vec<Load>,
    /// How statuses moved under the policies in force.
    pub moves_now: Moves,
    /// How they would have moved.
    pub moves_draft: Moves,
}

/// What one thread found.
#[derive(Default)]
struct Part {
    followed: usize,
    counts: Counts,
    clients: Vec<Compared>,
    covered: Vec<[Option<Decimal>; 3]>,
    loads: BTreeMap<Option<MemberId>, (u32, u32)>,
    moves: [Moves; 2],
}

impl Trial {
    /// Tries a policy on all of a desk's history and compares what it says of the days from one
    /// to another with what the policies in force say, by the `hands` that are lent.
    pub fn run(desk: &Desk, draft: &Arc<Policy>, from: Date, to: Date, hands: &Hands<'_>) -> Self {
        let from = from.min(to);
        let draft = desk.firm().with_policy(Arc::clone(draft));
        let days = month_ends(from, to);
        let look = |part: &mut Part, clients: &[Client<'_>], lines: &[Line]| {
            if let ([now, draft], [was, would]) = (clients, lines) {
                part.take(&Pair { clients: [now, draft], lines: [was, would] }, (from, to), &days);
            }
        };
        let parts = follow::each(desk, &[desk.firm(), &draft], to, hands, &look);
        let mut whole = Part::default();
        parts.into_iter().for_each(|part| whole.join(part));
        whole.clients.sort_by(|a, b| {
            let revenue = b.revenue.cmp(&a.revenue);
            a.outcome.cmp(&b.outcome).then(revenue).then(a.account.cmp(&b.account))
        });
        whole.covered.resize(days.len(), [Some(Decimal::ZERO); 3]);
        let covered = days.iter().zip(whole.covered);
        let [moves_now, moves_draft] = whole.moves;
        Self {
            from,
            to,
            followed: whole.followed,
            counts: whole.counts,
            clients: whole.clients,
            covered: covered
                .map(|(day, [revenue, now, draft])| Covered { day: *day, revenue, now, draft })
                .collect(),
            loads: (whole.loads.into_iter())
                .map(|(manager, (now, draft))| Load { manager, now, draft })
                .collect(),
            moves_now,
            moves_draft,
        }
    }

    /// The clients whose status differs on the last day.
    pub fn differing(&self) -> impl Iterator<Item = &Compared> {
        self.clients.iter().filter(|it| it.now.status != it.draft.status)
    }

    /// The shares of revenue on the last day: under the policies in force, and under the other.
    pub fn last_covered(&self) -> Option<&Covered> {
        self.covered.last()
    }
}

/// The first day on which anything is known of any client: a trial over all of history begins
/// there.
pub fn first_day(desk: &Desk) -> Option<Date> {
    desk.accounts().filter_map(|account| account.first_day()).min()
}

/// One client under both.
struct Pair<'a> {
    clients: [&'a Client<'a>; 2],
    lines: [&'a Line; 2],
}

impl Part {
    fn take(&mut self, pair: &Pair<'_>, (from, to): (Date, Date), days: &[Date]) {
        let [client, _] = pair.clients;
        if !client.account().exists_on(to) {
            return;
        }
        self.followed += 1;
        let revenue = revenue(client.account(), client.firm(), days);
        self.covered.resize(days.len(), [Some(Decimal::ZERO); 3]);
        for ((sums, revenue), day) in self.covered.iter_mut().zip(&revenue).zip(days) {
            let Some(revenue) = *revenue else { continue };
            let [now, draft] = pair.lines.map(|line| line.status_on(*day).is_key());
            for (sum, counts) in sums.iter_mut().zip([true, now, draft]) {
                *sum = if counts { plus(*sum, revenue) } else { *sum };
            }
        }
        for (moves, line) in self.moves.iter_mut().zip(pair.lines) {
            moves.count(line, from);
        }
        let compared = pair.compare(from, to, revenue.last().copied().flatten());
        let count = match compared.outcome {
            Outcome::Became => &mut self.counts.became,
            Outcome::Ceased => &mut self.counts.ceased,
            Outcome::Stayed => &mut self.counts.stayed,
            Outcome::Never => &mut self.counts.never,
        };
        *count += 1;
        let [now, draft] = [compared.now, compared.draft].map(|it| it.status.is_key());
        if now || draft {
            let load = self.loads.entry(client.account().owner_on(client.firm(), to)).or_default();
            *load = (load.0 + u32::from(now), load.1 + u32::from(draft));
        }
        if compared.turn.is_some() || pair.lines.iter().any(|line| ever_key(line, from)) {
            self.clients.push(compared);
        }
    }

    fn join(&mut self, other: Self) {
        self.followed += other.followed;
        self.clients.extend(other.clients);
        let (mine, theirs) = (&mut self.counts, other.counts);
        mine.became += theirs.became;
        mine.ceased += theirs.ceased;
        mine.stayed += theirs.stayed;
        mine.never += theirs.never;
        self.covered.resize(self.covered.len().max(other.covered.len()), [Some(Decimal::ZERO); 3]);
        for (mine, theirs) in self.covered.iter_mut().zip(other.covered) {
            for (sum, more) in mine.iter_mut().zip(theirs) {
                *sum = more.and_then(|more| plus(*sum, more));
            }
        }
        for (manager, (now, draft)) in other.loads {
            let load = self.loads.entry(manager).or_default();
            *load = (load.0 + now, load.1 + draft);
        }
        for (mine, theirs) in self.moves.iter_mut().zip(other.moves) {
            mine.entered += theirs.entered;
            mine.nominated += theirs.nominated;
            mine.reviews += theirs.reviews;
            mine.left += theirs.left;
        }
    }
}

impl Moves {
    fn count(&mut self, line: &Line, from: Date) {
        let mut before = Status::Standard;
        for turn in &line.turns {
            if turn.from >= from {
                self.entered += u32::from(turn.status.is_key() && !before.is_key());
                self.left += u32::from(before.is_key() && !turn.status.is_key());
                self.nominated += u32::from(turn.status == Status::Nominated);
                self.reviews += u32::from(turn.status == Status::UnderReview);
            }
            before = turn.status;
        }
    }
}

/// Whether a client is key on any day from one on.
fn ever_key(line: &Line, from: Date) -> bool {
    let since = line.turns.iter().filter(|turn| turn.from > from);
    line.status_on(from).is_key() || since.into_iter().any(|turn| turn.status.is_key())
}

impl Pair<'_> {
    fn compare(&self, from: Date, to: Date, revenue: Option<Decimal>) -> Compared {
        let [now, draft] = self.lines.map(|line| Stand {
            status: line.status_on(to),
            since: line.standing.map(|standing| standing.since),
            points: line.points,
        });
        let outcome = match (now.status.is_key(), draft.status.is_key()) {
            (false, true) => Outcome::Became,
            (true, false) => Outcome::Ceased,
            (true, true) => Outcome::Stayed,
            (false, false) => Outcome::Never,
        };
        let (stretches, parted) = self.apart(from, to);
        let parts_on = if now.status == draft.status {
            stretches.last().map(|stretch| stretch.from)
        } else {
            parted
        };
        let turn =
            parts_on.map(|day| Turn { day, cause: cause::of(self.clients, self.lines, day) });
        let account = self.clients[0].account().id;
        Compared { account, outcome, now, draft, revenue, stretches, turn }
    }

    /// The days within the span on which being key differs; and since which day the statuses of
    /// the last day differ.
    fn apart(&self, from: Date, to: Date) -> (Vec<Stretch>, Option<Date>) {
        let [was, would] = self.lines;
        let turns = was.turns.iter().chain(&would.turns).map(|turn| turn.from);
        let mut days: Vec<Date> = turns.filter(|day| *day > from && *day <= to).collect();
        days.push(from);
        days.sort_unstable();
        days.dedup();
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut parted = None;
        for (at, day) in days.iter().enumerate() {
            let last = days.get(at + 1).and_then(|next| next.yesterday().ok()).unwrap_or(to);
            let (now, draft) = (was.status_on(*day), would.status_on(*day));
            parted = (now != draft).then(|| parted.unwrap_or(*day));
            if now.is_key() == draft.is_key() {
                continue;
            }
            let gained = draft.is_key();
            match stretches.last_mut() {
                Some(open) if open.gained == gained && open.until.tomorrow().ok() == Some(*day) => {
                    open.until = last;
                }
                _ => stretches.push(Stretch { from: *day, until: last, gained }),
            }
        }
        let dropped = stretches.len().saturating_sub(MOST_STRETCHES);
        stretches.drain(..dropped);
        (stretches, parted)
    }
}
