//! Clients of colleagues who left: what the page lists, and the form that hands all of them over.

use axum::http::StatusCode;
use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::private::Private;
use linchpin_testkit::told;

use crate::desk::{Desk, account};
use crate::html;

const JOE: &str = "Joe Bloggs";

/// On a busy desk some of us leave, each with one client and the first with two.
async fn after_leaving(names: &[&str]) -> Desk {
    let desk = Desk::busy().await;
    let mut entries = Vec::new();
    let mut tell = |when: &str, fact: Fact| {
        entries.push(told(&format!("left {}", entries.len()), when, fact));
    };
    for (index, name) in names.iter().enumerate() {
        let member = MemberId::named(name);
        let (person, role) = (Private::named(*name), Role::AccountManager);
        tell("2022-01-02", MemberNamed { member, person, role }.into());
        for number in 0..=usize::from(index == 0) {
            let name = format!("Client {number} of {name}");
            let (account, country, sector) = (account(&name), None, None);
            tell("2022-02-01", AccountRegistered { account, name, country, sector }.into());
            tell("2022-02-02", OwnerAssigned { account, owner: member }.into());
        }
        tell("2024-05-25", MemberLeft { member }.into());
    }
    desk.ledger.append(entries).await;
    desk.settled().await;
    desk
}

#[tokio::test]
async fn all_that_somebody_who_left_has_is_handed_over_by_a_form_of_its_own() {
    let desk = after_leaving(&[JOE]).await;
    let page = desk.page("/ownership").await;
    html::check("/ownership", &page);
    let path = format!("/members/{}/acts/hand-over", MemberId::named(JOE));
    assert!(page.contains(&format!("href=\"{path}\"")), "{page}");
    assert!(html::tags(&page, "select").is_empty(), "forms are elsewhere: {page}");
    let form = desk.page(&path).await;
    html::check(&path, &form);
    let door = format!("action=\"/v1/members/{}/hand-over\"", MemberId::named(JOE));
    assert!(form.contains(&door), "{form}");
    assert!(form.contains("Joe Bloggs left on 25 May 2024 and has 2 clients."), "{form}");
    // A reason stays readable for ever, so nobody's name is put into it.
    assert!(form.contains(">Left the firm.</textarea>"), "{form}");
    assert!(form.contains(">Kari Nordmann</option>") && !form.contains(">Joe Bloggs</option>"));
    let with_name = MemberId::named("Kari Nordmann");
    let stays = desk.page(&format!("/members/{with_name}/acts/hand-over")).await;
    assert!(stays.contains("No client is looked after by Kari Nordmann."), "{stays}");
    let odd = MemberId::named("nobody at all");
    let (status, _) = desk.read(&format!("/members/{odd}/acts/hand-over")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(desk.read(&format!("{path}?as_of=2024-05-30")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(desk.read("/members/x/acts/hand-over").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_case_leads_to_the_form_of_its_ruling_and_the_form_to_the_case() {
    let desk = Desk::busy().await;
    let id = account("Ashdown Rail");
    let rule = format!("/accounts/{id}/acts/rule");
    assert!(desk.page("/ownership").await.contains(&format!("href=\"{rule}\"")));
    let form = desk.page(&rule).await;
    let case = format!("/ownership?account={id}");
    assert!(form.contains(&format!("href=\"{case}\"")), "{form}");
    assert!(desk.page(&case).await.contains("Known since 2022."));
    let other = desk.page(&format!("/accounts/{id}/acts/claim")).await;
    assert!(!other.contains(&case), "of a ruling alone: {other}");
}

#[tokio::test]
async fn of_many_who_left_some_are_shown_and_all_are_counted() {
    let names: Vec<String> = (10..40).map(|number| format!("Leaver {number}")).collect();
    let desk = after_leaving(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let page = desk.page("/ownership").await;
    html::check("/ownership", &page);
    assert!(page.contains("and 31 belong to somebody who left."), "{page}");
    assert!(page.contains("Colleagues who left <span class=\"count\">30</span>"), "{page}");
    assert!(page.contains("Shown: the 25 with the most"), "{page}");
    assert_eq!(page.matches("<li id=\"leaver-").count(), 25);
}

#[tokio::test]
async fn a_reason_that_a_form_lets_through_is_short_enough_in_any_script() {
    let desk = after_leaving(&[JOE]).await;
    let alike = desk.page(&format!("/accounts/{}/acts/hand-over", account("Ashdown Rail"))).await;
    let all = desk.page(&format!("/members/{}/acts/hand-over", MemberId::named(JOE))).await;
    for page in [alike, all] {
        for field in html::tags(&page, "textarea") {
            let letters: usize = html::attribute(field, "maxlength").unwrap().parse().unwrap();
            let by = MemberId::named(JOE);
            let claim = |reason: String| {
                Fact::from(OwnershipClaimed { account: account("Ashdown Rail"), by, reason })
            };
            claim("\u{6f22}".repeat(letters)).check().unwrap();
        }
    }
}
