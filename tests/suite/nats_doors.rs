//! The desk on NATS as other programs meet it: facts in by both doors, entries out, and the
//! programs of docs/consume run as they are printed there.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use async_nats::{Client, HeaderMap, jetstream};
use linchpin_testkit::NatsServer;
use linchpin_tests::{Desk, Place, repository, skipped_when_spread};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

/// A desk with NATS, all in one process.
struct Site {
    place: Place,
    desk: Desk,
    server: NatsServer,
    client: Client,
}

impl Site {
    async fn start() -> Option<Self> {
        if skipped_when_spread("it brings its own desk and server") {
            return None;
        }
        let server = NatsServer::single()?;
        let place = Place::new();
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--nats", &server.url()]);
        let desk = Desk::start_with(command);
        let client = async_nats::connect(server.url()).await.unwrap();
        let site = Self { place, desk, server, client };
        site.until("requests are answered", async || {
            site.client.request("linchpin.ingest", "{}".into()).await.is_ok()
        })
        .await;
        Some(site)
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Tells that a client is on the books; the position of the fact.
    async fn tell(&self, id: &str) -> u64 {
        let answer = self.client.request("linchpin.ingest", event(id).into()).await.unwrap();
        let status = answer.headers.as_ref().unwrap().get("Linchpin-Status").unwrap();
        assert_eq!(status.as_str(), "201", "{}", String::from_utf8_lossy(&answer.payload));
        let receipt: Value = serde_json::from_slice(&answer.payload).unwrap();
        receipt["position"].as_u64().unwrap()
    }

    /// The types of all entries, as the desk's own API has them.
    fn types(&self) -> Vec<String> {
        let of = |position| {
            let entry = self.desk.get(&format!("/v1/entries/{position}")).json();
            entry["item"]["kind"].as_str().unwrap_or_else(|| panic!("{entry}")).to_owned()
        };
        (1..=self.desk.head()).map(of).collect()
    }
}

fn event(id: &str) -> String {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/crm", "type": "linchpin.account.registered",
        "data": {"account": format!("crm:{id}"), "name": format!("Client {id}")},
    });
    event.to_string()
}

/// A Python with the client for NATS; `None`, and a line that says so, where there is none.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so where its output goes")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("LINCHPIN_PYTHON").map(PathBuf::from);
    let installed = repository().join("target/tools/python/bin/python");
    let found = [named, Some(installed), Some(PathBuf::from("python3"))]
        .into_iter()
        .flatten()
        .find(|path| {
            let mut asked = Command::new(path);
            asked.args(["-c", "import nats"]).stderr(Stdio::null());
            asked.status().is_ok_and(|status| status.success())
        });
    if found.is_none() {
        eprintln!("SKIPPED: no Python with nats-py; name one in LINCHPIN_PYTHON");
    }
    found
}

/// The consumer of the documentation, running.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn start(site: &Site, python: &PathBuf) -> Self {
        let mut child = Command::new(python)
            .arg(repository().join("docs/consume/follow.py"))
            .args([site.server.url(), site.place.path().join("position").display().to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| told.send(line))
        });
        Self { child, lines }
    }

    /// What it printed, up to an entry.
    fn up_to(&self, position: u64) -> Vec<(u64, String)> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|(last, _)| *last < position) {
            let line =
                self.lines.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{e}: {seen:?}"));
            let mut parts = line.split(' ');
            let position = parts.next().unwrap().parse().unwrap();
            seen.push((position, parts.next().unwrap().to_owned()));
        }
        seen
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consumer_of_the_documentation_sees_every_entry_and_notices_a_missing_one() {
    let Some(python) = python() else { return };
    let Some(mut site) = Site::start().await else { return };
    site.tell("1").await;
    let mut follower = Follower::start(&site, &python);
    let mut seen = follower.up_to(site.desk.head());
    let live = site.tell("2").await;
    seen.extend(follower.up_to(live));
    // Killed, and started again: it goes on where it stopped. What it was dealing with when it was
    // killed may come again, nothing else may.
    for id in 3..6 {
        let live = site.tell(&id.to_string()).await;
        drop(follower);
        follower = Follower::start(&site, &python);
        let more = follower.up_to(live);
        let last = seen.last().unwrap().0;
        assert!([last, last + 1].contains(&more[0].0), "{more:?} after {seen:?}");
        seen.extend(more.into_iter().filter(|(position, _)| *position > last));
    }
    // The server is killed and comes back.
    site.server.kill();
    site.server.start();
    let client = async_nats::connect(site.server.url()).await.unwrap();
    site.until("requests are answered again", async || {
        client.request("linchpin.ingest", event("6").into()).await.is_ok()
    })
    .await;
    let head = site.desk.head();
    seen.extend(follower.up_to(head));
    let types = site.types();
    let expected: Vec<(u64, String)> = (1..).zip(types).take(seen.len()).collect();
    assert_eq!(seen, expected);

    // Somebody shortens the mirror: who still needs what is gone says so.
    drop(follower);
    let next = site.desk.head() + 1;
    let answer = client.request("linchpin.ingest", event("7").into()).await.unwrap();
    let receipt: Value = serde_json::from_slice(&answer.payload).unwrap();
    let last = receipt["position"].as_u64().unwrap();
    let stream = jetstream::new(client.clone()).get_stream("LINCHPIN").await.unwrap();
    site.until("the relay has mirrored it", async || {
        stream.get_info().await.unwrap().state.last_sequence >= last
    })
    .await;
    stream.purge().sequence(next + 1).await.unwrap();
    let position = site.place.path().join("position");
    std::fs::write(position, (next - 1).to_string()).unwrap();
    let mut stopped = Follower::start(&site, &python);
    let mut said = String::new();
    let err = stopped.child.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut BufReader::new(err), &mut said).unwrap();
    assert!(!stopped.child.wait().unwrap().success());
    assert!(said.contains(&format!("expected entry {next}, got {}", next + 1)), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_of_the_documentation_tell_facts() {
    let Some(python) = python() else { return };
    let Some(site) = Site::start().await else { return };
    let page = std::fs::read_to_string(repository().join("docs/consume/README.md")).unwrap();
    let block = |language: &str, holding: &str| {
        let fence = format!("```{language}\n");
        let blocks = page.split(&fence).skip(1);
        let mut texts = blocks.map(|rest| rest.split("```").next().unwrap());
        texts.find(|text| text.contains(holding)).unwrap().to_owned()
    };
    // The request that the page makes with the `nats` command, made here by our client.
    let request = block("sh", "nats request linchpin.ingest");
    let body = request.split('\'').nth(1).unwrap().to_owned();
    let answer = site.client.request("linchpin.ingest", body.into()).await.unwrap();
    let receipt: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(receipt["recorded"], true, "{receipt}");

    let program =
        block("python", "linchpin.inbox").replace("nats://127.0.0.1:4222", &site.server.url());
    let ran = Command::new(&python).args(["-c", &program]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "kept as 1\n");
    site.until("the inbox is empty and the client renamed", async || {
        let accounts = site.desk.get("/v1/accounts?limit=10").json();
        accounts.to_string().contains("Halden Group SE")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_inbox_cannot_give_is_in_the_quarantine_and_fed_again() {
    let Some(site) = Site::start().await else { return };
    let jetstream = jetstream::new(site.client.clone());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/crm"),
        ("ce-type", "linchpin.account.registered"),
    ] {
        headers.insert(name, value);
    }
    let wrong = "{\"account\":\"crm:1\",\"nom\":\"Halden Werke\"}";
    let kept = jetstream.publish_with_headers("linchpin.inbox", headers, wrong.into()).await;
    let sequence = kept.unwrap().await.unwrap().sequence;
    let list = || site.place.json(&["quarantine", "list", "--json"]);
    site.until("it waits to be mended", async || !list().as_array().unwrap().is_empty()).await;
    let item = list()[0].clone();
    assert_eq!(item["source"], format!("nats:inbox:{sequence}"));
    assert!(item["reason"].as_str().unwrap().contains("`nom`"), "{item}");
    let id = item["id"].to_string();
    let original = site.place.run(&["quarantine", "show", &id, "--raw"]).out;
    let mended = site.place.file("mended.json", original.replace("\"nom\"", "\"name\""));
    site.place.run(&["quarantine", "retry", &id, "--with", &mended.display().to_string()]);
    site.until("the client is there", async || {
        site.desk.get("/v1/accounts?limit=10").body.contains("Halden Werke")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_was_deleted_is_made_anew_as_the_desk_sets_it() {
    let Some(site) = Site::start().await else { return };
    let jetstream = jetstream::new(site.client.clone());
    let settings = async || {
        let stream = jetstream.get_stream("LINCHPIN_INBOX").await.ok()?;
        let config = &stream.cached_info().config;
        Some((config.retention, config.max_bytes, config.max_messages, config.max_message_size))
    };
    site.until("the inbox is there", async || settings().await.is_some()).await;
    let before = settings().await.unwrap();
    jetstream.delete_stream("LINCHPIN_INBOX").await.unwrap();
    site.until("it is there again", async || settings().await == Some(before)).await;
    let kept = jetstream.publish("linchpin.inbox", event("1").into()).await;
    kept.unwrap().await.unwrap();
    site.until("the client is there", async || {
        site.desk.get("/v1/accounts?limit=10").body.contains("Client 1")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_that_is_served_is_the_one_that_is_printed() {
    let Some(site) = Site::start().await else { return };
    for kind in ["asyncapi", "openapi"] {
        let served = site.desk.get(&format!("/{kind}.json"));
        assert_eq!((served.status, served.kind.as_str()), (200, "application/json"));
        assert_eq!(served.json(), site.place.json(&["schema", kind]), "{kind}");
    }
    let openapi = site.desk.get("/openapi.json").json();
    assert!(openapi["paths"]["/asyncapi.json"].is_object());
    let asyncapi = site.desk.get("/asyncapi.json").json();
    assert_eq!(asyncapi["channels"]["ingest"]["address"], "linchpin.ingest");

    // Every message on the wire is of a described type and has the described subject.
    site.tell("1").await;
    let stream = jetstream::new(site.client.clone()).get_stream("LINCHPIN").await.unwrap();
    for sequence in 1..=stream.get_info().await.unwrap().state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let name = message.headers.get("ce-type").unwrap().as_str();
        assert!(asyncapi["components"]["messages"][name].is_object(), "{name}");
        let subject = message.subject.strip_prefix("linchpin.entry.").unwrap();
        assert_eq!(subject.split_once('.').unwrap().1, name);
    }
}
