//! Entries as they come: server-sent events, resumable by position.
//!
//! Each reader has a place of its own. One who keeps up is told from memory; one who falls
//! behind, or comes back, reads the ledger from their place on. There is no queue to overflow.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{iter, unfold};
use futures::{Stream, StreamExt};
use linchpin_domain::entry::Position;
use linchpin_problem::Problem;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::Api;
use super::params::Params;
use crate::model::{News, ReadModel};

/// Readers at one time at most.
pub(super) const MAX_STREAMS: usize = 512;

/// Between signs of life on a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// After which a reader who lost the stream comes back.
const RECONNECT: Duration = Duration::from_secs(2);

/// Between attempts to read a ledger that cannot be read.
const RETRY: Duration = Duration::from_secs(1);

/// Every entry as a server-sent event `entry` with its position as id; data:
/// `{"position","account","kind","class"}`. Begins after `Last-Event-ID` or `after`, else with
/// what comes next. Where that place lies beyond the ledger (it was replaced by an older one), an
/// event `reset` comes first, with the position from which the stream goes on: who has shown
/// entries after it must read anew.
#[utoipa::path(
    get, path = "/v1/stream", tag = "entries",
    params(
        ("after" = Option<u64>, Query, description = "begin after this position"),
        ("Last-Event-ID" = Option<u64>, Header, description = "the same; it wins over `after`")
    ),
    responses(
        (status = 200, description = "The stream", content_type = "text/event-stream", body = String),
        (status = 400, description = "That is no position", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many readers", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn follow(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let params = Params::read(query.as_deref(), &["after"])?;
    api.known(query.as_deref(), false).await?;
    let after = params.number("after", 0, i64::MAX.unsigned_abs())?;
    let resumed = headers.get("last-event-id").map(|id| {
        let id = id.to_str().ok().and_then(|id| id.trim().parse::<Position>().ok());
        id.ok_or_else(|| {
            Problem::bad_request("`Last-Event-ID` is no position: send back an id of this stream")
        })
    });
    let permit = api.streams.clone().try_acquire_owned().map_err(|_| {
        Problem::later(
            10,
            format!("{MAX_STREAMS} readers follow the stream already: try again later"),
        )
    })?;
    let news = api.model.news();
    let asked = resumed.transpose()?.or(after);
    let reset = match asked {
        Some(asked) => !api.model.holds(asked).await?,
        None => false,
    };
    let after = asked.filter(|_| !reset).unwrap_or_else(|| api.model.position());
    let mut first = vec![Event::default().retry(RECONNECT).comment("linchpin")];
    first.extend(reset.then(|| begun_anew(after)));
    let reader = Reader { model: api.model, news, after, behind: VecDeque::new(), _permit: permit };
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events(first, reader)).keep_alive(keep_alive).into_response())
}

struct Reader {
    model: ReadModel,
    news: Receiver<News>,
    after: Position,
    /// A chunk read from the ledger and not told yet.
    behind: VecDeque<News>,
    _permit: OwnedSemaphorePermit,
}

/// Some events, then the entries.
fn events(first: Vec<Event>, reader: Reader) -> impl Stream<Item = Result<Event, Infallible>> {
    let entries = unfold(reader, |mut reader| async move {
        let news = reader.next().await?;
        Some((event(&news), reader))
    });
    iter(first).chain(entries).map(Ok)
}

/// The stream goes on from here, whatever was told before.
fn begun_anew(position: Position) -> Event {
    let data = format!("{{\"position\":{position}}}");
    Event::default().event("reset").id(position.to_string()).data(data)
}

fn event(news: &News) -> Event {
    let event = Event::default().event("entry").id(news.position.to_string());
    // It holds texts and numbers only, so it always becomes JSON.
    event.json_data(news).unwrap_or_else(|_| Event::default().comment("unreadable"))
}

impl Reader {
    /// The next entry; `None` when the desk shuts down.
    async fn next(&mut self) -> Option<News> {
        loop {
            if self.model.stopped() {
                return None;
            }
            if let Some(news) = self.behind.pop_front() {
                self.after = news.position;
                return Some(news);
            }
            match self.news.try_recv() {
                Ok(news) if news.position == self.after + 1 => {
                    self.after = news.position;
                    return Some(news);
                }
                Ok(news) if news.position <= self.after => continue,
                // A gap, or a lag: the ledger has it.
                Ok(_) | Err(TryRecvError::Lagged(_) | TryRecvError::Empty) => {}
                Err(TryRecvError::Closed) => return None,
            }
            if self.after < self.model.position() {
                self.read_on().await;
            } else if let Some(news) = self.wait().await {
                return Some(news);
            }
        }
    }

    /// Waits for news; gives those that come next for this reader.
    async fn wait(&mut self) -> Option<News> {
        let news = tokio::select! {
            news = self.news.recv() => news.ok()?,
            () = self.model.stopping() => return None,
        };
        if news.position != self.after + 1 {
            return None;
        }
        self.after = news.position;
        Some(news)
    }

    /// Reads the next chunk from the ledger, never beyond what pages show already.
    async fn read_on(&mut self) {
        match self.model.read_news(self.after).await {
            Ok(news) => self.behind = news.into(),
            Err(error) => {
                tracing::warn!(%error, after = self.after, "the stream cannot read the ledger");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
