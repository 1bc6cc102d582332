//! `linchpin member`: us, and what each of us looks after.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use linchpin_domain::account::Account;
use linchpin_domain::act::Passing;
use linchpin_domain::id::MemberId;
use linchpin_ingest::command::{self, HandedOver};
use linchpin_query::words as said;
use serde::Serialize;

use super::{Open, follow, order};
use crate::cli;
use crate::command::{print_json, settle};
use crate::table::{Align, Table};

pub(crate) async fn run(url: &str, what: cli::Member) -> eyre::Result<ExitCode> {
    let mut open = Open::at(url).await?;
    match what {
        cli::Member::List { json } => list(&open, json)?,
        cli::Member::Name(args) => super::naming::run(&mut open, args).await?,
        cli::Member::Leave { member, by, day } => {
            let (member, by) = (open.member("MEMBER", &member)?, open.member("--by", &by)?);
            let order = order(by);
            let done = command::leave(&open.ledger, &mut open.present, member, day, &order).await?;
            left(&open, member, done).await?;
        }
        cli::Member::HandOver(args) => hand_over(&mut open, args).await?,
    }
    open.ledger.close().await;
    Ok(ExitCode::SUCCESS)
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
    Ok(())
}

async fn hand_over(open: &mut Open, args: cli::HandOverAll) -> eyre::Result<()> {
    let from = open.member("MEMBER", &args.member)?;
    let to = args.to.iter().map(|to| open.member("--to", to)).collect::<eyre::Result<Vec<_>>>()?;
    let order = order(open.member("--by", &args.by)?);
    let (ledger, present) = (&open.ledger, &mut open.present);
    let plan = command::hand_over_plan(ledger, present, from, &to, &order).await?;
    if plan.is_empty() {
        crate::say::line("They look after nobody: there is nothing to hand over.");
        return Ok(());
    }
    if args.dry_run {
        crate::say::out(table(open, &plan, &[]));
        let accounts = said::count(plan.len() as u64, "account", "accounts");
        crate::say::line(format!("\n{accounts} would pass over; without --dry-run they do."));
        return Ok(());
    }
    let reason = args.reason.as_str();
    let before = ledger.refresh().await?.position;
    let handed = command::hand_over_all(ledger, present, from, &to, reason, &order).await?;
    let followed = settle::once(&open.ledger, before).await?;
    crate::say::out(table(open, &plan, &handed.accounts));
    let done = handed.accounts.iter().filter(|it| it.done.is_ok()).count();
    let accounts = said::count(done as u64, "account", "accounts");
    crate::say::line(format!("\n{accounts} passed over{}", follow(followed)));
    if handed.left > 0 {
        let left = said::count(handed.left as u64, "account is", "accounts are");
        crate::say::line(format!("{left} left: give the command again for them."));
    }
    Ok(())
}

fn table(open: &Open, plan: &[Passing], handed: &[HandedOver]) -> Table {
    let mut table = Table::new(&[
        ("account", Align::Left),
        ("to", Align::Left),
        ("contacts", Align::Right),
        ("contracts", Align::Right),
        ("", Align::Left),
    ]);
    for passing in plan {
        let done = handed.iter().find(|it| it.passing.account == passing.account);
        let to = done.map_or(passing.to, |it| it.passing.to);
        let outcome = match done.map(|it| &it.done) {
            None => String::new(),
            Some(Ok(done)) => format!("#{}", done.position),
            Some(Err(refusal)) => format!("stays: {refusal}"),
        };
        table.row([
            open.name(passing.account),
            open.desk().firm().member_name(to, open.today).to_owned(),
            passing.contacts.len().to_string(),
            passing.contracts.len().to_string(),
            outcome,
        ]);
    }
    table
}
