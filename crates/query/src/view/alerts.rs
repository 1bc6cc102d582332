//! Alerts as readers are shown them: those recorded, and those a past day would have had.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use linchpin_domain::account::Account;
use linchpin_domain::alert::{Alert, AlertState};
use linchpin_domain::decision::{Recipient, Severity, Subject};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Position;
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::policy::Status;
use linchpin_domain::watch::{Kind, look};

use super::row::follow;
use super::{AlertView, Clocks, Evidence, alert_words, decision_words, people};
use crate::words;

/// Days for which a resolved alert is still listed.
pub const SETTLED_DAYS: i32 = 7;

/// One finding, recorded or computed.
pub(super) struct Case<'a> {
    pub desk: &'a Desk,
    pub account: &'a Account,
    pub clocks: &'a Clocks,
    pub kind: Kind,
    pub key: &'a str,
    pub rule: &'a str,
    pub severity: Severity,
    pub subject: &'a Subject,
    pub day: jiff::civil::Date,
    pub lead_days: Option<u16>,
    pub evidence: &'a [EntryId],
    pub to: Recipient,
    pub alert: Option<&'a Alert>,
}

/// Every alert to be shown on the day of `clocks`, the most urgent first.
///
/// Today these are the recorded ones that stand or were resolved within a week. On a past day
/// they are what the watch rules say was due, with what is recorded of each.
pub fn alert_list(desk: &Desk, clocks: Clocks) -> Vec<AlertView> {
    let mut found = Vec::new();
    let mut statuses = Statuses::default();
    if clocks.past {
        for account in desk.accounts().filter(|account| account.exists_on(clocks.as_of)) {
            found.extend(due(desk, account, &clocks, &mut statuses));
        }
    } else {
        let since = clocks.as_of.saturating_sub(SETTLED_DAYS.days());
        let listed = desk.alerts().iter().filter(|alert| match alert.state {
            AlertState::Resolved { at, .. } => desk.day_of(at) > since,
            _ => true,
        });
        let cases = listed.filter_map(|alert| recorded(desk, alert, &clocks));
        found.extend(cases.map(|case| view(&case, &mut statuses)));
    }
    sort(&mut found);
    found
}

/// The alerts of one account that stand on the day of `clocks`.
pub(super) fn standing(desk: &Desk, account: &Account, clocks: &Clocks) -> Vec<AlertView> {
    let mut statuses = Statuses::default();
    let mut found: Vec<AlertView> = if clocks.past {
        due(desk, account, clocks, &mut statuses)
    } else {
        let stands = desk.alerts().of(account.id).filter(|alert| alert.stands());
        let cases = stands.filter_map(|alert| recorded(desk, alert, clocks));
        cases.map(|case| view(&case, &mut statuses)).collect()
    };
    sort(&mut found);
    found
}

/// One recorded alert; `None` where its account is not known to the fold.
pub fn alert_view(desk: &Desk, alert: &Alert, clocks: &Clocks) -> Option<AlertView> {
    let case = recorded(desk, alert, clocks)?;
    Some(view(&case, &mut Statuses::default()))
}

/// The headline of a recorded alert as read at the clocks.
pub(super) fn headline(desk: &Desk, alert: &Alert, clocks: &Clocks) -> Option<String> {
    Some(alert_words::title(&recorded(desk, alert, clocks)?))
}

/// The status of each account that has been asked for: following one through the days is what
/// costs, and an account may have many alerts.
#[derive(Default)]
struct Statuses(BTreeMap<AccountId, Status>);

impl Statuses {
    fn of(&mut self, case: &Case<'_>) -> Status {
        let follow = || {
            let client = case.desk.client(case.account.id);
            client.map_or(Status::Standard, |client| follow(&client, case.clocks.as_of).status())
        };
        *self.0.entry(case.account.id).or_insert_with(follow)
    }
}

fn recorded<'a>(desk: &'a Desk, alert: &'a Alert, clocks: &'a Clocks) -> Option<Case<'a>> {
    let raised = &alert.raised;
    Some(Case {
        desk,
        account: desk.account(raised.account)?,
        clocks,
        kind: kind(desk, &raised.rule, &raised.subject, clocks),
        key: &raised.key,
        rule: &raised.rule,
        severity: raised.severity,
        subject: &raised.subject,
        day: raised.day,
        lead_days: raised.lead_days,
        evidence: &raised.evidence,
        to: alert.to,
        alert: Some(alert),
    })
}

fn due(desk: &Desk, account: &Account, clocks: &Clocks, statuses: &mut Statuses) -> Vec<AlertView> {
    let Some(client) = desk.client(account.id) else { return Vec::new() };
    let look = look(&client, clocks.as_of);
    let case = |(key, finding): (&String, &linchpin_domain::watch::Finding)| {
        let case = Case {
            desk,
            account,
            clocks,
            kind: kind(desk, &finding.rule, &finding.subject, clocks),
            key,
            rule: &finding.rule,
            severity: finding.severity,
            subject: &finding.subject,
            day: finding.day,
            lead_days: finding.lead_days,
            evidence: &finding.evidence,
            to: finding.to,
            alert: of_key(desk, account.id, key).map(Arc::as_ref),
        };
        view(&case, statuses)
    };
    look.due.iter().map(case).collect()
}

/// What a rule looks out for. One that is gone from the watchlist is told by its subject.
fn kind(desk: &Desk, rule: &str, subject: &Subject, clocks: &Clocks) -> Kind {
    let list = desk.firm().watchlist_on(clocks.as_of);
    let known = list.and_then(|(_, list)| list.rules.iter().find(|it| it.id == rule));
    match (known, subject.contract, subject.contact) {
        (Some(rule), _, _) => rule.kind,
        (None, Some(_), _) => Kind::ContractEnd,
        (None, None, Some(_)) => Kind::ContactChanged,
        (None, None, None) => Kind::OwnershipDisputed,
    }
}

fn sort(alerts: &mut [AlertView]) {
    let settled = |alert: &AlertView| alert.state == "resolved";
    let nearest = |alert: &AlertView| match alert.lead_days {
        Some(_) => (0, i64::from(alert.days_left)),
        None => (1, -i64::from(alert.days_left)),
    };
    alerts.sort_by(|a, b| {
        (settled(a), a.severity, nearest(a), &a.account_name, &a.key)
            .cmp(&(settled(b), b.severity, nearest(b), &b.account_name, &b.key))
            .then(Reverse(a.raised_at).cmp(&Reverse(b.raised_at)))
    });
}

fn view(case: &Case<'_>, statuses: &mut Statuses) -> AlertView {
    let as_of = case.clocks.as_of;
    let (state, state_words) = state(case);
    AlertView {
        id: case.alert.map(|alert| alert.raised.alert),
        key: case.key.to_owned(),
        rule: case.rule.to_owned(),
        account: case.account.id,
        account_name: people::account_name(case.desk, case.account.id, as_of),
        account_status: statuses.of(case),
        severity: case.severity,
        title: alert_words::title(case),
        why: alert_words::why(case),
        hangs: alert_words::hangs(case),
        group: group(case.kind).to_owned(),
        day: case.day,
        lead_days: case.lead_days,
        days_left: words::days_between(as_of, case.day),
        to: told(case),
        to_member: case.to.member,
        passed_on: passed_on(case),
        state: state.to_owned(),
        state_words,
        raised_at: case.alert.map(|alert| alert.at),
        position: case.alert.map(|alert| alert.position),
        contract: case.subject.contract,
        evidence: evidence(case),
    }
}

fn group(kind: Kind) -> &'static str {
    match kind {
        Kind::ContactJoined
        | Kind::ContactLeft
        | Kind::ContactChanged
        | Kind::DecisionMakerLost => "contacts",
        Kind::ContractNotice | Kind::ContractEnd => "renewals",
        Kind::OwnershipDisputed | Kind::WorkedByTwo => "ownership",
        Kind::ApprovalPending | Kind::ReassessmentDue => "status",
    }
}

fn told(case: &Case<'_>) -> String {
    match case.to.member {
        Some(member) => people::member_name(case.desk, member, case.clocks.as_of),
        None => format!("nobody yet: there is no {}", case.to.role.words()),
    }
}

/// How it came to whom it goes, where that was so by the day of `clocks`.
fn passed_on(case: &Case<'_>) -> Option<String> {
    let (desk, as_of) = (case.desk, case.clocks.as_of);
    let alert = case.alert.filter(|alert| alert.to == case.to)?;
    let passed = alert.passed.filter(|passed| desk.day_of(passed.at) <= as_of)?;
    let day = words::date(desk.day_of(passed.at), as_of);
    let from = decision_words::holder(desk, passed.from, as_of);
    let why = decision_words::passing(&from, passed.from, passed.reason);
    Some(format!("Passed on from {from} on {day}: {why}"))
}

/// Alerts of an account that wait for someone on the day of `clocks`, counted in the same way for
/// today (of those recorded) as for a past day (of those due then).
pub(super) fn open(desk: &Desk, account: &Account, clocks: &Clocks) -> u32 {
    let is_open = |alert: Option<&Alert>| stage(desk, alert, clocks) == Stage::Open;
    let number = if clocks.past {
        let Some(client) = desk.client(account.id) else { return 0 };
        let look = look(&client, clocks.as_of);
        let due = look.due.keys();
        due.filter(|key| is_open(of_key(desk, account.id, key).map(Arc::as_ref))).count()
    } else {
        desk.alerts().of(account.id).filter(|alert| is_open(Some(alert))).count()
    };
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The newest alert that was raised for a finding.
fn of_key<'a>(desk: &'a Desk, account: AccountId, key: &str) -> Option<&'a Arc<Alert>> {
    desk.alerts().of(account).rev().find(|alert| alert.raised.key == key)
}

/// What had become of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Snoozed,
    Acknowledged,
    Resolved,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// What had become of an alert by the day of `clocks`. What was done about it after a past day
/// was not done yet on that day: then it was open, as one that was never raised.
fn stage(desk: &Desk, alert: Option<&Alert>, clocks: &Clocks) -> Stage {
    let Some(alert) = alert else { return Stage::Open };
    let (at, stage) = match &alert.state {
        AlertState::Open => return Stage::Open,
        AlertState::Snoozed { until, .. } if *until <= clocks.as_of => return Stage::Open,
        AlertState::Snoozed { at, .. } => (at, Stage::Snoozed),
        AlertState::Acknowledged { at, .. } => (at, Stage::Acknowledged),
        AlertState::Resolved { at, .. } => (at, Stage::Resolved),
    };
    if clocks.past && desk.day_of(*at) > clocks.as_of { Stage::Open } else { stage }
}

/// What has become of it, as a word and in words. What was done about it after a past day is told
/// as such: on that day it was open.
fn state(case: &Case<'_>) -> (&'static str, String) {
    let as_of = case.clocks.as_of;
    let Some(alert) = case.alert else {
        return ("open", "Never raised: computed for this day.".to_owned());
    };
    let day = |at| words::date(case.desk.day_of(at), as_of);
    let name = |by: &str| people::actor(case.desk, by, as_of);
    let words = match &alert.state {
        AlertState::Open => return ("open", waits(case)),
        AlertState::Snoozed { until, .. } if *until <= as_of => return ("open", waits(case)),
        AlertState::Snoozed { until, by, .. } => {
            format!("{} put it off to {}.", name(by), words::date(*until, as_of))
        }
        AlertState::Acknowledged { at, by, note } => {
            let note = note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"));
            format!("{} took it in hand on {}.{note}", name(by), day(*at))
        }
        AlertState::Resolved { at, reason } => {
            format!("Settled on {}: {}.", day(*at), reason.words())
        }
    };
    match stage(case.desk, Some(alert), case.clocks) {
        Stage::Open => ("open", format!("Open then. {words}")),
        stage => (stage.word(), words),
    }
}

fn waits(case: &Case<'_>) -> String {
    match case.to.member {
        Some(_) => format!("Waiting for {}.", told(case)),
        None => format!("Waiting for {}.", told(case).replacen(':', ",", 1)),
    }
}

/// The facts it rests on, with their places where the account still holds them.
fn evidence(case: &Case<'_>) -> Vec<Evidence> {
    let mut places: BTreeMap<EntryId, Position> = BTreeMap::new();
    let as_of = case.clocks.as_of;
    let mut note = |source: &linchpin_domain::timeline::Source| {
        places.insert(source.id, source.position);
    };
    if let Some(contact) = case.subject.contact {
        case.account.contact_evidence(contact, as_of, &mut note);
    }
    if let Some(contract) = case.subject.contract {
        case.account.contract_evidence(contract, as_of, &mut note);
    }
    case.account.ownership().for_each(|(source, _)| note(source));
    match case.kind {
        Kind::WorkedByTwo => {
            let work = case.account.engagements_between(jiff::civil::Date::MIN, as_of);
            work.for_each(|(source, _)| note(source));
        }
        Kind::ApprovalPending | Kind::ReassessmentDue => {
            case.account.rulings().iter().for_each(|(source, _)| note(source));
        }
        _ => {}
    }
    let evidence = case.evidence.iter().rev().take(super::criteria::MAX_EVIDENCE);
    evidence.map(|id| Evidence { id: *id, position: places.get(id).copied() }).collect()
}
