//! The description of these routes.

use linchpin_domain::fact::Fact;
use linchpin_problem::{Place, Problem};
use serde_json::json;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi as Document, RefOr};
use utoipa::{OpenApi, ToSchema};

use super::commands::acts::{
    __path_approve, __path_assign, __path_claim, __path_confirm, __path_dismiss,
    __path_end_override, __path_hand_over, __path_judge, __path_merge, __path_nominate,
    __path_override_status, __path_parent, __path_plan, __path_review, __path_rule, __path_unmerge,
    __path_veto, Assign, Belong, Cared, Dismiss, HandOn, Judge, Merge, Override, Reasoned, Rule,
};
use super::commands::members::{
    __path_hand_over_all, __path_leave, HandOnAll, Handed, HandedAccount, Leave, Passed,
};
use super::commands::naming::{__path_name, NameMember, NamedMember};
use super::commands::{
    __path_acknowledge, __path_retract_fact, __path_snooze, __path_talks_started, Acknowledge,
    Retract, Snooze, TalksStarted,
};
use super::events::{__path_post_events, BatchAnswer, BatchItem, RefusedLine, Summary};
use crate::door::Receipt;
use crate::event::TYPE_PREFIX;

/// A CloudEvent 1.0 that tells a fact. Extension attributes are taken and passed over, but for
/// `traceparent`.
#[derive(ToSchema)]
#[schema(as = CloudEvent)]
#[expect(dead_code, reason = "it only describes what the reader takes")]
pub(super) struct EventDocument {
    /// Names the event within its source. The same source and id again is the same event.
    #[schema(min_length = 1, max_length = 1000)]
    id: String,
    /// Who tells it.
    #[schema(min_length = 1, max_length = 1000)]
    source: String,
    /// Always `1.0`.
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// `linchpin.` and the name of a fact.
    #[schema(rename = "type")]
    kind: String,
    /// When it became true (RFC 3339); left out, that is when it is recorded.
    #[schema(format = DateTime)]
    time: Option<String>,
    /// Left out or `application/json`.
    datacontenttype: Option<String>,
    /// The trace it belongs to (W3C).
    traceparent: Option<String>,
    /// The fact. Its fields follow from `type`: `linchpin schema asyncapi` prints those of every
    /// kind, with what each means. Unknown fields are refused.
    #[schema(value_type = Object)]
    data: (),
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Linchpin", description = "Facts and commands in."),
    paths(
        post_events, acknowledge, snooze, talks_started, retract_fact, nominate, approve, veto,
        confirm, override_status, end_override, assign, claim, rule, hand_over, parent, merge,
        unmerge, dismiss, judge, review, plan, name, leave, hand_over_all,
    ),
    components(schemas(
        EventDocument, Receipt, BatchAnswer, BatchItem, Summary, RefusedLine, Problem, Place,
        Acknowledge, Snooze, TalksStarted, Retract, Reasoned, Override, Assign, Rule, HandOn,
        Belong, Merge, Dismiss, Judge, Cared, NameMember, NamedMember, Leave, HandOnAll, Handed, HandedAccount, Passed,
    )),
    tags(
        (name = "events", description = "What the outside tells."),
        (name = "commands", description = "What people ask of the desk."),
    ),
)]
struct Routes;

/// The OpenAPI description of these routes, to be merged with those of the others.
pub fn openapi() -> Document {
    let mut document = Routes::openapi();
    let event = document
        .components
        .as_mut()
        .and_then(|components| components.schemas.get_mut("CloudEvent"));
    if let Some(RefOr::T(Schema::Object(event))) = event
        && let Some(RefOr::T(Schema::Object(kind))) = event.properties.get_mut("type")
    {
        let names = Fact::KINDS.iter().map(|(name, _)| json!(format!("{TYPE_PREFIX}{name}")));
        kind.enum_values = Some(names.collect());
    }
    document
}
