//! A grid of heights, interpolated bilinearly.

use super::cells::{Ceiling, Cells};
use super::datum::Shift;
use super::warp;
use super::{Terrain, TerrainError, VerticalDatum};
use crate::crs::Crs;
use crate::frames::LocalFrame;
use crate::height::{Amsl, Height};
use crate::place::{LatLon, distance_m};
use core::fmt;

/// How far beyond its outermost nodes a grid reaches, in nodes: half a pixel and rounding.
const REACH: f64 = 0.5 + 1e-6;

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
    pub(super) shift: Shift,
    /// Heights of neighbouring tiles one node beyond the edges, in this grid's datum: the row
    /// before the first, the row after the last, the column before, the column after. NaN where
    /// there is no neighbour; empty when there is none at all.
    pub(super) ring: Vec<f32>,
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
            shift: Shift { datum, geoid: None },
            ring: Vec::new(),
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
    pub(super) fn node_of(&self, at: LatLon) -> Option<(f64, f64)> {
        match &self.place {
            Georeference::Local { frame, cell_m } => {
                let [x, y] = frame.enu_xy(at);
                Some((x / cell_m, y / cell_m))
            }
            Georeference::Crs { crs, affine } => Self::node_in(crs, affine, at),
        }
    }

    /// (column, row) of a place by a coordinate system and an affine map.
    pub(super) fn node_in(crs: &Crs, a: &[f64; 6], at: LatLon) -> Option<(f64, f64)> {
        let [x, y] = crs.project(at).ok()?;
        let (dx, dy) = (x - a[0], y - a[3]);
        let det = a[1] * a[5] - a[2] * a[4];
        Some(((dx * a[5] - dy * a[2]) / det, (dy * a[1] - dx * a[4]) / det))
    }

    pub(super) fn place_of(&self, column: f64, row: f64) -> Option<LatLon> {
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

    /// What the heights are measured from.
    pub fn datum(&self) -> VerticalDatum {
        self.shift.datum
    }

    /// Whether EGM2008 heights are taken as EGM96 for want of a geoid file.
    pub fn lacks_geoid(&self) -> bool {
        self.shift.datum == VerticalDatum::Egm2008 && self.shift.geoid.is_none()
    }

    /// Distance of neighbouring nodes in the middle of the grid, the smaller of both directions.
    pub fn node_spacing_m(&self) -> Option<f64> {
        let (c, r) = (self.width as f64 / 2.0, self.height as f64 / 2.0);
        let middle = self.place_of(c, r)?;
        let beside = distance_m(middle, self.place_of(c + 1.0, r)?);
        Some(beside.min(distance_m(middle, self.place_of(c, r + 1.0)?)))
    }

    pub(super) fn is_known(&self, index: usize) -> bool {
        self.values.get(index).is_some_and(|v| v.is_finite())
    }

    pub(super) fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index).map(|v| f64::from(*v))
    }

    pub(super) fn set_value(&mut self, index: usize, value: f32) {
        if let Some(v) = self.values.get_mut(index) {
            *v = value;
        }
    }

    /// Where the ring holds the height of a node beyond the edges.
    fn ring_index(&self, c: i64, r: i64) -> Option<usize> {
        let (w, h) = (self.width as i64, self.height as i64);
        let index = if r == -1 {
            c + 1
        } else if r == h {
            w + 2 + c + 1
        } else if c == -1 {
            2 * (w + 2) + r
        } else if c == w {
            2 * (w + 2) + h + r
        } else {
            return None;
        };
        usize::try_from(index).ok()
    }

    /// Heights for the ring by what neighbours know; empty when they know nothing.
    pub(super) fn ring_from(&self, ask: impl Fn(LatLon) -> Option<Height<Amsl>>) -> Vec<f32> {
        let (w, h) = (self.width as i64, self.height as i64);
        let mut ring = vec![f32::NAN; 2 * (self.width + 2) + 2 * self.height];
        let rows = [-1, h].map(|r| (-1..=w).map(move |c| (c, r)));
        let columns = [-1, w].map(|c| (0..h).map(move |r| (c, r)));
        let all = rows
            .into_iter()
            .flatten()
            .chain(columns.into_iter().flatten());
        let mut any = false;
        for (c, r) in all {
            let Some(at) = self.place_of(c as f64, r as f64) else {
                continue;
            };
            if let (Some(z), Some(i)) = (ask(at), self.ring_index(c, r))
                && let Some(v) = ring.get_mut(i)
            {
                *v = (z.m() - self.shift.at(at)) as f32;
                any = true;
            }
        }
        if any { ring } else { Vec::new() }
    }

    pub(super) fn set_ring(&mut self, ring: Vec<f32>) {
        self.ring = ring;
    }

    /// Height of a node; beyond the edges that of the neighbouring tile, or else of the nearest
    /// node.
    pub(super) fn node(&self, c: i64, r: i64) -> f64 {
        if !self.ring.is_empty()
            && let Some(v) = self.ring_index(c, r).and_then(|i| self.ring.get(i))
            && v.is_finite()
        {
            return f64::from(*v);
        }
        let c = c.clamp(0, self.width as i64 - 1) as usize;
        let r = r.clamp(0, self.height as i64 - 1) as usize;
        self.values
            .get(r * self.width + c)
            .map_or(f64::NAN, |v| f64::from(*v))
    }

    /// The part of the columns (or rows) from `low` to `high` that the grid reaches.
    pub(super) fn reached(nodes: usize, low: f64, high: f64) -> Option<(f64, f64)> {
        let last = nodes as f64 - 1.0;
        let (a, b) = (low.max(-REACH), high.min(last + REACH));
        (a <= b).then_some((a, b))
    }

    /// Interpolated value.
    pub(super) fn sample(&self, column: f64, row: f64) -> Option<f64> {
        Self::reached(self.width, column, column)?;
        Self::reached(self.height, row, row)?;
        let (c, r) = (column.floor(), row.floor());
        let (u, v) = (column - c, row - r);
        let (c, r) = (c as i64, r as i64);
        let mut sum = 0.0;
        for (r, wr) in [(r, 1.0 - v), (r + 1, v)] {
            for (c, wc) in [(c, 1.0 - u), (c + 1, u)] {
                let w = wr * wc;
                if w > 0.0 {
                    sum += w * self.node(c, r);
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
        Some(Height::from_m(m + self.shift.at(at)))
    }

    fn creases(&self, frame: &LocalFrame, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        warp::creases(self, frame, from, to)
    }

    fn ceilings(&self, cells: &Cells) -> Vec<Ceiling> {
        warp::ceilings(self, cells)
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
