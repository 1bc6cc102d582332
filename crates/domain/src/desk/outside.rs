//! Accounts by what other systems call them.

use super::Desk;
use crate::id::AccountId;

impl Desk {
    /// The account that an id means: the one told under it, or else the one to which the outside
    /// reference that the id was made of was linked later. An id that means none stays as it is.
    pub fn meant(&self, id: AccountId) -> AccountId {
        // Only an id made of a name can be a reference's.
        if self.told_account(id).is_some() || id.0.get_version_num() != 5 {
            return id;
        }
        let linked = |told: &AccountId| {
            let mut refs = self.told_account(*told).into_iter().flat_map(|it| it.external_refs());
            refs.any(|(source, outside)| AccountId::named(&format!("{source}:{outside}")) == id)
        };
        self.accounts().flat_map(|it| self.ids_of(it.id)).find(linked).unwrap_or(id)
    }
}
