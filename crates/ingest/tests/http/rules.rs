//! Putting written rules in force.

use jiff::{SignedDuration, Timestamp};
use linchpin_domain::desk::Desk;
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_ingest::command::{AdoptError, adopt_policy, adopt_watchlist, found};
use linchpin_ledger::Ledger;
use linchpin_testkit::TempLedger;

async fn desk(ledger: &Ledger) -> Desk {
    let mut desk = Desk::default();
    for entry in ledger.read(0, ledger.head().position).await.unwrap() {
        desk.apply(&entry);
    }
    desk
}

#[tokio::test]
async fn a_new_ledger_gets_its_first_rules_once() {
    for temp in [TempLedger::real().await, TempLedger::simulated().await] {
        let ledger = temp.ledger();
        found(ledger).await.unwrap();
        found(ledger).await.unwrap();
        assert_eq!(ledger.head().position, 3);
        // They stand before every day, so that others can be adopted for any day.
        for position in [2, 3] {
            let first = ledger.entry(position).await.unwrap().unwrap();
            assert_eq!(first.occurred_at, Timestamp::UNIX_EPOCH);
        }
        let desk = desk(ledger).await;
        let today = desk.day_of(ledger.now());
        assert_eq!(desk.firm().policy_on(today).unwrap().0, 1);
        assert_eq!(desk.firm().watchlist_on(today).unwrap().0, 1);
    }
}

#[tokio::test]
async fn rules_are_adopted_replaced_and_adopted_again() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    let same = adopt_policy(ledger, FIRST_POLICY, None, "page:anna").await.unwrap();
    assert_eq!((same.version, same.fresh, same.position), (1, false, 2));

    let other = format!("{FIRST_POLICY}\n# approved again\n");
    for (document, version) in [(other.as_str(), 2), (FIRST_POLICY, 3), (other.as_str(), 4)] {
        temp.clock().advance(SignedDuration::from_hours(24));
        let adopted = adopt_policy(ledger, document, None, "page:anna").await.unwrap();
        assert_eq!((adopted.version, adopted.fresh), (version, true));
        let again = adopt_policy(ledger, document, None, "page:anna").await.unwrap();
        assert_eq!(
            (again.version, again.fresh, again.position),
            (version, false, adopted.position)
        );
        let desk = desk(ledger).await;
        assert_eq!(desk.firm().policy_on(desk.day_of(ledger.now())).unwrap().0, version);
    }
    let watchlist = adopt_watchlist(ledger, FIRST_WATCHLIST, None, "page:anna").await.unwrap();
    assert!(!watchlist.fresh);
    let watchlist = format!("{FIRST_WATCHLIST}\n# mended\n");
    assert!(adopt_watchlist(ledger, &watchlist, None, "page:anna").await.unwrap().fresh);
}

#[tokio::test]
async fn a_document_that_does_not_hold_is_refused_with_the_place() {
    let temp = TempLedger::real().await;
    let wrong = FIRST_POLICY.replacen("measure = \"revenue\"", "measure = \"luck\"", 1);
    let error = adopt_policy(temp.ledger(), &wrong, None, "desk").await.unwrap_err();
    let AdoptError::Document(place) = &error else { panic!("{error}") };
    assert!(place.line > 1 && error.to_string().contains("luck"), "{error}");
    assert!(adopt_watchlist(temp.ledger(), "rules = 5", None, "desk").await.is_err());
    assert_eq!(temp.ledger().head().position, 1);
}
