//! Imports a file of any size by a map.
//!
//! First the whole file is read and its rows brought together into groups (an invoice from its
//! lines), then the groups into the order in which they happened, both by sorting on disk; so the
//! memory does not grow with the file, and nothing is stored of a file that cannot be read to its
//! end. Then the facts are appended in batches. Their ids follow from the file's own keys, so the
//! same file again adds nothing, and an import that was killed is finished by running it again.

mod again;
mod error;
mod held;
mod lines;
mod open;
mod revision;
mod sort;
mod split;
mod stage;
mod store;
mod summary;
mod table;
mod trouble;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use jiff::Timestamp;
use linchpin_ledger::Ledger;

pub use again::{FeedAgainError, feed_again};
pub use error::ImportError;
pub use summary::{
    Conflict, Facts, KeptFirst, Progress, Stage, Summary, Trouble, Unreadable, WithoutAccount,
};

pub(crate) use held::sheet;
pub(crate) use open::{Meter, file_name, open};
pub(crate) use store::append;
pub(crate) use table::{Damage, Table};
pub(crate) use trouble::Troubles;

use crate::map::Map;

/// How a file is imported.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Take what differs from what is known as a correction: the old fact is retracted.
    pub correct: bool,
    /// Who tells; `import:SOURCE` where absent.
    pub actor: Option<String>,
}

/// Why a history could not be lived through.
pub type StepError = Box<dyn std::error::Error + Send + Sync>;

/// Lives through a history: on a simulated ledger, whoever concludes and alerts does so day by
/// day, between the facts of one day and those of the next.
pub trait Stepper: Send {
    /// Called before the facts of a day are appended, with the beginning of that day in the
    /// firm's time zone.
    fn until<'a>(
        &'a mut self,
        at: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>>;
}

/// Imports a file by a map, and says what came of it.
///
/// Rows that cannot be read go to the quarantine and the others are taken; of a group with such a
/// row nothing is taken. With `step`, the facts of each day are appended by themselves.
///
/// # Errors
/// Where the file cannot be read, is not the map's table, or the ledger refuses. Until the whole
/// file was read nothing is stored; after that, running it again stores the rest.
pub async fn import(
    ledger: &Ledger,
    file: &Path,
    map: &Map,
    options: &ImportOptions,
    step: Option<&mut dyn Stepper>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, ImportError> {
    let opened = open(file, map.format)?;
    let name = file_name(file);
    let troubles = Troubles::new(ledger, format!("import:{name}"), !options.dry_run);
    run(ledger, opened, &name, map, options, troubles, step, progress).await
}

/// Imports what was opened.
#[expect(clippy::too_many_arguments, reason = "the parts of one call, from its two callers only")]
async fn run(
    ledger: &Ledger,
    opened: open::Opened,
    name: &str,
    map: &Map,
    options: &ImportOptions,
    mut troubles: Troubles<'_>,
    step: Option<&mut dyn Stepper>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, ImportError> {
    let mut summary =
        Summary { file: name.to_owned(), dry_run: options.dry_run, ..Summary::default() };
    let (table, meter) = opened.table(name, map.delimiter, &map.columns)?;
    let mut staging = stage::Staging {
        name,
        map,
        summary: &mut summary,
        troubles: &mut troubles,
        progress: &mut *progress,
    };
    let (shape, rows) = staging.rows(table, &meter).await?;
    let units =
        staging.groups(&shape, rows, &ledger.genesis().zone(), ledger.genesis().currency).await?;
    troubles.flush().await?;
    summary.unreadable = troubles.into_found();
    store::Store::new(ledger, map, name, options, &mut summary).all(units, step, progress).await?;
    Ok(summary)
}
