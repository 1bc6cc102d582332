//! Reading a policy document: TOML, checked when it is read.

use serde::Deserialize;
use toml::Spanned;

use super::document::{
    Approval, Criterion, DocumentError, Grade, MAX_DOCUMENT, MAX_ID, Measure, OwnershipRules,
    Policy, Scope,
};
use super::number::Number;
use super::predicate::Predicate;
use super::written::{
    AdoptionToml, ApprovalToml, CriterionToml, MAX_CRITERIA, MAX_POINTS, PolicyToml, StepToml,
};
use crate::fact::Role;
use crate::money::Decimal;

/// For how many days a veto holds where the policy does not say.
const VETO_DAYS: i32 = 180;

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_DOCUMENT {
            return Err(DocumentError::at(text, 0, format!("longer than {MAX_DOCUMENT} bytes")));
        }
        let mut read: PolicyToml =
            toml::from_str(text).map_err(|e| DocumentError::from_toml(text, &e))?;
        let criteria = criteria(text, std::mem::take(&mut read.criteria))?;
        name_and_thresholds(text, &read, criteria.iter().map(|criterion| criterion.points).sum())?;
        let reassess = read.reassessment.as_ref();
        let reassess = reassess.map(|it| at_least_a_day(text, "every_days", &it.every_days));
        let ownership = read.ownership.as_ref().map(|it| {
            let dormant = &it.dormant_after_days;
            let dormant_after_days = at_least_a_day(text, "dormant_after_days", dormant)?;
            let parent_history_counts = it.parent_history_counts;
            Ok(OwnershipRules { parent_history_counts, dormant_after_days })
        });
        Ok(Self {
            name: read.name.into_inner(),
            enters_at: read.enters_at.into_inner(),
            stays_from: read.stays_from.into_inner(),
            grace_days: i32::from(read.grace_days),
            trial_days: i32::from(read.trial_days),
            reassess_every_days: reassess.transpose()?,
            approval: read.approval.map(|it| approval(text, &it)).transpose()?,
            adopted_by: read
                .adoption
                .map(|it| adopted_by(text, it))
                .transpose()?
                .unwrap_or_default(),
            ownership: ownership.transpose()?,
            criteria,
        })
    }
}

fn at_least_a_day(text: &str, what: &str, days: &Spanned<u16>) -> Result<i32, DocumentError> {
    if *days.get_ref() > 0 {
        return Ok(i32::from(*days.get_ref()));
    }
    Err(DocumentError::at(text, days.span().start, format!("`{what}` is 0: give 1 or more")))
}

fn approval(text: &str, read: &ApprovalToml) -> Result<Approval, DocumentError> {
    if read.of.get_ref().is_empty() {
        let message = "`of` is empty: name `enter`, `release` or both, or drop [approval]";
        return Err(DocumentError::at(text, read.of.span().start, message));
    }
    let veto_days = read.veto_days.as_ref().map(|days| at_least_a_day(text, "veto_days", days));
    Ok(Approval {
        role: read.role,
        to_enter: read.of.get_ref().contains(&StepToml::Enter),
        to_release: read.of.get_ref().contains(&StepToml::Release),
        veto_days: veto_days.transpose()?.unwrap_or(VETO_DAYS),
    })
}

fn adopted_by(text: &str, read: AdoptionToml) -> Result<Vec<Role>, DocumentError> {
    let at = read.approved_by.span().start;
    let mut roles = read.approved_by.into_inner();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        let message = "`approved_by` is empty: name at least one role, or drop [adoption]";
        return Err(DocumentError::at(text, at, message));
    }
    Ok(roles)
}

fn name_and_thresholds(text: &str, read: &PolicyToml, sum: u32) -> Result<(), DocumentError> {
    let (enters_at, stays_from) = (&read.enters_at, &read.stays_from);
    if read.name.get_ref().trim().is_empty() {
        let message = "`name` is empty: say what the policy is called";
        return Err(DocumentError::at(text, read.name.span().start, message));
    }
    if *enters_at.get_ref() == 0 {
        let message = "enters_at is 0: every client would be a key account; give 1 or more";
        return Err(DocumentError::at(text, enters_at.span().start, message));
    }
    if *enters_at.get_ref() > sum {
        let message =
            format!("enters_at {} can never be reached: all points are {sum}", enters_at.get_ref());
        return Err(DocumentError::at(text, enters_at.span().start, message));
    }
    if stays_from.get_ref() > enters_at.get_ref() {
        let message = "stays_from is above enters_at: a client would leave as it enters";
        return Err(DocumentError::at(text, stays_from.span().start, message));
    }
    Ok(())
}

fn criteria(
    text: &str,
    read: Vec<Spanned<CriterionToml>>,
) -> Result<Vec<Criterion>, DocumentError> {
    if read.is_empty() {
        return Err(DocumentError::at(text, text.len(), "no [[criterion]]: name at least one"));
    }
    if read.len() > MAX_CRITERIA {
        let message = format!("more than {MAX_CRITERIA} criteria");
        return Err(DocumentError::at(text, text.len(), message));
    }
    let names: Vec<String> = read
        .iter()
        .map(|read| read.get_ref())
        .filter(|read| !read.measure.is_derived())
        .map(|read| Predicate::name_of(read.id.get_ref()))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut criteria: Vec<Criterion> = Vec::with_capacity(read.len());
    for spanned in read {
        let id = &spanned.get_ref().id;
        sound_id(id.get_ref(), &criteria)
            .map_err(|message| DocumentError::at(text, id.span().start, message))?;
        let at = spanned.span().start;
        criteria.push(criterion(text, at, spanned.into_inner(), &names)?);
    }
    Ok(criteria)
}

/// Whether an id can be that of a criterion beside the ones before it. Two that are the same in a
/// predicate could not be told apart there.
fn sound_id(id: &str, before: &[Criterion]) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.is_empty() || id.len() > MAX_ID || !id.chars().all(plain) {
        let shown: String = id.chars().take(MAX_ID).collect();
        return Err(format!(
            "criterion `{shown}`: an id is made of a-z, 0-9, - and _, {MAX_ID} of them at most"
        ));
    }
    let name = Predicate::name_of(id);
    match before.iter().find(|other| Predicate::name_of(&other.id) == name) {
        None => Ok(()),
        Some(other) if other.id == id => {
            Err(format!("criterion `{id}` stands twice: give each its own id"))
        }
        Some(other) => Err(format!(
            "criteria `{}` and `{id}` are both `{name}` in a predicate: rename one",
            other.id
        )),
    }
}

fn criterion(
    text: &str,
    at: usize,
    read: CriterionToml,
    names: &[&str],
) -> Result<Criterion, DocumentError> {
    let wrong = |message: String| {
        DocumentError::at(text, at, format!("criterion `{}`: {message}", read.id.get_ref()))
    };
    if read.points == 0 || read.points > MAX_POINTS {
        return Err(wrong(format!("`points` must lie between 1 and {MAX_POINTS}")));
    }
    let window_days = window(&read).map_err(&wrong)?;
    let grade = graded(&read).map_err(&wrong)?;
    if read.measure.is_derived() && read.scope == Scope::Group {
        return Err(wrong("this measure looks at the other criteria: drop `scope`".to_owned()));
    }
    let when = match (read.measure, &read.when) {
        (Measure::Custom, Some(when)) => Some(predicate(text, when, names)?),
        (Measure::Custom, None) => return Err(wrong("this measure needs `when`".to_owned())),
        (_, Some(when)) => {
            let message = "this measure takes no `when`: drop it";
            return Err(DocumentError::at(text, when.span().start, message));
        }
        (_, None) => None,
    };
    let (mut judgement, mut contract) = (None, None);
    match (read.measure, &read.of) {
        (Measure::Judgement, Some(of)) => judgement = Some(meant(text, of)?),
        (Measure::Contracts, Some(of)) => contract = Some(meant(text, of)?),
        (Measure::Judgement | Measure::Contracts, None) => {
            return Err(wrong("this measure needs `of`".to_owned()));
        }
        (_, Some(of)) => {
            let message = "this measure takes no `of`: drop it";
            return Err(DocumentError::at(text, of.span().start, message));
        }
        (_, None) => {}
    }
    Ok(Criterion {
        id: read.id.into_inner(),
        title: read.title,
        measure: read.measure,
        scope: read.scope,
        window_days,
        judgement,
        contract,
        when,
        grade,
        points: read.points,
        sufficient: read.sufficient,
        required: read.required,
        missing: read.missing,
        why: read.why,
    })
}

fn window(read: &CriterionToml) -> Result<i32, String> {
    match (read.measure.windowed(), read.window_days) {
        (true, Some(days)) if days > 0 => Ok(i32::from(days)),
        (true, _) => Err("this measure needs `window_days` of at least 1".to_owned()),
        (false, None) => Ok(0),
        (false, Some(_)) => Err("this measure has no window: drop `window_days`".to_owned()),
    }
}

fn graded(read: &CriterionToml) -> Result<Grade, String> {
    match (read.measure, &read.at_least, &read.from, &read.to) {
        (Measure::Custom, None, None, None) => Ok(Grade::AtLeast(Decimal::ONE)),
        (Measure::Custom, ..) => {
            Err("`when` holds or not: drop `at_least`, `from` and `to`".to_owned())
        }
        (_, Some(Number(at_least)), None, None) => Ok(Grade::AtLeast(*at_least)),
        (_, None, Some(Number(from)), Some(Number(to))) if from < to => {
            Ok(Grade::Range { from: *from, to: *to })
        }
        (_, None, Some(_), Some(_)) => Err("`from` must lie below `to`".to_owned()),
        _ => Err("give either `at_least`, or both `from` and `to`".to_owned()),
    }
}

/// Reads a predicate, and puts what is wrong with it where it stands in the document.
fn predicate(
    text: &str,
    when: &Spanned<String>,
    names: &[&str],
) -> Result<Predicate, DocumentError> {
    Predicate::parse(when.get_ref(), names).map_err(|wrong| {
        // One byte for the opening quotation mark, where the text is given plainly.
        let plain =
            text[when.span()].get(1..).is_some_and(|it| it.starts_with(when.get_ref().as_str()));
        let within = if plain { wrong.offset + 1 } else { 0 };
        DocumentError::at(text, when.span().start + within, format!("`when`: {}", wrong.message))
    })
}

/// Reads the word in `of` as one of the names the measure knows.
fn meant<'de, T: Deserialize<'de>>(
    text: &str,
    of: &'de Spanned<String>,
) -> Result<T, DocumentError> {
    let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(of.get_ref());
    T::deserialize(word).map_err(|e| DocumentError::at(text, of.span().start, e.to_string()))
}
