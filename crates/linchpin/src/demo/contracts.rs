//! The contracts: signed, amended, renewed, ended; some with a deadline in the next weeks.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::fact::ContractKind::{self, Exclusivity, Framework, RateCard, Retainer};
use linchpin_domain::fact::{
    ContractAmended, ContractEnded, ContractRenewed, ContractSigned, NoticeGiven,
    RenewalTalksStarted, Side,
};
use linchpin_domain::id::ContractId;
use linchpin_domain::money::{Currency, Decimal, Money};

use super::book::{Book, Page};
use super::calendar::Calendar;
use super::teller::{Door, Teller};

/// What becomes of a contract. Days count from today; terms end with a month, so that the day
/// meant is met or passed by up to 30 days.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// Its last day for notice is so many days away, and nobody has spoken about it.
    Notice(i64),
    /// The same, and talks began so many days ago.
    Talks(i64, i64),
    /// One side gave notice so many days ago; its last day is so many days away.
    Leaving(i64, Side, i64),
    /// It ended so many days ago, for this reason; the client had given notice or not.
    Ended(i64, bool, &'static str),
}

use Fate::{Ended, Leaving, Notice, Talks};

/// Client, kind, months of a term, terms up to now, days of notice, whether it renews by itself,
/// value a year in thousands of euros, fate.
type Row = (&'static str, ContractKind, i64, i64, u16, bool, i64, Fate);

const CONTRACTS: [Row; 38] = [
    // Deadlines near.
    ("Thornquay Logistics", Framework, 24, 2, 90, false, 430, Notice(5)),
    ("Ravelstone Foods", RateCard, 12, 3, 30, true, 0, Notice(9)),
    ("Osmunda Clinics", Framework, 12, 3, 60, true, 380, Notice(20)),
    ("Varnholt Precision", Retainer, 12, 3, 60, false, 48, Talks(30, 12)),
    ("Kettlebright Energy", Exclusivity, 24, 1, 90, false, 0, Notice(45)),
    ("Pellimore Pharma", Framework, 24, 1, 90, false, 240, Talks(58, 20)),
    ("Mossgrave Care Homes", RateCard, 12, 2, 30, true, 0, Notice(55)),
    // The last day for notice has passed, the end is near, and nobody has spoken about it.
    ("Copperlea Rail", Framework, 24, 1, 60, false, 180, Notice(-34)),
    // Running.
    ("Ravelstone Foods", Framework, 36, 1, 180, false, 1_000, Notice(330)),
    ("Ravelstone Foods", Retainer, 12, 3, 60, false, 96, Notice(200)),
    ("Ravelstone Cold Chain", RateCard, 12, 2, 30, true, 0, Notice(130)),
    ("Thornquay Logistics", RateCard, 12, 3, 30, true, 0, Notice(170)),
    ("Osmunda Clinics", Retainer, 12, 2, 30, false, 60, Notice(230)),
    ("Kettlebright Energy", Framework, 24, 2, 90, false, 350, Notice(280)),
    ("Varnholt Precision", Framework, 24, 2, 90, false, 300, Notice(400)),
    ("Saltmere Stores", Framework, 12, 3, 90, true, 260, Notice(150)),
    ("Saltmere Stores", RateCard, 12, 3, 30, true, 0, Notice(110)),
    ("Pellimore Pharma", RateCard, 12, 2, 30, true, 0, Notice(250)),
    ("Quartzby Glass", Framework, 24, 1, 60, false, 220, Notice(190)),
    ("Fernlock Data Centres", Framework, 24, 1, 90, false, 200, Notice(310)),
    ("Fernlock Data Centres", Retainer, 12, 1, 60, false, 36, Notice(120)),
    ("Brambleforth Insurance", Framework, 12, 3, 60, true, 190, Notice(180)),
    ("Brambleforth Insurance", RateCard, 12, 3, 30, true, 0, Notice(215)),
    ("Quarrymoor Cement", RateCard, 12, 3, 30, true, 0, Notice(145)),
    ("Tidewrack Shipping", Framework, 24, 1, 60, false, 150, Notice(260)),
    ("Orchardine Drinks", RateCard, 12, 3, 30, true, 0, Notice(100)),
    ("Mossgrave Care Homes", Framework, 24, 2, 90, false, 140, Notice(220)),
    ("Ironwhistle Tools", RateCard, 12, 2, 30, true, 0, Notice(290)),
    ("Nettlewick Schools", Framework, 24, 1, 90, false, 110, Notice(240)),
    ("Gossamer Aviation Services", RateCard, 12, 2, 30, true, 0, Notice(165)),
    ("Cloudberry Telecoms", Framework, 12, 2, 60, true, 60, Notice(135)),
    ("Duskwater Breweries", RateCard, 12, 3, 30, true, 0, Notice(300)),
    // Ending and ended.
    ("Kettlebright Energy", Retainer, 12, 2, 60, false, 40, Leaving(50, Side::Us, 40)),
    ("Puddlewharf Hotels", RateCard, 12, 2, 30, false, 0, Leaving(65, Side::Client, 33)),
    (
        "Wexcombe Packaging",
        Framework,
        24,
        1,
        90,
        false,
        350,
        Ended(160, true, "Tender lost on price."),
    ),
    (
        "Wexcombe Packaging",
        RateCard,
        12,
        2,
        30,
        false,
        0,
        Ended(70, false, "Not renewed by the client."),
    ),
    (
        "Hollowmead Farms",
        Framework,
        12,
        1,
        60,
        false,
        90,
        Ended(420, true, "Hires for itself now."),
    ),
    (
        "Larchmantle Furniture",
        RateCard,
        12,
        1,
        30,
        false,
        0,
        Ended(600, false, "Nobody spoke in time."),
    ),
];

/// Contracts whose notice period was changed: row, days ago, days of notice before.
const AMENDED: [(usize, i64, u16); 4] = [(2, 330, 30), (15, 480, 60), (13, 250, 60), (19, 140, 60)];

/// Tells what was signed, and what became of it.
pub(super) fn sign(teller: &mut Teller, book: &Book) {
    for (place, row) in CONTRACTS.into_iter().enumerate() {
        let Some(page) = book.find(row.0) else { continue };
        let number = format!("register:K-{}", 201 + place);
        let mut paper = Paper { page, row, contract: ContractId::named(&number), teller };
        paper.sign(AMENDED.iter().find(|amended| amended.0 == place));
        paper.finish();
    }
}

struct Paper<'a> {
    page: &'a Page,
    row: Row,
    contract: ContractId,
    teller: &'a mut Teller,
}

impl Paper<'_> {
    fn end(&self) -> Date {
        last_end(&self.teller.calendar, &self.row)
    }

    /// Signed, amended, and renewed up to the current term. What was signed before the desk was
    /// set up is known from its first day.
    fn sign(&mut self, amended: Option<&(usize, i64, u16)>) {
        let (_, kind, months, terms, notice_days, renews, value, _) = self.row;
        let ends: Vec<Date> =
            (0..terms).rev().map(|back| months_before(self.end(), months * back)).collect();
        let start = months_before(self.end(), months * terms) + 1.day();
        let signed = self.teller.calendar.workday(start - 12.days());
        let agreed = |end: Date| end - 45.days();
        let current = ends.iter().position(|end| agreed(*end) > signed);
        let Some((end, later)) = current.and_then(|first| ends[first..].split_first()) else {
            return;
        };
        let value = (value > 0)
            .then(|| Money { amount: Decimal::new(value * 1000, 0), currency: Currency::EUR });
        let fact = ContractSigned {
            account: self.page.id,
            contract: self.contract,
            title: format!("{} {}", words(kind), start.year()),
            kind,
            start,
            end: *end,
            notice_days: Some(amended.map_or(notice_days, |(_, _, before)| *before)),
            auto_renewal_months: renews.then_some(u16::try_from(months).unwrap_or(12)),
            value_a_year: value,
        };
        if signed == self.teller.calendar.start {
            self.teller.opening("import:contracts", fact);
        } else {
            self.tell(signed, fact);
        }
        if let Some((_, days_ago, _)) = amended {
            self.amend(self.teller.calendar.ago(*days_ago), notice_days);
        }
        let mut before = *end;
        for next in later.iter().filter(|_| !renews) {
            self.tell(agreed(before) - 50.days(), self.talks());
            let renewed =
                ContractRenewed { account: self.page.id, contract: self.contract, end: *next };
            self.tell(agreed(before), renewed);
            before = *next;
        }
    }

    fn amend(&mut self, day: Date, notice_days: u16) {
        let amended = ContractAmended {
            account: self.page.id,
            contract: self.contract,
            since: None,
            title: None,
            start: None,
            end: None,
            notice_days: Some(notice_days),
            auto_renewal_months: None,
        };
        self.tell(day, amended);
    }

    /// What happened in the current term.
    fn finish(&mut self) {
        let (account, contract) = (self.page.id, self.contract);
        match self.row.7 {
            Notice(_) => {}
            Talks(_, days_ago) => self.tell(self.teller.calendar.ago(days_ago), self.talks()),
            Leaving(_, by, days_ago) => {
                self.tell(
                    self.teller.calendar.ago(days_ago),
                    NoticeGiven { account, contract, by },
                );
            }
            Ended(_, noticed, reason) => {
                let end = self.end();
                if noticed {
                    let day = end - i64::from(self.row.4 + 4).days();
                    self.tell(day, NoticeGiven { account, contract, by: Side::Client });
                }
                let reason = Some(reason.to_owned());
                self.tell(end + 3.days(), ContractEnded { account, contract, reason });
            }
        }
    }

    fn talks(&self) -> RenewalTalksStarted {
        RenewalTalksStarted { account: self.page.id, contract: self.contract }
    }

    /// Told on its day where that lies in the story.
    fn tell(&mut self, day: Date, fact: impl Into<linchpin_domain::fact::Fact>) {
        if day > self.teller.calendar.start {
            self.teller.tell_late(day, 0, Door::Register, fact);
        }
    }
}

fn last_end(calendar: &Calendar, row: &Row) -> Date {
    let month_end = |days: i64| (calendar.today + days.days()).last_of_month();
    match row.7 {
        Notice(days) | Talks(days, _) => month_end(days + i64::from(row.4)),
        Leaving(days, ..) => month_end(days),
        Ended(days, ..) => (calendar.today - days.days()).first_of_month() - 1.day(),
    }
}

fn months_before(end: Date, months: i64) -> Date {
    (end.first_of_month() - months.months()).last_of_month()
}

fn words(kind: ContractKind) -> &'static str {
    match kind {
        Framework => "Framework agreement",
        Retainer => "Retainer",
        Exclusivity => "Exclusive supply agreement",
        RateCard => "Rate card",
        ContractKind::Other => "Agreement",
    }
}
