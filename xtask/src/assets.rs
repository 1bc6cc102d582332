//! `cargo xtask assets`: the vendored web assets are what their list says they are.
//!
//! The list is TOML: one `[[asset]]` a file, with `file` (relative to the list), `package`,
//! `version`, `path_in_package`, `licence` and `sha256` (lower-case hex of the file).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use sha2::{Digest, Sha256};
use toml::Table;

use crate::house::{self, Done, Failure, command, root, target_dir};

/// Where the list stands.
pub(crate) const LIST: &str = "crates/web/assets/VENDORED.toml";

#[derive(Debug)]
struct Asset {
    file: String,
    package: String,
    version: String,
    path_in_package: String,
    sha256: String,
}

/// Compares every vendored file with its recorded SHA-256, and on wish the npm registry's copy too.
pub(crate) fn run(registry: bool) -> Done {
    let list = root().join(LIST);
    let text = fs::read_to_string(&list).map_err(|e| {
        Failure::new(format!("{LIST} cannot be read ({e}); it must list every vendored asset"))
    })?;
    let assets = parse(&text)?;
    let folder = list.parent().unwrap_or(root());
    let mut wrong = Vec::new();
    for asset in &assets {
        match check(folder, asset, registry) {
            Ok(()) => println!("{} is {} {}", asset.file, asset.package, asset.version),
            Err(failure) => wrong.push(failure.to_string()),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::new(wrong.join("\n"))) }
}

fn parse(text: &str) -> Done<Vec<Asset>> {
    let table: Table = text.parse().map_err(|e| Failure::new(format!("{LIST}: {e}")))?;
    let listed = table.get("asset").and_then(|list| list.as_array());
    let listed = listed.ok_or_else(|| Failure::new(format!("{LIST}: has no [[asset]]")))?;
    let mut seen = BTreeSet::new();
    let mut assets = Vec::new();
    for (index, entry) in listed.iter().enumerate() {
        let field = |name: &str| {
            let value =
                entry.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
            let missing = || Failure::new(format!("{LIST}: asset {} lacks `{name}`", index + 1));
            value.map(str::to_owned).ok_or_else(missing)
        };
        field("licence")?;
        let asset = Asset {
            file: field("file")?,
            package: field("package")?,
            version: field("version")?,
            path_in_package: field("path_in_package")?,
            sha256: field("sha256")?,
        };
        if !seen.insert(asset.file.clone()) {
            return Err(Failure::new(format!("{LIST}: `{}` is listed twice", asset.file)));
        }
        assets.push(asset);
    }
    Ok(assets)
}

fn check(folder: &Path, asset: &Asset, registry: bool) -> Done {
    let bytes = fs::read(folder.join(&asset.file))
        .map_err(|e| Failure::new(format!("{}: cannot be read: {e}", asset.file)))?;
    compare(&asset.file, &bytes, &asset.sha256)?;
    if registry {
        let served = served(asset)?;
        compare(&format!("{} as the registry serves it", asset.file), &served, &asset.sha256)?;
    }
    Ok(())
}

fn compare(what: &str, bytes: &[u8], expected: &str) -> Done {
    let found = hex(&Sha256::digest(bytes));
    if found == expected {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{what}: sha256 is {found}, the list says {expected}; vendored files are not edited: take the \
         file from its package again, or record the new version in {LIST}"
    )))
}

/// The file as it stands in the package's tarball, fetched by the registry's own client.
fn served(asset: &Asset) -> Done<Vec<u8>> {
    let folder = target_dir().join("assets");
    fs::create_dir_all(&folder).map_err(|e| Failure::new(format!("{}: {e}", folder.display())))?;
    let wanted = format!("{}@{}", asset.package, asset.version);
    let mut pack = command("npm");
    pack.args(["pack", "--silent", "--pack-destination"]).arg(&folder).arg(&wanted);
    let packed = pack.stderr(Stdio::inherit()).output();
    let packed = packed.map_err(|e| Failure::new(format!("npm cannot be started: {e}")))?;
    let name = String::from_utf8_lossy(&packed.stdout);
    let name = name
        .lines()
        .last()
        .map(str::trim)
        .filter(|name| packed.status.success() && !name.is_empty());
    let name = name.ok_or_else(|| Failure::new(format!("npm could not fetch {wanted}")))?;
    let tarball = folder.join(name);
    let path = format!("package/{}", asset.path_in_package.trim_start_matches("package/"));
    let unpacked = command("tar").arg("-xzOf").arg(&tarball).arg(&path).output();
    let unpacked = unpacked.map_err(|e| Failure::new(format!("tar cannot be started: {e}")))?;
    if !unpacked.status.success() {
        return Err(Failure::new(format!("{wanted} holds no `{path}`")));
    }
    Ok(unpacked.stdout)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether there is a list to check at all.
pub(crate) fn listed() -> bool {
    house::root().join(LIST).is_file()
}

#[cfg(test)]
mod tests {
    use super::{compare, parse};

    const ONE: &str = r#"
        [[asset]]
        file = "a.js"
        package = "a"
        version = "1.0.0"
        path_in_package = "dist/a.js"
        licence = "MIT"
        sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    "#;

    #[test]
    fn a_file_that_was_edited_is_found_by_its_hash() {
        let assets = parse(ONE).unwrap();
        compare("a.js", b"abc", &assets[0].sha256).unwrap();
        let why = compare("a.js", b"abd", &assets[0].sha256).unwrap_err().to_string();
        assert!(why.starts_with("a.js: sha256 is "), "{why}");
    }

    #[test]
    fn a_missing_field_is_named() {
        let why = parse(&ONE.replace("licence", "license")).unwrap_err().to_string();
        assert!(why.ends_with("asset 1 lacks `licence`"), "{why}");
    }

    #[test]
    fn a_file_listed_twice_is_refused() {
        let why = parse(&format!("{ONE}{ONE}")).unwrap_err().to_string();
        assert!(why.ends_with("`a.js` is listed twice"), "{why}");
    }
}
