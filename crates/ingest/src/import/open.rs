//! Opens a file, packed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::error::ImportError;
use super::table::Table;
use crate::map::{Columns, Format};

/// Bytes read at once.
const READ: usize = 128 << 10;

type Reader = Box<dyn BufRead + Send>;

/// A file or a text, ready to be read.
pub(crate) struct Opened {
    reader: Reader,
    format: Format,
    meter: Meter,
}

/// How much of a file was read, in its own bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    done: Arc<AtomicU64>,
    pub(crate) total: Option<u64>,
}

impl Meter {
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

struct Metered {
    file: File,
    done: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file's name without its folder, for messages and ids of quarantine.
pub(crate) fn file_name(file: &Path) -> String {
    let name =
        file.file_name().map_or_else(|| file.to_string_lossy(), |name| name.to_string_lossy());
    name.chars().filter(|c| !c.is_control()).take(150).collect()
}

/// Opens a file. Without a format given, its name says it.
pub(crate) fn open(path: &Path, format: Option<Format>) -> Result<Opened, ImportError> {
    let name = file_name(path);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ImportError::Missing(path.display().to_string()),
        _ => ImportError::Open { file: path.display().to_string(), source },
    };
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let lower = name.to_ascii_lowercase();
    let plain_name = lower.strip_suffix(".gz");
    let format = match (format, plain_name.unwrap_or(&lower)) {
        (Some(format), _) => format,
        (None, name)
            if name.ends_with(".csv") || name.ends_with(".txt") || name.ends_with(".tsv") =>
        {
            Format::Csv
        }
        (None, name) if name.ends_with(".jsonl") || name.ends_with(".ndjson") => Format::Jsonl,
        (None, _) => return Err(ImportError::Format(name)),
    };
    let meter = Meter { done: Arc::default(), total: about.is_file().then_some(about.len()) };
    let metered = Metered { file, done: Arc::clone(&meter.done) };
    let mut reader = BufReader::with_capacity(READ, metered);
    let packed = reader.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    if plain_name.is_some() && !packed {
        return Err(if meter.done() == 0 {
            ImportError::Empty(name)
        } else {
            ImportError::NotGzip(name)
        });
    }
    let reader: Reader = if packed {
        Box::new(BufReader::with_capacity(READ, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    };
    Ok(Opened { reader, format, meter })
}

impl Opened {
    /// Text that is held already.
    pub(crate) fn text(text: String, format: Format) -> Self {
        let meter = Meter { done: Arc::default(), total: None };
        Self { reader: Box::new(Cursor::new(text)), format, meter }
    }

    /// Reads the header and finds the columns.
    pub(crate) fn table(
        self,
        name: &str,
        delimiter: u8,
        columns: &Columns,
    ) -> Result<(Table<Reader>, Meter), ImportError> {
        let failed = |source| ImportError::Read { file: name.to_owned(), line: 0, source };
        let table = Table::open(self.reader, self.format, delimiter, columns).map_err(failed)?;
        let table = table.map_err(|error| ImportError::no_table(name, error))?;
        Ok((table, self.meter))
    }
}
