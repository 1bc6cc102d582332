//! Our side: who is here, and the forms that name somebody, let somebody leave and judge a client.

use axum::http::StatusCode;
use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::private::Private;
use linchpin_testkit::told;

use crate::desk::{Desk, account};
use crate::html;

#[tokio::test]
async fn where_nobody_is_named_the_first_can_be() {
    let desk = Desk::empty().await;
    let page = desk.page("/members").await;
    html::check("/members", &page);
    assert!(page.contains("Nobody is named yet."), "{page}");
    assert!(page.contains("method=\"post\" action=\"/v1/members\""), "{page}");
    assert!(page.contains("<option value=\"key-account director\">"), "{page}");
    assert!(!page.contains("name=\"by\""), "there is nobody to say so: {page}");
}

#[tokio::test]
async fn all_of_us_are_listed_with_role_clients_and_who_left() {
    let desk = Desk::busy().await;
    let (gone, person) = (MemberId::named("Zoe Gone"), Private::named("Zoe Gone"));
    let entries = vec![
        told("z1", "2022-01-02", MemberNamed { member: gone, person, role: Role::Operations }),
        told("z2", "2024-05-25", MemberLeft { member: gone }),
    ];
    desk.ledger.append(entries).await;
    desk.settled().await;
    let page = desk.page("/members").await;
    html::check("/members", &page);
    let row = |id: MemberId| {
        let from = page.split_once(&format!("id=\"member-{id}\"")).unwrap().1;
        from.split_once("</tr>").unwrap().0.to_owned()
    };
    let zoe = row(gone);
    assert!(zoe.contains("operations") && zoe.contains("25 May 2024"), "{zoe}");
    assert!(!zoe.contains("acts/leave"), "{zoe}");
    let kari = MemberId::named("Kari Nordmann");
    let leave = format!("/members/{kari}/acts/leave");
    assert!(row(kari).contains(&leave), "{page}");
    let by = page.split_once("name=\"by\"").unwrap().1;
    assert!(by.contains(">Kari Nordmann</option>") && !by.contains(">Zoe Gone</option>"), "{by}");

    let form = desk.page(&leave).await;
    html::check(&leave, &form);
    assert!(form.contains(&format!("action=\"/v1/members/{kari}/leave\"")), "{form}");
    let left = desk.page(&format!("/members/{gone}/acts/leave")).await;
    assert!(
        left.contains("Zoe Gone left on 25 May 2024") && !left.contains("/v1/members"),
        "{left}"
    );
    let odd = format!("/members/{}/acts/leave", MemberId::named("nobody at all"));
    assert_eq!(desk.read(&odd).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_client_is_judged_by_a_form_on_its_page() {
    let desk = Desk::busy().await;
    let client = account("Oakfield Foods");
    let path = format!("/accounts/{client}/acts/judge");
    let page = desk.page(&format!("/accounts/{client}")).await;
    assert!(page.contains(&format!("href=\"{path}\"")), "{page}");
    let form = desk.page(&path).await;
    html::check(&path, &form);
    assert!(form.contains(&format!("action=\"/v1/accounts/{client}/judge\"")), "{form}");
    for of in ["strategic fit", "growth potential", "influence"] {
        assert!(form.contains(&format!("<option value=\"{of}\">")), "{of}: {form}");
    }
    let today = desk.model.today();
    let (first, last) = (today.tomorrow().unwrap(), linchpin_domain::act::latest_judgement(today));
    assert!(form.contains(&format!("min=\"{first}\" max=\"{last}\"")), "{form}");
    assert!(form.contains("name=\"score\" type=\"number\" required min=\"0\" max=\"5\""), "{form}");
}
