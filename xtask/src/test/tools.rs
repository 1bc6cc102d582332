//! Tools of the tests' own: a Python with pinned packages, packages of Debian. All of it stands in
//! `target/tools`, but for what the system's own package manager puts in its own places.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::house::{self, answers, command, on_path, root, target_dir};

/// What could be had, or why not and what to do about it.
pub(super) type Had<T = PathBuf> = Result<T, String>;

/// Where tools stand that nobody else on the machine needs to see.
pub(super) fn folder() -> PathBuf {
    target_dir().join("tools")
}

/// A Python of the tests' own, made at the first call.
pub(super) fn python() -> Had {
    let place = folder().join("python");
    let python = place.join("bin/python");
    let pip = |python: &Path| answers(command(python).args(["-m", "pip", "--version"]));
    if pip(&python) {
        return Ok(python);
    }
    let make = || {
        on_path("python3").is_some()
            && house::run(command("python3").args(["-m", "venv", "--clear"]).arg(&place)).is_ok()
            && pip(&python)
    };
    if make() || (apt(&["python3", "python3-venv"]).is_ok() && make()) {
        return Ok(python);
    }
    Err("no Python 3 that can make a virtual environment (on Debian: `apt-get install \
         python3-venv`)"
        .to_owned())
}

/// Puts the packages of a file of pinned hashes, named from the repository's top, into the tests'
/// own Python, which it gives back.
pub(super) fn pip(requirements: &str) -> Had {
    let python = python()?;
    let wanted = fs::read_to_string(root().join(requirements))
        .map_err(|e| format!("{requirements} cannot be read: {e}"))?;
    // What was put in is written down, so that a second run needs no network.
    let stamp = folder().join("python").join(requirements.replace('/', "-"));
    if fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    let mut install = command(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--only-binary", ":all:", "--require-hashes", "--requirement", requirements]);
    house::run(&mut install).map_err(|_| {
        format!("pip could not install {requirements} (no network, or no wheel for this machine)")
    })?;
    fs::write(&stamp, wanted).map_err(|e| format!("{} cannot be written: {e}", stamp.display()))?;
    Ok(python)
}

/// A program out of a pinned wheel.
pub(super) fn wheel(requirements: &str, program: &str) -> Had {
    let program = pip(requirements)?.with_file_name(program);
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("{requirements} brought no {}", program.display()))
    }
}

/// Installs packages of Debian where that can be done without asking anyone.
pub(super) fn apt(packages: &[&str]) -> Had<()> {
    static READY: OnceLock<bool> = OnceLock::new();
    let list = packages.join(" ");
    if !*READY.get_or_init(|| may_install() && run_apt(&["update"])) {
        return Err(format!("`apt-get install {list}` needs Debian, its servers, and root"));
    }
    let install: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].iter().chain(packages).copied().collect();
    if run_apt(&install) { Ok(()) } else { Err(format!("`apt-get install {list}` failed")) }
}

/// Unpacks one package of Debian into `target/tools/NAME`, without installing it; needs no root.
/// Gives back the program at `path` in it.
pub(super) fn unpacked(package: &str, path: &str) -> Had {
    let place = folder().join(package);
    let program = place.join(path);
    if program.is_file() {
        return Ok(program);
    }
    let odd = |what: &str| format!("the package {package} {what}");
    fs::create_dir_all(&place).map_err(|e| odd(&format!("has no place to go: {e}")))?;
    if on_path("apt-get").is_none() || on_path("dpkg-deb").is_none() {
        return Err(odd("is looked for on Debian only"));
    }
    let fetch = || {
        let mut apt = command("apt-get");
        house::run(apt.current_dir(&place).args(["download", "--quiet", package])).is_ok()
    };
    // On a fresh machine the lists are empty, and only root can fill them.
    if !(fetch() || (may_install() && run_apt(&["update"]) && fetch())) {
        return Err(odd("cannot be fetched (apt-get download)"));
    }
    let files = fs::read_dir(&place).map_err(|e| odd(&e.to_string()))?;
    let mut files = files.filter_map(|file| Some(file.ok()?.path()));
    let file = files.find(|file| file.extension().is_some_and(|ending| ending == "deb"));
    let file = file.ok_or_else(|| odd("left no file"))?;
    house::run(command("dpkg-deb").arg("--extract").arg(&file).arg(&place))
        .map_err(|e| odd(&e.to_string()))?;
    if program.is_file() { Ok(program) } else { Err(odd(&format!("holds no {path}"))) }
}

/// Whether this is root: some servers refuse to run as root, and only root installs without asking.
fn is_root() -> bool {
    command("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Whether packages can be installed without asking anyone.
pub(super) fn may_install() -> bool {
    on_path("apt-get").is_some()
        && (is_root()
            || (on_path("sudo").is_some() && answers(command("sudo").args(["-n", "true"]))))
}

fn run_apt(arguments: &[&str]) -> bool {
    as_root(&[&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"], arguments].concat())
}

/// Runs a command as root, where that needs no password.
pub(super) fn as_root(words: &[&str]) -> bool {
    let sudo: &[&str] = if is_root() { &[] } else { &["sudo", "-n"] };
    let words = [sudo, words].concat();
    words
        .split_first()
        .is_some_and(|(program, rest)| house::run(command(program).args(rest)).is_ok())
}
