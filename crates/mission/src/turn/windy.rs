//! Quickest turns in a steady wind.
//!
//! Through the air the path is one of Dubins with the aircraft's turn radius;
//! over ground its arcs are trochoids. The end is a place on the ground, which
//! in the air drifts against the wind: the time is the root of
//! L(end − W·T)/V = T (T. McGee, S. Spry, K. Hedrick, *Optimal path planning in
//! a constant wind with a bounded turning rate*, AIAA 2005-6186; L. Techy,
//! C. Woolsey, *Minimum-time path planning for unmanned aerial vehicles in
//! steady uniform winds*, JGCD 32 (2009)). Each of the six forms has a root of
//! its own; the least is taken.

use super::dubins::{Pose, Turn, TurnPath};
use crate::guidance::signed;

/// Most steps towards a root; four to six are usual.
const MAX_STEPS: usize = 40;
/// A root is found when time and way agree so well, seconds.
const AGREED_S: f64 = 1e-6;

/// Wind that the search takes as none.
const CALM_M_S: f64 = 0.05;
/// Halvings of a step of the search, before the last steps to the root.
const BISECTIONS: usize = 12;
/// Step of the search for earlier roots, in the time to fly one radius.
const GRID_RADII: f64 = 0.5;

/// A turn over ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindTurn {
    air: TurnPath,
    airspeed_m_s: f64,
    wind_m_s: [f64; 2],
}

/// Direction of the nose for a course over ground, where the wind allows it.
#[must_use]
pub fn air_heading_rad(course_rad: f64, airspeed_m_s: f64, wind_m_s: [f64; 2]) -> Option<f64> {
    let (s, c) = course_rad.sin_cos();
    let across = wind_m_s[1] * c - wind_m_s[0] * s;
    let along = wind_m_s[0] * c + wind_m_s[1] * s;
    let crab = -across / airspeed_m_s;
    if crab.abs() >= 1.0 || airspeed_m_s * (1.0 - crab * crab).sqrt() + along <= 0.0 {
        return None;
    }
    Some(course_rad + crab.asin())
}

impl WindTurn {
    /// The quickest way between two places with given courses over ground, with
    /// turns of `radius_m` through the air, by a Dubins path in the air.
    /// `None`: the wind does not allow one of the courses.
    #[must_use]
    pub fn quickest(
        start: Pose,
        end: Pose,
        radius_m: f64,
        airspeed_m_s: f64,
        wind_m_s: [f64; 2],
    ) -> Option<Self> {
        Self::ways(start, end, radius_m, airspeed_m_s, wind_m_s)
            .into_iter()
            .next()
    }

    /// The ways of all forms, quickest first; at most six.
    #[must_use]
    pub fn ways(
        start: Pose,
        end: Pose,
        radius_m: f64,
        airspeed_m_s: f64,
        wind_m_s: [f64; 2],
    ) -> Vec<Self> {
        let heading = |p: Pose| air_heading_rad(p.heading_rad, airspeed_m_s, wind_m_s);
        let (Some(from), Some(to)) = (heading(start), heading(end)) else {
            return Vec::new();
        };
        let start = Pose {
            heading_rad: from,
            ..start
        };
        let way = |form: usize, after_s: f64| {
            let drifted = Pose {
                at: [
                    end.at[0] - wind_m_s[0] * after_s,
                    end.at[1] - wind_m_s[1] * after_s,
                ],
                heading_rad: to,
            };
            TurnPath::of_form(form, start, drifted, radius_m)
        };
        let late = |form: usize, time_s: f64| {
            let air = way(form, time_s)?;
            Some((air.length_m() / airspeed_m_s - time_s, air))
        };
        let solve = |form: usize, mut time_s: f64| -> Option<Self> {
            let mut last: Option<(f64, f64)> = None;
            for _ in 0..MAX_STEPS {
                let (off, air) = late(form, time_s)?;
                if off.abs() < AGREED_S {
                    return Some(Self {
                        air,
                        airspeed_m_s,
                        wind_m_s,
                    });
                }
                // Secant where it leads on, else the plain iteration, which
                // closes in because the wind is slower than the aircraft.
                let secant = last.and_then(|(t, o)| {
                    let slope = (off - o) / (time_s - t);
                    (slope < -0.2).then(|| time_s - off / slope)
                });
                last = Some((time_s, off));
                time_s = secant.unwrap_or(time_s + off).max(0.0);
            }
            None
        };
        let between = |form: usize, mut low: f64, mut high: f64| {
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (low + high);
                if late(form, middle)?.0 > 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            solve(form, low)
        };
        let first = |form| solve(form, 0.0);
        let mut ways: Vec<Option<Self>> = (0..TurnPath::FORMS).map(first).collect();
        let wind = wind_m_s[0].hypot(wind_m_s[1]);
        let soonest = |ways: &[Option<Self>]| {
            let times = ways.iter().flatten().map(Self::time_s);
            times.fold(f64::INFINITY, f64::min)
        };
        let best_s = soonest(&ways);
        if wind > CALM_M_S && best_s.is_finite() {
            // L jumps by a whole turn where an arc vanishes, so a form may
            // have roots before the one found. Near a root it is little early
            // or late.
            let step_s = GRID_RADII * radius_m / airspeed_m_s;
            let near_s = step_s * (1.0 + wind / airspeed_m_s);
            for (form, found) in ways.iter_mut().enumerate() {
                let (mut time_s, mut before) = (0.0, None);
                while time_s < best_s {
                    let off = late(form, time_s).map(|l| l.0);
                    let sooner = match (before, off) {
                        (Some((t, o)), Some(off)) if o > 0.0 && off <= 0.0 => {
                            between(form, t, time_s)
                        }
                        (_, Some(off)) if off.abs() < near_s => solve(form, time_s),
                        _ => None,
                    };
                    let known_s = found.map_or(f64::INFINITY, |way| way.time_s());
                    if let Some(way) = sooner.filter(|way| way.time_s() < known_s) {
                        *found = Some(way);
                        break;
                    }
                    before = off.map(|o| (time_s, o));
                    time_s += step_s;
                }
            }
        }
        let mut ways: Vec<Self> = ways.into_iter().flatten().collect();
        ways.sort_by(|a, b| a.time_s().total_cmp(&b.time_s()));
        ways
    }

    /// Time that it takes.
    #[must_use]
    pub fn time_s(&self) -> f64 {
        self.air.length_m() / self.airspeed_m_s
    }

    /// Time of it in a bank.
    #[must_use]
    pub fn banked_s(&self) -> f64 {
        self.air.curved_m() / self.airspeed_m_s
    }

    /// Place and course over ground after `time_s` seconds.
    #[must_use]
    pub fn pose(&self, time_s: f64) -> Pose {
        let air = self.air.pose(self.airspeed_m_s * time_s);
        let at = [
            air.at[0] + self.wind_m_s[0] * time_s,
            air.at[1] + self.wind_m_s[1] * time_s,
        ];
        let v = self.velocity(air.heading_rad);
        Pose {
            at,
            heading_rad: v[1].atan2(v[0]),
        }
    }

    /// Where it begins.
    #[must_use]
    pub fn start(&self) -> Pose {
        self.pose(0.0)
    }

    /// Where it ends.
    #[must_use]
    pub fn end(&self) -> Pose {
        self.pose(self.time_s())
    }

    /// Places over ground at most `step_m` apart, both ends included. At most
    /// 10,000.
    #[must_use]
    pub fn points(&self, step_m: f64) -> Vec<[f64; 2]> {
        let time_s = self.time_s();
        let fastest = self.airspeed_m_s + self.wind_m_s[0].hypot(self.wind_m_s[1]);
        let n = (time_s * fastest / step_m.max(0.01))
            .ceil()
            .clamp(1.0, 10_000.0) as usize;
        (0..=n)
            .map(|i| self.pose(time_s * i as f64 / n as f64).at)
            .collect()
    }

    /// Length over ground.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        let points = self.points(2.0);
        let step = |pair: &[[f64; 2]]| match pair {
            [a, b] => (b[0] - a[0]).hypot(b[1] - a[1]),
            _ => 0.0,
        };
        points.windows(2).map(step).sum()
    }

    /// Velocity over ground with the nose at `heading_rad`.
    pub(super) fn velocity(&self, heading_rad: f64) -> [f64; 2] {
        let (s, c) = heading_rad.sin_cos();
        [
            self.airspeed_m_s * c + self.wind_m_s[0],
            self.airspeed_m_s * s + self.wind_m_s[1],
        ]
    }

    /// Times at which the banked parts begin and end, with the change of course
    /// over ground from one to the other.
    pub(super) fn arcs(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let mut now = 0.0;
        let lengths = self.air.parts_m();
        self.air
            .kinds
            .iter()
            .zip(lengths)
            .filter_map(move |(kind, length)| {
                let (from, to) = (now, now + length / self.airspeed_m_s);
                now = to;
                if *kind == Turn::Straight || length <= 0.0 {
                    return None;
                }
                Some((from, to, self.turned_rad(from, to)))
            })
    }

    /// Change of course over ground between two times of one arc.
    pub(super) fn turned_rad(&self, from_s: f64, to_s: f64) -> f64 {
        // The course never is a right angle off the nose, so crab angles tell
        // whole turns apart.
        let at = |t: f64| {
            let heading = self.air.pose(self.airspeed_m_s * t).heading_rad;
            let v = self.velocity(heading);
            (heading, signed(v[1].atan2(v[0]) - heading))
        };
        let ((h0, c0), (h1, c1)) = (at(from_s), at(to_s));
        h1 - h0 + c1 - c0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::angle_between_rad;
    use core::f64::consts::{PI, TAU};
    use proptest::prelude::*;

    fn pose(x: f64, y: f64, heading_rad: f64) -> Pose {
        Pose {
            at: [x, y],
            heading_rad,
        }
    }

    #[test]
    fn without_wind_it_is_the_path_of_dubins() {
        let (a, b) = (pose(0.0, 0.0, 0.3), pose(50.0, 130.0, 2.8));
        let turn = WindTurn::quickest(a, b, 40.0, 16.0, [0.0; 2]).expect("no wind");
        let still = TurnPath::shortest(a, b, 40.0);
        assert!((turn.time_s() - still.length_m() / 16.0).abs() < 1e-6);
        assert!((turn.length_m() - still.length_m()).abs() < 0.1);
    }

    #[test]
    fn a_straight_way_in_wind_is_the_wind_triangle() {
        let turn = WindTurn::quickest(
            pose(0.0, 0.0, 0.0),
            pose(1_000.0, 0.0, 0.0),
            40.0,
            20.0,
            [0.0, 12.0],
        )
        .expect("can");
        assert!(
            (turn.time_s() - 1_000.0 / 16.0).abs() < 1e-3,
            "{}",
            turn.time_s()
        );
        let blown = WindTurn::quickest(
            pose(0.0, 0.0, 0.0),
            pose(9.0, 0.0, 0.0),
            40.0,
            10.0,
            [0.0, 12.0],
        );
        assert_eq!(blown, None);
    }

    proptest! {
        #[test]
        fn ends_where_asked(
            x in -250.0..250.0, y in -250.0..250.0, h in 0.0..TAU, g in 0.0..TAU,
            speed in 0.0..9.6, from in 0.0..TAU,
        ) {
            let wind = [speed * f64::cos(from), speed * f64::sin(from)];
            let (a, b) = (pose(0.0, 0.0, h), pose(x, y, g));
            let turn = WindTurn::quickest(a, b, 45.0, 16.0, wind).expect("wind below airspeed");
            let (start, end) = (turn.start(), turn.end());
            prop_assert!((end.at[0] - x).hypot(end.at[1] - y) < 1e-2, "{end:?}");
            prop_assert!(angle_between_rad(end.heading_rad, g) < 1e-3);
            prop_assert!(angle_between_rad(start.heading_rad, h) < 1e-3);
        }

        #[test]
        fn a_turn_back_in_wind_is_bounded(spread in 80.0..300.0, speed in 0.0..8.0, from in 0.0..TAU) {
            let wind = [speed * from.cos(), speed * from.sin()];
            let turn = WindTurn::quickest(pose(0.0, 0.0, 0.0), pose(0.0, spread, PI), 40.0, 16.0, wind)
                .expect("can");
            prop_assert!(turn.time_s() >= spread / (16.0 + speed));
            prop_assert!(turn.banked_s() <= turn.time_s() + 1e-9);
            prop_assert!(turn.length_m() <= turn.time_s() * (16.0 + speed) + 1e-6);
        }
    }

    /// Against all roots of all forms by a fine scan over the time. Roots that exist for less than a
    /// step of the search between two jumps may be missed: in less than one case of a hundred.
    #[test]
    fn none_is_quicker() {
        let (v, r, n) = (16.0, 45.0, 500);
        let mut state = 7_u64;
        let mut draw = |low: f64, high: f64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            low + (high - low) * (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut missed = 0;
        for _ in 0..n {
            let (a, b) = (
                pose(0.0, 0.0, draw(0.0, TAU)),
                pose(draw(-250.0, 250.0), draw(-250.0, 250.0), draw(0.0, TAU)),
            );
            let (speed, to) = (draw(0.0, 9.6), draw(0.0, TAU));
            let wind = [speed * to.cos(), speed * to.sin()];
            let turn = WindTurn::quickest(a, b, r, v, wind).expect("wind below airspeed");
            let heading = |p: Pose| Pose {
                heading_rad: air_heading_rad(p.heading_rad, v, wind).expect("can"),
                ..p
            };
            let (a, b) = (heading(a), heading(b));
            let late = |form: usize, t: f64| {
                let end = Pose {
                    at: [b.at[0] - wind[0] * t, b.at[1] - wind[1] * t],
                    ..b
                };
                TurnPath::of_form(form, a, end, r).map(|p| p.length_m() / v - t)
            };
            let steps = ((turn.time_s() - 0.05) / 0.02).max(0.0) as usize;
            missed += usize::from((0..TurnPath::FORMS).any(|form| {
                let offs: Vec<_> = (0..steps).map(|i| late(form, 0.02 * i as f64)).collect();
                // A jump of a whole turn is no root.
                let root = |w: &[Option<f64>]| {
                    matches!(w, [Some(a), Some(b)] if *a > 0.0 && *b <= 0.0 && a - b < 1.0)
                };
                offs.windows(2).any(root)
            }));
        }
        assert!(missed * 100 < n, "{missed} of {n}");
    }
}
