//! The index of names, kept up to date by whoever asks.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use linchpin_domain::fact::{
    AccountRegistered, AccountRenamed, AccountsMerged, AccountsUnmerged, FactRetracted,
};
use linchpin_domain::id::EntryId;
use proptest::prelude::*;

use super::*;

const NAMES: [&str; 6] = [
    "Northgate",
    "Northgate Ltd",
    "Northgate Poland",
    "Wardrobes of Narnia",
    "Imperial Northgate Wardrobes",
    "INW",
];

/// What is told of a few accounts: registered, renamed, merged, unmerged, or something before
/// it taken back.
fn stories() -> impl Strategy<Value = Vec<(u8, u8, u8, usize)>> {
    prop::collection::vec((0..5_u8, 0..6_u8, 0..6_u8, 0..60_usize), 1..60)
}

fn account(number: u8) -> AccountId {
    AccountId::named(&format!("test:{number}"))
}

fn entries(story: &[(u8, u8, u8, usize)]) -> Vec<Entry> {
    let reason = || "said".to_owned();
    let told = story.iter().enumerate().map(|(at, (kind, one, two, number))| {
        let (id, other) = (account(*one), account(*two));
        let name = NAMES[number % NAMES.len()].to_owned();
        let country = (number % 3 == 0).then(|| "PL".to_owned());
        let fact = match kind {
            0 => Fact::from(AccountRegistered { account: id, name, country, sector: None }),
            1 => AccountRenamed { account: id, name }.into(),
            2 if one != two => AccountsMerged { account: id, into: other, reason: reason() }.into(),
            3 => AccountsUnmerged { account: id, from: other, reason: reason() }.into(),
            _ => {
                let fact = EntryId::named(&format!("told {}", number % (at + 1)));
                FactRetracted::of_account(id, fact, reason()).into()
            }
        };
        // Days go up and down, so that what comes late changes what came before.
        let day = SignedDuration::from_hours(24 * ((at * 7) % 40) as i64);
        let when = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 19_000) + day;
        Entry {
            position: 0,
            id: EntryId::named(&format!("told {at}")),
            stream: fact.stream(),
            version: 1,
            occurred_at: when,
            recorded_at: when,
            actor: "test".to_owned(),
            correlation: None,
            body: Body::Fact(fact),
        }
    });
    told.collect()
}

/// The desk and the index as the follower and its readers leave them, asked after every
/// so many entries.
fn followed(entries: &[Entry], every: usize) -> (Arc<Desk>, Names) {
    let (names, mut desk) = (Names::default(), Arc::new(Desk::default()));
    for (at, entry) in (1..).zip(entries) {
        let mut changes = BTreeSet::new();
        let mut now = Desk::clone(&desk);
        let changed = now.apply(&Entry { position: at as u64, ..entry.clone() });
        renamed(entry, &changed, &mut changes);
        desk = Arc::new(now);
        names.note(changes);
        if at % every == 0 {
            names.ask(&|| Arc::clone(&desk), |_, _| {});
        }
    }
    (desk, names)
}

#[test]
fn who_asks_does_not_wait_for_who_asks_already() {
    let (desk, names) = followed(&[registered(0), registered(1)], 1);
    let asked = || names.ask(&|| Arc::clone(&desk), |_, index| index.len());
    let within = names.ask(&|| Arc::clone(&desk), |_, _| {
        std::thread::scope(|scope| {
            let (sender, receiver) = std::sync::mpsc::channel();
            scope.spawn(move || sender.send(asked()));
            receiver.recv_timeout(Duration::from_secs(20))
        })
    });
    assert_eq!(within, Ok(2));
}

#[test]
fn an_index_that_could_not_be_brought_up_to_date_is_built_anew() {
    let (desk, names) = followed(&[registered(0)], 1);
    names.note(BTreeSet::from([account(0)]));
    let broken = std::panic::AssertUnwindSafe(|| names.bring_up(&|| panic!("no desk")));
    assert!(std::panic::catch_unwind(broken).is_err());
    assert!(names.is_stale());
    assert!(!names.built.load(Ordering::Acquire), "no page is to wait for it");
    names.ask(&|| Arc::clone(&desk), |_, index| assert_eq!(index.len(), 1));
    assert!(names.built.load(Ordering::Acquire));
}

#[test]
fn an_answer_on_the_newest_is_kept_until_something_comes_in() {
    let entries = [registered(0), registered(1), registered(2)];
    let (desk, names) = followed(&entries, 1);
    let clocks = |position: u64| Clocks {
        as_of: Date::constant(2026, 1, 1),
        known_at: None,
        position,
        past: false,
    };
    let asked = |most, position| {
        let found = names.newest(&|| Arc::clone(&desk), most, &|_| clocks(position));
        assert_eq!(found.clocks.position, position);
        (found.clients.len(), lock(&names.newest).len())
    };
    let (pairs, kept) = asked(10, 3);
    assert!(pairs > 0);
    assert_eq!(kept, 1);
    assert_eq!(asked(10, 3), (pairs, 1));
    assert_eq!(asked(1, 3), (1, 2), "of another length");
    assert_eq!(asked(10, 4), (pairs, 3), "at another position");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_index_kept_up_to_date_is_the_one_built_from_scratch(
        story in stories(),
        every in 1..8_usize,
        backwards in any::<bool>(),
    ) {
        let mut entries = entries(&story);
        if backwards {
            entries.reverse();
        }
        let (desk, names) = followed(&entries, every);
        names.ask(&|| Arc::clone(&desk), |desk, kept| {
            let scratch = view::name_index(desk);
            prop_assert_eq!(kept.len(), scratch.len());
            for number in 0..6 {
                let id = account(number);
                let all = |index: &NameIndex| index.suggest_for(id, &|_| true);
                prop_assert_eq!(all(kept), all(&scratch), "{}", number);
            }
            for name in NAMES {
                prop_assert_eq!(kept.suggest(name, None), scratch.suggest(name, None));
            }
            Ok(())
        })?;
    }
}

/// A fact of the day of this number.
fn told(at: u8, fact: Fact) -> Entry {
    let when = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * i64::from(at));
    Entry {
        position: at.into(),
        id: EntryId::named(&format!("chain {at}")),
        stream: fact.stream(),
        version: 1,
        occurred_at: when,
        recorded_at: when,
        actor: "test".to_owned(),
        correlation: None,
        body: Body::Fact(fact),
    }
}

fn registered(at: u8) -> Entry {
    let (account, name) = (account(at), NAMES[usize::from(at)].to_owned());
    told(at, AccountRegistered { account, name, country: None, sector: None }.into())
}

#[test]
fn a_chain_of_merges_that_loses_a_link_is_filed_anew() {
    let merged = |at: u8, one: u8, two: u8| {
        let reason = "one client".to_owned();
        told(at, AccountsMerged { account: account(one), into: account(two), reason }.into())
    };
    let reason = "by mistake".to_owned();
    let fact = EntryId::named("chain 11");
    let retracted = FactRetracted::of_account(account(0), fact, reason);
    // Of a loop's links the newest does not count; without the first, it does.
    let entries = [
        registered(0),
        registered(1),
        registered(2),
        merged(11, 0, 1),
        merged(12, 1, 2),
        merged(13, 2, 0),
        told(14, retracted.into()),
    ];
    let (desk, names) = followed(&entries, 1);
    assert_eq!(desk.survivor(account(1)), account(0));
    names.ask(&|| Arc::clone(&desk), |_, kept| {
        assert_eq!(kept.len(), 1);
        assert_eq!(kept.suggest("Northgate", None)[0].account, account(0));
    });
}
