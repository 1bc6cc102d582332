//! Handing over all at once: what a form's sender is told became of it, and what the bounds are.

use linchpin_domain::fact::{AccountRegistered, ContactJoined, OwnerAssigned, OwnershipClaimed};
use linchpin_domain::id::{AccountId, ContactId};
use linchpin_domain::private::Private;
use linchpin_ingest::command::MAX_HANDED_OVER;
use linchpin_testkit::told;
use serde_json::json;

use crate::acts::{account, member, said, with_clients};
use crate::{FORM, JSON, Site};

const TO: &str = "/v1/members/staff:ann/hand-over";

async fn owned(site: &Site, clients: &[&str]) {
    let owner = member("ann");
    let assigned = clients.iter().map(|client| {
        let fact = OwnerAssigned { account: account(client), owner };
        told(&format!("{client} assigned"), "2024-01-01", fact)
    });
    site.temp.append(assigned.collect()).await;
}

/// Somebody else says that a client is theirs, so that its account manager cannot hand it over.
async fn claimed(site: &Site, client: &str) {
    let fact = OwnershipClaimed {
        account: account(client),
        by: member("dora"),
        reason: "she brought them".to_owned(),
    };
    site.temp.append(vec![told(&format!("{client} claimed"), "2024-02-01", fact)]).await;
}

fn form() -> String {
    format!("by={}&to={}&reason=x&return_to=/ownership", member("ann"), member("ben"))
}

#[tokio::test]
async fn a_form_is_told_that_all_passed_over_some_or_none() {
    let site = with_clients().await;
    let back = |answer: &crate::Answer| {
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text);
        answer.header("location").to_owned()
    };
    let none = site.post(TO, FORM, form()).await;
    assert_eq!(back(&none), "/ownership?done=nothing-handed-over");

    owned(&site, &["acme", "bolt"]).await;
    claimed(&site, "bolt").await;
    let part = site.post(TO, FORM, form()).await;
    assert_eq!(back(&part), "/ownership?done=handed-over-partly.1.1.0");
    let before = site.temp.ledger().head().position;
    let refused = site.post(TO, FORM, form()).await.problem(409);
    assert!(refused.starts_with("no client passed over, 1 stay: “Bolt”: "), "{refused}");
    assert_eq!(site.temp.ledger().head().position, before);

    let site = with_clients().await;
    owned(&site, &["cog"]).await;
    assert_eq!(back(&site.post(TO, FORM, form()).await), "/ownership?done=handed-over");
}

#[tokio::test]
async fn a_plan_and_a_hand_over_are_cut_alike_and_say_what_is_left() {
    let site = with_clients().await;
    let (owner, many) = (member("ann"), MAX_HANDED_OVER + 3);
    for from in (0..many).step_by(500) {
        let entries = (from..many.min(from + 500)).flat_map(|n| {
            let account = AccountId::named(&format!("crm:many-{n}"));
            let name = format!("Client {n}");
            let known = AccountRegistered { account, name, country: None, sector: None };
            let assigned = OwnerAssigned { account, owner };
            [
                told(&format!("many {n}"), "2023-01-01", known),
                told(&format!("many {n} assigned"), "2024-01-01", assigned),
            ]
        });
        site.temp.append(entries.collect()).await;
    }
    let body = |dry: bool| {
        said("dora", json!({"to": ["staff:ben"], "reason": "Ann has left.", "dry_run": dry}))
    };
    let plan = site.post(TO, JSON, body(true)).await.json();
    assert_eq!(plan["accounts"].as_array().unwrap().len(), MAX_HANDED_OVER);
    assert_eq!(plan["left"], 3);
    let done = site.post(TO, JSON, body(false)).await.json();
    assert_eq!(done["accounts"].as_array().unwrap().len(), MAX_HANDED_OVER);
    assert_eq!(done["left"], 3);
    let rest = site.post(TO, JSON, body(false)).await.json();
    assert_eq!((rest["accounts"].as_array().unwrap().len(), &rest["left"]), (3, &json!(0)));
}

#[tokio::test]
async fn a_client_with_thousands_of_contacts_passes_over_and_beyond_that_it_says_which_and_what() {
    let site = with_clients().await;
    owned(&site, &["acme"]).await;
    let join = |n: usize| {
        let fact = ContactJoined {
            account: account("acme"),
            contact: ContactId::named(&format!("crm:one-{n}")),
            person: Private::default(),
            title: String::new(),
            level: None,
            role: None,
        };
        told(&format!("contact {n}"), "2024-03-01", fact)
    };
    for from in (1..4_000).step_by(1_000) {
        site.temp.append((from..4_000.min(from + 1_000)).map(join).collect()).await;
    }
    let over = |more: serde_json::Value| {
        let mut body = json!({"to": "staff:ben", "reason": "hers"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said("dora", body)
    };
    let path = "/v1/accounts/crm:acme/hand-over";
    site.temp.append(vec![join(4_000)]).await;
    let detail = site.post(path, JSON, over(json!({}))).await.problem(422);
    assert!(detail.contains("4001 contacts would pass over"), "{detail}");
    assert!(detail.contains("name at most 4000 in `contacts`"), "{detail}");
    // The cure it names: a list that is as long as it may be.
    let named: Vec<String> =
        (1..=4_000).map(|n| ContactId::named(&format!("crm:one-{n}")).to_string()).collect();
    let done = site.post(path, JSON, over(json!({"contacts": named}))).await;
    assert_eq!(done.status, 201, "{}", done.text);
}

#[tokio::test]
async fn what_the_description_lets_be_null_is_taken_as_left_out() {
    let site = with_clients().await;
    owned(&site, &["acme"]).await;
    let null = json!({
        "to": "staff:ben", "reason": "hers", "from": null,
        "contacts": null, "contracts": null, "promises": null,
    });
    let done = site.post("/v1/accounts/crm:acme/hand-over", JSON, said("dora", null)).await;
    assert_eq!(done.status, 201, "{}", done.text);
}

#[tokio::test]
async fn a_form_holds_as_many_letters_of_any_script_as_json_does() {
    let site = with_clients().await;
    owned(&site, &["acme"]).await;
    let line = "%D0%B6".repeat(1_900);
    let promises = vec![line; 40].join("%0D%0A");
    let form = format!("by={}&to={}&reason=x&promises={promises}", member("dora"), member("ben"));
    assert!(form.len() > 192 << 10);
    let done = site.post("/v1/accounts/crm:acme/hand-over", FORM, form).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text);
}
