//! Tokens, on an address that others can reach.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use linchpin_tests::{Browser, Place};
use serde_json::{Value, json};
use ureq::http::{Request, Response, StatusCode};

/// This machine's address among others; `None`, and a line that says so, where it has none.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only chooses from where it would be.
    let address = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    let found = address.ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback());
    if found.is_none() {
        linchpin_testkit::skip("this machine has no address but loopback");
    }
    found
}

/// A process on the machine's own address, everything it says in a file; killed when dropped.
struct Open {
    child: Child,
    address: String,
    log: PathBuf,
}

impl Open {
    fn start(place: &Place, name: &str, ip: IpAddr) -> Self {
        Self::start_with(place, &[name, "--listen", &format!("{ip}:0")])
    }

    fn start_with(place: &Place, args: &[&str]) -> Self {
        let name = args[0];
        let log = place.path().join(format!("{name}.log"));
        let mut command = place.command(args);
        command.env("RUST_LOG", "trace").stdout(Stdio::piped());
        let mut child = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next().expect("it says its address").unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let address = said.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
        let open = Self { child, address, log };
        for _ in 0..600 {
            if open.ask("GET /readyz", &[], "").status() == 200 {
                return open;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the {name} did not get ready within 30 s");
    }

    /// `GET /path` or `POST /path`, with headers.
    fn ask(&self, what: &str, headers: &[(&str, &str)], body: &str) -> Response<String> {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request =
            Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)));
        let agent: ureq::Agent = config.build().into();
        let answer = if method == "GET" {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(body.to_owned()).unwrap())
        };
        let (head, mut body) = answer.unwrap().into_parts();
        Response::from_parts(head, body.read_to_string().unwrap())
    }

    fn with(&self, token: &str, what: &str, kind: &str, body: &str) -> Response<String> {
        let bearer = format!("Bearer {token}");
        self.ask(what, &[("authorization", &bearer), ("content-type", kind)], body)
    }

    fn json(&self, token: &str, path: &str) -> Value {
        let answer = self.with(token, &format!("GET {path}"), "text/plain", "");
        assert_eq!(answer.status(), 200, "{}", answer.body());
        serde_json::from_str(answer.body()).unwrap()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const EVENT: &str = "application/cloudevents+json";
const FORM: &str = "application/x-www-form-urlencoded";

fn event(id: &str, kind: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "hub", "type": format!("linchpin.{kind}"),
        "time": "2024-01-05T10:00:00Z", "data": data,
    })
    .to_string()
}

/// Base64, so that Basic can be tried without a library for it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at)) as usize & 63] as char;
            text.push(if at <= three.len() { letter } else { '=' });
        }
    }
    text
}

fn token(place: &Place, name: &str, role: &str) -> String {
    let made = place.run(&["token", "new", "--name", name, "--role", role]);
    let token = made.out.strip_suffix('\n').unwrap().to_owned();
    assert!(token.starts_with("lpt_") && token.len() == 52, "the output is the token alone");
    assert!(!made.err.contains(&token) && made.err.contains("not shown again"), "{}", made.err);
    token
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let place = Place::new();
    place.run(&["init"]);
    assert!(place.run(&["token", "list"]).err.contains("linchpin token new"));
    let anna = token(&place, "anna", "operator");
    token(&place, "crm-feed", "writer");
    let taken = place.refused(&["token", "new", "--name", "anna", "--role", "reader"]);
    assert!(taken.contains("anna") && taken.contains("another name"), "{taken}");
    let odd = place.refused(&["token", "new", "--name", "a/b", "--role", "reader"]);
    assert!(odd.contains("letters"), "{odd}");
    let role = place.try_run(&["token", "new", "--name", "ben", "--role", "king"]);
    assert!(!role.ok && role.err.contains("reader, writer, operator"), "{}", role.err);
    let gone = place.run(&["token", "revoke", "crm-feed"]);
    assert!(gone.err.contains("opens nothing"), "{}", gone.err);
    assert!(place.run(&["token", "revoke", "crm-feed"]).err.contains("before"));
    assert!(place.refused(&["token", "revoke", "ben"]).contains("no token ben"));
    let list = place.run(&["token", "list"]).out;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].starts_with("name      role      created (UTC)"), "{list}");
    assert!(
        lines[1].starts_with("anna      operator  20") && lines[1].ends_with("never"),
        "{list}"
    );
    assert_eq!(lines[2].matches("20").count(), 2, "made and revoked: {list}");
    assert!(!list.contains(&anna[..10]));
    let json = place.json(&["token", "list", "--json"]);
    assert_eq!((&json[0]["revoked_at"], &json[1]["role"]), (&Value::Null, &json!("writer")));
}

#[test]
fn without_a_token_nothing_listens_beyond_loopback() {
    let place = Place::new();
    place.run(&["init"]);
    for process in ["serve", "ingest", "query", "notifier"] {
        let said = place.refused(&[process, "--listen", "0.0.0.0:0"]);
        assert!(
            said.contains("--listen 0.0.0.0:") && said.contains("linchpin token new"),
            "{said}"
        );
    }
    token(&place, "anna", "operator");
    place.run(&["token", "revoke", "anna"]);
    place.refused(&["serve", "--listen", "0.0.0.0:0"]);
}

#[test]
fn behind_a_proxy_on_the_same_machine_tokens_can_be_asked_for_always() {
    let place = Place::new();
    place.run(&["init"]);
    let always = ["serve", "--listen", "127.0.0.1:0", "--tokens", "always"];
    assert!(place.refused(&always).contains("linchpin token new"));
    let token = token(&place, "anna", "reader");
    let desk = Open::start_with(&place, &always);
    let public = ("host", "desk.example");
    assert_eq!(desk.ask("GET /v1/accounts", &[], "").status(), 401);
    assert_eq!(desk.ask("GET /v1/accounts", &[public], "").status(), 401);
    assert_eq!(desk.with(&token, "GET /v1/accounts", EVENT, "").status(), 200);
    let bearer = ("authorization", &*format!("Bearer {token}"));
    assert_eq!(desk.ask("GET /v1/accounts", &[public, bearer], "").status(), 200);
    assert!(place.try_run(&["serve", "--tokens", "never"]).err.contains("beyond-loopback"));
}

#[test]
fn each_role_reaches_as_far_as_it_says_and_is_named_in_the_history() {
    let Some(ip) = own_address() else { return };
    let place = Place::new();
    place.run(&["init"]);
    let [reader, writer, operator] =
        ["reader", "writer", "operator"].map(|role| token(&place, &format!("{role}-1"), role));
    let desk = Open::start(&place, "serve", ip);
    let joined = |n: &str| {
        let who =
            json!({"account": "crm:1", "contact": format!("crm:{n}"), "person": {"name": "Jo"}});
        event(n, "contact.joined", &who)
    };
    let act = "POST /v1/alerts/6c696e63-6870-4e69-8000-6465736b0001/acknowledge";
    // What each may: read, figures, the document, tell, act (there is no such alert: 404).
    let routes = ["GET /v1/accounts", "GET /metrics", "GET /openapi.json", "POST /v1/events", act];
    let cases = [
        (&reader, [200, 200, 200, 403, 403]),
        (&writer, [403, 403, 200, 201, 403]),
        (&operator, [200, 200, 200, 201, 404]),
    ];
    for (n, (token, expected)) in cases.into_iter().enumerate() {
        for (what, status) in routes.into_iter().zip(expected) {
            let (kind, body) =
                if what == act { (FORM, String::new()) } else { (EVENT, joined(&n.to_string())) };
            let answer = desk.with(token, what, kind, &body);
            assert_eq!(answer.status(), status, "{what} with token {n}: {}", answer.body());
            let none = desk.ask(what, &[("content-type", kind)], &body);
            assert_eq!(none.status(), 401, "{what} with none");
        }
    }
    let receipt = |answer: Response<String>| -> Value {
        assert_eq!(answer.status(), 201, "{}", answer.body());
        serde_json::from_str(answer.body()).unwrap()
    };
    let actor = |receipt: &Value| {
        let entry = desk.json(&reader, &format!("/v1/entries/{}", receipt["position"]));
        entry["item"]["actor"].as_str().unwrap().to_owned()
    };
    let left = event("9", "contact.left", &json!({"account": "crm:1", "contact": "crm:1"}));
    let fact = receipt(desk.with(&writer, "POST /v1/events", EVENT, &left));
    assert_eq!(actor(&fact), "hub, by an event, with the token writer-1");
    let retract = format!("POST /v1/facts/{}/retract", fact["id"].as_str().unwrap());
    let reason = json!({"reason": "mistaken", "by": "anna"}).to_string();
    let act = receipt(desk.with(&operator, &retract, "application/json", &reason));
    assert_eq!(actor(&act), "anna, with the token operator-1");
}

#[test]
fn browsers_are_asked_for_the_token_as_a_password() {
    let Some(ip) = own_address() else { return };
    let place = Place::new();
    place.run(&["init"]);
    let token = token(&place, "anna", "reader");
    let desk = Open::start(&place, "serve", ip);
    let html = ("accept", "text/html,application/xhtml+xml");
    let asked = desk.ask("GET /portfolio", &[html], "");
    assert_eq!(asked.status(), 401);
    let ways = asked.headers().get_all("www-authenticate").iter();
    assert!(ways.into_iter().any(|way| way.to_str().unwrap().starts_with("Basic realm=")));
    assert!(asked.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(asked.headers().contains_key("content-security-policy"));
    let page = asked.body();
    assert!(page.contains("This desk asks for a token") && page.contains("password"), "{page}");
    let style = page.split("href=\"/assets/style.css").nth(1).unwrap();
    let style = format!("GET /assets/style.css{}", style.split('"').next().unwrap());
    assert_eq!(desk.ask(&style, &[], "").status(), 200, "the page has its looks");
    let basic = format!("Basic {}", base64(format!("whoever:{token}").as_bytes()));
    let shown = desk.ask("GET /portfolio", &[html, ("authorization", &basic)], "");
    assert_eq!(shown.status(), 200);
    let origin = ("origin", "http://evil.example");
    let foreign = desk.ask("POST /theme", &[html, ("authorization", &basic), origin], "theme=dark");
    assert_eq!(foreign.status(), 403, "a browser sends Basic by itself, so its origin counts");
    let short = format!("Basic {}", base64(format!(":{}", &token[..30]).as_bytes()));
    let refused = desk.ask("GET /", &[html, ("authorization", &short)], "");
    assert!(refused.status() == 401 && refused.body().contains("30 letters"), "{}", refused.body());
}

#[test]
fn a_browser_that_was_told_the_token_reads_follows_and_acts() {
    let (Some(ip), Some(mut browser)) = (own_address(), Browser::start()) else { return };
    let place = Place::new();
    place.run(&["init"]);
    let token = token(&place, "anna", "operator");
    let desk = Open::start(&place, "serve", ip);
    browser.look(1280, false, "light");
    // As the browser does once its question was answered.
    browser.open(&format!("http://whoever:{token}@{}/", desk.address));
    browser.open(&format!("http://{}/portfolio", desk.address));
    let one = json!({"account": "crm:1", "name": "Oakfield Foods"});
    let told = event("1", "account.registered", &one);
    assert_eq!(desk.with(&token, "POST /v1/events", EVENT, &told).status(), 201);
    browser.open(&format!("http://{}/portfolio", desk.address));
    browser.wait("document.body.textContent.includes('Oakfield Foods')");
    browser.wait("document.getElementById('mark').textContent.startsWith('Live')");
    browser.click("form.theme button[value=dark]");
    browser.wait("document.documentElement.dataset.theme === 'dark'");
    // That a header asks for TLS is no fault of the page.
    let mut complaints = browser.complaints();
    complaints.retain(|one| !one.contains("Cross-Origin-Opener-Policy"));
    assert_eq!(complaints, Vec::<String>::new());

    place.run(&["token", "revoke", "anna"]);
    browser.wait("document.getElementById('mark').textContent === 'Not live'");
}

#[test]
fn a_revoked_token_opens_nothing_a_second_later_in_every_process() {
    let Some(ip) = own_address() else { return };
    let place = Place::new();
    place.run(&["init"]);
    let token = token(&place, "anna", "operator");
    let (query, ingest) = (Open::start(&place, "query", ip), Open::start(&place, "ingest", ip));
    let reads = || query.with(&token, "GET /v1/accounts", EVENT, "").status();
    let tells = || ingest.with(&token, "POST /v1/events", EVENT, "{}").status();
    assert_eq!((reads().as_u16(), tells().as_u16()), (200, 422));
    assert_eq!(query.ask("GET /readyz", &[], "").body(), "ok\n", "strangers learn yes or no");
    place.run(&["token", "revoke", "anna"]);
    let revoked = Instant::now();
    for ask in [&reads as &dyn Fn() -> StatusCode, &tells] {
        loop {
            let asked = revoked.elapsed();
            if ask() == 401 {
                break;
            }
            assert!(asked < Duration::from_secs(1), "still open");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let list = place.run(&["token", "list"]).out;
    assert!(!list.contains("never"), "its use was noted: {list}");
}

#[test]
fn nothing_of_a_token_is_ever_logged_or_stored() {
    let Some(ip) = own_address() else { return };
    let place = Place::new();
    place.run(&["init"]);
    let good = token(&place, "anna", "operator");
    let other = Place::new();
    other.run(&["init"]);
    let unknown = token(&other, "anna", "operator");
    let desk = Open::start(&place, "serve", ip);
    let basic = |token: &str| base64(format!("anna:{token}").as_bytes());
    let event = event("1", "account.registered", &json!({"account": "crm:1", "name": "One"}));
    for token in [good.as_str(), &unknown, &good[..48]] {
        for given in
            [format!("Bearer {token}"), format!("Basic {}", basic(token)), token.to_owned()]
        {
            for what in ["GET /", "POST /v1/events", "GET /livez", "GET /nowhere", "GET /assets/x"]
            {
                desk.ask(what, &[("authorization", &given), ("content-type", EVENT)], &event);
            }
        }
    }
    let log = std::fs::read(&desk.log).unwrap();
    assert!(log.len() > 1_000, "the log tells something");
    drop(desk);
    let mut files = vec![("the log".to_owned(), log)];
    for file in std::fs::read_dir(place.path()).unwrap().flatten() {
        if file.file_type().unwrap().is_file() {
            files.push((file.path().display().to_string(), std::fs::read(file.path()).unwrap()));
        }
    }
    for token in [&good, &unknown] {
        let secret = &token[4..28];
        let hidden = &basic(token)[12..36];
        for (name, text) in &files {
            let finds = |what: &str| text.windows(what.len()).any(|at| at == what.as_bytes());
            assert!(!finds(secret) && !finds(hidden), "{name} holds a token");
        }
    }
}
