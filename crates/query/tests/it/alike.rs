//! Suggestions over a real ledger: found by name, gone once settled.

use linchpin_domain::fact::*;
use linchpin_domain::id::EntryId;
use linchpin_testkit::told;
use serde_json::Value;

use super::served::Served;
use super::story::account;

async fn tell(served: &Served, fact: impl Into<Fact>) -> EntryId {
    let name = format!("told {}", served.model.position());
    served.append(vec![told(&name, "2024-05-01", fact)]).await;
    EntryId::named(&name)
}

/// The names suggested as duplicates, parents and subsidiaries of a client.
async fn alike(served: &Served, name: &str) -> [Vec<String>; 3] {
    let found = served.ok(&format!("/v1/accounts/{}/suggestions", account(name))).await;
    ["duplicates", "parents", "subsidiaries"].map(|kind| names(&found[kind]))
}

fn names(list: &Value) -> Vec<String> {
    let names = list.as_array().unwrap().iter();
    names.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

fn none() -> [Vec<String>; 3] {
    [const { Vec::new() }; 3]
}

fn only(at: usize, name: &str) -> [Vec<String>; 3] {
    let mut found = none();
    found[at].push(name.to_owned());
    found
}

async fn served(names: &[&str]) -> Served {
    let served = Served::new().await;
    for name in names {
        served.client(name).await;
    }
    served
}

#[tokio::test]
async fn duplicates_parents_and_subsidiaries_are_told_with_a_score_and_why() {
    let served = served(&["Northgate Ltd", "Alder", "Northgate", "Imperial Tea Poland"]).await;
    served.client("Imperial Tea").await;
    let found = served.ok(&format!("/v1/accounts/{}/suggestions", account("Northgate"))).await;
    assert_eq!(found["name"], "Northgate");
    assert_eq!(found["registered"], "2024-01-02");
    let duplicate = &found["duplicates"][0];
    assert_eq!(duplicate["name"], "Northgate Ltd");
    assert_eq!(duplicate["why"], "The same name but for the legal form");
    assert!((50..=100).contains(&duplicate["score"].as_u64().unwrap()));
    assert_eq!(alike(&served, "Imperial Tea").await, only(2, "Imperial Tea Poland"));
    assert_eq!(alike(&served, "Imperial Tea Poland").await, only(1, "Imperial Tea"));
    assert_eq!(alike(&served, "Alder").await, none());
    let path = format!("/v1/accounts/{}/suggestions", account("nobody"));
    served.refused(&path, 404).await;
    let odd = format!("/v1/accounts/{}/suggestions?as_of=2024-01-01", account("Alder"));
    assert!(served.refused(&odd, 400).await.contains("as_of"));
}

#[tokio::test]
async fn what_is_merged_joined_or_dismissed_is_suggested_no_more() {
    let served = served(&["Northgate Ltd", "Northgate"]).await;
    let (one, other) = (account("Northgate Ltd"), account("Northgate"));
    assert_eq!(alike(&served, "Northgate").await, only(0, "Northgate Ltd"));
    let no = SuggestionDismissed { account: other, other: one, by: None, reason: None };
    let said = tell(&served, no).await;
    assert_eq!(alike(&served, "Northgate").await, none());
    assert_eq!(alike(&served, "Northgate Ltd").await, none());
    let reason = "by mistake".to_owned();
    tell(&served, FactRetracted::of_account(other, said, reason)).await;
    assert_eq!(alike(&served, "Northgate Ltd").await, only(0, "Northgate"));

    let reason = "one client".to_owned();
    tell(&served, AccountsMerged { account: one, into: other, reason }).await;
    assert_eq!(alike(&served, "Northgate").await, none());
    let reason = "two clients".to_owned();
    tell(&served, AccountsUnmerged { account: one, from: other, reason }).await;
    assert_eq!(alike(&served, "Northgate").await, none(), "they were told apart");
}

#[tokio::test]
async fn a_group_is_not_suggested_to_itself_but_a_duplicate_in_it_is() {
    let served = served(&["Imperial Tea", "Imperial Tea Poland", "Imperial Tea Poland Ltd"]).await;
    let parent = account("Imperial Tea");
    for name in ["Imperial Tea Poland", "Imperial Tea Poland Ltd"] {
        tell(&served, ParentSet { account: account(name), parent }).await;
    }
    assert_eq!(alike(&served, "Imperial Tea").await, none());
    assert_eq!(alike(&served, "Imperial Tea Poland").await, only(0, "Imperial Tea Poland Ltd"));
}

#[tokio::test]
async fn a_client_is_found_by_the_name_it_has_now() {
    let served = served(&["Northgate Ltd", "Northgate"]).await;
    assert_eq!(alike(&served, "Northgate").await, only(0, "Northgate Ltd"));
    let name = "Wardrobes of Narnia".to_owned();
    tell(&served, AccountRenamed { account: account("Northgate Ltd"), name }).await;
    assert_eq!(alike(&served, "Northgate").await, none());
    served.client("Wardrobes of Narnia Ltd").await;
    let found = alike(&served, "Wardrobes of Narnia Ltd").await;
    assert_eq!(found, only(0, "Wardrobes of Narnia"));
}

#[tokio::test]
async fn the_newest_clients_come_first_and_a_pair_is_told_once() {
    let served =
        served(&["Northgate", "Imperial Tea", "Alder", "Northgate Ltd", "Imperial Tea Poland"])
            .await;
    let found = served.ok("/v1/suggestions").await;
    assert_eq!(names(&found["clients"]), ["Imperial Tea Poland", "Northgate Ltd"]);
    assert_eq!(found["looked_at"], 5);
    assert_eq!(names(&found["clients"][0]["parents"]), ["Imperial Tea"]);
    assert_eq!(names(&served.ok("/v1/suggestions?limit=1").await["clients"]).len(), 1);
    assert!(served.refused("/v1/suggestions?limit=0", 400).await.contains("limit"));
}

#[tokio::test]
async fn figures_and_movement_are_served() {
    let served = served(&["Alder"]).await;
    let found = served.ok("/v1/portfolio?as_of=2024-05-01").await;
    assert_eq!(found["accounts"]["number"], 1);
    assert_eq!(found["groups"]["number"], 1);
    assert_eq!(found["drift"]["days"], 90);
    let found = served.ok("/v1/portfolio/movement?from=2024-01-01&to=2024-05-01").await;
    assert_eq!((&found["from"], &found["to"]), (&"2024-01-01".into(), &"2024-05-01".into()));
    assert_eq!(found["moved"], 0);
    let found = served.ok("/v1/portfolio/movement").await;
    assert_eq!((&found["from"], &found["to"]), (&"2024-03-03".into(), &"2024-06-01".into()));
    let why = served.refused("/v1/portfolio/movement?from=2024-05-02&to=2024-05-01", 400).await;
    assert!(why.contains("lies after"), "{why}");
}
