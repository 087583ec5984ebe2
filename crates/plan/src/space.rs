//! Where the aircraft may be, and shortest ways inside of it.

use crate::request::{PlanError, Request};
use whimbrel_geo::{LocalFrame, Polygon};
use whimbrel_mission::Area;

/// Most corners of the airspace that ways are searched around.
const MAX_CORNERS: usize = 400;

/// The airspace (fence) and the part of it that routes keep to.
#[derive(Clone, Debug)]
pub struct Space {
    /// The fence: one outline, no-fly zones as holes.
    pub airspace: Polygon,
    /// `airspace` less a margin for the autopilot's own deviation.
    pub routing: Polygon,
    corners: Vec<[f64; 2]>,
    /// Shortest ways between corners: length and next corner.
    ways: Vec<Vec<(f64, usize)>>,
}

/// Room that one kind of aircraft needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Between routes and the fence.
    pub clearance_m: f64,
    /// Around the area for turns and the ends of lines.
    pub margin_m: f64,
}

impl Space {
    /// The airspace of a request: given or grown from the areas, extended to
    /// `places` (home, approach), less holes and no-fly zones.
    pub fn new(
        request: &Request,
        frame: &LocalFrame,
        areas: &[Polygon],
        room: Room,
        places: &[([f64; 2], f64)],
    ) -> Result<Self, PlanError> {
        let mut no_fly = Vec::new();
        for zone in &request.no_fly {
            zone.validate().map_err(|error| PlanError::Zone {
                what: "no-fly zone",
                error,
            })?;
            no_fly.push(zone.polygon(frame));
        }
        if !request.overfly_holes {
            no_fly.extend(
                areas
                    .iter()
                    .flat_map(|a| a.holes.iter().cloned().map(Polygon::new)),
            );
        }
        let c = room.clearance_m;
        let (base, inner) = if let Some(airspace) = &request.airspace {
            airspace.validate().map_err(|error| PlanError::Zone {
                what: "airspace",
                error,
            })?;
            let base = airspace.polygon(frame);
            let inner = base.grown(-c);
            (vec![base], inner)
        } else {
            let wide = |margin: f64| joined(areas, margin, places);
            (wide(room.margin_m + c), wide(room.margin_m))
        };
        let keep_out: Vec<Polygon> = no_fly.iter().flat_map(|z| grown_simple(z, c)).collect();
        let largest = |pieces: Vec<Polygon>, cut: &[Polygon]| {
            let mut rest: Vec<Polygon> = pieces
                .iter()
                .flat_map(|p| {
                    if cut.is_empty() {
                        vec![p.clone()]
                    } else {
                        p.difference(cut)
                    }
                })
                .collect();
            rest.sort_by(|a, b| b.area_m2().total_cmp(&a.area_m2()));
            rest.into_iter().next()
        };
        let airspace = largest(base, &no_fly).ok_or(PlanError::NothingToFly)?;
        let routing = largest(inner, &keep_out).ok_or(PlanError::NothingToFly)?;
        Ok(Self::with(airspace, routing))
    }

    /// A space without margins.
    #[cfg(test)]
    pub fn open(airspace: Polygon) -> Self {
        Self::with(airspace.clone(), airspace)
    }

    fn with(airspace: Polygon, routing: Polygon) -> Self {
        let mut corners = Vec::new();
        for (index, ring) in routing.rings().enumerate() {
            // A way bends only where free space is reflex: inner corners of the
            // outline, outer corners of holes.
            let n = ring.len();
            let turning: f64 = ring
                .iter()
                .zip(ring.iter().cycle().skip(1))
                .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
                .sum();
            let sign = if index == 0 {
                -turning.signum()
            } else {
                turning.signum()
            };
            for i in 0..n {
                let (Some(a), Some(b), Some(d)) = (
                    ring.get((i + n - 1) % n),
                    ring.get(i),
                    ring.get((i + 1) % n),
                ) else {
                    continue;
                };
                let cross = (b[0] - a[0]) * (d[1] - b[1]) - (b[1] - a[1]) * (d[0] - b[0]);
                if cross * sign > 0.0 && corners.len() < MAX_CORNERS {
                    corners.push(*b);
                }
            }
        }
        let mut space = Self {
            airspace,
            routing,
            corners,
            ways: Vec::new(),
        };
        let n = space.corners.len();
        let see = |i: usize, a: [f64; 2], j: usize, b: [f64; 2]| {
            if i == j {
                (0.0, j)
            } else if space.sees(a, b) {
                (distance(a, b), j)
            } else {
                (f64::INFINITY, usize::MAX)
            }
        };
        let mut ways: Vec<Vec<(f64, usize)>> = space
            .corners
            .iter()
            .enumerate()
            .map(|(i, a)| {
                let others = space.corners.iter().enumerate();
                others.map(|(j, b)| see(i, *a, j, *b)).collect()
            })
            .collect();
        // Floyd–Warshall.
        for k in 0..n {
            for i in 0..n {
                if ways[i][k].0.is_finite() {
                    for j in 0..n {
                        let through = ways[i][k].0 + ways[k][j].0;
                        if through < ways[i][j].0 - 1e-9 {
                            ways[i][j] = (through, ways[i][k].1);
                        }
                    }
                }
            }
        }
        space.ways = ways;
        space
    }

    /// Whether the straight leg stays in the routing space. Both ends are taken
    /// to be in it.
    pub fn sees(&self, a: [f64; 2], b: [f64; 2]) -> bool {
        let d = [b[0] - a[0], b[1] - a[1]];
        let length = d[0].hypot(d[1]);
        if length < 1e-9 {
            return true;
        }
        let eps = 1e-7 * length.max(1.0);
        for (p, q) in self.routing.edges() {
            let side = |v: [f64; 2]| (d[0] * (v[1] - a[1]) - d[1] * (v[0] - a[0])) / length;
            let (sp, sq) = (side(p), side(q));
            if (sp > eps && sq > eps) || (sp < -eps && sq < -eps) {
                continue;
            }
            let e = [q[0] - p[0], q[1] - p[1]];
            let along = e[0].hypot(e[1]).max(1e-12);
            let other = |v: [f64; 2]| (e[0] * (v[1] - p[1]) - e[1] * (v[0] - p[0])) / along;
            let (sa, sb) = (other(a), other(b));
            if sp * sq < 0.0
                && sp.abs() > eps
                && sq.abs() > eps
                && sa * sb < 0.0
                && sa.abs() > eps
                && sb.abs() > eps
            {
                return false;
            }
        }
        // Touching corners: the pieces between them must be inside.
        let inside: f64 = self
            .routing
            .clip_line(a, b)
            .iter()
            .map(|(t, u)| u - t)
            .sum();
        let out_m = (1.0 - inside) * length;
        if out_m < 0.01 {
            return true;
        }
        // On the edge itself "inside" is undecided: look beside.
        (1..16).all(|i| {
            let t = f64::from(i) / 16.0;
            let p = [a[0] + t * d[0], a[1] + t * d[1]];
            self.routing.contains(p) || self.routing.distance_to_edge_m(p) < 0.02
        })
    }

    /// The corners seen from a place and their distances.
    pub fn seen(&self, p: [f64; 2]) -> Vec<(usize, f64)> {
        let corners = self.corners.iter().enumerate();
        corners
            .filter(|(_, c)| self.sees(p, **c))
            .map(|(i, c)| (i, distance(p, *c)))
            .collect()
    }

    /// Length, first and last corner of the shortest way around corners,
    /// between places that see those given.
    pub fn around(
        &self,
        from: &[(usize, f64)],
        to: &[(usize, f64)],
    ) -> Option<(f64, usize, usize)> {
        let mut best: Option<(f64, usize, usize)> = None;
        for (i, di) in from {
            for (j, dj) in to {
                let d = di + self.ways.get(*i)?.get(*j)?.0 + dj;
                if d.is_finite() && best.is_none_or(|b| d < b.0) {
                    best = Some((d, *i, *j));
                }
            }
        }
        best
    }

    /// How many legs the shortest way between two corners has.
    pub fn legs_between(&self, mut from: usize, to: usize) -> usize {
        for legs in 0..self.corners.len() {
            if from == to {
                return legs;
            }
            match self.ways.get(from).and_then(|w| w.get(to)) {
                Some((_, next)) => from = *next,
                None => return legs,
            }
        }
        0
    }

    /// The corners of the shortest way from `a` to `b`, without `a` and `b`, and
    /// its length.
    pub fn way(&self, a: [f64; 2], b: [f64; 2]) -> Option<(f64, Vec<[f64; 2]>)> {
        if self.sees(a, b) {
            return Some((distance(a, b), Vec::new()));
        }
        let (length, mut i, j) = self.around(&self.seen(a), &self.seen(b))?;
        let mut points = vec![*self.corners.get(i)?];
        for _ in 0..self.corners.len() {
            if i == j {
                break;
            }
            i = self.ways.get(i)?.get(j)?.1;
            points.push(*self.corners.get(i)?);
        }
        Some((length, points))
    }

    /// The airspace as an area.
    pub fn area(&self, frame: &LocalFrame) -> Area {
        Area::from_polygon(&self.airspace, frame)
    }
}

/// Areas grown by a margin and joined with each other and the places by
/// corridors, in few corners.
fn joined(areas: &[Polygon], margin: f64, places: &[([f64; 2], f64)]) -> Vec<Polygon> {
    let mut parts: Vec<Polygon> = areas
        .iter()
        .flat_map(|a| grown_simple(&Polygon::new(a.outer.clone()), margin))
        .collect();
    let anchor = areas
        .first()
        .and_then(|a| nearest(a, areas.first()?.outer.first().copied()?));
    let corridor = |p: [f64; 2], q: [f64; 2], half: f64| -> Option<Polygon> {
        let d = distance(p, q);
        let u = if d > 0.1 {
            [(q[0] - p[0]) / d, (q[1] - p[1]) / d]
        } else {
            [1.0, 0.0]
        };
        let corner = |p: [f64; 2], along: f64, left: f64| {
            [
                p[0] + half * (along * u[0] - left * u[1]),
                p[1] + half * (along * u[1] + left * u[0]),
            ]
        };
        Some(Polygon::new(vec![
            corner(p, -1.0, -1.0),
            corner(q, 1.0, -1.0),
            corner(q, 1.0, 1.0),
            corner(p, -1.0, 1.0),
        ]))
    };
    for area in areas.iter().skip(1) {
        if let (Some(a), Some(first)) = (anchor, areas.first())
            && let Some(p) = nearest(area, a)
            && let Some(q) = nearest(first, p)
        {
            parts.extend(corridor(p, q, margin.max(15.0)));
        }
    }
    for (place, radius) in places {
        let target = areas.iter().filter_map(|a| nearest(a, *place));
        let target = target.min_by(|a, b| distance(*a, *place).total_cmp(&distance(*b, *place)));
        if let Some(target) = target {
            parts.extend(corridor(*place, target, radius + margin.min(60.0)));
        }
    }
    let pieces = Polygon::union(&parts);
    // The aircraft may fly over what the union happens to enclose.
    pieces.into_iter().map(|p| Polygon::new(p.outer)).collect()
}

/// The corner of a polygon, or its middle of an edge, nearest to a place.
fn nearest(polygon: &Polygon, p: [f64; 2]) -> Option<[f64; 2]> {
    let middles = polygon
        .edges()
        .map(|(a, b)| [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])]);
    let corners = polygon.outer.iter().copied();
    corners
        .chain(middles)
        .min_by(|a, b| distance(*a, p).total_cmp(&distance(*b, p)))
}

/// Grown by at least `m`, in few corners: grown by a tenth more, then thinned
/// by less than that tenth.
fn grown_simple(polygon: &Polygon, m: f64) -> Vec<Polygon> {
    let slack = 0.1 * m;
    let outline = Polygon::new(polygon.outer.clone());
    let grown = outline.grown(m + slack);
    grown
        .into_iter()
        .map(|p| Polygon::new(thinned(&p.outer, 0.9 * slack)))
        .collect()
}

/// Douglas–Peucker on a ring.
fn thinned(ring: &[[f64; 2]], tolerance_m: f64) -> Vec<[f64; 2]> {
    let n = ring.len();
    if n < 5 {
        return ring.to_vec();
    }
    let far = |from: usize| {
        let base = ring.get(from).copied().unwrap_or_default();
        let far = |i: &usize| ring.get(*i).map_or(0.0, |p| distance(*p, base));
        (0..n).max_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0)
    };
    let start = far(0);
    let opposite = far(start);
    let mut keep = vec![false; n];
    let mut stack = vec![(start, opposite), (opposite, start)];
    while let Some((from, to)) = stack.pop() {
        for i in [from, to] {
            if let Some(k) = keep.get_mut(i) {
                *k = true;
            }
        }
        let (Some(&a), Some(&b)) = (ring.get(from), ring.get(to)) else {
            continue;
        };
        let mut worst = (tolerance_m, None);
        let mut i = (from + 1) % n;
        while i != to {
            if let Some(&p) = ring.get(i) {
                let d = whimbrel_geo::polygon::distance_to_segment_m(p, a, b);
                if d > worst.0 {
                    worst = (d, Some(i));
                }
            }
            i = (i + 1) % n;
        }
        if let Some(split) = worst.1 {
            stack.push((from, split));
            stack.push((split, to));
        }
    }
    ring.iter()
        .zip(keep)
        .filter(|(_, k)| *k)
        .map(|(p, _)| *p)
        .collect()
}

pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
