//! Positions, commit order, group commit.

use std::collections::BTreeSet;

use linchpin_domain::entry::{Body, Stream};
use linchpin_domain::fact::AccountRenamed;
use linchpin_domain::id::AccountId;
use linchpin_ledger::{AppendError, MAX_ENTRIES, Mode};
use linchpin_testkit::{genesis, told};

use crate::place::{Place, append, client, outcomes, registered, registered_as};

pub(crate) async fn the_first_entry_says_how_the_ledger_was_made(place: &impl Place) {
    let ledger = place.create(false).await;
    assert_eq!(ledger.head().position, 1);
    assert_eq!(ledger.genesis(), &genesis(false));
    let first = ledger.entry(1).await.unwrap().unwrap();
    assert_eq!(first.body, Body::Genesis(genesis(false)));
    assert_eq!((first.stream, first.version), (Stream::Firm, 1));
    assert_eq!(ledger.entry(0).await.unwrap(), None);
    assert_eq!(ledger.entry(2).await.unwrap(), None);
}

pub(crate) async fn positions_are_gapless_and_in_the_order_of_answers(place: &impl Place) {
    let ledger = place.create(false).await;
    for n in 0..20_u64 {
        let entries = vec![client(&format!("a{n}")), registered(&format!("b{n}"))];
        let appended = append(&ledger, entries).await.unwrap();
        assert_eq!(outcomes(&appended), [(2 + 2 * n, true), (3 + 2 * n, true)]);
        assert_eq!(appended.head, 3 + 2 * n);
        assert_eq!(ledger.head().position, 3 + 2 * n);
    }
    let entries = ledger.read(0, u64::MAX).await.unwrap();
    assert!(entries.iter().map(|entry| entry.position).eq(1..=41));
    let acme = Stream::Account(AccountId::named("crm:acme"));
    let versions = entries.iter().filter(|entry| entry.stream == acme).map(|entry| entry.version);
    assert!(versions.eq(1..=20));
}

pub(crate) async fn many_callers_at_once_and_a_bad_one_among_them(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![registered_as("taken", "Acme")]).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..64 {
        let ledger = ledger.clone();
        callers.spawn(async move {
            let mut positions = Vec::new();
            for n in 0..10 {
                if caller == 32 {
                    let bad = vec![client(&format!("bad{n}")), registered_as("taken", "Other")];
                    let refused = append(&ledger, bad).await.unwrap_err();
                    assert!(matches!(refused, AppendError::Conflict { index: 1, position: 2, .. }));
                    continue;
                }
                let entries =
                    vec![client(&format!("{caller}.{n}")), registered(&format!("{caller}:{n}"))];
                let appended = append(&ledger, entries).await.unwrap();
                // What is answered is committed, and a request's entries stand together.
                assert!(ledger.head().position >= appended.outcomes[1].position);
                assert_eq!(appended.outcomes[0].position + 1, appended.outcomes[1].position);
                positions.extend(appended.outcomes.iter().map(|outcome| outcome.position));
            }
            positions
        });
    }
    let positions: BTreeSet<u64> = callers.join_all().await.into_iter().flatten().collect();
    assert!(positions.into_iter().eq(3..3 + 63 * 20));
    let entries = ledger.read(0, u64::MAX).await.unwrap();
    assert_eq!(entries.len(), 2 + 63 * 20);
    assert!(entries.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
    for entry in &entries {
        let stored = ledger.stored(entry.position).await.unwrap().unwrap();
        assert!(stored.is_intact());
    }
}

pub(crate) async fn a_request_is_stored_whole_or_not_at_all(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![registered_as("taken", "Acme")]).await.unwrap();
    let refused =
        append(&ledger, vec![client("a"), registered_as("taken", "Other"), client("b")]).await;
    assert!(matches!(refused, Err(AppendError::Conflict { index: 1, .. })));
    assert_eq!(ledger.refresh().await.unwrap().position, 2);
    assert_eq!(ledger.find(&[client("a").id]).await.unwrap(), [None]);
    assert_eq!(ledger.stream_version(client("a").body.stream()).await.unwrap(), 0);
}

pub(crate) async fn a_request_out_of_bounds_is_refused(place: &impl Place) {
    let ledger = place.create(false).await;
    let too_many = vec![client("a"); MAX_ENTRIES + 1];
    assert!(matches!(append(&ledger, too_many).await, Err(AppendError::TooLarge { .. })));
    let long = AccountRenamed { account: AccountId::named("crm:a"), name: "x".repeat(300_000) };
    let refused = append(&ledger, vec![told("long", "2024-05-01", long)]).await;
    assert!(matches!(refused, Err(AppendError::Invalid { .. } | AppendError::TooLarge { .. })));
    let mut odd = client("odd");
    odd.actor = "two\u{1f}fields".to_owned();
    assert!(matches!(append(&ledger, vec![odd]).await, Err(AppendError::Invalid { index: 0, .. })));
    let mut first = client("first");
    first.body = Body::Genesis(genesis(true));
    assert!(matches!(append(&ledger, vec![first]).await, Err(AppendError::Invalid { .. })));
    let nothing = append(&ledger, Vec::new()).await.unwrap();
    assert_eq!((nothing.outcomes.len(), nothing.head), (0, 1));
    assert_eq!(ledger.refresh().await.unwrap().position, 1);
}

pub(crate) async fn the_watch_tells_the_new_head(place: &impl Place) {
    let ledger = place.create(false).await;
    let mut watch = ledger.watch();
    assert_eq!(*watch.borrow_and_update(), 1);
    append(&ledger, vec![client("a")]).await.unwrap();
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), 2);
}

pub(crate) async fn a_closed_ledger_says_so(place: &impl Place) {
    let ledger = place.create(false).await;
    let clone = ledger.clone();
    // What waits when it is closed is stored and answered.
    let waiting = tokio::spawn({
        let ledger = ledger.clone();
        async move { append(&ledger, vec![client("a")]).await }
    });
    tokio::task::yield_now().await;
    ledger.close().await;
    match waiting.await.unwrap() {
        Ok(appended) => assert_eq!(outcomes(&appended), [(2, true)]),
        Err(error) => assert!(matches!(error, AppendError::Closed)),
    }
    assert!(matches!(append(&clone, vec![client("b")]).await, Err(AppendError::Closed)));
    assert!(clone.read(0, 9).await.is_err());
    let again = place.open(Mode::ReadWrite).await;
    append(&again, vec![client("c")]).await.unwrap();
}
