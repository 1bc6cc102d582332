//! A desk that is running.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::Place;

/// A desk on a port of its own; killed when it is dropped. Where the run is spread out it is a
/// process for each part, and this one shows the pages and answers questions.
pub struct Desk {
    child: Child,
    pub address: String,
    /// The other processes; the first takes facts in.
    others: Vec<Desk>,
}

/// The parts that run beside the one that answers, in the order in which they start.
const PARTS: [&str; 4] = ["ingest", "relay", "classifier", "notifier"];

/// A port of its own.
const ANY: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub body: String,
    pub headers: Vec<(String, String)>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Desk {
    /// Starts a desk on a place's ledger and waits until it answers.
    pub fn start(place: &Place) -> Self {
        let part = |name| Self::start_with(place.command(&[&[name], &ANY[..]].concat()));
        if !place.is_spread() {
            return part("serve");
        }
        place.run(&["init", "--if-missing"]);
        let others = PARTS.map(part).into();
        let mut desk = part("query");
        desk.others = others;
        desk
    }

    /// Starts a desk with a command line of one's own.
    pub fn start_with(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let mut lines = BufReader::new(out).lines();
        let said = lines.next().expect("the desk says its address").unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let address = said.split("http://").nth(1).unwrap_or_else(|| panic!("{said}"));
        let address = format!("http://{}", address.trim_end_matches('/'));
        let desk = Self { child, address, others: Vec::new() };
        desk.wait_ready();
        desk
    }

    fn wait_ready(&self) {
        for _ in 0..600 {
            if self.try_get("/readyz").is_ok_and(|answer| answer.status == 200) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the desk did not get ready within 30 s");
    }

    pub fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    pub fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        answer(agent().get(format!("{}{path}", self.address)).call()?)
    }

    pub fn post(&self, path: &str, kind: &str, body: impl AsRef<[u8]>) -> Answer {
        self.try_post(path, kind, body).unwrap()
    }

    pub fn try_post(
        &self,
        path: &str,
        kind: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let facts = path.split('?').next() == Some("/v1/events");
        let to = if facts { self.door() } else { &self.address };
        let request = agent().post(format!("{to}{path}")).header("content-type", kind);
        answer(request.send(body.as_ref())?)
    }

    /// Where facts are taken in.
    pub fn door(&self) -> &str {
        &self.others.first().unwrap_or(self).address
    }

    /// Its processes; the first answers questions.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// The position of the newest entry.
    pub fn head(&self) -> u64 {
        self.get("/v1/accounts?limit=1").json()["clocks"]["position"].as_u64().unwrap()
    }

    /// Waits until the desk has concluded all that it will: every part has read all that there is,
    /// and for a second nothing is added.
    pub fn settle(&self) {
        let mut before = (None, 0);
        for _ in 0..600 {
            std::thread::sleep(Duration::from_millis(150));
            let head = self.all_read();
            let still = head.is_some() && head == before.0;
            before = (head, if still { before.1 + 1 } else { 0 });
            if before.1 >= 6 {
                return;
            }
        }
        panic!("the desk never came to rest");
    }

    /// The position of the newest entry, once every part knows of it and has read it.
    fn all_read(&self) -> Option<u64> {
        let heads = self.parts().map(|part| {
            let health = part.get("/readyz").json();
            let behind = |it: &Value| it["behind"].as_u64().is_some_and(|behind| behind > 0);
            let reading = health["folds"].as_array()?.iter().any(behind);
            (!reading && !behind(&health["relay"])).then(|| health["position"].as_u64())?
        });
        let heads: Option<Vec<u64>> = heads.collect();
        heads.filter(|heads| heads.iter().all(|head| *head == heads[0])).map(|heads| heads[0])
    }

    /// `kill -9`, of all its processes.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.others.iter_mut().for_each(Self::kill);
    }

    /// SIGTERM, and whether it ended well, all of it.
    pub fn stop(mut self) -> bool {
        let others = std::mem::take(&mut self.others);
        others.into_iter().map(Self::stop).fold(self.stop_alone(), |all, one| all && one)
    }

    fn stop_alone(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

/// The most memory a process has held so far, in KiB; 0 where it has ended.
pub fn peak_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(60)));
    config.build().into()
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
        .collect();
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    Ok(Answer {
        status: response.status().as_u16(),
        kind: kind.map(|(_, value)| value.clone()).unwrap_or_default(),
        body: response.body_mut().read_to_string()?,
        headers,
    })
}
