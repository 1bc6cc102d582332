//! What two names say about each other.

use strsim::osa_distance;

use super::keys::{INITIALS, TYPO_LETTERS, is_head};
use super::read::{Name, is_distinctive, is_number, sorted};
use super::tables::{is_common, is_place};
use super::{Kind, Why};

/// Points, of a hundred. Their order says which of two suggestions stands first; nothing below
/// [`super::AT_LEAST`] is suggested.
mod points {
    pub(super) const SAME_NAME: u8 = 100;
    pub(super) const NO_FORM: u8 = 92;
    pub(super) const OTHER_GAPS: u8 = 88;
    pub(super) const SMALL_WORDS: u8 = 85;
    pub(super) const OTHER_ORDER: u8 = 85;
    pub(super) const OTHER_FORM: u8 = 80;
    pub(super) const ONE_LETTER: u8 = 75;
    pub(super) const GROUP_WORDS: u8 = 70;
    pub(super) const OWN_COUNTRY: u8 = 70;
    pub(super) const INITIALS: u8 = 60;
    pub(super) const PLACE: u8 = 85;
    pub(super) const HOLDING: u8 = 75;
    pub(super) const TRADE: u8 = 70;
    pub(super) const ABROAD: u8 = 65;
    pub(super) const LONGER: u8 = 60;
    pub(super) const SHARED_HEAD: u8 = 50;
}

/// What a pair of names is, seen from the one asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) score: u8,
    pub(super) why: Why,
}

fn found(kind: Kind, score: u8, why: Why) -> Option<Found> {
    Some(Found { kind, score, why })
}

/// How many names stand in the way of a suggestion: what many share points to none of them.
pub(super) trait Crowd {
    /// Whether too many names begin with these words for that to say anything.
    fn begin_with(&self, head: &[String]) -> bool;

    /// Whether several names have these initials.
    fn have_initials(&self, letters: &str) -> bool;
}

/// What the other name is to the one asked about; `None` where the two say nothing of each other.
pub(super) fn judge(asked: &Name, other: &Name, crowd: &impl Crowd) -> Option<Found> {
    if asked.core.is_empty() || other.core.is_empty() {
        return None;
    }
    same(asked, other)
        .or_else(|| own_country(asked, other))
        .or_else(|| part_of(asked, other, Kind::Parent, crowd))
        .or_else(|| part_of(other, asked, Kind::Subsidiary, crowd))
        .or_else(|| shared_head(asked, other, Kind::Parent, crowd))
        .or_else(|| shared_head(other, asked, Kind::Subsidiary, crowd))
        .or_else(|| one_letter(asked, other))
        .or_else(|| by_initials(asked, other, crowd))
}

/// The same words, whatever their order, gaps and legal form.
fn same(asked: &Name, other: &Name) -> Option<Found> {
    let (score, why) = if asked.core == other.core {
        if asked.small != other.small {
            (points::SMALL_WORDS, Why::SmallWords)
        } else if asked.forms == other.forms {
            (points::SAME_NAME, Why::SameName)
        } else if asked.forms.is_empty() || other.forms.is_empty() {
            (points::NO_FORM, Why::LegalForm)
        } else {
            (points::OTHER_FORM, Why::LegalForm)
        }
    } else if asked.sorted() == other.sorted() {
        (points::OTHER_ORDER, Why::WordOrder)
    } else if numbers(asked) == numbers(other) && asked.joined() == other.joined() {
        (points::OTHER_GAPS, Why::Gaps)
    } else {
        return None;
    };
    let abroad = abroad(asked, other);
    if abroad && !is_head(&asked.core) {
        return None;
    }
    match (asked.group.is_empty(), other.group.is_empty()) {
        (true, false) => return found(Kind::Parent, points::HOLDING, Why::Holding),
        (false, true) => return found(Kind::Subsidiary, points::HOLDING, Why::Holding),
        _ => {}
    }
    if abroad {
        // Which of the two is above the other no name tells; the one asked about came later.
        return found(Kind::Parent, points::ABROAD, Why::Abroad);
    }
    if asked.group != other.group {
        return found(Kind::Duplicate, points::GROUP_WORDS, Why::GroupWords);
    }
    found(Kind::Duplicate, score, why)
}

/// One of two in a country has that country in its name: it tells nothing apart there.
fn own_country(asked: &Name, other: &Name) -> Option<Found> {
    let here = asked.country.is_some() && asked.country == other.country;
    let (ours, theirs) = (asked.at_home(), other.at_home());
    // Without such a word the two were told to be the same before, or are not.
    if !here || (ours.len() == asked.core.len() && theirs.len() == other.core.len()) {
        return None;
    }
    let words = sorted(ours.into_iter());
    let alike = words == sorted(theirs.into_iter())
        && asked.group.is_empty() == other.group.is_empty()
        && words.iter().any(|word| is_distinctive(word));
    alike.then_some(Found {
        kind: Kind::Duplicate,
        score: points::OWN_COUNTRY,
        why: Why::OwnCountry,
    })
}

/// One letter of one long word is wrong, missing, too many or in the wrong place.
fn one_letter(asked: &Name, other: &Name) -> Option<Found> {
    if asked.core.len() != other.core.len() || asked.group != other.group {
        return None;
    }
    let (ours, theirs) = (asked.sorted(), other.sorted());
    let only = |these: &[&str], those: &[&str]| {
        let mut odd = these.iter().copied().filter(|word| !those.contains(word));
        odd.next().filter(|_| odd.next().is_none()).map(str::to_owned)
    };
    let (ours, theirs) = (only(&ours, &theirs)?, only(&theirs, &ours)?);
    let letters = ours.chars().count().min(theirs.chars().count());
    let alone = asked.core.len() == 1;
    let typo = letters >= TYPO_LETTERS + usize::from(alone)
        && ours.chars().next() == theirs.chars().next()
        && !(is_place(&ours) && is_place(&theirs))
        && !is_number(&ours)
        && !is_number(&theirs)
        && osa_distance(&ours, &theirs) == 1
        && !abroad(asked, other);
    typo.then_some(Found { kind: Kind::Duplicate, score: points::ONE_LETTER, why: Why::OneLetter })
}

/// A short name is the initials of a long one.
fn by_initials(asked: &Name, other: &Name, crowd: &impl Crowd) -> Option<Found> {
    let (short, long) = if asked.core.len() == 1 { (asked, other) } else { (other, asked) };
    let [letters] = &short.core[..] else { return None };
    let alike = INITIALS.contains(&letters.chars().count())
        && long.initials().as_ref() == Some(letters)
        && long.core.iter().any(|word| is_distinctive(word))
        && !abroad(asked, other)
        && asked.group.is_empty() == other.group.is_empty()
        && !crowd.have_initials(letters);
    alike.then_some(Found { kind: Kind::Duplicate, score: points::INITIALS, why: Why::Initials })
}

/// The upper's name with something after it, such as a place or a trade.
fn part_of(lower: &Name, upper: &Name, kind: Kind, crowd: &impl Crowd) -> Option<Found> {
    let bare = lower.placeless();
    if bare.len() < lower.core.len()
        && upper.placeless().len() == upper.core.len()
        && sorted(bare.iter().copied()) == upper.sorted()
        && bare.iter().any(|word| is_distinctive(word))
    {
        return found(kind, points::PLACE, Why::Place);
    }
    let tail = lower.core.strip_prefix(&upper.core[..]).filter(|tail| !tail.is_empty())?;
    let called_less = upper.small.iter().any(|word| !lower.small.contains(word));
    if called_less || !is_head(&upper.core) || tail.iter().all(|word| is_count(word)) {
        return None;
    }
    if crowd.begin_with(&upper.core) {
        return None;
    }
    let trade = tail.iter().all(|word| is_common(word) || is_place(word));
    if trade {
        return found(kind, points::TRADE, Why::Trade);
    }
    found(kind, points::LONGER, Why::Longer)
}

/// Both begin with the same rare word; the lower's goes on with a place, the upper's with a trade.
fn shared_head(lower: &Name, upper: &Name, kind: Kind, crowd: &impl Crowd) -> Option<Found> {
    let (first, place) = lower.core.split_first()?;
    let (same, trade) = upper.core.split_first()?;
    let alike = first == same
        && is_distinctive(first)
        && first.chars().count() >= TYPO_LETTERS
        && !place.is_empty()
        && place.iter().all(|word| is_place(word))
        && !trade.is_empty()
        && trade.iter().all(|word| is_common(word) && !is_place(word))
        && !crowd.begin_with(std::slice::from_ref(first));
    alike.then_some(Found { kind, score: points::SHARED_HEAD, why: Why::SharedHead })
}

fn abroad(asked: &Name, other: &Name) -> bool {
    asked.country.zip(other.country).is_some_and(|(ours, theirs)| ours != theirs)
}

/// A number or a single letter: it counts brothers and names no part.
fn is_count(word: &str) -> bool {
    is_number(word) || word.chars().count() == 1
}

fn numbers(name: &Name) -> Vec<&String> {
    name.core.iter().filter(|word| is_number(word)).collect()
}
