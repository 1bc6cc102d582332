//! The parts of the portfolio below the list: shares, drift and groups in words.

use linchpin_domain::policy::Status;
use linchpin_query::view::{DriftRow, GroupRow, PortfolioView, StatusShare};

use crate::show;

/// Lines of each list below the accounts.
const LINES: usize = 10;

/// What stands below the list of accounts.
pub(crate) struct Parts {
    pub(crate) shares: Vec<StatusShare>,
    pub(crate) away: Vec<DriftRow>,
    pub(crate) towards: Vec<DriftRow>,
    pub(crate) groups: Vec<GroupRow>,
    /// The share of revenue of those on trial, 0 to 1.
    pub(crate) trial: f64,
    pub(crate) view: PortfolioView,
}

impl Parts {
    /// The first lines of each list; statuses that nobody has are left out.
    pub(crate) fn of(view: PortfolioView) -> Self {
        let shares = view.accounts.shares.iter().filter(|share| share.accounts > 0);
        let trial = view.accounts.shares.iter().find(|share| share.status == Status::Trial);
        let trial = trial.map_or(0.0, |share| share.share);
        let groups = view.largest_groups.iter().filter(|group| group.accounts > 1);
        Self {
            shares: shares.cloned().collect(),
            away: view.drift.away.iter().take(LINES).cloned().collect(),
            towards: view.drift.towards.iter().take(LINES).cloned().collect(),
            groups: groups.take(LINES).cloned().collect(),
            trial,
            view,
        }
    }

    /// How many are listed of how many: `10 of 34`.
    pub(crate) fn listed(&self, shown: usize, in_all: &usize) -> String {
        if shown == *in_all {
            show::number_words(shown)
        } else {
            format!("{} of {}", show::number_words(shown), show::number_words(*in_all))
        }
    }
}

/// How far the threshold is: `20 above 45`, `3 below 45`, `5 short of 55`.
pub(crate) fn distance_words(row: &DriftRow) -> String {
    let (away, threshold) = (row.distance.unsigned_abs(), row.threshold);
    match (row.status.is_key(), row.distance) {
        (true, 0) => format!("Just at {threshold}"),
        (true, above) if above > 0 => format!("{away} above {threshold}"),
        (true, _) => format!("{away} below {threshold}"),
        (false, short) if short > 0 => format!("{away} short of {threshold}"),
        (false, _) => format!("Has the {threshold} points"),
    }
}

/// What comes if nothing is done: `Under review on 9 Jan 2025`.
pub(crate) fn crossing_words(row: &DriftRow) -> String {
    match &row.crosses {
        Some(crossing) => {
            format!("{} on {}", show::status_word(crossing.to), show::day(&crossing.day))
        }
        None => "No change within a year".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::id::AccountId;

    use super::*;

    fn row(status: Status, threshold: u32, distance: i64) -> DriftRow {
        DriftRow {
            id: AccountId::named("one"),
            name: "One".to_owned(),
            status,
            points: 0,
            points_before: 0,
            threshold,
            distance,
            crosses: None,
            share: 0.0,
        }
    }

    #[test]
    fn the_threshold_is_told_from_the_side_on_which_the_client_stands() {
        assert_eq!(distance_words(&row(Status::Key, 45, 20)), "20 above 45");
        assert_eq!(distance_words(&row(Status::Trial, 45, 0)), "Just at 45");
        assert_eq!(distance_words(&row(Status::UnderReview, 45, -3)), "3 below 45");
        assert_eq!(distance_words(&row(Status::Standard, 55, 5)), "5 short of 55");
        assert_eq!(distance_words(&row(Status::Nominated, 55, 0)), "Has the 55 points");
    }
}
