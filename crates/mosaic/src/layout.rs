//! First poses of photos of which only the GPS position is known. Each photo is a similarity of
//! the level ground; matched pairs give the differences of direction, scale and place, GPS the
//! rest. Tilt follows from the distance between where a photo looks and where GPS says it hung.

use nalgebra::{Complex, Rotation3, Vector3};

use crate::cholesky;
use crate::lens::Pose;

/// Passes of re-weighting.
const PASSES: usize = 8;
/// Edges whose direction disagrees by more than this with the rest are false.
const MAX_TURN_RESIDUAL_RAD: f64 = 0.45;
/// The same for the logarithm of scale.
const MAX_SCALE_RESIDUAL: f64 = 0.45;
/// Largest tilt of a first pose.
const MAX_TILT: f64 = 0.5;
/// Fewest photos in a group for its scale and direction to be found from GPS.
pub const MIN_GROUP: usize = 3;

/// A matched pair seen as a similarity; image coordinates are complex `x - i y` in reference pixels.
#[derive(Clone, Debug)]
pub struct Edge {
    /// First photo.
    pub a: usize,
    /// Second photo.
    pub b: usize,
    /// Matches that agree.
    pub weight: f64,
    /// `b = turn * a + …`.
    pub turn: Complex<f64>,
    /// Mean place of the matches in each photo.
    pub centre: [Complex<f64>; 2],
}

impl Edge {
    /// Least-squares similarity of matched places (reference pixels, y down).
    pub fn fit(a: usize, b: usize, places: &[([f64; 2], [f64; 2])]) -> Option<Edge> {
        let n = places.len() as f64;
        let z = |p: [f64; 2]| Complex::new(p[0], -p[1]);
        let (ma, mb) = places.iter().fold((Complex::ZERO, Complex::ZERO), |s, p| {
            (s.0 + z(p.0) / n, s.1 + z(p.1) / n)
        });
        let (mut top, mut bottom) = (Complex::ZERO, 0.0);
        for p in places {
            let (u, v) = (z(p.0) - ma, z(p.1) - mb);
            top += v * u.conj();
            bottom += u.norm_sqr();
        }
        (bottom > 1e-6 && top.norm() > 1e-9).then(|| Edge {
            a,
            b,
            weight: n,
            turn: top / bottom,
            centre: [ma, mb],
        })
    }
}

/// What the layout says of one photo.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// Clockwise from north, of the image's top.
    pub heading_rad: f64,
    /// Height above ground divided by the focal length: metres per reference pixel.
    pub gsd_m: f64,
    /// Where the image centre meets the ground.
    pub centre_m: [f64; 2],
}

/// Lays out all groups of at least [`MIN_GROUP`] photos; returns the placements and the edges
/// that were found false. `gps[i]` is local east, north.
pub fn layout(
    gps: &[Option<[f64; 2]>],
    edges: &[Edge],
    slack_m: f64,
) -> (Vec<Option<Placement>>, Vec<usize>) {
    let n = gps.len();
    let mut false_edges = Vec::new();
    let mut live: Vec<usize> = (0..edges.len())
        .filter(|&e| gps[edges[e].a].is_some() && gps[edges[e].b].is_some())
        .collect();
    // Two rounds: the second without the edges that the first found false.
    for round in 0..2 {
        let (group, logs) = directions(n, edges, &live);
        let bad = |e: usize| {
            let edge = &edges[e];
            let d = logs[edge.b] - logs[edge.a] + edge.turn.ln();
            wrap(d.im).abs() > MAX_TURN_RESIDUAL_RAD || d.re.abs() > MAX_SCALE_RESIDUAL
        };
        let wrong: Vec<usize> = live.iter().copied().filter(|&e| bad(e)).collect();
        if !wrong.is_empty() && round == 0 {
            live.retain(|e| !wrong.contains(e));
            false_edges.extend(wrong);
            continue;
        }
        return (
            place(gps, edges, &live, &group, &logs, slack_m),
            false_edges,
        );
    }
    (vec![None; n], false_edges)
}

/// Group of each photo and the complex logarithm of metres per pixel up to one constant per group.
fn directions(n: usize, edges: &[Edge], live: &[usize]) -> (Vec<usize>, Vec<Complex<f64>>) {
    let mut order: Vec<usize> = live.to_vec();
    order.sort_by(|&p, &q| edges[q].weight.total_cmp(&edges[p].weight).then(p.cmp(&q)));
    // Maximum spanning forest (Kruskal).
    let mut group: Vec<usize> = (0..n).collect();
    let mut tree: Vec<Vec<(usize, Complex<f64>)>> = vec![Vec::new(); n];
    for &e in &order {
        let edge = &edges[e];
        let (ga, gb) = (group[edge.a], group[edge.b]);
        if ga == gb {
            continue;
        }
        let (low, high) = (ga.min(gb), ga.max(gb));
        group
            .iter_mut()
            .filter(|g| **g == high)
            .for_each(|g| *g = low);
        // alpha_a = alpha_b * turn
        tree[edge.a].push((edge.b, -edge.turn.ln()));
        tree[edge.b].push((edge.a, edge.turn.ln()));
    }
    let mut logs: Vec<Complex<f64>> = vec![Complex::ZERO; n];
    let mut seen = vec![false; n];
    for root in 0..n {
        let mut stack = vec![root];
        while let Some(i) = stack.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            for &(j, step) in &tree[i] {
                if !seen[j] {
                    logs[j] = logs[i] + step;
                    stack.push(j);
                }
            }
        }
    }
    // Re-weighted least squares over all edges.
    for _ in 0..PASSES {
        let mut system = Laplacian::new(n);
        for i in 0..n {
            system.anchor(i, 1e-4, Complex::ZERO);
        }
        for &e in live {
            let edge = &edges[e];
            let mut d = logs[edge.a] - logs[edge.b] - edge.turn.ln();
            d.im = wrap(d.im);
            let w = edge.weight.min(200.0) / (1.0 + d.norm_sqr() / 0.0225);
            system.tie(edge.a, edge.b, w, -d);
        }
        let Some(step) = system.solve() else { break };
        logs.iter_mut().zip(&step).for_each(|(l, s)| *l += s);
    }
    (group, logs)
}

fn place(
    gps: &[Option<[f64; 2]>],
    edges: &[Edge],
    live: &[usize],
    group: &[usize],
    logs: &[Complex<f64>],
    slack_m: f64,
) -> Vec<Option<Placement>> {
    let n = gps.len();
    let z = |i: usize| gps[i].map_or(Complex::ZERO, |p| Complex::new(p[0], p[1]));
    let mut out = vec![None; n];
    let mut groups: Vec<usize> = group.to_vec();
    groups.sort_unstable();
    groups.dedup();
    for g in groups {
        let members: Vec<usize> = (0..n).filter(|&i| group[i] == g).collect();
        if members.len() < MIN_GROUP || live.is_empty() {
            continue;
        }
        let mine: Vec<&Edge> = live
            .iter()
            .map(|&e| &edges[e])
            .filter(|e| group[e.a] == g)
            .collect();
        let shift = |e: &Edge| logs[e.a].exp() * e.centre[0] - logs[e.b].exp() * e.centre[1];
        // One rotation and scale for the group: GPS differences against matched differences.
        let (mut common, mut scale): (Complex<f64>, f64) = (Complex::ZERO, f64::INFINITY);
        for _ in 0..PASSES {
            let (mut top, mut bottom) = (Complex::ZERO, 0.0);
            let mut residuals: Vec<f64> = Vec::new();
            for e in &mine {
                let (d, m) = (shift(e), z(e.b) - z(e.a));
                let r = (common * d - m).norm();
                let w = 1.0 / (1.0 + (r / scale).powi(2));
                top += d.conj() * m * w;
                bottom += d.norm_sqr() * w;
                residuals.push(r);
            }
            common = top / bottom.max(1e-12);
            residuals.sort_by(f64::total_cmp);
            scale = (2.0 * residuals[residuals.len() / 2]).max(1.0);
        }
        if common.norm() < 1e-9 {
            continue;
        }
        let index: Vec<usize> = (0..n)
            .map(|i| members.binary_search(&i).unwrap_or(0))
            .collect();
        let mut system = Laplacian::new(members.len());
        for (k, &i) in members.iter().enumerate() {
            system.anchor(k, 1.0 / (slack_m * slack_m), z(i));
        }
        for e in &mine {
            let d = common * shift(e);
            let r = (z(e.b) - z(e.a) - d).norm();
            system.tie(
                index[e.b],
                index[e.a],
                0.25 / (1.0 + (r / (3.0 * slack_m)).powi(2)),
                d,
            );
        }
        let Some(centres) = system.solve() else {
            continue;
        };
        for (k, &i) in members.iter().enumerate() {
            let alpha = common * logs[i].exp();
            out[i] = Some(Placement {
                heading_rad: -alpha.arg(),
                gsd_m: alpha.norm(),
                centre_m: [centres[k].re, centres[k].im],
            });
        }
    }
    out
}

/// The camera that hangs at `centre` and looks at where the layout says.
pub fn tilted(centre: Vector3<f64>, ground_up_m: f64, placement: &Placement) -> Pose {
    let nadir = Pose::nadir(centre, placement.heading_rad);
    let height = (centre.z - ground_up_m).max(1.0);
    let mut off = nalgebra::Vector2::new(
        placement.centre_m[0] - centre.x,
        placement.centre_m[1] - centre.y,
    ) / height;
    if off.norm() > MAX_TILT {
        off *= MAX_TILT / off.norm();
    }
    let look = Vector3::new(off.x, off.y, -1.0);
    let turn = Rotation3::rotation_between(&Vector3::new(0.0, 0.0, -1.0), &look)
        .unwrap_or_else(Rotation3::identity);
    Pose {
        camera_from_enu: nadir.camera_from_enu * turn.inverse(),
        centre,
    }
}

fn wrap(a: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    (a + PI).rem_euclid(TAU) - PI
}

/// Weighted differences and anchors of complex unknowns.
struct Laplacian {
    n: usize,
    a: Vec<f64>,
    b: Vec<Complex<f64>>,
}

impl Laplacian {
    fn new(n: usize) -> Laplacian {
        Laplacian {
            n,
            a: vec![0.0; n * n],
            b: vec![Complex::ZERO; n],
        }
    }

    fn anchor(&mut self, i: usize, w: f64, value: Complex<f64>) {
        self.a[i * self.n + i] += w;
        self.b[i] += value * w;
    }

    /// `x[i] - x[j] = d`.
    fn tie(&mut self, i: usize, j: usize, w: f64, d: Complex<f64>) {
        self.a[i * self.n + i] += w;
        self.a[j * self.n + j] += w;
        self.a[i.min(j) * self.n + i.max(j)] -= w;
        self.b[i] += d * w;
        self.b[j] -= d * w;
    }

    fn solve(self) -> Option<Vec<Complex<f64>>> {
        let re = cholesky::solve(self.a.clone(), self.b.iter().map(|v| v.re).collect())?;
        let im = cholesky::solve(self.a, self.b.iter().map(|v| v.im).collect())?;
        Some(
            re.into_iter()
                .zip(im)
                .map(|(r, i)| Complex::new(r, i))
                .collect(),
        )
    }
}
