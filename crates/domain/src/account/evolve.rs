//! Taking a fact into the fold. It judges nothing, so it cannot fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::{
    Account, ContactEvent, ContactPicture, ContractEvent, ContractLine, Engagement, Interaction,
    Invoiced, Judgement, OwnershipEvent, Registered, Ruling, Terms,
};
use crate::entry::Stream;
use crate::fact::{BuyingRole, ContractSigned, Fact, Level};
use crate::id::{AccountId, EntryId};
use crate::money::Decimal;
use crate::timeline::{Source, Timeline};

/// Takes in one fact that concerns this account, as its subject or as the second account of a
/// move; whether anything is other than before. The same fact again, or one retracted before it
/// came, changes nothing.
pub fn evolve(account: &mut Account, source: Source, fact: &Fact) -> bool {
    if let Fact::FactRetracted(retraction) = fact {
        retract(account, retraction.fact);
        return true;
    }
    !account.retracted.contains(&source.id) && add(account, source, fact)
}

/// Takes in a fact that nobody took back. A link to another system says nothing about when the
/// client came to us, so it makes no day of its own.
pub(crate) fn add(account: &mut Account, source: Source, fact: &Fact) -> bool {
    let source = Source { rank: rank(fact), ..source };
    let added = take(account, source, fact);
    if added && !is_paperwork(account, fact) {
        account.days.add(source.day);
    }
    added
}

/// Whether a fact says the same of a client under whichever of its ids it is told, so that it can
/// be added to the history of all. Those of which there are many do.
pub(crate) fn only_adds(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::EngagementRecorded(_)
            | Fact::EngagementCancelled(_)
            | Fact::InvoiceIssued(_)
            | Fact::CreditNoteIssued(_)
            | Fact::InteractionHeld(_)
            | Fact::FeedbackReceived(_)
            | Fact::ContactJoined(_)
            | Fact::ContactChanged(_)
            | Fact::ContactConfirmed(_)
            | Fact::ContactLeft(_)
            | Fact::ContractSigned(_)
            | Fact::ContractAmended(_)
            | Fact::ContractRenewed(_)
    )
}

/// Whether a fact says how the client is filed and not what happened with it, so that it makes no
/// day of the client's own: a link, a merge, a subsidiary that names it as its parent.
fn is_paperwork(account: &Account, fact: &Fact) -> bool {
    match fact {
        Fact::ExternalRefLinked(_)
        | Fact::AccountsMerged(_)
        | Fact::AccountsUnmerged(_)
        | Fact::SuggestionDismissed(_) => true,
        Fact::ParentSet(it) => it.account != account.id,
        _ => false,
    }
}

/// The day from which a fact counts: as a rule the day on which it happened. A contract that was
/// told of late stands from its first day, and corrected terms count from the day they name.
pub fn counts_from(fact: &Fact, happened: Date) -> Date {
    match fact {
        Fact::ContractSigned(it) => it.start.min(happened),
        Fact::ContractAmended(it) => it.since.unwrap_or(happened).min(happened),
        _ => happened,
    }
}

/// Order within one moment: what begins comes before what changes, and that before what ends.
fn rank(fact: &Fact) -> u8 {
    match fact {
        Fact::AccountRegistered(_)
        | Fact::ContactJoined(_)
        | Fact::ContractSigned(_)
        | Fact::StatusNominated(_) => 0,
        Fact::ContactLeft(_)
        | Fact::ContractEnded(_)
        | Fact::EngagementCancelled(_)
        | Fact::OwnershipRuled(_)
        | Fact::ParentCleared(_)
        | Fact::AccountsUnmerged(_)
        | Fact::OverrideEnded(_) => 2,
        _ => 1,
    }
}

fn take(account: &mut Account, source: Source, fact: &Fact) -> bool {
    let told_here = fact.stream() == Stream::Account(account.id);
    match fact {
        Fact::AccountRegistered(it) => {
            account.names.insert(source, it.name.as_str().into());
            let registered = Registered {
                country: text(it.country.as_deref()),
                sector: text(it.sector.as_deref()),
            };
            account.registered.insert(source, registered)
        }
        Fact::AccountRenamed(it) => account.names.insert(source, it.name.as_str().into()),
        Fact::ParentSet(it) if told_here => account.parents.insert(source, Some(it.parent)),
        Fact::ParentSet(it) => account.subsidiaries.insert(source, it.account),
        Fact::AccountsMerged(it) if told_here => account.merged.insert(source, Some(it.into)),
        Fact::AccountsMerged(it) => account.duplicates.insert(source, it.account),
        Fact::AccountsUnmerged(_) => told_here && account.merged.insert(source, None),
        Fact::SuggestionDismissed(it) => {
            account.dismissed.insert(source, if told_here { it.other } else { it.account })
        }
        Fact::ParentCleared(_) => account.parents.insert(source, None),
        Fact::ExternalRefLinked(it) => {
            account.refs.insert(source, (it.source.as_str().into(), it.id.as_str().into()))
        }
        Fact::JudgementGiven(it) => {
            let judgement = Judgement {
                score: it.score,
                by: it.by,
                reason: it.reason.as_str().into(),
                expires: it.expires,
            };
            account.judgements.entry(it.of).or_default().insert(source, judgement)
        }
        Fact::FeedbackReceived(it) => {
            account.feedback.insert(source, it.score / Decimal::from(it.out_of.max(1)))
        }
        Fact::ReviewHeld(it) => account.reviews.insert(source, it.by),
        Fact::PlanUpdated(it) => account.plans.insert(source, it.by),
        Fact::ReferralGiven(it) => account.referrals.insert(source, it.brought),
        _ => {
            take_work(account, source, fact)
                || take_contact(account, source, fact, told_here)
                || take_contract(account, source, fact)
                || take_ownership(account, source, fact)
                || take_ruling(account, source, fact)
        }
    }
}

fn take_work(account: &mut Account, source: Source, fact: &Fact) -> bool {
    match fact {
        Fact::EngagementRecorded(it) => {
            let title = text(it.title.as_deref());
            let (kind, by, until) = (it.kind, it.by, it.until);
            let work = Engagement { id: it.engagement, kind, title, by, until };
            account.engagements.insert(source, work)
        }
        Fact::EngagementCancelled(it) => {
            account.cancelled.entry(it.engagement).or_default().insert(source, ())
        }
        Fact::InvoiceIssued(it) => {
            let number = text(it.number.as_deref());
            let (amount, cost, currency) = (it.amount, it.cost, it.currency);
            let invoiced =
                Invoiced { id: it.invoice, number, amount, cost, currency, credit: false };
            account.invoiced.insert(source, invoiced)
        }
        Fact::CreditNoteIssued(it) => {
            let number = text(it.number.as_deref());
            let (amount, currency) = (-it.amount, it.currency);
            let invoiced =
                Invoiced { id: it.invoice, number, amount, cost: None, currency, credit: true };
            account.invoiced.insert(source, invoiced)
        }
        Fact::InteractionHeld(it) => {
            let note = text(it.person.note.as_deref());
            let held = Interaction { kind: it.kind, contact: it.contact, by: it.by, note };
            account.interactions.insert(source, held)
        }
        _ => false,
    }
}

fn take_contact(account: &mut Account, source: Source, fact: &Fact, told_here: bool) -> bool {
    let (contact, event) = match fact {
        Fact::ContactJoined(it) => {
            let picture = picture(&it.title, it.level, it.role);
            (it.contact, ContactEvent::Joined(picture, it.person.clone()))
        }
        Fact::ContactChanged(it) => {
            let picture = picture(&it.title, it.level, it.role);
            (it.contact, ContactEvent::Changed(picture, it.person.clone()))
        }
        Fact::ContactLeft(it) => (it.contact, ContactEvent::Left(None)),
        Fact::ContactMoved(it) if told_here => (it.contact, ContactEvent::Left(Some(it.to))),
        Fact::ContactMoved(it) => {
            let picture = picture(&it.title, it.level, it.role);
            (it.contact, ContactEvent::Arrived(picture, it.account))
        }
        Fact::ContactConfirmed(it) => (it.contact, ContactEvent::Confirmed),
        _ => return false,
    };
    account.contacts.entry(contact).or_default().insert(source, event)
}

fn take_contract(account: &mut Account, source: Source, fact: &Fact) -> bool {
    let (contract, event) = match fact {
        Fact::ContractSigned(it) => (it.contract, ContractEvent::Signed(Box::new(terms(it)))),
        Fact::ContractAmended(it) => {
            let amended = ContractEvent::Amended {
                title: text(it.title.as_deref()),
                start: it.start,
                end: it.end,
                notice_days: it.notice_days,
                auto_renewal_months: it.auto_renewal_months,
            };
            (it.contract, amended)
        }
        Fact::ContractRenewed(it) => (it.contract, ContractEvent::Renewed(it.end)),
        Fact::NoticeGiven(it) => (it.contract, ContractEvent::Notice(it.by)),
        Fact::ContractEnded(it) => (it.contract, ContractEvent::Ended),
        Fact::RenewalTalksStarted(it) => (it.contract, ContractEvent::TalksStarted),
        _ => return false,
    };
    account.contracts.entry(contract).or_default().insert(source, event)
}

fn take_ownership(account: &mut Account, source: Source, fact: &Fact) -> bool {
    let event = match fact {
        Fact::OwnerAssigned(it) => OwnershipEvent::Assigned(it.owner),
        Fact::OwnerHandedOver(it) => OwnershipEvent::HandedOver(Arc::new(it.clone())),
        Fact::SponsorAssigned(it) => OwnershipEvent::Sponsored(it.sponsor),
        Fact::OwnershipClaimed(it) => OwnershipEvent::Claimed(it.by, it.reason.as_str().into()),
        Fact::OwnershipRuled(it) => {
            let reason = it.reason.as_str().into();
            let parent_history_counts = it.parent_history_counts;
            OwnershipEvent::Ruled { owner: it.owner, by: it.by, reason, parent_history_counts }
        }
        Fact::TeamMemberAssigned(it) => return account.team.insert(source, (it.member, it.role)),
        _ => return false,
    };
    account.ownership.insert(source, event)
}

fn take_ruling(account: &mut Account, source: Source, fact: &Fact) -> bool {
    let ruling = match fact {
        Fact::StatusNominated(it) => Ruling::Nominated(it.by, it.reason.as_str().into()),
        Fact::StatusApproved(it) => Ruling::Approved(it.by, it.reason.as_str().into()),
        Fact::StatusVetoed(it) => Ruling::Vetoed(it.by, it.reason.as_str().into()),
        Fact::StatusConfirmed(it) => Ruling::Confirmed(it.by, it.reason.as_str().into()),
        Fact::StatusOverridden(it) => Ruling::Overridden {
            to: it.to,
            by: it.by,
            reason: it.reason.as_str().into(),
            expires: it.expires,
        },
        Fact::OverrideEnded(it) => Ruling::OverrideEnded(it.by, it.reason.as_str().into()),
        _ => return false,
    };
    account.rulings.insert(source, ruling)
}

fn terms(it: &ContractSigned) -> Terms {
    Terms {
        id: it.contract,
        title: it.title.as_str().into(),
        kind: it.kind,
        start: it.start,
        end: it.end,
        agreed_end: it.end,
        notice_days: it.notice_days,
        auto_renewal_months: it.auto_renewal_months,
        value_a_year: it.value_a_year,
        notice: None,
        talks: None,
        ended: None,
    }
}

fn picture(title: &str, level: Option<Level>, role: Option<BuyingRole>) -> ContactPicture {
    ContactPicture { title: title.into(), level, role }
}

fn text(told: Option<&str>) -> Option<Arc<str>> {
    told.map(Into::into)
}

/// Takes a fact out of its line; one that has not come yet is remembered, so that it will not
/// count when it comes.
fn retract(account: &mut Account, fact: EntryId) {
    account.retracted.insert(fact);
    let filed = account.refs.remove(fact).or_else(|| account.merged.remove(fact));
    let filed = filed.or_else(|| account.duplicates.remove(fact));
    let filed = filed.or_else(|| account.dismissed.remove(fact));
    if filed.or_else(|| account.subsidiaries.remove(fact)).is_some() {
        return;
    }
    if let Some(day) = remove(account, fact) {
        account.days.take(day);
    }
}

fn remove(account: &mut Account, fact: EntryId) -> Option<Date> {
    let named = account.names.remove(fact);
    let registered = account.registered.remove(fact);
    named
        .or(registered)
        .or_else(|| account.parents.remove(fact))
        .or_else(|| account.engagements.remove(fact))
        .or_else(|| account.invoiced.remove(fact))
        .or_else(|| account.interactions.remove(fact))
        .or_else(|| account.feedback.remove(fact))
        .or_else(|| account.referrals.remove(fact))
        .or_else(|| account.reviews.remove(fact))
        .or_else(|| account.plans.remove(fact))
        .or_else(|| account.ownership.remove(fact))
        .or_else(|| account.team.remove(fact))
        .or_else(|| account.rulings.remove(fact))
        .or_else(|| drop_from(&mut account.cancelled, fact))
        .or_else(|| drop_from(&mut account.judgements, fact))
        .or_else(|| drop_from(&mut account.contacts, fact))
        .or_else(|| drop_from(&mut account.contracts, fact))
}

/// A line that is empty afterwards goes too, so that a retracted fact leaves no trace.
fn drop_from<K: Ord + Copy, L: Line>(lines: &mut BTreeMap<K, L>, fact: EntryId) -> Option<Date> {
    let (key, day) =
        lines.iter_mut().find_map(|(key, line)| line.drop(fact).map(|day| (*key, day)))?;
    if lines.get(&key).is_some_and(Line::is_over) {
        lines.remove(&key);
    }
    Some(day)
}

/// A line from which a fact can be taken out.
trait Line {
    fn drop(&mut self, fact: EntryId) -> Option<Date>;
    fn is_over(&self) -> bool;
}

impl<T> Line for Timeline<T> {
    fn drop(&mut self, fact: EntryId) -> Option<Date> {
        self.remove(fact)
    }

    fn is_over(&self) -> bool {
        self.is_empty()
    }
}

impl Line for ContractLine {
    fn drop(&mut self, fact: EntryId) -> Option<Date> {
        self.remove(fact)
    }

    fn is_over(&self) -> bool {
        self.is_empty()
    }
}

/// Every account whose picture a fact changes: its own, and the second one of a move.
pub fn accounts_of(fact: &Fact) -> impl Iterator<Item = AccountId> {
    let first = match fact.stream() {
        Stream::Account(id) => Some(id),
        Stream::Firm => None,
    };
    first.into_iter().chain(fact.also())
}
