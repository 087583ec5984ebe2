//! Photo lines of one sweep angle, and the cells that they fall into.

use crate::space::{Space, distance};
use whimbrel_geo::Polygon;

/// A photo line. `a` to `b` runs with the sweep direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Start.
    pub a: [f64; 2],
    /// End.
    pub b: [f64; 2],
    /// Which strip, counted across the lines.
    pub row: usize,
}

impl Line {
    /// Length.
    pub fn length_m(&self) -> f64 {
        distance(self.a, self.b)
    }
}

/// Lines that follow each other row by row, without a split between.
pub type Cell = Vec<usize>;

/// How lines are laid.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Distance of lines, at most.
    pub swath_m: f64,
    /// Room that the aircraft needs beyond the end of a line where the
    /// airspace ends.
    pub end_room_m: f64,
    /// Lay short lines beside the middle of a strip where an obstacle blocks
    /// it (photos that are wider than the strip see there anyway).
    pub fill: bool,
}

/// Lines of one angle.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// The lines.
    pub lines: Vec<Line>,
    /// The cells that they fall into.
    pub cells: Vec<Cell>,
    /// Length that the area asks for.
    pub wanted_m: f64,
    /// Length of it that could not be laid.
    pub lost_m: f64,
    /// A place where it could not.
    pub lost_at: Option<[f64; 2]>,
}

/// Where in the strip a line is tried when its middle is blocked.
const OFFSETS: [f64; 6] = [0.25, -0.25, 0.4, -0.4, 0.48, -0.48];

/// Lines in the direction `angle` (counter-clockwise from east) that cover the
/// areas: strips of equal width, no wider than the swath, and on each a line
/// that reaches as far as the area does anywhere in the strip. Lines end
/// where the routing space does.
pub fn lay(areas: &[Polygon], space: &Space, angle: f64, layout: Layout) -> Laid {
    let (sin, cos) = angle.sin_cos();
    let turn = |p: [f64; 2]| [p[0] * cos + p[1] * sin, p[1] * cos - p[0] * sin];
    let back = |p: [f64; 2]| [p[0] * cos - p[1] * sin, p[1] * cos + p[0] * sin];
    let mut laid = Laid::default();
    let mut row_base = 0;
    // What of a span at height y is in the routing space.
    let free = |y: f64, from: f64, to: f64| -> Vec<(f64, f64)> {
        let length = to - from;
        let parts = space.routing.clip_line(back([from, y]), back([to, y]));
        parts
            .into_iter()
            .map(|(t, u)| (from + t * length, from + u * length))
            .collect()
    };
    for area in areas {
        let rings: Vec<Vec<[f64; 2]>> = area
            .rings()
            .map(|r| r.iter().map(|p| turn(*p)).collect())
            .collect();
        let ys = || rings.iter().flatten().map(|p| p[1]);
        let low = ys().fold(f64::INFINITY, f64::min);
        let high = ys().fold(f64::NEG_INFINITY, f64::max);
        if !(low.is_finite() && high > low) {
            continue;
        }
        let rows = ((high - low) / layout.swath_m - 1e-6).ceil().max(1.0);
        let step = (high - low) / rows;
        let mut open: Vec<(usize, f64, f64)> = Vec::new(); // cell, from, to of the row before
        for row in 0..rows as usize {
            let bottom = low + row as f64 * step;
            let y = bottom + 0.5 * step;
            let mut spans: Vec<(f64, f64, f64)> = Vec::new();
            for (from, to) in shadow(&rings, bottom, bottom + step, 0.5 * layout.swath_m) {
                if to - from < 1e-6 {
                    continue;
                }
                laid.wanted_m += to - from;
                let parts = free(y, from, to);
                let mut reached = from;
                let mut gaps = Vec::new();
                for (start, end) in &parts {
                    gaps.push((reached, *start));
                    reached = *end;
                }
                gaps.push((reached, to));
                let inner: Vec<(f64, f64, f64)> = parts
                    .iter()
                    .filter_map(|(start, end)| {
                        let cut = |edge: f64, end: f64| {
                            if (edge - end).abs() > 1e-6 {
                                layout.end_room_m
                            } else {
                                0.0
                            }
                        };
                        let span = (start + cut(from, *start), end - cut(to, *end), y);
                        (span.1 - span.0 > 1e-3).then_some(span)
                    })
                    .collect();
                let kept: f64 = inner.iter().map(|s| s.1 - s.0).sum();
                spans.extend(inner);
                let mut found = 0.0;
                for (start, end) in gaps {
                    if end - start > 0.02 * layout.swath_m {
                        laid.lost_at = laid.lost_at.or(Some(back([0.5 * (start + end), y])));
                    }
                    if !layout.fill || end - start < 0.3 * layout.swath_m {
                        continue;
                    }
                    let tries = OFFSETS.iter().map(|o| {
                        let beside = y + o * step;
                        let parts = free(beside, start, end);
                        (parts.iter().map(|p| p.1 - p.0).sum::<f64>(), parts, beside)
                    });
                    let best = tries.fold((0.0, Vec::new(), y), |best, t| {
                        if t.0 > best.0 + 1e-6 { t } else { best }
                    });
                    found += best.0;
                    spans.extend(
                        best.1
                            .into_iter()
                            .filter(|p| p.1 - p.0 > 1e-3)
                            .map(|p| (p.0, p.1, best.2)),
                    );
                }
                laid.lost_m += (to - from - kept - found).max(0.0);
            }
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (lines, cells) = (&mut laid.lines, &mut laid.cells);
            let mut now = Vec::new();
            for &(from, to, y) in &spans {
                let touching = |(_, f, t): &&(usize, f64, f64)| *f < to && from < *t;
                let before: Vec<_> = open.iter().filter(touching).collect();
                let alone =
                    |f: f64, t: f64| spans.iter().filter(|s| s.0 < t && f < s.1).count() == 1;
                let line = lines.len();
                lines.push(Line {
                    a: back([from, y]),
                    b: back([to, y]),
                    row: row_base + row,
                });
                let cell = match before.as_slice() {
                    [(cell, f, t)] if alone(*f, *t) => {
                        if let Some(c) = cells.get_mut(*cell) {
                            c.push(line);
                        }
                        *cell
                    }
                    _ => {
                        cells.push(vec![line]);
                        cells.len() - 1
                    }
                };
                now.push((cell, from, to));
            }
            open = now;
        }
        row_base += rows as usize + 1;
    }
    laid
}

/// Intervals of x that the rings (even–odd) reach anywhere between two heights;
/// gaps of at most `join` are closed.
fn shadow(rings: &[Vec<[f64; 2]>], bottom: f64, top: f64, join: f64) -> Vec<(f64, f64)> {
    let mut levels: Vec<f64> = rings
        .iter()
        .flatten()
        .map(|p| p[1])
        .filter(|y| *y > bottom && *y < top)
        .chain([bottom, top])
        .collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|a, b| *a - *b < 1e-9);
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for pair in levels.windows(2) {
        let &[low, high] = pair else { continue };
        let middle = 0.5 * (low + high);
        // Each edge that crosses the slab, at its middle and its two sides.
        let mut edges: Vec<[f64; 3]> = Vec::new();
        for ring in rings {
            for (p, q) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                if (p[1] > middle) != (q[1] > middle) {
                    let x = |y: f64| p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0]);
                    edges.push([x(middle), x(low), x(high)]);
                }
            }
        }
        edges.sort_by(|a, b| a[0].total_cmp(&b[0]));
        for pair in edges.chunks_exact(2) {
            let &[left, right] = pair else { continue };
            spans.push((left[1].min(left[2]), right[1].max(right[2])));
        }
    }
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.0 <= last.1 + join => last.1 = last.1.max(span.1),
            _ => merged.push(span),
        }
    }
    merged
}
