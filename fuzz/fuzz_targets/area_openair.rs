#![no_main]
use whimbrel_mission::format::FileKind;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| whimbrel_mission::fuzzing::areas(FileKind::OpenAir, bytes));
