//! The written rules in force: the policy as clauses, the watch rules in words.

use jiff::civil::Date;
use linchpin_domain::decision::Severity;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::EntryId;
use linchpin_domain::policy::{Criterion, Missing, OwnershipRules};
use linchpin_domain::watch::{Kind, Rule};
use serde::Serialize;

use super::{
    Clocks, Evidence, OverriddenAccount, Person, VersionView, criteria, people, policy_versions,
};
use crate::words;

/// The policy and the watch rules in force on a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PolicyView {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The policy's name.
    pub name: String,
    /// Its version, counted from 1.
    pub version: u32,
    /// The first day on which it was in force, where it had been adopted by the day.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The fact that adopted it.
    pub adopted: Option<Evidence>,
    /// Points from which a client becomes a key account.
    pub enters_at: u32,
    /// Points from which a key account stays one.
    pub stays_from: u32,
    /// Days under review before a key account below that is released.
    pub grace_days: i32,
    /// Days a new key account is on trial; 0 where there is no trial.
    pub trial_days: i32,
    /// Days after which a status lapses unless it was confirmed; absent where it never does.
    pub reassess_every_days: Option<i32>,
    /// Who says yes or no, and to what; absent where nobody is asked.
    pub approval: Option<ApprovalRule>,
    /// The roles of which each must approve a policy before it takes this one's place.
    pub adopted_by: Vec<String>,
    /// What it says of two colleagues who work the same client, in a sentence.
    pub ownership: String,
    /// Points that can be reached.
    pub out_of: u32,
    /// The criteria, in the order of the document.
    pub clauses: Vec<Clause>,
    /// The overrides that stand over it, those that end first first; at most 50.
    pub overrides: Vec<OverriddenAccount>,
    /// How many overrides there are.
    pub overrides_in_force: usize,
    /// This version and those before, the newest first; at most 50.
    pub versions: Vec<VersionView>,
    /// The watchlist's name; empty where none was adopted.
    pub watchlist: String,
    /// Its version; 0 where none was adopted.
    pub watchlist_version: u32,
    /// The watch rules, in the order of the document.
    pub rules: Vec<RuleView>,
}

/// Who says yes or no, and to what.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ApprovalRule {
    /// In which role, in words.
    pub role: String,
    /// Who that is; absent where nobody is.
    pub whom: Option<Person>,
    /// Whether a nomination waits for a yes before it becomes a key account.
    pub to_enter: bool,
    /// Whether a review past its grace period waits for a yes before it ends in release.
    pub to_release: bool,
    /// For how many days a refused client is not nominated again by its points alone.
    pub veto_days: i32,
}

/// One criterion of a policy in words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Clause {
    /// Its id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// The rule in words.
    pub rule: String,
    /// What missing data means, in words.
    pub missing: String,
    /// Whose facts it looks at: `account` or `group`.
    pub scope: String,
    /// Whether all of its points make a key account whatever the others give.
    pub sufficient: bool,
    /// Whether nobody is a key account without a point from it.
    pub required: bool,
    /// Points it can give.
    pub points: u32,
    /// Why the firm asks for it.
    pub why: String,
}

/// One watch rule in words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RuleView {
    /// Its id.
    pub id: String,
    /// What it looks out for, as a sentence.
    pub sentence: String,
    /// How urgent it is.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// Who is told.
    pub to: String,
}

/// The rules in force on the day of `clocks`; `None` where no policy was ever adopted.
pub fn policy_view(desk: &Desk, clocks: Clocks) -> Option<PolicyView> {
    let as_of = clocks.as_of;
    let firm = desk.firm();
    let (version, policy) = firm.policy_on(as_of)?;
    let adopted = firm.policies().rev().find(|(source, _)| source.day <= as_of);
    let evidence = adopted.map(|(source, _)| evidence(source.id, source.position));
    let watchlist = firm.watchlist_on(as_of);
    let approval = policy.approval.map(|it| ApprovalRule {
        role: it.role.words().to_owned(),
        whom: firm.in_role(it.role, as_of).map(|whom| people::member(desk, whom, as_of)),
        to_enter: it.to_enter,
        to_release: it.to_release,
        veto_days: it.veto_days,
    });
    let (overrides, overrides_in_force) = policy_versions::overrides(desk, as_of);
    Some(PolicyView {
        name: policy.name.clone(),
        version,
        since: adopted.map(|(source, _)| source.day),
        adopted: evidence,
        enters_at: policy.enters_at,
        stays_from: policy.stays_from,
        grace_days: policy.grace_days,
        trial_days: policy.trial_days,
        reassess_every_days: policy.reassess_every_days,
        approval,
        adopted_by: policy.adopted_by.iter().map(|role| role.words().to_owned()).collect(),
        ownership: ownership(policy.ownership),
        overrides,
        overrides_in_force,
        versions: policy_versions::versions(desk, as_of, version),
        out_of: policy.out_of(),
        clauses: policy.criteria.iter().map(|it| clause(it, firm.currency())).collect(),
        watchlist: watchlist.map_or_else(String::new, |(_, list)| list.name.clone()),
        watchlist_version: watchlist.map_or(0, |(version, _)| version),
        rules: watchlist.map_or_else(Vec::new, |(_, list)| list.rules.iter().map(rule).collect()),
        clocks,
    })
}

fn evidence(id: EntryId, position: u64) -> Evidence {
    Evidence { id, position: Some(position) }
}

fn clause(criterion: &Criterion, currency: linchpin_domain::money::Currency) -> Clause {
    let missing = match criterion.missing {
        Missing::NoPoints => "Where nothing is known it gives no points.",
        Missing::HalfThePoints => "Where nothing is known it gives half the points.",
    };
    Clause {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        rule: criteria::rule(criterion, Some(currency)),
        missing: missing.to_owned(),
        scope: criteria::scope(criterion).to_owned(),
        sufficient: criterion.sufficient,
        required: criterion.required,
        points: criterion.points,
        why: criterion.why.clone(),
    }
}

fn ownership(rules: Option<OwnershipRules>) -> String {
    let Some(rules) = rules else {
        return "Nothing is said of two colleagues who work the same client.".to_owned();
    };
    let days = words::count(rules.dormant_after_days.unsigned_abs().into(), "day", "days");
    let history = if rules.parent_history_counts { "counts" } else { "does not count" };
    format!(
        "Where two colleagues work the same client, work older than {days} gives nobody a claim, \
         and a parent’s history {history}."
    )
}

fn rule(rule: &Rule) -> RuleView {
    RuleView {
        id: rule.id.clone(),
        sentence: rule_sentence(rule),
        severity: rule.severity,
        to: rule.to.words().to_owned(),
    }
}

fn rule_sentence(rule: &Rule) -> String {
    let what = match rule.kind {
        Kind::ContactJoined => "Someone joined the client",
        Kind::ContactLeft => "Someone left the client",
        Kind::ContactChanged => "Someone’s title, level or role changed",
        Kind::DecisionMakerLost => "There was a decision maker, and there is none any more",
        Kind::ContractNotice => "The last day for notice nears",
        Kind::ContractEnd => "A contract ends and nothing follows by itself",
        Kind::OwnershipDisputed => "Colleagues claim the same client",
        Kind::WorkedByTwo => "Somebody works a client while a colleague works it or its group",
        Kind::ApprovalPending => "A nomination or a release waits for a yes",
        Kind::ReassessmentDue => "A status lapses unless it is confirmed",
    };
    let leads: Vec<String> = rule.lead_days.iter().map(u16::to_string).collect();
    let when = match (leads.is_empty(), rule.news_days) {
        (false, _) => format!(": told {} days before", words::list(&leads)),
        (true, 0) => String::new(),
        (true, days) => format!(": news for {days} days"),
    };
    let urgent = match rule.now_within_days {
        0 => String::new(),
        days => format!("; from {days} days on it cannot wait"),
    };
    format!("{what}{when}{urgent}.")
}
