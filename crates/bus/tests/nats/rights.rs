//! The least that each must be allowed: only the relay may publish to the stream of entries.

use std::time::Duration;

use linchpin_bus::nats::{Credentials, Nats, Settings};
use linchpin_bus::{Bus, Source};
use linchpin_testkit::{NatsServer, TempLedger};

use crate::rig::{Running, admin, append, eventually, exact, take_to};

const USERS: &str = r#"
authorization {
  users: [
    { user: relay, password: r, permissions: {
      publish: ["linchpin.entry.>", "$JS.API.STREAM.INFO.LINCHPIN",
        "$JS.API.STREAM.CREATE.LINCHPIN", "$JS.API.STREAM.MSG.GET.LINCHPIN"]
      subscribe: ["_INBOX_relay.>"] } }
    { user: reader, password: r, permissions: {
      publish: ["$JS.API.STREAM.INFO.LINCHPIN", "$JS.API.STREAM.MSG.GET.LINCHPIN",
        "$JS.API.CONSUMER.CREATE.LINCHPIN", "$JS.API.CONSUMER.MSG.NEXT.LINCHPIN.>"]
      subscribe: ["_INBOX_reader.>"] } }
    { user: admin, password: r }
  ]
}
"#;

async fn connect(server: &NatsServer, user: &str) -> Nats {
    let credentials = Credentials::Password { user: user.to_owned(), password: "r".to_owned() };
    let servers = vec![server.url()];
    Nats::connect(Settings { servers, credentials, ..Settings::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_reads_can_follow_and_cannot_publish() {
    let Some(server) = NatsServer::with(USERS) else { return };
    let temp = TempLedger::real().await;
    let _relay = Running::new(temp.ledger(), &connect(&server, "relay").await);
    let reader = connect(&server, "reader").await;
    let mut feed = Bus::over_nats(temp.ledger().clone(), reader.clone()).feed(0);
    let mut round = 0;
    eventually("a feed that is live", async || {
        append(temp.ledger(), &format!("{round}"), 1).await;
        round += 1;
        take_to(&mut feed, temp.ledger().head().position).await;
        feed.source() == Source::Nats
    })
    .await;
    let client = reader.client();
    client.publish("linchpin.entry.fact.x", "{}".into()).await.unwrap();
    client.flush().await.unwrap();
    assert!(admin(&reader).delete_stream("LINCHPIN").await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    exact(&connect(&server, "admin").await, temp.ledger()).await;
}
