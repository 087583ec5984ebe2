//! Which feature of one photo is which feature of another, and the plane-to-plane mapping that
//! most of them agree on. No randomness: each match alone proposes a similarity (position, scale
//! and direction of the two features), so every proposal is tried.

use nalgebra::{Matrix3, SMatrix, SVector, Vector3};
use pulp::{Arch, WithSimd};

use crate::features::{DESCRIPTOR, Feature, Features};

/// Features of the largest scales that are compared first.
const COARSE_FEATURES: usize = 1000;
/// Most similarities that are proposed.
const MAX_PROPOSALS: usize = 600;
/// Best distance squared must be below this part of the second best (Lowe §7.1: 0.8²).
const RATIO_SQUARED: f32 = 0.64;
/// The same where the place is already known within [`WINDOW_PX`].
const GUIDED_RATIO_SQUARED: f32 = 0.75;
/// Largest distance squared of guided matches; descriptors have norm 512.
const MAX_DISTANCE_SQUARED: i32 = 110_000;
/// Half side of the window searched around the predicted place.
pub const WINDOW_PX: f32 = 48.0;
/// Agreement with a proposed similarity; tilt of 20° bends the image by about this much.
const SIMILARITY_PX: f32 = 40.0;
/// Agreement with the final homography.
pub const PLANE_PX: f64 = 6.0;
/// Fewest agreeing matches for a pair to count as overlapping.
pub const MIN_PAIR_MATCHES: usize = 16;
/// Fewest for the window search to start.
const MIN_COARSE_MATCHES: usize = 10;
const NORM_SQUARED: i32 = 512 * 512;

/// A match: feature of the first photo, feature of the second, and whether the pair's homography
/// holds there (false where something stands up from the ground).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index in the first photo.
    pub a: u32,
    /// Index in the second photo.
    pub b: u32,
    /// Within [`PLANE_PX`] of the homography.
    pub planar: bool,
}

/// Two photos that see the same ground.
#[derive(Clone, Debug)]
pub struct PairMatch {
    /// All matches in the window.
    pub matches: Vec<Match>,
    /// Pixels of the second photo from pixels of the first.
    pub homography: Matrix3<f64>,
}

impl PairMatch {
    /// How many matches lie on the common plane.
    pub fn planar_count(&self) -> usize {
        self.matches.iter().filter(|m| m.planar).count()
    }
}

/// Matches two photos; `None` when no mapping has enough support. `exhaustive` compares all
/// features when the large ones do not suffice.
pub fn match_pair(a: &Features, b: &Features, exhaustive: bool) -> Option<PairMatch> {
    let coarse = |limit: usize| {
        let raw = nearest(head(a, limit), head(b, limit));
        plane(a, b, &raw)
    };
    let seed =
        coarse(COARSE_FEATURES).or_else(|| if exhaustive { coarse(usize::MAX) } else { None })?;
    let guided = guided(a, b, &seed);
    let pairs: Vec<(u32, u32)> = guided.iter().map(|m| (m.0, m.1)).collect();
    let (homography, inliers) = refine(a, b, &pairs, seed, &[16.0, 8.0, PLANE_PX, PLANE_PX])?;
    if inliers < MIN_PAIR_MATCHES {
        return None;
    }
    let matches = pairs
        .iter()
        .map(|&(i, j)| Match {
            a: i,
            b: j,
            planar: transfer_error(&homography, &a.points[i as usize], &b.points[j as usize])
                < PLANE_PX,
        })
        .collect();
    Some(PairMatch {
        matches,
        homography,
    })
}

fn head(f: &Features, limit: usize) -> &[u8] {
    &f.descriptors[..f.points.len().min(limit) * DESCRIPTOR]
}

/// Mutual nearest neighbours that pass the ratio test.
fn nearest(a: &[u8], b: &[u8]) -> Vec<(u32, u32)> {
    let wide = |d: &[u8]| d.iter().map(|&v| i16::from(v)).collect::<Vec<i16>>();
    let (a, b) = (wide(a), wide(b));
    Arch::new().dispatch(Nearest { a: &a, b: &b })
}

struct Nearest<'a> {
    a: &'a [i16],
    b: &'a [i16],
}

/// Rows of the second photo that stay in the first-level cache while all of the first pass.
const BLOCK: usize = 64;

impl WithSimd for Nearest<'_> {
    type Output = Vec<(u32, u32)>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
        let (na, nb) = (self.a.len() / DESCRIPTOR, self.b.len() / DESCRIPTOR);
        // (best dot product, its index, second best)
        let mut best_a = vec![(i32::MIN, 0u32, i32::MIN); na];
        let mut best_b = vec![(i32::MIN, 0u32); nb];
        for (block, rows) in self.b.chunks(BLOCK * DESCRIPTOR).enumerate() {
            for (i, (va, best)) in self
                .a
                .chunks_exact(DESCRIPTOR)
                .zip(best_a.iter_mut())
                .enumerate()
            {
                for (k, vb) in rows.chunks_exact(DESCRIPTOR).enumerate() {
                    let d = dot(va, vb);
                    let j = block * BLOCK + k;
                    if d > best.0 {
                        *best = (d, j as u32, best.0);
                    } else if d > best.2 {
                        best.2 = d;
                    }
                    let other = &mut best_b[j];
                    if d > other.0 {
                        *other = (d, i as u32);
                    }
                }
            }
        }
        let distance = |d: i32| (2 * (NORM_SQUARED - d.min(NORM_SQUARED))) as f32;
        best_a
            .iter()
            .enumerate()
            .filter(|(i, (d, j, second))| {
                best_b.get(*j as usize).is_some_and(|o| o.1 == *i as u32)
                    && *second > i32::MIN
                    && distance(*d) < RATIO_SQUARED * distance(*second)
            })
            .map(|(i, (_, j, _))| (i as u32, *j))
            .collect()
    }
}

#[inline(always)]
fn dot(a: &[i16], b: &[i16]) -> i32 {
    // Wrapping, as checks for overflow (impossible: 128 · 255²) would keep it from being vectorised.
    a.iter().zip(b).fold(0i32, |sum, (&x, &y)| {
        sum.wrapping_add(i32::from(x).wrapping_mul(i32::from(y)))
    })
}

/// The homography that most raw matches support.
fn plane(a: &Features, b: &Features, raw: &[(u32, u32)]) -> Option<Matrix3<f64>> {
    if raw.len() < MIN_COARSE_MATCHES {
        return None;
    }
    let stride = raw.len().div_ceil(MAX_PROPOSALS).max(1);
    let mut best: (usize, Option<[f32; 4]>) = (0, None);
    for &(i, j) in raw.iter().step_by(stride) {
        let (p, q) = (&a.points[i as usize], &b.points[j as usize]);
        let s = similarity(p, q);
        let count = raw
            .iter()
            .filter(|&&(m, n)| similar(&s, &a.points[m as usize], &b.points[n as usize]))
            .count();
        if count > best.0 {
            best = (count, Some(s));
        }
    }
    let s = best.1?;
    if best.0 < MIN_COARSE_MATCHES {
        return None;
    }
    let h = Matrix3::new(
        f64::from(s[0]),
        f64::from(-s[1]),
        f64::from(s[2]),
        f64::from(s[1]),
        f64::from(s[0]),
        f64::from(s[3]),
        0.0,
        0.0,
        1.0,
    );
    let (h, inliers) = refine(a, b, raw, h, &[f64::from(SIMILARITY_PX), 24.0, 12.0, 8.0])?;
    (inliers >= MIN_COARSE_MATCHES).then_some(h)
}

/// `q = [c -s; s c] p + t` from one feature each, as `[c, s, tx, ty]`.
fn similarity(p: &Feature, q: &Feature) -> [f32; 4] {
    let scale = q.scale / p.scale;
    let (sin, cos) = (q.angle_rad - p.angle_rad).sin_cos();
    let (c, s) = (scale * cos, scale * sin);
    [c, s, q.x - (c * p.x - s * p.y), q.y - (s * p.x + c * p.y)]
}

fn similar(s: &[f32; 4], p: &Feature, q: &Feature) -> bool {
    let dx = s[0] * p.x - s[1] * p.y + s[2] - q.x;
    let dy = s[1] * p.x + s[0] * p.y + s[3] - q.y;
    dx * dx + dy * dy < SIMILARITY_PX * SIMILARITY_PX
}

/// Where the homography sends a point.
pub fn apply(h: &Matrix3<f64>, x: f64, y: f64) -> Option<[f64; 2]> {
    let v = h * Vector3::new(x, y, 1.0);
    (v.z > 1e-9).then(|| [v.x / v.z, v.y / v.z])
}

fn transfer_error(h: &Matrix3<f64>, p: &Feature, q: &Feature) -> f64 {
    apply(h, f64::from(p.x), f64::from(p.y)).map_or(f64::INFINITY, |v| {
        (v[0] - f64::from(q.x)).hypot(v[1] - f64::from(q.y))
    })
}

/// Refits with shrinking thresholds; the last fit and its support.
fn refine(
    a: &Features,
    b: &Features,
    pairs: &[(u32, u32)],
    mut h: Matrix3<f64>,
    thresholds: &[f64],
) -> Option<(Matrix3<f64>, usize)> {
    let mut count = 0;
    for &limit in thresholds {
        let inliers: Vec<([f64; 2], [f64; 2])> = pairs
            .iter()
            .map(|&(i, j)| (&a.points[i as usize], &b.points[j as usize]))
            .filter(|(p, q)| transfer_error(&h, p, q) < limit)
            .map(|(p, q)| {
                (
                    [f64::from(p.x), f64::from(p.y)],
                    [f64::from(q.x), f64::from(q.y)],
                )
            })
            .collect();
        if inliers.len() < 8 {
            return None;
        }
        h = fit_homography(&inliers)?;
        count = pairs
            .iter()
            .filter(|&&(i, j)| {
                transfer_error(&h, &a.points[i as usize], &b.points[j as usize]) < limit
            })
            .count();
    }
    sane(&h, a).then_some((h, count))
}

/// A mapping between two photos of the same ground neither mirrors nor shrinks much.
fn sane(h: &Matrix3<f64>, a: &Features) -> bool {
    let n = a.points.len().max(1) as f64;
    let (x, y) = a.points.iter().fold((0.0, 0.0), |s, p| {
        (s.0 + f64::from(p.x) / n, s.1 + f64::from(p.y) / n)
    });
    let at = |dx: f64, dy: f64| apply(h, x + dx, y + dy);
    let (Some(o), Some(u), Some(v)) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0)) else {
        return false;
    };
    let area = (u[0] - o[0]) * (v[1] - o[1]) - (u[1] - o[1]) * (v[0] - o[0]);
    (0.1..10.0).contains(&area)
}

/// Least squares with the last element 1 (inhomogeneous DLT, Hartley and Zisserman §4.1), on
/// coordinates centred and scaled as in §4.4.
fn fit_homography(pairs: &[([f64; 2], [f64; 2])]) -> Option<Matrix3<f64>> {
    let normal = |points: &mut dyn Iterator<Item = [f64; 2]>| -> Matrix3<f64> {
        let all: Vec<[f64; 2]> = points.collect();
        let n = all.len() as f64;
        let c = all
            .iter()
            .fold([0.0, 0.0], |s, p| [s[0] + p[0] / n, s[1] + p[1] / n]);
        let spread = all
            .iter()
            .map(|p| (p[0] - c[0]).hypot(p[1] - c[1]))
            .sum::<f64>()
            / n;
        let k = std::f64::consts::SQRT_2 / spread.max(1e-9);
        Matrix3::new(k, 0.0, -k * c[0], 0.0, k, -k * c[1], 0.0, 0.0, 1.0)
    };
    let ta = normal(&mut pairs.iter().map(|p| p.0));
    let tb = normal(&mut pairs.iter().map(|p| p.1));
    let mut ata = SMatrix::<f64, 8, 8>::zeros();
    let mut atb = SVector::<f64, 8>::zeros();
    for (p, q) in pairs {
        let (p, q) = (
            ta * Vector3::new(p[0], p[1], 1.0),
            tb * Vector3::new(q[0], q[1], 1.0),
        );
        let rows = [
            (
                SVector::<f64, 8>::from([p.x, p.y, 1.0, 0.0, 0.0, 0.0, -q.x * p.x, -q.x * p.y]),
                q.x,
            ),
            (
                SVector::<f64, 8>::from([0.0, 0.0, 0.0, p.x, p.y, 1.0, -q.y * p.x, -q.y * p.y]),
                q.y,
            ),
        ];
        for (row, rhs) in rows {
            ata.ger(1.0, &row, &row, 1.0);
            atb.axpy(rhs, &row, 1.0);
        }
    }
    for i in 0..8 {
        ata[(i, i)] += 1e-9;
    }
    let v = ata.cholesky()?.solve(&atb);
    let h = Matrix3::new(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], 1.0);
    let full = tb.try_inverse()? * h * ta;
    (full[(2, 2)].abs() > 1e-12).then(|| full / full[(2, 2)])
}

/// Best mutual matches within [`WINDOW_PX`] of the predicted place, with direction and scale as
/// predicted.
fn guided(a: &Features, b: &Features, h: &Matrix3<f64>) -> Vec<(u32, u32)> {
    let grid = Grid::new(b);
    let mut best_b = vec![(i32::MAX, u32::MAX); b.points.len()];
    let mut chosen = vec![None; a.points.len()];
    for (i, p) in a.points.iter().enumerate() {
        let (x, y) = (f64::from(p.x), f64::from(p.y));
        let (sin, cos) = (f64::from(p.angle_rad).sin(), f64::from(p.angle_rad).cos());
        let (Some(q), Some(tip)) = (apply(h, x, y), apply(h, x + cos, y + sin)) else {
            continue;
        };
        let (dx, dy) = (tip[0] - q[0], tip[1] - q[1]);
        let angle = dy.atan2(dx) as f32;
        let scale = p.scale * dx.hypot(dy) as f32;
        let (mut best, mut second) = ((i32::MAX, u32::MAX), i32::MAX);
        let va = a.descriptor(i);
        grid.near(q[0] as f32, q[1] as f32, |j| {
            let o = &b.points[j as usize];
            let turn = (o.angle_rad - angle + 9.0 * std::f32::consts::PI)
                .rem_euclid(std::f32::consts::TAU);
            let ratio = o.scale / scale;
            if (turn - std::f32::consts::PI).abs() > 0.6 || !(0.55..1.8).contains(&ratio) {
                return;
            }
            let d = distance_squared(va, b.descriptor(j as usize));
            if d < best.0 {
                if best.1 == u32::MAX || apart(&b.points[best.1 as usize], o) {
                    second = best.0;
                }
                best = (d, j);
            } else if d < second && apart(&b.points[best.1 as usize], o) {
                second = d;
            }
        });
        if best.0 < MAX_DISTANCE_SQUARED
            && (second == i32::MAX || (best.0 as f32) < GUIDED_RATIO_SQUARED * second as f32)
        {
            chosen[i] = Some(best);
            let other = &mut best_b[best.1 as usize];
            if best.0 < other.0 {
                *other = (best.0, i as u32);
            }
        }
    }
    chosen
        .iter()
        .enumerate()
        .filter_map(|(i, c)| c.map(|(_, j)| (i as u32, j)))
        .filter(|&(i, j)| best_b[j as usize].1 == i)
        .collect()
}

/// Two features of one place with different directions are not rivals.
fn apart(p: &Feature, q: &Feature) -> bool {
    (p.x - q.x).abs().max((p.y - q.y).abs()) > 1.5
}

fn distance_squared(a: &[u8], b: &[u8]) -> i32 {
    a.iter().zip(b).fold(0i32, |sum, (&x, &y)| {
        let d = i32::from(x).wrapping_sub(i32::from(y));
        sum.wrapping_add(d.wrapping_mul(d))
    })
}

const CELL_PX: f32 = 24.0;

/// Features by place.
struct Grid {
    columns: usize,
    rows: usize,
    start: Vec<u32>,
    order: Vec<u32>,
    places: Vec<[f32; 2]>,
}

impl Grid {
    fn new(f: &Features) -> Grid {
        let (mut w, mut h) = (0f32, 0f32);
        for p in &f.points {
            (w, h) = (w.max(p.x), h.max(p.y));
        }
        let (columns, rows) = ((w / CELL_PX) as usize + 1, (h / CELL_PX) as usize + 1);
        let cell = |p: &Feature| (p.y / CELL_PX) as usize * columns + (p.x / CELL_PX) as usize;
        let mut order: Vec<u32> = (0..f.points.len() as u32).collect();
        order.sort_by_key(|&i| (cell(&f.points[i as usize]), i));
        let mut start = vec![0u32; columns * rows + 1];
        for p in &f.points {
            start[cell(p) + 1] += 1;
        }
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        let places = f.points.iter().map(|p| [p.x, p.y]).collect();
        Grid {
            columns,
            rows,
            start,
            order,
            places,
        }
    }

    fn near(&self, x: f32, y: f32, mut each: impl FnMut(u32)) {
        let range = |v: f32, n: usize| {
            let low = ((v - WINDOW_PX) / CELL_PX).floor().max(0.0) as usize;
            let high = ((v + WINDOW_PX) / CELL_PX).floor();
            if high < 0.0 {
                0..0
            } else {
                low..(high as usize + 1).min(n)
            }
        };
        for row in range(y, self.rows) {
            for column in range(x, self.columns) {
                let c = row * self.columns + column;
                for &j in &self.order[self.start[c] as usize..self.start[c + 1] as usize] {
                    let p = self.places[j as usize];
                    if (p[0] - x).abs() <= WINDOW_PX && (p[1] - y).abs() <= WINDOW_PX {
                        each(j);
                    }
                }
            }
        }
    }
}
