#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| whimbrel_mission::fuzzing::shapefile(bytes));
