//! The load: writers that repeat each fact until it is acknowledged, readers that keep what they
//! were answered, followers of the live stream.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::facts::{client, event, mixed};
use crate::history::{Answered, History, Question};
use crate::schedule::Part;
use crate::topology::Topology;

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
/// Facts in a batch.
const TOGETHER: u64 = 5;
/// Between two facts of a writer, so that a run stays small enough to be looked at whole.
const PACE: Duration = Duration::from_millis(25);

/// What all of the load shares.
pub(crate) struct Shared {
    seed: u64,
    next: AtomicU64,
    told: AtomicU64,
    stop: AtomicBool,
    /// Where the ledger ends, once that is known: followers go on until they have been there.
    end: AtomicU64,
    history: Mutex<History>,
}

/// The load at work.
pub(crate) struct Load {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    followers: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(seed: u64, topology: &Topology) -> Self {
        let shared = Arc::new(Shared {
            seed,
            next: AtomicU64::new(0),
            told: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            end: AtomicU64::new(u64::MAX),
            history: Mutex::default(),
        });
        let (ingests, queries) =
            (topology.addresses(Part::Ingest), topology.addresses(Part::Query));
        let (mut workers, mut followers) = (Vec::new(), Vec::new());
        let work = |act: Box<dyn FnOnce(&Shared) + Send>| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || act(&shared))
        };
        for number in 0..3 {
            let to = ingests.clone();
            workers.push(work(Box::new(move |shared| write(shared, &to, number))));
        }
        let servers = topology.nats.urls();
        workers.push(work(Box::new(move |shared| post(shared, &servers))));
        for number in [0, 1] {
            let (ask, follow_at) = (queries.clone(), queries.clone());
            workers.push(work(Box::new(move |shared| read(shared, &ask, number))));
            followers.push(work(Box::new(move |shared| follow(shared, &follow_at, number))));
        }
        Self { shared, workers, followers }
    }

    /// No new facts and questions, and each fact that was begun repeated until acknowledged.
    pub(crate) fn quiet(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.workers.drain(..).for_each(|worker| worker.join().unwrap());
    }

    /// Ends it once the followers have seen the last entry, or will not any more.
    pub(crate) fn end(self, head: u64) -> History {
        self.shared.end.store(head, Ordering::SeqCst);
        self.followers.into_iter().for_each(|follower| follower.join().unwrap());
        std::mem::take(&mut *self.shared.history.lock().unwrap())
    }
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn take(&self, many: u64) -> std::ops::Range<u64> {
        let first = self.next.fetch_add(many, Ordering::SeqCst);
        first..first + many
    }

    fn acknowledged(&self, number: u64, position: u64) {
        self.history.lock().unwrap().acknowledged.push((number, position));
        self.told.fetch_max(position, Ordering::SeqCst);
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(8))).build().into()
}

fn write(shared: &Shared, ingests: &[String], writer: u64) {
    let agent = agent();
    let mut turn = writer;
    while !shared.stopped() {
        let together = if turn.is_multiple_of(4) { TOGETHER } else { 1 };
        let numbers = shared.take(together);
        let events: Vec<Value> = numbers.clone().map(|n| event(shared.seed, n)).collect();
        let (kind, body) = match events.as_slice() {
            [one] => (ONE, one.to_string()),
            many => (BATCH, serde_json::to_string(many).unwrap()),
        };
        loop {
            turn += 1;
            let to = &ingests[usize::try_from(turn).unwrap() % ingests.len()];
            let request = agent.post(format!("http://{to}/v1/events")).header("content-type", kind);
            let Ok(mut answer) = request.send(&body) else {
                std::thread::sleep(PACE * 4);
                continue;
            };
            let status = answer.status().as_u16();
            let text = answer.body_mut().read_to_string().unwrap_or_default();
            if (200..300).contains(&status) {
                // An answer that was cut short tells nothing: it is asked for again.
                let Ok(said) = serde_json::from_str::<Value>(&text) else { continue };
                let receipt = |at: usize| match said.get("events") {
                    Some(events) => events[at]["receipt"]["position"].as_u64(),
                    None => said["position"].as_u64(),
                };
                let positions = (0..events.len()).map(receipt).collect::<Option<Vec<u64>>>();
                if let Some(positions) = positions {
                    numbers.clone().zip(positions).for_each(|(n, at)| shared.acknowledged(n, at));
                    break;
                }
                assert!(text.contains("\"status\":503"), "a fact was not taken: {text}");
                continue;
            }
            let later = answer.headers().contains_key("retry-after");
            assert!(status == 503 && later, "a fact was answered {status}: {text}");
            std::thread::sleep(PACE * 4);
        }
        std::thread::sleep(PACE * u32::try_from(together).unwrap());
    }
}

/// Hands facts to the durable inbox on NATS, each repeated until it is confirmed there.
fn post(shared: &Shared, servers: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let client = options.connect(servers).await.unwrap();
        let context = async_nats::jetstream::new(client);
        while !shared.stopped() {
            for number in shared.take(1) {
                loop {
                    let mut headers = async_nats::HeaderMap::new();
                    headers.insert("content-type", ONE);
                    let body = event(shared.seed, number).to_string();
                    let sent = context.publish_with_headers("linchpin.inbox", headers, body.into());
                    let confirmed = tokio::time::timeout(Duration::from_secs(3), async {
                        sent.await.ok()?.await.ok()
                    });
                    if let Ok(Some(_)) = confirmed.await {
                        break;
                    }
                    tokio::time::sleep(PACE * 4).await;
                }
                shared.history.lock().unwrap().posted.push(number);
            }
            tokio::time::sleep(PACE * 4).await;
        }
    });
}

fn read(shared: &Shared, queries: &[String], reader: u64) {
    let agent = agent();
    let mut turn = reader;
    while !shared.stopped() {
        turn += 1;
        let dice = mixed(shared.seed ^ reader, turn);
        let question = if dice.is_multiple_of(3) {
            Question::Alerts
        } else {
            Question::Status(client(dice >> 8))
        };
        let path = match &question {
            Question::Alerts => "/v1/alerts?limit=500".to_owned(),
            Question::Status(id) => format!("/v1/accounts/{id}/status?"),
        };
        let at_least =
            (dice >> 5 & 1 == 1).then(|| shared.told.load(Ordering::SeqCst)).filter(|at| *at > 0);
        let known = at_least.map(|at| format!("&at_least={at}")).unwrap_or_default();
        let to = &queries[usize::try_from(turn).unwrap() % queries.len()];
        // Where nobody listens there is no answer that could be wrong.
        if let Ok(mut answer) = agent.get(format!("http://{to}{path}{known}")).call() {
            let status = answer.status().as_u16();
            let retry_after = answer.headers().contains_key("retry-after");
            if let Ok(text) = answer.body_mut().read_to_string() {
                let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
                let answered = Answered { question, status, retry_after, body, at_least };
                shared.history.lock().unwrap().answers.push(answered);
            }
        }
        std::thread::sleep(PACE);
    }
}

/// How long a follower may take to the last entry once nothing more comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Follows the live stream, coming back where it was left, at the one process or the other.
fn follow(shared: &Shared, queries: &[String], follower: u64) {
    let mut seen: Vec<u64> = Vec::new();
    let mut turn = follower;
    let mut ending: Option<Instant> = None;
    let mut done = |last: u64| {
        let end = shared.end.load(Ordering::SeqCst);
        let known = end != u64::MAX;
        let since = known.then(|| *ending.get_or_insert_with(Instant::now));
        last >= end || since.is_some_and(|since| since.elapsed() > PATIENCE)
    };
    while !done(seen.last().copied().unwrap_or(0)) {
        let to = &queries[usize::try_from(turn).unwrap() % queries.len()];
        turn += 1;
        // What stops the listening is no matter: it is begun anew where it was left.
        let _ = listen(to, &mut seen, &mut done);
        std::thread::sleep(PACE * 4);
    }
    shared.history.lock().unwrap().followed.push(seen);
}

fn listen(
    to: &str,
    seen: &mut Vec<u64>,
    done: &mut impl FnMut(u64) -> bool,
) -> std::io::Result<()> {
    let last = seen.last().copied().unwrap_or(0);
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_millis(1500)))?;
    // HTTP/1.0, so that the answer comes in lines and not in chunks.
    write!(stream, "GET /v1/stream HTTP/1.0\r\nHost: {to}\r\nLast-Event-ID: {last}\r\n\r\n")?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    while answer.read_line(&mut line)? > 0 && !done(seen.last().copied().unwrap_or(0)) {
        // A line that a kill has cut short tells nothing.
        let id = line.strip_prefix("id:").filter(|_| line.ends_with('\n'));
        seen.extend(id.map(|id| id.trim().parse::<u64>().unwrap()));
        line.clear();
    }
    Ok(())
}
