//! When things were recorded.

use jiff::Timestamp;
use linchpin_ledger::{Mode, NewEntry};

use crate::place::{Place, append, client, moment, when};

async fn recorded(ledger: &linchpin_ledger::Ledger, position: u64) -> Timestamp {
    ledger.entry(position).await.unwrap().unwrap().recorded_at
}

pub(crate) async fn recorded_at_never_runs_backwards(place: &impl Place) {
    let ledger = place.create(false).await;
    place.clock().set(moment("2024-06-02"));
    append(&ledger, vec![client("a")]).await.unwrap();
    place.clock().set(moment("2024-01-01"));
    append(&ledger, vec![client("b")]).await.unwrap();
    assert_eq!(recorded(&ledger, 2).await, moment("2024-06-02"));
    assert_eq!(recorded(&ledger, 3).await, moment("2024-06-02"));
    // Nor does it across a restart.
    ledger.close().await;
    let ledger = place.open(Mode::ReadWrite).await;
    append(&ledger, vec![client("c")]).await.unwrap();
    assert_eq!(recorded(&ledger, 4).await, moment("2024-06-02"));
    place.clock().set(moment("2024-06-03"));
    append(&ledger, vec![client("d")]).await.unwrap();
    assert_eq!(recorded(&ledger, 5).await, moment("2024-06-03"));
    assert_eq!(ledger.head().recorded_at, moment("2024-06-03"));
    assert_eq!(ledger.now(), moment("2024-06-03"));
}

pub(crate) async fn an_entry_without_a_time_happened_when_recorded(place: &impl Place) {
    let ledger = place.create(false).await;
    let now: Timestamp = "2024-07-01T08:09:10.123456789Z".parse().unwrap();
    place.clock().set(now);
    append(&ledger, vec![NewEntry { occurred_at: None, ..client("a") }]).await.unwrap();
    append(&ledger, vec![NewEntry { occurred_at: Some(now), ..client("b") }]).await.unwrap();
    let kept: Timestamp = "2024-07-01T08:09:10.123456Z".parse().unwrap();
    for position in [2, 3] {
        let entry = ledger.entry(position).await.unwrap().unwrap();
        assert_eq!((entry.occurred_at, entry.recorded_at), (kept, kept));
    }
}

pub(crate) async fn a_simulated_ledger_takes_its_time_from_the_input(place: &impl Place) {
    let ledger = place.create(true).await;
    assert_eq!(ledger.now(), Timestamp::UNIX_EPOCH);
    append(&ledger, vec![when(client("a"), "2011-03-01"), when(client("b"), "2011-02-01")])
        .await
        .unwrap();
    assert_eq!(recorded(&ledger, 2).await, moment("2011-03-01"));
    assert_eq!(recorded(&ledger, 3).await, moment("2011-03-01"));
    append(&ledger, vec![when(client("late"), "2011-01-01")]).await.unwrap();
    append(&ledger, vec![NewEntry { occurred_at: None, ..client("now") }]).await.unwrap();
    assert_eq!(recorded(&ledger, 4).await, moment("2011-03-01"));
    let now = ledger.entry(5).await.unwrap().unwrap();
    assert_eq!((now.occurred_at, now.recorded_at), (moment("2011-03-01"), moment("2011-03-01")));
    append(&ledger, vec![when(client("c"), "2012-01-01")]).await.unwrap();
    assert_eq!(ledger.now(), moment("2012-01-01"));
    // What is no news does not move the clock.
    let again = append(&ledger, vec![when(client("c"), "2012-01-01")]).await.unwrap();
    assert!(!again.outcomes[0].fresh);
    ledger.close().await;
    let ledger = place.open(Mode::ReadWrite).await;
    assert!(ledger.genesis().simulated);
    assert_eq!(ledger.now(), moment("2012-01-01"));
}

pub(crate) async fn the_last_position_known_at_a_moment(place: &impl Place) {
    let ledger = place.create(true).await;
    for (n, day) in
        ["2011-01-01", "2011-01-02", "2011-01-02", "2011-01-02", "2011-01-05"].iter().enumerate()
    {
        append(&ledger, vec![when(client(&format!("{n}")), day)]).await.unwrap();
    }
    let expected = [
        ("1969-12-31", 0),
        ("1970-01-01", 1),
        ("2010-12-31", 1),
        ("2011-01-01", 2),
        ("2011-01-02", 5),
        ("2011-01-04", 5),
        ("2011-01-05", 6),
        ("2030-01-01", 6),
    ];
    for (day, position) in expected {
        assert_eq!(ledger.position_at(moment(day)).await.unwrap(), position, "{day}");
    }
}
