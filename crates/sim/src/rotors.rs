//! Lifting rotors: mixing, exact first-order lag, and the power that they take.

use std::f64::consts::TAU;

use nalgebra::Vector3;
use whimbrel_mission::vehicle::Rotors as PowerModel;

use crate::dynamics::Wrench;

/// Most rotors that an aircraft may have (as `mission::vehicle` checks).
pub const MAX_ROTORS: usize = 12;
/// Least speed of a turning rotor, as a share of the largest (motors idle, they do not stop).
const IDLE_SHARE: f64 = 0.05;
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
    /// What their power follows from.
    pub power: PowerModel,
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

    /// Electrical power for `thrust_n` at `relative` (velocity through the air, body axes), by the
    /// model that flights are planned with.
    pub fn power_w(&self, thrust_n: f64, relative: &Vector3<f64>, density: f64) -> f64 {
        let in_plane = relative.x.hypot(relative.y);
        self.power.power_w(thrust_n, in_plane, -relative.z, density)
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
            power: PowerModel {
                count: 4,
                arm_m: 0.35,
                diameter_m: 0.38,
                thrust_n_s2: 8e-5,
                torque_n_m_s2: 1.6e-6,
                max_rad_s: 500.0,
                time_constant_s: 0.05,
                figure_of_merit: 0.65,
                drive_efficiency: 0.8,
            },
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
}
