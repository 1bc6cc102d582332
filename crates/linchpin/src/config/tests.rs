use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Config, Flags, Origin, SETTINGS, World, named};

fn env(given: &[(&str, &str)]) -> HashMap<String, String> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn gathered(flags: &[(&'static str, &str)], given: &[(&str, &str)], file: Option<&str>) -> Config {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let env = env(given);
    let world = World { file: file.is_some().then_some(path.as_path()), env: &env };
    let mut config = Config::gather(&[&Flags::of(flags)], &world);
    let folder = format!("{}/", dir.path().display());
    for wrong in &mut config.wrong {
        *wrong = wrong.replace(&folder, "");
    }
    config
}

#[test]
fn a_flag_stands_before_the_environment_before_the_file_before_the_default() {
    let file = "max_lag = 1_000\nwait = 3\n";
    let given = [("LINCHPIN_MAX_LAG", "2000"), ("LINCHPIN_DRAIN_DELAY", "4")];
    let config = gathered(&[("max-lag", "3000")], &given, Some(file));
    assert_eq!(config.wrong, Vec::<String>::new());
    assert_eq!(config.number("max_lag"), 3000);
    assert_eq!(config.found("max_lag").unwrap().origin, Origin::Flag("max-lag"));
    assert_eq!(config.number("drain_delay"), 4);
    assert_eq!(config.number("wait"), 3);
    assert!(config.found("wait").unwrap().origin.to_string().ends_with("desk.toml:2"));
    assert_eq!(config.text("log"), Some("text"));
    assert_eq!(config.found("log").unwrap().origin, Origin::Default);

    assert_eq!(gathered(&[], &given, Some(file)).number("max_lag"), 2000);
    assert_eq!(gathered(&[], &[], Some(file)).number("max_lag"), 1000);
    assert_eq!(gathered(&[], &[("LINCHPIN_MAX_LAG", "")], None).number("max_lag"), 10_000);
}

#[test]
fn the_file_is_named_by_the_flag_before_the_variable_and_an_empty_variable_names_none() {
    let flag = || Some(PathBuf::from("flag.toml"));
    assert_eq!(named(flag(), Some("env.toml".into())), flag());
    assert_eq!(named(None, Some("env.toml".into())), Some(PathBuf::from("env.toml")));
    assert_eq!(named(None, Some("".into())), None);
}

#[test]
fn a_key_that_is_none_is_told_with_its_place_and_the_nearest_one() {
    let file = "ledger = \"sqlite:a.db\"\n\n[nats]\n  servres = \"nats://a\"\n[colour]\nx = 1\n";
    let config = gathered(&[], &[], Some(file));
    assert_eq!(
        config.wrong,
        [
            "desk.toml:4:3: unknown setting `nats.servres`: did you mean `nats.servers`?",
            "desk.toml:5:2: unknown setting `colour`: `linchpin config check` lists those there are",
        ]
    );
    assert_eq!(config.ledger("x"), "sqlite:a.db", "the rest is read all the same");
}

#[test]
fn what_is_no_toml_or_no_value_is_told_with_its_place() {
    let wrong = gathered(&[], &[], Some("wait = 5\nlog = \n")).wrong;
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].starts_with("desk.toml:2:"), "{wrong:?}");
    let wrong = gathered(&[], &[], Some("wait = true\nnats = 1\n")).wrong;
    assert_eq!(
        wrong,
        [
            "desk.toml:1:8: `wait` cannot be a value of type boolean: write it in quotes",
            "desk.toml:2:1: `nats` is a table: write [nats] and its settings below it",
        ]
    );
}

#[test]
fn a_value_that_cannot_be_is_told_with_where_it_came_from() {
    let given = [("LINCHPIN_WAIT", "soon"), ("LINCHPIN_LISTEN", "here")];
    let config = gathered(&[("log", "xml")], &given, Some("[nats]\nreplicas = 2\n"));
    assert_eq!(
        config.wrong,
        [
            "--log xml: write text or json",
            "LINCHPIN_LISTEN here: write an address and a port, such as 127.0.0.1:7400",
            "LINCHPIN_WAIT soon: write a whole number from 0 to 3600",
            "desk.toml:2: nats.replicas 2: write 1, 3 or 5",
            "nats: settings but no servers: set nats.servers too",
        ]
    );
}

#[test]
fn secrets_come_from_files_of_their_own_too() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let password = file("password", "s3cret\r\n");
    let base = [("LINCHPIN_NATS", "nats://a"), ("LINCHPIN_NATS_USER", "desk")];
    let with =
        |more: &[(&str, &str)], text: Option<&str>| gathered(&[], &[&base, more].concat(), text);
    let by_env = with(&[("LINCHPIN_NATS_PASSWORD_FILE", &password)], None);
    assert_eq!(by_env.wrong, Vec::<String>::new());
    assert_eq!(by_env.text("nats.password"), Some("s3cret"));
    let by_file = with(&[], Some(&format!("[nats]\npassword_file = \"{password}\"\n")));
    assert_eq!(by_file.text("nats.password"), Some("s3cret"));
    let origin = by_file.found("nats.password").unwrap().origin.to_string();
    assert!(origin.starts_with(&password) && origin.ends_with("desk.toml:2)"), "{origin}");

    let both = [("LINCHPIN_NATS_PASSWORD", "x"), ("LINCHPIN_NATS_PASSWORD_FILE", &password)];
    let wrong = with(&both, None).wrong;
    let advice = "LINCHPIN_NATS_PASSWORD and LINCHPIN_NATS_PASSWORD_FILE are both set: unset one";
    assert_eq!(wrong, [advice]);
    let nowhere = with(&[("LINCHPIN_NATS_PASSWORD_FILE", "/nowhere/at/all")], None).wrong;
    assert!(nowhere[0].starts_with("LINCHPIN_NATS_PASSWORD_FILE: /nowhere/at/all: No such file"));
    let empty = file("empty", "\n");
    let wrong = with(&[("LINCHPIN_NATS_PASSWORD_FILE", &empty)], None).wrong;
    assert!(wrong[0].ends_with("it is empty"), "{wrong:?}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let nats = ("LINCHPIN_NATS", "nats://a:4222,tls://b:4222");
    let wrong = |more: &[(&str, &str)]| gathered(&[], &[&[nats], more].concat(), None).wrong;
    assert_eq!(wrong(&[]), Vec::<String>::new());
    assert!(wrong(&[("LINCHPIN_NATS_USER", "desk")])[0].contains("user and password go together"));
    assert!(wrong(&[("LINCHPIN_NATS_CERT", "Cargo.toml")])[0].contains("cert and key go together"));
    let ways = [("LINCHPIN_NATS_TOKEN", "t"), ("LINCHPIN_NATS_CREDENTIALS", "Cargo.toml")];
    assert!(wrong(&ways)[0].contains("three ways to sign in"));
    let missing = wrong(&[("LINCHPIN_NATS_CA", "/nowhere/ca.pem")]);
    assert!(
        missing[0].starts_with("LINCHPIN_NATS_CA /nowhere/ca.pem: No such file"),
        "{missing:?}"
    );
    for bad in ["a:4222", "nats://", "nats://a,b", "nats://desk:pw@a:4222"] {
        assert_eq!(gathered(&[], &[("LINCHPIN_NATS", bad)], None).wrong.len(), 1, "{bad}");
    }
}

#[test]
fn a_variable_that_nobody_reads_is_noted_and_hinders_nothing() {
    let given = [("LINCHPIN_LEGDER", "sqlite:a.db"), ("LINCHPIN_NATS_TOKEN_FILE", "")];
    let config = gathered(&[], &given, None);
    assert_eq!(config.odd, ["LINCHPIN_LEGDER is no setting, did you mean LINCHPIN_LEDGER?"]);
    assert!(config.wrong.is_empty());
}

#[test]
fn the_collectors_own_variable_counts_where_ours_is_not_set() {
    let theirs = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    assert_eq!(gathered(&[], &[theirs], None).text("otlp"), Some(theirs.1));
    let ours = ("LINCHPIN_OTLP", "http://other:4318");
    assert_eq!(gathered(&[], &[theirs, ours], None).text("otlp"), Some(ours.1));
    let secure = gathered(&[], &[("LINCHPIN_OTLP", "https://far.example")], None).wrong;
    assert!(secure[0].contains("without TLS to a collector close by"), "{secure:?}");
}

#[test]
fn the_example_file_holds_every_setting_and_nothing_else() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/linchpin.toml");
    let text = std::fs::read_to_string(path).unwrap();
    // What is commented out is an example as well.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    for (text, whole) in [(&text, false), (&all, true)] {
        let (values, wrong) = super::file::read(text);
        assert_eq!(wrong, Vec::new());
        for value in &values {
            let key = value.key.strip_suffix("_file").unwrap_or(&value.key);
            let setting = SETTINGS.iter().find(|setting| setting.key == key).unwrap();
            // The files that the example names are nowhere.
            if key == value.key && setting.value_name != "FILE" {
                assert_eq!((setting.check)(&value.value), Ok(()), "{key}");
            }
        }
        for setting in SETTINGS.iter().filter(|_| whole) {
            let told = |value: &super::file::InFile| {
                value.key == setting.key || value.key.strip_suffix("_file") == Some(setting.key)
            };
            assert!(values.iter().any(told), "{} is missing in the example", setting.key);
        }
    }
}

#[test]
fn the_page_on_settings_names_every_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    let text = std::fs::read_to_string(path).unwrap();
    for setting in SETTINGS {
        let names = [Some(setting.key.to_owned()), Some(setting.env.to_owned())];
        let flag = setting.flag.map(|flag| format!("--{flag}"));
        for name in names.into_iter().chain([flag]).flatten() {
            assert!(text.contains(&format!("`{name}`")), "{name} is missing");
        }
    }
}

#[test]
fn a_password_in_an_address_is_never_repeated_and_on_a_command_line_warned_of() {
    let given = [
        ("LINCHPIN_NATS", "nats://desk:s3cret@a:4222"),
        ("LINCHPIN_OTLP", "https://desk:s3cret@far.example"),
        ("LINCHPIN_LEDGER", "desk-s3cret@db/firm"),
        ("LINCHPIN_WAIT", "s3cret@x"),
    ];
    let wrong = gathered(&[], &given, None).wrong;
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    assert!(!wrong.concat().contains("s3cret"), "{wrong:?}");
    let clear = gathered(&[], &[("LINCHPIN_OTLP", "http://desk:s3cret@near")], None).wrong;
    assert!(clear[0].starts_with("LINCHPIN_OTLP: leave user and password out"), "{clear:?}");
    let secret = SETTINGS.iter().find(|setting| setting.key == "otlp").unwrap();
    assert!(secret.hides("http://desk:s3cret@near") && !secret.hides("http://near"));

    let address = "postgres://desk:s3cret@127.0.0.1/firm";
    let careless = gathered(&[("ledger", address)], &[], None).careless;
    assert_eq!(careless.len(), 1);
    assert!(careless[0].starts_with("--ledger holds a password"), "{careless:?}");
    assert!(careless[0].contains("LINCHPIN_LEDGER_FILE") && !careless[0].contains("s3cret"));
    for quiet in ["postgres://desk@127.0.0.1/firm", "sqlite:a@b:c.db"] {
        assert_eq!(gathered(&[("ledger", quiet)], &[], None).careless, Vec::<String>::new());
    }
    let by_env = gathered(&[], &[("LINCHPIN_LEDGER", address)], None).careless;
    assert_eq!(by_env, Vec::<String>::new());
}
