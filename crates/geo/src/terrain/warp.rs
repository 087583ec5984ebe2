//! Where a straight line or a grid of cells in a local plane crosses the nodes of a grid.
//!
//! The exact way from a plane's metres to columns and rows goes through a projection. Over
//! [`STRIDE_M`] it bends by a millimetre or two, so it is computed every
//! so many metres and is straight between.

use super::GridTerrain;
use super::cells::{Ceiling, Cells};
use crate::frames::LocalFrame;

/// Distance of exactly computed places.
const STRIDE_M: f64 = 200.0;
/// Most creases of one line.
const MAX_CREASES: usize = 100_000;
/// Longest line, in strides.
const MAX_STRIDES: f64 = 10_000.0;

/// Column and row of a place of a plane.
fn node(grid: &GridTerrain, frame: &LocalFrame, xy: [f64; 2]) -> Option<[f64; 2]> {
    let (c, r) = grid.node_of(frame.latlon_from_xy(xy))?;
    (c.is_finite() && r.is_finite()).then_some([c, r])
}

/// Parts of the way (0 to 1) at which a line crosses from one cell of the grid to the next.
pub(super) fn creases(
    grid: &GridTerrain,
    frame: &LocalFrame,
    from: [f64; 2],
    to: [f64; 2],
) -> Vec<f64> {
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let strides = (length / STRIDE_M).ceil().clamp(1.0, MAX_STRIDES);
    let at = |t: f64| {
        let p = [
            from[0] + t * (to[0] - from[0]),
            from[1] + t * (to[1] - from[1]),
        ];
        node(grid, frame, p)
    };
    let size = [grid.width, grid.height];
    let mut out = Vec::new();
    let mut before = at(0.0);
    for i in 1..=strides as usize {
        let after = at(i as f64 / strides);
        if let (Some(a), Some(b)) = (before, after) {
            for ((a, b), n) in a.into_iter().zip(b).zip(size) {
                // Only lines of nodes that the grid has.
                let first = a.min(b).ceil().max(-1.0);
                let last = a.max(b).floor().min(n as f64);
                let mut k = first;
                while k <= last && out.len() < MAX_CREASES && a != b {
                    let part = (k - a) / (b - a);
                    out.push(((i - 1) as f64 + part) / strides);
                    k += 1.0;
                }
            }
        }
        before = after;
    }
    out.sort_by(f64::total_cmp);
    out
}

/// The highest ground in each cell.
pub(super) fn ceilings(grid: &GridTerrain, cells: &Cells) -> Vec<Ceiling> {
    let mut out = vec![Ceiling::UNKNOWN; cells.count()];
    let stride = ((STRIDE_M / cells.cell_m).floor() as usize).max(1);
    let exact = |c: usize, r: usize| {
        let xy = cells.corner(c, r);
        let shift = grid.shift.at(cells.place(xy));
        node(grid, &cells.frame, xy).map(|n| (n, shift))
    };
    for r0 in (0..cells.rows).step_by(stride) {
        for c0 in (0..cells.columns).step_by(stride) {
            let (r1, c1) = (r0 + stride, c0 + stride);
            let corners = [exact(c0, r0), exact(c1, r0), exact(c0, r1), exact(c1, r1)];
            let [Some(a), Some(b), Some(c), Some(d)] = corners else {
                continue;
            };
            let shift = a.1.max(b.1).max(c.1).max(d.1);
            let patch = Patch {
                nodes: [a.0, b.0, c.0, d.0],
                stride: stride as f64,
            };
            if !patch.touches(grid) {
                continue;
            }
            for r in r0..r1.min(cells.rows) {
                for c in c0..c1.min(cells.columns) {
                    let (low, high) = patch.around(c - c0, r - r0);
                    let (highest, whole) = highest(grid, low, high);
                    if let Some(cell) = out.get_mut(r * cells.columns + c) {
                        let m = (highest + shift) as f32;
                        *cell = Ceiling {
                            ground_m: m,
                            top_m: m,
                            whole,
                        };
                    }
                }
            }
        }
    }
    out
}

/// Columns and rows at the corners of a square of cells.
struct Patch {
    nodes: [[f64; 2]; 4],
    stride: f64,
}

impl Patch {
    fn touches(&self, grid: &GridTerrain) -> bool {
        let [low, high] = [f64::min, f64::max].map(|pick| {
            [0, 1].map(|axis| {
                let values = self.nodes.iter().map(|n| n[axis]);
                values.reduce(pick).unwrap_or(f64::NAN)
            })
        });
        GridTerrain::reached(grid.width, low[0], high[0]).is_some()
            && GridTerrain::reached(grid.height, low[1], high[1]).is_some()
    }

    fn at(&self, c: usize, r: usize) -> [f64; 2] {
        let (u, v) = (c as f64 / self.stride, r as f64 / self.stride);
        let [a, b, c, d] = self.nodes;
        [0, 1]
            .map(|i| (a[i] * (1.0 - u) + b[i] * u) * (1.0 - v) + (c[i] * (1.0 - u) + d[i] * u) * v)
    }

    /// The box of columns and rows around a cell.
    fn around(&self, c: usize, r: usize) -> ([f64; 2], [f64; 2]) {
        let corners = [
            self.at(c, r),
            self.at(c + 1, r),
            self.at(c, r + 1),
            self.at(c + 1, r + 1),
        ];
        corners.iter().fold(
            ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]),
            |(low, high), p| {
                (
                    [low[0].min(p[0]), low[1].min(p[1])],
                    [high[0].max(p[0]), high[1].max(p[1])],
                )
            },
        )
    }
}

/// The highest value in a box of columns and rows, and whether all of it is known. A bilinear
/// surface is highest at corners: of the box, of the grid's cells in it, and where their edges
/// cross the box's.
fn highest(grid: &GridTerrain, low: [f64; 2], high: [f64; 2]) -> (f64, bool) {
    let columns = GridTerrain::reached(grid.width, low[0], high[0]);
    let rows = GridTerrain::reached(grid.height, low[1], high[1]);
    let (Some((c0, c1)), Some((r0, r1))) = (columns, rows) else {
        return (f64::NAN, false);
    };
    let mut whole = c0 <= low[0] && c1 >= high[0] && r0 <= low[1] && r1 >= high[1];
    let mut top = f64::NAN;
    let mut see = |z: Option<f64>| match z {
        Some(z) => top = top.max(z),
        None => whole = false,
    };
    let inner = |a: f64, b: f64| (a.ceil() as i64)..=(b.floor() as i64);
    for r in inner(r0, r1) {
        for c in inner(c0, c1) {
            let z = grid.node(c, r);
            see(z.is_finite().then_some(z));
        }
    }
    for r in [r0, r1] {
        see(grid.sample(c0, r));
        see(grid.sample(c1, r));
        for c in inner(c0, c1) {
            see(grid.sample(c as f64, r));
        }
    }
    for c in [c0, c1] {
        for r in inner(r0, r1) {
            see(grid.sample(c, r as f64));
        }
    }
    (top, whole)
}
