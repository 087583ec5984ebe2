#![no_main]
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::format;

fuzz_target!(|bytes: &[u8]| {
    let _ = format::read_obstacles(bytes);
});
