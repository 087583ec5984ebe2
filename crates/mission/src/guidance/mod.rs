//! How autopilots fly: the laws that turn a leg into speeds and lateral
//! acceleration. The simulated autopilot steers by them and plans foresee by
//! them what a flight takes.

pub mod rotor;
pub mod wing;

/// Progress along a line, in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Along {
    /// Distance done from the start, along the line.
    pub done_m: f64,
    /// Distance to the end along the line.
    pub rest_m: f64,
    /// Distance beside the line: positive where a turn from the first axis to
    /// the second points (left of east–north, right of north–east).
    pub beside_m: f64,
    /// Unit vector along the line.
    pub direction: [f64; 2],
    /// Length of the line.
    pub length_m: f64,
}

/// Where `at` is along the line `from`–`to`. A line without length points along
/// the first axis.
#[must_use]
pub fn along(from: [f64; 2], to: [f64; 2], at: [f64; 2]) -> Along {
    let line = [to[0] - from[0], to[1] - from[1]];
    let length_m = line[0].hypot(line[1]);
    let direction = if length_m > 1e-3 {
        [line[0] / length_m, line[1] / length_m]
    } else {
        [1.0, 0.0]
    };
    let off = [at[0] - from[0], at[1] - from[1]];
    let done_m = off[0] * direction[0] + off[1] * direction[1];
    Along {
        done_m,
        rest_m: length_m - done_m,
        beside_m: direction[0] * off[1] - direction[1] * off[0],
        direction,
        length_m,
    }
}

/// An angle brought to (−π, π].
#[must_use]
pub fn signed(angle_rad: f64) -> f64 {
    whimbrel_geo::wrap_signed_rad(angle_rad)
}
