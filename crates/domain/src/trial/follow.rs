//! Following every client under several firms at once.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use crate::account::Account;
use crate::desk::{Client, Desk, Firm};
use crate::policy::{Meter, Panel, Span, Standing, Status, Track};

/// Clients that a thread takes at a time: few enough that all threads end together.
const BATCH: usize = 64;

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

/// What a trial may work with. It starts no threads itself: whoever asks lends them.
pub struct Hands<'a> {
    /// Does the work given to it at least once, on as many threads as it likes, and comes back when
    /// all of them are done.
    pub share: &'a (dyn Fn(&(dyn Fn() + Sync)) + Sync),
    /// Is told how many clients are done, from any of those threads.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

impl Hands<'static> {
    /// Nobody else's: the work is done where it is asked for, and nobody is told how far it is.
    pub fn own() -> Self {
        Self { share: &|work| work(), progress: &|_| {} }
    }
}

/// Takes in what came of one client: it under each of the firms, and its ways.
pub(crate) type Look<'l, P> = dyn Fn(&mut P, &[Client<'_>], &[Line]) + Sync + 'l;

/// Follows every client under each of several firms, by as many hands as are lent, and lets `look`
/// take in what came of it. Each hand takes into a part of its own, in no set order.
pub(crate) fn each<P: Default + Send>(
    desk: &Desk,
    firms: &[&Firm],
    until: Date,
    hands: &Hands<'_>,
    look: &Look<'_, P>,
) -> Vec<P> {
    let accounts: Vec<&Arc<Account>> = desk.accounts().collect();
    let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let parts = Mutex::new(Vec::new());
    (hands.share)(&|| {
        let (mut part, mut lines) = (P::default(), Vec::new());
        loop {
            let start = taken.fetch_add(BATCH, Ordering::Relaxed).min(accounts.len());
            let batch = &accounts[start..(start + BATCH).min(accounts.len())];
            if batch.is_empty() {
                break;
            }
            for account in batch {
                let client = desk.client_of(account);
                let clients: Vec<Client<'_>> =
                    firms.iter().map(|firm| client.clone().under(firm)).collect();
                follow(&clients, until, &mut lines);
                look(&mut part, &clients, &lines);
            }
            (hands.progress)(done.fetch_add(batch.len(), Ordering::Relaxed) + batch.len());
        }
        parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    });
    parts.into_inner().unwrap_or_else(PoisonError::into_inner)
}
