//! Expected versions.

use linchpin_domain::entry::Stream;
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Append, AppendError, Appended, Ledger, NewEntry};

use crate::place::{Place, append, client, outcomes, registered};

fn acme() -> Stream {
    Stream::Account(AccountId::named("crm:acme"))
}

async fn expecting(
    ledger: &Ledger,
    version: u64,
    entries: Vec<NewEntry>,
) -> Result<Appended, AppendError> {
    ledger.append(Append { expected: Some((acme(), version)), ..Append::of(entries) }).await
}

pub(crate) async fn the_expected_version_must_hold(place: &impl Place) {
    let ledger = place.create(false).await;
    expecting(&ledger, 0, vec![registered("a"), registered("b")]).await.unwrap();
    assert_eq!(ledger.stream_version(acme()).await.unwrap(), 2);
    let refused = expecting(&ledger, 1, vec![registered("c")]).await.unwrap_err();
    assert!(
        matches!(refused, AppendError::WrongVersion { stream, expected: 1, found: 2 } if stream == acme())
    );
    // What happens elsewhere does not matter.
    append(&ledger, vec![client("other")]).await.unwrap();
    expecting(&ledger, 2, vec![registered("c"), client("more")]).await.unwrap();
    assert_eq!(ledger.stream_version(acme()).await.unwrap(), 3);
}

pub(crate) async fn of_two_who_expect_the_same_one_wins(place: &impl Place) {
    let ledger = place.create(false).await;
    for round in 0..20_u64 {
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..8 {
            let ledger = ledger.clone();
            callers.spawn(async move {
                expecting(&ledger, round, vec![registered(&format!("{round}.{caller}"))])
                    .await
                    .is_ok()
            });
        }
        let won = callers.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
}

pub(crate) async fn a_stored_request_is_answered_whatever_it_expects(place: &impl Place) {
    let ledger = place.create(false).await;
    let first = expecting(&ledger, 0, vec![registered("a")]).await.unwrap();
    assert_eq!(outcomes(&first), [(2, true)]);
    let again = expecting(&ledger, 0, vec![registered("a")]).await.unwrap();
    assert_eq!(outcomes(&again), [(2, false)]);
}
