//! Naming one of us.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use linchpin_domain::act::Naming;
use linchpin_domain::fact::Role;
use linchpin_domain::id::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Acting, Answer, answer};
use super::described::{Key, OneMember, Otherwise};
use crate::command::{self, DoneNaming};
use crate::door::Receipt;

/// Says that one of us is here, under a name and in a role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NameMember {
    /// Full name, at most 200 bytes. It is sealed, so that it can be erased.
    name: String,
    /// What they do: `account manager`, `key-account director`, `executive sponsor` or
    /// `operations`.
    #[schema(value_type = String)]
    role: Role,
    /// Who it is: a UUID, or SOURCE:ID. Left out, whoever is here and called so, else somebody new.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    id: Option<MemberId>,
    /// Which of us says so: a member's UUID, or SOURCE:ID. Needed where the role is one in which
    /// somebody rules, or was, once a key-account director is here.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    by: Option<MemberId>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Who was named, and the entry that says so.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct NamedMember {
    /// Who: by this id they are named in any act.
    #[schema(value_type = String, format = "uuid")]
    member: MemberId,
    /// The entry.
    receipt: Receipt,
}

impl Answer for DoneNaming {
    fn in_json(self) -> Response {
        let status = if self.done.fresh { StatusCode::CREATED } else { StatusCode::OK };
        let answer = NamedMember { member: self.member, receipt: self.done.into() };
        (status, Json(answer)).into_response()
    }
}

/// Says that one of us is here, or has another name or role from now on; whoever left is here
/// again. Twice is once.
#[utoipa::path(
    post, path = "/v1/members", tag = "commands",
    params(Key),
    request_body(content((NameMember = "application/json"), (NameMember = "application/x-www-form-urlencoded"))),
    responses(OneMember, Otherwise),
)]
pub(in crate::http) async fn name(State(acting): State<Acting>, request: Request) -> Response {
    answer(
        request,
        "named",
        |input: &NameMember| input.return_to.clone(),
        async |input, sender| {
            let NameMember { name, role, id, by, .. } = input;
            let sent = match by {
                Some(member) => sender.order(member).by,
                None => sender.named(None)?,
            };
            let mut present = acting.present()?;
            let (ledger, wanted) = (acting.door().ledger(), Naming { id, name, role });
            Ok(command::name_member(ledger, &mut present, &wanted, by, &sent).await?)
        },
    )
    .await
}
