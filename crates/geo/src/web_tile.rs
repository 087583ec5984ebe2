//! Tiles of web maps: squares of spherical Mercator (EPSG:3857), numbered from the north-west.

use crate::place::LatLon;
use core::f64::consts::PI;

/// Pixels along a tile's side.
pub const WEB_TILE_PX: usize = 256;
/// Deepest zoom.
pub const WEB_ZOOM_MAX: u8 = 26;

/// A tile: the world is 2^zoom tiles wide and high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebTile {
    zoom: u8,
    x: u32,
    y: u32,
}

impl WebTile {
    /// A tile, if there is one of that number.
    #[must_use]
    pub fn new(zoom: u8, x: u32, y: u32) -> Option<Self> {
        (zoom <= WEB_ZOOM_MAX && x.max(y) >> zoom == 0).then_some(Self { zoom, x, y })
    }

    /// The tile that holds a place (the outermost one beyond 85.05° north or south).
    #[must_use]
    pub fn holding(zoom: u8, at: LatLon) -> Self {
        let zoom = zoom.min(WEB_ZOOM_MAX);
        let n = f64::from(1_u32 << zoom);
        // EPSG guidance note 7-2, §3.2.1.2; casts saturate.
        let x = (at.lon_deg() + 180.0) / 360.0 * n;
        let y = (1.0 - at.lat_rad().tan().asinh() / PI) / 2.0 * n;
        let last = (1_u32 << zoom) - 1;
        Self {
            zoom,
            x: (x as u32).min(last),
            y: (y as u32).min(last),
        }
    }

    /// Column and row.
    #[must_use]
    pub const fn xy(self) -> (u32, u32) {
        (self.x, self.y)
    }

    /// Latitude and longitude in degrees of a place of the tile: (0, 0) is its north-west corner, (1, 1) its
    /// south-east one; places around the tile may be asked for too.
    #[must_use]
    pub fn place_deg(self, across: f64, down: f64) -> (f64, f64) {
        let n = f64::from(1_u32 << self.zoom);
        let lon = (f64::from(self.x) + across) / n * 360.0 - 180.0;
        let turn = 1.0 - 2.0 * (f64::from(self.y) + down) / n;
        ((PI * turn).sinh().atan().to_degrees(), lon)
    }

    /// The same as a place. Nothing where the longitude is more than a turn away.
    #[must_use]
    pub fn place(self, across: f64, down: f64) -> Option<LatLon> {
        let (lat, lon) = self.place_deg(across, down);
        LatLon::from_deg(lat, lon).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_where_web_maps_have_them() {
        // The corners of the world: ±85.0511°.
        let world = WebTile::new(0, 0, 0).unwrap();
        let (north, west) = world.place_deg(0.0, 0.0);
        assert!((north - 85.051_128_78).abs() < 1e-8 && west == -180.0);
        // Davos on zoom 12: computed with the formula of the OpenStreetMap wiki ("Slippy map tilenames").
        let davos = LatLon::from_deg(46.81, 9.85).unwrap();
        let tile = WebTile::holding(12, davos);
        assert_eq!(tile.xy(), (2160, 1443));
        let (north, west) = tile.place_deg(0.0, 0.0);
        let (south, east) = tile.place_deg(1.0, 1.0);
        assert!(south < 46.81 && 46.81 < north && west < 9.85 && 9.85 < east);
        assert!(WebTile::new(3, 8, 0).is_none() && WebTile::new(27, 0, 0).is_none());
        let pole = LatLon::from_deg(-90.0, 180.0).unwrap();
        assert_eq!(WebTile::holding(2, pole).xy(), (3, 3));
    }
}
