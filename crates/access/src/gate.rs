//! The gate around every route of a process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use linchpin_ledger::Tokens;
use linchpin_problem::Problem;

use crate::credentials::{self, BadCredentials};
use crate::guesses::Guesses;
use crate::keeper::{Away, Keeper};
use crate::linger;
use crate::listen::Lock;
use crate::need::{Need, is_safe};
use crate::serve::Peer;
use crate::site;
use crate::token::Token;

/// Seconds after which to ask again while tokens cannot be checked.
const AWAY: u32 = 2;

/// How a browser is asked for the token, and how a program is. Browsers ask for a name and a
/// password; the token is the password.
const CHALLENGES: [&str; 2] = [
    "Bearer realm=\"Linchpin\"",
    "Basic realm=\"Linchpin: the token is the password\", charset=\"UTF-8\"",
];

/// Decides who is let in. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    keeper: Keeper,
    guesses: Guesses,
    /// Whether only this machine can reach the desk.
    loopback: bool,
}

impl Gate {
    /// A gate with a lock to which a ledger's tokens are the keys. Also where none is asked for,
    /// one that is given must be good.
    pub fn new(tokens: Tokens, lock: Lock) -> Self {
        let (keeper, guesses) = (Keeper::new(tokens), Guesses::default());
        Self(Arc::new(Inner { keeper, guesses, loopback: lock == Lock::Loopback }))
    }

    /// Puts the gate around routes: all that are added to them later stand outside. Its answers
    /// are problem documents; who draws those as pages, or adds headers, stands around it.
    pub fn guard(&self, routes: Router) -> Router {
        routes.layer(from_fn_with_state(self.clone(), pass))
    }

    /// The request with its holder's name, ready for the routes.
    async fn admit(&self, mut request: Request, need: Need) -> Result<Admitted, Refusal> {
        let given = credentials::take(request.headers_mut());
        let Some(given) = given else {
            let handed_on = site::is_handed_on(request.headers());
            let free = self.0.loopback && !handed_on;
            return match need {
                _ if free => Ok(Admitted { request, bare: false, hash: None }),
                Need::Life | Need::Health => Ok(Admitted { request, bare: true, hash: None }),
                Need::Nothing => Ok(Admitted { request, bare: false, hash: None }),
                Need::AnyToken | Need::Read | Need::Tell | Need::Act => {
                    Err(Refusal::NoToken { handed_on: self.0.loopback })
                }
            };
        };
        let from = request.extensions().get::<Peer>();
        let from = from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| address.ip());
        let hash = self.hash_of(given, from)?;
        let Some(caller) = self.0.keeper.caller(hash).await? else {
            self.0.guesses.missed(from);
            return Err(Refusal::NotInForce);
        };
        if !need.allows(caller.role) {
            return Err(Refusal::Role(need));
        }
        self.0.keeper.used(&hash);
        request.extensions_mut().insert(caller);
        Ok(Admitted { request, bare: false, hash: Some(hash) })
    }

    /// The hash of what was given, unless its sender has guessed too often and it is new to us.
    fn hash_of(
        &self,
        given: Result<Token, BadCredentials>,
        from: IpAddr,
    ) -> Result<[u8; 32], Refusal> {
        let hash = given.as_ref().ok().map(Token::hash);
        let known = hash.is_some_and(|hash| self.0.keeper.knows(&hash));
        if let Some(seconds) = self.0.guesses.wait(from).filter(|_| !known) {
            return Err(Refusal::TooMany(seconds));
        }
        given.map(|token| token.hash()).map_err(|error| {
            self.0.guesses.missed(from);
            Refusal::Bad(error)
        })
    }
}

/// A request that may go on.
struct Admitted {
    request: Request,
    /// Whether its answer loses its body.
    bare: bool,
    hash: Option<[u8; 32]>,
}

/// Why a request may not.
enum Refusal {
    NoToken { handed_on: bool },
    Bad(BadCredentials),
    NotInForce,
    Role(Need),
    TooMany(u32),
    Away(Away),
}

impl From<Away> for Refusal {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    if gate.0.loopback && !site::by_own_name(headers, uri) {
        return other_name().into_response();
    }
    if !is_safe(request.method()) && !site::comes_from_here(headers, uri) {
        let detail = "only the desk's own pages may do this: open the desk and repeat it there";
        return Problem::forbidden(detail).into_response();
    }
    let need = Need::of(request.method(), uri.path());
    if need == Need::Life {
        let mut request = request;
        request.headers_mut().remove(header::AUTHORIZATION);
        let tells = gate.0.loopback;
        let answer = next.run(request).await;
        return if tells { answer } else { bare(answer) };
    }
    let from = request.extensions().get::<Peer>().map(|Peer(address)| *address);
    match gate.admit(request, need).await {
        Ok(admitted) => {
            let Admitted { request, bare: nothing, hash } = admitted;
            let answer = match hash {
                Some(hash) => linger::watched(&gate, hash, request, next).await,
                None => next.run(request).await,
            };
            if nothing { bare(answer) } else { answer }
        }
        Err(refusal) => refusal.told(from),
    }
}

impl Gate {
    /// Returns once a token is no longer in force.
    pub(crate) async fn gone(self, hash: [u8; 32]) {
        self.0.keeper.gone(hash).await;
    }
}

impl Refusal {
    /// The answer, and a line in the log and the figures: never with what was given.
    fn told(self, from: Option<SocketAddr>) -> Response {
        let (reason, problem) = self.problem();
        let from = from.map(|from| from.ip().to_string()).unwrap_or_default();
        if reason != "none" {
            tracing::info!(reason, from, detail = problem.detail, "a request was turned away");
        }
        metrics::counter!("linchpin_access_refused_total", "reason" => reason).increment(1);
        let asks = problem.status_code() == StatusCode::UNAUTHORIZED;
        let mut answer = problem.into_response();
        if asks {
            for challenge in CHALLENGES {
                let challenge = HeaderValue::from_static(challenge);
                answer.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
            }
        }
        answer
    }

    fn problem(self) -> (&'static str, Problem) {
        let unauthorized = |detail: String| {
            let kind = "urn:linchpin:problem:token";
            Problem::new(StatusCode::UNAUTHORIZED, kind, "a token is needed", detail)
        };
        match self {
            Self::NoToken { handed_on } => {
                let through =
                    if handed_on { "this request came through a proxy, and so " } else { "" };
                let detail = format!(
                    "{through}needs a token: send `Authorization: Bearer TOKEN`, or in a browser \
                     give the token as the password, with any user name"
                );
                ("none", unauthorized(detail))
            }
            Self::Bad(error) => ("unreadable", unauthorized(error.to_string())),
            Self::NotInForce => {
                let detail = "the token is unknown or was revoked: ask whoever runs the desk for \
                              another (`linchpin token new`)";
                ("unknown", unauthorized(detail.to_owned()))
            }
            Self::Role(need) => {
                let kind = "urn:linchpin:problem:role";
                let detail = format!("this needs a token with {}", need.roles());
                let title = "the token does not reach so far";
                ("role", Problem::new(StatusCode::FORBIDDEN, kind, title, detail))
            }
            Self::TooMany(seconds) => {
                let kind = "urn:linchpin:problem:too-many-guesses";
                let title = "too many wrong tokens";
                let detail = "too many wrong tokens came from this address: wait a moment";
                let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, kind, title, detail);
                ("guesses", problem.after(seconds))
            }
            Self::Away(away) => ("away", Problem::later(AWAY, away.to_string())),
        }
    }
}

fn other_name() -> Problem {
    let title = "the desk does not answer to this name";
    let detail = "the desk listens on this machine only: use http://localhost or http://127.0.0.1";
    let kind = "urn:linchpin:problem:other-name";
    Problem::new(StatusCode::MISDIRECTED_REQUEST, kind, title, detail)
}

/// The status alone, and when to come back: enough for whoever starts and stops processes.
fn bare(answer: Response) -> Response {
    const KEPT: HeaderName = header::RETRY_AFTER;
    let word = if answer.status().is_success() { "ok\n" } else { "not ready\n" };
    let mut told = (answer.status(), Body::from(word)).into_response();
    let head = told.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(after) = answer.headers().get(KEPT) {
        head.insert(KEPT, after.clone());
    }
    told
}
