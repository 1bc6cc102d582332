//! What the pages say.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use linchpin_testkit::at;

use crate::desk::{Desk, account, text};
use crate::html;

#[tokio::test]
async fn the_brief_counts_what_needs_doing_and_names_the_most_urgent_first() {
    let desk = Desk::busy().await;
    let page = desk.page("/").await;
    assert!(page.contains("<h1>Saturday 1 June</h1>"), "{page}");
    assert!(page.contains("need you today, and") && page.contains("cannot wait."));
    let heading = |text: &str| page.find(&format!(">{text} <span class=\"count\">"));
    let urgent = heading("Cannot wait").expect("something cannot wait");
    let others = ["Contact changes", "Renewals and notice deadlines", "Ownership questions"];
    let others: Vec<usize> = others.into_iter().filter_map(heading).collect();
    assert!(!others.is_empty() && others.iter().all(|at| *at > urgent), "urgent things come first");
    assert!(page.contains("name=\"return_to\" value=\"/?done=acknowledged\""));
    assert!(page.contains("Talks started"));
}

#[tokio::test]
async fn the_brief_can_be_for_one_colleague() {
    let desk = Desk::busy().await;
    let member = linchpin_domain::id::MemberId::named("Joe Bloggs");
    let page = desk.page(&format!("/?whose={member}")).await;
    assert!(page.contains("Nothing needs you today."), "Joe owns nothing");
    assert!(page.contains("selected>Joe Bloggs"));
    assert!(page.contains("Nothing is due"), "a calm page, not an empty one");
}

#[tokio::test]
async fn an_empty_ledger_says_what_to_do_first() {
    let desk = Desk::empty().await;
    let page = desk.page("/").await;
    for command in ["linchpin import", "linchpin sync contacts", "linchpin status"] {
        assert!(page.contains(command), "{command}");
    }
    assert!(desk.page("/portfolio").await.contains("No account yet"));
    assert!(desk.page("/alerts").await.contains("No alert stands"));
}

#[tokio::test]
async fn an_account_explains_itself() {
    let desk = Desk::busy().await;
    let page = desk.page(&format!("/accounts/{}", account("Oakfield Foods"))).await;
    for part in ["What would change it", "Levels reached", "Jane Doe", "Framework 2022", "History"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("<del>Erika Mustermann</del>"), "who left is crossed out");
    assert!(page.contains("€480,006"), "twelve invoices of 40,000.50");
    assert!(page.contains("Older entries"));
    let by_outside_id = desk.page("/accounts/crm:Oakfield%20Foods").await;
    assert!(by_outside_id.contains("<h1>Oakfield Foods"));
}

#[tokio::test]
async fn the_past_is_plum_and_takes_no_acts() {
    let desk = Desk::busy().await;
    let path = format!("/accounts/{}?as_of=2023-12-31", account("Oakfield Foods"));
    let page = desk.page(&path).await;
    assert!(page.contains("class=\"past-page\"") && page.contains("This is the past."));
    assert!(page.contains("True on 31 December 2023"));
    assert!(!page.contains("action=\"/v1/"), "no acts on the past");
    assert!(!page.contains("hx-sse"), "nothing live about the past");
    assert!(!page.contains("<del>Erika"), "she was there then");
    assert!(page.contains("href=\"/portfolio?as_of=2023-12-31\""), "links keep the clocks");
    let before = desk.read("/portfolio?as_of=2020-01-01").await.1;
    assert!(before.contains("was known on that day"));
    let known = desk.page("/portfolio?as_of=2023-12-31&known_at=2023-12-31").await;
    assert!(known.contains("known by 31 Dec 2023, 23:59"), "nothing had been recorded then");
}

#[tokio::test]
async fn a_simulated_ledger_says_so_on_every_page() {
    let desk = Desk::simulated().await;
    for path in
        ["/", "/portfolio", "/alerts", "/policy", "/look-back", "/quarantine", "/search?q=a"]
    {
        let page = desk.page(path).await;
        assert!(
            page.contains("Simulated ledger.") && page.contains("stands at 1 Jun 2024"),
            "{path}"
        );
    }
    assert!(!Desk::empty().await.page("/").await.contains("Simulated"));
}

#[tokio::test]
async fn look_back_leads_to_the_page_itself() {
    let desk = Desk::busy().await;
    let to = |answer: axum::http::Response<Body>| {
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    };
    let answer = desk.get("/look-back?as_of=2023-12-31&known_at=&account=oakfield").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(to(answer), format!("/accounts/{}?as_of=2023-12-31", account("Oakfield Foods")));
    let answer = desk.get("/look-back?as_of=2023-12-31&known_at=2024-01-05T10%3A00&account=").await;
    assert_eq!(to(answer), "/portfolio?as_of=2023-12-31&known_at=2024-01-05T10:00");
    let page = desk.page("/look-back?as_of=2023-12-31&account=nobody").await;
    assert!(page.contains("No account is called “nobody”."));
    let page = desk.page("/look-back?as_of=2031-01-01&account=").await;
    assert!(page.contains("That day has not come yet."));
    let page = desk.page("/look-back?as_of=2023-12-31&account=a").await;
    assert!(page.contains("Which one?"), "several fit");
}

#[tokio::test]
async fn a_hand_over_of_part_says_how_many_stayed() {
    let desk = Desk::busy().await;
    let page = desk.page("/ownership?done=handed-over-partly.2.1.0").await;
    assert!(page.contains("Only part was handed over: 2 clients. 1 client stayed where"), "{page}");
    let page = desk.page("/ownership?done=nothing-handed-over").await;
    assert!(page.contains("Nothing was handed over"), "{page}");
    let page = desk.page("/ownership?done=handed-over-partly.%3Cb%3E").await;
    assert!(!page.contains("banner done"), "{page}");
}

#[tokio::test]
async fn search_finds_accounts_contacts_and_entries() {
    let desk = Desk::busy().await;
    let page = desk.page("/search?q=oak").await;
    assert!(page.contains(">Oakfield Foods</a>"));
    let page = desk.page("/search?q=jane").await;
    assert!(page.contains(">Jane Doe</a>") && page.contains("Head of something, Oakfield Foods"));
    assert!(desk.page("/search?q=xyz").await.contains("Nothing is called “xyz”."));
    let answer = desk.get("/search?q=%235").await;
    assert_eq!(answer.headers()[header::LOCATION], "/entries/5");
}

#[tokio::test]
async fn an_entry_shows_what_is_stored_and_never_a_sealed_name() {
    let desk = Desk::busy().await;
    let page = desk.page("/entries/4").await;
    assert!(page.contains("Entry 4") && page.contains("matches") && page.contains("member.named"));
    let stored = page.split("aria-label=\"Stored payload\"").nth(1).unwrap();
    assert!(!stored.split("</pre>").next().unwrap().contains("Meikäläinen"), "sealed as stored");
    assert_eq!(desk.read("/entries/99999").await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.read("/entries/abc").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_policy_reads_as_clauses() {
    let page = Desk::busy().await.page("/policy").await;
    assert!(page.contains("First policy, version 1: a client enters at 55 of 100 points"));
    assert!(
        page.contains("The last day for notice nears")
            && page.contains("Told: the account manager.")
    );
}

#[tokio::test]
async fn a_portfolio_filters_sorts_and_pages() {
    let desk = Desk::busy().await;
    let page = desk.page("/portfolio").await;
    assert!(
        page.contains("4 accounts,") && page.contains("Accounts 1 to 4 of 4, sorted by revenue.")
    );
    let page = desk.page("/portfolio?name=oakf&sort=name&due=").await;
    assert!(page.contains("Accounts 1 to 1 of 1, sorted by name."));
    let page = desk.page("/portfolio?owner=nobody").await;
    assert!(page.contains("No account fits this filter."));
    for odd in [
        "?sort=shoe",
        "?page=0",
        "?owner=x",
        "?due=7",
        "?status=grand",
        "?nope=1",
        "?as_of=2026-02-31",
    ] {
        let (status, page) = desk.read(&format!("/portfolio{odd}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{odd}");
        let name = odd[1..].split('=').next().unwrap();
        assert!(page.contains(&format!("`{name}`")), "{odd} is named: {page}");
        html::check(odd, &page);
    }
}

#[tokio::test]
async fn errors_are_pages_for_readers_and_problems_for_programs() {
    let desk = Desk::busy().await;
    let (status, page) = desk.read("/nowhere").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    html::check("/nowhere", &page);
    let (status, page) = desk.read("/v1/accounts/00000000-0000-0000-0000-000000000000").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    html::check("/v1/accounts", &page);
    let request = Request::get("/v1/nothing").header(header::ACCEPT, "application/json");
    let answer = desk.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(text(answer).await.contains("\"status\":404"));
    let (status, page) = desk.read("/accounts/00000000-0000-0000-0000-000000000000").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("There is no such account."));
}

#[tokio::test]
async fn a_day_to_come_has_no_page() {
    let desk = Desk::busy().await;
    let (status, page) = desk.read("/?as_of=2031-01-01").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("has not come yet"));
    desk.ledger.clock().set(at("2031-01-02T12:00:00Z"));
    assert_eq!(desk.read("/?as_of=2031-01-01").await.0, StatusCode::OK, "now it has");
}

#[tokio::test]
async fn a_desk_that_is_still_reading_says_how_far_it_is_and_tries_again() {
    let desk = Desk::busy().await;
    let model = linchpin_query::ReadModel::start(desk.ledger.ledger().clone());
    let request = Request::get("/portfolio").header(header::ACCEPT, "text/html");
    let request = request.body(Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(linchpin_web::router(model), request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["refresh"], "2");
    assert_eq!(answer.headers()[header::RETRY_AFTER], "2");
    let page = text(answer).await;
    html::check("loading", &page);
    assert!(page.contains("Reading the ledger") && page.contains("0 of"), "{page}");
}

#[tokio::test]
async fn a_desk_cut_off_from_its_ledger_says_so_instead_of_showing_an_old_picture() {
    let desk = Desk::busy().await;
    desk.ledger.ledger().clone().close().await;
    let today = text(desk.get("/").await).await;
    assert!(today.contains("not known just now"), "{today}");
    tokio::time::pause();
    tokio::time::advance(linchpin_query::STALE + std::time::Duration::from_secs(3)).await;
    for path in ["/", "/portfolio", "/alerts"] {
        let answer = desk.get(path).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "3", "{path}");
        let page = text(answer).await;
        html::check(path, &page);
        assert!(page.contains("has not been reached for 13 s"), "{path}: {page}");
    }
}
