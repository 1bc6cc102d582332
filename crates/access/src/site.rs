//! Where a request comes from: nobody from another site, and nobody who reached the desk by a
//! borrowed name.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

/// Headers by which a proxy says that it hands on somebody else's request.
const HANDED_ON: [&str; 5] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Whether a request comes from the desk's own pages. Programs send neither of the headers by
/// which browsers say where a request comes from, and pass.
pub(crate) fn comes_from_here(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(host) = host_of(headers, uri) else { return false };
    let origin = origin.to_str().unwrap_or("null");
    let plain = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    plain.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Whether the desk was reached by one of the machine's own names. A web page cannot set the Host
/// header, so a name of its own that it made to point here is seen.
pub(crate) fn by_own_name(headers: &HeaderMap, uri: &Uri) -> bool {
    host_of(headers, uri).is_some_and(is_local)
}

/// Whether a proxy handed it on, so that it may come from anywhere.
pub(crate) fn is_handed_on(headers: &HeaderMap) -> bool {
    HANDED_ON.iter().any(|name| headers.contains_key(*name))
}

/// The name by which the desk was reached, with the port where one is given.
fn host_of<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let mut named = headers.get_all(header::HOST).iter();
    match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(|authority| authority.as_str()),
        (Some(_), Some(_)) => None,
    }
}

fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if port.is_empty() || is_port(port) => name,
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
            Some(_) => return false,
            None => host,
        },
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_machines_own_names_are_local() {
        for host in
            ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080"]
        {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "0.0.0.0",
            "[::1].example.com",
            "[::1",
            "localhost:80@example.com",
            "localhost:80:80",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
