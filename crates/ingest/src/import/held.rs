//! How unreadable rows are written into the quarantine: as a small file of their own, which can be
//! read, mended and fed again; below it the map by which they were read.

use crate::map::Format;

/// What stands between the rows and the map.
const MARK: &str = "--- read by this map, as ";

/// Rows of a file and the map by which they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The header, where there is one, and the rows.
    pub(crate) sheet: String,
    pub(crate) format: Format,
    pub(crate) map: String,
}

/// The header, where there is one, and rows below it.
pub(crate) fn sheet<'r>(header: &'r str, rows: impl IntoIterator<Item = &'r str>) -> String {
    let mut sheet = String::new();
    for row in std::iter::once(header).filter(|header| !header.is_empty()).chain(rows) {
        sheet.push_str(row);
        sheet.push('\n');
    }
    sheet
}

impl Held {
    /// The text to keep.
    pub(crate) fn write(&self) -> String {
        let format = match self.format {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
        };
        format!("{}{MARK}{format} ---\n{}", self.sheet, self.map)
    }

    /// Reads what [`Self::write`] wrote; `None` where it holds no map.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let at = text.find(&format!("\n{MARK}"))? + 1;
        let (sheet, rest) = text.split_at(at);
        let (mark, map) = rest.split_once('\n')?;
        let format = match mark.strip_prefix(MARK)?.strip_suffix(" ---")? {
            "csv" => Format::Csv,
            "jsonl" => Format::Jsonl,
            _ => return None,
        };
        Some(Self { sheet: sheet.to_owned(), format, map: map.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_can_be_read_back() {
        let sheet = sheet("a,b", ["1,\"x", "2,y"]);
        assert_eq!(sheet, "a,b\n1,\"x\n2,y\n");
        let held = Held { sheet, format: Format::Csv, map: "source = \"x\"\n".to_owned() };
        assert_eq!(Held::read(&held.write()), Some(held));
        assert_eq!(Held::read("a,b\n1,2\n"), None);
    }
}
