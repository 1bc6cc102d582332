//! The portfolio's figures, who moved, and names alike.

use axum::http::StatusCode;
use linchpin_domain::fact::{AccountRegistered, AccountsMerged, ParentSet, PolicyAdopted};
use linchpin_testkit::told;

use crate::desk::{Desk, SCRIPT, account};
use crate::html;

/// A policy under which revenue alone makes a key account.
const POLICY: &str = r#"
name = "Revenue alone"
enters_at = 10
stays_from = 5
grace_days = 30
[[criterion]]
id = "revenue"
title = "Revenue <alone>"
measure = "revenue"
window_days = 365
from = 0
to = 100
points = 10
missing = "no points"
why = "They pay us."
"#;

async fn register(desk: &Desk, name: &str) {
    let registered = AccountRegistered {
        account: account(name),
        name: name.to_owned(),
        country: Some("DE".to_owned()),
        sector: None,
    };
    desk.ledger.append(vec![told(&format!("registered {name}"), "2024-05-01", registered)]).await;
    desk.settled().await;
}

/// A busy desk on which revenue alone counts from March on, and a client that is like another.
async fn desk() -> Desk {
    let desk = Desk::busy().await;
    let adopted = PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() };
    desk.ledger.append(vec![told("revenue alone", "2024-03-01", adopted)]).await;
    register(&desk, "Oakfield Foods GmbH").await;
    register(&desk, "Ashdown Rail Poland").await;
    desk
}

#[tokio::test]
async fn the_portfolio_tells_shares_drift_and_groups() {
    let desk = desk().await;
    let set =
        ParentSet { account: account("Ashdown Rail Poland"), parent: account("Ashdown Rail") };
    desk.ledger.append(vec![told("below", "2024-05-02", set)]).await;
    desk.settled().await;
    let page = desk.page("/portfolio").await;
    html::check("/portfolio", &page);
    for chip in ["Key", "On trial", "Nominated", "Under review", "Released", "Standard"] {
        assert!(page.contains(&format!("</span>{chip} <span class=\"count\">")), "{chip}");
    }
    assert!(page.contains("<strong>6 accounts, 1 of them key.</strong>"), "{page}");
    for part in ["What each status brings", "Who drifts", "Groups"] {
        assert!(page.contains(&format!(">{part}</h2>")), "{part}");
    }
    assert!(page.contains("The profit cannot be told: 12 of 12 invoices name no cost."));
    assert!(page.contains("5 groups, those of one account included"), "{page}");
    assert!(page.contains(">Ashdown Rail</a></th>"), "a group by its head");
    assert!(
        page.contains("href=\"/portfolio/movement\"") && page.contains("href=\"/suggestions\"")
    );
    let past = desk.page("/portfolio?as_of=2024-02-01").await;
    assert!(
        past.contains("href=\"/portfolio/movement?as_of=2024-02-01\""),
        "links keep the clocks"
    );
    assert!(!past.contains("/suggestions"), "suggestions are about the present");
}

#[tokio::test]
async fn who_moved_is_told_with_the_day_and_what_moved_it() {
    let desk = desk().await;
    let page = desk.page("/portfolio/movement?from=2022-03-01&to=2023-12-31").await;
    html::check("/portfolio/movement", &page);
    assert!(
        page.contains("<strong>1 account moved</strong> from 1 March 2022 to 31 December 2023"),
        "{page}"
    );
    assert!(page.contains("gave") && page.contains("instead of"), "{page}");
    assert!(page.contains("value=\"2022-03-01\"") && page.contains("value=\"2023-12-31\""));
    let policy = POLICY.replace("to = 100", "to = 10000000");
    let adopted = PolicyAdopted { document: policy, approvals: Vec::new() };
    desk.ledger.append(vec![told("hardly anybody", "2024-04-01", adopted)]).await;
    desk.settled().await;
    let page = desk.page("/portfolio/movement?from=2024-03-15&to=2024-04-15").await;
    assert!(page.contains("1 Apr 2024") && page.contains("of the policy came in force"), "{page}");
    let quiet = desk.page("/portfolio/movement?from=2024-05-01").await;
    assert!(quiet.contains("Nobody moved") && quiet.contains("No status changed"));
    for (query, says) in [
        ("from=2024-05-02&to=2024-05-01", "lies after"),
        ("from=yesterday", "which is no day"),
        ("to=2031-01-01", "has not come yet"),
        ("since=2024-01-01", "no parameter"),
    ] {
        let (status, page) = desk.read(&format!("/portfolio/movement?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.contains(says), "{query}: {page}");
    }
    let earlier = desk.page("/portfolio/movement?from=2023-02-01&known_at=2024-01-31").await;
    assert!(earlier.contains("This is the past.") && earlier.contains("Nobody moved"));
}

#[tokio::test]
async fn names_alike_are_listed_and_can_be_settled_by_a_person() {
    let desk = desk().await;
    let page = desk.page("/suggestions").await;
    html::check("/suggestions", &page);
    assert!(page.contains("Two new clients are called much like others."), "{page}");
    assert!(page.contains("Part of <a") && page.contains("The same as <a"));
    let path = format!("/accounts/{}", account("Oakfield Foods GmbH"));
    let page = desk.page(&path).await;
    html::check(&path, &page);
    let id = account("Oakfield Foods GmbH");
    assert!(page.contains("May be the same client as <a"), "{page}");
    assert!(page.contains(&format!("action=\"/v1/accounts/{id}/merge\"")));
    assert!(!page.contains("formnovalidate"), "who says so is asked for whatever is said");
    let dismiss = page.split(&format!("action=\"/v1/accounts/{id}/dismiss\"")).nth(1).unwrap();
    let dismiss = dismiss.split("</form>").next().unwrap();
    let who = html::tags(dismiss, "select");
    assert!(who[0].contains("name=\"by\" required"), "{dismiss}");
    assert!(dismiss.contains(&format!("name=\"other\" value=\"{}\"", account("Oakfield Foods"))));
    assert!(page.contains(">Joe Bloggs</option>"), "somebody says so");
    assert!(!desk.page(&format!("{path}?as_of=2024-05-20")).await.contains("Names alike"));
    let below = desk.page(&format!("/accounts/{}", account("Ashdown Rail Poland"))).await;
    assert!(below.contains("May belong to <a") && below.contains("/parent\""), "{below}");

    let (one, into) = (id, account("Oakfield Foods"));
    let merged = AccountsMerged { account: one, into, reason: "one client".to_owned() };
    desk.ledger.append(vec![told("merged", "2024-05-03", merged)]).await;
    desk.settled().await;
    let page = desk.page("/suggestions").await;
    assert!(!page.contains("The same as"), "{page}");
    assert!(page.contains("Part of <a"), "the other pair is still asked about: {page}");
    let page = desk.page(&path).await;
    assert!(page.contains("<h1>Oakfield Foods<"), "a duplicate's page is that of the client");
    let found = desk.page("/search?q=oakfield").await;
    assert!(found.contains("merged into Oakfield Foods on "), "{found}");
}

#[tokio::test]
async fn a_hostile_name_stays_a_name_among_suggestions() {
    let desk = Desk::busy().await;
    let twin = SCRIPT.to_uppercase();
    register(&desk, &twin).await;
    for path in ["/suggestions".to_owned(), format!("/accounts/{}", account(&twin))] {
        let page = desk.page(&path).await;
        html::check(&path, &page);
        assert!(!page.to_lowercase().contains("<script>alert"), "{path}");
        assert!(page.contains("the same client as") || page.contains("The same as"), "{path}");
    }
}
