//! Many events, one a line, streamed: a line and a group of events are all that is held.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use linchpin_ledger::{NewQuarantined, QuarantineError};
use linchpin_problem::{Place, Problem};

use super::body::{Incoming, Room};
use super::events::{GROUP, RefusedLine, Sender, Summary};
use crate::door::{Door, Receipt, quarantined};
use crate::event::{CloudEvent, Origin, utf8};

/// Longest line, in bytes.
pub const MAX_LINE: usize = 1 << 20;
/// Most refused lines that the answer lists; all are counted.
const MAX_LISTED: usize = 1_000;
/// Most bytes of lines held before they are stored.
const MAX_HELD: usize = 4 << 20;
/// How often a line is offered again when too much is waiting, and how long in between: 5 seconds
/// in all, long enough for the ledger to store what waits.
const OFFERS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn take_bulk(
    door: &Door,
    sender: &Sender,
    body: Body,
) -> Result<Response, Problem> {
    let mut bulk = Bulk { door, sender, summary: Summary::default(), group: Vec::new(), held: 0 };
    match bulk.run(body).await {
        Ok(()) if bulk.summary.lines == 0 => {
            Err(Problem::bad_request("the body has no line: send one event a line"))
        }
        Ok(()) => {
            let summary = bulk.summary;
            let none = summary.refused == summary.lines;
            let status = if none { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            tracing::info!(
                bulk.lines = summary.lines,
                bulk.recorded = summary.recorded,
                bulk.refused = summary.refused,
                "bulk taken"
            );
            Ok((status, Json(summary)).into_response())
        }
        Err(problem) => {
            let detail = format!(
                "{}; up to there {} events were stored: send all again, what was taken stays once",
                problem.detail, bulk.summary.recorded
            );
            Err(problem.told(detail).with("summary", &bulk.summary))
        }
    }
}

/// A line with its number in the body.
struct Line {
    number: usize,
    bytes: Vec<u8>,
}

struct Bulk<'a> {
    door: &'a Door,
    sender: &'a Sender,
    summary: Summary,
    group: Vec<Line>,
    /// Bytes in `group`.
    held: usize,
}

impl Bulk<'_> {
    async fn run(&mut self, body: Body) -> Result<(), Problem> {
        let _room = Room::of(MAX_HELD + MAX_LINE)?;
        let mut incoming = Incoming::new(body);
        let mut number = 1;
        let mut line = Vec::new();
        loop {
            let piece = match incoming.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(problem) => {
                    // Whole lines that came are taken; the torn one is not.
                    self.store().await?;
                    return Err(problem);
                }
            };
            let mut rest = &piece[..];
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                self.extend(&mut line, &rest[..end], number).await?;
                rest = &rest[end + 1..];
                self.push(std::mem::take(&mut line), number).await?;
                number += 1;
            }
            self.extend(&mut line, rest, number).await?;
        }
        self.push(line, number).await?;
        self.store().await
    }

    async fn extend(
        &mut self,
        line: &mut Vec<u8>,
        more: &[u8],
        number: usize,
    ) -> Result<(), Problem> {
        if line.len() + more.len() <= MAX_LINE {
            line.extend_from_slice(more);
            return Ok(());
        }
        self.store().await?;
        let detail =
            format!("line {number} is longer than {MAX_LINE} bytes: nothing was read behind it");
        let place = Place { pointer: String::new(), line: number, column: MAX_LINE + 1 };
        Err(Problem::too_large(detail).at(place))
    }

    async fn push(&mut self, bytes: Vec<u8>, number: usize) -> Result<(), Problem> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.held += bytes.len();
        self.group.push(Line { number, bytes });
        if self.group.len() == GROUP || self.held >= MAX_HELD {
            self.store().await?;
        }
        Ok(())
    }

    /// Stores the group. Lines that do not hold go into the quarantine; what the desk itself
    /// could not do ends the bulk.
    async fn store(&mut self) -> Result<(), Problem> {
        self.held = 0;
        let group = std::mem::take(&mut self.group);
        let taken = join_all(group.iter().map(|line| self.take(line))).await;
        let mut kept = Vec::new();
        let mut ours = None;
        for (line, taken) in group.iter().zip(taken) {
            match taken {
                Ok(receipt) => {
                    let summary = &mut self.summary;
                    summary.lines += 1;
                    let count = if receipt.recorded {
                        &mut summary.recorded
                    } else {
                        &mut summary.already_there
                    };
                    *count += 1;
                }
                Err(problem) if problem.is_ours() => ours = ours.or(Some(problem)),
                Err(problem) => {
                    kept.push(kept_line(line, &problem));
                    self.refuse(line.number, problem);
                }
            }
        }
        self.door.ledger().quarantine().add_all(kept).await.map_err(not_kept)?;
        ours.map_or(Ok(()), Err)
    }

    async fn take(&self, line: &Line) -> Result<Receipt, Problem> {
        let mut offers = 0;
        loop {
            let origin = Origin::line(line.number);
            let told = utf8(&line.bytes, "the line", origin)
                .and_then(|text| CloudEvent::parse(text, origin)?.tell());
            let taken = self.door.take_told(self.sender.sign(told), self.sender.trace, None).await;
            offers += 1;
            match taken {
                Err(problem) if problem.retry_after == Some(1) && offers < OFFERS => {
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    fn refuse(&mut self, number: usize, problem: Problem) {
        self.summary.lines += 1;
        self.summary.refused += 1;
        if self.summary.refused_lines.len() < MAX_LISTED {
            self.summary.refused_lines.push(RefusedLine { line: number as u64, problem });
        }
    }
}

fn kept_line(line: &Line, problem: &Problem) -> NewQuarantined {
    let place = match &problem.place {
        Some(place) => format!("line {}, column {}", place.line, place.column),
        None => format!("line {}", line.number),
    };
    quarantined("http".to_owned(), place, problem, &line.bytes)
}

fn not_kept(error: QuarantineError) -> Problem {
    Problem::from(error).storing()
}
