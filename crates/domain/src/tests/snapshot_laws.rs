//! A fold that was written down and read back goes on as if nothing had been.

use proptest::prelude::*;

use super::laws::any_history;
use super::story::*;
use crate::alert::settle;
use crate::decision::{AlertAcknowledged, AlertSnoozed, Decision};
use crate::desk::Desk;
use crate::entry::{Body, Entry, MadeFrom};
use crate::fact::*;
use crate::genesis::Genesis;
use crate::id::{ContactId, EntryId};
use crate::private::Private;

fn written(desk: &Desk) -> Vec<u8> {
    rmp_serde::to_vec_named(desk).unwrap()
}

fn read_back(desk: &Desk) -> Desk {
    rmp_serde::from_slice(&written(desk)).unwrap()
}

/// The entries of a desk that was told a story and raised the alerts that follow from it, some of
/// which were taken in hand or put off.
fn entries(story: &[Told]) -> Vec<Entry> {
    let mut desk = desk(&[]);
    let mut entries = Vec::new();
    let mut take = |desk: &mut Desk, id, body| {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let next = entry(desk.position() + 1, id, at, body);
        desk.apply(&next);
        entries.push(next);
    };
    for told in story {
        take(&mut desk, told.id, Body::Fact(told.fact.clone()));
        let today = desk.day_of(told.at);
        let Some(account) = desk.account(acme()) else { continue };
        let made_from = MadeFrom { position: desk.position(), on: today, version: 1 };
        let look = crate::watch::look(&desk.client(account.id).unwrap(), today);
        for decision in settle(desk.alerts(), desk.firm(), acme(), &look, made_from) {
            let raised = match &decision {
                Decision::AlertRaised(raised) => Some((raised.alert, raised.episode)),
                _ => None,
            };
            let id = EntryId::named(&format!("{decision:?}"));
            take(&mut desk, id, Body::Decision(decision));
            let account = acme();
            let act: Decision = match raised {
                Some((alert, 1)) => {
                    AlertAcknowledged { account, alert, note: Some("on it".to_owned()) }.into()
                }
                Some((alert, 2)) => {
                    AlertSnoozed { account, alert, until: day("2026-06-01") }.into()
                }
                _ => continue,
            };
            take(&mut desk, EntryId::named(&format!("{act:?}")), Body::Decision(act));
        }
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_the_rest_equal_the_whole((_, story) in any_history(), split in any::<prop::sample::Index>()) {
        let entries = entries(&story);
        let (mut whole, mut part) = (desk(&[]), desk(&[]));
        let split = split.index(entries.len() + 1);
        for (at, entry) in entries.iter().enumerate() {
            if at == split {
                part = read_back(&part);
            }
            prop_assert_eq!(whole.apply(entry), part.apply(entry));
        }
        prop_assert_eq!(written(&whole), written(&part));
        prop_assert_eq!(format!("{whole:?}"), format!("{part:?}"));
        if whole.account(acme()).is_some() {
            prop_assert_eq!(look_on(&whole, "2026-03-01").due, look_on(&part, "2026-03-01").due);
        }
    }
}

/// Each kind of entry, as its golden file has it, in the order of the alphabet but for the first.
#[test]
fn no_kind_of_entry_is_lost() {
    let genesis = std::iter::once((Genesis::NAME, 1));
    let kinds = genesis.chain(Fact::KINDS.iter().copied()).chain(Decision::KINDS.iter().copied());
    let mut desk = Desk::default();
    for ((name, version), position) in kinds.zip(1..) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
        let text = std::fs::read_to_string(format!("{folder}/{name}.v{version}.json")).unwrap();
        let body = crate::wire::decode(name, version, text.trim_end()).unwrap();
        let at = "2026-01-01T00:00:00.000001Z".parse().unwrap();
        desk.apply(&entry(position, EntryId::named(name), at, body));
        let again = read_back(&desk);
        assert_eq!(format!("{desk:?}"), format!("{again:?}"), "{name}");
        assert_eq!(written(&desk), written(&again), "{name}");
    }
}

/// Its debug form does not show personal data, so it is compared for itself.
#[test]
fn what_is_known_of_a_person_is_kept_field_by_field() {
    let full = |skip: usize| {
        let given = |at: usize, text: &str| (at != skip).then(|| text.to_owned());
        let (name, email) = (given(0, "Ann"), given(1, "ann@example.com"));
        Private { name, email, phone: given(2, "1"), note: given(3, "likes tea"), sealed: None }
    };
    for skip in 0..5 {
        let joined = ContactJoined { person: full(skip), ..joined("ann", None, None) };
        let again = read_back(&desk(&[told("2024-01-05", joined)]));
        let contact = account(&again).contact_on(ContactId::named("ann"), day("2024-02-01"));
        assert_eq!(contact.unwrap().person, full(skip));
    }
}
