//! Turns: shortest paths of bounded curvature.
//!
//! Source: L. E. Dubins, *On curves of minimal length…*, Am. J. Math. 79 (1957);
//! closed forms after A. Shkel and V. Lumelsky, *Classification of the Dubins
//! set*, Robotics and Autonomous Systems 34 (2001).

use core::f64::consts::{PI, TAU};

/// A place and a direction in the plane, metres and radians counter-clockwise
/// from x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where.
    pub at: [f64; 2],
    /// Direction of motion.
    pub heading_rad: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    Left,
    Straight,
    Right,
}

/// The shortest path between two poses with turns of one radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TurnPath {
    start: Pose,
    radius_m: f64,
    kinds: [Turn; 3],
    /// Lengths of the three parts in units of the radius.
    parts: [f64; 3],
}

impl TurnPath {
    /// The shortest path from `start` to `end` with turns of `radius_m`.
    #[must_use]
    pub fn shortest(start: Pose, end: Pose, radius_m: f64) -> Self {
        use Turn::{Left, Right, Straight};
        let radius_m = radius_m.max(1e-3);
        let dx = (end.at[0] - start.at[0]) / radius_m;
        let dy = (end.at[1] - start.at[1]) / radius_m;
        let d = dx.hypot(dy);
        let theta = if d > 0.0 { dy.atan2(dx) } else { 0.0 };
        let a = circle(start.heading_rad - theta);
        let b = circle(end.heading_rad - theta);
        let (sa, ca, sb, cb) = (a.sin(), a.cos(), b.sin(), b.cos());
        let cab = (a - b).cos();
        let mut best = ([Left, Straight, Left], [f64::INFINITY; 3]);
        let mut offer = |kinds: [Turn; 3], parts: [f64; 3]| {
            let sum = |p: &[f64; 3]| p.iter().sum::<f64>();
            if parts.iter().all(|p| p.is_finite()) && sum(&parts) < sum(&best.1) {
                best = (kinds, parts);
            }
        };
        let square = 2.0 + d * d - 2.0 * cab + 2.0 * d * (sa - sb);
        if square >= 0.0 {
            let turn = (cb - ca).atan2(d + sa - sb);
            offer(
                [Left, Straight, Left],
                [circle(turn - a), square.sqrt(), circle(b - turn)],
            );
        }
        let square = 2.0 + d * d - 2.0 * cab + 2.0 * d * (sb - sa);
        if square >= 0.0 {
            let turn = (ca - cb).atan2(d - sa + sb);
            offer(
                [Right, Straight, Right],
                [circle(a - turn), square.sqrt(), circle(turn - b)],
            );
        }
        let square = d * d - 2.0 + 2.0 * cab + 2.0 * d * (sa + sb);
        if square >= 0.0 {
            let p = square.sqrt();
            let turn = (-ca - cb).atan2(d + sa + sb) - (-2.0_f64).atan2(p);
            offer(
                [Left, Straight, Right],
                [circle(turn - a), p, circle(turn - b)],
            );
        }
        let square = d * d - 2.0 + 2.0 * cab - 2.0 * d * (sa + sb);
        if square >= 0.0 {
            let p = square.sqrt();
            let turn = (ca + cb).atan2(d - sa - sb) - 2.0_f64.atan2(p);
            offer(
                [Right, Straight, Left],
                [circle(a - turn), p, circle(b - turn)],
            );
        }
        let cosine = (6.0 - d * d + 2.0 * cab + 2.0 * d * (sa - sb)) / 8.0;
        if cosine.abs() <= 1.0 {
            let p = TAU - cosine.acos();
            let t = circle(a - (ca - cb).atan2(d - sa + sb) + 0.5 * p);
            offer([Right, Left, Right], [t, p, circle(a - b - t + p)]);
        }
        let cosine = (6.0 - d * d + 2.0 * cab + 2.0 * d * (sb - sa)) / 8.0;
        if cosine.abs() <= 1.0 {
            let p = TAU - cosine.acos();
            let t = circle(-a + (cb - ca).atan2(d + sa - sb) + 0.5 * p);
            offer([Left, Right, Left], [t, p, circle(b - a - t + p)]);
        }
        Self {
            start,
            radius_m,
            kinds: best.0,
            parts: best.1,
        }
    }

    /// Length of the path.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        self.parts.iter().sum::<f64>() * self.radius_m
    }

    /// Length of its curved parts.
    #[must_use]
    pub fn curved_m(&self) -> f64 {
        let curved =
            |(kind, part): (&Turn, &f64)| if *kind == Turn::Straight { 0.0 } else { *part };
        self.kinds.iter().zip(&self.parts).map(curved).sum::<f64>() * self.radius_m
    }

    /// The pose after `s_m` metres.
    #[must_use]
    pub fn pose(&self, s_m: f64) -> Pose {
        let mut left = (s_m / self.radius_m).max(0.0);
        let mut pose = self.start;
        for (kind, part) in self.kinds.iter().zip(self.parts) {
            let step = left.min(part);
            let h = pose.heading_rad;
            let (next, dx, dy) = match kind {
                Turn::Straight => (h, step * h.cos(), step * h.sin()),
                Turn::Left => (
                    h + step,
                    (h + step).sin() - h.sin(),
                    h.cos() - (h + step).cos(),
                ),
                Turn::Right => (
                    h - step,
                    h.sin() - (h - step).sin(),
                    (h - step).cos() - h.cos(),
                ),
            };
            pose = Pose {
                at: [
                    pose.at[0] + self.radius_m * dx,
                    pose.at[1] + self.radius_m * dy,
                ],
                heading_rad: next,
            };
            left -= step;
        }
        pose
    }

    /// Places along the path at most `step_m` apart, both ends included. At
    /// most 10,000.
    #[must_use]
    pub fn points(&self, step_m: f64) -> Vec<[f64; 2]> {
        let length = self.length_m();
        let n = (length / step_m.max(0.01)).ceil().clamp(1.0, 10_000.0) as usize;
        (0..=n)
            .map(|i| self.pose(length * i as f64 / n as f64).at)
            .collect()
    }
}

/// An angle brought into [0, 2π); rounding errors below a full turn are 0.
fn circle(angle_rad: f64) -> f64 {
    let a = angle_rad.rem_euclid(TAU);
    if TAU - a < 1e-9 { 0.0 } else { a }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pose(x: f64, y: f64, heading_rad: f64) -> Pose {
        Pose {
            at: [x, y],
            heading_rad,
        }
    }

    #[test]
    fn known_lengths() {
        let straight = TurnPath::shortest(pose(0., 0., 0.), pose(100., 0., 0.), 10.0);
        assert!((straight.length_m() - 100.0).abs() < 1e-9);
        let u_turn = TurnPath::shortest(pose(0., 0., 0.), pose(0., 20., PI), 10.0);
        assert!((u_turn.length_m() - 10.0 * PI).abs() < 1e-6, "{u_turn:?}");
        let wide = TurnPath::shortest(pose(0., 0., 0.), pose(0., 100., PI), 10.0);
        assert!((wide.length_m() - (10.0 * PI + 80.0)).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn ends_where_asked(x in -300.0..300.0, y in -300.0..300.0, h in 0.0..TAU, g in 0.0..TAU) {
            let end = pose(x, y, g);
            let path = TurnPath::shortest(pose(0.0, 0.0, h), end, 40.0);
            let last = path.pose(path.length_m());
            prop_assert!((last.at[0] - x).hypot(last.at[1] - y) < 1e-3, "{path:?} {last:?}");
            prop_assert!(angle_between_rad(last.heading_rad, g) < 1e-4);
            prop_assert!(path.length_m() + 1e-9 >= x.hypot(y));
            prop_assert!(path.length_m() <= x.hypot(y) + 40.0 * 4.0 * PI + 1e-6);
        }
    }
}
