//! Flying on a wing: L1 guidance, energy by throttle and pitch, inner loops by the aircraft's own
//! derivatives.
//! The guidance itself is `whimbrel_mission::guidance::wing`, which plans foresee flights by too.

use nalgebra::Vector2;
use whimbrel_mission::guidance::wing as law;

use super::estimate::Estimate;
use super::path::{Path, along, level_at};
use super::rotor_control::wrap;
use crate::airframe::{Airframe, Commands, FixedWing};
use crate::atmosphere::{STANDARD_GRAVITY, standard};
use crate::plant::STEP_S;
use crate::wing::Surfaces;

const ROLL_GAIN: f64 = 3.0;
const ROLL_RATE_GAIN: f64 = 10.0;
const PITCH_GAIN: f64 = 2.5;
const PITCH_RATE_GAIN: f64 = 8.0;
const PITCH_RATE_INTEGRAL: f64 = 12.0;
const SPEED_GAIN: f64 = 0.6;
const SPEED_INTEGRAL: f64 = 0.08;
const CLIMB_GAIN: f64 = 0.6;
const CLIMB_INTEGRAL: f64 = 0.15;
const PITCH_LIMITS_RAD: (f64, f64) = (-0.3, 0.4);
/// Only so near the touch-down point.
const FLARE_WITHIN_M: f64 = 100.0;

/// How the wing is flown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WingLimits {
    /// Steady climb.
    pub climb_m_s: f64,
    /// Steady descent.
    pub descent_m_s: f64,
    /// Largest bank.
    pub bank_rad: f64,
    /// Airspeed when nothing else is asked.
    pub cruise_m_s: f64,
}

/// The controller's memory.
#[derive(Clone, Copy, Debug)]
pub struct WingControl {
    limits: WingLimits,
    thrust_per_throttle_n: f64,
    throttle_integral: f64,
    climb_integral: f64,
    pitch_integral: f64,
    wanted_height_m: Option<f64>,
}

/// What the path asks for.
struct Ask {
    /// Lateral acceleration to the right.
    lateral_m_s2: f64,
    height_amsl_m: Option<f64>,
    climb_m_s: f64,
    airspeed_m_s: f64,
    bank_limit_rad: f64,
    throttle_cut: bool,
}

impl WingControl {
    /// A controller for the aircraft.
    pub fn new(limits: WingLimits, fixed: &FixedWing, pack_v: f64) -> Self {
        let density = crate::atmosphere::SEA_LEVEL_DENSITY;
        let thrust = |t: f64| {
            fixed
                .engine
                .propeller
                .driven(pack_v * t, fixed.trim.airspeed_m_s, density)
                .thrust_n
        };
        let t = fixed.trim.throttle;
        Self {
            limits,
            thrust_per_throttle_n: ((thrust(t + 0.1) - thrust(t - 0.1)) / 0.2).max(1.0),
            throttle_integral: 0.0,
            climb_integral: 0.0,
            pitch_integral: 0.0,
            wanted_height_m: None,
        }
    }

    /// Forgets; called on the ground and when the wing takes over from rotors.
    pub fn reset(&mut self) {
        self.throttle_integral = 0.0;
        self.climb_integral = 0.0;
        self.pitch_integral = 0.0;
        self.wanted_height_m = None;
    }

    fn ask(&self, path: &Path, e: &Estimate) -> Ask {
        let limits = self.limits;
        let ground = e.amsl_m() - e.agl_m;
        let base = Ask {
            lateral_m_s2: 0.0,
            height_amsl_m: None,
            climb_m_s: 0.0,
            airspeed_m_s: limits.cruise_m_s,
            bank_limit_rad: limits.bank_rad,
            throttle_cut: false,
        };
        match *path {
            Path::Line {
                from,
                to,
                level_from,
                level_to,
                speed_m_s,
                ..
            } => {
                let p = along(from, to, e.xy_m);
                let slope = (level_at(level_from, level_to, 1.0, ground)
                    - level_at(level_from, level_to, 0.0, ground))
                    / p.length_m.max(1.0);
                let progress = e.velocity_m_s.xy().dot(&p.direction).max(0.0);
                let inside = (0.0..1.0).contains(&p.share);
                Ask {
                    lateral_m_s2: line(from, to, e),
                    height_amsl_m: Some(level_at(level_from, level_to, p.share, ground)),
                    climb_m_s: if inside { slope * progress } else { 0.0 },
                    airspeed_m_s: speed_m_s,
                    ..base
                }
            }
            Path::Circle {
                centre,
                radius_m,
                level,
                speed_m_s,
            } => Ask {
                lateral_m_s2: circle(centre, radius_m, e),
                height_amsl_m: Some(level.amsl_m(ground)),
                airspeed_m_s: speed_m_s,
                ..base
            },
            Path::ClimbOut { course_rad } => {
                let v = e.velocity_m_s.xy();
                let error = wrap(course_rad - v.y.atan2(v.x));
                Ask {
                    lateral_m_s2: (error * 1.0 * v.norm() / 2.0).clamp(-2.0, 2.0),
                    climb_m_s: limits.climb_m_s,
                    bank_limit_rad: 0.35,
                    ..base
                }
            }
            Path::Approach {
                from,
                to,
                from_amsl_m,
                to_amsl_m,
            } => {
                let p = along(from, to, e.xy_m);
                let height = from_amsl_m + (to_amsl_m - from_amsl_m) * p.share.clamp(0.0, 1.0);
                let slope = (to_amsl_m - from_amsl_m) / p.length_m.max(1.0);
                let progress = e.velocity_m_s.xy().dot(&p.direction).max(0.0);
                // A hill on the way is no place to land.
                let flare = (e.agl_m < law::FLARE_M && p.rest_m < FLARE_WITHIN_M) || p.share > 1.0;
                Ask {
                    lateral_m_s2: line(from, to, e),
                    height_amsl_m: (!flare).then_some(height),
                    climb_m_s: if flare {
                        e.ground_rise_m_s.clamp(-2.0, 1.0) - law::FLARE_SINK_M_S
                    } else {
                        slope * progress
                    },
                    airspeed_m_s: law::APPROACH_RATIO * limits.cruise_m_s,
                    bank_limit_rad: if e.agl_m < 8.0 { 0.15 } else { limits.bank_rad },
                    throttle_cut: flare,
                }
            }
            Path::Hover { at, level } => Ask {
                lateral_m_s2: circle(at, self.loiter_radius_m(), e),
                height_amsl_m: Some(level.amsl_m(ground)),
                ..base
            },
            Path::Idle | Path::Vertical { .. } => base,
        }
    }

    /// A circle that the aircraft can hold in most winds.
    pub fn loiter_radius_m(&self) -> f64 {
        let v = self.limits.cruise_m_s;
        1.6 * v * v / (STANDARD_GRAVITY * self.limits.bank_rad.tan())
    }

    /// Surfaces and throttle for `path`.
    pub fn command(
        &mut self,
        path: &Path,
        e: &Estimate,
        airframe: &Airframe,
        fixed: &FixedWing,
    ) -> Commands {
        let ask = self.ask(path, e);
        let limits = self.limits;
        let least_m_s = 1.15 * fixed.stall_m_s;
        let v = e.airspeed_m_s.max(0.5 * least_m_s);
        let (roll, pitch, _) = e.ned_from_body.euler_angles();

        // Bank for the lateral acceleration.
        let bank = (ask.lateral_m_s2 / STANDARD_GRAVITY)
            .atan()
            .clamp(-ask.bank_limit_rad, ask.bank_limit_rad);

        // Height to climb rate; a step of height becomes a slope that can be flown.
        let climb = match ask.height_amsl_m {
            Some(height) => {
                let reachable = self.wanted_height_m.unwrap_or(e.amsl_m());
                let next = reachable
                    + (height - reachable)
                        .clamp(-limits.descent_m_s * STEP_S, limits.climb_m_s * STEP_S);
                self.wanted_height_m = Some(next.clamp(e.amsl_m() - 30.0, e.amsl_m() + 30.0));
                let moving = if (height - next).abs() > 0.5 {
                    if height > next {
                        limits.climb_m_s
                    } else {
                        -limits.descent_m_s
                    }
                } else {
                    ask.climb_m_s
                };
                (moving + law::HEIGHT_GAIN * (next - e.amsl_m()))
                    .clamp(-1.5 * limits.descent_m_s, 1.3 * limits.climb_m_s)
            }
            None => {
                self.wanted_height_m = None;
                ask.climb_m_s
            }
        };
        let climbing = -e.velocity_m_s.z;
        let climb_error = climb - climbing;
        self.climb_integral =
            (self.climb_integral + CLIMB_INTEGRAL * climb_error / v * STEP_S).clamp(-0.15, 0.15);

        // Speed by throttle: thrust for the climb, for the speed error, and what the turn costs.
        let wanted_v = ask.airspeed_m_s.max(least_m_s * 1.05 / bank.cos().sqrt());
        let speed_error = wanted_v - e.airspeed_m_s;
        let m = airframe.mass.mass_kg;
        let trim = &fixed.trim;
        let load = 1.0 / bank.cos().max(0.3);
        let cruise_ratio = (wanted_v / trim.airspeed_m_s).powi(2);
        let extra = m * STANDARD_GRAVITY * climb / v
            + m * SPEED_GAIN * speed_error
            + trim.drive.thrust_n * (0.55 * (cruise_ratio - 1.0) + 0.4 * (load * load - 1.0));
        let throttle = trim.throttle + extra / self.thrust_per_throttle_n + self.throttle_integral;
        if (0.0..1.0).contains(&throttle) && !ask.throttle_cut {
            let more = SPEED_INTEGRAL * m * speed_error / self.thrust_per_throttle_n * STEP_S;
            self.throttle_integral = (self.throttle_integral + more).clamp(-0.4, 0.4);
        }
        let throttle = if ask.throttle_cut {
            0.0
        } else {
            throttle.clamp(0.0, 1.0)
        };

        // Pitch for the climb rate; when slow, speed goes first.
        let lift = trim.attack_rad + (fixed.wing.lift.zero / fixed.wing.lift.alpha);
        let attack = lift * load * (trim.airspeed_m_s / v).powi(2)
            - fixed.wing.lift.zero / fixed.wing.lift.alpha;
        let mut wanted_pitch = attack.clamp(-0.1, 0.75 * fixed.wing.stall_angle_rad)
            + climb / v
            + CLIMB_GAIN * climb_error / v
            + self.climb_integral;
        let slow = (1.08 * least_m_s - e.airspeed_m_s).max(0.0);
        wanted_pitch -= 0.06 * slow;
        let wanted_pitch = wanted_pitch.clamp(PITCH_LIMITS_RAD.0, PITCH_LIMITS_RAD.1);

        Commands {
            surfaces: self.surfaces(bank - roll, wanted_pitch - pitch, e, airframe, fixed),
            throttle,
            ..Commands::default()
        }
    }

    /// Inner loops: rates by the derivatives of the aircraft at this airspeed and density.
    fn surfaces(
        &mut self,
        roll_error: f64,
        pitch_error: f64,
        e: &Estimate,
        airframe: &Airframe,
        fixed: &FixedWing,
    ) -> Surfaces {
        let w = &fixed.wing;
        let v = e.airspeed_m_s.max(0.6 * fixed.stall_m_s);
        let qs = 0.5 * standard(e.amsl_m()).density * v * v * w.area_m2;
        let j = airframe.mass.inertia();
        let (roll, pitch, _) = e.ned_from_body.euler_angles();
        let [p, q, r] = [e.rates_rad_s.x, e.rates_rad_s.y, e.rates_rad_s.z];
        let limit = fixed.surface_limit_rad;
        let trim = &fixed.trim.surfaces;

        // Roll: ṗ = Lp p + Lδ δa, made to be gain·(p_c − p).
        let roll_power = qs * w.span_m * w.roll.aileron / j[(0, 0)];
        let damping = qs * w.span_m * w.roll.p * w.span_m / (2.0 * v) / j[(0, 0)];
        let wanted_p = (ROLL_GAIN * roll_error).clamp(-1.2, 1.2);
        let aileron = (ROLL_RATE_GAIN * (wanted_p - p) - damping * p) / roll_power;

        // Pitch: q_c with what a banked turn needs; integral takes trim, stability and gusts.
        let turn = STANDARD_GRAVITY / v * roll.tan().clamp(-1.5, 1.5);
        let wanted_q =
            (PITCH_GAIN * pitch_error).clamp(-0.6, 0.6) + turn * roll.sin() * pitch.cos();
        let pitch_power = qs * w.chord_m * w.pitch.elevator / j[(1, 1)];
        let error = wanted_q - q;
        let elevator =
            trim.elevator_rad + (PITCH_RATE_GAIN * error) / pitch_power + self.pitch_integral;
        if elevator.abs() < limit {
            self.pitch_integral = (self.pitch_integral
                + PITCH_RATE_INTEGRAL * error * STEP_S / pitch_power)
                .clamp(-limit, limit);
        }

        // Yaw: damp about the rate of the coordinated turn.
        let yaw_power = qs * w.span_m * w.yaw.rudder / j[(2, 2)];
        let rudder = if yaw_power.abs() > 1e-6 {
            1.5 * (turn * roll.cos() - r) / yaw_power
        } else {
            0.0
        };
        Surfaces {
            aileron_rad: aileron.clamp(-limit, limit),
            elevator_rad: elevator.clamp(-limit, limit),
            rudder_rad: (trim.rudder_rad + rudder).clamp(-limit, limit),
        }
    }
}

fn line(from: Vector2<f64>, to: Vector2<f64>, e: &Estimate) -> f64 {
    let velocity = e.velocity_m_s.xy().into();
    law::line_m_s2(from.into(), to.into(), e.xy_m.into(), velocity)
}

fn circle(centre: Vector2<f64>, radius_m: f64, e: &Estimate) -> f64 {
    let velocity = e.velocity_m_s.xy().into();
    law::circle_m_s2(centre.into(), radius_m, e.xy_m.into(), velocity)
}
