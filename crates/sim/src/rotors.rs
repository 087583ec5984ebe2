//! Lifting rotors: mixing, exact first-order lag, and the power that they take.

use std::f64::consts::TAU;

use nalgebra::Vector3;

use crate::dynamics::Wrench;

/// Most rotors that an aircraft may have (as `mission::vehicle` checks).
pub const MAX_ROTORS: usize = 12;
/// Least speed of a turning rotor, as a share of the largest (motors idle, they do not stop).
const IDLE_SHARE: f64 = 0.05;
/// Share of hover power that goes into induced flow; the rest is profile drag of the blades
/// (Leishman, *Principles of Helicopter Aerodynamics*, 2006, §2.8: 70–80 %).
const INDUCED_SHARE: f64 = 0.75;
/// Least share of hover power in any descent.
const LEAST_POWER_SHARE: f64 = 0.3;

/// A set of equal rotors, evenly around the centre, the first pair astride the nose (X), turning
/// alternately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotors {
    /// How many.
    pub count: usize,
    /// Distance from the centre.
    pub arm_m: f64,
    /// Largest thrust of one.
    pub max_thrust_n: f64,
    /// Torque over thrust.
    pub torque_per_thrust_m: f64,
    /// Time constant of the speed.
    pub lag_s: f64,
    /// Area of all discs.
    pub disc_m2: f64,
    /// Ideal power over shaft power.
    pub figure_of_merit: f64,
    /// Shaft power over electrical power.
    pub drive_efficiency: f64,
}

/// Speeds as shares of the largest.
pub type Speeds = [f64; MAX_ROTORS];

impl Rotors {
    fn angle_rad(&self, i: usize) -> f64 {
        (i as f64 + 0.5) * TAU / self.count as f64
    }

    fn turn(i: usize) -> f64 {
        if i.is_multiple_of(2) { 1.0 } else { -1.0 }
    }

    /// Thrust of each rotor for a total thrust and a moment; roll and pitch go before yaw, and both
    /// before thrust, where a rotor is at its limit.
    pub fn mix(&self, thrust_n: f64, moment: &Vector3<f64>) -> Speeds {
        let n = self.count as f64;
        let (low, high) = (
            IDLE_SHARE * IDLE_SHARE * self.max_thrust_n,
            self.max_thrust_n,
        );
        let each = (thrust_n / n).clamp(low, high);
        let tilt: Vec3Array = std::array::from_fn(|i| {
            let (s, c) = self.angle_rad(i).sin_cos();
            2.0 / (n * self.arm_m) * (moment.y * c - moment.x * s)
        });
        let used = tilt
            .iter()
            .take(self.count)
            .fold(0.0f64, |a, t| a.max(t.abs()));
        let room = (high - low) / 2.0;
        let tilt_scale = if used > room { room / used } else { 1.0 };
        let used = used * tilt_scale;
        let each = each.clamp(low + used, (high - used).max(low + used));
        let yaw = moment.z / (n * self.torque_per_thrust_m);
        let yaw_room = (high - used - each).min(each - used - low).max(0.0);
        let yaw = yaw.clamp(-yaw_room, yaw_room);
        let mut speeds = [0.0; MAX_ROTORS];
        for (i, speed) in speeds.iter_mut().enumerate().take(self.count) {
            let thrust = each + tilt[i] * tilt_scale + yaw * Self::turn(i);
            *speed = (thrust.clamp(low, high) / self.max_thrust_n).sqrt();
        }
        speeds
    }

    /// Speeds after `dt_s` towards `commanded`: ω⁺ = ω_c + (ω − ω_c) e^(−dt/τ), exact.
    pub fn follow(&self, speeds: &mut Speeds, commanded: &Speeds, dt_s: f64) {
        let keep = (-dt_s / self.lag_s).exp();
        for (speed, command) in speeds.iter_mut().zip(commanded) {
            *speed = command + (*speed - command) * keep;
        }
    }

    /// Thrust of all rotors at `speeds`.
    pub fn thrust_n(&self, speeds: &Speeds) -> f64 {
        speeds
            .iter()
            .take(self.count)
            .map(|s| s * s * self.max_thrust_n)
            .sum()
    }

    /// Thrust along −z and its moments.
    pub fn wrench(&self, speeds: &Speeds) -> Wrench {
        let mut total = Wrench::zero();
        for (i, speed) in speeds.iter().enumerate().take(self.count) {
            let thrust = speed * speed * self.max_thrust_n;
            let (s, c) = self.angle_rad(i).sin_cos();
            total.force.z -= thrust;
            total.moment.x -= thrust * self.arm_m * s;
            total.moment.y += thrust * self.arm_m * c;
            total.moment.z += thrust * self.torque_per_thrust_m * Self::turn(i);
        }
        total
    }

    /// Electrical power for `thrust_n` at `relative` (velocity through the air, body axes).
    ///
    /// Momentum theory with edgewise flow (Glauert): v_i = v_h²/√(V_xy² + (V_c + v_i)²), where V_c
    /// is the flow through the disc by climbing or tilting; then profile power by thrust^1.5.
    pub fn power_w(&self, thrust_n: f64, relative: &Vector3<f64>, density: f64) -> f64 {
        if thrust_n <= 0.0 {
            return 0.0;
        }
        let hover = thrust_n.powf(1.5) / (2.0 * density * self.disc_m2).sqrt();
        let vh2 = thrust_n / (2.0 * density * self.disc_m2);
        let edge2 = relative.x * relative.x + relative.y * relative.y;
        let climb = -relative.z;
        let mut vi = vh2.sqrt();
        // A fixed number of damped substitutions: deterministic, and within 0.1 % for V below 3 v_h.
        for _ in 0..6 {
            let next = vh2
                / (edge2 + (climb.max(-0.5 * vi) + vi).powi(2))
                    .sqrt()
                    .max(0.1);
            vi = 0.5 * (vi + next);
        }
        let ideal =
            INDUCED_SHARE * thrust_n * vi + thrust_n * climb + (1.0 - INDUCED_SHARE) * hover;
        ideal.max(LEAST_POWER_SHARE * hover) / (self.figure_of_merit * self.drive_efficiency)
    }
}

type Vec3Array = [f64; MAX_ROTORS];

#[cfg(test)]
mod tests {
    use super::*;

    fn quad() -> Rotors {
        Rotors {
            count: 4,
            arm_m: 0.35,
            max_thrust_n: 20.0,
            torque_per_thrust_m: 0.02,
            lag_s: 0.05,
            disc_m2: 0.45,
            figure_of_merit: 0.65,
            drive_efficiency: 0.8,
        }
    }

    #[test]
    fn mixing_and_wrench_are_inverse() {
        for count in [4, 6, 8] {
            let rotors = Rotors { count, ..quad() };
            let moment = Vector3::new(0.4, -0.3, 0.05);
            let wrench = rotors.wrench(&rotors.mix(39.0, &moment));
            assert!((wrench.force.z + 39.0).abs() < 1e-9);
            assert!(
                (wrench.moment - moment).norm() < 1e-9,
                "{count}: {:?}",
                wrench.moment
            );
        }
    }

    #[test]
    fn roll_and_pitch_survive_saturation() {
        let rotors = quad();
        let wrench = rotors.wrench(&rotors.mix(500.0, &Vector3::new(2.0, 0.0, 5.0)));
        assert!((wrench.moment.x - 2.0).abs() < 1e-9);
        assert!(wrench.force.z > -80.0);
    }

    #[test]
    fn power_falls_in_slow_forward_flight_and_rises_in_climb() {
        let rotors = quad();
        let at = |v: Vector3<f64>| rotors.power_w(39.0, &v, 1.2);
        let hover = at(Vector3::zeros());
        let ideal = 39f64.powf(1.5) / (2.0 * 1.2 * 0.45f64).sqrt();
        assert!((hover / (ideal / 0.52) - 1.0).abs() < 0.01, "{hover}");
        assert!(at(Vector3::new(8.0, 0.0, 0.0)) < hover);
        assert!(at(Vector3::new(0.0, 0.0, -3.0)) > hover);
        assert!(at(Vector3::new(0.0, 0.0, 3.0)) > 0.2 * hover);
    }
}
