//! Maps: those in `examples/` are read, and each mistake is named with its place.

use linchpin_ingest::map::Map;
use linchpin_ingest::sync::ContactsMap;

use crate::unit::example;

#[test]
fn every_example_is_read() {
    for name in ["orders.toml", "contracts.toml", "agreements.toml", "contact-changes.toml"] {
        assert!(
            Map::parse(&example(name)).is_ok(),
            "{name}: {:?}",
            Map::parse(&example(name)).err()
        );
    }
    let contacts = ContactsMap::parse(&example("contacts.toml"));
    assert!(contacts.is_ok(), "{:?}", contacts.err());
}

/// What is said of a map in which one text is replaced by another.
fn said(from: &str, to: &str) -> String {
    let text = example("orders.toml");
    assert!(text.contains(from), "{from}");
    Map::parse(&text.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    let mut wrong = Vec::new();
    for (from, to, message) in [
        ("\"orders\"", "\"or ders\"", "line 9, column 10: `or ders` is no source"),
        ("\"UTF-8\"", "\"latin-1\"", "line 11, column 12: `latin-1` is not read"),
        ("\",\"", "\"tab\"", "line 12, column 13: `delimiter` must be one character"),
        ("\"GBP\"", "\"GBX\"", "line 13, column 12: `GBX` is no currency"),
        ("group_by", "groupby", "line 16, column 1: unknown field `groupby`"),
        ("%Y-%m-%d", "%!-%m-%d", "line 29, column 12: `%!-%m-%d %H:%M:%S` is no date format"),
        (
            "account.registered",
            "account.register",
            "line 33, column 8: unknown type `account.register`",
        ),
        (
            "country =",
            "land =",
            "line 39, column 1: `land` of `account.registered`: unknown field `land`",
        ),
        (
            "const = \"order\"",
            "const = \"ordr\"",
            "line 52, column 1: `kind` of `engagement.recorded`: unknown variant `ordr`",
        ),
        (
            "kind = { const = \"order\" }\n",
            "",
            "line 42, column 1: `engagement.recorded`: missing field `kind`",
        ),
        (
            "{ column = \"Quantity\", above = 0 }",
            "{ column = \"Quantity\" }",
            "line 47, column 5: the condition on `Quantity` needs",
        ),
        (
            "key = \"{InvoiceNo}\"",
            "key = \"{CustomerID}\"",
            "line 42, column 1: `key` of `engagement.recorded` must name the group's column {InvoiceNo}",
        ),
        (
            "\"Customer {CustomerID}\"",
            "\"Customer {CustomerID\"",
            "line 38, column 8: `name`: `Customer {CustomerID` opens a brace",
        ),
        (
            "{ const = \"order\" }",
            "{ const = \"order\", column = \"x\" }",
            "line 52, column 8: `kind`: a field needs exactly one of",
        ),
        (
            "account.registered",
            "policy.adopted",
            "line 33, column 8: `policy.adopted` is not told by a table",
        ),
    ] {
        let said = said(from, to);
        if !said.starts_with(message) {
            wrong.push(format!("said     {said}\nexpected {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let none = Map::parse("source = \"x\"\n").unwrap_err().to_string();
    assert!(none.ends_with("no [[fact]]: name at least one"), "{none}");
    let long = Map::parse(&"#".repeat(100_000)).unwrap_err().to_string();
    assert!(long.contains("longer than"), "{long}");
}

#[test]
fn mistakes_in_a_map_of_contacts_are_named_too() {
    let text = example("contacts.toml");
    for (from, to, message) in [
        ("max_shrink = 0.2", "max_shrink = 2.0", "line 14, column 14: `max_shrink` is a share"),
        ("level = \"executive\"", "level = \"boss\"", "unknown variant `boss`"),
        ("contact = {", "person = {", "unknown field `person`"),
        (
            "title = { column = \"title\", optional = true }",
            "level = { column = \"title\", values = { A = \"boss\" } }",
            "unknown variant `boss`",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let said = ContactsMap::parse(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(said.contains(message), "said    {said}\nexpected {message}");
    }
}
