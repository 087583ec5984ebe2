//! What no plan can beat: bounds for covering an area, and for the order of
//! given lines.

use crate::legs::Legs;
use crate::lines::Line;
use crate::order::{Pass, Search};
use crate::report::Bound;
use core::f64::consts::PI;
use whimbrel_mission::Vehicle;
use whimbrel_mission::energy::Wind;

/// Lines beyond which the order is not bounded.
const MAX_LINES: usize = 160;
/// Near ends whose legs are measured; farther ones count as the crow flies.
const NEAR: usize = 24;

/// What is to be covered.
#[derive(Clone, Copy, Debug)]
pub struct Covered {
    /// Surface.
    pub area_m2: f64,
    /// Share of it that is covered.
    pub coverage: f64,
    /// Longest distance within.
    pub diameter_m: f64,
}

/// Lower bounds for covering ground with swaths.
///
/// A connected path of length L sweeps at most wL + πw²/4, hence the length.
/// A straight leg sweeps no more of the ground than one as long as its diameter
/// D; with stops between legs the time is least with as many legs of length D
/// as there can be, for the time of a leg is concave in its length. Several
/// aircraft share the time and each may save its own end cap.
pub fn bound(
    ground: Covered,
    swath_m: f64,
    vehicles: &[Vehicle],
    wind: Wind,
    routes: usize,
) -> Bound {
    let caps = routes.max(1) as f64 * PI * swath_m * swath_m / 4.0;
    let length_m = ((ground.coverage * ground.area_m2 - caps) / swath_m).max(0.0);
    let longest = ground.diameter_m.max(1.0);
    // One aircraft alone.
    let alone = |v: &Vehicle| {
        let p = &v.performance;
        if v.kind.cruises_on_wing() || p.acceleration_m_s2 <= 0.0 {
            return length_m / (p.cruise_m_s + wind.speed_m_s).max(0.1);
        }
        let run = |d: f64| {
            let ramp = p.cruise_m_s.powi(2) / p.acceleration_m_s2;
            if d >= ramp {
                d / p.cruise_m_s + p.cruise_m_s / p.acceleration_m_s2
            } else {
                2.0 * (d / p.acceleration_m_s2).sqrt()
            }
        };
        let legs = (length_m / longest).floor();
        if vehicles.len() == 1 {
            legs * run(longest) + run(length_m - legs * longest)
        } else {
            // A share of the legs may be any.
            length_m / longest * run(longest)
        }
    };
    let rate: f64 = vehicles
        .iter()
        .map(alone)
        .filter(|t| *t > 0.0)
        .map(|t| 1.0 / t)
        .sum();
    Bound {
        length_m,
        time_s: if rate > 0.0 { 1.0 / rate } else { 0.0 },
        ..Bound::default()
    }
}

/// How much the order costs over the least that lines and legs together can
/// cost in any order: each end of a line has one leg, so no order beats the
/// cheapest pairing of ends. The pairing is relaxed to an assignment, which
/// costs no more. `None` with too many lines.
pub fn order_gap(search: &Search<'_>, order: &[Pass]) -> Option<f64> {
    let n = search.lines.len();
    if n > MAX_LINES || n != order.len() || n < 2 {
        return None;
    }
    let mut legs = Legs::new(search.lines, search.space, search.price, search.home);
    let lines: f64 = search
        .lines
        .iter()
        .map(|l: &Line| search.price.line(l.length_m()))
        .sum();
    let entry = |p: &Pass| 2 * p.line + usize::from(p.reversed);
    let mut flown: f64 = order
        .windows(2)
        .map(|p| match p {
            [a, b] => legs.between(entry(a) ^ 1, entry(b)),
            _ => 0.0,
        })
        .sum();
    flown += order.first().map_or(0.0, |p| legs.home_to(entry(p)));
    flown += order.last().map_or(0.0, |p| legs.home_to(entry(p) ^ 1));
    // The last two places stand for the beginning and the end of the route.
    let size = 2 * n + 2;
    let never: f64 = 1e12;
    let mut costs = vec![never; size * size];
    for p in 0..2 * n {
        let mut others: Vec<(f64, usize)> = (0..2 * n)
            .filter(|q| q / 2 != p / 2)
            .map(|q| (legs.least(p, q), q))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let home = legs.home_to(p);
        let mut set = |q: usize, cost: f64| {
            for at in [p * size + q, q * size + p] {
                if let Some(c) = costs.get_mut(at) {
                    // A pair is near from one of its ends at least.
                    *c = if *c < never { cost.max(*c) } else { cost };
                }
            }
        };
        for (k, (least, q)) in others.into_iter().enumerate() {
            set(q, if k < NEAR { legs.between(p, q) } else { least });
        }
        set(2 * n, home);
        set(2 * n + 1, home);
    }
    let least = 0.5 * assignment(&costs, size);
    let bound = lines + least;
    (bound > 0.0).then(|| (lines + flown) / bound - 1.0)
}

/// Cost of the cheapest assignment of rows to columns of a square matrix.
///
/// Source: H. Kuhn, *The Hungarian method for the assignment problem*, Naval
/// Res. Logist. Q. 2 (1955), with shortest augmenting paths.
fn assignment(costs: &[f64], size: usize) -> f64 {
    let none = size;
    let mut row_price = vec![0.0; size];
    let mut column_price = vec![0.0; size + 1];
    let mut row_of = vec![none; size + 1];
    for row in 0..size {
        // Column `size` stands for the row that is to be placed.
        let mut least = vec![f64::INFINITY; size];
        let mut before = vec![none; size];
        let mut done = vec![false; size + 1];
        let mut column = size;
        if let Some(r) = row_of.get_mut(size) {
            *r = row;
        }
        while let Some(&here) = row_of.get(column).filter(|row| **row != none) {
            if let Some(d) = done.get_mut(column) {
                *d = true;
            }
            let line = costs
                .get(here * size..(here + 1) * size)
                .unwrap_or_default();
            let price = row_price.get(here).copied().unwrap_or(0.0);
            let mut next = (f64::INFINITY, none);
            for (j, cost) in line.iter().enumerate() {
                if done.get(j) != Some(&false) {
                    continue;
                }
                let (Some(l), Some(b), Some(c)) =
                    (least.get_mut(j), before.get_mut(j), column_price.get(j))
                else {
                    continue;
                };
                let reduced = cost - price - c;
                if reduced < *l {
                    (*l, *b) = (reduced, column);
                }
                if *l < next.0 {
                    next = (*l, j);
                }
            }
            let (step, to) = next;
            if to == none {
                break;
            }
            for j in 0..=size {
                if done.get(j) == Some(&true) {
                    if let Some(r) = row_of.get(j).and_then(|r| row_price.get_mut(*r)) {
                        *r += step;
                    }
                    if let Some(c) = column_price.get_mut(j) {
                        *c -= step;
                    }
                } else if let Some(l) = least.get_mut(j) {
                    *l -= step;
                }
            }
            column = to;
        }
        // Shift the rows along the path that was found.
        while column != size {
            let Some(&from) = before.get(column) else {
                break;
            };
            let moved = row_of.get(from).copied().unwrap_or(none);
            if let Some(r) = row_of.get_mut(column) {
                *r = moved;
            }
            column = from;
        }
    }
    (0..size)
        .map(|j| {
            let row = row_of.get(j).copied().unwrap_or(none);
            costs.get(row * size + j).copied().unwrap_or(0.0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigns_at_least_cost() {
        let mut state = 7_u64;
        for size in 1..7_usize {
            let costs: Vec<f64> = (0..size * size)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(11);
                    ((state >> 40) % 100) as f64
                })
                .collect();
            fn best(costs: &[f64], size: usize, row: usize, used: &mut Vec<bool>) -> f64 {
                if row == size {
                    return 0.0;
                }
                let mut least = f64::INFINITY;
                for j in 0..size {
                    if !used[j] {
                        used[j] = true;
                        least = least.min(costs[row * size + j] + best(costs, size, row + 1, used));
                        used[j] = false;
                    }
                }
                least
            }
            let brute = best(&costs, size, 0, &mut vec![false; size]);
            assert!((assignment(&costs, size) - brute).abs() < 1e-9, "{size}");
        }
    }
}
