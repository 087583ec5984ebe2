//! An aircraft as physics sees it: wing, propeller, rotors, body drag and the ground under it.

use nalgebra::Vector3;
use whimbrel_mission::{Vehicle, VehicleKind};

use crate::atmosphere::STANDARD_GRAVITY;
use crate::battery::BatterySpec;
use crate::dynamics::{MassError, MassProperties, Motion, Wrench};
use crate::propeller::Propeller;
use crate::rotors::{Rotors, Speeds};
use crate::trim::{Trim, trim};
use crate::wing::{DragLaw, Lateral, Longitudinal, Surfaces, Wing};

/// Height of the centre of gravity above the ground when standing.
pub const LEG_M: f64 = 0.2;
/// Natural frequency and damping ratio of the legs.
const GROUND: (f64, f64) = (20.0, 0.8);
/// Friction of legs, or belly, on grass.
const FRICTION: f64 = 0.45;

/// Why a vehicle cannot be flown.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AirframeError {
    /// Mass or inertia.
    #[error("the vehicle's mass properties cannot be: {0}")]
    Mass(#[from] MassError),
    /// No steady level flight.
    #[error(
        "the vehicle cannot hold {airspeed_m_s} m/s in level flight; check its wing, propeller and cruise speed"
    )]
    NoTrim {
        /// The cruise speed asked for.
        airspeed_m_s: f64,
    },
    /// A part is missing for this kind.
    #[error("a vehicle of this kind needs {0} in its file")]
    Missing(&'static str),
}

/// Forward propulsion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Engine {
    /// Propeller and motor.
    pub propeller: Propeller,
    /// Motor power over battery power.
    pub controller_efficiency: f64,
}

/// A wing with what drives it and how it cruises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedWing {
    /// Aerodynamics.
    pub wing: Wing,
    /// Propulsion.
    pub engine: Engine,
    /// Largest deflection.
    pub surface_limit_rad: f64,
    /// Level flight at the cruise speed, sea level, nominal voltage.
    pub trim: Trim,
    /// Stall speed at sea level.
    pub stall_m_s: f64,
}

/// The aircraft.
#[derive(Clone, Debug, PartialEq)]
pub struct Airframe {
    /// Multirotor, wing or both.
    pub kind: VehicleKind,
    /// Mass and inertia.
    pub mass: MassProperties,
    /// The wing, if any.
    pub fixed_wing: Option<FixedWing>,
    /// The lifting rotors, if any.
    pub rotors: Option<Rotors>,
    /// Parasite drag area of body and legs in rotor-borne flight.
    pub drag_area_m2: f64,
    /// Rotor drag at hover speed of the rotors.
    pub drag_linear_n_s_m: f64,
    /// Avionics, radio and camera.
    pub avionics_w: f64,
    /// The battery's label.
    pub battery: BatterySpec,
}

/// What the autopilot commands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Commands {
    /// Deflections.
    pub surfaces: Surfaces,
    /// 0 to 1 of the pack's voltage.
    pub throttle: f64,
    /// Commanded speeds of the rotors.
    pub rotors: Speeds,
}

/// State of the actuators.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Actuators {
    /// Deflections.
    pub surfaces: Surfaces,
    /// 0 to 1.
    pub throttle: f64,
    /// Rotor speeds.
    pub rotors: Speeds,
}

/// Time constant of servos and throttle.
const SERVO_S: f64 = 0.05;

impl Airframe {
    /// The aircraft of a vehicle file.
    pub fn of(vehicle: &Vehicle) -> Result<Self, AirframeError> {
        let a = &vehicle.airframe;
        let mass = MassProperties::new(
            a.mass_kg,
            a.ixx_kg_m2,
            a.iyy_kg_m2,
            a.izz_kg_m2,
            a.ixz_kg_m2,
        )?;
        let fixed_wing = if vehicle.kind.cruises_on_wing() {
            Some(fixed_wing(vehicle, &mass)?)
        } else {
            None
        };
        let rotors = if vehicle.kind == VehicleKind::FixedWing {
            None
        } else {
            let r = vehicle.rotors.ok_or(AirframeError::Missing("[rotors]"))?;
            Some(Rotors {
                count: usize::from(r.count).clamp(3, crate::rotors::MAX_ROTORS),
                arm_m: r.arm_m,
                max_thrust_n: r.thrust_n_s2 * r.max_rad_s * r.max_rad_s,
                torque_per_thrust_m: r.torque_n_m_s2 / r.thrust_n_s2,
                lag_s: r.time_constant_s,
                power: r,
            })
        };
        Ok(Self {
            kind: vehicle.kind,
            mass,
            fixed_wing,
            rotors,
            drag_area_m2: a.drag_area_m2,
            drag_linear_n_s_m: a.drag_linear_n_s_m,
            avionics_w: vehicle.battery.avionics_w,
            battery: BatterySpec {
                cells: u32::from(vehicle.battery.cells),
                capacity_ah: vehicle.battery.capacity_ah,
                resistance_ohm: vehicle.battery.resistance_ohm.max(1e-4),
            },
        })
    }

    /// Moves the actuators towards `commands`.
    pub fn actuate(&self, actuators: &mut Actuators, commands: &Commands, dt_s: f64) {
        let keep = (-dt_s / SERVO_S).exp();
        let blend = |now: &mut f64, to: f64| *now = to + (*now - to) * keep;
        if let Some(wing) = &self.fixed_wing {
            let limit = wing.surface_limit_rad;
            blend(
                &mut actuators.surfaces.aileron_rad,
                commands.surfaces.aileron_rad.clamp(-limit, limit),
            );
            blend(
                &mut actuators.surfaces.elevator_rad,
                commands.surfaces.elevator_rad.clamp(-limit, limit),
            );
            blend(
                &mut actuators.surfaces.rudder_rad,
                commands.surfaces.rudder_rad.clamp(-limit, limit),
            );
            blend(&mut actuators.throttle, commands.throttle.clamp(0.0, 1.0));
        }
        if let Some(rotors) = &self.rotors {
            rotors.follow(&mut actuators.rotors, &commands.rotors, dt_s);
        }
    }

    /// Air forces at `relative` (velocity through the air, body axes).
    pub fn air_wrench(
        &self,
        actuators: &Actuators,
        relative: &Vector3<f64>,
        rates: &Vector3<f64>,
        pack_v: f64,
        density: f64,
    ) -> Wrench {
        let mut total = Wrench::zero();
        if let Some(fixed) = &self.fixed_wing {
            total = total
                + fixed
                    .wing
                    .wrench(relative, rates, &actuators.surfaces, density);
            if actuators.throttle > 0.01 || relative.x > 5.0 {
                let drive = fixed.engine.propeller.driven(
                    pack_v * actuators.throttle,
                    relative.x.max(0.0),
                    density,
                );
                total.force.x += drive.thrust_n;
                total.moment.x -= drive.torque_n_m;
            }
        }
        if let Some(rotors) = &self.rotors {
            total = total + rotors.wrench(&actuators.rotors);
            let turning =
                rotors.thrust_n(&actuators.rotors) / (self.mass.mass_kg * STANDARD_GRAVITY);
            let body = if self.fixed_wing.is_some() {
                0.0
            } else {
                0.5 * density * self.drag_area_m2 * relative.norm()
            };
            total.force -= relative * (body + self.drag_linear_n_s_m * turning.max(0.0).sqrt());
        }
        total
    }

    /// Electrical power at the same moment.
    pub fn power_w(
        &self,
        actuators: &Actuators,
        relative: &Vector3<f64>,
        pack_v: f64,
        density: f64,
    ) -> f64 {
        let mut power = self.avionics_w;
        if let Some(fixed) = &self.fixed_wing
            && actuators.throttle > 0.01
        {
            let volts = pack_v * actuators.throttle;
            let drive = fixed
                .engine
                .propeller
                .driven(volts, relative.x.max(0.0), density);
            power += (volts * drive.current_a).max(0.0) / fixed.engine.controller_efficiency;
        }
        if let Some(rotors) = &self.rotors {
            power += rotors.power_w(rotors.thrust_n(&actuators.rotors), relative, density);
        }
        power
    }

    /// Force and moment of the ground on a body whose centre of gravity is `height_m` above it:
    /// a damped spring under the legs, friction, and a moment that sets the body level.
    pub fn ground_wrench(&self, motion: &Motion, height_m: f64) -> Wrench {
        let depth = LEG_M - height_m;
        if depth <= 0.0 {
            return Wrench::zero();
        }
        let (wn, zeta) = GROUND;
        let m = self.mass.mass_kg;
        let v = motion.velocity_m_s;
        let normal =
            (m * (wn * wn * depth + 2.0 * zeta * wn * v.z)).clamp(0.0, 20.0 * m * STANDARD_GRAVITY);
        let slide = v.xy().norm();
        // Regularised Coulomb friction: full above 0.2 m/s.
        let grip = -FRICTION * normal / slide.max(0.2);
        let force = Vector3::new(grip * v.x, grip * v.y, -normal);
        let up_body = motion.ned_from_body.inverse() * Vector3::new(0.0, 0.0, -1.0);
        // Turns the body's own "up" (−z) towards the ground's.
        let tilt = Vector3::new(0.0, 0.0, -1.0).cross(&up_body);
        let j = self.mass.inertia();
        let hold = (wn / 2.0) * (wn / 2.0);
        Wrench {
            force: motion.ned_from_body.inverse() * force,
            // Yaw is held by friction alone: damped hard.
            moment: j
                * (tilt * hold
                    - motion
                        .rates_rad_s
                        .component_mul(&Vector3::new(zeta * wn, zeta * wn, 40.0))),
        }
    }

    /// Speed, over the ground, with which a launcher lets go of a wing.
    pub fn launch_m_s(&self) -> f64 {
        self.fixed_wing.map_or(0.0, |f| 1.35 * f.stall_m_s)
    }
}

fn fixed_wing(vehicle: &Vehicle, mass: &MassProperties) -> Result<FixedWing, AirframeError> {
    let a = vehicle
        .aero
        .as_ref()
        .ok_or(AirframeError::Missing("[aero]"))?;
    let p = vehicle
        .propulsion
        .as_ref()
        .ok_or(AirframeError::Missing("[propulsion]"))?;
    let wing = Wing {
        area_m2: a.wing_area_m2,
        span_m: a.span_m,
        chord_m: a.chord_m,
        oswald: a.oswald,
        lift: Longitudinal {
            zero: a.cl_0,
            alpha: a.cl_alpha,
            q: a.cl_q,
            elevator: a.cl_elevator,
        },
        drag: Longitudinal {
            zero: a.cd_p,
            alpha: 0.0,
            q: 0.0,
            elevator: a.cd_elevator,
        },
        pitch: Longitudinal {
            zero: a.cm_0,
            alpha: a.cm_alpha,
            q: a.cm_q,
            elevator: a.cm_elevator,
        },
        side: Lateral {
            beta: a.cy_beta,
            p: a.cy_p,
            r: a.cy_r,
            aileron: a.cy_aileron,
            rudder: a.cy_rudder,
        },
        roll: Lateral {
            beta: a.cl_roll_beta,
            p: a.cl_roll_p,
            r: a.cl_roll_r,
            aileron: a.cl_roll_aileron,
            rudder: a.cl_roll_rudder,
        },
        yaw: Lateral {
            beta: a.cn_beta,
            p: a.cn_p,
            r: a.cn_r,
            aileron: a.cn_aileron,
            rudder: a.cn_rudder,
        },
        stall_sharpness: a.stall_sharpness,
        stall_angle_rad: a.stall_alpha_rad,
        drag_law: DragLaw::Physical,
    };
    let engine = Engine {
        propeller: Propeller {
            diameter_m: p.diameter_m,
            thrust: [p.ct_0, p.ct_1, p.ct_2],
            torque: [p.cq_0, p.cq_1, p.cq_2],
            motor_constant: 60.0 / (std::f64::consts::TAU * p.kv_rpm_v),
            resistance_ohm: p.resistance_ohm,
            idle_a: p.no_load_a,
        },
        controller_efficiency: p.controller_efficiency,
    };
    let pack_v = f64::from(vehicle.battery.cells) * crate::battery::NOMINAL_CELL_V;
    let airspeed_m_s = vehicle.performance.cruise_m_s;
    let density = crate::atmosphere::SEA_LEVEL_DENSITY;
    let found = trim(
        &wing,
        &engine.propeller,
        mass,
        pack_v,
        airspeed_m_s,
        density,
        STANDARD_GRAVITY,
    )
    .ok_or(AirframeError::NoTrim { airspeed_m_s })?;
    let best_lift = a.cl_0 + a.cl_alpha * 0.75 * a.stall_alpha_rad;
    let stall_m_s = (2.0 * mass.mass_kg * STANDARD_GRAVITY
        / (density * a.wing_area_m2 * best_lift.max(0.2)))
    .sqrt();
    Ok(FixedWing {
        wing,
        engine,
        surface_limit_rad: a.surface_limit_rad,
        trim: found,
        stall_m_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_vehicles_can_fly() {
        for name in Vehicle::builtin_names() {
            let airframe = Airframe::of(&Vehicle::builtin(name).expect("built in")).expect(name);
            if let Some(fixed) = airframe.fixed_wing {
                assert!(fixed.trim.throttle < 0.95, "{name}: {:?}", fixed.trim);
                assert!(
                    fixed.stall_m_s < 0.85 * fixed.trim.airspeed_m_s,
                    "{name}: {}",
                    fixed.stall_m_s
                );
            }
        }
    }
}
