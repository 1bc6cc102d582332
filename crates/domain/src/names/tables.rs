//! What is known of words: legal forms, places, trades. The texts beside this file are the tables.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use strsim::osa_distance;

/// The most words in one legal form.
const MAX_FORM_WORDS: usize = 5;

/// The most words in the name of one place.
pub(super) const MAX_PLACE_WORDS: usize = 3;

/// Whether a word carries no name of its own, such as `of` or `und`.
pub(super) fn is_small(word: &str) -> bool {
    WORDS.small.contains(word)
}

/// Whether an organisation above others calls itself so.
pub(super) fn is_group(word: &str) -> bool {
    WORDS.group.contains(word)
}

/// Whether so many names share the word that it tells none apart.
pub(super) fn is_common(word: &str) -> bool {
    WORDS.common.contains(word)
}

/// A word, or the one that it is short for, or that it surely is with one letter wrong.
pub(super) fn in_full(word: &str) -> &str {
    if let Some(full) = WORDS.same.get(word) {
        return full;
    }
    let meant = |known: &&&str| {
        known.len().abs_diff(word.len()) <= 1
            && known[..1] == word[..word.chars().next().map_or(0, char::len_utf8)]
            && osa_distance(known, word) == 1
    };
    WORDS.misspelt.iter().find(meant).map_or(word, |known| in_full(known))
}

/// Whether the words name a place.
pub(super) fn is_place(words: &str) -> bool {
    PLACES.contains_key(words)
}

/// The ISO 3166 code of a country named in words.
pub(super) fn country(words: &str) -> Option<&'static str> {
    PLACES.get(words).copied().flatten()
}

/// The legal form at the end of a name and how many words it takes, the longest there is. The form
/// is empty where it is a state, such as in liquidation.
pub(super) fn form_at_end(words: &[String]) -> Option<(&'static str, usize)> {
    longest(words.len(), |taken| FORMS.end.get(words[words.len() - taken..].join(" ").as_str()))
}

/// The legal form in front of a name and how many words it takes.
pub(super) fn form_in_front(words: &[String]) -> Option<(&'static str, usize)> {
    longest(words.len(), |taken| {
        let written = words[..taken].join(" ");
        FORMS.end.get(written.as_str()).filter(|_| FORMS.front.contains(written.as_str()))
    })
}

/// The legal form that a word is wherever it stands.
pub(super) fn form_anywhere(word: &str) -> Option<&'static str> {
    FORMS.end.get(word).copied().filter(|_| FORMS.anywhere.contains(word))
}

/// Whether a word by itself is a legal form at the end of a name.
pub(super) fn is_form(word: &str) -> bool {
    FORMS.end.contains_key(word)
}

fn longest<'a>(
    words: usize,
    form: impl Fn(usize) -> Option<&'a &'static str>,
) -> Option<(&'static str, usize)> {
    let most = MAX_FORM_WORDS.min(words.saturating_sub(1));
    (1..=most).rev().find_map(|taken| form(taken).map(|form| (*form, taken)))
}

struct Words {
    small: HashSet<&'static str>,
    group: HashSet<&'static str>,
    common: HashSet<&'static str>,
    same: HashMap<&'static str, &'static str>,
    misspelt: Vec<&'static str>,
}

struct Forms {
    end: HashMap<&'static str, &'static str>,
    front: HashSet<&'static str>,
    anywhere: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let text = include_str!("words.txt");
    let words = |name| part(text, name).flat_map(str::split_whitespace).collect();
    Words {
        small: words("small"),
        group: words("group"),
        common: words("common"),
        same: part(text, "same").filter_map(|line| line.split_once(' ')).collect(),
        misspelt: part(text, "misspelt").flat_map(str::split_whitespace).collect(),
    }
});

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let text = include_str!("forms.txt");
    let state = part(text, "state").flat_map(listed).map(|written| (written, ""));
    Forms {
        end: named(part(text, "")).chain(state).collect(),
        front: part(text, "front").flat_map(listed).collect(),
        anywhere: part(text, "anywhere").flat_map(listed).collect(),
    }
});

/// Places; with its code where it is a country.
static PLACES: LazyLock<HashMap<&str, Option<&str>>> = LazyLock::new(|| {
    let text = include_str!("places.txt");
    let countries = named(part(text, "countries")).map(|(name, code)| (name, Some(code)));
    let others = part(text, "other").flat_map(listed).map(|name| (name, None));
    countries.chain(others).collect()
});

/// The lines of one part of a table, up to where the next begins.
fn part(text: &'static str, name: &str) -> impl Iterator<Item = &'static str> {
    let mut here = name.is_empty();
    text.lines().filter(move |line| {
        if let Some(head) = line.strip_prefix('[') {
            here = head.split_once(']').is_some_and(|(title, _)| title == name);
            return false;
        }
        here && !line.is_empty() && !line.starts_with('#')
    })
}

fn listed(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// From `CODE: one way, another`: each way with its code.
fn named(
    lines: impl Iterator<Item = &'static str>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(code, ways)| listed(ways).map(move |way| (way, code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::read::words;

    #[test]
    fn every_word_of_the_tables_is_spelled_as_reading_leaves_it() {
        let texts = FORMS.end.keys().chain(PLACES.keys()).chain(&WORDS.common);
        for text in texts.chain(&WORDS.small).chain(&WORDS.group).chain(WORDS.same.values()) {
            assert_eq!(words(text).join(" "), *text);
        }
    }

    #[test]
    fn no_form_or_place_is_longer_than_is_looked_for() {
        let longest = |most: usize, texts: &mut dyn Iterator<Item = &&str>| {
            texts.map(|text| text.split(' ').count()).max() == Some(most)
        };
        assert!(longest(MAX_FORM_WORDS, &mut FORMS.end.keys()));
        assert!(longest(MAX_PLACE_WORDS, &mut PLACES.keys()));
    }

    #[test]
    fn forms_in_front_or_anywhere_are_forms() {
        for form in FORMS.front.iter().chain(&FORMS.anywhere) {
            assert!(is_form(form), "{form}");
        }
    }

    #[test]
    fn no_word_stands_for_one_that_stands_for_another() {
        for full in WORDS.same.values() {
            assert_eq!(in_full(full), *full);
        }
    }
}
