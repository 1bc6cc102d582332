//! The acts on a client over HTTP: what each stores, and how each is turned down.

use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{
    AccountRegistered, ContactJoined, Fact, InvoiceIssued, MemberLeft, MemberNamed, PolicyAdopted,
    Role,
};
use linchpin_domain::id::{AccountId, ContactId, InvoiceId, MemberId};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{Status, Track};
use linchpin_domain::private::Private;
use linchpin_testkit::told;
use serde_json::{Value, json};

use crate::{FORM, JSON, Site};

/// Revenue alone; the director says yes or no.
const RULES: &str = r#"
name = "Directed"
enters_at = 10
stays_from = 5
grace_days = 30
[approval]
role = "key-account director"
of = ["enter"]
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
from = 0
to = 100
points = 10
missing = "no points"
why = "It pays the rent."
"#;

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::named(&format!("crm:{name}"))
}

pub(crate) fn member(name: &str) -> MemberId {
    MemberId::named(&format!("staff:{name}"))
}

/// A desk with colleagues and clients; today is 1 June 2024. Acme has 6 points of 10, Bolt none.
pub(crate) async fn with_clients() -> Site {
    let site = Site::new().await;
    let named = |name: &str, role: Role| {
        let person = Private::named(name);
        told(name, "2023-01-01", MemberNamed { member: member(name), person, role })
    };
    let registered = |name: &str, called: &str| {
        let (account, name) = (account(name), called.to_owned());
        let told_as = format!("{name} registered");
        let fact = AccountRegistered { account, name, country: None, sector: None };
        told(&told_as, "2023-01-01", fact)
    };
    let document = RULES.to_owned();
    let invoice = InvoiceIssued {
        account: account("acme"),
        invoice: InvoiceId::named("1"),
        number: None,
        amount: Decimal::from(60),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    };
    let contact = ContactJoined {
        account: account("acme"),
        contact: ContactId::named("crm:c"),
        person: Private::named("Cat Cole"),
        title: String::new(),
        level: None,
        role: None,
    };
    let rules = PolicyAdopted { document, approvals: Vec::new() };
    site.temp
        .append(vec![
            told("rules", "2023-01-01", rules),
            named("ann", Role::AccountManager),
            named("ben", Role::AccountManager),
            named("dora", Role::Director),
            registered("acme", "Acme"),
            registered("bolt", "Bolt"),
            registered("cog", "Cog"),
            told("invoice", "2024-05-01", invoice),
            told("contact", "2024-05-01", contact),
        ])
        .await;
    site
}

fn path(client: &str, act: &str) -> String {
    format!("/v1/accounts/crm:{client}/{act}")
}

pub(crate) fn said(by: &str, more: Value) -> String {
    let mut body = json!({ "by": format!("staff:{by}") });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn reason(by: &str) -> String {
    said(by, json!({ "reason": "we know them" }))
}

pub(crate) async fn desk(site: &Site) -> Desk {
    let ledger = site.temp.ledger();
    let mut desk = Desk::default();
    for entry in ledger.read(0, ledger.head().position).await.unwrap() {
        desk.apply(&entry);
    }
    desk
}

async fn status(site: &Site, client: &str) -> Status {
    let desk = desk(site).await;
    let client = desk.client(account(client)).unwrap();
    let today = "2024-06-01".parse().unwrap();
    Track::follow(&client, today, &mut |_| {}).unwrap().standing().status
}

async fn newest(site: &Site) -> Entry {
    site.told().await.pop().unwrap()
}

/// The act is done, done once though it is asked twice, and stored under its actor's name.
#[track_caller]
fn once(first: &crate::Answer, again: &crate::Answer) {
    assert_eq!(first.status.as_u16(), 201, "{}", first.text);
    assert_eq!(again.status.as_u16(), 200, "{}", again.text);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(first.json()["position"], again.json()["position"]);
}

pub(crate) async fn twice(site: &Site, path: &str, body: String) {
    let first = site.post(path, JSON, body.clone()).await;
    let again = site.post(path, JSON, body).await;
    once(&first, &again);
}

#[tokio::test]
async fn a_client_is_nominated_approved_and_confirmed() {
    let site = with_clients().await;
    twice(&site, &path("acme", "nominate"), reason("ann")).await;
    assert_eq!(status(&site, "acme").await, Status::Nominated);
    let entry = newest(&site).await;
    assert_eq!(entry.actor, format!("member:{}", member("ann")));
    let detail = site.post(&path("acme", "approve"), JSON, reason("ben")).await.problem(403);
    assert_eq!(detail, "only the key-account director may do this: ask them to");
    twice(&site, &path("acme", "approve"), reason("dora")).await;
    assert_eq!(status(&site, "acme").await, Status::Key);
    twice(&site, &path("acme", "confirm"), reason("ben")).await;
    let detail = site.post(&path("acme", "veto"), JSON, reason("dora")).await.problem(409);
    assert_eq!(detail, "nothing waits for a yes or no: the client is key; override it instead");
    let detail = site.post(&path("acme", "nominate"), JSON, reason("ben")).await.problem(409);
    assert!(detail.contains("a key account already (key): confirm it instead"), "{detail}");
}

#[tokio::test]
async fn too_few_points_are_told_with_what_to_do_instead() {
    let site = with_clients().await;
    let detail = site.post(&path("bolt", "nominate"), JSON, reason("ann")).await.problem(409);
    assert_eq!(detail, "the client has 0 points, 5 needed; override it instead");
    let detail = site.post(&path("bolt", "confirm"), JSON, reason("ann")).await.problem(409);
    assert!(detail.contains("standard by its own course"), "{detail}");
    twice(&site, &path("acme", "nominate"), reason("ann")).await;
    twice(&site, &path("acme", "veto"), reason("dora")).await;
    assert_eq!(status(&site, "acme").await, Status::Standard);
}

#[tokio::test]
async fn an_override_holds_until_it_is_ended() {
    let site = with_clients().await;
    let overridden = |by: &str, to: &str, expires: &str| {
        said(by, json!({"to": to, "expires": expires, "reason": "the founder is our guest"}))
    };
    let to = path("bolt", "override");
    site.post(&to, JSON, overridden("ann", "key", "2025-01-01")).await.problem(403);
    let detail = site.post(&to, JSON, overridden("dora", "key", "2024-06-01")).await.problem(422);
    assert!(detail.contains("must lie after today"), "{detail}");
    let detail = site.post(&to, JSON, overridden("dora", "key", "2027-06-02")).await.problem(422);
    assert!(detail.contains("3 years at most, up to 2027-06-01"), "{detail}");
    site.post(&to, JSON, overridden("dora", "king", "2025-01-01")).await.problem(400);
    let end = path("bolt", "end-override");
    let detail = site.post(&end, JSON, reason("dora")).await.problem(409);
    assert!(detail.contains("no override holds today"), "{detail}");
    twice(&site, &to, overridden("dora", "key (trial)", "2025-01-01")).await;
    assert_eq!(status(&site, "bolt").await, Status::Trial);
    twice(&site, &end, reason("dora")).await;
    assert_eq!(status(&site, "bolt").await, Status::Standard);
}

#[tokio::test]
async fn a_client_is_assigned_claimed_ruled_on_and_handed_over() {
    let site = with_clients().await;
    let owner = |name: &str| json!({ "owner": format!("staff:{name}") });
    twice(&site, &path("acme", "assign"), said("dora", owner("ann"))).await;
    let detail =
        site.post(&path("acme", "assign"), JSON, said("dora", owner("ben"))).await.problem(409);
    assert!(detail.contains("hand it over instead"), "{detail}");
    site.post(&path("acme", "claim"), JSON, reason("ann")).await.problem(409);
    twice(&site, &path("acme", "claim"), reason("ben")).await;
    let mut ruling = owner("ben");
    ruling["reason"] = json!("They called him.");
    ruling["parent_history_counts"] = json!(false);
    site.post(&path("acme", "rule"), JSON, said("ann", ruling.clone())).await.problem(403);
    twice(&site, &path("acme", "rule"), said("dora", ruling)).await;
    let over = |to: &str| {
        let promises = ["Call in July."];
        json!({"to": format!("staff:{to}"), "promises": promises, "reason": "She moves to Kiel."})
    };
    let mut wrong = over("dora");
    wrong["from"] = json!("staff:ann");
    let detail = site.post(&path("acme", "hand-over"), JSON, said("ben", wrong)).await.problem(409);
    assert!(detail.contains("`from` does not look after the client"), "{detail}");
    let mut nobody = over("ann");
    nobody["contacts"] = json!(["crm:x"]);
    site.post(&path("acme", "hand-over"), JSON, said("ben", nobody)).await.problem(422);
    twice(&site, &path("acme", "hand-over"), said("ben", over("ann"))).await;
    let Body::Fact(Fact::OwnerHandedOver(fact)) = newest(&site).await.body else { panic!() };
    assert_eq!((fact.from, fact.to), (Some(member("ben")), member("ann")));
    assert_eq!(fact.contacts, [ContactId::named("crm:c")]);
    assert_eq!(fact.promises, ["Call in July."]);
}

#[tokio::test]
async fn groups_are_made_and_loops_refused_with_the_way() {
    let site = with_clients().await;
    let below = |parent: &str| said("ann", json!({"parent": parent, "day": "2024-01-01"}));
    twice(&site, &path("bolt", "parent"), below("crm:acme")).await;
    twice(&site, &path("cog", "parent"), below("crm:bolt")).await;
    let detail = site.post(&path("acme", "parent"), JSON, below("crm:cog")).await.problem(409);
    assert_eq!(
        detail,
        "on 2024-01-01 this would close a loop: Acme → Cog → Bolt → Acme; clear one of these links \
         first"
    );
    site.post(&path("acme", "parent"), JSON, below("crm:acme")).await.problem(422);
    site.post(&path("acme", "parent"), JSON, below("nonsense")).await.problem(422);
    let tomorrow = said("ann", json!({"parent": "crm:acme", "day": "2024-06-02"}));
    site.post(&path("cog", "parent"), JSON, tomorrow).await.problem(422);
    let none = said("ann", json!({"parent": "none"}));
    twice(&site, &path("cog", "parent"), none.clone()).await;
    site.post(&path("acme", "parent"), JSON, none).await.problem(409);
}

#[tokio::test]
async fn duplicates_are_merged_and_apart_again() {
    let site = with_clients().await;
    let into =
        |other: &str| said("ann", json!({"into": format!("crm:{other}"), "reason": "one house"}));
    site.post(&path("bolt", "merge"), JSON, into("bolt")).await.problem(422);
    twice(&site, &path("bolt", "merge"), into("acme")).await;
    let detail = site.post(&path("bolt", "merge"), JSON, into("cog")).await.problem(409);
    assert_eq!(detail, "the client is merged into “Acme” already: undo that first");
    let detail = site.post(&path("acme", "merge"), JSON, into("bolt")).await.problem(409);
    assert!(detail.contains("“Bolt” is a duplicate of this client already"), "{detail}");
    let detail = site.post(&path("bolt", "nominate"), JSON, reason("ann")).await.problem(409);
    assert!(detail.contains("was merged into “Acme”"), "{detail}");
    twice(&site, &path("bolt", "unmerge"), reason("ann")).await;
    site.post(&path("cog", "unmerge"), JSON, reason("ann")).await.problem(409);
}

#[tokio::test]
async fn care_is_told_once_a_day() {
    let site = with_clients().await;
    let on = |day: &str| said("ann", json!({ "day": day }));
    twice(&site, &path("acme", "review"), said("ann", json!({}))).await;
    twice(&site, &path("acme", "plan"), on("2024-05-30")).await;
    let entry = newest(&site).await;
    assert_eq!(entry.occurred_at, linchpin_testkit::at("2024-05-29T22:00:00Z"));
    site.post(&path("acme", "review"), JSON, on("2024-06-02")).await.problem(422);
}

#[tokio::test]
async fn acts_need_a_client_a_colleague_and_a_reason() {
    let site = with_clients().await;
    let to = path("acme", "nominate");
    site.post(&path("nobody", "nominate"), JSON, reason("ann")).await.problem(404);
    let detail = site.post(&to, JSON, reason("nobody")).await.problem(422);
    assert!(detail.contains("no colleague has the id"), "{detail}");
    site.post(&to, JSON, "{\"reason\": \"x\"}").await.problem(400);
    site.post(&to, JSON, said("ann", json!({"reason": " "}))).await.problem(422);
    site.post(&to, JSON, said("ann", json!({"reason": "x", "why": "y"}))).await.problem(400);
    let left = MemberLeft { member: member("ben") };
    site.temp.append(vec![told("left", "2024-05-31", left)]).await;
    let detail = site.post(&to, JSON, reason("ben")).await.problem(409);
    assert!(detail.contains("left the firm on 2024-05-31"), "{detail}");
    assert!(!detail.contains("ben"), "people are not named in errors: {detail}");
}

#[tokio::test]
async fn the_same_key_is_the_same_act_whatever_happened_since() {
    let site = with_clients().await;
    let keyed = |path: String, body: String, key: &'static str| {
        let site = &site;
        async move {
            let headers = [("content-type", JSON), ("idempotency-key", key)];
            site.post_with(&path, &headers, body).await
        }
    };
    let first = keyed(path("acme", "nominate"), reason("ann"), "k1").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let veto = keyed(path("acme", "veto"), reason("dora"), "k2").await;
    assert_eq!(veto.status, 201, "{}", veto.text);
    let again = keyed(path("acme", "nominate"), reason("ann"), "k1").await;
    once(&first, &again);
    assert_eq!(status(&site, "acme").await, Status::Standard);
    let other = keyed(path("acme", "nominate"), reason("ben"), "k1").await.problem(409);
    assert!(other.contains("was used for another request"), "{other}");
    keyed(path("acme", "nominate"), reason("ann"), "").await.problem(400);
    // Without a key it is a nomination of its own.
    assert_eq!(site.post(&path("acme", "nominate"), JSON, reason("ann")).await.status, 201);
}

#[tokio::test]
async fn acts_at_the_same_time_are_judged_one_after_the_other() {
    let site = with_clients().await;
    let to = path("acme", "claim");
    let claims = ["ann", "ben", "dora"].map(|by| site.post(&to, JSON, reason(by)));
    for answer in futures::future::join_all(claims).await {
        assert_eq!(answer.status, 201, "each claim holds beside the others: {}", answer.text);
    }
    let to = path("acme", "nominate");
    let nominations = ["ann", "ben", "dora"].map(|by| site.post(&to, JSON, reason(by)));
    let answers = futures::future::join_all(nominations).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409], "it is nominated by one");
}

#[tokio::test]
async fn a_form_acts_and_leads_back() {
    let site = with_clients().await;
    let form = |more: &str| format!("by={}&return_to=%2Faccounts%2F1{more}", member("dora"));
    let answer = site.post(&path("acme", "nominate"), FORM, form("&reason=well+known")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/accounts/1?done=nominated")
    );
    let refused = site.post(&path("bolt", "nominate"), FORM, form("&reason=x")).await;
    assert!(refused.problem(409).contains("5 needed; override it instead"), "{}", refused.text);
    let overridden = form("&to=key+%28trial%29&expires=2025-01-01&reason=guest");
    assert_eq!(site.post(&path("bolt", "override"), FORM, overridden).await.status, 303);
    assert_eq!(status(&site, "bolt").await, Status::Trial);
    let rule = form(&format!("&owner={}&parent_history_counts=true&reason=y", member("ann")));
    assert_eq!(site.post(&path("acme", "rule"), FORM, rule).await.status, 303);
    let over = form(&format!(
        "&to={}&contacts={}&contracts=&promises=Call+in+July.%0D%0AAnd+in+May.&reason=z",
        member("ben"),
        ContactId::named("crm:c")
    ));
    let answer = site.post(&path("acme", "hand-over"), FORM, over).await;
    assert_eq!(answer.header("location"), "/accounts/1?done=handed-over", "{}", answer.text);
    let Body::Fact(Fact::OwnerHandedOver(fact)) = newest(&site).await.body else { panic!() };
    assert_eq!(fact.promises, ["Call in July.", "And in May."]);
    assert_eq!(fact.contacts, [ContactId::named("crm:c")]);
    let below = form(&format!("&parent={}&day=", account("acme")));
    assert_eq!(site.post(&path("cog", "parent"), FORM, below).await.status, 303);
    assert_eq!(site.post(&path("cog", "parent"), FORM, form("&parent=none")).await.status, 303);
}
