//! Which part of an elevation file is read, and how its heights are meant.

use super::datum::{Shift, Stated, VerticalDatum};
use super::geoid_grid::GeoidGrid;
use super::{GridTerrain, TerrainError};
use crate::crs::Crs;
use crate::place::LatLon;
use std::sync::Arc;

/// Nodes read around a window, for interpolation at its edge.
const MARGIN: f64 = 2.0;
/// Places on each side of a box that are projected to find it in a file.
const STEPS: usize = 16;
/// Metres in a degree of latitude.
const METRES_PER_DEG: f64 = 111_200.0;

/// A box of latitudes and longitudes that does not cross the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoBox {
    /// South-west corner.
    pub south_west: LatLon,
    /// North-east corner.
    pub north_east: LatLon,
}

impl GeoBox {
    /// Around places, with a margin.
    pub fn around(places: impl IntoIterator<Item = LatLon>, margin_m: f64) -> Option<Self> {
        let mut places = places.into_iter();
        let first = places.next()?;
        let start = [
            first.lat_deg(),
            first.lat_deg(),
            first.lon_deg(),
            first.lon_deg(),
        ];
        let [s, n, w, e] = places.fold(start, |[s, n, w, e], p| {
            let (lat, lon) = (p.lat_deg(), p.lon_deg());
            [s.min(lat), n.max(lat), w.min(lon), e.max(lon)]
        });
        let up = margin_m / METRES_PER_DEG;
        let (s, n) = ((s - up).max(-90.0), (n + up).min(90.0));
        let narrowest = s.abs().max(n.abs()).to_radians().cos().max(0.01);
        let across = up / narrowest;
        let (w, e) = ((w - across).max(-180.0), (e + across).min(180.0));
        Some(Self {
            south_west: LatLon::from_deg(s, w).ok()?,
            north_east: LatLon::from_deg(n, e).ok()?,
        })
    }

    /// Places along its sides.
    fn outline(&self) -> impl Iterator<Item = LatLon> {
        let (s, w) = (self.south_west.lat_deg(), self.south_west.lon_deg());
        let (n, e) = (self.north_east.lat_deg(), self.north_east.lon_deg());
        (0..=STEPS).flat_map(move |i| {
            let t = i as f64 / STEPS as f64;
            let (lat, lon) = (s + t * (n - s), w + t * (e - w));
            let sides = [(lat, w), (lat, e), (s, lon), (n, lon)];
            sides
                .into_iter()
                .filter_map(|(a, o)| LatLon::from_deg(a, o).ok())
        })
    }
}

/// How an elevation file is read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Only what this box needs; memory is bounded by it. All of the file if not given.
    pub within: Option<GeoBox>,
    /// The datum that the user says; what the file says must agree.
    pub datum: Option<VerticalDatum>,
    /// Heights of the EGM2008 geoid; without them EGM2008 is taken as EGM96.
    pub geoid: Option<Arc<GeoidGrid>>,
}

impl Reading {
    /// The way to sea level for a file that states what is given, `usual` being the datum of its
    /// kind.
    pub(super) fn shift(
        &self,
        stated: Stated,
        usual: VerticalDatum,
    ) -> Result<Shift, TerrainError> {
        let datum = match (stated.datum, self.datum) {
            (Some(file), Some(asked)) if file != asked => {
                return Err(TerrainError::Datum { file, asked });
            }
            (Some(datum), _) | (None, Some(datum)) => datum,
            (None, None) => usual,
        };
        let geoid = self
            .geoid
            .clone()
            .filter(|_| datum == VerticalDatum::Egm2008);
        Ok(Shift { datum, geoid })
    }
}

/// A part of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Window {
    pub(super) fn all(width: usize, height: usize) -> Self {
        Self {
            column: 0,
            row: 0,
            width,
            height,
        }
    }

    /// The nodes that a box needs; `None` when the grid does not reach there.
    pub(super) fn of(
        within: &GeoBox,
        crs: &Crs,
        affine: &[f64; 6],
        width: usize,
        height: usize,
    ) -> Option<Self> {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for at in within.outline() {
            let (c, r) = GridTerrain::node_in(crs, affine, at)?;
            for (axis, v) in [c, r].into_iter().enumerate() {
                low[axis] = low[axis].min(v);
                high[axis] = high[axis].max(v);
            }
        }
        let range = |axis: usize, n: usize| -> Option<(usize, usize)> {
            let last = n.checked_sub(1)? as f64;
            let (a, b) = (low[axis] - MARGIN, high[axis] + MARGIN);
            if !(a <= last + MARGIN && b >= -MARGIN) {
                return None;
            }
            let (a, b) = (a.floor().clamp(0.0, last), b.ceil().clamp(0.0, last));
            Some((a as usize, (b - a) as usize + 1))
        };
        let (column, width) = range(0, width)?;
        let (row, height) = range(1, height)?;
        Some(Self {
            column,
            row,
            width,
            height,
        })
    }

    /// The affine map of the part.
    pub(super) fn affine(&self, a: [f64; 6]) -> [f64; 6] {
        let (c, r) = (self.column as f64, self.row as f64);
        [
            a[0] + a[1] * c + a[2] * r,
            a[1],
            a[2],
            a[3] + a[4] * c + a[5] * r,
            a[4],
            a[5],
        ]
    }

    /// Parts of a row and of the rows that a block of the file and the window have in common:
    /// first and last-but-one, in the file's numbers.
    pub(super) fn common(
        &self,
        [column, row]: [usize; 2],
        [width, height]: [usize; 2],
    ) -> Option<([usize; 2], [usize; 2])> {
        let columns = [
            self.column.max(column),
            (self.column + self.width).min(column + width),
        ];
        let rows = [
            self.row.max(row),
            (self.row + self.height).min(row + height),
        ];
        (columns[0] < columns[1] && rows[0] < rows[1]).then_some((columns, rows))
    }
}
