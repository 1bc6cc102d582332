//! What the page of a client offers is what the door takes; anything else says why not.

use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::private::Private;
use linchpin_testkit::told;

use crate::desk::{Desk, account};
use crate::html;
use crate::statuses::{KARI, MAIJA, POLICY, Story, every_status};

const DEEDS: [&str; 16] = [
    "nominate",
    "approve",
    "veto",
    "confirm",
    "override",
    "end-override",
    "assign",
    "claim",
    "rule",
    "hand-over",
    "parent",
    "merge",
    "unmerge",
    "judge",
    "review",
    "plan",
];

const NOT_NOW: &str = "This cannot be done now";

/// The deeds that a client's page leads to.
async fn offers(desk: &Desk, name: &str) -> Vec<String> {
    let page = desk.page(&format!("/accounts/{}", account(name))).await;
    let start = format!("/accounts/{}/acts/", account(name));
    html::all(&page, "href")
        .iter()
        .filter_map(|it| it.strip_prefix(&start))
        .map(str::to_owned)
        .collect()
}

async fn act(desk: &Desk, name: &str, deed: &str) -> String {
    let path = format!("/accounts/{}/acts/{deed}", account(name));
    let page = desk.page(&path).await;
    html::check(&path, &page);
    page
}

/// Grove has points enough to be proposed and too few to become a key account by itself.
async fn grove(policy: &str) -> Desk {
    let desk = Desk::empty().await;
    let mut story = Story(Vec::new());
    for (name, role) in [(MAIJA, Role::AccountManager), (KARI, Role::Director)] {
        let person = Private::named(name);
        story.tell("2022-01-01", MemberNamed { member: MemberId::named(name), person, role });
    }
    let approval = Approval { by: MemberId::named(KARI), reason: "So be it".to_owned() };
    let document = policy.replace("enters_at = 5", "enters_at = 9");
    story.tell("2022-01-02", PolicyAdopted { document, approvals: vec![approval] });
    let grove = story.client("Grove", &["2024-03"]);
    story.owned(grove, MAIJA);
    let entries = story.0.into_iter().map(|(name, when, fact)| told(&name, &when, fact));
    desk.ledger.append(entries.collect()).await;
    desk.settled().await;
    desk
}

#[tokio::test]
async fn nobody_is_proposed_where_the_policy_asks_nobody() {
    let asking = grove(POLICY).await;
    assert!(offers(&asking, "Grove").await.contains(&"nominate".to_owned()));
    let (before, after) = POLICY.split_once("[approval]").unwrap();
    let after = after.split_once("[reassessment]").unwrap().1;
    let plain = grove(&format!("{before}[reassessment]{after}")).await;
    let offered = offers(&plain, "Grove").await;
    assert!(offered.contains(&"override".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"nominate".to_owned()), "{offered:?}");
    let page = act(&plain, "Grove", "nominate").await;
    assert!(page.contains(NOT_NOW) && !page.contains("method=\"post\" action=\"/v1/"), "{page}");
    assert!(page.contains("The policy in force asks for nobody"), "{page}");
}

#[tokio::test]
async fn every_deed_that_is_offered_has_a_form_and_the_others_say_why_not() {
    let desk = every_status().await;
    let mut refused = 0;
    for name in ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Fir Holding"] {
        let offered = offers(&desk, name).await;
        for deed in DEEDS {
            let page = act(&desk, name, deed).await;
            let cannot = page.contains(NOT_NOW);
            assert!(!cannot || !offered.contains(&deed.to_owned()), "{name}: {deed}");
            let form = page.contains(&format!("action=\"/v1/accounts/{}/{deed}\"", account(name)))
                || page.contains("aria-label=\"Look for the other account\"");
            assert!(cannot != form, "{name}: {deed}: {page}");
            refused += usize::from(cannot);
        }
    }
    assert!(refused > 7, "{refused}");
    // Key by an override, and standard by its own course: there is nothing to confirm.
    let overridden = offers(&desk, "Fir").await;
    assert!(!overridden.contains(&"confirm".to_owned()), "{overridden:?}");
    let merged = act(&desk, "Cedar GmbH", "claim").await;
    assert!(merged.contains("The client was merged into “Cedar”"), "{merged}");
}

#[tokio::test]
async fn only_those_are_offered_to_whom_and_from_whom_it_can_come() {
    let desk = every_status().await;
    let option = |name: &str| format!("<option value=\"{}\">", MemberId::named(name));
    let claim = act(&desk, "Birch", "claim").await;
    assert!(claim.contains(&option(KARI)), "{claim}");
    assert!(!claim.contains(&option(MAIJA)), "it is hers");
    let over = act(&desk, "Birch", "hand-over").await;
    let (to, by) = over.split_once("name=\"by\"").unwrap();
    assert!(to.contains(&option(KARI)) && !to.contains(&option(MAIJA)), "{to}");
    assert!(by.contains(&option(MAIJA)), "whose it is may hand it over");
    let path = format!("/accounts/{}/acts/parent?q=fir", account("Fir Holding"));
    let page = desk.page(&path).await;
    html::check(&path, &page);
    let radio = format!("name=\"parent\" value=\"{}\"", account("Fir"));
    assert!(!page.contains(&radio) && page.contains("Not this one"), "{page}");
    assert!(page.contains("this would close a loop: Fir Holding → Fir → Fir Holding"), "{page}");
}
