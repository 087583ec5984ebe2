//! Wings on circles: where and when they leave one depends on how they come to
//! it, so these parts of a flight are flown ahead by the autopilot's own
//! guidance on a reduced aircraft (a point with a bank that follows, a climb
//! rate that follows, and a steady airspeed).

use super::{BANK_S, Cost, FlightModel};
use crate::guidance::{signed, wing as law};
use crate::vehicle::GRAVITY_M_S2;

/// Step of the integration.
const STEP_S: f64 = 0.1;
/// Time by which the climb rate follows.
const CLIMB_S: f64 = 1.0;
/// Longest stay on a circle that is looked at.
const MAX_STEPS: usize = 36_000;
/// Distance of the places that a track keeps.
const KEPT_S: f64 = 0.5;

/// A part of a flight that was flown ahead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Where it went, twice a second: east, north, up in metres.
    pub points: Vec<[f64; 3]>,
    /// Course over ground at the end.
    pub course_rad: f64,
    /// Time and energy.
    pub cost: Cost,
}

impl Track {
    /// Where it ended.
    #[must_use]
    pub fn end(&self) -> Option<[f64; 3]> {
        self.points.last().copied()
    }
}

/// A circle to a height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circle {
    pub centre: [f64; 2],
    /// Positive: clockwise seen from above, as the autopilots count.
    pub radius_m: f64,
    pub z: f64,
    /// Where the way leads on to.
    pub next: [f64; 2],
}

/// The reduced aircraft.
pub(super) struct Ahead<'m, 'v> {
    model: &'m FlightModel<'v>,
    wind: [f64; 2],
    pub at: [f64; 2],
    pub z: f64,
    heading_rad: f64,
    bank_rad: f64,
    climb_m_s: f64,
    reachable_m: Option<f64>,
    pub cost: Cost,
    points: Vec<[f64; 3]>,
    kept_s: f64,
}

/// What is asked of the height in a step.
#[derive(Clone, Copy)]
pub(super) enum Height {
    /// Hold or reach.
    At(f64),
    /// A steady rate.
    Rate(f64),
}

impl<'m, 'v> Ahead<'m, 'v> {
    pub fn new(model: &'m FlightModel<'v>, at: [f64; 2], z: f64, course_rad: f64) -> Self {
        let cruise = model.vehicle().performance.cruise_m_s;
        let wind = model.wind().velocity_en();
        let heading = crate::turn::air_heading_rad(course_rad, cruise, wind);
        Self {
            model,
            wind,
            at,
            z,
            heading_rad: heading.unwrap_or(course_rad),
            bank_rad: 0.0,
            climb_m_s: 0.0,
            reachable_m: None,
            cost: Cost::default(),
            points: vec![[at[0], at[1], z]],
            kept_s: 0.0,
        }
    }

    pub fn velocity(&self, airspeed_m_s: f64) -> [f64; 2] {
        let (s, c) = self.heading_rad.sin_cos();
        [
            airspeed_m_s * c + self.wind[0],
            airspeed_m_s * s + self.wind[1],
        ]
    }

    /// One step with a lateral acceleration (counter-clockwise).
    pub fn step(&mut self, lateral_m_s2: f64, bank_limit_rad: f64, height: Height, airspeed: f64) {
        let p = &self.model.vehicle().performance;
        let asked = (lateral_m_s2 / GRAVITY_M_S2).atan();
        let asked = asked.clamp(-bank_limit_rad, bank_limit_rad);
        self.bank_rad += (asked - self.bank_rad) * (1.0 - (-STEP_S / BANK_S).exp());
        let climb = match height {
            Height::Rate(rate) => {
                self.reachable_m = None;
                rate
            }
            Height::At(goal) => {
                let now = self.reachable_m.unwrap_or(self.z);
                let off = goal - now;
                let next = now + off.clamp(-p.descent_m_s * STEP_S, p.climb_m_s * STEP_S);
                self.reachable_m = Some(next);
                let moving = if off.abs() < 0.5 {
                    0.0
                } else if off > 0.0 {
                    p.climb_m_s
                } else {
                    -p.descent_m_s
                };
                moving + law::HEIGHT_GAIN * (next - self.z)
            }
        };
        self.climb_m_s += (climb - self.climb_m_s) * (1.0 - (-STEP_S / CLIMB_S).exp());
        self.heading_rad += GRAVITY_M_S2 * self.bank_rad.tan() / airspeed * STEP_S;
        let v = self.velocity(airspeed);
        self.at = [self.at[0] + v[0] * STEP_S, self.at[1] + v[1] * STEP_S];
        self.z += self.climb_m_s * STEP_S;
        let load = 1.0 / self.bank_rad.cos();
        self.cost += Cost::steady(STEP_S, self.model.drain_w(airspeed, self.climb_m_s, load));
        self.kept_s += STEP_S;
        if self.kept_s >= KEPT_S {
            self.kept_s = 0.0;
            self.points.push([self.at[0], self.at[1], self.z]);
        }
    }

    /// Circles until the height is reached and the way on lies ahead. `None`:
    /// that never comes.
    pub fn circle(&mut self, circle: &Circle) -> Option<()> {
        let p = &self.model.vehicle().performance;
        let (cruise, bank) = (p.cruise_m_s, p.max_bank_rad);
        for _ in 0..MAX_STEPS {
            let v = self.velocity(cruise);
            // East–north turns the other way round than the autopilots' circles.
            let lateral = law::circle_m_s2(circle.centre, -circle.radius_m, self.at, v);
            self.step(lateral, bank, Height::At(circle.z), cruise);
            let v = self.velocity(cruise);
            let off = [self.at[0] - circle.centre[0], self.at[1] - circle.centre[1]];
            let joined = off[0].hypot(off[1]) < circle.radius_m.abs() + law::JOINED_M;
            let way = [circle.next[0] - self.at[0], circle.next[1] - self.at[1]];
            let ahead = signed(way[1].atan2(way[0]) - v[1].atan2(v[0])).abs() < law::EXIT_RAD;
            if joined && ahead && (self.z - circle.z).abs() < law::HEIGHT_REACHED_M {
                return Some(());
            }
        }
        None
    }

    /// Along a line until `rest_m` before its end; the height goes from `z0` at
    /// its start to `z1` at its end. `None`: it never gets there.
    pub fn line(
        &mut self,
        from: [f64; 2],
        to: [f64; 2],
        (z0, z1): (f64, f64),
        rest_m: f64,
        airspeed: f64,
    ) -> Option<()> {
        let bank = self.model.vehicle().performance.max_bank_rad;
        for _ in 0..MAX_STEPS {
            let p = crate::guidance::along(from, to, self.at);
            if p.rest_m <= rest_m {
                return Some(());
            }
            let v = self.velocity(airspeed);
            let lateral = law::line_m_s2(from, to, self.at, v);
            let share = (p.done_m / p.length_m.max(1.0)).clamp(0.0, 1.0);
            self.step(lateral, bank, Height::At(z0 + share * (z1 - z0)), airspeed);
        }
        None
    }

    pub fn track(mut self) -> Track {
        self.points.push([self.at[0], self.at[1], self.z]);
        let v = self.velocity(self.model.vehicle().performance.cruise_m_s);
        Track {
            points: self.points,
            course_rad: v[1].atan2(v[0]),
            cost: self.cost,
        }
    }
}
