//! Whose client it is: who else works it or its group, what the policy says, and how like cases
//! were ruled before.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::account::{Account, OwnershipEvent};
use crate::desk::{Client, Desk};
use crate::id::{AccountId, EntryId, MemberId};
use crate::policy::{OwnershipRules, Track};
use crate::timeline::Source;

/// Colleagues other than one who look after a client or a part of its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    /// Who they are, each once.
    pub members: Vec<MemberId>,
    /// The facts that say so.
    pub evidence: Vec<EntryId>,
}

/// What a case of ownership is like: what earlier rulings are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// Whether the client belongs to a group.
    pub in_group: bool,
    /// Whether nobody had worked the client itself before.
    pub new_to_us: bool,
    /// Whether the last work before, for the client or its group, was longer ago than the policy
    /// lets count.
    pub dormant: bool,
    /// Whether the client or any of its group was a key account.
    pub key: bool,
}

/// A case of ownership, as it stood on a day.
#[derive(Debug, Clone)]
pub struct Case {
    /// The client.
    pub account: AccountId,
    /// The day.
    pub day: Date,
    /// What it is like.
    pub like: Likeness,
    /// The last work for the client itself before that day.
    pub own_work: Option<(Source, Option<MemberId>)>,
    /// The last work for another part of its group before that day.
    pub group_work: Option<(AccountId, Source, Option<MemberId>)>,
    /// What the policy says; `None` where it says nothing of ownership.
    pub rules: Option<OwnershipRules>,
    /// Whether earlier work still gives a claim under those rules.
    pub earlier_work_counts: bool,
}

/// A ruling, and the case that it was about.
#[derive(Debug, Clone)]
pub struct Precedent {
    /// The case as it stood at the end of the day of the ruling.
    pub case: Case,
    /// The ruling.
    pub source: Source,
    /// To whom the client went.
    pub owner: MemberId,
    /// Who ruled.
    pub by: MemberId,
    /// Why.
    pub reason: std::sync::Arc<str>,
    /// Whether the parent's history counted, where that was said.
    pub parent_history_counts: Option<bool>,
}

impl Likeness {
    /// In how many points cases are compared.
    pub const POINTS: u32 = 4;

    /// In how many points another case is alike.
    pub fn alike(&self, other: &Self) -> u32 {
        let points = [
            self.in_group == other.in_group,
            self.new_to_us == other.new_to_us,
            self.dormant == other.dormant,
            self.key == other.key,
        ];
        points.iter().map(|alike| u32::from(*alike)).sum()
    }
}

/// Who else looks after a client or a part of its group, seen from the work that one of us brought
/// in; `None` where nobody does, or where the client is theirs already.
pub fn others_than(client: &Client<'_>, by: MemberId, work: &Source) -> Option<Others> {
    let day = work.day;
    if client.account().owner_on(client.firm(), day) == Some(by) {
        return None;
    }
    let mut others = Others { members: Vec::new(), evidence: Vec::new() };
    for account in client.group_on(day) {
        let found = account.keeper_on(client.firm(), day).or_else(|| last_work(account, work));
        let still_here = |member: &MemberId| client.firm().left_by(*member, day).is_none();
        let Some((source, member)) =
            found.filter(|(_, member)| *member != by && still_here(member))
        else {
            continue;
        };
        if !others.members.contains(&member) {
            others.members.push(member);
        }
        others.evidence.push(source.id);
    }
    (!others.members.is_empty()).then_some(others)
}

/// The last work before another that names who brought it in.
fn last_work(account: &Account, before: &Source) -> Option<(Source, MemberId)> {
    let earlier = account.engagements_between(Date::MIN, before.day).rev();
    let earlier = earlier.filter(|(source, _)| (source.at, source.id) < (before.at, before.id));
    earlier.filter_map(|(source, work)| Some((*source, work.by?))).next()
}

/// A case of ownership as it stood at the end of a day.
pub fn case_on(client: &Client<'_>, day: Date) -> Case {
    case(client, day, &mut Keys::until(client.desk(), day))
}

fn case(client: &Client<'_>, day: Date, keys: &mut Keys<'_>) -> Case {
    let account = client.account();
    // The newest work is what raised the question; what came before it is what is asked about.
    let newest = account.engagements_between(Date::MIN, day).next_back().map(|(source, _)| *source);
    let before = |source: &Source| {
        newest.is_none_or(|newest| (source.at, source.id) < (newest.at, newest.id))
    };
    let last = |account: &Account| {
        let work = account.engagements_between(Date::MIN, day).rev();
        work.map(|(source, work)| (*source, work.by)).find(|(source, _)| before(source))
    };
    let own_work = last(account);
    let group = client.group_on(day);
    let others = group.iter().filter(|other| other.id != account.id);
    let group_work = others.filter_map(|other| last(other).map(|(s, by)| (other.id, s, by)));
    let group_work = group_work.max_by_key(|(_, source, _)| (source.at, source.id));
    let rules = client.firm().policy_on(day).and_then(|(_, policy)| policy.ownership);
    let asked = newest.map_or(day, |newest| newest.day);
    let fresh = |source: &Source| {
        rules.is_none_or(|rules| {
            source.day.until(asked).is_ok_and(|gap| gap.get_days() <= rules.dormant_after_days)
        })
    };
    let group_counts = rules.is_none_or(|rules| rules.parent_history_counts);
    let own_fresh = own_work.as_ref().is_some_and(|(source, _)| fresh(source));
    let group_fresh = group_work.as_ref().is_some_and(|(_, source, _)| fresh(source));
    let like = Likeness {
        in_group: group.len() > 1,
        new_to_us: own_work.is_none(),
        dormant: !own_fresh && !group_fresh,
        key: group.iter().any(|other| keys.was_key(other.id, day)),
    };
    let earlier_work_counts = own_fresh || (group_counts && group_fresh);
    let account = account.id;
    Case { account, day, like, own_work, group_work, rules, earlier_work_counts }
}

/// Who was a key account when: each client is followed once, however many days are asked about.
struct Keys<'a> {
    desk: &'a Desk,
    /// The last day that can be asked about.
    until: Date,
    /// The days from which one was a key account or was none.
    known: BTreeMap<AccountId, Vec<(Date, bool)>>,
}

impl<'a> Keys<'a> {
    fn until(desk: &'a Desk, until: Date) -> Self {
        Self { desk, until, known: BTreeMap::new() }
    }

    fn was_key(&mut self, id: AccountId, day: Date) -> bool {
        let turns = self.known.entry(id).or_insert_with(|| {
            let mut turns: Vec<(Date, bool)> = Vec::new();
            let client = self.desk.client(id);
            let _ = client.and_then(|client| {
                Track::follow(&client, self.until, &mut |span| {
                    let is_key = span.status.is_key();
                    if turns.last().map_or(is_key, |(_, was)| *was != is_key) {
                        turns.push((span.from, is_key));
                    }
                })
            });
            turns
        });
        let passed = turns.partition_point(|(from, _)| *from <= day);
        passed.checked_sub(1).is_some_and(|last| turns[last].1)
    }
}

/// Whether a ruling on whose client an account is was ever told, be it one that counts or not.
pub fn is_ruled(account: &Account) -> bool {
    account.ownership().any(|(_, event)| matches!(event, OwnershipEvent::Ruled { .. }))
}

/// Every ruling on whose client one is that counts, oldest first, each with its case. They follow from the
/// facts of the client and of its group and from the firm's rules, as its status does.
pub fn precedents_of(client: &Client<'_>) -> Vec<Precedent> {
    let last = client.account().ownership().next_back();
    let mut keys = Keys::until(client.desk(), last.map_or(Date::MIN, |(source, _)| source.day));
    let precedent = |(source, event): (&Source, &OwnershipEvent)| {
        let OwnershipEvent::Ruled { owner, by, reason, parent_history_counts } = event else {
            return None;
        };
        if event.lacks(client.firm(), source.day).is_some() {
            return None;
        }
        Some(Precedent {
            case: case(client, source.day, &mut keys),
            source: *source,
            owner: *owner,
            by: *by,
            reason: reason.clone(),
            parent_history_counts: *parent_history_counts,
        })
    };
    client.account().ownership().filter_map(precedent).collect()
}

/// Of all precedents those that a case can be ruled by: from its day or before, the likest first
/// and of those the newest; at most so many, each with the points in which it is alike.
pub fn likest<'a>(
    all: impl Iterator<Item = &'a Precedent>,
    case: &Case,
    most: usize,
) -> Vec<(u32, &'a Precedent)> {
    let earlier = all.filter(|it| it.source.day <= case.day);
    let mut found: Vec<_> = earlier.map(|it| (case.like.alike(&it.case.like), it)).collect();
    found.sort_by_key(|(alike, it)| std::cmp::Reverse((*alike, it.source.at, it.source.id)));
    found.truncate(most);
    found
}
