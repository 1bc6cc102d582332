//! What readers are shown: types of their own, apart from what is stored.
//!
//! The JSON API, the command line and the pages all read these, so a figure means the same
//! everywhere. Money is a text with two places in the firm's currency; days are ISO dates in the
//! firm's time zone; moments are UTC.

mod account;
mod alert_words;
mod alerts;
mod change;
mod contracts;
mod course;
mod criteria;
mod decision_words;
mod difference;
mod drift;
mod explain;
mod explanation;
mod fact_words;
mod figures;
mod groups;
mod history;
mod life;
mod moved;
mod movement;
mod nearest;
mod ownership;
mod people;
mod policy;
mod policy_versions;
mod policy_words;
mod portfolio;
mod precedents;
mod row;
mod rulings;
mod steps;
mod suggest;
mod sums;
mod trial;
mod trial_curve;
mod trial_words;
mod verdict;

pub use account::account_view;
pub use alerts::{SETTLED_DAYS, alert_list, alert_view};
pub use drift::{Crossing, Drift, DriftRow};
pub use explain::{StatusView, explain, fall_sentence, status};
pub use explanation::*;
pub use figures::{Concentration, Figures, StatusShare};
pub use groups::GroupRow;
pub use history::{history_item, item_of, sentence};
pub(crate) use life::Life;
pub(crate) use movement::movement_of;
pub use movement::{Move, MoveCount, MoveStep, Movement, movement};
pub use ownership::*;
pub use people::account_name;
pub use policy::{ApprovalRule, Clause, PolicyView, RuleView, policy_view};
pub use policy_versions::{ApprovalGiven, OverriddenAccount, VersionView};
pub use policy_words::{policy_differences, policy_sentences};
pub use portfolio::{
    MAX_LISTED, Portfolio, PortfolioView, Sort, WINDOW_DAYS, portfolio, portfolio_view, sort_rows,
};
pub use precedents::{PrecedentView, RulingList, Rulings, ruling_list};
pub(crate) use suggest::newest_suggestions;
pub use suggest::{Alike, NewestSuggestions, Suggestions, name_index, refile, suggestions};
pub use trial::*;
pub use trial_curve::{CurvePoint, trial_curve};
pub use verdict::*;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::fact::{BuyingRole, ContractKind, InteractionKind, Level, Role};
use linchpin_domain::id::{AccountId, ContactId, ContractId};
use linchpin_domain::policy::Status;
use serde::Serialize;

/// The two clocks of a read, and what stood behind them.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Clocks {
    /// The day for which the answer is true.
    #[schema(value_type = String, format = Date)]
    pub as_of: Date,
    /// Everything recorded up to then was taken into account; absent when that is everything.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// The newest entry taken into account.
    pub position: u64,
    /// Whether this is neither the present day nor the present knowledge.
    pub past: bool,
}

/// One account in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AccountRow {
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its id in the system that told of it first.
    pub external_id: Option<String>,
    /// That system.
    pub external_source: Option<String>,
    /// Its name.
    pub name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// The first day of that status.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Points reached.
    pub points: u32,
    /// Points that can be reached.
    pub out_of: u32,
    /// Points reached 30 days before.
    pub points_before: u32,
    /// Points reached 90 days before.
    pub points_quarter_before: u32,
    /// Revenue over the window, two places; absent where an exchange rate is missing, or
    /// where it is too large to be summed exactly.
    pub revenue: Option<String>,
    /// Revenue less cost over the window, two places; absent where an invoice names no cost or
    /// the revenue is absent.
    pub profit: Option<String>,
    /// Distinct orders over the window (engagements of kind order).
    pub orders: u32,
    /// Engagements of every kind over the window.
    pub engagements: u32,
    /// Place by revenue: 1, 2, 2, 4.
    pub rank: u32,
    /// Share of all accounts' revenue, 0 to 1.
    pub share: f64,
    /// Revenue of each of the last twelve months, oldest first, as a number for a small plot.
    pub months: Vec<f64>,
    /// Levels reached: executive, director, manager, specialist.
    pub levels: Vec<bool>,
    /// Its account manager.
    pub owner: Option<Person>,
    /// The next deadline of any contract.
    pub next_deadline: Option<Deadline>,
    /// Alerts that wait for someone.
    pub open_alerts: u32,
}

/// One of us, or someone at a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// Their id.
    #[schema(value_type = String, format = "uuid")]
    pub id: uuid::Uuid,
    /// Their name, or words that stand for it where it was erased or never told.
    pub name: String,
}

/// A day by which something must be done.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Deadline {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// `notice`, `end` or `renewal`.
    pub what: String,
    /// The contract.
    #[schema(value_type = String, format = "uuid")]
    pub contract: ContractId,
    /// Its name.
    pub title: String,
    /// Days from the day of the answer.
    pub days_left: i32,
}

/// Everything about one account on a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The line it has in lists.
    pub row: AccountRow,
    /// ISO 4217 code of every amount here.
    pub currency: String,
    /// Why it has its status.
    pub why: Explanation,
    /// The first day of the present time as key account.
    #[schema(value_type = Option<String>, format = Date)]
    pub key_since: Option<Date>,
    /// Revenue of the window one year earlier, for comparison.
    pub revenue_before: Option<String>,
    /// Country and sector, where known.
    pub about: Vec<String>,
    /// Our own people: role and person.
    pub ours: Vec<OurPerson>,
    /// The ultimate parent's name and the accounts of its group, where there is a group.
    pub group: Option<Group>,
    /// Accounts that turned out to be the same client, and count as this one.
    pub merged: Vec<MergedView>,
    /// People at the client; those who left within a year come last.
    pub contacts: Vec<ContactView>,
    /// Contracts, next deadline first; ended ones last.
    pub contracts: Vec<ContractView>,
    /// Unsettled claims to the account.
    pub claims: Vec<ClaimView>,
    /// Score at each stop of the last two years: first day, points, status.
    pub trend: Vec<TrendPoint>,
    /// Alerts that stand.
    pub alerts: Vec<AlertView>,
    /// Last interactions, newest first, at most ten.
    pub interactions: Vec<InteractionView>,
}

/// One of us and what they do for the account.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OurPerson {
    /// The role.
    #[schema(value_type = String)]
    pub role: Role,
    /// Who; absent where the post is vacant.
    pub person: Option<Person>,
}

/// A group of accounts.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Group {
    /// The ultimate parent.
    #[schema(value_type = String, format = "uuid")]
    pub head: AccountId,
    /// Its name.
    pub name: String,
    /// Everyone in the group, the head first, at most 500.
    pub members: Vec<GroupMember>,
    /// How many clients it has in all. Merged ones count once; an ultimate parent that is no client
    /// itself counts not at all.
    pub accounts: usize,
    /// How many of them are key accounts.
    pub key_accounts: usize,
    /// Revenue of all over the window; absent where it cannot be told.
    pub revenue: Option<String>,
    /// Share of all accounts' revenue, 0 to 1.
    pub share: f64,
    /// Engagements of all over the window.
    pub engagements: u32,
}

/// An account that turned out to be the same client as another.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MergedView {
    /// The duplicate.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// When it was said.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The fact.
    pub entry: Evidence,
}

/// An account in a group.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct GroupMember {
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// Its revenue over the window; absent where it cannot be told.
    pub revenue: Option<String>,
}

/// Someone at the client.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactView {
    /// The person.
    #[schema(value_type = String, format = "uuid")]
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Job title.
    pub title: String,
    /// Level.
    #[schema(value_type = Option<String>)]
    pub level: Option<Level>,
    /// Buying role.
    #[schema(value_type = Option<String>)]
    pub role: Option<BuyingRole>,
    /// Whether they work there.
    pub active: bool,
    /// Since when.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// When they left.
    #[schema(value_type = Option<String>, format = Date)]
    pub left: Option<Date>,
    /// The account they went to, where known.
    pub left_for: Option<String>,
    /// Last day on which anything was told of them.
    #[schema(value_type = String, format = Date)]
    pub confirmed: Date,
    /// Who of us spoke with them last, and when.
    pub last_spoke: Option<Spoke>,
}

/// A last conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Spoke {
    /// Who of us.
    pub by: Option<String>,
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
}

/// A contract.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContractView {
    /// The contract.
    #[schema(value_type = String, format = "uuid")]
    pub id: ContractId,
    /// Name or number.
    pub title: String,
    /// Kind.
    #[schema(value_type = String)]
    pub kind: ContractKind,
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub start: Date,
    /// Last day of the term.
    #[schema(value_type = String, format = Date)]
    pub end: Date,
    /// Last day for notice.
    #[schema(value_type = Option<String>, format = Date)]
    pub notice_by: Option<Date>,
    /// Months for which it renews by itself.
    pub auto_renewal_months: Option<u16>,
    /// What it brings a year, with currency.
    pub value_a_year: Option<String>,
    /// Whether it binds on the day.
    pub in_force: bool,
    /// One or two words: `in force`, `notice given`, `talks started`, `ended`, `not begun`.
    pub state: String,
    /// The facts it rests on.
    pub evidence: Vec<Evidence>,
}

/// An unsettled claim.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClaimView {
    /// Who claims.
    pub by: Person,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// On what grounds.
    pub reason: String,
}

/// A stop on the score line.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrendPoint {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Points from then on.
    pub points: u32,
    /// Status from then on.
    #[schema(value_type = String)]
    pub status: Status,
}

/// We were in touch.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct InteractionView {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// How.
    #[schema(value_type = String)]
    pub kind: InteractionKind,
    /// With whom.
    pub contact: Option<String>,
    /// Which of us.
    pub by: Option<String>,
    /// What about.
    pub note: Option<String>,
}
