//! The form in which a change of the policy is tried: its thresholds, and each criterion's points.

use linchpin_domain::policy::Policy;

use crate::error::PageError;
use crate::visit::Visit;

/// Most points that a criterion may give.
const MOST_POINTS: u32 = 1000;

/// One field of the form.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) value: u32,
    pub(crate) now: u32,
    pub(crate) most: u32,
}

/// The name of a criterion's field.
fn points_of(id: &str) -> String {
    format!("points-{id}")
}

/// The names of all parameters that the page takes under a policy.
pub(crate) fn names(policy: Option<&Policy>) -> Vec<String> {
    let criteria = policy.map_or(&[][..], |policy| &policy.criteria);
    let fixed = ["enters_at", "stays_from", "from"].map(str::to_owned);
    fixed.into_iter().chain(criteria.iter().map(|it| points_of(&it.id))).collect()
}

/// The fields as they stand in a draft of a policy.
pub(crate) fn fields(now: &Policy, draft: &Policy) -> Vec<Field> {
    let field = |name: &str, label: &str, value, now, most| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        value,
        now,
        most,
    };
    let most = now.out_of().max(draft.out_of());
    let thresholds = [
        field("enters_at", "Enters at", draft.enters_at, now.enters_at, most),
        field("stays_from", "Stays from", draft.stays_from, now.stays_from, most),
    ];
    let criteria = now.criteria.iter().map(|criterion| {
        let found = draft.criteria.iter().find(|it| it.id == criterion.id);
        let label = format!("{}, points", criterion.title);
        let value = found.map_or(0, |it| it.points);
        field(&points_of(&criterion.id), &label, value, criterion.points, MOST_POINTS)
    });
    thresholds.into_iter().chain(criteria).collect()
}

/// The policy with the changes that an address asks for; a criterion without points is left out.
pub(crate) fn draft(now: &Policy, visit: &Visit) -> Result<Policy, PageError> {
    let mut draft = now.clone();
    let number = |name: &str, value: u32, most: u32| match visit.get(name) {
        None => Ok(value),
        Some(text) => text.parse().ok().filter(|number| *number <= most).ok_or_else(|| {
            PageError::Bad(format!("`{name}` is no whole number from 0 to {most}."))
        }),
    };
    for criterion in &mut draft.criteria {
        criterion.points = number(&points_of(&criterion.id), criterion.points, MOST_POINTS)?;
    }
    draft.criteria.retain(|criterion| criterion.points > 0);
    let out_of = draft.out_of();
    draft.enters_at = number("enters_at", draft.enters_at, u32::MAX)?;
    draft.stays_from = number("stays_from", draft.stays_from, u32::MAX)?;
    if draft.enters_at > out_of {
        let words = format!(
            "`enters_at` is {}, and all points together are {out_of}: nobody would ever enter.",
            draft.enters_at
        );
        return Err(PageError::Bad(words));
    }
    if draft.stays_from > draft.enters_at {
        let words = "`stays_from` is above `enters_at`: a client would leave as it enters.";
        return Err(PageError::Bad(words.to_owned()));
    }
    Ok(draft)
}
