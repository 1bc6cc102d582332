//! `linchpin member name`: that one of us is here.

use eyre::eyre;
use linchpin_domain::act::Naming;
use linchpin_domain::id::MemberId;
use linchpin_ingest::command::{self, By};

use super::{Open, follow, order};
use crate::cli::NameMember;
use crate::command::document::ACTOR;
use crate::command::settle;

pub(super) async fn run(open: &mut Open, args: NameMember) -> eyre::Result<()> {
    let by = args.by.as_deref().map(|by| open.member("--by", by)).transpose()?;
    let id = args.id.map(|id| id.parse::<MemberId>().map_err(|why| eyre!("--id: {why}")));
    let wanted = Naming { id: id.transpose()?, name: args.name, role: args.role };
    let sender = by.map_or_else(|| By::from(ACTOR), |member| order(member).by);
    let (ledger, present) = (&open.ledger, &mut open.present);
    let named = command::name_member(ledger, present, &wanted, by, &sender).await?;
    let (name, role, member) = (wanted.name.trim(), wanted.role.words(), named.member);
    let position = named.done.position;
    if !named.done.fresh {
        crate::say::line(format!(
            "{name}: {role} already, by entry #{position}; nothing was added. The id is {member}"
        ));
        return Ok(());
    }
    let followed = settle::once(ledger, position).await?;
    crate::say::line(format!("{name}: {role} (entry #{position}){}", follow(followed)));
    crate::say::line(format!("The id is {member}"));
    Ok(())
}
