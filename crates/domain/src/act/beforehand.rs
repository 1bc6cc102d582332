//! What of an act is known before anybody asks for it, so that a form offers only what is taken.
//!
//! It is judged by the functions that judge the act itself. What is left to the act is what only
//! it says: a day, a reason, an expiry.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::civil::Date;

use super::status::Standing;
use super::{Refusal, group, here, name, ownership, status};
use crate::account::Account;
use crate::desk::Desk;
use crate::fact::Role;
use crate::id::{AccountId, MemberId};
use crate::watch::is_asked_whose;

/// What can be asked about a client: an [`Act`](super::Act) without what is said along with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Proposes it as a key account.
    Nominate,
    /// Gives what waits its yes.
    Approve,
    /// Refuses what waits its yes.
    Veto,
    /// Says that a key account was looked at again and stays one.
    Confirm,
    /// Gives it a status by override.
    Override,
    /// Ends an override before its time.
    EndOverride,
    /// Gives a client whom nobody looks after an account manager.
    Assign,
    /// Says that the client is one's own.
    Claim,
    /// Settles whose client it is.
    Rule,
    /// Passes it from one account manager to another.
    HandOver,
    /// Says below which organisation it is, or that it is below none.
    Parent,
    /// Says that it is a duplicate of another account.
    Merge,
    /// Undoes a merge.
    Unmerge,
    /// Says what one of us thinks of it, for a time.
    Judge,
    /// Says that an account review was held.
    HoldReview,
    /// Says that the account plan was brought up to date.
    UpdatePlan,
}

/// A client on a day, and what can be done about it.
pub struct Beforehand<'a> {
    desk: &'a Desk,
    id: AccountId,
    /// What was told of it alone, and what is read of it: both are one unless it has duplicates.
    told: &'a Account,
    account: &'a Arc<Account>,
    today: Date,
    standing: Result<Standing<'a>, Refusal>,
    /// Whether it is asked whose client it is, because two work it; looked up once it matters.
    is_asked: OnceCell<bool>,
}

impl<'a> Beforehand<'a> {
    /// What can be done about a client.
    ///
    /// # Errors
    /// Where nothing is known of it.
    pub fn of(desk: &'a Desk, id: AccountId, today: Date) -> Result<Self, Refusal> {
        let told = desk.told_account(id).ok_or(Refusal::NoAccount)?;
        let account = desk.account(id).ok_or(Refusal::NoAccount)?;
        let standing = Standing::of(desk, account, today);
        Ok(Self { desk, id, told, account, today, standing, is_asked: OnceCell::new() })
    }

    /// That an act is taken, if those ask for it whose it is, and say what holds.
    ///
    /// # Errors
    /// Why it is turned down whoever asks and whatever they say.
    pub fn allows(&self, kind: Kind) -> Result<(), Refusal> {
        let (desk, account, today) = (self.desk, self.account, self.today);
        let stays = desk.survivor(self.id);
        match kind {
            Kind::Merge => return group::is_not_merged(desk, self.told, today),
            Kind::Unmerge => return group::is_merged(self.told).map(|_| ()),
            _ if stays != self.id => {
                return Err(Refusal::Merged { into: name(desk, stays, today) });
            }
            _ => {}
        }
        match kind {
            Kind::Nominate => self.standing()?.can_be_nominated(),
            Kind::Approve | Kind::Veto => self.standing()?.waits_for().map(|_| ()),
            Kind::Confirm => self.standing()?.can_be_confirmed(),
            Kind::Override => status::overrides(desk, today).map(|_| ()),
            Kind::EndOverride => {
                status::is_overridden(desk, account, today)?;
                status::overrides(desk, today).map(|_| ())
            }
            Kind::Assign => {
                ownership::can_be_assigned(desk, account, today)?;
                self.anybody(|member| self.may_get(kind, member))
            }
            Kind::Claim => self.anybody(|member| self.may_ask(kind, member)),
            Kind::HandOver => {
                self.anybody(|member| self.may_ask(kind, member))?;
                self.anybody(|member| self.may_get(kind, member))
            }
            Kind::Rule
            | Kind::Parent
            | Kind::Judge
            | Kind::HoldReview
            | Kind::UpdatePlan
            | Kind::Merge
            | Kind::Unmerge => Ok(()),
        }
    }

    /// The role to which an act is kept; `None` where anybody of us may ask for it.
    pub fn role(&self, kind: Kind) -> Option<Role> {
        match kind {
            Kind::Approve | Kind::Veto | Kind::Override | Kind::EndOverride => {
                status::overrides(self.desk, self.today).ok().flatten()
            }
            Kind::Rule => Some(Role::Director),
            _ => None,
        }
    }

    /// That one of us may ask for an act.
    ///
    /// # Errors
    /// Why it is turned down where they ask for it.
    pub fn may_ask(&self, kind: Kind, member: MemberId) -> Result<(), Refusal> {
        here(self.desk, member, self.today)?;
        if let Some(role) = self.role(kind)
            && !self.desk.firm().has_role(member, role, self.today)
        {
            return Err(Refusal::NotTheirs { role });
        }
        let (desk, account, today) = (self.desk, self.account, self.today);
        match kind {
            Kind::Claim => ownership::can_be_claimed_by(desk, account, member, today),
            Kind::HandOver => {
                let look = || is_asked_whose(&desk.client_of(account), today);
                let is_asked = || *self.is_asked.get_or_init(look);
                ownership::can_be_handed_over_by(desk, account, member, today, is_asked)
            }
            _ => Ok(()),
        }
    }

    /// That the client may come to one of us by an act.
    ///
    /// # Errors
    /// Why it is turned down where they are named.
    pub fn may_get(&self, kind: Kind, member: MemberId) -> Result<(), Refusal> {
        here(self.desk, member, self.today)?;
        let (desk, account, today) = (self.desk, self.account, self.today);
        match kind {
            Kind::Assign => ownership::can_be_assigned_to(desk, account, member, today),
            Kind::HandOver => ownership::can_be_handed_to(desk, account, member, today),
            _ => Ok(()),
        }
    }

    /// That another account may be named in an act, as its parent or as what it is merged into.
    ///
    /// # Errors
    /// Why it is turned down where that one is named.
    pub fn may_join(&self, kind: Kind, other: AccountId) -> Result<(), Refusal> {
        match kind {
            Kind::Parent => group::can_belong_to(self.desk, self.id, other, self.today),
            Kind::Merge => group::can_be_merged_into(self.desk, self.id, other, self.today),
            _ => Ok(()),
        }
    }

    fn standing(&self) -> Result<&Standing<'a>, Refusal> {
        self.standing.as_ref().map_err(Clone::clone)
    }

    /// That it holds of any of us who are here, or that nobody is: else why not of the first.
    fn anybody(&self, may: impl Fn(MemberId) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut refused = Ok(());
        let members = self.desk.firm().members();
        for member in members.filter(|id| here(self.desk, *id, self.today).is_ok()) {
            match may(member) {
                Ok(()) => return Ok(()),
                Err(refusal) => refused = refused.and(Err(refusal)),
            }
        }
        refused
    }
}
