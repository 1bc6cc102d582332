//! Why an account has its status, as readers are shown it.

use jiff::civil::Date;
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::policy::Status;
use serde::Serialize;

use super::{Clocks, Person};

/// Why an account has its status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Explanation {
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The status.
    #[schema(value_type = String)]
    pub status: Status,
    /// Its first day.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Points reached.
    pub points: u32,
    /// Points that can be reached.
    pub out_of: u32,
    /// Points from which a client enters.
    pub enters_at: u32,
    /// Points from which a key account stays.
    pub stays_from: u32,
    /// The policy's name.
    pub policy: String,
    /// Its version, counted from 1; 0 where the firm has adopted none.
    pub policy_version: u32,
    /// The verdict in a sentence.
    pub sentence: String,
    /// What stands behind that sentence: who ruled what, what is waited for, until when.
    pub verdict: Vec<String>,
    /// The same as data; absent where the firm has adopted no policy.
    pub course: Option<CourseView>,
    /// What each criterion gave.
    pub criteria: Vec<CriterionView>,
    /// What can change the status, the soonest first: what waits for somebody, days on which it
    /// turns by itself, and the smallest steps that keep it or bring a better one.
    pub nearest: Vec<Turn>,
    /// What would change the points, in sentences, most telling first.
    pub would_change: Vec<String>,
    /// The lowest point within half a year if what ends by a day (contracts, judgements) ends and
    /// business goes on as it does; absent where that is no lower than today.
    pub falls_to: Option<Fall>,
    /// How it differs from last time; absent where there is no earlier day to compare with.
    pub since_last: Option<Difference>,
    /// The recorded decision behind the status, where one was recorded.
    pub decision: Option<Evidence>,
    /// What the watch rules looked at and stay quiet about: key and reason.
    pub quiet: Vec<QuietView>,
}

/// Where the status stands in its course.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CourseView {
    /// The status by the policy alone, overrides left aside.
    #[schema(value_type = String)]
    pub status: Status,
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The role whose yes is waited for, in words.
    pub waits_for: Option<String>,
    /// Who has that role; absent where nobody does.
    pub waits_for_whom: Option<Person>,
    /// The first day after the trial.
    #[schema(value_type = Option<String>, format = Date)]
    pub trial_ends: Option<Date>,
    /// The day on which the status lapses unless it is confirmed before.
    #[schema(value_type = Option<String>, format = Date)]
    pub lapses_on: Option<Date>,
    /// The day on which the review ends.
    #[schema(value_type = Option<String>, format = Date)]
    pub review_ends: Option<Date>,
    /// Why it is under review: `points` or `not confirmed`.
    pub review_because: Option<String>,
    /// The day from which its points may nominate it again after a refusal.
    #[schema(value_type = Option<String>, format = Date)]
    pub vetoed_until: Option<Date>,
    /// The newest ruling behind the status, where people ruled.
    pub ruling: Option<StatusRuling>,
    /// The override that holds, where one does.
    #[serde(rename = "override")]
    pub overridden: Option<OverrideView>,
}

/// What one of us ruled on a status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StatusRuling {
    /// `nominated`, `approved`, `vetoed` or `confirmed`.
    pub what: String,
    /// Who.
    pub by: Person,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Why.
    pub reason: String,
    /// The fact.
    pub entry: Evidence,
}

/// A status by override.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OverrideView {
    /// The status that it gives.
    #[schema(value_type = String)]
    pub to: Status,
    /// Who overrode it.
    pub by: Person,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// The fact.
    pub entry: Evidence,
}

/// Something that can change the status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Turn {
    /// The day on which it happens or by which it has to be done; absent for what can be done at
    /// any time.
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// The status that it leads to or keeps.
    #[schema(value_type = String)]
    pub to: Status,
    /// It in a sentence.
    pub sentence: String,
}

/// How today's assessment differs from an earlier one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// The earlier day: the last one before the status became what it is; 90 days before where it
    /// never was another; the first day of a client who came to us later than that.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The status of that day.
    #[schema(value_type = String)]
    pub status: Status,
    /// Its points.
    pub points: u32,
    /// The version of the policy in force then.
    pub policy_version: u32,
    /// Points moved by what happened, and by what grew old: the same policy, other facts.
    pub by_behaviour: i64,
    /// Points moved by the policy: the same facts, another version.
    pub by_policy: i64,
    /// The criteria that moved, in the order of the policy; what it no longer asks comes last.
    pub criteria: Vec<CriterionDifference>,
    /// All this in sentences.
    pub sentences: Vec<String>,
}

/// How one criterion differs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CriterionDifference {
    /// Its id in the policy.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Points then; 0 where the policy of then did not ask for it.
    pub points_before: u32,
    /// Points now; 0 where the policy asks for it no more.
    pub points_now: u32,
    /// The figure then, in words; absent where the policy of then did not ask for it.
    pub figure_before: Option<String>,
    /// The figure now; absent where the policy asks for it no more.
    pub figure_now: Option<String>,
    /// Points moved by what happened, and by what grew old.
    pub by_behaviour: i64,
    /// Points moved by the policy.
    pub by_policy: i64,
}

/// Where the score goes if nothing is done.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Fall {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The points from then on.
    pub points: u32,
    /// The status from then on.
    #[schema(value_type = String)]
    pub status: Status,
}

/// A watch rule that stays quiet.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuietView {
    /// The rule.
    pub rule: String,
    /// What it looked at, in words.
    pub subject: String,
    /// Why it stays quiet.
    pub reason: String,
}

/// One criterion, explained.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CriterionView {
    /// Its id in the policy.
    pub id: String,
    /// Heading.
    pub title: String,
    /// The rule in words, such as `EUR 50,000 to 400,000 in 365 days`.
    pub rule: String,
    /// Whose facts it looks at: `account` or `group`.
    pub scope: String,
    /// Whether all of its points make a key account whatever the others give.
    pub sufficient: bool,
    /// Whether nobody is a key account without a point from it.
    pub required: bool,
    /// What follows from either for this client, in a sentence.
    pub weight: Option<String>,
    /// The figure in words, such as `EUR 512,400` or `nobody yet`.
    pub figure: String,
    /// The bare figure, exact; absent where there was no data.
    pub value: Option<String>,
    /// The figures that a custom criterion used.
    pub uses: Vec<UsedFigure>,
    /// Points it gave.
    pub points: u32,
    /// Points it can give.
    pub out_of: u32,
    /// Why the firm asks for it.
    pub why: String,
    /// The first day on which the figure may differ by time passing alone.
    #[schema(value_type = Option<String>, format = Date)]
    pub changes_on: Option<Date>,
    /// How many facts it rests on.
    pub evidence_count: usize,
    /// The facts it rests on, newest first, at most a hundred.
    pub evidence: Vec<Evidence>,
}

/// A figure that a custom criterion used.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UsedFigure {
    /// Its name in the predicate.
    pub name: String,
    /// The criterion it is the figure of.
    pub criterion: String,
    /// The figure in words.
    pub figure: String,
    /// The bare figure, exact; absent where there was no data.
    pub value: Option<String>,
}

/// A fact or decision that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Evidence {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub id: EntryId,
    /// Where it stands in the ledger; absent where it was not looked up.
    pub position: Option<u64>,
}

impl From<&linchpin_domain::timeline::Source> for Evidence {
    fn from(source: &linchpin_domain::timeline::Source) -> Self {
        Self { id: source.id, position: Some(source.position) }
    }
}
