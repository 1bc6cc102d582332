//! What a request needs its sender to be.

use axum::http::Method;

use crate::role::Role;

/// What a request needs its sender to be. What no rule names is read or changed like the rest of
/// the desk, so a new route is closed until somebody opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Whether the process lives: nobody is asked anything, also while the tokens cannot be read.
    Life,
    /// Whether it is ready: a stranger learns yes or no.
    Health,
    /// The files of the pages: they are in the source for everyone to see.
    Nothing,
    /// The descriptions of the doors, and how a page looks.
    AnyToken,
    /// What the desk knows, and its figures.
    Read,
    /// To tell facts.
    Tell,
    /// To act in the desk's name.
    Act,
}

impl Need {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let reads = is_safe(method);
        match path {
            "/livez" if reads => Self::Life,
            "/readyz" if reads => Self::Health,
            "/openapi.json" | "/asyncapi.json" if reads => Self::AnyToken,
            "/theme" if method == Method::POST => Self::AnyToken,
            // A policy is tried, and nothing is changed by it: what it says is too long for an
            // address.
            "/v1/policy/trial" | "/v1/policy/sweep" | "/policy/try" if method == Method::POST => {
                Self::Read
            }
            "/v1/events" if method == Method::POST => Self::Tell,
            _ if reads && is_asset(path) => Self::Nothing,
            _ if reads => Self::Read,
            _ => Self::Act,
        }
    }

    pub(crate) fn allows(self, role: Role) -> bool {
        match self {
            Self::Life | Self::Health | Self::Nothing | Self::AnyToken => true,
            Self::Read => matches!(role, Role::Reader | Role::Operator),
            Self::Tell => matches!(role, Role::Writer | Role::Operator),
            Self::Act => role == Role::Operator,
        }
    }

    /// The roles that may, in words.
    pub(crate) fn roles(self) -> &'static str {
        match self {
            Self::Life | Self::Health | Self::Nothing | Self::AnyToken => "any role",
            Self::Read => "the role reader or operator",
            Self::Tell => "the role writer or operator",
            Self::Act => "the role operator",
        }
    }
}

/// Whether a method asks for nothing to be changed.
pub(crate) fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn is_asset(path: &str) -> bool {
    path.strip_prefix("/assets/").is_some_and(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_needs_what_it_does() {
        let cases = [
            ("GET", "/livez", Need::Life),
            ("HEAD", "/livez", Need::Life),
            ("POST", "/livez", Need::Act),
            ("GET", "/readyz", Need::Health),
            ("GET", "/assets/style.css", Need::Nothing),
            ("POST", "/assets/style.css", Need::Act),
            ("GET", "/assets/../v1/accounts", Need::Read),
            ("GET", "/assets", Need::Read),
            ("GET", "/openapi.json", Need::AnyToken),
            ("GET", "/asyncapi.json", Need::AnyToken),
            ("POST", "/theme", Need::AnyToken),
            ("GET", "/", Need::Read),
            ("GET", "/metrics", Need::Read),
            ("HEAD", "/v1/accounts", Need::Read),
            ("GET", "/v1/stream", Need::Read),
            ("GET", "/v1/events", Need::Read),
            ("OPTIONS", "/v1/events", Need::Read),
            ("POST", "/v1/events", Need::Tell),
            ("POST", "/v1/events/", Need::Act),
            ("POST", "//v1/events", Need::Act),
            ("PUT", "/v1/events", Need::Act),
            ("POST", "/v1/policy/trial", Need::Read),
            ("POST", "/v1/policy/sweep", Need::Read),
            ("POST", "/policy/try", Need::Read),
            ("POST", "/v1/alerts/1/acknowledge", Need::Act),
            ("DELETE", "/", Need::Act),
            ("TRACE", "/", Need::Act),
            ("get", "/", Need::Act),
        ];
        for (method, path, need) in cases {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(Need::of(&method, path), need, "{method} {path}");
        }
    }

    #[test]
    fn roles_reach_as_far_as_their_names_say() {
        let may = |need: Need| Role::ALL.map(|role| need.allows(role));
        assert_eq!(may(Need::AnyToken), [true, true, true]);
        assert_eq!(may(Need::Read), [true, false, true]);
        assert_eq!(may(Need::Tell), [false, true, true]);
        assert_eq!(may(Need::Act), [false, false, true]);
    }
}
