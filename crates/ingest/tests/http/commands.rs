//! Commands on alerts, contracts and facts, as JSON and as forms.

use linchpin_domain::alert::AlertState;
use linchpin_domain::decision::{
    AlertRaised, AlertResolved, Decision, Recipient, Resolution, Severity, Subject,
};
use linchpin_domain::entry::{Body, MadeFrom};
use linchpin_domain::fact::{
    AccountRegistered, AccountsMerged, ContactMoved, ContractKind, ContractSigned, Fact, Role,
};
use linchpin_domain::id::{AccountId, AlertId, ContactId, ContractId, EntryId};
use linchpin_ingest::http::SentForm;
use linchpin_ledger::{NewEntry, Repeat};
use linchpin_testkit::told;
use serde_json::{Value, json};

use crate::acts::desk;
use crate::{FORM, JSON, Site};

fn account() -> AccountId {
    AccountId::named("crm:1")
}

pub(crate) fn alert() -> AlertId {
    AlertId::named("a finding")
}

fn made_from() -> MadeFrom {
    MadeFrom { position: 1, on: "2024-06-01".parse().unwrap(), version: 1 }
}

fn decided(id: EntryId, decision: impl Into<Decision>) -> NewEntry {
    NewEntry {
        id,
        occurred_at: None,
        actor: "desk:notifier".to_owned(),
        correlation: None,
        causation: None,
        body: Body::Decision(decision.into()),
        repeat: Repeat::KeepFirst,
    }
}

/// A desk on which an alert stands; today is 1 June 2024.
pub(crate) async fn with_alert() -> Site {
    let site = Site::new().await;
    let raised = AlertRaised {
        account: account(),
        alert: alert(),
        key: "a finding".to_owned(),
        episode: 1,
        rule: "contact-left".to_owned(),
        severity: Severity::Soon,
        subject: Subject::default(),
        day: "2024-06-01".parse().unwrap(),
        lead_days: None,
        evidence: Vec::new(),
        to: Recipient { role: Role::AccountManager, member: None },
        made_from: made_from(),
    };
    site.temp.append(vec![decided(EntryId(alert().0), raised)]).await;
    site
}

async fn state(site: &Site) -> AlertState {
    desk(site).await.alerts().get(alert()).unwrap().state.clone()
}

fn path(deed: &str) -> String {
    format!("/v1/alerts/{}/{deed}", alert())
}

#[tokio::test]
async fn an_alert_is_taken_in_hand_once() {
    let site = with_alert().await;
    let body = json!({"note": "I shall call", "by": "anna"}).to_string();
    let first = site.post(&path("acknowledge"), JSON, body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let AlertState::Acknowledged { by, note, .. } = state(&site).await else { panic!() };
    assert_eq!((by.as_str(), note.as_deref()), ("page:anna", Some("I shall call")));

    let again = site.post(&path("acknowledge"), JSON, body).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.json()["position"], first.json()["position"]);
    let detail = site.post(&path("acknowledge"), JSON, "{\"by\":\"ben\"}").await.problem(409);
    assert!(detail.contains("taken the alert in hand already"), "{detail}");
    let until = "{\"until\":\"2024-06-10\"}";
    site.post(&path("snooze"), JSON, until).await.problem(409);
    assert_eq!(site.temp.ledger().head().position, 3);
}

#[tokio::test]
async fn an_alert_is_put_off_within_bounds() {
    let site = with_alert().await;
    for (until, status) in
        [("2024-06-01", 422), ("2024-05-31", 422), ("2024-08-31", 422), ("2024-02-31", 400)]
    {
        let body = json!({"until": until}).to_string();
        site.post(&path("snooze"), JSON, body).await.problem(status);
    }
    let until = |day: &str| json!({"until": day}).to_string();
    assert_eq!(site.post(&path("snooze"), JSON, until("2024-06-10")).await.status, 201);
    assert_eq!(site.post(&path("snooze"), JSON, until("2024-06-10")).await.status, 200);
    assert_eq!(site.post(&path("snooze"), JSON, until("2024-06-20")).await.status, 201);
    assert_eq!(site.post(&path("snooze"), JSON, until("2024-06-10")).await.status, 201);
    let AlertState::Snoozed { until, by, .. } = state(&site).await else { panic!() };
    assert_eq!((until.to_string().as_str(), by.as_str()), ("2024-06-10", "desk"));
    assert_eq!(site.post(&path("acknowledge"), JSON, "{}").await.status, 201);
}

#[tokio::test]
async fn a_resolved_or_unknown_alert_takes_no_command() {
    let site = with_alert().await;
    let reason = Resolution::NoLongerTrue;
    let resolved =
        AlertResolved { account: account(), alert: alert(), reason, made_from: made_from() };
    site.temp.append(vec![decided(EntryId::named("resolved"), resolved)]).await;
    let detail = site.post(&path("acknowledge"), JSON, "{}").await.problem(409);
    assert!(detail.contains("no longer true"), "{detail}");
    let other = format!("/v1/alerts/{}/acknowledge", AlertId::named("another"));
    site.post(&other, JSON, "{}").await.problem(404);
    site.post("/v1/alerts/nonsense/acknowledge", JSON, "{}").await.problem(400);
}

#[tokio::test]
async fn commands_at_the_same_time_are_judged_one_after_the_other() {
    let site = with_alert().await;
    let path = path("acknowledge");
    let bodies: Vec<String> = (0..8).map(|n| json!({"by": format!("p{n}")}).to_string()).collect();
    let posts = bodies.iter().map(|body| site.post(&path, JSON, body.clone()));
    let answers = futures::future::join_all(posts).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(site.temp.ledger().head().position, 3);
}

#[tokio::test]
async fn a_form_leads_back_to_its_page() {
    let site = with_alert().await;
    let form = "note=&return_to=%2Falerts%3Fwhose%3D1%26done%3Dold";
    let answer = site.post(&path("acknowledge"), FORM, form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(answer.header("location"), "/alerts?whose=1&done=acknowledged");
    let AlertState::Acknowledged { note: None, .. } = state(&site).await else { panic!() };
    for evil in [
        "%2F%2Fevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2Fa%0D%0AX%3A1",
        "",
    ] {
        let answer = site.post(&path("acknowledge"), FORM, format!("return_to={evil}")).await;
        assert_eq!(answer.header("location"), "/?done=acknowledged", "{evil}");
    }
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_and_goes_back_with_what_was_typed() {
    let site = with_alert().await;
    let form = "until=2024-05-01&by=&return_to=%2Falerts%3Fq%3D%3Cb%3E%26x";
    let refused = site.post(&path("snooze"), FORM, form).await;
    assert!(refused.problem(422).contains("must lie after today"), "{}", refused.text);
    let sent = refused.extensions.get::<SentForm>().unwrap().clone();
    assert_eq!((sent.action, sent.back.as_str()), (path("snooze"), "/alerts?q=<b>&x"));
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let fields =
        [field("until", "2024-05-01"), field("by", ""), field("return_to", "/alerts?q=<b>&x")];
    assert_eq!(sent.fields, fields);
    for (form, status) in [("until=&return_to=/alerts", 400), ("until=x&until=y", 400)] {
        let refused = site.post(&path("snooze"), FORM, form).await;
        refused.problem(status);
        assert!(refused.extensions.get::<SentForm>().is_some(), "{form}");
    }
    let json = site.post(&path("snooze"), JSON, "{\"until\":\"2024-05-01\"}").await;
    json.problem(422);
    assert!(json.extensions.get::<SentForm>().is_none(), "of a program it keeps nothing");
}

#[tokio::test]
async fn commands_that_cannot_be_read_are_refused() {
    let site = with_alert().await;
    let path = path("acknowledge");
    let long = json!({"note": "x".repeat(1_001)}).to_string();
    site.post(&path, JSON, long).await.problem(422);
    for body in ["", "[]", "{\"note\": 5}", "{\"notes\": \"x\"}", "{"] {
        site.post(&path, JSON, body).await.problem(400);
    }
    site.post(&path, "text/plain", "{}").await.problem(415);
    let by = json!({"by": "a b"}).to_string();
    site.post(&path, JSON, by).await.problem(422);
    site.post(&path, JSON, "{\"return_to\":\"/\"}").await.problem(422);
    assert_eq!(site.temp.ledger().head().position, 2);
}

#[tokio::test]
async fn talks_are_started_once_a_day() {
    let site = Site::new().await;
    let contract = ContractId::named("crm:k");
    let signed = ContractSigned {
        account: account(),
        contract,
        title: "Frame".to_owned(),
        kind: ContractKind::Framework,
        start: "2024-01-01".parse().unwrap(),
        end: "2024-12-31".parse().unwrap(),
        notice_days: Some(90),
        auto_renewal_months: None,
        value_a_year: None,
    };
    site.temp.append(vec![told("k", "2024-01-01", signed)]).await;
    let path = "/v1/contracts/crm:k/talks-started";
    let first = site.post(path, JSON, "{\"account\":\"crm:1\"}").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let form = site.post(path, FORM, format!("account={}&return_to=/today", account())).await;
    assert_eq!((form.status.as_u16(), form.header("location")), (303, "/today?done=talks-started"));
    let today = "2024-06-01".parse().unwrap();
    let terms = desk(&site).await.account(account()).unwrap().contract_on(contract, today).unwrap();
    assert_eq!(terms.talks, Some(today));
    assert_eq!(site.temp.ledger().head().position, 3);

    // What was said by mistake can be taken back, and be said again.
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let retract = format!("/v1/facts/{id}/retract");
    assert_eq!(site.post(&retract, JSON, "{\"reason\":\"a slip\"}").await.status, 201);
    assert_eq!(site.post(path, JSON, "{\"account\":\"crm:1\"}").await.status, 201);

    site.post(path, JSON, "{\"account\":\"crm:2\"}").await.problem(404);
    site.post("/v1/contracts/crm:no/talks-started", JSON, "{\"account\":\"crm:1\"}")
        .await
        .problem(404);
    site.post(path, JSON, "{}").await.problem(400);

    // A contract of a client that was merged is asked for at the one that stays.
    let into = AccountId::named("crm:2");
    let known =
        AccountRegistered { account: into, name: "Two".to_owned(), country: None, sector: None };
    let merged = AccountsMerged { account: account(), into, reason: "one client".to_owned() };
    let entries = vec![told("two", "2024-01-01", known), told("merge", "2024-05-01", merged)];
    site.temp.append(entries).await;
    assert_eq!(site.post(path, JSON, "{\"account\":\"crm:2\"}").await.status, 200);
}

#[tokio::test]
async fn a_fact_is_taken_back_once_and_with_a_reason() {
    let site = Site::new().await;
    let (from, to, contact) = (account(), AccountId::named("crm:2"), ContactId::named("crm:c"));
    let moved =
        ContactMoved { account: from, contact, to, title: String::new(), level: None, role: None };
    site.temp.append(vec![told("moved", "2024-05-01", moved)]).await;
    let path = format!("/v1/facts/{}/retract", EntryId::named("moved"));
    let reason =
        |account: Value| json!({"reason": "another person", "account": account}).to_string();
    site.post(&path, JSON, reason(json!("crm:9"))).await.problem(422);
    site.post(&path, JSON, "{\"reason\":\" \"}").await.problem(422);
    site.post(&path, JSON, "{}").await.problem(400);
    let first = site.post(&path, JSON, reason(json!("crm:1"))).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = site.post(&path, JSON, "{\"reason\":\"once more\"}").await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["position"]),
        (200, &first.json()["position"])
    );
    // It is taken back at both clients.
    let desk = desk(&site).await;
    for account in [from, to] {
        assert!(desk.account(account).unwrap().first_day().is_none());
    }
    let retraction = first.json()["id"].as_str().unwrap().to_owned();
    let body = json!({"reason": "no"}).to_string();
    site.post(&format!("/v1/facts/{retraction}/retract"), JSON, body.clone()).await.problem(422);
    let genesis = site.temp.ledger().entry(1).await.unwrap().unwrap().id;
    site.post(&format!("/v1/facts/{genesis}/retract"), JSON, body.clone()).await.problem(404);
    let nothing = EntryId::named("nothing");
    site.post(&format!("/v1/facts/{nothing}/retract"), JSON, body).await.problem(404);
    let told = site.told().await;
    assert!(
        told.iter().all(|entry| !matches!(&entry.body, Body::Fact(Fact::AccountRegistered(_))))
    );
}
