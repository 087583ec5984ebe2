#![no_main]
//! Areas and missions from files that anyone may hand over.
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::format;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(areas) = format::read_areas(bytes) {
        for area in areas.iter().take(20) {
            let _ = area.validate();
        }
    }
    if let Ok(mission) = format::read_mission(bytes) {
        if let Ok(written) = format::plan_json::write(&mission) {
            let _ = format::plan_json::read(&written);
        }
        let _ = format::waypoints::write(&mission);
    }
});
