//! Coarse costs, while the planner moves to the legs of `runs`, `ends` and
//! `turn`.

use super::{Cost, FlightModel};
use crate::vehicle::VehicleKind;

impl FlightModel<'_> {
    /// A straight run, rotors from or to rest.
    #[must_use]
    pub fn run(
        &self,
        from: [f64; 3],
        to: [f64; 3],
        from_rest: bool,
        to_rest: bool,
    ) -> Option<Cost> {
        let p = &self.vehicle.performance;
        let (dx, dy, dz) = (to[0] - from[0], to[1] - from[1], to[2] - from[2]);
        let level = dx.hypot(dy);
        if level < 1e-6 {
            return Some(self.vertical(dz));
        }
        let (ground, air) = self.speeds([dx / level, dy / level])?;
        let mut time_s = level / ground;
        if !self.vehicle.kind.cruises_on_wing() {
            let ramps = f64::from(u8::from(from_rest)) + f64::from(u8::from(to_rest));
            let ramp_m = ground * ground / (2.0 * p.acceleration_m_s2);
            time_s = if level >= ramps * ramp_m {
                time_s + ramps * ground / (2.0 * p.acceleration_m_s2)
            } else {
                ramps * (2.0 * level / (ramps * p.acceleration_m_s2)).sqrt()
            };
        }
        let time_s = time_s.max(self.climb_time_s(dz));
        Some(Cost::steady(time_s, self.drain_w(air, dz / time_s, 1.0)))
    }

    /// A turn of `length_m` metres over ground (wings).
    #[must_use]
    pub fn turn_m(&self, length_m: f64, dz: f64) -> Cost {
        let cruise = self.vehicle.performance.cruise_m_s;
        let time_s = length_m / cruise;
        let climb = if time_s > 0.0 { dz / time_s } else { 0.0 };
        let load = 1.0 / self.vehicle.performance.max_bank_rad.cos().max(0.2);
        Cost::steady(time_s, self.drain_w(cruise, climb, load))
    }

    /// Straight up or down: rotors at once, wings in circles.
    #[must_use]
    pub fn vertical(&self, dz: f64) -> Cost {
        let p = &self.vehicle.performance;
        let time_s = self.climb_time_s(dz);
        let climb = if dz > 0.0 {
            p.climb_m_s
        } else {
            -p.descent_m_s
        };
        let drain = match self.vehicle.kind {
            VehicleKind::Multirotor => self.drain_w(self.wind.speed_m_s, climb, 1.0),
            VehicleKind::FixedWing | VehicleKind::Quadplane => {
                self.drain_w(p.cruise_m_s, climb, 1.0 / p.max_bank_rad.cos().max(0.2))
            }
        };
        Cost::steady(time_s, drain)
    }

    /// Hovering on rotors while moving `dz` up or down.
    #[must_use]
    pub fn rotor_borne(&self, dz: f64) -> Cost {
        let time_s = self.climb_time_s(dz);
        Cost::steady(time_s, self.rotor_drain_w(self.wind.speed_m_s, dz / time_s))
    }
}
