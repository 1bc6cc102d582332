//! Who moved from which status to which between two days, and what moved them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::account::{Account, Ruling};
use linchpin_domain::desk::{Client, Desk};
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::policy::{Course, Status, Track, assess};
use serde::Serialize;

use super::life::Life;
use super::moved::{Mover, Split};
use super::{Clocks, people};
use crate::words;

/// Clients listed at most, those who moved last first.
const MAX_MOVES: usize = 500;

/// Steps told of one client at most, the last ones.
const MAX_STEPS: usize = 20;

/// Who moved between two days.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Movement {
    /// What stood behind the answer; its day is `to`.
    pub clocks: Clocks,
    /// The first day: what held on it is what they moved from.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day: what holds on it is what they moved to.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// How many have another status on the last day than on the first, by both.
    pub table: Vec<MoveCount>,
    /// Everyone whose status changed in between, those who came back to it included; who moved
    /// last comes first; at most 500.
    pub moves: Vec<Move>,
    /// How many there are in all.
    pub moved: usize,
}

/// How many moved from one status to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MoveCount {
    /// The status before; absent for who was no client yet.
    #[schema(value_type = Option<String>)]
    pub from: Option<Status>,
    /// The status after.
    #[schema(value_type = String)]
    pub to: Status,
    /// How many.
    pub accounts: usize,
}

/// One client whose status changed.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Move {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The status on the first day; absent where it was no client yet.
    #[schema(value_type = Option<String>)]
    pub from: Option<Status>,
    /// The status on the last day.
    #[schema(value_type = String)]
    pub to: Status,
    /// Each change in between, oldest first; of many the last 20.
    pub steps: Vec<MoveStep>,
}

/// One change of a status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MoveStep {
    /// Its day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The status before; absent where it was no client yet.
    #[schema(value_type = Option<String>)]
    pub from: Option<Status>,
    /// The status from then on.
    #[schema(value_type = String)]
    pub to: Status,
    /// What moved it: `points`, `policy`, `ruling` or `time`.
    pub by: String,
    /// The heading of the criterion that moved it most, where points did.
    pub criterion: Option<String>,
    /// All this in a sentence.
    pub sentence: String,
}

/// Clients that are followed, or looked up, at one go.
const AT_ONCE: usize = 1_000;

/// Who moved between a day and the later one of `clocks`, by what is known at them.
pub fn movement(desk: &Desk, from: Date, clocks: Clocks) -> Movement {
    let to = clocks.as_of;
    movement_of(desk, from, clocks, &|accounts| {
        accounts.iter().map(|account| Life::of(&desk.client_of(account), to)).collect()
    })
}

/// The same where somebody else knows the lives of some clients of the desk, each of which covers
/// the last day.
pub(crate) fn movement_of(
    desk: &Desk,
    from: Date,
    clocks: Clocks,
    lives: &dyn Fn(&[&Arc<Account>]) -> Vec<Life>,
) -> Movement {
    let to = clocks.as_of;
    let mut table: BTreeMap<(Option<Status>, Status), usize> = BTreeMap::new();
    let mut moved: Vec<Moved> = Vec::new();
    let there: Vec<&Arc<Account>> =
        desk.accounts().filter(|account| account.exists_on(to)).collect();
    for accounts in there.chunks(AT_ONCE) {
        for (account, life) in accounts.iter().zip(lives(accounts)) {
            let Some(found) = Moved::of(account.id, &life, from, to) else { continue };
            if found.before != Some(found.after) {
                *table.entry((found.before, found.after)).or_default() += 1;
            }
            moved.push(found);
        }
    }
    moved.sort_by_key(|it| (std::cmp::Reverse(it.steps.last().map(|step| step.day)), it.id));
    let counts = table.into_iter();
    let moves = moved.iter().take(MAX_MOVES).filter_map(|moved| moved.explained(desk, to));
    Movement {
        from,
        to,
        table: counts.map(|((from, to), accounts)| MoveCount { from, to, accounts }).collect(),
        moves: moves.collect(),
        moved: moved.len(),
        clocks,
    }
}

struct Step {
    day: Date,
    from: Option<Status>,
    to: Status,
}

struct Moved {
    id: AccountId,
    before: Option<Status>,
    after: Status,
    steps: Vec<Step>,
}

impl Moved {
    /// What changed after a day and up to another; `None` where nothing did. To come to us as a
    /// standard client is no move.
    fn of(id: AccountId, life: &Life, after: Date, until: Date) -> Option<Self> {
        let mut last: Option<Status> = None;
        let mut before = None;
        let mut steps = Vec::new();
        for (day, to) in life.until(until) {
            let from = last.replace(to);
            if day <= after {
                before = Some(to);
            } else if from.is_some() || to != Status::Standard {
                steps.push(Step { day, from, to });
            }
        }
        let after = last.filter(|_| !steps.is_empty())?;
        Some(Self { id, before, after, steps })
    }

    fn explained(&self, desk: &Desk, day: Date) -> Option<Move> {
        let client = desk.client(self.id)?;
        let first = self.steps.len().saturating_sub(MAX_STEPS);
        let mut walk = Walk { client: &client, track: None };
        let steps = self.steps[first..].iter().map(|step| step.explained(&mut walk));
        Some(Move {
            id: self.id,
            name: people::account_name(desk, self.id, day),
            from: self.before,
            to: self.after,
            steps: steps.collect(),
        })
    }
}

/// A client whose steps are explained in their order, followed once at most.
struct Walk<'a> {
    client: &'a Client<'a>,
    track: Option<Track>,
}

impl Walk<'_> {
    /// Where its course stands on a day, which is not before the last one asked for.
    fn course_on(&mut self, day: Date) -> Option<&Course> {
        match &mut self.track {
            Some(track) => track.resume(self.client, day),
            None => self.track = Track::follow(self.client, day, &mut |_| {}),
        }
        self.track.as_ref().map(Track::course)
    }
}

impl Step {
    fn explained(&self, walk: &mut Walk<'_>) -> MoveStep {
        let (by, criterion, sentence) = self
            .ruled(walk)
            .or_else(|| self.judged(walk.client))
            .unwrap_or_else(|| ("time", None, self.by_time().to_owned()));
        MoveStep {
            day: self.day,
            from: self.from,
            to: self.to,
            by: by.to_owned(),
            criterion,
            sentence,
        }
    }

    /// What somebody ruled on the day, where that led to this step; and the end of an override.
    fn ruled(&self, walk: &mut Walk<'_>) -> Option<Cause> {
        let client = walk.client;
        let (account, firm): (&Account, _) = (client.account(), client.firm());
        let eve = self.day.yesterday().ok()?;
        let rulings = || account.rulings().between(eve, self.day);
        let led = match (account.override_on(firm, eve), account.override_on(firm, self.day)) {
            (_, Some(now)) => Some(now.source.id),
            (Some(was), None) if was.expires < self.day => {
                return Some(("ruling", None, "The override expired.".to_owned()));
            }
            (Some(_), None) => {
                let mut ends = rulings().rev();
                let end = ends.find(|(_, it)| {
                    matches!(it, Ruling::OverrideEnded(..)) && it.lacks(firm, self.day).is_none()
                });
                end.map(|(source, _)| source.id)
            }
            (None, None) => rulings().next().and_then(|_| self.led(walk)),
        };
        let (_, ruling) = rulings().find(|(source, _)| Some(source.id) == led)?;
        let by = people::member_name(client.desk(), ruling.by(), self.day);
        let verb = match ruling {
            Ruling::Nominated(..) => "nominated it",
            Ruling::Approved(..) => "approved",
            Ruling::Vetoed(..) => "refused",
            Ruling::Confirmed(..) => "confirmed the status",
            Ruling::Overridden { .. } => "overrode the status",
            Ruling::OverrideEnded(..) => "ended the override",
        };
        Some(("ruling", None, format!("{by} {verb}: “{}”", ruling.reason())))
    }

    /// The ruling that moved the course: what led to its status, or who confirmed it under review.
    fn led(&self, walk: &mut Walk<'_>) -> Option<EntryId> {
        let course = walk.course_on(self.day)?;
        let confirmed = course.assessed_by.filter(|_| self.from == Some(Status::UnderReview));
        course.ruled_by.or(confirmed)
    }

    /// What the points did, and whether the client or another policy was behind it.
    fn judged(&self, client: &Client<'_>) -> Option<Cause> {
        let now = assess(client, self.day)?;
        let split = Split::since(client, self.day.yesterday().ok()?, &now)?;
        let mover = split.mover(self.from, self.to);
        let most = split.most(mover, self.from, self.to);
        let criterion = most.map(|part| part.title.clone());
        let (points, by_the_old) = (now.points(), split.between().points());
        match mover {
            Mover::Time => None,
            Mover::Policy => {
                let came = format!("Version {} of the policy came in force", now.version);
                let moved = if points == by_the_old {
                    format!("{came}; the points stay {points}.")
                } else {
                    format!("{came}: {points} points instead of {by_the_old}.")
                };
                Some(("policy", criterion, moved))
            }
            Mover::Behaviour => {
                let part = most?;
                let gave = words::count(part.between.into(), "point", "points");
                let sentence = format!(
                    "{} gave {gave} instead of {}; in all {by_the_old} instead of {}.",
                    part.title,
                    part.before,
                    split.before.points()
                );
                Some(("points", criterion, sentence))
            }
        }
    }

    fn by_time(&self) -> &'static str {
        match (self.from, self.to) {
            (Some(Status::Trial), Status::Key) => "The trial ended.",
            (_, Status::Released) => "The grace period ended.",
            (Some(Status::Key | Status::Trial), Status::UnderReview) => {
                "Nobody confirmed it in time."
            }
            (_, Status::Nominated) => "The time after a refusal ended.",
            _ => "Its time had come.",
        }
    }
}

/// What moved a status: in a word, by which criterion, and in a sentence.
type Cause = (&'static str, Option<String>, String);
