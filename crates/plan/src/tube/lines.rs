//! Sets of straight lines as convex polygons in the plane of (height at an origin, slope).

/// Heights farther away than this do not occur.
const FAR_M: f64 = 1e5;

/// A straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Straight {
    /// Where `z` is its height.
    s: f64,
    z: f64,
    slope: f64,
}

impl Straight {
    /// Its height at `s`.
    pub fn at(self, s: f64) -> f64 {
        self.z + self.slope * (s - self.s)
    }

    /// Where two lines meet.
    pub fn meets(self, other: Self) -> Option<f64> {
        let (dz, dm) = (other.at(self.s) - self.z, self.slope - other.slope);
        let s = self.s + dz / dm;
        (dm.abs() > 1e-12 && s.is_finite()).then_some(s)
    }
}

/// All lines that pass some gates.
#[derive(Clone, Debug)]
pub struct Lines {
    origin: f64,
    /// Corners of the polygon: [height at the origin, slope].
    corners: Vec<[f64; 2]>,
}

impl Lines {
    /// All lines of slopes in a range.
    pub fn through(origin: f64, [least, most]: [f64; 2]) -> Self {
        Self {
            origin,
            corners: vec![
                [-FAR_M, least],
                [FAR_M, least],
                [FAR_M, most],
                [-FAR_M, most],
            ],
        }
    }

    /// Whether none is left.
    pub fn none(&self) -> bool {
        self.corners.is_empty()
    }

    /// Keeps those at or above `z` at `s`.
    pub fn above(&mut self, s: f64, z: f64) {
        let ds = s - self.origin;
        self.keep(|[a, m]| a + m * ds - z);
    }

    /// Keeps those at or below `z` at `s`.
    pub fn below(&mut self, s: f64, z: f64) {
        let ds = s - self.origin;
        self.keep(|[a, m]| z - a - m * ds);
    }

    /// Keeps the part of the polygon where `side` is not negative.
    fn keep(&mut self, side: impl Fn([f64; 2]) -> f64) {
        if self.corners.iter().all(|p| side(*p) >= 0.0) {
            return;
        }
        let mut out = Vec::with_capacity(self.corners.len() + 1);
        let next = self.corners.iter().cycle().skip(1);
        for (p, q) in self.corners.iter().zip(next) {
            let (a, b) = (side(*p), side(*q));
            if a >= 0.0 {
                out.push(*p);
            }
            if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
                let t = a / (a - b);
                out.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
            }
        }
        self.corners = out;
    }

    fn line(&self, [z, slope]: [f64; 2]) -> Straight {
        Straight {
            s: self.origin,
            z,
            slope,
        }
    }

    /// The line that is highest (or lowest) at `s`.
    pub fn extreme(&self, s: f64, highest: bool) -> Option<Straight> {
        let sign = if highest { 1.0 } else { -1.0 };
        let score = |l: &Straight| sign * l.at(s);
        let lines = self.corners.iter().map(|p| self.line(*p));
        lines.max_by(|a, b| score(a).total_cmp(&score(b)))
    }

    /// Lowest and highest height at `s`.
    pub fn range(&self, s: f64) -> Option<(f64, f64)> {
        let low = self.extreme(s, false)?.at(s);
        Some((low, self.extreme(s, true)?.at(s)))
    }

    /// The line that has the height `z` at `s` (the lowest there, if not given) and is as low as
    /// can be before.
    pub fn lowest(&self, s: f64, z: Option<f64>) -> Straight {
        let (low, high) = self.range(s).unwrap_or((0.0, 0.0));
        let z = z.unwrap_or(low).clamp(low, high);
        let mut through = self.clone();
        // The polygon's section at this height, give or take the rounding of its corners.
        through.above(s, z - 1e-9);
        through.below(s, z + 1e-9);
        let steepest = through.corners.iter().map(|p| p[1]);
        let slope = steepest.fold(f64::NEG_INFINITY, f64::max);
        let slope = if slope.is_finite() {
            slope
        } else {
            let nearest = |p: &&[f64; 2]| (self.line(**p).at(s) - z).abs();
            let near = self
                .corners
                .iter()
                .min_by(|a, b| nearest(a).total_cmp(&nearest(b)));
            near.map_or(0.0, |p| p[1])
        };
        Straight { s, z, slope }
    }
}
