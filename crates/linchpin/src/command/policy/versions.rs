//! The versions of the policy that were adopted.

use std::path::Path;
use std::sync::Arc;

use eyre::{bail, eyre};
use linchpin_domain::desk::{Adoption, Desk, Firm};
use linchpin_domain::entry::{Body, Position};
use linchpin_domain::fact::Fact;
use linchpin_domain::policy::Policy;
use linchpin_domain::timeline::Source;
use linchpin_ingest::command::firm;
use linchpin_ledger::Ledger;

use crate::command::document;
use crate::place;
use crate::table::{Align, Table};

/// What stands for the version in force today.
const CURRENT: &str = "current";

/// `linchpin policy list`
pub(super) async fn list(url: &str) -> eyre::Result<()> {
    let ledger = place::read(url).await?;
    let (desk, _) = firm(&ledger).await?;
    let today = desk.day_of(ledger.now());
    let in_force = desk.firm().policy_on(today).map(|(version, _)| version);
    let mut table = Table::new(&[
        ("version", Align::Right),
        ("in force from", Align::Left),
        ("entry", Align::Right),
        ("name", Align::Left),
        ("approved by", Align::Left),
        ("", Align::Left),
    ]);
    for (version, source, adoption) in desk.firm().adoptions() {
        let name = adoption.policy.as_ref().map_or("unreadable here", |policy| &policy.name);
        table.row([
            version.to_string(),
            source.day.to_string(),
            format!("#{}", source.position),
            name.to_owned(),
            approved_by(desk.firm(), source, adoption),
            standing(adoption, in_force == Some(version)),
        ]);
    }
    crate::say::out(&table);
    Ok(())
}

fn approved_by(firm: &Firm, source: &Source, adoption: &Adoption) -> String {
    let approvals = adoption.approvals.iter();
    let said =
        approvals.map(|it| format!("{}: {}", firm.member_name(it.by, source.day), it.reason));
    let said: Vec<String> = said.collect();
    if said.is_empty() { "–".to_owned() } else { said.join("; ") }
}

fn standing(adoption: &Adoption, in_force: bool) -> String {
    let lacks: Vec<&str> = adoption.lacks.iter().map(|role| role.holder()).collect();
    match (in_force, lacks.is_empty()) {
        (true, _) => "in force".to_owned(),
        (false, true) => String::new(),
        (false, false) => {
            format!("does not count: no approval of {}", lacks.join(" and "))
        }
    }
}

/// `linchpin policy show`
pub(super) async fn show(url: &str, version: Option<u32>) -> eyre::Result<()> {
    let ledger = place::read(url).await?;
    let (desk, _) = firm(&ledger).await?;
    let version = match version {
        Some(version) => version,
        None => current(&ledger, &desk)?.0,
    };
    let found = desk.firm().adoptions().find(|(number, ..)| *number == version);
    let Some((_, source, _)) = found else { bail!(no_version(&desk, version)) };
    crate::say::out(adopted_text(&ledger, source.position).await?);
    Ok(())
}

/// The policy that a version's number, a file's name or `current` stands for.
pub(super) async fn find(url: &str, named: &str) -> eyre::Result<Arc<Policy>> {
    let number = named.parse::<u32>().ok();
    if number.is_none() && named != CURRENT {
        let file = Path::new(named);
        if !file.exists() {
            bail!("there is no file {named}: name one, or a version's number, or `{CURRENT}`");
        }
        let (policy, _) = document::read(file, Policy::parse)?;
        return Ok(Arc::new(policy));
    }
    let ledger = place::read(url).await?;
    let (desk, _) = firm(&ledger).await?;
    let Some(version) = number else { return Ok(current(&ledger, &desk)?.1) };
    let found = desk.firm().adoptions().find(|(other, ..)| *other == version);
    let (.., adoption) = found.ok_or_else(|| eyre!(no_version(&desk, version)))?;
    let policy = adoption.policy.clone();
    policy.ok_or_else(|| eyre!("version {version} is unreadable here: a newer desk adopted it"))
}

fn current(ledger: &Ledger, desk: &Desk) -> eyre::Result<(u32, Arc<Policy>)> {
    let found = desk.firm().policy_on(desk.day_of(ledger.now()));
    let (version, policy) = found.ok_or_else(|| eyre!("no policy has been adopted"))?;
    Ok((version, policy.clone()))
}

fn no_version(desk: &Desk, version: u32) -> String {
    match desk.firm().adoptions().count() {
        0 => "no policy has been adopted".to_owned(),
        last => format!("there is no version {version}: there are 1 to {last}"),
    }
}

async fn adopted_text(ledger: &Ledger, position: Position) -> eyre::Result<String> {
    match ledger.entry(position).await?.map(|entry| entry.body) {
        Some(Body::Fact(Fact::PolicyAdopted(adopted))) => Ok(adopted.document),
        _ => bail!("entry #{position} adopts no policy"),
    }
}
