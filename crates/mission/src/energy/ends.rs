//! Wings: from the ground to the first line, and from the last line to the
//! ground.

use super::circles::{Ahead, Circle, Height, Track};
use super::{Cost, FlightModel};
use crate::guidance::wing as law;
use crate::vehicle::{GRAVITY_M_S2, VehicleKind};

/// A take-off counts as done so far below its height.
const CLIMBED_M: f64 = 2.0;
/// Bank limit of a climb-out.
const CLIMB_OUT_BANK_RAD: f64 = 0.35;
/// Step of the integration of a transition.
const STEP_S: f64 = 0.1;
/// Most steps of a climb-out.
const MAX_STEPS: usize = 20_000;
/// Airspeed over stall speed at which a wing takes over from rotors.
pub const TAKE_OVER_RATIO: f64 = 1.3;
/// Lift coefficient that counts for stall: at this share of the stall angle.
const STALL_SHARE: f64 = 0.75;
/// Distance from the landing place at which a quadplane goes over to rotors.
pub const TO_ROTORS_M: f64 = 120.0;
/// Sliding deceleration of a belly landing on grass, over gravity.
const FRICTION: f64 = 0.45;

/// From the ground to a height on a circle.
#[derive(Clone, Copy, Debug)]
pub struct ClimbOut {
    /// Launch place, east, north and its height.
    pub home: [f64; 3],
    /// Height above home at which the take-off ends.
    pub takeoff_m: f64,
    /// Centre of the circle; wings are launched towards it.
    pub centre: [f64; 2],
    /// Its radius, clockwise.
    pub radius_m: f64,
    /// Height to reach.
    pub z: f64,
    /// Where the way leads on to.
    pub next: [f64; 2],
}

/// From the end of the route to the ground.
#[derive(Clone, Copy, Debug)]
pub struct Approach {
    /// Where the circle is joined, with its height.
    pub join: [f64; 3],
    /// Course there.
    pub course_rad: f64,
    /// Centre of the circle.
    pub centre: [f64; 2],
    /// Its radius, clockwise.
    pub radius_m: f64,
    /// Height above home at which the approach begins.
    pub from_m: f64,
    /// Where it lands, east, north and its height.
    pub home: [f64; 3],
}

impl FlightModel<'_> {
    /// Take-off and climb. `None`: the wind is too strong to get round.
    #[must_use]
    pub fn climb_out(&self, c: &ClimbOut) -> Option<Track> {
        let p = &self.vehicle.performance;
        let home = [c.home[0], c.home[1]];
        let off = [c.centre[0] - home[0], c.centre[1] - home[1]];
        let course = off[1].atan2(off[0]);
        let mut cost = Cost::default();
        let mut ahead = if self.vehicle.kind == VehicleKind::Quadplane {
            cost += self.rotor_takeoff(c.takeoff_m);
            let (transition, moved_m) = self.transition();
            cost += transition;
            // It points into the wind, which is where its circle is.
            let at = [
                home[0] + moved_m * course.cos(),
                home[1] + moved_m * course.sin(),
            ];
            Ahead::new(self, at, c.home[2] + c.takeoff_m, course)
        } else {
            let mut ahead = Ahead::new(self, home, c.home[2], course);
            let top = c.home[2] + c.takeoff_m - CLIMBED_M;
            for _ in 0..MAX_STEPS {
                if ahead.z > top {
                    break;
                }
                let v = ahead.velocity(p.cruise_m_s);
                let error = crate::guidance::signed(course - v[1].atan2(v[0]));
                let lateral = (0.5 * error * v[0].hypot(v[1])).clamp(-2.0, 2.0);
                let rate = Height::Rate(p.climb_m_s);
                ahead.step(lateral, CLIMB_OUT_BANK_RAD, rate, p.cruise_m_s);
            }
            ahead
        };
        ahead.circle(&Circle {
            centre: c.centre,
            radius_m: c.radius_m,
            z: c.z,
            next: c.next,
        })?;
        let mut track = ahead.track();
        track.cost += cost;
        Some(track)
    }

    /// Descent and landing. `None`: the wind is too strong to get round.
    #[must_use]
    pub fn approach(&self, a: &Approach) -> Option<Track> {
        let cruise = self.vehicle.performance.cruise_m_s;
        let to = [a.home[0], a.home[1]];
        let low = a.home[2] + a.from_m;
        let mut ahead = Ahead::new(self, [a.join[0], a.join[1]], a.join[2], a.course_rad);
        ahead.circle(&Circle {
            centre: a.centre,
            radius_m: a.radius_m,
            z: low,
            next: to,
        })?;
        let mut cost = Cost::default();
        if self.vehicle.kind == VehicleKind::Quadplane {
            ahead.line(a.centre, to, (low, low), TO_ROTORS_M, cruise)?;
            let v = ahead.velocity(cruise);
            let rest = (to[0] - ahead.at[0]).hypot(to[1] - ahead.at[1]);
            cost += self.rotor_stop(rest, v[0].hypot(v[1]));
            cost += self.rotor_landing(a.from_m);
        } else {
            let slow = law::APPROACH_RATIO * cruise;
            let length = (to[0] - a.centre[0]).hypot(to[1] - a.centre[1]);
            let flare_m = length * law::FLARE_M / a.from_m.max(law::FLARE_M);
            ahead.line(a.centre, to, (low, a.home[2]), flare_m, slow)?;
            let v = ahead.velocity(slow);
            let sink_s = law::FLARE_M / (0.5 * (law::FLARE_SINK_M_S + 1.2));
            let slide_s = v[0].hypot(v[1]) / (FRICTION * GRAVITY_M_S2);
            let idle_w = self.vehicle.battery.avionics_w;
            cost += Cost::steady(sink_s + slide_s + super::runs::LANDED_S, idle_w);
        }
        let mut track = ahead.track();
        track.cost += cost;
        Some(track)
    }

    /// A quadplane speeds up on its rotors until its wing carries: time, energy
    /// and the way over ground.
    fn transition(&self) -> (Cost, f64) {
        let v = self.vehicle;
        let (Some(p), Some(_)) = (&v.propulsion, &v.aero) else {
            return (Cost::default(), 0.0);
        };
        let goal = TAKE_OVER_RATIO * self.stall_m_s();
        // It hovers over ground, so the wind is airspeed already.
        let (mut air, mut cost, mut moved) = (self.wind.speed_m_s, Cost::default(), 0.0);
        for _ in 0..600 {
            if air >= goal {
                break;
            }
            let (thrust_n, power_w) = p.at_volts(v.battery.mean_v(), air, self.density_kg_m3);
            // What the wing carries is no longer the rotors' to lift.
            let carried = (air / goal).powi(2).min(1.0);
            let q_s = 0.5 * self.density_kg_m3 * air * air;
            let drag_n = v.airframe.drag_linear_n_s_m * air
                + v.aero.map_or(0.0, |a| q_s * a.wing_area_m2 * a.cd_p);
            air += (thrust_n - drag_n).max(0.1) / v.airframe.mass_kg * STEP_S;
            moved += (air - self.wind.speed_m_s).max(0.0) * STEP_S;
            let hover_w = super::multirotor_power_w(v, air, 0.0, self.density_kg_m3);
            let lift_w = hover_w * (1.0 - 0.5 * carried) + power_w + v.battery.avionics_w;
            cost += Cost::steady(STEP_S, v.battery.drain_w(lift_w));
        }
        (cost, moved)
    }

    /// Stall speed in level flight.
    fn stall_m_s(&self) -> f64 {
        let Some(a) = &self.vehicle.aero else {
            return 0.0;
        };
        let lift = (a.cl_0 + a.cl_alpha * STALL_SHARE * a.stall_alpha_rad).max(0.2);
        let weight = self.vehicle.airframe.mass_kg * GRAVITY_M_S2;
        (2.0 * weight / (self.density_kg_m3 * a.wing_area_m2 * lift)).sqrt()
    }
}
