//! The lie of the land on a 1 m grid: ground height and distances from roads, tracks, edges and the river.

use super::parcels::{FAR_M, Parcels};
use crate::chance;
use rayon::prelude::*;

/// Spacing of the grid, m.
pub const CELL_M: f64 = 1.0;
const PER_M: f32 = 100.0;
const SHADE_SCALE: f32 = 20_000.0;
/// Mean radius of the Earth, m, for the drop of the ground below the tangent plane.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

#[derive(Clone, Copy, Default)]
struct Cell {
    edge: i16,
    track: i16,
    road: i16,
    river: i16,
    shade: i16,
    parcel: u16,
}

/// What the grid says about a place.
#[derive(Clone, Copy, Debug)]
pub struct Lie {
    /// To the parcel's edge, m.
    pub edge_m: f32,
    /// To the middle of the nearest track, m.
    pub track_m: f32,
    /// To the middle of the road, m.
    pub road_m: f32,
    /// To the river's bank, m, negative in the water.
    pub river_m: f32,
    /// How much brighter than level ground the slope is, as a share.
    pub shade: f32,
    /// Index of the parcel.
    pub parcel: usize,
}

/// The grid.
pub struct Lay {
    west_m: f64,
    south_m: f64,
    columns: usize,
    rows: usize,
    ground_m: Vec<f32>,
    cells: Vec<Cell>,
}

impl Lay {
    /// Samples relief and parcels over the bounds (west, south, east, north), in metres.
    pub fn sample(
        seed: u64,
        parcels: &Parcels,
        bounds: [f64; 4],
        relief_m: f64,
        sun: [f64; 3],
    ) -> Lay {
        let [west_m, south_m, east, north] = bounds;
        let columns = ((east - west_m) / CELL_M).ceil() as usize + 1;
        let rows = ((north - south_m) / CELL_M).ceil() as usize + 1;
        let relief = Relief::new(seed, relief_m);
        let place = |i: usize| {
            (
                west_m + (i % columns) as f64 * CELL_M,
                south_m + (i / columns) as f64 * CELL_M,
            )
        };
        let rows_of = |r: usize| r * columns..(r + 1) * columns;
        let sampled: Vec<(f32, Cell)> = (0..rows)
            .into_par_iter()
            .flat_map_iter(|r| {
                rows_of(r).map(|i| {
                    let (x, y) = place(i);
                    let lines = parcels.at(x, y);
                    let cm = |m: f64| (m.min(FAR_M) as f32 * PER_M) as i16;
                    let cell = Cell {
                        edge: cm(lines.edge_m),
                        track: cm(lines.track_m),
                        road: cm(lines.road_m),
                        river: cm(lines.river_m),
                        shade: 0,
                        parcel: lines.parcel as u16,
                    };
                    (
                        relief.height_m(x, y, lines.river_m, lines.road_m.min(lines.track_m))
                            as f32,
                        cell,
                    )
                })
            })
            .collect();
        let (ground_m, cells) = sampled.into_iter().unzip();
        let mut lay = Lay {
            west_m,
            south_m,
            columns,
            rows,
            ground_m,
            cells,
        };
        lay.light(sun);
        lay
    }

    /// Brightness of each cell's slope under the sun (Lambert's cosine law), relative to level ground.
    fn light(&mut self, sun: [f64; 3]) {
        let (columns, rows) = (self.columns, self.rows);
        let z = |c: usize, r: usize| {
            f64::from(self.ground_m[r.min(rows - 1) * columns + c.min(columns - 1)])
        };
        let shades: Vec<i16> = (0..columns * rows)
            .map(|i| {
                let (c, r) = (i % columns, i / columns);
                let dx = (z(c + 1, r) - z(c.saturating_sub(1), r)) / (2.0 * CELL_M);
                let dy = (z(c, r + 1) - z(c, r.saturating_sub(1))) / (2.0 * CELL_M);
                let cosine =
                    (sun[2] - dx * sun[0] - dy * sun[1]) / (1.0 + dx * dx + dy * dy).sqrt();
                ((cosine / sun[2] - 1.0).clamp(-1.0, 1.0) as f32 * SHADE_SCALE) as i16
            })
            .collect();
        for (cell, shade) in self.cells.iter_mut().zip(shades) {
            cell.shade = shade;
        }
    }

    /// Index of the lower left corner and the fractions; places beyond the grid are moved to its edge.
    #[inline]
    fn corner(&self, x: f64, y: f64) -> (usize, f32, f32) {
        let u = ((x - self.west_m) * (1.0 / CELL_M)).clamp(0.0, (self.columns - 1) as f64 - 1e-6);
        let v = ((y - self.south_m) * (1.0 / CELL_M)).clamp(0.0, (self.rows - 1) as f64 - 1e-6);
        let (i, j) = (u as i32, v as i32);
        (
            j as usize * self.columns + i as usize,
            (u - f64::from(i)) as f32,
            (v - f64::from(j)) as f32,
        )
    }

    /// Height of the bare ground above the tangent plane, m.
    #[inline]
    pub fn ground_m(&self, x: f64, y: f64) -> f64 {
        let (i, fx, fy) = self.corner(x, y);
        let (low, high) = (
            &self.ground_m[i..i + 2],
            &self.ground_m[i + self.columns..i + self.columns + 2],
        );
        let (a, b) = (
            low[0] + (low[1] - low[0]) * fx,
            high[0] + (high[1] - high[0]) * fx,
        );
        f64::from(a + (b - a) * fy)
    }

    /// What lies near a place.
    #[inline]
    pub fn lie(&self, x: f64, y: f64) -> Lie {
        let (i, fx, fy) = self.corner(x, y);
        let (low, high) = (
            &self.cells[i..i + 2],
            &self.cells[i + self.columns..i + self.columns + 2],
        );
        let (a, b, c, d) = (&low[0], &low[1], &high[0], &high[1]);
        let weights = [
            (1.0 - fx) * (1.0 - fy),
            fx * (1.0 - fy),
            (1.0 - fx) * fy,
            fx * fy,
        ];
        let mix = |p: i16, q: i16, r: i16, s: i16| {
            f32::from(p) * weights[0]
                + f32::from(q) * weights[1]
                + f32::from(r) * weights[2]
                + f32::from(s) * weights[3]
        };
        let near = if fy < 0.5 {
            if fx < 0.5 { a } else { b }
        } else if fx < 0.5 {
            c
        } else {
            d
        };
        Lie {
            edge_m: mix(a.edge, b.edge, c.edge, d.edge) * (1.0 / PER_M),
            track_m: mix(a.track, b.track, c.track, d.track) * (1.0 / PER_M),
            road_m: mix(a.road, b.road, c.road, d.road) * (1.0 / PER_M),
            river_m: mix(a.river, b.river, c.river, d.river) * (1.0 / PER_M),
            shade: mix(a.shade, b.shade, c.shade, d.shade) * (1.0 / SHADE_SCALE),
            parcel: usize::from(near.parcel),
        }
    }

    /// Whether a place is on the grid.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        let (u, v) = ((x - self.west_m) / CELL_M, (y - self.south_m) / CELL_M);
        u >= 0.0 && v >= 0.0 && u <= (self.columns - 1) as f64 && v <= (self.rows - 1) as f64
    }

    /// Least and greatest height of the ground, m.
    pub fn range_m(&self) -> (f64, f64) {
        let fold = |(low, high): (f32, f32), z: &f32| (low.min(*z), high.max(*z));
        let (low, high) = self.ground_m.iter().fold((f32::MAX, f32::MIN), fold);
        (f64::from(low), f64::from(high))
    }
}

/// Hills and dips as a sum of waves in many directions.
struct Relief {
    waves: Vec<[f64; 4]>,
}

impl Relief {
    fn new(seed: u64, relief_m: f64) -> Relief {
        let draw = |k: u64| chance::uniform(seed, 111, k);
        let mut waves = Vec::new();
        // Wavelength in metres, share of the whole relief, number of waves.
        let octaves = [
            (700.0, 0.33, 3_u64),
            (260.0, 0.10, 4),
            (95.0, 0.025, 5),
            (34.0, 0.006, 6),
            (13.0, 0.0018, 7),
        ];
        for (o, (length, share, n)) in octaves.into_iter().enumerate() {
            for k in 0..n {
                let key = 10 * (16 * o as u64 + k);
                let (angle, phase) = (
                    draw(key) * std::f64::consts::TAU,
                    draw(key + 1) * std::f64::consts::TAU,
                );
                let number = std::f64::consts::TAU / (length * (0.75 + 0.5 * draw(key + 2)));
                let amplitude = relief_m * share / (n as f64).sqrt();
                waves.push([number * angle.cos(), number * angle.sin(), phase, amplitude]);
            }
        }
        Relief { waves }
    }

    /// Height above the tangent plane, m, with the river's valley and bed, level ways, and the Earth's curvature.
    fn height_m(&self, x: f64, y: f64, river_m: f64, way_m: f64) -> f64 {
        let mut z = 0.0;
        for [kx, ky, phase, amplitude] in &self.waves {
            z += amplitude * (kx * x + ky * y + phase).sin();
        }
        let valley = (-(river_m.max(0.0) / 45.0).powi(2)).exp();
        let bed = 1.0 - ((river_m + 1.0) / 3.0).clamp(0.0, 1.0);
        let dip = 0.12 * (1.0 - (way_m / 3.0).clamp(0.0, 1.0));
        z - 3.0 * valley - 1.3 * bed - dip - (x * x + y * y) / (2.0 * EARTH_RADIUS_M)
    }
}
