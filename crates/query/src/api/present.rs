//! Whether an answer would be one about the present.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use linchpin_domain::entry::Position;
use linchpin_problem::Problem;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, KnownFormat, ObjectBuilder, OpenApi, Ref, Required, ResponseBuilder,
    SchemaFormat, Type,
};

use super::Api;
use super::params::{AT_LEAST, Params};

/// Seconds after which to ask again while the read model catches up.
const CATCHING_UP: u32 = 2;

/// How long a reader waits for what it asked to see. Entries take milliseconds from the ledger to
/// here, so one that has not come by then is held up by more than the way.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lets a read through when what it asks for is known: all that stood in the ledger at the start,
/// what `at_least` names, and, unless it asks about the past, that nothing newer is missed.
pub(super) async fn only_when_known(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Response {
    let query = request.uri().query();
    if !api.model.caught_up() {
        return api.still_reading().into_response();
    }
    // Whether so much of the past is known, its reader is told where the desk is made.
    let past = query.is_some_and(|query| query.contains("known_at="));
    match api.known(query, past).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

impl Api {
    /// Waits for what a query wants the answer to have taken in.
    pub(super) async fn known(&self, query: Option<&str>, past: bool) -> Result<(), Problem> {
        let at_least = Params::at_least(query)?;
        if !past {
            self.model.present()?;
        }
        let reached = self.model.reached(at_least);
        tokio::time::timeout(PATIENCE, reached).await.map_err(|_| self.not_yet(at_least))
    }

    fn not_yet(&self, at_least: Position) -> Problem {
        let newest = self.model.position();
        let detail = format!(
            "entry {at_least} is not taken in yet, the newest is {newest}: ask again in a moment"
        );
        Problem::later(CATCHING_UP, detail)
    }

    fn still_reading(&self) -> Problem {
        let progress = self.model.progress();
        Problem::later(
            CATCHING_UP,
            format!(
                "the desk is still reading its ledger, {} of {} entries so far: ask again in a moment",
                progress.done, progress.of
            ),
        )
    }
}

/// Says of every read that it takes the parameter, and that it may have to wait.
pub(super) fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        if let Some(read) = item.get.as_mut().filter(|_| path.starts_with("/v1/")) {
            describe_read(read);
        }
    }
}

fn describe_read(read: &mut Operation) {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0));
    let at_least = ParameterBuilder::new()
        .name(AT_LEAST)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(
            "wait for this position, such as a door gave it in its receipt, to be taken in, for \
             2 seconds at most",
        ))
        .schema(Some(schema));
    read.parameters.get_or_insert_default().push(at_least.build().into());
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    let later = ResponseBuilder::new()
        .description("The desk cannot answer now: it is still reading, or cut off from its ledger")
        .content("application/problem+json", problem.build());
    read.responses.responses.entry("503".to_owned()).or_insert_with(|| later.build().into());
}
