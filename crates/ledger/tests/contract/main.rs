//! The contract of the ledger: every engine passes all of it, unchanged. A group is a module of
//! plain functions that take a place where ledgers can be made; an engine is one line below.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod clock;
mod copying;
mod desks;
mod duplicates;
mod expected;
mod idempotency;
mod immutable;
mod interleaving;
mod place;
mod positions;
mod postgres;
mod quarantine;
mod reading;
mod sealing;
mod sharing;
mod sqlite;

macro_rules! tests {
    ($place:ty: $($group:ident { $($test:ident)* })*) => {$(
        mod $group {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let Some(place) = <$place as crate::place::Place>::new().await else { return };
                    crate::$group::$test(&place).await;
                }
            )*
        }
    )*};
}

/// The contract, for one engine.
macro_rules! contract {
    ($place:ty) => {
        tests! { $place:
            positions {
                the_first_entry_says_how_the_ledger_was_made
                positions_are_gapless_and_in_the_order_of_answers
                many_callers_at_once_and_a_bad_one_among_them
                a_request_is_stored_whole_or_not_at_all
                a_request_out_of_bounds_is_refused
                the_watch_tells_the_new_head
                a_closed_ledger_says_so
            }
            expected {
                the_expected_version_must_hold
                of_two_who_expect_the_same_one_wins
                a_stored_request_is_answered_whatever_it_expects
            }
            idempotency {
                the_same_key_with_the_same_content_answers_as_the_first_time
                the_same_key_with_other_content_is_refused
                a_key_is_good_across_a_restart
                a_refused_request_leaves_its_key_unused
                keys_of_two_sources_never_meet
            }
            duplicates {
                the_same_entry_again_is_no_news
                the_same_id_with_other_content_is_a_conflict
                the_same_id_at_another_time_is_a_conflict
                the_same_id_twice_in_one_request_counts_once
                the_same_id_differing_within_one_request_is_a_conflict
                what_is_there_first_may_be_kept
                the_same_sealed_entry_again_is_no_news
            }
            clock {
                recorded_at_never_runs_backwards
                an_entry_without_a_time_happened_when_recorded
                a_simulated_ledger_takes_its_time_from_the_input
                the_last_position_known_at_a_moment
            }
            immutable {
                entries_cannot_be_changed_or_deleted
                what_is_stored_is_exactly_this
                an_unknown_type_is_carried
                a_newer_version_of_a_known_type_is_refused
                a_missing_entry_is_noticed
            }
            reading {
                chunks_join_without_a_seam
                large_entries_make_smaller_chunks
                a_stream_is_read_both_ways
                entries_are_found_by_id_and_position
                a_reopened_ledger_reads_the_same
                what_is_stored_reads_the_same_by_another_way
            }
            interleaving {
                a_writer_that_waits_holds_up_the_next_and_readers_see_neither
                a_follower_never_skips_and_never_sees_what_is_undone
                one_that_goes_away_in_the_middle_leaves_no_trace
            }
            sharing {
                two_writers_on_one_ledger_share_one_line
                another_process_is_noticed_on_refresh
                a_reader_may_not_append
            }
            sealing {
                no_name_stands_in_any_file
                altered_data_is_damage
                data_moved_to_another_entry_is_damage
                an_erased_person_has_no_data
                nothing_personal_is_stored_about_the_erased
                sealed_data_is_not_taken_from_outside
            }
            quarantine {
                an_original_is_kept_once
                the_open_ones_are_listed_page_by_page
                a_settled_one_forgets_its_original
                all_of_one_source_are_settled_at_once
                an_original_that_is_too_large_is_refused
                a_nul_is_kept_as_its_sign
            }
            desks {
                a_lease_has_one_holder
                a_lease_that_is_not_renewed_passes_on
                of_many_who_want_a_lease_one_gets_it
                a_token_is_found_by_its_hash
                a_revoked_token_says_since_when
                the_use_of_a_token_is_noted_once_a_minute
                a_derived_key_is_the_ledgers_own
            }
        }
    };
}

mod on_sqlite {
    contract! { crate::sqlite::File }
}

mod on_postgres {
    contract! { crate::postgres::Database }
}
