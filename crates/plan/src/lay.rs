//! From parts to lines inside the airspace.

use crate::lines::{Laid, Line, Part, Turned};
use crate::space::Space;
use crate::strips::{Strip, fit_ends, strips};

/// Ground that may be left out beside the outermost lines, share of the part.
const SPARE_BESIDE: f64 = 1.5e-4;
/// Ground that may be left out at the ends of lines, share of the part.
const SPARE_AT_ENDS: f64 = 3.5e-4;
/// Where in the strip a line is tried when its middle is blocked.
const OFFSETS: [f64; 6] = [0.25, -0.25, 0.4, -0.4, 0.48, -0.48];
/// Shortest piece of a line that is flown.
const SHORTEST_M: f64 = 1e-3;

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
    /// End lines where their round ends reach the edge (no camera), instead of
    /// where the middle of the last photo is as far out as the area.
    pub trim: bool,
    /// Fly this much farther at both ends (cameras that look forwards).
    pub beyond_m: f64,
}

/// Lines that cover the parts: strips of equal width in each, no wider than the
/// swath, and on each a line that reaches as far as the part does anywhere in
/// the strip. Lines end where the routing space does.
pub fn lay(parts: &[Part], space: &Space, layout: &Layout) -> Laid {
    let mut laid = Laid::default();
    let mut row_base = 0;
    for part in parts {
        let turned = Turned::by(part.angle_rad);
        let rings = turned.rings(&part.rings);
        let ground: f64 = if layout.trim {
            ground(&part.rings)
        } else {
            0.0
        };
        let mut rows = strips(&rings, layout.swath_m, SPARE_BESIDE * ground);
        if layout.trim {
            fit_ends(&mut rows, &rings, layout.swath_m, SPARE_AT_ENDS * ground);
        }
        let mut open: Vec<(usize, f64, f64)> = Vec::new(); // cell, from, to of the row before
        for (row, strip) in rows.iter().enumerate() {
            let pieces = pieces(strip, turned, space, layout, &mut laid);
            let mut now = Vec::new();
            for &(from, to, y) in &pieces {
                let touching = |(_, f, t): &&(usize, f64, f64)| *f < to && from < *t;
                let before: Vec<_> = open.iter().filter(touching).collect();
                let alone =
                    |f: f64, t: f64| pieces.iter().filter(|s| s.0 < t && f < s.1).count() == 1;
                let line = laid.lines.len();
                laid.lines.push(Line {
                    a: turned.back([from, y]),
                    b: turned.back([to, y]),
                    row: row_base + row,
                });
                let cell = match before.as_slice() {
                    [(cell, f, t)] if alone(*f, *t) => {
                        if let Some(c) = laid.cells.get_mut(*cell) {
                            c.push(line);
                        }
                        *cell
                    }
                    _ => {
                        laid.cells.push(vec![line]);
                        laid.cells.len() - 1
                    }
                };
                now.push((cell, from, to));
            }
            open = now;
        }
        row_base += rows.len() + 1;
    }
    laid
}

/// Surface of rings, holes taken off (a ring inside another is a hole).
fn ground(rings: &[Vec<[f64; 2]>]) -> f64 {
    let (first, rest) = match rings {
        [] => return 0.0,
        [first, rest @ ..] => (first, rest),
    };
    let outline = whimbrel_geo::Polygon::new(first.clone());
    let area = |r: &Vec<[f64; 2]>| whimbrel_geo::Polygon::new(r.clone()).area_m2();
    rest.iter().fold(outline.area_m2(), |sum, ring| {
        let hole = ring.iter().all(|p| outline.contains(*p));
        sum + if hole { -area(ring) } else { area(ring) }
    })
}

/// What of a strip's spans is flown: from, to, and at which height.
fn pieces(
    strip: &Strip,
    turned: Turned,
    space: &Space,
    layout: &Layout,
    laid: &mut Laid,
) -> Vec<(f64, f64, f64)> {
    let y = strip.middle();
    let step = strip.top - strip.bottom;
    // What of a span at a height is in the routing space.
    let free = |y: f64, from: f64, to: f64| -> Vec<(f64, f64)> {
        let length = to - from;
        let parts = space
            .routing
            .clip_line(turned.back([from, y]), turned.back([to, y]));
        parts
            .into_iter()
            .map(|(t, u)| (from + t * length, from + u * length))
            .collect()
    };
    let mut pieces: Vec<(f64, f64, f64)> = Vec::new();
    for (from, to) in &strip.spans {
        let (from, to) = (from - layout.beyond_m, to + layout.beyond_m);
        if to - from < 1e-6 {
            continue;
        }
        laid.wanted_m += to - from;
        let mut reached = from;
        let mut gaps = Vec::new();
        let mut kept = 0.0;
        for (start, end) in free(y, from, to) {
            gaps.push((reached, start));
            reached = end;
            let cut = |edge: f64, end: f64| {
                if (edge - end).abs() > 1e-6 {
                    layout.end_room_m
                } else {
                    0.0
                }
            };
            let piece = (start + cut(from, start), end - cut(to, end), y);
            if piece.1 - piece.0 > SHORTEST_M {
                kept += piece.1 - piece.0;
                pieces.push(piece);
            }
        }
        gaps.push((reached, to));
        for (start, end) in gaps {
            if end - start > 0.02 * layout.swath_m {
                let middle = turned.back([0.5 * (start + end), y]);
                laid.lost_at = laid.lost_at.or(Some(middle));
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
            kept += best.0;
            let found = best.1.into_iter().filter(|p| p.1 - p.0 > SHORTEST_M);
            pieces.extend(found.map(|p| (p.0, p.1, best.2)));
        }
        laid.lost_m += (to - from - kept).max(0.0);
    }
    pieces.sort_by(|a, b| a.0.total_cmp(&b.0));
    pieces
}
