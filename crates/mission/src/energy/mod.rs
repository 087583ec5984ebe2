//! What flying costs: power, time and battery, in wind. Plans are made with
//! this model and the simulator draws its power from the same functions.

mod battery;
mod circles;
mod coarse;
mod ends;
mod rotor;
mod runs;
mod wing;

pub use battery::cell_voltage;
pub use circles::Track;
pub use ends::{Approach, ClimbOut, TAKE_OVER_RATIO, TO_ROTORS_M};
pub use rotor::multirotor_power_w;
pub use wing::{wing_drag_n, wing_power_w};

use crate::turn::{WindTurn, turn_radius_m};
use crate::vehicle::{AIR_DENSITY_KG_M3, Vehicle};
use core::f64::consts::PI;
use core::ops::AddAssign;
use serde::{Deserialize, Serialize};

/// Fastest air past a multirotor that is planned with, in units of its cruise.
const MAX_AIRSPEED_RATIO: f64 = 1.6;
/// Share of the lateral acceleration of the largest bank that turns are planned
/// with: the rest is left for keeping to the path.
const TURN_SHARE: f64 = 0.8;
/// Time that a wing takes to bank: ArduPlane's RLL2SRV_TCONST 0.5 s, PX4's
/// FW_R_TC 0.4 s.
pub const BANK_S: f64 = 0.45;
/// Slowest progress over ground that counts as getting there, over cruise.
const LEAST_PROGRESS: f64 = 0.05;

/// Wind over the whole area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wind {
    /// Speed.
    pub speed_m_s: f64,
    /// Where it comes **from**, clockwise from north.
    pub from_rad: f64,
}

impl Wind {
    /// Motion of the air, metres per second east and north.
    #[must_use]
    pub fn velocity_en(self) -> [f64; 2] {
        let to = self.from_rad + PI;
        [self.speed_m_s * to.sin(), self.speed_m_s * to.cos()]
    }
}

/// Time and energy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Time.
    pub time_s: f64,
    /// Energy out of the battery, its own resistance included.
    pub energy_wh: f64,
}

impl Cost {
    /// `time_s` at a steady drain.
    #[must_use]
    pub fn steady(time_s: f64, drain_w: f64) -> Self {
        Self {
            time_s,
            energy_wh: drain_w * time_s / 3600.0,
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.time_s += other.time_s;
        self.energy_wh += other.energy_wh;
    }
}

/// Air density at a height above sea level, standard atmosphere (ISO 2533),
/// up to 11 km.
#[must_use]
pub fn density_kg_m3(height_amsl_m: f64) -> f64 {
    let ratio = (1.0 - 2.255_77e-5 * height_amsl_m.clamp(-500.0, 11_000.0)).max(0.1);
    AIR_DENSITY_KG_M3 * ratio.powf(4.255_88)
}

/// One vehicle in one wind.
#[derive(Clone, Debug)]
pub struct FlightModel<'a> {
    vehicle: &'a Vehicle,
    wind: Wind,
    density_kg_m3: f64,
}

impl<'a> FlightModel<'a> {
    /// The model of `vehicle` in `wind` at a height.
    #[must_use]
    pub fn new(vehicle: &'a Vehicle, wind: Wind, height_amsl_m: f64) -> Self {
        Self {
            vehicle,
            wind,
            density_kg_m3: density_kg_m3(height_amsl_m),
        }
    }

    /// The vehicle.
    #[must_use]
    pub fn vehicle(&self) -> &'a Vehicle {
        self.vehicle
    }

    /// The wind.
    #[must_use]
    pub fn wind(&self) -> Wind {
        self.wind
    }

    /// Speed over ground and airspeed on a straight leg in the direction
    /// `course` (unit vector east, north), or `None` when the wind does not
    /// let the aircraft get there.
    #[must_use]
    pub fn speeds(&self, course: [f64; 2]) -> Option<(f64, f64)> {
        let cruise = self.vehicle.performance.cruise_m_s;
        if self.vehicle.kind.cruises_on_wing() {
            return Some((self.ground_speed(course, cruise)?, cruise));
        }
        let airspeed = self.airspeed(course, cruise);
        let limit = MAX_AIRSPEED_RATIO * cruise;
        if airspeed <= limit {
            Some((cruise, airspeed))
        } else {
            Some((self.ground_speed(course, limit)?.min(cruise), limit))
        }
    }

    /// Speed over ground on a course at an airspeed.
    fn ground_speed(&self, course: [f64; 2], airspeed_m_s: f64) -> Option<f64> {
        let wind = self.wind.velocity_en();
        let along = wind[0] * course[0] + wind[1] * course[1];
        let across = wind[0] * course[1] - wind[1] * course[0];
        let square = airspeed_m_s * airspeed_m_s - across * across;
        let least = LEAST_PROGRESS * self.vehicle.performance.cruise_m_s;
        (square > 0.0)
            .then(|| square.sqrt() + along)
            .filter(|g| *g > least)
    }

    /// Airspeed for a speed over ground on a course.
    fn airspeed(&self, course: [f64; 2], ground_m_s: f64) -> f64 {
        let wind = self.wind.velocity_en();
        (ground_m_s * course[0] - wind[0]).hypot(ground_m_s * course[1] - wind[1])
    }

    /// Angle of the nose off a course, counter-clockwise: what keeps a wing on
    /// the line in a wind from the side. Rotors point along the line.
    #[must_use]
    pub fn crab_rad(&self, course_rad: f64) -> f64 {
        if !self.vehicle.kind.cruises_on_wing() {
            return 0.0;
        }
        let cruise = self.vehicle.performance.cruise_m_s;
        crate::turn::air_heading_rad(course_rad, cruise, self.wind.velocity_en())
            .map_or(0.0, |heading| heading - course_rad)
    }

    /// Bank that turns are planned with; the largest leaves room to correct.
    #[must_use]
    pub fn turn_bank_rad(&self) -> f64 {
        (TURN_SHARE * self.vehicle.performance.max_bank_rad.tan()).atan()
    }

    /// Radius of planned turns through the air; rotors have none.
    #[must_use]
    pub fn air_radius_m(&self) -> f64 {
        if self.vehicle.kind.cruises_on_wing() {
            turn_radius_m(self.vehicle.performance.cruise_m_s, self.turn_bank_rad())
        } else {
            0.0
        }
    }

    /// Room over ground that a turn needs to one side: the wind carries the
    /// aircraft along while it turns.
    #[must_use]
    pub fn turn_radius_m(&self) -> f64 {
        let share = 0.5 * self.wind.speed_m_s / self.vehicle.performance.cruise_m_s;
        self.air_radius_m() * (1.0 + share) * (1.0 + share)
    }

    /// The quickest turns from pose to pose, over ground; none for rotors.
    #[must_use]
    pub fn turns(&self, start: crate::turn::Pose, end: crate::turn::Pose) -> Vec<WindTurn> {
        let cruise = self.vehicle.performance.cruise_m_s;
        WindTurn::ways(
            start,
            end,
            self.air_radius_m(),
            cruise,
            self.wind.velocity_en(),
        )
    }

    /// Battery drain at an airspeed, climb and load factor (1 in level flight,
    /// 1/cos φ in a bank), avionics and resistance included.
    #[must_use]
    pub fn drain_w(&self, airspeed_m_s: f64, climb_m_s: f64, load_factor: f64) -> f64 {
        let v = self.vehicle;
        let power = if v.kind.cruises_on_wing() {
            wing_power_w(v, airspeed_m_s, climb_m_s, load_factor, self.density_kg_m3)
        } else {
            multirotor_power_w(v, airspeed_m_s, climb_m_s, self.density_kg_m3)
        };
        v.battery.drain_w(power + v.battery.avionics_w)
    }

    /// The same on the lifting rotors, whatever cruises.
    #[must_use]
    pub fn rotor_drain_w(&self, airspeed_m_s: f64, climb_m_s: f64) -> f64 {
        let v = self.vehicle;
        let power = multirotor_power_w(v, airspeed_m_s, climb_m_s, self.density_kg_m3);
        v.battery.drain_w(power + v.battery.avionics_w)
    }

    /// A straight leg of a wing from place to place (east, north, up in
    /// metres). `None`: the wind is too strong.
    #[must_use]
    pub fn glide(&self, from: [f64; 3], to: [f64; 3]) -> Option<Cost> {
        let (dx, dy, dz) = (to[0] - from[0], to[1] - from[1], to[2] - from[2]);
        let level = dx.hypot(dy);
        if level < 1e-6 {
            return Some(Cost::default());
        }
        let (ground, air) = self.speeds([dx / level, dy / level])?;
        let time_s = (level / ground).max(self.climb_time_s(dz));
        Some(Cost::steady(time_s, self.drain_w(air, dz / time_s, 1.0)))
    }

    /// A turn of a wing on which the height changes by `dz`.
    #[must_use]
    pub fn turn(&self, turn: &WindTurn, dz: f64) -> Cost {
        let cruise = self.vehicle.performance.cruise_m_s;
        let time_s = turn.time_s();
        if time_s < 1e-6 {
            return Cost::default();
        }
        let banked_s = turn.banked_s();
        let climb = dz / time_s;
        let load = 1.0 / self.turn_bank_rad().cos();
        let mut cost = Cost::steady(banked_s, self.drain_w(cruise, climb, load));
        cost += Cost::steady(time_s - banked_s, self.drain_w(cruise, climb, 1.0));
        cost
    }

    /// Least time for a change of height.
    fn climb_time_s(&self, dz: f64) -> f64 {
        let p = &self.vehicle.performance;
        if dz > 0.0 {
            dz / p.climb_m_s
        } else {
            -dz / p.descent_m_s
        }
    }

    /// Energy that may be planned with.
    #[must_use]
    pub fn usable_wh(&self) -> f64 {
        self.vehicle.battery.energy_wh() * (1.0 - self.vehicle.performance.reserve_fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wind_triangle() {
        let wing = Vehicle::builtin("fixed-wing").expect("built in");
        let wind = Wind {
            speed_m_s: 6.0,
            from_rad: 0.0,
        };
        let model = FlightModel::new(&wing, wind, 0.0);
        let ground = |c| model.speeds(c).map(|s| s.0);
        assert!((ground([0.0, 1.0]).expect("can") - 10.0).abs() < 1e-9);
        assert!((ground([0.0, -1.0]).expect("can") - 22.0).abs() < 1e-9);
        assert!((ground([1.0, 0.0]).expect("can") - 220f64.sqrt()).abs() < 1e-9);
        // Flying east in a wind from the north, the nose points to the left.
        assert!((model.crab_rad(0.0) - (6f64 / 16.0).asin()).abs() < 1e-9);
        let storm = FlightModel::new(
            &wing,
            Wind {
                speed_m_s: 17.0,
                from_rad: 0.0,
            },
            0.0,
        );
        assert_eq!(storm.speeds([0.0, 1.0]), None);
    }
}
