//! Every link leads somewhere, and every page on the way is whole.

use std::collections::{BTreeSet, VecDeque};

use axum::http::{StatusCode, header};

use crate::desk::{Desk, text};
use crate::html;

/// Most pages walked through.
const MOST: usize = 400;

/// Acts that forms may post to: what stands before the id, and after it.
const ACTS: [(&str, &str); 25] = [
    ("/v1/alerts/", "/acknowledge"),
    ("/v1/alerts/", "/snooze"),
    ("/v1/contracts/", "/talks-started"),
    ("/v1/accounts/", "/merge"),
    ("/v1/accounts/", "/parent"),
    ("/v1/accounts/", "/dismiss"),
    ("/v1/accounts/", "/nominate"),
    ("/v1/accounts/", "/approve"),
    ("/v1/accounts/", "/veto"),
    ("/v1/accounts/", "/confirm"),
    ("/v1/accounts/", "/override"),
    ("/v1/accounts/", "/end-override"),
    ("/v1/accounts/", "/assign"),
    ("/v1/accounts/", "/claim"),
    ("/v1/accounts/", "/rule"),
    ("/v1/accounts/", "/hand-over"),
    ("/v1/accounts/", "/unmerge"),
    ("/v1/accounts/", "/judge"),
    ("/v1/accounts/", "/review"),
    ("/v1/accounts/", "/plan"),
    ("/v1/members", ""),
    ("/v1/members/", "/leave"),
    ("/v1/members/", "/hand-over"),
    ("/policy/try", ""),
    ("/theme", ""),
];

async fn walk(desk: &Desk) -> BTreeSet<String> {
    let mut ahead: VecDeque<String> = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    while let Some(path) = ahead.pop_front() {
        let answer = desk.get(&path).await;
        let status = answer.status();
        if status.is_redirection() {
            let to = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
            if seen.insert(to.clone()) {
                ahead.push_back(to);
            }
            continue;
        }
        let kind = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap().to_owned());
        let page = text(answer).await;
        // Asked what was known before anything was, the desk says so.
        let too_early = path.contains("known_at=") && page.contains("Nothing was known");
        assert!(status == StatusCode::OK || too_early, "{path}: {status}");
        if !kind.unwrap_or_default().starts_with("text/html") {
            continue;
        }
        html::check(&path, &page);
        for form in html::tags(&page, "form") {
            let action = html::attribute(form, "action").unwrap();
            if html::attribute(form, "method").as_deref() == Some("post") {
                let known = |(head, tail): &(&str, &str)| {
                    action.starts_with(head) && action.ends_with(tail)
                };
                assert!(ACTS.iter().any(known), "{path}: posts to {action}");
            } else if seen.insert(action.clone()) {
                ahead.push_back(action);
            }
        }
        for href in html::all(&page, "href").into_iter().chain(html::all(&page, "src")) {
            let to = href.split('#').next().unwrap_or_default().to_owned();
            if !to.is_empty() && seen.len() < MOST && seen.insert(to.clone()) {
                ahead.push_back(to);
            }
        }
    }
    seen
}

#[tokio::test]
async fn every_link_of_a_busy_desk_leads_somewhere() {
    let desk = Desk::busy().await;
    let seen = walk(&desk).await;
    assert!(seen.len() > 60, "{seen:?}");
    assert!(seen.iter().any(|path| path.contains("as_of=")), "the past is reached: {seen:?}");
    assert!(seen.iter().any(|path| path.starts_with("/entries/")));
}

#[tokio::test]
async fn every_link_of_an_empty_desk_leads_somewhere() {
    let desk = Desk::empty().await;
    walk(&desk).await;
}
