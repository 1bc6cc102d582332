//! A collector of traces for tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::PORT;

/// A collector of traces that only keeps what it is sent.
pub(super) struct Sink {
    pub(super) address: String,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Sink {
    pub(super) fn open() -> Self {
        let listener = TcpListener::bind(PORT).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let spans: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&spans);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || take(stream, &kept));
            }
        });
        Self { address, spans }
    }

    pub(super) fn spans(&self) -> Vec<Value> {
        self.spans.lock().unwrap().clone()
    }
}

fn take(stream: TcpStream, kept: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut length = 0;
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        assert!(first.starts_with("POST /v1/traces "), "{first}");
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let document: Value = serde_json::from_slice(&body).unwrap();
        let resource = &document["resourceSpans"][0];
        assert!(resource["resource"].to_string().contains("linchpin"), "{resource}");
        let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
        kept.lock().unwrap().extend(spans.iter().cloned());
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
    }
}
