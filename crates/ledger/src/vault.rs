//! Personal data, sealed under one key per person. Who destroys the key erases the person, and
//! every hash and proof over the stored bytes stays valid.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroize;

use crate::engine::StoredKey;
use crate::error::StorageError;

/// How a blob is sealed, as its first byte: a second way would get the next number.
const SEALED_V1: u8 = 1;
/// Most keys held in memory. At about 100 bytes each that is 10 MB.
const MAX_CACHED: usize = 100_000;

/// One person's key. It never reaches a log and is wiped when dropped.
pub(crate) struct PersonKey {
    key: [u8; 32],
    commitment: [u8; 32],
}

impl Drop for PersonKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// What the vault has for a person.
#[derive(Clone)]
pub(crate) enum KeyState {
    Key(Arc<PersonKey>),
    /// The key was destroyed; there will be no other.
    Erased,
}

impl PersonKey {
    /// A new key from the machine's randomness.
    pub(crate) fn generate() -> Result<Self, StorageError> {
        let mut key = [0; 32];
        random(&mut key)?;
        Ok(Self::from(key))
    }

    pub(crate) fn stored(&self, person: Uuid) -> StoredKey {
        StoredKey { person, key: Some(self.key), commitment: self.commitment }
    }

    /// Seals under the entry's id: the same input gives the same bytes, and a blob moved to
    /// another entry does not open.
    pub(crate) fn seal(&self, entry: EntryId, private: &Private) -> Result<Private, StorageError> {
        let failed = || StorageError::Other("personal data could not be sealed".to_owned());
        let mut plain = serde_json::to_vec(private).map_err(|_| failed())?;
        let payload = Payload { msg: &plain, aad: entry.0.as_bytes() };
        let sealed = self.cipher().encrypt(&self.nonce(entry), payload).map_err(|_| failed())?;
        plain.zeroize();
        let mut blob = Vec::with_capacity(33 + sealed.len());
        blob.push(SEALED_V1);
        blob.extend_from_slice(&self.commitment);
        blob.extend_from_slice(&sealed);
        Ok(Private { sealed: Some(BASE64.encode(blob)), ..Private::default() })
    }

    /// Opens what [`PersonKey::seal`] made.
    pub(crate) fn open(&self, entry: EntryId, sealed: &str) -> Result<Private, &'static str> {
        let blob = BASE64.decode(sealed).map_err(|_| "the sealed data is not base64")?;
        let (&way, rest) = blob.split_first().ok_or("the sealed data is empty")?;
        if way != SEALED_V1 {
            return Err("the data is sealed in an unknown way");
        }
        let (commitment, sealed) =
            rest.split_at_checked(32).ok_or("the sealed data is cut short")?;
        // An AEAD tag alone does not bind the key, so the key is named beside it.
        if commitment != self.commitment {
            return Err("the data was sealed under another key");
        }
        let payload = Payload { msg: sealed, aad: entry.0.as_bytes() };
        let mut plain = self
            .cipher()
            .decrypt(&self.nonce(entry), payload)
            .map_err(|_| "the sealed data was altered")?;
        let opened: Result<Private, _> = serde_json::from_slice(&plain);
        plain.zeroize();
        match opened {
            Ok(private) if private.sealed.is_none() => Ok(private),
            _ => Err("the sealed data is not of its shape"),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.key.into())
    }

    fn nonce(&self, entry: EntryId) -> XNonce {
        let hash = keyed_hash(&self.key, &[b"linchpin nonce v1", entry.0.as_bytes()]);
        let mut nonce = XNonce::default();
        nonce.copy_from_slice(&hash[..24]);
        nonce
    }
}

impl From<[u8; 32]> for PersonKey {
    fn from(key: [u8; 32]) -> Self {
        let mut hash = Sha256::new_with_prefix(b"linchpin key commitment v1");
        hash.update(key);
        Self { key, commitment: hash.finalize().into() }
    }
}

impl TryFrom<&StoredKey> for KeyState {
    type Error = StorageError;

    fn try_from(stored: &StoredKey) -> Result<Self, StorageError> {
        let Some(key) = stored.key else { return Ok(Self::Erased) };
        let key = PersonKey::from(key);
        if key.commitment != stored.commitment {
            return Err(StorageError::Corrupt(format!("the key of {} was altered", stored.person)));
        }
        Ok(Self::Key(Arc::new(key)))
    }
}

/// Keys that were needed lately. A key that does not exist is not remembered, for it may be made.
#[derive(Default)]
pub(crate) struct KeyCache {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    epoch: i64,
    keys: HashMap<Uuid, KeyState>,
}

impl KeyCache {
    /// Drops everything where the vault was changed since.
    pub(crate) fn at_epoch(&self, epoch: i64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.epoch != epoch {
            held.epoch = epoch;
            held.keys.clear();
        }
    }

    /// The epoch for which it holds keys.
    pub(crate) fn epoch(&self) -> i64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).epoch
    }

    pub(crate) fn get(&self, person: Uuid) -> Option<KeyState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).keys.get(&person).cloned()
    }

    pub(crate) fn put(&self, keys: impl IntoIterator<Item = (Uuid, KeyState)>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for (person, key) in keys {
            if held.keys.len() >= MAX_CACHED {
                held.keys.clear();
            }
            held.keys.insert(person, key);
        }
    }
}

/// The ledger's own secret, so that what is hashed beside it cannot be guessed from the hash.
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    /// The name under which it is stored.
    pub(crate) const NAME: &str = "hash";

    pub(crate) fn generate() -> Result<Self, StorageError> {
        let mut bytes = vec![0; 32];
        random(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A hash of parts, each behind its length.
    pub(crate) fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        keyed_hash(&self.0, parts)
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Fills with the machine's randomness.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), StorageError> {
    getrandom::fill(bytes)
        .map_err(|e| StorageError::Other(format!("the machine gave no randomness: {e}")))
}

fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PersonKey {
        PersonKey::from([byte; 32])
    }

    const ENTRY: EntryId = EntryId(Uuid::from_u128(5));
    const OTHER: EntryId = EntryId(Uuid::from_u128(6));

    #[test]
    fn what_is_sealed_opens_with_its_key_and_only_so() {
        let private = Private::named("Ada Lovelace");
        let sealed = key(1).seal(ENTRY, &private).unwrap().sealed.unwrap();
        assert!(!sealed.contains("Ada"));
        assert!(key(1).open(ENTRY, &sealed) == Ok(private));
        assert_eq!(key(1).open(OTHER, &sealed).unwrap_err(), "the sealed data was altered");
        assert_eq!(
            key(2).open(ENTRY, &sealed).unwrap_err(),
            "the data was sealed under another key"
        );
        assert_eq!(key(1).open(ENTRY, "").unwrap_err(), "the sealed data is empty");
        assert_eq!(key(1).open(ENTRY, "AQ").unwrap_err(), "the sealed data is cut short");
    }

    #[test]
    fn the_same_input_seals_to_the_same_bytes() {
        let private = Private::noted("calls on Mondays");
        let first = key(1).seal(ENTRY, &private).unwrap();
        assert!(first == key(1).seal(ENTRY, &private).unwrap());
        assert!(first != key(1).seal(OTHER, &private).unwrap());
    }
}
