//! Two colleagues, one client.

use std::collections::BTreeSet;

use jiff::Span;

use super::{Quiet, Watcher, What};
use crate::account::OwnershipEvent;
use crate::decision::Subject;
use crate::id::MemberId;
use crate::ownership::others_than;
use crate::timeline::Source;

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
            OwnershipEvent::Assigned(_)
            | OwnershipEvent::HandedOver(_)
            | OwnershipEvent::Sponsored(_) => {}
        }
    }
    for day in ruled {
        let key = watcher.key("claims", day);
        if !watcher.look.due.contains_key(&key) {
            watcher.quiet(key, Quiet::Ruled);
        }
    }
}

/// Someone works this client while a colleague works it or its group: an engagement or an
/// assignment by one of us, where another looks after the client or a part of its group, or
/// brought in the work before. A ruling on the client settles what came before it.
pub(super) fn worked_by_two(watcher: &mut Watcher<'_>) {
    let today = watcher.today;
    let ruled = watcher.account.ownership().filter(|(source, event)| {
        source.day <= today
            && matches!(event, OwnershipEvent::Ruled { .. } | OwnershipEvent::HandedOver(_))
    });
    let ruled = ruled.map(|(source, _)| (source.at, source.id)).last();
    let news = Span::new().days(i32::from(watcher.rule.news_days));
    let after = today.saturating_sub(news);
    let mut seen = BTreeSet::new();
    let work: Vec<(Source, MemberId)> = watcher
        .account
        .engagements_between(after, today)
        .filter_map(|(source, work)| Some((*source, work.by?)))
        .collect();
    for (source, by) in work {
        let Some(others) = others_than(watcher.client, by, &source) else { continue };
        if !seen.insert(by) {
            continue;
        }
        let key = watcher.key(&by.to_string(), source.day);
        if ruled.is_some_and(|ruled| ruled > (source.at, source.id)) {
            watcher.quiet(key, Quiet::Ruled);
            continue;
        }
        if !watcher.is_news(source.day) {
            watcher.quiet(key, Quiet::OldNews);
            continue;
        }
        let mut members = vec![by];
        members.extend(others.members);
        members.truncate(MAX_MEMBERS);
        let mut evidence = vec![source.id];
        evidence.extend(others.evidence);
        let subject = Subject { members, ..Subject::default() };
        let what = What { subject, day: source.day, lead_days: None, evidence };
        watcher.due(key, watcher.rule.severity, what);
    }
}
