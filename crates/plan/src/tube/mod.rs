//! Fewest straight pieces through a tube of heights.
//!
//! Along a way there are gates, each with a lowest and a highest height; between gates both bounds
//! are straight. A continuous line of straight pieces must pass between the bounds and be nowhere
//! steeper than the climb and descent given. Corners may be anywhere.
//!
//! The method is that of minimum link paths (S. Suri, *A linear time algorithm for minimum link
//! paths inside a simple polygon*, 1986; H. Imai, M. Iri, *An optimal algorithm for approximating a
//! piecewise linear function*, 1986): let one straight piece reach as far as any can. The farthest
//! piece touches one bound (at p) and leaves the tube through the other (at q). Every line to what
//! lies beyond crosses the chord from p to q, and each point of it is reached, so the next piece
//! begins there. A limit on slopes keeps this true: a part of a piece is as steep as the whole.

mod lines;
mod settle;

use lines::{Lines, Straight};
pub use settle::{Aim, settle};

/// Bounds are widened by this, so that a tube without width (floor and ceiling of rounded numbers
/// meet) still has a way through.
const SLACK_M: f64 = 1e-3;
/// Slopes are widened by this for the same reason.
const SLACK: f64 = 1e-6;
/// Gates closer than this are one.
const SAME_M: f64 = 1e-6;
/// How near a line passes by a bound that it touches.
const TOUCH_M: f64 = 1e-6;

/// Where a line must pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Along the way.
    pub s_m: f64,
    /// Not below.
    pub low_m: f64,
    /// Not above.
    pub high_m: f64,
    /// A corner here costs nothing: the way itself has one.
    pub corner: bool,
}

/// Steepest ways up and down, metres per metre, both positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slopes {
    /// Up.
    pub climb: f64,
    /// Down.
    pub descent: f64,
}

/// A corner of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// Along the way.
    pub s_m: f64,
    /// Its height.
    pub z_m: f64,
}

/// Raises the floor of a tube to the lowest line above it that keeps the slopes.
pub fn raise(gates: &mut [Gate], slopes: Slopes) {
    for i in 1..gates.len() {
        let ds = gates[i].s_m - gates[i - 1].s_m;
        gates[i].low_m = gates[i].low_m.max(gates[i - 1].low_m - slopes.descent * ds);
    }
    for i in (1..gates.len()).rev() {
        let ds = gates[i].s_m - gates[i - 1].s_m;
        gates[i - 1].low_m = gates[i - 1].low_m.max(gates[i].low_m - slopes.climb * ds);
    }
}

/// Lowers the ceiling of a tube to the highest line below it that keeps the slopes. Where it is
/// below the floor, the floor wins.
pub fn lower(gates: &mut [Gate], slopes: Slopes) {
    for gate in gates.iter_mut() {
        gate.high_m = gate.high_m.max(gate.low_m);
    }
    for i in 1..gates.len() {
        let ds = gates[i].s_m - gates[i - 1].s_m;
        gates[i].high_m = gates[i].high_m.min(gates[i - 1].high_m + slopes.climb * ds);
    }
    for i in (1..gates.len()).rev() {
        let ds = gates[i].s_m - gates[i - 1].s_m;
        gates[i - 1].high_m = gates[i - 1]
            .high_m
            .min(gates[i].high_m + slopes.descent * ds);
    }
}

/// Where a piece begins.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// At a corner of the way, between two heights.
    Corner { s: f64, low: f64, high: f64 },
    /// Anywhere on the farthest piece before, from `from` (where it touches one bound) to `to`
    /// (where it leaves through the other).
    Chord {
        line: Straight,
        from: f64,
        to: f64,
        through_low: bool,
    },
}

/// A piece that has come as far as any can.
struct Piece {
    start: Start,
    end: End,
}

enum End {
    /// At a corner of the way: all lines that come here.
    Corner { s: f64, lines: Lines },
    /// The farthest line.
    Chord(Straight),
}

/// The corners of a line through all gates with as few pieces between two corners of the way as
/// there can be, first and last point included. Every corner of the way is one of them. Each
/// stretch starts from all heights that its forerunner reaches with its fewest pieces.
///
/// Gates go forward and have been [`raise`]d and [`lower`]ed; `None` when one is shut or they are none.
pub fn fewest(gates: &[Gate], slopes: Slopes) -> Option<Vec<Knot>> {
    let gates = merged(gates)?;
    let slopes = [-slopes.descent - SLACK, slopes.climb + SLACK];
    let first = gates.first()?;
    let mut start = Start::Corner {
        s: first.s_m,
        low: first.low_m,
        high: first.high_m,
    };
    let mut pieces = Vec::new();
    let mut from = 1;
    while from < gates.len() {
        let (end, next) = reach(&gates, from, start, slopes)?;
        let following = match &end {
            End::Corner { s, lines } => {
                let (low, high) = lines.range(*s)?;
                Start::Corner { s: *s, low, high }
            }
            End::Chord(_) => next.1,
        };
        pieces.push(Piece { start, end });
        (from, start) = (next.0, following);
    }
    Some(trace(&pieces, first))
}

/// Gates with widened bounds, those at one place joined.
fn merged(gates: &[Gate]) -> Option<Vec<Gate>> {
    let mut out: Vec<Gate> = Vec::with_capacity(gates.len());
    for gate in gates {
        let finite = gate.s_m.is_finite() && gate.low_m.is_finite() && gate.high_m.is_finite();
        if !finite {
            return None;
        }
        let (low_m, high_m) = (gate.low_m - SLACK_M, gate.high_m + SLACK_M);
        match out.last_mut() {
            Some(last) if gate.s_m - last.s_m < SAME_M => {
                last.low_m = last.low_m.max(low_m);
                last.high_m = last.high_m.min(high_m);
                last.corner |= gate.corner;
            }
            _ => out.push(Gate {
                low_m,
                high_m,
                ..*gate
            }),
        }
    }
    if out.iter().any(|g| g.low_m > g.high_m) {
        return None;
    }
    if let Some(last) = out.last_mut() {
        last.corner = true;
    }
    (!out.is_empty()).then_some(out)
}

/// Lets one piece reach as far as it can from `start`, by the gates from number `from` on. Returns
/// its end, the first gate that the next piece must pass, and where that piece starts.
fn reach(
    gates: &[Gate],
    from: usize,
    start: Start,
    slopes: [f64; 2],
) -> Option<(End, (usize, Start))> {
    // Where each bound begins to hold, and its height there.
    let (floor, ceiling) = match start {
        Start::Corner { s, low, high } => ((s, low), (s, high)),
        Start::Chord {
            line,
            from,
            to,
            through_low,
        } => {
            let (touch, leave) = ((from, line.at(from)), (to, line.at(to)));
            if through_low {
                (leave, touch)
            } else {
                (touch, leave)
            }
        }
    };
    let mut lines = Lines::through(floor.0.min(ceiling.0), slopes);
    lines.above(floor.0, floor.1);
    lines.below(ceiling.0, ceiling.1);
    if lines.none() {
        return None;
    }
    let mut passed: Option<usize> = None;
    for (index, gate) in gates.iter().enumerate().skip(from) {
        for through_low in [true, false] {
            let (bound, own_start, other_start) = if through_low {
                (gate.low_m, floor, ceiling)
            } else {
                (gate.high_m, ceiling, floor)
            };
            if gate.s_m <= own_start.0 {
                continue;
            }
            let before = lines.clone();
            if through_low {
                lines.above(gate.s_m, bound);
            } else {
                lines.below(gate.s_m, bound);
            }
            if !lines.none() {
                continue;
            }
            let line = before.extreme(gate.s_m, through_low)?;
            let sign = if through_low { 1.0 } else { -1.0 };
            let other = |g: &Gate| if through_low { g.high_m } else { g.low_m };
            let own = |g: &Gate| if through_low { g.low_m } else { g.high_m };
            // The last touch of the bound that holds the line back.
            let mut touch = other_start.0;
            for g in gates.iter().take(index).skip(from).rev() {
                if g.s_m <= other_start.0 {
                    break;
                }
                if sign * (other(g) - line.at(g.s_m)) <= TOUCH_M {
                    touch = g.s_m;
                    break;
                }
            }
            // Where it leaves through the bound that failed.
            let (left_s, left_bound) = match passed.and_then(|i| gates.get(i)) {
                Some(g) if g.s_m >= own_start.0 => (g.s_m, own(g)),
                _ => own_start,
            };
            let room = (sign * (line.at(left_s) - left_bound)).max(0.0);
            let lack = (sign * (bound - line.at(gate.s_m))).max(1e-12);
            let to = left_s + (gate.s_m - left_s) * room / (room + lack);
            let touch = touch.min(to);
            let start = Start::Chord {
                line,
                from: touch,
                to,
                through_low,
            };
            let next = gates.partition_point(|g| g.s_m <= touch).max(1);
            return Some((End::Chord(line), (next, start)));
        }
        passed = Some(index);
        if gate.corner {
            let end = End::Corner { s: gate.s_m, lines };
            return Some((end, (index + 1, start)));
        }
    }
    None
}

/// From the last piece back to the first: the lines flown and where they meet.
fn trace(pieces: &[Piece], first: &Gate) -> Vec<Knot> {
    let mut knots: Vec<Knot> = Vec::new();
    let mut wanted: Option<f64> = None;
    for piece in pieces.iter().rev() {
        let line = match &piece.end {
            End::Chord(line) => *line,
            End::Corner { s, lines } => {
                let line = lines.lowest(*s, wanted);
                if wanted.is_none() {
                    knots.push(Knot {
                        s_m: *s,
                        z_m: line.at(*s),
                    });
                }
                line
            }
        };
        match piece.start {
            Start::Corner { s, low, high } => {
                let z_m = line.at(s).clamp(low, high);
                knots.push(Knot { s_m: s, z_m });
                wanted = Some(z_m);
            }
            Start::Chord {
                line: before,
                from,
                to,
                ..
            } => {
                let s_m = before.meets(line).unwrap_or(from).clamp(from, to);
                knots.push(Knot {
                    s_m,
                    z_m: before.at(s_m),
                });
                wanted = None;
            }
        }
    }
    if knots.is_empty() {
        knots.push(Knot {
            s_m: first.s_m,
            z_m: first.low_m,
        });
    }
    knots.reverse();
    knots
}

#[cfg(test)]
mod tests;
