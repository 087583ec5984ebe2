//! Parts of an area with a direction each: blocks of a decomposition are joined
//! as long as sweeping them together is estimated to cost less.

use crate::cells::blocks;
use crate::lines::{Part, Turned};
use crate::price::Price;
use crate::strips::{for_each_strip, spans_at};
use core::f64::consts::{FRAC_PI_2, PI};
use whimbrel_geo::Polygon;

/// Blocks beyond which an area is not decomposed.
const MAX_BLOCKS: usize = 120;
/// Directions of edges that are tried for each part.
const EDGE_ANGLES: usize = 4;
/// Directions closer than this are one.
const SAME_RAD: f64 = 0.5 * PI / 180.0;
/// Way to a line that does not follow its neighbour, in swaths.
const JUMP_SWATHS: f64 = 3.0;
/// What both ends of a line are cut by, in swaths.
const CUT_SWATHS: f64 = 0.4;

/// Estimates what parts cost.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The price of lines and turns.
    pub price: Price,
    /// Distance of lines, at most.
    pub swath_m: f64,
    /// Whether lines end where their round ends reach the edge.
    pub trim: bool,
    /// Whether as many lines cross them.
    pub crossed: bool,
}

impl Estimate {
    /// The cost of sweeping rings in one direction, and in the other where
    /// lines are to cross.
    pub fn cost(&self, rings: &[Vec<[f64; 2]>], angle_rad: f64) -> f64 {
        let one = self.parallel(rings, angle_rad);
        if self.crossed {
            one + self.parallel(rings, angle_rad + FRAC_PI_2)
        } else {
            one
        }
    }

    /// How many lines that makes.
    pub fn lines(&self, rings: &[Vec<[f64; 2]>], angle_rad: f64) -> usize {
        let rings = Turned::by(angle_rad).rings(rings);
        let mut lines = 0;
        for_each_strip(&rings, self.swath_m, |middle, _| {
            let here = core::iter::once(middle);
            lines += spans_at(&rings, here, 0.5 * self.swath_m).len();
        });
        if self.crossed { 2 * lines } else { lines }
    }

    fn parallel(&self, rings: &[Vec<[f64; 2]>], angle_rad: f64) -> f64 {
        let rings = Turned::by(angle_rad).rings(rings);
        let swath = self.swath_m;
        let mut before: Vec<(f64, f64)> = Vec::new();
        let mut cost = 0.0;
        // Lines that are cut end about where their middle leaves the part.
        let (looks, end): (&[f64], f64) = if self.trim {
            (&[-0.25, 0.25], CUT_SWATHS * swath)
        } else {
            (&[-0.49, 0.0, 0.49], 0.0)
        };
        for_each_strip(&rings, swath, |middle, step| {
            let spans = spans_at(&rings, looks.iter().map(|l| middle + l * step), 0.5 * swath);
            for span in &spans {
                cost += self.price.line((span.1 - span.0 - end).max(0.0));
                let over = |t: &&(f64, f64)| span.0 < t.1 && t.0 < span.1;
                let follows = before.iter().filter(over).count() == 1;
                cost += self
                    .price
                    .next_line(if follows && spans.len() == before.len() {
                        step
                    } else {
                        JUMP_SWATHS * swath
                    });
            }
            before = spans;
        });
        cost
    }

    /// The best of some directions and its cost.
    pub fn best(&self, rings: &[Vec<[f64; 2]>], more: &[f64]) -> (f64, f64) {
        let mut angles = edge_angles(rings, EDGE_ANGLES);
        for angle in more {
            if angles.iter().all(|a| apart(*a, *angle) > SAME_RAD) {
                angles.push(*angle);
            }
        }
        angles
            .into_iter()
            .map(|angle| (angle, self.cost(rings, angle)))
            .fold((0.0, f64::INFINITY), |best, next| {
                if next.1 < best.1 * (1.0 - 1e-9) {
                    next
                } else {
                    best
                }
            })
    }
}

/// Directions of the longest edges, below a half turn, the longest first.
pub fn edge_angles(rings: &[Vec<[f64; 2]>], most: usize) -> Vec<f64> {
    let mut edges: Vec<(f64, f64)> = Vec::new();
    for ring in rings {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let d = [b[0] - a[0], b[1] - a[1]];
            edges.push((d[0].hypot(d[1]), d[1].atan2(d[0]).rem_euclid(PI)));
        }
    }
    edges.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut angles: Vec<f64> = Vec::new();
    for (length, angle) in edges {
        if length > 1e-6 && angles.iter().all(|a| apart(*a, angle) > SAME_RAD) {
            angles.push(angle);
        }
        if angles.len() == most {
            break;
        }
    }
    angles
}

/// Between two directions without sense, at most a quarter turn.
pub fn apart(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(PI);
    d.min(PI - d)
}

/// Some blocks together.
struct Joined {
    blocks: Vec<usize>,
    touches: Vec<usize>,
    angle: f64,
    cost: f64,
}

/// Decompositions of an area that begin from the blocks of one direction: the
/// one estimated best, and a coarser one. `join` is what each part more costs.
pub fn decompose(
    area: &Polygon,
    base_rad: f64,
    estimate: &Estimate,
    joins: &[f64],
) -> Vec<Vec<Part>> {
    let blocks = blocks(area, base_rad, 0.25 * estimate.swath_m);
    if blocks.len() < 2 || blocks.len() > MAX_BLOCKS {
        return Vec::new();
    }
    let rings = |list: &[usize]| -> Vec<Vec<[f64; 2]>> {
        list.iter()
            .filter_map(|b| blocks.get(*b))
            .map(|b| b.ring.clone())
            .collect()
    };
    let more = [
        base_rad.rem_euclid(PI),
        (base_rad + FRAC_PI_2).rem_euclid(PI),
    ];
    let joined = |list: Vec<usize>, touches: Vec<usize>| {
        let (angle, cost) = estimate.best(&rings(&list), &more);
        Joined {
            blocks: list,
            touches,
            angle,
            cost,
        }
    };
    // Slots keep their number; a part that was joined to another is None.
    let mut slots: Vec<Option<Joined>> = blocks
        .iter()
        .enumerate()
        .map(|(i, b)| Some(joined(vec![i], b.touches.clone())))
        .collect();
    let merge = |a: &Joined, b: &Joined, ids: [usize; 2]| {
        let list = a.blocks.iter().chain(&b.blocks).copied().collect();
        let mut touches: Vec<usize> = a.touches.iter().chain(&b.touches).copied().collect();
        touches.retain(|t| !ids.contains(t));
        touches.sort_unstable();
        touches.dedup();
        joined(list, touches)
    };
    let mut pairs: Vec<(usize, usize, Joined)> = Vec::new();
    for (i, a) in slots.iter().enumerate() {
        let Some(a) = a else { continue };
        for j in a.touches.iter().copied().filter(|j| *j > i) {
            if let Some(Some(b)) = slots.get(j) {
                pairs.push((i, j, merge(a, b, [i, j])));
            }
        }
    }
    let snapshot = |slots: &[Option<Joined>]| -> Vec<Part> {
        let parts = slots.iter().flatten();
        parts
            .map(|j| Part {
                rings: rings(&j.blocks),
                angle_rad: j.angle,
            })
            .collect()
    };
    let mut best: Vec<Option<(f64, Vec<Part>)>> = joins.iter().map(|_| None).collect();
    loop {
        let cost: f64 = slots.iter().flatten().map(|j| j.cost).sum();
        let count = slots.iter().flatten().count();
        for (best, join) in best.iter_mut().zip(joins) {
            let total = cost + count as f64 * join;
            if best.as_ref().is_none_or(|b| total < b.0 * (1.0 - 1e-9)) {
                *best = Some((total, snapshot(&slots)));
            }
        }
        let gain = |(i, j, joined): &(usize, usize, Joined)| {
            let of = |k: &usize| slots.get(*k).and_then(Option::as_ref);
            of(i).map_or(0.0, |a| a.cost) + of(j).map_or(0.0, |b| b.cost) - joined.cost
        };
        let most = pairs.iter().enumerate().map(|(k, p)| (k, gain(p))).fold(
            None,
            |most: Option<(usize, f64)>, next| match most {
                Some(m) if m.1 >= next.1 - 1e-9 => Some(m),
                _ => Some(next),
            },
        );
        let Some((k, _)) = most else { break };
        let (i, j, new) = pairs.swap_remove(k);
        if let Some(slot) = slots.get_mut(j) {
            *slot = None;
        }
        let touches = new.touches.clone();
        if let Some(slot) = slots.get_mut(i) {
            *slot = Some(new);
        }
        pairs.retain(|p| ![p.0, p.1].iter().any(|x| *x == i || *x == j));
        for t in touches {
            if let Some(Some(other)) = slots.get_mut(t) {
                other.touches.retain(|x| *x != i && *x != j);
                other.touches.push(i);
            }
            if let (Some(Some(a)), Some(Some(b))) = (slots.get(i), slots.get(t)) {
                pairs.push((i, t, merge(a, b, [i, t])));
            }
        }
        pairs.sort_by_key(|p| (p.0.min(p.1), p.0.max(p.1)));
    }
    let mut found: Vec<Vec<Part>> = Vec::new();
    for (_, parts) in best.into_iter().flatten() {
        if !found.contains(&parts) {
            found.push(parts);
        }
    }
    found
}
