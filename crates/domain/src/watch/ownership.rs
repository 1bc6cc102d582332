//! Two colleagues, one client.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::{Kind, Quiet, Watcher, What, look};
use crate::account::Settled;
use crate::decision::Subject;
use crate::desk::Client;
use crate::id::MemberId;
use crate::ownership::{Others, others_than};
use crate::timeline::Source;

/// Most colleagues that an alert names.
const MAX_MEMBERS: usize = 20;

/// Whether it is asked on a day whose client one is, because two colleagues work it.
pub fn is_asked_whose(client: &Client<'_>, today: Date) -> bool {
    let Some((_, list)) = client.firm().watchlist_on(today) else { return false };
    let mut rules = list.rules.iter().filter(|rule| rule.kind == Kind::WorkedByTwo).peekable();
    if rules.peek().is_none() {
        return false;
    }
    let due = look(client, today).due;
    rules.any(|rule| due.values().any(|finding| finding.rule == rule.id))
}

/// Colleagues claim the same client: two of them, or one who is not its account manager.
pub(super) fn disputed(watcher: &mut Watcher<'_>) {
    let (firm, today) = (watcher.firm, watcher.today);
    let dispute = watcher.account.dispute_on(firm, today);
    let owner = watcher.account.owner_on(firm, today);
    let claims = &dispute.open;
    let mut members: Vec<MemberId> = claims.iter().map(|claim| claim.by).chain(owner).collect();
    members.sort_unstable();
    members.dedup();
    members.truncate(MAX_MEMBERS);
    if let Some(day) = dispute.since.filter(|_| members.len() > 1) {
        let key = watcher.key("claims", day);
        let evidence = claims.iter().map(|claim| claim.source.id).collect();
        let severity = watcher.rule.severity;
        let subject = Subject { members, ..Subject::default() };
        watcher.due(key, severity, What { subject, day, lead_days: None, evidence });
    }
    for (day, how) in dispute.answered {
        let key = watcher.key("claims", day);
        if !watcher.look.due.contains_key(&key) {
            watcher.quiet(key, quiet(how));
        }
    }
}

/// Why nothing is asked any more.
fn quiet(how: Settled) -> Quiet {
    match how {
        Settled::Ruled => Quiet::Ruled,
        Settled::Passed => Quiet::HandedOver,
    }
}

/// Someone works this client while a colleague works it or its group: an engagement by one of us,
/// where another looks after the client or a part of its group, or brought in the work before. A
/// ruling or a hand-over settles what came before it; what one colleague begins after it is one
/// question, however often they work the client, and news as long as their newest work is.
pub(super) fn worked_by_two(watcher: &mut Watcher<'_>) {
    let today = watcher.today;
    let settled = watcher.account.settled(watcher.firm, today);
    let mut questions: BTreeMap<(usize, MemberId), (Source, Others)> = BTreeMap::new();
    // What was news a while ago is looked at too, to say why it is none any more.
    let twice = Span::new().days(2 * i32::from(watcher.rule.news_days));
    let work = watcher.account.engagements_between(today.saturating_sub(twice), today);
    for (source, by) in work.filter_map(|(source, work)| Some((source, work.by?))) {
        let before = settled.partition_point(|(it, _)| it.key() <= source.key());
        if let Some(others) = others_than(watcher.client, by, source) {
            questions.insert((before, by), (*source, others));
        }
    }
    for ((before, by), (newest, others)) in questions {
        let since = before.checked_sub(1).and_then(|at| settled.get(at)).map(|(it, _)| it.day);
        let since = since.or_else(|| watcher.account.first_day()).unwrap_or(newest.day);
        let key = watcher.key(&by.to_string(), since);
        if let Some((_, how)) = settled.get(before) {
            watcher.quiet(key, quiet(*how));
        } else if !watcher.is_news(newest.day) {
            watcher.quiet(key, Quiet::OldNews);
        } else {
            let mut members = vec![by];
            members.extend(others.members);
            members.truncate(MAX_MEMBERS);
            let mut evidence = vec![newest.id];
            evidence.extend(others.evidence);
            let subject = Subject { members, ..Subject::default() };
            let what = What { subject, day: newest.day, lead_days: None, evidence };
            watcher.due(key, watcher.rule.severity, what);
        }
    }
}
