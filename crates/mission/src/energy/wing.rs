//! Power of a wing in steady flight.

use crate::vehicle::{GRAVITY_M_S2, Propulsion, Vehicle};
use core::f64::consts::{PI, TAU};

/// Drag of a wing in steady flight at a load factor (1 in level flight, 1/cos φ
/// in a banked turn), newtons. The elevator is where the pitching moment is
/// none, and takes its drag.
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
    let q_s = (0.5 * density_kg_m3 * airspeed_m_s.powi(2) * aero.wing_area_m2).max(1e-6);
    let lift = vehicle.airframe.mass_kg * GRAVITY_M_S2 * load_factor / q_s;
    // c_L0 + c_Lα α + c_Lδ δ = lift and c_m0 + c_mα α + c_mδ δ = 0.
    let (mut attack, mut elevator) = ((lift - aero.cl_0) / aero.cl_alpha, 0.0);
    if aero.cm_elevator.abs() > 1e-6 {
        let power = aero.cl_elevator / aero.cm_elevator;
        let slope = aero.cl_alpha - power * aero.cm_alpha;
        if slope.abs() > 1e-6 {
            attack = (lift - aero.cl_0 + power * aero.cm_0) / slope;
        }
        let limit = aero.surface_limit_rad;
        elevator = (-(aero.cm_0 + aero.cm_alpha * attack) / aero.cm_elevator).clamp(-limit, limit);
    }
    let cl = aero.cl_0 + aero.cl_alpha * attack;
    let aspect = aero.span_m.powi(2) / aero.wing_area_m2;
    let cd = aero.cd_p + cl * cl / (PI * aero.oswald * aspect) + aero.cd_elevator * elevator.abs();
    q_s * cd
}

impl Propulsion {
    /// Electrical power of the forward motor for `thrust_n` at `airspeed_m_s`,
    /// without avionics. No windmilling: at least nothing.
    #[must_use]
    pub fn power_w(&self, thrust_n: f64, airspeed_m_s: f64, density_kg_m3: f64) -> f64 {
        if thrust_n <= 0.0 {
            return 0.0;
        }
        // ρD⁴(C_T0 n² + C_T1 n V/D + C_T2 V²/D²) = T, n in revolutions per second.
        let d = self.diameter_m;
        let scale = density_kg_m3 * d.powi(4);
        let v = airspeed_m_s / d;
        let (a, b, c) = (
            self.ct_0,
            self.ct_1 * v,
            self.ct_2 * v * v - thrust_n / scale,
        );
        let n = (-b + (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a);
        // K_Q = K_V in SI (Beard & McLain, supplement).
        let k = 60.0 / (TAU * self.kv_rpm_v);
        let amps = self.torque_n_m(n, airspeed_m_s, density_kg_m3).max(0.0) / k + self.no_load_a;
        let volts = k * TAU * n + amps * self.resistance_ohm;
        volts * amps / self.controller_efficiency
    }

    /// Thrust and electrical power with `volts` at the motor.
    #[must_use]
    pub fn at_volts(&self, volts: f64, airspeed_m_s: f64, density_kg_m3: f64) -> (f64, f64) {
        // Torque of the motor k(U − k·2πn)/R − k·i₀ equals that of the
        // propeller ρD⁵(C_Q0 n² + C_Q1 n V/D + C_Q2 V²/D²).
        let d = self.diameter_m;
        let k = 60.0 / (TAU * self.kv_rpm_v);
        let v = airspeed_m_s / d;
        let scale = density_kg_m3 * d.powi(5);
        let a = scale * self.cq_0;
        let b = scale * self.cq_1 * v + k * k * TAU / self.resistance_ohm;
        let c = scale * self.cq_2 * v * v - k * volts / self.resistance_ohm + k * self.no_load_a;
        let n = ((-b + (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a)).max(0.0);
        let amps = ((volts - k * TAU * n) / self.resistance_ohm).max(0.0);
        let shape = self.ct_0 * n * n + self.ct_1 * n * v + self.ct_2 * v * v;
        let thrust_n = density_kg_m3 * d.powi(4) * shape;
        (thrust_n, volts * amps / self.controller_efficiency)
    }

    fn torque_n_m(&self, n: f64, airspeed_m_s: f64, density_kg_m3: f64) -> f64 {
        let v = airspeed_m_s / self.diameter_m;
        let shape = self.cq_0 * n * n + self.cq_1 * n * v + self.cq_2 * v * v;
        density_kg_m3 * self.diameter_m.powi(5) * shape
    }
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
    p.power_w(thrust_n, airspeed_m_s, density_kg_m3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::AIR_DENSITY_KG_M3;

    #[test]
    fn wing_cruises_on_little() {
        let wing = Vehicle::builtin("fixed-wing").expect("built in");
        let drag = wing_drag_n(&wing, 16.0, 1.0, AIR_DENSITY_KG_M3);
        assert!((drag - 4.25).abs() < 0.25, "{drag}");
        let level = wing_power_w(&wing, 16.0, 0.0, 1.0, AIR_DENSITY_KG_M3);
        assert!((80.0..130.0).contains(&level), "{level}");
        // Useful power over electrical power is a plausible efficiency.
        assert!((0.4..0.8).contains(&(drag * 16.0 / level)));
        assert!(wing_power_w(&wing, 16.0, 2.5, 1.0, AIR_DENSITY_KG_M3) > level + 80.0);
    }

    #[test]
    fn thrust_and_power_belong_together() {
        let p = Vehicle::builtin("fixed-wing")
            .expect("built in")
            .propulsion
            .expect("has one");
        let (thrust, power) = p.at_volts(11.0, 16.0, AIR_DENSITY_KG_M3);
        assert!(thrust > 1.0, "{thrust}");
        let back = p.power_w(thrust, 16.0, AIR_DENSITY_KG_M3);
        assert!((back / power - 1.0).abs() < 1e-6, "{back} {power}");
    }
}
