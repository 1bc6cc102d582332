//! The compose file without an engine: its processes as plain processes, with its own settings and
//! secrets, on its own NATS (accounts, TLS) and on PostgreSQL over TLS. They do their work, and each
//! NATS user is refused what is not its own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, HeaderMap, jetstream};
use linchpin_testkit::PostgresServer;
use linchpin_tests::{Desk, GuardedNats, Secrets, binary, deploy, repository};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);
const PROCESSES: [&str; 5] = ["relay", "ingest", "classifier", "notifier", "query"];

/// The whole deployment.
struct Deployed {
    services: Value,
    secrets: Secrets,
    nats: GuardedNats,
    /// As long as it is held the server goes on.
    _postgres: PostgresServer,
}

impl Deployed {
    /// PostgreSQL and NATS, and a ledger made by the compose file's init.
    fn start() -> Option<Self> {
        let secrets = Secrets::new()?;
        let postgres = postgres(&secrets)?;
        let nats = GuardedNats::start(&secrets)?;
        let url = format!(
            "{}&sslmode=verify-full&sslrootcert={}",
            postgres.address(&postgres.fresh_schema()),
            secrets.path().join("ca.crt").display()
        );
        std::fs::write(secrets.path().join("ledger_url"), url).unwrap();
        let text = std::fs::read_to_string(repository().join("docker-compose.yml")).unwrap();
        let file: Value = serde_saphyr::from_str(&text).unwrap();
        let services = file["services"].clone();
        Some(Self { services, secrets, nats, _postgres: postgres })
    }

    /// A program with the environment of a service, its places put where they are here.
    fn command(&self, service: &str, program: &Path) -> Command {
        let mut command = Command::new(program);
        let known = |name: &String| name.starts_with("LINCHPIN_") || name == "RUST_LOG";
        std::env::vars().map(|(name, _)| name).filter(known).for_each(|name| {
            command.env_remove(name);
        });
        let here = |folder: &str| self.secrets.path().join(folder).display().to_string();
        for (name, value) in self.services[service]["environment"].as_object().unwrap() {
            let mut value = value.as_str().unwrap().to_owned();
            if name == "LINCHPIN_NATS" {
                assert_eq!(value, "tls://nats-1:4222,tls://nats-2:4222,tls://nats-3:4222");
                value = self.nats.urls().join(",");
            }
            if let Some((_, rest)) = value.split_once(":-") {
                value = rest.trim_end_matches('}').to_owned();
            }
            if name == "LINCHPIN_LISTEN" {
                // Everywhere, so that tokens are asked for, and on a port of its own.
                value = "0.0.0.0:0".to_owned();
            }
            value = value.replace("/run/secrets", &here(""));
            value = value.replace("/var/lib/linchpin-tokens", &here(""));
            command.env(name, value.replace("/var/lib/linchpin", &here("state")));
        }
        command
    }

    /// Runs the compose file's init, whatever it comes to.
    fn init(&self) -> std::process::Output {
        let folder = binary().parent().unwrap().to_owned();
        let mut path = folder.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let mut init = self.command("init", Path::new("sh"));
        init.arg(deploy("init.sh")).env("PATH", path).output().unwrap()
    }

    /// A process of the compose file. It is ready, or this panics.
    fn process(&self, name: &str) -> Desk {
        let mut command = self.command(name, &binary());
        let words = self.services[name]["command"].as_array().unwrap();
        command.args(words.iter().map(|word| word.as_str().unwrap()));
        let mut desk = Desk::start_with(command);
        desk.address = desk.address.replace("0.0.0.0", "127.0.0.1");
        desk
    }

    /// A new token.
    fn token(&self, role: &str) -> String {
        let mut command = self.command("desk", &binary());
        let made = command.args(["token", "new", "--role", role, "--name", role]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// A plain client of one of the users.
    async fn client(&self, user: &str) -> Plain {
        let (send, refused) = mpsc::channel(64);
        let password = self.secrets.read(&format!("nats_{user}"));
        let options = ConnectOptions::with_user_and_password(user.to_owned(), password)
            .add_root_certificates(self.secrets.path().join("ca.crt"))
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .request_timeout(Some(Duration::from_secs(5)))
            .event_callback(move |event| {
                let send = send.clone();
                async move {
                    if let Event::ServerError(error) = event {
                        let _ = send.try_send(error.to_string());
                    }
                }
            });
        Plain { client: options.connect(self.nats.urls()).await.unwrap(), refused }
    }
}

fn postgres(secrets: &Secrets) -> Option<PostgresServer> {
    PostgresServer::with(|folder| {
        for name in ["postgres.crt", "postgres.key"] {
            std::fs::copy(secrets.path().join(name), folder.join(name)).unwrap();
        }
        let key = folder.join("postgres.key");
        let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&key, only_owner).unwrap();
        vec![
            "ssl=on".to_owned(),
            "ssl_min_protocol_version=TLSv1.3".to_owned(),
            format!("ssl_cert_file={}", folder.join("postgres.crt").display()),
            format!("ssl_key_file={}", key.display()),
        ]
    })
}

struct Plain {
    client: Client,
    refused: mpsc::Receiver<String>,
}

impl Plain {
    /// Publishes, and expects the server to refuse it.
    async fn may_not_publish(&mut self, subject: &str) {
        self.client.publish(subject.to_owned(), "{}".into()).await.unwrap();
        self.client.flush().await.unwrap();
        let said = tokio::time::timeout(PATIENCE, self.refused.recv()).await;
        let said = said.unwrap_or_else(|_| panic!("{subject} was not refused")).unwrap();
        let (said, subject) = (said.to_lowercase(), subject.to_lowercase());
        assert!(said.contains("permissions violation") && said.contains(&subject), "{said}");
    }

    async fn may_not_listen(&mut self, subject: &str) {
        let _held = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.client.flush().await.unwrap();
        let said = tokio::time::timeout(PATIENCE, self.refused.recv()).await;
        let said = said.unwrap_or_else(|_| panic!("{subject} may be listened to")).unwrap();
        assert!(said.to_lowercase().contains("permissions violation"), "{said}");
    }
}

fn ask(desk: &Desk, path: &str, token: &str) -> (u16, String) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent: ureq::Agent = agent.into();
    let request = agent.get(format!("{}{path}", desk.address));
    let mut answer = request.header("authorization", format!("Bearer {token}")).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

fn event(id: &str) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "feeder",
        "type": "linchpin.account.registered",
        "data": { "account": format!("crm:{id}"), "name": format!("Client {id}") },
    })
    .to_string()
}

/// Tries until it comes true.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let all = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, all).await.is_ok(), "{what} never came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_composed_desk_works_and_each_nats_user_may_do_its_own_and_no_more() {
    let Some(deployed) = Deployed::start() else { return };
    for _ in 0..2 {
        let made = deployed.init();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let figures = deployed.secrets.read("prometheus").trim().to_owned();
    let reader = deployed.token("reader");
    let desks = PROCESSES.map(|name| deployed.process(name));
    let query = &desks[4];
    for desk in &desks {
        assert_eq!(ask(desk, "/metrics", "").0, 401);
        let (status, told) = ask(desk, "/metrics", &figures);
        assert_eq!(status, 200);
        assert!(told.contains("linchpin_nats_connected 1"), "{told}");
    }

    // A feeder tells a fact by request and one by the inbox; both reach the pages.
    let feeder = deployed.client("feeder").await;
    let answer = feeder.client.request("linchpin.ingest", event("1").into()).await.unwrap();
    let status = answer.headers.as_ref().and_then(|headers| headers.get("Linchpin-Status"));
    assert_eq!(status.map(|status| status.as_str()), Some("201"), "{answer:?}");
    let inbox = jetstream::new(feeder.client.clone());
    inbox.publish("linchpin.inbox", event("2").into()).await.unwrap().await.unwrap();
    until("both facts", async || {
        let (status, accounts) = ask(query, "/v1/accounts", &reader);
        status == 200 && accounts.contains("Client 1") && accounts.contains("Client 2")
    })
    .await;

    // The relay has mirrored them, and the feeds of three processes listen there.
    let admin = jetstream::new(deployed.client("admin").await.client);
    until("the feeds", async || {
        let stream = admin.get_stream("LINCHPIN").await;
        stream.is_ok_and(|s| s.cached_info().state.consumer_count >= 3)
    })
    .await;
    let last = admin.get_stream("LINCHPIN").await.unwrap().cached_info().state.last_sequence;
    follows(&deployed, last).await;
    refusals(&deployed).await;
    replies_lead_nowhere(&deployed, &admin).await;
    for desk in desks {
        assert!(desk.stop());
    }
}

/// Another program's consumer reads every entry, under the prefix it is given.
async fn follows(deployed: &Deployed, last: u64) {
    let consumer = deployed.client("consumer").await.client;
    let context = jetstream::with_prefix(consumer, "linchpin.js");
    let stream = context.get_stream("LINCHPIN").await.unwrap();
    let config = jetstream::consumer::pull::Config {
        ack_policy: jetstream::consumer::AckPolicy::None,
        inactive_threshold: Duration::from_secs(30),
        ..Default::default()
    };
    let follower = stream.create_consumer(config).await.unwrap();
    let mut seen = Vec::new();
    until("every entry", async || {
        use futures::StreamExt;
        let mut batch = follower.fetch().max_messages(100).messages().await.unwrap();
        while let Some(Ok(message)) = batch.next().await {
            seen.push(message.info().unwrap().stream_sequence);
        }
        seen.last().is_some_and(|sequence| *sequence >= last)
    })
    .await;
    assert!(seen.iter().copied().eq(1..=*seen.last().unwrap()), "{seen:?}");
}

async fn refusals(deployed: &Deployed) {
    for (user, subjects) in [
        ("relay", &["linchpin.inbox", "linchpin.ingest", "$JS.API.STREAM.DELETE.LINCHPIN"][..]),
        ("relay", &["$JS.API.STREAM.PURGE.LINCHPIN", "$JS.API.STREAM.CREATE.OTHER"]),
        ("relay", &["$JS.API.STREAM.UPDATE.LINCHPIN", "_INBOX_desk.x"]),
        ("desk", &["linchpin.entry.fact.x", "linchpin.inbox", "$JS.API.STREAM.PURGE.LINCHPIN"]),
        ("desk", &["$JS.API.STREAM.UPDATE.LINCHPIN", "$JS.API.CONSUMER.CREATE.LINCHPIN_INBOX.x"]),
        ("ingest", &["linchpin.entry.fact.x", "$JS.API.STREAM.UPDATE.LINCHPIN"]),
        ("ingest", &["$JS.API.STREAM.DELETE.LINCHPIN_INBOX", "$JS.API.STREAM.CREATE.LINCHPIN"]),
        ("ingest", &["$JS.API.STREAM.UPDATE.LINCHPIN_INBOX", "_INBOX_relay.x", "_INBOX.x"]),
        ("feeder", &["linchpin.entry.fact.x", "$JS.API.STREAM.INFO.LINCHPIN_INBOX"]),
        ("consumer", &["linchpin.entry.fact.x", "linchpin.inbox", "linchpin.ingest"]),
        ("consumer", &["linchpin.js.STREAM.PURGE.LINCHPIN", "$JS.API.STREAM.INFO.LINCHPIN"]),
    ] {
        let mut client = deployed.client(user).await;
        for subject in subjects {
            client.may_not_publish(subject).await;
        }
    }
    for (user, subject) in [
        ("feeder", "linchpin.entry.>"),
        ("feeder", ">"),
        ("consumer", "linchpin.inbox"),
        ("desk", "linchpin.ingest"),
    ] {
        deployed.client(user).await.may_not_listen(subject).await;
    }
    // None hears what another is answered.
    let users = ["relay", "desk", "ingest", "feeder", "consumer"];
    for user in users {
        let mut client = deployed.client(user).await;
        for subject in ["_INBOX.>", "*.>", "_R_.>"] {
            client.may_not_listen(subject).await;
        }
        for other in users.iter().filter(|other| **other != user) {
            client.may_not_listen(&format!("_INBOX_{other}.>")).await;
        }
    }
}

/// Who stands in an account of its own cannot have a server or the desk write an entry for it by
/// naming the entries as where the answer is to go.
async fn replies_lead_nowhere(deployed: &Deployed, admin: &jetstream::Context) {
    let count =
        async || admin.get_stream("LINCHPIN").await.unwrap().cached_info().state.last_sequence;
    let before = count().await;
    let (feeder, consumer) = (deployed.client("feeder").await, deployed.client("consumer").await);
    let evil = "linchpin.entry.fact.evil";
    for (client, subject) in [
        (&feeder.client, "linchpin.inbox"),
        (&feeder.client, "linchpin.ingest"),
        (&consumer.client, "linchpin.js.STREAM.INFO.LINCHPIN"),
    ] {
        let headers = HeaderMap::new();
        let sent = client.publish_with_reply_and_headers(subject, evil, headers, "no event".into());
        sent.await.unwrap();
        client.flush().await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let stream = admin.get_stream("LINCHPIN").await.unwrap();
    let found = stream.get_last_raw_message_by_subject(evil).await;
    assert!(found.is_err(), "an outsider wrote {found:?}");
    assert!(count().await >= before);
}
