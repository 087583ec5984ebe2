//! Things that stand up: towers, masts, power lines, buildings.

use crate::frames::LocalFrame;
use crate::place::LatLon;
use crate::polygon::{Polygon, distance_to_segment_m};

/// How the height of an obstacle is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ObstacleTop {
    /// Above the ground at its foot.
    AglM(f64),
    /// Above mean sea level.
    AmslM(f64),
}

/// Something that stands up.
#[derive(Clone, Debug, PartialEq)]
pub struct Obstacle {
    /// Its place (one point), its course (an open line), or its outline (closed).
    pub points: Vec<LatLon>,
    /// Whether the points are an outline.
    pub area: bool,
    /// Its height.
    pub top: ObstacleTop,
    /// How far it reaches beside its place, course or outline.
    pub half_width_m: f64,
}

/// A part of an obstacle, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Part {
    shape: Shape,
    /// Above the ground below, where heights are given so.
    agl_m: Option<f64>,
    half_width_m: f64,
}

#[derive(Clone, Debug)]
enum Shape {
    /// From place to place, with the heights of its top at both.
    Course { ends: [LatLon; 2], tops_m: [f64; 2] },
    /// All within, as high everywhere.
    Outline { ring: Vec<LatLon>, top_m: f64 },
}

/// A part in the metres of a plane.
pub(super) struct Placed<'a> {
    part: &'a Part,
    ring: Vec<[f64; 2]>,
}

impl Obstacle {
    /// Its parts; `ground` tells the height of the ground at a place.
    pub(super) fn parts(&self, ground: impl Fn(LatLon) -> Option<f64>) -> Vec<Part> {
        let (agl_m, amsl_m) = match self.top {
            ObstacleTop::AglM(m) => (Some(m), None),
            ObstacleTop::AmslM(m) => (None, Some(m)),
        };
        // Unknown ground at the foot: only the ground below each place counts.
        let top_at = |at: LatLon| {
            amsl_m
                .or_else(|| Some(ground(at)? + agl_m?))
                .unwrap_or(f64::NEG_INFINITY)
        };
        let part = |shape| Part {
            shape,
            agl_m,
            half_width_m: self.half_width_m.max(0.0),
        };
        if self.area && self.points.len() > 2 {
            let tops = self.points.iter().map(|p| top_at(*p));
            let top_m = tops.fold(f64::NEG_INFINITY, f64::max);
            let ring = self.points.clone();
            return vec![part(Shape::Outline { ring, top_m })];
        }
        let course = |a: LatLon, b: LatLon| {
            part(Shape::Course {
                ends: [a, b],
                tops_m: [top_at(a), top_at(b)],
            })
        };
        match self.points[..] {
            [] => Vec::new(),
            [only] => vec![course(only, only)],
            _ => {
                let pairs = self.points.iter().zip(self.points.iter().skip(1));
                pairs.map(|(a, b)| course(*a, *b)).collect()
            }
        }
    }
}

impl Part {
    pub(super) fn in_plane(&self, frame: &LocalFrame) -> Placed<'_> {
        let points: &[LatLon] = match &self.shape {
            Shape::Course { ends, .. } => ends,
            Shape::Outline { ring, .. } => ring,
        };
        Placed {
            part: self,
            ring: points.iter().map(|p| frame.enu_xy(*p)).collect(),
        }
    }
}

impl Placed<'_> {
    /// South-west and north-east corner of what it covers.
    pub(super) fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        let w = self.part.half_width_m;
        self.ring.iter().fold(
            ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]),
            |(low, high), p| {
                (
                    [low[0].min(p[0] - w), low[1].min(p[1] - w)],
                    [high[0].max(p[0] + w), high[1].max(p[1] + w)],
                )
            },
        )
    }

    /// Its highest within `around_m` of a place, over ground no higher than `ground_m`; `None`
    /// when it is farther away.
    pub(super) fn top_m(&self, p: [f64; 2], around_m: f64, ground_m: Option<f64>) -> Option<f64> {
        let reach = self.part.half_width_m + around_m;
        let top = match (&self.part.shape, &self.ring[..]) {
            (Shape::Course { tops_m, .. }, [a, b]) => {
                if distance_to_segment_m(p, *a, *b) > reach {
                    return None;
                }
                let d = [b[0] - a[0], b[1] - a[1]];
                let square = d[0] * d[0] + d[1] * d[1];
                let (t, spread) = if square > 0.0 {
                    let along = (p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1];
                    (along / square, around_m / square.sqrt())
                } else {
                    (0.0, 1.0)
                };
                let at = |t: f64| tops_m[0] + t.clamp(0.0, 1.0) * (tops_m[1] - tops_m[0]);
                if tops_m.iter().all(|t| t.is_finite()) {
                    at(t - spread).max(at(t + spread))
                } else {
                    tops_m[0].max(tops_m[1])
                }
            }
            (Shape::Outline { top_m, .. }, ring) => {
                let polygon = Polygon::new(ring.to_vec());
                if !polygon.contains(p) && polygon.distance_to_edge_m(p) > reach {
                    return None;
                }
                *top_m
            }
            _ => return None,
        };
        let local = self.part.agl_m.zip(ground_m).map(|(h, g)| g + h);
        let top = local.map_or(top, |l| top.max(l));
        top.is_finite().then_some(top)
    }
}
