//! Lists and histories in pages.

use linchpin_domain::fact::*;
use linchpin_domain::id::ContractId;
use linchpin_testkit::told;

use super::api::three_clients;
use super::served::Served;
use super::story::account;

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let served = three_clients().await;
    let mut path = "/v1/accounts?sort=name&limit=2&q=e".to_owned();
    let mut names = Vec::new();
    loop {
        let body = served.ok(&path).await;
        let page = body["accounts"].as_array().unwrap().clone();
        names.extend(page.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        match body["next_cursor"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names, ["Alder", "Cedar"]);
    let all = served.ok("/v1/accounts?limit=2").await;
    let rest = served.ok(all["next_cursor"].as_str().unwrap()).await;
    assert_eq!(rest["accounts"][0]["name"], "Cedar");
    assert!(rest.get("next_cursor").is_none());
    assert!(served.ok("/v1/accounts?status=key").await["accounts"].as_array().unwrap().is_empty());
    assert_eq!(
        served.ok("/v1/accounts?owner=nobody").await["accounts"].as_array().unwrap().len(),
        3
    );
}

#[tokio::test]
async fn history_runs_backwards_in_pages() {
    let served = three_clients().await;
    let first = served.ok("/v1/accounts/crm:Alder/history?limit=2").await;
    let kinds = |body: &serde_json::Value| {
        let items = body["items"].as_array().unwrap();
        items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&first), ["engagement.recorded", "invoice.issued"]);
    let before = first["next_before"].as_u64().unwrap();
    let second =
        served.ok(&format!("/v1/accounts/crm:Alder/history?limit=2&before={before}")).await;
    assert_eq!(kinds(&second), ["account.external_ref_linked", "account.registered"]);
    assert!(second.get("next_before").is_none());
    let past = served.ok("/v1/accounts/crm:Alder/history?as_of=2024-02-01").await;
    assert_eq!(kinds(&past), ["account.external_ref_linked", "account.registered"]);
}

#[tokio::test]
async fn a_history_tells_what_stands_in_another_accounts_stream_in_its_place() {
    let served = three_clients().await;
    let [alder, birch] = [account("Alder"), account("Birch")];
    let jane = super::story::contact("Jane Doe");
    let joined = ContactJoined {
        account: birch,
        contact: jane,
        person: linchpin_domain::private::Private::named("Jane Doe"),
        title: String::new(),
        level: None,
        role: None,
    };
    let moved = ContactMoved {
        account: birch,
        contact: jane,
        to: alder,
        title: "Buyer".to_owned(),
        level: None,
        role: None,
    };
    let below = ParentSet { account: birch, parent: alder };
    let confirmed = ContactConfirmed { account: alder, contact: jane };
    served.append(vec![told("joined", "2024-03-01", joined)]).await;
    served.append(vec![told("moved", "2024-04-01", moved)]).await;
    served.append(vec![told("checked", "2024-04-02", confirmed)]).await;
    served.append(vec![told("below", "2024-04-03", below)]).await;
    let path = "/v1/accounts/crm:Alder/history";
    let whole = served.ok(path).await;
    let items = whole["items"].as_array().unwrap();
    let sentences: Vec<_> = items.iter().map(|item| item["sentence"].as_str().unwrap()).collect();
    assert_eq!(
        sentences[..3],
        [
            "Birch belongs to it.",
            "Jane Doe was checked and still holds.",
            "Jane Doe came from Birch: Buyer."
        ]
    );
    let place = |item: &serde_json::Value| item["position"].as_u64().unwrap();
    let places: Vec<u64> = items.iter().map(place).collect();
    assert!(places.windows(2).all(|pair| pair[0] > pair[1]), "{places:?}");
    for limit in 1..=places.len() {
        let mut paged = Vec::new();
        let mut next = format!("{path}?limit={limit}");
        loop {
            let page = served.ok(&next).await;
            paged.extend(page["items"].as_array().unwrap().iter().map(place));
            let Some(before) = page["next_before"].as_u64() else { break };
            next = format!("{path}?limit={limit}&before={before}");
        }
        assert_eq!(paged, places, "{limit}");
    }
    // Any position will do, also one that stands in neither.
    for before in 1..=places[0] + 2 {
        let page = served.ok(&format!("{path}?before={before}")).await;
        let wanted: Vec<u64> = places.iter().copied().filter(|it| *it < before).collect();
        let found: Vec<u64> = page["items"].as_array().unwrap().iter().map(place).collect();
        assert_eq!(found, wanted, "before {before}");
    }
    let then = served.ok(&format!("{path}?as_of=2024-04-01")).await;
    assert_eq!(then["items"][0]["sentence"], "Jane Doe came from Birch: Buyer.");
    let left = served.ok("/v1/accounts/crm:Birch/history").await;
    assert_eq!(left["items"][1]["sentence"], "Jane Doe went to Alder: Buyer.");
}

#[tokio::test]
async fn alerts_come_in_pages_today_and_on_a_past_day() {
    let served = three_clients().await;
    for name in ["Alder", "Birch", "Cedar"] {
        let signed = ContractSigned {
            account: account(name),
            contract: ContractId::named(name),
            title: "Framework agreement".to_owned(),
            kind: ContractKind::Framework,
            start: "2024-01-02".parse().unwrap(),
            end: "2024-06-20".parse().unwrap(),
            notice_days: Some(10),
            auto_renewal_months: None,
            value_a_year: None,
        };
        served.append(vec![told(&format!("signed {name}"), "2024-01-02", signed)]).await;
    }
    let path = "/v1/alerts?as_of=2024-05-31&state=open";
    let keys = |body: &serde_json::Value| -> Vec<String> {
        let alerts = body["alerts"].as_array().unwrap().iter();
        alerts.map(|alert| format!("{} {}", alert["account"], alert["key"])).collect()
    };
    let all = keys(&served.ok(path).await);
    assert!(all.len() >= 3, "{all:?}");
    let (mut paged, mut next) = (Vec::new(), Some(format!("{path}&limit=1")));
    while let Some(path) = next {
        let page = served.ok(&path).await;
        paged.extend(keys(&page));
        next = page["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_client_of_two_merged_accounts_has_the_history_of_both_and_each_its_own_again() {
    let served = Served::new().await;
    for name in ["Alder", "Birch", "Cedar"] {
        served.client(name).await;
    }
    let reason = "The same register number".to_owned();
    let merged = AccountsMerged { account: account("Birch"), into: account("Alder"), reason };
    served.append(vec![told("merged", "2024-03-01", merged)]).await;
    let referral = |name: &str| ReferralGiven { account: account(name), brought: None };
    served.append(vec![told("of Alder", "2024-03-02", referral("Alder"))]).await;
    served.append(vec![told("of Birch", "2024-03-03", referral("Birch"))]).await;
    let positions = async |name: &str, limit: usize| {
        let mut found = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/v1/accounts/crm:{name}/history?limit={limit}{before}");
            let page = served.ok(&path).await;
            let items = page["items"].as_array().unwrap();
            found.extend(items.iter().map(|item| item["position"].as_u64().unwrap()));
            match page["next_before"].as_u64() {
                Some(next) => before = format!("&before={next}"),
                None => return found,
            }
        }
    };
    // 1 is the genesis, 2 and 3 the rules; then two facts of each client, and those above.
    let both = [12, 11, 10, 7, 6, 5, 4];
    for limit in [1, 2, 3, 50] {
        assert_eq!(positions("Alder", limit).await, both, "{limit} a page");
    }
    assert_eq!(positions("Birch", 50).await, both, "under either name");
    let unmerged = AccountsUnmerged {
        account: account("Birch"),
        from: account("Alder"),
        reason: "Two after all".to_owned(),
    };
    served.append(vec![told("unmerged", "2024-03-04", unmerged)]).await;
    assert_eq!(positions("Alder", 2).await, [13, 11, 10, 5, 4]);
    assert_eq!(positions("Birch", 2).await, [13, 12, 10, 7, 6]);
}
