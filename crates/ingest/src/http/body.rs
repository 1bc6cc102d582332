//! Reading bodies within bounds: what is too large is refused without reading on, what comes too
//! slowly is not waited for, and all bodies together take no more than there is room for.

use std::ops::Deref;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt;
use linchpin_problem::Problem;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::event::{Origin, utf8};

/// Longest wait for a body that brings nothing, all waits together.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that a body must bring for each second waited for it beyond that. A slower line sends
/// less at once.
const PACE: u64 = 32 << 10;
/// In what pieces room is given out, in bytes. Bodies below one take none.
const PIECE: usize = 64 << 10;
/// Room for the bodies of all requests of a process, in pieces: 128 MiB.
const ROOM: usize = 2_048;

static ROOMS: Semaphore = Semaphore::const_new(ROOM);

/// Room for what is held of a body, given back when it is dropped.
#[derive(Default)]
pub(super) struct Room(Option<SemaphorePermit<'static>>);

impl Room {
    /// Room for so many bytes.
    ///
    /// # Errors
    /// Where the bodies of other requests have it.
    pub(super) fn of(bytes: usize) -> Result<Self, Problem> {
        let mut room = Self::default();
        room.grow(bytes)?;
        Ok(room)
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let held = self.0.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = (bytes / PIECE).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).ok().and_then(|more| ROOMS.try_acquire_many(more).ok());
        let Some(more) = more else {
            let detail = "too much is being sent at once: send this again in a moment";
            return Err(Problem::later(1, detail).storing());
        };
        match &mut self.0 {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// A body as it comes in.
pub(super) struct Incoming {
    stream: BodyDataStream,
    received: u64,
    waited: Duration,
}

impl Incoming {
    pub(super) fn new(body: Body) -> Self {
        Self { stream: body.into_data_stream(), received: 0, waited: Duration::ZERO }
    }

    /// The next piece of the body; `None` at its end. Only the time spent here counts against its
    /// sender, not what is done with the pieces.
    ///
    /// # Errors
    /// Where the sender breaks off, falls silent or is too slow.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let earned = PATIENCE + Duration::from_secs(self.received / PACE);
        let begun = Instant::now();
        let piece = timeout(earned.saturating_sub(self.waited), self.stream.next()).await;
        self.waited += begun.elapsed();
        match piece {
            Ok(None) => Ok(None),
            Ok(Some(Ok(piece))) => {
                self.received += piece.len() as u64;
                Ok(Some(piece))
            }
            Ok(Some(Err(_))) => {
                Err(Problem::bad_request("the body broke off before its end: send it again"))
            }
            Err(_) => {
                let kind = "urn:linchpin:problem:too-slow";
                let title = "the body did not come";
                let detail = format!(
                    "{} bytes came while {} seconds were waited: send it again, and less at once",
                    self.received,
                    self.waited.as_secs()
                );
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, kind, title, detail))
            }
        }
    }
}

/// A body's text, with the room it takes.
pub(super) struct Text {
    text: String,
    _room: Room,
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// A whole body as text.
///
/// # Errors
/// Where it is larger than `most` bytes (then it is not read on), not UTF-8, broken off or too slow,
/// or where there is no room for it now.
pub(super) async fn read_text(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Text, Problem> {
    let too_large = || {
        Problem::too_large(format!(
            "the body is larger than {most} bytes: send less at once, or many events as \
             application/x-ndjson"
        ))
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|n| n > most as u64) {
        return Err(too_large());
    }
    let mut incoming = Incoming::new(body);
    let (mut bytes, mut room) = (Vec::new(), Room::default());
    while let Some(piece) = incoming.next().await? {
        if bytes.len() + piece.len() > most {
            return Err(too_large());
        }
        room.grow(bytes.len() + piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    let text = utf8(&bytes, "the body", Origin::START)?.to_owned();
    Ok(Text { text, _room: room })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream::{repeat, unfold};

    use super::*;

    fn every(pause: Duration, bytes: usize) -> Incoming {
        Incoming::new(Body::from_stream(unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, Infallible>(Bytes::from(vec![b' '; bytes])), ()))
        })))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_given_up() {
        let mut slow = every(Duration::from_secs(12), 1);
        let begun = Instant::now();
        let problem = loop {
            match slow.next().await {
                Ok(piece) => assert!(piece.is_some()),
                Err(problem) => break problem,
            }
        };
        assert_eq!(begun.elapsed(), PATIENCE);
        assert_eq!(problem.status, 408);
        assert!(problem.detail.contains("2 bytes came"), "{}", problem.detail);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_that_goes_on_is_waited_for() {
        let mut steady = every(Duration::from_secs(2), PACE as usize * 2);
        for _ in 0..500 {
            steady.next().await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_done_between_pieces_is_not_the_senders_fault() {
        let mut quick = every(Duration::ZERO, 1);
        for _ in 0..10 {
            quick.next().await.unwrap().unwrap();
            tokio::time::sleep(PATIENCE).await;
        }
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_bound_and_room_comes_back() {
        let most = 8 << 20;
        let piece = Ok::<_, Infallible>(Bytes::from_static(&[b' '; 64 << 10]));
        let body = || Body::from_stream(repeat(piece.clone()).take(128));
        let mut held = Vec::new();
        for _ in 0..ROOM * PIECE / most {
            held.push(read_text(&HeaderMap::new(), body(), most).await.unwrap());
        }
        let full = read_text(&HeaderMap::new(), body(), most).await.err().unwrap();
        assert_eq!((full.status, full.retry_after), (503, Some(1)));
        assert!(Room::of(PIECE).is_err());
        let small = read_text(&HeaderMap::new(), Body::from("{}"), most).await.unwrap();
        assert_eq!(&*small, "{}", "small ones need none");
        held.pop();
        assert_eq!(read_text(&HeaderMap::new(), body(), most).await.unwrap().len(), most);
    }
}
