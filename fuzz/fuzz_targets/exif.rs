#![no_main]
use libfuzzer_sys::fuzz_target;
use whimbrel_photo::{jpeg, read_meta, write_meta};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(meta) = read_meta(bytes) {
        let _ = meta.camera_model();
        let _ = write_meta(bytes, &meta);
    }
    if jpeg::dimensions(bytes).is_ok_and(|(w, h)| u64::from(w) * u64::from(h) < 1_000_000) {
        let _ = jpeg::decode_rgb(bytes);
    }
});
