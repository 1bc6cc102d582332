//! Each decision names the entry that led to it, and belongs to the same piece of work.

use jiff::SignedDuration;
use linchpin_bus::Runner;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Ledger, NewEntry, Stored};
use linchpin_testkit::TempLedger;
use uuid::Uuid;

use crate::tally::{Tally, registered, renamed};

const TRACE: Uuid = Uuid::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);

fn traced(entry: NewEntry) -> NewEntry {
    NewEntry { correlation: Some(TRACE), ..entry }
}

async fn newest(ledger: &Ledger) -> Stored {
    let head = ledger.refresh().await.unwrap().position;
    ledger.stored(head).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_decision_carries_on_the_trace_of_what_led_to_it() {
    let temp = TempLedger::real().await;
    let mut runner = Runner::new(temp.ledger().clone(), Tally::default());
    runner.settle(None).await.unwrap();
    temp.append(vec![renamed("untraced"), traced(renamed("traced"))]).await;
    assert_eq!(runner.settle(None).await.unwrap(), 2);
    let decision = newest(temp.ledger()).await;
    assert_eq!(decision.causation, Some(EntryId::named("traced")), "the newest about the account");
    assert_eq!(decision.correlation, Some(TRACE));
    let read = temp.ledger().entry(decision.position).await.unwrap().unwrap();
    assert_eq!(read.correlation, Some(TRACE));

    temp.append(vec![renamed("later")]).await;
    runner.settle(None).await.unwrap();
    let decision = newest(temp.ledger()).await;
    assert_eq!((decision.causation, decision.correlation), (Some(EntryId::named("later")), None));
}

#[tokio::test]
async fn what_falls_due_by_itself_has_no_cause() {
    let temp = TempLedger::real().await;
    let mut runner = Runner::new(temp.ledger().clone(), Tally::default());
    temp.append(vec![traced(registered("a"))]).await;
    assert_eq!(runner.settle(None).await.unwrap(), 0);
    temp.clock().advance(SignedDuration::from_hours(24));
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    let decision = newest(temp.ledger()).await;
    assert_eq!((decision.causation, decision.correlation), (None, None));
}

#[tokio::test]
async fn history_read_anew_leads_to_nothing_but_what_came_today_does() {
    let temp = TempLedger::real().await;
    temp.append(vec![traced(registered("a"))]).await;
    temp.clock().advance(SignedDuration::from_hours(24));
    let settle = async || {
        Runner::new(temp.ledger().clone(), Tally::default()).settle(None).await.unwrap();
        newest(temp.ledger()).await
    };
    assert_eq!(settle().await.causation, None);
    temp.append(vec![traced(renamed("b"))]).await;
    let decision = settle().await;
    assert_eq!(decision.causation, Some(EntryId::named("b")));
    assert_eq!(decision.correlation, Some(TRACE));
}
