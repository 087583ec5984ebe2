//! Better heights for corners whose number and places are settled.

use super::{Gate, Knot, Slopes};

/// Sweeps over all corners.
const SWEEPS: usize = 4;

/// What heights are best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// As low as allowed.
    Low,
    /// Midway between the bounds.
    Middle,
}

/// Moves each corner towards its aim as far as gates and slopes allow, one after another.
pub fn settle(knots: &mut [Knot], gates: &[Gate], slopes: Slopes, aim: Aim) {
    for _ in 0..SWEEPS {
        for k in 0..knots.len() {
            let Some((low, high, wanted)) = room(knots, gates, slopes, k) else {
                continue;
            };
            if let Some(knot) = knots.get_mut(k)
                && low <= high
            {
                knot.z_m = match aim {
                    Aim::Low => knot.z_m.min(low),
                    Aim::Middle => wanted.clamp(low, high),
                };
            }
        }
    }
}

/// Lowest and highest height of one corner, the others staying, and the middle of the tube there.
fn room(knots: &[Knot], gates: &[Gate], slopes: Slopes, k: usize) -> Option<(f64, f64, f64)> {
    let own = knots.get(k)?;
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let sides = [k.checked_sub(1), Some(k + 1)];
    for side in sides.into_iter().flatten() {
        let Some(other) = knots.get(side) else {
            continue;
        };
        let length = (own.s_m - other.s_m).abs();
        let (up, down) = if side < k {
            (slopes.climb, slopes.descent)
        } else {
            (slopes.descent, slopes.climb)
        };
        low = low.max(other.z_m - down * length);
        high = high.min(other.z_m + up * length);
        let (from, to) = (own.s_m.min(other.s_m), own.s_m.max(other.s_m));
        let first = gates.partition_point(|g| g.s_m < from);
        for g in gates.iter().skip(first).take_while(|g| g.s_m <= to) {
            let t = if length > 0.0 {
                (g.s_m - other.s_m).abs() / length
            } else {
                1.0
            };
            if t > 1e-9 {
                low = low.max((g.low_m - (1.0 - t) * other.z_m) / t);
                high = high.min((g.high_m - (1.0 - t) * other.z_m) / t);
            }
        }
    }
    // Between gates too a corner stays within the bounds.
    let (below, above) = around(gates, own.s_m)?;
    Some((low.max(below), high.min(above), 0.5 * (below + above)))
}

/// The bounds at `s`.
fn around(gates: &[Gate], s: f64) -> Option<(f64, f64)> {
    let i = gates.partition_point(|g| g.s_m < s);
    let b = gates.get(i).or(gates.last())?;
    let a = i.checked_sub(1).and_then(|i| gates.get(i)).unwrap_or(b);
    let t = if b.s_m > a.s_m {
        ((s - a.s_m) / (b.s_m - a.s_m)).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mix = |x: f64, y: f64| x + t * (y - x);
    Some((mix(a.low_m, b.low_m), mix(a.high_m, b.high_m)))
}
