//! The clients with what the other chapters need of them: ids, first days, and who works there.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::fact::{
    AccountRegistered, AccountRenamed, BuyingRole, ExternalRefLinked, Level, ParentSet,
};
use linchpin_domain::id::{AccountId, ContactId, OutsideRef};

use super::cast::{self, Client, DISPUTED, PARENTS};
use super::teller::{Door, Teller};

/// What somebody does at a client.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    pub(super) title: &'static str,
    pub(super) level: Level,
    pub(super) role: BuyingRole,
}

/// One person in one job at one client. A promotion ends one stay and begins the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay {
    pub(super) contact: ContactId,
    pub(super) job: Job,
    /// First day.
    pub(super) from: Date,
    /// The day on which it ended.
    pub(super) until: Option<Date>,
    /// Whether the story has plans for this person, so that chance leaves them alone.
    pub(super) kept: bool,
}

/// One client in the book.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) id: AccountId,
    pub(super) client: Client,
    /// The first day on which we know of it.
    pub(super) since: Date,
    /// Days on which it ordered something, for those without steady work.
    pub(super) orders: Vec<Date>,
    pub(super) stays: Vec<Stay>,
    outside: OutsideRef,
}

impl Page {
    /// A label that tells this client's stream of chance from all others.
    pub(super) fn label(&self, purpose: &str) -> String {
        format!("{purpose}:{}", self.client.name)
    }

    /// Places in `stays` of those who work there on a day.
    pub(super) fn present(&self, day: Date) -> Vec<usize> {
        let there = |stay: &Stay| stay.from < day && stay.until.is_none_or(|until| day < until);
        self.stays
            .iter()
            .enumerate()
            .filter(|(_, stay)| there(stay))
            .map(|(place, _)| place)
            .collect()
    }
}

/// Every client.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) pages: Vec<Page>,
}

/// How often a client without steady work orders in three years: eight kinds of them.
const ORDERS: [i64; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

impl Book {
    /// Opens the book: who is a client, since when, and when the occasional ones order.
    pub(super) fn open(teller: &Teller) -> Self {
        let pages = cast::clients().into_iter().enumerate();
        Self { pages: pages.map(|(place, client)| page(teller, place, client)).collect() }
    }

    /// A client by name. The names are those of the cast's tables.
    pub(super) fn find(&self, name: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.client.name == name)
    }

    /// The place of a client by name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.pages.iter().position(|page| page.client.name == name)
    }

    /// Tells who the clients are, under which number the CRM knows them, and who owns whom.
    pub(super) fn register(&self, teller: &mut Teller) {
        for page in &self.pages {
            let registered = AccountRegistered {
                account: page.id,
                name: former_name(page.client.name).unwrap_or(page.client.name).to_owned(),
                country: Some(page.client.country.to_owned()),
                sector: Some(page.client.trade.sector().to_owned()),
            };
            let linked = ExternalRefLinked::from(&page.outside);
            if page.since == teller.calendar.start {
                teller.opening("crm", registered);
                teller.opening("crm", linked);
            } else {
                teller.tell_late(page.since, 0, Door::Crm, registered);
                teller.tell_late(page.since, 0, Door::Crm, linked);
            }
        }
        self.rename(teller);
        self.set_parents(teller);
    }

    fn rename(&self, teller: &mut Teller) {
        for page in self.pages.iter().filter(|page| former_name(page.client.name).is_some()) {
            let renamed = AccountRenamed { account: page.id, name: page.client.name.to_owned() };
            teller.tell_late(teller.calendar.ago(505), 4, Door::Crm, renamed);
        }
    }

    fn set_parents(&self, teller: &mut Teller) {
        for (child, parent, days_ago) in PARENTS {
            let (Some(child), Some(parent)) = (self.find(child), self.find(parent)) else {
                continue;
            };
            let set = ParentSet { account: child.id, parent: parent.id };
            match days_ago {
                None => teller.opening("crm", set),
                Some(days) => drop(teller.tell_late(teller.calendar.ago(days), 20, Door::Crm, set)),
            }
        }
    }
}

/// What a client was called until it took its present name.
fn former_name(name: &str) -> Option<&'static str> {
    match name {
        "Orchardine Drinks" => Some("Orchardine Cider Works"),
        "Moonlatch Software" => Some("Latchkey Labs"),
        _ => None,
    }
}

fn page(teller: &Teller, place: usize, client: Client) -> Page {
    let calendar = &teller.calendar;
    let orders = orders(teller, &client);
    let late = !opens_the_book(&client);
    let first = orders.first().copied().filter(|_| late);
    let mut rng = teller.rng(&format!("since:{}", client.name));
    let since =
        first.map_or(calendar.start, |day| calendar.workday(day - rng.between(6, 40).days()));
    let outside = OutsideRef { source: "crm".to_owned(), id: format!("QH-{}", 1001 + place) };
    Page {
        id: AccountId::named(&outside.to_string()),
        client,
        since,
        orders,
        stays: Vec::new(),
        outside,
    }
}

/// The days on which a client without steady work orders; half of these clients are new within
/// the three years.
fn orders(teller: &Teller, client: &Client) -> Vec<Date> {
    if client.habit.is_some() || client.holding {
        return Vec::new();
    }
    let mut rng = teller.rng(&format!("orders:{}", client.name));
    let (count, latest) = match client.name {
        DISPUTED => (8, 330),
        _ if opens_the_book(client) || rng.chance(45) => (rng.pick(&ORDERS), 1080),
        _ => {
            let latest = rng.between(60, 900);
            ((rng.pick(&ORDERS) * latest / 1080).max(1), latest)
        }
    };
    let mut days: Vec<Date> =
        (0..count).map(|_| teller.calendar.ago(rng.between(3, latest))).collect();
    days.sort_unstable();
    days
}

/// Whether the client is known from the first day, whenever it orders.
fn opens_the_book(client: &Client) -> bool {
    client.habit.is_some()
        || client.holding
        || is_family(client.name)
        || former_name(client.name).is_some()
}

fn is_family(name: &str) -> bool {
    PARENTS.iter().any(|(child, parent, _)| *child == name || *parent == name)
}
