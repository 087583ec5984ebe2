//! What a route does, measured from its segments alone and not with the
//! planner's own code.

use whimbrel_geo::Polygon;
use whimbrel_plan::{Plan, Role};

/// Corners up to this are flown through.
const STOP_RAD: f64 = 15.0 * core::f64::consts::PI / 180.0;
/// Cells across a swath when coverage is measured.
const CELLS: f64 = 40.0;

/// A polyline.
pub type Path = Vec<[f64; 2]>;

/// The route of a plan with one sortie, and its photo lines.
pub fn route(plan: &Plan) -> (Path, Vec<Path>) {
    let mut whole: Path = Vec::new();
    let mut photo = Vec::new();
    for segment in plan.sorties.iter().flat_map(|s| &s.segments) {
        let xy = |p: &whimbrel_geo::Position<whimbrel_geo::Amsl>| plan.frame().enu_xy(p.at);
        let path: Path = segment.points.iter().map(xy).collect();
        for p in &path {
            if whole.last().is_none_or(|q| apart(*p, *q) > 1e-6) {
                whole.push(*p);
            }
        }
        if segment.role == Role::Photo {
            photo.push(path);
        }
    }
    (whole, photo)
}

pub fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

pub fn length(path: &[[f64; 2]]) -> f64 {
    path.windows(2).map(|p| apart(p[0], p[1])).sum()
}

/// From stop to stop: v 10 m/s, a 2 m/s².
pub fn run_s(length_m: f64) -> f64 {
    let (v, a) = (10.0, 2.0);
    if length_m >= v * v / a {
        length_m / v + v / a
    } else {
        2.0 * (length_m / a).sqrt()
    }
}

/// Time of a path with a stop at each corner.
pub fn time_s(path: &[[f64; 2]]) -> f64 {
    let mut time = 0.0;
    let mut run = 0.0;
    for (k, pair) in path.windows(2).enumerate() {
        run += apart(pair[0], pair[1]);
        let stop = path.get(k + 2).is_none_or(|next| {
            let h = |p: [f64; 2], q: [f64; 2]| (q[1] - p[1]).atan2(q[0] - p[0]);
            let turn = (h(pair[1], *next) - h(pair[0], pair[1])).rem_euclid(core::f64::consts::TAU);
            turn.min(core::f64::consts::TAU - turn) > STOP_RAD
        });
        if stop {
            time += run_s(run);
            run = 0.0;
        }
    }
    time
}

/// Cells of an area.
pub struct Grid {
    cell: f64,
    points: Vec<[f64; 2]>,
    /// First point of each row of cells.
    rows: Vec<usize>,
    south: f64,
}

impl Grid {
    pub fn new(areas: &[Polygon], swath: f64) -> Self {
        let cell = swath / CELLS;
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for p in areas.iter().flat_map(|a| &a.outer) {
            for k in 0..2 {
                low[k] = low[k].min(p[k]);
                high[k] = high[k].max(p[k]);
            }
        }
        let cell = cell.max(((high[0] - low[0]) * (high[1] - low[1]) / 1.5e6).sqrt());
        let mut points = Vec::new();
        let mut rows = vec![0];
        let mut y = low[1] + 0.5 * cell;
        while y < high[1] {
            for area in areas {
                let mut cuts: Vec<f64> = area
                    .edges()
                    .filter(|(a, b)| (a[1] > y) != (b[1] > y))
                    .map(|(a, b)| a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
                    .collect();
                cuts.sort_by(f64::total_cmp);
                for pair in cuts.chunks_exact(2) {
                    let mut k = ((pair[0] - low[0]) / cell - 0.5).ceil();
                    while low[0] + (k + 0.5) * cell <= pair[1] {
                        points.push([low[0] + (k + 0.5) * cell, y]);
                        k += 1.0;
                    }
                }
            }
            rows.push(points.len());
            y += cell;
        }
        Self {
            cell,
            points,
            rows,
            south: low[1],
        }
    }

    /// Share of the cells whose middle is within half a swath of the paths.
    pub fn coverage(&self, paths: &[Path], swath: f64) -> f64 {
        let half = 0.5 * swath;
        let mut seen = vec![false; self.points.len()];
        for pair in paths.iter().flat_map(|p| p.windows(2)) {
            let (a, b) = (pair[0], pair[1]);
            let row = |y: f64| ((y - self.south) / self.cell - 0.5).max(0.0);
            let first = row(a[1].min(b[1]) - half).floor() as usize;
            let last = row(a[1].max(b[1]) + half).ceil() as usize;
            let d = [b[0] - a[0], b[1] - a[1]];
            let square = d[0] * d[0] + d[1] * d[1];
            for k in first..=last {
                let (Some(from), Some(to)) = (self.rows.get(k), self.rows.get(k + 1)) else {
                    break;
                };
                let looks = self.points[*from..*to].iter().zip(&mut seen[*from..*to]);
                for (p, seen) in looks {
                    let t = if square > 0.0 {
                        ((p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1]) / square
                    } else {
                        0.0
                    };
                    let t = t.clamp(0.0, 1.0);
                    let (x, y) = (p[0] - a[0] - t * d[0], p[1] - a[1] - t * d[1]);
                    *seen |= x * x + y * y <= half * half;
                }
            }
        }
        seen.iter().filter(|s| **s).count() as f64 / seen.len().max(1) as f64
    }
}

/// Metres of a path that are outside of a polygon.
pub fn outside(path: &[[f64; 2]], polygon: &Polygon) -> f64 {
    path.windows(2)
        .map(|p| {
            let inside: f64 = polygon
                .clip_line(p[0], p[1])
                .iter()
                .map(|c| c.1 - c.0)
                .sum();
            (1.0 - inside).max(0.0) * apart(p[0], p[1])
        })
        .sum()
}

/// The bound (cA − πw²/4)/w.
pub fn length_bound(area_m2: f64, coverage: f64, swath: f64) -> f64 {
    (coverage * area_m2 - core::f64::consts::PI * swath * swath / 4.0) / swath
}

/// Time for the bound in straight legs no longer than the diameter.
pub fn time_bound(length_m: f64, diameter_m: f64) -> f64 {
    let whole = (length_m / diameter_m).floor();
    whole * run_s(diameter_m) + run_s(length_m - whole * diameter_m)
}

pub fn diameter(areas: &[Polygon]) -> f64 {
    let points: Vec<[f64; 2]> = areas.iter().flat_map(|a| a.outer.clone()).collect();
    let far = |p: &[f64; 2]| points.iter().map(|q| apart(*p, *q)).fold(0.0, f64::max);
    points.iter().map(far).fold(0.0, f64::max)
}
