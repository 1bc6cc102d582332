//! The firm: its people, its rates, and its written rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::fact::{Approval, Fact, MemberNamed, Role};
use crate::genesis::Genesis;
use crate::id::{EntryId, MemberId};
use crate::money::{Currency, Decimal};
use crate::policy::{Policy, earlier};
use crate::timeline::{Source, Timeline};
use crate::watch::Watchlist;

/// One of us.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// Name, as far as it may still be read.
    pub name: Option<Arc<str>>,
    /// What they do.
    pub role: Role,
}

/// A policy that was adopted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adoption {
    /// The policy; `None` where only a newer desk can read it.
    pub policy: Option<Arc<Policy>>,
    /// Who approved it, each with a reason.
    pub approvals: Vec<Approval>,
    /// The roles whose approval it lacks: it never comes into force while there are any.
    pub lacks: Vec<Role>,
}

impl Adoption {
    /// The policy, where it may come into force.
    pub fn counts(&self) -> Option<&Arc<Policy>> {
        self.policy.as_ref().filter(|_| self.lacks.is_empty())
    }
}

/// The firm whose desk this is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Firm {
    genesis: Option<Genesis>,
    #[serde(with = "jiff::fmt::serde::tz::required")]
    zone: TimeZone,
    rates: BTreeMap<String, Timeline<Decimal>>,
    policies: Timeline<Adoption>,
    watchlists: Timeline<Option<Arc<Watchlist>>>,
    members: BTreeMap<MemberId, Timeline<Member>>,
    left: BTreeMap<MemberId, Timeline<()>>,
    /// Departures that were taken back, whether they were told by then or not.
    never_left: BTreeSet<(MemberId, EntryId)>,
    /// A policy on trial, which stands on every day in place of all that were adopted.
    #[serde(skip)]
    tried: Option<Arc<Policy>>,
}

impl Default for Firm {
    fn default() -> Self {
        Self {
            genesis: None,
            zone: TimeZone::UTC,
            rates: BTreeMap::new(),
            policies: Timeline::default(),
            watchlists: Timeline::default(),
            members: BTreeMap::new(),
            left: BTreeMap::new(),
            never_left: BTreeSet::new(),
            tried: None,
        }
    }
}

impl Firm {
    /// Whether a fact changes the firm.
    pub(super) fn concerns(fact: &Fact) -> bool {
        match fact {
            Fact::FactRetracted(it) => it.member.is_some(),
            Fact::ExchangeRateSet(_)
            | Fact::PolicyAdopted(_)
            | Fact::WatchlistAdopted(_)
            | Fact::MemberNamed(_)
            | Fact::MemberLeft(_) => true,
            _ => false,
        }
    }

    pub(super) fn begin(&mut self, genesis: &Genesis) {
        self.zone = genesis.zone();
        self.genesis = Some(genesis.clone());
    }

    /// Takes in a fact about the firm. A document that cannot be read was refused at the door;
    /// one that a newer desk adopted and this one cannot read keeps its version, and the rules
    /// before it stay in force. Whether the rules of any day may be others now.
    pub(super) fn evolve(&mut self, source: Source, fact: &Fact) -> bool {
        match fact {
            Fact::ExchangeRateSet(it) => {
                let rates = self.rates.entry(it.currency.code().to_owned()).or_default();
                rates.insert(source, it.rate);
                false
            }
            Fact::PolicyAdopted(it) => {
                let policy = Policy::parse(&it.document).ok().map(Arc::new);
                let approvals = it.approvals.clone();
                self.policies.insert(source, Adoption { policy, approvals, lacks: Vec::new() });
                self.judge_adoptions();
                true
            }
            Fact::WatchlistAdopted(it) => {
                let watchlist = Watchlist::parse(&it.document).ok().map(Arc::new);
                self.watchlists.insert(source, watchlist);
                true
            }
            Fact::MemberNamed(it) => {
                let member =
                    Member { name: it.person.name.as_deref().map(Into::into), role: it.role };
                self.members.entry(it.member).or_default().insert(source, member);
                self.judge_adoptions()
            }
            Fact::MemberLeft(it) if !self.never_left(it.member, source.id) => {
                self.left.entry(it.member).or_default().insert(source, ());
                self.judge_adoptions()
            }
            Fact::FactRetracted(it) => {
                let Some(member) = it.member else { return false };
                self.never_left.insert((member, it.fact));
                let left = self.left.get_mut(&member);
                left.is_some_and(|left| left.remove(it.fact).is_some()) && self.judge_adoptions()
            }
            _ => false,
        }
    }

    /// Says anew which adoptions count. Each needs a yes for every role that it names itself or
    /// that the policy before it names, from somebody who has the role on its day. Before means
    /// by when things happened, and all are judged anew, so the order of arrival leaves no trace.
    /// Whether any counts now that did not, or the other way round.
    fn judge_adoptions(&mut self) -> bool {
        let mut turned = false;
        let mut line = std::mem::take(&mut self.policies);
        let mut before: &[Role] = &[];
        for (source, adoption) in line.iter_mut() {
            let own = adoption.policy.as_ref().map_or(&[][..], |policy| &policy.adopted_by);
            let mut lacks: Vec<Role> = before.iter().chain(own).copied().collect();
            lacks.sort_unstable();
            lacks.dedup();
            lacks.retain(|role| {
                let gave = |it: &Approval| self.has_role(it.by, *role, source.day);
                !adoption.approvals.iter().any(gave)
            });
            turned |= lacks.is_empty() != adoption.lacks.is_empty();
            adoption.lacks = lacks;
            before = adoption.counts().map_or(before, |policy| &policy.adopted_by);
        }
        self.policies = line;
        turned
    }

    /// How the ledger was made; `None` before its first entry.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref()
    }

    /// The currency in which revenue is summed and judged.
    pub fn currency(&self) -> Currency {
        self.genesis.as_ref().map_or(Currency::EUR, |genesis| genesis.currency)
    }

    /// The zone in which the firm's days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Units of the firm's currency for one of another, on a day.
    pub fn rate_on(&self, currency: Currency, day: Date) -> Option<Decimal> {
        self.rates.get(currency.code())?.at(day).map(|(_, rate)| *rate)
    }

    /// The firm as it would be, had it gone by one policy from the beginning of time. That one has
    /// version 0, for nobody adopted it.
    #[must_use]
    pub fn with_policy(&self, policy: Arc<Policy>) -> Self {
        Self { tried: Some(policy), ..self.clone() }
    }

    /// The policy in force on a day and its version, counted from 1 in the order of adoption, so
    /// that no later adoption gives it another number, whatever day that is for. Days before the
    /// first adoption are judged by the first policy, since nothing else was ever written down.
    pub fn policy_on(&self, day: Date) -> Option<(u32, &Arc<Policy>)> {
        if let Some(policy) = &self.tried {
            return Some((0, policy));
        }
        in_force(&self.policies, day, Adoption::counts)
    }

    /// The watchlist in force on a day and its version, by the same rule.
    pub fn watchlist_on(&self, day: Date) -> Option<(u32, &Arc<Watchlist>)> {
        in_force(&self.watchlists, day, Option::as_ref)
    }

    /// Every policy adopted that counts, oldest first, with the fact that adopted it.
    pub fn policies(&self) -> impl DoubleEndedIterator<Item = (&Source, &Arc<Policy>)> {
        self.policies.iter().filter_map(|(source, adopted)| Some((source, adopted.counts()?)))
    }

    /// Every adoption of a policy with its version, in the order in which they came in force: also
    /// those that do not count, for want of approvals or because only a newer desk can read them.
    pub fn adoptions(&self) -> impl Iterator<Item = (u32, &Source, &Adoption)> {
        let numbered = |(source, it)| (version_of(&self.policies, source), source, it);
        self.policies.iter().map(numbered)
    }

    /// The first day after this one on which another policy or watchlist takes over.
    pub fn next_change(&self, day: Date) -> Option<Date> {
        earlier(self.next_policy(day), self.watchlists.next_day(day))
    }

    /// The first day after this one on which another policy takes over. Other rates move nothing
    /// on their day: an invoice goes by that of its own.
    pub(crate) fn next_policy(&self, day: Date) -> Option<Date> {
        self.policies.next_day(day).filter(|_| self.tried.is_none())
    }

    /// The first day after this one with another rate of a currency.
    pub(super) fn next_rate(&self, currency: Currency, day: Date) -> Option<Date> {
        self.rates.get(currency.code())?.next_day(day)
    }

    /// The first day after this one on which somebody is named or leaves, so that a role may be
    /// somebody else's.
    pub fn next_person(&self, day: Date) -> Option<Date> {
        let named = self.members.values().filter_map(|line| line.next_day(day));
        named.chain(self.left.values().filter_map(|line| line.next_day(day))).min()
    }

    /// One of us, as last told by a day.
    pub fn member_on(&self, id: MemberId, day: Date) -> Option<&Member> {
        let line = self.members.get(&id)?;
        line.at(day).or_else(|| line.iter().next()).map(|(_, member)| member)
    }

    /// All that one of us was named by, over time; `None` of whoever never was.
    pub(crate) fn namings(&self, id: MemberId) -> Option<&Timeline<Member>> {
        self.members.get(&id)
    }

    /// Whether one of us has a role on a day: nobody has one who has left. The day on which they
    /// left is their last, so what they ruled on it stands.
    pub fn has_role(&self, id: MemberId, role: Role, day: Date) -> bool {
        let here = self.left_by(id, day).is_none_or(|left| left == day);
        here && self.member_on(id, day).is_some_and(|member| member.role == role)
    }

    /// The role that alone may override a status on a day, or end an override: the one that says
    /// yes or no under the policy of that day, which nobody else may go round. `None` where that
    /// policy leaves it to anybody.
    pub fn overriding_role(&self, day: Date) -> Option<Role> {
        let (_, policy) = self.policy_on(day)?;
        policy.approval.map(|approval| approval.role)
    }

    /// The day on which one of us left the firm, where that is by a day.
    pub fn left_by(&self, id: MemberId, day: Date) -> Option<Date> {
        self.departure(id, day).map(|source| source.day)
    }

    /// Whether it was taken back that one of us left, as a fact says.
    pub fn never_left(&self, id: MemberId, fact: EntryId) -> bool {
        self.never_left.contains(&(id, fact))
    }

    /// Where it was told that one of us left the firm, where that is by a day and they have not
    /// come back by then: whoever is named again later is here again.
    pub fn departure(&self, id: MemberId, day: Date) -> Option<&Source> {
        let (left, ()) = self.left.get(&id)?.at(day)?;
        let named = self.members.get(&id).and_then(|line| line.at(day));
        named.is_none_or(|(named, _)| named.at <= left.at).then_some(left)
    }

    /// Whether naming one of us from a day on says more than their name: another role, that they
    /// are back, or that they were named before it was known: their first role is also that of the
    /// days before it, and of several of one day it may be the first.
    pub(super) fn is_moved_by(&self, it: &MemberNamed, day: Date) -> bool {
        let ever_left = self.left.get(&it.member).is_some_and(|left| !left.is_empty());
        let first = self.members.get(&it.member).and_then(Timeline::first_day);
        let has_role = || self.member_on(it.member, day).is_some_and(|known| known.role == it.role);
        ever_left || first.is_none_or(|first| day <= first) || !has_role()
    }

    /// The name of one of us, or words that stand for it.
    pub fn member_name(&self, id: MemberId, day: Date) -> &str {
        self.member_on(id, day)
            .and_then(|m| m.name.as_deref())
            .unwrap_or("a colleague without a name")
    }

    /// Everyone ever named, in order of id.
    pub fn members(&self) -> impl Iterator<Item = MemberId> {
        self.members.keys().copied()
    }

    /// Whom to ask who has a role in the firm on a day; with several, the one named longest. Nobody
    /// is asked on the day they leave.
    pub fn in_role(&self, role: Role, day: Date) -> Option<MemberId> {
        let named = self.members.iter().filter_map(|(id, line)| {
            let here = self.left_by(*id, day).is_none();
            line.at(day).filter(|(_, member)| here && member.role == role)?;
            Some((line.first_day()?, *id))
        });
        named.min().map(|(_, id)| id)
    }
}

/// The newest document adopted by a day that `counts`, else the first one ever, with its number.
fn in_force<A, T>(
    line: &Timeline<A>,
    day: Date,
    counts: impl Fn(&A) -> Option<&T>,
) -> Option<(u32, &T)> {
    let adopted = |until: Date| {
        let read = |(source, adopted)| Some((source, counts(adopted)?));
        line.until(until).filter_map(read)
    };
    let (source, found) = adopted(day).next_back().or_else(|| adopted(Date::MAX).next())?;
    Some((version_of(line, source), found))
}

/// The number of an adoption: how many were adopted up to it. Rules are adopted by commands to this
/// ledger and never come from outside, so the order in which they stand in it is that of adoption.
fn version_of<A>(line: &Timeline<A>, adopted: &Source) -> u32 {
    let order = |source: &Source| (source.position, source.key());
    let up_to = line.iter().filter(|(source, _)| order(source) <= order(adopted)).count();
    u32::try_from(up_to).unwrap_or(u32::MAX)
}
