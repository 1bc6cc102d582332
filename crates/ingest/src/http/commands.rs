//! The commands: JSON that answers JSON, or a page's form that leads back to the page.

pub(super) mod acts;
mod answer;
mod described;
mod lines;
pub(super) mod members;
pub(super) mod naming;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::civil::Date;
use linchpin_domain::alert::AlertCommand;
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;

pub(super) use self::answer::Acting;
use self::answer::{IdOf, answer, id_of};
use self::described::{Key, OneEntry, Otherwise};
use crate::command::{self, TakenBack};
use crate::door::Door;

/// Takes an alert in hand.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledge {
    /// What will be done, at most 1,000 bytes.
    #[serde(default)]
    note: Option<String>,
    /// Who does it: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Puts an alert off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snooze {
    /// The day on which it comes back, such as 2024-05-31: after today, at most 90 days away.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Who does it: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says that talks about a contract's next term have begun.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TalksStarted {
    /// The client: a UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    account: AccountId,
    /// Who says so: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Takes a fact back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retract {
    /// Why it was never true.
    reason: String,
    /// The client the fact is about, to be sure: a UUID, or SOURCE:ID.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Who says so: which of us, a member's UUID or SOURCE:ID, which is needed where the fact is
    /// what somebody ruled; else a short handle of letters, digits, `.`, `-`, `_` will do.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Takes an alert in hand. The same again by the same hand changes nothing.
#[utoipa::path(
    post, path = "/v1/alerts/{id}/acknowledge", tag = "commands",
    params(("id" = String, Path, description = "the alert's UUID"), Key),
    request_body(content((Acknowledge = "application/json"), (Acknowledge = "application/x-www-form-urlencoded"))),
    responses(OneEntry, Otherwise),
)]
pub(super) async fn acknowledge(
    State(door): State<Door>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "acknowledged",
        |input: &Acknowledge| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let command = AlertCommand::Acknowledge { note: input.note };
            let alert: AlertId = id_of(path)?;
            Ok(command::on_alert(door.ledger(), alert, &command, &by).await?)
        },
    )
    .await
}

/// Puts an alert off to a later day.
#[utoipa::path(
    post, path = "/v1/alerts/{id}/snooze", tag = "commands",
    params(("id" = String, Path, description = "the alert's UUID"), Key),
    request_body(content((Snooze = "application/json"), (Snooze = "application/x-www-form-urlencoded"))),
    responses(OneEntry, Otherwise),
)]
pub(super) async fn snooze(State(door): State<Door>, path: IdOf, request: Request) -> Response {
    answer(
        request,
        "snoozed",
        |input: &Snooze| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let command = AlertCommand::Snooze { until: input.until };
            let alert: AlertId = id_of(path)?;
            Ok(command::on_alert(door.ledger(), alert, &command, &by).await?)
        },
    )
    .await
}

/// Says that talks about a contract's next term have begun. Twice on a day is once.
#[utoipa::path(
    post, path = "/v1/contracts/{id}/talks-started", tag = "commands",
    params(("id" = String, Path, description = "the contract: a UUID, or SOURCE:ID"), Key),
    request_body(content((TalksStarted = "application/json"), (TalksStarted = "application/x-www-form-urlencoded"))),
    responses(OneEntry, Otherwise),
)]
pub(super) async fn talks_started(
    State(acting): State<Acting>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "talks-started",
        |input: &TalksStarted| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let contract: ContractId = id_of(path)?;
            let (mut present, account) = (acting.present()?, input.account);
            let ledger = acting.door().ledger();
            Ok(command::start_talks(ledger, &mut present, account, contract, &by).await?)
        },
    )
    .await
}

/// Takes a fact back: it was never true. What was known before can still be asked for.
#[utoipa::path(
    post, path = "/v1/facts/{id}/retract", tag = "commands",
    params(("id" = String, Path, description = "the fact's entry id, a UUID"), Key),
    request_body(content((Retract = "application/json"), (Retract = "application/x-www-form-urlencoded"))),
    responses(OneEntry, Otherwise),
)]
pub(super) async fn retract_fact(
    State(acting): State<Acting>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "retracted",
        |input: &Retract| input.return_to.clone(),
        async |input, sender| {
            let said = input.by.as_deref().map(str::trim);
            let member = said.and_then(|by| by.parse::<MemberId>().ok());
            let by = match member {
                Some(member) => sender.order(member).by,
                None => sender.named(said)?,
            };
            let fact: EntryId = id_of(path)?;
            let (account, reason) = (input.account, input.reason.as_str());
            let wanted = TakenBack { fact, account, member, reason };
            let mut present = acting.present()?;
            Ok(command::retract(acting.door().ledger(), &mut present, wanted, &by).await?)
        },
    )
    .await
}
