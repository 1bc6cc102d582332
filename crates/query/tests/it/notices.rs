//! Alerts in words, today and on past days.

use linchpin_domain::alert::settle;
use linchpin_domain::decision::{AlertAcknowledged, AlertSnoozed, Decision};
use linchpin_domain::entry::MadeFrom;
use linchpin_domain::fact::*;
use linchpin_domain::id::AccountId;
use linchpin_domain::private::Private;
use linchpin_domain::watch::look;
use linchpin_query::view::{AlertView, alert_list, portfolio};

use super::story::{Story, contact, day, member, past, today};

/// Records what the watch rules call for on a day, as the notifier does.
fn settle_on(story: &mut Story, id: AccountId, on: &str) {
    let look = look(&story.desk.client(id).unwrap(), day(on));
    let made_from = MadeFrom { position: story.desk.position(), on: day(on), version: 1 };
    for decision in settle(story.desk.alerts(), story.desk.firm(), id, &look, made_from) {
        story.decide(on, "desk:notifier", decision);
    }
}

fn brackwater() -> (Story, AccountId) {
    let mut story = Story::begin();
    let id = story.client("2024-01-10", "Brackwater");
    story.owned("2024-01-10", id, "Maija Virtanen");
    story.invoice("2026-05-05", id, "512400");
    story.joins("2024-02-01", id, "Jane Doe", Level::Director, BuyingRole::Champion);
    story.joins("2024-02-01", id, "Erika Muster", Level::Executive, BuyingRole::DecisionMaker);
    story.framework("2024-03-01", id, "2027-02-28");
    (story, id)
}

fn find<'a>(alerts: &'a [AlertView], rule: &str) -> &'a AlertView {
    alerts.iter().find(|alert| alert.rule == rule).unwrap()
}

#[test]
fn a_lost_decision_maker_is_told_with_what_hangs_on_it() {
    let (mut story, id) = brackwater();
    story.leaves("2026-11-16", id, "Erika Muster");
    settle_on(&mut story, id, "2026-11-17");
    let alerts = alert_list(&story.desk, today("2026-11-17"));
    let lost = find(&alerts, "decision-maker-lost");
    assert_eq!(lost.title, "Erika Muster has left: no decision maker is known any more");
    assert_eq!(
        lost.why,
        "Head of people, executive, decision maker. Known since 1 February 2024. No decision maker is left."
    );
    assert_eq!(
        lost.hangs.as_deref(),
        Some("€512,400 in the last 12 months. It cost seven points.")
    );
    assert_eq!((lost.group.as_str(), lost.days_left), ("contacts", -1));
    assert_eq!((lost.to.as_str(), lost.state.as_str()), ("Maija Virtanen", "open"));
    assert!(lost.evidence.iter().all(|it| it.position.is_some()));
    assert!(alerts.iter().all(|alert| alert.id.is_some()));
}

#[test]
fn a_notice_deadline_names_its_day_and_what_follows() {
    let (mut story, id) = brackwater();
    settle_on(&mut story, id, "2026-11-17");
    let alerts = alert_list(&story.desk, today("2026-11-17"));
    let notice = find(&alerts, "notice");
    assert_eq!(notice.title, "Framework agreement: last day for notice is 30 November");
    assert_eq!(
        notice.why,
        "It ends on 28 February 2027 and does not renew by itself. No talks are on record."
    );
    assert_eq!(
        notice.hangs.as_deref(),
        Some("€512,400 in the last 12 months. Six points hang on it.")
    );
    assert_eq!((notice.days_left, notice.lead_days), (13, Some(14)));
    assert!(notice.contract.is_some());
}

#[test]
fn a_changed_title_and_a_dispute_read_as_sentences() {
    let (mut story, id) = brackwater();
    story.tell(
        "2026-11-10",
        ContactChanged {
            account: id,
            contact: contact("Jane Doe"),
            person: linchpin_domain::private::Private::default(),
            title: "HR director".to_owned(),
            level: Some(Level::Director),
            role: Some(BuyingRole::Champion),
        },
    );
    story.tell(
        "2026-11-12",
        OwnershipClaimed {
            account: id,
            by: member("Kari Berg"),
            reason: "I placed nine".to_owned(),
        },
    );
    settle_on(&mut story, id, "2026-11-17");
    let alerts = alert_list(&story.desk, today("2026-11-17"));
    let changed = find(&alerts, "contact-changed");
    assert_eq!(changed.title, "Jane Doe is now HR director");
    assert_eq!(
        changed.why,
        "Since 10 November. Before: Head of people, director, champion. Now: HR director, director, champion."
    );
    let dispute = find(&alerts, "ownership-disputed");
    assert!(dispute.title.ends_with("both claim this account"), "{}", dispute.title);
    assert!(dispute.why.contains("Kari Berg, 12 November: “I placed nine”"), "{}", dispute.why);
    assert_eq!(dispute.to, "Kari Berg");
}

#[test]
fn what_was_taken_in_hand_or_settled_says_so_and_leaves_the_list_after_a_week() {
    let (mut story, id) = brackwater();
    settle_on(&mut story, id, "2026-11-17");
    let alert = find(&alert_list(&story.desk, today("2026-11-17")), "notice").id.unwrap();
    let note = Some("I call on Monday".to_owned());
    let by = format!("member:{}", member("Maija Virtanen"));
    let taken = AlertAcknowledged { account: id, alert, note };
    story.decide("2026-11-18", &by, Decision::AlertAcknowledged(taken));
    let alerts = alert_list(&story.desk, today("2026-11-18"));
    let notice = find(&alerts, "notice");
    assert_eq!(notice.state, "acknowledged");
    assert_eq!(
        notice.state_words,
        "Maija Virtanen took it in hand on 18 November. “I call on Monday”"
    );
    let contract = notice.contract.unwrap();
    story.tell("2026-11-20", RenewalTalksStarted { account: id, contract });
    settle_on(&mut story, id, "2026-11-20");
    let alerts = alert_list(&story.desk, today("2026-11-20"));
    assert_eq!(
        find(&alerts, "notice").state_words,
        "Settled on 20 November: renewal talks started."
    );
    assert!(alert_list(&story.desk, today("2026-11-26")).iter().any(|it| it.rule == "notice"));
    assert!(!alert_list(&story.desk, today("2026-11-27")).iter().any(|it| it.rule == "notice"));
}

#[test]
fn what_stands_goes_to_who_takes_over_and_says_from_whom_and_why() {
    let (mut story, id) = brackwater();
    settle_on(&mut story, id, "2026-11-17");
    let (maija, ina) = (member("Maija Virtanen"), member("Ina Lund"));
    let (person, role) = (Private::named("Ina Lund"), Role::AccountManager);
    story.tell("2026-11-18", MemberNamed { member: ina, person, role });
    story.owned("2026-11-18", id, "Ina Lund");
    settle_on(&mut story, id, "2026-11-18");
    let notice = |story: &Story, clocks| {
        let alerts = alert_list(&story.desk, clocks);
        let notice = find(&alerts, "notice");
        (notice.to.clone(), notice.to_member, notice.passed_on.clone())
    };
    let because = "Passed on from Maija Virtanen on 18 November: Maija Virtanen is no longer the \
                   account manager.";
    let now = notice(&story, today("2026-11-18"));
    assert_eq!(now, ("Ina Lund".to_owned(), Some(ina), Some(because.to_owned())));
    let before = notice(&story, past("2026-11-17"));
    assert_eq!(before, ("Maija Virtanen".to_owned(), Some(maija), None));

    story.tell("2026-11-19", MemberLeft { member: ina });
    settle_on(&mut story, id, "2026-11-19");
    let nobody = "nobody yet: there is no account manager".to_owned();
    let because = "Passed on from Ina Lund on 19 November: Ina Lund left the firm.".to_owned();
    assert_eq!(notice(&story, today("2026-11-19")), (nobody, None, Some(because)));
}

#[test]
fn a_past_day_shows_what_was_due_and_what_is_recorded_of_it() {
    let (mut story, id) = brackwater();
    let never = alert_list(&story.desk, past("2026-11-17"));
    assert_eq!(find(&never, "notice").id, None);
    assert_eq!(find(&never, "notice").state_words, "Never raised: computed for this day.");
    settle_on(&mut story, id, "2026-11-17");
    let contract = find(&never, "notice").contract.unwrap();
    story.tell("2026-11-20", RenewalTalksStarted { account: id, contract });
    settle_on(&mut story, id, "2026-11-20");
    let then = alert_list(&story.desk, past("2026-11-17"));
    let notice = find(&then, "notice");
    assert!(notice.id.is_some());
    assert_eq!(notice.state, "open");
    assert_eq!(notice.state_words, "Open then. Settled on 20 November: renewal talks started.");
    assert!(alert_list(&story.desk, past("2026-06-01")).iter().all(|it| it.rule != "notice"));
}

#[test]
fn what_is_put_off_later_was_open_before_and_comes_back_on_its_day() {
    let (mut story, id) = brackwater();
    settle_on(&mut story, id, "2026-11-17");
    let alert = find(&alert_list(&story.desk, today("2026-11-17")), "notice").id.unwrap();
    let by = format!("member:{}", member("Maija Virtanen"));
    let snoozed = AlertSnoozed { account: id, alert, until: day("2026-11-24") };
    story.decide("2026-11-20", &by, Decision::AlertSnoozed(snoozed));
    let words = "Maija Virtanen put it off to 24 November.";
    for (on, state, told) in [
        ("2026-11-17", "open", format!("Open then. {words}")),
        ("2026-11-19", "open", format!("Open then. {words}")),
        ("2026-11-20", "snoozed", words.to_owned()),
        ("2026-11-23", "snoozed", words.to_owned()),
        ("2026-11-24", "open", "Waiting for Maija Virtanen.".to_owned()),
    ] {
        let then = alert_list(&story.desk, past(on));
        let notice = find(&then, "notice");
        assert_eq!((notice.state.as_str(), &notice.state_words), (state, &told), "{on}");
    }
}

#[test]
fn open_alerts_are_counted_as_they_are_listed_today_and_on_past_days() {
    let (mut story, id) = brackwater();
    story.leaves("2026-11-16", id, "Erika Muster");
    settle_on(&mut story, id, "2026-11-17");
    let alerts = alert_list(&story.desk, today("2026-11-17"));
    let alert = find(&alerts, "notice").id.unwrap();
    let taken = AlertAcknowledged { account: id, alert, note: None };
    story.decide("2026-11-18", "member:someone", Decision::AlertAcknowledged(taken));
    let snoozed = find(&alerts, "decision-maker-lost").id.unwrap();
    let snoozed = AlertSnoozed { account: id, alert: snoozed, until: day("2026-11-24") };
    story.decide("2026-11-19", "member:someone", Decision::AlertSnoozed(snoozed));
    let all = alerts.len();
    for (on, open) in [
        ("2026-11-17", all),
        ("2026-11-18", all - 1),
        ("2026-11-19", all - 2),
        ("2026-11-24", all - 1),
    ] {
        for clocks in [past(on), today(on)] {
            // Today looks at what is recorded now, so only the last days compare.
            if !clocks.past && on < "2026-11-19" {
                continue;
            }
            let listed = alert_list(&story.desk, clocks.clone());
            let listed = listed.iter().filter(|alert| alert.state == "open").count();
            let row = &portfolio(&story.desk, clocks.clone()).accounts[0];
            assert_eq!((listed, row.open_alerts as usize), (open, open), "{on} {}", clocks.past);
        }
    }
}

#[test]
fn a_vacant_post_reads_as_nobody_yet() {
    let mut story = Story::begin();
    let id = story.client("2024-01-10", "Alone");
    story.framework("2024-03-01", id, "2027-02-28");
    settle_on(&mut story, id, "2026-11-17");
    let alerts = alert_list(&story.desk, today("2026-11-17"));
    assert_eq!(find(&alerts, "notice").to, "nobody yet: there is no account manager");
}
