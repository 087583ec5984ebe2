//! Polygons with holes in a plane, metres.
//!
//! Rings are open: the first vertex is not repeated at the end, although a repeated one does no
//! harm. Either winding is accepted.

use thiserror::Error;

/// Most vertices, over all rings, that [`Polygon::validate`] accepts.
pub const MAX_VERTICES: usize = 20_000;

/// What is wrong with a polygon. Vertices are counted from 1 in the order given.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PolygonError {
    /// Fewer than three different vertices.
    #[error("{ring} has {vertices} different vertices; it needs at least 3")]
    TooFewVertices {
        /// `outline` or `hole N`.
        ring: String,
        /// How many.
        vertices: usize,
    },
    /// More than [`MAX_VERTICES`].
    #[error("the polygon has {0} vertices; at most {MAX_VERTICES} are accepted: simplify it")]
    TooManyVertices(usize),
    /// A coordinate is infinite or not a number.
    #[error("vertex {vertex} of the {ring} is not a finite coordinate")]
    NotFinite {
        /// `outline` or `hole N`.
        ring: String,
        /// Which.
        vertex: usize,
    },
    /// The ring encloses nothing.
    #[error("the {ring} encloses no area: its vertices lie on one line")]
    ZeroArea {
        /// `outline` or `hole N`.
        ring: String,
    },
    /// Two edges of one ring cross or touch.
    #[error("the {ring} crosses itself: the edge from vertex {a} to {a_next} meets the edge from vertex {b} to {b_next} near ({:.1} m, {:.1} m); move or remove one of these vertices", .at[0], .at[1])]
    SelfCrossing {
        /// `outline` or `hole N`.
        ring: String,
        /// First edge's start.
        a: usize,
        /// First edge's end.
        a_next: usize,
        /// Second edge's start.
        b: usize,
        /// Second edge's end.
        b_next: usize,
        /// Where, in the polygon's coordinates.
        at: [f64; 2],
    },
    /// Edges of two rings cross.
    #[error("the {first} and the {second} cross near ({:.1} m, {:.1} m)", .at[0], .at[1])]
    RingsCross {
        /// One ring.
        first: String,
        /// The other.
        second: String,
        /// Where, in the polygon's coordinates.
        at: [f64; 2],
    },
    /// A hole outside of the outline.
    #[error("hole {hole} lies outside of the outline")]
    HoleOutside {
        /// Which hole, from 1.
        hole: usize,
    },
    /// A hole within another hole.
    #[error("hole {hole} lies within hole {other}; remove it")]
    HoleInHole {
        /// The inner one, from 1.
        hole: usize,
        /// The outer one, from 1.
        other: usize,
    },
}

/// A polygon with holes in metres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polygon {
    /// The outline.
    pub outer: Vec<[f64; 2]>,
    /// What is cut out of it.
    pub holes: Vec<Vec<[f64; 2]>>,
}

/// A ring without its repeated last vertex.
pub(crate) fn open(ring: &[[f64; 2]]) -> &[[f64; 2]] {
    match ring {
        [first, rest @ .., last] if first == last && !rest.is_empty() => {
            ring.get(..ring.len() - 1).unwrap_or(ring)
        }
        _ => ring,
    }
}

/// Edges of a ring, each with the indices of its ends; edges of no length are left out.
fn edges(ring: &[[f64; 2]]) -> impl Iterator<Item = (usize, usize, [f64; 2], [f64; 2])> + '_ {
    let ring = open(ring);
    let n = ring.len();
    ring.iter()
        .enumerate()
        .zip(ring.iter().cycle().skip(1))
        .map(move |((i, p), q)| (i, (i + 1) % n.max(1), *p, *q))
        .filter(|(_, _, p, q)| p != q)
}

/// Twice the signed area of a ring, positive when counter-clockwise. Relative to its first
/// vertex, so that large coordinates do not eat the digits.
pub(crate) fn twice_signed_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    edges(ring)
        .map(|(_, _, p, q)| (p[0] - x0) * (q[1] - y0) - (q[0] - x0) * (p[1] - y0))
        .sum()
}

fn cross(o: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
}

fn within_box(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> bool {
    p[0] >= a[0].min(b[0])
        && p[0] <= a[0].max(b[0])
        && p[1] >= a[1].min(b[1])
        && p[1] <= a[1].max(b[1])
}

/// How two segments meet.
enum Meeting {
    Apart,
    Cross([f64; 2]),
    Touch([f64; 2]),
}

fn meeting(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> Meeting {
    let (d1, d2) = (cross(a, b, c), cross(a, b, d));
    let (d3, d4) = (cross(c, d, a), cross(c, d, b));
    if d1 * d2 < 0.0 && d3 * d4 < 0.0 {
        let t = d3 / (d3 - d4);
        return Meeting::Cross([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
    }
    for (zero, p, s, e) in [(d1, c, a, b), (d2, d, a, b), (d3, a, c, d), (d4, b, c, d)] {
        if zero == 0.0 && within_box(p, s, e) {
            return Meeting::Touch(p);
        }
    }
    Meeting::Apart
}

fn ring_contains(ring: &[[f64; 2]], p: [f64; 2]) -> bool {
    edges(ring).fold(false, |inside, (_, _, a, b)| {
        let crosses = (a[1] > p[1]) != (b[1] > p[1])
            && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0];
        inside != crosses
    })
}

fn ring_name(index: usize) -> String {
    if index == 0 {
        "outline".into()
    } else {
        format!("hole {index}")
    }
}

/// Distance from a point to a segment.
pub fn distance_to_segment_m(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 {
        (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p[0] - a[0] - t * dx).hypot(p[1] - a[1] - t * dy)
}

impl Polygon {
    /// A polygon without holes.
    pub fn new(outer: Vec<[f64; 2]>) -> Self {
        Self {
            outer,
            holes: Vec::new(),
        }
    }
    /// The outline, then the holes.
    pub fn rings(&self) -> impl Iterator<Item = &[[f64; 2]]> {
        core::iter::once(self.outer.as_slice()).chain(self.holes.iter().map(Vec::as_slice))
    }
    /// All edges that have a length: start, end.
    pub fn edges(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
        self.rings()
            .flat_map(|r| edges(r).map(|(_, _, p, q)| (p, q)))
    }
    /// Whether the polygon is one that areas and tours can be computed of: finite, simple rings
    /// with area, holes inside and apart. Rings may touch each other in points, but not cross.
    pub fn validate(&self) -> Result<(), PolygonError> {
        let total = self.rings().map(<[_]>::len).sum();
        if total > MAX_VERTICES {
            return Err(PolygonError::TooManyVertices(total));
        }
        for (index, ring) in self.rings().enumerate() {
            validate_ring(ring, &ring_name(index))?;
        }
        self.validate_between_rings()
    }

    fn validate_between_rings(&self) -> Result<(), PolygonError> {
        let rings: Vec<_> = self.rings().collect();
        let boxes: Vec<_> = rings.iter().map(|r| ring_bounds(r)).collect();
        for (i, (ring_i, box_i)) in rings.iter().zip(&boxes).enumerate() {
            for (j, (ring_j, box_j)) in rings.iter().zip(&boxes).enumerate().skip(i + 1) {
                if i > 0 && (0..2).any(|k| box_i.0[k] > box_j.1[k] || box_j.0[k] > box_i.1[k]) {
                    continue;
                }
                for (_, _, a, b) in edges(ring_i) {
                    for (_, _, c, d) in edges(ring_j) {
                        if let Meeting::Cross(at) = meeting(a, b, c, d) {
                            return Err(PolygonError::RingsCross {
                                first: ring_name(i),
                                second: ring_name(j),
                                at,
                            });
                        }
                    }
                }
                let some_vertex_inside = |of: &[[f64; 2]], inside: &[[f64; 2]]| {
                    of.iter().any(|p| {
                        ring_contains(inside, *p)
                            && edges(inside)
                                .all(|(_, _, a, b)| distance_to_segment_m(*p, a, b) > 1e-9)
                    })
                };
                if i == 0 && !ring_j.iter().any(|p| ring_contains(ring_i, *p)) {
                    return Err(PolygonError::HoleOutside { hole: j });
                }
                if i > 0 && some_vertex_inside(ring_i, ring_j) {
                    return Err(PolygonError::HoleInHole { hole: i, other: j });
                }
                if i > 0 && some_vertex_inside(ring_j, ring_i) {
                    return Err(PolygonError::HoleInHole { hole: j, other: i });
                }
            }
        }
        Ok(())
    }
    /// Area without the holes.
    pub fn area_m2(&self) -> f64 {
        let ring = |r: &[[f64; 2]]| twice_signed_area(r).abs() / 2.0;
        ring(&self.outer) - self.holes.iter().map(|h| ring(h)).sum::<f64>()
    }
    /// Length of all rings.
    pub fn perimeter_m(&self) -> f64 {
        self.edges()
            .map(|(p, q)| (q[0] - p[0]).hypot(q[1] - p[1]))
            .sum()
    }
    /// Whether the point is inside the outline and in no hole. On an edge it may be either.
    pub fn contains(&self, p: [f64; 2]) -> bool {
        ring_contains(&self.outer, p) && !self.holes.iter().any(|h| ring_contains(h, p))
    }
    /// Smallest and largest coordinates; `None` without vertices.
    pub fn bounds(&self) -> Option<([f64; 2], [f64; 2])> {
        (!self.outer.is_empty()).then(|| ring_bounds(&self.outer))
    }
    /// Distance to the nearest edge of any ring; infinite without edges.
    pub fn distance_to_edge_m(&self, p: [f64; 2]) -> f64 {
        self.edges()
            .map(|(a, b)| distance_to_segment_m(p, a, b))
            .fold(f64::INFINITY, f64::min)
    }
    /// The parts of the segment from `p` to `q` that lie inside, as ordered intervals of the
    /// parameter in [0, 1] (0 at `p`).
    pub fn clip_line(&self, p: [f64; 2], q: [f64; 2]) -> Vec<(f64, f64)> {
        let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
        let length2 = dx * dx + dy * dy;
        if !(length2.is_finite() && length2 > 0.0) {
            return Vec::new();
        }
        let mut cuts = vec![0.0, 1.0];
        for (a, b) in self.edges() {
            let side = |v: [f64; 2]| dx * (v[1] - p[1]) - dy * (v[0] - p[0]);
            let (sa, sb) = (side(a), side(b));
            if sa == 0.0 || sb == 0.0 {
                for (s, v) in [(sa, a), (sb, b)] {
                    if s == 0.0 {
                        cuts.push(((v[0] - p[0]) * dx + (v[1] - p[1]) * dy) / length2);
                    }
                }
            } else if (sa < 0.0) != (sb < 0.0) {
                let u = sa / (sa - sb);
                let hit = [a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1])];
                cuts.push(((hit[0] - p[0]) * dx + (hit[1] - p[1]) * dy) / length2);
            }
        }
        cuts.retain(|t| (0.0..=1.0).contains(t));
        cuts.sort_by(f64::total_cmp);
        let mut inside: Vec<(f64, f64)> = Vec::new();
        for pair in cuts.windows(2) {
            let &[t0, t1] = pair else { continue };
            let middle = (t0 + t1) / 2.0;
            if t1 <= t0 || !self.contains([p[0] + middle * dx, p[1] + middle * dy]) {
                continue;
            }
            match inside.last_mut() {
                Some(last) if last.1 == t0 => last.1 = t1,
                _ => inside.push((t0, t1)),
            }
        }
        inside
    }
}

fn ring_bounds(ring: &[[f64; 2]]) -> ([f64; 2], [f64; 2]) {
    ring.iter().fold(
        ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]),
        |(lo, hi), p| {
            (
                [lo[0].min(p[0]), lo[1].min(p[1])],
                [hi[0].max(p[0]), hi[1].max(p[1])],
            )
        },
    )
}

fn validate_ring(ring: &[[f64; 2]], name: &str) -> Result<(), PolygonError> {
    if let Some(i) = ring
        .iter()
        .position(|p| !(p[0].is_finite() && p[1].is_finite()))
    {
        return Err(PolygonError::NotFinite {
            ring: name.into(),
            vertex: i + 1,
        });
    }
    let mut sorted = open(ring).to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    sorted.dedup();
    if sorted.len() < 3 {
        return Err(PolygonError::TooFewVertices {
            ring: name.into(),
            vertices: sorted.len(),
        });
    }
    // Sweep: edges by their leftmost coordinate, compared only with those that overlap it.
    let mut by_x: Vec<_> = edges(ring).enumerate().collect();
    let count = by_x.len();
    by_x.sort_by(|(_, (.., p, q)), (_, (.., r, s))| p[0].min(q[0]).total_cmp(&r[0].min(s[0])));
    let mut crossing: Option<(usize, usize, PolygonError)> = None;
    for (i, &(k, (a, a_next, p, q))) in by_x.iter().enumerate() {
        for &(l, (b, b_next, r, s)) in by_x.iter().skip(i + 1) {
            if r[0].min(s[0]) > p[0].max(q[0]) {
                break;
            }
            let follows = (k + 1) % count == l;
            let precedes = (l + 1) % count == k;
            let at = match meeting(p, q, r, s) {
                Meeting::Apart => continue,
                Meeting::Cross(at) => at,
                // Neighbours share a vertex; they are wrong only if one folds back on the other.
                Meeting::Touch(_) if follows && !folds_back(p, q, s) => continue,
                Meeting::Touch(_) if precedes && !folds_back(r, s, q) => continue,
                Meeting::Touch(at) => at,
            };
            let (first, second) = if k < l {
                ((a, a_next), (b, b_next))
            } else {
                ((b, b_next), (a, a_next))
            };
            if crossing
                .as_ref()
                .is_none_or(|(f, s, _)| (first.0, second.0) < (*f, *s))
            {
                let error = PolygonError::SelfCrossing {
                    ring: name.into(),
                    a: first.0 + 1,
                    a_next: first.1 + 1,
                    b: second.0 + 1,
                    b_next: second.1 + 1,
                    at,
                };
                crossing = Some((first.0, second.0, error));
            }
        }
    }
    let (lo, hi) = ring_bounds(ring);
    let extent = (hi[0] - lo[0]).max(hi[1] - lo[1]);
    if twice_signed_area(ring).abs() <= 1e-9 * extent * extent && crossing.is_none()
        || sorted_on_one_line(&sorted)
    {
        return Err(PolygonError::ZeroArea { ring: name.into() });
    }
    crossing.map_or(Ok(()), |(_, _, e)| Err(e))
}

/// Whether the path from `a` over `b` to `c` returns on itself.
fn folds_back(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> bool {
    let ahead = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
    cross(a, b, c) == 0.0 && ahead < 0.0
}

fn sorted_on_one_line(sorted: &[[f64; 2]]) -> bool {
    let (Some(&a), Some(&b)) = (sorted.first(), sorted.last()) else {
        return true;
    };
    let length2 = (b[0] - a[0]).powi(2) + (b[1] - a[1]).powi(2);
    sorted
        .iter()
        .all(|&p| cross(a, b, p).abs() <= 1e-9 * length2)
}
