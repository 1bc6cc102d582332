//! Why an account has its status, and what would change it.

use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::{Client, Desk};
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::{Assessment, Status, Track, assess};
use linchpin_domain::watch::{self, Kind, Quiet};
use serde::Serialize;

use super::change::{Ahead, Outlook};
use super::course::Seen;
use super::row::{Followed, follow};
use super::{
    Clocks, CourseView, Difference, Evidence, Explanation, Fall, QuietView, Turn, change, criteria,
    difference, nearest, people,
};
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
    let seen = assess(client, as_of).zip(followed.track);
    let why = seen.as_ref().map(|(now, track)| Why::of(client, now, *track, followed));
    let policy = seen.as_ref().map(|(now, _)| &now.policy);
    let decision = desk.recorded(account.id).filter(|_| !clocks.past);
    let (sentence, verdict) = why.as_ref().map_or_else(nobody_is, |why| why.verdict.clone());
    let (course, outlook, nearest, since_last) = match why {
        Some(why) => (Some(why.course), why.outlook, why.nearest, why.since_last),
        None => (None, Outlook::default(), Vec::new(), None),
    };
    Explanation {
        id: account.id,
        name: people::account_name(desk, account.id, as_of),
        status: followed.status(),
        since: followed.standing.map(|standing| standing.since),
        points: followed.points,
        out_of: policy.map_or(0, |policy| policy.out_of()),
        enters_at: policy.map_or(0, |policy| policy.enters_at),
        stays_from: policy.map_or(0, |policy| policy.stays_from),
        policy: policy.map_or_else(String::new, |policy| policy.name.clone()),
        policy_version: seen.as_ref().map_or(0, |(now, _)| now.version),
        sentence,
        verdict,
        course,
        criteria: seen.as_ref().map_or_else(Vec::new, |(now, _)| criteria::criteria(client, now)),
        nearest,
        would_change: outlook.sentences,
        falls_to: outlook.falls_to,
        since_last,
        decision: decision.map(|it| Evidence { id: it.id, position: Some(it.position) }),
        quiet: quiet(client, as_of),
        clocks,
    }
}

/// What is said of a status that a policy gives.
struct Why {
    verdict: (String, Vec<String>),
    course: CourseView,
    outlook: Outlook,
    nearest: Vec<Turn>,
    since_last: Option<Difference>,
}

impl Why {
    fn of(client: &Client<'_>, now: &Assessment, track: Track, followed: &Followed) -> Self {
        let seen = Seen::of(client, now, track);
        let ahead = Ahead::of(client, now, track);
        Self {
            verdict: seen.verdict(),
            course: seen.view(),
            outlook: change::outlook(&ahead, now),
            nearest: nearest::nearest(&seen, &ahead),
            since_last: difference::difference(client, now, followed),
        }
    }
}

fn nobody_is() -> (String, Vec<String>) {
    let nobody = "No policy has been adopted yet, so nobody is a key account.";
    (nobody.to_owned(), Vec::new())
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
    let look = watch::look(client, as_of);
    let mut found: Vec<(&str, &Quiet)> =
        look.quiet.iter().map(|(key, why)| (key.as_str(), why)).collect();
    found.sort_by_key(|(key, _)| std::cmp::Reverse((day_in(key), *key)));
    let list = client.firm().watchlist_on(as_of).map(|(_, list)| list);
    let rules = || list.iter().flat_map(|list| &list.rules);
    let view = |(key, why): (&str, &Quiet)| {
        let id = key.split('/').next().unwrap_or(key);
        let kind = rules().find(|rule| rule.id == id).map(|rule| rule.kind);
        QuietView {
            rule: id.to_owned(),
            subject: kind.map_or_else(String::new, |kind| subject(client, kind, key, as_of)),
            reason: why.words().to_owned(),
        }
    };
    found.into_iter().take(MAX_QUIET).map(view).collect()
}

/// The day in a key, spelled as rule, subject, day and, for a deadline, the lead time.
fn day_in(key: &str) -> Option<Date> {
    key.split('/').nth(2)?.parse().ok()
}

/// What a key of a rule of a kind is about, in words, with the day.
fn subject(client: &Client<'_>, kind: Kind, key: &str, as_of: Date) -> String {
    let (desk, account) = (client.desk(), client.account());
    let mut parts = key.split('/').skip(1);
    let about = parts.next().unwrap_or("");
    let day = day_in(key).map_or_else(String::new, |day| words::date(day, as_of));
    let lead = parts.nth(1).map_or_else(String::new, |days| format!(", {days} days before"));
    match kind {
        Kind::ContactJoined
        | Kind::ContactLeft
        | Kind::ContactChanged
        | Kind::DecisionMakerLost => {
            let name = about.parse().map_or_else(
                |_| "a contact".to_owned(),
                |contact| people::contact_name(Some(account), desk, contact, as_of),
            );
            format!("{name}, {day}")
        }
        Kind::ContractNotice | Kind::ContractEnd => {
            let terms = about.parse().ok().and_then(|id| account.contract_on(id, as_of));
            let title = terms.map_or_else(|| "a contract".to_owned(), |it| it.title.to_string());
            format!("{title}, {day}{lead}")
        }
        Kind::OwnershipDisputed => format!("claims to the account, {day}"),
        Kind::WorkedByTwo => {
            let name = about.parse().map_or_else(
                |_| "a colleague".to_owned(),
                |member| people::member_name(desk, member, as_of),
            );
            format!("work by {name} since {day}")
        }
        Kind::ApprovalPending => format!("{about} since {day}"),
        Kind::ReassessmentDue => format!("its confirmation by {day}{lead}"),
    }
}
