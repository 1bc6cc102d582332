//! Which account a new name may be, or belong to: likely duplicates, parents and subsidiaries by
//! name alone. Nothing here merges or joins anything; a person decides.
//!
//! Names are taken apart (`read`), filed under keys that alike names share (`keys`), and the few that
//! share one are judged by rules (`judge`), each of which gives a reason and points. How well that
//! tells real names apart is measured in `tests/company_names.rs`.

mod judge;
mod keys;
mod read;
mod shelves;
mod tables;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use self::judge::{Crowd, judge};
use self::read::Name;
use self::shelves::{Filed, Names};
use crate::id::AccountId;

/// The most suggestions for one name.
pub const MOST: usize = 5;

/// The points, of a hundred, below which nothing is suggested.
pub const AT_LEAST: u8 = 50;

/// How many accounts under one key are looked at, and how many in all. Where more share a key, the
/// first by id are looked at; they share it equally.
const PER_KEY: usize = 48;
const IN_ALL: usize = 320;

/// What another account may be to the one asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The same organisation, registered twice.
    Duplicate,
    /// An organisation above it.
    Parent,
    /// An organisation below it.
    Subsidiary,
}

/// What about the two names led to the suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Nothing but case, accents or punctuation differs.
    SameName,
    /// Only the legal form differs.
    LegalForm,
    /// Only the gaps between letters differ.
    Gaps,
    /// Only small words such as `of` or `van` differ.
    SmallWords,
    /// The same words in another order.
    WordOrder,
    /// One letter of a long word differs.
    OneLetter,
    /// Only words such as `Holding` or `Group` differ.
    GroupWords,
    /// One of the two has the country in its name in which both are.
    OwnCountry,
    /// One is the initials of the other.
    Initials,
    /// The one below has the other's name and a place.
    Place,
    /// The one above calls itself a holding or a group.
    Holding,
    /// The one below has the other's name and a trade or division after it.
    Trade,
    /// The same name in another country.
    Abroad,
    /// The one below has the other's name and more after it.
    Longer,
    /// Both begin with the same rare word, and the one below goes on with a place.
    SharedHead,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameName => "the same name",
            Self::LegalForm => "the same name but for the legal form",
            Self::Gaps => "the same letters with other gaps",
            Self::SmallWords => "the same name but for small words",
            Self::WordOrder => "the same words in another order",
            Self::OneLetter => "one letter differs",
            Self::GroupWords => "the same name but for words such as holding or group",
            Self::OwnCountry => "the same name but for the country in which both are",
            Self::Initials => "one is the initials of the other",
            Self::Place => "the same name with a place added",
            Self::Holding => "the same name, and the one above calls itself a holding or group",
            Self::Trade => "begins with the other's name and adds a trade",
            Self::Abroad => "the same name in another country",
            Self::Longer => "begins with the other's name",
            Self::SharedHead => "both begin with the same rare word, one adds a place",
        })
    }
}

/// Another account that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suggestion {
    /// The other account.
    pub account: AccountId,
    /// What it may be to the one asked about.
    pub kind: Kind,
    /// How likely, of a hundred; points to order by, and no probability.
    pub score: u8,
    /// What led to it.
    pub why: Why,
}

/// Every account's name, filed so that the few like a new one are found without a look at the rest.
/// The answer depends on the names in it and never on the order in which they came. A copy shares
/// everything, and a change copies some thousandths.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    names: Names,
    filed: Filed,
}

impl NameIndex {
    /// Files an account, in place of the name and country it had until now. The country is an
    /// ISO 3166 code or a name; what is neither counts as unknown.
    pub fn insert(&mut self, account: AccountId, name: &str, country: Option<&str>) {
        let new = Arc::new(Name::read(name, country));
        if self.names.get(account).is_some_and(|old| *old == new) {
            return;
        }
        self.remove(account);
        for key in keys::filed(&new) {
            self.filed.insert(key, account);
        }
        self.names.insert(account, new);
    }

    /// Forgets an account, such as one that was merged into another.
    pub fn remove(&mut self, account: AccountId) {
        let Some(old) = self.names.remove(account) else { return };
        for key in keys::filed(&old) {
            self.filed.remove(key, account);
        }
    }

    /// How many accounts are filed.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no account is filed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Accounts that a new one of this name may be or belong to, the likeliest first, at most
    /// [`MOST`], none under [`AT_LEAST`] points.
    pub fn suggest(&self, name: &str, country: Option<&str>) -> Vec<Suggestion> {
        self.like(&Name::read(name, country), &|_| true)
    }

    /// The same for an account that is filed already; it is not suggested to itself. What `keep`
    /// turns down, such as what people have settled, takes no place among the suggestions.
    pub fn suggest_for(
        &self,
        account: AccountId,
        keep: &dyn Fn(&Suggestion) -> bool,
    ) -> Vec<Suggestion> {
        let keep = |found: &Suggestion| found.account != account && keep(found);
        self.names.get(account).map_or_else(Vec::new, |name| self.like(name, &keep))
    }

    fn like(&self, asked: &Name, keep: &dyn Fn(&Suggestion) -> bool) -> Vec<Suggestion> {
        let mut near = BTreeSet::new();
        for look in keys::asked(asked) {
            if look.crowd.is_some_and(|most| self.filed.under(look.key).nth(most).is_some()) {
                continue;
            }
            near.extend(self.filed.under(look.key).take(PER_KEY));
            if near.len() >= IN_ALL {
                break;
            }
        }
        let mut suggestions: Vec<Suggestion> = near
            .into_iter()
            .filter_map(|account| {
                let found = judge(asked, self.names.get(account)?, self)?;
                let (kind, score, why) = (found.kind, found.score, found.why);
                (score >= AT_LEAST).then_some(Suggestion { account, kind, score, why })
            })
            .filter(keep)
            .collect();
        suggestions.sort_by_key(|it| (std::cmp::Reverse(it.score), it.kind, it.account));
        suggestions.truncate(MOST);
        suggestions
    }
}

impl Crowd for NameIndex {
    fn begin_with(&self, head: &[String]) -> bool {
        self.filed.under(keys::begins(head)).nth(keys::CROWD).is_some()
    }

    fn have_initials(&self, letters: &str) -> bool {
        let long = self.filed.under(keys::initials(letters)).take(2).count();
        let short = self.filed.under(keys::whole(&[letters.to_owned()])).take(2).count();
        long > 1 || short > 1
    }
}
