//! Shares by status, groups, drift.

use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, InvoiceId};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::Status;
use linchpin_query::view::{
    Clocks, Figures, PortfolioView, StatusShare, account_view, portfolio, portfolio_view,
};

use super::story::{Story, day, today};

fn paid(story: &mut Story, when: &str, account: AccountId, amount: i64, cost: Option<i64>) {
    let number = format!("P-{}", story.entries.len());
    story.tell(
        when,
        InvoiceIssued {
            account,
            invoice: InvoiceId::named(&number),
            number: Some(number),
            amount: amount.into(),
            currency: Currency::EUR,
            cost: cost.map(Decimal::from),
            lines: Vec::new(),
        },
    );
}

fn figures(story: &Story, clocks: Clocks) -> PortfolioView {
    portfolio_view(&story.desk, &portfolio(&story.desk, clocks)).unwrap()
}

fn of(figures: &Figures, status: Status) -> &StatusShare {
    figures.shares.iter().find(|share| share.status == status).unwrap()
}

fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-9, "{one} and {other}");
}

#[test]
fn each_status_has_its_share_of_revenue_and_profit() {
    let mut story = Story::small(0);
    for (name, amount, cost) in [("Alder", 2_000, 500), ("Birch", 900, 800), ("Cedar", 100, 0)] {
        let id = story.client("2024-01-01", name);
        paid(&mut story, "2024-02-01", id, amount, Some(cost));
    }
    let found = figures(&story, today("2024-06-30"));
    let all = &found.accounts;
    assert_eq!(all.number, 3);
    assert_eq!(all.total_revenue.as_deref(), Some("3000.00"));
    assert_eq!(all.total_profit.as_deref(), Some("1700.00"));
    assert_eq!(all.profit_unknown, None);
    let (key, others) = (of(all, Status::Key), of(all, Status::Standard));
    assert_eq!((key.accounts, others.accounts), (2, 1));
    assert_eq!(key.revenue.as_deref(), Some("2900.00"));
    near(key.share, 2_900.0 / 3_000.0);
    assert_eq!(key.profit.as_deref(), Some("1600.00"));
    near(key.profit_share.unwrap(), 1_600.0 / 1_700.0);
    near(all.shares.iter().map(|share| share.share).sum(), 1.0);
    near(all.shares.iter().filter_map(|share| share.profit_share).sum(), 1.0);
    near(all.concentration.top_1, 2.0 / 3.0);
    near(all.concentration.key, key.share);
    assert_eq!(all.shares.len(), Status::ALL.len());
}

#[test]
fn a_profit_that_cannot_be_told_is_said_not_guessed() {
    let mut story = Story::small(0);
    let id = story.client("2024-01-01", "Alder");
    paid(&mut story, "2024-02-01", id, 1_000, Some(100));
    paid(&mut story, "2024-03-01", id, 1_000, None);
    story.credit("2024-03-02", id, "50");
    let all = figures(&story, today("2024-06-30")).accounts;
    assert_eq!(all.total_profit, None);
    let why = all.profit_unknown.as_deref();
    assert_eq!(why, Some("The profit cannot be told: 1 of 2 invoices names no cost."));
    assert!(all.shares.iter().all(|share| share.profit.is_none() && share.profit_share.is_none()));
    assert_eq!(all.total_revenue.as_deref(), Some("1950.00"), "revenue is told all the same");
    let later = figures(&story, today("2025-03-01")).accounts;
    assert_eq!(later.total_profit.as_deref(), Some("-50.00"), "the old paper left the window");
}

#[test]
fn groups_are_rolled_up_as_of_a_day_and_a_merged_account_counts_once() {
    let mut story = Story::small(0);
    let mut id = |name: &str, amount: i64| {
        let id = story.client("2024-01-01", name);
        paid(&mut story, "2024-02-01", id, amount, Some(0));
        id
    };
    let (head, north, south) = (id("Head", 100), id("North", 600), id("South", 300));
    let (twice, lone) = (id("South again", 700), id("Lone", 800));
    for account in [north, south] {
        story.tell("2024-03-01", ParentSet { account, parent: head });
    }
    story.tell("2024-03-01", ParentSet { account: twice, parent: head });
    let reason = "one client".to_owned();
    story.tell("2024-03-02", AccountsMerged { account: twice, into: south, reason });
    story.tell("2024-05-01", ParentCleared { account: north });
    let found = figures(&story, today("2024-04-01"));
    assert_eq!((found.accounts.number, found.groups.number), (4, 2));
    let [first, second] = &found.largest_groups[..] else { panic!("{found:?}") };
    assert_eq!((first.head, first.accounts, first.key_accounts), (head, 3, 1));
    assert_eq!(first.revenue.as_deref(), Some("1700.00"));
    assert_eq!((first.status, second.status), (Status::Key, Status::Standard));
    assert_eq!((second.head, second.accounts), (lone, 1));
    near(first.share, 0.68);
    near(found.groups.concentration.top_1, 0.68);
    near(found.groups.concentration.key, 0.68);
    near(found.accounts.concentration.top_1, 0.4);
    let found = figures(&story, today("2024-05-01"));
    assert_eq!(found.groups.number, 3, "north stands for itself again");
    let first: Vec<AccountId> = found.largest_groups.iter().map(|group| group.head).collect();
    assert_eq!(first, [head, lone, north]);
}

#[test]
fn who_loses_points_drifts_away_and_is_told_when_the_threshold_is_crossed() {
    let mut story = Story::small(0);
    let falls = story.client("2024-01-01", "Falls");
    paid(&mut story, "2023-09-15", falls, 600, None);
    paid(&mut story, "2024-01-10", falls, 800, None);
    let ends = story.client("2024-01-01", "Ends");
    paid(&mut story, "2024-01-20", ends, 5_000, None);
    let stays = story.client("2024-01-01", "Stays");
    paid(&mut story, "2024-08-01", stays, 5_000, None);
    let rises = story.client("2024-01-01", "Rises");
    paid(&mut story, "2024-11-01", rises, 500, None);
    let drift = figures(&story, today("2024-11-15")).drift;
    assert_eq!((drift.away_in_all, drift.towards_in_all), (2, 1), "{drift:?}");
    // On 14 September the first invoice left the window; 800 of 1,000 still give 48 points. On
    // 9 January nothing is left.
    let fall = &drift.away[0];
    assert_eq!((fall.id, fall.points, fall.points_before), (falls, 48, 60));
    assert_eq!((fall.threshold, fall.distance), (40, 8));
    let crosses = fall.crosses.as_ref().unwrap();
    assert_eq!((crosses.day, crosses.to), (day("2025-01-09"), Status::UnderReview));
    let end = &drift.away[1];
    assert_eq!((end.id, end.points, end.points_before), (ends, 60, 60));
    assert_eq!(end.crosses.as_ref().unwrap().day, day("2025-01-19"));
    let rise = &drift.towards[0];
    assert_eq!((rise.id, rise.points, rise.points_before), (rises, 30, 0));
    assert_eq!((rise.threshold, rise.distance, &rise.crosses), (50, 20, &None));
}

#[test]
fn a_framework_that_begins_brings_a_client_across_by_time_alone() {
    let mut story = Story::small(0);
    let id = story.client("2024-01-01", "Alder");
    paid(&mut story, "2024-06-01", id, 300, None);
    story.tell(
        "2024-06-02",
        ContractSigned {
            account: id,
            contract: linchpin_domain::id::ContractId::named("to come"),
            title: "Framework".to_owned(),
            kind: ContractKind::Framework,
            start: day("2024-09-01"),
            end: day("2026-08-31"),
            notice_days: None,
            auto_renewal_months: None,
            value_a_year: None,
        },
    );
    let drift = figures(&story, today("2024-06-30")).drift;
    let crosses = drift.towards[0].crosses.as_ref().unwrap();
    assert_eq!((crosses.day, crosses.to), (day("2024-09-01"), Status::Key));
}

#[test]
fn without_a_policy_nobody_drifts() {
    let desk = linchpin_domain::desk::Desk::default();
    let found = portfolio_view(&desk, &portfolio(&desk, today("2024-06-30"))).unwrap();
    assert_eq!((found.drift.away_in_all, found.drift.towards_in_all), (0, 0));
    assert_eq!(found.accounts.total_profit.as_deref(), Some("0.00"));
}

#[test]
fn a_group_of_more_than_are_listed_comes_to_what_all_bring() {
    let mut story = Story::small(0);
    let head = story.client("2024-01-01", "Group");
    for number in 0..600 {
        let child = story.client("2024-01-01", &format!("Part {number}"));
        story.tell("2024-01-02", ParentSet { account: child, parent: head });
        paid(&mut story, "2024-02-01", child, 10, None);
    }
    let alone = story.client("2024-01-01", "Alone");
    paid(&mut story, "2024-02-01", alone, 2_000, None);
    let all = portfolio(&story.desk, today("2024-06-30"));
    let view = |id: AccountId| account_view(&story.desk, id, &all).unwrap();
    let group = view(head).group.unwrap();
    assert_eq!((group.members.len(), group.accounts, group.key_accounts), (500, 601, 0));
    assert_eq!(group.revenue.as_deref(), Some("6000.00"));
    near(group.share, 0.75);
    assert!(view(alone).group.is_none());
}
