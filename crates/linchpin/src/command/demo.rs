//! The demo: a sample firm, lived through from its first day to today.

use std::process::ExitCode;

use eyre::{Context, bail};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::alert::{Alert, AlertCommand};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{ContactConfirmed, Fact};
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::{AlertId, EntryId, MemberId};
use linchpin_ingest::command::on_alert;
use linchpin_ledger::{Append, Ledger, NewEntry, Repeat};

use super::settle;
use crate::cli::{self, Founding};
use crate::config::Config;
use crate::demo::{Told, story};
use crate::process::{self, Opened, Process};
use crate::{place, progress};

/// The firm's name, zone and currency.
const FIRM: &str = "Quillhaven Staffing";
const ZONE: &str = "Europe/Berlin";
const CURRENCY: &str = "EUR";

/// `linchpin demo`
pub(crate) async fn run(url: &str, config: &Config, args: cli::Demo) -> eyre::Result<ExitCode> {
    let listener = match args.no_serve {
        true => None,
        false => Some(process::listen(config.listen(Process::Serve)?).await?),
    };
    if args.fresh {
        throw_away(url).await?;
    }
    let place = place::url(url)?;
    let ledger = if place::exists(&place).await? {
        let ledger = place::write(url).await?;
        if !ledger.genesis().simulated {
            bail!("{place} is a real ledger, not the demo's: name another place with --ledger");
        }
        crate::say::note(format!(
            "the demo's ledger at {place} is there already; --fresh makes it anew"
        ));
        ledger
    } else {
        make(url, &args).await?
    };
    match listener {
        Some(listener) => {
            let opened = Opened { ledger, place };
            process::run(Process::Serve, opened, listener, config).await
        }
        None => {
            ledger.close().await;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Makes the demo's ledger aside and puts it in its place when it is whole, so that one that was
/// cut short is never taken for it.
async fn make(url: &str, args: &cli::Demo) -> eyre::Result<Ledger> {
    let place = place::url(url)?;
    let Some(file) = place.file() else {
        let folder = tempfile::tempdir()?;
        let aside = format!("sqlite:{}", folder.path().join("demo.db").display());
        fill(&aside, args).await?.close().await;
        Ledger::copy(&place::url(&aside)?, &place, |_| {}).await?;
        return place::write(url).await;
    };
    let aside = format!("{}.making", file.display());
    let aside_url = format!("sqlite:{aside}");
    place::remove(&place::url(&aside_url)?)?;
    fill(&aside_url, args).await?.close().await;
    std::fs::rename(&aside, file)
        .wrap_err_with(|| format!("{aside} could not be put in its place"))?;
    place::write(url).await
}

async fn fill(url: &str, args: &cli::Demo) -> eyre::Result<Ledger> {
    let founding = Founding {
        firm: Some(FIRM.to_owned()),
        currency: Some(CURRENCY.to_owned()),
        time_zone: Some(ZONE.to_owned()),
        simulated: true,
    };
    let ledger = place::found(url, &founding, None).await?;
    let zone = ledger.genesis().zone();
    let today = args.today.unwrap_or_else(|| day_of(place::clock().now(), &zone));
    let mut told = story(args.seed, today, &zone);
    told.extend(last_night(&told, today, &zone));
    crate::say::note(format!("living through three years of {FIRM}: {} facts", told.len()));
    live_through(&ledger, &told, &zone).await?;
    Ok(ledger)
}

/// Tells the story day by day. What a day calls for is concluded on that day, and people act on
/// what they are alerted to a few days later; what is new in the last two weeks still waits.
async fn live_through(ledger: &Ledger, told: &[Told], zone: &TimeZone) -> eyre::Result<()> {
    let mut desk = settle::conductor(ledger);
    let mut people = People::default();
    let end = told.last().map_or_else(|| ledger.now(), |last| last.learnt_at);
    let quiet_from = day_of(end, zone).saturating_sub(14.days());
    let bar = progress::bar(told.len() as u64, "living through");
    for day in told.chunk_by(|one, next| day(one, zone) == day(next, zone)) {
        let (Some(first), Some(last)) = (day.first(), day.last()) else { continue };
        desk.until(first.learnt_at).await?;
        let today = day_of(first.learnt_at, zone);
        if today < quiet_from {
            people.act(ledger, today).await?;
        }
        let entries = day.iter().map(entry).collect();
        let clock = Some(last.learnt_at);
        ledger.append(Append { clock, ..Append::of(entries) }).await?;
        bar.inc(day.len() as u64);
    }
    desk.until(end).await?;
    bar.finish_and_clear();
    Ok(())
}

/// The people of the sample firm, who read their alerts.
#[derive(Default)]
struct People {
    known: Desk,
}

impl People {
    /// Takes in hand what was raised some days ago: two to seven, by the alert's own id.
    async fn act(&mut self, ledger: &Ledger, today: Date) -> eyre::Result<()> {
        let head = ledger.head().position;
        while self.known.position() < head {
            for entry in ledger.read(self.known.position(), head).await? {
                self.known.apply(&entry);
            }
        }
        let ripe: Vec<(AlertId, String)> = self
            .known
            .alerts()
            .iter()
            .filter(|alert| alert.is_open(today))
            .filter(|alert| {
                let patience = 2 + i64::from(alert.raised.alert.0.as_bytes()[0] % 6);
                self.known.day_of(alert.told_at()).saturating_add(patience.days()) <= today
            })
            .map(|alert| (alert.raised.alert, self.hand(alert)))
            .collect();
        for (alert, by) in ripe {
            let command = AlertCommand::Acknowledge { note: None };
            on_alert(ledger, alert, &command, &by.as_str().into()).await?;
        }
        Ok(())
    }

    /// Who acts: whoever was told, under the handle by which the story names them.
    fn hand(&self, alert: &Alert) -> String {
        let handles = (1..=6).map(|n| format!("m-{n:02}"));
        let told = alert.to.member;
        let handle =
            handles.into_iter().find(|h| Some(MemberId::named(&format!("staff:{h}"))) == told);
        format!("page:{}", handle.unwrap_or_else(|| "m-04".to_owned()))
    }
}

/// The story ends with the evening before today; last night's contact list brings it to today.
fn last_night(told: &[Told], today: Date, zone: &TimeZone) -> Option<Told> {
    let joined = told.iter().rev().find_map(|told| match &told.fact {
        Fact::ContactJoined(joined) => Some(joined),
        _ => None,
    })?;
    let at = today.at(0, 5, 0, 0).to_zoned(zone.clone()).ok()?.timestamp();
    let confirmed = ContactConfirmed { account: joined.account, contact: joined.contact };
    Some(Told {
        id: EntryId::named("demo:last night's list"),
        occurred_at: at,
        learnt_at: at,
        actor: "sync:contacts".to_owned(),
        fact: confirmed.into(),
    })
}

fn day(told: &Told, zone: &TimeZone) -> Date {
    day_of(told.learnt_at, zone)
}

fn entry(told: &Told) -> NewEntry {
    NewEntry {
        id: told.id,
        occurred_at: Some(told.occurred_at),
        actor: told.actor.clone(),
        correlation: None,
        causation: None,
        body: Body::Fact(told.fact.clone()),
        repeat: Repeat::SameOnly,
    }
}

/// Removes a demo's ledger; anything that is not a simulated ledger is left alone.
async fn throw_away(url: &str) -> eyre::Result<()> {
    let place = place::url(url)?;
    if !place::exists(&place).await? {
        return Ok(());
    }
    if place::in_use(&place) {
        bail!(
            "--fresh: a desk is running on {place}; stop it first, or it would go on writing to a file that is gone"
        );
    }
    let ledger = place::read(url).await?;
    let simulated = ledger.genesis().simulated;
    ledger.close().await;
    if !simulated {
        bail!("--fresh: {place} is a real ledger, which the demo never throws away");
    }
    if place.file().is_none() {
        bail!(
            "--fresh: the demo throws away files only; drop the schema of {place} with `DROP SCHEMA … CASCADE`, or name another place with --ledger"
        );
    }
    place::remove(&place)
}
