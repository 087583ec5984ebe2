#![no_main]
//! Shapefiles: the first two bytes part the `.prj` and the `.dbf` from the `.shp`.
use libfuzzer_sys::fuzz_target;
use whimbrel_mission::format::Source;

fuzz_target!(|bytes: &[u8]| {
    let [prj, dbf, rest @ ..] = bytes else { return };
    let (prj, rest) = rest.split_at(rest.len().min(usize::from(*prj) * 4));
    let (dbf, shp) = rest.split_at(rest.len().min(usize::from(*dbf) * 4));
    let source = Source {
        name: "a.shp",
        bytes: shp,
        beside: vec![("prj", prj), ("dbf", dbf)],
    };
    let _ = source.read();
});
