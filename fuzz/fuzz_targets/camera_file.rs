#![no_main]
//! Camera files that anyone may hand over.
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::Camera;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(camera) = Camera::from_toml(text)
    {
        let (wide, long) = camera.footprint_m(camera.height_for_gsd_m(0.03));
        assert!(wide.is_finite() && long.is_finite());
    }
});
