//! `linchpin policy`: the policy written, checked, adopted and compared.

mod adopt;
mod new;
mod plot;
mod schema;
mod trial;
mod versions;

use std::path::Path;
use std::process::ExitCode;

use linchpin_domain::money::Currency;
use linchpin_domain::policy::Policy;
use linchpin_ledger::{Ledger, Mode, OpenError};
use linchpin_query::view::{policy_differences, policy_sentences};

pub(super) use adopt::member;

use super::document;
use crate::cli;
use crate::place;

pub(crate) async fn run(url: &str, what: cli::Policy) -> eyre::Result<ExitCode> {
    match what {
        cli::Policy::New(args) => new::run(url, args).await?,
        cli::Policy::Check { file } => check(url, &file).await?,
        cli::Policy::Adopt(args) => adopt::run(url, args).await?,
        cli::Policy::Try(args) => trial::run(url, args).await?,
        cli::Policy::List => versions::list(url).await?,
        cli::Policy::Diff { before, after } => diff(url, &before, &after).await?,
        cli::Policy::Show { number } => versions::show(url, number).await?,
        cli::Policy::Schema => crate::say::out(schema::text()?),
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(url: &str, file: &Path) -> eyre::Result<()> {
    let (policy, _) = document::read(file, Policy::draft)?;
    let currency = currency(url).await?;
    crate::say::line(format!("{}: a sound policy, “{}”", file.display(), policy.name));
    for sentence in policy_sentences(&policy, currency) {
        crate::say::line(format!("  {sentence}"));
    }
    Ok(())
}

async fn diff(url: &str, before: &str, after: &str) -> eyre::Result<()> {
    let before = versions::find(url, before).await?;
    let after = versions::find(url, after).await?;
    let currency = currency(url).await?;
    let differences = policy_differences(&before, &after, currency);
    if differences.is_empty() {
        crate::say::line("They say the same.");
    }
    for difference in differences {
        crate::say::line(difference);
    }
    Ok(())
}

/// The currency in which a policy's amounts are meant: the ledger's. A policy can be read before
/// there is one; its amounts then stand without a currency.
async fn currency(url: &str) -> eyre::Result<Option<Currency>> {
    let ledger = match Ledger::open(&place::url(url)?, Mode::ReadOnly, place::clock()).await {
        Ok(ledger) => ledger,
        Err(OpenError::Missing(_)) => return Ok(None),
        Err(error) => {
            crate::say::note(format!("amounts are shown without their currency: {error}"));
            return Ok(None);
        }
    };
    let currency = ledger.genesis().currency;
    ledger.close().await;
    Ok(Some(currency))
}
