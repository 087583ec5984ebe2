//! A propeller on a brushed-equivalent electric motor (Beard & McLain, *Small Unmanned Aircraft*,
//! 2012, and its supplement): quadratic thrust and torque coefficients, the speed solved from the
//! balance of torques.

use std::f64::consts::TAU;

/// Propeller and motor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Propeller {
    /// D
    pub diameter_m: f64,
    /// C_T0, C_T1, C_T2 over the advance ratio.
    pub thrust: [f64; 3],
    /// C_Q0, C_Q1, C_Q2 over the advance ratio.
    pub torque: [f64; 3],
    /// K_V = K_Q, V s/rad.
    pub motor_constant: f64,
    /// Resistance of the winding.
    pub resistance_ohm: f64,
    /// Current without load.
    pub idle_a: f64,
}

/// What propeller and motor do at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Along body x.
    pub thrust_n: f64,
    /// Torque on the propeller; the airframe feels its opposite.
    pub torque_n_m: f64,
    /// Speed.
    pub speed_rad_s: f64,
    /// Current through the winding.
    pub current_a: f64,
}

impl Propeller {
    /// The published equations at applied voltage `volts`. With a high airspeed and a low voltage
    /// the motor brakes and returns current.
    pub fn published(&self, volts: f64, airspeed_m_s: f64, density: f64) -> Drive {
        let d = self.diameter_m;
        let [q0, q1, q2] = self.torque;
        let kv = self.motor_constant;
        let a = density * d.powi(5) * q0 / (TAU * TAU);
        let b = density * d.powi(4) * q1 * airspeed_m_s / TAU + kv * kv / self.resistance_ohm;
        let c = density * d.powi(3) * q2 * airspeed_m_s * airspeed_m_s
            - kv * volts / self.resistance_ohm
            + kv * self.idle_a;
        let speed = (-b + (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a);
        let current = (volts - kv * speed) / self.resistance_ohm;
        self.at_speed(speed, current, airspeed_m_s, density)
    }

    /// The same behind a speed controller that never brakes: where the motor would return current
    /// the propeller turns freely at the advance ratio of zero torque.
    pub fn driven(&self, volts: f64, airspeed_m_s: f64, density: f64) -> Drive {
        let drive = self.published(volts, airspeed_m_s, density);
        if drive.current_a >= self.idle_a {
            return drive;
        }
        let [q0, q1, q2] = self.torque;
        let free_ratio = (-q1 - (q1 * q1 - 4.0 * q2 * q0).max(0.0).sqrt()) / (2.0 * q2);
        let speed = TAU * airspeed_m_s.max(0.0) / (free_ratio * self.diameter_m);
        self.at_speed(speed, 0.0, airspeed_m_s, density)
    }

    fn at_speed(&self, speed: f64, current_a: f64, airspeed_m_s: f64, density: f64) -> Drive {
        let d = self.diameter_m;
        let ([t0, t1, t2], [q0, q1, q2]) = (self.thrust, self.torque);
        let n = speed / TAU;
        // n² (C2 J² + C1 J + C0) without the division by n.
        let va = airspeed_m_s;
        let shape =
            |c0: f64, c1: f64, c2: f64| c2 * (va / d).powi(2) + c1 * n * va / d + c0 * n * n;
        Drive {
            thrust_n: density * d.powi(4) * shape(t0, t1, t2),
            torque_n_m: density * d.powi(5) * shape(q0, q1, q2),
            speed_rad_s: speed,
            current_a,
        }
    }
}

/// The Aerosonde's drive: 20-inch propeller, 145 rpm/V (mavsim_python aerosonde_parameters.py).
pub fn aerosonde() -> Propeller {
    Propeller {
        diameter_m: 20.0 * 0.0254,
        thrust: [0.09357, -0.06044, -0.1079],
        torque: [0.00523, 0.00497, -0.01664],
        motor_constant: 60.0 / (TAU * 145.0),
        resistance_ohm: 0.042,
        idle_a: 1.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_thrust_and_torque() {
        // mavsim launch_files/chap04 check: u = 25 m/s, throttle 0.5 of 44.4 V, ρ 1.2682.
        let drive = aerosonde().published(22.2, 25.0, 1.2682);
        assert!(
            (drive.thrust_n + 12.430_725_345_972_13).abs() < 1e-10,
            "{}",
            drive.thrust_n
        );
        assert!(
            (drive.torque_n_m + 0.498_796_200_977_377_87).abs() < 1e-10,
            "{}",
            drive.torque_n_m
        );
    }

    #[test]
    fn a_free_propeller_brakes_little() {
        let drive = aerosonde().driven(0.0, 25.0, 1.2682);
        assert_eq!(drive.current_a, 0.0);
        assert!(
            drive.thrust_n < 0.0 && drive.thrust_n > -3.5,
            "{}",
            drive.thrust_n
        );
    }
}
