//! Short lines over what the swaths leave bare.

use crate::lines::{Laid, Line};
use crate::space::{Space, distance};
use crate::swept::Swept;
use whimbrel_geo::Polygon;

/// Ground that may stay bare, share of the areas.
const SPARE: f64 = 5e-4;
/// Most short lines.
const MAX_PATCHES: usize = 400;
/// Shortest of them, share of the swath.
const SHORTEST: f64 = 0.04;
/// Rounds of looking at what is still bare.
const ROUNDS: usize = 3;
/// How much of half a swath a line counts on.
const REACH: f64 = 0.97;
/// Places beside a bare spot where a line is tried, per turn and as shares of
/// half a swath.
const DIRECTIONS: usize = 16;
const DISTANCES: [f64; 4] = [0.2, 0.4, 0.65, 0.9];

/// Adds short lines to `laid` until nearly nothing is bare that the routing
/// space lets a swath reach.
pub fn patch(laid: &mut Laid, areas: &[Polygon], space: &Space, swath_m: f64) {
    let mut swept = Swept::new(areas, swath_m);
    let half = 0.5 * swath_m;
    for line in &laid.lines {
        swept.sweep(line.a, line.b, half);
    }
    let ground: f64 = areas.iter().map(Polygon::area_m2).sum();
    let row = laid.lines.iter().map(|l| l.row).max().unwrap_or(0) + 2;
    let mut added = 0;
    // A line over one spot often covers some of the next.
    for _ in 0..ROUNDS {
        let mut spots = swept.bare();
        let cell = swept.cell_m2();
        // The smallest stay.
        let mut stay = 0.0;
        while let Some(last) = spots.last() {
            let small = last.len() as f64 * cell;
            if stay + small > SPARE * ground {
                break;
            }
            stay += small;
            spots.pop();
        }
        let before = added;
        for spot in spots {
            if added == MAX_PATCHES {
                return;
            }
            let Some((a, b)) = over(&spot, space, half) else {
                continue;
            };
            if swept.sweep(a, b, half) > 0.0 {
                laid.cells.push(vec![laid.lines.len()]);
                laid.lines.push(Line {
                    a,
                    b,
                    row: row + 2 * added,
                });
                added += 1;
            }
        }
        if added == before {
            break;
        }
    }
}

/// Both ends of a line.
type Ends = ([f64; 2], [f64; 2]);

/// A line that covers a spot, or as much of it as it can.
fn over(spot: &[[f64; 2]], space: &Space, half: f64) -> Option<Ends> {
    let n = spot.len() as f64;
    let sum = spot
        .iter()
        .fold([0.0; 2], |s, p| [s[0] + p[0], s[1] + p[1]]);
    let middle = [sum[0] / n, sum[1] / n];
    let moments = spot.iter().fold([0.0; 3], |m, p| {
        let (x, y) = (p[0] - middle[0], p[1] - middle[1]);
        [m[0] + x * x, m[1] + x * y, m[2] + y * y]
    });
    let axis = 0.5 * (2.0 * moments[1]).atan2(moments[0] - moments[2]);
    let u = [axis.cos(), axis.sin()];
    let along = |p: &[f64; 2]| (p[0] - middle[0]) * u[0] + (p[1] - middle[1]) * u[1];
    let across = |p: &[f64; 2]| (p[1] - middle[1]) * u[0] - (p[0] - middle[0]) * u[1];
    let fold = |f: &dyn Fn(&[f64; 2]) -> f64| {
        spot.iter()
            .map(f)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            })
    };
    let (from, to) = fold(&along);
    let (low, high) = fold(&across);
    let reach = REACH * half;
    let cap = (reach * reach - (0.5 * (high - low)).powi(2))
        .max(0.0)
        .sqrt();
    let (mut from, mut to) = (from + cap, to - cap);
    let shortest = SHORTEST * 2.0 * half;
    if to - from < shortest {
        let centre = 0.5 * (from + to);
        (from, to) = (centre - 0.5 * shortest, centre + 0.5 * shortest);
    }
    let side = 0.5 * (low + high);
    let place = |t: f64, s: f64| {
        [
            middle[0] + t * u[0] - s * u[1],
            middle[1] + t * u[1] + s * u[0],
        ]
    };
    let score = |a: [f64; 2], b: [f64; 2]| {
        let near = |p: &&[f64; 2]| whimbrel_geo::polygon::distance_to_segment_m(**p, a, b) < half;
        spot.iter().filter(near).count()
    };
    let mut best: Option<(usize, f64, Ends)> = None;
    let mut offer = |shift: [f64; 2]| {
        let moved = |p: [f64; 2]| [p[0] + shift[0], p[1] + shift[1]];
        let (a, b) = (moved(place(from, side)), moved(place(to, side)));
        // The longest piece of it that is free.
        let free = space.routing.clip_line(a, b);
        let longest = free.into_iter().fold(
            (0.0, 0.0),
            |l: (f64, f64), p| if p.1 - p.0 > l.1 - l.0 { p } else { l },
        );
        let at = |t: f64| [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
        let (c, d) = (at(longest.0), at(longest.1));
        if distance(c, d) < 0.5 * shortest {
            return;
        }
        let (count, length) = (score(c, d), distance(c, d));
        if count > 0
            && best
                .as_ref()
                .is_none_or(|b| count > b.0 || count == b.0 && length < b.1 - 1e-9)
        {
            best = Some((count, length, (c, d)));
        }
    };
    offer([0.0, 0.0]);
    for distance in DISTANCES {
        for k in 0..DIRECTIONS {
            let angle = axis + core::f64::consts::TAU * k as f64 / DIRECTIONS as f64;
            offer([distance * half * angle.cos(), distance * half * angle.sin()]);
        }
    }
    best.map(|b| b.2)
}
