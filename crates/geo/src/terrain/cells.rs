//! Highest ground in each cell of a plane.

use super::Terrain;
use crate::frames::LocalFrame;
use crate::place::LatLon;

/// Square cells of a local plane, rows from south to north.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// The plane.
    pub frame: LocalFrame,
    /// Outer corner of the first cell, metres east and north.
    pub south_west_m: [f64; 2],
    /// Side of a cell.
    pub cell_m: f64,
    /// Cells in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

impl Cells {
    /// Corner (column c, row r) of the cells; (0, 0) is the south-western.
    #[must_use]
    pub fn corner(&self, column: usize, row: usize) -> [f64; 2] {
        let [x, y] = self.south_west_m;
        [
            x + column as f64 * self.cell_m,
            y + row as f64 * self.cell_m,
        ]
    }

    /// Column and row of the cell that holds a place.
    #[must_use]
    pub fn cell_of(&self, [x, y]: [f64; 2]) -> Option<(usize, usize)> {
        let c = ((x - self.south_west_m[0]) / self.cell_m).floor();
        let r = ((y - self.south_west_m[1]) / self.cell_m).floor();
        let inside =
            (0.0..self.columns as f64).contains(&c) && (0.0..self.rows as f64).contains(&r);
        inside.then_some((c as usize, r as usize))
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.columns.saturating_mul(self.rows)
    }

    /// The place of a point of the plane.
    #[must_use]
    pub fn place(&self, xy: [f64; 2]) -> LatLon {
        self.frame.latlon_from_xy(xy)
    }
}

/// Upper bounds of the heights in a cell, above mean sea level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// Of the ground; NaN where nothing is known.
    pub ground_m: f32,
    /// Of what stands on it, and of the ground.
    pub top_m: f32,
    /// Whether the height is known everywhere in the cell.
    pub whole: bool,
}

impl Ceiling {
    /// Of a cell where nothing is known.
    pub const UNKNOWN: Self = Self {
        ground_m: f32::NAN,
        top_m: f32::NAN,
        whole: false,
    };

    /// The higher of both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            ground_m: self.ground_m.max(other.ground_m),
            top_m: self.top_m.max(other.top_m),
            whole: self.whole || other.whole,
        }
    }
}

/// Ceilings of a smooth terrain from its heights at the cells' corners: their highest and an eighth
/// of the second differences, which is as far as a surface of that curvature rises between them.
pub(super) fn sampled(terrain: &(impl Terrain + ?Sized), cells: &Cells) -> Vec<Ceiling> {
    let (w, h) = (cells.columns + 1, cells.rows + 1);
    let mut nodes = vec![f64::NAN; w * h];
    for r in 0..h {
        for c in 0..w {
            let at = cells.place(cells.corner(c, r));
            if let (Some(z), Some(node)) = (terrain.height(at), nodes.get_mut(r * w + c)) {
                *node = z.m();
            }
        }
    }
    let at = |c: usize, r: usize| nodes.get(r * w + c).copied().unwrap_or(f64::NAN);
    let bend = |c: usize, r: usize| {
        let (l, q) = (c.saturating_sub(1), (c + 1).min(w - 1));
        let (d, u) = (r.saturating_sub(1), (r + 1).min(h - 1));
        let z = 2.0 * at(c, r);
        let across = (z - at(l, r) - at(q, r)).max(0.0);
        let along = (z - at(c, d) - at(c, u)).max(0.0);
        across + along
    };
    let mut out = Vec::with_capacity(cells.count());
    for r in 0..cells.rows {
        for c in 0..cells.columns {
            let corners = [(c, r), (c + 1, r), (c, r + 1), (c + 1, r + 1)];
            let (mut top, mut bent, mut whole) = (f64::NAN, 0.0_f64, true);
            for (c, r) in corners {
                let z = at(c, r);
                whole &= z.is_finite();
                top = top.max(z);
                bent = bent.max(bend(c, r));
            }
            let z = (top + bent / 8.0) as f32;
            out.push(Ceiling {
                ground_m: z,
                top_m: z,
                whole,
            });
        }
    }
    out
}
