//! What several processes on one ledger share: leases and tokens, and a secret of the ledger's own.

use std::time::Duration;

use jiff::SignedDuration;
use linchpin_ledger::{Mode, NewToken, TokenError};
use uuid::Uuid;

use crate::place::{Place, moment};

const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(300);

pub(crate) async fn a_lease_has_one_holder(place: &impl Place) {
    let here = place.create(false).await;
    let there = place.open(Mode::ReadWrite).await;
    assert!(here.take_lease("relay", ONE, LONG).await.unwrap());
    assert!(!there.take_lease("relay", TWO, LONG).await.unwrap());
    assert!(there.take_lease("other", TWO, LONG).await.unwrap());
    assert!(here.take_lease("relay", ONE, LONG).await.unwrap());
    // Giving up what another holds changes nothing.
    there.release_lease("relay", TWO).await.unwrap();
    assert!(!there.take_lease("relay", TWO, LONG).await.unwrap());
    here.release_lease("relay", ONE).await.unwrap();
    assert!(there.take_lease("relay", TWO, LONG).await.unwrap());
    assert!(!here.take_lease("relay", ONE, LONG).await.unwrap());
}

pub(crate) async fn a_lease_that_is_not_renewed_passes_on(place: &impl Place) {
    let ledger = place.create(false).await;
    assert!(ledger.take_lease("relay", ONE, SHORT).await.unwrap());
    assert!(!ledger.take_lease("relay", TWO, SHORT).await.unwrap());
    // Whichever clock counts: both go on.
    tokio::time::sleep(SHORT * 2).await;
    place.clock().advance(SignedDuration::from_millis(600));
    assert!(ledger.take_lease("relay", TWO, LONG).await.unwrap());
    assert!(!ledger.take_lease("relay", ONE, LONG).await.unwrap());
}

pub(crate) async fn of_many_who_want_a_lease_one_gets_it(place: &impl Place) {
    let ledger = place.create(false).await;
    let mut wanting = tokio::task::JoinSet::new();
    for holder in 1..=16 {
        let ledger = ledger.clone();
        wanting.spawn(async move {
            ledger.take_lease("relay", Uuid::from_u128(holder), LONG).await.unwrap()
        });
    }
    assert_eq!(wanting.join_all().await.into_iter().filter(|held| *held).count(), 1);
}

fn token(name: &str, hash: u8) -> NewToken {
    NewToken { name: name.to_owned(), role: "reader".to_owned(), hash: [hash; 32] }
}

pub(crate) async fn a_token_is_found_by_its_hash(place: &impl Place) {
    let ledger = place.create(false).await;
    let tokens = ledger.tokens();
    tokens.add(token("zoe", 1)).await.unwrap();
    place.clock().set(moment("2024-06-02"));
    tokens.add(token("abe", 2)).await.unwrap();
    let taken = tokens.add(token("zoe", 3)).await;
    assert!(matches!(taken, Err(TokenError::NameTaken(name)) if name == "zoe"));
    assert!(matches!(tokens.add(token("", 3)).await, Err(TokenError::Name { .. })));
    assert!(matches!(tokens.add(token("a\nb", 3)).await, Err(TokenError::Name { .. })));
    assert_eq!(tokens.find([3; 32]).await.unwrap(), None);
    let found = tokens.find([2; 32]).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.role.as_str()), ("abe", "reader"));
    assert_eq!(found.created_at, moment("2024-06-02"));
    assert_eq!((found.last_used_at, found.revoked_at), (None, None));
    let listed = place.open(Mode::ReadOnly).await.tokens().list().await.unwrap();
    assert!(listed.iter().map(|token| token.name.as_str()).eq(["abe", "zoe"]));
}

pub(crate) async fn a_revoked_token_says_since_when(place: &impl Place) {
    let tokens = place.create(false).await.tokens();
    tokens.add(token("zoe", 1)).await.unwrap();
    assert!(!tokens.revoke("abe").await.unwrap());
    assert!(tokens.revoke("zoe").await.unwrap());
    assert!(!tokens.revoke("zoe").await.unwrap());
    let found = tokens.find([1; 32]).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(moment("2024-06-01T12:00:00Z")));
    assert!(matches!(tokens.add(token("zoe", 2)).await, Err(TokenError::NameTaken(_))));
}

pub(crate) async fn the_use_of_a_token_is_noted_once_a_minute(place: &impl Place) {
    let tokens = place.create(false).await.tokens();
    tokens.add(token("zoe", 1)).await.unwrap();
    for (now, noted) in [
        ("2024-06-01T12:00:00Z", "2024-06-01T12:00:00Z"),
        ("2024-06-01T12:00:59Z", "2024-06-01T12:00:00Z"),
        ("2024-06-01T12:01:00Z", "2024-06-01T12:01:00Z"),
        ("2024-06-01T12:00:30Z", "2024-06-01T12:01:00Z"),
    ] {
        place.clock().set(moment(now));
        tokens.touch("zoe").await.unwrap();
        tokens.touch("nobody").await.unwrap();
        let found = tokens.find([1; 32]).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(moment(noted)), "{now}");
    }
}

pub(crate) async fn a_derived_key_is_the_ledgers_own(place: &impl Place) {
    let here = place.create(false).await;
    let there = place.open(Mode::ReadOnly).await;
    assert_eq!(here.secret_for("a"), there.secret_for("a"));
    assert_ne!(here.secret_for("a"), here.secret_for("b"));
    assert_eq!(here.epoch(), there.epoch());
    place.run("UPDATE ledger_head SET epoch = epoch + 1").await.unwrap();
    here.refresh().await.unwrap();
    assert_eq!(here.epoch(), there.epoch() + 1);
}
