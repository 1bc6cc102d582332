//! What is the matter, why, and what hangs on it: each alert in plain sentences.

use jiff::civil::Date;
use linchpin_domain::account::{Contact, ContactEvent, ContactPicture, Terms};
use linchpin_domain::fact::BuyingRole;
use linchpin_domain::money::Decimal;
use linchpin_domain::policy::{Measure, assess, grade};
use linchpin_domain::watch::Kind;

use super::alerts::Case;
use super::contracts::{months, renews};
use super::portfolio::WINDOW_DAYS;
use super::row::brought;
use super::{people, rulings};
use crate::words;

/// The headline.
pub(super) fn title(case: &Case<'_>) -> String {
    match case.kind {
        Kind::ContactJoined => format!("{} has joined", name(case)),
        Kind::ContactLeft => match contact(case).and_then(|contact| contact.left_for) {
            Some(to) => format!("{} now works at {}", name(case), account(case, to)),
            None => format!("{} has left", name(case)),
        },
        Kind::ContactChanged => changed(case),
        Kind::DecisionMakerLost => match contact(case) {
            Some(contact) if contact.active => {
                format!("{} decides no more, and nobody else does", name(case))
            }
            _ => format!("{} has left: no decision maker is known any more", name(case)),
        },
        Kind::ContractNotice => {
            format!("{}: last day for notice is {}", contract_title(case), date(case, case.day))
        }
        Kind::ContractEnd => {
            let verb = if case.day < case.clocks.as_of { "ended" } else { "ends" };
            format!("{} {verb} on {}", contract_title(case), date(case, case.day))
        }
        Kind::OwnershipDisputed => claimed(case),
        Kind::WorkedByTwo => rulings::worked_by_two(case),
        Kind::ApprovalPending => rulings::waiting(case),
        Kind::ReassessmentDue => rulings::lapsing(case),
    }
}

/// The reason, in a sentence or two.
pub(super) fn why(case: &Case<'_>) -> String {
    match case.kind {
        Kind::ContactJoined => match contact(case).map(|contact| people::picture(&contact)) {
            Some(picture) if !picture.is_empty() => {
                format!("New since {}: {picture}.", date(case, case.day))
            }
            _ => format!(
                "New since {}. Title, level and role are not told yet.",
                date(case, case.day)
            ),
        },
        Kind::ContactLeft | Kind::DecisionMakerLost => was(case),
        Kind::ContactChanged => before_and_now(case),
        Kind::ContractNotice | Kind::ContractEnd => terms(case).map_or_else(
            || "The contract is no longer on record.".to_owned(),
            |terms| contract_why(case, &terms),
        ),
        Kind::OwnershipDisputed => grounds(case),
        Kind::WorkedByTwo => rulings::worked_by_two_why(case),
        Kind::ApprovalPending => rulings::waiting_why(case),
        Kind::ReassessmentDue => rulings::lapsing_why(case),
    }
}

/// What hangs on it, where that can be told.
pub(super) fn hangs(case: &Case<'_>) -> Option<String> {
    match case.kind {
        Kind::ContactJoined => None,
        Kind::ContactLeft | Kind::ContactChanged | Kind::DecisionMakerLost => {
            let score = score_moved(case);
            let revenue =
                year_revenue(case).filter(|_| case.kind != Kind::ContactChanged || score.is_some());
            join([revenue, score])
        }
        Kind::ContractNotice | Kind::ContractEnd => {
            join([contract_value(case), points_under(case)])
        }
        Kind::OwnershipDisputed
        | Kind::WorkedByTwo
        | Kind::ApprovalPending
        | Kind::ReassessmentDue => year_revenue(case),
    }
}

fn join(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn date(case: &Case<'_>, day: Date) -> String {
    words::date(day, case.clocks.as_of)
}

fn account(case: &Case<'_>, id: linchpin_domain::id::AccountId) -> String {
    people::account_name(case.desk, id, case.clocks.as_of)
}

fn contact(case: &Case<'_>) -> Option<Contact> {
    people::contact(case.account, case.desk, case.subject.contact?, case.clocks.as_of)
}

fn name(case: &Case<'_>) -> String {
    contact(case)
        .map_or_else(|| "a contact without a name".to_owned(), |contact| contact.name().to_owned())
}

fn terms(case: &Case<'_>) -> Option<Terms> {
    case.account.contract_on(case.subject.contract?, case.clocks.as_of)
}

fn contract_title(case: &Case<'_>) -> String {
    terms(case).map_or_else(|| "A contract".to_owned(), |terms| words::capital(&terms.title))
}

/// `Jan Kowalski is now HR director`, or what else became another.
fn changed(case: &Case<'_>) -> String {
    let name = name(case);
    match pictures(case) {
        Some((before, now)) if before.title != now.title && !now.title.is_empty() => {
            format!("{name} is now {}", now.title)
        }
        Some((before, now)) if before.role != now.role => match now.role {
            Some(role) => format!("{name} is now {}", people::with_article(role)),
            None => format!("{name} has no part in purchases any more"),
        },
        Some((before, now)) if before.level != now.level => match now.level {
            Some(level) => format!("{name} now stands at the level of {}", level.words()),
            None => format!("{name} has no level any more"),
        },
        _ => format!("{name} has changed"),
    }
}

/// The picture before the last change and after it.
fn pictures(case: &Case<'_>) -> Option<(ContactPicture, ContactPicture)> {
    let wanted = case.subject.contact?;
    let (_, line) = case.account.contact_lines().find(|(id, _)| *id == wanted)?;
    let mut before: Option<ContactPicture> = None;
    let mut found = None;
    for (_, event) in line.until(case.clocks.as_of) {
        match event {
            ContactEvent::Joined(now, _)
            | ContactEvent::Changed(now, _)
            | ContactEvent::Arrived(now, _) => {
                if let Some(before) = before.take().filter(|before| before != now) {
                    found = Some((before, now.clone()));
                }
                before = Some(now.clone());
            }
            ContactEvent::Left(_) => before = None,
            ContactEvent::Confirmed => {}
        }
    }
    found
}

fn before_and_now(case: &Case<'_>) -> String {
    let words = |picture: &ContactPicture| {
        let title = (!picture.title.is_empty()).then(|| picture.title.to_string());
        let level = picture.level.map(|level| level.words().to_owned());
        let role = picture.role.map(|role| role.words().to_owned());
        let parts: Vec<String> = [title, level, role].into_iter().flatten().collect();
        if parts.is_empty() { "nothing told".to_owned() } else { parts.join(", ") }
    };
    match pictures(case) {
        Some((before, now)) => format!(
            "Since {}. Before: {}. Now: {}.",
            date(case, case.day),
            words(&before),
            words(&now)
        ),
        None => format!("Since {}.", date(case, case.day)),
    }
}

/// Who they were, and what is missing without them.
fn was(case: &Case<'_>) -> String {
    let Some(contact) = contact(case) else {
        return "The contact is no longer on record.".to_owned();
    };
    let picture = people::picture(&contact);
    let known = date(case, contact.since);
    let mut why = if picture.is_empty() {
        format!("Known since {known}; title, level and role were never told.")
    } else {
        format!("{}. Known since {known}.", words::capital(&picture))
    };
    if contact.picture.role == Some(BuyingRole::DecisionMaker)
        || case.kind == Kind::DecisionMakerLost
    {
        why.push_str(match others_who_decide(case) {
            0 => " No decision maker is left.",
            _ => " Others who decide are still there.",
        });
    }
    why
}

fn others_who_decide(case: &Case<'_>) -> usize {
    let active = case.account.active_contacts(case.clocks.as_of);
    active.filter(|contact| contact.picture.role == Some(BuyingRole::DecisionMaker)).count()
}

fn contract_why(case: &Case<'_>, terms: &Terms) -> String {
    let end = date(case, terms.end);
    let follows = match terms.auto_renewal_months {
        Some(length) if renews(terms) => {
            format!("It renews by itself after {end}, for {}.", months(length))
        }
        _ if case.kind == Kind::ContractEnd => "It does not renew by itself.".to_owned(),
        _ => format!("It ends on {end} and does not renew by itself."),
    };
    let talks = match (terms.notice, terms.talks, terms.ended) {
        (_, _, Some(ended)) => format!("It was ended on {}.", date(case, ended)),
        (Some((_, day)), _, _) => format!("Notice was given on {}.", date(case, day)),
        (_, Some(day), _) => format!("Talks started on {}.", date(case, day)),
        (None, None, None) => "No talks are on record.".to_owned(),
    };
    format!("{follows} {talks}")
}

/// `Joe Bloggs and Maija Meikäläinen both claim this account`.
fn claimed(case: &Case<'_>) -> String {
    let names: Vec<String> = case
        .subject
        .members
        .iter()
        .map(|member| people::member_name(case.desk, *member, case.clocks.as_of))
        .collect();
    match names.len() {
        0 => "This account is claimed".to_owned(),
        1 => format!("{} claims this account", names[0]),
        2 => format!("{} both claim this account", words::list(&names)),
        _ => format!("{} all claim this account", words::list(&names)),
    }
}

fn grounds(case: &Case<'_>) -> String {
    let as_of = case.clocks.as_of;
    let owner = match case.account.owner_on(case.desk.firm(), as_of) {
        Some(owner) => {
            format!("Account manager: {}.", people::member_name(case.desk, owner, as_of))
        }
        None => "Account manager: nobody yet.".to_owned(),
    };
    let claims = case.account.open_claims(case.desk.firm(), as_of).into_iter().map(|claim| {
        let name = people::member_name(case.desk, claim.by, as_of);
        format!("{name}, {}: “{}”", date(case, claim.source.day), claim.reason)
    });
    std::iter::once(owner).chain(claims).collect::<Vec<_>>().join(" ")
}

fn year_revenue(case: &Case<'_>) -> Option<String> {
    let brought = brought(case.desk, case.account, case.clocks.as_of, WINDOW_DAYS);
    let revenue = brought.revenue.filter(|revenue| *revenue > Decimal::ZERO)?;
    Some(format!("{} in the last 12 months.", words::money(revenue, case.desk.firm().currency())))
}

fn contract_value(case: &Case<'_>) -> Option<String> {
    match terms(case)?.value_a_year {
        Some(value) => Some(format!("{} a year.", words::money(value.amount, value.currency))),
        None => year_revenue(case),
    }
}

/// The points that go when this contract is in force no more.
fn points_under(case: &Case<'_>) -> Option<String> {
    let terms = terms(case).filter(|terms| terms.in_force(case.clocks.as_of))?;
    let now = assess(&case.desk.client(case.account.id)?, case.clocks.as_of)?;
    let pairs = now.policy.criteria.iter().zip(&now.criteria);
    let lost: i64 = pairs
        .filter(|(criterion, _)| {
            criterion.measure == Measure::Contracts && criterion.contract == Some(terms.kind)
        })
        .map(|(criterion, assessed)| {
            let without = assessed.result.value.map(|value| value - Decimal::ONE);
            i64::from(assessed.result.points) - i64::from(grade(criterion, without))
        })
        .sum();
    (lost > 0).then(|| {
        let noun = if lost == 1 { "point hangs" } else { "points hang" };
        format!("{} {noun} on it.", words::capital(&words::number(lost.unsigned_abs())))
    })
}

/// What the day of a contact's change did to the score, as far as contacts give points.
fn score_moved(case: &Case<'_>) -> Option<String> {
    let client = case.desk.client(case.account.id)?;
    let before = assess(&client, case.day.yesterday().ok()?)?;
    let after = assess(&client, case.day)?;
    let by_contacts = |measure| {
        matches!(
            measure,
            Measure::ActiveContacts | Measure::LevelsReached | Measure::DecisionMakers
        )
    };
    let sum = |assessed: &linchpin_domain::policy::Assessment| -> i64 {
        let pairs = assessed.policy.criteria.iter().zip(&assessed.criteria);
        let points = pairs.filter(|(criterion, _)| by_contacts(criterion.measure));
        points.map(|(_, assessed)| i64::from(assessed.result.points)).sum()
    };
    let moved = sum(&after) - sum(&before);
    let points = if moved.abs() == 1 { "point" } else { "points" };
    (moved != 0).then(|| {
        let verb = if moved < 0 { "cost" } else { "brought" };
        format!("It {verb} {} {points}.", words::number(moved.unsigned_abs()))
    })
}
