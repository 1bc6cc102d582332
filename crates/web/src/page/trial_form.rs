//! The form in which a change of the policy is tried: its thresholds, and each criterion's points.

use linchpin_domain::policy::Policy;

use crate::error::PageError;
use crate::visit::Visit;

/// Most points that a criterion may give.
const MOST_POINTS: u32 = 1000;

/// What the name of a criterion's field begins with.
const POINTS: &str = "points-";

/// One field of the form.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) value: u32,
    pub(crate) now: u32,
    pub(crate) most: u32,
}

/// The names of all parameters that the page takes under a policy.
pub(crate) fn names(policy: Option<&Policy>) -> Vec<String> {
    let fields = policy.map_or_else(Vec::new, |policy| fields(policy, policy));
    let names = fields.into_iter().map(|field| field.name);
    names.chain(["from", "assume_yes"].map(str::to_owned)).collect()
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
    // Points may be raised in the same form, so all that they could come to is let through.
    let most = u32::try_from(now.criteria.len()).unwrap_or(u32::MAX).saturating_mul(MOST_POINTS);
    let thresholds = [
        field("enters_at", "Enters at", draft.enters_at, now.enters_at, most),
        field("stays_from", "Stays from", draft.stays_from, now.stays_from, most),
    ];
    let criteria = now.criteria.iter().map(|criterion| {
        let found = draft.criteria.iter().find(|it| it.id == criterion.id);
        let label = format!("{}, points", criterion.title);
        let value = found.map_or(0, |it| it.points);
        let name = format!("{POINTS}{}", criterion.id);
        field(&name, &label, value, criterion.points, MOST_POINTS)
    });
    thresholds.into_iter().chain(criteria).collect()
}

/// The fields with what an address asks for.
pub(crate) fn asked(now: &Policy, visit: &Visit) -> Result<Vec<Field>, PageError> {
    let mut fields = fields(now, now);
    for field in &mut fields {
        let (Some(text), most) = (visit.get(&field.name), field.most) else { continue };
        field.value = text.parse().ok().filter(|number| *number <= most).ok_or_else(|| {
            PageError::Bad(format!("`{}` is no whole number from 0 to {most}.", field.name))
        })?;
    }
    Ok(fields)
}

/// The document of the policy in force with what the fields change, held to what any document is
/// held to. A criterion without points is left out.
///
/// # Errors
/// In words, what does not hold. Places in the text are left out: nobody has seen it.
pub(crate) fn draft(document: &str, fields: &[Field]) -> Result<Policy, String> {
    let mut table: toml::Table =
        toml::from_str(document).map_err(|error| error.message().to_owned())?;
    for field in fields.iter().filter(|field| field.value != field.now) {
        let value = toml::Value::from(field.value);
        let Some(id) = field.name.strip_prefix(POINTS) else {
            table.insert(field.name.clone(), value);
            continue;
        };
        let criteria = table.get_mut("criterion").and_then(toml::Value::as_array_mut);
        let Some(criteria) = criteria else { continue };
        let is_meant = |it: &toml::Value| it.get("id").and_then(toml::Value::as_str) == Some(id);
        if field.value == 0 {
            criteria.retain(|it| !is_meant(it));
        } else if let Some(it) = criteria.iter_mut().find(|it| is_meant(it))
            && let Some(it) = it.as_table_mut()
        {
            it.insert("points".to_owned(), value);
        }
    }
    let text = toml::to_string(&table).map_err(|error| error.to_string())?;
    Policy::draft(&text).map_err(|error| error.message)
}
