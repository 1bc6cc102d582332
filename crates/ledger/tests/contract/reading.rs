//! Reads: in chunks, by stream, by id.

use linchpin_domain::entry::{Entry, Stream};
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::private::Private;
use linchpin_ledger::{CHUNK, Ledger, Mode, NewEntry, ReadError};

use crate::place::{Place, append, client, joined, registered};

async fn read_all(ledger: &Ledger) -> (Vec<Entry>, Vec<usize>) {
    let mut entries = Vec::new();
    let mut chunks = Vec::new();
    loop {
        let chunk = ledger.read(entries.len() as u64, u64::MAX).await.unwrap();
        if chunk.is_empty() {
            return (entries, chunks);
        }
        chunks.push(chunk.len());
        entries.extend(chunk);
    }
}

pub(crate) async fn chunks_join_without_a_seam(place: &impl Place) {
    let ledger = place.create(false).await;
    for part in 0..3 {
        let entries = (0..CHUNK / 2).map(|n| client(&format!("{part}.{n}"))).collect();
        append(&ledger, entries).await.unwrap();
    }
    let (entries, chunks) = read_all(&ledger).await;
    assert_eq!(chunks, [CHUNK, CHUNK / 2 + 1]);
    assert!(entries.iter().map(|entry| entry.position).eq(1..=entries.len() as u64));
    // Every way of cutting gives the same entries.
    for (after, until) in
        [(0, 1), (1, 1), (5, 4), (0, 64), (0, 65), (63, 65), (64, 128), (100, 300), (6_100, 9_999)]
    {
        let cut = ledger.read(after, until).await.unwrap();
        let end = (until as usize).min(entries.len());
        let expected = entries.get(after as usize..end).unwrap_or_default();
        assert!(cut == expected, "{after} to {until}");
    }
}

pub(crate) async fn large_entries_make_smaller_chunks(place: &impl Place) {
    let ledger = place.create(false).await;
    for part in 0..2 {
        let note = Private::noted("y".repeat(30_000));
        let entries =
            (0..70).map(|n| joined(&format!("{part}.{n}"), "crm:ada", note.clone())).collect();
        append(&ledger, entries).await.unwrap();
    }
    let (entries, chunks) = read_all(&ledger).await;
    assert_eq!(entries.len(), 141);
    assert!(chunks.len() > 1, "{chunks:?}");
}

pub(crate) async fn a_stream_is_read_both_ways(place: &impl Place) {
    let ledger = place.create(false).await;
    for n in 0..10 {
        append(&ledger, vec![registered(&format!("{n}")), client(&format!("other {n}"))])
            .await
            .unwrap();
    }
    let acme = Stream::Account(AccountId::named("crm:acme"));
    let versions = |entries: Vec<Entry>| -> Vec<u64> {
        assert!(entries.iter().all(|entry| entry.stream == acme));
        entries.iter().map(|entry| entry.version).collect()
    };
    assert_eq!(versions(ledger.read_stream(acme, 0, 3).await.unwrap()), [1, 2, 3]);
    assert_eq!(versions(ledger.read_stream(acme, 8, 9).await.unwrap()), [9, 10]);
    assert_eq!(versions(ledger.read_stream(acme, 10, 9).await.unwrap()), [0_u64; 0]);
    assert_eq!(versions(ledger.read_stream_back(acme, u64::MAX, 3).await.unwrap()), [10, 9, 8]);
    assert_eq!(versions(ledger.read_stream_back(acme, 3, 9).await.unwrap()), [2, 1]);
    let nobody = Stream::Account(AccountId::named("crm:nobody"));
    assert!(ledger.read_stream(nobody, 0, 9).await.unwrap().is_empty());
    assert_eq!(ledger.stream_version(nobody).await.unwrap(), 0);
    assert_eq!(ledger.stream_version(Stream::Firm).await.unwrap(), 1);
}

pub(crate) async fn entries_are_found_by_id_and_position(place: &impl Place) {
    let ledger = place.create(false).await;
    let entries: Vec<_> = (0..1_500).map(|n| client(&format!("{n}"))).collect();
    let mut ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
    append(&ledger, entries).await.unwrap();
    ids.insert(700, EntryId::named("nobody"));
    ids.push(ids[0]);
    let found = ledger.find(&ids).await.unwrap();
    assert!(found[700].is_none());
    assert_eq!(found[0], found[1_501]);
    for (id, entry) in ids.iter().zip(&found) {
        assert!(entry.as_ref().is_none_or(|entry| entry.id == *id));
    }
    let entry = found[42].clone().unwrap();
    assert_eq!(ledger.entry(entry.position).await.unwrap().unwrap(), entry);
}

pub(crate) async fn a_reopened_ledger_reads_the_same(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a"), joined("b", "crm:ada", Private::named("Ada"))])
        .await
        .unwrap();
    let (before, head) = (ledger.read(0, 9).await.unwrap(), ledger.head());
    ledger.close().await;
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let ledger = place.open(mode).await;
        assert_eq!(ledger.head(), head);
        assert!(ledger.read(0, 9).await.unwrap() == before);
    }
}

pub(crate) async fn what_is_stored_reads_the_same_by_another_way(place: &impl Place) {
    let ledger = place.create(false).await;
    let traced = NewEntry { correlation: Some(uuid::Uuid::from_u128(7)), ..client("traced") };
    let person = joined("p", "crm:w", Private::named("Wilhelmina"));
    append(&ledger, vec![client("a"), traced, person]).await.unwrap();
    let entries = ledger.read(0, u64::MAX).await.unwrap();
    let stored = ledger.stored_range(0, u64::MAX).await.unwrap();
    assert!(stored.iter().all(linchpin_ledger::Stored::is_intact));
    assert_eq!(entries[2].correlation, Some(uuid::Uuid::from_u128(7)));
    assert_eq!(entries[1].correlation, None);
    assert_eq!(ledger.unseal(stored.clone()).await.unwrap(), entries);
    assert_eq!(ledger.stored_range(1, 3).await.unwrap(), stored[1..3]);
    assert_eq!(ledger.stored_range(3, 3).await.unwrap(), []);
    let mut damaged = stored;
    damaged[3].payload = damaged[3].payload.replace("sealed", "smeared");
    let refused = ledger.unseal(damaged).await;
    assert!(matches!(refused, Err(ReadError::Damaged { position: 4, .. })), "{refused:?}");
}
