//! Heights over the terrain: never below the floor, few waypoints.

use crate::request::PlanError;
use crate::route::Node;
use crate::space::distance;
use whimbrel_geo::{LocalFrame, Polygon, Terrain};

/// Most cells of the ground grid; cells get larger instead.
const MAX_CELLS: f64 = 2_000_000.0;
/// Raised over the floor, so that heights truncated to centimetres in an
/// autopilot (ArduPilot) do not go below it.
const ROUNDING_M: f64 = 0.02;

/// Terrain heights on a grid in the plane of the plan.
pub struct Ground {
    west: f64,
    south: f64,
    cell: f64,
    columns: usize,
    rows: usize,
    z: Vec<f32>,
}

impl Ground {
    /// Samples the terrain over `inside` and `around` metres more.
    pub fn new(
        frame: &LocalFrame,
        terrain: &dyn Terrain,
        inside: &Polygon,
        around: f64,
        cell: f64,
    ) -> Result<Self, PlanError> {
        let (low, high) = inside.bounds().ok_or(PlanError::NothingToFly)?;
        let (west, south) = (low[0] - around, low[1] - around);
        let (wide, tall) = (high[0] + around - west, high[1] + around - south);
        let cell = cell.max((wide * tall / MAX_CELLS).sqrt());
        let columns = (wide / cell).ceil() as usize + 2;
        let rows = (tall / cell).ceil() as usize + 2;
        let mut z = Vec::with_capacity(columns * rows);
        let (mut wanted, mut missing, mut first) = (0_usize, 0_usize, None);
        for row in 0..rows {
            for column in 0..columns {
                let p = [west + column as f64 * cell, south + row as f64 * cell];
                let at = frame.latlon_from_xy(p);
                let height = terrain.height(at).map(|h| h.m()).filter(|h| h.is_finite());
                if inside.contains(p) {
                    wanted += 1;
                    if height.is_none() {
                        missing += 1;
                        first = first.or(Some(at));
                    }
                }
                z.push(height.map_or(f32::NAN, |h| h as f32));
            }
        }
        if let Some(at) = first {
            return Err(PlanError::NoTerrain {
                missing_percent: 100.0 * missing as f64 / wanted.max(1) as f64,
                at,
                south_west: frame.latlon_from_xy(low),
                north_east: frame.latlon_from_xy(high),
            });
        }
        Ok(Self {
            west,
            south,
            cell,
            columns,
            rows,
            z,
        })
    }

    /// Bilinear height; next to missing cells the highest of those known.
    pub fn height(&self, p: [f64; 2]) -> Option<f64> {
        let x = (p[0] - self.west) / self.cell;
        let y = (p[1] - self.south) / self.cell;
        if !(x >= 0.0 && y >= 0.0) {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        if column + 1 >= self.columns || row + 1 >= self.rows {
            return None;
        }
        let at = |c: usize, r: usize| self.z.get(r * self.columns + c).map(|z| f64::from(*z));
        let (a, b) = (at(column, row)?, at(column + 1, row)?);
        let (c, d) = (at(column, row + 1)?, at(column + 1, row + 1)?);
        let (u, v) = (x - column as f64, y - row as f64);
        let z = (a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v;
        if z.is_nan() {
            let highest = [a, b, c, d].into_iter().fold(f64::NAN, f64::max);
            return (!highest.is_nan()).then_some(highest);
        }
        Some(z)
    }

    /// Highest ground in a rectangle around `p`, `half_along` in the direction
    /// `u` and `half_across` beside it.
    fn highest(&self, p: [f64; 2], u: [f64; 2], half_along: f64, half_across: f64) -> f64 {
        let steps = |half: f64| ((half / self.cell).ceil() as i32).clamp(1, 60);
        let (n, m) = (steps(half_along), steps(half_across));
        let mut top = f64::NEG_INFINITY;
        for i in -n..=n {
            let s = half_along * f64::from(i) / f64::from(n);
            for j in -m..=m {
                let t = half_across * f64::from(j) / f64::from(m);
                let q = [p[0] + s * u[0] - t * u[1], p[1] + s * u[1] + t * u[0]];
                if let Some(z) = self.height(q) {
                    top = top.max(z);
                }
            }
        }
        top
    }

    /// Grid spacing.
    pub fn cell_m(&self) -> f64 {
        self.cell
    }
}

/// What heights must keep to.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Above the highest ground under the footprint.
    pub height_m: f64,
    /// Half of a photo's width on the ground.
    pub half_across_m: f64,
    /// Half of its length.
    pub half_along_m: f64,
    /// Ground looked at beside ways without photos.
    pub half_way_m: f64,
    /// How far above the floor photo lines may be.
    pub tolerance_m: f64,
    /// Steepest climb, metres per metre.
    pub climb: f64,
    /// Steepest descent.
    pub descent: f64,
}

/// Gives a route its heights and the waypoints in between that they need.
///
/// The floor is the highest ground under the footprint plus the height, raised
/// where climb or descent could not follow it. A straight run of knots is
/// fitted between the floor and the floor plus the tolerance by narrowing the
/// cone of slopes that pass all samples so far.
pub fn heights(nodes: &[Node], ground: &Ground, rules: &Rules) -> Vec<Node> {
    struct Sample {
        s: f64,
        xy: [f64; 2],
        low: f64,
        high: f64,
        node: Option<usize>,
        leg: usize,
    }
    let mut samples: Vec<Sample> = Vec::new();
    let mut s = 0.0;
    for (index, node) in nodes.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|i| nodes.get(i));
        let from = previous.map_or(node.xy, |p| p.xy);
        let length = distance(from, node.xy);
        let u = if length > 1e-9 {
            [
                (node.xy[0] - from[0]) / length,
                (node.xy[1] - from[1]) / length,
            ]
        } else {
            [1.0, 0.0]
        };
        let photo = node.role == crate::Role::Photo;
        let next_photo = nodes
            .get(index + 1)
            .is_some_and(|n| n.role == crate::Role::Photo);
        let n = (length / ground.cell_m()).ceil().max(1.0) as usize;
        for i in usize::from(index > 0)..=n {
            if index == 0 && i > 0 {
                break;
            }
            let t = i as f64 / n as f64;
            let xy = [
                from[0] + t * (node.xy[0] - from[0]),
                from[1] + t * (node.xy[1] - from[1]),
            ];
            let at_end = i == n || index == 0;
            let camera = photo || (at_end && next_photo);
            let top = if camera {
                // The corner of two lines sees along both.
                let u = if photo {
                    u
                } else {
                    nodes.get(index + 1).map_or(u, |q| unit(node.xy, q.xy))
                };
                ground.highest(xy, u, rules.half_along_m, rules.half_across_m)
            } else {
                ground.highest(xy, u, rules.half_way_m, rules.half_way_m)
            };
            let low = top + rules.height_m + ROUNDING_M;
            samples.push(Sample {
                s: s + t * length,
                xy,
                low,
                high: if camera {
                    rules.tolerance_m
                } else {
                    f64::INFINITY
                },
                node: at_end.then_some(index),
                leg: index,
            });
        }
        s += length;
    }
    // The lowest line above the floor that climbs and descends as allowed.
    let mut floor: Vec<f64> = samples.iter().map(|p| p.low).collect();
    for i in 1..samples.len() {
        let ds = samples[i].s - samples[i - 1].s;
        floor[i] = floor[i].max(floor[i - 1] - rules.descent * ds);
    }
    for i in (1..samples.len()).rev() {
        let ds = samples[i].s - samples[i - 1].s;
        floor[i - 1] = floor[i - 1].max(floor[i] - rules.climb * ds);
    }
    // The highest line below floor + tolerance that does.
    for (sample, floor) in samples.iter_mut().zip(&floor) {
        sample.low = *floor;
        sample.high += floor;
    }
    for i in 1..samples.len() {
        let ds = samples[i].s - samples[i - 1].s;
        samples[i].high = samples[i].high.min(samples[i - 1].high + rules.climb * ds);
    }
    for i in (1..samples.len()).rev() {
        let ds = samples[i].s - samples[i - 1].s;
        samples[i - 1].high = samples[i - 1]
            .high
            .min(samples[i].high + rules.descent * ds);
    }
    let mut out = Vec::with_capacity(nodes.len());
    let Some(first) = samples.first() else {
        return out;
    };
    let mut z = first.low;
    if let Some(node) = nodes.first() {
        out.push(Node { z, ..*node });
    }
    let mut knot = 0;
    while knot + 1 < samples.len() {
        let (mut low, mut high) = (-rules.descent, rules.climb);
        let mut end = knot + 1;
        let mut slope = None;
        for (i, p) in samples.iter().enumerate().skip(knot + 1) {
            let ds = p.s - samples[knot].s;
            if ds <= 1e-9 {
                (end, slope) = (i, Some(0.0));
                if p.node.is_some() {
                    break;
                }
                continue;
            }
            let (next_low, next_high) = (low.max((p.low - z) / ds), high.min((p.high - z) / ds));
            if next_low > next_high + 1e-9 {
                // The side that failed says where to aim.
                if slope.is_some() && p.low - z > high * ds {
                    slope = Some(high);
                }
                break;
            }
            (low, high) = (next_low, next_high.max(next_low));
            (end, slope) = (i, Some(low));
            if p.node.is_some() {
                break;
            }
        }
        let p = &samples[end];
        let ds = p.s - samples[knot].s;
        z = slope.map_or(p.low, |m| z + m * ds).max(p.low);
        if let Some(node) = p.node.and_then(|n| nodes.get(n)) {
            out.push(Node { z, ..*node });
        } else if let Some(node) = nodes.get(p.leg) {
            out.push(Node {
                xy: p.xy,
                z,
                role: node.role,
                ..Node::via(p.xy, node.role)
            });
        }
        knot = end;
    }
    out
}

fn unit(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let d = distance(a, b).max(1e-9);
    [(b[0] - a[0]) / d, (b[1] - a[1]) / d]
}
