//! Where the aircraft may be.

use crate::request::{PlanError, Request};
use crate::sight::Sight;
use whimbrel_geo::{LocalFrame, Polygon};
use whimbrel_mission::Area;

/// The airspace (fence) and the part of it that routes keep to.
#[derive(Clone, Debug)]
pub struct Space {
    /// The fence: one outline, no-fly zones as holes.
    pub airspace: Polygon,
    /// `airspace` less a margin for the autopilot's own deviation.
    pub routing: Polygon,
    /// Ways inside of `routing`.
    pub sight: Sight,
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
        let sight = Sight::new(&routing);
        Self {
            airspace,
            routing,
            sight,
        }
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

/// How far two places are apart.
pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    // Without the care for huge numbers of `hypot`: this is the innermost loop.
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    (x * x + y * y).sqrt()
}
