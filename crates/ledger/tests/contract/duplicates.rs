//! The same id again.

use linchpin_domain::private::Private;
use linchpin_ledger::{AppendError, Mode, NewEntry, Repeat};

use crate::place::{Place, append, client, joined, outcomes, registered_as, when};

fn kept(entry: NewEntry) -> NewEntry {
    NewEntry { repeat: Repeat::KeepFirst, ..entry }
}

pub(crate) async fn the_same_entry_again_is_no_news(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a"), client("b")]).await.unwrap();
    let again = append(&ledger, vec![client("b"), client("c"), client("a")]).await.unwrap();
    assert_eq!(outcomes(&again), [(3, false), (4, true), (2, false)]);
    // Who told it, and whether they say when, makes no difference.
    let untimed = NewEntry { occurred_at: None, actor: "someone else".to_owned(), ..client("a") };
    let again = append(&ledger, vec![untimed]).await.unwrap();
    assert_eq!(outcomes(&again), [(2, false)]);
    assert_eq!(ledger.refresh().await.unwrap().position, 4);
}

pub(crate) async fn the_same_id_with_other_content_is_a_conflict(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![registered_as("a", "Acme")]).await.unwrap();
    let refused = append(&ledger, vec![registered_as("a", "Other")]).await.unwrap_err();
    let AppendError::Conflict { index: 0, id, position: 2 } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(id, registered_as("a", "Acme").id);
}

pub(crate) async fn the_same_id_at_another_time_is_a_conflict(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a")]).await.unwrap();
    let refused = append(&ledger, vec![when(client("a"), "2024-05-02")]).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })));
}

pub(crate) async fn the_same_id_twice_in_one_request_counts_once(place: &impl Place) {
    let ledger = place.create(false).await;
    let appended = append(&ledger, vec![client("a"), client("b"), client("a")]).await.unwrap();
    assert_eq!(outcomes(&appended), [(2, true), (3, true), (2, false)]);
}

pub(crate) async fn the_same_id_differing_within_one_request_is_a_conflict(place: &impl Place) {
    let ledger = place.create(false).await;
    let request = vec![client("x"), registered_as("a", "Acme"), registered_as("a", "Other")];
    let refused = append(&ledger, request).await;
    assert!(
        matches!(refused, Err(AppendError::Conflict { index: 2, position: 3, .. })),
        "{refused:?}"
    );
    assert_eq!(ledger.refresh().await.unwrap().position, 1);
}

pub(crate) async fn what_is_there_first_may_be_kept(place: &impl Place) {
    let ledger = place.create(false).await;
    let request = vec![registered_as("a", "Acme"), kept(registered_as("a", "Other"))];
    let appended = append(&ledger, request).await.unwrap();
    assert_eq!(outcomes(&appended), [(2, true), (2, false)]);
    let again = append(&ledger, vec![kept(when(registered_as("a", "Third"), "2020-01-01"))]).await;
    assert_eq!(outcomes(&again.unwrap()), [(2, false)]);
    let entry = ledger.entry(2).await.unwrap().unwrap();
    assert_eq!(entry.body, registered_as("a", "Acme").body);
}

pub(crate) async fn the_same_sealed_entry_again_is_no_news(place: &impl Place) {
    let ledger = place.create(false).await;
    let ada = || joined("ada", "crm:ada", Private::named("Ada Lovelace"));
    append(&ledger, vec![ada()]).await.unwrap();
    ledger.close().await;
    let ledger = place.open(Mode::ReadWrite).await;
    assert_eq!(outcomes(&append(&ledger, vec![ada()]).await.unwrap()), [(2, false)]);
    let other = joined("ada", "crm:ada", Private::named("Ada King"));
    assert!(matches!(append(&ledger, vec![other]).await, Err(AppendError::Conflict { .. })));
}
