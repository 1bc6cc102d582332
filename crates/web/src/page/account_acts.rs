//! What can be done about a client, and what its page offers of it.
//!
//! What can be asked of a client is judged by what judges the act itself, so that nothing is
//! offered that the door turns down for a reason known beforehand.

use linchpin_domain::act::{Beforehand, Kind};
use linchpin_domain::desk::Desk;
use linchpin_query::view::AccountView;

/// What a form asks for beside who acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Reason,
    Owner,
    To,
    Override,
    Parent,
    Into,
    Day,
    Judgement,
    History,
    Promises,
}

/// Something that can be done about a client.
pub(super) struct Deed {
    pub(super) kind: Kind,
    /// As in the address of its door.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) says: &'static str,
    pub(super) button: &'static str,
    asks: &'static [Asks],
}

const DEEDS: [Deed; 16] = [
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
        kind: Kind::Judge,
        name: "judge",
        title: "Judge it",
        says: "What one of us thinks of it, for a time. It counts where the policy has points for it, and the newest counts.",
        button: "Judge",
        asks: &[Asks::Judgement, Asks::Reason],
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
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.name == name)
    }

    pub(super) fn asks(&self, what: Asks) -> bool {
        self.asks.contains(&what)
    }
}

/// What an act on a client is called, by the last part of the address of its door.
pub(crate) fn deed_title(name: &str) -> Option<&'static str> {
    Deed::of(name).map(|deed| deed.title)
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
        (true, Kind::Judge, "Judge it"),
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
