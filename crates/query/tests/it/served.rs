//! The API over a real ledger.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use linchpin_domain::fact::*;
use linchpin_domain::id::MemberId;
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_ledger::NewEntry;
use linchpin_query::{ReadModel, router};
use linchpin_testkit::{TempLedger, told};
use serde_json::Value;
use tower::ServiceExt;

use super::story::account;

pub(crate) struct Served {
    pub(crate) ledger: TempLedger,
    pub(crate) model: ReadModel,
    pub(crate) app: Router,
}

impl Served {
    /// A desk that has read its ledger of the first rules and no client.
    pub(crate) async fn new() -> Self {
        let ledger = TempLedger::real().await;
        let (policy, watchlist) = (FIRST_POLICY.to_owned(), FIRST_WATCHLIST.to_owned());
        ledger
            .append(vec![
                told(
                    "policy",
                    "2024-01-01",
                    PolicyAdopted { document: policy, approvals: Vec::new() },
                ),
                told("watchlist", "2024-01-01", WatchlistAdopted { document: watchlist }),
            ])
            .await;
        let model = ReadModel::start(ledger.ledger().clone());
        let app = router(model.clone(), Vec::new());
        let served = Self { ledger, model, app };
        served.settled().await;
        served
    }

    pub(crate) async fn append(&self, entries: Vec<NewEntry>) -> u64 {
        let head = self.ledger.append(entries).await.head;
        self.settled().await;
        head
    }

    /// One of us, known from the first day of 2020.
    pub(crate) async fn member(&self, member: MemberId, role: Role) {
        let person = Private::named("Somebody");
        let named = MemberNamed { member, person, role };
        self.append(vec![told(&format!("named {member}"), "2020-01-01", named)]).await;
    }

    pub(crate) async fn client(&self, name: &str) {
        let id = account(name);
        let registered =
            AccountRegistered { account: id, name: name.to_owned(), country: None, sector: None };
        let linked =
            ExternalRefLinked { account: id, source: "crm".to_owned(), id: name.to_owned() };
        let [first, second] = [format!("registered {name}"), format!("linked {name}")];
        self.append(vec![
            told(&first, "2024-01-02", registered),
            told(&second, "2024-01-02", linked),
        ])
        .await;
    }

    async fn settled(&self) {
        self.model.reached(self.ledger.ledger().head().position).await;
    }

    pub(crate) async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// The status and the JSON of an answer; every problem must have its media type.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        asked(&self.app, path).await
    }

    pub(crate) async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn refused(&self, path: &str, status: u16) -> String {
        let (found, body) = self.get(path).await;
        assert_eq!(found, status, "{path}: {body}");
        assert_eq!(body["status"], u64::from(status));
        assert!(body["type"].as_str().unwrap().starts_with("urn:linchpin:problem:"));
        body["detail"].as_str().unwrap().to_owned()
    }
}

/// The status and the JSON of an answer; every problem must have its media type.
pub(crate) async fn asked(app: &Router, path: &str) -> (u16, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let wanted = if status >= 400 { "application/problem+json" } else { "application/json" };
    assert_eq!(kind, wanted, "{path}");
    let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}
