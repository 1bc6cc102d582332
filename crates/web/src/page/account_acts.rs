//! What can be done about a client: what its page offers, and a page with the form of each act.
//!
//! The forms are plain and post to the doors that programs use. Who acts is one of us, chosen by
//! name. What can be asked of a client, by whom and for whom is judged by what judges the act
//! itself, so that nothing is offered that the door turns down for a reason known beforehand.

use askama::Template;
use axum::extract::{Path, State};
use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::act::{Beforehand, Kind, MAX_OVERRIDE_YEARS, Refusal};
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::Role;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, AccountView};

use super::{Choice, Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::state::Web;
use crate::visit::Visit;

/// Accounts found at most when another one is looked for.
const FOUND: usize = 20;

/// Colleagues offered at most.
const COLLEAGUES: usize = 500;

/// What a form asks for beside who acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Reason,
    Owner,
    To,
    Override,
    Parent,
    Into,
    Day,
    History,
    Promises,
}

/// Something that can be done about a client.
struct Deed {
    kind: Kind,
    /// As in the address of its door.
    name: &'static str,
    title: &'static str,
    says: &'static str,
    button: &'static str,
    asks: &'static [Asks],
}

const DEEDS: [Deed; 15] = [
    Deed {
        kind: Kind::Nominate,
        name: "nominate",
        title: "Propose it as a key account",
        says: "It needs as many points as it takes to stay one. Whoever the policy names says yes or no.",
        button: "Propose",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Approve,
        name: "approve",
        title: "Approve",
        says: "What waits gets its yes: a nomination becomes a key account, a review ends in release.",
        button: "Approve",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Veto,
        name: "veto",
        title: "Refuse",
        says: "What waits gets a no: a nomination ends, a review begins anew.",
        button: "Refuse",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Confirm,
        name: "confirm",
        title: "Confirm the status",
        says: "It was looked at again and stays. The time until the next confirmation begins anew.",
        button: "Confirm",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Override,
        name: "override",
        title: "Override the status",
        says: "It stands over what the policy says, for a time. What the policy says stays on record beside it.",
        button: "Override",
        asks: &[Asks::Override, Asks::Reason],
    },
    Deed {
        kind: Kind::EndOverride,
        name: "end-override",
        title: "End the override",
        says: "From today on the policy alone counts.",
        button: "End it",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Assign,
        name: "assign",
        title: "Give it an account manager",
        says: "Nobody looks after it yet.",
        button: "Assign",
        asks: &[Asks::Owner],
    },
    Deed {
        kind: Kind::Claim,
        name: "claim",
        title: "Claim it",
        says: "You say that the client is yours. The director is told and rules.",
        button: "Claim",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::Rule,
        name: "rule",
        title: "Rule whose it is",
        says: "All claims are answered by it. The ruling is a precedent that can be searched.",
        button: "Rule",
        asks: &[Asks::Owner, Asks::History, Asks::Reason],
    },
    Deed {
        kind: Kind::HandOver,
        name: "hand-over",
        title: "Hand it over",
        says: "Everybody who works there and every contract that runs pass over with it.",
        button: "Hand over",
        asks: &[Asks::To, Asks::Promises, Asks::Reason],
    },
    Deed {
        kind: Kind::Parent,
        name: "parent",
        title: "Say to whom it belongs",
        says: "Look for the organisation directly above it.",
        button: "It belongs to that one",
        asks: &[Asks::Parent, Asks::Day],
    },
    Deed {
        kind: Kind::Merge,
        name: "merge",
        title: "Merge it into another",
        says: "It is the same client as another. Both histories count as one from then on, and it can be undone.",
        button: "Merge",
        asks: &[Asks::Into, Asks::Reason],
    },
    Deed {
        kind: Kind::Unmerge,
        name: "unmerge",
        title: "Undo the merge",
        says: "They are two clients after all. Each has its own history again.",
        button: "Undo the merge",
        asks: &[Asks::Reason],
    },
    Deed {
        kind: Kind::HoldReview,
        name: "review",
        title: "Record an account review",
        says: "It was held with the client.",
        button: "Record",
        asks: &[Asks::Day],
    },
    Deed {
        kind: Kind::UpdatePlan,
        name: "plan",
        title: "Record that the account plan is up to date",
        says: "It was written or brought up to date.",
        button: "Record",
        asks: &[Asks::Day],
    },
];

impl Deed {
    fn of(name: &str) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.name == name)
    }

    fn asks(&self, what: Asks) -> bool {
        self.asks.contains(&what)
    }
}

/// A link to the form of an act.
pub(super) struct ActLink {
    pub(super) href: String,
    pub(super) name: &'static str,
}

/// What the page of a client offers: what waits for somebody, and everything else.
#[derive(Default)]
pub(super) struct Offered {
    pub(super) waiting: Vec<ActLink>,
    pub(super) others: Vec<ActLink>,
}

/// What can be done about a client as it stands; nothing about the past.
pub(super) fn offered(desk: &Desk, view: &AccountView) -> Offered {
    let before = Beforehand::of(desk, view.row.id, view.clocks.as_of);
    let Some(before) = before.ok().filter(|_| !view.clocks.past) else {
        return Offered::default();
    };
    let link = |kind: Kind, words: &'static str| {
        let deed = DEEDS.iter().find(|deed| deed.kind == kind)?;
        before.allows(kind).ok()?;
        Some(ActLink { href: format!("/accounts/{}/acts/{}", view.row.id, deed.name), name: words })
    };
    let course = view.why.course.as_ref();
    let overridden = course.is_some_and(|course| course.overridden.is_some());
    let disputed = !view.claims.is_empty() || view.alerts.iter().any(|it| it.group == "ownership");
    let lapsed = course.is_some_and(|it| it.review_because.as_deref() == Some("not confirmed"));
    let presses = lapsed && !overridden;
    let waiting = [
        (presses, Kind::Confirm, "Confirm"),
        (true, Kind::Approve, "Approve"),
        (true, Kind::Veto, "Refuse"),
    ];
    let others = [
        (!overridden, Kind::Nominate, "Propose as a key account"),
        (!presses, Kind::Confirm, "Confirm the status"),
        (!overridden, Kind::Override, "Override the status"),
        (true, Kind::EndOverride, "End the override"),
        (disputed, Kind::Rule, "Rule whose it is"),
        (true, Kind::Assign, "Give an account manager"),
        (view.row.owner.is_some(), Kind::HandOver, "Hand over"),
        (true, Kind::Claim, "Claim it"),
        (true, Kind::HoldReview, "Review held"),
        (true, Kind::UpdatePlan, "Plan brought up to date"),
        (true, Kind::Parent, "Say to whom it belongs"),
        (true, Kind::Merge, "Merge into another"),
    ];
    let links = |offers: &[(bool, Kind, &'static str)]| {
        let sensible = offers.iter().filter(|(sensible, ..)| *sensible);
        sensible.filter_map(|(_, kind, words)| link(*kind, words)).collect()
    };
    Offered { waiting: links(&waiting), others: links(&others) }
}

/// Another account that may be meant.
struct Found {
    id: AccountId,
    name: String,
    about: String,
    /// Why it cannot be named.
    refused: Option<String>,
}

#[derive(Template)]
#[template(path = "act.html")]
struct ActPage {
    frame: Frame,
    id: AccountId,
    name: String,
    back: String,
    deed: &'static Deed,
    /// Why it cannot be done whoever asks for it.
    refused: Option<String>,
    stands: String,
    whose: String,
    actors: Vec<(MemberId, String)>,
    colleagues: Vec<(MemberId, String)>,
    statuses: Vec<Choice>,
    today: Date,
    first: Date,
    last: Date,
    sought: String,
    found: Vec<Found>,
    cannot: Vec<Found>,
    stands_alone: bool,
}

/// The form of an act on a client.
pub(crate) async fn act(
    State(web): State<Web>,
    Path((text, name)): Path<(String, String)>,
    visit: Visit,
) -> Page {
    visit.allow(&["q"])?;
    if visit.clocks.day()?.is_some() || visit.clocks.known_at.is_some() {
        return Err(PageError::Bad("Nothing can be done about the past.".to_owned()));
    }
    let deed = Deed::of(&name)
        .ok_or_else(|| PageError::NotFound("There is no such act on a client.".to_owned()))?;
    let parsed: AccountId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let id = web.model.account_id(&text).unwrap_or(parsed);
    let now = web.now().await?;
    let Some(account) = now.desk.told_account(id) else {
        let words = "There is no such account. Search for it by name.";
        return Err(PageError::NotFound(words.to_owned()));
    };
    let today = now.clocks.as_of;
    let name = account.name_on(today);
    let frame = Frame::now(deed.title, Section::Portfolio, &visit, &web, &now.portfolio);
    let sought = visit.get("q").unwrap_or_default().to_owned();
    let stands = view::explain(&now.desk, id, now.clocks.clone());
    let before = Beforehand::of(&now.desk, id, today)
        .map_err(|refusal| PageError::NotFound(said(&refusal)))?;
    let refused = before.allows(deed.kind).err().map(|refusal| said(&refusal));
    let role = before.role(deed.kind);
    let mut actors = colleagues(&now.desk, role, today);
    actors.retain(|(member, _)| before.may_ask(deed.kind, *member).is_ok());
    let mut colleagues = colleagues(&now.desk, None, today);
    colleagues.retain(|(member, _)| before.may_get(deed.kind, *member).is_ok());
    let (found, cannot) = others(&web, &now.desk, &before, (deed, id), &sought, today)
        .into_iter()
        .partition(|found| found.refused.is_none());
    render(&ActPage {
        frame,
        id,
        name,
        back: format!("/accounts/{}", now.desk.survivor(id)),
        deed,
        refused,
        stands: stands.map_or_else(String::new, |why| why.sentence),
        whose: role.map_or_else(String::new, |role| role.words().to_owned()),
        actors,
        colleagues,
        statuses: statuses(),
        today,
        first: today.tomorrow().unwrap_or(today),
        last: today.saturating_add(MAX_OVERRIDE_YEARS.years()),
        found,
        cannot,
        sought,
        stands_alone: now.desk.parent_on(id, today).is_none(),
    })
}

/// Why an act is turned down, as a sentence.
fn said(refusal: &Refusal) -> String {
    crate::show::sentence(&refusal.to_string())
}

/// The field of a form that names the other account.
pub(crate) fn pick_field(merges: bool) -> &'static str {
    if merges { "into" } else { "parent" }
}

/// Everyone who is here, in a role where one is named, by name.
pub(super) fn colleagues(desk: &Desk, role: Option<Role>, today: Date) -> Vec<(MemberId, String)> {
    let firm = desk.firm();
    let here = firm.members().filter(|id| match role {
        Some(role) => firm.has_role(*id, role, today),
        None => firm.left_by(*id, today).is_none(),
    });
    let mut named: Vec<(MemberId, String)> =
        here.map(|id| (id, firm.member_name(id, today).to_owned())).collect();
    named.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    named.truncate(COLLEAGUES);
    named
}

/// The statuses that an override can give.
fn statuses() -> Vec<Choice> {
    let given = Status::ALL.into_iter().filter(|status| *status != Status::Nominated);
    given.map(|it| Choice::of(it.words(), crate::show::status_word(it), None)).collect()
}

/// Clients that a text may mean, the client itself left out.
fn others(
    web: &Web,
    desk: &Desk,
    before: &Beforehand<'_>,
    (deed, id): (&Deed, AccountId),
    sought: &str,
    today: Date,
) -> Vec<Found> {
    if sought.is_empty() {
        return Vec::new();
    }
    let small = sought.to_lowercase();
    let meant = web.model.account_id(sought);
    let survivor = desk.survivor(id);
    let mut found: Vec<Found> = Vec::new();
    for account in desk.accounts().filter(|account| account.id != survivor) {
        let name = view::account_name(desk, account.id, today);
        if meant != Some(account.id) && !name.to_lowercase().contains(&small) {
            continue;
        }
        let outside = account.external_ref().map(|(source, id)| format!("{source}:{id}"));
        let country = account.registered_on(today).and_then(|it| it.country.clone());
        let country = country.map(|country| country.to_string());
        let about: Vec<String> = [country, outside].into_iter().flatten().collect();
        let refused = before.may_join(deed.kind, account.id).err().map(|it| said(&it));
        found.push(Found { id: account.id, name, about: about.join(", "), refused });
        if found.len() == FOUND {
            break;
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    found
}
