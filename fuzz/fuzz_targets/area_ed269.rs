#![no_main]
//! ED-269.
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::format::{FileKind, read_as};

fuzz_target!(|bytes: &[u8]| {
    let _ = read_as(FileKind::Ed269, bytes);
});
