//! The ground that a plan is flown over, with what stands on it.

use super::gates::Lack;
use crate::request::PlanError;
use whimbrel_geo::{Ceiling, Cells, LocalFrame, Polygon, Terrain};

/// Most cells; they get larger instead.
const MAX_CELLS: f64 = 1_000_000.0;
/// Lower than this above the ground nothing counts as standing on it.
const STANDS_M: f32 = 0.5;

/// Upper bounds of ground and tops over an airspace, and the exact ground.
pub struct Ground<'a> {
    frame: LocalFrame,
    terrain: &'a dyn Terrain,
    cells: Cells,
    ceilings: Vec<Ceiling>,
    low: [f64; 2],
    high: [f64; 2],
    missing_percent: f64,
}

/// The highest in some part of the ground, above sea level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Highest {
    /// Of the ground.
    pub ground_m: f64,
    /// Of what stands on it; negative infinity when nothing does.
    pub top_m: f64,
}

impl Highest {
    /// Of no ground at all.
    pub const NOTHING: Self = Self {
        ground_m: f64::NEG_INFINITY,
        top_m: f64::NEG_INFINITY,
    };

    /// The higher of both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            ground_m: self.ground_m.max(other.ground_m),
            top_m: self.top_m.max(other.top_m),
        }
    }

    fn see(&mut self, cell: &Ceiling) {
        if cell.ground_m.is_finite() {
            self.ground_m = self.ground_m.max(f64::from(cell.ground_m));
        }
        let stands = cell.ground_m.is_nan() || cell.top_m > cell.ground_m + STANDS_M;
        if cell.top_m.is_finite() && stands {
            self.top_m = self.top_m.max(f64::from(cell.top_m));
        }
    }
}

impl<'a> Ground<'a> {
    /// The terrain over `airspace` and `around_m` more, in cells of about `cell_m`. All of `areas`
    /// must be known.
    pub fn new(
        frame: &LocalFrame,
        terrain: &'a dyn Terrain,
        airspace: &Polygon,
        areas: &[Polygon],
        around_m: f64,
        cell_m: f64,
    ) -> Result<Self, PlanError> {
        let (low, high) = airspace.bounds().ok_or(PlanError::NothingToFly)?;
        let south_west_m = [low[0] - around_m, low[1] - around_m];
        let (wide, tall) = (
            high[0] + around_m - south_west_m[0],
            high[1] + around_m - south_west_m[1],
        );
        let cell_m = cell_m.max((wide * tall / MAX_CELLS).sqrt());
        let cells = Cells {
            frame: *frame,
            south_west_m,
            cell_m,
            columns: (wide / cell_m).ceil() as usize + 1,
            rows: (tall / cell_m).ceil() as usize + 1,
        };
        let mut ground = Self {
            frame: *frame,
            terrain,
            cells,
            ceilings: terrain.ceilings(&cells),
            low,
            high,
            missing_percent: 0.0,
        };
        let first = ground.count_missing(airspace, areas);
        match first {
            Some(at) => Err(ground.unknown(at)),
            None => Ok(ground),
        }
    }

    /// Counts what is unknown in the airspace; returns the first unknown place in the areas.
    fn count_missing(&mut self, airspace: &Polygon, areas: &[Polygon]) -> Option<[f64; 2]> {
        let (mut wanted, mut missing, mut first) = (0_usize, 0_usize, None);
        let half = 0.5 * self.cells.cell_m;
        if self.ceilings.iter().all(|c| c.ground_m.is_finite()) {
            return None;
        }
        for row in 0..self.cells.rows {
            for column in 0..self.cells.columns {
                let [x, y] = self.cells.corner(column, row);
                let middle = [x + half, y + half];
                if !airspace.contains(middle) {
                    continue;
                }
                wanted += 1;
                let cell = self.ceilings.get(row * self.cells.columns + column);
                if cell.is_none_or(|c| c.ground_m.is_nan()) {
                    missing += 1;
                    if first.is_none() && areas.iter().any(|a| a.contains(middle)) {
                        first = Some(middle);
                    }
                }
            }
        }
        self.missing_percent = 100.0 * missing as f64 / wanted.max(1) as f64;
        first
    }

    /// The error for a place whose height is not known.
    pub fn unknown(&self, at: [f64; 2]) -> PlanError {
        PlanError::NoTerrain {
            missing_percent: self.missing_percent,
            at: self.frame.latlon_from_xy(at),
            south_west: self.frame.latlon_from_xy(self.low),
            north_east: self.frame.latlon_from_xy(self.high),
        }
    }

    /// The error for what heights lack.
    pub fn lacking(&self, lack: Lack) -> PlanError {
        match lack {
            Lack::Ground(at) => self.unknown(at),
            Lack::Sight {
                at,
                raise_m,
                room_m,
            } => PlanError::OutOfSight {
                at: self.frame.latlon_from_xy(at),
                raise_m,
                room_m,
            },
        }
    }

    /// Height of the ground at a place.
    pub fn height(&self, p: [f64; 2]) -> Option<f64> {
        let z = self.terrain.height(self.frame.latlon_from_xy(p))?.m();
        z.is_finite().then_some(z)
    }

    /// Whether anything is known of the ground around a place.
    pub fn is_known(&self, p: [f64; 2]) -> bool {
        let cell = self.cells.cell_of(p);
        let cell = cell.and_then(|(c, r)| self.ceilings.get(r * self.cells.columns + c));
        cell.is_some_and(|c| c.ground_m.is_finite())
    }

    /// Parts of a straight way at which the ground under it has an edge.
    pub fn creases(&self, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        self.terrain.creases(&self.frame, from, to)
    }

    /// The highest in a rectangle around `p`, `half_along` in the direction `u` and `half_across`
    /// beside it, counting all cells that it touches.
    pub fn highest(&self, p: [f64; 2], u: [f64; 2], half_along: f64, half_across: f64) -> Highest {
        let cell = self.cells.cell_m;
        let touch = 0.5 * cell * (u[0].abs() + u[1].abs());
        let (along, across) = (half_along + touch, half_across + touch);
        let [west, south] = self.cells.south_west_m;
        let tall = along * u[1].abs() + across * u[0].abs();
        let index = |v: f64, n: usize| v.clamp(0.0, n as f64) as usize;
        let rows = index((p[1] - tall - south) / cell - 0.5, self.cells.rows)
            ..index((p[1] + tall - south) / cell + 0.5, self.cells.rows);
        let mut highest = Highest::NOTHING;
        for row in rows {
            let dy = south + (row as f64 + 0.5) * cell - p[1];
            // |dx·u0 + dy·u1| ≤ along and |dy·u0 − dx·u1| ≤ across.
            let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
            for (k, offset, half) in [(u[0], dy * u[1], along), (-u[1], dy * u[0], across)] {
                if k.abs() > 1e-12 {
                    let (a, b) = ((-half - offset) / k, (half - offset) / k);
                    (least, most) = (least.max(a.min(b)), most.min(a.max(b)));
                } else if offset.abs() > half {
                    most = f64::NEG_INFINITY;
                }
            }
            if least > most {
                continue;
            }
            let first = ((p[0] + least - west) / cell - 0.5).ceil();
            let last = ((p[0] + most - west) / cell - 0.5).floor() + 1.0;
            let from = row * self.cells.columns;
            let range =
                from + index(first, self.cells.columns)..from + index(last, self.cells.columns);
            for ceiling in self.ceilings.get(range).unwrap_or_default() {
                highest.see(ceiling);
            }
        }
        highest
    }

    /// Side of the cells.
    pub fn cell_m(&self) -> f64 {
        self.cells.cell_m
    }
}
