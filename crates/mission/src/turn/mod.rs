//! Turns: shortest paths of bounded curvature, in still air and in wind.

mod corners;
mod dubins;
mod windy;

pub use corners::{Corner, WIDEST_CORNER_RAD};
pub use dubins::{Pose, TurnPath};
pub use windy::{WindTurn, air_heading_rad};

use core::f64::consts::{PI, TAU};

/// Radius of a level turn at `speed_m_s` and `bank_rad`: V²/(g·tan φ).
#[must_use]
pub fn turn_radius_m(speed_m_s: f64, bank_rad: f64) -> f64 {
    speed_m_s * speed_m_s / (crate::vehicle::GRAVITY_M_S2 * bank_rad.clamp(0.01, 1.4).tan())
}

/// The smaller angle between two directions, 0 to π.
#[must_use]
pub fn angle_between_rad(a_rad: f64, b_rad: f64) -> f64 {
    let d = (a_rad - b_rad).rem_euclid(TAU);
    if d > PI { TAU - d } else { d }
}

/// An angle brought into [0, 2π); rounding errors below a full turn are 0.
fn circle(angle_rad: f64) -> f64 {
    let a = angle_rad.rem_euclid(TAU);
    if TAU - a < 1e-9 { 0.0 } else { a }
}
