//! A desk with a client in every status: their pages, what can be done about them, whose they are,
//! and the policy behind it.

use axum::http::{StatusCode, header};
use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::policy::Status;
use linchpin_domain::private::Private;
use linchpin_testkit::told;

use crate::desk::{Desk, account, text};
use crate::html;

/// One point for each engagement of a year, a yes to enter and to release, and a yearly look.
pub(crate) const POLICY: &str = r#"
name = "Asked"
enters_at = 5
stays_from = 3
grace_days = 60
trial_days = 90

[approval]
role = "key-account director"
of = ["enter", "release"]

[reassessment]
every_days = 365

[adoption]
approved_by = ["key-account director"]

[ownership]
parent_history_counts = false
dormant_after_days = 730

[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 365
from = 0
to = 10
points = 10
missing = "no points"
why = "It is what we live on."

[[criterion]]
id = "framework"
title = "Framework agreement"
measure = "contracts"
of = "framework"
at_least = 1
points = 2
sufficient = true
missing = "no points"
why = "Agreed terms."
"#;

pub(crate) const KARI: &str = "Kari Nordmann";
const JOE: &str = "Joe Bloggs";
pub(crate) const MAIJA: &str = "Maija Meikäläinen";

pub(crate) struct Story(pub(crate) Vec<(String, String, Fact)>);

impl Story {
    pub(crate) fn tell(&mut self, when: &str, fact: impl Into<Fact>) {
        let name = format!("status {}", self.0.len());
        self.0.push((name, when.to_owned(), fact.into()));
    }

    pub(crate) fn client(&mut self, name: &str, orders: &[&str]) -> AccountId {
        let id = account(name);
        let (name, country, sector) = (name.to_owned(), None, None);
        self.tell("2022-01-05", AccountRegistered { account: id, name, country, sector });
        for month in orders {
            for day in 1..=5 {
                let engagement = EngagementId::named(&format!("{id} {month} {day}"));
                let kind = EngagementKind::Placement;
                let (title, by, until) = (None, Some(MemberId::named(MAIJA)), None);
                let when = format!("{month}-{day:02}");
                let work = EngagementRecorded { account: id, engagement, kind, title, by, until };
                self.tell(&when, work);
            }
        }
        id
    }

    pub(crate) fn owned(&mut self, account: AccountId, owner: &str) {
        self.tell("2022-01-06", OwnerAssigned { account, owner: MemberId::named(owner) });
    }

    fn approved(&mut self, when: &str, account: AccountId, reason: &str) {
        let (by, reason) = (MemberId::named(KARI), reason.to_owned());
        self.tell(when, StatusApproved { account, by, reason });
    }
}

/// A client in each status, an override, a group, a merge, a claim, a ruling and a leaver.
pub(crate) async fn every_status() -> Desk {
    let desk = Desk::empty().await;
    let mut story = Story(Vec::new());
    for (name, role) in
        [(MAIJA, Role::AccountManager), (JOE, Role::AccountManager), (KARI, Role::Director)]
    {
        let person = Private::named(name);
        story.tell("2022-01-01", MemberNamed { member: MemberId::named(name), person, role });
    }
    let approval = Approval { by: MemberId::named(KARI), reason: "We ask first".to_owned() };
    let document = POLICY.to_owned();
    story.tell("2022-01-02", PolicyAdopted { document, approvals: vec![approval] });
    let nominated = story.client("Alder", &["2024-05"]);
    let trial = story.client("Birch", &["2024-03"]);
    let key = story.client("Cedar", &["2023-09", "2024-02"]);
    let review = story.client("Dogwood", &["2023-05"]);
    let released = story.client("Elm", &["2022-10"]);
    let overridden = story.client("Fir", &[]);
    for id in [nominated, trial, key, review, overridden] {
        story.owned(id, MAIJA);
    }
    story.owned(released, JOE);
    story.approved("2024-04-15", trial, "They open two sites");
    story.approved("2023-10-01", key, "Steady work");
    story.approved("2023-06-01", review, "A good start");
    story.approved("2022-11-01", released, "A good start");
    story.approved("2023-12-10", released, "They went <elsewhere>");
    let (to, expires) = (Status::Key, "2024-12-31".parse().unwrap());
    let (by, reason) = (MemberId::named(KARI), "The board wants it".to_owned());
    story.tell("2024-05-02", StatusOverridden { account: overridden, to, by, reason, expires });
    let holding = story.client("Fir Holding", &["2024-01"]);
    story.tell("2022-02-01", ParentSet { account: overridden, parent: holding });
    let duplicate = story.client("Cedar GmbH", &["2024-04"]);
    let reason = "The same register number".to_owned();
    story.tell("2024-05-10", AccountsMerged { account: duplicate, into: key, reason });
    let claim = |by: &str, reason: &str| OwnershipClaimed {
        account: nominated,
        by: MemberId::named(by),
        reason: reason.to_owned(),
    };
    story.tell("2024-05-20", claim(JOE, "I met their director"));
    let ruled = OwnershipRuled {
        account: trial,
        owner: MemberId::named(MAIJA),
        by: MemberId::named(KARI),
        reason: "She placed the first nine people".to_owned(),
        parent_history_counts: Some(false),
    };
    story.tell("2024-04-20", ruled);
    story.tell("2024-05-25", MemberLeft { member: MemberId::named(JOE) });
    let entries = story.0.into_iter().map(|(name, when, fact)| told(&name, &when, fact));
    desk.ledger.append(entries.collect()).await;
    desk.settled().await;
    desk.raise().await;
    desk
}

async fn page(desk: &Desk, path: &str) -> String {
    let page = desk.page(path).await;
    html::check(path, &page);
    page
}

async fn account_page(desk: &Desk, name: &str) -> String {
    page(desk, &format!("/accounts/{}", account(name))).await
}

/// The head of an account's page, without its tags.
fn head(page: &str) -> String {
    let head = page.split("<div class=\"head\">").nth(1).unwrap();
    let head = head.split("<section").next().unwrap();
    let mut words = String::new();
    for part in head.split('<').skip(1) {
        words.push_str(part.split_once('>').map_or("", |(_, words)| words));
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_status_has_its_mark_and_says_what_stands_behind_it() {
    let desk = every_status().await;
    let told = [
        (
            "Alder",
            "nominated",
            "Nominated as a key account with 5 of 12 points; it waits for the yes of the key-account director (Kari Nordmann). Its points nominated it on 5 May.",
        ),
        (
            "Birch",
            "trial",
            "Kari Nordmann approved it on 15 April: “They open two sites”. The trial ends on 14 July.",
        ),
        ("Cedar", "key", "The status lapses on 30 September unless somebody confirms it before."),
        (
            "Dogwood",
            "review",
            "Its grace period ends on 1 July unless they are won back; its release then waits for the yes of the key-account director (Kari Nordmann). It was to be confirmed by 31 May, too.",
        ),
        (
            "Elm",
            "released",
            "Released client with 0 of 12 points, 5 points short of a key account.",
        ),
        (
            "Fir",
            "key",
            "By the policy alone: standard client with 0 of 12 points, 5 points short of a key account.",
        ),
    ];
    for (name, class, words) in told {
        let page = account_page(&desk, name).await;
        assert!(page.contains(&format!("</h1> <span class=\"status {class}\">")), "{name}");
        let words = words.replace('<', "&#60;");
        assert!(head(&page).contains(&words), "{name}: {}", head(&page));
    }
    let released = account_page(&desk, "Elm").await;
    assert!(released.contains("They went &#60;elsewhere&#62;"), "reasons are text");
}

#[tokio::test]
async fn what_waits_can_be_approved_or_refused_and_the_past_takes_no_act() {
    let desk = every_status().await;
    let id = account("Alder");
    let page_now = account_page(&desk, "Alder").await;
    let approve =
        format!("<a class=\"btn primary\" href=\"/accounts/{id}/acts/approve\">Approve</a>");
    assert!(page_now.contains(&approve), "{page_now}");
    assert!(page_now.contains(&format!("/accounts/{id}/acts/veto\">Refuse</a>")));
    let then = page(&desk, &format!("/accounts/{id}?as_of=2024-05-20")).await;
    assert!(!then.contains("/acts/"), "nothing is done about the past");
    let status = desk.read(&format!("/accounts/{id}/acts/approve?as_of=2024-05-20")).await.0;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let form = page(&desk, &format!("/accounts/{id}/acts/approve")).await;
    assert!(form.contains(&format!("action=\"/v1/accounts/{id}/approve\"")));
    assert!(form.contains(&format!("name=\"return_to\" value=\"/accounts/{id}\"")));
    assert!(form.contains(&format!("<option value=\"{}\">{KARI}</option>", MemberId::named(KARI))));
    assert!(!form.contains(MAIJA), "it is for the director");
    assert!(html::tags(&form, "textarea")[0].contains("required"), "a reason is asked for");
    assert_eq!(desk.read(&format!("/accounts/{id}/acts/erase")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.read("/accounts/crm:Nobody/acts/approve").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_status_offers_what_can_be_done_about_it() {
    let desk = every_status().await;
    let offers = async |name: &str| {
        let page = account_page(&desk, name).await;
        let start = format!("/accounts/{}/acts/", account(name));
        let links = html::all(&page, "href");
        links.iter().filter_map(|it| it.strip_prefix(&start).map(str::to_owned)).collect::<Vec<_>>()
    };
    let has = |offers: &[String], wanted: &str| offers.iter().any(|it| it == wanted);
    let key = offers("Cedar").await;
    assert!(has(&key, "confirm") && has(&key, "override") && has(&key, "hand-over"), "{key:?}");
    assert!(!has(&key, "nominate") && !has(&key, "approve") && !has(&key, "assign"), "{key:?}");
    let overridden = offers("Fir").await;
    assert!(has(&overridden, "end-override") && !has(&overridden, "override"), "{overridden:?}");
    assert!(has(&offers("Alder").await, "rule"), "somebody claims it");
    let holding = offers("Fir Holding").await;
    assert!(has(&holding, "assign") && !has(&holding, "hand-over"), "{holding:?}");
    for name in ["Alder", "Cedar", "Fir", "Fir Holding"] {
        for deed in offers(name).await {
            page(&desk, &format!("/accounts/{}/acts/{deed}", account(name))).await;
        }
    }
}

#[tokio::test]
async fn the_other_account_of_a_merge_is_looked_for_and_chosen() {
    let desk = every_status().await;
    let path = format!("/accounts/{}/acts/merge", account("Elm"));
    let empty = page(&desk, &path).await;
    assert!(!empty.contains("method=\"post\" action=\"/v1/accounts"), "nobody is chosen yet");
    let found = page(&desk, &format!("{path}?q=cedar")).await;
    let radio = format!("name=\"into\" value=\"{}\" required", account("Cedar"));
    assert!(found.contains(&radio), "{found}");
    assert!(!found.contains("Cedar GmbH"), "a duplicate is no account of its own");
    let by_id = page(&desk, &format!("{path}?q={}", account("Dogwood"))).await;
    assert!(by_id.contains(">Dogwood"), "by its id too");
    let none = page(&desk, &format!("{path}?q=Zebra")).await;
    assert!(none.contains("No other account is called “Zebra”."));
    let parent = page(&desk, &format!("/accounts/{}/acts/parent", account("Fir"))).await;
    assert!(parent.contains("name=\"parent\" value=\"none\""), "it may leave its group");
}

#[tokio::test]
async fn a_group_shows_what_it_comes_to_and_a_duplicate_who_it_was() {
    let desk = every_status().await;
    let fir = account_page(&desk, "Fir").await;
    assert!(fir.contains("5 engagements") && fir.contains("2, 1 key"), "{fir}");
    let cedar = account_page(&desk, "Cedar").await;
    assert!(cedar.contains("Also known as Cedar GmbH, merged on 10 May 2024 by"), "{cedar}");
    let undo = format!("/accounts/{}/acts/unmerge", account("Cedar GmbH"));
    assert!(cedar.contains(&format!("href=\"{undo}\"")));
    let form = page(&desk, &undo).await;
    let action = format!("action=\"/v1/accounts/{}/unmerge\"", account("Cedar GmbH"));
    assert!(form.contains(&action), "at the duplicate");
    let under_its_own_name = account_page(&desk, "Cedar GmbH").await;
    assert!(under_its_own_name.contains("<h1>Cedar</h1>"), "the client that it is");
}

#[tokio::test]
async fn ownership_shows_open_cases_rulings_and_the_clients_of_who_left() {
    let desk = every_status().await;
    let page_all = page(&desk, "/ownership").await;
    assert!(
        page_all.contains("One client waits for a ruling, and one belongs to somebody who left.")
    );
    assert!(page_all.contains("I met their director"));
    assert!(page_all.contains("By the policy that work still gives a claim."), "{page_all}");
    assert!(page_all.contains("She placed the first nine people"));
    assert!(page_all.contains("of 4 alike</span>"), "its likest precedent");
    let rule = format!("href=\"/accounts/{}/acts/rule\"", account("Alder"));
    assert!(page_all.contains(&rule));
    assert!(page_all.contains("<h3>Joe Bloggs: 1 client</h3>"));
    let over = format!("/accounts/{}/acts/hand-over", account("Elm"));
    assert!(page_all.contains(&format!("href=\"{over}\"")));
    let found = page(&desk, "/ownership?q=nine+birch").await;
    assert!(found.contains("Rulings <span class=\"count\">1</span>"));
    let none = page(&desk, "/ownership?q=zebra").await;
    assert!(none.contains("No ruling has all of “zebra” in it."));
    let one = page(&desk, &format!("/ownership?account={}", account("Fir"))).await;
    assert!(
        one.contains(">Fir</a> is</h2>") && one.contains("Work for Fir Holding of the same group")
    );
    let past = page(&desk, "/ownership?as_of=2024-04-10").await;
    assert!(past.contains("Nothing was ruled yet.") && !past.contains("/acts/"), "{past}");
    for odd in ["?account=x", "?after=x", "?nope=1"] {
        assert_eq!(
            desk.read(&format!("/ownership{odd}")).await.0,
            StatusCode::BAD_REQUEST,
            "{odd}"
        );
    }
    let alerts = page(&desk, "/alerts?kind=status").await;
    assert!(alerts.contains("Nominated as a key account: approve or refuse"), "{alerts}");
    assert!(alerts.contains("href=\"/ownership\""));
}

#[tokio::test]
async fn the_policy_says_in_short_who_decides_and_what_differs_and_can_be_taken_along() {
    let desk = every_status().await;
    let page = page(&desk, "/policy").await;
    for words in [
        "Asked, version 2: a client enters at 5 of 12 points and stays from 3.",
        "approved by Kari Nordmann",
        "of 12, the key-account director approves",
        "60 days of grace below it, then the key-account director approves release",
        "Every 12 months",
        "The key-account director, Kari Nordmann.",
        "1 in force: ",
        "All its points are enough by themselves.",
        "Needs the approval of one key-account director.",
        "“We ask first”",
        "and 1 on trial, 1 under review and 2 nominated",
        "What differs from the one before",
        "It is called “Asked” (before: “First policy”).",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let answer = desk.get("/policy.toml").await;
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let named = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/toml") && named.contains("policy-2.toml"), "{named}");
    assert_eq!(text(answer).await, POLICY, "as it was adopted, to the letter");
    assert!(desk.page("/policy.toml?version=1").await.contains("name = \"First policy\""));
    assert_eq!(desk.read("/policy.toml?version=9").await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.read("/policy.toml?version=new").await.0, StatusCode::BAD_REQUEST);
}
