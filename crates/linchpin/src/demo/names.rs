//! Names of people: placeholder first names of many countries with surnames nobody bears.

const FIRST: [&str; 40] = [
    "Anna", "Pedro", "Maija", "Jan", "Kari", "Jean", "Juana", "Max", "Erika", "Ola", "Hanako",
    "Ivan", "Mario", "Janez", "Jane", "Joe", "Ayşe", "Zhang", "Ion", "Medel", "Vardenis", "Jaan",
    "Gipsz", "Ploni", "Nora", "Ashok", "Lin", "Tadhg", "Liis", "Fatima", "Otto", "Marta", "Piet",
    "Sanna", "Radek", "Ilse", "Bruno", "Noémi", "Greta", "Amadou",
];

const LAST: [&str; 61] = [
    "Pebblewick",
    "Marrowbell",
    "Copperthistle",
    "Fernwhistle",
    "Quillfeather",
    "Brindlemere",
    "Ashwhimble",
    "Tansyworth",
    "Mossfinger",
    "Candlebrook",
    "Wrenhatch",
    "Saltbutton",
    "Oakmantle",
    "Thimblecroft",
    "Dapplewood",
    "Larkspindle",
    "Rushlantern",
    "Honeyquill",
    "Stonebobbin",
    "Fogharbour",
    "Umberleaf",
    "Pinwhistle",
    "Drumblethorn",
    "Velvetash",
    "Nettlecombe",
    "Inkwillow",
    "Barleyglass",
    "Snowkettle",
    "Gorsebutton",
    "Tumblebeck",
    "Quincemantle",
    "Rookwhisper",
    "Silverthatch",
    "Birchpocket",
    "Owlbracken",
    "Plumfeather",
    "Hazelrudder",
    "Cloudpenny",
    "Lintwhistle",
    "Marshbuckle",
    "Emberlace",
    "Foxlantern",
    "Wickermoon",
    "Juniperknot",
    "Amberpail",
    "Thistledrum",
    "Heronquill",
    "Slatewhistle",
    "Cobblefern",
    "Appleharrow",
    "Driftbutton",
    "Sorrelbell",
    "Kestrelknot",
    "Moonbarley",
    "Tinwhistler",
    "Gladewimple",
    "Harebutton",
    "Sparrowlatch",
    "Wildquince",
    "Brookthimble",
    "Dusklantern",
];

/// The name with that number. 2,440 numbers give 2,440 names.
pub(super) fn name(number: usize) -> String {
    let spread = number * 911;
    format!("{} {}", FIRST[spread % FIRST.len()], LAST[spread % LAST.len()])
}

/// A mail address under the reserved top-level domain `example`.
pub(super) fn mail(name: &str, firm: &str) -> String {
    format!("{}@{}.example", slug(name, '.'), slug(firm, '-'))
}

/// A telephone number out of the range that the German regulator keeps free for fiction.
pub(super) fn phone(number: usize) -> String {
    format!("+49 30 23125 {:03}", number % 1000)
}

/// A text in small plain letters and digits, everything else turned into single separators.
pub(super) fn slug(text: &str, separator: char) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            None if slug.is_empty() || slug.ends_with(separator) => {}
            None => slug.push(separator),
        }
    }
    slug.trim_end_matches(separator).to_owned()
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'å' | 'á' => "a",
        'é' | 'è' => "e",
        'ş' => "s",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_gives_another_name() {
        let names: std::collections::BTreeSet<String> = (0..2440).map(name).collect();
        assert_eq!(names.len(), 2440);
    }

    #[test]
    fn an_address_holds_plain_letters_only() {
        assert_eq!(
            mail("Ayşe Öl-Müller", "Starling & Vetch"),
            "ayse.oel.mueller@starling-vetch.example"
        );
    }
}
