//! The parts of the desk as processes of their own: how they are configured, watched, traced and
//! stopped.

mod nats;
mod settings;
mod sink;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linchpin_tests::{Desk, Place, Ran};
use serde_json::{Value, json};

use sink::Sink;

const KIND: &str = "application/cloudevents+json";
const PORT: &str = "127.0.0.1:0";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn process(place: &Place, name: &str, more: &[&str]) -> Desk {
    Desk::start_with(place.command(&[&[name, "--listen", PORT], more].concat()))
}

fn event(id: &str, kind: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "test", "type": format!("linchpin.{kind}"),
        "data": data,
    })
    .to_string()
}

fn joined() -> String {
    let data = json!({
        "account": "crm:1", "contact": "crm:1-jane", "person": { "name": "Jane Doe" },
    });
    let mut event: Value = serde_json::from_str(&event("1", "contact.joined", &data)).unwrap();
    event["time"] = json!("2024-01-05T10:00:00Z");
    event.to_string()
}

fn left() -> String {
    event("2", "contact.left", &json!({ "account": "crm:1", "contact": "crm:1-jane" }))
}

/// Asks until the answer is as wished for, for 30 seconds.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} never came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The entry that raised an alert which a request of this trace led to.
fn raised(query: &Desk, trace: &str) -> Value {
    until("the alert", || {
        (1..=query.head()).map(|at| query.get(&format!("/v1/entries/{at}")).json()).find(|entry| {
            entry.to_string().contains("alert.raised") && entry.to_string().contains(trace)
        })
    })
}

#[test]
fn each_part_works_alone_and_all_of_them_on_one_ledger() {
    let place = Place::new();
    place.run(&["init"]);
    let ingest = process(&place, "ingest", &[]);
    let query = process(&place, "query", &[]);
    assert_eq!(ingest.post("/v1/events", KIND, joined()).status, 201);
    assert_eq!(ingest.post("/v1/events", KIND, left()).status, 201);
    until("the fact", || (query.head() >= 5).then_some(()));
    let alerts = || query.get("/v1/alerts").json()["alerts"].as_array().unwrap().len();
    assert_eq!(alerts(), 0, "nobody concludes yet");

    let notifier = process(&place, "notifier", &[]);
    let id = until("the alert", || {
        let alerts = query.get("/v1/alerts").json();
        alerts["alerts"].get(0).map(|alert| alert["id"].as_str().unwrap().to_owned())
    });
    let classifier = process(&place, "classifier", &[]);
    // An act of a page, at the process that shows the pages.
    let act = format!("/v1/alerts/{id}/acknowledge");
    assert_eq!(query.post(&act, "application/json", "{\"by\":\"anna\"}").status, 201);

    // Each serves what is its own, and says what it does not.
    for (desk, name) in [(&ingest, "ingest"), (&notifier, "notifier"), (&classifier, "classifier")]
    {
        assert_eq!(desk.get("/livez").body, "ok\n");
        let health = desk.get("/readyz").json();
        assert_eq!(health["status"], "ok", "{name}: {health}");
        let elsewhere = desk.get("/v1/accounts");
        assert_eq!(elsewhere.status, 404, "{name}");
        assert!(elsewhere.body.contains("this process serves nothing at this address"));
        let posted = desk.post(&act, "application/json", "{}");
        assert_eq!(posted.status, 404, "{name}");
    }
    assert_eq!(query.post("/v1/events", KIND, joined()).status, 404);
    assert_eq!(query.get("/").status, 200);
    let fold = |desk: &Desk| desk.get("/readyz").json()["folds"].clone();
    until("the classifier", || {
        let folds = fold(&classifier);
        let ready = folds[0]["behind"] == 0 && folds[0]["name"] == "classifier";
        ready.then_some(())
    });
    assert_eq!(fold(&ingest), json!([]), "it follows nothing");

    let relay = place.command(&["relay", "--listen", PORT]).env_remove("LINCHPIN_NATS").output();
    let relay = Ran::from(relay.unwrap());
    assert!(!relay.ok && relay.err.contains("say where that is with --nats"), "{relay:?}");
    for desk in [ingest, query, notifier, classifier] {
        assert!(desk.stop());
    }
    assert_eq!(place.json(&["audit", "replay", "--json"])["differences"], json!([]));
}

#[test]
fn a_process_waits_for_its_ledger_only_when_told_to() {
    let place = Place::new();
    let refused = place.refused(&["classifier", "--listen", PORT]);
    assert!(refused.contains("linchpin init --ledger"), "{refused}");
    assert!(refused.contains("no ledger at"), "{refused}");
    let command = place.command(&["classifier", "--listen", PORT, "--wait", "30"]);
    let waiting = std::thread::spawn(move || Desk::start_with(command));
    std::thread::sleep(Duration::from_millis(700));
    assert!(!waiting.is_finished());
    place.run(&["init"]);
    assert!(waiting.join().unwrap().stop());
}

/// Figures by name and labels; fails on a line that is none.
fn figures(text: &str) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let bare = name.split('{').next().unwrap();
        assert!(bare.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_'));
        assert!(bare.starts_with("linchpin_"), "{line}");
        assert_eq!(name.matches('{').count(), name.matches('}').count(), "{line}");
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(figures.insert(name.to_owned(), value).is_none(), "twice: {line}");
    }
    figures
}

#[test]
fn the_figures_of_a_desk_can_be_fetched() {
    let place = Place::new();
    let desk = Desk::start(&place);
    assert_eq!(desk.post("/v1/events", KIND, joined()).status, 201);
    desk.settle();
    assert_eq!(desk.get("/v1/accounts/crm:1").status, 200);
    assert_eq!(desk.get("/v1/accounts/crm:none").status, 404);
    let mut all = BTreeMap::new();
    for part in desk.parts() {
        let answer = part.get("/metrics");
        assert!(answer.kind.starts_with("text/plain; version=0.0.4"), "{}", answer.kind);
        assert!(!answer.body.contains("crm:"), "{}", answer.body);
        let told = figures(&answer.body);
        for own in ["linchpin_build_info{", "linchpin_http_open_requests"] {
            assert!(told.keys().any(|name| name.starts_with(own)), "{own}: {}", answer.body);
        }
        all.extend(told);
    }
    for name in [
        "linchpin_append_seconds_bucket{",
        "linchpin_append_group_requests_bucket{",
        "linchpin_append_group_entries_bucket{",
        "linchpin_append_waiting_requests",
        "linchpin_feed_position{service=\"classifier\"}",
        "linchpin_feed_position{service=\"notifier\"}",
        "linchpin_feed_position{service=\"query\"}",
        "linchpin_feed_entries_total{source=\"ledger\"}",
        "linchpin_http_request_seconds_count{",
    ] {
        assert!(all.keys().any(|known| known.starts_with(name)), "{name} is missing: {all:?}");
    }
    assert_eq!(all["linchpin_feed_lag_entries{service=\"query\"}"], 0.0);
    let head = f64::from(u32::try_from(desk.head()).unwrap());
    assert_eq!(all["linchpin_ledger_position"], head);
    // By route, never by address: that holds ids.
    let route = "route=\"/v1/accounts/{id}\",status=\"404\"";
    assert!(all.keys().any(|known| known.contains(route)), "{all:?}");
}

#[test]
fn an_alert_belongs_to_the_trace_of_the_request_that_led_to_it() {
    let place = Place::new();
    let sink = Sink::open();
    let mut command = place.command(&["serve", "--listen", PORT]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.address).env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let desk = Desk::start_with(command);
    assert_eq!(desk.post("/v1/events", KIND, joined()).status, 201);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = post_with(
        &desk,
        "/v1/events",
        &[("content-type", KIND), ("traceparent", &parent)],
        &left(),
    );
    assert_eq!(answer.0, 201);
    let own = answer.1.iter().find(|(name, _)| name == "traceparent").map(|(_, v)| v.as_str());
    let own = own.expect("the answer names its trace");
    assert!(own.starts_with(&format!("00-{TRACE}-")) && own.ends_with("-01"), "{own}");
    assert_ne!(own, parent, "the desk has a span of its own");

    let alert = raised(&desk, TRACE);
    assert_eq!(alert["correlation"], TRACE, "{alert}");
    let fact = alert["causation"].as_str().unwrap_or_else(|| panic!("{alert}")).to_owned();
    let cause = (1..=desk.head()).map(|at| desk.get(&format!("/v1/entries/{at}")).json());
    let cause = cause.into_iter().find(|entry| entry["item"]["id"] == fact.as_str()).unwrap();
    assert_eq!(cause["correlation"], TRACE, "{cause}");
    assert!(cause.to_string().contains("contact.left"), "{cause}");

    // An act belongs to the trace of its request too.
    let act = format!("/v1/alerts/{}/acknowledge", alert["item"]["id"].as_str().unwrap());
    let other = "11111111111111111111111111111111";
    let header = format!("00-{other}-00f067aa0ba902b7-00");
    let kind = [("content-type", "application/json"), ("traceparent", header.as_str())];
    let acted = post_with(&desk, &act, &kind, "{}");
    assert_eq!(acted.0, 201);
    until("the act", || {
        let entry = desk.get(&format!("/v1/entries/{}", desk.head())).json();
        (entry["correlation"] == other).then_some(())
    });

    let span = |name: &str| {
        let spans = sink.spans();
        spans.into_iter().find(|s| s["traceId"] == TRACE && s["name"] == name)
    };
    let request = until("the span of the request", || span("POST /v1/events"));
    assert_eq!(request["parentSpanId"], "00f067aa0ba902b7");
    assert!(own.contains(request["spanId"].as_str().unwrap()), "{own}: {request}");
    let append = until("the span of the append", || span("append"));
    assert_eq!(append["parentSpanId"], request["spanId"]);
    until("the span of the decision", || span("decision"));
    assert!(desk.stop());
    let all = Value::from(sink.spans()).to_string();
    assert!(!all.contains("Jane"), "personal data never reaches a collector");
    assert!(!all.contains(other), "nor a request that says that it is not to be collected");
}

#[test]
fn log_lines_can_be_json() {
    let place = Place::new();
    let mut command = place.command(&["serve", "--listen", PORT, "--drain-delay", "1"]);
    command.env("LINCHPIN_LOG", "json").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Reaped(command.spawn().unwrap());
    let address = address(&mut child);
    let (body, kind) = (left(), "application/x-ndjson");
    let head = format!(
        "POST /v1/events HTTP/1.1\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n",
        body.len()
    );
    until("an answer", || request(&address, &head, &body).filter(|(status, _)| *status == 200));
    terminate(&child);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let lines = said.lines().filter(|line| !line.starts_with("made a new ledger at"));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect(line)).collect();
    let taken = lines.iter().find(|line| line["message"] == "bulk taken").unwrap();
    assert_eq!((&taken["level"], &taken["bulk.lines"]), (&json!("INFO"), &json!(1)), "{taken}");
    assert!(taken["timestamp"].is_string(), "{taken}");
}

#[test]
fn a_stop_answers_what_is_under_way_and_stores_what_is_concluded() {
    let place = Place::new();
    let mut child = spawned(&place, &["serve", "--listen", PORT, "--drain-delay", "2"]);
    let address = address(&mut child);
    let get = |path: &str| request(&address, &format!("GET {path} HTTP/1.1\r\n"), "");
    until("the desk", || get("/readyz").filter(|(status, _)| *status == 200));
    // A request whose body has only half come, and a stream that never ends.
    let body = left();
    let mut half = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: {KIND}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&body.as_bytes()[..10]).unwrap();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");

    terminate(&child);
    let (_, told) = until("503", || get("/readyz").filter(|(status, _)| *status == 503));
    assert!(told.contains("the process is stopping") && told.contains("\"retry_after\""), "{told}");
    assert_eq!(get("/v1/policy").unwrap().0, 200, "who asks now is still answered");
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(TcpStream::connect(&address).is_err(), "nobody new is taken");
    half.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(place.json(&["audit", "replay", "--json"])["differences"], json!([]));
}

#[test]
fn a_second_signal_stops_at_once() {
    let place = Place::new();
    let mut child = spawned(&place, &["serve", "--listen", PORT, "--drain-delay", "60"]);
    let address = address(&mut child);
    terminate(&child);
    let get = || request(&address, "GET /readyz HTTP/1.1\r\n", "");
    until("503", || get().filter(|(status, told)| *status == 503 && told.contains("stopping")));
    let begun = Instant::now();
    terminate(&child);
    assert!(!child.wait().unwrap().success(), "it did not end well");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

fn spawned(place: &Place, args: &[&str]) -> Reaped {
    Reaped(place.command(args).stdout(Stdio::piped()).spawn().unwrap())
}

/// A child that does not outlive its test.
struct Reaped(Child);

impl std::ops::Deref for Reaped {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Reaped {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn address(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.next().unwrap().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    said.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned()
}

fn terminate(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
}

/// One request on a connection of its own; `None` where there is none to be had.
fn request(address: &str, head: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "{head}host: localhost\r\nconnection: close\r\n\r\n{body}").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer))
}

fn post_with(
    desk: &Desk,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Vec<(String, String)>) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.post(format!("{}{path}", desk.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send(body).unwrap();
    let headers = answer.headers().iter();
    let headers = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap_or("").to_owned()));
    (answer.status().as_u16(), headers.collect())
}
