//! The ground's shape: a grid of heights from tie points, false ones left out, gaps filled from
//! ever coarser grids (Gortler et al., "The Lumigraph", 1996, §3.4: pull–push).

use nalgebra::Vector3;

use crate::scale_space::{FloatImage, blur};
use crate::scene::median;

/// Most cells of the finest grid.
const MAX_CELLS: usize = 4_000_000;
/// Cells of the outlier test, in cells of the grid.
const TEST_CELLS: usize = 4;
/// A point this many scaled median deviations from its surroundings is false …
const MAX_DEVIATIONS: f64 = 4.5;
/// … unless it is nearer than this, metres.
const MIN_GATE_M: f64 = 1.5;
/// Passes of the median filter over 3×3 cells, which takes out what is too steep to be drawn.
const MEDIAN_PASSES: usize = 2;
/// Blur of the grid, cells.
const BLUR_CELLS: f32 = 0.8;
/// Trust in the coarser grid, in points per cell.
const COARSE_TRUST: f32 = 0.3;

/// Heights on a grid in local east, north; up in local metres.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// South-west corner of the first cell.
    pub origin_m: [f64; 2],
    /// Cell side.
    pub cell_m: f64,
    /// Columns (east).
    pub width: usize,
    /// Rows (north).
    pub height: usize,
    up_m: Vec<f32>,
}

impl Surface {
    /// Over `bounds` (west, south, east, north) from points with weights; `expected` is the terrain
    /// model or a level, to which points are differences.
    pub fn build(
        points: &[(Vector3<f64>, f32)],
        bounds: [f64; 4],
        cell_m: f64,
        expected: impl Fn(f64, f64) -> f64,
    ) -> Surface {
        let (w_m, h_m) = (
            (bounds[2] - bounds[0]).max(1.0),
            (bounds[3] - bounds[1]).max(1.0),
        );
        let cell_m = cell_m.max((w_m * h_m / MAX_CELLS as f64).sqrt() * 1.01);
        let (width, height) = ((w_m / cell_m) as usize + 2, (h_m / cell_m) as usize + 2);
        let origin_m = [bounds[0], bounds[1]];
        let cell = |p: &Vector3<f64>, size: f64| {
            let (x, y) = ((p.x - origin_m[0]) / size, (p.y - origin_m[1]) / size);
            (x >= 0.0
                && y >= 0.0
                && x < (width as f64 * cell_m / size)
                && y < (height as f64 * cell_m / size))
                .then_some((x as usize, y as usize))
        };
        let residuals: Vec<(Vector3<f64>, f32)> = points
            .iter()
            .map(|(p, w)| (Vector3::new(p.x, p.y, p.z - expected(p.x, p.y)), *w))
            .collect();
        // Outliers against the median of 3×3 test cells.
        let test_m = cell_m * TEST_CELLS as f64;
        let (tw, th) = (width / TEST_CELLS + 1, height / TEST_CELLS + 1);
        let mut bins: Vec<Vec<f64>> = vec![Vec::new(); tw * th];
        for (p, _) in &residuals {
            if let Some((x, y)) = cell(p, test_m)
                && let Some(bin) = bins.get_mut(y * tw + x)
            {
                bin.push(p.z);
            }
        }
        let gates: Vec<Option<(f64, f64)>> = (0..tw * th)
            .map(|i| {
                let (x, y) = (i % tw, i / tw);
                let around: Vec<f64> = (y.saturating_sub(1)..(y + 2).min(th))
                    .flat_map(|r| (x.saturating_sub(1)..(x + 2).min(tw)).map(move |c| r * tw + c))
                    .flat_map(|j| bins[j].iter().copied())
                    .collect();
                let middle = median(around.clone())?;
                let spread = median(around.iter().map(|v| (v - middle).abs()).collect())?;
                Some((middle, (MAX_DEVIATIONS * 1.4826 * spread).max(MIN_GATE_M)))
            })
            .collect();
        let mut sum = vec![(0f32, 0f32); width * height];
        for (p, weight) in &residuals {
            let (Some((tx, ty)), Some((x, y))) = (cell(p, test_m), cell(p, cell_m)) else {
                continue;
            };
            let near = gates
                .get(ty * tw + tx)
                .copied()
                .flatten()
                .is_some_and(|(m, gate)| (p.z - m).abs() <= gate);
            if near && let Some(s) = sum.get_mut(y * width + x) {
                s.0 += weight * p.z as f32;
                s.1 += weight;
            }
        }
        let mut filled = fill(width, height, &sum);
        if !points.is_empty() {
            for _ in 0..MEDIAN_PASSES {
                filled = median_3x3(width, height, &filled);
            }
            filled = blur(
                &FloatImage {
                    width,
                    height,
                    data: filled,
                },
                BLUR_CELLS,
            )
            .data;
        }
        let up_m = filled
            .iter()
            .enumerate()
            .map(|(i, dz)| {
                let x = origin_m[0] + (i % width) as f64 * cell_m + 0.5 * cell_m;
                let y = origin_m[1] + (i / width) as f64 * cell_m + 0.5 * cell_m;
                dz + expected(x, y) as f32
            })
            .collect();
        Surface {
            origin_m,
            cell_m,
            width,
            height,
            up_m,
        }
    }

    /// Bilinear height at local east, north; the border's beyond it.
    pub fn up_m(&self, x: f64, y: f64) -> f64 {
        let place = |v: f64, n: usize| {
            let v = (v - 0.5).clamp(0.0, (n - 1) as f64);
            let i = (v as usize).min(n.saturating_sub(2));
            (i, v - i as f64)
        };
        let (i, fx) = place((x - self.origin_m[0]) / self.cell_m, self.width);
        let (j, fy) = place((y - self.origin_m[1]) / self.cell_m, self.height);
        let at = |i: usize, j: usize| f64::from(self.up_m[j * self.width + i]);
        (at(i, j) * (1.0 - fx) + at(i + 1, j) * fx) * (1.0 - fy)
            + (at(i, j + 1) * (1.0 - fx) + at(i + 1, j + 1) * fx) * fy
    }
}

fn median_3x3(width: usize, height: usize, values: &[f32]) -> Vec<f32> {
    let mut out = values.to_vec();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let mut nine = [0f32; 9];
            for (k, v) in nine.iter_mut().enumerate() {
                *v = values[(y + k / 3 - 1) * width + x + k % 3 - 1];
            }
            nine.sort_unstable_by(f32::total_cmp);
            out[y * width + x] = nine[4];
        }
    }
    out
}

/// Mean of (sum, weight) cells where there are points, of coarser cells elsewhere.
fn fill(width: usize, height: usize, sum: &[(f32, f32)]) -> Vec<f32> {
    let coarse = if width > 2 || height > 2 {
        let (w, h) = (width.div_ceil(2), height.div_ceil(2));
        let mut half = vec![(0f32, 0f32); w * h];
        for (i, s) in sum.iter().enumerate() {
            let t = &mut half[(i / width / 2) * w + i % width / 2];
            // A crowded cell counts no more than a few points.
            let k = if s.1 > 4.0 { 4.0 / s.1 } else { 1.0 };
            t.0 += s.0 * k;
            t.1 += s.1 * k;
        }
        Some((w, h, fill(w, h, &half)))
    } else {
        None
    };
    let total = sum.iter().fold((0f32, 0f32), |t, s| (t.0 + s.0, t.1 + s.1));
    let mean = if total.1 > 0.0 {
        total.0 / total.1
    } else {
        0.0
    };
    sum.iter()
        .enumerate()
        .map(|(i, s)| {
            let below = coarse.as_ref().map_or(mean, |(w, h, values)| {
                let place = |v: usize, n: usize| {
                    let v = (v as f32 * 0.5 - 0.25).clamp(0.0, (n - 1) as f32);
                    let i = (v as usize).min(n - 1);
                    (i, (i + 1).min(n - 1), v - i as f32)
                };
                let (x0, x1, fx) = place(i % width, *w);
                let (y0, y1, fy) = place(i / width, *h);
                let at = |x: usize, y: usize| values[y * w + x];
                (at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx) * (1.0 - fy)
                    + (at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx) * fy
            });
            (s.0 + COARSE_TRUST * below) / (s.1 + COARSE_TRUST)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_survives_and_a_false_point_does_not() {
        let mut points = Vec::new();
        for i in 0..60 {
            for j in 0..60 {
                let (x, y) = (f64::from(i) * 1.7, f64::from(j) * 1.7);
                points.push((Vector3::new(x, y, 0.1 * x), 1.0));
            }
        }
        points.push((Vector3::new(50.0, 50.0, 40.0), 1.0));
        let s = Surface::build(&points, [0.0, 0.0, 100.0, 100.0], 2.0, |_, _| 0.0);
        for (x, y) in [(20.0, 30.0), (50.0, 50.0), (80.0, 10.0)] {
            assert!(
                (s.up_m(x, y) - 0.1 * x).abs() < 0.25,
                "{} at {x}",
                s.up_m(x, y)
            );
        }
    }

    #[test]
    fn without_points_it_is_what_is_expected() {
        let s = Surface::build(&[], [0.0, 0.0, 10.0, 10.0], 1.0, |_, _| 7.0);
        assert!((s.up_m(3.0, -50.0) - 7.0).abs() < 1e-6);
    }
}
