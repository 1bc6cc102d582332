//! Who is alerted, and why nobody is.

use super::story::*;
use crate::decision::Severity;
use crate::fact::{
    BuyingRole, ContactMoved, ContractAmended, ContractEnded, Level, MemberNamed, NoticeGiven,
    OwnerAssigned, OwnershipRuled, RenewalTalksStarted, Role, Side,
};
use crate::id::{AccountId, ContactId, ContractId, MemberId};
use crate::private::Private;
use crate::watch::{Quiet, Watchlist};

const DECIDES: Option<BuyingRole> = Some(BuyingRole::DecisionMaker);

fn quiet(desk: &crate::desk::Desk, date: &str, rule: &str) -> Vec<Quiet> {
    let look = look_on(desk, date);
    look.quiet.iter().filter(|(key, _)| key.starts_with(rule)).map(|(_, why)| *why).collect()
}

#[test]
fn the_first_contacts_of_an_account_are_no_news() {
    let desk = desk(&[told("2026-01-01", joined("ann", None, None))]);
    assert_eq!(due(&desk, "2026-01-02"), Vec::<String>::new());
    assert_eq!(quiet(&desk, "2026-01-02", "contact-joined"), [Quiet::FirstPicture]);
}

#[test]
fn someone_new_is_news_for_thirty_days() {
    let desk = desk(&[
        told("2026-01-01", joined("ann", None, None)),
        told("2026-02-01", joined("ben", None, None)),
    ]);
    assert_eq!(due(&desk, "2026-02-01"), ["contact-joined/2026-02-01"]);
    assert_eq!(due(&desk, "2026-03-02"), ["contact-joined/2026-02-01"]);
    assert_eq!(due(&desk, "2026-03-03"), Vec::<String>::new());
    assert_eq!(look_on(&desk, "2026-02-01").next, Some(day("2026-03-03")));
}

#[test]
fn the_last_decision_maker_who_leaves_raises_one_alert_not_two() {
    let desk = desk(&[
        told("2026-01-01", joined("ann", DECIDES, Some(Level::Executive))),
        told("2026-02-01", left("ann")),
    ]);
    assert_eq!(due(&desk, "2026-02-01"), ["decision-maker-lost/2026-02-01"]);
    assert_eq!(quiet(&desk, "2026-02-01", "contact-left"), [Quiet::SaidByAnother]);
    assert_eq!(
        due(&desk, "2027-02-01"),
        ["decision-maker-lost/2026-02-01"],
        "it stands until one is found"
    );
}

#[test]
fn a_decision_maker_who_leaves_another_behind_is_a_plain_departure() {
    let desk = desk(&[
        told("2026-01-01", joined("ann", DECIDES, None)),
        told("2026-01-01", joined("ben", DECIDES, None)),
        told("2026-02-01", left("ann")),
    ]);
    assert_eq!(due(&desk, "2026-02-01"), ["contact-left/2026-02-01"]);
}

#[test]
fn a_successor_ends_the_loss() {
    let desk = desk(&[
        told("2026-01-01", joined("ann", DECIDES, None)),
        told("2026-02-01", left("ann")),
        told("2026-02-10", joined("eve", DECIDES, None)),
    ]);
    let due = due(&desk, "2026-02-10");
    assert!(!due.iter().any(|key| key.starts_with("decision-maker-lost")), "{due:?}");
}

#[test]
fn a_decision_maker_who_becomes_something_else_is_a_loss_too() {
    let desk = desk(&[
        told("2026-01-01", joined("ann", DECIDES, None)),
        told("2026-02-01", changed("ann", "Adviser", None)),
    ]);
    assert_eq!(
        due(&desk, "2026-02-01"),
        ["contact-changed/2026-02-01", "decision-maker-lost/2026-02-01"]
    );
}

#[test]
fn a_new_title_is_news_and_the_same_title_again_is_not() {
    let again = ContactId::named("ann");
    let desk = desk(&[
        told("2026-01-01", joined("ann", None, None)),
        told("2026-02-01", changed("ann", "Chief", None)),
        told("2026-02-20", changed("ann", "Chief", None)),
    ]);
    let look = look_on(&desk, "2026-02-21");
    let due: Vec<&String> = look.due.keys().collect();
    assert_eq!(due, [&format!("contact-changed/{again}/2026-02-01")]);
}

#[test]
fn someone_who_moves_leaves_one_client_and_joins_the_other() {
    let other = AccountId::named("other");
    let desk = desk(&[
        told("2026-01-01", joined("ann", None, None)),
        told("2026-01-01", joined("ben", None, None)),
        told(
            "2026-02-01",
            ContactMoved {
                account: acme(),
                contact: ContactId::named("ann"),
                to: other,
                title: "Director".to_owned(),
                level: Some(Level::Director),
                role: None,
            },
        ),
    ]);
    assert_eq!(due(&desk, "2026-02-01"), ["contact-left/2026-02-01"]);
    let there = desk.account(other).unwrap();
    let ann = there.contact_on(ContactId::named("ann"), day("2026-02-01")).unwrap();
    assert!(ann.active);
    assert_eq!(&*ann.picture.title, "Director");
}

#[test]
fn a_notice_deadline_is_told_at_each_lead_time_once() {
    let desk = desk(&[told("2026-01-01", framework("2026-01-01", "2026-12-31", Some(30)))]);
    // The last day for notice is 1 December.
    let notice = |date: &str| {
        let due = due(&desk, date);
        due.into_iter().filter(|key| key.starts_with("notice")).collect::<Vec<_>>()
    };
    assert_eq!(notice("2026-09-01"), Vec::<String>::new());
    assert_eq!(notice("2026-09-02"), ["notice/2026-12-01/90"]);
    assert_eq!(notice("2026-10-02"), ["notice/2026-12-01/60"]);
    assert_eq!(notice("2026-12-01"), ["notice/2026-12-01/14"]);
    assert_eq!(notice("2026-12-02"), Vec::<String>::new());
    let look = look_on(&desk, "2026-11-20");
    let last = look.due.values().find(|finding| finding.lead_days == Some(14)).unwrap();
    assert_eq!(last.severity, Severity::Now);
    assert_eq!(look_on(&desk, "2026-09-01").next, Some(day("2026-09-02")));
}

#[test]
fn talks_quieten_the_deadlines_and_a_moved_end_brings_them_back() {
    let contract = ContractId::named("framework");
    let mut story = vec![
        told("2026-01-01", framework("2026-01-01", "2026-12-31", Some(30))),
        told("2026-10-01", RenewalTalksStarted { account: acme(), contract }),
    ];
    let quiet_desk = desk(&story);
    assert_eq!(due(&quiet_desk, "2026-11-25"), Vec::<String>::new());
    assert!(quiet(&quiet_desk, "2026-11-25", "notice").contains(&Quiet::TalksStarted));
    story.push(told(
        "2026-10-15",
        ContractAmended {
            account: acme(),
            contract,
            since: None,
            title: None,
            start: None,
            end: Some(day("2027-01-31")),
            notice_days: None,
            auto_renewal_months: None,
        },
    ));
    assert_eq!(
        due(&desk(&story), "2026-12-25"),
        ["contract-end/2027-01-31/90", "notice/2027-01-01/14"]
    );
}

#[test]
fn corrected_terms_count_from_the_day_they_name_and_in_the_order_of_correction() {
    let corrected = |on: &str, since: &str, end: &str| {
        told(
            on,
            ContractAmended {
                account: acme(),
                contract: ContractId::named("framework"),
                since: Some(day(since)),
                title: None,
                start: None,
                end: Some(day(end)),
                notice_days: None,
                auto_renewal_months: None,
            },
        )
    };
    let signed = framework("2025-01-01", "2026-01-31", None);
    let desk = desk(&[
        told("2026-03-01", signed),
        corrected("2026-04-01", "2025-01-01", "2026-02-28"),
        corrected("2026-05-01", "2024-12-01", "2026-03-31"),
    ]);
    let end = |date: &str| {
        let terms = account(&desk).contract_on(ContractId::named("framework"), day(date));
        terms.map(|terms| terms.end.to_string())
    };
    assert_eq!(end("2024-12-31"), None);
    assert_eq!(end("2025-06-01").as_deref(), Some("2026-03-31"), "the later correction holds");
    assert_eq!(due(&desk, "2026-01-05"), ["contract-end/2026-03-31/90"]);
}

#[test]
fn a_contract_that_renews_by_itself_rolls_on_unless_notice_is_given() {
    let contract = ContractId::named("framework");
    let mut signed = framework("2025-01-01", "2025-12-31", Some(30));
    signed.auto_renewal_months = Some(12);
    let story = vec![told("2025-01-01", signed)];
    let rolling = desk(&story);
    assert_eq!(due(&rolling, "2026-11-25"), ["notice/2026-12-01/14"]);
    assert!(quiet(&rolling, "2026-11-25", "contract-end").contains(&Quiet::RenewsByItself));

    let given = NoticeGiven { account: acme(), contract, by: Side::Client };
    let ending = desk(&[story, vec![told("2026-11-01", given)]].concat());
    assert_eq!(due(&ending, "2026-11-25"), ["contract-end/2026-12-31/90"]);
    let terms = account(&ending).contract_on(contract, day("2027-03-01")).unwrap();
    assert!(!terms.in_force(day("2027-03-01")));
}

#[test]
fn terms_that_follow_by_themselves_keep_to_the_end_of_the_month() {
    let end_on = |end: &str, months: u16, date: &str| {
        let mut signed = framework("1900-01-01", end, None);
        signed.auto_renewal_months = Some(months);
        let desk = desk(&[told("1900-01-01", signed)]);
        let terms = account(&desk).contract_on(ContractId::named("framework"), day(date)).unwrap();
        terms.end.to_string()
    };
    assert_eq!(end_on("1900-01-31", 1, "2026-02-10"), "2026-02-28");
    assert_eq!(end_on("1900-01-31", 1, "2026-03-01"), "2026-03-31", "no drift after February");
    assert_eq!(end_on("1900-06-30", 6, "2026-07-01"), "2026-12-31");
    assert_eq!(end_on("1900-06-15", 6, "2026-06-15"), "2026-06-15", "its last day belongs to it");
    assert_eq!(end_on("1900-06-15", 6, "2026-06-16"), "2026-12-15");
    assert_eq!(end_on("1900-02-28", 12, "2024-01-01"), "2024-02-29");
    assert_eq!(end_on("1900-01-30", 1, "2026-03-05"), "2026-03-30");
    assert_eq!(end_on("1900-12-31", 65_000, "9999-12-31"), "1900-12-31", "no calendar goes so far");
}

#[test]
fn an_ended_contract_is_silent() {
    let ended =
        ContractEnded { account: acme(), contract: ContractId::named("framework"), reason: None };
    let desk = desk(&[
        told("2026-01-01", framework("2026-01-01", "2026-12-31", Some(30))),
        told("2026-06-01", ended),
    ]);
    assert_eq!(due(&desk, "2026-11-25"), Vec::<String>::new());
}

#[test]
fn two_claims_are_a_dispute_until_ruled() {
    let owner = OwnerAssigned { account: acme(), owner: MemberId::named("maija") };
    let ruled = OwnershipRuled {
        account: acme(),
        owner: MemberId::named("maija"),
        by: MemberId::named("kari"),
        reason: "The parent is hers".to_owned(),
        parent_history_counts: None,
    };
    let kari = MemberNamed {
        member: MemberId::named("kari"),
        person: Private::default(),
        role: Role::Director,
    };
    let mut story = vec![
        told("2020-01-01", kari),
        told("2026-01-01", owner),
        told("2026-02-01", claimed("maija")),
    ];
    assert_eq!(due(&desk(&story), "2026-02-01"), Vec::<String>::new(), "her own client");
    story.push(told("2026-02-02", claimed("joe")));
    assert_eq!(due(&desk(&story), "2026-02-02"), ["ownership-disputed/2026-02-02"]);
    story.push(told("2026-02-03", ruled));
    let settled = desk(&story);
    assert_eq!(due(&settled, "2026-02-03"), Vec::<String>::new());
    assert_eq!(quiet(&settled, "2026-02-03", "ownership"), [Quiet::Ruled]);
}

#[test]
fn errors_in_a_watchlist_name_the_line() {
    let unknown = "name = \"x\"\n[[rule]]\nid = \"a\"\nkind = \"weather\"\nseverity = \"now\"\nto = \"operations\"\n";
    let error = Watchlist::parse(unknown).unwrap_err();
    assert_eq!(error.line, 4, "{error}");
    assert!(error.message.contains("weather"), "{error}");
    let no_lead = "name = \"x\"\n\n[[rule]]\nid = \"a\"\nkind = \"contract end\"\nseverity = \"now\"\nto = \"operations\"\n";
    let error = Watchlist::parse(no_lead).unwrap_err();
    assert!(error.to_string().contains("lead_days"), "{error}");
}

fn moved_to(other: AccountId) -> ContactMoved {
    ContactMoved {
        account: acme(),
        contact: ContactId::named("ann"),
        to: other,
        title: String::new(),
        level: None,
        role: None,
    }
}

#[test]
fn a_retracted_move_leaves_no_trace_at_either_client_whichever_is_named() {
    let other = AccountId::named("other");
    let moved = told("2026-02-01", moved_to(other));
    for named in [acme(), other] {
        let reason = "another Ann".to_owned();
        let back =
            told("2026-02-02", crate::fact::FactRetracted::of_account(named, moved.id, reason));
        for story in [[moved.clone(), back.clone()], [back.clone(), moved.clone()]] {
            let joined = told("2026-01-01", joined("ann", None, None));
            let desk = desk(&[vec![joined], story.to_vec()].concat());
            let ann = ContactId::named("ann");
            let here = account(&desk).contact_on(ann, day("2026-03-01"));
            assert!(here.is_some_and(|contact| contact.active), "{named}");
            let there =
                desk.account(other).and_then(|other| other.contact_on(ann, day("2026-03-01")));
            assert!(there.is_none(), "{named}");
        }
    }
}

#[test]
fn the_evidence_of_an_alert_is_bounded_however_long_the_history() {
    let confirmed =
        || crate::fact::ContactConfirmed { account: acme(), contact: ContactId::named("ann") };
    let mut story = vec![told("2025-01-01", joined("ann", DECIDES, None))];
    for n in 0..3_000 {
        let mut again = told("2025-06-01", confirmed());
        again.id = crate::id::EntryId::named(&n.to_string());
        story.push(again);
    }
    story.push(told("2026-02-01", left("ann")));
    let look = look_on(&desk(&story), "2026-02-01");
    let finding = look.due.values().next().unwrap();
    assert_eq!(finding.evidence.len(), 50);
    assert_eq!(finding.evidence.last(), Some(&story.last().unwrap().id), "the newest are kept");
}
