//! Shortest paths of bounded curvature in still air.
//!
//! Source: L. E. Dubins, *On curves of minimal length…*, Am. J. Math. 79 (1957);
//! closed forms after A. Shkel and V. Lumelsky, *Classification of the Dubins
//! set*, Robotics and Autonomous Systems 34 (2001).

use super::circle;
use core::f64::consts::TAU;

/// A place and a direction in the plane, metres and radians counter-clockwise
/// from x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where.
    pub at: [f64; 2],
    /// Direction of motion.
    pub heading_rad: f64,
}

/// One part of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Turn {
    Left,
    Straight,
    Right,
}

/// A path between two poses with turns of one radius: turn, straight, turn, or
/// three turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TurnPath {
    start: Pose,
    radius_m: f64,
    pub(super) kinds: [Turn; 3],
    /// Lengths of the three parts in units of the radius.
    parts: [f64; 3],
}

/// The six forms that a shortest path may have.
const WORDS: [[Turn; 3]; 6] = {
    use Turn::{Left, Right, Straight};
    [
        [Left, Straight, Left],
        [Right, Straight, Right],
        [Left, Straight, Right],
        [Right, Straight, Left],
        [Right, Left, Right],
        [Left, Right, Left],
    ]
};

impl TurnPath {
    /// How many forms there are.
    pub const FORMS: usize = WORDS.len();

    /// The shortest path from `start` to `end` with turns of `radius_m`.
    #[must_use]
    pub fn shortest(start: Pose, end: Pose, radius_m: f64) -> Self {
        let all = (0..Self::FORMS).filter_map(|form| Self::of_form(form, start, end, radius_m));
        let best = all.min_by(|a, b| a.length_m().total_cmp(&b.length_m()));
        // There always is one of the first two forms.
        best.unwrap_or(Self {
            start,
            radius_m,
            kinds: [Turn::Straight; 3],
            parts: [0.0; 3],
        })
    }

    /// The path of one form, where there is one.
    #[must_use]
    pub fn of_form(form: usize, start: Pose, end: Pose, radius_m: f64) -> Option<Self> {
        let kinds = *WORDS.get(form)?;
        let radius_m = radius_m.max(1e-3);
        let dx = (end.at[0] - start.at[0]) / radius_m;
        let dy = (end.at[1] - start.at[1]) / radius_m;
        let d = dx.hypot(dy);
        let theta = if d > 0.0 { dy.atan2(dx) } else { 0.0 };
        let a = circle(start.heading_rad - theta);
        let b = circle(end.heading_rad - theta);
        let ((sa, ca), (sb, cb)) = (a.sin_cos(), b.sin_cos());
        let cab = (a - b).cos();
        let root = |square: f64| (square >= 0.0).then(|| square.sqrt());
        let parts = match form {
            0 => {
                let p = root(2.0 + d * d - 2.0 * cab + 2.0 * d * (sa - sb))?;
                let turn = (cb - ca).atan2(d + sa - sb);
                [circle(turn - a), p, circle(b - turn)]
            }
            1 => {
                let p = root(2.0 + d * d - 2.0 * cab + 2.0 * d * (sb - sa))?;
                let turn = (ca - cb).atan2(d - sa + sb);
                [circle(a - turn), p, circle(turn - b)]
            }
            2 => {
                let p = root(d * d - 2.0 + 2.0 * cab + 2.0 * d * (sa + sb))?;
                let turn = (-ca - cb).atan2(d + sa + sb) - (-2.0_f64).atan2(p);
                [circle(turn - a), p, circle(turn - b)]
            }
            3 => {
                let p = root(d * d - 2.0 + 2.0 * cab - 2.0 * d * (sa + sb))?;
                let turn = (ca + cb).atan2(d - sa - sb) - 2.0_f64.atan2(p);
                [circle(a - turn), p, circle(b - turn)]
            }
            4 => {
                let cosine = (6.0 - d * d + 2.0 * cab + 2.0 * d * (sa - sb)) / 8.0;
                let p = (cosine.abs() <= 1.0).then(|| TAU - cosine.acos())?;
                let t = circle(a - (ca - cb).atan2(d - sa + sb) + 0.5 * p);
                [t, p, circle(a - b - t + p)]
            }
            _ => {
                let cosine = (6.0 - d * d + 2.0 * cab + 2.0 * d * (sb - sa)) / 8.0;
                let p = (cosine.abs() <= 1.0).then(|| TAU - cosine.acos())?;
                let t = circle(-a + (cb - ca).atan2(d + sa - sb) + 0.5 * p);
                [t, p, circle(b - a - t + p)]
            }
        };
        parts.iter().all(|p| p.is_finite()).then_some(Self {
            start,
            radius_m,
            kinds,
            parts,
        })
    }

    /// Lengths of the three parts.
    #[must_use]
    pub fn parts_m(&self) -> [f64; 3] {
        self.parts.map(|p| p * self.radius_m)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::angle_between_rad;
    use core::f64::consts::PI;
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
