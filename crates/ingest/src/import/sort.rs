//! Sorts more than fits into memory: full buffers are sorted and written to a temporary file
//! without a name, then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// Bytes held before they are written out.
const BUFFER: usize = 16 << 20;
/// Bytes that all runs together read ahead while they are merged.
const MERGE: usize = 16 << 20;

/// A key and a value.
type Pair = (Vec<u8>, Vec<u8>);

/// Takes pairs of key and value in any order.
pub(crate) struct Sorter {
    limit: usize,
    held: Vec<Pair>,
    bytes: usize,
    file: Option<File>,
    written: u64,
    runs: Vec<Range<u64>>,
    count: u64,
}

impl Sorter {
    pub(crate) fn new() -> Self {
        Self::with_buffer(BUFFER)
    }

    fn with_buffer(limit: usize) -> Self {
        Self {
            limit,
            held: Vec::new(),
            bytes: 0,
            file: None,
            written: 0,
            runs: Vec::new(),
            count: 0,
        }
    }

    /// Takes one pair.
    pub(crate) fn push(&mut self, key: Vec<u8>, value: Vec<u8>) -> io::Result<()> {
        self.bytes += key.len() + value.len() + size_of::<Pair>();
        self.held.push((key, value));
        self.count += 1;
        if self.bytes >= self.limit { self.write_out() } else { Ok(()) }
    }

    /// How many pairs it was given.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        let start = self.written;
        let mut out = io::BufWriter::with_capacity(1 << 20, file);
        for (key, value) in self.held.drain(..) {
            for part in [&key, &value] {
                let length = u32::try_from(part.len()).map_err(io::Error::other)?;
                out.write_all(&length.to_le_bytes())?;
                out.write_all(part)?;
                self.written += 4 + u64::from(length);
            }
        }
        out.flush()?;
        self.bytes = 0;
        self.runs.push(start..self.written);
        Ok(())
    }

    /// All pairs, by key, then by value.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.held.sort_unstable();
            return Ok(Sorted {
                held: self.held.into_iter(),
                file: None,
                runs: Vec::new(),
                next: BinaryHeap::new(),
            });
        }
        if !self.held.is_empty() {
            self.write_out()?;
        }
        let ahead = (MERGE / self.runs.len()).clamp(4 << 10, 256 << 10);
        let runs = self
            .runs
            .into_iter()
            .map(|left| Run { left, buffer: Vec::new(), at: 0, ahead })
            .collect();
        let mut sorted =
            Sorted { held: Vec::new().into_iter(), file: self.file, runs, next: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

/// Gives pairs back in order.
pub(crate) struct Sorted {
    held: std::vec::IntoIter<Pair>,
    file: Option<File>,
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(Pair, usize)>>,
}

struct Run {
    left: Range<u64>,
    buffer: Vec<u8>,
    at: usize,
    ahead: usize,
}

impl Sorted {
    /// The next pair; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Pair>> {
        if self.file.is_none() {
            return Ok(self.held.next());
        }
        let Some(Reverse((pair, run))) = self.next.pop() else { return Ok(None) };
        self.refill(run)?;
        Ok(Some(pair))
    }

    fn refill(&mut self, run: usize) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let Some(from) = self.runs.get_mut(run) else { return Ok(()) };
        if let Some(key) = from.part(file)? {
            let value = from.part(file)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.next.push(Reverse(((key, value), run)));
        }
        Ok(())
    }
}

impl Run {
    fn part(&mut self, file: &mut File) -> io::Result<Option<Vec<u8>>> {
        if self.at == self.buffer.len() && self.left.is_empty() {
            return Ok(None);
        }
        let mut length = [0; 4];
        self.read(file, &mut length)?;
        let mut part = vec![0; u32::from_le_bytes(length) as usize];
        self.read(file, &mut part)?;
        Ok(Some(part))
    }

    fn read(&mut self, file: &mut File, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            if self.at == self.buffer.len() {
                let length = (self.left.end - self.left.start).min(self.ahead as u64);
                if length == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                // At most `ahead`, which is a usize.
                self.buffer.resize(length as usize, 0);
                file.seek(SeekFrom::Start(self.left.start))?;
                file.read_exact(&mut self.buffer)?;
                self.left.start += length;
                self.at = 0;
            }
            let length = into.len().min(self.buffer.len() - self.at);
            let (now, later) = into.split_at_mut(length);
            now.copy_from_slice(&self.buffer[self.at..self.at + length]);
            self.at += length;
            into = later;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_the_buffer_comes_back_in_order() {
        for limit in [200, 5_000, BUFFER] {
            let mut sorter = Sorter::with_buffer(limit);
            for number in 0..2_000_u32 {
                let key = (number.wrapping_mul(2_654_435_761) % 701).to_be_bytes().to_vec();
                sorter.push(key, format!("value {number}").repeat(3).into_bytes()).unwrap();
            }
            assert_eq!(sorter.count(), 2_000);
            let mut sorted = sorter.finish().unwrap();
            let (mut last, mut count) = (None, 0);
            while let Some(pair) = sorted.next().unwrap() {
                assert!(last.is_none_or(|last| last <= pair));
                last = Some(pair);
                count += 1;
            }
            assert_eq!(count, 2_000);
        }
    }

    #[test]
    fn nothing_sorts_to_nothing() {
        assert!(Sorter::new().finish().unwrap().next().unwrap().is_none());
    }
}
