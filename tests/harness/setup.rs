//! The two set-ups on which the same tests run: everything in one process on a SQLite file, and
//! PostgreSQL, NATS and each part of the desk a process of its own.

use linchpin_testkit::NatsServer;
use linchpin_testkit::PostgresServer;

/// The set-up of this run of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// One process on a SQLite file.
    Embedded,
    /// PostgreSQL, NATS, and a process for each part.
    Spread,
}

impl Setup {
    /// The set-up that `LINCHPIN_SETUP` names: `embedded`, which is the default, or `spread`.
    pub fn of_this_run() -> Self {
        match std::env::var("LINCHPIN_SETUP").as_deref() {
            Ok("spread") => Self::Spread,
            Ok("embedded") | Err(_) => Self::Embedded,
            Ok(other) => panic!("LINCHPIN_SETUP={other}: write embedded or spread"),
        }
    }
}

/// Whether this run is spread out; says so for a test that is about one SQLite file or one process.
pub fn skipped_when_spread(why: &str) -> bool {
    let spread = Setup::of_this_run() == Setup::Spread;
    if spread {
        eprintln!("skipped on the spread set-up: {why}");
    }
    spread
}

/// The servers below a place that is spread out.
pub(crate) struct Servers {
    postgres: PostgresServer,
    pub(crate) nats: NatsServer,
    schema: String,
}

impl Servers {
    /// Private servers, gone with the place.
    ///
    /// # Panics
    /// Where there are none: whoever asks for the set-up must have them.
    pub(crate) fn start() -> Self {
        let postgres = PostgresServer::single().expect("PostgreSQL for LINCHPIN_SETUP=spread");
        let nats = NatsServer::single().expect("nats-server for LINCHPIN_SETUP=spread");
        let schema = postgres.fresh_schema();
        Self { postgres, nats, schema }
    }

    /// The ledger's address, password and all.
    pub(crate) fn ledger(&self) -> String {
        self.postgres.address(&self.schema)
    }
}
