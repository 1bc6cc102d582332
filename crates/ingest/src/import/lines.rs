//! Physical lines of a file, each within a bound, so that nothing in a file can fill the memory.

use std::collections::VecDeque;
use std::io::{self, BufRead};

/// Longest line taken, in bytes.
pub(crate) const MAX_LINE: usize = 64 << 10;

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted from 1.
    pub(crate) number: u64,
    /// At most [`MAX_LINE`] bytes of it.
    pub(crate) bytes: Vec<u8>,
    /// Whether it had more.
    pub(crate) cut: bool,
}

/// Reads lines, and takes some back to be read again.
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
    back: VecDeque<Line>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, number: 0, back: VecDeque::new() }
    }

    /// The last line that was read.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.back.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Line { number: self.number + 1, bytes: Vec::new(), cut: false };
        let mut begun = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if buffer.is_empty() {
                break;
            }
            begun = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            let room = MAX_LINE - line.bytes.len();
            line.cut |= piece.len() > room;
            line.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !begun {
            return Ok(None);
        }
        self.number += 1;
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        if line.number == 1 && line.bytes.starts_with(b"\xef\xbb\xbf") {
            line.bytes.drain(..3);
        }
        Ok(Some(line))
    }

    /// Takes lines back, in their order; they are read next.
    pub(crate) fn take_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.back.push_front(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, usize, bool)> {
        let mut lines = Lines::new(io::BufReader::with_capacity(7, text));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.bytes.len(), line.cut));
        }
        found
    }

    #[test]
    fn line_ends_and_marks_are_no_part_of_a_line() {
        assert_eq!(
            all(b"\xef\xbb\xbfab\r\ncd\n\nef"),
            [(1, 2, false), (2, 2, false), (3, 0, false), (4, 2, false)]
        );
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_found() {
        let mut text = vec![b'x'; MAX_LINE + 10];
        text.extend_from_slice(b"\nab\n");
        assert_eq!(all(&text), [(1, MAX_LINE, true), (2, 2, false)]);
    }
}
