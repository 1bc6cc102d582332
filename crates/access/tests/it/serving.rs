//! How long anyone may take, and how many at once.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use linchpin_access::{Gate, Lock, Peer, Role, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::{ANYWHERE, Site};

/// Routes that are served, and how to stop it.
struct Served {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: JoinHandle<std::io::Result<()>>,
}

async fn served(app: Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let ended = tokio::spawn(serve(listener, app, stopped));
    Served { address, stop, ended }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn requests_know_where_they_come_from() {
    let app = Router::new().route(
        "/",
        get(async |request: Request| {
            let Peer(from) = request.extensions().get().unwrap();
            from.ip().to_string()
        }),
    );
    let served = served(app).await;
    let answer = served.ask(GET).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_stop_takes_nobody_in_and_lets_those_under_way_end() {
    let slow = async || {
        sleep(Duration::from_millis(500)).await;
        "done"
    };
    let served = served(Router::new().route("/", get(slow))).await;
    let mut idle = served.connect().await;
    let mut under_way = served.connect().await;
    under_way.write_all(GET.replace("connection: close\r\n", "").as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    served.stop.send(true).unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    let mut nothing = String::new();
    idle.read_to_string(&mut nothing).await.unwrap();
    assert_eq!(nothing, "");
    timeout(Duration::from_secs(5), served.ended).await.unwrap().unwrap().unwrap();
    TcpStream::connect(served.address).await.unwrap_err();
}

#[tokio::test]
async fn too_many_connections_are_told_so_and_room_comes_back() {
    let served = served(Router::new().route("/", get(async || "hello"))).await;
    let mut held = Vec::new();
    for _ in 0..800 {
        held.push(served.connect().await);
    }
    let answer = served.ask(GET).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("retry-after: 1") && answer.contains("too many connections"),
        "{answer}"
    );
    held.truncate(790);
    sleep(Duration::from_millis(200)).await;
    assert!(served.ask(GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let served = served(Router::new().route("/", get(async || "hello"))).await;
    let mut stream = served.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ").await.unwrap();
    let mut sent = 0;
    while sent < 10 << 20 && stream.write_all(&[b'a'; 4096]).await.is_ok() {
        sent += 4096;
    }
    assert!(sent < 4 << 20, "{sent} bytes of head were taken");
    assert!(served.ask(GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_ask_is_closed() {
    let served = served(Router::new().route("/", get(async || "hello"))).await;
    for begun in ["", "GET / HTT", "GET / HTTP/1.1\r\nhost: loc"] {
        let mut stream = served.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let from = tokio::time::Instant::now();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
        let waited = from.elapsed().as_secs();
        assert!((29..=31).contains(&waited), "{waited} s for {begun:?}");
    }
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_token() {
    let site = Site::at(ANYWHERE).await;
    let token = site.token("anna", Role::Reader).await;
    let endless = async || {
        let ticks = futures::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
        ([("content-type", "text/event-stream")], axum::body::Body::from_stream(ticks))
    };
    let gate = Gate::new(site.temp.ledger().tokens(), Lock::Tokens);
    let served = served(gate.guard(Router::new().route("/", get(endless)))).await;
    let mut stream = served.connect().await;
    let request =
        GET.replace("connection", &format!("authorization: Bearer {token}\r\nconnection"));
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 64];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let mut rest = Vec::new();
    let open = timeout(Duration::from_secs(2), stream.read_to_end(&mut rest)).await;
    assert!(open.is_err(), "it goes on as long as the token is good");
    site.temp.ledger().tokens().revoke("anna").await.unwrap();
    let ended = timeout(Duration::from_secs(2), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "it ends once the token is revoked");
}
