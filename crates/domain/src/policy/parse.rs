//! Reading a policy document: TOML, checked when it is read.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::document::{
    Approval, Criterion, DocumentError, Grade, MAX_DOCUMENT, MAX_ID, Measure, Missing,
    OwnershipRules, Policy, Scope,
};
use super::number::Number;
use super::predicate::Predicate;
use crate::fact::Role;
use crate::money::Decimal;

/// Most criteria of a policy: each decision records what every one of them gave.
const MAX_CRITERIA: usize = 100;

/// For how many days a veto holds where the policy does not say.
const VETO_DAYS: u16 = 180;

/// A key-account policy: who is a key account, why, and what becomes of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyToml {
    /// Its name.
    name: String,
    /// Points from which a client becomes a key account.
    #[schemars(with = "u32")]
    enters_at: Spanned<u32>,
    /// Points from which a key account stays one; at most `enters_at`.
    #[schemars(with = "u32")]
    stays_from: Spanned<u32>,
    /// Days under review before a key account below that is released.
    #[serde(default)]
    grace_days: u16,
    /// Days a new key account is on trial.
    #[serde(default)]
    trial_days: u16,
    approval: Option<ApprovalToml>,
    reassessment: Option<ReassessmentToml>,
    adoption: Option<AdoptionToml>,
    ownership: Option<OwnershipToml>,
    /// What is measured, and what it gives.
    #[serde(rename = "criterion", default)]
    #[schemars(with = "Vec<CriterionToml>")]
    criteria: Vec<Spanned<CriterionToml>>,
}

/// Who says yes or no before a status changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalToml {
    /// In which role.
    role: Role,
    /// What waits for a yes: `enter`, `release` or both.
    #[schemars(with = "Vec<StepToml>")]
    of: Spanned<Vec<StepToml>>,
    /// For how many days a refused client is not nominated again by its points alone; 180 where
    /// left out.
    veto_days: Option<u16>,
}

/// A step that may wait for a yes.
#[derive(Deserialize, JsonSchema, PartialEq)]
enum StepToml {
    /// A nomination becomes a key account.
    #[serde(rename = "enter")]
    Enter,
    /// A review ends in release.
    #[serde(rename = "release")]
    Release,
}

/// When a status is looked at again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReassessmentToml {
    /// Days after which a status lapses unless it was confirmed.
    #[schemars(with = "u16")]
    every_days: Spanned<u16>,
}

/// Whose approval a new policy needs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdoptionToml {
    /// One colleague in each of these roles must approve.
    #[schemars(with = "Vec<Role>")]
    approved_by: Spanned<Vec<Role>>,
}

/// What is said of two colleagues who work the same client or group.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OwnershipToml {
    /// Whether what a parent did with us counts for a subsidiary's owner.
    parent_history_counts: bool,
    /// After how many days without work an earlier engagement gives nobody a claim any more.
    #[schemars(with = "u16")]
    dormant_after_days: Spanned<u16>,
}

/// One criterion.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CriterionToml {
    /// Short name by which decisions refer to it: a-z, 0-9, `-` and `_`.
    #[schemars(with = "String", length(min = 1, max = 60), regex(pattern = r"^[a-z0-9_-]+$"))]
    id: Spanned<String>,
    /// Heading.
    title: String,
    /// What is measured.
    measure: Measure,
    /// Whose facts it looks at; the client's own where left out.
    #[serde(default)]
    scope: Scope,
    /// Length of the trailing window in days.
    window_days: Option<u16>,
    /// The judgement or the kind of contract that is meant.
    #[schemars(with = "Option<String>")]
    of: Option<Spanned<String>>,
    /// A predicate over the other criteria's figures, by their ids with `_` for `-`.
    #[schemars(with = "Option<String>")]
    when: Option<Spanned<String>>,
    /// All points from this figure on, none below.
    at_least: Option<Number>,
    /// The highest figure without points.
    from: Option<Number>,
    /// The lowest figure with all points.
    to: Option<Number>,
    /// Points it can give, 1 to 1000.
    points: u32,
    /// Whether all of its points make a key account whatever the others give.
    #[serde(default)]
    sufficient: bool,
    /// Whether nobody is a key account without a point from it.
    #[serde(default)]
    required: bool,
    /// What missing data means.
    missing: Missing,
    /// Why the firm asks for it.
    why: String,
}

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
        thresholds(text, &read, criteria.iter().map(|criterion| criterion.points).sum())?;
        let at_least_a_day = |what: &str, days: &Spanned<u16>| {
            if *days.get_ref() > 0 {
                return Ok(i32::from(*days.get_ref()));
            }
            Err(DocumentError::at(
                text,
                days.span().start,
                format!("`{what}` is 0: give 1 or more"),
            ))
        };
        let reassess = read.reassessment.as_ref();
        let reassess = reassess.map(|it| at_least_a_day("every_days", &it.every_days));
        let ownership = read.ownership.as_ref().map(|it| {
            let dormant_after_days = at_least_a_day("dormant_after_days", &it.dormant_after_days)?;
            let parent_history_counts = it.parent_history_counts;
            Ok(OwnershipRules { parent_history_counts, dormant_after_days })
        });
        Ok(Self {
            name: read.name,
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

    /// The JSON Schema of the document, for editors.
    pub fn schema() -> schemars::Schema {
        schemars::generate::SchemaSettings::draft07()
            .into_generator()
            .into_root_schema_for::<PolicyToml>()
    }
}

fn approval(text: &str, read: &ApprovalToml) -> Result<Approval, DocumentError> {
    if read.of.get_ref().is_empty() {
        let message = "`of` is empty: name `enter`, `release` or both, or drop [approval]";
        return Err(DocumentError::at(text, read.of.span().start, message));
    }
    Ok(Approval {
        role: read.role,
        to_enter: read.of.get_ref().contains(&StepToml::Enter),
        to_release: read.of.get_ref().contains(&StepToml::Release),
        veto_days: i32::from(read.veto_days.unwrap_or(VETO_DAYS)),
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

fn thresholds(text: &str, read: &PolicyToml, sum: u32) -> Result<(), DocumentError> {
    let (enters_at, stays_from) = (&read.enters_at, &read.stays_from);
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
    if read.points == 0 || read.points > 1000 {
        return Err(wrong("`points` must lie between 1 and 1000".to_owned()));
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
