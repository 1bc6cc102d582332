//! Where in a JSON text something is wrong.

use linchpin_problem::Place;

/// Where a text begins within a larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Line of its first character, counted from 1.
    pub line: usize,
    /// Column of its first character, counted from 1, in characters.
    pub column: usize,
}

impl Origin {
    /// The beginning of a body.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The beginning of a line.
    pub fn line(line: usize) -> Self {
        Self { line, column: 1 }
    }

    /// Where one comes to after this text.
    #[must_use]
    pub fn after(self, text: &str) -> Self {
        match text.rsplit_once('\n') {
            None => Self { column: self.column + text.chars().count(), ..self },
            Some((before, last)) => Self {
                line: self.line + before.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            },
        }
    }
}

/// The place of a byte of an event's text.
pub(super) fn of(text: &str, origin: Origin, offset: usize) -> Place {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let at = origin.after(&text[..offset]);
    Place { pointer: pointer(text, offset), line: at.line, column: at.column }
}

/// The byte to which the JSON reader's line and column (in bytes) lead.
pub(super) fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let mut start = 0;
    for _ in 1..error.line() {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    (start + error.column().saturating_sub(1)).min(text.len())
}

/// What the JSON reader says, without the place, which is told apart from it, and without texts
/// that stood where none was expected, for they may be personal.
pub(super) fn message_of(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = whole.strip_suffix(&place).unwrap_or(&whole);
    if let Some(quoted) = message.strip_prefix("invalid type: string \"")
        && let Some((_, expected)) = quoted.rsplit_once("\", expected ")
    {
        return format!("invalid type: a text, expected {expected}");
    }
    message.to_owned()
}

/// What encloses the byte looked at.
enum Frame<'a> {
    Object { key: Option<&'a str>, wants_key: bool },
    Array { index: usize },
}

/// The JSON pointer to the value in which a byte stands. The text may be broken behind it.
fn pointer(text: &str, target: usize) -> String {
    let bytes = text.as_bytes();
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut at = 0;
    while at <= target && at < bytes.len() {
        match bytes[at] {
            b'{' => frames.push(Frame::Object { key: None, wants_key: true }),
            b'[' if at < target => frames.push(Frame::Array { index: 0 }),
            b'}' | b']' => drop(frames.pop()),
            b',' if at < target => match frames.last_mut() {
                Some(Frame::Object { wants_key, .. }) => *wants_key = true,
                Some(Frame::Array { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = string_end(bytes, at);
                if let Some(Frame::Object { key, wants_key }) = frames.last_mut()
                    && *wants_key
                {
                    *key = text.get(at..end);
                    *wants_key = false;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    let steps = frames.iter().filter_map(|frame| match frame {
        Frame::Object { key: Some(key), .. } => {
            let plain: String = serde_json::from_str(key).ok()?;
            Some(format!("/{}", plain.replace('~', "~0").replace('/', "~1")))
        }
        Frame::Object { key: None, .. } => None,
        Frame::Array { index } => Some(format!("/{index}")),
    });
    steps.collect()
}

/// The byte behind a string that begins with the quote at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, offset: usize) -> (String, usize, usize) {
        let place = of(text, Origin::START, offset);
        (place.pointer, place.line, place.column)
    }

    #[test]
    fn a_byte_has_a_pointer_a_line_and_a_column() {
        let text = "{\"a\": [1, {\"b/c\":\n  \"é\", \"d\": 2}]}";
        assert_eq!(place(text, text.find('1').unwrap()), ("/a/0".into(), 1, 8));
        assert_eq!(place(text, text.find('2').unwrap()), ("/a/1/d".into(), 2, 13));
        assert_eq!(place(text, text.find('é').unwrap()), ("/a/1/b~1c".into(), 2, 4));
        assert_eq!(place(text, text.rfind('}').unwrap()).0, "");
    }

    #[test]
    fn a_place_within_a_larger_body_counts_from_there() {
        let origin = Origin::START.after("[\n  ");
        assert_eq!(origin, Origin { line: 2, column: 3 });
        let place = of("{}", origin, 1);
        assert_eq!((place.line, place.column), (2, 4));
    }

    #[test]
    fn broken_text_has_places_too() {
        for text in ["", "{", "{\"", "{\"a\\", "[[[", "}}", "{\"a\":\"\\"] {
            for offset in 0..=text.len() + 1 {
                of(text, Origin::START, offset);
            }
        }
    }
}
