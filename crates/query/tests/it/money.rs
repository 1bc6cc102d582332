//! Revenue, rank and share of a portfolio.

use linchpin_domain::fact::{ExchangeRateSet, InvoiceIssued};
use linchpin_domain::id::{AccountId, InvoiceId};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_query::view::{Sort, account_view, portfolio, sort_rows};

use super::story::{Story, past, today};

#[test]
fn revenue_counts_the_days_of_a_trailing_year_and_rounds_half_up_at_the_end() {
    let mut story = Story::begin();
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2025-06-30", id, "1000");
    story.invoice("2025-07-01", id, "0.333");
    story.invoice("2026-06-30", id, "0.332");
    let all = portfolio(&story.desk, today("2026-06-30"));
    assert_eq!(all.accounts[0].revenue.as_deref(), Some("0.67"));
    assert_eq!(all.total_revenue.as_deref(), Some("0.67"));
    assert_eq!(
        portfolio(&story.desk, past("2026-06-29")).accounts[0].revenue.as_deref(),
        Some("1000.33")
    );
}

#[test]
fn equal_revenue_shares_a_rank_and_those_without_business_rank_last() {
    let mut story = Story::begin();
    for (name, amount) in [("A", "50"), ("B", "30"), ("C", "30"), ("D", "20")] {
        let id = story.client("2025-01-01", name);
        story.invoice("2025-03-01", id, amount);
        story.order("2025-03-01", id);
    }
    story.client("2025-01-01", "Quiet");
    let refunded = story.client("2025-01-01", "Refunded");
    story.credit("2025-03-02", refunded, "30");
    let all = portfolio(&story.desk, today("2025-06-30"));
    let ranks: Vec<(&str, u32)> =
        all.accounts.iter().map(|row| (row.name.as_str(), row.rank)).collect();
    assert_eq!(ranks, [("A", 1), ("B", 2), ("C", 2), ("D", 4), ("Refunded", 5), ("Quiet", 6)]);
    assert!((all.accounts[0].share - 0.5).abs() < 1e-12);
    assert_eq!(all.accounts[4].revenue.as_deref(), Some("-30.00"));
    assert_eq!(all.accounts[0].orders, 1);
    assert!((all.concentration.top_5 - 1.0).abs() < 1e-12);
}

#[test]
fn a_missing_exchange_rate_leaves_the_figure_out_instead_of_guessing_it() {
    let mut story = Story::begin();
    let id = story.client("2025-01-01", "Fjord");
    story.tell(
        "2025-03-01",
        linchpin_domain::fact::InvoiceIssued {
            account: id,
            invoice: linchpin_domain::id::InvoiceId::named("nok"),
            number: None,
            amount: 100.into(),
            currency: linchpin_domain::money::Currency::NOK,
            cost: None,
            lines: Vec::new(),
        },
    );
    let row = &portfolio(&story.desk, today("2025-06-30")).accounts[0];
    assert_eq!(row.revenue, None);
    assert!(row.share.abs() < f64::EPSILON);
}

#[test]
fn months_are_calendar_months_and_end_with_the_one_of_the_day() {
    let mut story = Story::begin();
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2025-07-31", id, "7");
    story.invoice("2026-06-01", id, "11");
    let row = &portfolio(&story.desk, today("2026-06-17")).accounts[0];
    assert_eq!(row.months, [7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 11.0]);
}

#[test]
fn an_account_is_listed_from_its_first_day_on() {
    let mut story = Story::begin();
    story.client("2025-05-01", "Late");
    assert!(portfolio(&story.desk, past("2025-04-30")).accounts.is_empty());
    assert_eq!(portfolio(&story.desk, past("2025-05-01")).accounts.len(), 1);
}

#[test]
fn rows_stand_in_every_order_asked_for() {
    let mut story = Story::begin();
    let alder = story.client("2025-01-01", "Alder");
    let birch = story.client("2025-01-01", "birch");
    story.invoice("2025-03-01", birch, "400000");
    story.framework("2025-01-01", alder, "2025-12-31");
    let mut rows = portfolio(&story.desk, today("2025-06-30")).accounts;
    let mut names = |sort| {
        sort_rows(&mut rows, sort);
        rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(Sort::Name), ["Alder", "birch"]);
    assert_eq!(names(Sort::Revenue), ["birch", "Alder"]);
    assert_eq!(names(Sort::Score), ["birch", "Alder"]);
    assert_eq!(names(Sort::Deadline), ["Alder", "birch"]);
}

/// Invoices of the largest amount taken, in a currency whose unit is worth `rate` of the firm's.
fn invoices_at(rate: &str, many: usize) -> (Story, AccountId) {
    let mut story = Story::begin();
    let id = story.client("2025-01-01", "Midas");
    let rate: Decimal = rate.parse().unwrap();
    story.tell("2025-01-01", ExchangeRateSet { currency: Currency::KWD, rate });
    for number in 0..many {
        let invoice = InvoiceId::named(&format!("large {number}"));
        let amount = Decimal::from(1_000_000_000_000_000_u64);
        story.tell(
            "2025-03-01",
            InvoiceIssued {
                account: id,
                invoice,
                number: None,
                amount,
                currency: Currency::KWD,
                cost: None,
                lines: Vec::new(),
            },
        );
    }
    (story, id)
}

#[test]
fn the_largest_amounts_at_the_highest_rate_are_summed_exactly() {
    let (story, id) = invoices_at("1000000", 9);
    let all = portfolio(&story.desk, today("2025-06-30"));
    assert_eq!(all.total_revenue.as_deref(), Some("9000000000000000000000.00"));
    assert!((all.concentration.top_1 - 1.0).abs() < 1e-12);
    let view = account_view(&story.desk, id, &all).unwrap();
    assert_eq!((view.row.revenue, view.row.rank), (all.total_revenue, 1));
}

#[test]
fn a_sum_that_cannot_be_held_is_absent_like_one_without_a_rate() {
    // The door takes no such rate any more; a ledger may hold one from before.
    let (mut story, id) = invoices_at("10000000000000", 9);
    let other = story.client("2025-01-01", "Alder");
    story.invoice("2025-03-01", other, "50");
    let all = portfolio(&story.desk, today("2025-06-30"));
    assert_eq!(all.total_revenue.as_deref(), Some("50.00"));
    let view = account_view(&story.desk, id, &all).unwrap();
    assert_eq!((view.row.revenue, view.row.rank), (None, 2));
    assert!(view.row.share.abs() < f64::EPSILON);
    assert_eq!(view.why.falls_to.map(|fall| fall.points), None);
}

#[test]
fn a_total_that_cannot_be_held_leaves_every_share_out() {
    let (mut story, _) = invoices_at("900000000000", 1);
    let other = story.client("2025-01-01", "Croesus");
    for number in 0..2 {
        let invoice = InvoiceId::named(&format!("as large {number}"));
        let amount = Decimal::from(300_000_000_000_000_u64);
        story.tell(
            "2025-03-01",
            InvoiceIssued {
                account: other,
                invoice,
                number: None,
                amount,
                currency: Currency::KWD,
                cost: None,
                lines: Vec::new(),
            },
        );
    }
    let all = portfolio(&story.desk, today("2025-06-30"));
    assert!(all.accounts.iter().all(|row| row.revenue.is_some() && row.share == 0.0));
    assert_eq!(all.total_revenue, None);
    assert!(all.concentration.top_10.abs() < f64::EPSILON);
}
