//! What could not be read, beside the ledger.

use linchpin_ledger::{MAX_ORIGINAL, Mode, NewQuarantined, QuarantineError};

use crate::place::{Place, moment};

pub(crate) async fn an_original_is_kept_once(place: &impl Place) {
    let ledger = place.create(false).await;
    let quarantine = ledger.quarantine();
    let id = quarantine.add("orders.csv", "line 7", "no such day", "1;31 Feb").await.unwrap();
    let same = quarantine.add("orders.csv", "line 9", "other words", "1;31 Feb").await.unwrap();
    let other = quarantine.add("others.csv", "line 7", "no such day", "1;31 Feb").await.unwrap();
    assert_eq!(id, same);
    assert_ne!(id, other);
    assert_eq!(quarantine.count_open().await.unwrap(), 2);
    let kept = quarantine.get(id).await.unwrap().unwrap();
    assert_eq!((kept.source.as_str(), kept.place.as_str()), ("orders.csv", "line 7"));
    assert_eq!((kept.reason.as_str(), kept.original.as_deref()), ("no such day", Some("1;31 Feb")));
    assert_eq!((kept.created_at, kept.settled_at), (moment("2024-06-01T12:00:00Z"), None));
    // It is no part of the ledger, and it outlives a restart.
    assert_eq!(ledger.refresh().await.unwrap().position, 1);
    ledger.close().await;
    let ledger = place.open(Mode::ReadOnly).await;
    assert_eq!(ledger.quarantine().count_open().await.unwrap(), 2);
}

pub(crate) async fn the_open_ones_are_listed_page_by_page(place: &impl Place) {
    let quarantine = place.create(false).await.quarantine();
    let items = (0..25).map(|n| NewQuarantined {
        source: "s".to_owned(),
        place: format!("line {n}"),
        reason: "r".to_owned(),
        original: format!("{n}"),
    });
    let ids = quarantine.add_all(items.collect()).await.unwrap();
    assert_eq!(ids.len(), 25);
    quarantine.settle(ids[3]).await.unwrap();
    let mut listed = Vec::new();
    loop {
        let page = quarantine.list(listed.last().copied().unwrap_or(0), 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10);
        listed.extend(page.iter().map(|item| item.id));
    }
    assert!(listed.iter().eq(ids.iter().filter(|id| **id != ids[3])));
}

pub(crate) async fn a_settled_one_forgets_its_original(place: &impl Place) {
    let quarantine = place.create(false).await.quarantine();
    let id = quarantine.add("s", "line 1", "`Ada` is no number", "Ada;Lovelace").await.unwrap();
    place.clock().set(moment("2024-06-02"));
    assert!(quarantine.settle(id).await.unwrap());
    assert!(!quarantine.settle(id).await.unwrap());
    assert!(!quarantine.settle(id + 99).await.unwrap());
    let settled = quarantine.get(id).await.unwrap().unwrap();
    assert_eq!((settled.original, settled.settled_at), (None, Some(moment("2024-06-02"))));
    // The reason may quote what came; where it came from may be known.
    assert_eq!((settled.source.as_str(), settled.place.as_str()), ("s", "line 1"));
    assert_eq!(settled.reason, "");
    // The same original again stays settled.
    assert_eq!(quarantine.add("s", "line 1", "r", "Ada;Lovelace").await.unwrap(), id);
    assert_eq!(quarantine.count_open().await.unwrap(), 0);
    assert_eq!(quarantine.get(id).await.unwrap().unwrap().reason, "");
    assert_eq!(quarantine.get(id + 99).await.unwrap(), None);
}

pub(crate) async fn all_of_one_source_are_settled_at_once(place: &impl Place) {
    let quarantine = place.create(false).await.quarantine();
    let mut ids = Vec::new();
    for source in
        ["sync:a/1.csv", "sync:a/2.csv", "sync:ab/1.csv", "Sync:a/3.csv", "import:sync:a/"]
    {
        ids.push(quarantine.add(source, "line 1", "r", "Ada").await.unwrap());
    }
    assert_eq!(quarantine.settle_from("sync:a/").await.unwrap(), 2);
    assert_eq!(quarantine.settle_from("sync:a/").await.unwrap(), 0);
    assert_eq!(quarantine.settle_from("sync:_/").await.unwrap(), 0);
    let open = quarantine.list(0, 10).await.unwrap();
    assert!(open.iter().map(|item| item.id).eq(ids[2..].iter().copied()));
    let settled = quarantine.get(ids[0]).await.unwrap().unwrap();
    assert_eq!((settled.reason.as_str(), settled.original), ("", None));
}

pub(crate) async fn an_original_that_is_too_large_is_refused(place: &impl Place) {
    let quarantine = place.create(false).await.quarantine();
    let refused = quarantine.add("s", "line 1", "r", &"x".repeat(MAX_ORIGINAL + 1)).await;
    assert!(matches!(refused, Err(QuarantineError::TooLarge { .. })));
    quarantine.add("s", "line 1", "r", &"x".repeat(MAX_ORIGINAL)).await.unwrap();
}

pub(crate) async fn a_nul_is_kept_as_its_sign(place: &impl Place) {
    let quarantine = place.create(false).await.quarantine();
    let id = quarantine.add("s", "line 1", "r\0", "a\0b").await.unwrap();
    let kept = quarantine.get(id).await.unwrap().unwrap();
    assert_eq!((kept.reason.as_str(), kept.original.as_deref()), ("r\u{2400}", Some("a\u{2400}b")));
    assert_eq!(quarantine.add("s", "line 1", "r", "a\0b").await.unwrap(), id);
}
