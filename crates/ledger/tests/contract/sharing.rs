//! More than one process on one ledger.

use std::collections::BTreeSet;

use linchpin_ledger::{AppendError, Mode, QuarantineError};

use crate::place::{Place, append, client, outcomes, registered};

pub(crate) async fn two_writers_on_one_ledger_share_one_line(place: &impl Place) {
    let ledgers = [place.create(false).await, place.open(Mode::ReadWrite).await];
    let mut writers = tokio::task::JoinSet::new();
    for (writer, ledger) in ledgers.iter().cloned().enumerate() {
        writers.spawn(async move {
            let mut positions = Vec::new();
            for n in 0..100 {
                // The same stream from both sides, and now and then the very same entry.
                let entries =
                    vec![registered(&format!("{writer}.{n}")), client(&format!("both {}", n / 10))];
                let appended = append(&ledger, entries).await.unwrap();
                let fresh = appended.outcomes.iter().filter(|outcome| outcome.fresh);
                positions.extend(fresh.map(|outcome| outcome.position));
            }
            positions
        });
    }
    let positions: Vec<u64> = writers.join_all().await.into_iter().flatten().collect();
    assert_eq!(positions.len(), 210);
    assert!(positions.iter().copied().collect::<BTreeSet<_>>().into_iter().eq(2..=211));
    for ledger in &ledgers {
        assert_eq!(ledger.refresh().await.unwrap().position, 211);
        assert_eq!(ledger.read(0, u64::MAX).await.unwrap().len(), 211);
    }
    let acme = registered("0.0").body.stream();
    assert_eq!(ledgers[0].stream_version(acme).await.unwrap(), 200);
}

pub(crate) async fn another_process_is_noticed_on_refresh(place: &impl Place) {
    let here = place.create(false).await;
    let there = place.open(Mode::ReadWrite).await;
    let mut watch = here.watch();
    append(&there, vec![client("a")]).await.unwrap();
    // At the latest when asked: an engine that is told of commits may have noticed by itself.
    assert_eq!(here.refresh().await.unwrap().position, 2);
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow(), 2);
    assert_eq!(here.refresh().await.unwrap().position, 2);
    assert!(!watch.has_changed().unwrap_or(true) || *watch.borrow() == 2);
    // Nor is it overlooked by an append.
    let appended = append(&here, vec![client("b"), client("a")]).await.unwrap();
    assert_eq!(outcomes(&appended), [(3, true), (2, false)]);
}

pub(crate) async fn a_reader_may_not_append(place: &impl Place) {
    let writer = place.create(false).await;
    let reader = place.open(Mode::ReadOnly).await;
    assert!(matches!(append(&reader, vec![client("a")]).await, Err(AppendError::ReadOnly)));
    let refused = reader.quarantine().add("s", "p", "r", "o").await;
    assert!(matches!(refused, Err(QuarantineError::Storage(_))));
    append(&writer, vec![client("a")]).await.unwrap();
    assert_eq!(reader.refresh().await.unwrap().position, 2);
    assert_eq!(reader.read(0, 9).await.unwrap().len(), 2);
}
