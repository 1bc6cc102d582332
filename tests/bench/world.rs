//! What is measured with: clients and what happens with them, the same from the same seed.

use jiff::{SignedDuration, Timestamp};
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{
    AccountRegistered, ContactJoined, EngagementKind, EngagementRecorded, Fact, FeedbackReceived,
    InteractionHeld, InteractionKind, InvoiceIssued, Level,
};
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::{AccountId, ContactId, EngagementId, EntryId, InvoiceId, MemberId};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::private::Private;
use linchpin_ledger::{Append, Clock, Ledger, LedgerUrl, Mode, NewEntry, Repeat};

/// Entries a client, on the average.
pub(crate) const ENTRIES_A_CLIENT: u64 = 20;
/// Entries a request, where entries are put in as fast as may be.
const REQUEST: usize = 2_000;
/// How far back the story begins.
const STORY: SignedDuration = SignedDuration::from_hours(24 * 365 * 3);

/// A moment that stands still, so that no clock is measured.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

/// The address of one of the clients.
pub(crate) fn client(number: u64) -> AccountId {
    AccountId::named(&format!("bench:{number}"))
}

/// An endless story of so many clients: each is registered, then this and that happens, mostly in
/// the order in which it is told; one in twenty comes up to sixty days late.
pub(crate) struct World {
    clients: u64,
    entries: u64,
    told: u64,
    random: u64,
}

impl World {
    /// A story that comes to the present with its last entry.
    pub(crate) fn new(entries: u64) -> Self {
        Self::of(entries, clients(entries))
    }

    /// The same with so many clients.
    fn of(entries: u64, clients: u64) -> Self {
        Self { clients, entries, told: 0, random: 0x9e37_79b9_7f4a_7c15 }
    }

    /// A number below a bound (xorshift64*).
    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
    }

    fn moment(&mut self) -> Timestamp {
        let told = self.told.min(self.entries);
        let step = STORY.as_secs() as f64 / self.entries as f64;
        let at = now() - STORY + SignedDuration::from_secs((told as f64 * step) as i64);
        let late = if self.draw(20) == 0 { self.draw(60 * 24) } else { 0 };
        at - SignedDuration::from_hours(late as i64)
    }

    fn fact(&mut self) -> Fact {
        let (told, client) = (self.told, self.told % self.clients);
        if told < self.clients {
            let name = format!("Client {told} GmbH");
            let (country, sector) = (Some("DE".to_owned()), Some("Engineering".to_owned()));
            let account = self::client(client);
            return Fact::from(AccountRegistered { account, name, country, sector });
        }
        let client = self.draw(self.clients);
        let account = self::client(client);
        let by = Some(MemberId::named(&format!("bench:{}", client % 40)));
        let one_of_three = format!("bench:{client}.{}", self.draw(3));
        match self.draw(100) {
            0..55 => Fact::from(InvoiceIssued {
                account,
                invoice: InvoiceId::named(&format!("bench:{told}")),
                number: Some(format!("2026-{told:09}")),
                amount: Decimal::new(self.draw(2_000_000) as i64, 2),
                currency: Currency::EUR,
                cost: None,
                lines: Vec::new(),
            }),
            55..75 => Fact::from(EngagementRecorded {
                account,
                engagement: EngagementId::named(&format!("bench:{told}")),
                kind: EngagementKind::Order,
                title: Some(format!("Order {told}, drawings and parts")),
                by,
                until: None,
            }),
            75..90 => Fact::from(InteractionHeld {
                account,
                kind: InteractionKind::Call,
                contact: Some(ContactId::named(&one_of_three)),
                by,
                person: Private::default(),
            }),
            90..95 => Fact::from(FeedbackReceived {
                account,
                score: Decimal::from(self.draw(5) + 1),
                out_of: 5,
                contact: None,
                person: Private::default(),
            }),
            // The share of entries that hold personal data, which is sealed.
            _ => Fact::from(ContactJoined {
                account,
                contact: ContactId::named(&one_of_three),
                person: Private::named(format!("Ada Lovelace {one_of_three}")),
                title: "Head of purchasing".to_owned(),
                level: Some(Level::Director),
                role: None,
            }),
        }
    }
}

impl Iterator for World {
    type Item = NewEntry;

    fn next(&mut self) -> Option<NewEntry> {
        let occurred_at = Some(self.moment());
        let fact = self.fact();
        self.told += 1;
        Some(NewEntry {
            id: EntryId::named(&format!("bench:{}", self.told)),
            occurred_at,
            actor: "import:bench".to_owned(),
            correlation: None,
            causation: None,
            body: Body::Fact(fact),
            repeat: Repeat::SameOnly,
        })
    }
}

/// The clients of a story of so many entries.
pub(crate) fn clients(entries: u64) -> u64 {
    (entries / ENTRIES_A_CLIENT).max(1)
}

/// A new ledger that holds the first entries of a story; and the story, to go on with.
pub(crate) async fn filled(url: &LedgerUrl, entries: u64) -> (Ledger, World) {
    filled_with(url, entries, clients(entries)).await
}

/// The same with so many clients.
pub(crate) async fn filled_with(url: &LedgerUrl, entries: u64, clients: u64) -> (Ledger, World) {
    let genesis = Genesis {
        firm: "Bench".to_owned(),
        currency: Currency::EUR,
        time_zone: "UTC".to_owned(),
        simulated: false,
    };
    let ledger = Ledger::create(url, genesis, Clock::from(now)).await.unwrap();
    let world = put(&ledger, World::of(entries, clients)).await;
    (ledger, world)
}

/// Puts the first entries of a story into a ledger.
pub(crate) async fn fill(ledger: &Ledger, entries: u64) -> World {
    put(ledger, World::new(entries)).await
}

async fn put(ledger: &Ledger, mut world: World) -> World {
    let mut left = world.entries as usize;
    while left > 0 {
        let request: Vec<NewEntry> = world.by_ref().take(left.min(REQUEST)).collect();
        left -= request.len();
        ledger.append(Append::of(request)).await.unwrap();
    }
    world
}

/// Opens a ledger that stands there.
pub(crate) async fn opened(url: &LedgerUrl) -> Ledger {
    Ledger::open(url, Mode::ReadWrite, Clock::from(now)).await.unwrap()
}
