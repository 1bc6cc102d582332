//! What hostile names and addresses must not do.

use axum::http::{StatusCode, header};

use crate::desk::{Desk, FORMULA, SCRIPT, account, text};

const POLICY: &str = "content-security-policy";

#[tokio::test]
async fn a_name_that_is_a_script_stays_a_name() {
    let desk = Desk::busy().await;
    let id = account(SCRIPT);
    let paths = [
        "/portfolio".to_owned(),
        "/look-back".to_owned(),
        format!("/accounts/{id}"),
        "/search?q=script".to_owned(),
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        "/alerts?account=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        "/portfolio?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        "/?%3Cscript%3E=1".to_owned(),
        "/accounts/%3Cscript%3E".to_owned(),
    ];
    for path in paths {
        let (_, page) = desk.read(&path).await;
        assert!(!page.contains("<script>"), "{path}");
    }
    assert!(desk.page("/portfolio").await.contains("&#60;script&#62;alert(1)"));
    let plot = desk.page(&format!("/accounts/{}", account("Oakfield Foods"))).await;
    assert!(
        !plot.contains("Rates <2024>") && plot.contains("Rates &#60;2024&#62;"),
        "also in plots"
    );
}

#[tokio::test]
async fn a_name_that_is_a_formula_stays_a_name_in_a_spreadsheet() {
    let desk = Desk::busy().await;
    let answer = desk.get("/portfolio.csv").await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert!(
        answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().contains("2024-06-01.csv")
    );
    let csv = text(answer).await;
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://evil.example\"\""), "{csv}");
    assert!(!csv.contains(&format!(",{FORMULA}")));
    assert_eq!(csv.lines().count(), 5, "a head and four accounts");
    assert!(csv.lines().all(|line| !line.starts_with('=')));
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let desk = Desk::busy().await;
    for path in
        ["/", "/nowhere", "/assets/style.css", "/v1/accounts", "/portfolio.csv", "/openapi.json"]
    {
        let answer = desk.get(path).await;
        let head = answer.headers();
        let policy = head[POLICY].to_str().unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(head[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(head[header::REFERRER_POLICY], "same-origin", "{path}");
        assert!(head.contains_key(header::CACHE_CONTROL), "{path}");
    }
}

#[tokio::test]
async fn files_are_kept_by_version_and_checked_otherwise() {
    let desk = Desk::empty().await;
    let page = desk.page("/").await;
    let named =
        page.split("href=\"/assets/style.css?v=").nth(1).unwrap().split('"').next().unwrap();
    let answer = desk.get(&format!("/assets/style.css?v={named}")).await;
    assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let tag = answer.headers()[header::ETAG].clone();
    let plain = desk.get("/assets/style.css?v=old").await;
    assert_eq!(plain.headers()[header::CACHE_CONTROL], "no-cache");
    let again = axum::http::Request::get("/assets/style.css").header(header::IF_NONE_MATCH, tag);
    let again = desk.send(again.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(desk.get("/assets/../Cargo.toml").await.status(), StatusCode::NOT_FOUND);
}
