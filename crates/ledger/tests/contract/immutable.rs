//! What is stored stays as it is, byte for byte.

use linchpin_domain::entry::{Body, Stream};
use linchpin_domain::id::EntryId;
use linchpin_ledger::{NewEntry, ReadError};
use uuid::Uuid;

use crate::place::{Place, append, client};

pub(crate) async fn entries_cannot_be_changed_or_deleted(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a")]).await.unwrap();
    let before = ledger.stored(2).await.unwrap();
    for statement in [
        "UPDATE entry SET payload = '{}' WHERE pos = 2",
        "UPDATE entry SET pos = 9 WHERE pos = 2",
        "DELETE FROM entry WHERE pos = 2",
        "DELETE FROM entry",
    ] {
        let refused = place.run(statement).await.unwrap_err();
        assert!(refused.contains("an entry is never"), "{refused}");
    }
    assert_eq!(ledger.stored(2).await.unwrap(), before);
}

pub(crate) async fn what_is_stored_is_exactly_this(place: &impl Place) {
    let ledger = place.create(false).await;
    let entry = NewEntry {
        correlation: Some(Uuid::from_u128(7)),
        causation: Some(EntryId(Uuid::from_u128(8))),
        ..client("a")
    };
    append(&ledger, vec![client("x"), entry.clone()]).await.unwrap();
    let stored = ledger.stored(3).await.unwrap().unwrap();
    let (_, payload) = linchpin_domain::wire::encode(&entry.body).unwrap();
    assert_eq!(stored.position, 3);
    assert_eq!(stored.id, entry.id);
    assert_eq!(stored.stream, entry.body.stream().to_string());
    assert_eq!(stored.version, 1);
    assert_eq!((stored.name.as_str(), stored.schema_version), ("account.registered", 1));
    assert_eq!(stored.occurred_us, entry.occurred_at.unwrap().as_microsecond());
    assert_eq!(stored.recorded_us, place.clock().now().as_microsecond());
    assert_eq!(stored.batch, 2);
    assert_eq!(stored.correlation, entry.correlation);
    assert_eq!(stored.causation, entry.causation);
    assert_eq!(stored.actor, "test");
    assert_eq!(stored.payload, payload);
    assert_eq!(stored.leaf_hash, stored.leaf());
    assert_eq!(ledger.stored(9).await.unwrap(), None);
    assert!(ledger.stored(1).await.unwrap().unwrap().is_intact());
}

/// Writes an entry of another type past the ledger, as a newer desk would have.
async fn smuggle<P: Place>(place: &P, name: &str, version: u32) {
    let id = P::RANDOM_ID;
    let statements = format!(
        "INSERT INTO entry SELECT 2, {id}, stream, 2, '{name}', {version}, occurred_at,
             recorded_at, 2, NULL, NULL, actor, '{{\"new\":true}}', leaf_hash FROM entry WHERE pos = 1;
         UPDATE ledger_head SET pos = 2;"
    );
    place.run(&statements).await.unwrap();
}

pub(crate) async fn an_unknown_type_is_carried(place: &impl Place) {
    let ledger = place.create(false).await;
    smuggle(place, "moon.landed", 3).await;
    ledger.refresh().await.unwrap();
    append(&ledger, vec![client("a")]).await.unwrap();
    let entries = ledger.read(0, u64::MAX).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[1].body, Body::Unknown { name: "moon.landed".to_owned() });
    assert_eq!(entries[1].stream, Stream::Firm);
    assert_eq!(ledger.stored(2).await.unwrap().unwrap().payload, "{\"new\":true}");
}

pub(crate) async fn a_newer_version_of_a_known_type_is_refused(place: &impl Place) {
    let ledger = place.create(false).await;
    smuggle(place, "account.registered", 99).await;
    assert!(matches!(ledger.read(0, 9).await, Err(ReadError::TooNew { position: 2, .. })));
    assert_eq!(ledger.read(0, 1).await.unwrap().len(), 1);
}

pub(crate) async fn a_missing_entry_is_noticed(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a"), client("b")]).await.unwrap();
    place.unlock().await;
    place.run("DELETE FROM entry WHERE pos = 2").await.unwrap();
    assert!(matches!(ledger.read(0, 9).await, Err(ReadError::Damaged { position: 2, .. })));
}
