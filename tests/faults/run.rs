//! One run: the load begins, the faults come one after the other, then everything is looked at.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use linchpin_domain::entry::Entry;
use linchpin_ledger::{Clock, Ledger, LedgerUrl, Mode, Stored};
use linchpin_tests::{Desk, Place};
use serde_json::Value;

use crate::check;
use crate::facts::event;
use crate::history::{Figures, History};
use crate::load::Load;
use crate::schedule::{Fault, Part};
use crate::stream;
use crate::topology::Topology;

/// Between a fault and the next.
const BREATH: Duration = Duration::from_millis(700);
/// How long something stays away.
const AWAY: Duration = Duration::from_millis(1_300);
/// Longer than a lease lasts.
const PAST_THE_LEASE: Duration = Duration::from_secs(12);
/// How long the desk may take until it has nothing left to conclude.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lives through a run; `None` where its servers are not on this machine.
pub(crate) fn run(seed: u64, faults: &[Fault]) -> Option<Figures> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut topology = Topology::start()?;
    let mut load = Load::start(seed, &topology);
    let begun = Instant::now();
    for fault in faults {
        std::thread::sleep(BREATH);
        eprintln!("seed {seed}, {:>5.1} s: {fault:?}", begun.elapsed().as_secs_f64());
        meet(*fault, &mut topology, &runtime);
        topology.revive();
    }
    std::thread::sleep(BREATH);
    topology.ready();
    load.quiet();
    runtime.block_on(stream::inbox_is_empty(&topology.nats.urls()));
    let head = settled(&topology, &runtime);
    topology.ready();
    let history = load.end(head);
    let (stored, entries) = runtime.block_on(whole(&topology, head));

    let mut wrong = check::line(&stored);
    wrong.extend(check::acknowledged(&history, &stored));
    wrong.extend(check::alerts(&entries));
    wrong.extend(check::followed(&history, head));
    #[expect(clippy::disallowed_methods, reason = "the desk asked ran by the world's clock")]
    let now = Timestamp::now();
    wrong.extend(check::answers(&history, &entries, now));
    wrong.extend(runtime.block_on(stream::differences(&topology.nats.urls(), &stored)));
    wrong.extend(as_undisturbed(&topology, seed, known(&history)));
    if !wrong.is_empty() {
        topology.tell();
        let first: Vec<&String> = wrong.iter().take(20).collect();
        panic!("seed {seed}, faults {faults:?}: {} things are wrong: {first:#?}", wrong.len());
    }
    let put_off = history.answers.iter().filter(|answer| answer.status == 503).count();
    Some(Figures {
        faults: faults.len(),
        facts: history.acknowledged.len() + history.posted.len(),
        entries: head,
        answers: history.answers.len() - put_off,
        put_off,
        followed: history.followed.iter().map(Vec::len).sum(),
    })
}

/// Facts told in all.
fn known(history: &History) -> u64 {
    let acknowledged = history.acknowledged.iter().map(|(number, _)| *number);
    acknowledged.chain(history.posted.iter().copied()).max().map_or(0, |last| last + 1)
}

fn meet(fault: Fault, topology: &mut Topology, runtime: &tokio::runtime::Runtime) {
    let away = || std::thread::sleep(AWAY);
    match fault {
        Fault::Killed(part, number) => {
            let at = topology.at(part, number);
            topology.kill(at);
            away();
            topology.spawn(at);
        }
        Fault::BothKilled(part) => {
            let both = [topology.at(part, 0), topology.at(part, 1)];
            both.iter().for_each(|at| topology.kill(*at));
            away();
            both.iter().for_each(|at| topology.spawn(*at));
        }
        Fault::Held(part, number) => {
            let at = topology.at(part, number);
            topology.signal(at, "STOP");
            std::thread::sleep(PAST_THE_LEASE);
            topology.signal(at, "CONT");
        }
        Fault::DatabaseStopped => {
            topology.postgres.stop();
            away();
            topology.postgres.start();
        }
        Fault::DatabaseKilled => {
            topology.postgres.kill();
            away();
            topology.postgres.start();
        }
        Fault::DatabaseHeld => {
            topology.postgres.pause();
            std::thread::sleep(AWAY * 2);
            topology.postgres.resume();
        }
        Fault::NatsKilled(number) => {
            topology.nats.servers[number].kill();
            away();
            topology.nats.start();
        }
        Fault::NatsAllKilled => {
            topology.nats.kill();
            away();
            topology.nats.start();
        }
        Fault::StreamDeleted => runtime.block_on(stream::delete(&topology.nats.urls())),
        Fault::TailCut => {
            runtime.block_on(stream::is_there(&topology.nats.urls()));
            let both = [topology.at(Part::Relay, 0), topology.at(Part::Relay, 1)];
            both.iter().for_each(|at| topology.kill(*at));
            runtime.block_on(stream::cut(&topology.nats.urls()));
            both.iter().for_each(|at| topology.spawn(*at));
        }
        Fault::TailCutUnseen => {
            runtime.block_on(stream::is_there(&topology.nats.urls()));
            let both = [topology.at(Part::Relay, 0), topology.at(Part::Relay, 1)];
            both.iter().for_each(|at| topology.signal(*at, "STOP"));
            runtime.block_on(stream::cut(&topology.nats.urls()));
            both.iter().for_each(|at| topology.signal(*at, "CONT"));
        }
    }
}

async fn open(topology: &Topology) -> Ledger {
    let url: LedgerUrl = topology.ledger().parse().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a ledger that is only read asks for no time")]
    let clock = Clock::from(Timestamp::now);
    Ledger::open(&url, Mode::ReadOnly, clock).await.unwrap()
}

/// Waits until nothing more is concluded; the ledger's last position.
fn settled(topology: &Topology, runtime: &tokio::runtime::Runtime) -> u64 {
    let ledger = runtime.block_on(open(topology));
    let begun = Instant::now();
    let (mut last, mut since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        assert!(begun.elapsed() < PATIENCE, "the desk never comes to rest");
        let head = runtime.block_on(ledger.refresh()).unwrap().position;
        if head != last {
            (last, since) = (head, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    last
}

/// Every entry, as stored and as read.
async fn whole(topology: &Topology, head: u64) -> (Vec<Stored>, Vec<Entry>) {
    let ledger = open(topology).await;
    let (mut stored, mut entries): (Vec<Stored>, Vec<Entry>) = Default::default();
    while (stored.len() as u64) < head {
        let after = stored.last().map_or(0, |entry| entry.position);
        stored.extend(ledger.stored_range(after, head).await.unwrap());
    }
    while (entries.len() as u64) < head {
        let after = entries.last().map_or(0, |entry| entry.position);
        entries.extend(ledger.read(after, head).await.unwrap());
    }
    (stored, entries)
}

/// The same facts told to a desk that nothing happens to: state and open alerts must be the same,
/// and each recorded decision must follow from what was before it.
fn as_undisturbed(topology: &Topology, seed: u64, facts: u64) -> Vec<String> {
    let calm = Place::embedded();
    calm.run(&["init", "--currency", "EUR", "--time-zone", "Europe/Berlin"]);
    let desk = Desk::start(&calm);
    let all: Vec<String> = (0..facts).map(|number| event(seed, number).to_string()).collect();
    let answer = desk.post("/v1/events", "application/x-ndjson", all.join("\n"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["refused"], 0, "{}", answer.body);
    desk.settle();
    assert!(desk.stop());

    let run = |args: &[&str]| {
        let ran = topology.command(args).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let mut wrong = Vec::new();
    let state = run(&["audit", "state"]);
    let expected = calm.run(&["audit", "state"]).out;
    if state != expected {
        wrong.push(format!(
            "the state is not that of an undisturbed run:\n{}",
            around(&state, &expected)
        ));
    }
    let open = |said: &str| {
        let said: Value = serde_json::from_str(said).unwrap();
        let alerts = said["alerts"].as_array().unwrap().iter();
        // By what was found: how often it came and went before hangs on the order of arrival.
        let mut found: Vec<String> =
            alerts.map(|alert| format!("{} {}", alert["account"], alert["key"])).collect();
        found.sort();
        found
    };
    let (ours, theirs) =
        (open(&run(&["alerts", "--json"])), open(&calm.run(&["alerts", "--json"]).out));
    if ours != theirs {
        wrong.push(format!("open alerts {ours:#?}, in an undisturbed run {theirs:#?}"));
    }
    let replay: Value = serde_json::from_str(&run(&["audit", "replay", "--json"])).unwrap();
    if replay["differences"] != serde_json::json!([]) || replay["not_yet_decided"] != 0 {
        wrong.push(format!("audit replay: {replay}"));
    }
    wrong
}

/// The first lines in which two texts differ, with some before them.
fn around(ours: &str, theirs: &str) -> String {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), theirs.lines().collect());
    let at = ours.iter().zip(&theirs).take_while(|(one, other)| one == other).count();
    let show = |lines: &[&str]| lines[at.saturating_sub(25)..lines.len().min(at + 8)].join("\n");
    format!("{}\n--- undisturbed\n{}", show(&ours), show(&theirs))
}
