//! The relay: one leads, the others wait, and whatever stops one, the mirror is exact.

use std::time::Duration;

use async_nats::jetstream::stream::Config;
use jiff::ToSpan;
use linchpin_testkit::{NatsCluster, NatsServer, TempLedger};
use metrics_exporter_prometheus::PrometheusBuilder;
use uuid::Uuid;

use crate::rig::{Running, admin, append, connect, exact, mirrored};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_entry_stands_at_its_position_under_its_subject() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    // More than one read, and more than may be in flight.
    append(temp.ledger(), "before", 6_000).await;
    let nats = connect(vec![server.url()], 1).await;
    let relay = Running::new(temp.ledger(), &nats);
    exact(&nats, temp.ledger()).await;
    append(temp.ledger(), "live", 50).await;
    exact(&nats, temp.ledger()).await;
    relay.becomes("caught up", |status| status.leads && status.lag == 0).await;

    let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
    let first = stream.get_raw_message(1).await.unwrap();
    assert_eq!(first.subject.as_str(), "linchpin.entry.genesis.ledger.created");
    let second = stream.get_raw_message(2).await.unwrap();
    assert_eq!(second.subject.as_str(), "linchpin.entry.fact.account.renamed");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_between_publishes_leaves_nothing_odd() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    for round in 0..12_u64 {
        append(temp.ledger(), &format!("{round}"), 300).await;
        let relay = Running::new(temp.ledger(), &nats);
        tokio::time::sleep(Duration::from_millis(3 + 7 * round)).await;
        relay.kill().await;
        // The one that was killed holds the lease until its time is over.
        temp.clock().advance(11.seconds().try_into().unwrap());
    }
    let _relay = Running::new(temp.ledger(), &nats);
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_relays_one_leads_and_the_other_takes_over() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let first = Running::new(temp.ledger(), &nats);
    first.becomes("the leader", |status| status.leads).await;
    let second = Running::new(temp.ledger(), &connect(vec![server.url()], 1).await);
    append(temp.ledger(), "a", 200).await;
    mirrored(&nats, temp.ledger()).await;
    assert!(!second.relay.status().leads);
    // Stopped in good order it gives the lease up, so the other need not wait for its end.
    first.stop().await;
    append(temp.ledger(), "b", 200).await;
    second.becomes("the leader", |status| status.leads).await;
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_publish_at_once_harm_nothing() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let first = Running::new(temp.ledger(), &nats);
    first.becomes("the leader", |status| status.leads).await;
    // The lease runs out unseen, as for a process that was paused: until it next renews, the
    // first publishes on beside the second.
    temp.clock().advance(11.seconds().try_into().unwrap());
    let second = Running::new(temp.ledger(), &connect(vec![server.url()], 1).await);
    second.becomes("the leader", |status| status.leads).await;
    assert!(first.relay.status().leads);
    append(temp.ledger(), "both", 3_000).await;
    exact(&nats, temp.ledger()).await;
    first.becomes("a follower", |status| !status.leads).await;
    append(temp.ledger(), "one", 100).await;
    exact(&nats, temp.ledger()).await;
}

/// On one thread, which alone writes the figures.
#[tokio::test]
async fn a_leader_that_loses_nats_lets_another_lead() {
    let figures = PrometheusBuilder::new().build_recorder();
    let _written_here = metrics::set_default_local_recorder(&figures);
    let (Some(mut lost), Some(well)) = (NatsServer::single(), NatsServer::single()) else { return };
    let temp = TempLedger::real().await;
    let first = Running::new(temp.ledger(), &connect(vec![lost.url()], 1).await);
    append(temp.ledger(), "a", 50).await;
    first.becomes("caught up", |status| status.position == 51 && status.leads).await;
    let says = |figure: &str| figures.handle().render().lines().any(|line| line == figure);
    assert!(says("linchpin_relay_leader 1") && says("linchpin_relay_position 51"));
    lost.kill();
    append(temp.ledger(), "b", 50).await;
    first.becomes("no leader", |status| !status.leads && status.trouble.is_some()).await;
    for figure in ["leader", "position", "lag_entries"] {
        assert!(says(&format!("linchpin_relay_{figure} 0")), "{}", figures.handle().render());
    }
    // The clock of the ledger stands still: the lease does not run out, it was given up.
    let nats = connect(vec![well.url()], 1).await;
    let second = Running::new(temp.ledger(), &nats);
    second.becomes("the leader", |status| status.leads).await;
    exact(&nats, temp.ledger()).await;
    lost.start();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(second.relay.status().leads && !first.relay.status().leads);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_stream_is_refused_lets_another_lead() {
    let (Some(odd), Some(well)) = (NatsServer::single(), NatsServer::single()) else { return };
    let temp = TempLedger::real().await;
    append(temp.ledger(), "a", 50).await;
    let refused = connect(vec![odd.url()], 1).await;
    let config = Config {
        name: "LINCHPIN".to_owned(),
        subjects: vec!["linchpin.entry.>".to_owned()],
        ..Config::default()
    };
    admin(&refused).create_stream(config).await.unwrap();
    let first = Running::new(temp.ledger(), &refused);
    first.trouble("not set as it has to be").await;
    let nats = connect(vec![well.url()], 1).await;
    // Both want it; the first must not take it again and again.
    let second = Running::new(temp.ledger(), &nats);
    second.becomes("the leader", |status| status.leads).await;
    exact(&nats, temp.ledger()).await;
    assert!(!first.relay.status().leads);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_held_by_another_is_waited_for() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let another = Uuid::from_u128(1);
    let ttl = Duration::from_secs(10);
    assert!(temp.ledger().take_lease("relay", another, ttl).await.unwrap());
    let relay = Running::new(temp.ledger(), &nats);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!relay.relay.status().leads);
    assert!(admin(&nats).get_stream("LINCHPIN").await.is_err());
    temp.ledger().release_lease("relay", another).await.unwrap();
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_and_started_again() {
    let Some(mut server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 500).await;
    server.kill();
    // Nobody who appends notices.
    append(temp.ledger(), "b", 500).await;
    relay.becomes("in trouble", |status| status.trouble.is_some()).await;
    server.start();
    exact(&nats, temp.ledger()).await;
    relay.becomes("well", |status| status.trouble.is_none() && status.lag == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_of_three_servers_is_killed_in_the_middle() {
    let Some(mut cluster) = NatsCluster::new() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(cluster.urls(), 3).await;
    let relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 1_000).await;
    mirrored(&nats, temp.ledger()).await;
    for round in 0..2 {
        let ledger = temp.ledger().clone();
        let appending =
            tokio::spawn(async move { append(&ledger, &format!("r{round}"), 1_000).await });
        tokio::time::sleep(Duration::from_millis(60)).await;
        let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
        let leader = stream.cached_info().cluster.as_ref().unwrap().leader.clone().unwrap();
        cluster.named(&leader).unwrap().kill();
        appending.await.unwrap();
        exact(&nats, temp.ledger()).await;
        cluster.start();
    }
    cluster.kill();
    append(temp.ledger(), "dark", 300).await;
    cluster.start();
    exact(&nats, temp.ledger()).await;
    relay.becomes("well", |status| status.trouble.is_none() && status.lag == 0).await;
}
