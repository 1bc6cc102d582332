//! Streams that are not this ledger's mirror are refused, named, and left alone.

use std::time::Duration;

use async_nats::jetstream::stream::Config;
use linchpin_bus::nats::{Nats, NatsError};
use linchpin_bus::{Bus, Relay, Source};
use linchpin_domain::genesis::Genesis;
use linchpin_ledger::{Ledger, LedgerUrl, Mode};
use linchpin_testkit::{NatsServer, TempLedger, genesis};

use crate::rig::{Running, admin, append, connect, exact, goes_live, mirrored, take_to};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_another_ledger() {
    let Some(server) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    // Simulated ledgers begin under the same id, and still differ.
    let ours = TempLedger::simulated().await;
    let named = Genesis { firm: "Another Firm".to_owned(), ..genesis(true) };
    let theirs = TempLedger::create(named).await;
    let relay = Running::new(theirs.ledger(), &nats);
    append(theirs.ledger(), "theirs", 20).await;
    mirrored(&nats, theirs.ledger()).await;
    relay.stop().await;

    let relay = Running::new(ours.ledger(), &nats);
    append(ours.ledger(), "ours", 40).await;
    let trouble = relay.trouble("another ledger").await;
    assert!(trouble.contains("LINCHPIN") && trouble.contains("another name"), "{trouble}");
    // The feed does not believe it either, and does without.
    let mut feed = Bus::over_nats(ours.ledger().clone(), nats.clone()).feed(0);
    take_to(&mut feed, 41).await;
    exact(&nats, theirs.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_ahead_of_a_ledger_put_back_or_differs_from_it() {
    let Some(server) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    let mut temp = TempLedger::real().await;
    append(temp.ledger(), "a", 5).await;
    temp.ledger().clone().close().await;
    let older = temp.dir().join("older.db");
    std::fs::copy(temp.url().file().unwrap(), &older).unwrap();
    temp.reopen().await;
    let relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "lost", 5).await;
    mirrored(&nats, temp.ledger()).await;
    relay.stop().await;

    let older = LedgerUrl::sqlite(older);
    let older = Ledger::open(&older, Mode::ReadWrite, temp.clock().clock()).await.unwrap();
    let relay = Running::new(&older, &nats);
    let trouble = relay.trouble("ends at 11 and the ledger at 6").await;
    assert!(trouble.contains("delete the stream"), "{trouble}");
    append(&older, "other", 20).await;
    let trouble = relay.trouble("differs from the ledger at 11").await;
    assert!(trouble.contains("leaf"), "{trouble}");
    ends_at(&nats, 11).await;
    // Once it is deleted, the mirror is made anew from what is now the truth.
    admin(&nats).delete_stream("LINCHPIN").await.unwrap();
    exact(&nats, &older).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_somebody_else_wrote_to() {
    let Some(server) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    let temp = TempLedger::real().await;
    let relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 10).await;
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    take_to(&mut feed, 11).await;
    mirrored(&nats, temp.ledger()).await;
    let waiting = tokio::spawn(async move {
        take_to(&mut feed, 31).await;
        feed
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    admin(&nats).publish("linchpin.entry.fact.x", "{}".into()).await.unwrap().await.unwrap();
    append(temp.ledger(), "b", 20).await;
    let trouble = relay.trouble("differs from the ledger at 12").await;
    assert!(trouble.contains("ce-source"), "{trouble}");
    waiting.await.unwrap();
    // Nothing is written over it, and a relay that begins afresh finds it as well.
    relay.stop().await;
    let relay = Running::new(temp.ledger(), &nats);
    relay.trouble("differs from the ledger at 12").await;
    let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
    assert_eq!(&stream.get_raw_message(12).await.unwrap().payload[..], b"{}");
    admin(&nats).delete_stream("LINCHPIN").await.unwrap();
    exact(&nats, temp.ledger()).await;
}

/// Whoever may publish can compute a leaf hash; the seal it cannot make.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_entry_with_a_right_leaf_hash_is_not_believed() {
    let Some(server) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    let temp = TempLedger::real().await;
    let relay = Running::new(temp.ledger(), &nats);
    let mut feed = Bus::over_nats(temp.ledger().clone(), nats.clone()).feed(0);
    goes_live(&mut feed, &temp, "live").await;
    mirrored(&nats, temp.ledger()).await;
    relay.stop().await;

    let last = feed.position();
    let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
    let real = stream.get_raw_message(last).await.unwrap();
    let mut forged = temp.ledger().stored(last).await.unwrap().unwrap();
    forged.position += 1;
    forged.version += 1;
    let mut headers = real.headers;
    headers.insert("ce-position", forged.position.to_string());
    headers.insert("ce-version", forged.version.to_string());
    let leaf: String = forged.leaf().iter().map(|byte| format!("{byte:02x}")).collect();
    headers.insert("ce-leafhash", leaf);
    headers.insert("Nats-Msg-Id", "forged");
    headers.insert("Nats-Expected-Last-Sequence", last.to_string());
    let sent = admin(&nats).publish_with_headers(real.subject, headers, real.payload).await;
    sent.unwrap().await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(1), feed.next()).await;
    assert!(heard.is_err(), "{heard:?} was believed");

    append(temp.ledger(), "real", 1).await;
    take_to(&mut feed, last + 1).await;
    assert_eq!(feed.source(), Source::Ledger);
    let relay = Running::new(temp.ledger(), &nats);
    let trouble = relay.trouble("differs from the ledger").await;
    assert!(trouble.contains("seal"), "{trouble}");
}

/// While another relay led, a stranger's message took a place, and what was in flight behind it
/// was accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_leads_again_looks_at_what_came_last() {
    let Some(server) = NatsServer::single() else { return };
    let Some(whole) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    let temp = TempLedger::real().await;
    let relay = Relay::new(temp.ledger().clone(), nats.clone());
    Running::of(&relay).stop_when_mirrored(&nats, temp.ledger()).await;
    append(temp.ledger(), "b", 700).await;
    Running::new(temp.ledger(), &nats).stop_when_mirrored(&nats, temp.ledger()).await;

    append(temp.ledger(), "c", 10).await;
    let elsewhere = connect(vec![whole.url()], 1).await;
    let other = Running::new(temp.ledger(), &elsewhere);
    other.stop_when_mirrored(&elsewhere, temp.ledger()).await;
    admin(&nats).publish("linchpin.entry.fact.x", "{}".into()).await.unwrap().await.unwrap();
    let right = admin(&elsewhere).get_stream("LINCHPIN").await.unwrap();
    for position in 703..=temp.ledger().head().position {
        let message = right.get_raw_message(position).await.unwrap();
        let (subject, headers) = (message.subject, message.headers);
        let sent = admin(&nats).publish_with_headers(subject, headers, message.payload).await;
        sent.unwrap().await.unwrap();
    }
    Running::of(&relay).trouble("differs from the ledger at 702").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_differ_are_named() {
    let Some(server) = NatsServer::single() else { return };
    let nats = connect(vec![server.url()], 1).await;
    let temp = TempLedger::real().await;
    for (name, subject) in [("LINCHPIN", "linchpin.entry.>"), ("LINCHPIN_INBOX", "linchpin.inbox")]
    {
        let config = Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            max_age: Duration::from_secs(3600),
            allow_direct: true,
            ..Config::default()
        };
        admin(&nats).create_stream(config).await.unwrap();
    }
    let relay = Running::new(temp.ledger(), &nats);
    let trouble = relay.trouble("max_age").await;
    for part in ["`max_age` is 3600s instead of 0ns", "`deny_delete` is false instead of true"] {
        assert!(trouble.contains(part), "{trouble}");
    }
    assert!(!trouble.contains("storage"), "{trouble}");
    let Err(NatsError::Settings { what, differences }) = nats.inbox().await else {
        panic!("the inbox was taken as it is");
    };
    assert_eq!(what, "the stream LINCHPIN_INBOX");
    let named: Vec<&str> = differences.iter().map(|d| d.setting).collect();
    assert!(named.contains(&"retention") && named.contains(&"max_bytes"), "{named:?}");
}

async fn ends_at(nats: &Nats, last: u64) {
    let stream = admin(nats).get_stream("LINCHPIN").await.unwrap();
    assert_eq!(stream.cached_info().state.last_sequence, last);
}
