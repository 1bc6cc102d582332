//! What all commands have in common, as the description of the routes says it.

use linchpin_problem::Problem;
use utoipa::{IntoParams, IntoResponses};

use super::members::Handed;
use super::naming::NamedMember;
use crate::door::Receipt;

/// Under which name a command may be sent again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes what the reader takes")]
pub(in crate::http) struct Key {
    /// A name for this request, up to 128 visible characters: the same request again under it with
    /// the same token is answered with the entry of the first, whatever has happened since; another
    /// request under it is refused.
    #[param(rename = "Idempotency-Key")]
    key: Option<String>,
}

/// What a command that comes to one entry is answered with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(in crate::http) enum OneEntry {
    /// Done.
    #[response(status = 201)]
    Done(Receipt),
    /// It was so already.
    #[response(status = 200)]
    Already(Receipt),
}

/// What naming one of us is answered with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(in crate::http) enum OneMember {
    /// Done.
    #[response(status = 201)]
    Done(NamedMember),
    /// It was so already.
    #[response(status = 200)]
    Already(NamedMember),
}

/// What a command on many accounts is answered with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(in crate::http) enum ManyEntries {
    /// Done.
    #[response(status = 201)]
    Done(Handed),
    /// A dry run, or nothing was left to do.
    #[response(status = 200)]
    Already(Handed),
}

/// What any command may be answered with besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(in crate::http) enum Otherwise {
    /// A form, done: back to `return_to`.
    #[response(status = 303)]
    Back,
    /// Cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// For others to do, or sent by a page of another site.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// What it is about is not there.
    #[response(status = 404, content_type = "application/problem+json")]
    Missing(Problem),
    /// The body did not come.
    #[response(status = 408, content_type = "application/problem+json")]
    Slow(Problem),
    /// What is known forbids it, or its Idempotency-Key was used for another request.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// A content type that is not taken.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
    /// Does not hold by itself.
    #[response(status = 422, content_type = "application/problem+json")]
    Refused(Problem),
    /// Cannot be judged or stored now.
    #[response(status = 503, content_type = "application/problem+json")]
    NotNow(Problem),
}
