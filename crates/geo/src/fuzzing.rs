//! The fuzz targets' bodies, replayed on their corpora by ordinary tests.

use std::io::Cursor;

use crate::{GeoBox, GeoidGrid, GridTerrain, LatLon, Reading, Terrain, VerticalDatum};

/// Reads a DEM, whole and the part of it around its middle.
pub fn geotiff(bytes: &[u8]) {
    let Ok(whole) = GridTerrain::from_geotiff(bytes, VerticalDatum::Egm96) else {
        return;
    };
    let Some((sw, ne)) = whole.bounds() else {
        return;
    };
    let at = |share: f64| {
        LatLon::from_deg(
            sw.lat_deg() + share * (ne.lat_deg() - sw.lat_deg()),
            sw.lon_deg() + share * (ne.lon_deg() - sw.lon_deg()),
        )
    };
    if let (Ok(south_west), Ok(north_east)) = (at(0.4), at(0.6)) {
        let reading = Reading {
            within: Some(GeoBox {
                south_west,
                north_east,
            }),
            ..Reading::default()
        };
        let _ = GridTerrain::read_geotiff(Cursor::new(bytes), &reading);
    }
}

/// Reads a geoid grid.
pub fn geoid_pgm(bytes: &[u8]) {
    let _ = GeoidGrid::from_pgm(bytes);
}
