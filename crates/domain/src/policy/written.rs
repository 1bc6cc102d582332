//! A policy document as it is written: what the TOML reader and the JSON Schema see.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::document::{MAX_ID, Measure, Missing, Policy, Scope};
use super::number::Number;
use crate::fact::{ContractKind, JudgementOf, Role};

/// Most criteria of a policy: each decision records what every one of them gave.
pub(super) const MAX_CRITERIA: usize = 100;

/// Most points of one criterion.
pub(super) const MAX_POINTS: u32 = 1000;

impl Policy {
    /// The JSON Schema of the document, for editors.
    pub fn schema() -> Schema {
        let settings = schemars::generate::SchemaSettings::draft07();
        settings.into_generator().into_root_schema_for::<PolicyToml>()
    }
}

/// What `of` may name.
struct Meant;

impl JsonSchema for Meant {
    fn schema_name() -> Cow<'static, str> {
        "Meant".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let judgement = generator.subschema_for::<JudgementOf>();
        let contract = generator.subschema_for::<ContractKind>();
        json_schema!({"anyOf": [judgement, contract]})
    }
}

/// A key-account policy: who is a key account, why, and what becomes of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Policy", title = "Key-account policy of Linchpin")]
// Without any the reader says so itself, in words of its own.
#[schemars(extend("required" = ["name", "enters_at", "stays_from", "criterion"]))]
pub(super) struct PolicyToml {
    /// Its name.
    #[schemars(with = "String", length(min = 1))]
    pub(super) name: Spanned<String>,
    /// Points from which a client becomes a key account.
    #[schemars(with = "u32", range(min = 1))]
    pub(super) enters_at: Spanned<u32>,
    /// Points from which a key account stays one; at most `enters_at`.
    #[schemars(with = "u32")]
    pub(super) stays_from: Spanned<u32>,
    /// Days under review before a key account below that is released.
    #[serde(default)]
    pub(super) grace_days: u16,
    /// Days a new key account is on trial.
    #[serde(default)]
    pub(super) trial_days: u16,
    pub(super) approval: Option<ApprovalToml>,
    pub(super) reassessment: Option<ReassessmentToml>,
    pub(super) adoption: Option<AdoptionToml>,
    pub(super) ownership: Option<OwnershipToml>,
    /// What is measured, and what it gives.
    #[serde(rename = "criterion", default)]
    #[schemars(with = "Vec<CriterionToml>", length(min = 1, max = MAX_CRITERIA))]
    pub(super) criteria: Vec<Spanned<CriterionToml>>,
}

/// Who says yes or no before a status changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Approval")]
pub(super) struct ApprovalToml {
    /// In which role.
    pub(super) role: Role,
    /// What waits for a yes: `enter`, `release` or both.
    #[schemars(with = "Vec<StepToml>", length(min = 1))]
    pub(super) of: Spanned<Vec<StepToml>>,
    /// For how many days a refused client is not nominated again by its points alone; 180 where
    /// left out.
    #[schemars(with = "Option<u16>", range(min = 1))]
    pub(super) veto_days: Option<Spanned<u16>>,
}

/// A step that may wait for a yes.
#[derive(Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Step")]
pub(super) enum StepToml {
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
#[schemars(rename = "Reassessment")]
pub(super) struct ReassessmentToml {
    /// Days after which a status lapses unless it was confirmed.
    #[schemars(with = "u16", range(min = 1))]
    pub(super) every_days: Spanned<u16>,
}

/// Whose approval a new policy needs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Adoption")]
pub(super) struct AdoptionToml {
    /// One colleague in each of these roles must approve.
    #[schemars(with = "Vec<Role>", length(min = 1))]
    pub(super) approved_by: Spanned<Vec<Role>>,
}

/// What is said of two colleagues who work the same client or group.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ownership")]
pub(super) struct OwnershipToml {
    /// Whether what a parent did with us counts for a subsidiary's owner.
    pub(super) parent_history_counts: bool,
    /// After how many days without work an earlier engagement gives nobody a claim any more.
    #[schemars(with = "u16", range(min = 1))]
    pub(super) dormant_after_days: Spanned<u16>,
}

/// One criterion.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Criterion")]
pub(super) struct CriterionToml {
    /// Short name by which decisions refer to it: a-z, 0-9, `-` and `_`.
    #[schemars(with = "String", length(min = 1, max = MAX_ID), regex(pattern = r"^[a-z0-9_-]+$"))]
    pub(super) id: Spanned<String>,
    /// Heading.
    pub(super) title: String,
    /// What is measured.
    pub(super) measure: Measure,
    /// Whose facts it looks at; the client's own where left out.
    #[serde(default)]
    pub(super) scope: Scope,
    /// Length of the trailing window in days.
    pub(super) window_days: Option<u16>,
    /// The judgement or the kind of contract that is meant.
    #[schemars(with = "Option<Meant>")]
    pub(super) of: Option<Spanned<String>>,
    /// A predicate over the other criteria's figures, by their ids with `_` for `-`.
    #[schemars(with = "Option<String>")]
    pub(super) when: Option<Spanned<String>>,
    /// All points from this figure on, none below.
    pub(super) at_least: Option<Number>,
    /// The highest figure without points.
    pub(super) from: Option<Number>,
    /// The lowest figure with all points.
    pub(super) to: Option<Number>,
    /// Points it can give, 1 to 1000.
    #[schemars(range(min = 1, max = MAX_POINTS))]
    pub(super) points: u32,
    /// Whether all of its points make a key account whatever the others give.
    #[serde(default)]
    pub(super) sufficient: bool,
    /// Whether nobody is a key account without a point from it.
    #[serde(default)]
    pub(super) required: bool,
    /// What missing data means.
    pub(super) missing: Missing,
    /// Why the firm asks for it.
    pub(super) why: String,
}
