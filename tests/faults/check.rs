//! The history checker: what must hold of a ledger and of everything that was answered meanwhile.
//! Each check names what is wrong; none of them repairs or forgives.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Position, Stream};
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_ledger::Stored;
use linchpin_query::view;
use serde_json::Value;

use crate::facts;
use crate::history::{Answered, History, Question};

/// Positions without a gap, time that never runs back, versions of streams without a gap, ids
/// once, and each entry as it was sealed.
pub(crate) fn line(stored: &[Stored]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut versions: HashMap<&str, u64> = HashMap::new();
    let mut ids: HashMap<EntryId, Position> = HashMap::new();
    let mut recorded = i64::MIN;
    for (entry, expected) in stored.iter().zip(1..) {
        let at = entry.position;
        if at != expected {
            wrong.push(format!("position {at} stands where {expected} is expected"));
        }
        if entry.recorded_us < recorded {
            wrong.push(format!("entry {at} was recorded before the one before it"));
        }
        recorded = entry.recorded_us;
        let version = versions.entry(&entry.stream).or_default();
        *version += 1;
        if *version != entry.version {
            wrong.push(format!(
                "entry {at} is version {} of its stream, not {version}",
                entry.version
            ));
        }
        if let Some(first) = ids.insert(entry.id, at) {
            wrong.push(format!("entry {at} has the id of entry {first}"));
        }
        if !entry.is_intact() {
            wrong.push(format!("entry {at} is not as it was sealed"));
        }
    }
    wrong
}

/// Every acknowledged fact stands where its answer said; every confirmed one stands somewhere.
pub(crate) fn acknowledged(history: &History, stored: &[Stored]) -> Vec<String> {
    let places: HashMap<EntryId, Position> =
        stored.iter().map(|entry| (entry.id, entry.position)).collect();
    let mut wrong = Vec::new();
    for (number, said) in &history.acknowledged {
        match places.get(&facts::entry(*number)) {
            Some(at) if at == said => {}
            Some(at) => wrong.push(format!("fact {number} stands at {at}, its answer said {said}")),
            None => wrong.push(format!("fact {number} was acknowledged at {said} and is lost")),
        }
    }
    for number in &history.posted {
        if !places.contains_key(&facts::entry(*number)) {
            wrong.push(format!("fact {number} was confirmed by the inbox and is lost"));
        }
    }
    wrong
}

/// No alert is raised twice: neither under its id nor for the same finding while it stands.
pub(crate) fn alerts(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut standing: BTreeMap<String, Position> = BTreeMap::new();
    let mut keys: HashMap<String, String> = HashMap::new();
    for entry in entries {
        match &entry.body {
            Body::Decision(Decision::AlertRaised(raised)) => {
                let finding = format!("{}/{}", raised.account, raised.key);
                keys.insert(raised.alert.to_string(), finding.clone());
                if let Some(first) = standing.insert(finding.clone(), entry.position) {
                    wrong.push(format!(
                        "{finding} was raised at {first} and, still standing, at {}",
                        entry.position
                    ));
                }
            }
            Body::Decision(Decision::AlertResolved(resolved)) => {
                if let Some(finding) = keys.get(&resolved.alert.to_string()) {
                    standing.remove(finding);
                }
            }
            _ => {}
        }
    }
    wrong
}

/// Each follower got each entry once and in order, to the last one.
pub(crate) fn followed(history: &History, head: Position) -> Vec<String> {
    let mut wrong = Vec::new();
    for (follower, seen) in history.followed.iter().enumerate() {
        for (position, expected) in seen.iter().zip(1..) {
            if *position != expected {
                wrong.push(format!(
                    "follower {follower} got {position} where {expected} comes next"
                ));
                break;
            }
        }
        if seen.last() != Some(&head) {
            wrong.push(format!("follower {follower} ended at {:?}, not at {head}", seen.last()));
        }
    }
    wrong
}

/// Each answer was an honest 503, or is what a fold up to the position that it names says.
pub(crate) fn answers(history: &History, entries: &[Entry], now: Timestamp) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut told: Vec<(Position, &Answered)> = Vec::new();
    let mut absent: Vec<&Answered> = Vec::new();
    for answer in &history.answers {
        match (answer.status, answer.body["clocks"]["position"].as_u64()) {
            (503, _) if answer.retry_after => {}
            (200, Some(position)) => {
                if answer.at_least.is_some_and(|least| position < least) {
                    wrong.push(format!(
                        "{:?} was answered as of {position}, asked for at least {:?}",
                        answer.question, answer.at_least
                    ));
                }
                told.push((position, answer));
            }
            (404, _) => absent.push(answer),
            (status, _) => {
                wrong.push(format!("{:?} was answered {status}: {}", answer.question, answer.body))
            }
        }
    }
    if told.len() * 2 < history.answers.len() {
        wrong.push(format!(
            "only {} of {} questions were answered",
            told.len(),
            history.answers.len()
        ));
    }
    wrong.extend(as_folded(told, entries, now));
    wrong.extend(as_unheard_of(&absent, entries, now));
    wrong
}

/// What is told at a position is what a fold up to there says.
fn as_folded(
    mut told: Vec<(Position, &Answered)>,
    entries: &[Entry],
    now: Timestamp,
) -> Vec<String> {
    let mut wrong = Vec::new();
    told.sort_by_key(|(position, _)| *position);
    let mut desk = Desk::default();
    let mut rest = entries.iter();
    for (position, answer) in told {
        while desk.position() < position {
            let Some(entry) = rest.next() else {
                wrong.push(format!(
                    "an answer names position {position}, which is not in the ledger"
                ));
                return wrong;
            };
            desk.apply(entry);
        }
        let expected = expected(&desk, &answer.question, now);
        let body = without_clocks(answer.body.clone());
        if expected != body {
            wrong.push(format!(
                "{:?} at {position} was answered {body}, a fold says {expected}",
                answer.question
            ));
        }
    }
    wrong
}

/// A client may be answered as unknown where a fold does not know it, at the position asked for or
/// at a later one: one whose only fact was taken back is unknown again.
fn as_unheard_of(absent: &[&Answered], entries: &[Entry], now: Timestamp) -> Vec<String> {
    let mut desk = Desk::default();
    let mut last_unknown: HashMap<AccountId, Position> = HashMap::new();
    let known = |desk: &Desk, id| expected(desk, &Question::Status(id), now) != Value::Null;
    let mut accounts: HashMap<AccountId, String> = HashMap::new();
    for answer in absent {
        if let Question::Status(id) = &answer.question {
            accounts.insert(id.parse().unwrap(), id.clone());
        }
    }
    for entry in entries {
        if let Stream::Account(id) = entry.body.stream()
            && let Some(outside) = accounts.get(&id)
            && !known(&desk, outside.clone())
        {
            last_unknown.insert(id, entry.position - 1);
        }
        desk.apply(entry);
    }
    for (id, outside) in &accounts {
        if !known(&desk, outside.clone()) {
            last_unknown.insert(*id, Position::MAX);
        }
    }
    let is_right = |answer: &Answered| match &answer.question {
        Question::Alerts => false,
        Question::Status(id) => {
            let last = last_unknown.get(&id.parse().unwrap());
            last.is_some_and(|last| answer.at_least.unwrap_or(0) <= *last)
        }
    };
    let wrong = absent.iter().filter(|answer| !is_right(answer));
    let said = |it: &&Answered| {
        format!("{:?}, at least {:?}, was answered 404: {}", it.question, it.at_least, it.body)
    };
    wrong.map(said).collect()
}

fn expected(desk: &Desk, question: &Question, now: Timestamp) -> Value {
    let zone = desk.firm().zone().clone();
    let clocks = view::Clocks::of(desk, None, None, now, &zone);
    let value = match question {
        Question::Alerts => {
            let alerts = view::alert_list(desk, clocks);
            serde_json::json!({ "alerts": alerts })
        }
        Question::Status(id) => {
            let id: AccountId = id.parse().unwrap();
            serde_json::to_value(view::status(desk, id, clocks)).unwrap()
        }
    };
    without_clocks(value)
}

fn without_clocks(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.remove("clocks");
    }
    value
}
