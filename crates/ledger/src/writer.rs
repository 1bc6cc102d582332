//! The only writer: takes what waits, stores it in one transaction, then answers all. There is no
//! timer; the next group gathers while this one is being stored.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::entry::{Stream, Version};
use linchpin_domain::id::EntryId;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

use crate::clock::Clock;
use crate::codec::{self, Decoded, Prepared, private_of};
use crate::engine::{Batch, Engine, StoredHead, StreamNumber, Transaction};
use crate::error::{AppendError, StorageError};
use crate::figures;
use crate::judge::{Existing, Judge, Known, Time};
use crate::request::{Appended, IdempotencyKey};
use crate::shared::Shared;
use crate::stored::Stored;
use crate::vault::KeyState;

/// Most requests in one transaction.
const GROUP_REQUESTS: usize = 512;
/// A group takes no further request once it holds so many bytes.
const GROUP_BYTES: usize = 1 << 20;
/// How long to look whether a commit that did not answer has been made; meanwhile all wait.
const LOOKING: Duration = Duration::from_secs(15);
/// How long to wait before looking again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often the writer looks whether those come back whom it has just answered. It takes some ten
/// microseconds in all, against the hundreds that a wait for the disk takes.
const LOOKS: usize = 200;
/// Most streams whose number and version are held in memory.
const MAX_STREAMS: usize = 100_000;

/// What the writer is sent.
pub(crate) enum Order {
    Append(Box<Waiting>),
    /// Store what waits, take no more, and say when done.
    Close(oneshot::Sender<()>),
}

/// A request with someone waiting for its answer.
pub(crate) struct Waiting {
    pub(crate) prepared: Prepared,
    pub(crate) answer: oneshot::Sender<Result<Appended, AppendError>>,
    /// Its share of the memory that waiting requests may take.
    pub(crate) room: OwnedSemaphorePermit,
}

pub(crate) struct Writer {
    engine: Arc<dyn Engine>,
    shared: Arc<Shared>,
    clock: Clock,
    simulated: bool,
    streams: Streams,
}

/// Numbers and versions of streams, good as long as nobody else appends.
#[derive(Default)]
struct Streams {
    head: u64,
    known: HashMap<Stream, (StreamNumber, Version)>,
}

impl Writer {
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        shared: Arc<Shared>,
        clock: Clock,
        simulated: bool,
    ) -> Self {
        Self { engine, shared, clock, simulated, streams: Streams::default() }
    }

    /// Runs until told to close, or until nobody is left who could send anything.
    pub(crate) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut closing = None;
        let mut answered = 0;
        while let Some(first) = orders.recv().await {
            let mut group: Vec<Waiting> = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(order) = next {
                match order {
                    Order::Append(waiting) => {
                        bytes += waiting.prepared.bytes;
                        group.push(*waiting);
                    }
                    Order::Close(done) => {
                        orders.close();
                        closing = Some(done);
                    }
                }
                let full = group.len() >= GROUP_REQUESTS || bytes >= GROUP_BYTES;
                next = if full { None } else { more(&mut orders, group.len() < answered).await };
            }
            let entries = group.iter().map(|waiting| waiting.prepared.request.entries.len()).sum();
            figures::group(group.len(), entries, orders.len());
            answered = group.len();
            self.group(group).await;
        }
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    async fn group(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        let requests: Vec<&Prepared> = group.iter().map(|waiting| &waiting.prepared).collect();
        let answers = self.answers(&requests).await;
        for (waiting, answer) in group.into_iter().zip(answers) {
            // Whoever has stopped waiting is stored all the same, and told so when asking again.
            let _ = waiting.answer.send(answer);
            drop(waiting.room);
        }
    }

    async fn answers(&mut self, group: &[&Prepared]) -> Vec<Result<Appended, AppendError>> {
        let error = match self.store(group).await {
            Ok(answers) => return answers,
            Err(error) => error,
        };
        tracing::warn!(requests = group.len(), %error, "a group is not known to be stored");
        // What is damaged concerns one request; the others are not refused for it.
        if group.len() > 1 && matches!(error, StorageError::Corrupt(_)) {
            let mut answers = Vec::with_capacity(group.len());
            for prepared in group {
                let alone = self.store(&[prepared]).await;
                answers.push(match alone {
                    Ok(mut answer) => answer.pop().unwrap_or(Err(AppendError::Closed)),
                    Err(error) => Err(error.into()),
                });
            }
            return answers;
        }
        group.iter().map(|_| Err(AppendError::from(error.clone()))).collect()
    }

    /// Stores a group. An error means that nothing of it was stored, unless it says `Unsure`.
    async fn store(
        &mut self,
        group: &[&Prepared],
    ) -> Result<Vec<Result<Appended, AppendError>>, StorageError> {
        let mut transaction = self.engine.begin().await?;
        let head = transaction.head().await?;
        self.shared.keys.at_epoch(head.epoch);
        if self.streams.head != head.position || self.streams.known.len() > MAX_STREAMS {
            self.streams = Streams { head: head.position, known: HashMap::new() };
        }
        let known = self.recall(transaction.as_mut(), group, head).await?;
        let time = if self.simulated { Time::Simulated } else { Time::Real(self.clock.now()) };
        let mut judge = Judge::new(known, time);
        let answers = group.iter().copied().map(|prepared| judge.request(prepared)).collect();
        if judge.rows.is_empty() && judge.remembered.is_empty() {
            self.shared.advance(head)?;
            return Ok(answers);
        }
        self.commit(transaction, judge).await?;
        Ok(answers)
    }

    async fn commit(
        &mut self,
        mut transaction: Box<dyn Transaction>,
        mut judge: Judge<'_>,
    ) -> Result<(), StorageError> {
        let rows = std::mem::take(&mut judge.rows);
        let mut new = Vec::new();
        let mut numbers: HashMap<Stream, StreamNumber> = HashMap::new();
        for (_, stream) in &rows {
            match self.streams.known.get(stream) {
                Some((number, _)) => numbers.insert(*stream, *number),
                None if numbers.contains_key(stream) => continue,
                None => {
                    new.push(*stream);
                    numbers.insert(*stream, 0)
                }
            };
        }
        let given = transaction.add_streams(&new).await?;
        numbers.extend(new.into_iter().zip(given));
        let numbered = rows.into_iter().map(|(row, stream)| (row, numbers[&stream])).collect();
        let batch = Batch {
            rows: numbered,
            keys: std::mem::take(&mut judge.keys),
            remembered: std::mem::take(&mut judge.remembered),
        };
        transaction.store(&batch).await?;
        if let Err(error) = transaction.commit().await
            && !self.is_there(&batch).await?
        {
            return Err(error);
        }
        self.streams.head = judge.head().position;
        for (stream, number) in numbers {
            let version = judge.versions().get(&stream).copied().unwrap_or_default();
            self.streams.known.insert(stream, (number, version));
        }
        self.shared.advance(judge.head())
    }

    /// Whether a batch is stored, when the commit did not say: nothing is answered from memory.
    /// A storage that is away for a moment is asked again; after that nobody knows.
    async fn is_there(&self, batch: &Batch) -> Result<bool, StorageError> {
        let Some((last, _)) = batch.rows.last() else { return Ok(false) };
        let mut reason = StorageError::Away("it does not answer".to_owned());
        let looking = async {
            loop {
                match self.look_for(last).await {
                    Err(error) if error.is_passing() => reason = error,
                    done => return done,
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(LOOKING, looking).await {
            Ok(Ok(there)) => Ok(there),
            Ok(Err(error)) => Err(StorageError::Unsure(error.to_string())),
            Err(_) => Err(StorageError::Unsure(reason.to_string())),
        }
    }

    /// A transaction of our own comes after a commit that is still under way.
    async fn look_for(&self, last: &Stored) -> Result<bool, StorageError> {
        let mut transaction = self.engine.begin().await?;
        if transaction.head().await?.position < last.position {
            return Ok(false);
        }
        drop(transaction);
        let found = self.engine.stored(last.position).await?;
        Ok(found.is_some_and(|found| found.leaf_hash == last.leaf_hash))
    }

    /// Looks up what the group touches.
    async fn recall(
        &mut self,
        transaction: &mut dyn Transaction,
        group: &[&Prepared],
        head: StoredHead,
    ) -> Result<Known, StorageError> {
        let entries = || group.iter().flat_map(|prepared| &prepared.request.entries);
        let ids: HashSet<EntryId> = entries().map(|entry| entry.id).collect();
        let ids: Vec<EntryId> = ids.into_iter().collect();
        let mut found = transaction.by_ids(&ids).await?;

        let mut people: HashSet<Uuid> = HashSet::new();
        people.extend(found.iter_mut().flatten().filter_map(codec::person));
        for entry in entries() {
            let mut body = entry.body.clone();
            people.extend(
                private_of(&mut body).filter(|(_, p)| !p.is_empty()).map(|(id, _)| id.uuid()),
            );
        }
        let keys = self.keys(transaction, people).await?;
        let existing =
            found.into_iter().map(|entry| open_existing(entry, &keys)).collect::<Result<_, _>>()?;

        let asked: HashSet<&IdempotencyKey> =
            group.iter().filter_map(|prepared| prepared.request.idempotency.as_ref()).collect();
        let asked: Vec<&IdempotencyKey> = asked.into_iter().collect();
        let remembered =
            if asked.is_empty() { Vec::new() } else { transaction.remembered(&asked).await? };

        let mut touched: HashSet<Stream> = entries().map(|entry| entry.body.stream()).collect();
        touched.extend(
            group.iter().filter_map(|prepared| prepared.request.expected).map(|(stream, _)| stream),
        );
        let missing: Vec<Stream> = touched
            .iter()
            .filter(|stream| !self.streams.known.contains_key(stream))
            .copied()
            .collect();
        if !missing.is_empty() {
            let found = transaction.streams(&missing).await?;
            self.streams
                .known
                .extend(found.into_iter().map(|(stream, n, version)| (stream, (n, version))));
        }
        let version =
            |stream: &Stream| self.streams.known.get(stream).map_or(0, |(_, version)| *version);
        let versions = touched.iter().map(|stream| (*stream, version(stream))).collect();
        Ok(Known { head, existing, remembered: remembered.into_iter().collect(), versions, keys })
    }

    async fn keys(
        &self,
        transaction: &mut dyn Transaction,
        people: HashSet<Uuid>,
    ) -> Result<HashMap<Uuid, KeyState>, StorageError> {
        let (mut keys, missing) = self.shared.held_keys(people);
        if !missing.is_empty() {
            let found = transaction.keys(&missing).await?;
            keys.extend(self.shared.hold_keys(&found)?);
        }
        Ok(keys)
    }
}

/// The next order that waits. Whoever was answered a moment ago mostly asks again at once: where
/// some of those are still missing, waiting for them makes one group of what would be two, each
/// with its own wait for the disk.
async fn more(orders: &mut mpsc::Receiver<Order>, some_missing: bool) -> Option<Order> {
    for _ in 0..if some_missing { LOOKS } else { 0 } {
        if let Ok(order) = orders.try_recv() {
            return Some(order);
        }
        tokio::task::yield_now().await;
    }
    orders.try_recv().ok()
}

fn open_existing(
    entry: Decoded,
    keys: &HashMap<Uuid, KeyState>,
) -> Result<(EntryId, Existing), StorageError> {
    // An entry that does not even tell its id can be compared with nothing.
    let mut entry = entry.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    let (id, position) = (entry.id, entry.position);
    let read = codec::open(&mut entry, keys).map(|erased| (entry, erased));
    Ok((id, Existing { position, read }))
}
