//! Under which keys a name is filed, and under which its likes are looked up. Two names that the
//! rules may hold alike share at least one key; whether they are is for the rules to say.

use super::read::{Name, is_distinctive, is_number, sorted};

/// A word shorter than this is another word when one letter differs.
pub(super) const TYPO_LETTERS: usize = 5;

/// How many words of a name may hold the letter that differs, the longest first.
const TYPO_WORDS: usize = 4;

/// How many words of a name another may begin with.
pub(super) const HEAD_WORDS: usize = 4;

/// How many names may begin alike and still be taken for one group.
pub(super) const CROWD: usize = 24;

/// How long a word of initials may be.
pub(super) const INITIALS: std::ops::RangeInclusive<usize> = 3..=6;

/// The key of names that begin with these words and go on.
pub(super) fn begins(head: &[String]) -> u32 {
    key("begins", head.iter().map(String::as_str), "")
}

/// The key of names that are these words and no others.
pub(super) fn whole(words: &[String]) -> u32 {
    key("whole", words.iter().map(String::as_str), "")
}

/// Whether names that begin with these words may belong together.
pub(super) fn is_head(words: &[String]) -> bool {
    words.iter().any(|word| is_distinctive(word))
}

/// Every key under which a name is filed.
pub(super) fn filed(name: &Name) -> Vec<u32> {
    let mut keys = alike(name);
    keys.push(whole(&name.core));
    let heads = (1..name.core.len()).take(HEAD_WORDS).map(|words| &name.core[..words]);
    keys.extend(heads.filter(|head| is_head(head)).map(begins));
    keys.extend(name.initials().map(|letters| initials(&letters)));
    for typo in typos(name) {
        let half = typo.half(typo.letters.len());
        keys.push(typo.key("front", typo.letters.len(), &typo.letters[..half]));
        keys.push(typo.key("back", typo.letters.len(), &typo.letters[typo.letters.len() - half..]));
    }
    tidy(keys)
}

/// A key under which to look, and the most accounts that may stand there. Where more do, what they
/// share says nothing, and none of them is looked at.
pub(super) struct Look {
    pub(super) key: u32,
    pub(super) crowd: Option<usize>,
}

/// Every key under which names like this one may be filed, those that say most first.
pub(super) fn asked(name: &Name) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::new();
    let mut look = |key, crowd| {
        if looks.iter().all(|look| look.key != key) {
            looks.push(Look { key, crowd });
        }
    };
    alike(name).into_iter().for_each(|key| look(key, None));
    let heads = (1..name.core.len()).take(HEAD_WORDS).map(|words| &name.core[..words]);
    heads.filter(|head| is_head(head)).for_each(|head| look(whole(head), None));
    if is_head(&name.core) {
        look(begins(&name.core), Some(CROWD));
    }
    if let [first, _, ..] = &name.core[..] {
        look(begins(std::slice::from_ref(first)), Some(CROWD));
    }
    if let [word] = &name.core[..] {
        look(initials(word), Some(1));
    }
    name.initials().into_iter().for_each(|letters| look(whole(&[letters]), Some(1)));
    for typo in typos(name) {
        let letters = typo.letters.len();
        for other in [letters - 1, letters, letters + 1] {
            let half = typo.half(other);
            look(typo.key("front", other, &typo.letters[..half]), None);
            look(typo.key("back", other, &typo.letters[letters - half..]), None);
        }
    }
    looks
}

/// The keys that names share which are the same but for order, gaps, places or their own country.
fn alike(name: &Name) -> Vec<u32> {
    let words = name.sorted();
    let mut keys = Vec::new();
    if let Some(code) = name.country {
        let code: String = code.map(char::from).iter().collect();
        keys.push(key("here", words.iter().copied(), &code));
        keys.push(key("here", sorted(name.at_home().into_iter()).into_iter(), &code));
    }
    keys.push(key("words", words.iter().copied(), ""));
    keys.push(key("joined", [name.joined().as_str()].into_iter(), ""));
    let placeless = sorted(name.placeless().into_iter());
    if placeless.iter().any(|word| is_distinctive(word)) {
        keys.push(key("placeless", placeless.into_iter(), ""));
    }
    keys
}

/// The key of names whose initials these letters are.
pub(super) fn initials(letters: &str) -> u32 {
    key("initials", [letters].into_iter(), "")
}

/// A word that may be another's with one letter wrong, and the words that must then be equal.
struct Typo<'a> {
    others: Vec<&'a str>,
    letters: Vec<char>,
}

impl Typo<'_> {
    /// How many letters at either end are a key. The gap between the two is wide enough for any one
    /// mistake, two letters changing places included, to leave one of them whole.
    fn half(&self, letters: usize) -> usize {
        letters.saturating_sub(1) / 2
    }

    fn key(&self, end: &str, letters: usize, half: &[char]) -> u32 {
        let half: String = half.iter().collect();
        key(end, self.others.iter().copied(), &format!("{letters}{half}"))
    }
}

fn typos(name: &Name) -> Vec<Typo<'_>> {
    let words = name.sorted();
    let long = |word: &&str| word.chars().count() + 1 >= TYPO_LETTERS && !is_number(word);
    let mut at: Vec<usize> = (0..words.len()).filter(|at| long(&words[*at])).collect();
    at.sort_by_key(|at| std::cmp::Reverse(words[*at].len()));
    at.truncate(TYPO_WORDS);
    let without = |at: usize| words.iter().enumerate().filter(move |(other, _)| *other != at);
    at.into_iter()
        .map(|at| Typo {
            others: without(at).map(|(_, word)| *word).collect(),
            letters: words[at].chars().collect(),
        })
        .collect()
}

fn tidy(mut keys: Vec<u32>) -> Vec<u32> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// FNV-1a, mixed and cut to 32 bits: the same on every machine. Two that meet by chance cost a
/// comparison and no more.
fn key<'a>(kind: &str, words: impl Iterator<Item = &'a str>, more: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    take(kind);
    words.for_each(&mut take);
    take(more);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash >> 32) as u32
}
