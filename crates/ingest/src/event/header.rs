//! The values of attributes in headers, as the HTTP and NATS bindings of CloudEvents have it.

use super::{Attribute, EventError, Fault};

/// The attributes among the headers of a message: those whose names begin with `ce-`, in any case.
///
/// # Errors
/// Where a value is not percent-encoded UTF-8.
pub(crate) fn attributes<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<Attribute>, EventError> {
    let mut attributes = Vec::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let Some(name) = name.strip_prefix("ce-") else { continue };
        let value = decoded(value).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let detail = format!("the header `ce-{shown}` is not percent-encoded UTF-8");
            EventError::new(Fault::Attribute, detail)
        })?;
        attributes.push(Attribute { name: name.to_owned(), value });
    }
    Ok(attributes)
}

/// Takes off quotes and their escapes, then percent-encoding. A percent sign without two hex
/// digits behind it stands for itself.
fn decoded(value: &[u8]) -> Option<String> {
    let inner = value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\""));
    let mut plain = Vec::with_capacity(value.len());
    let mut at = inner.unwrap_or(value).iter().copied();
    while let Some(byte) = at.next() {
        match byte {
            b'\\' if inner.is_some() => plain.push(at.next()?),
            other => plain.push(other),
        }
    }
    let mut bytes = Vec::with_capacity(plain.len());
    let mut index = 0;
    while index < plain.len() {
        let hex = |at: usize| plain.get(at).and_then(|c| char::from(*c).to_digit(16));
        match (plain[index], hex(index + 1), hex(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                index += 3;
            }
            (byte, ..) => {
                bytes.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
