//! Two colleagues, one client.

use super::{Quiet, Watcher, What};
use crate::account::OwnershipEvent;
use crate::decision::Subject;
use crate::id::MemberId;

/// Most colleagues that an alert names.
const MAX_MEMBERS: usize = 20;

/// Colleagues claim the same client: two of them, or one who is not its account manager.
pub(super) fn disputed(watcher: &mut Watcher<'_>) {
    let today = watcher.today;
    let claims = watcher.account.open_claims(today);
    let owner = watcher.account.owner_on(today);
    let mut members: Vec<MemberId> = claims.iter().map(|claim| claim.by).chain(owner).collect();
    members.sort_unstable();
    members.dedup();
    members.truncate(MAX_MEMBERS);
    if let Some(first) = claims.first().filter(|_| members.len() > 1) {
        let key = watcher.key("claims", first.source.day);
        let evidence = claims.iter().map(|claim| claim.source.id).collect();
        let severity = watcher.rule.severity;
        let subject = Subject { members, ..Subject::default() };
        watcher.due(
            key,
            severity,
            What { subject, day: first.source.day, lead_days: None, evidence },
        );
    }
    quiet_where_ruled(watcher);
}

fn quiet_where_ruled(watcher: &mut Watcher<'_>) {
    let mut first_claim = None;
    let mut ruled = Vec::new();
    for (source, event) in
        watcher.account.ownership().filter(|(source, _)| source.day <= watcher.today)
    {
        match event {
            OwnershipEvent::Claimed(..) => first_claim = first_claim.or(Some(source.day)),
            OwnershipEvent::Ruled { .. } => ruled.extend(first_claim.take()),
            OwnershipEvent::Assigned(_) | OwnershipEvent::Sponsored(_) => {}
        }
    }
    for day in ruled {
        let key = watcher.key("claims", day);
        if !watcher.look.due.contains_key(&key) {
            watcher.quiet(key, Quiet::Ruled);
        }
    }
}
