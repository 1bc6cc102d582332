//! Acts on a client by whatever another system calls it.

use linchpin_domain::fact::{AccountRegistered, ExternalRefLinked};
use linchpin_domain::id::OutsideRef;
use linchpin_testkit::told;
use serde_json::json;

use crate::JSON;
use crate::acts::{account, desk, said, with_clients};

#[tokio::test]
async fn a_client_is_acted_on_by_an_outside_id_that_was_linked_later() {
    let site = with_clients().await;
    let linked = |client: &str, outside: &str| {
        let outside: OutsideRef = outside.parse().unwrap();
        let fact =
            ExternalRefLinked { account: account(client), ..ExternalRefLinked::from(&outside) };
        told(&format!("{client} linked"), "2024-01-01", fact)
    };
    site.temp.append(vec![linked("acme", "erp:77"), linked("bolt", "erp:78")]).await;

    let reviewed = site.post("/v1/accounts/erp:77/review", JSON, said("ann", json!({}))).await;
    assert_eq!(reviewed.status, 201, "{}", reviewed.text);
    let by_its_own = site.post("/v1/accounts/crm:acme/review", JSON, said("ann", json!({}))).await;
    assert_eq!(by_its_own.json()["id"], reviewed.json()["id"]);

    let below = said("ann", json!({"parent": "erp:78"}));
    let below = site.post("/v1/accounts/erp:77/parent", JSON, below).await;
    assert_eq!(below.status, 201, "{}", below.text);
    let today = "2024-06-01".parse().unwrap();
    assert_eq!(desk(&site).await.parents_on(account("acme"), today)[1..], [account("bolt")]);
    let merge = said("dora", json!({"into": "erp:78", "reason": "one firm"}));
    let merged = site.post("/v1/accounts/crm:cog/merge", JSON, merge).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    assert_eq!(desk(&site).await.survivor(account("cog")), account("bolt"));

    let nobody = said("ann", json!({}));
    site.post("/v1/accounts/erp:99/review", JSON, nobody).await.problem(404);

    // An account that is told under the reference itself is the one that is meant.
    let (own, name) = (linchpin_domain::id::AccountId::named("erp:77"), "Own".to_owned());
    let fact = AccountRegistered { account: own, name, country: None, sector: None };
    site.temp.append(vec![told("own", "2024-01-01", fact)]).await;
    let other = site.post("/v1/accounts/erp:77/review", JSON, said("ann", json!({}))).await;
    assert_eq!(other.status, 201, "{}", other.text);
    assert_ne!(other.json()["id"], reviewed.json()["id"]);
}
