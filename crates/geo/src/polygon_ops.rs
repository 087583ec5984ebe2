//! Growing, cutting and hulls of polygons, by way of the `geo` crate (i_overlay).

use crate::polygon::{Polygon, open, twice_signed_area};
use geo::algorithm::buffer::BufferStyle;
use geo::algorithm::orient::{Direction, Orient};
use geo::{BooleanOps, Buffer, ConvexHull, Coord, LineString, MultiPolygon};

fn ring_in(ring: &[[f64; 2]]) -> LineString<f64> {
    let mut line: Vec<Coord<f64>> = open(ring)
        .iter()
        .map(|p| Coord { x: p[0], y: p[1] })
        .collect();
    line.extend(line.first().copied());
    LineString::new(line)
}

fn polygon_in(p: &Polygon) -> geo::Polygon<f64> {
    geo::Polygon::new(
        ring_in(&p.outer),
        p.holes.iter().map(|h| ring_in(h)).collect(),
    )
    .orient(Direction::Default) // the union goes by winding
}

fn ring_out(ring: &LineString<f64>) -> Vec<[f64; 2]> {
    let points: Vec<[f64; 2]> = ring.0.iter().map(|c| [c.x, c.y]).collect();
    open(&points).to_vec()
}

/// Largest piece first; slivers without area are dropped.
fn polygons_out(m: MultiPolygon<f64>) -> Vec<Polygon> {
    let mut out: Vec<Polygon> =
        m.0.iter()
            .map(|p| Polygon {
                outer: ring_out(p.exterior()),
                holes: p
                    .interiors()
                    .iter()
                    .map(ring_out)
                    .filter(|h| h.len() >= 3 && twice_signed_area(h) != 0.0)
                    .collect(),
            })
            .filter(|p| p.outer.len() >= 3 && p.area_m2() > 0.0)
            .collect();
    out.sort_by(|a, b| b.area_m2().total_cmp(&a.area_m2()));
    out
}

fn all_finite(p: &Polygon) -> bool {
    p.rings().flatten().flatten().all(|v| v.is_finite())
}

impl Polygon {
    /// All points within `m` metres (rounded corners); for negative `m` all points at least that
    /// deep inside. Holes shrink or grow in turn. Empty if nothing is left, the input is not
    /// finite or has no outline.
    pub fn grown(&self, m: f64) -> Vec<Polygon> {
        if self.outer.len() < 3 || !m.is_finite() || !all_finite(self) {
            return Vec::new();
        }
        let style = BufferStyle::new(m).line_join(geo::algorithm::buffer::LineJoin::Round(0.1));
        polygons_out(polygon_in(self).buffer_with_style(style))
    }
    /// This polygon without the others.
    pub fn difference(&self, others: &[Polygon]) -> Vec<Polygon> {
        if !all_finite(self) {
            return Vec::new();
        }
        let cut = others.iter().filter(|p| all_finite(p)).map(polygon_in);
        let cut = MultiPolygon::new(cut.collect());
        polygons_out(polygon_in(self).difference(&geo::algorithm::bool_ops::unary_union(&cut)))
    }
    /// What this polygon has in common with another.
    pub fn intersection(&self, other: &Polygon) -> Vec<Polygon> {
        if !all_finite(self) || !all_finite(other) {
            return Vec::new();
        }
        polygons_out(polygon_in(self).intersection(&polygon_in(other)))
    }
    /// The union of several polygons, as pieces that do not overlap.
    pub fn union(polygons: &[Polygon]) -> Vec<Polygon> {
        let all = polygons.iter().filter(|p| all_finite(p)).map(polygon_in);
        let all: Vec<_> = all.collect();
        polygons_out(geo::algorithm::bool_ops::unary_union(&all))
    }
    /// The smallest convex polygon around the outline; counter-clockwise.
    pub fn convex_hull(&self) -> Polygon {
        if !all_finite(self) {
            return Polygon::default();
        }
        Polygon::new(ring_out(polygon_in(self).convex_hull().exterior()))
    }
}
