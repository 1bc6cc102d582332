//! Streams that lose what they had: the relay makes them whole from the ledger.

use linchpin_testkit::{NatsServer, TempLedger};

use crate::rig::{Running, admin, append, connect, exact, exact_from, mirrored};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_stream_is_made_anew_from_the_first_entry() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 400).await;
    mirrored(&nats, temp.ledger()).await;
    // Once while it is idle, once while there is work.
    admin(&nats).delete_stream("LINCHPIN").await.unwrap();
    exact(&nats, temp.ledger()).await;
    let ledger = temp.ledger().clone();
    let appending = tokio::spawn(async move { append(&ledger, "b", 2_000).await });
    admin(&nats).delete_stream("LINCHPIN").await.unwrap();
    appending.await.unwrap();
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purged_stream_goes_on_where_it_was() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 100).await;
    mirrored(&nats, temp.ledger()).await;
    admin(&nats).get_stream("LINCHPIN").await.unwrap().purge().await.unwrap();
    append(temp.ledger(), "b", 100).await;
    exact_from(&nats, temp.ledger(), 102).await;
    // Nor does a relay mind that finds it empty.
    admin(&nats).get_stream("LINCHPIN").await.unwrap().purge().await.unwrap();
    relay.stop().await;
    let _relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "c", 100).await;
    exact_from(&nats, temp.ledger(), 202).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_tail_is_published_again() {
    let Some(mut server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 300).await;
    mirrored(&nats, temp.ledger()).await;
    server.stop();
    let older = server.copy_store();
    server.start();
    append(temp.ledger(), "b", 300).await;
    mirrored(&nats, temp.ledger()).await;
    server.kill();
    server.put_back(&older);
    server.start();
    let stream = admin(&nats).get_stream("LINCHPIN").await;
    assert!(stream.is_ok_and(|stream| stream.cached_info().state.last_sequence < 601));
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lost_everything_is_filled_again() {
    let Some(mut server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 300).await;
    mirrored(&nats, temp.ledger()).await;
    server.kill();
    server.wipe();
    server.start();
    append(temp.ledger(), "b", 30).await;
    exact(&nats, temp.ledger()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_single_message_can_be_deleted() {
    let Some(server) = NatsServer::single() else { return };
    let temp = TempLedger::real().await;
    let nats = connect(vec![server.url()], 1).await;
    let _relay = Running::new(temp.ledger(), &nats);
    append(temp.ledger(), "a", 10).await;
    mirrored(&nats, temp.ledger()).await;
    let stream = admin(&nats).get_stream("LINCHPIN").await.unwrap();
    assert!(stream.delete_message(11).await.is_err());
    exact(&nats, temp.ledger()).await;
}
