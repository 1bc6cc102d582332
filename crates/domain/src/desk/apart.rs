//! What people have said about two accounts, so that nobody is asked about them again.

use super::Desk;
use crate::account::Account;
use crate::id::AccountId;

impl Desk {
    /// Whether one of us has said that two accounts are two: dismissed that they might be one or
    /// belong together, or undid their merge. It holds for whatever they were merged into since.
    pub fn told_apart(&self, one: AccountId, other: AccountId) -> bool {
        let (one, other) = (self.survivor(one), self.survivor(other));
        one != other && (self.says_apart(one, other) || self.says_apart(other, one))
    }

    fn says_apart(&self, one: AccountId, other: AccountId) -> bool {
        let is_other = |id: &AccountId| self.survivor(*id) == other;
        let dismissed = |account: &Account| account.dismissed.iter().any(|(_, id)| is_other(id));
        // Who was merged once and is not now was told to be another client after all.
        let unmerged = |account: &Account| {
            account.merged.iter().any(|(_, into)| into.as_ref().is_some_and(is_other))
        };
        let mut told = self.ids_of(one).filter_map(|id| self.told_account(id));
        told.any(|account| dismissed(account) || unmerged(account))
    }
}
