//! Who is drifting towards or away from key: points of a quarter ago and now, how far the threshold
//! is, and when it would be crossed if nothing is done.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::{Client, Desk};
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::{Policy, Status, Track};
use serde::Serialize;

use super::row::QUARTER_DAYS;
use super::{AccountRow, MAX_LISTED, Portfolio};

/// How far ahead is looked for a crossing, in days.
const AHEAD_DAYS: i32 = 365;

/// Key accounts that are followed into the days ahead at most, nearest to the threshold first:
/// each takes about as long as its line in the list.
const MAX_FOLLOWED: usize = 500;

/// Who is drifting towards or away from key.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Drift {
    /// Over how many days the change of points is told.
    pub days: i32,
    /// How many days ahead are looked at for a crossing.
    pub ahead_days: i32,
    /// Clients who are no key accounts and have more points than before, nearest to the threshold
    /// first, at most 50.
    pub towards: Vec<DriftRow>,
    /// How many there are in all.
    pub towards_in_all: usize,
    /// Key accounts that have fewer points than before, or would cross within as many days as that
    /// lies back if nothing is done; the first to cross first, then the nearest to the threshold;
    /// at most 50.
    pub away: Vec<DriftRow>,
    /// How many there are in all. Of more than 500 key accounts only those nearest to the
    /// threshold are followed into the days ahead.
    pub away_in_all: usize,
}

/// A client on the move.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DriftRow {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// Points now.
    pub points: u32,
    /// Points at the beginning of the days over which the change is told.
    pub points_before: u32,
    /// The points that matter: those from which a key account stays one, or from which anyone else
    /// becomes one.
    pub threshold: u32,
    /// How many points lie between: above the threshold for a key account (negative below it),
    /// short of it for anyone else (negative beyond it, where a criterion asked of all gives none).
    pub distance: i64,
    /// The first crossing if nothing is done; absent where there is none in sight.
    pub crosses: Option<Crossing>,
    /// Its share of the revenue of all accounts, 0 to 1.
    pub share: f64,
}

/// A day on which a status would change by time alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Crossing {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The status from then on.
    #[schema(value_type = String)]
    pub to: Status,
}

/// Looks for drift among the accounts of a portfolio of the same desk. Without a policy nobody
/// drifts.
pub(super) fn drift(desk: &Desk, portfolio: &Portfolio) -> Drift {
    let mut found = Drift {
        days: QUARTER_DAYS,
        ahead_days: AHEAD_DAYS,
        towards: Vec::new(),
        towards_in_all: 0,
        away: Vec::new(),
        away_in_all: 0,
    };
    let Some((_, policy)) = desk.firm().policy_on(portfolio.as_of) else { return found };
    let rows = |key: bool| {
        let these = portfolio.accounts.iter().filter(move |row| row.status.is_key() == key);
        these.map(|row| line(row, policy)).collect::<Vec<DriftRow>>()
    };
    let mut away = rows(true);
    away.sort_by_key(|row| (row.distance, row.id));
    for row in away.iter_mut().take(MAX_FOLLOWED) {
        row.crosses = crossing(desk, row.id, portfolio.as_of);
    }
    let soon = portfolio.as_of.saturating_add(QUARTER_DAYS.days());
    let is_near = |row: &DriftRow| row.crosses.as_ref().is_some_and(|it| it.day <= soon);
    away.retain(|row| row.points < row.points_before || is_near(row));
    away.sort_by_key(|row| {
        let day = row.crosses.as_ref().map(|crossing| crossing.day);
        (day.is_none(), day, row.distance, row.id)
    });
    found.away_in_all = away.len();
    away.truncate(MAX_LISTED);
    let mut towards = rows(false);
    towards.retain(|row| row.points > row.points_before);
    towards.sort_by_key(|row| (row.distance, row.id));
    found.towards_in_all = towards.len();
    towards.truncate(MAX_LISTED);
    for row in &mut towards {
        row.crosses = crossing(desk, row.id, portfolio.as_of);
    }
    Drift { towards, away, ..found }
}

fn line(row: &AccountRow, policy: &Policy) -> DriftRow {
    let key = row.status.is_key();
    let threshold = if key { policy.stays_from } else { policy.enters_at };
    let above = i64::from(row.points) - i64::from(threshold);
    DriftRow {
        id: row.id,
        name: row.name.clone(),
        status: row.status,
        points: row.points,
        points_before: row.points_quarter_before,
        threshold,
        distance: if key { above } else { -above },
        crosses: None,
        share: row.share,
    }
}

/// The first day after this one on which time alone takes the client across: a key account under
/// review or out of it to release, anyone else to key or to a nomination. Other rules that take
/// over meanwhile end what can be told.
fn crossing(desk: &Desk, id: AccountId, day: Date) -> Option<Crossing> {
    let account: &Arc<Account> = desk.account(id)?;
    let client: Client<'_> = desk.client_of(account).cut(day);
    let mut track = Track::follow(&client, day, &mut |_| {})?;
    let before = side(track.standing().status);
    let last = day.saturating_add(AHEAD_DAYS.days());
    let rules = desk.firm().next_change(day).and_then(|next| next.yesterday().ok());
    let last = rules.map_or(last, |rules| rules.min(last));
    while let Some(next) = track.next().filter(|next| *next <= last) {
        track.resume(&client, next);
        let to = track.standing().status;
        if side(to) != before {
            return Some(Crossing { day: next, to });
        }
    }
    None
}

/// On which side of what matters a status lies. A trial that ends well crosses nothing.
fn side(status: Status) -> u8 {
    match status {
        Status::Key | Status::Trial => 0,
        Status::UnderReview => 1,
        Status::Nominated => 2,
        Status::Released | Status::Standard => 3,
    }
}
