#![no_main]
use libfuzzer_sys::fuzz_target;
use whimbrel_geo::GeoidGrid;

fuzz_target!(|bytes: &[u8]| {
    let _ = GeoidGrid::from_pgm(bytes);
});
