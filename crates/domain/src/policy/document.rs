//! What a key-account policy says.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Predicate;
use crate::fact::{ContractKind, JudgementOf, Role};
use crate::money::Decimal;

/// Longest policy or watchlist document taken, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;

/// Longest id of a criterion or rule, in bytes.
pub(crate) const MAX_ID: usize = 60;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DocumentError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1, in characters.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl DocumentError {
    /// An error at a byte offset of a text.
    pub fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { line, column, message: message.into() }
    }

    /// The TOML reader's own complaint, put on one line.
    pub fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(text, offset, in_words(&error.message().replace('\n', " ")))
    }
}

/// What the reader of TOML says, where it speaks of types that only programmers know.
fn in_words(message: &str) -> String {
    let types = [
        ("expected u32", "expected a whole number, 0 or more"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected a boolean", "expected true or false"),
        (
            "string values must be quoted, expected literal string",
            "expected a value: a number, true, false, or a text in quotation marks",
        ),
    ];
    types.iter().fold(message.to_owned(), |said, (type_of, words)| said.replace(type_of, words))
}

/// What is measured of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Measure {
    /// Invoices less credit notes, in the firm's currency, over the window.
    #[serde(rename = "revenue")]
    Revenue,
    /// Revenue less cost over the window, where every invoice names its cost.
    #[serde(rename = "profit")]
    Profit,
    /// Engagements over the window, cancelled ones left out.
    #[serde(rename = "engagements")]
    Engagements,
    /// Meetings, calls and mails over the window.
    #[serde(rename = "interactions")]
    Interactions,
    /// Referrals the client gave over the window.
    #[serde(rename = "referrals")]
    Referrals,
    /// Mean feedback over the window, on a scale of 0 to 10.
    #[serde(rename = "feedback")]
    Feedback,
    /// The judgement named in `of` that counts that day, 0 to 5.
    #[serde(rename = "judgement")]
    Judgement,
    /// Contracts of the kind named in `of` in force that day.
    #[serde(rename = "contracts")]
    Contracts,
    /// Contacts who work for the client.
    #[serde(rename = "active contacts")]
    ActiveContacts,
    /// How many of the four levels the active contacts cover.
    #[serde(rename = "levels reached")]
    LevelsReached,
    /// Active contacts who decide.
    #[serde(rename = "decision makers")]
    DecisionMakers,
    /// Whole years since the first engagement or invoice.
    #[serde(rename = "tenure years")]
    TenureYears,
    /// Calendar months over the window in which an engagement began: how regularly the client
    /// comes.
    #[serde(rename = "active months")]
    ActiveMonths,
    /// Engagements that have begun, are not cancelled and whose last day has not passed.
    #[serde(rename = "work in hand")]
    WorkInHand,
    /// How many of the buying roles the active contacts hold.
    #[serde(rename = "buying roles reached")]
    BuyingRolesReached,
    /// How many of us met the client or brought in work over the window.
    #[serde(rename = "colleagues involved")]
    ColleaguesInvolved,
    /// Account reviews held over the window.
    #[serde(rename = "account reviews")]
    AccountReviews,
    /// How often the account plan was written or brought up to date over the window.
    #[serde(rename = "plan updates")]
    PlanUpdates,
    /// Whether the predicate in `when` holds of the figures of the policy's other criteria: 1 or 0.
    #[serde(rename = "custom")]
    Custom,
}

impl Measure {
    /// Whether it looks at a trailing window, and so needs `window_days`.
    pub fn windowed(self) -> bool {
        matches!(
            self,
            Self::Revenue
                | Self::Profit
                | Self::Engagements
                | Self::Interactions
                | Self::Referrals
                | Self::Feedback
                | Self::ActiveMonths
                | Self::ColleaguesInvolved
                | Self::AccountReviews
                | Self::PlanUpdates
        )
    }

    /// Whether its figure is an amount in the firm's currency.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Revenue | Self::Profit)
    }

    /// Whether it is formed from the figures of the other criteria and not from facts.
    pub fn is_derived(self) -> bool {
        self == Self::Custom
    }
}

/// Whose facts a criterion looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Scope {
    /// The client's own.
    #[default]
    #[serde(rename = "account")]
    Account,
    /// Those of its whole group on the day: the ultimate parent and everyone below it. Sums and
    /// counts add up; a judgement is that of the ultimate parent, else the client's own.
    #[serde(rename = "group")]
    Group,
}

/// How a figure becomes points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Grade {
    /// All points from this figure on, none below.
    AtLeast(Decimal),
    /// None up to `from`, all from `to` on, in proportion between, rounded down.
    Range {
        /// The highest figure without points.
        from: Decimal,
        /// The lowest figure with all points.
        to: Decimal,
    },
}

/// What missing data means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Missing {
    /// It gives nothing.
    #[serde(rename = "no points")]
    NoPoints,
    /// It is held neither for nor against the client; rounded down.
    #[serde(rename = "half the points")]
    HalfThePoints,
}

/// One criterion of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Criterion {
    /// Short name by which decisions refer to it.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What is measured.
    pub measure: Measure,
    /// Whose facts it looks at.
    pub scope: Scope,
    /// Length of the trailing window in days; 0 where the measure has none. At day A it holds
    /// the days D with A − N < D ≤ A.
    pub window_days: i32,
    /// The judgement that is meant.
    pub judgement: Option<JudgementOf>,
    /// The contract kind that is meant.
    pub contract: Option<ContractKind>,
    /// The predicate of a custom criterion.
    pub when: Option<Predicate>,
    /// How the figure becomes points.
    pub grade: Grade,
    /// Points it can give.
    pub points: u32,
    /// Whether all of its points make a key account whatever the others give.
    pub sufficient: bool,
    /// Whether nobody is a key account without a point from it.
    pub required: bool,
    /// What missing data means.
    pub missing: Missing,
    /// Why the firm asks for it.
    pub why: String,
}

/// Who says yes or no, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// In which role: the yes or no of anyone else does not count.
    pub role: Role,
    /// Whether a nomination waits for a yes before it becomes a key account.
    pub to_enter: bool,
    /// Whether a review past its grace period waits for a yes before it ends in release.
    pub to_release: bool,
    /// For how many days a refused client is not nominated again by its points alone.
    pub veto_days: i32,
}

/// What the policy says of two colleagues who work the same client or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipRules {
    /// Whether what a parent did with us counts for a subsidiary's owner.
    pub parent_history_counts: bool,
    /// After how many days without work an earlier engagement gives nobody a claim any more.
    pub dormant_after_days: i32,
}

/// A key-account policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Points from which a client becomes a key account.
    pub enters_at: u32,
    /// Points from which a key account stays one.
    pub stays_from: u32,
    /// Days under review before a key account below that is released.
    pub grace_days: i32,
    /// Days a new key account is on trial; 0 where there is no trial.
    pub trial_days: i32,
    /// Days after which a status lapses unless it was confirmed; `None` where it never does.
    pub reassess_every_days: Option<i32>,
    /// Who says yes or no; `None` where nobody is asked.
    pub approval: Option<Approval>,
    /// The roles of which each must approve a document before it is adopted in its place or it is
    /// adopted itself; none where anyone may adopt.
    pub adopted_by: Vec<Role>,
    /// What it says of disputed clients; `None` where it says nothing.
    pub ownership: Option<OwnershipRules>,
    /// The criteria, in the order of the document.
    pub criteria: Vec<Criterion>,
}

/// What the points of all criteria come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The sum.
    pub points: u32,
    /// Whether this is enough to become a key account.
    pub enters: bool,
    /// Whether this is enough to stay one.
    pub stays: bool,
}

impl Policy {
    /// All points that can be reached.
    pub fn out_of(&self) -> u32 {
        self.criteria.iter().map(|criterion| criterion.points).sum()
    }

    /// Whether somebody's yes is asked for before a client becomes a key account.
    pub fn asks_to_enter(&self) -> bool {
        self.approval.is_some_and(|approval| approval.to_enter)
    }

    /// The roles whose yes it asks for, of a status or of a policy that takes its place; one may
    /// stand twice.
    pub fn asked_roles(&self) -> impl Iterator<Item = Role> {
        let of_a_status = self.approval.map(|approval| approval.role);
        self.adopted_by.iter().copied().chain(of_a_status)
    }

    /// The same policy as if whoever it asks said yes at once and every status were confirmed in
    /// time: what its points alone would make of a history in which nobody was asked.
    #[must_use]
    pub fn with_every_yes(self) -> Self {
        Self { approval: None, reassess_every_days: None, ..self }
    }

    /// What points mean, given in the order of the criteria.
    pub fn verdict(&self, points: impl IntoIterator<Item = u32>) -> Verdict {
        let (mut sum, mut sufficient, mut refused) = (0, false, false);
        for (criterion, points) in self.criteria.iter().zip(points) {
            sum += points;
            sufficient |= criterion.sufficient && points == criterion.points;
            refused |= criterion.required && points == 0;
        }
        Verdict {
            points: sum,
            enters: sufficient || (sum >= self.enters_at && !refused),
            stays: sufficient || (sum >= self.stays_from && !refused),
        }
    }

    /// Whether any criterion looks at the group.
    pub fn looks_at_groups(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.scope == Scope::Group)
    }
}

/// The first day on which an item of a day no longer stands in a window of so many days.
pub(super) fn leaves_window(day: Date, window_days: i32) -> Option<Date> {
    day.checked_add(jiff::Span::new().days(window_days)).ok()
}
