//! Which package may depend on which. A new edge is the rarest and most reviewed change.

use toml::{Table, Value};

use super::{Finding, Source};

/// A package of the workspace and those of the workspace it may be built from.
struct Package {
    name: &'static str,
    needs: &'static [&'static str],
}

const SERVICE: &[&str] = &["linchpin-domain", "linchpin-ledger", "linchpin-bus"];

const PACKAGES: &[Package] = &[
    Package { name: "linchpin-domain", needs: &[] },
    Package { name: "linchpin-ledger", needs: &["linchpin-domain"] },
    Package { name: "linchpin-bus", needs: &["linchpin-domain", "linchpin-ledger"] },
    Package { name: "linchpin-problem", needs: &["linchpin-ledger"] },
    Package { name: "linchpin-access", needs: &["linchpin-ledger", "linchpin-problem"] },
    Package {
        name: "linchpin-ingest",
        needs: &["linchpin-domain", "linchpin-ledger", "linchpin-access", "linchpin-problem"],
    },
    Package { name: "linchpin-classifier", needs: SERVICE },
    Package { name: "linchpin-notifier", needs: SERVICE },
    Package {
        name: "linchpin-query",
        needs: &[
            "linchpin-domain",
            "linchpin-ledger",
            "linchpin-bus",
            "linchpin-access",
            "linchpin-problem",
        ],
    },
    Package { name: "linchpin-web", needs: &["linchpin-domain", "linchpin-query"] },
    Package { name: "linchpin", needs: DESK },
    Package { name: "linchpin-testkit", needs: SERVICE },
    Package { name: "xtask", needs: &[] },
];

const DESK: &[&str] = &[
    "linchpin-domain",
    "linchpin-ledger",
    "linchpin-bus",
    "linchpin-access",
    "linchpin-ingest",
    "linchpin-classifier",
    "linchpin-notifier",
    "linchpin-problem",
    "linchpin-query",
    "linchpin-web",
];

/// What tests may use beside what the package itself is built from.
const FOR_TESTS: &[&str] =
    &["linchpin-domain", "linchpin-ledger", "linchpin-bus", "linchpin-testkit"];

/// The package of end-to-end tests and benches: nothing is built from it, so it may use anything.
const END_TO_END: &str = "linchpin-tests";

/// Outside crates that would let the domain reach into the world.
const WORLDLY: &[&str] =
    &["tokio", "axum", "sqlx", "rusqlite", "async-nats", "tracing", "hyper", "reqwest"];

/// The edges of one `Cargo.toml`.
pub(super) fn check(file: &Source) -> Vec<Finding> {
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(e) => return vec![Finding::new(&file.path, 1, "syntax", e.to_string())],
    };
    let Some(name) =
        manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str)
    else {
        return Vec::new();
    };
    if name == END_TO_END {
        return Vec::new();
    }
    let Some(package) = PACKAGES.iter().find(|package| package.name == name) else {
        let advice = format!(
            "`{name}` is no known package; give it its place in the table of xtask/src/tidy/edges.rs"
        );
        return vec![Finding::new(&file.path, 1, "edges", advice)];
    };
    dependencies(&manifest).into_iter().filter_map(|edge| refuse(file, package, &edge)).collect()
}

struct Edge {
    to: String,
    tests_only: bool,
}

fn refuse(file: &Source, package: &Package, edge: &Edge) -> Option<Finding> {
    let to = edge.to.as_str();
    let house = to == END_TO_END || PACKAGES.iter().any(|package| package.name == to);
    let allowed = package.needs.contains(&to) || (edge.tests_only && FOR_TESTS.contains(&to));
    let worldly = package.name == "linchpin-domain" && !edge.tests_only && WORLDLY.contains(&to);
    let advice = if worldly {
        format!("the domain is pure and never sees `{to}`; move what needs it into a service")
    } else if house && !allowed {
        format!("`{}` must not depend on `{to}`; see the edges in ARCHITECTURE.md", package.name)
    } else {
        return None;
    };
    let line =
        file.text.lines().position(|line| line.trim_start().starts_with(to)).map_or(1, |at| at + 1);
    Some(Finding::new(&file.path, line, "edges", advice))
}

fn dependencies(manifest: &Table) -> Vec<Edge> {
    let mut edges = section(manifest);
    for target in manifest.get("target").and_then(Value::as_table).into_iter().flatten() {
        edges.extend(target.1.as_table().map(section).unwrap_or_default());
    }
    edges
}

fn section(table: &Table) -> Vec<Edge> {
    let kinds =
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)];
    let mut edges = Vec::new();
    for (kind, tests_only) in kinds {
        for (key, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
            let to = value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned();
            edges.push(Edge { to, tests_only });
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::check;

    #[track_caller]
    fn told(text: &str) -> Vec<String> {
        let file = Source { path: "crates/a/Cargo.toml".to_owned(), text: text.to_owned() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn services_never_import_one_another() {
        let found = told(
            "[package]\nname = \"linchpin-notifier\"\n[dependencies]\nlinchpin-bus.workspace = true\nlinchpin-query.workspace = true\n",
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(
            "crates/a/Cargo.toml:5: edges: `linchpin-notifier` must not depend on `linchpin-query`"
        ));
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        let manifest = |kind| {
            format!(
                "[package]\nname = \"linchpin-domain\"\n[{kind}]\nlinchpin-testkit.workspace = true\n"
            )
        };
        assert!(told(&manifest("dev-dependencies")).is_empty());
        assert_eq!(told(&manifest("dependencies")).len(), 1);
        assert_eq!(told(&manifest("target.'cfg(unix)'.build-dependencies")).len(), 1);
    }

    #[test]
    fn a_renamed_dependency_is_seen_through() {
        let found = told(
            "[package]\nname = \"linchpin-web\"\n[dependencies]\nstore = { package = \"linchpin-ledger\", path = \"x\" }\n",
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_domain_never_sees_the_world() {
        assert_eq!(
            told("[package]\nname = \"linchpin-domain\"\n[dependencies]\nsqlx = \"0.9\"\n").len(),
            1
        );
    }

    #[test]
    fn a_package_without_a_place_is_told() {
        assert_eq!(told("[package]\nname = \"linchpin-new\"\n").len(), 1);
        assert!(told("[workspace]\nmembers = []\n").is_empty());
    }
}
