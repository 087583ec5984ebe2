//! Turns as the waypoints that make an autopilot fly them.
//!
//! An autopilot flies straight lines from waypoint to waypoint and leaves each
//! line a set distance early, which rounds the corner. A curved path is flown
//! with corners on its tangents: each arc is cut into parts that change the
//! course little, the tangents at both ends of a part meet in the waypoint, and
//! the line is left where the part begins.

use super::windy::WindTurn;

/// Largest change of course at one waypoint.
pub const WIDEST_CORNER_RAD: f64 = 1.6;
/// Changes of course below this need no waypoint.
const STRAIGHT_RAD: f64 = 0.05;
/// Steps of the bisection for the ends of parts.
const BISECTIONS: usize = 24;

/// A waypoint that is passed by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// Where.
    pub at: [f64; 2],
    /// How far before it the line is left.
    pub early_m: f64,
    /// When the turn has got to the end of its part.
    pub done_s: f64,
}

impl WindTurn {
    /// The waypoints. `lag_s` is how long the aircraft takes to bank: it leaves
    /// each line by so much earlier.
    #[must_use]
    pub fn corners(&self, lag_s: f64) -> Vec<Corner> {
        let mut corners = Vec::new();
        for (from, to, turned) in self.arcs() {
            if turned.abs() < STRAIGHT_RAD {
                continue;
            }
            let n = (turned.abs() / WIDEST_CORNER_RAD).ceil().max(1.0);
            let mut start = from;
            for i in 1..=(n as usize) {
                let goal = turned * i as f64 / n;
                let end = if i as f64 >= n {
                    to
                } else {
                    self.when_turned(from, to, goal)
                };
                corners.extend(self.corner(start, end, lag_s));
                start = end;
            }
        }
        corners
    }

    /// When the course has changed by `goal_rad` since `from_s`.
    fn when_turned(&self, from_s: f64, to_s: f64, goal_rad: f64) -> f64 {
        let (mut low, mut high) = (from_s, to_s);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if self.turned_rad(from_s, middle).abs() < goal_rad.abs() {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// Where the tangents at two times meet.
    fn corner(&self, from_s: f64, to_s: f64, lag_s: f64) -> Option<Corner> {
        let (a, b) = (self.pose(from_s), self.pose(to_s));
        let u = [a.heading_rad.cos(), a.heading_rad.sin()];
        let v = [b.heading_rad.cos(), b.heading_rad.sin()];
        let cross = u[0] * v[1] - u[1] * v[0];
        let off = [b.at[0] - a.at[0], b.at[1] - a.at[1]];
        let ahead = (off[0] * v[1] - off[1] * v[0]) / cross;
        if !(ahead.is_finite() && ahead > 0.0) {
            return None;
        }
        let step = self.pose(from_s + 0.01).at;
        let speed = (step[0] - a.at[0]).hypot(step[1] - a.at[1]) / 0.01;
        Some(Corner {
            at: [a.at[0] + ahead * u[0], a.at[1] + ahead * u[1]],
            early_m: ahead + lag_s * speed,
            done_s: to_s,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::Pose;
    use core::f64::consts::PI;

    #[test]
    fn a_turn_back_has_two_corners() {
        let pose = |x, y, heading_rad| Pose {
            at: [x, y],
            heading_rad,
        };
        let turn = WindTurn::quickest(
            pose(0.0, 0.0, 0.0),
            pose(0.0, 100.0, PI),
            40.0,
            16.0,
            [0.0; 2],
        )
        .expect("no wind");
        let corners = turn.corners(0.5);
        let [a, b] = corners.as_slice() else {
            panic!("{corners:?}");
        };
        assert!(
            (a.at[0] - 40.0).abs() < 1e-6 && a.at[1].abs() < 1e-6,
            "{a:?}"
        );
        assert!((b.at[0] - 40.0).abs() < 1e-6 && (b.at[1] - 100.0).abs() < 1e-6);
        assert!((a.early_m - 48.0).abs() < 0.1, "{a:?}");
        // In wind each corner still lies on both tangents.
        let windy = WindTurn::quickest(
            pose(0.0, 0.0, 0.0),
            pose(0.0, 100.0, PI),
            40.0,
            16.0,
            [-5.0, 3.0],
        )
        .expect("can");
        let corners = windy.corners(0.0);
        assert!((2..=4).contains(&corners.len()), "{corners:?}");
        assert!(corners.first().expect("one").at[1].abs() < 1e-6);
        assert!((corners.last().expect("one").at[1] - 100.0).abs() < 1e-3);
    }
}
