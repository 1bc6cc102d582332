//! What people do with clients: judged and stored here as at the doors of a desk that runs.

mod member;
mod naming;
mod words;

use std::sync::Arc;

use std::process::ExitCode;

use eyre::{bail, eyre};
use jiff::civil::Date;
use linchpin_domain::act::{Act, HandOver};
use linchpin_domain::desk::Desk;
use linchpin_domain::id::{AccountId, BadId, MemberId};
use linchpin_domain::policy::Track;
use linchpin_ingest::command::{self, By, Order, Present};
use linchpin_ledger::Ledger;
use linchpin_query::words as said;

use super::policy::member as named;
use crate::cli::{self, Reasoned, Whose};
use crate::{place, progress};

pub(crate) use member::run as member;

/// Most names listed where one is not enough.
const MAX_LISTED: usize = 8;

/// Carries out one act on a client, concludes what follows, and says what came of it.
pub(crate) async fn account(url: &str, what: cli::Act) -> eyre::Result<ExitCode> {
    let mut open = Open::at(url).await?;
    let (account, by, act) = open.read(what)?;
    let name = open.name(account);
    let ledger = &open.ledger;
    let done = command::act(ledger, &mut open.present, account, &act, &order(by)).await?;
    if !done.fresh {
        let position = done.position;
        crate::say::line(format!(
            "{name}: that is so already, by entry #{position}; nothing was added"
        ));
        open.ledger.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let followed = super::settle::once(ledger, done.position).await?;
    open.today = open.present.catch_up(ledger).await.map(|now| open.present.desk().day_of(now))?;
    crate::say::line(format!(
        "{name}: {} (entry #{}){}",
        words::done(&open, &act),
        done.position,
        follow(followed)
    ));
    if let Some(status) = open.status(account) {
        crate::say::line(format!("It is {status} today."));
    }
    open.ledger.close().await;
    Ok(ExitCode::SUCCESS)
}

fn follow(decisions: usize) -> String {
    match decisions {
        0 => String::new(),
        n => format!("; {} followed", said::count(n as u64, "decision", "decisions")),
    }
}

fn order(by: MemberId) -> Order {
    let actor = format!("member:{by}");
    Order { member: by, by: By::from(actor.as_str()) }
}

/// A ledger that is open for an act, and the desk as it stands.
struct Open {
    ledger: Ledger,
    present: Present,
    today: Date,
}

impl Open {
    async fn at(url: &str) -> eyre::Result<Self> {
        let ledger = place::write(url).await?;
        let bar = progress::bar(ledger.head().position, "reading");
        let desk =
            linchpin_query::fold(&ledger, None, |progress| bar.set_position(progress.done)).await?;
        bar.finish_and_clear();
        let today = desk.day_of(ledger.now().max(desk.recorded_at()));
        Ok(Self { ledger, present: Present::from(Arc::new(desk)), today })
    }

    fn desk(&self) -> &Desk {
        self.present.desk()
    }

    fn name(&self, account: AccountId) -> String {
        let told = self.desk().told_account(account);
        told.map_or_else(|| account.to_string(), |told| told.name_on(self.today))
    }

    /// The status of a client in words.
    fn status(&self, account: AccountId) -> Option<&'static str> {
        let client = self.desk().client(account)?;
        let track = Track::follow(&client, self.today, &mut |_| {})?;
        Some(track.standing().status.words())
    }

    fn member(&self, flag: &str, text: &str) -> eyre::Result<MemberId> {
        named(self.desk().firm(), self.today, text).map_err(|why| eyre!("{flag}: {why}"))
    }

    /// A client by id, outside id or whole name. An act must not land on a client who is only
    /// called something like it.
    fn account(&self, text: &str) -> eyre::Result<AccountId> {
        exact(self.desk(), text, self.today, false)
    }

    fn whose(&self, whose: &Whose) -> eyre::Result<(AccountId, MemberId)> {
        Ok((self.account(&whose.account)?, self.member("--by", &whose.by)?))
    }

    /// Which client is meant, who acts, and what.
    fn read(&self, what: cli::Act) -> eyre::Result<(AccountId, MemberId, Act)> {
        let reasoned = |asked: Reasoned, act: fn(String) -> Act| {
            let (account, by) = self.whose(&asked.whose)?;
            Ok((account, by, act(asked.reason)))
        };
        match what {
            cli::Act::Nominate(asked) => reasoned(asked, |reason| Act::Nominate { reason }),
            cli::Act::Approve(asked) => reasoned(asked, |reason| Act::Approve { reason }),
            cli::Act::Veto(asked) => reasoned(asked, |reason| Act::Veto { reason }),
            cli::Act::Confirm(asked) => reasoned(asked, |reason| Act::Confirm { reason }),
            cli::Act::EndOverride(asked) => reasoned(asked, |reason| Act::EndOverride { reason }),
            cli::Act::Claim(asked) => reasoned(asked, |reason| Act::Claim { reason }),
            cli::Act::Unmerge(asked) => {
                // The one that is meant is a duplicate, which no list of clients shows.
                let account = exact(self.desk(), &asked.whose.account, self.today, true)?;
                let by = self.member("--by", &asked.whose.by)?;
                Ok((account, by, Act::Unmerge { reason: asked.reason }))
            }
            cli::Act::Override { asked, to, expires } => {
                let (account, by) = self.whose(&asked.whose)?;
                Ok((account, by, Act::Override { to, reason: asked.reason, expires }))
            }
            other => self.read_more(other),
        }
    }

    fn read_more(&self, what: cli::Act) -> eyre::Result<(AccountId, MemberId, Act)> {
        let (whose, act) = match what {
            cli::Act::Assign { whose, owner } => {
                (whose, Act::Assign { owner: self.member("--owner", &owner)? })
            }
            cli::Act::Rule { asked, owner, parent_history_counts } => {
                let (owner, reason) = (self.member("--owner", &owner)?, asked.reason);
                (asked.whose, Act::Rule { owner, reason, parent_history_counts })
            }
            cli::Act::HandOver(args) => return self.hand_over(args),
            cli::Act::Parent { whose, parent, day, .. } => match parent {
                Some(parent) => (whose, Act::SetParent { parent: self.account(&parent)?, day }),
                None => (whose, Act::ClearParent { day }),
            },
            cli::Act::Merge { asked, into } => {
                let (into, reason) = (self.account(&into)?, asked.reason);
                (asked.whose, Act::Merge { into, reason })
            }
            cli::Act::Dismiss { whose, other, reason } => {
                (whose, Act::Dismiss { other: self.account(&other)?, reason })
            }
            cli::Act::Judge { asked, of, score, expires } => {
                let reason = asked.reason;
                (asked.whose, Act::Judge { of, score, expires, reason })
            }
            cli::Act::Review(cared) => (cared.whose, Act::HoldReview { day: cared.day }),
            cli::Act::Plan(cared) => (cared.whose, Act::UpdatePlan { day: cared.day }),
            cli::Act::Nominate(_)
            | cli::Act::Approve(_)
            | cli::Act::Veto(_)
            | cli::Act::Confirm(_)
            | cli::Act::EndOverride(_)
            | cli::Act::Claim(_)
            | cli::Act::Unmerge(_)
            | cli::Act::Override { .. } => return self.read(what),
        };
        let (account, by) = self.whose(&whose)?;
        Ok((account, by, act))
    }

    fn hand_over(&self, args: cli::HandOver) -> eyre::Result<(AccountId, MemberId, Act)> {
        let (account, by) = self.whose(&args.asked.whose)?;
        let from = args.from.map(|from| self.member("--from", &from)).transpose()?;
        let act = Act::HandOver(HandOver {
            from,
            to: self.member("--to", &args.to)?,
            contacts: ids("--contact", &args.contacts)?,
            contracts: ids("--contract", &args.contracts)?,
            promises: args.promises,
            reason: args.asked.reason,
        });
        Ok((account, by, act))
    }
}

/// The ids given, or none where the flag was left out.
fn ids<T: std::str::FromStr<Err = BadId>>(
    flag: &str,
    given: &[String],
) -> eyre::Result<Option<Vec<T>>> {
    if given.is_empty() {
        return Ok(None);
    }
    let ids = given.iter().map(|id| id.parse().map_err(|why| eyre!("{flag}: {why}")));
    ids.collect::<eyre::Result<Vec<T>>>().map(Some)
}

/// An account by its id, its outside id or its whole name; a duplicate where one is meant, and else
/// the account that stays in its place.
fn exact(desk: &Desk, text: &str, day: Date, duplicate: bool) -> eyre::Result<AccountId> {
    if let Ok(id) = text.parse::<AccountId>() {
        let id = desk.meant(id);
        if desk.told_account(id).is_none() {
            bail!("no account {text} is known; `linchpin status` lists them");
        }
        return Ok(if duplicate { id } else { desk.survivor(id) });
    }
    let wanted = text.to_lowercase();
    let is_called = |id: &AccountId| {
        desk.told_account(*id).is_some_and(|told| told.name_on(day).to_lowercase() == wanted)
    };
    let clients = desk.accounts().map(|account| account.id);
    let found: Vec<AccountId> = if duplicate {
        clients.flat_map(|id| desk.duplicates_of(id)).filter(is_called).collect()
    } else {
        clients.filter(is_called).collect()
    };
    let merged = || super::ask::merged(desk, text, day, |name| name == wanted);
    match found.as_slice() {
        [one] => Ok(*one),
        [] if !duplicate && let Some(stays) = merged() => Ok(stays),
        [] => bail!(
            "no {} is called “{text}”: write the whole name or an id, as `linchpin status` lists \
             them",
            if duplicate { "duplicate" } else { "account" }
        ),
        several => {
            let ids: Vec<String> =
                several.iter().take(MAX_LISTED).map(|id| id.to_string()).collect();
            bail!(
                "{} accounts are called “{text}”: name one by id: {}",
                several.len(),
                ids.join(", ")
            )
        }
    }
}
