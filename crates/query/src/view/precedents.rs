//! How cases of ownership were ruled: the likest of one, and the search among all.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::{AccountId, EntryId, MemberId};
use linchpin_domain::ownership::{Case, Likeness, Precedent, is_ruled, likest, precedents_of};
use serde::Serialize;

use super::{Clocks, Evidence, Person, people, rulings};

/// Precedents shown of one case.
const PRECEDENTS: usize = 5;

/// Every ruling on whose client it is that a desk knows, each with its case.
#[derive(Debug, Clone, Default)]
pub struct Rulings(Vec<Arc<[Precedent]>>);

/// The rulings on each of some clients.
type OnEach<'a> = dyn Fn(&[&Arc<Account>]) -> Vec<Arc<[Precedent]>> + 'a;

impl Rulings {
    /// Those of a desk.
    pub fn of(desk: &Desk) -> Self {
        Self::with(desk, &|accounts| {
            accounts.iter().map(|it| precedents_of(&desk.client_of(it)).into()).collect()
        })
    }

    /// The same where somebody else knows those of some clients.
    pub(crate) fn with(desk: &Desk, of: &OnEach<'_>) -> Self {
        let ruled: Vec<&Arc<Account>> =
            desk.accounts().filter(|account| is_ruled(account)).collect();
        Self(of(&ruled))
    }

    fn iter(&self) -> impl Iterator<Item = &Precedent> {
        self.0.iter().flat_map(|of_one| of_one.iter())
    }

    /// The likest of a case as they are shown on a day.
    pub(super) fn likest(&self, desk: &Desk, case: &Case, as_of: Date) -> Vec<PrecedentView> {
        let found = likest(self.iter(), case, PRECEDENTS).into_iter();
        found.map(|(alike, it)| view(desk, it, Some(alike), as_of)).collect()
    }
}

/// A ruling on whose client it is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PrecedentView {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// When it was ruled.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// To whom the client went.
    pub owner: Person,
    /// Who ruled.
    pub by: Person,
    /// Why.
    pub reason: String,
    /// Whether the history of the client's parent counted, where that was said.
    pub parent_history_counts: Option<bool>,
    /// In how many points its case was like the one asked about; absent where none is.
    pub alike: Option<u32>,
    /// In how many points cases are compared.
    pub of: u32,
    /// What its case was like, in words.
    pub like: String,
    /// The fact.
    pub entry: Evidence,
}

/// Rulings on whose client it is, newest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RulingList {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// How many there are that fit, on all pages.
    pub total: usize,
    /// The rulings of this page.
    pub rulings: Vec<PrecedentView>,
    /// Address of the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Rulings in which all words of `sought` occur, in the client's or a colleague's name or in the
/// reason; newest first, after one of them, at most so many. `None` where that one is not among
/// them.
pub fn ruling_list(
    desk: &Desk,
    rulings: &Rulings,
    clocks: Clocks,
    sought: &str,
    after: Option<EntryId>,
    limit: usize,
) -> Option<(RulingList, Option<EntryId>)> {
    let as_of = clocks.as_of;
    let sought = sought.to_lowercase();
    let sought: Vec<&str> = sought.split_whitespace().collect();
    let fits = |it: &&Precedent| {
        let said = said(desk, it, as_of);
        sought.iter().all(|word| said.contains(word))
    };
    let by_then = rulings.iter().filter(|it| it.source.day <= as_of);
    let mut fits: Vec<&Precedent> = by_then.filter(fits).collect();
    fits.sort_by_key(|it| Reverse((it.source.at, it.source.id)));
    let total = fits.len();
    let from = match after {
        None => 0,
        Some(after) => fits.iter().position(|it| it.source.id == after)? + 1,
    };
    let page = fits.iter().skip(from).take(limit);
    let rulings: Vec<PrecedentView> = page.map(|it| view(desk, it, None, as_of)).collect();
    let more = total > from + limit;
    let next = rulings.last().filter(|_| more).map(|last| last.entry.id);
    Some((RulingList { clocks, total, rulings, next_cursor: None }, next))
}

/// All that a ruling is searched by, in small letters.
fn said(desk: &Desk, it: &Precedent, as_of: Date) -> String {
    let names = [it.owner, it.by].map(|member| people::member_name(desk, member, as_of));
    let client = people::account_name(desk, it.case.account, as_of);
    format!("{client}\n{}\n{}\n{}", names[0], names[1], it.reason).to_lowercase()
}

fn view(desk: &Desk, it: &Precedent, alike: Option<u32>, as_of: Date) -> PrecedentView {
    let person = |id: MemberId| people::member(desk, id, as_of);
    PrecedentView {
        account: it.case.account,
        name: people::account_name(desk, it.case.account, as_of),
        day: it.source.day,
        owner: person(it.owner),
        by: person(it.by),
        reason: it.reason.to_string(),
        parent_history_counts: it.parent_history_counts,
        alike,
        of: Likeness::POINTS,
        like: rulings::likeness(&it.case),
        entry: Evidence::from(&it.source),
    }
}
