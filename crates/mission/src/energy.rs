//! What flying costs: power, time and battery, in wind. Plans are made with
//! this model and the simulator draws its power from the same functions.

use crate::vehicle::{AIR_DENSITY_KG_M3, Battery, GRAVITY_M_S2, Propulsion, Vehicle, VehicleKind};
use core::f64::consts::{PI, TAU};
use core::ops::AddAssign;
use serde::{Deserialize, Serialize};

/// Corners sharper than this are stopped at by rotors.
pub const STOP_ANGLE_RAD: f64 = 15.0 * PI / 180.0;
/// Induced power factor of real rotors over the ideal (Johnson, *Helicopter
/// Theory*: 1.1–1.2).
const INDUCED_FACTOR: f64 = 1.15;
/// Growth of rotor profile power with the square of the advance ratio
/// (Johnson; Bramwell: 4.6–4.7).
const PROFILE_GROWTH: f64 = 4.65;
/// Fastest air past a multirotor that is planned with, in units of its cruise.
const MAX_AIRSPEED_RATIO: f64 = 1.6;

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

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.time_s += other.time_s;
        self.energy_wh += other.energy_wh;
    }
}

/// Open-circuit voltage of a lithium polymer cell at a state of charge of 0–1.
/// Points: ArduPilot's `SIM_Battery.cpp`.
#[must_use]
pub fn cell_voltage(charge: f64) -> f64 {
    const TABLE: [(f64, f64); 15] = [
        (0.0, 2.3),
        (0.012, 2.5),
        (0.02, 2.977),
        (0.0385, 3.091),
        (0.115, 3.218),
        (0.192, 3.379),
        (0.269, 3.503),
        (0.346, 3.588),
        (0.423, 3.679),
        (0.5, 3.742),
        (0.577, 3.801),
        (0.654, 3.854),
        (0.769, 3.943),
        (0.846, 4.039),
        (1.0, 4.173),
    ];
    let mut previous = (0.0, 2.3);
    for point in TABLE {
        if charge <= point.0 {
            let share = (charge - previous.0) / (point.0 - previous.0);
            return if share.is_finite() {
                previous.1 + share.max(0.0) * (point.1 - previous.1)
            } else {
                point.1
            };
        }
        previous = point;
    }
    previous.1
}

/// Mean of [`cell_voltage`] over a full discharge.
const MEAN_CELL_V: f64 = 3.679;

impl Battery {
    /// Open-circuit voltage of the pack at a state of charge of 0–1.
    #[must_use]
    pub fn open_circuit_v(&self, charge: f64) -> f64 {
        f64::from(self.cells) * cell_voltage(charge)
    }

    /// Energy of a full pack.
    #[must_use]
    pub fn energy_wh(&self) -> f64 {
        f64::from(self.cells) * MEAN_CELL_V * self.capacity_ah
    }

    /// Power drawn from the cells, resistance included, when `power_w` is
    /// wanted at the terminals (at mean voltage).
    #[must_use]
    pub fn drain_w(&self, power_w: f64) -> f64 {
        let v = f64::from(self.cells) * MEAN_CELL_V;
        let r = self.resistance_ohm;
        if r <= 0.0 {
            return power_w;
        }
        // V·I − R·I² = P.
        let root = (v * v - 4.0 * r * power_w).max(0.0).sqrt();
        v * (v - root) / (2.0 * r)
    }
}

/// Electrical power of the lifting rotors together: thrust `thrust_n` in sum,
/// air moving past in the disc plane at `in_plane_m_s` and down through the
/// discs (climbing) at `through_m_s`.
///
/// Momentum theory (Glauert): induced velocity from
/// v = T / (2ρA·√(u² + (w + v)²)); profile power from the figure of merit in
/// hover, growing with the advance ratio.
#[must_use]
pub fn rotor_power_w(
    vehicle: &Vehicle,
    thrust_n: f64,
    in_plane_m_s: f64,
    through_m_s: f64,
    density_kg_m3: f64,
) -> f64 {
    let Some(rotors) = &vehicle.rotors else {
        return 0.0;
    };
    let thrust_n = thrust_n.max(0.0);
    let disc_m2 = f64::from(rotors.count) * 0.25 * PI * rotors.diameter_m.powi(2);
    let mass_flow = 2.0 * density_kg_m3 * disc_m2;
    let hover_induced = (thrust_n / mass_flow).sqrt();
    // In descent momentum theory fails (vortex ring); hovering is the safe side.
    let through = through_m_s.max(0.0);
    let mut induced = hover_induced;
    for _ in 0..24 {
        let speed = in_plane_m_s.hypot(through + induced).max(1e-6);
        induced = 0.5 * (induced + thrust_n / (mass_flow * speed));
    }
    let weight = vehicle.airframe.mass_kg * GRAVITY_M_S2;
    let ideal_hover_w = weight * (weight / mass_flow).sqrt();
    let profile_w = ideal_hover_w * (1.0 / rotors.figure_of_merit - INDUCED_FACTOR).max(0.0);
    let hover_rad_s = (weight / (f64::from(rotors.count) * rotors.thrust_n_s2)).sqrt();
    let advance = in_plane_m_s / (hover_rad_s * 0.5 * rotors.diameter_m).max(1.0);
    let load = (thrust_n / weight).powf(1.5);
    let shaft_w = thrust_n * (INDUCED_FACTOR * induced + through)
        + profile_w * load * (1.0 + PROFILE_GROWTH * advance * advance);
    shaft_w / rotors.drive_efficiency
}

/// Electrical power of a multirotor in steady flight at `airspeed_m_s`,
/// climbing at `climb_m_s`, without avionics.
#[must_use]
pub fn multirotor_power_w(
    vehicle: &Vehicle,
    airspeed_m_s: f64,
    climb_m_s: f64,
    density_kg_m3: f64,
) -> f64 {
    let a = &vehicle.airframe;
    let weight = a.mass_kg * GRAVITY_M_S2;
    let drag_n = 0.5 * density_kg_m3 * a.drag_area_m2 * airspeed_m_s.powi(2)
        + a.drag_linear_n_s_m * airspeed_m_s;
    let thrust_n = weight.hypot(drag_n);
    let (sin_tilt, cos_tilt) = (drag_n / thrust_n, weight / thrust_n);
    rotor_power_w(
        vehicle,
        thrust_n,
        airspeed_m_s * cos_tilt,
        airspeed_m_s * sin_tilt + climb_m_s * cos_tilt,
        density_kg_m3,
    )
}

/// Drag of a wing in steady flight at a load factor (1 in level flight, 1/cos φ
/// in a banked turn), newtons.
#[must_use]
pub fn wing_drag_n(
    vehicle: &Vehicle,
    airspeed_m_s: f64,
    load_factor: f64,
    density_kg_m3: f64,
) -> f64 {
    let Some(aero) = &vehicle.aero else {
        return 0.0;
    };
    let q_s = 0.5 * density_kg_m3 * airspeed_m_s.powi(2) * aero.wing_area_m2;
    let lift_n = vehicle.airframe.mass_kg * GRAVITY_M_S2 * load_factor;
    let cl = lift_n / q_s.max(1e-6);
    let aspect = aero.span_m.powi(2) / aero.wing_area_m2;
    q_s * (aero.cd_p + cl * cl / (PI * aero.oswald * aspect))
}

/// Electrical power of the forward motor for `thrust_n` at `airspeed_m_s`,
/// without avionics. No windmilling: at least nothing.
#[must_use]
pub fn propulsion_power_w(
    p: &Propulsion,
    thrust_n: f64,
    airspeed_m_s: f64,
    density_kg_m3: f64,
) -> f64 {
    if thrust_n <= 0.0 {
        return 0.0;
    }
    // ρD⁴(C_T0 n² + C_T1 n V/D + C_T2 V²/D²) = T, n in revolutions per second.
    let d = p.diameter_m;
    let scale = density_kg_m3 * d.powi(4);
    let v = airspeed_m_s / d;
    let (a, b, c) = (p.ct_0, p.ct_1 * v, p.ct_2 * v * v - thrust_n / scale);
    let n = (-b + (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a);
    let j_n = v; // J·n
    let cq_n2 = p.cq_0 * n * n + p.cq_1 * j_n * n + p.cq_2 * j_n * j_n;
    let torque = (density_kg_m3 * d.powi(5) * cq_n2).max(0.0);
    // K_Q = K_V in SI (Beard & McLain, supplement).
    let k = 60.0 / (TAU * p.kv_rpm_v);
    let amps = torque / k + p.no_load_a;
    let volts = k * TAU * n + amps * p.resistance_ohm;
    volts * amps / p.controller_efficiency
}

/// Electrical power of a wing in steady flight, without avionics.
#[must_use]
pub fn wing_power_w(
    vehicle: &Vehicle,
    airspeed_m_s: f64,
    climb_m_s: f64,
    load_factor: f64,
    density_kg_m3: f64,
) -> f64 {
    let Some(p) = &vehicle.propulsion else {
        return 0.0;
    };
    let weight = vehicle.airframe.mass_kg * GRAVITY_M_S2;
    let drag_n = wing_drag_n(vehicle, airspeed_m_s, load_factor, density_kg_m3);
    let thrust_n = drag_n + weight * climb_m_s / airspeed_m_s.max(0.1);
    propulsion_power_w(p, thrust_n, airspeed_m_s, density_kg_m3)
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

    /// Speed over ground and airspeed on a straight leg in the direction
    /// `course` (unit vector east, north), or `None` when the wind does not
    /// let the aircraft get there.
    #[must_use]
    pub fn speeds(&self, course: [f64; 2]) -> Option<(f64, f64)> {
        let cruise = self.vehicle.performance.cruise_m_s;
        let wind = self.wind.velocity_en();
        let along = wind[0] * course[0] + wind[1] * course[1];
        let across = wind[0] * course[1] - wind[1] * course[0];
        let airspeed_for = |ground: f64| (ground - along).hypot(across);
        let over_ground = |airspeed: f64| {
            let square = airspeed * airspeed - across * across;
            (square > 0.0)
                .then(|| square.sqrt() + along)
                .filter(|g| *g > 0.05 * cruise)
        };
        if self.vehicle.kind.cruises_on_wing() {
            Some((over_ground(cruise)?, cruise))
        } else {
            let airspeed = airspeed_for(cruise);
            let limit = MAX_AIRSPEED_RATIO * cruise;
            if airspeed <= limit {
                Some((cruise, airspeed))
            } else {
                Some((over_ground(limit)?.min(cruise), limit))
            }
        }
    }

    /// Radius of turns: the wind widens them over ground.
    #[must_use]
    pub fn turn_radius_m(&self) -> f64 {
        let p = &self.vehicle.performance;
        if self.vehicle.kind.cruises_on_wing() {
            crate::turn::turn_radius_m(p.cruise_m_s + 0.5 * self.wind.speed_m_s, p.max_bank_rad)
        } else {
            0.0
        }
    }

    /// Battery drain at an airspeed and climb, avionics and resistance included.
    #[must_use]
    pub fn drain_w(&self, airspeed_m_s: f64, climb_m_s: f64, banked: bool) -> f64 {
        let v = self.vehicle;
        let power = if v.kind.cruises_on_wing() {
            let load = if banked {
                1.0 / v.performance.max_bank_rad.cos().max(0.2)
            } else {
                1.0
            };
            wing_power_w(v, airspeed_m_s, climb_m_s, load, self.density_kg_m3)
        } else {
            multirotor_power_w(v, airspeed_m_s, climb_m_s, self.density_kg_m3)
        };
        v.battery.drain_w(power + v.battery.avionics_w)
    }

    /// A straight run from place to place (east, north, up in metres). Rotors
    /// start from rest where `from_rest` and end at rest where `to_rest`.
    /// `None`: the wind is too strong.
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
            // Speeding up and slowing down cost v/2a each, or the whole run is
            // a ramp.
            let ramps = f64::from(u8::from(from_rest)) + f64::from(u8::from(to_rest));
            let ramp_m = ground * ground / (2.0 * p.acceleration_m_s2);
            time_s = if level >= ramps * ramp_m {
                time_s + ramps * ground / (2.0 * p.acceleration_m_s2)
            } else {
                ramps * (2.0 * level / (ramps * p.acceleration_m_s2)).sqrt()
            };
        }
        let steepest = if dz > 0.0 {
            dz / p.climb_m_s
        } else {
            -dz / p.descent_m_s
        };
        let time_s = time_s.max(steepest);
        let climb = dz / time_s;
        Some(self.cost(time_s, self.drain_w(air, climb, false)))
    }

    /// A turn of `length_m` metres over ground (wings), on which the height
    /// changes by `dz`.
    #[must_use]
    pub fn turn(&self, length_m: f64, dz: f64) -> Cost {
        // Over a turn the wind blows from all sides.
        let cruise = self.vehicle.performance.cruise_m_s;
        let time_s = length_m / cruise;
        let climb = if time_s > 0.0 { dz / time_s } else { 0.0 };
        self.cost(time_s, self.drain_w(cruise, climb, true))
    }

    /// Straight up or down: rotors at once, wings in circles.
    #[must_use]
    pub fn vertical(&self, dz: f64) -> Cost {
        let p = &self.vehicle.performance;
        let time_s = if dz > 0.0 {
            dz / p.climb_m_s
        } else {
            -dz / p.descent_m_s
        };
        let climb = if dz > 0.0 {
            p.climb_m_s
        } else {
            -p.descent_m_s
        };
        match self.vehicle.kind {
            VehicleKind::Multirotor => {
                self.cost(time_s, self.drain_w(self.wind.speed_m_s, climb, false))
            }
            VehicleKind::FixedWing | VehicleKind::Quadplane => {
                self.cost(time_s, self.drain_w(p.cruise_m_s, climb, true))
            }
        }
    }

    /// Hovering on rotors while moving `dz` up or down (take-off and landing
    /// of a quadplane).
    #[must_use]
    pub fn rotor_borne(&self, dz: f64) -> Cost {
        let v = self.vehicle;
        let rate = if dz > 0.0 {
            v.performance.climb_m_s
        } else {
            v.performance.descent_m_s
        };
        let climb = if dz > 0.0 { rate } else { 0.0 };
        let power = multirotor_power_w(v, self.wind.speed_m_s, climb, self.density_kg_m3);
        self.cost(
            dz.abs() / rate,
            v.battery.drain_w(power + v.battery.avionics_w),
        )
    }

    /// Energy that may be planned with.
    #[must_use]
    pub fn usable_wh(&self) -> f64 {
        self.vehicle.battery.energy_wh() * (1.0 - self.vehicle.performance.reserve_fraction)
    }

    fn cost(&self, time_s: f64, drain_w: f64) -> Cost {
        Cost {
            time_s,
            energy_wh: drain_w * time_s / 3600.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_voltage_is_the_mean_of_the_curve() {
        let n = 10_000;
        let mean = (0..n)
            .map(|i| cell_voltage((f64::from(i) + 0.5) / f64::from(n)))
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - MEAN_CELL_V).abs() < 0.005, "{mean}");
    }

    #[test]
    fn quad_hovers_at_momentum_theory() {
        let quad = Vehicle::builtin("quad").expect("built in");
        // (mg)^1.5 / (FM · √(2ρA)) / drive efficiency, by hand: 283 W.
        let hover = multirotor_power_w(&quad, 0.0, 0.0, AIR_DENSITY_KG_M3);
        assert!((hover - 283.0).abs() < 4.0, "{hover}");
        let slow = multirotor_power_w(&quad, 6.0, 0.0, AIR_DENSITY_KG_M3);
        let fast = multirotor_power_w(&quad, 18.0, 0.0, AIR_DENSITY_KG_M3);
        assert!(
            slow < hover && fast > slow,
            "the power curve has a bucket: {hover} {slow} {fast}"
        );
        // Torque and speed of the rotors give the same shaft power.
        let rotors = quad.rotors.expect("has rotors");
        let w = (quad.airframe.mass_kg * GRAVITY_M_S2 / 4.0 / rotors.thrust_n_s2).sqrt();
        let shaft = 4.0 * rotors.torque_n_m_s2 * w.powi(3);
        assert!(
            (shaft / rotors.drive_efficiency / hover - 1.0).abs() < 0.03,
            "{shaft}"
        );
    }

    #[test]
    fn wing_cruises_on_little() {
        let wing = Vehicle::builtin("fixed-wing").expect("built in");
        let drag = wing_drag_n(&wing, 16.0, 1.0, AIR_DENSITY_KG_M3);
        assert!((drag - 4.2).abs() < 0.2, "{drag}");
        let level = wing_power_w(&wing, 16.0, 0.0, 1.0, AIR_DENSITY_KG_M3);
        assert!((80.0..130.0).contains(&level), "{level}");
        // Useful power over electrical power is a plausible efficiency.
        assert!((0.4..0.8).contains(&(drag * 16.0 / level)));
        assert!(wing_power_w(&wing, 16.0, 2.5, 1.0, AIR_DENSITY_KG_M3) > level + 80.0);
    }

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
