//! The versions of the policy, who approved them and how they differ; and the overrides that stand
//! over the one in force.

use std::collections::BTreeSet;

use jiff::civil::Date;
use linchpin_domain::desk::{Adoption, Desk};
use linchpin_domain::fact::Role;
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::Status;
use linchpin_domain::timeline::Source;
use serde::Serialize;

use super::{Evidence, Person, people, policy_words};

/// Versions listed at most, the newest of them.
const MAX_VERSIONS: usize = 50;

/// Overrides listed at most.
const MAX_OVERRIDES: usize = 50;

/// A version of the policy.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VersionView {
    /// Its number, counted from 1.
    pub number: u32,
    /// Its name; absent where only a newer desk can read it.
    pub name: Option<String>,
    /// The day from which it was adopted.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The fact that adopted it.
    pub entry: Evidence,
    /// Whether it is the one in force.
    pub in_force: bool,
    /// Who approved it.
    pub approvals: Vec<ApprovalGiven>,
    /// The roles whose approval it lacks: while there are any it does not count.
    pub lacks: Vec<String>,
    /// How it differs from the one before, in sentences; empty for the first one.
    pub differs: Vec<String>,
}

/// An approval of a policy.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ApprovalGiven {
    /// Who.
    pub by: Person,
    /// Why.
    pub reason: String,
}

/// A client whose status is by override.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OverriddenAccount {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The status that it has meanwhile.
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

/// Every version adopted by a day, the newest first.
pub(super) fn versions(desk: &Desk, as_of: Date, in_force: u32) -> Vec<VersionView> {
    let firm = desk.firm();
    let mut before = None;
    let mut found: Vec<VersionView> = Vec::new();
    for (number, source, adoption) in firm.adoptions() {
        if source.day > as_of && number != in_force {
            continue;
        }
        let differs = match (before, &adoption.policy) {
            (Some(before), Some(policy)) => {
                policy_words::policy_differences(before, policy, Some(firm.currency()))
            }
            _ => Vec::new(),
        };
        before = adoption.counts().map(AsRef::as_ref).or(before);
        found.push(version(desk, as_of, (number, source, adoption), in_force, differs));
    }
    found.reverse();
    found.truncate(MAX_VERSIONS);
    found
}

fn version(
    desk: &Desk,
    as_of: Date,
    (number, source, adoption): (u32, &Source, &Adoption),
    in_force: u32,
    differs: Vec<String>,
) -> VersionView {
    let approvals = adoption.approvals.iter().map(|it| ApprovalGiven {
        by: people::member(desk, it.by, as_of),
        reason: it.reason.clone(),
    });
    VersionView {
        number,
        name: adoption.policy.as_ref().map(|policy| policy.name.clone()),
        since: source.day,
        entry: Evidence::from(source),
        in_force: number == in_force,
        approvals: approvals.collect(),
        lacks: adoption.lacks.iter().copied().map(Role::words).map(str::to_owned).collect(),
        differs,
    }
}

/// The overrides that hold on a day, those that end first first, and how many there are.
pub(super) fn overrides(desk: &Desk, as_of: Date) -> (Vec<OverriddenAccount>, usize) {
    let clients: BTreeSet<AccountId> =
        desk.ever_overridden().iter().map(|id| desk.survivor(*id)).collect();
    let held = clients.into_iter().filter_map(|id| {
        let account = desk.account(id)?;
        Some((account.id, account.override_on(desk.firm(), as_of)?))
    });
    let mut found: Vec<OverriddenAccount> = held
        .map(|(account, overridden)| OverriddenAccount {
            account,
            name: people::account_name(desk, account, as_of),
            to: overridden.to,
            by: people::member(desk, overridden.by, as_of),
            reason: overridden.reason.to_string(),
            until: overridden.expires,
            entry: Evidence::from(&overridden.source),
        })
        .collect();
    found.sort_by(|a, b| (a.until, &a.name, a.account).cmp(&(b.until, &b.name, b.account)));
    let number = found.len();
    found.truncate(MAX_OVERRIDES);
    (found, number)
}
