//! One snapshot as a file: a line of JSON that says what it is of, then the fold, compressed and
//! sealed.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use linchpin_domain::entry::Position;
use linchpin_domain::id::EntryId;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Unusable;
use super::sealed::{Opening, PREFIX, Sealing};

/// How the file is laid out; another layout gets the next number.
const FORMAT: u32 = 1;

/// Longest first line, in bytes.
const MAX_HEADER: u64 = 4 * 1024;

/// Bytes written or read at once.
const BUFFER: usize = 256 * 1024;

/// What a snapshot is of. It stands open in the file, and the fold is sealed together with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    linchpin_snapshot: u32,
    /// The code that folded.
    pub(super) code: String,
    /// Whose fold it is.
    pub(super) service: String,
    /// The ledger's first entry.
    pub(super) ledger: EntryId,
    /// The ledger's epoch when the fold began.
    pub(super) epoch: i64,
    /// The last entry taken in.
    pub(super) position: Position,
    /// That entry's leaf hash, in hexadecimal digits.
    pub(super) leaf: String,
}

impl Header {
    pub(super) fn new(
        code: &str,
        service: &str,
        (ledger, epoch): (EntryId, i64),
        (position, leaf): (Position, String),
    ) -> Self {
        let (code, service) = (code.to_owned(), service.to_owned());
        Self { linchpin_snapshot: FORMAT, code, service, ledger, epoch, position, leaf }
    }
}

/// Where the snapshots of one fold stand, and the key under which they are sealed.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    pub(super) name: String,
    pub(super) key: [u8; 32],
}

impl Place {
    fn path(&self, kind: &str) -> PathBuf {
        self.dir.join(format!("{}.{kind}", self.name))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.path("snapshot")
    }

    /// What the snapshot says it is of; `None` where there is none.
    pub(super) fn header(&self) -> Result<Option<Header>, Unusable> {
        match File::open(self.file()) {
            Ok(file) => read_header(&mut BufReader::new(file)).map(|(header, _)| Some(header)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unusable::Unreadable(error)),
        }
    }

    /// The fold, where the snapshot is still the one with this header.
    pub(super) fn read<T: DeserializeOwned>(&self, wanted: &Header) -> Result<T, Unusable> {
        let file = File::open(self.file()).map_err(Unusable::Unreadable)?;
        let mut file = BufReader::with_capacity(BUFFER, file);
        let (header, line) = read_header(&mut file)?;
        if header != *wanted {
            return Err(Unusable::Damaged("it was replaced meanwhile"));
        }
        let opening = Opening::new(file, self.key, line.as_bytes());
        let opening = opening.map_err(|_| Unusable::Damaged("it is cut short"))?;
        // From memory it is decoded half as fast again as from a stream; the fold takes more.
        let mut unpacked = Vec::new();
        let read = FrameDecoder::new(opening).read_to_end(&mut unpacked);
        read.map_err(|_| Unusable::Damaged("it does not open"))?;
        // What the decoder has to say may quote what it read, which may be personal data.
        rmp_serde::from_slice(&unpacked).map_err(|_| Unusable::Damaged("it does not decode"))
    }

    /// Puts a snapshot in the place of the one before. Whoever is killed in the middle leaves
    /// that one. Where another process is at it, nothing is done: either one's will do.
    pub(super) fn write<T: Serialize>(&self, header: &Header, fold: &T) -> io::Result<bool> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let lock = private(&self.path("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let unfinished = self.path("unfinished");
        let file = private(&unfinished)?;
        file.set_len(0)?;
        let written = self.fill(file, header, fold).and_then(|file| file.sync_all());
        if let Err(error) = written {
            // Where it cannot be removed, the next one begins by emptying it.
            let _ = std::fs::remove_file(&unfinished);
            return Err(error);
        }
        std::fs::rename(&unfinished, self.file())?;
        File::open(&self.dir)?.sync_all()?;
        Ok(true)
    }

    fn fill<T: Serialize>(&self, file: File, header: &Header, fold: &T) -> io::Result<File> {
        let mut file = BufWriter::with_capacity(BUFFER, file);
        let line = serde_json::to_string(header)?;
        writeln!(file, "{line}")?;
        let mut prefix = [0; PREFIX];
        getrandom::fill(&mut prefix).map_err(io::Error::other)?;
        let sealing = Sealing::new(file, self.key, prefix, line.as_bytes())?;
        let packed = BufWriter::with_capacity(BUFFER, FrameEncoder::new(sealing));
        // Fields by name: some are left out where they are empty.
        let mut encoder = rmp_serde::Serializer::new(packed).with_struct_map();
        fold.serialize(&mut encoder).map_err(io::Error::other)?;
        let packed = encoder.into_inner().into_inner().map_err(|e| e.into_error())?;
        let sealing = packed.finish().map_err(io::Error::other)?;
        sealing.finish()?.into_inner().map_err(|e| e.into_error())
    }

    /// Takes away what cannot be used any more.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_file(self.file()) {
            tracing::debug!(%error, snapshot = %self.file().display(), "it could not be removed");
        }
    }
}

/// Opens a file that only its owner may read, made where it is missing.
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn read_header(file: &mut impl BufRead) -> Result<(Header, String), Unusable> {
    let mut line = String::new();
    let read = file.take(MAX_HEADER).read_line(&mut line);
    read.map_err(|_| Unusable::Damaged("its first line cannot be read"))?;
    let line = line.trim_end_matches('\n').to_owned();
    let header: Header = serde_json::from_str(&line)
        .map_err(|_| Unusable::Damaged("its first line says nothing known"))?;
    if header.linchpin_snapshot != FORMAT {
        return Err(Unusable::Other("format"));
    }
    Ok((header, line))
}
