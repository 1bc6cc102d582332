//! Filtering and ordering the lines of a portfolio.

use std::cmp::{Ordering, Reverse};

use linchpin_domain::id::MemberId;
use linchpin_domain::policy::Status;
use linchpin_query::view::AccountRow;

use crate::error::PageError;
use crate::visit::Visit;

/// The orders in which a portfolio can stand: value in the address and name.
pub(crate) const SORTS: [(&str, &str); 8] = [
    ("revenue", "Revenue"),
    ("score", "Score"),
    ("drift", "Drift, falling first"),
    ("renewal", "Next deadline"),
    ("name", "Name"),
    ("status", "Status"),
    ("share", "Share"),
    ("owner", "Owner"),
];

/// Deadline filters: value in the address and name.
pub(crate) const DUES: [(&str, &str); 4] =
    [("", "Any time"), ("30", "In 30 days"), ("90", "In 90 days"), ("none", "No deadline")];

/// Whose accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Anyone,
    Nobody,
    One(MemberId),
}

/// What is shown of a portfolio, and in which order.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) status: Option<Status>,
    pub(crate) owner: Owner,
    pub(crate) due: Option<String>,
    pub(crate) sort: &'static str,
}

impl Filter {
    /// As asked for in an address.
    pub(crate) fn of(visit: &Visit) -> Result<Self, PageError> {
        let bad = |name: &str, value: &str, known: &str| {
            Err(PageError::Bad(format!("`{name}` is `{value}`. It takes {known}.")))
        };
        let status = match visit.get("status") {
            None => None,
            Some("key") => Some(Status::Key),
            Some("trial") => Some(Status::Trial),
            Some("nominated") => Some(Status::Nominated),
            Some("released") => Some(Status::Released),
            Some("review") => Some(Status::UnderReview),
            Some("standard") => Some(Status::Standard),
            Some(other) => return bad("status", other, "`key`, `review` or `standard`"),
        };
        let owner = match visit.get("owner") {
            None => Owner::Anyone,
            Some("nobody") => Owner::Nobody,
            Some(text) => match text.parse() {
                Ok(id) => Owner::One(id),
                Err(_) => return bad("owner", text, "a colleague's id or `nobody`"),
            },
        };
        let due = match visit.get("due") {
            Some(due) if !DUES.iter().any(|(known, _)| *known == due) => {
                return bad("due", due, "`30`, `90` or `none`");
            }
            due => due.map(str::to_owned),
        };
        let asked = visit.get("sort").unwrap_or("revenue");
        let Some((sort, _)) = SORTS.iter().find(|(known, _)| *known == asked) else {
            let known: Vec<&str> = SORTS.iter().map(|(known, _)| *known).collect();
            return bad("sort", asked, &known.join(", "));
        };
        let name = visit.get("name").unwrap_or_default().to_owned();
        Ok(Self { name, status, owner, due, sort })
    }

    /// The lines that fit, all statuses, in order.
    pub(crate) fn pick<'a>(&self, rows: &'a [AccountRow]) -> Vec<&'a AccountRow> {
        let name = self.name.to_lowercase();
        let mut picked: Vec<&AccountRow> = rows
            .iter()
            .filter(|row| name.is_empty() || row.name.to_lowercase().contains(&name))
            .filter(|row| match self.owner {
                Owner::Anyone => true,
                Owner::Nobody => row.owner.is_none(),
                Owner::One(id) => row.owner.as_ref().is_some_and(|owner| owner.id == id.0),
            })
            .filter(|row| self.is_due(row))
            .collect();
        picked.sort_by(|a, b| self.order(a, b));
        picked
    }

    fn is_due(&self, row: &AccountRow) -> bool {
        let left = row.next_deadline.as_ref().map(|deadline| deadline.days_left);
        match self.due.as_deref() {
            None => true,
            Some("none") => left.is_none(),
            Some(days) => {
                let days = days.parse().unwrap_or(90);
                left.is_some_and(|left| (0..=days).contains(&left))
            }
        }
    }

    fn order(&self, a: &AccountRow, b: &AccountRow) -> Ordering {
        let drift = |row: &AccountRow| i64::from(row.points) - i64::from(row.points_before);
        let deadline = |row: &AccountRow| row.next_deadline.as_ref().map(|deadline| deadline.day);
        let owner = |row: &AccountRow| row.owner.as_ref().map(|owner| owner.name.to_lowercase());
        let chosen = match self.sort {
            "score" => b.points.cmp(&a.points),
            "drift" => drift(a).cmp(&drift(b)),
            "renewal" => {
                (deadline(a).is_none(), deadline(a)).cmp(&(deadline(b).is_none(), deadline(b)))
            }
            "name" => Ordering::Equal,
            "status" => a.status.cmp(&b.status).then(b.points.cmp(&a.points)),
            "owner" => (owner(a).is_none(), owner(a)).cmp(&(owner(b).is_none(), owner(b))),
            _ => a.rank.cmp(&b.rank),
        };
        chosen.then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase())).then(a.id.cmp(&b.id))
    }
}

/// The accounts whose score changed most in 30 days, key accounts first.
pub(crate) fn moved(rows: &[AccountRow], most: usize) -> Vec<AccountRow> {
    let change = |row: &AccountRow| row.points.abs_diff(row.points_before);
    let mut moved: Vec<&AccountRow> = rows.iter().filter(|row| change(row) > 0).collect();
    moved.sort_by_key(|row| (!row.status.is_key(), Reverse(change(row)), row.rank));
    moved.into_iter().take(most).cloned().collect()
}
