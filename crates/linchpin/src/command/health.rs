//! `linchpin health`: what a container's engine or a script asks, without a tool of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use eyre::{Context, bail};

use crate::config::Config;
use crate::process::Process;

/// How long the process may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// Most of an answer that is told on, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// Asks whether a process on this machine is ready.
pub(crate) fn run(config: &Config, url: Option<&str>) -> eyre::Result<ExitCode> {
    let url = match url {
        Some(url) => asked(url),
        None => format!("http://{}/readyz", reached(config.listen(Process::Serve)?)),
    };
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let agent: ureq::Agent = agent.build().into();
    let mut answer = agent.get(&url).call().wrap_err_with(|| format!("{url} does not answer"))?;
    let status = answer.status();
    let said = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
    let said = said.unwrap_or_default();
    if !status.is_success() {
        bail!("{url} says {}: {}", status.as_u16(), said.trim());
    }
    crate::say::line(format!("{url} says {}", status.as_u16()));
    Ok(ExitCode::SUCCESS)
}

/// What is asked: a process alone is asked whether it is ready.
fn asked(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    match host.contains(['/', '?']) {
        true => url.to_owned(),
        false => format!("{}/readyz", url.trim_end_matches('/')),
    }
}

/// The address by which a process is reached from its own machine.
fn reached(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::{asked, reached};

    #[test]
    fn an_address_without_a_path_is_asked_whether_it_is_ready() {
        for alone in ["http://127.0.0.1:7403", "http://127.0.0.1:7403/"] {
            assert_eq!(asked(alone), "http://127.0.0.1:7403/readyz");
        }
        assert_eq!(asked("http://127.0.0.1:7403/livez"), "http://127.0.0.1:7403/livez");
    }

    #[test]
    fn a_process_that_listens_everywhere_is_asked_on_loopback() {
        let asked = |listen: &str| reached(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:7401"), "127.0.0.1:7401");
        assert_eq!(asked("[::]:7401"), "[::1]:7401");
        assert_eq!(asked("10.1.2.3:7400"), "10.1.2.3:7400");
    }
}
