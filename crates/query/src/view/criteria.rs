//! The criteria of a policy in words: the rule, the figure, and what it rests on.

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::Client;
use linchpin_domain::fact::{ContractKind, Level};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{
    Assessment, Criterion, CriterionAssessment, Grade, Measure, Predicate, Scope,
};
use rust_decimal::prelude::ToPrimitive;

use super::contracts::kind_words;
use super::{CriterionView, Evidence, UsedFigure};
use crate::words;

/// Facts named as evidence of one thing at most.
pub(super) const MAX_EVIDENCE: usize = 100;

/// Every criterion of an assessment, in the order of the policy.
pub(super) fn criteria(client: &Client<'_>, assessment: &Assessment) -> Vec<CriterionView> {
    let pairs = assessment.policy.criteria.iter().zip(&assessment.criteria);
    pairs.map(|(criterion, assessed)| one(client, assessment, criterion, assessed)).collect()
}

fn one(
    client: &Client<'_>,
    assessment: &Assessment,
    criterion: &Criterion,
    assessed: &CriterionAssessment,
) -> CriterionView {
    let mut evidence = assessed.evidence.clone();
    if criterion.scope == Scope::Group {
        // The facts of one account come after those of another.
        evidence.sort_by_key(|(_, at)| *at);
    }
    let newest = evidence.iter().rev().take(MAX_EVIDENCE);
    CriterionView {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        rule: rule(criterion, Some(client.firm().currency())),
        scope: scope(criterion).to_owned(),
        sufficient: criterion.sufficient,
        required: criterion.required,
        weight: weight(criterion, assessed),
        figure: figure(client, criterion, assessed, assessment.day),
        value: exact(assessed),
        uses: uses(client, assessment, criterion),
        points: assessed.result.points,
        out_of: assessed.result.out_of,
        why: criterion.why.clone(),
        changes_on: assessed.changes_on,
        evidence_count: assessed.evidence.len(),
        evidence: newest.map(|(id, at)| Evidence { id: *id, position: Some(*at) }).collect(),
    }
}

/// Whose facts a criterion looks at, in a word.
pub(super) fn scope(criterion: &Criterion) -> &'static str {
    if criterion.scope == Scope::Group { "group" } else { "account" }
}

fn exact(assessed: &CriterionAssessment) -> Option<String> {
    assessed.result.value.map(|value| value.normalize().to_string())
}

/// What it means for a client that a criterion is enough by itself or asked of everybody.
fn weight(criterion: &Criterion, assessed: &CriterionAssessment) -> Option<String> {
    let all = assessed.result.points == criterion.points;
    let none = assessed.result.points == 0;
    let enough = criterion.sufficient.then_some(if all {
        "All its points are enough by themselves, and they are there."
    } else {
        "All its points would be enough by themselves."
    });
    let asked = criterion.required.then_some(if none {
        "Nobody is a key account without a point from it, and there is none."
    } else {
        "Nobody is a key account without a point from it."
    });
    let said: Vec<&str> = [enough, asked].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The figures that a custom criterion used, in the order in which it names them.
fn uses(client: &Client<'_>, assessment: &Assessment, criterion: &Criterion) -> Vec<UsedFigure> {
    let Some(when) = &criterion.when else { return Vec::new() };
    let pairs = || assessment.policy.criteria.iter().zip(&assessment.criteria);
    let used = |name: &str| {
        let (criterion, assessed) = pairs().find(|(criterion, _)| {
            !criterion.measure.is_derived() && Predicate::name_of(&criterion.id) == name
        })?;
        Some(UsedFigure {
            name: name.to_owned(),
            criterion: criterion.id.clone(),
            figure: figure(client, criterion, assessed, assessment.day),
            value: exact(assessed),
        })
    };
    when.names_used().filter_map(used).collect()
}

/// The rule in words: `€50,000 to €400,000 in 12 months`; without a currency where there is no firm
/// yet whose it would be.
pub(super) fn rule(criterion: &Criterion, currency: Option<Currency>) -> String {
    if let Some(when) = &criterion.when {
        return format!("where {}", when.text());
    }
    let asked = threshold(criterion, currency);
    match criterion.scope {
        Scope::Account => asked,
        Scope::Group => format!("{asked}, of the whole group"),
    }
}

fn threshold(criterion: &Criterion, currency: Option<Currency>) -> String {
    let of = subject(criterion);
    let amount = |of: Decimal| match currency {
        Some(currency) => words::money(of, currency),
        None => words::grouped(&of.round().to_string()),
    };
    let window = match criterion.window_days {
        0 => String::new(),
        days => format!(" in {}", window(days)),
    };
    let range = match criterion.grade {
        Grade::AtLeast(least) if criterion.measure.is_money() => {
            format!("at least {}", amount(least))
        }
        Grade::Range { from, to } if criterion.measure.is_money() => {
            format!("{} to {}", amount(from), amount(to))
        }
        Grade::Range { from, to } if criterion.measure == Measure::Judgement => {
            format!("a judgement of {} to {}", words::figure(from), words::figure(to))
        }
        Grade::AtLeast(least) if criterion.measure == Measure::Judgement => {
            format!("a judgement of at least {}", words::figure(least))
        }
        Grade::AtLeast(least) if least == Decimal::ONE => {
            return format!("at least one {}{window}", of.0);
        }
        Grade::AtLeast(least) => format!("at least {} {}", words::figure(least), of.1),
        Grade::Range { from, to } => {
            format!("{} to {} {}", words::figure(from), words::figure(to), of.1)
        }
    };
    format!("{range}{window}")
}

/// What one and several of the things measured are called.
fn subject(criterion: &Criterion) -> (String, String) {
    let words = |one: &str, many: &str| (one.to_owned(), many.to_owned());
    match criterion.measure {
        Measure::Revenue | Measure::Profit | Measure::Judgement => words("", ""),
        Measure::Engagements => words("engagement", "engagements"),
        Measure::Interactions => words("meeting, call or mail", "meetings, calls and mails"),
        Measure::Referrals => words("referral", "referrals"),
        Measure::Feedback => words("of 10", "of 10 on average"),
        Measure::Contracts => {
            let kind = kind_words(criterion.contract.unwrap_or(ContractKind::Other));
            (format!("{kind} in force"), format!("{kind}s in force"))
        }
        Measure::ActiveContacts => words("contact", "contacts"),
        Measure::LevelsReached => words("level reached", "levels reached"),
        Measure::DecisionMakers => words("decision maker", "decision makers"),
        Measure::TenureYears => words("year", "years"),
        Measure::ActiveMonths => words("month with work", "months with work"),
        Measure::WorkInHand => words("engagement in hand", "engagements in hand"),
        Measure::ColleaguesInvolved => words("colleague in touch", "colleagues in touch"),
        Measure::AccountReviews => words("account review", "account reviews"),
        Measure::PlanUpdates => words("update of the account plan", "updates of the account plan"),
        Measure::BuyingRolesReached => words("buying role reached", "buying roles reached"),
        Measure::Custom => words("", ""),
    }
}

/// A window's length: `12 months` for 365 days, else in days.
pub(super) fn window(days: i32) -> String {
    match days {
        365 | 366 => "12 months".to_owned(),
        730 | 731 => "24 months".to_owned(),
        1095 | 1096 => "36 months".to_owned(),
        days => format!("{days} days"),
    }
}

/// The figure in words.
pub(super) fn figure(
    client: &Client<'_>,
    criterion: &Criterion,
    assessed: &CriterionAssessment,
    day: Date,
) -> String {
    let Some(value) = assessed.result.value else { return missing(criterion).to_owned() };
    let currency = client.firm().currency();
    let whole = value.to_u64().unwrap_or(0);
    match criterion.measure {
        Measure::Revenue | Measure::Profit => words::money(value, currency),
        Measure::Engagements => some(whole, "engagement", "engagements"),
        Measure::Interactions => some(whole, "meeting, call or mail", "meetings, calls and mails"),
        Measure::Referrals => some(whole, "referral", "referrals"),
        Measure::Feedback => format!("{} of 10", words::figure(value)),
        Measure::Judgement => format!("{} of 5", words::figure(value)),
        Measure::Contracts => {
            let kind = kind_words(criterion.contract.unwrap_or(ContractKind::Other));
            some(whole, kind, &format!("{kind}s"))
        }
        Measure::ActiveContacts if whole == 0 => "nobody yet".to_owned(),
        Measure::ActiveContacts => some(whole, "contact", "contacts"),
        Measure::DecisionMakers if whole == 0 => "nobody yet".to_owned(),
        Measure::DecisionMakers => some(whole, "decision maker", "decision makers"),
        Measure::LevelsReached => levels(&missing_levels(client, criterion.scope, day)),
        Measure::ActiveMonths => some(whole, "month with work", "months with work"),
        Measure::WorkInHand => some(whole, "engagement in hand", "engagements in hand"),
        Measure::ColleaguesInvolved => some(whole, "colleague in touch", "colleagues in touch"),
        Measure::AccountReviews => some(whole, "account review", "account reviews"),
        Measure::PlanUpdates => some(whole, "update of the plan", "updates of the plan"),
        Measure::BuyingRolesReached => some(whole, "buying role", "buying roles"),
        Measure::Custom => if whole == 0 { "does not hold" } else { "holds" }.to_owned(),
        Measure::TenureYears if whole == 0 => "less than a year".to_owned(),
        Measure::TenureYears => some(whole, "year", "years"),
    }
}

fn some(number: u64, one: &str, many: &str) -> String {
    if number == 0 { "none yet".to_owned() } else { words::count(number, one, many) }
}

/// Why there is no figure.
fn missing(criterion: &Criterion) -> &'static str {
    match criterion.measure {
        Measure::Revenue => "an exchange rate is missing",
        Measure::Profit => "a cost or an exchange rate is missing",
        Measure::Feedback => "nobody has answered yet",
        Measure::Judgement => "nobody has judged it yet",
        Measure::TenureYears => "no business yet",
        Measure::Engagements
        | Measure::Interactions
        | Measure::Referrals
        | Measure::Contracts
        | Measure::ActiveContacts
        | Measure::LevelsReached
        | Measure::DecisionMakers
        | Measure::ActiveMonths
        | Measure::WorkInHand
        | Measure::ColleaguesInvolved
        | Measure::AccountReviews
        | Measure::PlanUpdates
        | Measure::BuyingRolesReached => "nothing told yet",
        Measure::Custom => "a figure that it asks for is missing",
    }
}

/// `3 of 4 levels, no executive`.
fn levels(missing: &[Level]) -> String {
    match missing.len() {
        0 => format!("all {} levels", words::number(Level::ALL.len() as u64)),
        none if none == Level::ALL.len() => "no level yet".to_owned(),
        many => {
            let names: Vec<String> = missing.iter().map(|level| level.words().to_owned()).collect();
            let reached = Level::ALL.len() - many;
            format!("{reached} of {} levels, no {}", Level::ALL.len(), names.join(" or "))
        }
    }
}

/// Levels at which nobody is known, highest first.
pub(super) fn missing_levels(client: &Client<'_>, scope: Scope, day: Date) -> Vec<Level> {
    let accounts: Vec<&Account> = match scope {
        Scope::Account => vec![client.account()],
        Scope::Group => client.group_on(day),
    };
    let contacts = accounts.iter().flat_map(|account| account.active_contacts(day));
    let known: Vec<Level> = contacts.filter_map(|contact| contact.picture.level).collect();
    Level::ALL.into_iter().filter(|level| !known.contains(level)).collect()
}
