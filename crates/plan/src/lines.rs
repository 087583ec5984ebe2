//! Photo lines, the cells that they fall into, and the parts of an area that
//! are swept in one direction each.

use crate::space::distance;
use core::f64::consts::PI;
use whimbrel_geo::Polygon;

/// A photo line. `a` to `b` runs with the sweep direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Start.
    pub a: [f64; 2],
    /// End.
    pub b: [f64; 2],
    /// Which strip, counted across the lines.
    pub row: usize,
}

impl Line {
    /// Length.
    pub fn length_m(&self) -> f64 {
        distance(self.a, self.b)
    }
}

/// Lines that follow each other row by row, without a split between.
pub type Cell = Vec<usize>;

/// Lines of a layout.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// The lines.
    pub lines: Vec<Line>,
    /// The cells that they fall into.
    pub cells: Vec<Cell>,
    /// Length that the area asks for.
    pub wanted_m: f64,
    /// Length of it that could not be laid.
    pub lost_m: f64,
    /// A place where it could not.
    pub lost_at: Option<[f64; 2]>,
}

impl Laid {
    /// The direction in which most metres of line run, counter-clockwise from
    /// east, below a half turn.
    pub fn angle_rad(&self) -> f64 {
        let mut groups: Vec<(f64, f64)> = Vec::new();
        for line in &self.lines {
            let angle = (line.b[1] - line.a[1]).atan2(line.b[0] - line.a[0]);
            let angle = angle.rem_euclid(PI);
            let same = |g: &&mut (f64, f64)| {
                let apart = (g.0 - angle).rem_euclid(PI);
                apart.min(PI - apart) < SAME_DIRECTION_RAD
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.1 += line.length_m(),
                None => groups.push((angle, line.length_m())),
            }
        }
        let most = groups
            .into_iter()
            .fold((0.0, 0.0), |most, g| if g.1 > most.1 { g } else { most });
        most.0
    }
}

/// Lines closer than this in direction are taken to be parallel.
const SAME_DIRECTION_RAD: f64 = 0.01;

/// Ground that is swept in one direction: the union of its rings, in which
/// holes are rings too (even–odd; rings may share edges).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The rings.
    pub rings: Vec<Vec<[f64; 2]>>,
    /// Direction of the lines, counter-clockwise from east.
    pub angle_rad: f64,
}

impl Part {
    /// A whole area.
    pub fn whole(area: &Polygon, angle_rad: f64) -> Self {
        Self {
            rings: area.rings().map(<[_]>::to_vec).collect(),
            angle_rad,
        }
    }
}

/// The plane turned so that lines of one angle run along x.
#[derive(Clone, Copy, Debug)]
pub struct Turned {
    sin: f64,
    cos: f64,
}

impl Turned {
    /// For lines in this direction.
    pub fn by(angle_rad: f64) -> Self {
        let (sin, cos) = angle_rad.sin_cos();
        Self { sin, cos }
    }

    /// Into the turned plane.
    pub fn to(self, p: [f64; 2]) -> [f64; 2] {
        [
            p[0] * self.cos + p[1] * self.sin,
            p[1] * self.cos - p[0] * self.sin,
        ]
    }

    /// Out of it.
    pub fn back(self, p: [f64; 2]) -> [f64; 2] {
        [
            p[0] * self.cos - p[1] * self.sin,
            p[1] * self.cos + p[0] * self.sin,
        ]
    }

    /// Rings in the turned plane.
    pub fn rings(self, rings: &[Vec<[f64; 2]>]) -> Vec<Vec<[f64; 2]>> {
        rings
            .iter()
            .map(|r| r.iter().map(|p| self.to(*p)).collect())
            .collect()
    }
}
