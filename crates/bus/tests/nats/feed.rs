//! The feed over NATS: live from there while it goes well, from the ledger while it does not, and
//! back again.

use std::time::Duration;

use linchpin_bus::{Bus, Source};
use linchpin_testkit::{NatsServer, TempLedger};

use crate::rig::{Running, admin, append, connect, goes_live, mirrored, take_to};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_comes_from_the_ledger_and_news_from_nats() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    append(temp.ledger(), "old", 100).await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    take_to(&mut feed, 101).await;
    assert_eq!(feed.source(), Source::Ledger);
    goes_live(&mut feed, &temp, "live").await;
    // Once it is live it stays so, also where much comes at once.
    for round in 0..20 {
        append(temp.ledger(), &format!("burst.{round}"), 100).await;
        take_to(&mut feed, temp.ledger().head().position).await;
    }
    goes_live(&mut feed, &temp, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nats_is_away_the_ledger_is_read() {
    let Some(mut server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    goes_live(&mut feed, &temp, "before").await;
    server.kill();
    append(temp.ledger(), "dark", 50).await;
    take_to(&mut feed, temp.ledger().head().position).await;
    assert_eq!(feed.source(), Source::Ledger);
    server.start();
    goes_live(&mut feed, &temp, "after").await;
    // A server that holds still is no better than none.
    server.pause();
    append(temp.ledger(), "still", 50).await;
    let began = std::time::Instant::now();
    take_to(&mut feed, temp.ledger().head().position).await;
    assert!(began.elapsed() < Duration::from_secs(2));
    server.resume();
    goes_live(&mut feed, &temp, "resumed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_relay_nothing_is_missed() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let relay = Running::new(temp.ledger(), &nats);
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    goes_live(&mut feed, &temp, "before").await;
    relay.stop().await;
    append(temp.ledger(), "alone", 50).await;
    take_to(&mut feed, temp.ledger().head().position).await;
    let _relay = Running::new(temp.ledger(), &nats);
    goes_live(&mut feed, &temp, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_deleted_or_purged_under_a_feed_loses_it_nothing() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    for round in 0..4 {
        goes_live(&mut feed, &temp, &format!("{round}")).await;
        append(temp.ledger(), &format!("{round}.a"), 100).await;
        if round % 2 == 0 {
            admin(&nats).delete_stream("LINCHPIN").await.unwrap();
        } else {
            let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
            stream.purge().await.unwrap();
        }
        append(temp.ledger(), &format!("{round}.b"), 100).await;
        take_to(&mut feed, temp.ledger().head().position).await;
        mirrored(&nats, temp.ledger()).await;
    }
}
