//! The true map: what a perfect orthophoto and surface model of the landscape would show.

use super::{Colour, Landscape};
use rayon::prelude::*;
use whimbrel_geo::{Crs, CrsError, Position, undulation_m};
use whimbrel_photo::RgbImage;

/// Mean radius of the Earth, m; enough for the lean of the vertical over a few kilometres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Places of the grid are converted exactly every this many pixels and interpolated between (error below 0.1 mm for
/// pixels up to 1 m).
const STEP_PX: u32 = 32;

/// A north-up raster in a coordinate system.
#[derive(Clone, Debug)]
pub struct TruthGrid {
    /// The coordinate system.
    pub crs: Crs,
    /// Easting of the left edge of the left pixels, in units of `crs`.
    pub west: f64,
    /// Northing of the upper edge of the top pixels, in units of `crs`.
    pub north: f64,
    /// Side of a pixel, in units of `crs`.
    pub pixel: f64,
    /// Pixels from west to east.
    pub width: u32,
    /// Pixels from north to south.
    pub height: u32,
}

/// A place on the tangent plane, with the plane's height above the ellipsoid there and the geoid's.
#[derive(Clone, Copy)]
struct Anchor([f64; 4]);

impl Landscape {
    /// The grid in the place's UTM zone that covers the whole landscape with pixels of `gsd_m`, aligned to whole
    /// pixels.
    ///
    /// # Errors
    /// When the place has no UTM zone.
    pub fn truth_grid(&self, gsd_m: f64) -> Result<TruthGrid, CrsError> {
        let crs = Crs::utm_for(self.config().centre)?;
        let (x, y) = (0.5 * self.config().width_m, 0.5 * self.config().height_m);
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for corner in [[-x, -y], [x, -y], [-x, y], [x, y]] {
            let [e, n] = crs.project(self.frame().latlon_from_xy(corner))?;
            bounds = [
                bounds[0].min(e),
                bounds[1].min(n),
                bounds[2].max(e),
                bounds[3].max(n),
            ];
        }
        let (west, north) = (
            (bounds[0] / gsd_m).floor() * gsd_m,
            (bounds[3] / gsd_m).ceil() * gsd_m,
        );
        let count = |span: f64| (span / gsd_m).ceil().clamp(1.0, 1e6) as u32;
        let (width, height) = (count(bounds[2] - west), count(north - bounds[1]));
        Ok(TruthGrid {
            crs,
            west,
            north,
            pixel: gsd_m,
            width,
            height,
        })
    }

    /// The colours of the topmost surface, seen straight from above everywhere, two by two samples for each pixel.
    ///
    /// # Errors
    /// When a place of the grid cannot be converted.
    pub fn truth_orthophoto(&self, grid: &TruthGrid) -> Result<RgbImage, CrsError> {
        let anchors = self.anchors(grid)?;
        let ([x0, y0, ..], [x1, y1, ..]) = (anchors.at(0.0, 0.0).0, anchors.at(1.0, 0.0).0);
        let gsd_m = (x1 - x0).hypot(y1 - y0);
        let brush = self.brush(gsd_m);
        let row_bytes = grid.width as usize * 3;
        let mut data = vec![0_u8; row_bytes * grid.height as usize];
        data.par_chunks_mut(row_bytes.max(1))
            .enumerate()
            .for_each(|(row, out)| {
                for (column, rgb) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    let mut sum: Colour = [0.0; 3];
                    for (du, dv) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                        let (u, v) = (column as f64 + du, row as f64 + dv);
                        let c = anchors.top(self, u, v, |x, y, _| self.colour(&brush, x, y));
                        sum = [sum[0] + c[0], sum[1] + c[1], sum[2] + c[2]];
                    }
                    *rgb = sum.map(|s| (0.25 * s).round().clamp(0.0, 255.0) as u8);
                }
            });
        Ok(RgbImage {
            width: grid.width,
            height: grid.height,
            data,
        })
    }

    /// Heights of the topmost surface above the ellipsoid at the centres of pixels, m, row by row from the north.
    ///
    /// # Errors
    /// When a place of the grid cannot be converted.
    pub fn truth_surface(&self, grid: &TruthGrid) -> Result<Vec<f32>, CrsError> {
        self.surface_raster(grid, false)
    }

    /// As [`truth_surface`](Self::truth_surface), above the sea (EGM96).
    ///
    /// # Errors
    /// When a place of the grid cannot be converted.
    pub fn truth_surface_amsl(&self, grid: &TruthGrid) -> Result<Vec<f32>, CrsError> {
        self.surface_raster(grid, true)
    }

    fn surface_raster(&self, grid: &TruthGrid, amsl: bool) -> Result<Vec<f32>, CrsError> {
        let anchors = self.anchors(grid)?;
        let width = grid.width as usize;
        let mut heights = vec![0.0_f32; width * grid.height as usize];
        heights
            .par_chunks_mut(width.max(1))
            .enumerate()
            .for_each(|(row, out)| {
                for (column, h) in out.iter_mut().enumerate() {
                    let (u, v) = (column as f64 + 0.5, row as f64 + 0.5);
                    let [_, _, plane, geoid] = anchors.at(u, v).0;
                    let z = anchors.top(self, u, v, |_, _, z| z);
                    *h = (plane + z - if amsl { geoid } else { 0.0 }) as f32;
                }
            });
        Ok(heights)
    }

    fn anchors(&self, grid: &TruthGrid) -> Result<Anchors, CrsError> {
        let columns = grid.width.div_ceil(STEP_PX) as usize + 1;
        let rows = grid.height.div_ceil(STEP_PX) as usize + 1;
        let mut places = Vec::with_capacity(columns * rows);
        let step = f64::from(STEP_PX) * grid.pixel;
        for r in 0..rows {
            for c in 0..columns {
                let at = grid
                    .crs
                    .unproject([grid.west + c as f64 * step, grid.north - r as f64 * step])?;
                let origin = self.frame().origin().height;
                let on_plane = self.frame().enu_from_wgs84(Position::new(at, origin));
                // The plane rises above the ellipsoid's parallel surface by what the point fell below it.
                places.push(Anchor([
                    on_plane.x(),
                    on_plane.y(),
                    origin.m() - on_plane.z(),
                    undulation_m(at),
                ]));
            }
        }
        Ok(Anchors { columns, places })
    }
}

struct Anchors {
    columns: usize,
    places: Vec<Anchor>,
}

impl Anchors {
    fn at(&self, u: f64, v: f64) -> Anchor {
        let (c, r) = (u / f64::from(STEP_PX), v / f64::from(STEP_PX));
        let (i, j) = (c as usize, r as usize);
        let (fx, fy) = (c - i as f64, r - j as f64);
        let n = j * self.columns + i;
        let (p, q, s, t) = (
            self.places[n].0,
            self.places[n + 1].0,
            self.places[n + self.columns].0,
            self.places[n + self.columns + 1].0,
        );
        Anchor(std::array::from_fn(|k| {
            let (a, b) = (p[k] + (q[k] - p[k]) * fx, s[k] + (t[k] - s[k]) * fx);
            a + (b - a) * fy
        }))
    }

    /// What `f` makes of the topmost surface on the vertical of a pixel place.
    fn top<T>(&self, landscape: &Landscape, u: f64, v: f64, f: impl Fn(f64, f64, f64) -> T) -> T {
        let [x, y, _, _] = self.at(u, v).0;
        // The plane's point at origin height has fallen by d²/2R; the surface's z is measured from the plane.
        let (z, _) = landscape.surface_m(x, y);
        let spread = 1.0 + (z + (x * x + y * y) / (2.0 * EARTH_RADIUS_M)) / EARTH_RADIUS_M;
        let (x, y) = (x * spread, y * spread);
        f(x, y, landscape.surface_m(x, y).0)
    }
}
