//! Style, script and vendored files, built into the binary. No build step, no request elsewhere.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::error::PageError;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "style.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/style.css"),
    },
    Asset {
        name: "linchpin.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/linchpin.js"),
    },
    Asset {
        name: "htmx.min.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/htmx.min.js"),
    },
    Asset {
        name: "hx-sse.min.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/hx-sse.min.js"),
    },
    Asset { name: "mark.svg", kind: "image/svg+xml", bytes: include_bytes!("../assets/mark.svg") },
];

/// The first half of each file's SHA-256, in the order of [`ASSETS`]: names a version of it.
static SUMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let sum = |asset: &Asset| {
        Sha256::digest(asset.bytes).iter().take(16).fold(String::new(), |mut sum, byte| {
            let _ = write!(sum, "{byte:02x}");
            sum
        })
    };
    ASSETS.iter().map(sum).collect()
});

fn find(name: &str) -> Option<(&'static Asset, &'static str)> {
    let index = ASSETS.iter().position(|asset| asset.name == name)?;
    Some((&ASSETS[index], SUMS[index].as_str()))
}

/// The address of a file. It names the version, so that a browser may keep it for good.
pub(crate) fn href(name: &str) -> String {
    match find(name) {
        Some((_, sum)) => format!("/assets/{name}?v={}", &sum[..12]),
        None => format!("/assets/{name}"),
    }
}

/// Serves a file. Asked for by its version it may be kept for a year, else it is checked again.
pub(crate) async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some((asset, sum)) = find(&name) else {
        return PageError::NotFound("There is no such file.".to_owned()).into_response();
    };
    let named = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let kept = match named {
        Some(version) if version == &sum[..12] => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let tag = format!("\"{sum}\"");
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = asked.is_some_and(|asked| asked.split(',').any(|one| one.trim() == tag));
    let mut answer = match same {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(asset.bytes).into_response(),
    };
    let head = answer.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.insert(header::ETAG, tag);
    }
    answer
}
