//! Wording that templates share.

use std::cmp::Ordering;

use jiff::Span;
use jiff::civil::{Date, Weekday};
use linchpin_domain::alert::MAX_SNOOZE_DAYS;
use linchpin_domain::decision::Severity;
use linchpin_domain::fact::{ContractKind, InteractionKind, Role};
use linchpin_query::view::{AlertView, ContactView, ContractView, InteractionView};

use crate::show;

/// An alert's place on a page: its id, or its key where it was never raised.
pub(crate) fn alert_anchor(alert: &AlertView) -> String {
    match alert.id {
        Some(id) => id.to_string(),
        None => {
            alert.key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
        }
    }
}

/// Whether it cannot wait.
pub(crate) fn urgent(alert: &AlertView) -> bool {
    alert.severity == Severity::Now && alert.state == "open"
}

/// `In 13 days`; what was due and is past is late, what happened is ago.
pub(crate) fn alert_when(alert: &AlertView) -> String {
    match alert.days_left {
        days if days < 0 && alert.lead_days.is_some() => {
            let late = days.unsigned_abs();
            if late == 1 { "1 day late".to_owned() } else { format!("{late} days late") }
        }
        days => show::when(days),
    }
}

/// The order of a list: what cannot wait first; then deadlines, the nearest first; then news, the
/// newest first.
pub(crate) fn urgency(a: &AlertView, b: &AlertView) -> Ordering {
    let news = |alert: &AlertView| alert.lead_days.is_none();
    let by_day = || if news(a) { b.day.cmp(&a.day) } else { a.day.cmp(&b.day) };
    let kind = (a.severity, news(a)).cmp(&(b.severity, news(b)));
    kind.then_with(by_day).then_with(|| a.key.cmp(&b.key))
}

/// Days to which an alert may be put off by one press.
pub(crate) fn snooze_days(today: &Date) -> Vec<(String, String)> {
    let tomorrow = today.saturating_add(Span::new().days(1));
    let mut days = vec![(tomorrow.to_string(), "Until tomorrow".to_owned())];
    if let Ok(monday) = today.nth_weekday(1, Weekday::Monday).map(|day| day.to_string())
        && monday != tomorrow.to_string()
    {
        days.push((monday, "Until Monday".to_owned()));
    }
    let fortnight = today.saturating_add(Span::new().days(14));
    days.push((fortnight.to_string(), "For two weeks".to_owned()));
    days
}

/// The first day to which an alert may be put off.
pub(crate) fn tomorrow(today: &Date) -> Date {
    today.saturating_add(Span::new().days(1))
}

/// The last day to which an alert may be put off.
pub(crate) fn latest_snooze(today: &Date) -> Date {
    today.saturating_add(Span::new().days(MAX_SNOOZE_DAYS))
}

/// `known 17 days later`.
pub(crate) fn late(days: i32) -> String {
    format!("known {} later", show::count(usize::try_from(days).unwrap_or(0), "day", "days"))
}

/// A role of ours in a word.
pub(crate) fn role_short(role: &Role) -> &'static str {
    match role {
        Role::AccountManager => "Manager",
        Role::Director => "Director",
        Role::Sponsor => "Sponsor",
        Role::Operations => "Operations",
    }
}

/// `Director, champion`; what nobody has told is left out.
pub(crate) fn contact_role(contact: &ContactView) -> String {
    let level = contact.level.map(|level| show::capital(level.words()));
    let role = contact.role.map(|role| role.words().to_owned());
    match (level, role) {
        (Some(level), Some(role)) => format!("{level}, {role}"),
        (Some(level), None) => level,
        (None, Some(role)) => show::capital(&role),
        (None, None) => "Role not told".to_owned(),
    }
}

/// `Call with Jane Doe by Maija Meikäläinen.`
pub(crate) fn interaction(talk: &InteractionView) -> String {
    let mut words = match talk.kind {
        InteractionKind::Meeting => "Meeting",
        InteractionKind::Call => "Call",
        InteractionKind::Mail => "Mail",
    }
    .to_owned();
    if let Some(contact) = &talk.contact {
        words.push_str(&format!(" with {contact}"));
    }
    if let Some(by) = &talk.by {
        words.push_str(&format!(", {by}"));
    }
    words + "."
}

/// A kind of contract in words.
pub(crate) fn contract_kind(kind: &ContractKind) -> &'static str {
    match kind {
        ContractKind::Framework => "framework agreement",
        ContractKind::Retainer => "retainer",
        ContractKind::Exclusivity => "exclusivity",
        ContractKind::RateCard => "rate card",
        ContractKind::Other => "other contract",
    }
}

/// A label for a day that is near: how far it is, and how urgent that looks.
pub(crate) fn near(day: &Date, today: &Date) -> Option<(&'static str, String)> {
    let days = today.until(*day).map_or(i32::MAX, |span| span.get_days());
    match days {
        ..0 => None,
        0..=14 => Some(("now", show::when(days).to_lowercase())),
        15..=60 => Some(("soon", show::when(days).to_lowercase())),
        _ => None,
    }
}

/// What comes at the end of a contract's term.
pub(crate) fn contract_then(contract: &ContractView, today: &Date) -> String {
    let end = show::day(&contract.end);
    match contract.auto_renewal_months {
        _ if contract.state == "notice given" => format!("Ends {end}, notice given"),
        _ if contract.end < *today && !contract.in_force => format!("Ended {end}"),
        Some(12) => format!("Renews for a year after {end}"),
        Some(months) => {
            let months = show::count(usize::from(months), "month", "months");
            format!("Renews for {months} after {end}")
        }
        None => format!("Ends {end}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn monday_is_offered_once() {
        let sunday = snooze_days(&date(2026, 11, 22));
        assert_eq!(sunday.len(), 2, "tomorrow is Monday: {sunday:?}");
        let tuesday = snooze_days(&date(2026, 11, 17));
        assert_eq!(tuesday[1], ("2026-11-23".to_owned(), "Until Monday".to_owned()));
    }

    #[test]
    fn near_days_are_labelled() {
        let today = date(2026, 11, 17);
        assert_eq!(near(&date(2026, 11, 30), &today), Some(("now", "in 13 days".to_owned())));
        assert_eq!(near(&date(2026, 11, 16), &today), None);
        assert_eq!(near(&date(2027, 11, 16), &today), None);
    }
}
