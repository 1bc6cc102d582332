//! `linchpin member`: us, and what each of us looks after.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use linchpin_domain::account::Account;
use linchpin_domain::act::{Passing, Refusal, vacant_roles};
use linchpin_domain::id::MemberId;
use linchpin_ingest::command::{self, Done, HandOverAll};
use linchpin_query::words as said;
use serde::Serialize;

use super::{Open, follow, order};
use crate::cli;
use crate::command::{print_json, settle};
use crate::table::{Align, Table};

pub(crate) async fn run(url: &str, what: cli::Member) -> eyre::Result<ExitCode> {
    let mut open = Open::at(url).await?;
    let mut exit = ExitCode::SUCCESS;
    match what {
        cli::Member::List { json } => list(&open, json)?,
        cli::Member::Name(args) => super::naming::run(&mut open, args).await?,
        cli::Member::Leave { member, by, day } => {
            let (member, by) = (open.member("MEMBER", &member)?, open.member("--by", &by)?);
            let order = order(by);
            let done = command::leave(&open.ledger, &mut open.present, member, day, &order).await?;
            open.present.catch_up(&open.ledger).await?;
            left(&open, member, done).await?;
        }
        cli::Member::HandOver(args) => exit = hand_over(&mut open, args).await?,
    }
    open.ledger.close().await;
    Ok(exit)
}

/// One of us, as `member list --json` prints them.
#[derive(Serialize)]
struct Listed {
    id: MemberId,
    name: String,
    role: &'static str,
    accounts: usize,
    left: Option<jiff::civil::Date>,
}

fn list(open: &Open, json: bool) -> eyre::Result<()> {
    let (desk, today) = (open.desk(), open.today);
    let mut accounts: BTreeMap<MemberId, usize> = BTreeMap::new();
    for owner in desk.accounts().filter_map(|account| account.owner_on(desk.firm(), today)) {
        *accounts.entry(owner).or_default() += 1;
    }
    let firm = desk.firm();
    let listed = firm.members().map(|id| Listed {
        id,
        name: firm.member_name(id, today).to_owned(),
        role: firm.member_on(id, today).map_or("", |member| member.role.words()),
        accounts: accounts.get(&id).copied().unwrap_or(0),
        left: firm.left_by(id, today),
    });
    let mut listed: Vec<Listed> = listed.collect();
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    if json {
        return print_json(&listed);
    }
    if listed.is_empty() {
        crate::say::note("nobody is named yet: `linchpin member name NAME --role ROLE` does");
        return Ok(());
    }
    let mut table = Table::new(&[
        ("name", Align::Left),
        ("role", Align::Left),
        ("accounts", Align::Right),
        ("left", Align::Left),
        ("id", Align::Left),
    ]);
    for it in listed {
        let left = it.left.map(|day| day.to_string()).unwrap_or_default();
        table.row([it.name, it.role.to_owned(), it.accounts.to_string(), left, it.id.to_string()]);
    }
    crate::say::out(&table);
    Ok(())
}

async fn left(open: &Open, member: MemberId, done: command::Done) -> eyre::Result<()> {
    let name = open.desk().firm().member_name(member, open.today);
    if !done.fresh {
        let position = done.position;
        crate::say::line(format!(
            "{name} has left already, by entry #{position}; nothing was added"
        ));
        return Ok(());
    }
    let followed = settle::once(&open.ledger, done.position).await?;
    let (desk, today) = (open.desk(), open.today);
    let theirs = |it: &&Arc<Account>| it.owner_on(desk.firm(), today) == Some(member);
    let owned = desk.accounts().filter(theirs).count();
    let position = done.position;
    crate::say::line(format!("{name} has left (entry #{position}){}", follow(followed)));
    if owned > 0 {
        let accounts = said::count(owned as u64, "account is", "accounts are");
        crate::say::line(format!(
            "{accounts} to be handed over: `linchpin member hand-over {member} --to … --dry-run`"
        ));
    }
    let role = desk.firm().member_on(member, today).map(|it| it.role);
    if let Some(role) = role.filter(|role| vacant_roles(desk, today).contains(role)) {
        let role = role.words();
        crate::say::note(format!(
            "nobody who is here is {role} now, and the policy in force waits for their yes: name \
             somebody (`linchpin member name`)"
        ));
    }
    Ok(())
}

async fn hand_over(open: &mut Open, args: cli::HandOverAll) -> eyre::Result<ExitCode> {
    let from = open.member("MEMBER", &args.member)?;
    let to = args.to.iter().map(|to| open.member("--to", to)).collect::<eyre::Result<Vec<_>>>()?;
    let order = order(open.member("--by", &args.by)?);
    let (ledger, present) = (&open.ledger, &mut open.present);
    let plan = command::hand_over_plan(ledger, present, from, &to, &order).await?;
    if plan.accounts.is_empty() {
        crate::say::line("They look after nobody: there is nothing to hand over.");
        return Ok(ExitCode::SUCCESS);
    }
    if args.dry_run {
        crate::say::out(table(open, plan.accounts.iter().map(|passing| (passing, None))));
        let accounts = said::count(plan.accounts.len() as u64, "account", "accounts");
        crate::say::line(format!("\n{accounts} would pass over; without --dry-run they do."));
        left_over(plan.left, "more would be left: give the command again for them then.");
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = HandOverAll { from, to: &to, reason: args.reason.as_str() };
    let before = ledger.refresh().await?.position;
    let handed = command::hand_over_all(ledger, present, wanted, plan, &order).await?;
    let followed = settle::once(&open.ledger, before).await?;
    crate::say::out(table(open, handed.accounts.iter().map(|it| (&it.passing, Some(&it.done)))));
    let done = handed.accounts.iter().filter(|it| it.done.is_ok()).count();
    let accounts = said::count(done as u64, "account", "accounts");
    crate::say::line(format!("\n{accounts} passed over{}", follow(followed)));
    let stayed = handed.accounts.len().saturating_sub(done);
    left_over(stayed, "stayed where they were, as the last column says why.");
    left_over(handed.left, "left: give the command again for them.");
    let all = stayed == 0 && handed.left == 0;
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn left_over(accounts: usize, what: &str) {
    if accounts > 0 {
        let accounts = said::count(accounts as u64, "account", "accounts");
        crate::say::line(format!("{accounts} {what}"));
    }
}

fn table<'a>(
    open: &Open,
    rows: impl Iterator<Item = (&'a Passing, Option<&'a Result<Done, Refusal>>)>,
) -> Table {
    let mut table = Table::new(&[
        ("account", Align::Left),
        ("to", Align::Left),
        ("contacts", Align::Right),
        ("contracts", Align::Right),
        ("", Align::Left),
    ]);
    for (passing, done) in rows {
        let outcome = match done {
            None => String::new(),
            Some(Ok(done)) => format!("#{}", done.position),
            Some(Err(refusal)) => format!("stays: {refusal}"),
        };
        table.row([
            open.name(passing.account),
            open.desk().firm().member_name(passing.to, open.today).to_owned(),
            passing.contacts.len().to_string(),
            passing.contracts.len().to_string(),
            outcome,
        ]);
    }
    table
}
