//! Following every client under several firms at once.

use std::cell::RefCell;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;

use crate::account::Account;
use crate::desk::{Client, Desk, Firm};
use crate::policy::{Meter, Panel, Span, Standing, Status, Track};

/// Clients that a thread takes at a time: few enough that all threads end together.
const BATCH: usize = 64;

/// Most threads that follow clients.
const MOST_THREADS: usize = 16;

/// A client's way under one firm, up to a day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    /// Every day on which its status became another, its first day first.
    pub(crate) turns: Vec<Span>,
    /// Where it stands on the last day; `None` where it does not exist by then or the firm has no
    /// policy.
    pub(crate) standing: Option<Standing>,
    /// Its points on the last day.
    pub(crate) points: u32,
}

impl Line {
    /// The status on a day.
    pub(crate) fn status_on(&self, day: Date) -> Status {
        let passed = self.turns.partition_point(|turn| turn.from <= day);
        passed.checked_sub(1).map_or(Status::Standard, |last| self.turns[last].status)
    }

    fn clear(&mut self) {
        self.turns.clear();
        (self.standing, self.points) = (None, 0);
    }
}

/// Follows one client under several firms up to and including a day. The figures are read once for
/// all of them, since the facts are the same.
pub(crate) fn follow(clients: &[Client<'_>], until: Date, lines: &mut Vec<Line>) {
    lines.resize_with(clients.len(), Line::default);
    lines.iter_mut().for_each(Line::clear);
    let first = clients.first().and_then(|client| client.account().first_day());
    let Some(first) = first.filter(|first| *first <= until) else { return };
    let panel = RefCell::new(Panel::default());
    let meters: Vec<Meter<'_>> = clients.iter().map(|_| Meter::new(&panel)).collect();
    let mut tracks: Vec<Option<Track>> = vec![None; clients.len()];
    let mut day = Some(first);
    while let Some(today) = day.filter(|day| *day <= until) {
        day = None;
        for (at, client) in clients.iter().enumerate() {
            let (track, line) = (&mut tracks[at], &mut lines[at]);
            if today == first || track.is_some_and(|track| track.next() == Some(today)) {
                let judge =
                    |client: &Client<'_>, policy: &_, day| meters[at].verdict(client, policy, day);
                *track = Track::stop_at(client, today, *track, &judge, &mut |span| {
                    if line.turns.last().is_none_or(|last| last.status != span.status) {
                        line.turns.push(span);
                    }
                });
            }
            day = crate::policy::earlier(day, track.and_then(|track| track.next()));
        }
    }
    for (track, line) in tracks.iter().zip(lines) {
        line.standing = track.map(|track| track.standing());
        line.points = track.map_or(0, |track| track.points());
    }
}

/// Takes in what came of one client: it under each of the firms, and its ways.
pub(crate) type Look<'l, P> = dyn Fn(&mut P, &[Client<'_>], &[Line]) + Sync + 'l;

/// Follows every client under each of several firms, on as many threads as there are processors,
/// and lets `look` take in what came of it. Each thread takes into a part of its own, in no set
/// order; `progress` is told how many clients are done.
pub(crate) fn each<P: Default + Send>(
    desk: &Desk,
    firms: &[&Firm],
    until: Date,
    progress: &(dyn Fn(usize) + Sync),
    look: &Look<'_, P>,
) -> Vec<P> {
    let accounts: Vec<&Arc<Account>> = desk.accounts().collect();
    let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let (mut part, mut lines) = (P::default(), Vec::new());
        loop {
            let start = taken.fetch_add(BATCH, Ordering::Relaxed).min(accounts.len());
            let batch = &accounts[start..(start + BATCH).min(accounts.len())];
            if batch.is_empty() {
                return part;
            }
            for account in batch {
                let client = desk.client_of(account);
                let clients: Vec<Client<'_>> =
                    firms.iter().map(|firm| client.clone().under(firm)).collect();
                follow(&clients, until, &mut lines);
                look(&mut part, &clients, &lines);
            }
            progress(done.fetch_add(batch.len(), Ordering::Relaxed) + batch.len());
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(MOST_THREADS).min(accounts.len().div_ceil(BATCH)).max(1);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        for other in others {
            parts.push(other.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken)));
        }
        parts
    })
}
