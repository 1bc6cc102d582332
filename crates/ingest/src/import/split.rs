//! Splits one record into its cells, strictly: a quote that is opened must be closed, and nothing
//! but the next cell may follow it.

/// How a record came apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// Into whole cells.
    Whole,
    /// The last cell opens a quote, at this byte, that is not closed.
    Open(usize),
    /// Something else than a new cell follows the quote closed before this byte.
    Broken(usize),
}

/// Fills `cells` with the cells of a record, as far as they are whole.
pub(crate) fn split(record: &str, delimiter: u8, cells: &mut Vec<String>) -> Split {
    cells.clear();
    let bytes = record.as_bytes();
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            let open = at;
            let mut cell = String::new();
            at += 1;
            loop {
                let Some(length) = bytes[at..].iter().position(|byte| *byte == b'"') else {
                    return Split::Open(open);
                };
                cell.push_str(&record[at..at + length]);
                at += length + 1;
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                cell.push('"');
                at += 1;
            }
            if at < bytes.len() && bytes[at] != delimiter {
                return Split::Broken(at);
            }
            cells.push(cell);
        } else {
            let length = bytes[at..].iter().position(|byte| *byte == delimiter);
            let end = length.map_or(bytes.len(), |length| at + length);
            cells.push(record[at..end].to_owned());
            at = end;
        }
        if at == bytes.len() {
            return Split::Whole;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &str) -> (Split, Vec<String>) {
        let mut cells = Vec::new();
        (split(record, b',', &mut cells), cells)
    }

    #[test]
    fn cells_are_split_at_commas_outside_quotes() {
        assert_eq!(cells("a,\"b, \"\"c\"\"\",,d").1, ["a", "b, \"c\"", "", "d"]);
        assert_eq!(cells("a,").1, ["a", ""]);
        assert_eq!(cells("").1, [""]);
        assert_eq!(cells("5\" pipe,1").1, ["5\" pipe", "1"]);
        assert_eq!(cells("a,\"x\ny\",b").1, ["a", "x\ny", "b"]);
    }

    #[test]
    fn a_broken_quote_is_found_and_what_stands_before_it_kept() {
        assert_eq!(cells("a,\"b,c"), (Split::Open(2), vec!["a".to_owned()]));
        assert_eq!(cells("a,\"b\"c,d"), (Split::Broken(5), vec!["a".to_owned()]));
    }
}
