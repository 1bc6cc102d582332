//! The whole desk as a process, on a ledger that is filled beforehand.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io::BufRead, io::BufReader};

use linchpin_domain::id::AccountId;
use linchpin_ledger::LedgerUrl;
use serde_json::{Value, json};

use crate::bare::Bare;
use crate::http::{Client, get, load, post};
use crate::replay::Sample;
use crate::run::{Run, Spread, spreads};
use crate::{Size, world};

/// Connections over which facts are handed in one by one, and in batches.
const SENDERS: usize = 64;
const BATCHERS: usize = 8;
/// Events a batch.
pub(crate) const BATCH: usize = 100;
/// The content types of one event, and of a batch.
const ONE: &str = "application/cloudevents+json";
pub(crate) const MANY: &str = "application/cloudevents-batch+json";
/// Connections over which statuses are asked.
const READERS: usize = 16;
/// Alerts that are waited for.
const ALERTS: usize = 200;

/// A desk that runs; killed when it is dropped.
pub(crate) struct Desk {
    child: Child,
    pub(crate) address: String,
}

impl Desk {
    /// Starts one, and how long it took until it was ready.
    pub(crate) async fn start(ledger: &str, folder: &Path) -> (Self, Duration) {
        let started = Instant::now();
        let mut child = Command::new(linchpin_tests::binary())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("LINCHPIN_LEDGER", ledger)
            .env_remove("RUST_LOG")
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next().expect("the desk says its address").unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let address = said.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
        let desk = Self { child, address };
        let mut client = Client::connect(&desk.address).await;
        while client.ask(&get("/readyz")).await != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        (desk, started.elapsed())
    }

    /// Waits until nothing is concluded any more: the head stands still.
    pub(crate) async fn settle(&self) {
        let mut client = Client::connect(&self.address).await;
        let mut before = (0, 0);
        while before.1 < 10 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            client.ask(&get("/v1/accounts?limit=1")).await;
            let answer: Value = serde_json::from_slice(&client.body).unwrap();
            let head = answer["clocks"]["position"].as_u64().unwrap();
            before = if head == before.0 { (head, before.1 + 1) } else { (head, 0) };
        }
    }

    /// SIGTERM, and waits for its end.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap();
    }

    /// What it holds in memory now, in bytes.
    fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a ledger by `linchpin init`, so that the first rules are in force.
pub(crate) fn found(ledger: &str, folder: &Path) {
    let made = Command::new(linchpin_tests::binary())
        .args(["init", "--firm", "Bench", "--currency", "EUR", "--time-zone", "UTC"])
        .env("LINCHPIN_LEDGER", ledger)
        .current_dir(folder)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "linchpin init failed");
}

/// The same, filled.
async fn founded(ledger: &str, folder: &Path, entries: u64) {
    found(ledger, folder);
    let url: LedgerUrl = ledger.parse().unwrap();
    let opened = world::opened(&url).await;
    world::fill(&opened, entries).await;
    opened.close().await;
}

/// Everything that is measured on a running desk, on SQLite.
pub(crate) async fn sqlite(size: &Size) -> Vec<Run> {
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let ledger = format!("sqlite:{}", folder.path().join("ledger.db").display());
    founded(&ledger, folder.path(), size.entries).await;
    let mut runs = Vec::new();

    eprintln!("  the first start, until all is concluded");
    let (desk, first) = Desk::start(&ledger, folder.path()).await;
    desk.settle().await;
    desk.stop();
    let opened = world::opened(&ledger.parse().unwrap()).await;
    let sample = Sample::of(&opened).await;
    opened.close().await;
    let decoded = size.entries as f64 / sample.rate;
    let snapshots: PathBuf = folder.path().join("ledger.db.snapshots");
    assert!(snapshots.exists(), "the desk leaves snapshots when it stops");
    eprintln!("  restarts");
    let (desk, with) = Desk::start(&ledger, folder.path()).await;
    runs.push(Run::new(format!("restart.sqlite{}", size.count), "s", with.as_secs_f64(), decoded));
    let clients = world::clients(size.entries) as f64;
    let stored = size.entries as f64 * sample.payload / clients;
    let name = format!("memory{}", size.count);
    runs.push(Run::new(name, "B/account", desk.resident() / clients, stored));
    desk.stop();
    std::fs::remove_dir_all(&snapshots).unwrap();
    let (desk, without) = Desk::start(&ledger, folder.path()).await;
    let name = format!("restart.sqlite{}.without_snapshot", size.count);
    runs.push(Run::new(name, "s", without.as_secs_f64(), decoded));
    eprintln!("  (the first start took {:.1} s)", first.as_secs_f64());

    let bare = Bare::start(&folder.path().join("bare.db"));
    runs.extend(status(&desk, &bare, size).await);
    runs.extend(alerts(&desk, &bare, size).await);
    runs.extend(ingest(&desk, &bare, size).await);
    runs
}

async fn status(desk: &Desk, bare: &Bare, size: &Size) -> Vec<Run> {
    eprintln!("  status queries");
    let clients = world::clients(size.entries);
    let path = |number: usize| {
        let client = world::client((number as u64).wrapping_mul(7_919) % clients);
        get(&format!("/v1/accounts/{client}/status"))
    };
    let mut client = Client::connect(&desk.address).await;
    assert_eq!(client.ask(&path(1)).await, 200);
    let fixed = get(&format!("/fixed/{}", client.body.len()));
    let asked = size.appends;
    load(&desk.address, READERS, (0..asked / 10).map(path).collect()).await;
    let ours = load(&desk.address, READERS, (0..asked).map(path).collect()).await;
    let limit = load(&bare.address, READERS, vec![fixed; asked]).await;
    let name = format!("status.query{}", size.suffix);
    let mut runs = vec![Run::new(&name, "1/s", ours.rate, limit.rate)];
    runs.extend(spreads(&name, &ours.spread, &limit.spread));
    runs
}

fn event(id: &str, kind: &str, client: AccountId, more: &Value) -> Value {
    let mut data = json!({ "account": client });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "specversion": "1.0", "id": id, "source": "/bench", "type": format!("linchpin.{kind}"),
        "time": jiff::Timestamp::from_second(1_785_000_000).unwrap().to_string(), "data": data,
    })
}

fn order(number: usize, clients: u64) -> Value {
    let client = world::client((number as u64).wrapping_mul(7_919) % clients);
    let more = json!({ "engagement": format!("bench:more-{number}"), "kind": "order", "title": "Parts, as drawn" });
    event(&format!("order {number}"), "engagement.recorded", client, &more)
}

/// Orders of these numbers, in batches.
pub(crate) fn batches(first: usize, orders: usize, clients: u64) -> Vec<String> {
    let batch = |batch: usize| {
        let first = first + batch * BATCH;
        let events: Vec<Value> =
            (first..first + BATCH).map(|number| order(number, clients)).collect();
        Value::from(events).to_string()
    };
    (0..orders / BATCH).map(batch).collect()
}

/// Requests that hand in bodies of a type.
pub(crate) fn posted(path: &str, kind: &str, bodies: &[String]) -> Vec<Vec<u8>> {
    bodies.iter().map(|body| post(path, kind, body)).collect()
}

async fn ingest(desk: &Desk, bare: &Bare, size: &Size) -> Vec<Run> {
    eprintln!("  facts by HTTP");
    let clients = world::clients(size.entries);
    let singles: Vec<String> =
        (0..size.appends).map(|number| order(number, clients).to_string()).collect();
    let batches = batches(size.appends, size.appends, clients);
    let mut runs = Vec::new();
    for (name, kind, bodies, senders, rows) in
        [("one", ONE, &singles, SENDERS, 1), ("batch100", MANY, &batches, BATCHERS, BATCH)]
    {
        let ours = load(&desk.address, senders, posted("/v1/events", kind, bodies)).await;
        let path = format!("/rows/{rows}");
        let limit = load(&bare.address, senders, posted(&path, kind, bodies)).await;
        let name = format!("http.ingest.{name}{}", size.suffix);
        let events = rows as f64;
        runs.push(Run::new(&name, "1/s", ours.rate * events, limit.rate * events));
        runs.extend(spreads(&name, &ours.spread, &limit.spread));
    }
    runs
}

/// From sending a fact until its alert stands on the live stream, one after the other; against one
/// durable commit and the way to a live stream.
async fn alerts(desk: &Desk, bare: &Bare, size: &Size) -> Vec<Run> {
    eprintln!("  alerts");
    let clients = world::clients(size.entries);
    let mut live = Client::connect(&desk.address).await;
    live.follow("/v1/stream").await;
    let mut sender = Client::connect(&desk.address).await;
    let now = jiff::Timestamp::from_second(unix_now()).unwrap().to_string();
    let mut times = Vec::new();
    for number in 0..ALERTS {
        let client = world::client((number as u64 * 7_919 + 13) % clients);
        let contact = format!("bench:leaver-{number}");
        let mut joined = event(
            &format!("joined {number}"),
            "contact.joined",
            client,
            &json!({ "contact": contact }),
        );
        joined["time"] = json!("2026-01-05T09:00:00Z");
        let mut left = event(
            &format!("left {number}"),
            "contact.left",
            client,
            &json!({ "contact": contact }),
        );
        left["time"] = json!(now);
        let status = sender.ask(&post("/v1/events", ONE, &joined.to_string())).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&sender.body));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let asked = Instant::now();
        let status = sender.ask(&post("/v1/events", ONE, &left.to_string())).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&sender.body));
        let receipt: Value = serde_json::from_slice(&sender.body).unwrap();
        let after = receipt["position"].as_u64().unwrap();
        alert_after(&mut live, after).await;
        times.push(asked.elapsed());
    }
    let mut live = Client::connect(&bare.address).await;
    live.follow("/stream").await;
    let mut sender = Client::connect(&bare.address).await;
    let mut limits = Vec::new();
    for number in 0..ALERTS {
        let asked = Instant::now();
        let body = order(number, clients).to_string();
        sender.ask(&post("/rows/1", "application/json", &body)).await;
        while !live.line().await.starts_with("data:") {}
        limits.push(asked.elapsed());
    }
    let (ours, limit) = (Spread::of(times), Spread::of(limits));
    spreads(&format!("alert.latency{}", size.suffix), &ours, &limit).into()
}

/// Reads the live stream up to the first alert raised after a position.
async fn alert_after(live: &mut Client, after: u64) {
    loop {
        let line = live.line().await;
        let Some(data) = line.strip_prefix("data:") else { continue };
        let Ok(entry) = serde_json::from_str::<Value>(data) else { continue };
        if entry["kind"] == "alert.raised"
            && entry["position"].as_u64().is_some_and(|at| at > after)
        {
            return;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the desk under test goes by the world's clock")]
fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs() as i64
}
