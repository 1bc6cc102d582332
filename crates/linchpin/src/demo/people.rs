//! The people at the clients: who joins, rises, leaves and moves over three years.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::fact::BuyingRole::{
    Blocker, Champion, DecisionMaker, Gatekeeper, Influencer, User,
};
use linchpin_domain::fact::Level::{Director, Executive, Manager, Specialist};
use linchpin_domain::fact::{
    BuyingRole, ContactChanged, ContactConfirmed, ContactJoined, ContactLeft, ContactMoved, Level,
};
use linchpin_domain::id::ContactId;
use linchpin_domain::private::Private;

use super::book::{Book, Job, Stay};
use super::names;
use super::rng::Rng;
use super::teller::{Door, Teller};

/// The first people at a regular client, in the order in which we got to know them.
const SEATS: [(Level, BuyingRole); 12] = [
    (Executive, DecisionMaker),
    (Manager, Champion),
    (Specialist, User),
    (Director, Influencer),
    (Manager, Influencer),
    (Specialist, Gatekeeper),
    (Manager, User),
    (Director, DecisionMaker),
    (Specialist, User),
    (Manager, Blocker),
    (Specialist, User),
    (Executive, Influencer),
];

/// The people of the last two weeks: client, seat, name.
const PLAYERS: [(&str, usize, &str); 5] = [
    (LOSES_DECISION_MAKER, 0, "Kovács János"),
    ("Pellimore Pharma", 3, "Jean Dupont"),
    ("Brambleforth Insurance", 5, "Fulana de Tal"),
    ("Varnholt Precision", 4, "Yamada Hanako"),
    ("Wexcombe Packaging", 1, "Mario Rossi"),
];

/// The key client whose only decision maker has just left.
pub(super) const LOSES_DECISION_MAKER: &str = "Thornquay Logistics";

/// Chance leaves the last weeks to the players, and at small clients the last months: what
/// happens there would crowd the day's list.
const QUIET_DAYS: i64 = 24;
const QUIET_DAYS_SMALL: i64 = 120;

struct Street<'a> {
    teller: &'a mut Teller,
    book: &'a mut Book,
    met: usize,
}

/// Peoples the clients and lets three years pass for them.
pub(super) fn live(teller: &mut Teller, book: &mut Book) {
    let mut street = Street { teller, book, met: 0 };
    for place in 0..street.book.pages.len() {
        street.settle(place);
    }
    for place in 0..street.book.pages.len() {
        street.churn(place);
    }
    street.last_weeks();
    street.confirm();
}

fn title(level: Level, rng: &mut Rng) -> &'static str {
    match level {
        Executive => {
            rng.pick(&["Managing director", "Chief operating officer", "Head of the board"])
        }
        Director => rng.pick(&[
            "Director of operations",
            "Director of human resources",
            "Head of purchasing",
        ]),
        Manager => rng.pick(&[
            "Site manager",
            "Human resources manager",
            "Purchasing manager",
            "Production manager",
            "Planning manager",
        ]),
        Specialist => {
            rng.pick(&["Planner", "Buyer", "Human resources officer", "Shift planner", "Assistant"])
        }
    }
}

/// The level above, with a title that goes with it.
fn above(level: Level) -> Option<(Level, &'static str)> {
    match level {
        Executive | Director => None,
        Manager => Some((Director, "Director of site operations")),
        Specialist => Some((Manager, "Planning manager")),
    }
}

impl Street<'_> {
    /// The first people at a client.
    fn settle(&mut self, place: usize) {
        let page = &self.book.pages[place];
        let (client, since) = (page.client.name, page.since);
        let mut rng = self.teller.rng(&page.label("settle"));
        let seats = match (page.client.habit, page.client.holding) {
            (Some(habit), _) => habit.contacts,
            (None, true) => 1,
            (None, false) => rng.place(3) + 1,
        };
        for (seat, (level, role)) in SEATS.into_iter().take(seats).enumerate() {
            let small = self.book.pages[place].client.habit.is_none();
            let level =
                if small && level == Executive && rng.chance(50) { Director } else { level };
            let player = PLAYERS.iter().find(|player| player.0 == client && player.1 == seat);
            let job = Job { title: title(level, &mut rng), level, role };
            self.join(place, since, job, player.map(|player| player.2));
        }
    }

    /// Somebody new joins a client. A player comes with a name and is left alone by chance; anyone
    /// else gets the next name.
    fn join(&mut self, place: usize, day: Date, job: Job, player: Option<&str>) {
        let number = self.met;
        self.met += 1;
        let contact = ContactId::named(&format!("crm:P-{}", 10_001 + number));
        let page = &mut self.book.pages[place];
        let name = player.map_or_else(|| names::name(number), str::to_owned);
        let person = Private {
            email: Some(names::mail(&name, page.client.name)),
            phone: (!number.is_multiple_of(3)).then(|| names::phone(number)),
            ..Private::named(name)
        };
        let joined = ContactJoined {
            account: page.id,
            contact,
            person,
            title: job.title.to_owned(),
            level: Some(job.level),
            role: Some(job.role),
        };
        page.stays.push(Stay { contact, job, from: day, until: None, kept: player.is_some() });
        if day == self.teller.calendar.start {
            self.teller.opening("crm", joined);
        } else {
            self.teller.tell(day, Door::List, joined);
        }
    }

    /// What happens to the people of a client by chance.
    fn churn(&mut self, place: usize) {
        let page = &self.book.pages[place];
        let mut rng = self.teller.rng(&page.label("churn"));
        let calendar = &self.teller.calendar;
        let oldest = calendar.age(page.since) - 45;
        let (events, quiet) = match page.client.habit {
            Some(habit) => (habit.contacts * 3 / 4 + 1, QUIET_DAYS),
            None => (rng.place(2), QUIET_DAYS_SMALL),
        };
        if oldest <= quiet {
            return;
        }
        let mut days: Vec<Date> =
            (0..events).map(|_| calendar.ago(rng.between(quiet, oldest))).collect();
        days.sort_unstable();
        for day in days {
            let page = &self.book.pages[place];
            let free: Vec<usize> =
                page.present(day).into_iter().filter(|seat| !page.stays[*seat].kept).collect();
            let Some(seat) = free.get(rng.place(free.len())).copied() else { continue };
            match rng.between(0, 99) {
                0..38 => self.replace(place, seat, day, &mut rng),
                38..70 => self.change(place, seat, day, &mut rng),
                70..84 => self.newcomer(place, day, &mut rng),
                _ => self.change_sides(place, seat, day, &mut rng),
            }
        }
    }

    fn leave(&mut self, place: usize, seat: usize, day: Date, days_late: Option<i64>) {
        let page = &mut self.book.pages[place];
        page.stays[seat].until = Some(day);
        let left = ContactLeft { account: page.id, contact: page.stays[seat].contact };
        match days_late {
            Some(late) => drop(self.teller.tell_late(day, late, Door::List, left)),
            None => drop(self.teller.tell(day, Door::List, left)),
        }
    }

    /// Somebody leaves; mostly a successor comes some weeks later.
    fn replace(&mut self, place: usize, seat: usize, day: Date, rng: &mut Rng) {
        self.leave(place, seat, day, None);
        let job = self.book.pages[place].stays[seat].job;
        let comes = self.teller.calendar.workday(day + rng.between(7, 70).days());
        let needed = job.role == DecisionMaker || rng.chance(85);
        if needed && self.teller.calendar.age(comes) >= QUIET_DAYS {
            self.join(place, comes, job, None);
        }
    }

    /// Somebody rises, or gets another title on the same level.
    fn change(&mut self, place: usize, seat: usize, day: Date, rng: &mut Rng) {
        let was = self.book.pages[place].stays[seat].job;
        let next = match above(was.level) {
            Some((level, title)) if was.role != Champion && rng.chance(60) => {
                let role = if was.role == User { Influencer } else { was.role };
                Job { title, level, role }
            }
            _ => Job { title: title(was.level, rng), ..was },
        };
        if next != was {
            self.take_up(place, seat, day, next);
        }
    }

    /// Somebody takes up another job at the same client.
    fn take_up(&mut self, place: usize, seat: usize, day: Date, job: Job) {
        let page = &mut self.book.pages[place];
        let stay = &mut page.stays[seat];
        stay.until = Some(day);
        let next = Stay { job, from: day, until: None, ..*stay };
        let changed = ContactChanged {
            account: page.id,
            contact: next.contact,
            person: Private::default(),
            title: job.title.to_owned(),
            level: Some(job.level),
            role: Some(job.role),
        };
        page.stays.push(next);
        self.teller.tell(day, Door::List, changed);
    }

    fn newcomer(&mut self, place: usize, day: Date, rng: &mut Rng) {
        let level = rng.pick(&[Specialist, Specialist, Manager, Manager, Director]);
        let role = rng.pick(&[User, User, Influencer]);
        let job = Job { title: title(level, rng), level, role };
        self.join(place, day, job, None);
    }

    /// Somebody goes to another client with steady work, where somebody else decides.
    fn change_sides(&mut self, place: usize, seat: usize, day: Date, rng: &mut Rng) {
        if self.book.pages[place].stays[seat].job.role == DecisionMaker {
            return self.replace(place, seat, day, rng);
        }
        let regulars =
            self.book.pages.iter().take_while(|page| page.client.habit.is_some()).count();
        let to = (place + 1 + rng.place(regulars.saturating_sub(1))) % regulars.max(1);
        if to != place {
            self.move_to(place, seat, to, day);
        }
    }

    fn move_to(&mut self, place: usize, seat: usize, to: usize, day: Date) {
        let Stay { contact, job, .. } = self.book.pages[place].stays[seat];
        let role = if job.role == Champion { Influencer } else { job.role };
        let moved = ContactMoved {
            account: self.book.pages[place].id,
            contact,
            to: self.book.pages[to].id,
            title: job.title.to_owned(),
            level: Some(job.level),
            role: Some(role),
        };
        self.book.pages[place].stays[seat].until = Some(day);
        let stay = Stay { contact, job: Job { role, ..job }, from: day, until: None, kept: false };
        self.book.pages[to].stays.push(stay);
        self.teller.tell_late(day, 1, Door::Crm, moved);
    }

    /// What the desk opens on: one decision maker and two others gone, one risen, one come, one
    /// gone to another client.
    fn last_weeks(&mut self) {
        let days = [9, 11, 4, 5, 8].map(|ago| self.teller.calendar.ago(ago));
        let places = PLAYERS.map(|player| self.book.place(player.0));
        let [Some(thornquay), Some(pellimore), Some(brambleforth), Some(varnholt), Some(wexcombe)] =
            places
        else {
            return;
        };
        self.leave(thornquay, PLAYERS[0].1, days[0], Some(3));
        self.leave(pellimore, PLAYERS[1].1, days[1], Some(0));
        self.leave(brambleforth, PLAYERS[2].1, days[2], Some(0));
        let risen = Job { title: "Director of operations", level: Director, role: Influencer };
        self.take_up(varnholt, PLAYERS[3].1, days[3], risen);
        if let Some(tidewrack) = self.book.place("Tidewrack Shipping") {
            self.move_to(wexcombe, PLAYERS[4].1, tidewrack, days[4]);
        }
        if let Some(fernlock) = self.book.place("Fernlock Data Centres") {
            let day = self.teller.calendar.ago(6);
            let job =
                Job { title: "Director of human resources", level: Director, role: Influencer };
            self.join(fernlock, day, job, Some("Novák Jana"));
        }
    }

    /// Twice a year somebody goes through the list of a regular client and confirms it.
    fn confirm(&mut self) {
        let Street { teller, book, .. } = self;
        for page in book.pages.iter().filter(|page| page.client.habit.is_some()) {
            let mut rng = teller.rng(&page.label("confirm"));
            let first = rng.between(20, 180);
            for days_ago in (first..1060).step_by(182) {
                let day = teller.calendar.ago(days_ago);
                for seat in page.present(day) {
                    let contact = page.stays[seat].contact;
                    teller.tell_late(
                        day,
                        0,
                        Door::List,
                        ContactConfirmed { account: page.id, contact },
                    );
                }
            }
        }
    }
}
