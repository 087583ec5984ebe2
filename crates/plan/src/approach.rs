//! Which way a wing takes off and lands: against the wind where it can, over ground that it clears,
//! inside the airspace.

use crate::launch::{CIRCLE_RATIO, CLIMB_OUT_M, Launch, TAKEOFF_M};
use crate::profile::Ground;
use crate::request::{PlanError, Request};
use core::f64::consts::TAU;
use whimbrel_geo::{LocalFrame, Polygon, Terrain};
use whimbrel_mission::energy::{FlightModel, Wind};
use whimbrel_mission::{Vehicle, VehicleKind};

/// Directions that are tried.
const DIRECTIONS: u32 = 36;
/// Lengths of an approach that are tried; its height follows from the usual glide.
const LENGTHS_M: [f64; 8] = [400.0, 450.0, 500.0, 550.0, 600.0, 700.0, 800.0, 900.0];
/// Heights above home that are tried for the end of a quadplane's approach.
const TRANSITIONS_M: [f64; 3] = [40.0, 60.0, 80.0];
/// Drop of a fixed wing's approach: 4.3°, below the 5° that PX4 accepts by default (FW_LND_ANG).
const GLIDE: f64 = 0.075;
/// Room under circles.
const CIRCLE_CLEAR_M: f64 = 20.0;
/// Room under the way from and to the ground, where it is high enough; half its height elsewhere.
const WAY_CLEAR_M: f64 = 15.0;
/// Half of the width of the ways.
const WAY_HALF_M: f64 = 15.0;
/// Room around circles.
const CIRCLE_ROOM_M: f64 = 20.0;
/// Most wind from behind.
const TAIL_M_S: f64 = 2.0;
/// Wind below which its direction does not matter.
const CALM_M_S: f64 = 1.0;
/// Cells of the ground around home.
const CELL_M: f64 = 20.0;
/// The last metres before the ground, where nothing is asked of the clearance.
const TOUCH_M: f64 = 40.0;

/// The surroundings of a home.
struct Scene<'a> {
    ground: Ground<'a>,
    home: [f64; 2],
    /// Height of home.
    z: f64,
    airspace: Option<Polygon>,
    no_fly: Vec<Polygon>,
    circle_m: f64,
}

/// A direction from home: how bad it is, and by how many metres it clears.
struct Choice {
    cost: f64,
    clear_m: f64,
    place: [f64; 2],
    height_m: f64,
}

/// How a vehicle starts from and lands at `home`.
///
/// # Errors
/// When no direction clears the terrain or stays in the airspace.
pub fn launch(
    request: &Request,
    frame: &LocalFrame,
    terrain: &dyn Terrain,
    vehicle: &Vehicle,
    home: [f64; 2],
    towards: [f64; 2],
) -> Result<Launch, PlanError> {
    if vehicle.kind == VehicleKind::Multirotor {
        return Ok(Launch::vertical(home));
    }
    let circle_m = CIRCLE_RATIO * FlightModel::new(vehicle, request.wind, 0.0).turn_radius_m();
    let far = LENGTHS_M.iter().fold(0.0_f64, |a, b| a.max(*b)) + circle_m + 100.0;
    let square = |[x, y]: [f64; 2]| {
        Polygon::new(vec![
            [x - far, y - far],
            [x + far, y - far],
            [x + far, y + far],
            [x - far, y + far],
        ])
    };
    let ground = Ground::new(frame, terrain, &square(home), &[], 0.0, CELL_M)?;
    let z = ground.height(home).ok_or_else(|| ground.unknown(home))?;
    let scene = Scene {
        ground,
        home,
        z,
        airspace: request.airspace.as_ref().map(|a| a.polygon(frame)),
        no_fly: no_fly(request, frame),
        circle_m,
    };
    let d = [towards[0] - home[0], towards[1] - home[1]];
    let towards = d[1].atan2(d[0]);
    let refused = |what, choice: Option<&Choice>| PlanError::Approach {
        what,
        vehicle: vehicle.name.clone(),
        at: frame.latlon_from_xy(home),
        short_m: choice.map(|c| -c.clear_m).filter(|m| m.is_finite()),
        wind_m_s: request.wind.speed_m_s,
    };
    let climb = vehicle.performance.climb_m_s / vehicle.performance.cruise_m_s.max(1.0);
    let starts = directions(request.wind, towards, true).map(|(angle, cost)| Choice {
        cost,
        ..scene.start(vehicle.kind, angle, climb)
    });
    let start = best(starts).map_err(|c| refused("take-off", c.as_ref()))?;
    let ends = directions(request.wind, towards, false).flat_map(|(angle, cost)| {
        let heights = |length: f64| match vehicle.kind {
            VehicleKind::FixedWing => vec![GLIDE * length],
            _ => TRANSITIONS_M.to_vec(),
        };
        let lengths = match vehicle.kind {
            VehicleKind::FixedWing => &LENGTHS_M[..],
            _ => &LENGTHS_M[..1],
        };
        let scene = &scene;
        lengths.iter().flat_map(move |length| {
            heights(*length).into_iter().map(move |height| {
                let longer = length / LENGTHS_M[0] - 1.0 + 0.02 * (height - 30.0).max(0.0);
                Choice {
                    cost: cost + longer,
                    ..scene.end(vehicle.kind, angle, *length, height)
                }
            })
        })
    });
    let end = best(ends).map_err(|c| refused("approach", c.as_ref()))?;
    Ok(Launch {
        home,
        start: start.place,
        end: end.place,
        landing_m: end.height_m,
    })
}

/// Where nobody may fly: the zones given, and the holes of the areas.
fn no_fly(request: &Request, frame: &LocalFrame) -> Vec<Polygon> {
    let mut zones: Vec<Polygon> = request.no_fly.iter().map(|a| a.polygon(frame)).collect();
    if !request.overfly_holes {
        let areas = request.areas.iter().map(|a| a.polygon(frame));
        zones.extend(areas.flat_map(|a| a.holes).map(Polygon::new));
    }
    zones
}

/// The best that clears, or else the one that comes nearest to it.
fn best(choices: impl Iterator<Item = Choice>) -> Result<Choice, Option<Choice>> {
    let mut good: Option<Choice> = None;
    let mut near: Option<Choice> = None;
    for choice in choices {
        if choice.clear_m >= 0.0 {
            if good.as_ref().is_none_or(|g| choice.cost < g.cost - 1e-9) {
                good = Some(choice);
            }
        } else if near.as_ref().is_none_or(|n| choice.clear_m > n.clear_m) {
            near = Some(choice);
        }
    }
    good.ok_or(near)
}

/// Directions from home and what the wind makes of them, 0 to a few; those with too much wind from
/// behind are left out. `out`: flown away from home.
fn directions(wind: Wind, towards: f64, out: bool) -> impl Iterator<Item = (f64, f64)> {
    let v = wind.velocity_en();
    let windy = wind.speed_m_s > CALM_M_S;
    // Away from home against the wind, towards home against the wind; in calm air on the side of
    // the area.
    let wanted = match (windy, out) {
        (true, true) => (-v[1]).atan2(-v[0]),
        (true, false) => v[1].atan2(v[0]),
        (false, _) => towards,
    };
    (0..DIRECTIONS).filter_map(move |i| {
        let off = TAU * f64::from(i) / f64::from(DIRECTIONS);
        let tail = -wind.speed_m_s * off.cos();
        if windy && tail > TAIL_M_S {
            return None;
        }
        let weight = if windy { wind.speed_m_s.max(2.0) } else { 0.5 };
        Some((wanted + off, weight * (1.0 - off.cos())))
    })
}

impl Scene<'_> {
    fn at(&self, angle: f64, length: f64) -> [f64; 2] {
        [
            self.home[0] + length * angle.cos(),
            self.home[1] + length * angle.sin(),
        ]
    }

    /// Take-off in a direction.
    fn start(&self, kind: VehicleKind, angle: f64, climb: f64) -> Choice {
        let place = self.at(angle, CLIMB_OUT_M);
        let height = |s: f64| match kind {
            VehicleKind::FixedWing => (climb * s).min(TAKEOFF_M),
            _ => TAKEOFF_M,
        };
        let way = self.way(angle, CLIMB_OUT_M, height);
        Choice {
            cost: 0.0,
            clear_m: way.min(self.circle(place, TAKEOFF_M)),
            place,
            height_m: TAKEOFF_M,
        }
    }

    /// An approach from a direction.
    fn end(&self, kind: VehicleKind, angle: f64, length: f64, height_m: f64) -> Choice {
        let place = self.at(angle, length);
        let height = |s: f64| match kind {
            VehicleKind::FixedWing => height_m * s / length,
            _ => height_m,
        };
        let way = self.way(angle, length, height);
        Choice {
            cost: 0.0,
            clear_m: way.min(self.circle(place, height_m)),
            place,
            height_m,
        }
    }

    /// How much more room there is under a straight way from home than must be; `height` above home
    /// by distance.
    fn way(&self, angle: f64, length: f64, height: impl Fn(f64) -> f64) -> f64 {
        let u = [angle.cos(), angle.sin()];
        let n = (length / CELL_M).ceil() as usize;
        let mut least = f64::INFINITY;
        for i in 0..=n {
            let s = length * i as f64 / n as f64;
            let p = self.at(angle, s);
            if !self.may(p, 0.0) {
                return f64::NEG_INFINITY;
            }
            // What is lowest over the stretch that is looked at.
            let h = height((s - 0.5 * CELL_M).max(0.0)).min(height(s + 0.5 * CELL_M));
            let wanted = WAY_CLEAR_M.min(0.5 * h);
            if s > TOUCH_M {
                least = least.min(self.room(p, u, 0.5 * CELL_M, h) - wanted);
            }
        }
        least
    }

    /// The same under a circle.
    fn circle(&self, centre: [f64; 2], height_m: f64) -> f64 {
        let half = self.circle_m + CIRCLE_ROOM_M;
        if !self.may(centre, half) {
            return f64::NEG_INFINITY;
        }
        // Strips across the disc.
        let n = (2.0 * half / CELL_M).ceil() as i32;
        let mut least = f64::INFINITY;
        for i in 0..n {
            let y = -half + (f64::from(i) + 0.5) * 2.0 * half / f64::from(n);
            let wide = (half * half - (y.abs() - half / f64::from(n)).max(0.0).powi(2)).sqrt();
            let p = [centre[0], centre[1] + y];
            let highest = self
                .ground
                .highest(p, [1.0, 0.0], wide, half / f64::from(n));
            let top = highest.ground_m.max(highest.top_m);
            least = least.min(self.z + height_m - top);
        }
        let known = [
            [0.0, 0.0],
            [half, 0.0],
            [-half, 0.0],
            [0.0, half],
            [0.0, -half],
        ]
        .iter()
        .all(|d| self.ground.is_known([centre[0] + d[0], centre[1] + d[1]]));
        if known {
            least - CIRCLE_CLEAR_M
        } else {
            f64::NEG_INFINITY
        }
    }

    /// Room between the tops around a place and a height above home.
    fn room(&self, p: [f64; 2], u: [f64; 2], half_along: f64, height_m: f64) -> f64 {
        if !self.ground.is_known(p) {
            return f64::NEG_INFINITY;
        }
        let highest = self.ground.highest(p, u, half_along, WAY_HALF_M);
        self.z + height_m - highest.ground_m.max(highest.top_m)
    }

    /// Whether the aircraft may be within `around_m` of a place.
    fn may(&self, p: [f64; 2], around_m: f64) -> bool {
        let near = |zone: &Polygon| zone.distance_to_edge_m(p) < around_m;
        let inside = |a: &Polygon| a.contains(p) && !near(a);
        self.airspace.as_ref().is_none_or(inside)
            && !self.no_fly.iter().any(|z| z.contains(p) || near(z))
    }
}
