#![no_main]
//! WKT.
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::format::{FileKind, read_as};

fuzz_target!(|bytes: &[u8]| {
    let _ = read_as(FileKind::Wkt, bytes);
});
