//! The account fold: all that is known of one client, in the order in which it happened.
//!
//! It keeps every happening that a policy, a watch rule or a page asks about, so one fold answers
//! for any past day; what was *known* on a past day is the same fold over fewer entries. Arrival
//! order leaves no trace: every part is a [`Timeline`], and a retraction works before its fact.

mod contacts;
mod contracts;
mod days;
mod evolve;
mod joined;
mod ownership;
mod rulings;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use contacts::{Contact, ContactEvent, ContactLine, ContactPicture, contact_on};
pub use contracts::{ContractEvent, ContractLine, Terms, terms_on};
pub use evolve::{accounts_of, counts_from, evolve};
pub(crate) use evolve::{add, only_adds};
pub(crate) use joined::{Part, Share, joined};
pub(crate) use ownership::Settled;
pub use ownership::{Claim, OwnershipEvent};
pub use rulings::{MAX_OVERRIDE_YEARS, Override, Ruling, latest_expiry};
pub use work::{Engagement, Invoiced};

use self::days::Days;
use crate::fact::{InteractionKind, JudgementOf, Role};
use crate::id::{AccountId, ContactId, ContractId, EngagementId, EntryId, MemberId};
use crate::money::Decimal;
use crate::timeline::Timeline;

/// One client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// The client.
    pub id: AccountId,
    pub(crate) registered: Timeline<Registered>,
    pub(crate) names: Timeline<Arc<str>>,
    pub(crate) refs: Timeline<(Arc<str>, Arc<str>)>,
    pub(crate) parents: Timeline<Option<AccountId>>,
    pub(crate) subsidiaries: Timeline<AccountId>,
    pub(crate) merged: Timeline<Option<AccountId>>,
    pub(crate) duplicates: Timeline<AccountId>,
    pub(crate) dismissed: Timeline<AccountId>,
    pub(crate) rulings: Timeline<Ruling>,
    pub(crate) engagements: Timeline<Engagement>,
    pub(crate) cancelled: BTreeMap<EngagementId, Timeline<()>>,
    pub(crate) invoiced: Timeline<Invoiced>,
    pub(crate) interactions: Timeline<Interaction>,
    pub(crate) feedback: Timeline<Decimal>,
    pub(crate) referrals: Timeline<Option<AccountId>>,
    pub(crate) reviews: Timeline<MemberId>,
    pub(crate) plans: Timeline<MemberId>,
    pub(crate) judgements: BTreeMap<JudgementOf, Timeline<Judgement>>,
    pub(crate) contacts: BTreeMap<ContactId, ContactLine>,
    pub(crate) contracts: BTreeMap<ContractId, ContractLine>,
    pub(crate) ownership: Timeline<OwnershipEvent>,
    /// Of a client that is several accounts: who says what of its ownership, the first to be asked
    /// first. Else empty, since then all is told under one id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) shares: Vec<Share>,
    pub(crate) team: Timeline<(MemberId, Role)>,
    pub(crate) retracted: BTreeSet<EntryId>,
    pub(crate) days: Days,
}

/// What a registration says beside the name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    /// Country, where known.
    pub country: Option<Arc<str>>,
    /// Sector, where known.
    pub sector: Option<Arc<str>>,
}

/// We were in touch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    /// How.
    pub kind: InteractionKind,
    /// With whom.
    pub contact: Option<ContactId>,
    /// Which of us.
    pub by: Option<MemberId>,
    /// What about, where it may still be read.
    pub note: Option<Arc<str>>,
}

/// One of us judged the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judgement {
    /// 0 to 5.
    pub score: u8,
    /// Who.
    pub by: MemberId,
    /// Why.
    pub reason: Arc<str>,
    /// Last day on which it counts.
    pub expires: Date,
}

impl Account {
    /// A client of whom nothing is known yet.
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            registered: Timeline::default(),
            names: Timeline::default(),
            refs: Timeline::default(),
            parents: Timeline::default(),
            subsidiaries: Timeline::default(),
            merged: Timeline::default(),
            duplicates: Timeline::default(),
            dismissed: Timeline::default(),
            rulings: Timeline::default(),
            engagements: Timeline::default(),
            cancelled: BTreeMap::new(),
            invoiced: Timeline::default(),
            interactions: Timeline::default(),
            feedback: Timeline::default(),
            referrals: Timeline::default(),
            reviews: Timeline::default(),
            plans: Timeline::default(),
            judgements: BTreeMap::new(),
            contacts: BTreeMap::new(),
            contracts: BTreeMap::new(),
            ownership: Timeline::default(),
            shares: Vec::new(),
            team: Timeline::default(),
            retracted: BTreeSet::new(),
            days: Days::default(),
        }
    }

    /// The first day on which anything is known of the client.
    pub fn first_day(&self) -> Option<Date> {
        self.days.first()
    }

    /// On how many days something happened: the more, the longer it takes to follow the client.
    pub fn busy_days(&self) -> usize {
        self.days.count()
    }

    /// The first day after this one on which something happened.
    pub fn next_day(&self, day: Date) -> Option<Date> {
        self.days.after(day)
    }

    /// Whether anything had happened with the client by a day.
    pub fn exists_on(&self, day: Date) -> bool {
        self.first_day().is_some_and(|first| first <= day)
    }

    /// Whether a fact about this client was taken back.
    pub fn is_retracted(&self, fact: EntryId) -> bool {
        self.retracted.contains(&fact)
    }

    /// The client without what happened after a day: what follows from it is what comes if
    /// nothing more is done.
    #[must_use]
    pub fn cut(&self, day: Date) -> Self {
        let mut account = self.clone();
        account.registered.cut(day);
        account.names.cut(day);
        account.parents.cut(day);
        account.subsidiaries.cut(day);
        account.rulings.cut(day);
        account.engagements.cut(day);
        account.invoiced.cut(day);
        account.interactions.cut(day);
        account.feedback.cut(day);
        account.referrals.cut(day);
        account.reviews.cut(day);
        account.plans.cut(day);
        account.ownership.cut(day);
        account.shares.iter_mut().for_each(|share| share.events.cut(day));
        account.team.cut(day);
        account.cancelled.values_mut().for_each(|line| line.cut(day));
        account.judgements.values_mut().for_each(|line| line.cut(day));
        account.contacts.values_mut().for_each(|line| line.cut(day));
        account.contracts.values_mut().for_each(|line| line.cut(day));
        account.days.cut(day);
        account
    }

    /// Its name on a day; where nobody has told it, its id in another system; else its own id.
    pub fn name_on(&self, day: Date) -> String {
        self.told_name(day)
            .map(str::to_owned)
            .or_else(|| self.external_ref().map(|(source, id)| format!("{source}:{id}")))
            .unwrap_or_else(|| self.id.to_string())
    }

    /// Its name on a day, as told.
    pub fn told_name(&self, day: Date) -> Option<&str> {
        let told = self.names.at(day).or_else(|| self.names.iter().next());
        told.map(|(_, name)| name.as_ref())
    }

    /// What its registration says, newest first.
    pub fn registered_on(&self, day: Date) -> Option<&Registered> {
        self.registered.at(day).map(|(_, registered)| registered)
    }

    /// The newest fact that put the client on our books, whatever the day.
    pub fn registration(&self) -> Option<&crate::timeline::Source> {
        self.registered.at(Date::MAX).map(|(source, _)| source)
    }

    /// The oldest link to another system: that system and the id there.
    pub fn external_ref(&self) -> Option<(&str, &str)> {
        self.external_refs().next()
    }

    /// Every link to another system, oldest first.
    pub fn external_refs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.refs.iter().map(|(_, (source, id))| (source.as_ref(), id.as_ref()))
    }

    /// The organisation told to be directly above it on a day, with the fact that says so. Which
    /// one counts is for the desk to say, see [`crate::desk::Client::parent_on`].
    pub fn told_parent(&self, day: Date) -> Option<(&crate::timeline::Source, AccountId)> {
        let (source, parent) = self.parents.at(day)?;
        Some((source, (*parent)?))
    }

    /// The account of which it is a duplicate, with the fact that says so; `None` where it stands
    /// for itself. What was told of a merge counts on every day.
    pub fn merged_into(&self) -> Option<(&crate::timeline::Source, AccountId)> {
        let (source, into) = self.merged.at(Date::MAX)?;
        Some((source, (*into)?))
    }

    /// How we were in touch.
    pub fn interactions(&self) -> &Timeline<Interaction> {
        &self.interactions
    }

    /// Feedback scores as a share of the best score, 0 to 1.
    pub fn feedback(&self) -> &Timeline<Decimal> {
        &self.feedback
    }

    /// Referrals the client gave, with whom they brought.
    pub fn referrals(&self) -> &Timeline<Option<AccountId>> {
        &self.referrals
    }

    /// The judgement that counts on a day, with the fact it is in.
    pub fn judgement_on(
        &self,
        of: JudgementOf,
        day: Date,
    ) -> Option<(&crate::timeline::Source, &Judgement)> {
        let line = self.judgements.get(&of)?;
        line.at(day).filter(|(_, judgement)| judgement.expires >= day)
    }
}
