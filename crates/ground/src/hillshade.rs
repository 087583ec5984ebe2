//! Hillshade of the loaded terrain as web-map tiles, so that the console has ground to stand on without internet.

use whimbrel_geo::{LatLon, Terrain, WEB_TILE_PX, WebTile};

/// Pixels along a tile's side.
const TILE_PX: u32 = WEB_TILE_PX as u32;
/// Sun in the north-west at 45°, as maps have it.
const SUN: [f64; 3] = [-0.5, 0.5, std::f64::consts::FRAC_1_SQRT_2];
/// Slopes are drawn steeper than they are, so that gentle ground shows.
const EXAGGERATION: f64 = 1.8;
/// Heights are sampled every so many pixels and interpolated between.
const STEP_PX: u32 = 4;

/// A PNG of the tile, or nothing where the terrain has no heights.
pub fn tile(terrain: &dyn Terrain, zoom: u8, x: u32, y: u32) -> Option<Vec<u8>> {
    let tile = WebTile::new(zoom, x, y)?;
    if let Some((south_west, north_east)) = terrain.bounds() {
        let (north, west) = tile.place_deg(0.0, 0.0);
        let (south, east) = tile.place_deg(1.0, 1.0);
        let apart = north < south_west.lat_deg()
            || south > north_east.lat_deg()
            || east < south_west.lon_deg()
            || west > north_east.lon_deg();
        if apart {
            return None;
        }
    }
    // One sample beyond each edge for the slopes.
    let side = (TILE_PX / STEP_PX + 3) as usize;
    let per_px = 1.0 / f64::from(TILE_PX);
    let mut heights = vec![f64::NAN; side * side];
    let mut pixel_m = 1.0;
    for (k, slot) in heights.iter_mut().enumerate() {
        let at = |index: usize| (index as f64 - 1.0) * f64::from(STEP_PX) * per_px;
        let (lat, lon) = tile.place_deg(at(k % side), at(k / side));
        pixel_m = 40_075_016.7 * lat.to_radians().cos() / f64::from(1_u32 << zoom) * per_px;
        if let Some(height) = LatLon::from_deg(lat, lon)
            .ok()
            .and_then(|place| terrain.height(place))
        {
            *slot = height.m();
        }
    }
    if heights.iter().all(|h| h.is_nan()) {
        return None;
    }
    let shade = shades(&heights, side, pixel_m * f64::from(STEP_PX));
    png_of(&shade, side - 2)
}

/// Brightness (0–1) of each inner sample; NaN where a height is missing.
fn shades(heights: &[f64], side: usize, spacing_m: f64) -> Vec<f64> {
    let inner = side - 2;
    (0..inner * inner)
        .map(|k| {
            let at = |dx: usize, dy: usize| heights[(k / inner + dy) * side + k % inner + dx];
            let east = (at(2, 1) - at(0, 1)) / (2.0 * spacing_m) * EXAGGERATION;
            let north = (at(1, 0) - at(1, 2)) / (2.0 * spacing_m) * EXAGGERATION;
            let length = (east * east + north * north + 1.0).sqrt();
            ((-east * SUN[0] - north * SUN[1] + SUN[2]) / length).clamp(0.0, 1.0)
        })
        .collect()
}

fn png_of(shade: &[f64], inner: usize) -> Option<Vec<u8>> {
    let mut pixels = Vec::with_capacity((TILE_PX * TILE_PX * 2) as usize);
    for row in 0..TILE_PX {
        for column in 0..TILE_PX {
            let (fx, fy) = (
                f64::from(column) / f64::from(STEP_PX),
                f64::from(row) / f64::from(STEP_PX),
            );
            let (ix, iy) = ((fx as usize).min(inner - 2), (fy as usize).min(inner - 2));
            let (tx, ty) = (fx - ix as f64, fy - iy as f64);
            let at = |dx: usize, dy: usize| shade[(iy + dy) * inner + ix + dx];
            let value = (at(0, 0) * (1.0 - tx) + at(1, 0) * tx) * (1.0 - ty)
                + (at(0, 1) * (1.0 - tx) + at(1, 1) * tx) * ty;
            // Black over the base map: the darker the slope the more of it. Light slopes get white.
            let flat = SUN[2];
            let (grey, alpha) = if value.is_nan() {
                (0, 0)
            } else if value < flat {
                (0, ((flat - value) / flat * 235.0) as u8)
            } else {
                (255, ((value - flat) / (1.0 - flat) * 110.0) as u8)
            };
            pixels.extend_from_slice(&[grey, alpha]);
        }
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, TILE_PX, TILE_PX);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use whimbrel_geo::{Amsl, Height};

    struct Ramp;
    impl Terrain for Ramp {
        fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
            (at.lat_deg() > 46.9).then(|| Height::from_m(500.0 + (at.lon_deg() - 9.0) * 20_000.0))
        }
        fn bounds(&self) -> Option<(LatLon, LatLon)> {
            Some((
                LatLon::from_deg(46.9, 9.0).ok()?,
                LatLon::from_deg(47.0, 9.1).ok()?,
            ))
        }
    }

    #[test]
    fn slopes_are_drawn_and_elsewhere_is_nothing() {
        let (x, y) = WebTile::holding(13, LatLon::from_deg(46.95, 9.05).expect("a place")).xy();
        let png = tile(&Ramp, 13, x, y).expect("a tile");
        assert!(png.starts_with(b"\x89PNG"));
        assert!(tile(&Ramp, 13, 0, 0).is_none());
        assert!(tile(&Ramp, 3, 9, 0).is_none(), "no such tile");
    }
}
