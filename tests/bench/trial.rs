//! A policy tried on all of history, against the bare replay of the same ledger; and a day that
//! passes, against the accounts for which it makes a difference.

use std::time::Instant;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use linchpin_bus::Service;
use linchpin_classifier::Classifier;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{ExchangeRateSet, Fact, PolicyAdopted};
use linchpin_domain::id::EntryId;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{CriterionResult, FIRST_POLICY, Policy, assess};
use linchpin_domain::trial::{Trial, first_day};
use linchpin_ledger::{Append, Ledger, LedgerUrl, NewEntry, Repeat};

use crate::run::Run;
use crate::{Size, world};

/// Facts a client in a trial: a million of ten thousand clients at full size.
const FACTS_A_CLIENT: u64 = 100;

/// Days before the one that passes of which a rate is told: three years.
const RATE_DAYS: i64 = 3 * 365;

/// How often each is measured; the best counts.
const TIMES: usize = 3;

/// Both, each on a ledger of its own.
pub(crate) async fn sqlite(size: &Size) -> Vec<Run> {
    let mut runs = trial(size).await;
    runs.extend(day_passing(size).await);
    runs
}

/// The whole of `policy try`, which is reading the ledger, folding it and following every client,
/// against reading and folding alone; and following every client against folding alone.
async fn trial(size: &Size) -> Vec<Run> {
    let entries = size.entries / 2;
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let url = LedgerUrl::sqlite(folder.path().join("ledger.db"));
    let ledger = founded(&url, entries, entries / FACTS_A_CLIENT).await;
    let (mut read_s, mut fold_s, mut follow_s) = (f64::MAX, f64::MAX, f64::MAX);
    let draft = policy(22, 17).replace("from = 50000 ", "from = 40000 ");
    let draft = std::sync::Arc::new(Policy::parse(&draft).unwrap());
    for _ in 0..TIMES {
        let started = Instant::now();
        let desk = replayed(&ledger).await;
        read_s = read_s.min(started.elapsed().as_secs_f64());
        let (from, to) = (first_day(&desk).unwrap(), today(&desk));
        let started = Instant::now();
        let trial = Trial::run(&desk, &draft, from, to, &linchpin_query::view::hands(&|_| {}));
        follow_s = follow_s.min(started.elapsed().as_secs_f64());
        eprintln!("  {:?}", trial.counts);
        assert!(trial.counts.became > 0 && trial.counts.stayed > 0, "some clients are key");
        assert_eq!(trial.followed as u64, entries / FACTS_A_CLIENT);
    }
    let decoded = decoded(&ledger).await;
    for _ in 0..TIMES {
        let started = Instant::now();
        let mut desk = Desk::default();
        decoded.iter().for_each(|entry| drop(desk.apply(entry)));
        fold_s = fold_s.min(started.elapsed().as_secs_f64());
    }
    ledger.close().await;
    let name = format!("trial{}", size.suffix);
    vec![
        Run::new(&name, "s", read_s + follow_s, read_s),
        Run::new(format!("{name}.following"), "s", follow_s, fold_s),
    ]
}

/// How many accounts the classifier looks at when a day passes on which nothing happens but that
/// its rate is told, as on every day before it, against how many have another figure on that day
/// than on the day before.
async fn day_passing(size: &Size) -> Vec<Run> {
    let clients = world::clients(size.entries);
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let url = LedgerUrl::sqlite(folder.path().join("ledger.db"));
    let ledger = founded(&url, size.entries, clients).await;
    let mut classifier = Classifier::default();
    let mut desk = Desk::default();
    let mut replay = ledger.replay(0, ledger.head().position);
    loop {
        let entries = replay.next().await.unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            classifier.absorb(entry);
            desk.apply(entry);
        }
    }
    ledger.close().await;
    let today = today(&desk);
    let tomorrow = today + 1.day();
    let mut position = desk.position();
    for days_ago in 0..RATE_DAYS {
        position += 1;
        let rate = rate(world::now() - SignedDuration::from_hours(24 * days_ago), position);
        classifier.absorb(&rate);
        desk.apply(&rate);
    }
    // What is decided comes back as entries until nothing more follows.
    loop {
        let decided = classifier.decide(today);
        if decided.is_empty() {
            break;
        }
        for (id, decision) in decided {
            position += 1;
            classifier.absorb(&recorded(id, world::now(), Body::Decision(decision), position));
        }
    }
    let rate = rate(world::now() + SignedDuration::from_hours(24), position + 1);
    classifier.absorb(&rate);
    desk.apply(&rate);
    let looked_at = classifier.due(tomorrow).count();
    let started = Instant::now();
    let changed = classifier.decide(tomorrow).len();
    let took = started.elapsed();
    let differing = desk.accounts().filter(|account| {
        let client = desk.client_of(account);
        let on = |day: Date| assess(&client, day).map(|it| figures(it.results()));
        on(today) != on(tomorrow)
    });
    let differing = differing.count();
    eprintln!(
        "  a day passes over {clients} accounts: {looked_at} looked at in {:.1} ms, {differing} \
         have other figures, {changed} another status",
        took.as_secs_f64() * 1e3
    );
    let name = format!("day.passing{}", size.suffix);
    vec![Run::new(name, "accounts", looked_at as f64, differing as f64)]
}

fn figures(results: Vec<CriterionResult>) -> Vec<Option<Decimal>> {
    results.into_iter().map(|result| result.value).collect()
}

/// The first policy with thresholds that some of these clients reach.
fn policy(enters_at: u32, stays_from: u32) -> String {
    let policy = FIRST_POLICY.replace("enters_at = 55", &format!("enters_at = {enters_at}"));
    policy.replace("stays_from = 45", &format!("stays_from = {stays_from}"))
}

async fn founded(url: &LedgerUrl, entries: u64, clients: u64) -> Ledger {
    let (ledger, _) = world::filled_with(url, entries, clients).await;
    let adopted = PolicyAdopted { document: policy(25, 20), approvals: Vec::new() };
    let adopted = NewEntry {
        id: EntryId::named("bench:policy"),
        occurred_at: None,
        actor: "bench".to_owned(),
        correlation: None,
        causation: None,
        body: Body::Fact(Fact::from(adopted)),
        repeat: Repeat::SameOnly,
    };
    ledger.append(Append::of(vec![adopted])).await.unwrap();
    ledger
}

async fn replayed(ledger: &Ledger) -> Desk {
    let head = ledger.head().position;
    let mut desk = Desk::default();
    let mut replay = ledger.replay(0, head);
    while desk.position() < head {
        for entry in replay.next().await.unwrap() {
            desk.apply(&entry);
        }
    }
    desk
}

async fn decoded(ledger: &Ledger) -> Vec<Entry> {
    let head = ledger.head().position;
    let mut entries: Vec<Entry> = Vec::new();
    let mut replay = ledger.replay(0, head);
    while entries.len() < head as usize {
        entries.extend(replay.next().await.unwrap());
    }
    entries
}

/// What a dollar is worth from a moment on.
fn rate(at: Timestamp, position: u64) -> Entry {
    let worth = Decimal::new(9_000 + at.as_second() % 1_000, 4);
    let fact = Fact::from(ExchangeRateSet { currency: Currency::USD, rate: worth });
    recorded(EntryId::named(&format!("bench:rate {at}")), at, Body::Fact(fact), position)
}

fn recorded(id: EntryId, at: Timestamp, body: Body, position: u64) -> Entry {
    Entry {
        position,
        id,
        stream: body.stream(),
        version: position,
        occurred_at: at,
        recorded_at: at,
        actor: Classifier::ACTOR.to_owned(),
        correlation: None,
        body,
    }
}

fn today(desk: &Desk) -> Date {
    desk.day_of(world::now())
}
