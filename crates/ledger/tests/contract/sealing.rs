//! Personal data: sealed per person, erased with the key.

use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::private::Private;
use linchpin_ledger::{AppendError, Ledger, Mode, ReadError};

use crate::place::{Place, append, client, joined, outcomes};

const NAME: &str = "Wilhelmina Quackenbush";

fn everything() -> Private {
    Private {
        sealed: None,
        name: Some(NAME.to_owned()),
        email: Some("w.quackenbush@example.com".to_owned()),
        phone: Some("+49 30 5550123".to_owned()),
        note: Some("prefers Thursdays".to_owned()),
    }
}

fn private(entry: Entry) -> Private {
    let Body::Fact(Fact::ContactJoined(joined)) = entry.body else { panic!("not a joining") };
    joined.person
}

async fn person_at(ledger: &Ledger, position: u64) -> Private {
    private(ledger.entry(position).await.unwrap().unwrap())
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

pub(crate) async fn no_name_stands_in_any_file(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![joined("a", "crm:w", everything()), client("readable name")])
        .await
        .unwrap();
    assert!(person_at(&ledger, 2).await == everything());
    let bytes = place.bytes().await;
    for needle in ["Quackenbush", "quackenbush", "5550123", "Thursdays"] {
        assert!(!holds(&bytes, needle), "{needle}");
    }
    assert!(holds(&bytes, "readable name"), "the files were looked at");
    let stored = ledger.stored(2).await.unwrap().unwrap();
    assert!(stored.payload.contains("\"sealed\":"));
    ledger.close().await;
    assert!(!holds(&place.bytes().await, "Quackenbush"));
    let ledger = place.open(Mode::ReadOnly).await;
    assert!(person_at(&ledger, 2).await == everything());
}

async fn put_payload(place: &impl Place, position: u64, payload: &str) {
    let statement = format!("UPDATE entry SET payload = '{payload}' WHERE pos = {position}");
    place.run(&statement).await.unwrap();
}

pub(crate) async fn altered_data_is_damage(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![joined("a", "crm:w", everything()), client("b")]).await.unwrap();
    let stored = ledger.stored(2).await.unwrap().unwrap();
    let at = stored.payload.find("\"sealed\":\"").unwrap() + 100;
    place.unlock().await;
    for (at, what) in [(at, "altered"), (at - 60, "another key")] {
        let mut altered = stored.payload.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        put_payload(place, 2, &String::from_utf8(altered).unwrap()).await;
        match ledger.read(0, 9).await {
            Err(ReadError::Damaged { position: 2, reason }) => {
                assert!(reason.contains(what), "{reason}")
            }
            other => panic!("{other:?}"),
        }
        assert!(!ledger.stored(2).await.unwrap().unwrap().is_intact());
    }
    // Telling it again is refused for the damage, and others are not.
    let (again, other) = tokio::join!(
        append(&ledger, vec![joined("a", "crm:w", everything())]),
        append(&ledger, vec![client("c")])
    );
    assert!(matches!(again, Err(AppendError::Stored(ReadError::Damaged { .. }))), "{again:?}");
    assert_eq!(outcomes(&other.unwrap()), [(4, true)]);
}

pub(crate) async fn data_moved_to_another_entry_is_damage(place: &impl Place) {
    let ledger = place.create(false).await;
    let other = joined("b", "crm:w", Private::named("Someone"));
    append(&ledger, vec![joined("a", "crm:w", everything()), other]).await.unwrap();
    let first = ledger.stored(2).await.unwrap().unwrap();
    place.unlock().await;
    put_payload(place, 3, &first.payload).await;
    assert!(matches!(ledger.entry(3).await, Err(ReadError::Damaged { position: 3, .. })));
}

/// What erasing a person does to the vault.
const ERASE: &str = "UPDATE vault_key SET key = NULL; UPDATE ledger_head SET epoch = epoch + 1;";

pub(crate) async fn an_erased_person_has_no_data(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![joined("a", "crm:w", everything())]).await.unwrap();
    assert!(person_at(&ledger, 2).await == everything());
    let before = ledger.stored(2).await.unwrap();
    place.run(ERASE).await.unwrap();
    ledger.refresh().await.unwrap();
    assert!(person_at(&ledger, 2).await == Private::default());
    assert_eq!(ledger.stored(2).await.unwrap(), before);
    assert!(before.unwrap().is_intact());
    // A row that is gone altogether is no different.
    place.run("DELETE FROM vault_key; UPDATE ledger_head SET epoch = epoch + 1").await.unwrap();
    let reader = place.open(Mode::ReadOnly).await;
    assert!(person_at(&reader, 2).await == Private::default());
}

pub(crate) async fn nothing_personal_is_stored_about_the_erased(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![joined("a", "crm:w", everything())]).await.unwrap();
    place.run(ERASE).await.unwrap();
    // The same told again is no news, though nothing is left to compare.
    let again = append(&ledger, vec![joined("a", "crm:w", everything())]).await.unwrap();
    assert_eq!(outcomes(&again), [(2, false)]);
    let appended = append(&ledger, vec![joined("b", "crm:w", everything())]).await.unwrap();
    assert_eq!(outcomes(&appended), [(3, true)]);
    assert!(person_at(&ledger, 3).await == Private::default());
    assert!(!ledger.stored(3).await.unwrap().unwrap().payload.contains("sealed"));
    let again = append(&ledger, vec![joined("b", "crm:w", everything())]).await.unwrap();
    assert_eq!(outcomes(&again), [(3, false)]);
}

pub(crate) async fn sealed_data_is_not_taken_from_outside(place: &impl Place) {
    let ledger = place.create(false).await;
    let sealed = Private { sealed: Some("AQID".to_owned()), ..Private::default() };
    let refused = append(&ledger, vec![joined("a", "crm:w", sealed)]).await;
    assert!(matches!(refused, Err(AppendError::Invalid { index: 0, .. })), "{refused:?}");
}
