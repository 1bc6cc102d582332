//! Whose client it is: the case, what the policy says, and earlier rulings.

use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, EngagementId, MemberId};
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::private::Private;
use linchpin_query::view::{Rulings, open_ownership, ownership_view, ruling_list};
use linchpin_testkit::told;

use super::served::Served;
use super::story::{Story, account, day, member, past};

/// Earlier work gives no claim after 700 days, and a parent's history counts for nobody.
fn policy() -> String {
    let rules = "[ownership]\nparent_history_counts = false\ndormant_after_days = 700\n";
    let first = match FIRST_POLICY.split_once("[ownership]\n") {
        Some((before, after)) => {
            let rest = after.split_once("\n\n").map_or("", |(_, rest)| rest);
            format!("{before}{rest}")
        }
        None => FIRST_POLICY.to_owned(),
    };
    let at = first.find("[[criterion]]").unwrap();
    format!("{}{rules}\n{}", &first[..at], &first[at..])
}

fn work(story: &mut Story, when: &str, account: AccountId, by: &str) {
    let engagement = EngagementId::named(&format!("work {}", story.entries.len()));
    let by = Some(member(by));
    let kind = EngagementKind::Placement;
    story
        .tell(when, EngagementRecorded { account, engagement, kind, title: None, by, until: None });
}

fn named(story: &mut Story, name: &str) {
    let (person, role) = (Private::named(name), Role::AccountManager);
    story.tell("2020-01-02", MemberNamed { member: member(name), person, role });
}

fn rule(story: &mut Story, when: &str, account: AccountId, owner: &str, reason: &str) {
    let (owner, by, reason) = (member(owner), member("Kari Berg"), reason.to_owned());
    let parent_history_counts = Some(false);
    story.tell(when, OwnershipRuled { account, owner, by, reason, parent_history_counts });
}

/// Two groups whose subsidiary came back through another colleague; the first was ruled on.
fn came_back() -> (Story, AccountId, AccountId) {
    let mut story = Story::under(&policy());
    named(&mut story, "Joe Bloggs");
    let mut subsidiaries = Vec::new();
    for (year, name) in [(2023, "Alder"), (2026, "Birch")] {
        let parent = story.client(&format!("{}-01-01", year - 3), &format!("{name} Holding"));
        story.owned(&format!("{}-01-02", year - 3), parent, "Maija Virtanen");
        work(&mut story, &format!("{}-02-01", year - 3), parent, "Maija Virtanen");
        let id = story.client(&format!("{year}-03-01"), name);
        story.tell(&format!("{year}-03-01"), ParentSet { account: id, parent });
        work(&mut story, &format!("{year}-03-02"), id, "Joe Bloggs");
        subsidiaries.push(id);
    }
    rule(&mut story, "2023-03-10", subsidiaries[0], "Joe Bloggs", "One placement three years ago");
    (story, subsidiaries[0], subsidiaries[1])
}

#[test]
fn a_subsidiary_that_comes_back_is_shown_with_its_case_and_the_likest_ruling() {
    let (mut story, ruled, open) = came_back();
    let other = story.client("2024-01-01", "Cedar");
    story.owned("2024-01-02", other, "Maija Virtanen");
    rule(&mut story, "2025-01-10", other, "Maija Virtanen", "She met them first");
    let view =
        ownership_view(&story.desk, &Rulings::of(&story.desk), open, past("2026-03-05")).unwrap();
    assert_eq!(view.owner, None);
    assert!(view.case.in_group && view.case.new_to_us && view.case.dormant && !view.case.key);
    assert!(!view.case.earlier_work_counts);
    assert_eq!(view.case.own_work.as_ref().map(|it| it.day), None);
    let group = view.case.group_work.as_ref().unwrap();
    assert_eq!((group.name.as_str(), group.day), ("Birch Holding", day("2023-02-01")));
    assert_eq!(group.by.as_ref().unwrap().name, "Maija Virtanen");
    assert_eq!(
        view.case.sentences,
        [
            "Work for Birch Holding of the same group was last begun on 1 February 2023, by Maija Virtanen."
        ]
    );
    assert_eq!(
        view.policy_says,
        "By the policy nobody has a claim from earlier work: work older than 700 days gives none, \
         and a parent’s history does not count."
    );
    let found: Vec<_> = view.precedents.iter().map(|it| (it.account, it.alike, it.of)).collect();
    assert_eq!(found[0], (ruled, Some(4), 4));
    assert_eq!(found[1].0, other);
    assert!(found[1].1 < Some(4), "{found:?}");
    let first = &view.precedents[0];
    assert_eq!((first.owner.name.as_str(), first.by.name.as_str()), ("Joe Bloggs", "Kari Berg"));
    assert_eq!(first.reason, "One placement three years ago");
    assert_eq!(
        first.like,
        "Part of a group, not worked before, no earlier work that counts, no key account in it"
    );
    assert!(first.entry.position.is_some());
    assert!(
        ownership_view(&story.desk, &Rulings::of(&story.desk), open, past("2020-01-01")).is_none()
    );
}

#[test]
fn open_cases_are_those_worked_by_two_and_those_claimed() {
    let (mut story, ruled, open) = came_back();
    let claimed = story.client("2026-01-01", "Dogwood");
    let (by, reason) = (member("Joe Bloggs"), "I know their director".to_owned());
    story.tell("2026-03-03", OwnershipClaimed { account: claimed, by, reason });
    let found = open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-03-05"));
    let mut ids: Vec<_> = found.cases.iter().map(|case| case.ownership.id).collect();
    let mut wanted = vec![open, claimed];
    ids.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ids, wanted, "{ruled} was ruled on");
    assert_eq!(found.open, 2);
    let case = found.cases.iter().find(|case| case.ownership.id == open).unwrap();
    assert!(case.alerts[0].title.contains("Joe Bloggs brought in work here"), "{case:?}");
    let case = found.cases.iter().find(|case| case.ownership.id == claimed).unwrap();
    assert!(case.alerts.is_empty(), "nobody else claims it");
    assert_eq!(case.ownership.claims[0].reason, "I know their director");
    rule(&mut story, "2026-03-06", open, "Joe Bloggs", "As with Alder");
    assert_eq!(open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-03-07")).open, 1);
}

#[test]
fn whoever_owns_a_client_has_no_claim_to_it() {
    let (mut story, _, id) = came_back();
    let (by, reason) = (member("Joe Bloggs"), "I know their director".to_owned());
    story.tell("2026-03-03", OwnershipClaimed { account: id, by, reason });
    let seen = |story: &Story, on: &str| {
        let rulings = Rulings::of(&story.desk);
        let view = ownership_view(&story.desk, &rulings, id, past(on)).unwrap();
        let open = open_ownership(&story.desk, &rulings, past(on));
        let standing = open.cases.into_iter().filter(|case| case.alerts.is_empty());
        (view.claims.len(), standing.filter(|case| case.ownership.id == id).count())
    };
    assert_eq!(seen(&story, "2026-03-04").0, 1);
    story.owned("2026-03-05", id, "Joe Bloggs");
    assert_eq!(seen(&story, "2026-03-05"), (0, 0), "it is theirs");
    story.owned("2026-03-06", id, "Maija Virtanen");
    assert_eq!(seen(&story, "2026-03-06"), (0, 0), "and was, when it went to another");
}

#[test]
fn who_left_is_listed_with_the_clients_that_are_still_theirs() {
    let (mut story, ruled, _) = came_back();
    story.tell("2026-03-01", MemberLeft { member: member("Joe Bloggs") });
    story.tell("2026-03-01", MemberLeft { member: member("Kari Berg") });
    let found = open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-03-05"));
    assert_eq!(found.leavers.len(), 1, "Kari Berg has no client");
    let leaver = &found.leavers[0];
    assert_eq!(
        (leaver.person.name.as_str(), leaver.left, leaver.total),
        ("Joe Bloggs", day("2026-03-01"), 1)
    );
    assert_eq!((leaver.accounts[0].id, leaver.accounts[0].name.as_str()), (ruled, "Alder"));
    let (owner, from) = (member("Maija Virtanen"), Some(member("Joe Bloggs")));
    story.tell(
        "2026-03-04",
        OwnerHandedOver {
            account: ruled,
            from,
            to: owner,
            contacts: Vec::new(),
            contracts: Vec::new(),
            promises: Vec::new(),
            reason: "Joe left".to_owned(),
        },
    );
    assert!(
        open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-03-05"))
            .leavers
            .is_empty()
    );
    assert!(
        open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-02-28"))
            .leavers
            .is_empty(),
        "nobody had left"
    );
}

#[test]
fn of_many_who_left_those_with_the_most_clients_are_listed_and_all_are_counted() {
    let (mut story, _, _) = came_back();
    for number in 0..30 {
        let name = format!("Leaver {number}");
        named(&mut story, &name);
        story.tell("2026-01-02", MemberLeft { member: member(&name) });
        for client in 0..=usize::from(number == 17) {
            let account = story.client("2026-01-01", &format!("Client {client} of {number}"));
            story.tell("2026-01-01", OwnerAssigned { account, owner: member(&name) });
        }
    }
    let found = open_ownership(&story.desk, &Rulings::of(&story.desk), past("2026-03-05"));
    assert_eq!((found.left, found.left_accounts, found.leavers.len()), (30, 31, 25));
    assert_eq!(found.leavers[0].person.id, member("Leaver 17").0, "who has two");
}

#[test]
fn rulings_are_found_by_client_colleague_and_words_of_the_reason() {
    let (mut story, first, second) = came_back();
    rule(&mut story, "2026-03-06", second, "Joe Bloggs", "As with Alder");
    let names = |sought: &str| {
        let (list, _) = ruling_list(
            &story.desk,
            &Rulings::of(&story.desk),
            past("2026-04-01"),
            sought,
            None,
            10,
        )
        .unwrap();
        list.rulings.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["Birch", "Alder"], "newest first");
    assert_eq!(names("PLACEMENT three"), ["Alder"]);
    assert_eq!(names("alder"), ["Birch", "Alder"], "by the name and by the reason");
    assert_eq!(names("birch kari"), ["Birch"]);
    assert_eq!(names("oak"), [""; 0]);
    let (page, next) =
        ruling_list(&story.desk, &Rulings::of(&story.desk), past("2026-04-01"), "", None, 1)
            .unwrap();
    assert_eq!((page.total, page.rulings[0].account), (2, second));
    let (page, end) =
        ruling_list(&story.desk, &Rulings::of(&story.desk), past("2026-04-01"), "", next, 1)
            .unwrap();
    assert_eq!((page.rulings[0].account, end), (first, None));
    let (past, _) =
        ruling_list(&story.desk, &Rulings::of(&story.desk), past("2024-01-01"), "", None, 10)
            .unwrap();
    assert_eq!(past.total, 1);
}

#[tokio::test]
async fn the_api_tells_ownership_and_pages_through_rulings() {
    let served = Served::new().await;
    served.member(MemberId::named("kari"), Role::Director).await;
    for name in ["Alder", "Birch", "Cedar"] {
        served.client(name).await;
        let ruled = OwnershipRuled {
            account: account(name),
            owner: MemberId::named("joe"),
            by: MemberId::named("kari"),
            reason: format!("{name} asked for Joe"),
            parent_history_counts: None,
        };
        let when = format!("2024-03-0{}", name.len() - 4);
        served.append(vec![told(&format!("ruled {name}"), &when, ruled)]).await;
    }
    let one = served.ok("/v1/accounts/crm:Alder/ownership").await;
    assert_eq!(one["precedents"].as_array().unwrap().len(), 3, "its own ruling is one too");
    assert_eq!(one["precedents"][0]["of"], 4);
    assert!(one["policy_says"].as_str().unwrap().ends_with('.'));
    let mut path = "/v1/ownership/rulings?q=asked&limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = served.ok(&path).await;
        assert_eq!(page["total"], 3);
        let names = page["rulings"].as_array().unwrap();
        seen.extend(names.iter().map(|it| it["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["Alder", "Birch", "Cedar"]);
    assert_eq!(served.ok("/v1/ownership").await["open"], 0);
    served.refused("/v1/accounts/crm:Nobody/ownership", 404).await;
    let detail = served.refused("/v1/ownership/rulings?limit=900", 400).await;
    assert!(detail.contains("1 to 200"), "{detail}");
    let gone = format!("/v1/ownership/rulings?cursor={}", account("Alder"));
    let detail = served.refused(&gone, 400).await;
    assert!(detail.contains("begin again without it"), "{detail}");
}
