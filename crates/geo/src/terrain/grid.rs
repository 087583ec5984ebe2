//! A grid of heights, interpolated bilinearly.

use super::{Terrain, TerrainError, VerticalDatum};
use crate::crs::Crs;
use crate::frames::LocalFrame;
use crate::geoid::undulation_m;
use crate::height::{Amsl, Height};
use crate::place::LatLon;
use core::fmt;

/// Where the nodes of a grid lie.
#[derive(Clone, Debug)]
pub(super) enum Georeference {
    /// Node (column c, row r) is at `affine` applied to (c, r) in a coordinate system:
    /// x = a[0] + a[1]·c + a[2]·r, y = a[3] + a[4]·c + a[5]·r.
    Crs { crs: Crs, affine: [f64; 6] },
    /// Node (c, r) is c cells east and r cells north of the frame's origin.
    Local { frame: LocalFrame, cell_m: f64 },
}

/// Heights at the nodes of a regular grid.
#[derive(Clone)]
pub struct GridTerrain {
    pub(super) place: Georeference,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Rows one after another; NaN where unknown.
    pub(super) values: Vec<f32>,
    pub(super) datum: VerticalDatum,
}

impl fmt::Debug for GridTerrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "GridTerrain({} × {}, {:?})",
            self.width, self.height, self.place
        )
    }
}

impl GridTerrain {
    pub(super) fn new(
        place: Georeference,
        width: usize,
        height: usize,
        values: Vec<f32>,
        datum: VerticalDatum,
    ) -> Result<Self, TerrainError> {
        let placed = match &place {
            Georeference::Crs { affine: a, .. } => {
                let det = a[1] * a[5] - a[2] * a[4];
                a.iter().all(|v| v.is_finite()) && det != 0.0 && det.is_finite()
            }
            Georeference::Local { cell_m, .. } => cell_m.is_finite() && *cell_m > 0.0,
        };
        if !placed || width == 0 || width.checked_mul(height) != Some(values.len()) {
            return Err(TerrainError::Shape {
                width,
                height,
                values: values.len(),
            });
        }
        Ok(Self {
            place,
            width,
            height,
            values,
            datum,
        })
    }

    /// A grid on a tangent plane. `heights_m` are above mean sea level, rows from south to north,
    /// each from west to east; the first node is the origin of `frame`; NaN where unknown.
    pub fn from_grid(
        frame: LocalFrame,
        cell_m: f64,
        width: usize,
        height: usize,
        heights_m: Vec<f32>,
    ) -> Result<Self, TerrainError> {
        let place = Georeference::Local { frame, cell_m };
        Self::new(place, width, height, heights_m, VerticalDatum::Egm96)
    }

    /// A grid in a coordinate system, north up: `north_west` is the outer corner of the first
    /// pixel, heights belong to pixel centres, rows go from north to south.
    pub fn from_crs_grid(
        crs: Crs,
        north_west: [f64; 2],
        pixel: f64,
        width: usize,
        height: usize,
        heights_m: Vec<f32>,
        datum: VerticalDatum,
    ) -> Result<Self, TerrainError> {
        let [x, y] = north_west;
        let affine = [x + pixel / 2.0, pixel, 0.0, y - pixel / 2.0, 0.0, -pixel];
        let place = Georeference::Crs { crs, affine };
        Self::new(place, width, height, heights_m, datum)
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The file's coordinate system; `None` for a grid on a tangent plane.
    pub fn crs(&self) -> Option<&Crs> {
        match &self.place {
            Georeference::Crs { crs, .. } => Some(crs),
            Georeference::Local { .. } => None,
        }
    }

    /// Lowest and highest height of the file, in its own datum.
    pub fn range_m(&self) -> Option<(f32, f32)> {
        let known = self.values.iter().copied().filter(|v| v.is_finite());
        known.fold(None, |range, v| {
            let (lo, hi) = range.unwrap_or((v, v));
            Some((v.min(lo), v.max(hi)))
        })
    }

    /// (column, row) of a place, with fractions.
    fn node_of(&self, at: LatLon) -> Option<(f64, f64)> {
        match &self.place {
            Georeference::Local { frame, cell_m } => {
                let [x, y] = frame.enu_xy(at);
                Some((x / cell_m, y / cell_m))
            }
            Georeference::Crs { crs, affine: a } => {
                let [x, y] = crs.project(at).ok()?;
                let (dx, dy) = (x - a[0], y - a[3]);
                let det = a[1] * a[5] - a[2] * a[4];
                Some(((dx * a[5] - dy * a[2]) / det, (dy * a[1] - dx * a[4]) / det))
            }
        }
    }

    fn place_of(&self, column: f64, row: f64) -> Option<LatLon> {
        match &self.place {
            Georeference::Local { frame, cell_m } => {
                Some(frame.latlon_from_xy([column * cell_m, row * cell_m]))
            }
            Georeference::Crs { crs, affine: a } => crs
                .unproject([
                    a[0] + a[1] * column + a[2] * row,
                    a[3] + a[4] * column + a[5] * row,
                ])
                .ok(),
        }
    }

    /// Interpolated value; clamped over the outer half pixel.
    fn sample(&self, column: f64, row: f64) -> Option<f64> {
        let axis = |v: f64, n: usize| -> Option<(usize, usize, f64)> {
            let last = n - 1;
            if !(-0.5..=last as f64 + 0.5).contains(&v) {
                return None;
            }
            let v = v.clamp(0.0, last as f64);
            let i = (v.floor() as usize).min(last);
            Some((i, (i + 1).min(last), v - i as f64))
        };
        let (c0, c1, u) = axis(column, self.width)?;
        let (r0, r1, v) = axis(row, self.height)?;
        let mut sum = 0.0;
        for (r, wr) in [(r0, 1.0 - v), (r1, v)] {
            for (c, wc) in [(c0, 1.0 - u), (c1, u)] {
                let w = wr * wc;
                if w > 0.0 {
                    sum += w * f64::from(*self.values.get(r * self.width + c)?);
                }
            }
        }
        sum.is_finite().then_some(sum)
    }
}

impl Terrain for GridTerrain {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        let (column, row) = self.node_of(at)?;
        let m = self.sample(column, row)?;
        Some(Height::from_m(match self.datum {
            VerticalDatum::Egm96 => m,
            VerticalDatum::Ellipsoid => m - undulation_m(at),
        }))
    }

    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        const STEPS: usize = 16;
        let (w, h) = (self.width as f64, self.height as f64);
        let mut corners: Option<([f64; 2], [f64; 2])> = None;
        for i in 0..=STEPS {
            let t = i as f64 / STEPS as f64;
            let (c, r) = (t * w - 0.5, t * h - 0.5);
            for (c, r) in [(c, -0.5), (c, h - 0.5), (-0.5, r), (w - 0.5, r)] {
                let p = self.place_of(c, r)?;
                let p = [p.lat_rad(), p.lon_rad()];
                let (lo, hi) = corners.unwrap_or((p, p));
                corners = Some((
                    [lo[0].min(p[0]), lo[1].min(p[1])],
                    [hi[0].max(p[0]), hi[1].max(p[1])],
                ));
            }
        }
        let (lo, hi) = corners?;
        Some((
            LatLon::clamped_rad(lo[0], lo[1]),
            LatLon::clamped_rad(hi[0], hi[1]),
        ))
    }
}
