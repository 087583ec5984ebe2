//! A rigid body with six degrees of freedom, stepped by the classical Runge–Kutta method.
//!
//! The velocity is held in local north-east-down axes and the position as a displacement that the
//! caller adds to a WGS84 position after each step. The turning of the local axes with the Earth
//! and with travel (Coriolis and transport terms, below 4 mm/s² for a survey aircraft) is left out.

use nalgebra::{Matrix3, Quaternion, UnitQuaternion, Vector3};

/// Mass and inertia about the centre of gravity, body axes (x forward, y right, z down).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MassProperties {
    /// Mass.
    pub mass_kg: f64,
    inertia: Matrix3<f64>,
    inverse: Matrix3<f64>,
}

/// Why mass properties are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MassError {
    /// Mass or a principal moment is not positive.
    #[error("mass and principal moments of inertia must be positive")]
    NotPositive,
    /// One principal moment exceeds the sum of the two others: no body has that.
    #[error("one principal moment of inertia exceeds the sum of the others; check the inertia")]
    Triangle,
}

impl MassProperties {
    /// From mass, moments and the xz product of inertia (kg m²), refusing what no body can have.
    pub fn new(mass_kg: f64, jx: f64, jy: f64, jz: f64, jxz: f64) -> Result<Self, MassError> {
        let inertia = Matrix3::new(jx, 0.0, -jxz, 0.0, jy, 0.0, -jxz, 0.0, jz);
        // Principal moments of the xz block.
        let (mean, half) = ((jx + jz) / 2.0, ((jx - jz) / 2.0).hypot(jxz));
        let (a, b) = (mean + half, mean - half);
        // Written so that NaN is refused too.
        if !(mass_kg > 0.0 && jy > 0.0 && b > 0.0) {
            return Err(MassError::NotPositive);
        }
        if a > b + jy || jy > a + b {
            return Err(MassError::Triangle);
        }
        let inverse = inertia.try_inverse().ok_or(MassError::NotPositive)?;
        Ok(Self {
            mass_kg,
            inertia,
            inverse,
        })
    }

    /// The inertia matrix, kg m².
    pub fn inertia(&self) -> &Matrix3<f64> {
        &self.inertia
    }
}

/// Motion of the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Displacement since the reference position, NED.
    pub offset_m: Vector3<f64>,
    /// Velocity over ground, NED.
    pub velocity_m_s: Vector3<f64>,
    /// Attitude: turns body axes into NED.
    pub ned_from_body: UnitQuaternion<f64>,
    /// Angular rate, body axes.
    pub rates_rad_s: Vector3<f64>,
}

/// Force without weight, and moment about the centre of gravity, body axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wrench {
    /// N
    pub force: Vector3<f64>,
    /// N m
    pub moment: Vector3<f64>,
}

impl std::ops::Add for Wrench {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            force: self.force + other.force,
            moment: self.moment + other.moment,
        }
    }
}

impl Wrench {
    /// Nothing.
    pub fn zero() -> Self {
        Self {
            force: Vector3::zeros(),
            moment: Vector3::zeros(),
        }
    }
}

/// Time derivative of [`Motion`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivative {
    /// Velocity, NED.
    pub velocity: Vector3<f64>,
    /// Acceleration over ground, NED.
    pub acceleration: Vector3<f64>,
    /// Derivative of the quaternion.
    pub turning: Quaternion<f64>,
    /// Angular acceleration, body axes.
    pub angular_acceleration: Vector3<f64>,
}

/// The equations of motion: m v̇ = R f + m g, q̇ = ½ q ω, J ω̇ = M − ω × J ω.
pub fn derivative(
    motion: &Motion,
    mass: &MassProperties,
    wrench: &Wrench,
    gravity_m_s2: f64,
) -> Derivative {
    let w = motion.rates_rad_s;
    let q = motion.ned_from_body.quaternion();
    Derivative {
        velocity: motion.velocity_m_s,
        acceleration: motion.ned_from_body * wrench.force / mass.mass_kg
            + Vector3::new(0.0, 0.0, gravity_m_s2),
        turning: q * Quaternion::from_imag(w) * 0.5,
        angular_acceleration: mass.inverse * (wrench.moment - w.cross(&(mass.inertia * w))),
    }
}

fn moved(motion: &Motion, d: &Derivative, h: f64) -> Motion {
    Motion {
        offset_m: motion.offset_m + d.velocity * h,
        velocity_m_s: motion.velocity_m_s + d.acceleration * h,
        ned_from_body: UnitQuaternion::new_unchecked(
            motion.ned_from_body.quaternion() + d.turning * h,
        ),
        rates_rad_s: motion.rates_rad_s + d.angular_acceleration * h,
    }
}

/// One Runge–Kutta step of fourth order of length `dt_s`; `forces` gives the wrench of a motion.
/// The quaternion is normalised once, at the end of the step. Returns the new motion and the
/// specific force in body axes (what an accelerometer feels, m/s²) at the step's start.
pub fn step(
    motion: &Motion,
    mass: &MassProperties,
    gravity_m_s2: f64,
    dt_s: f64,
    forces: impl Fn(&Motion) -> Wrench,
) -> (Motion, Vector3<f64>) {
    let rate = |m: &Motion| {
        let wrench = forces(m);
        (
            derivative(m, mass, &wrench, gravity_m_s2),
            wrench.force / mass.mass_kg,
        )
    };
    let (k1, felt) = rate(motion);
    let (k2, _) = rate(&moved(motion, &k1, dt_s / 2.0));
    let (k3, _) = rate(&moved(motion, &k2, dt_s / 2.0));
    let (k4, _) = rate(&moved(motion, &k3, dt_s));
    let sum = Derivative {
        velocity: (k1.velocity + (k2.velocity + k3.velocity) * 2.0 + k4.velocity) / 6.0,
        acceleration: (k1.acceleration
            + (k2.acceleration + k3.acceleration) * 2.0
            + k4.acceleration)
            / 6.0,
        turning: (k1.turning + (k2.turning + k3.turning) * 2.0 + k4.turning) / 6.0,
        angular_acceleration: (k1.angular_acceleration
            + (k2.angular_acceleration + k3.angular_acceleration) * 2.0
            + k4.angular_acceleration)
            / 6.0,
    };
    let mut next = moved(motion, &sum, dt_s);
    next.ned_from_body = UnitQuaternion::new_normalize(*next.ned_from_body.quaternion());
    (next, felt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spinning() -> (Motion, MassProperties) {
        let mass = MassProperties::new(11.0, 0.8244, 1.135, 1.759, 0.1204).expect("Aerosonde");
        let motion = Motion {
            offset_m: Vector3::zeros(),
            velocity_m_s: Vector3::new(3.0, -2.0, 1.0),
            ned_from_body: UnitQuaternion::from_euler_angles(0.3, -0.2, 1.0),
            rates_rad_s: Vector3::new(1.0, 2.0, -1.5),
        };
        (motion, mass)
    }

    #[test]
    fn a_free_body_keeps_energy_and_angular_momentum() {
        let (start, mass) = spinning();
        let energy = |m: &Motion| 0.5 * m.rates_rad_s.dot(&(mass.inertia() * m.rates_rad_s));
        let momentum = |m: &Motion| m.ned_from_body * (mass.inertia() * m.rates_rad_s);
        let mut motion = start;
        for _ in 0..10_000 {
            motion = step(&motion, &mass, 0.0, 0.001, |_| Wrench::zero()).0;
        }
        assert!((energy(&motion) / energy(&start) - 1.0).abs() < 1e-10);
        assert!((momentum(&motion) - momentum(&start)).norm() / momentum(&start).norm() < 1e-10);
        assert!((motion.velocity_m_s - start.velocity_m_s).norm() < 1e-12);
        assert!((motion.offset_m - start.velocity_m_s * 10.0).norm() < 1e-9);
    }

    #[test]
    fn the_integrator_is_of_fourth_order() {
        let (start, mass) = spinning();
        let run = |n: u32| {
            let mut m = start;
            for _ in 0..n {
                m = step(&m, &mass, 9.81, 2.0 / f64::from(n), |_| Wrench::zero()).0;
            }
            m.ned_from_body
        };
        let truth = run(4_000);
        let (coarse, fine) = (run(50).angle_to(&truth), run(100).angle_to(&truth));
        let order = (coarse / fine).log2();
        assert!((3.5..5.5).contains(&order), "order {order}");
    }

    #[test]
    fn impossible_bodies_are_refused() {
        // The published Skywalker X8 inertia.
        assert_eq!(
            MassProperties::new(3.364, 1.229, 0.1702, 0.8808, 0.9343),
            Err(MassError::Triangle)
        );
        assert_eq!(
            MassProperties::new(-1.0, 1.0, 1.0, 1.0, 0.0),
            Err(MassError::NotPositive)
        );
        assert_eq!(
            MassProperties::new(1.0, f64::NAN, 1.0, 1.0, 0.0),
            Err(MassError::NotPositive)
        );
    }
}
