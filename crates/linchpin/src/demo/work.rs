//! The work and the money: engagements, invoices, credit notes, and one invoice entered twice.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::fact::{
    CreditNoteIssued, EngagementCancelled, EngagementKind, EngagementRecorded, FactRetracted,
    InvoiceIssued, InvoiceLine, lines_total,
};
use linchpin_domain::id::{EngagementId, InvoiceId, MemberId};
use linchpin_domain::money::{Currency, Decimal};

use super::book::{Book, Page};
use super::cast::{DISPUTED, Member};
use super::rng::Rng;
use super::teller::{Door, Teller};
use super::trade::{PROJECTS, fill};

/// From this yearly revenue on (in thousands of euros) a client is invoiced twice a month.
const TWICE_A_MONTH: u32 = 400;

/// The client one of whose invoices was entered twice, and how many days ago.
const ENTERED_TWICE: (&str, i64) = ("Saltmere Stores", 133);

/// Tells of the work done for every client and of what was paid for it.
pub(super) fn deliver(teller: &mut Teller, book: &Book) {
    for (place, page) in book.pages.iter().enumerate() {
        let rng = teller.rng(&page.label("work"));
        let mut desk = Desk { page, number: 101 + place, engagements: 0, invoices: 0, rng };
        if page.client.habit.is_some() {
            desk.engage_steadily(teller);
            desk.invoice_steadily(teller);
        }
        for day in &page.orders {
            desk.order(teller, *day);
        }
        if page.client.name == ENTERED_TWICE.0 {
            desk.enter_twice(teller, teller.calendar.ago(ENTERED_TWICE.1));
        }
    }
}

/// What is on the desk for one client.
struct Desk<'a> {
    page: &'a Page,
    number: usize,
    engagements: usize,
    invoices: usize,
    rng: Rng,
}

impl Desk<'_> {
    fn engage_steadily(&mut self, teller: &mut Teller) {
        let Some(habit) = self.page.client.habit else { return };
        for (year, usual) in habit.work.into_iter().enumerate() {
            let usual = i64::from(usual);
            let (first, last) = teller.calendar.year(year);
            let days = i64::from((last - first).get_days());
            let spread = usual / 8;
            for _ in 0..usual + self.rng.between(-spread, spread) {
                let day = first + self.rng.between(0, days).days();
                self.engage(teller, day);
            }
        }
    }

    fn engage(&mut self, teller: &mut Teller, day: Date) {
        self.engagements += 1;
        let (one, several) = self.rng.pick(&self.page.client.trade.jobs());
        let people = self.rng.between(1, 6);
        let (kind, title) = match self.rng.between(0, 99) {
            0..20 => (EngagementKind::Project, fill(self.rng.pick(&PROJECTS), (one, several))),
            _ if people == 1 => (EngagementKind::Placement, format!("1 {one}")),
            _ => (EngagementKind::Placement, format!("{people} {several}")),
        };
        let engagement =
            EngagementId::named(&format!("crm:W-{}-{:03}", self.number, self.engagements));
        let until = self.rng.chance(80).then(|| day + self.rng.between(20, 270).days());
        let account = self.page.id;
        let by = self.rng.chance(92).then(|| self.page.client.manager.id());
        let by = if self.page.client.name == DISPUTED { Some(self.claimant()) } else { by };
        let recorded =
            EngagementRecorded { account, engagement, kind, title: Some(title), by, until };
        let told = teller.tell(day, Door::Crm, recorded);
        if told.is_some() && self.rng.chance(3) {
            let reasons = [
                "The candidate withdrew.",
                "The client filled it from its own people.",
                "Budget cut.",
            ];
            let reason = Some(self.rng.pick(&reasons).to_owned());
            let later = teller.calendar.workday(day + self.rng.between(4, 20).days());
            teller.tell(later, Door::Crm, EngagementCancelled { account, engagement, reason });
        }
    }

    /// Who brought an order of the disputed client: of eight, the one who claims it brought six.
    fn claimant(&self) -> MemberId {
        let member = if self.engagements.is_multiple_of(4) { Member::North } else { Member::West };
        member.id()
    }

    fn invoice_steadily(&mut self, teller: &mut Teller) {
        let Some(habit) = self.page.client.habit else { return };
        let parts = if habit.pay[2] >= TWICE_A_MONTH { 2 } else { 1 };
        for month_end in teller.calendar.month_ends() {
            for part in 1..=parts {
                let day =
                    if part < parts { month_end.first_of_month() + 14.days() } else { month_end };
                if day < teller.calendar.start {
                    continue;
                }
                let season = match day.month() {
                    8 => 88,
                    12 => 90,
                    6 | 10 | 11 => 107,
                    _ => 101,
                };
                let month = teller.calendar.level(habit.pay, day) * 100 / 12;
                let cents = month / parts * season / 100 * self.rng.between(88, 112) / 100;
                self.invoice(teller, day, cents);
            }
        }
    }

    /// An order of a client without steady work: one engagement, and what is charged for it.
    fn order(&mut self, teller: &mut Teller, day: Date) {
        self.engage(teller, day);
        let cents = match self.rng.between(0, 9) {
            0..3 => self.rng.between(300_000, 1_200_000),
            _ => self.rng.between(1_400_000, 3_600_000),
        };
        let parts = self.rng.between(1, 3);
        for part in 0..parts {
            let day = day + (25 + 30 * part).days();
            self.invoice(teller, day, cents / parts);
        }
    }

    /// An invoice of about so many cents.
    fn invoice(&mut self, teller: &mut Teller, day: Date, cents: i64) {
        let lines = self.lines(cents);
        let Some(amount) = lines_total(&lines).map(|total| total.round_dp(2)) else { return };
        let cost = self.rng.chance(88).then(|| {
            let share = Decimal::new(self.rng.between(770, 880), 3);
            (amount * share).round_dp(2)
        });
        let number = self.next_number(day, "R");
        let issued = InvoiceIssued {
            account: self.page.id,
            invoice: InvoiceId::named(&format!("books:{number}")),
            number: Some(number),
            amount,
            currency: Currency::EUR,
            cost,
            lines,
        };
        let told = teller.tell(day, Door::Books, issued);
        if told.is_some() && self.rng.chance(3) {
            let later = day + self.rng.between(8, 30).days();
            self.credit(teller, later, cents);
        }
    }

    fn next_number(&mut self, day: Date, kind: &str) -> String {
        self.invoices += 1;
        format!("{kind}{}-{}-{:03}", day.year(), self.number, self.invoices)
    }

    /// One to three lines of hours, or a fee, that make about so many cents.
    fn lines(&mut self, cents: i64) -> Vec<InvoiceLine> {
        let jobs = self.page.client.trade.jobs();
        if self.page.client.habit.is_none() && self.rng.chance(70) {
            let (one, _) = self.rng.pick(&jobs);
            let fee = Decimal::new(cents / 5_000 * 50, 0);
            let item = format!("Placement fee, {one}");
            return vec![InvoiceLine { item, quantity: Decimal::ONE, unit_price: fee }];
        }
        let count = if cents > 1_000_000 { self.rng.between(2, 3) } else { 1 };
        let start = self.rng.place(jobs.len());
        let line = |rng: &mut Rng, job: usize, cents: i64| {
            let dimes = rng.between(310, 560);
            let half_hours = (cents / (dimes * 5)).max(1);
            InvoiceLine {
                item: format!("Hours, {}", jobs[job % jobs.len()].1),
                quantity: Decimal::new(half_hours * 5, 1),
                unit_price: Decimal::new(dimes * 10, 2),
            }
        };
        (0..count).zip(start..).map(|(_, job)| line(&mut self.rng, job, cents / count)).collect()
    }

    fn credit(&mut self, teller: &mut Teller, day: Date, cents: i64) {
        let part = (cents * self.rng.between(2, 12) / 100).max(1_000);
        let (item, quantity) = ("Hours billed twice".to_owned(), -Decimal::ONE);
        let amount = Decimal::new(part, 2);
        let number = self.next_number(day, "C");
        let issued = CreditNoteIssued {
            account: self.page.id,
            invoice: InvoiceId::named(&format!("books:{number}")),
            number: Some(number),
            amount,
            currency: Currency::EUR,
            lines: vec![InvoiceLine { item, quantity, unit_price: amount }],
        };
        teller.tell(day, Door::Books, issued);
    }

    /// The same invoice typed in twice, by two people, and taken back when the month was closed.
    fn enter_twice(&mut self, teller: &mut Teller, day: Date) {
        let number = self.next_number(day, "R");
        let amount = Decimal::new(1_284_000, 2);
        let cost = Some(Decimal::new(1_053_000, 2));
        let entered = |copy: &str| InvoiceIssued {
            account: self.page.id,
            invoice: InvoiceId::named(&format!("books:{number}{copy}")),
            number: Some(number.clone()),
            amount,
            currency: Currency::EUR,
            cost,
            lines: Vec::new(),
        };
        teller.tell_late(day, 0, Door::Books, entered(""));
        let Some(fact) = teller.tell_late(day, 1, Door::Books, entered("-again")) else { return };
        let reason =
            format!("Invoice {number} was entered twice. Found when the month was closed.");
        let retracted = FactRetracted::of_account(self.page.id, fact, reason);
        teller.tell_late(day + 23.days(), 0, Door::Books, retracted);
    }
}
