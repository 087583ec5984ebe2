//! Line of sight to the ground radio.
//!
//! A place is in sight when the straight way to the antenna passes over the terrain, bent by an
//! Earth of 4/3 of its radius (the usual refraction, ITU-R P.452 and P.530), with a share of the
//! first Fresnel zone free (0.6 by ITU-R P.530 §2.2.2.1).

mod share;

pub use share::RadioReport;

use crate::profile::Ground;
use crate::request::PlanError;
use whimbrel_geo::{LatLon, LocalFrame, Polygon, Terrain};

/// The Earth's mean radius and the factor of the usual refraction.
const EARTH_M: f64 = 6_371_008.8;
const REFRACTION: f64 = 4.0 / 3.0;
/// Speed of light.
const LIGHT_M_S: f64 = 299_792_458.0;
/// Smallest and largest cells of the terrain between.
const CELLS_M: (f64, f64) = (8.0, 30.0);
/// Cells along the longest way, about.
const CELLS: f64 = 600.0;
/// Around the antenna nothing is looked at: its mast stands free.
const NEAR_M: f64 = 30.0;
/// Most places that the lowest heights in sight are computed for beforehand.
const MAX_PLACES: f64 = 40_000.0;
/// Smallest distance of them.
const PLACE_M: f64 = 15.0;
/// Farthest that a radio is looked for.
const MAX_RANGE_M: f64 = 60_000.0;

/// Where the ground radio stands, and what it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radio {
    /// Where.
    pub at: LatLon,
    /// Height of its antenna above ground.
    pub antenna_m: f64,
    /// Its frequency.
    pub frequency_hz: f64,
    /// Share of the first Fresnel zone that must be free.
    pub fresnel: f64,
    /// Whether the route must be in sight everywhere.
    pub required: bool,
}

impl Radio {
    /// A radio of 2.4 GHz on a mast of 2 m that is only reported on.
    #[must_use]
    pub fn at(at: LatLon) -> Self {
        Self {
            at,
            antenna_m: 2.0,
            frequency_hz: 2.4e9,
            fresnel: 0.6,
            required: false,
        }
    }
}

/// What the antenna sees.
pub struct RadioSight<'a> {
    ground: Ground<'a>,
    at: [f64; 2],
    /// Height of the antenna above sea level.
    z: f64,
    radio: Radio,
    step_m: f64,
    grid: Grid,
}

/// The lowest heights in sight on a grid of places.
struct Grid {
    south_west: [f64; 2],
    step_m: f64,
    columns: usize,
    rows: usize,
    least_m: Vec<f64>,
}

impl<'a> RadioSight<'a> {
    /// From a radio to all places over `airspace`.
    ///
    /// # Errors
    /// When the ground at the antenna is not known, or it is too far away.
    pub fn new(
        radio: Radio,
        frame: &LocalFrame,
        terrain: &'a dyn Terrain,
        airspace: &Polygon,
    ) -> Result<Self, PlanError> {
        let at = frame.enu_xy(radio.at);
        let (low, high) = airspace.bounds().ok_or(PlanError::NothingToFly)?;
        let south_west = [low[0].min(at[0] - NEAR_M), low[1].min(at[1] - NEAR_M)];
        let north_east = [high[0].max(at[0] + NEAR_M), high[1].max(at[1] + NEAR_M)];
        let size = [north_east[0] - south_west[0], north_east[1] - south_west[1]];
        if size[0].hypot(size[1]) > MAX_RANGE_M {
            return Err(PlanError::Value {
                name: "--radio",
                value: format!("{:.0} km away", size[0].hypot(size[1]) / 1_000.0),
                advice: format!("give a place within {:.0} km", MAX_RANGE_M / 1_000.0),
            });
        }
        let step_m = (size[0].hypot(size[1]) / CELLS).clamp(CELLS_M.0, CELLS_M.1);
        let all = Polygon::new(vec![
            south_west,
            [north_east[0], south_west[1]],
            north_east,
            [south_west[0], north_east[1]],
        ]);
        let ground = Ground::new(frame, terrain, &all, &[], step_m, step_m)?;
        let foot = ground.height(at).ok_or_else(|| ground.unknown(at))?;
        let mut sight = Self {
            step_m: ground.cell_m(),
            ground,
            at,
            z: foot + radio.antenna_m,
            radio,
            grid: Grid {
                south_west: low,
                step_m: 1.0,
                columns: 0,
                rows: 0,
                least_m: Vec::new(),
            },
        };
        if radio.required {
            sight.grid = sight.survey(low, high);
        }
        Ok(sight)
    }

    fn survey(&self, low: [f64; 2], high: [f64; 2]) -> Grid {
        let size = [high[0] - low[0], high[1] - low[1]];
        let step_m = PLACE_M.max((size[0] * size[1] / MAX_PLACES).sqrt());
        let columns = (size[0] / step_m).ceil() as usize + 1;
        let rows = (size[1] / step_m).ceil() as usize + 1;
        let mut least_m = Vec::with_capacity(columns * rows);
        for r in 0..rows {
            for c in 0..columns {
                let p = [low[0] + step_m * c as f64, low[1] + step_m * r as f64];
                least_m.push(self.least_m(p));
            }
        }
        Grid {
            south_west: low,
            step_m,
            columns,
            rows,
            least_m,
        }
    }

    /// The lowest height in sight around a place: the highest of those at the four nearest places
    /// that were looked at.
    pub fn least_around_m(&self, p: [f64; 2]) -> f64 {
        let g = &self.grid;
        let index = |axis: usize, n: usize| {
            let v = (p[axis] - g.south_west[axis]) / g.step_m;
            let i = v.floor().clamp(0.0, n.saturating_sub(1) as f64) as usize;
            [i, (i + 1).min(n.saturating_sub(1))]
        };
        let mut least = f64::NEG_INFINITY;
        for r in index(1, g.rows) {
            for c in index(0, g.columns) {
                if let Some(z) = g.least_m.get(r * g.columns + c) {
                    least = least.max(*z);
                }
            }
        }
        least
    }

    /// The lowest height above sea level at a place from which the antenna is in sight. Unknown
    /// ground is taken as lower.
    pub fn least_m(&self, p: [f64; 2]) -> f64 {
        let d = [p[0] - self.at[0], p[1] - self.at[1]];
        let far = d[0].hypot(d[1]);
        if far < NEAR_M {
            return f64::NEG_INFINITY;
        }
        let u = [d[0] / far, d[1] / far];
        let wave_m = LIGHT_M_S / self.radio.frequency_hz.max(1e6);
        let n = (far / self.step_m).ceil().max(1.0);
        let half = 0.5 * far / n;
        let mut least = f64::NEG_INFINITY;
        for i in 0..n as usize {
            let (near, next) = (2.0 * half * i as f64, 2.0 * half * (i + 1) as f64);
            if next <= NEAR_M {
                continue;
            }
            let middle = near + half;
            let q = [self.at[0] + middle * u[0], self.at[1] + middle * u[1]];
            let highest = self.ground.highest(q, u, half, 0.0);
            let top = highest.ground_m.max(highest.top_m);
            if top == f64::NEG_INFINITY {
                continue;
            }
            let rest = (far - middle).max(0.0);
            let bulge = middle * rest / (2.0 * REFRACTION * EARTH_M);
            let zone = self.radio.fresnel * (wave_m * middle * rest / far).sqrt();
            // The straight way must be above this at both ends of the strip.
            let over = top + bulge + zone - self.z;
            let at = if over > 0.0 { near.max(NEAR_M) } else { next };
            least = least.max(self.z + over * far / at);
        }
        least
    }

    /// What the radio asks for.
    pub fn radio(&self) -> &Radio {
        &self.radio
    }
}

#[cfg(test)]
mod tests;
