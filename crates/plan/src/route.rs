//! From passes to a route: lead-in, lead-out, turns, ways around obstacles,
//! and what it costs.

use crate::Role;
use crate::order::{Pass, Search};
use crate::report::Lengths;
use crate::request::PlanError;
use crate::space::distance;
use whimbrel_geo::LocalFrame;
use whimbrel_mission::Vehicle;
use whimbrel_mission::energy::{Cost, FlightModel};
use whimbrel_mission::turn::{Pose, TurnPath, angle_between_rad};

/// Corners sharper than this are stopped at by rotors.
const STOP_ANGLE_RAD: f64 = 15.0 * core::f64::consts::PI / 180.0;

/// How a place of the route is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Passed by.
    Via,
    /// The aircraft must be on the line from here on.
    LeadIn,
    /// The camera starts.
    Start,
    /// The line ends.
    End,
    /// The camera stops, the turn may begin.
    LeadOut,
}

/// A place of the route and the leg to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Where, metres in the plan's plane.
    pub xy: [f64; 2],
    /// Height above sea level, once it is known.
    pub z: f64,
    /// What the leg to here is for.
    pub role: Role,
    /// What happens here.
    pub used: Use,
    /// Whether it is an item of the mission.
    pub waypoint: bool,
    /// Direction of flight here, where it matters.
    pub heading_rad: Option<f64>,
}

impl Node {
    /// A place on the way.
    pub fn via(xy: [f64; 2], role: Role) -> Self {
        Self {
            xy,
            z: 0.0,
            role,
            used: Use::Via,
            waypoint: true,
            heading_rad: None,
        }
    }
}

/// Distances that a vehicle needs around a line.
#[derive(Clone, Copy, Debug)]
pub struct Leads {
    /// Before the first photo.
    pub before_m: f64,
    /// After the last photo.
    pub after_m: f64,
    /// How far before a waypoint it counts as reached.
    pub early_m: f64,
}

impl Leads {
    /// Of a vehicle.
    pub fn of(vehicle: &Vehicle) -> Self {
        let p = &vehicle.performance;
        if vehicle.kind.cruises_on_wing() {
            Self {
                before_m: p.lead_in_m,
                // The item after the line is worked off when its end counts as
                // reached: that must not be before the line is done.
                after_m: p.acceptance_radius_m + 5.0,
                early_m: p.acceptance_radius_m,
            }
        } else {
            Self {
                before_m: 0.0,
                after_m: 0.0,
                early_m: 0.0,
            }
        }
    }
}

/// The level route over `passes`, from `start` to `end` if they are given.
pub fn level(
    search: &Search<'_>,
    passes: &[Pass],
    vehicle: &Vehicle,
    swath_m: f64,
    start: Option<[f64; 2]>,
    end: Option<[f64; 2]>,
    frame: &LocalFrame,
) -> Result<Vec<Node>, PlanError> {
    let leads = Leads::of(vehicle);
    let wing = vehicle.kind.cruises_on_wing();
    let mut nodes: Vec<Node> = start
        .map(|xy| Node::via(xy, Role::Transit))
        .into_iter()
        .collect();
    let go = |nodes: &mut Vec<Node>, to: [f64; 2], what| -> Result<Role, PlanError> {
        let Some(last) = nodes.last().copied() else {
            return Ok(Role::Transit);
        };
        let unreachable = || PlanError::Unreachable {
            what,
            at: frame.latlon_from_xy(to),
        };
        let way = search.space.sight.way(last.xy, to);
        let (length, corners) = way.ok_or_else(unreachable)?;
        let near = 3.0 * swath_m + leads.before_m + leads.after_m;
        let from_line = matches!(last.used, Use::End | Use::LeadOut);
        let role = if from_line && corners.is_empty() && length <= near {
            Role::Turn
        } else {
            Role::Transit
        };
        nodes.extend(corners.into_iter().map(|c| Node::via(c, role)));
        Ok(role)
    };
    for pass in passes {
        let (s, e) = search.ends(*pass);
        let d = distance(s, e).max(1e-9);
        let u = [(e[0] - s[0]) / d, (e[1] - s[1]) / d];
        let heading_rad = Some(u[1].atan2(u[0]));
        let node = |xy, role, used| Node {
            heading_rad,
            used,
            ..Node::via(xy, role)
        };
        if wing {
            let a = [s[0] - leads.before_m * u[0], s[1] - leads.before_m * u[1]];
            let b = [e[0] + leads.after_m * u[0], e[1] + leads.after_m * u[1]];
            let role = go(&mut nodes, a, "the lead-in of a line")?;
            nodes.push(node(a, role, Use::LeadIn));
            nodes.push(node(s, Role::Turn, Use::Start));
            nodes.push(Node {
                waypoint: false,
                ..node(e, Role::Photo, Use::End)
            });
            nodes.push(node(b, Role::Turn, Use::LeadOut));
        } else {
            let role = go(&mut nodes, s, "a line")?;
            nodes.push(node(s, role, Use::Start));
            nodes.push(node(e, Role::Photo, Use::End));
        }
    }
    if let Some(end) = end {
        let role = go(&mut nodes, end, "home")?;
        nodes.push(Node::via(end, role));
    }
    Ok(nodes)
}

/// The turn of a wing from the end of a line to the next, when the leg to
/// `node` is one.
pub fn turn_path(previous: &Node, node: &Node, radius_m: f64) -> Option<TurnPath> {
    if radius_m <= 0.0 || previous.used != Use::LeadOut || node.used != Use::LeadIn {
        return None;
    }
    let pose = |n: &Node| {
        Some(Pose {
            at: n.xy,
            heading_rad: n.heading_rad?,
        })
    };
    Some(TurnPath::shortest(pose(previous)?, pose(node)?, radius_m))
}

/// Cost and lengths of a route (without take-off and landing). `None`: the wind
/// is too strong.
pub fn cost(nodes: &[Node], model: &FlightModel<'_>) -> Option<(Cost, Lengths)> {
    let radius_m = model.turn_radius_m();
    let wing = model.vehicle().kind.cruises_on_wing();
    let mut cost = Cost::default();
    let mut lengths = Lengths::default();
    let mut run_start = nodes.first()?;
    for (index, pair) in nodes.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let mut length = distance(from.xy, to.xy);
        let dz = to.z - from.z;
        if let Some(turn) = turn_path(from, to, radius_m) {
            length = turn.length_m();
            let curved = turn.curved_m();
            cost += model.turn_m(curved, dz);
            let left = length - curved;
            let d = distance(from.xy, to.xy);
            if left > 0.1 && d > 0.1 {
                let k = left / d;
                let along = [
                    k * (to.xy[0] - from.xy[0]),
                    k * (to.xy[1] - from.xy[1]),
                    0.0,
                ];
                cost += model.run([0.0; 3], along, false, false)?;
            }
        } else if wing {
            cost += model.run(place(from), place(to), false, false)?;
        } else {
            // Knots on a straight line are passed without stopping.
            let stop = nodes
                .get(index + 2)
                .is_none_or(|next| corner(from, to, next));
            if stop {
                cost += straight(nodes, run_start, to, index, model)?;
                run_start = to;
            }
        }
        lengths.add(to.role, length);
    }
    Some((cost, lengths))
}

/// One run of a rotor aircraft from rest to rest over the knots between.
fn straight(
    nodes: &[Node],
    start: &Node,
    end: &Node,
    last: usize,
    model: &FlightModel<'_>,
) -> Option<Cost> {
    let level = |n: &Node| [n.xy[0], n.xy[1], 0.0];
    let whole = model.run(level(start), level(end), true, true)?;
    // The same run with its climbs: each piece at its own power, never faster
    // than the whole.
    let first = nodes
        .iter()
        .position(|n| core::ptr::eq(n, start))
        .unwrap_or(last);
    let total = distance(start.xy, end.xy).max(1e-9);
    let mut cost = Cost::default();
    for pair in nodes.get(first..=last + 1).unwrap_or_default().windows(2) {
        let [a, b] = pair else { continue };
        let plain = model.run(level(a), level(b), false, false)?;
        let climbing = model.run(place(a), place(b), false, false)?;
        let share = distance(a.xy, b.xy) / total;
        let time_s = (whole.time_s * share).max(climbing.time_s);
        let ramp = whole.energy_wh * share - plain.energy_wh;
        cost += Cost {
            time_s,
            energy_wh: climbing.energy_wh + ramp.max(0.0),
        };
    }
    Some(cost)
}

fn place(n: &Node) -> [f64; 3] {
    [n.xy[0], n.xy[1], n.z]
}

fn corner(a: &Node, b: &Node, c: &Node) -> bool {
    let heading = |p: &Node, q: &Node| (q.xy[1] - p.xy[1]).atan2(q.xy[0] - p.xy[0]);
    if distance(a.xy, b.xy) < 0.01 || distance(b.xy, c.xy) < 0.01 {
        return false;
    }
    angle_between_rad(heading(a, b), heading(b, c)) > STOP_ANGLE_RAD
}
