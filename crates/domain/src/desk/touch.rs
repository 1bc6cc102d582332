//! What a fact about the firm touches: a rate those whose papers it turns into the firm's money, a
//! colleague's role or departure those in whose history that colleague stands. Only rules touch
//! everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Changed, Desk};
use crate::account::accounts_of;
use crate::fact::Fact;
use crate::id::{AccountId, MemberId};
use crate::money::Currency;
use crate::timeline::Source;

/// Accounts, shared until they change.
type Accounts = Arc<BTreeSet<AccountId>>;

/// Whom rates and colleagues can move. What was taken back stays in it: then one is looked at for
/// whom nothing changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Ties {
    /// Whose papers are not in the firm's currency, by currency and day.
    papers: Arc<BTreeMap<String, Arc<BTreeMap<Date, Accounts>>>>,
    /// In whose history each of us stands so that it matters who they are or whether they are here:
    /// who looks after it, worked it, claims it or ruled on it.
    people: Arc<BTreeMap<MemberId, Accounts>>,
}

impl Ties {
    /// Takes note of a fact about accounts.
    pub(super) fn note(&mut self, source: &Source, fact: &Fact, own: Currency) {
        if let Some(currency) = currency_of(fact).filter(|currency| *currency != own) {
            for account in accounts_of(fact) {
                self.note_paper(currency, source.day, account);
            }
        }
        for member in members_of(fact).into_iter().flatten() {
            for account in accounts_of(fact) {
                if !self.people.get(&member).is_some_and(|known| known.contains(&account)) {
                    let people = Arc::make_mut(&mut self.people);
                    Arc::make_mut(people.entry(member).or_default()).insert(account);
                }
            }
        }
    }

    fn note_paper(&mut self, currency: Currency, day: Date, account: AccountId) {
        let known = self.papers.get(currency.code()).and_then(|days| days.get(&day));
        if known.is_none_or(|known| !known.contains(&account)) {
            let papers = Arc::make_mut(&mut self.papers);
            let days = papers.entry(currency.code().to_owned()).or_default();
            let there = Arc::make_mut(days).entry(day).or_default();
            Arc::make_mut(there).insert(account);
        }
    }

    /// Accounts with papers in a currency on the days D with `from <= D < to`.
    fn with_papers(&self, currency: Currency, from: Date, to: Option<Date>) -> Vec<AccountId> {
        let Some(days) = self.papers.get(currency.code()) else { return Vec::new() };
        let days = days.range(from..).take_while(|(day, _)| to.is_none_or(|to| **day < to));
        let all: BTreeSet<AccountId> = days.flat_map(|(_, there)| there.iter().copied()).collect();
        all.into_iter().collect()
    }

    fn of(&self, member: MemberId) -> Vec<AccountId> {
        self.people.get(&member).map_or_else(Vec::new, |there| there.iter().copied().collect())
    }
}

impl Desk {
    /// Takes in a fact about the firm, and adds whom it touches.
    pub(super) fn apply_to_firm(&mut self, changed: &mut Changed, source: Source, fact: &Fact) {
        let member = match fact {
            Fact::ExchangeRateSet(it) => {
                // A paper goes by the newest rate of its day or before it.
                let next = self.firm.next_rate(it.currency, source.day);
                changed.accounts = self.ties.with_papers(it.currency, source.day, next);
                None
            }
            Fact::MemberNamed(it) => {
                // A name alone moves nothing.
                self.firm.is_moved_by(it, source.day).then_some(it.member)
            }
            Fact::MemberLeft(it) => Some(it.member),
            Fact::FactRetracted(it) => it.member,
            _ => None,
        };
        if let Some(member) = member {
            changed.accounts = self.ties.of(member);
            changed.alerts = self.alerts.standing().collect();
        }
        changed.rules = Arc::make_mut(&mut self.firm).evolve(source, fact);
    }
}

/// The currency of a paper.
fn currency_of(fact: &Fact) -> Option<Currency> {
    match fact {
        Fact::InvoiceIssued(it) => Some(it.currency),
        Fact::CreditNoteIssued(it) => Some(it.currency),
        _ => None,
    }
}

/// Those of us of whom a fact says that they look after a client, worked it, claim it or ruled on
/// it.
fn members_of(fact: &Fact) -> [Option<MemberId>; 2] {
    match fact {
        Fact::EngagementRecorded(it) => [it.by, None],
        Fact::OwnerAssigned(it) => [Some(it.owner), None],
        Fact::OwnerHandedOver(it) => [it.from, Some(it.to)],
        Fact::TeamMemberAssigned(it) => [Some(it.member), None],
        Fact::SponsorAssigned(it) => [Some(it.sponsor), None],
        Fact::OwnershipClaimed(it) => [Some(it.by), None],
        Fact::OwnershipRuled(it) => [Some(it.owner), Some(it.by)],
        Fact::JudgementGiven(it) => [Some(it.by), None],
        Fact::StatusNominated(it) => [Some(it.by), None],
        Fact::StatusApproved(it) => [Some(it.by), None],
        Fact::StatusVetoed(it) => [Some(it.by), None],
        Fact::StatusConfirmed(it) => [Some(it.by), None],
        Fact::StatusOverridden(it) => [Some(it.by), None],
        Fact::OverrideEnded(it) => [Some(it.by), None],
        _ => [None, None],
    }
}
