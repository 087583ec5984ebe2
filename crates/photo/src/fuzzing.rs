//! The fuzz target's body, replayed on its corpus by an ordinary test.

use crate::{jpeg, read_meta, write_meta};

/// Larger pictures than this only make the fuzzer slow.
const PIXELS_MAX: u64 = 1_000_000;

/// Reads and rewrites what a photo says, and decodes it.
pub fn photo(bytes: &[u8]) {
    if let Ok(meta) = read_meta(bytes) {
        let _ = meta.camera_model(None);
        let _ = write_meta(bytes, &meta);
    }
    if jpeg::dimensions(bytes).is_ok_and(|(w, h)| u64::from(w) * u64::from(h) < PIXELS_MAX) {
        let _ = jpeg::decode_rgb(bytes);
        let _ = jpeg::decode_gray(bytes);
    }
}
