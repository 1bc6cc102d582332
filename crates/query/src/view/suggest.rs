//! Which clients may be one, or belong together, by their names. Nothing here merges or joins
//! anything: a person looks and decides.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Position;
use linchpin_domain::id::AccountId;
use linchpin_domain::names::{Kind, NameIndex, Suggestion};
use serde::Serialize;

use super::{Clocks, Person, people};
use crate::words;

/// Newest clients that are looked at for suggestions at most.
const LOOKED_AT: usize = 1_000;

/// Clients like one client, as far as nobody has settled what they are to each other.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Suggestions {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The day on which it came on our books, where that was told.
    #[schema(value_type = Option<String>, format = Date)]
    pub registered: Option<Date>,
    /// Likely the same organisation, likeliest first.
    pub duplicates: Vec<Alike>,
    /// Likely above it.
    pub parents: Vec<Alike>,
    /// Likely below it.
    pub subsidiaries: Vec<Alike>,
}

/// Another client with a name alike.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Alike {
    /// The other client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its country, where known.
    pub country: Option<String>,
    /// Its account manager.
    pub owner: Option<Person>,
    /// How likely, of a hundred: points to order by, and no probability.
    pub score: u8,
    /// What about the names led to it, in words.
    pub why: String,
}

/// The clients registered last that are like others.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NewestSuggestions {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// How many of the clients registered last were looked at.
    pub looked_at: usize,
    /// Those with suggestions, registered last first. A pair is told once.
    pub clients: Vec<Suggestions>,
}

impl Suggestions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.duplicates.len() + self.parents.len() + self.subsidiaries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The names of all clients of a desk, filed anew.
pub fn name_index(desk: &Desk) -> NameIndex {
    let mut index = NameIndex::default();
    for account in desk.accounts() {
        refile(&mut index, desk, account.id);
    }
    index
}

/// Files an account under the name it goes by on the desk, whatever the day; who was merged into
/// another, or was never named, is not filed.
pub fn refile(index: &mut NameIndex, desk: &Desk, id: AccountId) {
    let account = desk.account(id).filter(|_| desk.survivor(id) == id);
    match account.and_then(|account| Some((account, account.told_name(Date::MAX)?))) {
        Some((account, name)) => {
            let registered = account.registered_on(Date::MAX);
            index.insert(id, name, registered.and_then(|it| it.country.as_deref()));
        }
        None => index.remove(id),
    }
}

/// Clients like this one; `None` where there is no such client.
pub fn suggestions(
    desk: &Desk,
    names: &NameIndex,
    id: AccountId,
    clocks: Clocks,
) -> Option<Suggestions> {
    let account = desk.account(id)?;
    let (id, day) = (account.id, clocks.as_of);
    let relatives: BTreeSet<AccountId> = desk.relatives(id).into_iter().collect();
    let open = |found: &Suggestion| is_open(desk, id, &relatives, found, day);
    let found = names.suggest_for(id, &open);
    let of = |kind: Kind| {
        let these = found.iter().filter(|it| it.kind == kind);
        these.map(|it| alike(desk, it, day)).collect::<Vec<Alike>>()
    };
    Some(Suggestions {
        id,
        name: people::account_name(desk, id, day),
        registered: account.registration().map(|source| source.day),
        duplicates: of(Kind::Duplicate),
        parents: of(Kind::Parent),
        subsidiaries: of(Kind::Subsidiary),
        clocks,
    })
}

/// The clients registered last that are like others, at most so many. `like` tells of one client.
pub(crate) fn newest_suggestions(
    desk: &Desk,
    like: &dyn Fn(AccountId) -> Option<Suggestions>,
    most: usize,
    clocks: Clocks,
) -> NewestSuggestions {
    let registered = desk.accounts().filter_map(|account| {
        let source = account.registration()?;
        Some((Reverse(source.position), account.id))
    });
    let mut newest: Vec<(Reverse<Position>, AccountId)> = registered.collect();
    if newest.len() > LOOKED_AT {
        newest.select_nth_unstable(LOOKED_AT);
        newest.truncate(LOOKED_AT);
    }
    newest.sort_unstable();
    let (mut clients, mut told) = (Vec::new(), BTreeSet::new());
    let mut looked_at = 0;
    for (_, id) in newest {
        if clients.len() == most {
            break;
        }
        looked_at += 1;
        let Some(mut found) = like(id) else { continue };
        let mut once = |other: &Alike| told.insert((id.min(other.id), id.max(other.id)));
        found.duplicates.retain(&mut once);
        found.parents.retain(&mut once);
        found.subsidiaries.retain(&mut once);
        if !found.is_empty() {
            clients.push(found);
        }
    }
    NewestSuggestions { clocks, looked_at, clients }
}

/// Whether nobody has settled yet what two clients are to each other: said that they are two,
/// joined them in a group, or found a place for the lower one elsewhere. The index may know of
/// somebody who is not on this desk yet.
fn is_open(
    desk: &Desk,
    id: AccountId,
    relatives: &BTreeSet<AccountId>,
    found: &Suggestion,
    day: Date,
) -> bool {
    let other = found.account;
    if desk.account(other).is_none() || desk.told_apart(id, other) {
        return false;
    }
    match found.kind {
        // Two of one group may well be one, unless one of them stands above the other.
        Kind::Duplicate => {
            !desk.parents_on(id, day).contains(&other) && !desk.parents_on(other, day).contains(&id)
        }
        Kind::Parent => !relatives.contains(&other) && desk.parent_on(id, day).is_none(),
        Kind::Subsidiary => !relatives.contains(&other) && desk.parent_on(other, day).is_none(),
    }
}

fn alike(desk: &Desk, found: &Suggestion, day: Date) -> Alike {
    let account = desk.account(found.account);
    let registered = account.and_then(|account| account.registered_on(Date::MAX));
    let owner = account.and_then(|account| account.owner_on(desk.firm(), day));
    Alike {
        id: found.account,
        name: people::account_name(desk, found.account, day),
        country: registered.and_then(|it| it.country.as_deref()).map(str::to_owned),
        owner: owner.map(|owner| people::member(desk, owner, day)),
        score: found.score,
        why: words::capital(&found.why.to_string()),
    }
}
