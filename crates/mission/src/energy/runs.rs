//! Rotors: time and energy of legs, climbs and landings as the autopilots fly
//! them (`guidance::rotor`).

use super::{Cost, FlightModel};
use crate::guidance::rotor as law;
use crate::vehicle::GRAVITY_M_S2;

/// Step of the integration along a leg.
const STEP_S: f64 = 0.1;
/// Time by which the speed follows what is asked: the velocity loop and the
/// tilting of the body.
const FOLLOW_S: f64 = 1.0 / law::VELOCITY_GAIN + 0.1;
/// Most steps of one leg's ramps.
const MAX_STEPS: usize = 20_000;
/// Time until an aircraft that stands counts as landed.
pub(super) const LANDED_S: f64 = 1.0;
/// Time from arming until the rotors lift.
const SPOOL_S: f64 = 0.6;
/// Highest landing that is looked at.
const MAX_LANDING_M: f64 = 10_000.0;
/// Mean speed of a ramp for its power, over the leg's.
const RAMP_RATIO: f64 = 0.55;

/// One leg as it is flown.
struct Leg {
    time_s: f64,
    /// Time of it at constant speed.
    cruise_s: f64,
    end_m_s: f64,
}

impl FlightModel<'_> {
    /// Time and energy along a polyline (east, north, up in metres), from rest
    /// to rest, each corner at the speed that the autopilots allow there; one
    /// cost for each leg. `None`: the wind is too strong.
    #[must_use]
    pub fn rotor_legs(&self, points: &[[f64; 3]]) -> Option<Vec<Cost>> {
        let p = &self.vehicle.performance;
        let a = p.acceleration_m_s2.max(0.1);
        let level = |from: &[f64; 3], to: &[f64; 3]| (to[0] - from[0]).hypot(to[1] - from[1]);
        let pairs = || {
            points
                .windows(2)
                .filter_map(|w| Some((w.first()?, w.last()?)))
        };
        let lengths: Vec<f64> = pairs().map(|(from, to)| level(from, to)).collect();
        let turns: Vec<f64> = points
            .windows(3)
            .map(|w| match w {
                [a, b, c] => turn_rad(*a, *b, *c),
                _ => 0.0,
            })
            .chain([core::f64::consts::PI])
            .collect();
        let mut ends: Vec<f64> = turns
            .iter()
            .map(|turn| law::corner_m_s(p.cruise_m_s, a, p.acceptance_radius_m, *turn))
            .collect();
        law::look_ahead(&mut ends, &lengths, a);
        let mut costs = Vec::with_capacity(lengths.len());
        let mut speed = 0.0;
        for (((from, to), length), (end, turn)) in
            pairs().zip(&lengths).zip(ends.iter().zip(&turns))
        {
            let dz = to[2] - from[2];
            if *length < 0.5 {
                // On the spot: only the height changes.
                let climb = dz / self.climb_time_s(dz).max(1e-6);
                let drain = self.drain_w(self.wind.speed_m_s, climb, 1.0);
                costs.push(Cost::steady(self.climb_time_s(dz), drain));
                speed = 0.0;
                continue;
            }
            let course = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
            let (ground, _) = self.speeds(course)?;
            let cruise = ground.min(length / self.climb_time_s(dz).max(1e-9));
            let leg = fly(*length, speed, *end, cruise, a, p.acceptance_radius_m);
            speed = (leg.end_m_s * turn.cos()).max(0.0);
            let ramp_s = leg.time_s - leg.cruise_s;
            let climb = dz / leg.time_s;
            let power = |v: f64| self.drain_w(self.airspeed(course, v), climb, 1.0);
            let mut cost = Cost::steady(leg.cruise_s, power(cruise));
            // Thrust for the acceleration: T/W = √(1 + (a/g)²), power by T^1.5.
            let push = 1.0 + 0.75 * (a / GRAVITY_M_S2).powi(2);
            cost += Cost::steady(ramp_s, push * power(RAMP_RATIO * cruise));
            costs.push(cost);
        }
        Some(costs)
    }

    /// Take-off on rotors, straight up by `dz`.
    #[must_use]
    pub fn rotor_takeoff(&self, dz: f64) -> Cost {
        let mut cost = self.rotor_climb(dz);
        cost += Cost::steady(SPOOL_S, self.rotor_drain_w(0.0, 0.0));
        cost
    }

    /// Straight up on rotors by `dz`.
    #[must_use]
    pub fn rotor_climb(&self, dz: f64) -> Cost {
        let rate = self.vehicle.performance.climb_m_s;
        // The last metres are slower: ḣ = min(rate, rest + what ends it).
        let slow_m = (rate - law::climb_m_s(rate, 0.0)).clamp(0.0, dz.max(0.0));
        let slow_s = (rate / law::climb_m_s(rate, law::CLIMB_DONE_M))
            .ln()
            .max(0.0);
        let time_s = FOLLOW_S + (dz - slow_m).max(0.0) / rate + slow_s;
        Cost::steady(time_s, self.rotor_drain_w(self.wind.speed_m_s, rate))
    }

    /// Straight down on rotors from a height above ground until it counts as
    /// landed.
    #[must_use]
    pub fn rotor_landing(&self, height_m: f64) -> Cost {
        let fastest = self.vehicle.performance.descent_m_s;
        let (mut time_s, mut energy_ws, mut h) =
            (FOLLOW_S, 0.0, height_m.clamp(0.0, MAX_LANDING_M));
        while h > 0.0 {
            let sink = law::sink_m_s(fastest, h);
            // A metre at a time; what is left is slower than a metre higher up.
            let step = h.min(1.0);
            time_s += step / sink;
            energy_ws += step / sink * self.rotor_drain_w(self.wind.speed_m_s, -sink);
            h -= step;
        }
        let mut cost = Cost {
            time_s,
            energy_wh: energy_ws / 3600.0,
        };
        cost += Cost::steady(LANDED_S, 0.3 * self.rotor_drain_w(0.0, 0.0));
        cost
    }

    /// From a speed over ground on the wing to a stop on rotors over a place
    /// `distance_m` ahead (the end of a quadplane's approach).
    #[must_use]
    pub fn rotor_stop(&self, distance_m: f64, speed_m_s: f64) -> Cost {
        let p = &self.vehicle.performance;
        let a = p.acceleration_m_s2.max(0.1);
        let (mut rest, mut v, mut asked, mut time_s) = (distance_m, speed_m_s, speed_m_s, 0.0);
        for _ in 0..MAX_STEPS {
            if rest.abs() <= law::OVER_HOME_M && v.abs() < 2.0 {
                break;
            }
            let want = law::towards_m_s(rest.abs(), a, p.cruise_m_s) * rest.signum();
            asked += (want - asked).clamp(-a * STEP_S, a * STEP_S);
            v += (asked - v) * (1.0 - (-STEP_S / FOLLOW_S).exp());
            rest -= v * STEP_S;
            time_s += STEP_S;
        }
        let mean = 0.5 * speed_m_s;
        Cost::steady(time_s, self.rotor_drain_w(mean, 0.0))
    }
}

/// Along one leg: the speed asked for changes no faster than the acceleration
/// and the aircraft follows it with a lag.
fn fly(length: f64, start: f64, end: f64, cruise: f64, a: f64, accept: f64) -> Leg {
    let follow = 1.0 - (-STEP_S / FOLLOW_S).exp();
    let (mut rest, mut asked, mut v) = (length, start, start);
    let (mut time_s, mut cruise_s) = (0.0, 0.0);
    let reached = if end > 0.0 { accept } else { accept.max(0.1) };
    let brake_m = cruise * cruise / (2.0 * law::BRAKE_SHARE * a) + 2.0 * cruise;
    for _ in 0..MAX_STEPS {
        if rest <= reached {
            break;
        }
        let want = law::speed_m_s(cruise, end, a, rest);
        asked += (want - asked).clamp(-a * STEP_S, a * STEP_S);
        v += (asked - v) * follow;
        if v > 0.99 * cruise && rest > brake_m + reached {
            let s = (rest - brake_m - reached) / cruise;
            cruise_s += s;
            time_s += s;
            rest = brake_m + reached;
            v = cruise;
            continue;
        }
        rest -= v * STEP_S;
        time_s += STEP_S;
    }
    // Back to the moment of arrival within the last step.
    if v > 0.1 && rest < reached {
        time_s -= ((reached - rest) / v).min(STEP_S);
    }
    Leg {
        time_s: time_s.max(STEP_S),
        cruise_s,
        end_m_s: v,
    }
}

/// Change of course at `b`.
fn turn_rad(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    let (u, v) = ([b[0] - a[0], b[1] - a[1]], [c[0] - b[0], c[1] - b[1]]);
    if u[0].hypot(u[1]) < 0.5 || v[0].hypot(v[1]) < 0.5 {
        return 0.0;
    }
    (u[0] * v[1] - u[1] * v[0])
        .atan2(u[0] * v[0] + u[1] * v[1])
        .abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vehicle;
    use crate::energy::Wind;

    fn time_s(points: &[[f64; 3]]) -> f64 {
        let quad = Vehicle::builtin("quad").expect("built in");
        let model = FlightModel::new(&quad, Wind::default(), 0.0);
        let legs = model.rotor_legs(points).expect("no wind");
        legs.iter().map(|l| l.time_s).sum()
    }

    #[test]
    fn never_quicker_than_the_ideal_trapezoid() {
        for d in [5.0, 20.0, 35.0, 60.0, 200.0, 1_000.0] {
            // The end counts as reached 2 m early.
            let d = d - 2.0;
            let ideal = if d >= 50.0 {
                d / 10.0 + 5.0
            } else {
                2.0 * f64::sqrt(d / 2.0)
            };
            let took = time_s(&[[0.0; 3], [d + 2.0, 0.0, 0.0]]);
            assert!(
                took > ideal - 1.0 && took < ideal + 4.0,
                "{d}: {took} {ideal}"
            );
        }
    }

    #[test]
    fn corners_cost_and_knots_do_not() {
        let straight = time_s(&[[0.0; 3], [400.0, 0.0, 0.0]]);
        let knot = time_s(&[[0.0; 3], [150.0, 0.0, 3.0], [400.0, 0.0, 0.0]]);
        assert!((knot - straight).abs() < 0.5, "{knot} {straight}");
        let corner = time_s(&[[0.0; 3], [200.0, 0.0, 0.0], [200.0, 200.0, 0.0]]);
        assert!(corner > straight + 3.0, "{corner} {straight}");
        let bend = time_s(&[[0.0; 3], [200.0, 0.0, 0.0], [390.0, 60.0, 0.0]]);
        assert!(bend > straight && bend < corner);
        // A steep climb takes its time.
        assert!(time_s(&[[0.0; 3], [100.0, 0.0, 60.0]]) > 20.0);
    }
}
