//! What people ruled and what waits for them, in plain sentences: rulings on a status, hand-overs,
//! merges, and the alerts about them.

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::MemberId;
use linchpin_domain::ownership::{Case as OwnershipCase, case_on};
use linchpin_domain::policy::{Status, Track};

use super::alerts::Case;
use super::fact_words::{Names, possessive};
use super::people;
use crate::words;

/// What a fact about a ruling, a hand-over, a group or the care for a client says.
pub(super) fn fact(names: &Names<'_>, fact: &Fact) -> Option<String> {
    let ruled = |by, verb: &str, reason: &str| format!("{} {verb}: “{reason}”", names.member(by));
    Some(match fact {
        Fact::StatusNominated(it) => ruled(it.by, "proposed it as a key account", &it.reason),
        Fact::StatusApproved(it) => ruled(it.by, "approved", &it.reason),
        Fact::StatusVetoed(it) => ruled(it.by, "refused", &it.reason),
        Fact::StatusConfirmed(it) => ruled(it.by, "confirmed the status", &it.reason),
        Fact::StatusOverridden(it) => {
            let until = names.date(it.expires);
            let verb = format!("made it {} by override until {until}", it.to.words());
            ruled(it.by, &verb, &it.reason)
        }
        Fact::OverrideEnded(it) => ruled(it.by, "ended the override", &it.reason),
        Fact::OwnerHandedOver(it) => {
            let from =
                it.from.map_or_else(String::new, |from| format!(" from {}", names.member(from)));
            format!("Handed over{from} to {}: “{}”{}", names.member(it.to), it.reason, passed(it))
        }
        Fact::ReviewHeld(it) => format!("Account review held by {}.", names.member(it.by)),
        Fact::PlanUpdated(it) => {
            format!("Account plan brought up to date by {}.", names.member(it.by))
        }
        Fact::AccountsMerged(it) => {
            let (one, other) = names.two_accounts(it.account, it.into);
            format!("{one} is the same client as {other}: “{}”", it.reason)
        }
        Fact::AccountsUnmerged(it) => {
            let (one, other) = names.two_accounts(it.account, it.from);
            format!("{one} is another client than {other} after all: “{}”", it.reason)
        }
        Fact::SuggestionDismissed(it) => {
            let other = names.account(it.other);
            let by = it.by.map_or_else(String::new, |by| format!("{}: ", names.member(by)));
            let why = it.reason.as_ref().map_or_else(String::new, |why| format!(" “{why}”"));
            format!("{by}neither the same client as {other} nor of its group.{why}")
        }
        Fact::MemberLeft(it) => format!("{} leaves the firm.", names.member(it.member)),
        _ => return None,
    })
}

fn passed(it: &linchpin_domain::fact::OwnerHandedOver) -> String {
    let count =
        |number: usize, one, many| (number > 0).then(|| words::count(number as u64, one, many));
    let parts: Vec<String> = [
        count(it.contacts.len(), "contact", "contacts"),
        count(it.contracts.len(), "contract", "contracts"),
        count(it.promises.len(), "promise", "promises"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { String::new() } else { format!(" With it go {}.", words::list(&parts)) }
}

/// The headline of an alert that two colleagues work a client or its group.
pub(super) fn worked_by_two(case: &Case<'_>) -> String {
    let mut names = case.subject.members.iter();
    let name =
        |id: &linchpin_domain::id::MemberId| people::member_name(case.desk, *id, case.clocks.as_of);
    let by = names.next().map_or_else(|| "A colleague".to_owned(), name);
    let others: Vec<String> = names.map(name).collect();
    let whose: Vec<String> = others.iter().map(|name| possessive(name)).collect();
    format!("{by} brought in work here; the client or its group is {}", words::list(&whose))
}

/// Why two colleagues at one client need a ruling, and what the policy says.
pub(super) fn worked_by_two_why(case: &Case<'_>) -> String {
    let Some(client) = case.desk.client(case.account.id) else { return String::new() };
    let found = case_on(&client, case.clocks.as_of);
    let mut said = work_before(case.desk, &found, case.clocks.as_of);
    said.push(policy_says(&found));
    said.join(" ")
}

/// A case of ownership in sentences: the work before it, and what it is like.
pub(super) fn case_sentences(desk: &Desk, case: &OwnershipCase, as_of: Date) -> Vec<String> {
    let mut said = work_before(desk, case, as_of);
    if said.is_empty() {
        said.push("Nobody had worked the client or its group before.".to_owned());
    }
    if case.like.key {
        said.push("The client or its group is a key account.".to_owned());
    }
    said
}

fn work_before(desk: &Desk, case: &OwnershipCase, as_of: Date) -> Vec<String> {
    let day = |day| words::date(day, as_of);
    let brought = |by: Option<MemberId>| {
        by.map_or_else(String::new, |by| format!(", by {}", people::member_name(desk, by, as_of)))
    };
    let own = case.own_work.as_ref().map(|(source, by)| {
        format!("Work for the client itself was last begun on {}{}.", day(source.day), brought(*by))
    });
    let group = case.group_work.as_ref().map(|(id, source, by)| {
        let name = people::account_name(desk, *id, as_of);
        format!(
            "Work for {name} of the same group was last begun on {}{}.",
            day(source.day),
            brought(*by)
        )
    });
    own.into_iter().chain(group).collect()
}

/// What the policy says of a case of ownership.
pub(super) fn policy_says(case: &OwnershipCase) -> String {
    let Some(rules) = case.rules else {
        return "The policy says nothing of ownership.".to_owned();
    };
    if case.earlier_work_counts {
        return "By the policy that work still gives a claim.".to_owned();
    }
    let history = if rules.parent_history_counts { "counts" } else { "does not count" };
    format!(
        "By the policy nobody has a claim from earlier work: work older than {} gives none, and a \
         parent’s history {history}.",
        words::count(rules.dormant_after_days.unsigned_abs().into(), "day", "days")
    )
}

/// What a case was like, in the points by which cases are compared.
pub(super) fn likeness(case: &OwnershipCase) -> String {
    let like = &case.like;
    let parts = [
        if like.in_group { "part of a group" } else { "in no group" },
        if like.new_to_us { "not worked before" } else { "worked before" },
        if like.dormant { "no earlier work that counts" } else { "earlier work that counts" },
        if like.key { "a key account in it" } else { "no key account in it" },
    ];
    words::capital(&parts.join(", "))
}

/// The headline of an alert about a status that waits for somebody.
pub(super) fn waiting(case: &Case<'_>) -> String {
    match status(case) {
        Status::UnderReview => "Its grace period is over: release it or not".to_owned(),
        _ => "Nominated as a key account: approve or refuse".to_owned(),
    }
}

/// Why it waits.
pub(super) fn waiting_why(case: &Case<'_>) -> String {
    let as_of = case.clocks.as_of;
    let policy = case.desk.firm().policy_on(as_of).map(|(_, policy)| policy.clone());
    let role = policy.and_then(|policy| policy.approval).map(|approval| approval.role.words());
    let role = role.unwrap_or("nobody");
    format!("Since {}. The policy asks for the {role}.", words::date(case.day, as_of))
}

/// The headline of an alert about a status that lapses.
pub(super) fn lapsing(case: &Case<'_>) -> String {
    format!("Its key status lapses on {}", words::date(case.day, case.clocks.as_of))
}

/// Why it lapses.
pub(super) fn lapsing_why(case: &Case<'_>) -> String {
    let as_of = case.clocks.as_of;
    let client = case.desk.client(case.account.id);
    let track = client.and_then(|client| Track::follow(&client, as_of, &mut |_| {}));
    let course = track.as_ref().map(Track::course);
    let since = match course.map(|course| (course.confirmed_on(), course.key_since)) {
        Some((Some(day), _)) => format!("Last confirmed {}. ", words::date(day, as_of)),
        Some((None, Some(day))) => {
            format!("Key since {} and not confirmed since. ", words::date(day, as_of))
        }
        Some((None, None)) | None => String::new(),
    };
    format!("{since}Unless it is confirmed in time it goes under review.")
}

fn status(case: &Case<'_>) -> Status {
    let client = case.desk.client(case.account.id);
    let track = client.and_then(|client| Track::follow(&client, case.clocks.as_of, &mut |_| {}));
    track.map_or(Status::Standard, |track| track.standing().status)
}
