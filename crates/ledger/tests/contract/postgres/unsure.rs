//! The server goes away between being told to store and saying that it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linchpin_ledger::{AppendError, Ledger, Mode, StorageError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Database;
use crate::place::{Place, append, client, outcomes};

/// As the driver says it, with what stands before and behind it on the wire.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// What a server says to one that it does not let in.
const NOT_YOU: &[u8] = b"E\0\0\0\x1eSFATAL\0VFATAL\0C28000\0Mno\0\0";

/// Stands between a desk and its server. The first commit it hands on, and the answer to it not;
/// from then on it lets nobody in.
async fn between(port: u16) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (own, cut) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
    let told = Arc::clone(&cut);
    tokio::spawn(async move {
        while let Ok((desk, _)) = listener.accept().await {
            tokio::spawn(hand_on(desk, port, Arc::clone(&told)));
        }
    });
    (own, cut)
}

async fn hand_on(mut desk: TcpStream, port: u16, cut: Arc<AtomicBool>) {
    let mut said = vec![0; 64 << 10];
    if cut.load(Ordering::SeqCst) {
        let _ = desk.read(&mut said).await;
        let _ = desk.write_all(NOT_YOU).await;
        return;
    }
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut answer = said.clone();
    loop {
        tokio::select! {
            count = desk.read(&mut said) => {
                let Ok(count @ 1..) = count else { return };
                let last = said[..count] == *COMMIT;
                cut.fetch_or(last, Ordering::SeqCst);
                server.write_all(&said[..count]).await.unwrap();
                if last {
                    // It is stored once the server says so, which the desk does not hear.
                    let _ = server.read(&mut answer).await;
                    return;
                }
            }
            count = server.read(&mut answer) => {
                let Ok(count @ 1..) = count else { return };
                desk.write_all(&answer[..count]).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_may_be_stored_and_is_so_told() {
    let Some(place) = Database::new().await else { return };
    place.create(false).await.close().await;
    let (port, cut) = between(place.server.port()).await;
    let address = place.server.address(super::SCHEMA);
    let address = address.replace(&place.server.port().to_string(), &port.to_string());
    let url = format!("{address}&sslmode=disable").parse().unwrap();
    let ledger = Ledger::open(&url, Mode::ReadWrite, place.clock.clock()).await.unwrap();
    let unsure = append(&ledger, vec![client("a")]).await.unwrap_err();
    assert!(cut.load(Ordering::SeqCst));
    let AppendError::Storage(StorageError::Unsure(reason)) = &unsure else { panic!("{unsure:?}") };
    assert!(reason.contains("refuses"), "{reason}");
    assert!(unsure.is_passing() && unsure.to_string().contains("may be stored"), "{unsure}");
    // It was; asked again, it is stored once.
    let direct = place.open(Mode::ReadWrite).await;
    assert_eq!(outcomes(&append(&direct, vec![client("a")]).await.unwrap()), [(2, false)]);
}
