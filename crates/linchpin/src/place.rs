//! Finding, opening and founding ledgers.

use eyre::{Context, bail, eyre};
use jiff::Timestamp;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::money::Currency;
use linchpin_ledger::{Clock, Ledger, LedgerUrl, Mode, OpenError};

use crate::cli::Founding;

/// The world's clock: the only place in the desk that reads it.
#[expect(clippy::disallowed_methods, reason = "the binary hands the clock to everything else")]
pub(crate) fn clock() -> Clock {
    Clock::from(Timestamp::now)
}

/// Where a ledger stands, from `sqlite:PATH`.
pub(crate) fn url(text: &str) -> eyre::Result<LedgerUrl> {
    text.parse::<LedgerUrl>().wrap_err("--ledger")
}

/// Opens a ledger for reading.
pub(crate) async fn read(text: &str) -> eyre::Result<Ledger> {
    open(text, Mode::ReadOnly).await
}

/// Opens a ledger for reading and writing.
pub(crate) async fn write(text: &str) -> eyre::Result<Ledger> {
    open(text, Mode::ReadWrite).await
}

/// Opens a ledger that must be there, for reading and writing.
pub(crate) async fn open_existing(url: &LedgerUrl) -> Result<Ledger, OpenError> {
    Ledger::open(url, Mode::ReadWrite, clock()).await
}

/// Whether a ledger that could not be opened may be there a little later: it is not made yet, or
/// where it stands cannot be reached.
pub(crate) fn may_come(error: &OpenError) -> bool {
    match error {
        OpenError::Missing(_) => true,
        OpenError::Storage { source, .. } => source.is_passing(),
        _ => false,
    }
}

async fn open(text: &str, mode: Mode) -> eyre::Result<Ledger> {
    match Ledger::open(&url(text)?, mode, clock()).await {
        Ok(ledger) => Ok(ledger),
        Err(error) => Err(error.into()),
    }
}

/// Opens a ledger for writing, or founds it where there is none.
pub(crate) async fn write_or_found(
    text: &str,
    founding: &Founding,
    currency: Option<Currency>,
) -> eyre::Result<Ledger> {
    let place = url(text)?;
    if is_left_over(&place) {
        return found_and_tell(text, founding, currency).await;
    }
    let ledger = match open_existing(&place).await {
        Err(OpenError::Missing(_)) => return found_and_tell(text, founding, currency).await,
        opened => opened?,
    };
    agrees(&ledger, founding)?;
    // Whoever founded it may have been killed between its first entry and its first rules.
    linchpin_ingest::command::found(&ledger).await?;
    Ok(ledger)
}

async fn found_and_tell(
    text: &str,
    founding: &Founding,
    currency: Option<Currency>,
) -> eyre::Result<Ledger> {
    let ledger = found(text, founding, currency).await?;
    tell_founded(&url(text)?, &ledger);
    Ok(ledger)
}

/// Founds a ledger: creates it and adopts the first policy and watchlist.
pub(crate) async fn found(
    text: &str,
    founding: &Founding,
    currency: Option<Currency>,
) -> eyre::Result<Ledger> {
    let genesis = genesis(founding, currency)?;
    let ledger = Ledger::create(&url(text)?, genesis, clock()).await?;
    linchpin_ingest::command::found(&ledger).await?;
    Ok(ledger)
}

fn genesis(founding: &Founding, currency: Option<Currency>) -> eyre::Result<Genesis> {
    let named = founding.currency.as_deref().map(|code| {
        Currency::from_code(&code.to_ascii_uppercase())
            .ok_or_else(|| eyre!("--currency {code}: no such code in ISO 4217"))
    });
    let currency = match (named.transpose()?, currency) {
        (Some(named), _) => named,
        (None, Some(mapped)) => mapped,
        (None, None) => Currency::EUR,
    };
    Ok(Genesis {
        firm: founding.firm.clone().unwrap_or_else(|| "Our firm".to_owned()),
        currency,
        time_zone: founding.time_zone.clone().unwrap_or_else(local_zone),
        simulated: founding.simulated,
    })
}

/// Says what a new ledger was made with.
pub(crate) fn tell_founded(place: &LedgerUrl, ledger: &Ledger) {
    let made = ledger.genesis();
    crate::say::note(format!(
        "made a new ledger at {place}: {}, {}, {}{}",
        made.firm,
        made.currency.code(),
        made.time_zone,
        if made.simulated { ", simulated" } else { "" }
    ));
}

/// An existing ledger keeps what it was made with; asking for something else is a mistake.
fn agrees(ledger: &Ledger, founding: &Founding) -> eyre::Result<()> {
    let made = ledger.genesis();
    if founding.simulated && !made.simulated {
        bail!(
            "this ledger is a real one and can never become simulated: name another with --ledger"
        );
    }
    let other = |what: &str, is: &str, asked: Option<&str>| match asked {
        Some(asked) if !asked.eq_ignore_ascii_case(is) => {
            Err(eyre!("this ledger was made with {what} {is}, which cannot be changed to {asked}"))
        }
        _ => Ok(()),
    };
    other("firm", &made.firm, founding.firm.as_deref())?;
    other("currency", made.currency.code(), founding.currency.as_deref())?;
    other("time zone", &made.time_zone, founding.time_zone.as_deref())
}

fn local_zone() -> String {
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name()
        .filter(|name| jiff::tz::TimeZone::get(name).is_ok())
        .unwrap_or("UTC")
        .to_owned()
}

/// Whether something stands at a ledger's place.
pub(crate) async fn exists(url: &LedgerUrl) -> eyre::Result<bool> {
    if let Some(file) = url.file() {
        return Ok(file.exists() && !is_left_over(url));
    }
    match Ledger::open(url, Mode::ReadOnly, clock()).await {
        Ok(ledger) => {
            ledger.close().await;
            Ok(true)
        }
        Err(OpenError::Missing(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// An empty file is what is left where founding was killed at once; it is nobody's, and may be
/// taken over.
fn is_left_over(url: &LedgerUrl) -> bool {
    let left = |file| std::fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() == 0);
    url.file().is_some_and(left)
}

/// Marks a ledger's file as one on which a desk is running, for as long as this process lives.
pub(crate) fn hold(url: &LedgerUrl) {
    if let Some(Ok(file)) = url.file().map(std::fs::File::open) {
        // Where the file system knows no locks, nobody can be warned.
        let _ = file.try_lock_shared();
        // Closing it would also give up the locks that the engine holds on the same file.
        std::mem::forget(file);
    }
}

/// Whether a desk is running on a ledger's file.
pub(crate) fn in_use(url: &LedgerUrl) -> bool {
    let file = url.file().map(std::fs::File::open);
    file.is_some_and(|file| {
        file.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
    })
}

/// The ledger that a file is fed to.
pub(crate) struct Fed {
    pub(crate) ledger: Ledger,
    url: LedgerUrl,
    founded: bool,
    /// Where there is no ledger yet and nothing may be stored: the folder of a passing one.
    passing: Option<tempfile::TempDir>,
}

impl Fed {
    /// Opens the ledger or founds it; for a dry run where there is none, one that passes.
    pub(crate) async fn open(
        text: &str,
        founding: &Founding,
        currency: Option<Currency>,
        dry_run: bool,
    ) -> eyre::Result<Self> {
        let url = url(text)?;
        let founded = !exists(&url).await?;
        if founded && dry_run {
            let dir = tempfile::tempdir()?;
            let text = format!("sqlite:{}", dir.path().join("linchpin.db").display());
            let ledger = found(&text, founding, currency).await?;
            return Ok(Self { ledger, url, founded, passing: Some(dir) });
        }
        let ledger = write_or_found(text, founding, currency).await?;
        Ok(Self { ledger, url, founded, passing: None })
    }

    /// Closes it after the file was taken.
    pub(crate) async fn close(self) {
        self.ledger.close().await;
    }

    /// Hands on what the file came to; where it was refused, gives up the ledger first.
    pub(crate) async fn or_give_up<T, E>(
        self,
        outcome: Result<T, E>,
        failed: impl FnOnce() -> String,
    ) -> eyre::Result<(Self, T)>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        match outcome {
            Ok(taken) => Ok((self, taken)),
            Err(error) => {
                self.give_up().await?;
                Err(error).wrap_err_with(failed)
            }
        }
    }

    /// Closes it after the file was refused. A ledger that was founded for nothing but this file
    /// goes again, so that its currency and zone are not fixed by a mistake.
    async fn give_up(self) -> eyre::Result<()> {
        let empty = self.ledger.head().position <= FOUNDED;
        let waiting = self.ledger.quarantine().count_open().await.unwrap_or(1);
        self.ledger.close().await;
        let file = self.url.file().is_some();
        if file && self.founded && self.passing.is_none() && empty && waiting == 0 {
            remove(&self.url)?;
            crate::say::note("the new ledger was removed again");
        }
        Ok(())
    }
}

/// Entries of a ledger that was founded and told nothing yet.
const FOUNDED: u64 = 3;

/// Removes a ledger's files, as far as they are there.
pub(crate) fn remove(url: &LedgerUrl) -> eyre::Result<()> {
    let Some(path) = url.file() else { return Ok(()) };
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", path.display());
        if std::path::Path::new(&file).exists() {
            std::fs::remove_file(&file).wrap_err_with(|| format!("{file} could not be removed"))?;
        }
    }
    Ok(())
}
