//! What the errors of events and commands mean to whoever sent them.

use axum::http::StatusCode;
use linchpin_domain::act::{self, Ground};
use linchpin_domain::alert::Refusal;
use linchpin_problem::Problem;

use crate::command::CommandError;
use crate::event::{EventError, Fault};

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let problem = match error.fault {
            Fault::Unreadable | Fault::Attribute => Self::bad_request(error.detail),
            Fault::Type | Fault::Data => Self::refused(error.detail),
        };
        match error.place {
            Some(place) => problem.at(place),
            None => problem,
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let problem = match error {
            CommandError::Missing(_) => Self::not_found(error.to_string()),
            CommandError::Alert(Refusal::NoSuchAlert) => Self::not_found(error.to_string()),
            CommandError::Alert(Refusal::Resolved(_) | Refusal::InHand) => {
                Self::conflict(error.to_string())
            }
            CommandError::Alert(Refusal::NotLater | Refusal::TooLong | Refusal::NoteTooLong) => {
                Self::refused(error.to_string())
            }
            CommandError::Act(refusal) => turned_down(&refusal),
            CommandError::Broken => Self::failed(error.to_string()),
            CommandError::Invalid(_) => Self::refused(error.to_string()),
            CommandError::Behind { .. } => Self::later(2, error.to_string()),
            CommandError::Contended => Self::later(1, error.to_string()),
            CommandError::Read(error) => error.into(),
            CommandError::Append(error) => error.into(),
        };
        problem.storing()
    }
}

fn turned_down(refusal: &act::Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal.ground() {
        Ground::Missing => Problem::not_found(detail),
        Ground::Content => Problem::refused(detail),
        Ground::State => Problem::conflict(detail),
        Ground::Role => others_to_do(detail),
    }
}

/// What it is not for the sender to do.
pub(crate) fn others_to_do(detail: impl Into<String>) -> Problem {
    let (kind, title) = ("urn:linchpin:problem:others-to-do", "it is for others to do");
    Problem::new(StatusCode::FORBIDDEN, kind, title, detail)
}
