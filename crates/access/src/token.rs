//! Tokens: what they look like, and what is kept of them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How every token begins, so that scanners for leaked secrets find it.
const PREFIX: &str = "lpt_";
/// Random bytes of a token.
const SECRET: usize = 32;
/// Bytes of its checksum. With them it is 48 letters behind the prefix, without padding.
const CHECKSUM: usize = 4;
/// Letters of a whole token.
const LENGTH: usize = PREFIX.len() + (SECRET + CHECKSUM) / 3 * 4;

/// A secret by which a program or a person is let in: `lpt_` and 48 letters of base64url, which
/// are 256 random bits and a checksum over them. Nothing prints it but [`Token::reveal`].
///
/// The ledger keeps its SHA-256. A slow hash protects secrets that people think up; 256 random
/// bits cannot be guessed from a fast one either. It is found by that hash, so nothing compares
/// secrets letter by letter.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

/// Why a text is no token. It never quotes the text, for it may be most of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Something else altogether.
    #[error("this is no token of the desk: one begins with `{PREFIX}`")]
    NotOne,
    /// Too short or too long.
    #[error("the token has {0} letters instead of {LENGTH}: copy it whole, and nothing beside it")]
    Length(usize),
    /// The checksum does not hold.
    #[error("the token is mistyped, its checksum does not hold: copy it again")]
    Mistyped,
}

impl Token {
    /// A new one from the machine's source of randomness.
    ///
    /// # Errors
    /// Where that source fails.
    pub fn random() -> Result<Self, std::io::Error> {
        let mut bytes = Zeroizing::new([0; SECRET + CHECKSUM]);
        getrandom::fill(&mut bytes[..SECRET]).map_err(std::io::Error::from)?;
        let checksum = checksum(&bytes[..SECRET]);
        bytes[SECRET..].copy_from_slice(&checksum);
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&bytes[..], &mut text);
        Ok(Self(text))
    }

    /// Reads one, blanks around it left aside.
    ///
    /// # Errors
    /// Where it is none, or was not copied whole.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let text = text.trim();
        let letters = text.strip_prefix(PREFIX).ok_or(BadToken::NotOne)?;
        if text.len() != LENGTH {
            return Err(BadToken::Length(text.chars().count()));
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(letters).unwrap_or_default());
        let (secret, sum) = bytes.split_at_checked(SECRET).ok_or(BadToken::Mistyped)?;
        if sum != checksum(secret) {
            return Err(BadToken::Mistyped);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The hash under which the ledger keeps it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The secret itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Tells slips of the pen; it is no part of the secret.
fn checksum(secret: &[u8]) -> [u8; CHECKSUM] {
    let sum = Sha256::new().chain_update("linchpin token").chain_update(secret).finalize();
    [sum[0], sum[1], sum[2], sum[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_keeps_its_hash() {
        let token = Token::random().unwrap();
        let text = token.reveal();
        assert_eq!(text.len(), 52);
        assert!(text[4..].bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
        let read = Token::parse(&format!(" {text}\n")).unwrap();
        assert_eq!(read.hash(), token.hash());
        assert_ne!(Token::random().unwrap().reveal(), text);
        assert_eq!(format!("{token:?}"), "Token");
    }

    #[test]
    fn the_format_stands_for_ever() {
        let token = Token::parse("lpt_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-OuqQx");
        assert_eq!(token.map(|token| token.hash()[..4].to_vec()), Ok(vec![30, 123, 21, 185]));
    }

    #[test]
    fn slips_are_told_apart_and_never_quoted() {
        let token = Token::random().unwrap();
        let text = token.reveal();
        let other = if text.ends_with('A') { "B" } else { "A" };
        let cases = [
            (text[..40].to_owned(), BadToken::Length(40)),
            (format!("{text}x"), BadToken::Length(53)),
            (format!("{}{other}", &text[..51]), BadToken::Mistyped),
            (format!("lpt_{}", "!".repeat(48)), BadToken::Mistyped),
            (format!("lpt_{}", "é".repeat(24)), BadToken::Mistyped),
            (String::new(), BadToken::NotOne),
            ("Bearer".to_owned(), BadToken::NotOne),
            (text.replacen("lpt_", "lpt-", 1), BadToken::NotOne),
        ];
        for (text, expected) in cases {
            let bad = Token::parse(&text).unwrap_err();
            assert_eq!(bad, expected, "{text}");
            assert!(text.len() < 20 || !bad.to_string().contains(&text[4..20]));
        }
    }
}
