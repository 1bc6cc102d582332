use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use linchpin_domain::account::Terms;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{BuyingRole, ContactLeft, Fact, MemberNamed, OwnershipClaimed};
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_domain::money::{Currency, Decimal};

use super::people::LOSES_DECISION_MAKER;
use super::{Told, story};

/// A seed and a day: a Saturday, a leap day, a Sunday at the end of February, New Year, and an
/// ordinary Wednesday.
const CASES: [(u64, Date); 5] = [
    (1, date(2026, 11, 21)),
    (2, date(2028, 2, 29)),
    (3, date(2027, 2, 28)),
    (4, date(2027, 1, 1)),
    (0, date(2026, 6, 17)),
];

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// Runs a check on the story of every case, and on the desk that knows all of it.
fn in_every_case(check: impl Fn(&[Told], &Desk, Date)) {
    for (seed, today) in CASES {
        let story = story(seed, today, &zone());
        check(&story, &desk(&story), today);
    }
}

fn desk(story: &[Told]) -> Desk {
    let mut desk = Desk::default();
    let genesis = Genesis {
        firm: "Quillhaven Staffing".to_owned(),
        currency: Currency::EUR,
        time_zone: "Europe/Berlin".to_owned(),
        simulated: true,
    };
    let first = story[0].clone();
    let bodies = story.iter().map(|told| (told, Body::Fact(told.fact.clone())));
    let opening = (&first, Body::Genesis(genesis));
    for (position, (told, body)) in (1..).zip(std::iter::once(opening).chain(bodies)) {
        let entry = Entry {
            position,
            id: told.id,
            stream: body.stream(),
            version: position,
            occurred_at: told.occurred_at,
            recorded_at: told.learnt_at,
            actor: told.actor.clone(),
            correlation: None,
            body,
        };
        desk.apply(&entry);
    }
    desk
}

fn day(told: &Told) -> Date {
    zone().to_datetime(told.occurred_at).date()
}

fn named(desk: &Desk, name: &str, today: Date) -> AccountId {
    desk.accounts().find(|account| account.name_on(today) == name).unwrap().id
}

fn terms(desk: &Desk, today: Date) -> Vec<Terms> {
    desk.accounts().flat_map(|account| account.contracts_on(today).collect::<Vec<_>>()).collect()
}

#[test]
fn the_same_seed_and_day_tell_the_same_story() {
    let (seed, today) = CASES[0];
    assert!(story(seed, today, &zone()) == story(seed, today, &zone()));
    assert!(story(seed, today, &zone()) != story(seed + 1, today, &zone()));
}

#[test]
fn every_fact_is_sound_and_has_its_own_id() {
    in_every_case(|story, _, _| {
        for told in story {
            told.fact.check().unwrap_or_else(|wrong| panic!("{}: {wrong}", told.fact.name()));
        }
        let ids: BTreeSet<_> = story.iter().map(|told| told.id).collect();
        assert_eq!(ids.len(), story.len());
    });
}

#[test]
fn it_is_learnt_in_order_after_it_happened_and_before_today() {
    in_every_case(|story, _, today| {
        assert!(story.is_sorted_by_key(|told| told.learnt_at));
        assert!(story.iter().all(|told| told.occurred_at <= told.learnt_at));
        let midnight = zone().to_timestamp(today.at(0, 0, 0, 0)).unwrap();
        assert!(story.last().unwrap().learnt_at < midnight);
        let first = day(&story[0]);
        assert!(first >= today - 3.years() && first <= today - 3.years() + 2.days(), "{first}");
        assert!(matches!(story[0].fact, Fact::MemberNamed(_)));
        let late = story
            .iter()
            .filter(|told| told.learnt_at.duration_since(told.occurred_at).as_hours() > 36);
        let late = late.count();
        assert!((300..2_000).contains(&late), "{late} facts were learnt late");
    });
}

#[test]
fn the_sizes_are_those_of_a_small_firm() {
    in_every_case(|story, desk, today| {
        assert!((8_000..=15_000).contains(&story.len()), "{} facts", story.len());
        assert_eq!(desk.accounts().len(), 102);
        let year_ago = today - 1.year();
        let regulars = desk
            .accounts()
            .filter(|account| account.engagements_between(year_ago, today).count() >= 4)
            .count();
        assert!((28..=42).contains(&regulars), "{regulars} regulars");
        let members = story.iter().filter(|told| matches!(told.fact, Fact::MemberNamed(_))).count();
        assert_eq!(members, 6);
    });
}

#[test]
fn twelve_clients_bring_about_half() {
    in_every_case(|_, desk, today| {
        let revenue = |account: &linchpin_domain::account::Account| -> Decimal {
            account.invoiced().between(today - 365.days(), today).map(|(_, item)| item.amount).sum()
        };
        let mut all: Vec<Decimal> = desk.accounts().map(|account| revenue(account)).collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        let whole: Decimal = all.iter().sum();
        let share = all[..12].iter().sum::<Decimal>() / whole * Decimal::ONE_HUNDRED;
        assert!(share > Decimal::from(44) && share < Decimal::from(58), "{share}% of {whole}");
        assert!(
            all[0] > Decimal::from(1_050_000) && all[0] < Decimal::from(1_350_000),
            "{}",
            all[0]
        );
        assert!(all[30] < Decimal::from(150_000), "{}", all[30]);
    });
}

#[test]
fn the_only_decision_maker_of_a_large_client_has_just_left() {
    in_every_case(|story, desk, today| {
        let id = named(desk, LOSES_DECISION_MAKER, today);
        let account = desk.account(id).unwrap();
        let decides = |day: Date| {
            let decides = |contact: &linchpin_domain::account::Contact| {
                contact.picture.role == Some(BuyingRole::DecisionMaker)
            };
            account.active_contacts(day).filter(decides).count()
        };
        assert_eq!(decides(today - 15.days()), 1);
        assert_eq!(decides(today), 0);
        let left = |told: &&Told| {
            matches!(&told.fact, Fact::ContactLeft(ContactLeft { .. }))
                && day(told) > today - 14.days()
        };
        assert_eq!(story.iter().filter(left).count(), 3);
    });
}

#[test]
fn in_the_last_weeks_people_rose_came_and_moved() {
    in_every_case(|story, _, today| {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for told in story.iter().filter(|told| day(told) > today - 14.days()) {
            *kinds.entry(told.fact.name()).or_default() += 1;
        }
        for kind in ["contact.changed", "contact.moved"] {
            assert_eq!(kinds.get(kind), Some(&1), "{kind} {today}");
        }
        // More than one where a new client brings its people.
        assert!(kinds.contains_key("contact.joined"), "{today}");
    });
}

#[test]
fn notice_deadlines_near_and_one_was_missed() {
    in_every_case(|_, desk, today| {
        let all = terms(desk, today);
        let standing =
            || all.iter().filter(|terms| terms.in_force(today) && !terms.ends_for_good());
        let within = |terms: &&Terms| {
            terms.notice_by().is_some_and(|by| today + 5.days() <= by && by <= today + 90.days())
        };
        let near = standing().filter(within).count();
        assert!((6..=9).contains(&near), "{near} deadlines near");
        let missed = standing().filter(|terms| {
            terms.auto_renewal_months.is_none()
                && terms.talks.is_none()
                && terms.notice_by().is_some_and(|by| by < today)
        });
        assert_eq!(missed.count(), 1);
        assert!(all.iter().filter(|terms| terms.ended.is_some()).count() >= 4);
        assert!(standing().filter(|terms| terms.talks.is_some()).count() >= 2);
    });
}

#[test]
fn past_contracts_were_renewed_amended_and_left() {
    in_every_case(|story, _, _| {
        let count = |kind: &str| story.iter().filter(|told| told.fact.name() == kind).count();
        assert!(count("contract.renewed") >= 6, "{}", count("contract.renewed"));
        assert_eq!(count("contract.amended"), 4);
        assert!(count("contract.notice_given") >= 4);
        assert_eq!(count("fact.retracted"), 1);
        assert!(count("credit_note.issued") >= 15);
        assert!(count("engagement.cancelled") >= 15);
        assert!(count("referral.given") >= 20);
    });
}

#[test]
fn two_colleagues_dispute_a_subsidiary_and_an_older_case_is_settled() {
    in_every_case(|story, desk, today| {
        let disputed: Vec<_> = desk
            .accounts()
            .filter(|account| !account.open_claims(desk.firm(), today).is_empty())
            .collect();
        let [account] = disputed[..] else { panic!("{} disputes", disputed.len()) };
        assert!(desk.parent_on(account.id, today).is_some());
        let claims = |told: &&Told| {
            matches!(&told.fact, Fact::OwnershipClaimed(OwnershipClaimed { account: on, .. })
                if *on == account.id && day(told) >= today - 10.days())
        };
        assert_eq!(story.iter().filter(claims).count(), 2);
        let won = account.engagements_between(today - 1.year(), today).count();
        assert!((6..=8).contains(&won), "{won} orders of the disputed client");
        let ruled = |told: &&Told| matches!(told.fact, Fact::OwnershipRuled(_));
        assert_eq!(story.iter().filter(ruled).count(), 1);
    });
}

#[test]
fn one_client_fades_and_one_rises() {
    in_every_case(|_, desk, today| {
        let year = |name: &str, back: i64| -> Decimal {
            let account = desk.account(named(desk, name, today)).unwrap();
            let until = today - (365 * back).days();
            account.invoiced().between(until - 365.days(), until).map(|(_, item)| item.amount).sum()
        };
        assert!(
            year("Wexcombe Packaging", 0) * Decimal::from(10)
                < year("Wexcombe Packaging", 1) * Decimal::from(6)
        );
        assert!(
            year("Fernlock Data Centres", 0)
                > year("Fernlock Data Centres", 1) * Decimal::new(15, 1)
        );
    });
}

#[test]
fn personal_data_stands_only_where_it_can_be_sealed() {
    in_every_case(|story, _, _| {
        let members: BTreeSet<MemberId> = story
            .iter()
            .filter_map(|told| match &told.fact {
                Fact::MemberNamed(MemberNamed { member, .. }) => Some(*member),
                _ => None,
            })
            .collect();
        let names = super::cast::Member::ALL.map(super::cast::Member::name);
        assert_eq!(members.len(), names.len());
        for told in story {
            let mut bare = told.fact.clone();
            if let Some((_, person)) = bare.private() {
                *person = Default::default();
            }
            let text = bare.encode().unwrap() + &told.actor;
            assert!(
                names.iter().all(|name| *name == "Operations desk" || !text.contains(name)),
                "{text}"
            );
            assert!(!text.contains('@'), "{text}");
        }
    });
}
