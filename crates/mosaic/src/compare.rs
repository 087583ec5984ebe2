//! How far a map is from the truth: patches of one raster are found in another by correlation.
//!
//! Check points are given by a grid, never chosen by hand; a point counts when its patch has texture and its
//! correlation has one clear peak. Errors are displacements in metres, before and after one horizontal similarity.

use rayon::prelude::*;

/// Most check points of one comparison.
pub const POINTS_MAX: usize = 400;
/// Smallest normalised correlation that counts.
const CORRELATION_MIN: f64 = 0.55;
/// Smallest standard deviation of a patch's grey values that can be found again.
const TEXTURE_MIN: f64 = 2.0;

/// A grey raster in a projected system: `west_m`, `north_m` are the outer corner of the first pixel.
#[derive(Clone, Debug)]
pub struct GreyRaster {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Easting of the west edge.
    pub west_m: f64,
    /// Northing of the north edge.
    pub north_m: f64,
    /// Side of a pixel.
    pub gsd_m: f64,
    /// Grey values by row, NaN where there is no data.
    pub grey: Vec<f32>,
}

/// One place at which the two rasters were compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckPoint {
    /// Easting in the map.
    pub east_m: f64,
    /// Northing in the map.
    pub north_m: f64,
    /// Map minus truth, eastwards.
    pub error_east_m: f64,
    /// Map minus truth, northwards.
    pub error_north_m: f64,
    /// Normalised correlation at the best place.
    pub correlation: f64,
}

/// What the check points say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Check points that counted.
    pub points: usize,
    /// Root mean square of the displacement.
    pub rmse_absolute_m: f64,
    /// The same after the best horizontal similarity (two shifts, rotation, scale).
    pub rmse_similarity_m: f64,
    /// Mean displacement, east and north.
    pub shift_m: [f64; 2],
}

impl GreyRaster {
    fn at(&self, x: i64, y: i64) -> f32 {
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return f32::NAN;
        }
        self.grey[y as usize * self.width + x as usize]
    }

    /// Bilinear value at a place, NaN off the raster.
    pub fn sample(&self, east_m: f64, north_m: f64) -> f32 {
        let x = (east_m - self.west_m) / self.gsd_m - 0.5;
        let y = (self.north_m - north_m) / self.gsd_m - 0.5;
        let (ix, iy) = (x.floor(), y.floor());
        let (fx, fy) = ((x - ix) as f32, (y - iy) as f32);
        let (ix, iy) = (ix as i64, iy as i64);
        let top = self.at(ix, iy) * (1.0 - fx) + self.at(ix + 1, iy) * fx;
        let bottom = self.at(ix, iy + 1) * (1.0 - fx) + self.at(ix + 1, iy + 1) * fx;
        top * (1.0 - fy) + bottom * fy
    }

    fn patch(&self, east_m: f64, north_m: f64, half: i64, step_m: f64) -> Option<Vec<f32>> {
        let mut values = Vec::with_capacity(((2 * half + 1) * (2 * half + 1)) as usize);
        for row in -half..=half {
            for column in -half..=half {
                let value = self.sample(
                    east_m + column as f64 * step_m,
                    north_m - row as f64 * step_m,
                );
                if value.is_nan() {
                    return None;
                }
                values.push(value);
            }
        }
        Some(values)
    }
}

/// Zero-mean, unit-norm copy of a patch; nothing when it has no texture.
fn normalised(mut patch: Vec<f32>) -> Option<Vec<f32>> {
    let n = patch.len() as f64;
    let mean = patch.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let square = patch
        .iter()
        .map(|v| (f64::from(*v) - mean).powi(2))
        .sum::<f64>();
    if (square / n).sqrt() < TEXTURE_MIN {
        return None;
    }
    let scale = 1.0 / square.sqrt();
    for value in &mut patch {
        *value = ((f64::from(*value) - mean) * scale) as f32;
    }
    Some(patch)
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    f64::from(a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>())
}

/// Correlations of a patch over a window of shifts: `(correlation, column, row)` of the best, and its neighbours' values.
struct Window {
    side: i64,
    values: Vec<f64>,
}

impl Window {
    fn search(
        template: &[f32],
        truth: &GreyRaster,
        centre: [f64; 2],
        half: i64,
        reach: i64,
        step_m: f64,
    ) -> Self {
        let side = 2 * reach + 1;
        let wide = half + reach;
        let grid = 2 * wide + 1;
        // The truth once, on the grid of the search.
        let mut area = Vec::with_capacity((grid * grid) as usize);
        for row in -wide..=wide {
            for column in -wide..=wide {
                area.push(truth.sample(
                    centre[0] + column as f64 * step_m,
                    centre[1] - row as f64 * step_m,
                ));
            }
        }
        let mut values = vec![f64::NEG_INFINITY; (side * side) as usize];
        let size = (2 * half + 1) as usize;
        for (k, slot) in values.iter_mut().enumerate() {
            let (dx, dy) = (k as i64 % side, k as i64 / side);
            let (mut sum, mut square, mut product) = (0.0_f64, 0.0_f64, 0.0_f64);
            for row in 0..size {
                let from = (dy as usize + row) * grid as usize + dx as usize;
                let line = &area[from..from + size];
                let template_line = &template[row * size..(row + 1) * size];
                sum += f64::from(line.iter().sum::<f32>());
                square += f64::from(line.iter().map(|v| v * v).sum::<f32>());
                product += dot(template_line, line);
            }
            let n = (size * size) as f64;
            let spread = square - sum * sum / n;
            if spread > n * TEXTURE_MIN * TEXTURE_MIN {
                *slot = product / spread.sqrt();
            }
        }
        Self { side, values }
    }

    /// Best shift in steps (column, row), refined by a parabola, and its correlation; nothing at the window's edge.
    fn peak(&self) -> Option<(f64, f64, f64)> {
        let (best, value) = self
            .values
            .iter()
            .copied()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let (x, y) = (best as i64 % self.side, best as i64 / self.side);
        if x == 0 || y == 0 || x == self.side - 1 || y == self.side - 1 || !value.is_finite() {
            return None;
        }
        let at = |x: i64, y: i64| self.values[(y * self.side + x) as usize];
        let vertex = |before: f64, after: f64| {
            let bend = before - 2.0 * value + after;
            if bend.is_finite() && bend < 0.0 {
                (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
            } else {
                0.0
            }
        };
        let reach = (self.side / 2) as f64;
        Some((
            x as f64 - reach + vertex(at(x - 1, y), at(x + 1, y)),
            y as f64 - reach + vertex(at(x, y - 1), at(x, y + 1)),
            value,
        ))
    }
}

fn check_point(
    map: &GreyRaster,
    truth: &GreyRaster,
    at: [f64; 2],
    reach_m: f64,
) -> Option<CheckPoint> {
    const HALF: i64 = 20;
    let step = map.gsd_m;
    // Coarse over the whole reach, then fine about what it found.
    let coarse_step = 4.0 * step;
    let coarse = normalised(map.patch(at[0], at[1], HALF, coarse_step)?)?;
    let reach = (reach_m / coarse_step).ceil().max(2.0) as i64;
    let (cx, cy, _) = Window::search(&coarse, truth, at, HALF, reach, coarse_step).peak()?;
    let near = [at[0] + cx * coarse_step, at[1] - cy * coarse_step];
    let fine = normalised(map.patch(at[0], at[1], HALF, step)?)?;
    let (fx, fy, correlation) = Window::search(&fine, truth, near, HALF, 7, step).peak()?;
    if correlation < CORRELATION_MIN {
        return None;
    }
    let found = [near[0] + fx * step, near[1] - fy * step];
    Some(CheckPoint {
        east_m: at[0],
        north_m: at[1],
        error_east_m: at[0] - found[0],
        error_north_m: at[1] - found[1],
        correlation,
    })
}

/// Compare `map` with `truth` at up to [`POINTS_MAX`] places of a regular grid; displacements up to `reach_m` are found.
pub fn check_points(map: &GreyRaster, truth: &GreyRaster, reach_m: f64) -> Vec<CheckPoint> {
    let (wide, high) = (map.width as f64 * map.gsd_m, map.height as f64 * map.gsd_m);
    let spacing = (wide * high / POINTS_MAX as f64).sqrt().max(map.gsd_m);
    let (columns, rows) = ((wide / spacing) as usize, (high / spacing) as usize);
    let places: Vec<[f64; 2]> = (0..columns * rows)
        .map(|k| {
            let (column, row) = ((k % columns) as f64 + 0.5, (k / columns) as f64 + 0.5);
            [map.west_m + column * spacing, map.north_m - row * spacing]
        })
        .collect();
    places
        .par_iter()
        .filter_map(|at| check_point(map, truth, *at, reach_m))
        .collect()
}

/// What check points say; nothing for fewer than three.
pub fn accuracy(points: &[CheckPoint]) -> Option<Accuracy> {
    if points.len() < 3 {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: &dyn Fn(&CheckPoint) -> f64| points.iter().map(of).sum::<f64>() / n;
    let shift = [mean(&|p| p.error_east_m), mean(&|p| p.error_north_m)];
    let absolute = mean(&|p| p.error_east_m.powi(2) + p.error_north_m.powi(2)).sqrt();
    // Helmert: map − mean = (1 + a, b; −b, 1 + a)(truth − mean), least squares in closed form.
    let (ce, cn) = (mean(&|p| p.east_m), mean(&|p| p.north_m));
    let (mut norm, mut a, mut b) = (0.0, 0.0, 0.0);
    for p in points {
        let (x, y) = (p.east_m - ce, p.north_m - cn);
        let (ex, ey) = (p.error_east_m - shift[0], p.error_north_m - shift[1]);
        norm += x * x + y * y;
        a += x * ex + y * ey;
        b += y * ex - x * ey;
    }
    let (a, b) = if norm > 0.0 {
        (a / norm, b / norm)
    } else {
        (0.0, 0.0)
    };
    let rest = mean(&|p| {
        let (x, y) = (p.east_m - ce, p.north_m - cn);
        let ex = p.error_east_m - shift[0] - a * x - b * y;
        let ey = p.error_north_m - shift[1] - a * y + b * x;
        ex * ex + ey * ey
    });
    Some(Accuracy {
        points: points.len(),
        rmse_absolute_m: absolute,
        rmse_similarity_m: rest.sqrt(),
        shift_m: shift,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn textured(
        width: usize,
        height: usize,
        gsd_m: f64,
        moved: impl Fn(f64, f64) -> (f64, f64),
    ) -> GreyRaster {
        let mut grey = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let (x, y) = moved((column as f64 + 0.5) * gsd_m, -(row as f64 + 0.5) * gsd_m);
                let waves = (x * 3.1 + (y * 0.7).sin() * 2.0).sin()
                    + (y * 2.3 - x * 0.9).cos()
                    + ((x * 0.37).sin() * (y * 0.41).cos() * 3.0).sin()
                    + (x * x * 0.013 + y * 1.7).sin();
                grey.push((128.0 + 25.0 * waves) as f32);
            }
        }
        GreyRaster {
            width,
            height,
            west_m: 0.0,
            north_m: 0.0,
            gsd_m,
            grey,
        }
    }

    #[test]
    fn a_known_displacement_is_found() {
        let truth = textured(900, 900, 0.1, |x, y| (x, y));
        let map = textured(900, 900, 0.1, |x, y| (x - 0.73, y + 0.41));
        let said = accuracy(&check_points(&map, &truth, 3.0)).expect("points");
        assert!(said.points > 100, "{said:?}");
        assert!(
            (said.shift_m[0] - 0.73).abs() < 0.02 && (said.shift_m[1] + 0.41).abs() < 0.02,
            "{said:?}"
        );
        assert!(said.rmse_similarity_m < 0.02, "{said:?}");
        assert!((said.rmse_absolute_m - 0.837).abs() < 0.02, "{said:?}");
    }

    #[test]
    fn rotation_and_scale_are_taken_out_by_the_similarity() {
        let truth = textured(900, 900, 0.1, |x, y| (x, y));
        let map = textured(900, 900, 0.1, |x, y| {
            (x * 1.005 - y * 0.004, y * 1.005 + x * 0.004)
        });
        let said = accuracy(&check_points(&map, &truth, 3.0)).expect("points");
        assert!(said.rmse_absolute_m > 0.2, "{said:?}");
        assert!(said.rmse_similarity_m < 0.04, "{said:?}");
    }

    #[test]
    fn another_place_is_not_found() {
        let truth = textured(600, 600, 0.1, |x, y| (x, y));
        let noise = textured(600, 600, 0.1, |x, y| (y * 1.9 + 400.0, x * 0.3 - 90.0));
        assert!(check_points(&noise, &truth, 2.0).len() < 12);
    }
}
