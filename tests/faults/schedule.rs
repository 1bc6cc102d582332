//! Which faults a run meets, and in which order: a function of its seed.

use linchpin_tests::shuffle;

/// Something that goes wrong, and what is done about it a while later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9` of one process, started again.
    Killed(Part, usize),
    /// `kill -9` of a process and its double, both started again.
    BothKilled(Part),
    /// One process held for longer than its lease, and let go on.
    Held(Part, usize),
    /// PostgreSQL stopped as by an administrator, and started.
    DatabaseStopped,
    /// PostgreSQL killed, and started.
    DatabaseKilled,
    /// PostgreSQL holds and answers nobody, then goes on.
    DatabaseHeld,
    /// One nats-server of three killed, and started.
    NatsKilled(usize),
    /// All three killed, and started.
    NatsAllKilled,
    /// The stream of entries deleted.
    StreamDeleted,
    /// The last part of the stream of entries cut off while no relay runs.
    TailCut,
    /// The same behind the back of a relay that leads: it is held for less than its lease.
    TailCutUnseen,
}

/// A service that runs as a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Ingest,
    Relay,
    Classifier,
    Notifier,
    Query,
}

impl Part {
    pub(crate) const ALL: [Self; 5] =
        [Self::Ingest, Self::Relay, Self::Classifier, Self::Notifier, Self::Query];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Relay => "relay",
            Self::Classifier => "classifier",
            Self::Notifier => "notifier",
            Self::Query => "query",
        }
    }
}

/// Faults of a run that does not meet all of them.
const SOME: usize = 7;

/// The faults of a run.
pub(crate) fn of(seed: u64, all: bool) -> Vec<Fault> {
    let one = usize::try_from(seed % 2).unwrap();
    let mut faults = vec![
        Fault::DatabaseStopped,
        Fault::DatabaseKilled,
        Fault::DatabaseHeld,
        Fault::NatsKilled(usize::try_from(seed % 3).unwrap()),
        Fault::NatsAllKilled,
        Fault::StreamDeleted,
        Fault::TailCut,
        Fault::TailCutUnseen,
        Fault::Held(Part::Relay, one),
        Fault::Held(Part::ALL[usize::try_from(seed % 5).unwrap()], 1 - one),
    ];
    for part in Part::ALL {
        faults.push(Fault::Killed(part, one));
        faults.push(Fault::BothKilled(part));
    }
    shuffle(&mut faults, seed);
    if !all {
        faults.truncate(SOME);
    }
    faults
}

#[test]
fn the_same_seed_gives_the_same_faults_and_each_kind_is_met() {
    assert_eq!(of(7, true), of(7, true));
    assert_ne!(of(7, true), of(8, true));
    assert_eq!(of(7, true).len(), 10 + 2 * Part::ALL.len());
    assert_eq!(of(7, false).len(), SOME);
}
