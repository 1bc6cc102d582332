//! Who is let in, and which servers are good enough.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use linchpin_bus::nats::{Credentials, Nats, NatsError, Settings, State, Tls};
use linchpin_testkit::NatsServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::rig::eventually;

fn settings(servers: &[String]) -> Settings {
    let patience = Duration::from_secs(2);
    Settings { servers: servers.to_vec(), patience, ..Settings::default() }
}

/// Something that greets as a nats-server does and keeps up a connection.
async fn greeter(version: &str, jetstream: bool) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let info = format!(
        "INFO {{\"server_id\":\"X\",\"server_name\":\"old\",\"version\":\"{version}\",\
         \"headers\":true,\"proto\":1,\"max_payload\":1048576,\"jetstream\":{jetstream}}}\r\n"
    );
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(info.as_bytes()).await.unwrap();
            tokio::spawn(async move {
                let mut heard = vec![0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut heard).await {
                    if heard[..length].windows(4).any(|word| word == b"PING") {
                        stream.write_all(b"PONG\r\n").await.unwrap();
                    }
                }
            });
        }
    });
    (url, task)
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_with_its_version() {
    let (url, _greeter) = greeter("2.9.10", true).await;
    let refused = Nats::connect(settings(&[url])).await.unwrap_err();
    let NatsError::TooOld { server, found } = &refused else { panic!("{refused}") };
    assert_eq!((server.as_str(), found.as_str()), ("old", "2.9.10"));
    assert!(refused.to_string().contains("2.10.0 or newer is needed"), "{refused}");
}

#[tokio::test]
async fn a_server_without_streams_is_refused() {
    let (url, _greeter) = greeter("2.15.1", false).await;
    let refused = Nats::connect(settings(&[url])).await.unwrap_err();
    assert!(matches!(refused, NatsError::NoJetStream { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_too_old_is_not_used_after_a_reconnection_either() {
    let Some(mut server) = NatsServer::single() else { return };
    let (old, greeter) = greeter("2.9.10", true).await;
    let nats = Nats::connect(settings(&[server.url()])).await.unwrap();
    // The servers of a cluster make each other known; this one takes over.
    nats.client().set_server_pool([server.url(), old].as_slice()).await.unwrap();
    server.kill();
    let too_old = || matches!(nats.state(), State::TooOld { .. });
    eventually("the old server", async || too_old()).await;
    let refused = nats.inbox().await.unwrap_err();
    assert!(matches!(refused, NatsError::TooOld { .. }), "{refused}");
    server.start();
    eventually("the new server", async || nats.inbox().await.is_ok()).await;
    greeter.abort();
}

#[tokio::test]
async fn a_server_that_is_away_is_said_to_be() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("nats://me:geheim@{gone}");
    let patience = Duration::from_millis(300);
    let away = Nats::connect(Settings { patience, ..settings(&[url]) }).await.unwrap_err();
    assert!(matches!(away, NatsError::Away { .. }), "{away}");
    assert!(away.is_passing() && !away.to_string().contains("geheim"), "{away}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_late_is_waited_for() {
    let Some(mut server) = NatsServer::single() else { return };
    server.stop();
    let patience = Duration::from_secs(20);
    let connecting =
        tokio::spawn(Nats::connect(Settings { patience, ..settings(&[server.url()]) }));
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.start();
    let nats = connecting.await.unwrap().unwrap();
    assert!(matches!(nats.state(), State::Connected { .. }));
    server.kill();
    eventually("away", async || matches!(nats.state(), State::Away { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_knows_the_password_or_the_token_is_let_in() {
    let Some(by_name) = NatsServer::with("authorization { user: desk, password: geheim }") else {
        return;
    };
    let with = |password: &str| Settings {
        credentials: Credentials::Password {
            user: "desk".to_owned(),
            password: password.to_owned(),
        },
        ..settings(&[by_name.url()])
    };
    Nats::connect(with("geheim")).await.unwrap().inbox().await.unwrap();
    let refused = Nats::connect(with("falsch")).await.unwrap_err();
    assert!(matches!(refused, NatsError::Refused { .. }), "{refused}");
    assert!(!refused.to_string().contains("falsch"), "{refused}");
    assert!(Nats::connect(settings(&[by_name.url()])).await.is_err());

    let by_token = NatsServer::with("authorization { token: geheim }").unwrap();
    let with = |token: &str| Settings {
        credentials: Credentials::Token(token.to_owned()),
        ..settings(&[by_token.url()])
    };
    Nats::connect(with("geheim")).await.unwrap();
    assert!(matches!(Nats::connect(with("falsch")).await.unwrap_err(), NatsError::Refused { .. }));
}

#[tokio::test]
async fn a_credentials_file_that_is_missing_is_named() {
    let missing = Credentials::File(PathBuf::from("no-such.creds"));
    let url = "nats://127.0.0.1:4222".to_owned();
    let refused = Nats::connect(Settings { credentials: missing, ..settings(&[url]) }).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("`credentials`") && refused.contains("no-such.creds"), "{refused}");
}

/// An authority, and a certificate it has signed, for both ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_late_is_still_found() {
    let Some(mut server) = NatsServer::single() else { return };
    server.stop();
    let asked = Settings { patience: Duration::ZERO, ..settings(&[server.url()]) };
    let refused = Nats::connect(asked.clone()).await.unwrap_err();
    assert!(matches!(refused, NatsError::Away { .. }), "{refused}");
    let nats = Nats::connect_in_time(asked).await.unwrap();
    assert!(matches!(nats.state(), State::Away { .. }), "{:?}", nats.state());
    let error = nats.inbox().await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    server.start();
    eventually("the connection", async || matches!(nats.state(), State::Connected { .. })).await;
    nats.inbox().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_too_old_is_not_waited_for() {
    let (url, _greeter) = greeter("2.9.10", true).await;
    let refused = Nats::connect_in_time(settings(&[url])).await.unwrap_err();
    assert!(matches!(refused, NatsError::TooOld { .. }), "{refused}");
}

fn certificates(dir: &Path) {
    let openssl = |line: &str| {
        let done = Command::new("openssl").args(line.split(' ')).current_dir(dir).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    std::fs::write(dir.join("ext"), "subjectAltName=IP:127.0.0.1").unwrap();
    let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("{new} -x509 -days 2 -subj /CN=ca -keyout ca.key -out ca.pem"));
    openssl(&format!("{new} -subj /CN=desk -keyout desk.key -out desk.csr"));
    openssl("x509 -req -in desk.csr -CA ca.pem -CAkey ca.key -days 2 -extfile ext -out desk.pem");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_connection_checks_both_ends() {
    if linchpin_testkit::nats_server().is_none() {
        return;
    }
    if Command::new("openssl").arg("version").output().is_err() {
        linchpin_testkit::skip("no openssl to make certificates with");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let of = |name: &str| dir.path().join(name);
    let server = NatsServer::with(&format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
        of("desk.pem").display(),
        of("desk.key").display(),
        of("ca.pem").display(),
    ))
    .unwrap();
    let with = |tls| Settings { tls, ..settings(&[server.url()]) };
    let certificate = Some((of("desk.pem"), of("desk.key")));
    let whole = Tls { required: true, ca: Some(of("ca.pem")), certificate: certificate.clone() };
    Nats::connect(with(whole)).await.unwrap().inbox().await.unwrap();
    let unknown = Tls { required: true, ca: None, certificate };
    assert!(Nats::connect(with(unknown)).await.is_err());
    let nameless = Tls { required: true, ca: Some(of("ca.pem")), certificate: None };
    assert!(Nats::connect(with(nameless)).await.is_err());
}
