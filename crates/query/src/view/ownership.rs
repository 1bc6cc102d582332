//! Whose client it is: open cases, what the policy says of them, how like cases were ruled, and
//! the clients of colleagues who left.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_domain::ownership::{Case, case_on};
use linchpin_domain::policy::Status;
use linchpin_domain::timeline::Source;
use serde::Serialize;

use super::row::follow;
use super::{
    AlertView, ClaimView, Clocks, Evidence, OurPerson, Person, PrecedentView, Rulings, account,
    alerts, people, rulings,
};

/// Open cases, and clients of each colleague who left, shown at most.
const MAX_CASES: usize = 100;

/// Colleagues who left and still have clients, shown at most.
const MAX_LEAVERS: usize = 25;

/// Who looks after a client, who else says so, and what speaks for whom.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OwnershipView {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its account manager.
    pub owner: Option<Person>,
    /// Everyone of us who has a part in it.
    pub team: Vec<OurPerson>,
    /// Claims that nobody has ruled on.
    pub claims: Vec<ClaimView>,
    /// The case as it stands.
    pub case: CaseView,
    /// What the policy says of it, in a sentence.
    pub policy_says: String,
    /// Earlier rulings, the likest first.
    pub precedents: Vec<PrecedentView>,
}

/// A case of ownership.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CaseView {
    /// Whether the client belongs to a group.
    pub in_group: bool,
    /// Whether nobody had worked the client itself before.
    pub new_to_us: bool,
    /// Whether the last work before was longer ago than the policy lets count.
    pub dormant: bool,
    /// Whether the client or any of its group is a key account.
    pub key: bool,
    /// Whether earlier work gives anybody a claim, by the policy.
    pub earlier_work_counts: bool,
    /// The last work for the client itself before that which raised the question.
    pub own_work: Option<WorkView>,
    /// The last work for another part of its group before that.
    pub group_work: Option<WorkView>,
    /// All this in sentences.
    pub sentences: Vec<String>,
}

/// Work that was begun.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WorkView {
    /// For which client.
    #[schema(value_type = String, format = "uuid")]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Who of us brought it in, where that was told.
    pub by: Option<Person>,
    /// The fact.
    pub entry: Evidence,
}

/// What waits for a ruling or a hand-over.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OpenOwnership {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// Clients that colleagues claim, or work beside each other; at most a hundred.
    pub cases: Vec<OpenCase>,
    /// How many such clients there are.
    pub open: usize,
    /// Colleagues who left and still have clients, those with the most first; at most 25.
    pub leavers: Vec<Leaver>,
    /// How many such colleagues there are.
    pub left: usize,
    /// How many clients they all have.
    pub left_accounts: usize,
}

/// A client about which colleagues differ.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OpenCase {
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// The alerts about it that stand.
    pub alerts: Vec<AlertView>,
    /// Whose it is, and what speaks for whom.
    pub ownership: OwnershipView,
}

/// A colleague who left, with the clients that are still theirs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Leaver {
    /// Who.
    pub person: Person,
    /// When they left.
    #[schema(value_type = String, format = Date)]
    pub left: Date,
    /// Their clients, by name; at most a hundred.
    pub accounts: Vec<LeftAccount>,
    /// How many clients they have.
    pub total: usize,
}

/// A client whose account manager left.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LeftAccount {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
}

/// Whose client it is on the day of `clocks`; `None` where it does not exist by then.
pub fn ownership_view(
    desk: &Desk,
    known: &Rulings,
    id: AccountId,
    clocks: Clocks,
) -> Option<OwnershipView> {
    let as_of = clocks.as_of;
    let account = desk.account(id).filter(|account| account.exists_on(as_of))?;
    let case = case_on(&desk.client_of(account), as_of);
    Some(OwnershipView {
        id: account.id,
        name: people::account_name(desk, id, as_of),
        owner: account.owner_on(desk.firm(), as_of).map(|owner| people::member(desk, owner, as_of)),
        team: account::ours(desk, account, as_of),
        claims: account::claims(desk, account, as_of),
        policy_says: rulings::policy_says(&case),
        precedents: known.likest(desk, &case, as_of),
        case: case_view(desk, case, as_of),
        clocks,
    })
}

/// What waits for a ruling or a hand-over on the day of `clocks`.
pub fn open_ownership(desk: &Desk, known: &Rulings, clocks: Clocks) -> OpenOwnership {
    let as_of = clocks.as_of;
    let mut found: BTreeMap<AccountId, Vec<AlertView>> = BTreeMap::new();
    for alert in alerts::alert_list(desk, clocks.clone()) {
        if alert.group == "ownership" && alert.state != "resolved" {
            found.entry(desk.survivor(alert.account)).or_default().push(alert);
        }
    }
    for account in desk.accounts() {
        if !account.open_claims(desk.firm(), as_of).is_empty() {
            found.entry(account.id).or_default();
        }
    }
    let open = found.len();
    let case = |(id, alerts): (AccountId, Vec<AlertView>)| {
        let status = status(desk, id, as_of);
        let ownership = ownership_view(desk, known, id, clocks.clone())?;
        Some(OpenCase { status, alerts, ownership })
    };
    let cases = found.into_iter().take(MAX_CASES).filter_map(case).collect();
    let left = left(desk, as_of);
    OpenOwnership {
        cases,
        open,
        left: left.len(),
        left_accounts: left.iter().map(|(_, _, accounts)| accounts.len()).sum(),
        leavers: left.iter().take(MAX_LEAVERS).map(|it| leaver(desk, it, as_of)).collect(),
        clocks,
    }
}

fn case_view(desk: &Desk, case: Case, as_of: Date) -> CaseView {
    let work = |account: AccountId, source: &Source, by: Option<MemberId>| WorkView {
        account,
        name: people::account_name(desk, account, as_of),
        day: source.day,
        by: by.map(|by| people::member(desk, by, as_of)),
        entry: Evidence::from(source),
    };
    CaseView {
        in_group: case.like.in_group,
        new_to_us: case.like.new_to_us,
        dormant: case.like.dormant,
        key: case.like.key,
        earlier_work_counts: case.earlier_work_counts,
        sentences: rulings::case_sentences(desk, &case, as_of),
        own_work: case.own_work.map(|(source, by)| work(case.account, &source, by)),
        group_work: case.group_work.map(|(account, source, by)| work(account, &source, by)),
    }
}

fn status(desk: &Desk, id: AccountId, as_of: Date) -> Status {
    desk.client(id).map_or(Status::Standard, |client| follow(&client, as_of).status())
}

/// Who left, when, and the clients that are still theirs.
type Left<'a> = (MemberId, Date, Vec<&'a Account>);

/// Everyone who left and still has clients, those with the most first.
fn left(desk: &Desk, as_of: Date) -> Vec<Left<'_>> {
    let firm = desk.firm();
    let left = firm.members().filter_map(|id| Some((id, firm.left_by(id, as_of)?)));
    let mut left: BTreeMap<MemberId, (Date, Vec<&Account>)> =
        left.map(|(id, day)| (id, (day, Vec::new()))).collect();
    if left.is_empty() {
        return Vec::new();
    }
    for account in desk.accounts().filter(|account| account.exists_on(as_of)) {
        let theirs = account.owner_on(firm, as_of).and_then(|owner| left.get_mut(&owner));
        if let Some((_, accounts)) = theirs {
            accounts.push(account);
        }
    }
    let having = left.into_iter().filter(|(_, (_, accounts))| !accounts.is_empty());
    let mut left: Vec<Left<'_>> = having.map(|(id, (day, accounts))| (id, day, accounts)).collect();
    left.sort_by_key(|(id, _, accounts)| (Reverse(accounts.len()), *id));
    left
}

fn leaver(desk: &Desk, (id, left, accounts): &Left<'_>, as_of: Date) -> Leaver {
    let mut named: Vec<(String, AccountId)> =
        accounts.iter().map(|it| (people::account_name(desk, it.id, as_of), it.id)).collect();
    named.sort();
    let account = |(name, id)| LeftAccount { id, name, status: status(desk, id, as_of) };
    Leaver {
        person: people::member(desk, *id, as_of),
        left: *left,
        total: named.len(),
        accounts: named.into_iter().take(MAX_CASES).map(account).collect(),
    }
}
