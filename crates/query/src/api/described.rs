//! What many reads have in common, as the description of the routes says it.

use linchpin_problem::Problem;
use utoipa::{IntoParams, IntoResponses};

/// The two clocks of a read.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what is read")]
pub(super) struct TwoClocks {
    /// The day for which the answer is true.
    as_of: Option<String>,
    /// Only what was known by this moment, or by the end of this day.
    known_at: Option<String>,
}

/// Which account is read.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it only describes what is read")]
pub(super) struct OfAccount {
    /// A UUID, or SOURCE:ID such as crm:0015g.
    id: String,
}

/// A parameter cannot be read.
#[derive(IntoResponses)]
#[response(status = 400, content_type = "application/problem+json")]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(super) struct Unreadable(Problem);

/// There is no such account on that day.
#[derive(IntoResponses)]
#[response(status = 404, content_type = "application/problem+json")]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(super) struct NoAccount(Problem);

/// What a trial of a policy may be answered with besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what is answered")]
pub(super) enum Untried {
    /// The policy is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The policy does not hold: where and why.
    #[response(status = 422, content_type = "application/problem+json")]
    Refused(Problem),
    /// Another trial is being made.
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(Problem),
}
