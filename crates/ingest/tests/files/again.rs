//! Mended and fed again.

use linchpin_ingest::import::{FeedAgainError, ImportOptions, feed_again};
use linchpin_testkit::TempLedger;

use crate::unit::{HEADER, ROWS, book, feed, told};

const BROKEN: &str = "536370,POST,\"POSTAGE,3,2010-12-01 08:46:00,18.0,12583.0,France";

async fn quarantined() -> (TempLedger, i64) {
    let desk = TempLedger::real().await;
    let mut rows = ROWS;
    rows[1] = BROKEN;
    feed(&desk, book(rows)).await;
    let item = desk.ledger().quarantine().list(0, 10).await.unwrap().remove(0);
    (desk, item.id)
}

#[tokio::test]
async fn mended_rows_are_taken_and_the_item_is_settled() {
    let (desk, id) = quarantined().await;
    let options = ImportOptions::default();
    let mended = book([ROWS[0], ROWS[1]]);
    let summary = feed_again(desk.ledger(), id, Some(&mended), None, &options).await.unwrap();
    assert_eq!((summary.lines, summary.facts.new), (2, 2));
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 0);

    let whole = TempLedger::real().await;
    feed(&whole, book(ROWS)).await;
    // A client is registered by whatever tells of it first; all else is the same.
    let told = async |desk: &TempLedger| {
        let mut told = told(desk.ledger()).await;
        told.retain(|fact| !fact.contains("AccountRegistered"));
        told
    };
    assert_eq!(told(&desk).await, told(&whole).await);

    let again = feed_again(desk.ledger(), id, Some(&mended), None, &options).await;
    assert!(matches!(again, Err(FeedAgainError::Settled(_))));
    let missing = feed_again(desk.ledger(), 999, None, None, &options).await;
    assert!(matches!(missing, Err(FeedAgainError::Missing(999))));
}

#[tokio::test]
async fn the_text_that_was_kept_can_be_mended_in_place() {
    let (desk, id) = quarantined().await;
    let original = desk.ledger().quarantine().get(id).await.unwrap().unwrap().original.unwrap();
    assert!(original.starts_with(HEADER), "{original}");
    let mended = original.replace("\"POSTAGE", "POSTAGE");
    feed_again(desk.ledger(), id, Some(&mended), None, &ImportOptions::default()).await.unwrap();
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 0);
}

#[tokio::test]
async fn what_still_cannot_be_read_stays_and_nothing_of_it_is_taken() {
    let (desk, id) = quarantined().await;
    let before = desk.ledger().head();
    let options = ImportOptions::default();
    for mended in
        [None, Some(book([ROWS[0], "536370,POST,x,three,2010-12-01 08:46:00,1,12583.0,France"]))]
    {
        let still = feed_again(desk.ledger(), id, mended.as_deref(), None, &options).await;
        assert!(matches!(still, Err(FeedAgainError::StillUnreadable { .. })), "{still:?}");
    }
    assert_eq!(desk.ledger().head(), before);
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 1);
}

#[tokio::test]
async fn what_differs_from_what_is_known_is_said() {
    let (desk, id) = quarantined().await;
    feed(&desk, book(ROWS)).await;
    let mended = book([ROWS[0]]);
    let options = ImportOptions::default();
    let differs = feed_again(desk.ledger(), id, Some(&mended), None, &options).await;
    assert!(matches!(differs, Err(FeedAgainError::Conflicting { .. })), "{differs:?}");
    let options = ImportOptions { correct: true, ..options };
    let summary = feed_again(desk.ledger(), id, Some(&mended), None, &options).await.unwrap();
    assert_eq!(summary.facts.corrected, 1);
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 0);
}

#[tokio::test]
async fn what_came_through_another_door_is_not_fed_here() {
    let desk = TempLedger::real().await;
    let id = desk.ledger().quarantine().add("http", "line 3", "not JSON", "{").await.unwrap();
    let refused = feed_again(desk.ledger(), id, None, None, &ImportOptions::default()).await;
    assert!(matches!(refused, Err(FeedAgainError::NotImported { .. })));
}
