//! A planner as simple as the usual ones, made for comparison: one angle, lines
//! evenly spread over the whole width, each as long as the area is anywhere in
//! its strip, then the nearest line next, improved by 2-opt and Or-opt. Legs
//! are straight, whatever is in the way.

use crate::measure::{Path, apart};
use whimbrel_geo::Polygon;

/// Lateral places at which the area is looked at in each strip.
const LOOKS: usize = 41;

/// Lines of one angle; each longer at both ends by `more`.
pub fn lines(areas: &[Polygon], angle: f64, swath: f64, more: f64) -> Vec<[[f64; 2]; 2]> {
    let (s, c) = angle.sin_cos();
    let turn = |p: [f64; 2]| [c * p[0] + s * p[1], c * p[1] - s * p[0]];
    let back = |p: [f64; 2]| [c * p[0] - s * p[1], c * p[1] + s * p[0]];
    let mut lines = Vec::new();
    for area in areas {
        let edges: Vec<_> = area.edges().map(|(a, b)| (turn(a), turn(b))).collect();
        let low = edges.iter().map(|e| e.0[1]).fold(f64::INFINITY, f64::min);
        let high = edges
            .iter()
            .map(|e| e.0[1])
            .fold(f64::NEG_INFINITY, f64::max);
        let rows = ((high - low) / swath - 1e-6).ceil().max(1.0);
        let step = (high - low) / rows;
        for row in 0..rows as usize {
            let bottom = low + step * row as f64;
            let mut spans: Vec<[f64; 2]> = Vec::new();
            for look in 0..LOOKS {
                let share = (look as f64 / (LOOKS - 1) as f64).clamp(1e-4, 1.0 - 1e-4);
                let y = bottom + step * share;
                let mut cuts: Vec<f64> = edges
                    .iter()
                    .filter(|(a, b)| (a[1] > y) != (b[1] > y))
                    .map(|(a, b)| a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
                    .collect();
                cuts.sort_by(f64::total_cmp);
                spans.extend(cuts.chunks_exact(2).map(|p| [p[0], p[1]]));
            }
            spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let mut merged: Vec<[f64; 2]> = Vec::new();
            for span in spans {
                match merged.last_mut() {
                    Some(last) if span[0] <= last[1] + 0.1 * swath => {
                        last[1] = last[1].max(span[1])
                    }
                    _ => merged.push(span),
                }
            }
            let y = bottom + 0.5 * step;
            for [from, to] in merged {
                let (from, to) = (from - more, to + more);
                if to > from {
                    lines.push([back([from, y]), back([to, y])]);
                } else {
                    let middle = back([0.5 * (from + to), y]);
                    lines.push([middle, middle]);
                }
            }
        }
    }
    lines
}

/// A route over lines; legs cost `price` of their length.
pub fn route(mut lines: Vec<[[f64; 2]; 2]>, price: &dyn Fn(f64) -> f64) -> Path {
    let mut order: Vec<[[f64; 2]; 2]> = Vec::new();
    while !lines.is_empty() {
        let here = order.last().map(|l| l[1]);
        let far = |p: [f64; 2]| here.map_or(0.0, |h| apart(h, p));
        let (k, flip, _) = lines
            .iter()
            .enumerate()
            .flat_map(|(k, l)| [(k, false, far(l[0])), (k, true, far(l[1]))])
            .fold((0, false, f64::INFINITY), |best, next| {
                if next.2 < best.2 - 1e-9 { next } else { best }
            });
        let [a, b] = lines.remove(k);
        order.push(if flip { [b, a] } else { [a, b] });
    }
    improve(&mut order, price);
    order.into_iter().flatten().collect()
}

fn improve(order: &mut Vec<[[f64; 2]; 2]>, price: &dyn Fn(f64) -> f64) {
    let n = order.len();
    let leg = |a: Option<&[[f64; 2]; 2]>, b: Option<&[[f64; 2]; 2]>| match (a, b) {
        (Some(a), Some(b)) => price(apart(a[1], b[0])),
        _ => 0.0,
    };
    let flip = |l: &[[f64; 2]; 2]| [l[1], l[0]];
    loop {
        let mut gained = false;
        for i in 0..n {
            for j in i..n {
                let (a, d) = (
                    i.checked_sub(1).map(|k| order[k]),
                    order.get(j + 1).copied(),
                );
                let (b, c) = (flip(&order[j]), flip(&order[i]));
                let now = leg(a.as_ref(), Some(&order[i])) + leg(Some(&order[j]), d.as_ref());
                if leg(a.as_ref(), Some(&b)) + leg(Some(&c), d.as_ref()) < now - 1e-6 {
                    order[i..=j].reverse();
                    for l in &mut order[i..=j] {
                        *l = flip(l);
                    }
                    gained = true;
                }
            }
        }
        for i in 0..n {
            for k in 1..=3.min(n - i) {
                let taken: Vec<_> = order[i..i + k].to_vec();
                let rest: Vec<_> = order[..i].iter().chain(&order[i + k..]).copied().collect();
                let (a, d) = (i.checked_sub(1).map(|k| rest[k]), rest.get(i).copied());
                let freed = leg(a.as_ref(), taken.first()) + leg(taken.last(), d.as_ref())
                    - leg(a.as_ref(), d.as_ref());
                let mut best = (freed - 1e-6, None);
                for at in 0..=rest.len() {
                    let (a, d) = (at.checked_sub(1).map(|k| rest[k]), rest.get(at).copied());
                    let gone = leg(a.as_ref(), d.as_ref());
                    let (first, last) = (taken[0], taken[k - 1]);
                    for turned in [false, true] {
                        let (f, l) = if turned {
                            (flip(&last), flip(&first))
                        } else {
                            (first, last)
                        };
                        let cost = leg(a.as_ref(), Some(&f)) + leg(Some(&l), d.as_ref()) - gone;
                        if cost < best.0 {
                            best = (cost, Some((at, turned)));
                        }
                    }
                }
                if let Some((at, turned)) = best.1 {
                    let mut taken = taken;
                    if turned {
                        taken.reverse();
                        taken = taken.iter().map(flip).collect();
                    }
                    let mut next = rest;
                    next.splice(at..at, taken);
                    *order = next;
                    gained = true;
                }
            }
        }
        if !gained {
            return;
        }
    }
}
