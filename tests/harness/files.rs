//! Real data, read in place, and other orders of it.

use std::io::Read;
use std::path::{Path, PathBuf};

/// A file of the real data; `None`, said plainly, where this machine has none.
pub fn data(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("LINCHPIN_DATA") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
    };
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: the real data ({name}) is not on this machine");
    None
}

/// The text of a gzipped file.
pub fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// The same items in another order, the same for the same seed.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 33).unwrap() % (last + 1);
        items.swap(last, at);
    }
}
