//! What the ground asks of the height along a leg.

use super::course::Leg;
use super::ground::{Ground, Highest};
use super::rules::{Band, Rules};
use crate::Role;
use crate::radio::RadioSight;
use crate::tube::Gate;

/// Raised over the floor, so that heights truncated to centimetres in an
/// autopilot (ArduPilot) do not go below it.
const ROUNDING_M: f64 = 0.02;
/// Most gates of one leg; they lie farther apart instead.
const MAX_GATES: f64 = 20_000.0;
/// Edges of the ground closer than this are looked at together.
const CLOSE_M: f64 = 0.5;

/// Ways without photos may be raised by this to see the radio.
const SIGHT_ROOM_M: f64 = 300.0;
/// Room above the lowest line that sees it.
const SEEN_M: f64 = 1.0;

/// A gate before climb and descent are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Along the route.
    pub s_m: f64,
    /// Lowest height.
    pub low_m: f64,
    /// Highest height, when it does not follow from the lowest.
    pub high_m: Option<f64>,
    /// Highest above the lowest line that can be flown.
    pub room_m: f64,
    /// Whether the route has a corner here.
    pub corner: bool,
}

impl Need {
    /// As a gate of the tube, the ceiling open.
    pub fn gate(&self) -> Gate {
        Gate {
            s_m: self.s_m,
            low_m: self.low_m,
            high_m: f64::MAX,
            corner: self.corner,
        }
    }
}

/// What keeps a route from having heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lack {
    /// The ground at a place is not known.
    Ground([f64; 2]),
    /// The radio is not in sight from a place.
    Sight {
        /// Where.
        at: [f64; 2],
        /// How much higher the aircraft would have to be.
        raise_m: f64,
        /// How much higher it may be.
        room_m: f64,
    },
}

/// The needs of one leg, its ends included.
pub fn needs(
    leg: &Leg,
    ground: &Ground<'_>,
    sight: Option<&RadioSight<'_>>,
    rules: &Rules,
) -> Result<Vec<Need>, Lack> {
    if !leg.turn.is_empty() {
        return turn(leg, ground, sight, rules);
    }
    let line = leg.role == Role::Photo;
    let step = ground.cell_m().max(leg.length_m / MAX_GATES);
    let n = (leg.length_m / step).ceil().max(1.0) as usize;
    let mut stops: Vec<f64> = (0..=n)
        .map(|i| leg.start_m + leg.length_m * i as f64 / n as f64)
        .collect();
    let exact = line && matches!(rules.band, Band::Around(_));
    if exact {
        let edges = ground.creases(leg.from, leg.to);
        if edges.len() as f64 <= MAX_GATES {
            stops.extend(edges.iter().map(|t| leg.start_m + leg.length_m * t));
            stops.sort_by(f64::total_cmp);
            stops.dedup_by(|b, a| *b - *a < 1e-3);
        }
    }
    if let Some(s) = stops.iter().find(|s| !ground.is_known(leg.at(**s))) {
        return Err(Lack::Ground(leg.at(*s)));
    }
    let mut out = floors(leg, &stops, ground, rules);
    if exact {
        around(leg, &mut out, ground, rules)?;
    }
    if let Some(sight) = sight {
        let room_m = if line { rules.room_m() } else { SIGHT_ROOM_M };
        for need in &mut out {
            let at = leg.at(need.s_m);
            let raise_m = sight.least_around_m(at) - need.low_m;
            if raise_m > room_m {
                return Err(Lack::Sight {
                    at,
                    raise_m,
                    room_m,
                });
            }
            if raise_m > 0.0 {
                let high = need.high_m.unwrap_or(need.low_m + need.room_m);
                need.low_m += raise_m;
                need.high_m = Some(high.max(need.low_m + SEEN_M));
            }
        }
    }
    Ok(out)
}

/// The floor at each of the stops: what lies around the way from the stop before to the one after,
/// so that a straight line between two stops is above all that lies between them.
fn floors(leg: &Leg, stops: &[f64], ground: &Ground<'_>, rules: &Rules) -> Vec<Need> {
    let u = leg.direction();
    let (along, across, floor_m) = if leg.camera {
        (rules.half_along_m, rules.half_across_m, rules.floor_m)
    } else {
        (rules.half_way_m, rules.half_way_m, rules.way_floor_m)
    };
    let below = Strips::new(leg, u, along, across, ground);
    let beside = Strips::new(leg, u, rules.half_way_m, rules.half_way_m, ground);
    let room_m = if leg.role == Role::Photo {
        rules.room_m()
    } else {
        rules.way_band_m
    };
    let ends = [leg.start_m, leg.start_m + leg.length_m];
    stops
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let before = i.checked_sub(1).and_then(|i| stops.get(i)).unwrap_or(s);
            let after = stops.get(i + 1).unwrap_or(s);
            let floor = below.highest(before - along, after + along).ground_m + floor_m;
            let reach = rules.half_way_m;
            let tops = beside.highest(before - reach, after + reach).top_m + rules.clearance_m;
            Need {
                s_m: *s,
                low_m: floor.max(tops) + ROUNDING_M,
                high_m: None,
                room_m,
                corner: ends.iter().any(|e| (e - s).abs() < 1e-6),
            }
        })
        .collect()
}

/// Adds the two-sided band over the ground straight below. Between stops the ground is a parabola:
/// where it bulges over its chord the floor is raised by that much, where it sags the ceiling is
/// lowered.
fn around(leg: &Leg, needs: &mut [Need], ground: &Ground<'_>, rules: &Rules) -> Result<(), Lack> {
    let Band::Around(tolerance_m) = rules.band else {
        return Ok(());
    };
    let below = |s: f64| {
        ground
            .height(leg.at(s))
            .ok_or_else(|| Lack::Ground(leg.at(s)))
    };
    let mut heights = Vec::with_capacity(needs.len());
    for need in needs.iter() {
        heights.push(below(need.s_m)?);
    }
    let mut bulge = vec![0.0_f64; needs.len()];
    let mut sag = vec![0.0_f64; needs.len()];
    for i in 1..needs.len() {
        let (Some(a), Some(b)) = (needs.get(i - 1), needs.get(i)) else {
            continue;
        };
        if b.s_m - a.s_m < CLOSE_M {
            continue;
        }
        let (Some(za), Some(zb)) = (heights.get(i - 1), heights.get(i)) else {
            continue;
        };
        let over = below(0.5 * (a.s_m + b.s_m))? - 0.5 * (za + zb);
        for k in [i - 1, i] {
            if let (Some(up), Some(down)) = (bulge.get_mut(k), sag.get_mut(k)) {
                (*up, *down) = (up.max(over), down.max(-over));
            }
        }
    }
    for (i, need) in needs.iter_mut().enumerate() {
        let wanted = heights.get(i).copied().unwrap_or(need.low_m) + rules.height_m;
        let low = wanted - tolerance_m + bulge.get(i).copied().unwrap_or(0.0) + ROUNDING_M;
        let high = wanted + tolerance_m - sag.get(i).copied().unwrap_or(0.0) - ROUNDING_M;
        // Where the floor is above the band's own, it takes some room with it.
        need.high_m = Some(if need.low_m > low {
            high.max(need.low_m + need.room_m)
        } else {
            high
        });
        need.low_m = need.low_m.max(low);
    }
    Ok(())
}

/// A turn has no waypoints of its own: its floor is a straight line above all that the ground asks
/// for, between its two ends.
fn turn(
    leg: &Leg,
    ground: &Ground<'_>,
    sight: Option<&RadioSight<'_>>,
    rules: &Rules,
) -> Result<Vec<Need>, Lack> {
    let mut asked: Vec<(f64, f64)> = Vec::with_capacity(2 * leg.turn.len());
    for bend in &leg.turn {
        if !ground.is_known(bend.xy) {
            return Err(Lack::Ground(bend.xy));
        }
        let half = rules.half_way_m;
        let highest = ground.highest(bend.xy, [1.0, 0.0], half, half);
        let floor = highest.ground_m + rules.way_floor_m;
        let mut low = floor.max(highest.top_m + rules.clearance_m) + ROUNDING_M;
        if let Some(sight) = sight {
            let raise_m = sight.least_around_m(bend.xy) - low;
            if raise_m > SIGHT_ROOM_M {
                return Err(Lack::Sight {
                    at: bend.xy,
                    raise_m,
                    room_m: SIGHT_ROOM_M,
                });
            }
            low += raise_m.max(0.0);
        }
        asked.extend([(bend.flown, low), (bend.passed, low)]);
    }
    let steepest = [
        -rules.slopes.descent * leg.length_m,
        rules.slopes.climb * leg.length_m,
    ];
    let [start, end] = support(&asked, steepest);
    let need = |s_m, low_m| Need {
        s_m,
        low_m,
        high_m: None,
        room_m: rules.way_band_m,
        corner: true,
    };
    Ok(vec![
        need(leg.start_m, start),
        need(leg.start_m + leg.length_m, end),
    ])
}

/// The straight line above all points (part of the way, height) that is lowest in the middle, its
/// rise within a range; heights at both ends.
fn support(points: &[(f64, f64)], [least, most]: [f64; 2]) -> [f64; 2] {
    // For each rise the line is as low as its highest contact allows; its height in the middle is a
    // convex function of the rise.
    let middle = |rise: f64| {
        let over = points.iter().map(|(t, z)| z + (0.5 - t) * rise);
        over.fold(f64::NEG_INFINITY, f64::max)
    };
    let (mut low, mut high) = (least.min(most), most.max(least));
    for _ in 0..60 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if middle(a) <= middle(b) {
            high = b;
        } else {
            low = a;
        }
    }
    let rise = 0.5 * (low + high);
    let z = middle(rise);
    [z - 0.5 * rise, z + 0.5 * rise]
}

/// The highest ground in strips across a way.
struct Strips {
    first_m: f64,
    width_m: f64,
    highest: Vec<Highest>,
}

impl Strips {
    fn new(leg: &Leg, u: [f64; 2], along: f64, across: f64, ground: &Ground<'_>) -> Self {
        let first_m = leg.start_m - along;
        let total = leg.length_m + 2.0 * along;
        let width_m = (2.0 * ground.cell_m()).max(total / MAX_GATES);
        let n = (total / width_m).ceil().max(1.0) as usize;
        let highest = (0..n)
            .map(|i| {
                let s = first_m + (i as f64 + 0.5) * width_m - leg.start_m;
                let p = [leg.from[0] + s * u[0], leg.from[1] + s * u[1]];
                ground.highest(p, u, 0.5 * width_m, across)
            })
            .collect();
        Self {
            first_m,
            width_m,
            highest,
        }
    }

    /// Between two distances along the route.
    fn highest(&self, from_m: f64, to_m: f64) -> Highest {
        let index = |s: f64| ((s - self.first_m) / self.width_m).floor().max(0.0) as usize;
        let last = index(to_m).min(self.highest.len().saturating_sub(1));
        let strips = self.highest.get(index(from_m).min(last)..=last);
        let strips = strips.unwrap_or_default().iter().copied();
        strips.fold(Highest::NOTHING, Highest::joined)
    }
}

#[cfg(test)]
mod tests {
    use super::support;

    #[test]
    fn the_supporting_line_is_above_all_and_lowest_in_the_middle() {
        let [a, b] = support(&[(0.0, 10.0), (0.5, 10.0), (1.0, 20.0)], [-100.0, 100.0]);
        assert!((a - 5.0).abs() < 5.1 && a > -1e-6, "{a}");
        for (t, z) in [(0.0, 10.0), (0.5, 10.0), (1.0, 20.0)] {
            assert!(a + t * (b - a) > z - 1e-6, "{a} {b}");
        }
        assert!(0.5 * (a + b) < 15.0 + 1e-6);
        let [a, b] = support(&[(0.2, 50.0), (0.9, 10.0)], [-3.0, 3.0]);
        assert!((b - a).abs() < 3.0 + 1e-9 && a + 0.2 * (b - a) > 50.0 - 1e-6);
    }
}
