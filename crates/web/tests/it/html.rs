//! Just enough reading of HTML to check a page by.

/// Every tag of a name, as written.
pub(crate) fn tags<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name}");
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find(&open) {
        let from = &rest[at..];
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let after = from[open.len()..].chars().next().unwrap_or('>');
        if !after.is_ascii_alphanumeric() && after != '-' {
            found.push(&from[..end]);
        }
        rest = &from[open.len()..];
    }
    found
}

/// An attribute of a tag, unescaped as far as addresses need it.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[at..];
    let value = &value[..value.find('"')?];
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\""))
}

/// Every value of an attribute in a page.
pub(crate) fn all(page: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let from = &rest[at..];
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        found.extend(attribute(&from[..end], name));
        rest = &from[1..];
    }
    found
}

/// What every page must be, whatever it shows.
pub(crate) fn check(path: &str, page: &str) {
    assert_eq!(tags(page, "h1").len(), 1, "{path}: one heading of the page");
    assert_eq!(tags(page, "main").len(), 1, "{path}: one main part");
    assert!(page.contains("<html lang=\"en\""), "{path}: names its language");
    assert!(tags(page, "style").is_empty(), "{path}: no style element");
    assert!(all(page, "style").is_empty(), "{path}: no style attribute");
    for script in tags(page, "script") {
        assert!(
            attribute(script, "src").is_some_and(|src| src.starts_with("/assets/")),
            "{path}: {script}"
        );
    }
    for handler in ["onclick", "onload", "onsubmit", "onchange", "onerror"] {
        assert!(all(page, handler).is_empty(), "{path}: no {handler}");
    }
    for address in all(page, "href").into_iter().chain(all(page, "src")).chain(all(page, "action"))
    {
        let ours =
            address.starts_with('/') && !address.starts_with("//") || address.starts_with('#');
        assert!(ours, "{path}: leads elsewhere: {address}");
    }
    for name in ["div", "section", "form", "ul", "ol", "li", "table", "details", "aside"] {
        let closed = page.matches(&format!("</{name}>")).count();
        assert_eq!(tags(page, name).len(), closed, "{path}: each {name} is closed");
    }
    ids(path, page);
    labels(path, page);
    tables(path, page);
}

fn ids(path: &str, page: &str) {
    let ids = all(page, "id");
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "{path}: an id stands twice: {ids:?}");
    for name in ["aria-labelledby", "aria-describedby", "for", "list"] {
        for named in all(page, name).iter().flat_map(|value| value.split(' ')) {
            assert!(ids.iter().any(|id| id == named), "{path}: {name} names no id: {named}");
        }
    }
    let inside =
        all(page, "href").into_iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned));
    for named in inside {
        assert!(ids.contains(&named), "{path}: nothing at #{named}");
    }
}

fn labels(path: &str, page: &str) {
    let labelled = all(page, "for");
    for field in
        ["input", "select", "textarea", "progress"].iter().flat_map(|name| tags(page, name))
    {
        if attribute(field, "type").as_deref() == Some("hidden") {
            continue;
        }
        let id = attribute(field, "id").unwrap_or_default();
        assert!(labelled.contains(&id), "{path}: without a label: {field}");
    }
}

fn tables(path: &str, page: &str) {
    assert_eq!(tags(page, "table").len(), tags(page, "caption").len(), "{path}: a caption each");
    for head in tags(page, "th") {
        assert!(attribute(head, "scope").is_some(), "{path}: without a scope: {head}");
    }
    for plot in tags(page, "svg") {
        let named = plot.contains("role=\"img\"") && plot.contains("aria-label");
        assert!(
            named
                || plot.contains("aria-hidden")
                || plot.contains("overflow=")
                || plot.contains("preserveAspectRatio"),
            "{path}: a plot without a title: {plot}"
        );
    }
}
