//! Aerodynamics of a fixed-wing aircraft by linear coefficients with a stall blend
//! (Beard & McLain, *Small Unmanned Aircraft*, 2012, chapter 4 and its supplement).

use std::f64::consts::PI;

use nalgebra::Vector3;

use crate::dynamics::Wrench;

/// Which drag law: the published check values need a parasite drag of zero and a signed elevator
/// term; no real aircraft has that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragLaw {
    /// C_D0 as parasite drag and |δe|: what flies here.
    Physical,
    /// Only to compare with published numbers.
    ReferenceCheck,
}

/// A pair for a longitudinal derivative set: value at zero, by α, by q, by δe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Longitudinal {
    /// at zero
    pub zero: f64,
    /// by angle of attack
    pub alpha: f64,
    /// by pitch rate c q/2V
    pub q: f64,
    /// by elevator
    pub elevator: f64,
}

/// A lateral derivative set: by β, p, r, δa, δr.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lateral {
    /// by sideslip
    pub beta: f64,
    /// by roll rate b p/2V
    pub p: f64,
    /// by yaw rate b r/2V
    pub r: f64,
    /// by aileron
    pub aileron: f64,
    /// by rudder
    pub rudder: f64,
}

/// Geometry and coefficients of a wing with its tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wing {
    /// S
    pub area_m2: f64,
    /// b
    pub span_m: f64,
    /// c
    pub chord_m: f64,
    /// Oswald's factor
    pub oswald: f64,
    /// Lift.
    pub lift: Longitudinal,
    /// Drag (`zero` is the parasite drag, `alpha` is not used by the polar).
    pub drag: Longitudinal,
    /// Pitching moment.
    pub pitch: Longitudinal,
    /// Side force.
    pub side: Lateral,
    /// Rolling moment.
    pub roll: Lateral,
    /// Yawing moment.
    pub yaw: Lateral,
    /// M of the stall blend.
    pub stall_sharpness: f64,
    /// α0 of the stall blend.
    pub stall_angle_rad: f64,
    /// Which drag law.
    pub drag_law: DragLaw,
}

/// Deflections of the surfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Surfaces {
    /// positive: roll right
    pub aileron_rad: f64,
    /// positive: nose down
    pub elevator_rad: f64,
    /// positive: trailing edge left (nose left, by the sign of C_nδr)
    pub rudder_rad: f64,
}

/// Air seen by the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Airflow {
    /// V
    pub airspeed_m_s: f64,
    /// α
    pub attack_rad: f64,
    /// β
    pub sideslip_rad: f64,
}

impl Airflow {
    /// From the velocity relative to the air, body axes.
    pub fn of(relative: &Vector3<f64>) -> Self {
        let airspeed_m_s = relative.norm();
        Self {
            airspeed_m_s,
            attack_rad: relative.z.atan2(relative.x),
            sideslip_rad: if airspeed_m_s > 1e-6 {
                (relative.y / airspeed_m_s).clamp(-1.0, 1.0).asin()
            } else {
                0.0
            },
        }
    }
}

/// Below this airspeed the derivatives by rates would divide by nothing.
const LEAST_AIRSPEED_M_S: f64 = 0.5;

impl Wing {
    /// Lift and drag coefficients without rates and elevator.
    pub fn polar(&self, attack_rad: f64) -> (f64, f64) {
        let (m, a0) = (self.stall_sharpness, self.stall_angle_rad);
        // Beyond a quarter turn the blend is 1 long since; bounding keeps the exponentials finite.
        let a = attack_rad.clamp(-PI / 2.0, PI / 2.0);
        let (below, above) = ((-m * (a - a0)).exp(), (m * (a + a0)).exp());
        let blend = (1.0 + below + above) / ((1.0 + below) * (1.0 + above));
        let linear = self.lift.zero + self.lift.alpha * attack_rad;
        let (sin, cos) = attack_rad.sin_cos();
        let lift = (1.0 - blend) * linear + blend * 2.0 * attack_rad.signum() * sin * sin * cos;
        let aspect = self.span_m * self.span_m / self.area_m2;
        let parasite = match self.drag_law {
            DragLaw::Physical => self.drag.zero,
            DragLaw::ReferenceCheck => 0.0,
        };
        let induced = match self.drag_law {
            DragLaw::ReferenceCheck => linear * linear,
            // After the stall the linear lift is gone, and with it what it induces.
            DragLaw::Physical => (1.0 - blend) * linear * linear,
        } / (PI * self.oswald * aspect);
        let plate = match self.drag_law {
            DragLaw::ReferenceCheck => 0.0,
            DragLaw::Physical => blend * 2.0 * sin * sin * sin.abs(),
        };
        (lift, parasite + induced + plate)
    }

    /// Forces and moments at `relative` (velocity through the air, body axes) and body rates.
    pub fn wrench(
        &self,
        relative: &Vector3<f64>,
        rates: &Vector3<f64>,
        surfaces: &Surfaces,
        density: f64,
    ) -> Wrench {
        let flow = Airflow::of(relative);
        let va = flow.airspeed_m_s;
        if va < LEAST_AIRSPEED_M_S {
            return Wrench::zero();
        }
        let qs = 0.5 * density * va * va * self.area_m2;
        let (b, c) = (self.span_m, self.chord_m);
        let (ph, qh, rh) = (
            b * rates.x / (2.0 * va),
            c * rates.y / (2.0 * va),
            b * rates.z / (2.0 * va),
        );
        let (cl, cd) = self.polar(flow.attack_rad);
        let de = surfaces.elevator_rad;
        let drag_de = match self.drag_law {
            DragLaw::Physical => de.abs(),
            DragLaw::ReferenceCheck => de,
        };
        let lift = qs * (cl + self.lift.q * qh + self.lift.elevator * de);
        let drag = qs * (cd + self.drag.q * qh + self.drag.elevator * drag_de);
        let lateral = |s: &Lateral| {
            s.beta * flow.sideslip_rad
                + s.p * ph
                + s.r * rh
                + s.aileron * surfaces.aileron_rad
                + s.rudder * surfaces.rudder_rad
        };
        let (sin, cos) = flow.attack_rad.sin_cos();
        // Past the stall the tail's moment no longer grows.
        let attack = flow.attack_rad.clamp(-0.6, 0.6);
        Wrench {
            force: Vector3::new(
                -drag * cos + lift * sin,
                qs * lateral(&self.side),
                -drag * sin - lift * cos,
            ),
            moment: Vector3::new(
                qs * b * lateral(&self.roll),
                qs * c
                    * (self.pitch.zero
                        + self.pitch.alpha * attack
                        + self.pitch.q * qh
                        + self.pitch.elevator * de),
                qs * b * lateral(&self.yaw),
            ),
        }
    }
}

/// The Aerosonde UAV of mavsim_python (aerosonde_parameters.py, commit a514cf1): mass 11 kg, cruise
/// 25 m/s. C_np is +0.069 there (the book's MATLAB file has the other sign), so its spiral mode
/// diverges slowly, which the autopilot holds.
pub fn aerosonde(drag_law: DragLaw) -> Wing {
    Wing {
        area_m2: 0.55,
        span_m: 2.8956,
        chord_m: 0.18994,
        oswald: 0.9,
        lift: Longitudinal {
            zero: 0.23,
            alpha: 5.61,
            q: 7.95,
            elevator: 0.13,
        },
        drag: Longitudinal {
            zero: 0.043,
            alpha: 0.03,
            q: 0.0,
            elevator: 0.0135,
        },
        pitch: Longitudinal {
            zero: 0.0135,
            alpha: -2.74,
            q: -38.21,
            elevator: -0.99,
        },
        side: Lateral {
            beta: -0.98,
            p: 0.0,
            r: 0.0,
            aileron: 0.075,
            rudder: 0.19,
        },
        roll: Lateral {
            beta: -0.13,
            p: -0.51,
            r: 0.25,
            aileron: 0.17,
            rudder: 0.0024,
        },
        yaw: Lateral {
            beta: 0.073,
            p: 0.069,
            r: -0.095,
            aileron: -0.011,
            rudder: -0.069,
        },
        stall_sharpness: 50.0,
        stall_angle_rad: 0.47,
        drag_law,
    }
}

/// Mass in kg and Jx, Jy, Jz, Jxz in kg m² of the Aerosonde of [`aerosonde`].
pub const AEROSONDE_MASS: (f64, [f64; 4]) = (11.0, [0.8244, 1.135, 1.759, 0.1204]);
/// Airspeed at which the Aerosonde cruises in the published examples.
pub const AEROSONDE_CRUISE_M_S: f64 = 25.0;
