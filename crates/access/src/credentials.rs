//! The token in a request's headers.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::token::{BadToken, Token};

/// Why the credentials of a request are none. It never quotes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadCredentials {
    #[error("send one Authorization header, not several")]
    Several,
    #[error(
        "the Authorization header is neither `Bearer TOKEN` nor Basic with the token as the password"
    )]
    Scheme,
    #[error(transparent)]
    Token(#[from] BadToken),
}

/// Takes the token out of the headers, so that nothing behind can log it. A bearer token, or for
/// browsers the password of Basic, whose user name may be anything.
pub(crate) fn take(headers: &mut HeaderMap) -> Option<Result<Token, BadCredentials>> {
    let several = headers.get_all(header::AUTHORIZATION).iter().count() > 1;
    let given = headers.remove(header::AUTHORIZATION)?;
    if several {
        return Some(Err(BadCredentials::Several));
    }
    Some(read(given.as_bytes()))
}

fn read(given: &[u8]) -> Result<Token, BadCredentials> {
    let given = std::str::from_utf8(given).map_err(|_| BadCredentials::Scheme)?;
    let (scheme, rest) = given.trim().split_once(' ').ok_or(BadCredentials::Scheme)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Token::parse(rest)?);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(BadCredentials::Scheme);
    }
    let pair = STANDARD.decode(rest.trim()).map_err(|_| BadCredentials::Scheme)?;
    let pair = Zeroizing::new(String::from_utf8(pair).map_err(|_| BadCredentials::Scheme)?);
    let (_, password) = pair.split_once(':').ok_or(BadCredentials::Scheme)?;
    Ok(Token::parse(password)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(values: &[String]) -> Option<Result<[u8; 32], BadCredentials>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        let taken = take(&mut headers).map(|taken| taken.map(|token| token.hash()));
        assert!(headers.is_empty(), "nothing is left to log");
        taken
    }

    #[test]
    fn a_token_comes_as_a_bearer_or_as_a_password() {
        let token = Token::random().unwrap();
        let text = token.reveal();
        let basic = |user: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{text}")));
        let good = [format!("Bearer {text}"), format!("bearer  {text} "), basic(""), basic("anna")];
        for given in good {
            assert_eq!(taken(&[given]), Some(Ok(token.hash())));
        }
        assert_eq!(taken(&[]), None);
    }

    #[test]
    fn anything_else_is_not_passed_over() {
        let token = Token::random().unwrap();
        let text = token.reveal().to_owned();
        let bearer = format!("Bearer {text}");
        assert_eq!(taken(&[bearer.clone(), bearer]), Some(Err(BadCredentials::Several)));
        let scheme = [
            text.clone(),
            format!("Token {text}"),
            "Bearer".to_owned(),
            "Basic ????".to_owned(),
            format!("Basic {}", STANDARD.encode(&text)),
            format!("Basic {}", STANDARD.encode([0xff, b':'])),
        ];
        for given in scheme {
            assert_eq!(taken(&[given]), Some(Err(BadCredentials::Scheme)));
        }
        let short = Some(Err(BadCredentials::Token(BadToken::Length(40))));
        assert_eq!(taken(&[format!("Bearer {}", &text[..40])]), short);
    }
}
