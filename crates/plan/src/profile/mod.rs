//! Heights over the terrain: never below the floor, few waypoints.

mod course;
mod gates;
mod ground;
mod rules;

pub use ground::Ground;
pub use rules::{Band, Rules};

use crate::radio::RadioSight;
use crate::route::Node;
use crate::tube::{self, Aim, Knot};
use course::{Leg, legs};
pub use gates::Lack;
use gates::{Need, needs};

/// Where climb and descent leave less than this of the band, it is shut,
const SHUT_M: f64 = 0.5;
/// and opened by this.
const OPEN_M: f64 = 2.0;

/// Gives a route its heights and the waypoints in between that they need, as few as there can be.
/// With `sight` the ground radio is in sight everywhere.
pub fn heights(
    nodes: &[Node],
    ground: &Ground<'_>,
    sight: Option<&RadioSight<'_>>,
    rules: &Rules,
    turn_radius_m: f64,
) -> Result<Vec<Node>, Lack> {
    let legs = legs(nodes, turn_radius_m);
    let mut asked: Vec<Need> = Vec::new();
    for (leg, end) in legs.iter().zip(nodes.iter().skip(1)) {
        let mut own = needs(leg, ground, sight, rules)?;
        // Where there is no waypoint the way goes straight on.
        if let Some(last) = own.last_mut() {
            last.corner = end.waypoint;
        }
        if let (Some(first), Some(last)) = (own.first_mut(), asked.last()) {
            first.corner = last.corner;
        }
        asked.extend(own);
    }
    if let [only] = nodes {
        let below = ground.height(only.xy).ok_or(Lack::Ground(only.xy))?;
        let z = below + rules.way_floor_m;
        return Ok(vec![Node { z, ..*only }]);
    }
    if let Some(first) = asked.first_mut() {
        first.corner = true;
    }
    delay(&mut asked, rules.early_m);
    let knots = fit(&asked, rules);
    Ok(place(nodes, &legs, &knots))
}

/// The line through what is asked for, with the fewest corners.
pub fn fit(asked: &[Need], rules: &Rules) -> Vec<Knot> {
    let mut gates: Vec<_> = asked.iter().map(Need::gate).collect();
    tube::raise(&mut gates, rules.slopes);
    for (gate, need) in gates.iter_mut().zip(asked) {
        let free = gate.low_m + need.room_m;
        gate.high_m = match need.high_m {
            // Climb and descent may need more height than the band allows: then there is some
            // room above that, so that not every edge of the ground needs a waypoint.
            Some(high) if gate.low_m > need.low_m + 1e-6 && gate.low_m + SHUT_M > high => {
                gate.low_m + need.room_m.min(OPEN_M)
            }
            Some(high) => high,
            None => free,
        };
    }
    tube::lower(&mut gates, rules.slopes);
    let mut knots = tube::fewest(&gates, rules.slopes).unwrap_or_else(|| {
        // Cannot be: the tube is open. Its floor can be flown.
        let floor = gates.iter().map(|g| Knot {
            s_m: g.s_m,
            z_m: g.low_m,
        });
        floor.collect()
    });
    let aim = match rules.band {
        Band::Above(_) => Aim::Low,
        Band::Around(_) => Aim::Middle,
    };
    tube::settle(&mut knots, &gates, rules.slopes, aim);
    knots
}

/// An aircraft that begins to descend to the next waypoint before it has reached this one is as low
/// as planned up to `early_m` later: what was asked for still holds that much farther on.
fn delay(asked: &mut [Need], early_m: f64) {
    if early_m <= 0.0 {
        return;
    }
    let low: Vec<(f64, f64)> = asked.iter().map(|n| (n.s_m, n.low_m)).collect();
    let mut from = 0;
    for (i, need) in asked.iter_mut().enumerate() {
        while low.get(from).is_some_and(|(s, _)| *s < need.s_m - early_m) {
            from += 1;
        }
        let before = low.get(from.saturating_sub(1)..=i).unwrap_or_default();
        let held = before
            .iter()
            .fold(f64::NEG_INFINITY, |top, (_, z)| top.max(*z));
        let raised = held - need.low_m;
        need.low_m = held;
        need.high_m = need.high_m.map(|h| {
            if raised > 0.0 {
                h.max(held + need.room_m)
            } else {
                h
            }
        });
    }
}

/// The nodes with their heights, and a waypoint at each corner between them.
fn place(nodes: &[Node], legs: &[Leg], knots: &[Knot]) -> Vec<Node> {
    let mut out = Vec::with_capacity(knots.len());
    let height = |s: f64| {
        let i = knots.partition_point(|k| k.s_m < s - 1e-6);
        match (i.checked_sub(1).and_then(|i| knots.get(i)), knots.get(i)) {
            (Some(a), Some(b)) if b.s_m - a.s_m > 1e-9 => {
                a.z_m + (b.z_m - a.z_m) * ((s - a.s_m) / (b.s_m - a.s_m)).clamp(0.0, 1.0)
            }
            (_, Some(k)) | (Some(k), None) => k.z_m,
            (None, None) => 0.0,
        }
    };
    let mut next = 0;
    if let Some(first) = nodes.first() {
        let z = height(0.0);
        out.push(Node { z, ..*first });
    }
    for (leg, node) in legs.iter().zip(nodes.iter().skip(1)) {
        let end = leg.start_m + leg.length_m;
        while let Some(knot) = knots.get(next)
            && knot.s_m < end - SAME_M
        {
            if knot.s_m > leg.start_m + SAME_M {
                let z = knot.z_m;
                out.push(Node {
                    z,
                    ..Node::via(leg.at(knot.s_m), node.role)
                });
            }
            next += 1;
        }
        let z = height(end);
        out.push(Node { z, ..*node });
    }
    out
}

/// Waypoints closer than this are one.
const SAME_M: f64 = 1e-3;
