//! Answering HTTP within bounds: so many connections, so long for a head, so long for an answer
//! to be fetched.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::patient::Patient;

/// Connections at one time: below the 1,024 open files that a process has unless it asks for more.
const MAX_CONNECTIONS: usize = 800;
/// Of one address that is not this machine's, so that one sender leaves room for others.
const MAX_OF_ONE: usize = 600;
/// Longest wait for the head of a request, also for the next one on the same connection.
const HEAD: Duration = Duration::from_secs(30);
/// Longest head, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// Longest that a reader may leave an answer lying.
const UNREAD: Duration = Duration::from_secs(60);
/// Connections that are being told that there are too many.
const MAX_REFUSING: usize = 64;
/// Longest that telling so may take.
const REFUSING: Duration = Duration::from_secs(1);
/// After which a listener that failed (too many open files, mostly) tries again.
const RETRY: Duration = Duration::from_millis(200);

const TOO_MANY: &str = "{\"type\":\"urn:linchpin:problem:not-now\",\"title\":\"the desk cannot \
    answer now\",\"status\":503,\"detail\":\"too many connections are open: try again in a \
    moment\",\"retry_after\":1}";

/// The address a request came from; an extension of every request that [`serve`] hands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Answers requests on a listener until told to stop, then lets those under way end; how long
/// that may take is up to the caller. One connection too many is told 503, and one that is slow
/// to ask or to fetch its answer is closed.
///
/// # Errors
/// Where the listener has no address, and so is none.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let loopback = listener.local_addr()?.ip().is_loopback();
    let room = Room::new(loopback);
    let refusing = Arc::new(Semaphore::new(MAX_REFUSING));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => break,
        };
        match accepted {
            Ok((stream, from)) => match room.take(from.ip()) {
                Some(place) => {
                    tokio::spawn(answer(stream, from, app.clone(), stop.clone(), place));
                }
                None => {
                    metrics::counter!("linchpin_http_connections_refused_total").increment(1);
                    if let Ok(permit) = Arc::clone(&refusing).try_acquire_owned() {
                        tokio::spawn(refuse(stream, permit));
                    }
                }
            },
            Err(error) if of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                sleep(RETRY).await;
            }
        }
    }
    drop(listener);
    room.empty().await;
    Ok(())
}

/// Returns once it is time to stop; so it is when nobody is left to say so.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn answer(
    stream: TcpStream,
    from: SocketAddr,
    app: Router,
    mut stop: watch::Receiver<bool>,
    _place: Place,
) {
    // Events are small, and are to arrive at once.
    let _ = stream.set_nodelay(true);
    let app = app.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(from));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(MAX_HEAD)
        .serve_connection(
            TokioIo::new(Patient::new(stream, UNREAD)),
            TowerToHyperService::new(app),
        );
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Says that there are too many, and reads on for a moment, for a connection that is closed with
/// something unread takes the answer with it.
async fn refuse(mut stream: TcpStream, _permit: OwnedSemaphorePermit) {
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         cache-control: no-store\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        TOO_MANY.len()
    );
    let tell = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(TOO_MANY.as_bytes()).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    // Whoever does not even fetch this has been told enough.
    let _ = timeout(REFUSING, tell).await;
}

/// Errors of a single connection that was on its way.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// The room there is for connections.
#[derive(Clone)]
struct Room {
    all: Arc<Semaphore>,
    /// How many each address has; none are counted on loopback, where all come from one.
    each: Option<Arc<Mutex<HashMap<IpAddr, usize>>>>,
}

/// A connection's place, given back when it is dropped.
struct Place {
    _permit: OwnedSemaphorePermit,
    from: IpAddr,
    each: Option<Arc<Mutex<HashMap<IpAddr, usize>>>>,
}

impl Room {
    fn new(loopback: bool) -> Self {
        let each = (!loopback).then(Arc::default);
        Self { all: Arc::new(Semaphore::new(MAX_CONNECTIONS)), each }
    }

    fn take(&self, from: IpAddr) -> Option<Place> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        if let Some(each) = &self.each {
            let mut each = each.lock().unwrap_or_else(PoisonError::into_inner);
            let count = each.entry(from).or_default();
            if *count >= MAX_OF_ONE {
                return None;
            }
            *count += 1;
        }
        metrics::gauge!("linchpin_http_connections").increment(1);
        Some(Place { _permit: permit, from, each: self.each.clone() })
    }

    /// Returns once nobody is left.
    async fn empty(&self) {
        // It is never closed, so this cannot fail.
        let _ = self.all.acquire_many(MAX_CONNECTIONS as u32).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("linchpin_http_connections").decrement(1);
        let Some(each) = &self.each else { return };
        let mut each = each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = each.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                each.remove(&self.from);
            }
        }
    }
}
