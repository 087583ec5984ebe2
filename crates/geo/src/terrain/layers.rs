//! Ground with what stands on it: a surface model, obstacles.

use super::cells::{Ceiling, Cells};
use super::obstacle::{Obstacle, Part};
use super::{Mosaic, Terrain};
use crate::frames::LocalFrame;
use crate::height::{Amsl, Ellipsoid, Height};
use crate::place::{LatLon, Position};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Side of the squares by which obstacles are found.
const SQUARE_M: f64 = 250.0;
/// Most squares that one part of an obstacle is entered in; a larger one is looked at always.
const MAX_SQUARES: f64 = 10_000.0;

/// Ground with a surface model and obstacles on top. The ground stays what photos are taken of;
/// the tops are what the aircraft must clear.
#[derive(Clone)]
pub struct Layered {
    ground: Arc<dyn Terrain>,
    surface: Option<Mosaic>,
    frame: Option<LocalFrame>,
    parts: Vec<Part>,
    /// Parts by square of the plane.
    near: BTreeMap<(i64, i64), Vec<usize>>,
    /// Parts that cover too much for that.
    wide: Vec<usize>,
}

impl Layered {
    /// Puts layers on a ground.
    #[must_use]
    pub fn new(ground: Arc<dyn Terrain>, surface: Option<Mosaic>, obstacles: &[Obstacle]) -> Self {
        let first = obstacles.iter().find_map(|o| o.points.first());
        let frame =
            first.map(|at| LocalFrame::new(Position::new(*at, Height::<Ellipsoid>::from_m(0.0))));
        let foot = |at: LatLon| ground.height(at).map(Height::m);
        let parts: Vec<Part> = obstacles.iter().flat_map(|o| o.parts(foot)).collect();
        let mut near: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        let mut wide = Vec::new();
        if let Some(frame) = &frame {
            for (index, part) in parts.iter().enumerate() {
                let (low, high) = part.in_plane(frame).bounds();
                let [x0, y0] = low.map(|v| (v / SQUARE_M).floor());
                let [x1, y1] = high.map(|v| (v / SQUARE_M).floor());
                let squares = (x1 - x0 + 1.0) * (y1 - y0 + 1.0);
                if squares.is_nan() || squares > MAX_SQUARES {
                    wide.push(index);
                    continue;
                }
                for x in x0 as i64..=x1 as i64 {
                    for y in y0 as i64..=y1 as i64 {
                        near.entry((x, y)).or_default().push(index);
                    }
                }
            }
        }
        Self {
            ground,
            surface,
            frame,
            parts,
            near,
            wide,
        }
    }

    /// The highest obstacle at a place.
    fn obstacle_m(&self, at: LatLon, ground_m: Option<f64>) -> Option<f64> {
        let frame = self.frame.as_ref()?;
        let p = frame.enu_xy(at);
        let square = (
            (p[0] / SQUARE_M).floor() as i64,
            (p[1] / SQUARE_M).floor() as i64,
        );
        let here = self.near.get(&square).into_iter().flatten();
        here.chain(&self.wide)
            .filter_map(|i| self.parts.get(*i)?.in_plane(frame).top_m(p, 0.0, ground_m))
            .reduce(f64::max)
    }
}

impl Terrain for Layered {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        self.ground.height(at)
    }

    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        self.ground.bounds()
    }

    fn top(&self, at: LatLon) -> Option<Height<Amsl>> {
        let ground = self.ground.top(at).map(Height::m);
        let surface = self
            .surface
            .as_ref()
            .and_then(|s| s.height(at))
            .map(Height::m);
        let all = [ground, surface, self.obstacle_m(at, ground)];
        let top = all.into_iter().flatten().reduce(f64::max)?;
        Some(Height::from_m(top))
    }

    fn creases(&self, frame: &LocalFrame, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        self.ground.creases(frame, from, to)
    }

    fn ceilings(&self, cells: &Cells) -> Vec<Ceiling> {
        let mut out = self.ground.ceilings(cells);
        if let Some(surface) = &self.surface {
            for (have, new) in out.iter_mut().zip(surface.ceilings(cells)) {
                have.top_m = have.top_m.max(new.top_m);
            }
        }
        let around_m = cells.cell_m * core::f64::consts::FRAC_1_SQRT_2;
        for part in &self.parts {
            let placed = part.in_plane(&cells.frame);
            let (low, high) = placed.bounds();
            let first = |axis: usize| {
                let v = (low[axis] - around_m - cells.south_west_m[axis]) / cells.cell_m;
                v.floor().max(0.0) as usize
            };
            let last = |axis: usize, n: usize| {
                let v = (high[axis] + around_m - cells.south_west_m[axis]) / cells.cell_m;
                (v.ceil().max(0.0) as usize).min(n)
            };
            for r in first(1)..last(1, cells.rows) {
                for c in first(0)..last(0, cells.columns) {
                    let [x, y] = cells.corner(c, r);
                    let middle = [x + 0.5 * cells.cell_m, y + 0.5 * cells.cell_m];
                    let Some(cell) = out.get_mut(r * cells.columns + c) else {
                        continue;
                    };
                    let ground_m = Some(f64::from(cell.ground_m)).filter(|z| z.is_finite());
                    if let Some(top) = placed.top_m(middle, around_m, ground_m) {
                        cell.top_m = cell.top_m.max(top as f32);
                    }
                }
            }
        }
        out
    }
}
