//! By request and reply: the answers of the HTTP door.

use async_nats::HeaderMap;
use futures::future::join_all;
use jiff::Timestamp;
use linchpin_domain::id::EntryId;
use linchpin_ingest::nats::answer_requests;
use linchpin_ledger::Mode;
use uuid::Uuid;

use crate::{Answer, DATA, Running, STRUCTURED, Site, binary, connect, headers, registered, until};

impl Site {
    /// Answers requests, and waits until it does.
    async fn answering(&self) -> Running {
        let (ledger, client) = (self.ledger(), self.client.clone());
        let running = self.start(|stop| async move {
            answer_requests(ledger, client, "linchpin.ingest".to_owned(), stop).await
        });
        self.answered().await;
        running
    }

    async fn answered(&self) {
        until("requests are answered", async || {
            self.client.request("linchpin.ingest", "{}".into()).await.is_ok()
        })
        .await;
    }

    async fn ask(&self, headers: HeaderMap, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into().into();
        let asked = self.client.request_with_headers("linchpin.ingest", headers, body);
        asked.await.unwrap().into()
    }
}

#[tokio::test]
async fn both_modes_tell_the_same_entry() {
    let Some(site) = Site::new().await else { return };
    let running = site.answering().await;
    let first = site.ask(binary("1234-1234-1234"), DATA).await;
    let trace = first.trace[3..35].to_owned();
    assert_eq!((first.status, first.kind.as_str()), (201, "application/json"), "{}", first.body);
    assert_eq!(first.body["recorded"], true);

    let whole = format!(
        "{{\"specversion\":\"1.0\",\"type\":\"linchpin.account.registered\",\"data\":{DATA},
           \"time\":\"2018-04-05T05:56:24+02:00\",\"id\":\"1234-1234-1234\",
           \"source\":\"/mycontext/subcontext\"}}"
    );
    for given in [
        headers(&[("Content-Type", STRUCTURED)]),
        headers(&[("content-type", "Application/CloudEvents+JSON; charset=utf-8")]),
        HeaderMap::new(),
    ] {
        let again = site.ask(given, whole.clone()).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.body["position"], first.body["position"]);
        assert_eq!(again.body["recorded"], false);
    }
    let told = site.told().await;
    let [entry] = told.as_slice() else { panic!("{} entries", told.len()) };
    assert_eq!(entry.id, EntryId::named("/mycontext/subcontext\n1234-1234-1234"));
    assert_eq!(entry.actor, "event:/mycontext/subcontext");
    assert_eq!(entry.correlation.unwrap().simple().to_string(), trace);
    assert_eq!(entry.occurred_at, "2018-04-05T03:56:24Z".parse::<Timestamp>().unwrap());
    running.stop().await;
}

#[tokio::test]
async fn headers_are_percent_decoded_unquoted_and_of_any_case() {
    let Some(site) = Site::new().await else { return };
    let running = site.answering().await;
    let given = headers(&[
        ("CE-SpecVersion", "1.0"),
        ("Ce-Type", "linchpin.account.registered"),
        ("ce-id", "Euro%20%E2%82%AC%20%f0%9f%98%80"),
        ("ce-source", "\"/with \\\"quotes\\\"\""),
        ("ce-comexampleextension1", "value"),
        ("Content-Type", "application/json"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ]);
    let answer = site.ask(given.clone(), DATA).await;
    assert_eq!(
        (answer.status, &answer.trace),
        (201, &given.get("traceparent").unwrap().to_string())
    );
    let entry = site.told().await.pop().unwrap();
    assert_eq!(entry.id, EntryId::named("/with \"quotes\"\nEuro \u{20ac} \u{1f600}"));
    assert_eq!(entry.correlation, Some(Uuid::from_u128(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c)));

    let wrong = site.ask(headers(&[("ce-id", "%C0%A0")]), DATA).await;
    assert!(wrong.problem(400).contains("`ce-id`"));
    running.stop().await;
}

#[tokio::test]
async fn what_does_not_hold_is_a_problem_as_over_http() {
    let Some(site) = Site::new().await else { return };
    let running = site.answering().await;
    let structured = || headers(&[("Content-Type", STRUCTURED)]);
    assert_eq!(site.ask(structured(), registered("1", "One")).await.status, 201);

    let other = site.ask(structured(), registered("1", "Two")).await;
    assert!(other.problem(409).contains("give it another id"));
    let garbage = site.ask(structured(), "{\"id\":\n !").await;
    assert!(garbage.problem(400).contains("expected value"));
    assert_eq!(garbage.body["place"]["line"], 2);
    site.ask(structured(), [0xff, 0xfe]).await.problem(400);
    let unknown = registered("2", "Two").replace("account.registered", "moon.landed");
    assert!(site.ask(structured(), unknown).await.problem(422).contains("moon.landed"));
    let field = registered("2", "Two").replace("\"name\"", "\"nom\"");
    assert!(site.ask(structured(), field).await.problem(422).contains("`nom`"));
    let batch = headers(&[("Content-Type", "application/cloudevents-batch+json")]);
    site.ask(batch, "[]").await.problem(415);
    let bare = headers(&[("Content-Type", "application/json")]);
    assert!(site.ask(bare, "{}").await.problem(400).contains("ce-id"));
    let mut xml = binary("3");
    xml.insert("ce-datacontenttype", "text/xml");
    assert!(site.ask(xml, "<a/>").await.problem(400).contains("datacontenttype"));
    let huge = registered("4", &"x".repeat(2 << 20));
    site.ask(structured(), huge).await.problem(413);

    assert_eq!(site.told().await.len(), 1);
    // Whoever asked was told, so none of it waits to be mended.
    assert!(site.quarantined().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_request_under_the_same_message_id_is_answered_as_the_first_time() {
    let Some(site) = Site::new().await else { return };
    let running = site.answering().await;
    let keyed = || headers(&[("Nats-Msg-Id", "k-1"), ("Content-Type", STRUCTURED)]);
    let first = site.ask(keyed(), registered("1", "One")).await;
    let again = site.ask(keyed(), registered("1", "One")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert!(site.ask(keyed(), registered("2", "Two")).await.problem(409).contains("key"));
    // Another system may have the same name for a request of its own.
    let elsewhere = registered("2", "Two").replace("/mycontext/", "/elsewhere/");
    assert_eq!(site.ask(keyed(), elsewhere).await.status, 201);
    let long = headers(&[("Nats-Msg-Id", &"k".repeat(200))]);
    site.ask(long, registered("3", "Three")).await.problem(400);
    assert_eq!(site.told().await.len(), 2);
    running.stop().await;
}

#[tokio::test]
async fn a_desk_that_cannot_store_says_so_and_when_to_come_back() {
    let Some(site) = Site::new().await else { return };
    let (ledger, client) = (site.temp.second(Mode::ReadOnly).await, site.client.clone());
    let running = site.start(|stop| async move {
        answer_requests(ledger, client, "linchpin.ingest".to_owned(), stop).await
    });
    site.answered().await;
    let answer = site.ask(HeaderMap::new(), registered("1", "One")).await;
    assert!(answer.problem(503).contains("reading only"));
    assert_eq!(answer.retry_after.as_deref(), Some("60"));
    running.stop().await;
}

#[tokio::test]
async fn two_processes_share_the_requests_and_finish_what_they_have() {
    let Some(site) = Site::new().await else { return };
    let first = site.answering().await;
    let second = site.answering().await;
    let asking = join_all((0..400).map(|n| {
        let client = site.client.clone();
        async move {
            let body = registered(&n.to_string(), "One");
            let answer = client.request("linchpin.ingest", body.into()).await;
            answer.map(Answer::from)
        }
    }));
    // One of them stops in the middle: what it has it answers, the other takes the rest.
    let stopping = async {
        until("some are stored", async || site.temp.ledger().head().position > 20).await;
        first.stop().await;
    };
    let (answers, ()) = futures::join!(asking, stopping);
    for answer in answers {
        assert_eq!(answer.unwrap().status, 201);
    }
    assert_eq!(site.told().await.len(), 400);
    second.stop().await;
    assert!(site.client.request("linchpin.ingest", "{}".into()).await.is_err());
}

#[tokio::test]
async fn what_nobody_can_be_told_about_is_kept() {
    let Some(site) = Site::new().await else { return };
    let running = site.answering().await;
    site.client.publish("linchpin.ingest", registered("1", "One").into()).await.unwrap();
    site.client.publish("linchpin.ingest", "{\"id\":7}".into()).await.unwrap();
    until("both are dealt with", async || {
        site.told().await.len() == 1 && site.quarantined().await.len() == 1
    })
    .await;
    let kept = site.quarantined().await.pop().unwrap();
    assert_eq!(
        (kept.source.as_str(), kept.original.as_deref()),
        ("nats:ingest", Some("{\"id\":7}"))
    );
    running.stop().await;
}

#[tokio::test]
async fn requests_are_answered_again_after_the_server_came_back() {
    let Some(mut site) = Site::new().await else { return };
    let running = site.answering().await;
    assert_eq!(site.ask(HeaderMap::new(), registered("1", "One")).await.status, 201);
    site.server.kill();
    site.server.start();
    let client = connect(&site.server).await;
    until("requests are answered", async || {
        client.request("linchpin.ingest", registered("2", "Two").into()).await.is_ok()
    })
    .await;
    assert_eq!(site.told().await.len(), 2);
    running.stop().await;
}
