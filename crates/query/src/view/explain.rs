//! Why an account has its status, and what would change it.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::{Client, Desk};
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::{Policy, Status, assess};
use linchpin_domain::watch::{self, Quiet};
use serde::Serialize;

use super::row::{Followed, follow};
use super::{Clocks, Evidence, Explanation, Fall, QuietView, change, criteria, people};
use crate::words;

/// Quiet rules shown at most, the newest subject first.
const MAX_QUIET: usize = 60;

/// The status of an account, and no more.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StatusView {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub status: Status,
    /// The first day of that status.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The first day of the present time as key account.
    #[schema(value_type = Option<String>, format = Date)]
    pub key_since: Option<Date>,
    /// Points reached.
    pub points: u32,
    /// Points that can be reached.
    pub out_of: u32,
}

/// The status of an account on the day of `clocks`; `None` where it does not exist by then.
pub fn status(desk: &Desk, id: AccountId, clocks: Clocks) -> Option<StatusView> {
    let as_of = clocks.as_of;
    let account = desk.account(id).filter(|account| account.exists_on(as_of))?;
    let followed = follow(&desk.client_of(account), as_of);
    Some(StatusView {
        id,
        name: people::account_name(desk, id, as_of),
        status: followed.status(),
        since: followed.standing.map(|standing| standing.since),
        key_since: followed.standing.and_then(|standing| standing.key_since),
        points: followed.points,
        out_of: desk.firm().policy_on(as_of).map_or(0, |(_, policy)| policy.out_of()),
        clocks,
    })
}

/// Why an account has its status on the day of `clocks`; `None` where it does not exist by then.
pub fn explain(desk: &Desk, id: AccountId, clocks: Clocks) -> Option<Explanation> {
    let account = desk.account(id).filter(|account| account.exists_on(clocks.as_of))?;
    let followed = follow(&desk.client_of(account), clocks.as_of);
    Some(explanation(desk, account, clocks, &followed))
}

/// The same for an account that has been followed already.
pub(super) fn explanation(
    desk: &Desk,
    account: &Arc<Account>,
    clocks: Clocks,
    followed: &Followed,
) -> Explanation {
    let as_of = clocks.as_of;
    let client = &desk.client_of(account);
    let assessed = assess(client, as_of);
    let currency = desk.firm().currency();
    let outlook =
        assessed.as_ref().map(|now| change::outlook(client, now, followed.standing));
    let outlook = outlook.unwrap_or_default();
    let policy = assessed.as_ref().map(|assessed| assessed.policy.clone());
    let decision = desk.recorded(account.id).filter(|_| !clocks.past);
    Explanation {
        id: account.id,
        name: people::account_name(desk, account.id, as_of),
        status: followed.status(),
        since: followed.standing.map(|standing| standing.since),
        points: followed.points,
        out_of: policy.as_ref().map_or(0, |policy| policy.out_of()),
        enters_at: policy.as_ref().map_or(0, |policy| policy.enters_at),
        stays_from: policy.as_ref().map_or(0, |policy| policy.stays_from),
        policy: policy.as_ref().map_or_else(String::new, |policy| policy.name.clone()),
        policy_version: assessed.as_ref().map_or(0, |assessed| assessed.version),
        sentence: verdict(followed, policy.as_deref(), as_of),
        criteria: assessed
            .as_ref()
            .map_or_else(Vec::new, |now| criteria::criteria(account, now, currency)),
        would_change: outlook.sentences,
        falls_to: outlook.falls_to,
        decision: decision.map(|it| Evidence { id: it.id, position: Some(it.position) }),
        quiet: quiet(client, as_of),
        clocks,
    }
}

fn verdict(followed: &Followed, policy: Option<&Policy>, as_of: Date) -> String {
    let Some(policy) = policy else {
        return "No policy has been adopted yet, so nobody is a key account.".to_owned();
    };
    let (points, out_of) = (followed.points, policy.out_of());
    let scored = format!("{points} of {out_of} points");
    let short = |of: u32| {
        let missing = of.saturating_sub(points);
        (missing > 0).then(|| words::count(u64::from(missing), "point", "points"))
    };
    match followed.status() {
        Status::Key => format!("Key account with {scored}."),
        Status::Trial => {
            let ends = followed.standing.and_then(|standing| {
                standing.key_since?.checked_add(policy.trial_days.days()).ok()
            });
            let ends = ends.map_or_else(String::new, |day| {
                format!(" The trial ends on {}.", words::date(day, as_of))
            });
            format!("Key account on trial with {scored}.{ends}")
        }
        Status::Nominated => {
            let role = policy.approval.map_or("nobody", |approval| approval.role.words());
            format!("Nominated as a key account with {scored}; it waits for the {role}.")
        }
        status @ (Status::Standard | Status::Released) => {
            let what = if status == Status::Standard { "Standard" } else { "Released" };
            match short(policy.enters_at) {
                Some(short) => {
                    format!("{what} client with {scored}, {short} short of a key account.")
                }
                None => format!("{what} client with {scored}."),
            }
        }
        Status::UnderReview => under_review(followed, policy, as_of, &scored, short(policy.stays_from)),
    }
}

fn under_review(
    followed: &Followed,
    policy: &Policy,
    as_of: Date,
    scored: &str,
    short: Option<String>,
) -> String {
    let ends = followed
        .standing
        .and_then(|standing| standing.since.checked_add(policy.grace_days.days()).ok());
    let Some(short) = short else {
        let ends = ends.map_or_else(String::new, |day| {
            format!(" It is released on {} unless it is confirmed.", words::date(day, as_of))
        });
        return format!("Under review with {scored}: nobody confirmed it in time.{ends}");
    };
    let ends = ends.map_or_else(String::new, |day| {
        format!(" It is released on {} unless they are won back.", words::date(day, as_of))
    });
    format!("Under review with {scored}, {short} below what it takes to stay.{ends}")
}

/// Where the score goes if nothing is done, in a sentence: `If nothing is done it falls to 54 on
/// 28 February 2027, one point below what it takes to stay.`
pub fn fall_sentence(why: &Explanation) -> Option<String> {
    let Fall { day, points, status } = why.falls_to.as_ref()?;
    let mut sentence = format!(
        "If nothing is done it falls to {points} on {}",
        words::date(*day, why.clocks.as_of)
    );
    if why.status.is_key() && *points < why.stays_from {
        let below = u64::from(why.stays_from - points);
        let noun = if below == 1 { "point" } else { "points" };
        sentence
            .push_str(&format!(", {} {noun} below what it takes to stay", words::number(below)));
    }
    if why.status.is_key() && !status.is_key() {
        sentence.push_str(", and is a key account no more");
    }
    sentence.push('.');
    Some(sentence)
}

/// What the watch rules looked at and stay quiet about, the newest first.
fn quiet(client: &Client<'_>, as_of: Date) -> Vec<QuietView> {
    let (desk, account) = (client.desk(), client.account());
    let look = watch::look(client, as_of);
    let mut found: Vec<(&str, &Quiet)> =
        look.quiet.iter().map(|(key, why)| (key.as_str(), why)).collect();
    found.sort_by_key(|(key, _)| std::cmp::Reverse((day_in(key), *key)));
    let view = |(key, why): (&str, &Quiet)| QuietView {
        rule: key.split('/').next().unwrap_or(key).to_owned(),
        subject: subject(desk, account, key, as_of),
        reason: why.words().to_owned(),
    };
    found.into_iter().take(MAX_QUIET).map(view).collect()
}

/// The day in a key, spelled as rule, subject, day and, for a deadline, the lead time.
fn day_in(key: &str) -> Option<Date> {
    key.split('/').nth(2)?.parse().ok()
}

fn subject(desk: &Desk, account: &Account, key: &str, as_of: Date) -> String {
    let mut parts = key.split('/').skip(1);
    let subject = parts.next().unwrap_or("");
    let day = day_in(key).map_or_else(String::new, |day| format!(", {}", words::date(day, as_of)));
    let lead = parts.nth(1).map_or_else(String::new, |days| format!(", {days} days before"));
    let contract = subject.parse().ok().and_then(|id| account.contract_on(id, as_of));
    let name = match contract {
        Some(terms) => terms.title.to_string(),
        None => match subject.parse() {
            Ok(contact) => people::contact_name(Some(account), desk, contact, as_of),
            Err(_) => "claims to the account".to_owned(),
        },
    };
    format!("{name}{day}{lead}")
}
