//! The acts on one of us.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::act::Passing;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Acting, Answer, IdOf, answer, id_of};
use super::described::{Key, ManyEntries, OneEntry, Otherwise};
use super::lines::listed;
use crate::command::{self, HandOverAll, HandedOver, Present};
use crate::door::Receipt;

/// Most clients of which a form's sender is told why they stay.
const MAX_TOLD: usize = 8;
/// What a form's sender is told where there was nothing to hand over.
const NOTHING: &str = "nothing-handed-over";

/// Says that one of us leaves the firm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Leave {
    /// Their last day, up to today; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// Which of us says so: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Hands over all that one of us looks after.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct HandOnAll {
    /// Among whom the accounts are shared out: members' UUIDs, or SOURCE:ID. In a form one a line.
    #[serde(deserialize_with = "listed")]
    #[schema(value_type = Vec<String>)]
    to: Vec<MemberId>,
    /// Only say what would pass over.
    #[serde(default)]
    dry_run: bool,
    /// Which of us acts: a member's UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    by: MemberId,
    /// Why, at most 4,000 bytes.
    reason: String,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// All that one of us looks after, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Handed {
    /// Whether nothing was stored.
    dry_run: bool,
    /// Each account, in order of id.
    accounts: Vec<HandedAccount>,
    /// How many more there are: send the request again for them.
    left: usize,
}

/// One account that passes over.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct HandedAccount {
    /// The client.
    #[schema(value_type = String, format = "uuid")]
    account: AccountId,
    /// Its name.
    name: String,
    /// Who gets it.
    #[schema(value_type = String, format = "uuid")]
    to: MemberId,
    /// The people who pass over.
    contacts: Vec<Passed>,
    /// The contracts that pass over.
    contracts: Vec<Passed>,
    /// The entry; absent where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    /// Why it stayed where it was, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// A person or a contract that passes over.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Passed {
    /// Which.
    id: String,
    /// By name, as far as it may still be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Answer for Handed {
    fn in_json(self) -> Response {
        let fresh = |it: &HandedAccount| it.receipt.is_some_and(|receipt| receipt.recorded);
        let fresh = self.accounts.iter().any(fresh);
        let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
        (status, Json(self)).into_response()
    }

    /// `handed-over`, `handed-over-partly.PASSED.STAYED.LEFT` or `nothing-handed-over`.
    fn deed(&self, usual: &str) -> Result<String, Problem> {
        let passed = self.accounts.iter().filter(|it| it.receipt.is_some()).count();
        let stayed = self.accounts.iter().filter(|it| it.refused.is_some()).count();
        match (passed, stayed, self.left) {
            (0, 0, 0) => Ok(NOTHING.to_owned()),
            (0, 1.., _) => Err(Problem::conflict(self.why_all_stay(stayed))),
            (_, 0, 0) => Ok(usual.to_owned()),
            (passed, stayed, left) => Ok(format!("{usual}-partly.{passed}.{stayed}.{left}")),
        }
    }
}

impl Handed {
    /// Why none of them passed over, client by client.
    fn why_all_stay(&self, stayed: usize) -> String {
        let refused = self.accounts.iter().filter_map(|it| Some((&it.name, it.refused.as_ref()?)));
        let why = refused.take(MAX_TOLD).map(|(name, refused)| format!("“{name}”: {refused}"));
        let why = why.collect::<Vec<_>>().join("; ");
        let more = match stayed.saturating_sub(MAX_TOLD) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        format!("no client passed over, {stayed} stay: {why}{more}")
    }
}

/// Says that one of us leaves the firm: what they look after is to be handed over. Twice is once.
#[utoipa::path(
    post, path = "/v1/members/{id}/leave", tag = "commands",
    params(("id" = String, Path, description = "the member: a UUID, or SOURCE:ID"), Key),
    request_body(content((Leave = "application/json"), (Leave = "application/x-www-form-urlencoded"))),
    responses(OneEntry, Otherwise),
)]
pub(in crate::http) async fn leave(
    State(acting): State<Acting>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "left",
        |input: &Leave| input.return_to.clone(),
        async |input, sender| {
            let member: MemberId = id_of(path)?;
            let (order, mut present) = (sender.order(input.by), acting.present()?);
            let ledger = acting.door().ledger();
            Ok(command::leave(ledger, &mut present, member, input.day, &order).await?)
        },
    )
    .await
}

/// Hands over all that one of us looks after, shared out among colleagues so that groups stay
/// together and loads are even; with `dry_run` it only says how. Each account is an entry of its
/// own. Asked again, it hands over what is left.
#[utoipa::path(
    post, path = "/v1/members/{id}/hand-over", tag = "commands",
    params(("id" = String, Path, description = "the member: a UUID, or SOURCE:ID"), Key),
    request_body(content((HandOnAll = "application/json"), (HandOnAll = "application/x-www-form-urlencoded"))),
    responses(ManyEntries, Otherwise),
)]
pub(in crate::http) async fn hand_over_all(
    State(acting): State<Acting>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "handed-over",
        |input: &HandOnAll| input.return_to.clone(),
        async |input, sender| hand_on(&acting, id_of(path)?, input, sender).await,
    )
    .await
}

async fn hand_on(
    acting: &Acting,
    from: MemberId,
    input: HandOnAll,
    sender: &super::answer::Sender,
) -> Result<Handed, Problem> {
    let HandOnAll { to, dry_run, by, reason, return_to } = input;
    if dry_run && return_to.is_some() {
        return Err(Problem::refused("`dry_run` is answered in JSON: leave it out of a form"));
    }
    let (order, mut present) = (sender.order(by), acting.present()?);
    let ledger = acting.door().ledger();
    let plan = command::hand_over_plan(ledger, &mut present, from, &to, &order).await?;
    if dry_run {
        let names = Names::of(&present, ledger);
        let accounts = plan.accounts.iter().map(|passing| names.account(passing)).collect();
        return Ok(Handed { dry_run, accounts, left: plan.left });
    }
    let wanted = HandOverAll { from, to: &to, reason: &reason };
    let all = command::hand_over_all(ledger, &mut present, wanted, plan, &order).await?;
    let names = Names::of(&present, ledger);
    let accounts = all.accounts.iter().map(|handed| names.settled(handed)).collect();
    Ok(Handed { dry_run, accounts, left: all.left })
}

/// What passes over, by name.
struct Names<'a> {
    desk: &'a Desk,
    today: Date,
}

impl<'a> Names<'a> {
    fn of(present: &'a Present, ledger: &Ledger) -> Self {
        let desk = present.desk();
        Self { desk, today: desk.day_of(ledger.now()) }
    }

    fn account(&self, passing: &Passing) -> HandedAccount {
        let account = self.desk.account(passing.account);
        let name = account.map_or_else(String::new, |account| account.name_on(self.today));
        let of = |read: &dyn Fn(&Account) -> Option<String>| account.and_then(|it| read(it));
        let contacts = passing.contacts.iter().map(|id| Passed {
            id: id.to_string(),
            name: of(&|account| account.contact_on(*id, self.today)?.person.name),
        });
        let contracts = passing.contracts.iter().map(|id| Passed {
            id: id.to_string(),
            name: of(&|account| Some(account.contract_on(*id, self.today)?.title.to_string())),
        });
        HandedAccount {
            account: passing.account,
            name,
            to: passing.to,
            contacts: contacts.collect(),
            contracts: contracts.collect(),
            receipt: None,
            refused: None,
        }
    }

    fn settled(&self, handed: &HandedOver) -> HandedAccount {
        let account = self.account(&handed.passing);
        match &handed.done {
            Ok(done) => HandedAccount { receipt: Some((*done).into()), ..account },
            Err(refusal) => HandedAccount { refused: Some(refusal.to_string()), ..account },
        }
    }
}
