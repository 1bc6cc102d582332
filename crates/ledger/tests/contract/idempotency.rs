//! Keys under which a request may be asked again.

use linchpin_ledger::{AppendError, Mode};

use crate::place::{Place, append, append_as, client, outcomes, registered_as};

pub(crate) async fn the_same_key_with_the_same_content_answers_as_the_first_time(
    place: &impl Place,
) {
    let ledger = place.create(false).await;
    append(&ledger, vec![client("old")]).await.unwrap();
    let request = || vec![client("a"), client("old"), client("b"), client("a")];
    let first = append_as(&ledger, "crm", "k1", request()).await.unwrap();
    assert_eq!(outcomes(&first), [(3, true), (2, false), (4, true), (3, false)]);
    append(&ledger, vec![client("c")]).await.unwrap();
    let again = append_as(&ledger, "crm", "k1", request()).await.unwrap();
    assert_eq!(again.outcomes, first.outcomes);
    assert_eq!(ledger.head().position, 5);
    // Asked twice at once, it is stored once.
    let ask = || append_as(&ledger, "crm", "k2", vec![client("d")]);
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!(outcomes(&one.unwrap()), [(6, true)]);
    assert_eq!(outcomes(&two.unwrap()), [(6, true)]);
}

pub(crate) async fn the_same_key_with_other_content_is_refused(place: &impl Place) {
    let ledger = place.create(false).await;
    append_as(&ledger, "crm", "k", vec![client("a")]).await.unwrap();
    for other in [vec![client("b")], vec![client("a"), client("b")], vec![registered_as("a", "x")]]
    {
        let refused = append_as(&ledger, "crm", "k", other).await.unwrap_err();
        assert!(matches!(refused, AppendError::KeyReused { .. }), "{refused:?}");
    }
    assert_eq!(ledger.refresh().await.unwrap().position, 2);
}

pub(crate) async fn a_key_is_good_across_a_restart(place: &impl Place) {
    let ledger = place.create(false).await;
    append_as(&ledger, "crm", "k", vec![client("a")]).await.unwrap();
    ledger.close().await;
    let ledger = place.open(Mode::ReadWrite).await;
    let again = append_as(&ledger, "crm", "k", vec![client("a")]).await.unwrap();
    assert_eq!(outcomes(&again), [(2, true)]);
}

pub(crate) async fn a_refused_request_leaves_its_key_unused(place: &impl Place) {
    let ledger = place.create(false).await;
    append(&ledger, vec![registered_as("taken", "Acme")]).await.unwrap();
    let refused = append_as(&ledger, "crm", "k", vec![registered_as("taken", "Other")]).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })));
    append_as(&ledger, "crm", "k", vec![client("a")]).await.unwrap();
}

pub(crate) async fn keys_of_two_sources_never_meet(place: &impl Place) {
    let ledger = place.create(false).await;
    append_as(&ledger, "crm", "k", vec![client("a")]).await.unwrap();
    append_as(&ledger, "erp", "k", vec![client("b")]).await.unwrap();
    assert_eq!(ledger.head().position, 3);
}
