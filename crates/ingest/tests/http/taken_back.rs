//! What somebody ruled is taken back by those who may rule so, and by command alone.

use linchpin_domain::fact::StatusOverridden;
use linchpin_domain::id::EntryId;
use linchpin_domain::policy::Status;
use linchpin_testkit::told;
use serde_json::json;

use crate::acts::{account, desk, member, said, twice, with_clients};
use crate::{JSON, STRUCTURED, Site, event};

const OVERRIDE: &str = "/v1/accounts/crm:bolt/override";

async fn overridden(site: &Site) -> EntryId {
    let wanted = json!({"to": "key", "expires": "2025-01-01", "reason": "our guest"});
    let done = site.post(OVERRIDE, JSON, said("dora", wanted)).await;
    assert_eq!(done.status, 201, "{}", done.text);
    done.json()["id"].as_str().unwrap().parse().unwrap()
}

async fn is_key(site: &Site) -> bool {
    let known = desk(site).await;
    let bolt = known.account(account("bolt")).unwrap();
    let held = bolt.override_on(known.firm(), "2024-06-01".parse().unwrap());
    held.is_some_and(|it| it.to == Status::Key)
}

#[tokio::test]
async fn whoever_may_not_end_an_override_does_not_take_it_back_either() {
    let site = with_clients().await;
    let retract = format!("/v1/facts/{}/retract", overridden(&site).await);
    let because = json!({"reason": "never"});
    let detail = site.post(&retract, JSON, said("ann", because.clone())).await.problem(403);
    assert_eq!(detail, "only the key-account director may do this: ask them to");
    for nobody in [because.to_string(), json!({"reason": "never", "by": "anna"}).to_string()] {
        let detail = site.post(&retract, JSON, nobody).await.problem(403);
        assert!(detail.contains("name in `by` who asks"), "{detail}");
    }
    assert!(is_key(&site).await);
    twice(&site, &retract, said("dora", because)).await;
    assert!(!is_key(&site).await);
}

#[tokio::test]
async fn no_event_takes_back_what_somebody_ruled() {
    let site = with_clients().await;
    let fact = overridden(&site).await;
    let back = |id: &str| {
        let data = json!({"account": "crm:bolt", "fact": fact.to_string(), "reason": "never"});
        event(id, "fact.retracted", data).to_string()
    };
    let detail = site.post("/v1/events", STRUCTURED, back("1")).await.problem(403);
    assert!(detail.contains("by command only"), "{detail}");
    assert!(is_key(&site).await);
    let command = format!("/v1/facts/{fact}/retract");
    twice(&site, &command, said("dora", json!({"reason": "never"}))).await;
}

#[tokio::test]
async fn an_override_told_as_an_event_counts_by_who_gave_it() {
    let site = with_clients().await;
    for (by, counts) in [("ann", false), ("dora", true)] {
        let fact = StatusOverridden {
            account: account("bolt"),
            to: Status::Key,
            by: member(by),
            reason: "our guest".to_owned(),
            expires: "2099-01-01".parse().unwrap(),
        };
        site.temp.append(vec![told(&format!("override by {by}"), "2024-05-01", fact)]).await;
        assert_eq!(is_key(&site).await, counts, "{by}");
    }
}
