//! The acts on a client.

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::civil::Date;
use linchpin_domain::act::{Act, HandOver};
use linchpin_domain::fact::JudgementOf;
use linchpin_domain::id::{AccountId, ContactId, ContractId, MemberId};
use linchpin_domain::policy::Status;
use linchpin_problem::Problem;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::answer::{Acting, IdOf, answer, id_of};
use super::described::{Key, OneEntry, Otherwise};
use super::lines::{listed_or_none, maybe_listed};
use crate::command;

/// An act that needs a reason and nothing else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Reasoned {
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Gives a client a status by override.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Override {
    /// The status: `key`, `key (trial)`, `under review`, `released` or `standard`.
    #[schema(value_type = String)]
    to: Status,
    /// The last day on which it holds: after today, at most 3 years away.
    #[schema(value_type = String, format = Date)]
    expires: Date,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Gives a client an account manager.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Assign {
    /// Who looks after it from now on: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    owner: MemberId,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Settles whose client it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Rule {
    /// Whose it is: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    owner: MemberId,
    /// Whether the history of the client's parent counted, where that was the question.
    #[serde(default)]
    parent_history_counts: Option<bool>,
    /// Which of us acts: a key-account director's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Passes a client to another account manager.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct HandOn {
    /// Who gets it: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    to: MemberId,
    /// Who has it, to be sure.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<MemberId>,
    /// The people who pass over; left out, all who work there. In a form one a line.
    #[serde(default, deserialize_with = "maybe_listed")]
    #[schema(value_type = Option<Vec<String>>)]
    contacts: Option<Vec<ContactId>>,
    /// The contracts that pass over; left out, all that run. In a form one a line.
    #[serde(default, deserialize_with = "maybe_listed")]
    #[schema(value_type = Option<Vec<String>>)]
    contracts: Option<Vec<ContractId>>,
    /// What was promised and is still to be kept, a sentence each. In a form one a line.
    #[serde(default, deserialize_with = "listed_or_none")]
    #[schema(value_type = Option<Vec<String>>)]
    promises: Vec<String>,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Puts a client below another organisation, or below none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Belong {
    /// The organisation directly above it: a UUID, or SOURCE:ID; `none` where it stands alone.
    parent: String,
    /// From which day on, up to today; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says that a client is a duplicate of another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Merge {
    /// The account that stays: a UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    into: AccountId,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why they are one, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says that a client is neither the same as another nor of its group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Dismiss {
    /// The one with a name alike: a UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    other: AccountId,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes, where anything is to be said.
    #[serde(default)]
    reason: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says what one of us thinks of a client, for a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Judge {
    /// What is judged: `strategic fit`, `growth potential` or `influence`.
    #[schema(value_type = String)]
    of: JudgementOf,
    /// From 0 (not at all) to 5 (as much as can be).
    #[schema(maximum = 5)]
    score: u8,
    /// The last day on which it counts: after today, at most 3 years away; left out, a year on.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    expires: Option<Date>,
    /// Which of us judges: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says that a client was cared for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Cared {
    /// When, up to today; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// Which of us did it: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// What every act says.
trait Asks: DeserializeOwned {
    fn by(&self) -> MemberId;
    fn return_to(&self) -> Option<String>;
}

macro_rules! asks {
    ($($name:ident)*) => {$(
        impl Asks for $name {
            fn by(&self) -> MemberId {
                self.by
            }

            fn return_to(&self) -> Option<String> {
                self.return_to.clone()
            }
        }
    )*};
}

asks! { Reasoned Override Assign Rule HandOn Belong Merge Dismiss Judge Cared }

async fn act_on<T: Asks>(
    acting: &Acting,
    path: IdOf,
    request: Request,
    deed: &str,
    read: impl Fn(T) -> Result<Act, Problem>,
) -> Response {
    answer(request, deed, T::return_to, async |input: T, sender| {
        let account: AccountId = id_of(path)?;
        let order = sender.order(input.by());
        let (act, mut present) = (read(input)?, acting.present()?);
        let ledger = acting.door().ledger();
        Ok(command::act(ledger, &mut present, account, &act, &order).await?)
    })
    .await
}

macro_rules! acts {
    ($($(#[doc = $doc:literal])+ $name:ident $path:literal $deed:literal $input:ident => $act:expr;)*) => {$(
        $(#[doc = $doc])+
        #[utoipa::path(
            post, path = $path, tag = "commands",
            params(("id" = String, Path, description = "the client: a UUID, or SOURCE:ID"), Key),
            request_body(content(($input = "application/json"), ($input = "application/x-www-form-urlencoded"))),
            responses(OneEntry, Otherwise),
        )]
        pub(in crate::http) async fn $name(
            State(acting): State<Acting>,
            path: IdOf,
            request: Request,
        ) -> Response {
            act_on(&acting, path, request, $deed, $act).await
        }
    )*};
}

acts! {
    /// Proposes a client as a key account: it must have points enough to stay one.
    nominate "/v1/accounts/{id}/nominate" "nominated" Reasoned =>
        |it: Reasoned| Ok(Act::Nominate { reason: it.reason });
    /// Gives what waits its yes: by somebody in the role that the policy names.
    approve "/v1/accounts/{id}/approve" "approved" Reasoned =>
        |it: Reasoned| Ok(Act::Approve { reason: it.reason });
    /// Refuses what waits its yes: by somebody in the role that the policy names.
    veto "/v1/accounts/{id}/veto" "vetoed" Reasoned =>
        |it: Reasoned| Ok(Act::Veto { reason: it.reason });
    /// Says that a key account was looked at again and stays one.
    confirm "/v1/accounts/{id}/confirm" "confirmed" Reasoned =>
        |it: Reasoned| Ok(Act::Confirm { reason: it.reason });
    /// Gives a client a status by override, for a time.
    override_status "/v1/accounts/{id}/override" "overridden" Override =>
        |it: Override| Ok(Act::Override { to: it.to, reason: it.reason, expires: it.expires });
    /// Ends an override before its time.
    end_override "/v1/accounts/{id}/end-override" "override-ended" Reasoned =>
        |it: Reasoned| Ok(Act::EndOverride { reason: it.reason });
    /// Gives a client whom nobody looks after an account manager.
    assign "/v1/accounts/{id}/assign" "assigned" Assign =>
        |it: Assign| Ok(Act::Assign { owner: it.owner });
    /// Says that a client is one's own.
    claim "/v1/accounts/{id}/claim" "claimed" Reasoned =>
        |it: Reasoned| Ok(Act::Claim { reason: it.reason });
    /// Settles whose client it is: by a key-account director.
    rule "/v1/accounts/{id}/rule" "ruled" Rule => |it: Rule| {
        let (owner, reason) = (it.owner, it.reason);
        Ok(Act::Rule { owner, reason, parent_history_counts: it.parent_history_counts })
    };
    /// Passes a client to another account manager, with all that goes with it.
    hand_over "/v1/accounts/{id}/hand-over" "handed-over" HandOn => |it: HandOn| {
        let HandOn { from, to, contacts, contracts, promises, reason, .. } = it;
        Ok(Act::HandOver(HandOver { from, to, contacts, contracts, promises, reason }))
    };
    /// Puts a client below another organisation from a day on, or below none. What would close a
    /// loop is refused with the way.
    parent "/v1/accounts/{id}/parent" "parent-set" Belong => |it: Belong| {
        let day = it.day;
        if it.parent.trim() == "none" {
            return Ok(Act::ClearParent { day });
        }
        let parent = it.parent.trim().parse();
        let parent = parent.map_err(|e| Problem::refused(format!("`parent`: {e}, or `none`")))?;
        Ok(Act::SetParent { parent, day })
    };
    /// Says that a client is a duplicate of another, as which it is read from then on.
    merge "/v1/accounts/{id}/merge" "merged" Merge =>
        |it: Merge| Ok(Act::Merge { into: it.into, reason: it.reason });
    /// Undoes a merge, at the duplicate.
    unmerge "/v1/accounts/{id}/unmerge" "unmerged" Reasoned =>
        |it: Reasoned| Ok(Act::Unmerge { reason: it.reason });
    /// Says that a client is neither the same as another nor of its group: it is suggested no more.
    dismiss "/v1/accounts/{id}/dismiss" "dismissed" Dismiss =>
        |it: Dismiss| Ok(Act::Dismiss { other: it.other, reason: it.reason });
    /// Says what one of us thinks of a client, for a time: it counts where the policy says so.
    judge "/v1/accounts/{id}/judge" "judged" Judge => |it: Judge| {
        let Judge { of, score, expires, reason, .. } = it;
        Ok(Act::Judge { of, score, expires, reason })
    };
    /// Says that an account review was held.
    review "/v1/accounts/{id}/review" "reviewed" Cared =>
        |it: Cared| Ok(Act::HoldReview { day: it.day });
    /// Says that the account plan was brought up to date.
    plan "/v1/accounts/{id}/plan" "planned" Cared =>
        |it: Cared| Ok(Act::UpdatePlan { day: it.day });
}
