//! The barest server on the same HTTP stack: a fixed answer, and rows stored by group commit
//! before they are answered. It is a process of its own, as the desk is.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as InPath, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

/// Most bodies in one transaction.
const GROUP: usize = 512;

/// A bare server that runs; killed when it is dropped.
pub(crate) struct Bare {
    child: Child,
    pub(crate) address: String,
}

impl Bare {
    /// Starts one that stores into a new file.
    pub(crate) fn start(file: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("--bare")
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Store {
    bodies: mpsc::SyncSender<(Bytes, usize, oneshot::Sender<()>)>,
    stored: watch::Receiver<u64>,
}

/// What the process does that [`Bare::start`] starts.
pub(crate) async fn serve(file: &str) {
    // Whoever started it holds the other end, however it ends.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let (bodies, waiting) = mpsc::sync_channel(4_096);
    let (told, stored) = watch::channel(0);
    let connection = Connection::open(file).unwrap();
    std::thread::spawn(move || store(connection, &waiting, &told));
    let app = Router::new()
        .route("/fixed/{bytes}", get(fixed))
        .route("/rows/{rows}", post(rows))
        .route("/stream", get(stream))
        .with_state(Arc::new(Store { bodies, stored }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

/// JSON of a length, made beforehand.
async fn fixed(InPath(bytes): InPath<usize>) -> impl IntoResponse {
    static BODY: [u8; 64 << 10] = [b' '; 64 << 10];
    (
        [(header::CONTENT_TYPE, "application/json")],
        Bytes::from_static(&BODY[..bytes.min(BODY.len())]),
    )
}

/// Stores a body, cut into so many rows, and answers once it is on disk.
async fn rows(
    State(to): State<Arc<Store>>,
    InPath(rows): InPath<usize>,
    body: Bytes,
) -> impl IntoResponse {
    let (done, stored) = oneshot::channel();
    to.bodies.send((body, rows, done)).unwrap();
    stored.await.unwrap();
    ([(header::CONTENT_TYPE, "application/json")], "{}")
}

/// Tells how many rows there are, each time there are more.
async fn stream(State(store): State<Arc<Store>>) -> impl IntoResponse {
    let mut stored = store.stored.clone();
    stored.mark_unchanged();
    Sse::new(futures::stream::unfold(stored, |mut stored| async {
        stored.changed().await.ok()?;
        let told = stored.borrow_and_update().to_string();
        Some((Ok::<_, Infallible>(Event::default().data(told)), stored))
    }))
}

fn store(
    connection: Connection,
    waiting: &mpsc::Receiver<(Bytes, usize, oneshot::Sender<()>)>,
    told: &watch::Sender<u64>,
) {
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                    CREATE TABLE entry (pos INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;";
    connection.execute_batch(settings).unwrap();
    let mut insert = connection.prepare("INSERT INTO entry (payload) VALUES (?1)").unwrap();
    let mut stored = 0;
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP - 1));
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (body, rows, _) in &group {
            for row in body.chunks(body.len().div_ceil((*rows).max(1)).max(1)) {
                insert.execute([row]).unwrap();
                stored += 1;
            }
        }
        connection.execute_batch("COMMIT").unwrap();
        told.send_replace(stored);
        for (_, _, done) in group {
            let _ = done.send(());
        }
    }
}
