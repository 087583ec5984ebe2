//! Lines of equal ground height: marching squares over a regular grid.

use super::units::round_below;
use core::fmt::Write as _;

/// Fewest metres between contours.
const MIN_INTERVAL_M: f64 = 1.0;
/// About so many contours.
const WANTED: f64 = 14.0;

/// Heights on a grid; rows go down the page.
pub(super) struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub heights: Vec<Option<f64>>,
    /// Distance of neighbours on the page.
    pub step: [f64; 2],
}

impl Grid {
    fn at(&self, column: usize, row: usize) -> Option<f64> {
        self.heights
            .get(row * self.columns + column)
            .copied()
            .flatten()
    }

    /// The interval, and the paths of ordinary and of every fifth contour.
    pub(super) fn paths(&self) -> Option<(f64, String, String)> {
        let known = || self.heights.iter().copied().flatten();
        let low = known().reduce(f64::min)?;
        let high = known().reduce(f64::max)?;
        let interval = round_below((high - low) / WANTED * 1.9).max(MIN_INTERVAL_M);
        if high - low < 2.0 * interval {
            return None;
        }
        let (mut thin, mut thick) = (String::new(), String::new());
        let first = (low / interval).ceil() as i64;
        let last = (high / interval).floor() as i64;
        for n in first..=last {
            let path = if n % 5 == 0 { &mut thick } else { &mut thin };
            self.level(n as f64 * interval, path);
        }
        Some((interval, thin, thick))
    }

    fn level(&self, level: f64, path: &mut String) {
        for row in 0..self.rows.saturating_sub(1) {
            for column in 0..self.columns.saturating_sub(1) {
                let corners = [
                    self.at(column, row),
                    self.at(column + 1, row),
                    self.at(column + 1, row + 1),
                    self.at(column, row + 1),
                ];
                let [Some(a), Some(b), Some(c), Some(d)] = corners else {
                    continue;
                };
                let places = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
                let heights = [a, b, c, d];
                let mut crossings = Vec::with_capacity(4);
                for edge in 0..4 {
                    let (i, j) = (edge, (edge + 1) % 4);
                    let (p, q) = (heights[i], heights[j]);
                    if (p < level) != (q < level) {
                        let t = (level - p) / (q - p);
                        let (from, to) = (places[i], places[j]);
                        crossings.push([
                            (column as f64 + from[0] + t * (to[0] - from[0])) * self.step[0],
                            (row as f64 + from[1] + t * (to[1] - from[1])) * self.step[1],
                        ]);
                    }
                }
                for pair in crossings.chunks_exact(2) {
                    let [p, q] = [pair[0], pair[1]];
                    let _ = write!(path, "M{:.1} {:.1}L{:.1} {:.1}", p[0], p[1], q[0], q[1]);
                }
            }
        }
    }
}
