//! The checker catches what it is there to catch: each kind of wrong is made by hand.

use jiff::Timestamp;
use linchpin_domain::entry::Entry;
use linchpin_ledger::{Append, Stored};
use linchpin_testkit::{TempLedger, told};
use serde_json::json;

use crate::check;
use crate::facts;
use crate::history::{Answered, History, Question};

/// A small ledger: its entries as stored and as read.
async fn world() -> (Vec<Stored>, Vec<Entry>) {
    let ledger = TempLedger::real().await;
    for number in 0..3 {
        let account = linchpin_domain::id::AccountId::named(&facts::client(number));
        let name = format!("Client {number}");
        let fact = linchpin_domain::fact::AccountRenamed { account, name };
        let mut entry = told("any", "2024-05-01", fact);
        entry.id = facts::entry(number);
        ledger.ledger().append(Append::of(vec![entry])).await.unwrap();
    }
    let head = ledger.ledger().head().position;
    let stored = ledger.ledger().stored_range(0, head).await.unwrap();
    (stored, ledger.ledger().read(0, head).await.unwrap())
}

fn now() -> Timestamp {
    "2024-06-01T12:00:00Z".parse().unwrap()
}

fn said(question: Question, status: u16, body: serde_json::Value) -> History {
    let answer = Answered { question, status, retry_after: false, body, at_least: None };
    History { answers: vec![answer], ..History::default() }
}

#[track_caller]
fn one(wrong: &[String], part: &str) {
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].contains(part), "{wrong:?}");
}

#[tokio::test]
async fn a_sound_ledger_has_nothing_wrong() {
    let (stored, entries) = world().await;
    assert_eq!(check::line(&stored), [""; 0]);
    assert_eq!(check::alerts(&entries), [""; 0]);
    let history = History {
        acknowledged: vec![(0, 2), (1, 3)],
        posted: vec![2],
        followed: vec![vec![1, 2, 3, 4], vec![1, 2, 3, 4]],
        ..History::default()
    };
    assert_eq!(check::acknowledged(&history, &stored), [""; 0]);
    assert_eq!(check::followed(&history, 4), [""; 0]);
}

#[tokio::test]
async fn a_broken_line_is_seen() {
    let (stored, _) = world().await;
    let broken = |change: fn(&mut Vec<Stored>)| {
        let mut stored = stored.clone();
        change(&mut stored);
        check::line(&stored)
    };
    assert!(broken(|it| drop(it.remove(1)))[0].contains("where 2 is expected"));
    one(&broken(|it| it[2].payload.push(' ')), "not as it was sealed");
    assert!(broken(|it| it[2].recorded_us = 0)[0].contains("before the one before it"));
    assert!(broken(|it| it[2].version = 7)[0].contains("version 7"));
    assert!(broken(|it| it[3].id = it[2].id).iter().any(|said| said.contains("id of entry 3")));
}

#[tokio::test]
async fn a_lost_or_misplaced_fact_is_seen() {
    let (stored, _) = world().await;
    let told = |acknowledged, posted| {
        check::acknowledged(&History { acknowledged, posted, ..History::default() }, &stored)
    };
    one(&told(vec![(9, 2)], vec![]), "fact 9 was acknowledged at 2 and is lost");
    one(&told(vec![(0, 3)], vec![]), "stands at 2, its answer said 3");
    one(&told(vec![], vec![9]), "confirmed by the inbox and is lost");
}

#[test]
fn a_follower_who_skips_or_repeats_is_seen() {
    let followed =
        |seen| check::followed(&History { followed: vec![seen], ..History::default() }, 3);
    one(&followed(vec![1, 3]), "got 3 where 2 comes next");
    one(&followed(vec![1, 2, 2, 3]), "got 2 where 3 comes next");
    one(&followed(vec![1, 2]), "ended at Some(2)");
    one(&followed(vec![]), "ended at None");
}

#[tokio::test]
async fn a_wrong_answer_is_seen_and_an_honest_one_is_not() {
    let (_, entries) = world().await;
    let asked = || Question::Status(facts::client(0));
    let name_at = |position: u64, name: &str| json!({ "clocks": { "position": position }, "id": entries[1].body.stream().to_string(), "name": name });
    let wrong = |history: &History| check::answers(history, &entries, now());
    one(&wrong(&said(asked(), 200, name_at(4, "Another"))), "a fold says");
    one(&wrong(&said(asked(), 200, name_at(99, "Client 0"))), "not in the ledger");
    assert!(wrong(&said(asked(), 500, json!({})))[0].contains("was answered 500"));
    assert!(wrong(&said(asked(), 503, json!({})))[0].contains("was answered 503"));
    let mut honest = said(asked(), 503, json!({}));
    honest.answers[0].retry_after = true;
    one(&wrong(&honest), "only 0 of 1 questions were answered");
    honest.answers.extend(
        said(Question::Alerts, 200, json!({ "clocks": { "position": 4 }, "alerts": [] })).answers,
    );
    assert_eq!(wrong(&honest), [""; 0]);
    let mut unheard = honest.clone();
    unheard.answers.extend(said(asked(), 404, json!({})).answers);
    unheard.answers.push(unheard.answers[1].clone());
    assert_eq!(wrong(&unheard), [""; 0]);
    unheard.answers[2].at_least = Some(2);
    one(&wrong(&unheard), "was answered 404");
    let right = json!({ "clocks": { "position": 4 }, "alerts": [] });
    let mut answered = said(Question::Alerts, 200, right);
    assert_eq!(wrong(&answered), [""; 0]);
    answered.answers[0].at_least = Some(5);
    one(&wrong(&answered), "asked for at least");
}

#[tokio::test]
async fn an_alert_raised_twice_is_seen() {
    let (_, mut entries) = world().await;
    let golden = include_str!("../../crates/domain/tests/golden/alert.raised.v1.json");
    let body = linchpin_domain::wire::decode("alert.raised", 1, golden).unwrap();
    for position in [5, 6] {
        let mut entry = entries[1].clone();
        (entry.position, entry.body) = (position, body.clone());
        entries.push(entry);
    }
    one(&check::alerts(&entries), "still standing, at 6");
}
