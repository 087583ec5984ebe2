#![no_main]
use libfuzzer_sys::fuzz_target;
use whimbrel_geo::{GridTerrain, VerticalDatum};

fuzz_target!(|bytes: &[u8]| {
    let _ = GridTerrain::from_geotiff(bytes, VerticalDatum::Egm96);
});
