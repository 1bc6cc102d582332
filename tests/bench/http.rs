//! A client that asks over kept-open connections as fast as it is answered. It does as little as
//! it can, since it shares the machine with what it measures.

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::append::Measured;
use crate::run::Spread;

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    /// The body of the last answer.
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// To `127.0.0.1:PORT`.
    pub(crate) async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::with_capacity(64 << 10, stream),
            line: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Sends a request and reads the answer; its status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.get_mut().write_all(request).await.unwrap();
        let status = self.line().await.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = None;
        loop {
            let header = self.line().await.to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(told) = header.strip_prefix("content-length:") {
                length = Some(told.trim().parse().unwrap());
            }
        }
        self.body.clear();
        match length {
            Some(length) => self.take(length).await,
            None => self.chunks().await,
        }
        status
    }

    async fn chunks(&mut self) {
        loop {
            let length = usize::from_str_radix(self.line().await.trim(), 16).unwrap();
            self.take(length).await;
            assert!(self.line().await.is_empty());
            if length == 0 {
                return;
            }
        }
    }

    async fn take(&mut self, length: usize) {
        let before = self.body.len();
        self.body.resize(before + length, 0);
        self.stream.read_exact(&mut self.body[before..]).await.unwrap();
    }

    /// The next line, without its end.
    pub(crate) async fn line(&mut self) -> String {
        self.line.clear();
        let read = self.stream.read_until(b'\n', &mut self.line).await.unwrap();
        assert!(read > 0, "the connection was closed");
        String::from_utf8_lossy(&self.line).trim_end().to_owned()
    }

    /// Sends a request whose answer has no end; to be read line by line.
    pub(crate) async fn follow(&mut self, path: &str) {
        self.stream.get_mut().write_all(&get(path)).await.unwrap();
        while !self.line().await.is_empty() {}
    }
}

/// A request to read.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// A request that hands something in.
pub(crate) fn post(path: &str, kind: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Asks all requests over so many connections, each with one at a time; every answer must be a
/// success.
pub(crate) async fn load(address: &str, connections: usize, requests: Vec<Vec<u8>>) -> Measured {
    let total = requests.len() as f64;
    let mut shares: Vec<Vec<Vec<u8>>> = vec![Vec::new(); connections];
    for (index, request) in requests.into_iter().enumerate() {
        shares[index % connections].push(request);
    }
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await);
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (mut client, share) in clients.into_iter().zip(shares) {
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(share.len());
            for request in share {
                let asked = Instant::now();
                let status = client.ask(&request).await;
                assert!(status < 300, "{status}: {}", String::from_utf8_lossy(&client.body));
                times.push(asked.elapsed());
            }
            times
        });
    }
    let times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let rate = total / started.elapsed().as_secs_f64();
    Measured { rate, spread: Spread::of(times) }
}
