//! What the photos of a plan will show: how many see a place, and how finely.
//!
//! Each cell of ground is projected into each photo that could see it: it
//! counts when it falls into the picture and no ground stands between.

mod maps;
mod shot;
mod summary;

pub use maps::{Maps, MapsError};
pub use summary::{Few, Prediction, Spread};

pub(crate) use shot::Shot;

use crate::request::Sortie;
use summary::spread;
use whimbrel_geo::{LocalFrame, Polygon};
use whimbrel_mission::Camera;
use whimbrel_mission::grid::Grid;

/// Cells of the prediction that every plan gets.
pub(crate) const QUICK_CELLS: usize = 60_000;
/// Rounds in which the ground below a photo is looked for.
const REACH_ROUNDS: usize = 8;
/// Side of a block of cells whose lowest and highest ground is kept.
const BLOCK: usize = 16;
/// Ground must stand this far into a ray to hide what is behind.
const HIDING_M: f64 = 0.05;

/// A plan's photos on the ground.
pub(crate) struct Shown {
    grid: Grid,
    inside: Vec<bool>,
    ground_m: Vec<f32>,
    blocks: Blocks,
    seen: Vec<u16>,
    gsd_m: Vec<f32>,
}

/// Lowest and highest ground of blocks of cells, and the steepest slope of all.
struct Blocks {
    columns: usize,
    rows: usize,
    low_high_m: Vec<(f32, f32)>,
    low_m: f64,
    high_m: f64,
    steepest: f64,
}

impl Blocks {
    fn of(grid: &Grid, ground_m: &[f32]) -> Self {
        let (columns, rows) = (grid.columns.div_ceil(BLOCK), grid.rows.div_ceil(BLOCK));
        let mut low_high_m = vec![(f32::INFINITY, f32::NEG_INFINITY); columns * rows];
        let mut steepest = 0.0_f32;
        for (index, z) in ground_m.iter().enumerate() {
            let (row, column) = (index / grid.columns, index % grid.columns);
            if let Some(b) = low_high_m.get_mut(row / BLOCK * columns + column / BLOCK) {
                *b = (b.0.min(*z), b.1.max(*z));
            }
            let east = (column + 1 < grid.columns).then_some(index + 1);
            for next in [east, Some(index + grid.columns)].into_iter().flatten() {
                let rise = ground_m.get(next).map_or(0.0, |n| (n - z).abs());
                steepest = steepest.max(rise);
            }
        }
        let all = low_high_m.iter();
        let (low, high) = all.fold((f32::INFINITY, f32::NEG_INFINITY), |all, b| {
            (all.0.min(b.0), all.1.max(b.1))
        });
        Self {
            columns,
            rows,
            low_high_m,
            low_m: f64::from(low),
            high_m: f64::from(high),
            steepest: f64::from(steepest) / grid.cell_m * core::f64::consts::SQRT_2,
        }
    }

    /// Lowest ground within `reach_m` of a place; that of all where unknown.
    fn lowest(&self, grid: &Grid, at: [f64; 2], reach_m: f64) -> f64 {
        let block_m = grid.cell_m * BLOCK as f64;
        let range = |from: f64, middle: f64, count: usize| {
            let low = ((middle - reach_m - from) / block_m).floor().max(0.0) as usize;
            let high = ((middle + reach_m - from) / block_m).floor().max(-1.0) + 1.0;
            low..(high as usize).min(count)
        };
        let mut lowest = f64::INFINITY;
        for row in range(grid.south_m, at[1], self.rows) {
            for column in range(grid.west_m, at[0], self.columns) {
                if let Some(b) = self.low_high_m.get(row * self.columns + column) {
                    lowest = lowest.min(f64::from(b.0));
                }
            }
        }
        if lowest.is_finite() {
            lowest
        } else {
            self.low_m
        }
    }
}

impl Shown {
    /// Ground over `areas` and `around_m` metres more, nothing seen yet.
    /// `height` gives the ground; where it gives none, nothing is seen.
    pub fn over(
        areas: &[Polygon],
        around_m: f64,
        cell_m: f64,
        most: usize,
        mut height: impl FnMut([f64; 2]) -> Option<f64>,
    ) -> Self {
        let grid = Grid::over(areas, around_m, cell_m, most);
        let mut inside = vec![false; grid.len()];
        for area in areas {
            let rings: Vec<&[[f64; 2]]> = area.rings().collect();
            grid.spans(&rings, |range| {
                if let Some(cells) = inside.get_mut(range) {
                    cells.fill(true);
                }
            });
        }
        let ground_m: Vec<f32> = (0..grid.len())
            .map(|i| height(grid.middle(i)).map_or(f32::NAN, |z| z as f32))
            .collect();
        let blocks = Blocks::of(&grid, &ground_m);
        Self {
            inside,
            ground_m,
            blocks,
            seen: vec![0; grid.len()],
            gsd_m: vec![f32::NAN; grid.len()],
            grid,
        }
    }

    /// Adds a photo.
    pub fn add(&mut self, shot: &Shot) {
        let (grid, blocks) = (self.grid, &self.blocks);
        let mut reach_m = 1.2 * shot.reach_m(blocks.lowest(&grid, shot.at, 0.0));
        let mut low_m = blocks.low_m;
        for _ in 0..REACH_ROUNDS {
            let low = blocks.lowest(&grid, shot.at, reach_m);
            let needed = shot.reach_m(low);
            if needed <= reach_m {
                low_m = low;
                break;
            }
            reach_m = 1.05 * needed;
        }
        let ring = shot.outline(low_m - 0.1);
        let (inside, ground_m) = (&self.inside, &self.ground_m);
        let (seen, gsd_m) = (&mut self.seen, &mut self.gsd_m);
        grid.spans(&[&ring], |range| {
            let first = grid.middle(range.start);
            for (step, index) in range.enumerate() {
                if inside.get(index) != Some(&true) {
                    continue;
                }
                let Some(z) = ground_m.get(index).map(|z| f64::from(*z)) else {
                    continue;
                };
                let place = [first[0] + step as f64 * grid.cell_m, first[1]];
                let Some(gsd) = shot.gsd_m(place, z) else {
                    continue;
                };
                if hidden(&grid, ground_m, blocks, shot, place, z) {
                    continue;
                }
                if let (Some(n), Some(best)) = (seen.get_mut(index), gsd_m.get_mut(index)) {
                    *n = n.saturating_add(1);
                    *best = best.min(gsd as f32);
                }
            }
        });
    }

    /// The numbers.
    pub fn prediction(&self) -> Prediction {
        let cells = || self.inside.iter().zip(&self.seen).filter(|c| *c.0);
        let total = cells().count().max(1) as f64;
        let fewer = |than: u16| cells().filter(|c| *c.1 < than).count() as f64 / total;
        let counts = cells().map(|c| f64::from(*c.1)).collect();
        let fine = self.inside.iter().zip(&self.gsd_m);
        let fine = fine.filter(|c| *c.0 && !c.1.is_nan());
        Prediction {
            coverage: 1.0 - fewer(1),
            overlap: spread(counts),
            gsd_m: spread(fine.map(|c| f64::from(*c.1)).collect()),
            share_seen_by_fewer_than: Few {
                three: fewer(3),
                five: fewer(5),
            },
            cell_m: self.grid.cell_m,
        }
    }
}

/// Whether ground stands between a cell and the camera.
fn hidden(
    grid: &Grid,
    ground_m: &[f32],
    blocks: &Blocks,
    shot: &Shot,
    place: [f64; 2],
    z: f64,
) -> bool {
    let d = [shot.at[0] - place[0], shot.at[1] - place[1]];
    let far = d[0].hypot(d[1]);
    let rise = shot.height_m - z;
    // Ground that never rises faster than the ray does hides nothing.
    if rise >= far * blocks.steepest {
        return false;
    }
    let steps = (far / grid.cell_m).ceil();
    let top = (blocks.high_m - z + HIDING_M) / rise;
    let last = (steps * top.min(1.0)).floor() as usize;
    (1..=last).any(|i| {
        let t = i as f64 / steps;
        let at = [place[0] + t * d[0], place[1] + t * d[1]];
        let ground = grid.at(at).and_then(|i| ground_m.get(i));
        ground.is_some_and(|g| f64::from(*g) > z + t * rise + HIDING_M)
    })
}

/// The prediction that every plan with a camera gets.
pub(crate) fn quick(
    sorties: &[Sortie],
    camera: &Camera,
    frame: &LocalFrame,
    areas: &[Polygon],
    around_m: f64,
    cell_m: f64,
    height: impl FnMut([f64; 2]) -> Option<f64>,
) -> Prediction {
    let mut shown = Shown::over(areas, around_m, cell_m, QUICK_CELLS, height);
    for sortie in sorties {
        for (photo, heading) in sortie.photos.iter().zip(&sortie.photo_headings_rad) {
            let at = frame.enu_xy(photo.at);
            shown.add(&Shot::nadir(camera, at, photo.height.m(), *heading, 1.0));
        }
    }
    shown.prediction()
}
