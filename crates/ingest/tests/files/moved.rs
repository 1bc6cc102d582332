//! A fact about two clients, taken back by each door: no trace is left at either.

use jiff::civil::{Date, date};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AccountId, ContactId, EntryId};
use linchpin_ingest::command::{By, Present, TakenBack, retract};
use linchpin_ingest::door::take_again;
use linchpin_ingest::import::ImportOptions;
use linchpin_ingest::map::Map;
use linchpin_testkit::TempLedger;
use serde_json::{Value, json};

use crate::unit::{entries, try_feed};

const SUMMER: Date = date(2024, 5, 31);

fn account(name: &str) -> AccountId {
    format!("crm:{name}").parse().unwrap()
}

fn event(id: &str, fact: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "crm", "type": format!("linchpin.{fact}"),
        "time": "2024-05-01T10:00:00Z", "data": data,
    })
    .to_string()
}

fn moved() -> String {
    let data =
        json!({"account": "crm:from", "contact": "crm:ann", "to": "crm:to", "title": "Head"});
    event("moved", "contact.moved", &data)
}

fn retracted(at: &str, fact: EntryId) -> String {
    let data = json!({"account": account(at), "fact": fact, "reason": "another Ann"});
    event("retracted", "fact.retracted", &data)
}

/// The id that the door gives an event.
fn id_of(event: &str) -> EntryId {
    EntryId::named(&format!("crm\n{event}"))
}

/// Whether a client shows a trace of the contact or of the day, in the order of arrival and in
/// any other.
async fn traces(desk: &TempLedger, clients: &[&str]) -> Vec<bool> {
    let there = entries(desk.ledger()).await;
    let genesis = there.first().cloned().unwrap();
    let back: Vec<Entry> =
        std::iter::once(genesis).chain(there.iter().skip(1).rev().cloned()).collect();
    let both = [there, back].map(|entries| {
        let mut fold = Desk::default();
        entries.iter().for_each(|entry| drop(fold.apply(entry)));
        let trace = |client: &&str| {
            fold.account(account(client)).is_some_and(|it| {
                it.first_day().is_some()
                    || it.contact_on("crm:ann".parse::<ContactId>().unwrap(), SUMMER).is_some()
            })
        };
        clients.iter().map(trace).collect::<Vec<bool>>()
    });
    assert_eq!(both[0], both[1], "the order of arrival does not matter");
    both[0].clone()
}

async fn retractions(desk: &TempLedger) -> usize {
    let all = entries(desk.ledger()).await;
    all.iter().filter(|it| matches!(it.body, Body::Fact(Fact::FactRetracted(_)))).count()
}

const BOTH: [&str; 2] = ["from", "to"];

#[tokio::test]
async fn by_command_whichever_client_is_named() {
    for named in [None, Some("from"), Some("to")] {
        let desk = TempLedger::real().await;
        take_again(desk.ledger(), &moved()).await.unwrap();
        assert_eq!(traces(&desk, &BOTH).await, [true, true]);
        let named = named.map(account);
        let mut present = Present::default();
        let moved = TakenBack { fact: id_of("moved"), account: named, member: None, reason: "no" };
        let again = TakenBack { account: None, ..moved };
        let (ledger, by) = (desk.ledger(), |name: &str| By::from(name));
        let first = retract(ledger, &mut present, moved, &by("page:a")).await.unwrap();
        let again = retract(ledger, &mut present, again, &by("page:b")).await.unwrap();
        assert!(first.fresh && !again.fresh && first.position == again.position);
        assert_eq!(traces(&desk, &BOTH).await, [false, false], "{named:?}");
        assert_eq!(retractions(&desk).await, 1);
    }
}

#[tokio::test]
async fn by_an_event_whichever_client_it_names_and_whichever_comes_first() {
    for named in BOTH {
        let back = retracted(named, id_of("moved"));
        for story in [[moved(), back.clone()], [back, moved()]] {
            let desk = TempLedger::real().await;
            for event in &story {
                take_again(desk.ledger(), event).await.unwrap();
            }
            assert_eq!(traces(&desk, &BOTH).await, [false, false], "{named}");
        }
    }
}

const MAP: &str = r#"
source = "moves"
ids = "crm"
occurred_at = { column = "at", formats = ["%Y-%m-%d"] }
[[fact]]
type = "contact.moved"
key = "{nr}"
[fact.fields]
account = { column = "from", id = true }
contact = { column = "who", id = true }
to = { column = "to", id = true }
title = { const = "Head" }
"#;

#[tokio::test]
async fn by_an_import_that_corrects_it() {
    let map = Map::parse(MAP).unwrap();
    let desk = TempLedger::real().await;
    let feed = async |to: &str, correct: bool| {
        let text = format!("nr,at,from,who,to\n1,2024-05-01,from,ann,{to}\n");
        let options = ImportOptions { correct, ..ImportOptions::default() };
        try_feed(&desk, "moves.csv", text, &map, &options).await.unwrap()
    };
    assert_eq!(feed("to", false).await.facts.new, 1);
    assert_eq!(feed("other", false).await.facts.conflicting, 1);
    assert_eq!(feed("other", true).await.facts.corrected, 1);
    assert_eq!(traces(&desk, &["from", "to", "other"]).await, [true, false, true]);
    assert_eq!(feed("to", true).await.facts.corrected, 1);
    assert_eq!(traces(&desk, &["from", "to", "other"]).await, [true, true, false]);
    assert_eq!(retractions(&desk).await, 2);
}
