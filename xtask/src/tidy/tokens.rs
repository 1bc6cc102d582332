//! A Rust file as a flat list of tokens that know their line, their bracket's other end, and
//! whether they belong to test code. Strings and comments can thus never be taken for code.

use std::str::FromStr;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word(String),
    /// One punctuation character.
    Mark(char),
    /// An opening bracket, and the index of the closing one.
    Open(Delimiter, usize),
    /// A closing bracket.
    Close(Delimiter),
    /// A number, a text, a character.
    Literal,
}

/// One token and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Line in the file, from 1.
    pub(crate) line: usize,
    /// Whether it is compiled for tests only.
    pub(crate) test: bool,
}

/// A file's tokens, in order.
#[derive(Debug)]
pub(crate) struct Tokens(pub(crate) Vec<Token>);

impl Tokens {
    /// Reads a file's text.
    ///
    /// # Errors
    /// The line and the reason, where it is no Rust.
    pub(crate) fn read(text: &str) -> Result<Self, (usize, String)> {
        let stream =
            TokenStream::from_str(text).map_err(|e| (e.span().start().line, e.to_string()))?;
        let mut tokens = Self(Vec::new());
        tokens.push_all(stream);
        tokens.mark_tests();
        Ok(tokens)
    }

    /// The name or keyword at an index.
    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        match &self.0.get(index)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether this punctuation stands at an index.
    pub(crate) fn is_mark(&self, index: usize, mark: char) -> bool {
        self.0.get(index).is_some_and(|token| token.kind == Kind::Mark(mark))
    }

    /// Whether `first::second` begins at an index.
    pub(crate) fn is_path(&self, index: usize, first: &str, second: &str) -> bool {
        self.word(index) == Some(first)
            && self.is_mark(index + 1, ':')
            && self.is_mark(index + 2, ':')
            && self.word(index + 3) == Some(second)
    }

    /// The closing bracket of the one that opens at an index.
    pub(crate) fn closing(&self, index: usize, bracket: Delimiter) -> Option<usize> {
        match self.0.get(index)?.kind {
            Kind::Open(found, close) if found == bracket => Some(close),
            _ => None,
        }
    }

    /// Each attribute: the index of its `#`, and those of its square brackets.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..self.0.len()).filter(|&at| self.is_mark(at, '#')).filter_map(|at| {
            let open = if self.is_mark(at + 1, '!') { at + 2 } else { at + 1 };
            self.closing(open, Delimiter::Bracket).map(|close| (at, open, close))
        })
    }

    /// The names within a range of tokens.
    pub(crate) fn words(&self, from: usize, to: usize) -> impl Iterator<Item = &str> {
        (from..to).filter_map(|index| self.word(index))
    }

    fn push_all(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => {
                    let (open, bracket) = (self.0.len(), group.delimiter());
                    self.push(Kind::Close(bracket), group.span_open());
                    self.push_all(group.stream());
                    let close = self.0.len();
                    self.push(Kind::Close(bracket), group.span_close());
                    self.0[open].kind = Kind::Open(bracket, close);
                }
                TokenTree::Ident(word) => {
                    let span = word.span();
                    self.push(Kind::Word(word.to_string()), span);
                }
                TokenTree::Punct(mark) => self.push(Kind::Mark(mark.as_char()), mark.span()),
                TokenTree::Literal(literal) => self.push(Kind::Literal, literal.span()),
            }
        }
    }

    fn push(&mut self, kind: Kind, span: Span) {
        self.0.push(Token { kind, line: span.start().line, test: false });
    }

    fn mark_tests(&mut self) {
        let only_tests: Vec<(usize, usize)> = self
            .attributes()
            .filter(|&(_, open, close)| self.means_test(open, close))
            .map(|(at, open, close)| {
                let inner = open == at + 2;
                if inner { (0, self.0.len()) } else { (at, self.item_end(close + 1)) }
            })
            .collect();
        for (from, to) in only_tests {
            self.0[from..to].iter_mut().for_each(|token| token.test = true);
        }
    }

    /// Whether an attribute is `cfg(test)` or one that makes a test (`test`, `tokio::test`).
    fn means_test(&self, open: usize, close: usize) -> bool {
        let mut words = self.words(open + 1, close);
        if self.word(open + 1) == Some("cfg") {
            let words: Vec<&str> = words.collect();
            return words.contains(&"test") && !words.contains(&"not");
        }
        let path_ends =
            (open + 1..close).find(|&i| matches!(self.0[i].kind, Kind::Open(..))).unwrap_or(close);
        matches!(self.word(path_ends - 1), Some("test" | "rstest")) && words.next().is_some()
    }

    /// One past the item that begins at an index: after its first block, or its semicolon.
    fn item_end(&self, mut index: usize) -> usize {
        while let Some(token) = self.0.get(index) {
            match token.kind {
                Kind::Open(Delimiter::Brace, close) => return close + 1,
                Kind::Open(_, close) => index = close + 1,
                Kind::Mark(';') => return index + 1,
                Kind::Close(_) => return index,
                _ => index += 1,
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::Tokens;

    fn test_words(text: &str) -> Vec<String> {
        let tokens = Tokens::read(text).unwrap();
        let marked =
            (0..tokens.0.len()).filter(|&i| tokens.0[i].test).filter_map(|i| tokens.word(i));
        marked.map(str::to_owned).collect()
    }

    #[test]
    fn a_test_module_is_test_code_and_what_follows_is_not() {
        let words = test_words("fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}");
        assert!(words.contains(&"b".to_owned()));
        assert!(!words.contains(&"a".to_owned()) && !words.contains(&"c".to_owned()));
    }

    #[test]
    fn test_functions_count_with_any_runner_and_further_attributes() {
        let words = test_words(
            "#[tokio::test(start_paused = true)]\n#[other]\nasync fn a() { b(); }\nfn c() {}",
        );
        assert!(words.contains(&"b".to_owned()) && !words.contains(&"c".to_owned()));
    }

    #[test]
    fn code_left_out_of_tests_is_not_test_code() {
        assert!(test_words("#[cfg(not(test))]\nfn a() {}").is_empty());
        assert!(test_words("#[derive(Debug)]\nstruct A;").is_empty());
    }

    #[test]
    fn a_whole_file_can_be_test_code() {
        assert!(test_words("#![cfg(test)]\nfn a() {}").contains(&"a".to_owned()));
    }

    #[test]
    fn a_file_that_is_no_rust_is_told_with_its_line() {
        assert_eq!(Tokens::read("fn a() {\n  (\n}").unwrap_err().0, 3);
    }
}
