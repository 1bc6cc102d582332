//! The servers that tests start for themselves: PostgreSQL and NATS.

use std::fs;
use std::path::{Path, PathBuf};

use super::tools::{self, Had};
use super::{Outcome, Run};
use crate::house::{Done, command, on_path};

/// The oldest PostgreSQL that the ledger takes.
const POSTGRES: u32 = 15;

/// The oldest nats-server that the bus takes.
const NATS: (u32, u32) = (2, 10);

/// Where Debian looks for settings of the cluster that it makes on installation.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

/// Finds the programs of a PostgreSQL server; where there are none, installs them if it may.
pub(super) fn postgres(run: &mut Run) -> Done<Outcome> {
    if run.postgres.is_none() {
        run.postgres = find_postgres();
    }
    let mut why = String::new();
    if run.postgres.is_none() {
        match install_postgres() {
            Ok(()) => run.postgres = find_postgres(),
            Err(reason) => why = format!(" ({reason})"),
        }
    }
    Ok(match &run.postgres {
        Some(folder) => {
            println!("the tests start PostgreSQL from {}", folder.display());
            Outcome::Passed
        }
        None => Outcome::Skipped(format!(
            "no PostgreSQL {POSTGRES} or newer{why}, so the tests that need it are left out; install \
             it, or name the folder of its programs in LINCHPIN_POSTGRES_BIN"
        )),
    })
}

/// Finds a nats-server: a named one, one on PATH, or the pinned wheel's.
pub(super) fn nats(run: &mut Run) -> Done<Outcome> {
    let named = std::env::var_os("LINCHPIN_NATS_SERVER").map(PathBuf::from);
    let there = named.into_iter().chain(on_path("nats-server")).find(|path| new_enough(path));
    let found = there.map_or_else(pinned_nats, Ok);
    Ok(match found {
        Ok(server) => {
            println!("the tests start {}", server.display());
            run.nats_server = Some(server);
            Outcome::Passed
        }
        Err(why) => Outcome::Skipped(format!(
            "no nats-server {}.{} or newer ({why}), so the tests that need it are left out; install \
             it, or name it in LINCHPIN_NATS_SERVER",
            NATS.0, NATS.1
        )),
    })
}

/// The Python with which the example consumer is run.
pub(super) fn python(run: &mut Run) -> Done<Outcome> {
    Ok(match tools::pip("tests/tools/nats-py.txt") {
        Ok(python) => {
            run.python = Some(python);
            Outcome::Passed
        }
        Err(why) => Outcome::Skipped(format!("{why}, so the example consumer is not run")),
    })
}

/// The pinned nats-server, at the place where a test that is run by hand looks for it too.
fn pinned_nats() -> Had {
    let wheel = tools::wheel("tests/tools/nats-server.txt", "nats-server")?;
    let place = tools::folder().join("nats-server");
    if version(&place) != version(&wheel) {
        // Written beside and renamed: another run may be starting the old one just now.
        let beside = place.with_extension("new");
        let put = fs::copy(&wheel, &beside).and_then(|_| fs::rename(&beside, &place));
        put.map_err(|e| format!("{} cannot be written: {e}", place.display()))?;
    }
    Ok(place)
}

fn new_enough(server: &Path) -> bool {
    version(server).is_some_and(|found| found >= NATS)
}

/// Major and minor version that a server says it has.
fn version(server: &Path) -> Option<(u32, u32)> {
    let said = command(server).arg("--version").output().ok()?;
    parts(&String::from_utf8_lossy(&said.stdout))
}

/// The first two numbers of a line such as `nats-server: v2.15.1` or `postgres (PostgreSQL) 15.18`.
fn parts(line: &str) -> Option<(u32, u32)> {
    let word = line.split_whitespace().map(|word| word.trim_start_matches('v'));
    let word = word.into_iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.split('.').map(|number| {
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number[..digits].parse().ok()
    });
    Some((numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

/// The folder with `postgres` and `initdb`: named, on PATH, or where Debian keeps them.
fn find_postgres() -> Option<PathBuf> {
    let named = std::env::var_os("LINCHPIN_POSTGRES_BIN").map(PathBuf::from);
    let path = on_path("initdb").and_then(|file| Some(file.parent()?.to_owned()));
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    debian.reverse();
    let folders =
        named.into_iter().chain(path).chain(debian).chain([PathBuf::from("/usr/local/bin")]);
    let found = folders.into_iter().find(|folder| {
        let newest =
            || version(&folder.join("postgres")).is_some_and(|(major, _)| major >= POSTGRES);
        folder.join("initdb").is_file() && newest()
    })?;
    // A link from elsewhere would not find the server's own files.
    fs::canonicalize(found.join("postgres")).ok()?.parent().map(Path::to_owned)
}

/// Installs Debian's PostgreSQL without the database and the service that come with it.
fn install_postgres() -> Had<()> {
    if !tools::may_install() {
        return Err("it cannot be installed here without asking".to_owned());
    }
    let settings = format!("{CLUSTER_SETTINGS}/linchpin-tests.conf");
    let setting =
        format!("mkdir -p {CLUSTER_SETTINGS} && echo 'create_main_cluster = false' > {settings}");
    if !tools::as_root(&["sh", "-c", &setting]) {
        return Err(format!("{settings} cannot be written"));
    }
    let installed = tools::apt(&["postgresql"]);
    tools::as_root(&["rm", "-f", &settings]);
    installed
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn versions_are_read_as_servers_say_them() {
        assert_eq!(parts("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(parts("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, 18)));
        assert_eq!(parts("postgres (PostgreSQL) 18beta1"), Some((18, 0)));
        assert_eq!(parts("nothing of the kind"), None);
    }
}
