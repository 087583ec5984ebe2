//! Flying on rotors: position → velocity → acceleration → attitude → rates → rotor speeds.
//!
//! The attitude law is the usual one on quaternions with yaw given less weight than tilt (after
//! Mellinger & Kumar, ICRA 2011, and Brescianini et al., ETH 2013): the thrust vector first.

use nalgebra::{UnitQuaternion, Vector2, Vector3};
use whimbrel_mission::guidance::rotor::{self as law, POSITION_GAIN, VELOCITY_GAIN};

use super::estimate::Estimate;
use super::path::{Path, along, level_at};
use crate::airframe::{Airframe, Commands};
use crate::atmosphere::STANDARD_GRAVITY;
use crate::plant::STEP_S;
use crate::rotors::Rotors;

const VELOCITY_INTEGRAL: f64 = 0.6;
const INTEGRAL_LIMIT_M_S2: f64 = 4.0;
const CLIMB_GAIN: f64 = 1.2;
const ATTITUDE_GAIN: f64 = 6.0;
const RATE_GAIN: Vector3<f64> = Vector3::new(16.0, 16.0, 5.0);
/// Largest tilt (ArduCopter's ANGLE_MAX default 30°, PX4's MPC_TILTMAX_AIR 45°).
const MAX_TILT_RAD: f64 = 0.6;
const MAX_YAW_RATE_RAD_S: f64 = 1.0;
/// Distance from the end of a line below which the nose no longer follows the line.
const YAW_HOLD_M: f64 = 3.0;

/// Limits that the rotors are flown at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RotorLimits {
    /// Horizontal acceleration.
    pub acceleration_m_s2: f64,
    /// Climb.
    pub climb_m_s: f64,
    /// Descent.
    pub descent_m_s: f64,
    /// Fastest correction of position.
    pub speed_m_s: f64,
}

/// The controller's memory.
#[derive(Clone, Copy, Debug)]
pub struct RotorControl {
    limits: RotorLimits,
    integral: Vector3<f64>,
    wanted_velocity: Vector2<f64>,
    yaw_rad: f64,
}

/// Velocity and height that a path asks for.
struct Ask {
    velocity: Vector2<f64>,
    climb_m_s: f64,
    yaw_rad: Option<f64>,
}

impl RotorControl {
    /// A controller at rest, heading `yaw_rad`.
    pub fn new(limits: RotorLimits, yaw_rad: f64) -> Self {
        Self {
            limits,
            integral: Vector3::zeros(),
            wanted_velocity: Vector2::zeros(),
            yaw_rad,
        }
    }

    /// Forgets; called on the ground and when rotors take over from the wing.
    pub fn reset(&mut self, estimate: &Estimate) {
        self.integral = Vector3::zeros();
        self.wanted_velocity = estimate.velocity_m_s.xy();
        self.yaw_rad = estimate.yaw_rad();
    }

    fn ask(&self, path: &Path, e: &Estimate) -> Ask {
        let ground = e.amsl_m() - e.agl_m;
        let level_off = |amsl: f64| {
            (CLIMB_GAIN * (amsl - e.amsl_m()))
                .clamp(-self.limits.descent_m_s, self.limits.climb_m_s)
        };
        let towards = |at: Vector2<f64>| {
            let off = at - e.xy_m;
            let distance = off.norm();
            let speed = law::towards_m_s(
                distance,
                self.limits.acceleration_m_s2,
                self.limits.speed_m_s,
            );
            if distance > 1e-6 {
                off * (speed / distance)
            } else {
                Vector2::zeros()
            }
        };
        match *path {
            Path::Hover { at, level } => Ask {
                velocity: towards(at),
                climb_m_s: level_off(level.amsl_m(ground)),
                yaw_rad: None,
            },
            Path::Vertical { at, rate_m_s } => Ask {
                velocity: towards(at),
                climb_m_s: rate_m_s,
                yaw_rad: None,
            },
            Path::Line {
                from,
                to,
                level_from,
                level_to,
                speed_m_s,
                end_speed_m_s,
            } => {
                let p = along(from, to, e.xy_m);
                let here = level_at(level_from, level_to, p.share, ground);
                let slope = (level_at(level_from, level_to, 1.0, ground)
                    - level_at(level_from, level_to, 0.0, ground))
                    / p.length_m.max(1.0);
                let rest = p.rest_m.max(0.0);
                let mut speed = law::speed_m_s(
                    speed_m_s,
                    end_speed_m_s,
                    self.limits.acceleration_m_s2,
                    rest,
                );
                // Slow down where the line is steeper than the aircraft climbs, or it is off its height.
                let rate = if slope > 0.0 {
                    self.limits.climb_m_s
                } else {
                    self.limits.descent_m_s
                };
                speed = speed.min(rate / slope.abs().max(1e-6));
                let off = (here - e.amsl_m()).abs();
                speed *= (1.5 - off / 10.0).clamp(0.3, 1.0);
                let across = Vector2::new(-p.direction.y, p.direction.x);
                let back =
                    (-POSITION_GAIN * p.right_m).clamp(-speed_m_s.min(5.0), speed_m_s.min(5.0));
                Ask {
                    velocity: p.direction * speed + across * back,
                    climb_m_s: (level_off(here) + slope * e.velocity_m_s.xy().dot(&p.direction))
                        .clamp(-self.limits.descent_m_s, self.limits.climb_m_s),
                    yaw_rad: (p.length_m > YAW_HOLD_M && rest > YAW_HOLD_M)
                        .then(|| p.direction.y.atan2(p.direction.x)),
                }
            }
            Path::Circle {
                centre,
                radius_m,
                level,
                speed_m_s,
            } => {
                let off = e.xy_m - centre;
                let outward = if off.norm() > 0.1 {
                    off.normalize()
                } else {
                    Vector2::new(1.0, 0.0)
                };
                let tangent = Vector2::new(-outward.y, outward.x) * radius_m.signum();
                // Centripetal acceleration within half of what the rotors are flown at.
                let round =
                    speed_m_s.min((0.5 * self.limits.acceleration_m_s2 * radius_m.abs()).sqrt());
                let inward =
                    (POSITION_GAIN * (off.norm() - radius_m.abs())).clamp(-speed_m_s, speed_m_s);
                Ask {
                    velocity: tangent * round - outward * inward,
                    climb_m_s: level_off(level.amsl_m(ground)),
                    yaw_rad: Some((-outward.y).atan2(-outward.x)),
                }
            }
            // Paths of the wing: rotors hold on to what they have.
            _ => Ask {
                velocity: Vector2::zeros(),
                climb_m_s: 0.0,
                yaw_rad: None,
            },
        }
    }

    /// Rotor speeds that hold height and heading with the body level, while a propeller pushes.
    pub fn command_level(
        &mut self,
        climb_m_s: f64,
        e: &Estimate,
        airframe: &Airframe,
        rotors: &Rotors,
    ) -> Commands {
        self.wanted_velocity = e.velocity_m_s.xy();
        let error = -climb_m_s - e.velocity_m_s.z;
        self.integral = Vector3::new(
            0.0,
            0.0,
            (self.integral.z + error * VELOCITY_INTEGRAL * STEP_S).clamp(-8.0, 8.0),
        );
        let up = (STANDARD_GRAVITY - error * VELOCITY_GAIN - self.integral.z)
            .clamp(0.5, 2.0 * STANDARD_GRAVITY);
        let moment = self.moment(&Vector3::new(0.0, 0.0, -up), e, airframe);
        Commands {
            rotors: rotors.mix(airframe.mass.mass_kg * up, &moment),
            ..Commands::default()
        }
    }

    /// Turns the nose towards a course from now on.
    pub fn turn_to(&mut self, yaw_rad: f64) {
        let most = MAX_YAW_RATE_RAD_S * STEP_S;
        self.yaw_rad = wrap(self.yaw_rad + wrap(yaw_rad - self.yaw_rad).clamp(-most, most));
    }

    /// Rotor speeds for `path`.
    pub fn command(
        &mut self,
        path: &Path,
        e: &Estimate,
        airframe: &Airframe,
        rotors: &Rotors,
    ) -> Commands {
        let ask = self.ask(path, e);
        // Shaped velocity: never changes faster than the acceleration limit.
        let change = ask.velocity - self.wanted_velocity;
        let most = self.limits.acceleration_m_s2 * STEP_S;
        self.wanted_velocity += if change.norm() > most {
            change * (most / change.norm())
        } else {
            change
        };
        let wanted = Vector3::new(
            self.wanted_velocity.x,
            self.wanted_velocity.y,
            -ask.climb_m_s,
        );
        let error = wanted - e.velocity_m_s;
        self.integral += error * (VELOCITY_INTEGRAL * STEP_S);
        for i in 0..3 {
            self.integral[i] = self.integral[i].clamp(-INTEGRAL_LIMIT_M_S2, INTEGRAL_LIMIT_M_S2);
        }
        let mut a = error * VELOCITY_GAIN + self.integral;
        let level = a.xy().norm();
        let up = (STANDARD_GRAVITY - a.z).clamp(0.3 * STANDARD_GRAVITY, 2.0 * STANDARD_GRAVITY);
        let most = up * MAX_TILT_RAD.tan();
        if level > most {
            a.x *= most / level;
            a.y *= most / level;
        }
        let thrust = Vector3::new(a.x, a.y, -up);

        if let Some(yaw) = ask.yaw_rad {
            let off = wrap(yaw - self.yaw_rad);
            let most = MAX_YAW_RATE_RAD_S * STEP_S;
            self.yaw_rad = wrap(self.yaw_rad + off.clamp(-most, most));
        }
        let moment = self.moment(&thrust, e, airframe);
        // Thrust along the body's axis as it is now.
        let body_up = e.ned_from_body * Vector3::new(0.0, 0.0, -1.0);
        let thrust_n = airframe.mass.mass_kg * thrust.dot(&body_up).max(0.2 * STANDARD_GRAVITY);
        Commands {
            rotors: rotors.mix(thrust_n, &moment),
            ..Commands::default()
        }
    }

    fn moment(&self, thrust: &Vector3<f64>, e: &Estimate, airframe: &Airframe) -> Vector3<f64> {
        // Desired attitude: z opposite to the thrust, x as near to the heading as it can be.
        let z = -thrust.normalize();
        let heading = Vector3::new(self.yaw_rad.cos(), self.yaw_rad.sin(), 0.0);
        let y = z.cross(&heading);
        let y = if y.norm() > 1e-6 {
            y.normalize()
        } else {
            Vector3::y()
        };
        let x = y.cross(&z);
        let wanted = UnitQuaternion::from_basis_unchecked(&[x, y, z]);
        let error = e.ned_from_body.inverse() * wanted;
        let sign = if error.w < 0.0 { -2.0 } else { 2.0 };
        let mut rates = error.imag() * (sign * ATTITUDE_GAIN);
        rates.z = (rates.z * 0.4).clamp(-MAX_YAW_RATE_RAD_S, MAX_YAW_RATE_RAD_S);
        let j = airframe.mass.inertia();
        let w = e.rates_rad_s;
        j * (rates - w).component_mul(&RATE_GAIN) + w.cross(&(j * w))
    }
}

/// To (−π, π].
pub fn wrap(angle_rad: f64) -> f64 {
    whimbrel_geo::wrap_signed_rad(angle_rad)
}
