//! The JSON Schema of a policy.

use linchpin_domain::policy::Policy;

/// The schema as it is published: two spaces deep, one line feed at the end.
pub(super) fn text() -> eyre::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(&Policy::schema())?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_is_current() {
        let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.schema.json");
        let published = std::fs::read_to_string(published).unwrap();
        assert_eq!(
            published,
            super::text().unwrap(),
            "run `linchpin policy schema > docs/policy.schema.json`"
        );
    }
}
