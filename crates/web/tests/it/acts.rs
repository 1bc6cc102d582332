//! Forms: the theme, and what is said after an act.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use linchpin_domain::fact::AccountRegistered;
use linchpin_testkit::told;

use crate::desk::{Desk, account, text};
use crate::html;

async fn theme(desk: &Desk, form: &str) -> axum::http::Response<Body> {
    let request = Request::post("/theme")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    desk.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie_and_leads_back() {
    let desk = Desk::busy().await;
    let answer = theme(&desk, "theme=dark&return_to=%2Falerts%3Fstate%3Dopen").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/alerts?state=open");
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("theme=dark;") && cookie.contains("SameSite=Lax"), "{cookie}");
    let request = Request::get("/").header(header::COOKIE, "a=b; theme=dark");
    let page = text(desk.send(request.body(Body::empty()).unwrap()).await).await;
    assert!(page.contains("<html lang=\"en\" data-theme=\"dark\">"));
    let plain = desk.page("/").await;
    assert!(plain.contains("<html lang=\"en\">"), "without a wish the system decides");
}

#[tokio::test]
async fn a_theme_leads_to_no_other_place_and_takes_no_other_word() {
    let desk = Desk::busy().await;
    for back in
        ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2F%0D%0Ax"]
    {
        let answer = theme(&desk, &format!("theme=light&return_to={back}")).await;
        assert_eq!(answer.headers()[header::LOCATION], "/", "{back}");
    }
    assert_eq!(theme(&desk, "theme=plum").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(theme(&desk, "colour=plum").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_act_is_confirmed_once_and_only_in_our_own_words() {
    let desk = Desk::busy().await;
    let page = desk.page("/alerts?done=acknowledged").await;
    assert!(page.contains("role=\"status\"><strong>Acknowledged."));
    assert!(!page.contains("done=acknowledged&#38;done="), "the note is not carried on");
    let page = desk.page("/alerts?done=%3Cb%3Eyou%20won").await;
    assert!(!page.contains("you won"));
}

#[tokio::test]
async fn where_many_may_be_meant_those_shown_are_said_not_to_be_all() {
    let desk = Desk::busy().await;
    let registered = (0..35).map(|number| {
        let name = format!("Wren Holding {number}");
        let (account, country, sector) = (account(&name), Some("NL".to_owned()), None);
        told(&name.clone(), "2024-01-05", AccountRegistered { account, name, country, sector })
    });
    desk.ledger.append(registered.collect()).await;
    desk.settled().await;
    let path = format!("/accounts/{}/acts/merge", account("Oakfield Foods"));
    let many = desk.page(&format!("{path}?q=wren")).await;
    html::check(&path, &many);
    assert!(many.contains("At least 30 are called so"), "{many}");
    assert_eq!(many.matches("type=\"radio\"").count(), 30);
    let one = desk.page(&format!("{path}?q=wren%20holding%2034")).await;
    assert!(one.contains(">Wren Holding 34 <span class=\"soft\">NL</span>"), "{one}");
    assert!(!one.contains("At least"), "{one}");
}
