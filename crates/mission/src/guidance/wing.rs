//! Wings: L1 guidance.
//!
//! S. Park, J. Deyst, J. How, *A New Nonlinear Guidance Logic for Trajectory
//! Tracking*, AIAA 2004-4900, with period and damping as both autopilots
//! parametrise it (NAVL1_PERIOD and NAVL1_DAMPING, FW_L1_PERIOD and
//! FW_L1_DAMPING). The plane may be east–north or north–east: a positive
//! acceleration turns from the first axis to the second.

use super::{along, signed};
use core::f64::consts::PI;

/// Period, tuned for surveys: ArduPilot ships 17 s, PX4 10 s.
pub const L1_PERIOD_S: f64 = 12.0;
/// Damping ratio of both autopilots.
pub const L1_DAMPING: f64 = 0.75;
/// How near the course must be to the way on for a circle to be left (both
/// autopilots leave towards the next waypoint).
pub const EXIT_RAD: f64 = 0.26;
/// A circle to a height is done so near it.
pub const HEIGHT_REACHED_M: f64 = 5.0;
/// A circle counts as joined when its edge is so near.
pub const JOINED_M: f64 = 30.0;
/// Height error to climb rate, 1/s.
pub const HEIGHT_GAIN: f64 = 0.25;
/// Airspeed of a final approach over cruise.
pub const APPROACH_RATIO: f64 = 0.9;
/// Height at which a landing flares and cuts the throttle (ArduPlane
/// LAND_FLARE_ALT 3 m), and how it sinks from there.
pub const FLARE_M: f64 = 2.5;
/// Sink after the flare.
pub const FLARE_SINK_M_S: f64 = 0.8;

/// L1 distance at a speed over ground.
#[must_use]
pub fn l1_m(ground_speed_m_s: f64) -> f64 {
    (L1_DAMPING * L1_PERIOD_S * ground_speed_m_s / PI).max(5.0)
}

/// Lateral acceleration 4ζ²·V²/L1·sin η.
fn lateral(speed: f64, l1: f64, eta: f64) -> f64 {
    4.0 * L1_DAMPING * L1_DAMPING * speed * speed / l1 * eta.sin()
}

/// Lateral acceleration for a line: η is the angle to a point L1 ahead on it.
#[must_use]
pub fn line_m_s2(from: [f64; 2], to: [f64; 2], at: [f64; 2], velocity: [f64; 2]) -> f64 {
    let p = along(from, to, at);
    let speed = velocity[0].hypot(velocity[1]).max(3.0);
    let l1 = l1_m(speed);
    // Angle of the point on the line at distance L1, seen from here, against the line.
    let closing = (-p.beside_m / l1).clamp(-0.95, 0.95).asin();
    let course = velocity[1].atan2(velocity[0]);
    let line = p.direction[1].atan2(p.direction[0]);
    let eta = signed(line + closing - course).clamp(-PI / 2.0, PI / 2.0);
    lateral(speed, l1, eta)
}

/// Lateral acceleration for a circle (radius positive: turning from the first
/// axis to the second): towards it by L1, on it by its own centripetal
/// acceleration.
#[must_use]
pub fn circle_m_s2(centre: [f64; 2], radius_m: f64, at: [f64; 2], velocity: [f64; 2]) -> f64 {
    let speed = velocity[0].hypot(velocity[1]).max(3.0);
    let l1 = l1_m(speed);
    let off = [at[0] - centre[0], at[1] - centre[1]];
    let distance = off[0].hypot(off[1]).max(1.0);
    let (radius, side) = (radius_m.abs(), radius_m.signum());
    let course = velocity[1].atan2(velocity[0]);
    // Capture: fly at the point on the circle's edge until near it.
    let outward = [off[0] / distance, off[1] / distance];
    let tangent = [-outward[1] * side, outward[0] * side];
    let blend = ((distance - radius) / l1).clamp(-0.95, 0.95);
    let level = (1.0 - blend * blend).sqrt();
    let aim = [
        tangent[0] * level - outward[0] * blend,
        tangent[1] * level - outward[1] * blend,
    ];
    let eta = signed(aim[1].atan2(aim[0]) - course).clamp(-PI / 2.0, PI / 2.0);
    let round = if (distance - radius).abs() < l1 {
        side * speed * speed / distance.max(0.5 * radius)
    } else {
        0.0
    };
    lateral(speed, l1, eta) + round * (1.0 - blend.abs())
}
