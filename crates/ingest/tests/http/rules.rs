//! Putting written rules in force.

use jiff::{SignedDuration, Timestamp};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{Approval, Fact, MemberLeft, MemberNamed, PolicyAdopted, Role};
use linchpin_domain::id::{EntryId, MemberId};
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_ingest::command::{AdoptError, Lacking, adopt_policy, adopt_watchlist, firm, found};
use linchpin_ledger::{Append, Ledger, NewEntry, Repeat};
use linchpin_testkit::TempLedger;
use serde_json::json;

use crate::{STRUCTURED, Site, event};

async fn desk(ledger: &Ledger) -> Desk {
    let mut desk = Desk::default();
    for entry in ledger.read(0, ledger.head().position).await.unwrap() {
        desk.apply(&entry);
    }
    desk
}

#[tokio::test]
async fn a_new_ledger_gets_its_first_rules_once() {
    for temp in [TempLedger::real().await, TempLedger::simulated().await] {
        let ledger = temp.ledger();
        found(ledger).await.unwrap();
        found(ledger).await.unwrap();
        assert_eq!(ledger.head().position, 3);
        // They stand before every day, so that others can be adopted for any day.
        for position in [2, 3] {
            let first = ledger.entry(position).await.unwrap().unwrap();
            assert_eq!(first.occurred_at, Timestamp::UNIX_EPOCH);
        }
        let desk = desk(ledger).await;
        let today = desk.day_of(ledger.now());
        assert_eq!(desk.firm().policy_on(today).unwrap().0, 1);
        assert_eq!(desk.firm().watchlist_on(today).unwrap().0, 1);
    }
}

#[tokio::test]
async fn rules_are_adopted_replaced_and_adopted_again() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    let same = adopt_policy(ledger, FIRST_POLICY, None, Vec::new(), "page:anna").await.unwrap();
    assert_eq!((same.version, same.fresh, same.position), (1, false, 2));

    let other = format!("{FIRST_POLICY}\n# approved again\n");
    for (document, version) in [(other.as_str(), 2), (FIRST_POLICY, 3), (other.as_str(), 4)] {
        temp.clock().advance(SignedDuration::from_hours(24));
        let adopted = adopt_policy(ledger, document, None, Vec::new(), "page:anna").await.unwrap();
        assert_eq!((adopted.version, adopted.fresh), (version, true));
        let again = adopt_policy(ledger, document, None, Vec::new(), "page:anna").await.unwrap();
        assert_eq!(
            (again.version, again.fresh, again.position),
            (version, false, adopted.position)
        );
        let desk = desk(ledger).await;
        assert_eq!(desk.firm().policy_on(desk.day_of(ledger.now())).unwrap().0, version);
    }
    let watchlist = adopt_watchlist(ledger, FIRST_WATCHLIST, None, "page:anna").await.unwrap();
    assert!(!watchlist.fresh);
    let watchlist = format!("{FIRST_WATCHLIST}\n# mended\n");
    assert!(adopt_watchlist(ledger, &watchlist, None, "page:anna").await.unwrap().fresh);
}

#[tokio::test]
async fn a_document_that_does_not_hold_is_refused_with_the_place() {
    let temp = TempLedger::real().await;
    let wrong = FIRST_POLICY.replacen("measure = \"revenue\"", "measure = \"luck\"", 1);
    let error = adopt_policy(temp.ledger(), &wrong, None, Vec::new(), "desk").await.unwrap_err();
    let AdoptError::Document(place) = &error else { panic!("{error}") };
    assert!(place.line > 1 && error.to_string().contains("luck"), "{error}");
    assert!(adopt_watchlist(temp.ledger(), "rules = 5", None, "desk").await.is_err());
    assert_eq!(temp.ledger().head().position, 1);
}

fn moment(day: &str) -> Timestamp {
    format!("{day}T00:00:00Z").parse().unwrap()
}

/// Tells the ledger a fact of the firm's, true from a day on.
async fn tell(ledger: &Ledger, day: &str, fact: impl Into<Fact>) {
    let fact = fact.into();
    let entry = NewEntry {
        id: EntryId::named(&format!("{day} {}", fact.encode().unwrap())),
        occurred_at: Some(moment(day)),
        actor: "test".to_owned(),
        correlation: None,
        causation: None,
        body: Body::Fact(fact),
        repeat: Repeat::SameOnly,
    };
    ledger.append(Append::of(vec![entry])).await.unwrap();
}

async fn name(ledger: &Ledger, day: &str, who: &str, role: Role) {
    let member = MemberId::named(who);
    tell(ledger, day, MemberNamed { member, person: Private::named(who), role }).await;
}

fn yes(who: &str) -> Vec<Approval> {
    vec![Approval { by: MemberId::named(who), reason: "Agreed with the board".to_owned() }]
}

/// The first policy under another name, which asks for these approvals.
fn asking(name: &str, roles: &[Role]) -> String {
    let named = FIRST_POLICY.replacen("First policy", name, 1);
    let words: Vec<&str> = roles.iter().map(|role| role.words()).collect();
    let section = format!("[adoption]\napproved_by = {words:?}\n\n[ownership]");
    if roles.is_empty() { named } else { named.replacen("[ownership]", &section, 1) }
}

async fn in_force(ledger: &Ledger, day: &str) -> (u32, String) {
    let (desk, _) = firm(ledger).await.unwrap();
    let (version, policy) = desk.firm().policy_on(day.parse().unwrap()).unwrap();
    (version, policy.name.clone())
}

#[tokio::test]
async fn a_policy_needs_a_yes_from_each_role_that_it_or_the_one_before_names() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    name(ledger, "2020-01-01", "Kari", Role::Director).await;
    name(ledger, "2020-01-01", "Odd", Role::Director).await;
    name(ledger, "2020-01-01", "Maja", Role::AccountManager).await;
    tell(ledger, "2021-01-01", MemberLeft { member: MemberId::named("Odd") }).await;

    let before = ledger.head().position;
    let strict = asking("Strict", &[Role::Director]);
    for approvals in [Vec::new(), yes("Maja"), yes("Odd"), yes("nobody")] {
        let refused = adopt_policy(ledger, &strict, None, approvals, "cli").await.unwrap_err();
        let said = refused.to_string();
        let AdoptError::Unapproved(lacking) = refused else { panic!("{said}") };
        let held_by = vec![MemberId::named("Kari")];
        assert_eq!(lacking, [Lacking { role: Role::Director, held_by }]);
        assert!(said.ends_with("without the approval of the key-account director"), "{said}");
    }
    assert_eq!(ledger.head().position, before, "nothing was stored");
    let adopted = adopt_policy(ledger, &strict, None, yes("Kari"), "cli").await.unwrap();
    assert_eq!((adopted.version, adopted.fresh, adopted.until), (2, true, None));
    let stored = ledger.entry(adopted.position).await.unwrap().unwrap();
    let Body::Fact(Fact::PolicyAdopted(stored)) = stored.body else { panic!() };
    assert_eq!(stored.approvals, yes("Kari"));

    // The one that takes its place asks for nobody, but it does.
    temp.clock().advance(SignedDuration::from_hours(24));
    let free = asking("Free", &[]);
    let refused = adopt_policy(ledger, &free, None, Vec::new(), "cli").await.unwrap_err();
    assert!(matches!(refused, AdoptError::Unapproved(_)), "{refused}");
    // Reaching back behind it is no way around it.
    let back = Some(moment("2021-06-01"));
    let refused = adopt_policy(ledger, &free, back, Vec::new(), "cli").await.unwrap_err();
    assert!(matches!(refused, AdoptError::Unapproved(_)), "{refused}");
    let adopted = adopt_policy(ledger, &free, None, yes("Kari"), "cli").await.unwrap();
    assert_eq!(adopted.version, 3);
    let again = adopt_policy(ledger, &free, None, Vec::new(), "cli").await.unwrap();
    assert_eq!((again.version, again.fresh, again.position), (3, false, adopted.position));
}

#[tokio::test]
async fn a_policy_for_past_days_holds_until_the_next_and_takes_no_later_one_out_of_force() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    name(ledger, "2020-01-01", "Kari", Role::Director).await;
    let later = asking("Later", &[]);
    adopt_policy(ledger, &later, Some(moment("2022-01-01")), Vec::new(), "cli").await.unwrap();

    let back = Some(moment("2021-01-01"));
    let strict = asking("Strict", &[Role::Director]);
    let refused = adopt_policy(ledger, &strict, back, yes("Kari"), "cli").await.unwrap_err();
    let said = refused.to_string();
    let AdoptError::Voids { version, day, .. } = refused else { panic!("{said}") };
    assert_eq!((version, day.to_string().as_str()), (2, "2022-01-01"));
    assert!(said.contains("adopt the new one from 2022-01-01 on"), "{said}");

    let early = asking("Early", &[]);
    let adopted = adopt_policy(ledger, &early, back, Vec::new(), "cli").await.unwrap();
    assert_eq!((adopted.version, adopted.until), (3, Some((2, moment("2022-01-01")))));
    assert_eq!(in_force(ledger, "2021-12-31").await, (3, "Early".to_owned()));
    let later = (2, "Later".to_owned());
    assert_eq!(in_force(ledger, "2022-01-01").await, later, "its number stands");
    let again = adopt_policy(ledger, &early, back, Vec::new(), "cli").await.unwrap();
    assert_eq!((again.version, again.fresh), (3, false));

    let list = |name: &str| format!("{FIRST_WATCHLIST}\n# {name}\n");
    let adopted = |name: &str, from| {
        let list = list(name);
        async move { adopt_watchlist(ledger, &list, from, "cli").await.unwrap().version }
    };
    assert_eq!(adopted("later", Some(moment("2022-01-01"))).await, 2);
    assert_eq!(adopted("early", back).await, 3);
    let (desk, _) = firm(ledger).await.unwrap();
    let on = |day: &str| desk.firm().watchlist_on(day.parse().unwrap()).unwrap().0;
    assert_eq!([on("2020-01-01"), on("2021-06-01"), on("2022-06-01")], [1, 3, 2]);
}

#[tokio::test]
async fn of_two_policies_for_one_day_the_one_adopted_last_counts() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    let day = Some(moment("2022-01-01"));
    for number in 0..6 {
        let name = format!("Try {number}");
        let policy = asking(&name, &[]);
        let adopted = adopt_policy(ledger, &policy, day, Vec::new(), "cli").await.unwrap();
        assert_eq!((adopted.fresh, adopted.until), (true, None));
        assert_eq!(in_force(ledger, "2022-01-01").await, (adopted.version, name));
    }
}

#[tokio::test]
async fn a_policy_is_adopted_by_command_and_not_told_as_an_event() {
    let site = Site::new().await;
    found(site.temp.ledger()).await.unwrap();
    let data = json!({"document": FIRST_POLICY, "approvals": []});
    let told = event("1", "policy.adopted", data).to_string();
    let answer = site.post("/v1/events", STRUCTURED, told).await;
    assert!(answer.problem(422).contains("linchpin policy adopt FILE"));
    assert_eq!(site.temp.ledger().head().position, 3);
}

#[tokio::test]
async fn an_adoption_without_its_approvals_is_kept_and_counts_once_they_are_ones() {
    let temp = TempLedger::real().await;
    let ledger = temp.ledger();
    found(ledger).await.unwrap();
    let document = asking("Strict", &[Role::Director]);
    let adopted = |approvals| PolicyAdopted { document: document.clone(), approvals };
    tell(ledger, "2024-05-01", adopted(Vec::new())).await;
    assert_eq!(in_force(ledger, "2024-06-01").await, (1, "First policy".to_owned()));
    tell(ledger, "2024-05-02", adopted(yes("Kari"))).await;
    assert_eq!(in_force(ledger, "2024-06-01").await.0, 1, "nobody knows of a director yet");

    // What was kept and does not count is not taken for the document in force.
    let refused = adopt_policy(ledger, &document, None, Vec::new(), "cli").await.unwrap_err();
    assert!(matches!(refused, AdoptError::Unapproved(_)), "{refused}");

    name(ledger, "2024-01-01", "Kari", Role::Director).await;
    assert_eq!(in_force(ledger, "2024-06-01").await, (3, "Strict".to_owned()));
    assert_eq!(in_force(ledger, "2024-05-01").await, (1, "First policy".to_owned()));
    let again = adopt_policy(ledger, &document, None, Vec::new(), "cli").await.unwrap();
    assert_eq!((again.version, again.fresh), (3, false));

    // That she had left by then is told late, and counts from then all the same.
    tell(ledger, "2024-04-01", MemberLeft { member: MemberId::named("Kari") }).await;
    assert_eq!(in_force(ledger, "2024-06-01").await, (1, "First policy".to_owned()));
}
