//! What the legs between the ends of lines cost, remembered.

use crate::lines::Line;
use crate::price::Price;
use crate::space::{Space, distance};
use whimbrel_mission::turn::{Pose, TurnPath};

/// Lines beyond which leg costs are not remembered.
const MAX_REMEMBERED: usize = 600;
/// Cost of a turn that leaves the airspace, over that of its length.
const OUTSIDE: f64 = 1e5;
/// Cost of a leg for which there is no way.
const NO_WAY: f64 = 1e9;
/// Places along a turn that are looked at, per radius.
const LOOKS_PER_RADIUS: f64 = 4.0;

/// An end of a line: 2·line for `a`, 2·line + 1 for `b`.
pub type End = usize;

/// Costs of legs between ends of lines.
pub struct Legs<'a> {
    space: &'a Space,
    price: Price,
    home: Option<[f64; 2]>,
    /// Ends and the directions outwards.
    ends: Vec<([f64; 2], f64)>,
    seen: Vec<Option<Vec<(usize, f64)>>>,
    home_seen: Vec<(usize, f64)>,
    home_known: Vec<f32>,
    known: Vec<f32>,
}

impl<'a> Legs<'a> {
    /// Of some lines; `home` is where the route begins and ends.
    pub fn new(lines: &[Line], space: &'a Space, price: Price, home: Option<[f64; 2]>) -> Self {
        let ends: Vec<_> = lines
            .iter()
            .flat_map(|l| {
                let out = (l.b[1] - l.a[1]).atan2(l.b[0] - l.a[0]);
                [(l.a, out + core::f64::consts::PI), (l.b, out)]
            })
            .collect();
        let n = ends.len();
        Self {
            space,
            price,
            home,
            seen: vec![None; n],
            home_known: vec![f32::NAN; n],
            home_seen: home.map_or_else(Vec::new, |h| space.sight.seen(h)),
            known: if lines.len() <= MAX_REMEMBERED {
                vec![f32::NAN; n * n]
            } else {
                Vec::new()
            },
            ends,
        }
    }

    /// Number of ends.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// No leg between the two costs less.
    pub fn least(&self, p: End, q: End) -> f64 {
        match (self.ends.get(p), self.ends.get(q)) {
            (Some(p), Some(q)) => self.price.straight(distance(p.0, q.0)),
            _ => 0.0,
        }
    }

    /// The leg from one end to another, either way.
    pub fn between(&mut self, p: End, q: End) -> f64 {
        let n = self.ends.len();
        let at = p.min(q) * n + p.max(q);
        if let Some(cost) = self.known.get(at).filter(|c| !c.is_nan()) {
            return f64::from(*cost);
        }
        // Rounded at once, so that the same leg always costs the same.
        let cost = self.measure(p, q) as f32;
        if let Some(known) = self.known.get_mut(at) {
            *known = cost;
        }
        f64::from(cost)
    }

    /// Whether legs are curves.
    pub fn curved(&self) -> bool {
        self.price.wing()
    }

    /// From home to the first line's end; nothing for open routes.
    pub fn home_to(&mut self, q: End) -> f64 {
        if let Some(cost) = self.home_known.get(q).filter(|c| !c.is_nan()) {
            return f64::from(*cost);
        }
        let cost = self.measure_home(q) as f32;
        if let Some(known) = self.home_known.get_mut(q) {
            *known = cost;
        }
        f64::from(cost)
    }

    fn measure_home(&mut self, q: End) -> f64 {
        let (Some(home), Some((at, _))) = (self.home, self.ends.get(q).copied()) else {
            return 0.0;
        };
        if self.space.sight.sees(home, at) {
            return self.price.straight(distance(home, at));
        }
        self.look(q);
        let seen = self.seen.get(q).and_then(Option::as_deref);
        self.around(&self.home_seen, seen.unwrap_or_default())
    }

    fn look(&mut self, p: End) {
        if let (Some(slot @ None), Some((at, _))) = (self.seen.get_mut(p), self.ends.get(p)) {
            *slot = Some(self.space.sight.seen(*at));
        }
    }

    fn around(&self, from: &[(usize, f64)], to: &[(usize, f64)]) -> f64 {
        let Some((length, first, last)) = self.space.sight.around(from, to) else {
            return NO_WAY;
        };
        if self.price.wing() {
            return self.price.straight(length);
        }
        // Each bend is a stop: as many runs as there are legs, of a mean length.
        let runs = self.space.sight.corners_between(first, last).len() as f64 + 1.0;
        runs * self.price.straight(length / runs)
    }

    fn measure(&mut self, p: End, q: End) -> f64 {
        let (Some(&(a, out)), Some(&(b, back))) = (self.ends.get(p), self.ends.get(q)) else {
            return NO_WAY;
        };
        if self.price.wing() {
            return self.turn((a, out), (b, back));
        }
        if self.space.sight.sees(a, b) {
            return self.price.straight(distance(a, b));
        }
        self.look(p);
        self.look(q);
        match (self.seen.get(p), self.seen.get(q)) {
            (Some(Some(from)), Some(Some(to))) => self.around(from, to),
            _ => NO_WAY,
        }
    }

    /// A wing's way: lead-out, turn, lead-in.
    fn turn(&self, from: ([f64; 2], f64), to: ([f64; 2], f64)) -> f64 {
        let leads = self.price.leads;
        let along = |p: [f64; 2], h: f64, by: f64| [p[0] + by * h.cos(), p[1] + by * h.sin()];
        let a = along(from.0, from.1, leads.after_m);
        let b = along(to.0, to.1, leads.before_m);
        let inwards = to.1 + core::f64::consts::PI;
        if !self.space.sight.sees(a, b) {
            let way = self.space.sight.way(a, b).map_or(NO_WAY, |w| w.0);
            return self.price.straight(way + 7.0 * self.price.radius_m);
        }
        let start = Pose {
            at: a,
            heading_rad: from.1,
        };
        let end = Pose {
            at: b,
            heading_rad: inwards,
        };
        let turn = TurnPath::shortest(start, end, self.price.radius_m);
        let looks = turn.points(self.price.radius_m / LOOKS_PER_RADIUS);
        let inside = looks.iter().all(|p| self.space.airspace.contains(*p));
        let cost = self.price.straight(turn.length_m());
        if inside { cost } else { cost + OUTSIDE }
    }
}
