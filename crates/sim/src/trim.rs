//! Trim of a fixed wing: the steady level flight at an airspeed, found by Newton's method.

use nalgebra::{SMatrix, SVector, UnitQuaternion, Vector3};

use crate::dynamics::{MassProperties, Motion, Wrench, derivative};
use crate::propeller::{Drive, Propeller};
use crate::wing::{Surfaces, Wing};

/// Iterations before the search gives up.
const MAX_ITERATIONS: usize = 40;
/// Accelerations (m/s², rad/s²) that count as none.
const TOLERANCE: f64 = 1e-9;

/// Steady level flight; without sideslip where there is a rudder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// V
    pub airspeed_m_s: f64,
    /// α, which is the pitch too
    pub attack_rad: f64,
    /// Sideslip: zero where a rudder can hold it so.
    pub sideslip_rad: f64,
    /// Bank that balances the side force.
    pub bank_rad: f64,
    /// Deflections.
    pub surfaces: Surfaces,
    /// Share of the pack's voltage.
    pub throttle: f64,
    /// What the propeller does.
    pub drive: Drive,
}

/// Forces of wing and propeller together.
pub fn wing_and_propeller(
    wing: &Wing,
    propeller: &Propeller,
    relative: &Vector3<f64>,
    rates: &Vector3<f64>,
    surfaces: &Surfaces,
    volts: f64,
    density: f64,
) -> (Wrench, Drive) {
    let drive = propeller.published(volts, relative.norm(), density);
    let push = Wrench {
        force: Vector3::new(drive.thrust_n, 0.0, 0.0),
        moment: Vector3::new(-drive.torque_n_m, 0.0, 0.0),
    };
    (
        wing.wrench(relative, rates, surfaces, density) + push,
        drive,
    )
}

/// The trim at `airspeed_m_s`, or `None` where there is none (too slow, or too little power).
pub fn trim(
    wing: &Wing,
    propeller: &Propeller,
    mass: &MassProperties,
    pack_v: f64,
    airspeed_m_s: f64,
    density: f64,
    gravity_m_s2: f64,
) -> Option<Trim> {
    // Unknowns: α, bank, elevator, aileron, rudder (or sideslip where there is none), throttle.
    let has_rudder = wing.yaw.rudder != 0.0;
    let split = |x4: f64| if has_rudder { (x4, 0.0) } else { (0.0, x4) };
    let residual = |x: &SVector<f64, 6>| {
        let (rudder_rad, beta) = split(x[4]);
        let relative = Vector3::new(x[0].cos() * beta.cos(), beta.sin(), x[0].sin() * beta.cos())
            * airspeed_m_s;
        let surfaces = Surfaces {
            elevator_rad: x[2],
            aileron_rad: x[3],
            rudder_rad,
        };
        let rates = Vector3::zeros();
        let (wrench, drive) = wing_and_propeller(
            wing,
            propeller,
            &relative,
            &rates,
            &surfaces,
            pack_v * x[5],
            density,
        );
        let ned_from_body =
            UnitQuaternion::from_euler_angles(x[1], pitch_for_level(&relative, x[1]), 0.0);
        let motion = Motion {
            offset_m: Vector3::zeros(),
            velocity_m_s: ned_from_body * relative,
            ned_from_body,
            rates_rad_s: rates,
        };
        let d = derivative(&motion, mass, &wrench, gravity_m_s2);
        let a = ned_from_body.inverse() * d.acceleration;
        let w = d.angular_acceleration;
        (SVector::<f64, 6>::new(a.x, a.y, a.z, w.x, w.y, w.z), drive)
    };
    let mut x = SVector::<f64, 6>::new(0.05, 0.0, -0.1, 0.0, 0.0, 0.6);
    for _ in 0..MAX_ITERATIONS {
        let (r, drive) = residual(&x);
        if r.amax() < TOLERANCE {
            let (rudder_rad, sideslip_rad) = split(x[4]);
            let found = Trim {
                airspeed_m_s,
                attack_rad: x[0],
                sideslip_rad,
                bank_rad: x[1],
                surfaces: Surfaces {
                    elevator_rad: x[2],
                    aileron_rad: x[3],
                    rudder_rad,
                },
                throttle: x[5],
                drive,
            };
            return (found.throttle > 0.0
                && found.throttle <= 1.0
                && found.attack_rad.abs() < wing.stall_angle_rad)
                .then_some(found);
        }
        let mut jacobian = SMatrix::<f64, 6, 6>::zeros();
        for i in 0..6 {
            let h = 1e-6;
            let (mut plus, mut minus) = (x, x);
            plus[i] += h;
            minus[i] -= h;
            jacobian.set_column(i, &((residual(&plus).0 - residual(&minus).0) / (2.0 * h)));
        }
        let change = jacobian.lu().solve(&r)?;
        // Damped, so that a poor start does not run away.
        let largest = change.amax();
        x -= change * (0.3 / largest).min(1.0);
    }
    None
}

/// Pitch at which `relative` (body axes) is level under a bank: u sin θ = (v sin φ + w cos φ) cos θ.
fn pitch_for_level(relative: &Vector3<f64>, bank_rad: f64) -> f64 {
    (relative.y * bank_rad.sin() + relative.z * bank_rad.cos()).atan2(relative.x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propeller;
    use crate::wing::{AEROSONDE_MASS, DragLaw, aerosonde};

    fn mass() -> MassProperties {
        let (m, [jx, jy, jz, jxz]) = AEROSONDE_MASS;
        MassProperties::new(m, jx, jy, jz, jxz).expect("Aerosonde")
    }

    /// mavsim launch_files/chap04 check: level at 25 m/s, elevator −0.2, rudder 0.005, throttle 0.5.
    #[test]
    fn accelerations_match_the_published_ones() {
        let surfaces = Surfaces {
            elevator_rad: -0.2,
            aileron_rad: 0.0,
            rudder_rad: 0.005,
        };
        let relative = Vector3::new(25.0, 0.0, 0.0);
        let wing = aerosonde(DragLaw::ReferenceCheck);
        let (wrench, _) = wing_and_propeller(
            &wing,
            &propeller::aerosonde(),
            &relative,
            &Vector3::zeros(),
            &surfaces,
            22.2,
            1.2682,
        );
        let motion = Motion {
            offset_m: Vector3::zeros(),
            velocity_m_s: relative,
            ned_from_body: UnitQuaternion::identity(),
            rates_rad_s: Vector3::zeros(),
        };
        let d = derivative(&motion, &mass(), &wrench, 9.81);
        for (got, want) in d
            .acceleration
            .iter()
            .zip([-1.100_883_36, 0.018_824_84, 5.767_612_50])
        {
            assert!((got - want).abs() < 1e-7, "{got} for {want}");
        }
        for (got, want) in
            d.angular_acceleration
                .iter()
                .zip([0.602_169_00, 7.714_919_59, -0.082_574_66])
        {
            assert!((got - want).abs() < 1e-7, "{got} for {want}");
        }
    }

    #[test]
    fn reference_trim_is_found() {
        let wing = aerosonde(DragLaw::ReferenceCheck);
        let t = trim(
            &wing,
            &propeller::aerosonde(),
            &mass(),
            44.4,
            25.0,
            1.2682,
            9.81,
        )
        .expect("a trim");
        assert!((t.throttle - 0.676_776).abs() < 1e-4, "{t:?}");
        assert!((t.surfaces.elevator_rad + 0.125_044).abs() < 1e-4, "{t:?}");
    }

    /// The physical mode: α 2.8458°, δe −0.123831, δt 0.780462, T 11.059 N, Q 0.667 N m, 4954 rpm.
    /// (The lateral part of that solution has wings level and sideslip, ours the reverse: δa and δr
    /// agree to 4e-4 rad.)
    #[test]
    fn physical_trim_is_found() {
        let wing = aerosonde(DragLaw::Physical);
        let t = trim(
            &wing,
            &propeller::aerosonde(),
            &mass(),
            44.4,
            25.0,
            1.2682,
            9.81,
        )
        .expect("a trim");
        assert!((t.attack_rad.to_degrees() - 2.845_8).abs() < 2e-4, "{t:?}");
        assert!((t.throttle - 0.780_462).abs() < 2e-6, "{t:?}");
        assert!((t.surfaces.elevator_rad + 0.123_831).abs() < 2e-6, "{t:?}");
        assert!((t.surfaces.aileron_rad - 0.006_511).abs() < 4e-4, "{t:?}");
        assert!((t.surfaces.rudder_rad + 0.000_643).abs() < 4e-4, "{t:?}");
        assert!((t.drive.thrust_n - 11.059).abs() < 1e-3, "{t:?}");
        assert!((t.drive.torque_n_m - 0.667).abs() < 1e-3, "{t:?}");
        assert!(
            (t.drive.speed_rad_s * 60.0 / std::f64::consts::TAU - 4_954.0).abs() < 1.0,
            "{t:?}"
        );
    }

    #[test]
    fn too_slow_has_no_trim() {
        let wing = aerosonde(DragLaw::Physical);
        assert_eq!(
            trim(
                &wing,
                &propeller::aerosonde(),
                &mass(),
                44.4,
                8.0,
                1.2682,
                9.81
            ),
            None
        );
    }
}
