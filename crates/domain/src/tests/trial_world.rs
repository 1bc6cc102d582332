//! Stories of three clients with whom everything happens that a policy can measure.

use jiff::ToSpan;
use proptest::prelude::*;

use super::story::{Told, day, told};
use super::world::*;
use crate::entry::Stream;
use crate::fact::*;
use crate::id::{ContactId, ContractId, EngagementId, InvoiceId};
use crate::money::{Currency, Decimal};
use crate::policy::Status;
use crate::private::Private;

pub(super) const NAMES: [&str; 3] = ["acme", "bolt", "cove"];

/// A policy that measures all that can be measured.
const EVERYTHING: &str = r#"
name = "Everything"
enters_at = 24
stays_from = 14
grace_days = 40
trial_days = 90
[approval]
role = "key-account director"
of = ["release"]
[reassessment]
every_days = 200
"#;

pub(super) fn criterion(id: &str, measure: &str, rest: &str) -> String {
    let head = format!("[[criterion]]\nid = \"{id}\"\ntitle = \"{id}\"\nmeasure = \"{measure}\"\n");
    format!("{head}{rest}\nmissing = \"half the points\"\nwhy = \"It counts.\"\n")
}

pub(super) fn everything() -> String {
    let windowed = |id, measure, days, from, to| {
        let rest = format!("window_days = {days}\nfrom = {from}\nto = {to}\npoints = 7");
        criterion(id, measure, &rest)
    };
    let plain = |id, measure, rest: &str| criterion(id, measure, &format!("{rest}\npoints = 5"));
    let all = [
        windowed("revenue", "revenue", 200, 0, 90_000),
        windowed("group-revenue", "revenue", 365, 0, 300_000) + "scope = \"group\"\n",
        windowed("profit", "profit", 120, 0, 50_000),
        windowed("frequency", "engagements", 150, 0, 4),
        windowed("regular", "active months", 300, 0, 4),
        windowed("touch", "interactions", 60, 0, 3),
        windowed("known-by", "colleagues involved", 250, 0, 3),
        windowed("referrals", "referrals", 400, 0, 2),
        windowed("feedback", "feedback", 180, 2, 9),
        windowed("reviews", "account reviews", 100, 0, 2),
        windowed("plans", "plan updates", 365, 0, 2),
        plain("fit", "judgement", "of = \"strategic fit\"\nfrom = 0\nto = 5"),
        plain("frame", "contracts", "of = \"framework\"\nat_least = 1"),
        plain("in-hand", "work in hand", "at_least = 1"),
        plain("people", "active contacts", "from = 0\nto = 3"),
        plain("levels", "levels reached", "from = 0\nto = 4"),
        plain("deciders", "decision makers", "at_least = 1"),
        plain("roles", "buying roles reached", "from = 0\nto = 3"),
        plain("group-people", "active contacts", "from = 0\nto = 6\nscope = \"group\""),
        plain("years", "tenure years", "from = 0\nto = 2"),
        plain("both", "custom", "when = \"frequency >= 1 && revenue > 20000\""),
    ];
    EVERYTHING.to_owned() + &all.concat()
}

fn any_fact() -> impl Strategy<Value = Told> {
    let date = (0_i64..800).prop_map(|n| (day("2024-01-01") + n.days()).to_string());
    let name = prop::sample::select(NAMES.to_vec());
    (date, name, 0_u32..32, 1_u32..60_000).prop_map(|(date, name, kind, n)| {
        let by = ["ann", "ben", "dora"][n as usize % 3];
        let soon = (day(&date) + i64::from(n % 300).days()).to_string();
        match kind {
            0..=4 => invoice(&date, name, n),
            5 => credit(&date, name, n),
            6..=8 => engagement(&date, name, n),
            9 => cancelled(&date, name, n),
            10 | 11 => interaction(&date, name, by),
            12 => feedback(&date, name, n),
            13 => told(&date, ReferralGiven { account: id(name), brought: None }),
            14 => told(&date, ReviewHeld { account: id(name), by: who(by) }),
            15 => told(&date, PlanUpdated { account: id(name), by: who(by) }),
            16 => judged(&date, name, (n % 6) as u8, &soon),
            17 => contract(&date, name, &soon),
            18 => met(&date, name, by, Level::ALL[n as usize % 4]),
            26 => changed(&date, name, by, n),
            27 => told(&date, ContactLeft { account: id(name), contact: ContactId::named(by) }),
            28 => moved(&date, name, by, NAMES[n as usize % 3]),
            29 => amended(&date, name, &soon),
            30 => ended(&date, name),
            31 => renewing(&date, name, &soon, n),
            19 => belongs(&date, name, NAMES[n as usize % 3]),
            20 => cleared(&date, name),
            21 => nominated(&date, name, by),
            22 => approved(&date, name, "dora"),
            23 => vetoed(&date, name, "dora"),
            24 => confirmed(&date, name, by),
            _ => overridden(&date, name, Status::ALL[n as usize % 6], &soon),
        }
    })
}

fn invoice(date: &str, name: &str, n: u32) -> Told {
    let currency = if n.is_multiple_of(11) { Currency::USD } else { Currency::EUR };
    let amount = Decimal::new(i64::from(n) * 100 + i64::from(n % 7), 2 + n % 3);
    let cost = (!n.is_multiple_of(4)).then(|| Decimal::from(n / 3));
    let invoice = InvoiceId::named(&n.to_string());
    let account = id(name);
    told(
        date,
        InvoiceIssued { account, invoice, number: None, amount, currency, cost, lines: vec![] },
    )
}

fn credit(date: &str, name: &str, n: u32) -> Told {
    let credit = CreditNoteIssued {
        account: id(name),
        invoice: InvoiceId::named(&n.to_string()),
        number: None,
        amount: (n / 4).into(),
        currency: Currency::EUR,
        lines: Vec::new(),
    };
    told(date, credit)
}

fn engagement(date: &str, name: &str, n: u32) -> Told {
    let until = n.is_multiple_of(2).then(|| day(date) + i64::from(n % 90).days());
    let (engagement, kind) = (EngagementId::named(&(n % 9).to_string()), EngagementKind::Order);
    let by = n.is_multiple_of(3).then(|| who("ben"));
    told(date, EngagementRecorded { account: id(name), engagement, kind, title: None, by, until })
}

fn cancelled(date: &str, name: &str, n: u32) -> Told {
    let engagement = EngagementId::named(&(n % 9).to_string());
    told(date, EngagementCancelled { account: id(name), engagement, reason: None })
}

fn interaction(date: &str, name: &str, by: &str) -> Told {
    let (kind, by) = (InteractionKind::Call, Some(who(by)));
    let person = Private::default();
    told(date, InteractionHeld { account: id(name), kind, contact: None, by, person })
}

fn feedback(date: &str, name: &str, n: u32) -> Told {
    let (score, person) = (Decimal::from(n % 8), Private::default());
    told(date, FeedbackReceived { account: id(name), score, out_of: 7, contact: None, person })
}

fn contract(date: &str, name: &str, end: &str) -> Told {
    let signed = ContractSigned {
        account: id(name),
        contract: ContractId::named(name),
        title: "Framework".to_owned(),
        kind: ContractKind::Framework,
        start: day(date),
        end: day(end),
        notice_days: None,
        auto_renewal_months: None,
        value_a_year: None,
    };
    told(date, signed)
}

fn changed(date: &str, name: &str, contact: &str, n: u32) -> Told {
    let changed = ContactChanged {
        account: id(name),
        contact: ContactId::named(contact),
        person: Private::default(),
        title: "Head".to_owned(),
        level: Some(Level::ALL[n as usize % 4]),
        role: Some(BuyingRole::ALL[n as usize % BuyingRole::ALL.len()]),
    };
    told(date, changed)
}

fn moved(date: &str, name: &str, contact: &str, to: &str) -> Told {
    let moved = ContactMoved {
        account: id(name),
        contact: ContactId::named(contact),
        to: id(to),
        title: "Head".to_owned(),
        level: None,
        role: Some(BuyingRole::DecisionMaker),
    };
    told(date, moved)
}

fn amended(date: &str, name: &str, end: &str) -> Told {
    let amended = ContractAmended {
        account: id(name),
        contract: ContractId::named(name),
        since: None,
        title: None,
        start: None,
        end: Some(day(end)),
        notice_days: None,
        auto_renewal_months: None,
    };
    told(date, amended)
}

fn ended(date: &str, name: &str) -> Told {
    let contract = ContractId::named(name);
    told(date, ContractEnded { account: id(name), contract, reason: None })
}

/// Another contract, which goes on by itself.
fn renewing(date: &str, name: &str, end: &str, n: u32) -> Told {
    let mut told = contract(date, name, end);
    if let Fact::ContractSigned(signed) = &mut told.fact {
        signed.contract = ContractId::named(&format!("{name} {}", n % 3));
        signed.auto_renewal_months = Some(1 + (n % 5) as u16);
    }
    told
}

/// One fact in eight is taken back.
fn taken_back(story: &[Told]) -> Vec<Told> {
    let wrong = story.iter().step_by(8).filter_map(|it| {
        let Stream::Account(account) = it.fact.stream() else { return None };
        let date = day(&it.at.to_string()[..10]).tomorrow().ok()?.to_string();
        Some(told(&date, FactRetracted::of_account(account, it.id, "by mistake".to_owned())))
    });
    wrong.collect()
}

pub(super) fn any_story() -> impl Strategy<Value = Vec<Told>> {
    let dora = member("2023-01-01", "dora", Role::Director);
    let rate = ExchangeRateSet { currency: Currency::USD, rate: Decimal::new(91, 2) };
    let rate = told("2024-09-01", rate);
    prop::collection::vec(any_fact(), 1..60).prop_map(move |mut story| {
        story.extend(taken_back(&story));
        story.extend([dora.clone(), rate.clone()]);
        story
    })
}
