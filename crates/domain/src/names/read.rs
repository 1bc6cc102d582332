//! A name as people write it, taken apart into what can be compared.

use unicode_normalization::UnicodeNormalization;

use super::tables::{
    MAX_PLACE_WORDS, country, form_anywhere, form_at_end, form_in_front, in_full, is_common,
    is_form, is_group, is_place, is_small,
};

/// How much of a name is read, in characters; longer ones differ early or not at all.
const MAX_CHARS: usize = 200;

/// How many words of a name are read.
const MAX_WORDS: usize = 16;

/// A name taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// What tells it from others, in order: no small words, group words or legal forms.
    pub(super) core: Vec<String>,
    /// Small words left out of the core.
    pub(super) small: Vec<String>,
    /// What it says of itself that an organisation above others says, sorted.
    pub(super) group: Vec<String>,
    /// Its legal forms, sorted.
    pub(super) forms: Vec<&'static str>,
    /// Its country, ISO 3166, where that is known.
    pub(super) country: Option<[u8; 2]>,
}

impl Name {
    /// Takes a name apart.
    pub(super) fn read(name: &str, country: Option<&str>) -> Self {
        let mut words = words(name);
        let mut forms = take_forms(&mut words);
        forms.sort_unstable();
        forms.dedup();
        let mut read = Self { forms, country: country.and_then(country_code), ..Self::default() };
        let all = merge_places(words);
        let bare = |word: &String| !is_small(word) && !is_group(word);
        let some = all.iter().any(bare);
        for word in all {
            if some && is_group(&word) {
                read.group.push(word);
            } else if some && is_small(&word) {
                read.small.push(word);
            } else {
                read.core.push(word);
            }
        }
        read.core.truncate(MAX_WORDS);
        read.core.shrink_to_fit();
        read.core.iter_mut().for_each(String::shrink_to_fit);
        read.group.sort_unstable();
        read.group.dedup();
        read
    }

    /// The words of the core, each once, sorted: the same for every order of them.
    pub(super) fn sorted(&self) -> Vec<&str> {
        sorted(self.core.iter().map(String::as_str))
    }

    /// The core without its places. A place in front is what the organisation is called after, and
    /// stays.
    pub(super) fn placeless(&self) -> Vec<&str> {
        let core = self.core.iter().enumerate();
        core.filter(|(at, word)| *at == 0 || !is_place(word)).map(|(_, word)| &**word).collect()
    }

    /// The core without words for its own country.
    pub(super) fn at_home(&self) -> Vec<&str> {
        let home = |word: &str| {
            self.country.is_some_and(|code| country(word).map(str::as_bytes) == Some(&code))
        };
        let core = self.core.iter().enumerate();
        core.filter(|(at, word)| *at == 0 || !home(word)).map(|(_, word)| &**word).collect()
    }

    /// The letters of the core without the gaps.
    pub(super) fn joined(&self) -> String {
        self.core.concat()
    }

    /// The first letters of three words or more.
    pub(super) fn initials(&self) -> Option<String> {
        let letters = self.core.iter().filter_map(|word| word.chars().next());
        (self.core.len() >= 3 && self.core.iter().all(|word| !is_number(word)))
            .then(|| letters.collect())
    }
}

/// Words, each once, sorted.
pub(super) fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a word tells an organisation from others: no trade, place, number or initials.
pub(super) fn is_distinctive(word: &str) -> bool {
    !is_common(word) && !is_place(word) && !is_number(word) && word.chars().count() >= 3
}

/// Whether a word counts things that are else called the same: digits, or a Roman numeral.
pub(super) fn is_number(word: &str) -> bool {
    let roman = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii"];
    word.chars().any(char::is_numeric) || roman.contains(&word)
}

/// The words of a text: small letters, no accents, initials and what was written with dots joined.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut initials = false;
    for chunk in folded(text).split(|c: char| !c.is_alphanumeric() && !".&+".contains(c)) {
        for word in chunk.split_inclusive(['&', '+']) {
            let whole = word.trim_end_matches(['&', '+']);
            // `A.K.` is one word and so is `A K`; `St.Gallen` is two.
            let parts = whole.split('.').filter(|part| !part.is_empty()).collect::<Vec<&str>>();
            for run in parts.chunk_by(|one, next| is_letter(one) && is_letter(next)) {
                let joined = run.concat();
                let goes_on = is_letter(&joined) || !is_form(&joined);
                match words.last_mut().filter(|last| initials && !is_form(last)) {
                    Some(last) if is_letter(run[0]) && goes_on => last.push_str(&joined),
                    _ => words.push(joined),
                }
                initials = is_letter(run[0]);
            }
        }
    }
    words.iter().map(|word| in_full(word).to_owned()).take(2 * MAX_WORDS).collect()
}

fn is_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// ISO 3166, from a code or from a country's name.
fn country_code(text: &str) -> Option<[u8; 2]> {
    let words = words(text).join(" ");
    match country(&words).unwrap_or(&words).as_bytes() {
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
            Some([a.to_ascii_uppercase(), b.to_ascii_uppercase()])
        }
        _ => None,
    }
}

/// Small letters without accents. Letters that Unicode does not take apart are spelled out.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().take(MAX_CHARS).nfkd().flat_map(char::to_lowercase) {
        match c {
            // Accents of Latin, Greek and Cyrillic; the voicing of Japanese kana stays.
            '\u{300}'..='\u{36f}' | '\'' | '’' | '`' | '´' | 'ʼ' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            c => folded.push(c),
        }
    }
    for form in ["株式会社", "有限会社", "股份有限公司", "有限公司"] {
        if folded.contains(form) {
            folded = folded.replace(form, " ");
        }
    }
    folded
}

/// Takes the legal forms out of a name, and the states it is in; a word at least is left.
fn take_forms(words: &mut Vec<String>) -> Vec<&'static str> {
    let mut forms = Vec::new();
    while let Some((form, taken)) = form_at_end(words) {
        words.truncate(words.len() - taken);
        forms.push(form);
    }
    if let Some((form, taken)) = form_in_front(words) {
        words.drain(..taken);
        forms.push(form);
    }
    let mut first = true;
    words.retain(|word| {
        let form = if first { None } else { form_anywhere(word) };
        first = false;
        forms.extend(form);
        form.is_none()
    });
    forms.retain(|form| !form.is_empty());
    forms
}

/// Makes one word of the words of a place.
fn merge_places(words: Vec<String>) -> Vec<String> {
    let mut merged = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let most = MAX_PLACE_WORDS.min(words.len() - at);
        let place = |taken: &usize| is_place(&words[at..at + taken].join(" "));
        let taken = (2..=most).rev().find(place).unwrap_or(1);
        merged.push(words[at..at + taken].join(" "));
        at += taken;
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(name: &str) -> String {
        Name::read(name, None).core.join(" ")
    }

    #[test]
    fn case_accents_dots_and_the_word_and_make_no_difference() {
        assert_eq!(core("ÉTIC Produits, Plein-Air"), "etic produits plein air");
        assert_eq!(core("Straße & Søn"), core("STRASSE and SON"));
        assert_eq!(core("Müller und Łódź"), "muller lodz");
        assert_eq!(core("D'Electricité"), "delectricite");
    }

    #[test]
    fn initials_are_one_word_however_they_are_spaced() {
        for name in ["A.K. Engineering", "A K Engineering", "A. K. Engineering", "AK Engineering"] {
            assert_eq!(core(name), "ak engineering");
        }
        assert_eq!(core("M.J. de Groot B.V."), "mj groot");
        assert_eq!(core("M.R.Agro Industries"), core("M R AGRO Industries"));
        assert_eq!(core("H & M Ltd"), "hm");
        assert_eq!(core("Tetu C B.V."), "tetu c");
    }

    #[test]
    fn legal_forms_of_many_countries_are_no_part_of_the_name() {
        for name in [
            "Northgate Ltd",
            "Northgate Private Limited",
            "Northgate GmbH & Co. KG",
            "Northgate S.à r.l.",
            "Northgate Sp. z o.o.",
            "Northgate S.p.A.",
            "Northgate, s.r.o.",
            "NORTHGATE Aktiengesellschaft",
            "Northgate Oy",
            "Northgate A/S",
            "Northgate S.A. de C.V.",
            "PT Northgate Tbk",
            "ООО Northgate",
            "Northgate Co., Ltd.",
            "Northgate Pty. Ltd.",
            "Northgate L.L.C.",
            "Northgate spółka z ograniczoną odpowiedzialnością",
            "Stichting Northgate",
            "Northgate N.V. in liquidation",
            "Northgate K.K.",
            "Northgate株式会社",
            "NORTHGATE SOCIETA' A RESPONSABILITA' LIMITATA",
            "Northgate Gesellschaft mit beschränkter Haftung",
            "Northgate Zrt.",
        ] {
            assert_eq!(core(name), "northgate", "{name}");
        }
        assert_eq!(Name::read("Northgate Limited", None).forms, ["ltd"]);
        assert_eq!(Name::read("Northgate Private Limitied", None).forms, ["pvt ltd"]);
        assert_eq!(core("Limited"), "limited");
        assert_eq!(core("AG"), "ag");
        assert_eq!(core("As You Like It"), "as you like it");
    }

    #[test]
    fn group_words_and_small_words_are_kept_apart() {
        let name = Name::read("The Van Meijden Holding Group B.V.", Some("Netherlands"));
        assert_eq!(name.core, ["meijden"]);
        assert_eq!(name.small, ["the", "van"]);
        assert_eq!(name.group, ["group", "holding"]);
        assert_eq!(name.country, Some(*b"NL"));
        assert_eq!(core("The Holding Group"), "the holding group");
    }

    #[test]
    fn a_place_of_several_words_is_one_word() {
        assert_eq!(Name::read("Acme South Africa", None).core, ["acme", "south africa"]);
        assert_eq!(Name::read("Acme South Africa", None).placeless(), ["acme"]);
        assert_eq!(Name::read("Hong Kong Acme", None).placeless(), ["hong kong", "acme"]);
    }

    #[test]
    fn a_country_is_read_from_a_code_or_a_name() {
        for text in ["DE", "de", "Germany", "Deutschland"] {
            assert_eq!(Name::read("Acme", Some(text)).country, Some(*b"DE"));
        }
        assert_eq!(Name::read("Acme", Some("United Kingdom")).country, Some(*b"GB"));
        assert_eq!(Name::read("Acme", Some("UK")).country, Some(*b"GB"));
        assert_eq!(Name::read("Acme", Some("somewhere")).country, None);
    }

    #[test]
    fn a_name_of_nothing_and_a_name_without_end_are_read() {
        assert_eq!(core(" -- "), "");
        assert_eq!(Name::read(&"word ".repeat(10_000), None).core.len(), MAX_WORDS);
    }
}
