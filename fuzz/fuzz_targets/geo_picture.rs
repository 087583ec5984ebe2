#![no_main]
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use whimbrel_geo::{LatLon, WebTile};
use whimbrel_photo::{ChunkCache, GeoPicture};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = GeoPicture::open(1, || Ok(Cursor::new(bytes))) {
        let [w, s, e, n] = picture.bounds_deg();
        if let Ok(middle) = LatLon::from_deg((s + n) / 2.0, (w + e) / 2.0) {
            let _ = picture.tile(&ChunkCache::new(1 << 20), WebTile::holding(17, middle));
        }
    }
});
