//! A stream of bytes sealed piece by piece, so that neither side ever holds all of it.
//!
//! Each piece has its own nonce: random bytes of the whole, the number of the piece, and whether
//! it is the last. So a piece that was altered, moved, left out or cut off does not open.

use std::io::{self, Read, Write};

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// Bytes in a piece, but for the last.
const PIECE: usize = 256 * 1024;

/// Bytes that sealing adds to a piece.
const TAG: usize = 16;

/// Random bytes of a stream's nonces.
pub(super) const PREFIX: usize = 19;

/// What both sides share: the key, what the pieces belong to, and the count of them.
struct Pieces<'a> {
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    belongs_to: &'a [u8],
    number: u32,
}

impl Pieces<'_> {
    fn next(&mut self, last: bool) -> io::Result<XNonce> {
        let mut nonce = XNonce::default();
        nonce[..PREFIX].copy_from_slice(&self.prefix);
        nonce[PREFIX..PREFIX + 4].copy_from_slice(&self.number.to_be_bytes());
        nonce[PREFIX + 4] = u8::from(last);
        self.number = self.number.checked_add(1).ok_or_else(|| bad("it is too long"))?;
        Ok(nonce)
    }
}

/// Seals what is written to it. What was written is whole only after [`Sealing::finish`].
pub(super) struct Sealing<'a, W> {
    to: W,
    pieces: Pieces<'a>,
    piece: Vec<u8>,
}

impl<'a, W: Write> Sealing<'a, W> {
    /// Begins with random bytes that no other stream under this key has.
    pub(super) fn new(
        mut to: W,
        key: [u8; 32],
        prefix: [u8; PREFIX],
        belongs_to: &'a [u8],
    ) -> io::Result<Self> {
        to.write_all(&prefix)?;
        let cipher = XChaCha20Poly1305::new(&key.into());
        let pieces = Pieces { cipher, prefix, belongs_to, number: 0 };
        Ok(Self { to, pieces, piece: Vec::with_capacity(PIECE) })
    }

    /// Writes the last piece.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.to)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.pieces.next(last)?;
        let payload = Payload { msg: &self.piece, aad: self.pieces.belongs_to };
        let sealed = self.pieces.cipher.encrypt(&nonce, payload);
        let sealed = sealed.map_err(|_| bad("it cannot be sealed"))?;
        let length = u32::try_from(sealed.len()).map_err(|_| bad("a piece is too long"))?;
        self.to.write_all(&[u8::from(last)])?;
        self.to.write_all(&length.to_be_bytes())?;
        self.to.write_all(&sealed)?;
        self.piece.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what [`Sealing`] wrote. Its end is an end only where the last piece was there.
pub(super) struct Opening<'a, R> {
    from: R,
    pieces: Pieces<'a>,
    piece: Vec<u8>,
    read: usize,
    ended: bool,
}

impl<'a, R: Read> Opening<'a, R> {
    pub(super) fn new(mut from: R, key: [u8; 32], belongs_to: &'a [u8]) -> io::Result<Self> {
        let mut prefix = [0; PREFIX];
        from.read_exact(&mut prefix)?;
        let cipher = XChaCha20Poly1305::new(&key.into());
        let pieces = Pieces { cipher, prefix, belongs_to, number: 0 };
        Ok(Self { from, pieces, piece: Vec::new(), read: 0, ended: false })
    }

    fn open(&mut self) -> io::Result<()> {
        let mut head = [0; 5];
        self.from.read_exact(&mut head)?;
        let [last, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        if last > 1 || length > PIECE + TAG {
            return Err(bad("a piece is not of its shape"));
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed)?;
        let nonce = self.pieces.next(last == 1)?;
        let payload = Payload { msg: &sealed, aad: self.pieces.belongs_to };
        let opened = self.pieces.cipher.decrypt(&nonce, payload);
        self.piece = opened.map_err(|_| bad("a piece does not open"))?;
        (self.read, self.ended) = (0, last == 1);
        Ok(())
    }
}

impl<R: Read> Read for Opening<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            if self.ended {
                return Ok(0);
            }
            self.open()?;
        }
        let given = into.len().min(self.piece.len() - self.read);
        into[..given].copy_from_slice(&self.piece[self.read..self.read + given]);
        self.read += given;
        Ok(given)
    }
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::new(Vec::new(), KEY, [1; PREFIX], b"of this").unwrap();
        sealing.write_all(bytes).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(sealed: &[u8], belongs_to: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Opening::new(sealed, KEY, belongs_to)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn some(length: usize) -> Vec<u8> {
        (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
    }

    #[test]
    fn what_was_sealed_opens_again() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1] {
            let bytes = some(length);
            assert_eq!(opened(&sealed(&bytes), b"of this").unwrap(), bytes, "{length} bytes");
        }
    }

    #[test]
    fn what_was_altered_cut_or_moved_does_not() {
        let bytes = some(2 * PIECE + 9);
        let sealed = sealed(&bytes);
        assert!(opened(&sealed, b"of that").is_err());
        let piece = 5 + PIECE + TAG;
        for cut in [0, PREFIX, PREFIX + 3, PREFIX + piece, PREFIX + 2 * piece, sealed.len() - 1] {
            assert!(opened(&sealed[..cut], b"of this").is_err(), "cut at {cut}");
        }
        for at in (0..sealed.len()).step_by(70_001).chain([PREFIX, PREFIX + 1, sealed.len() - 1]) {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(opened(&altered, b"of this").is_err(), "altered at {at}");
        }
        let (first, second) = (PREFIX..PREFIX + piece, PREFIX + piece..PREFIX + 2 * piece);
        let swapped =
            [&sealed[..PREFIX], &sealed[second.clone()], &sealed[first], &sealed[second.end..]];
        assert!(opened(&swapped.concat(), b"of this").is_err());
    }
}
