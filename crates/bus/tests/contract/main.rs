//! The contract of the feed: every bus passes all of it, unchanged. Another bus is one more `Way`
//! and one more line below.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod embedded;
mod feed;
mod nats;

macro_rules! contract {
    ($($way:ident: $bus:ty),*: $tests:tt) => {
        $(mod $way { contract! { @ $bus: $tests } })*
    };
    (@ $bus:ty: { $($test:ident)* }) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            crate::feed::$test::<$bus>().await;
        }
    )*};
}

contract! {
    on_embedded: crate::embedded::Embedded, on_nats: crate::nats::OverNats: {
        everything_comes_once_and_in_order
        it_begins_after_a_position
        it_waits_for_what_is_not_there_yet
        it_gives_nothing_when_caught_up
        who_stops_waiting_loses_nothing
        many_feeds_see_the_same_while_many_append
        entries_of_another_process_come_too
    }
}
