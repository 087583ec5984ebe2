//! What is seen from where inside a polygon with holes, and the shortest ways
//! around its corners.

use crate::space::distance;
use core::cmp::Ordering;
use std::collections::BinaryHeap;
use whimbrel_geo::Polygon;

/// Most corners that ways are searched around.
const MAX_CORNERS: usize = 600;
/// Most cells of the grid that edges are looked up in, per edge.
const CELLS_PER_EDGE: f64 = 2.0;
/// Nearer than this to a line is on it.
const TOUCH_M: f64 = 1e-3;
/// A way may be this far outside, or outside for this long.
const SLACK_M: f64 = 0.02;

type Point = [f64; 2];

/// A corner at which a way may bend: free space is wider than a half turn.
#[derive(Clone, Copy, Debug)]
struct Corner {
    at: Point,
    before: Point,
    after: Point,
}

impl Corner {
    /// Whether a shortest way from or to `p` may bend here: both edges lie on
    /// one side of it.
    fn bends(&self, p: Point) -> bool {
        let side = |q: Point| {
            (self.at[0] - p[0]) * (q[1] - self.at[1]) - (self.at[1] - p[1]) * (q[0] - self.at[0])
        };
        let scale = TOUCH_M * (distance(self.at, p) + TOUCH_M);
        let (a, b) = (side(self.before), side(self.after));
        !(a > scale && b < -scale || a < -scale && b > scale)
    }
}

/// A polygon, ready for many questions.
#[derive(Clone, Debug)]
pub struct Sight {
    edges: Vec<[Point; 2]>,
    corners: Vec<Corner>,
    /// Shortest ways between corners: length and next corner.
    ways: Vec<Vec<(f64, usize)>>,
    low: Point,
    cell: Point,
    columns: usize,
    rows: usize,
    /// Edges that touch each cell.
    cells: Vec<Vec<u32>>,
    /// Whether a cell that no edge touches is inside.
    inside: Vec<bool>,
}

/// The nearest first.
#[derive(PartialEq)]
struct Next(f64, usize);
impl Eq for Next {}
impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

impl Sight {
    /// Of a polygon.
    pub fn new(polygon: &Polygon) -> Self {
        let edges: Vec<[Point; 2]> = polygon.edges().map(|(a, b)| [a, b]).collect();
        let (low, high) = polygon.bounds().unwrap_or_default();
        let size = [
            (high[0] - low[0]).max(1e-3) + 2.0 * SLACK_M,
            (high[1] - low[1]).max(1e-3) + 2.0 * SLACK_M,
        ];
        let across = (CELLS_PER_EDGE * edges.len().max(4) as f64).sqrt();
        let aspect = (size[0] / size[1]).sqrt();
        let columns = (across * aspect).ceil().clamp(1.0, 512.0) as usize;
        let rows = (across / aspect).ceil().clamp(1.0, 512.0) as usize;
        let mut sight = Self {
            corners: corners(polygon),
            ways: Vec::new(),
            low: [low[0] - SLACK_M, low[1] - SLACK_M],
            cell: [size[0] / columns as f64, size[1] / rows as f64],
            columns,
            rows,
            cells: vec![Vec::new(); columns * rows],
            inside: Vec::new(),
            edges,
        };
        for (index, edge) in sight.edges.clone().into_iter().enumerate() {
            for cell in sight.along(edge[0], edge[1]) {
                if let Some(list) = sight.cells.get_mut(cell) {
                    list.push(index as u32);
                }
            }
        }
        sight.inside = (0..columns * rows)
            .map(|cell| {
                let middle = |k: usize, n: usize| sight.low[k] + (n as f64 + 0.5) * sight.cell[k];
                let p = [middle(0, cell % columns), middle(1, cell / columns)];
                sight.cells.get(cell).is_some_and(Vec::is_empty) && polygon.contains(p)
            })
            .collect();
        sight.find_ways();
        sight
    }

    /// The cells that a segment touches, or comes near.
    fn along(&self, a: Point, b: Point) -> impl Iterator<Item = usize> + use<> {
        let (low, cell, columns) = (self.low, self.cell, self.columns);
        let clamp = |v: f64, n: usize| v.clamp(0.0, (n - 1) as f64) as usize;
        let (p, q) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let first = clamp((p[1] - SLACK_M - low[1]) / cell[1], self.rows);
        let last = clamp((q[1] + SLACK_M - low[1]) / cell[1], self.rows);
        let slope = if q[1] - p[1] > 1e-9 {
            (q[0] - p[0]) / (q[1] - p[1])
        } else {
            f64::INFINITY
        };
        (first..=last).flat_map(move |row| {
            let (mut from, mut to) = (p[0].min(q[0]), p[0].max(q[0]));
            if slope.is_finite() {
                let x = |y: f64| p[0] + (y.clamp(p[1], q[1]) - p[1]) * slope;
                let below = low[1] + row as f64 * cell[1] - SLACK_M;
                let (x0, x1) = (x(below), x(below + cell[1] + 2.0 * SLACK_M));
                (from, to) = (x0.min(x1), x0.max(x1));
            }
            let first = clamp((from - SLACK_M - low[0]) / cell[0], columns);
            let last = clamp((to + SLACK_M - low[0]) / cell[0], columns);
            (first..=last).map(move |column| row * columns + column)
        })
    }

    fn find_ways(&mut self) {
        let n = self.corners.len();
        let mut legs: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
        for (i, a) in self.corners.iter().enumerate() {
            for (j, b) in self.corners.iter().enumerate().skip(i + 1) {
                if a.bends(b.at) && b.bends(a.at) && self.sees(a.at, b.at) {
                    let d = distance(a.at, b.at);
                    if let Some(l) = legs.get_mut(i) {
                        l.push((j, d));
                    }
                    if let Some(l) = legs.get_mut(j) {
                        l.push((i, d));
                    }
                }
            }
        }
        // Dijkstra to each corner; the next corner towards it is remembered.
        let to = |target: usize| {
            let mut best = vec![(f64::INFINITY, usize::MAX); n];
            let mut heap = BinaryHeap::from([Next(0.0, target)]);
            if let Some(b) = best.get_mut(target) {
                *b = (0.0, target);
            }
            while let Some(Next(length, at)) = heap.pop() {
                if best.get(at).is_none_or(|b| length > b.0) {
                    continue;
                }
                for (from, d) in legs.get(at).into_iter().flatten() {
                    if let Some(b) = best.get_mut(*from)
                        && length + d < b.0 - 1e-9
                    {
                        *b = (length + d, at);
                        heap.push(Next(length + d, *from));
                    }
                }
            }
            best
        };
        self.ways = (0..n).map(to).collect();
    }

    /// Whether the straight leg stays inside. Both ends are taken to be.
    pub fn sees(&self, a: Point, b: Point) -> bool {
        let d = [b[0] - a[0], b[1] - a[1]];
        let length = d[0].hypot(d[1]);
        if length < 1e-9 {
            return true;
        }
        let mut touches: Vec<f64> = Vec::new();
        for cell in self.along(a, b) {
            for edge in self.cells.get(cell).into_iter().flatten() {
                let Some([p, q]) = self.edges.get(*edge as usize) else {
                    continue;
                };
                let side = |v: &Point| (d[0] * (v[1] - a[1]) - d[1] * (v[0] - a[0])) / length;
                let (sp, sq) = (side(p), side(q));
                if sp > TOUCH_M && sq > TOUCH_M || sp < -TOUCH_M && sq < -TOUCH_M {
                    continue;
                }
                let e = [q[0] - p[0], q[1] - p[1]];
                let across = e[0].hypot(e[1]).max(1e-12);
                let other = |v: Point| (e[0] * (v[1] - p[1]) - e[1] * (v[0] - p[0])) / across;
                let (sa, sb) = (other(a), other(b));
                if sa > TOUCH_M && sb > TOUCH_M || sa < -TOUCH_M && sb < -TOUCH_M {
                    continue;
                }
                let clear = |v: f64| v.abs() > TOUCH_M;
                if [sp, sq, sa, sb].into_iter().all(clear) {
                    return false;
                }
                for (s, v) in [(sp, p), (sq, q)] {
                    if !clear(s) {
                        touches
                            .push(((v[0] - a[0]) * d[0] + (v[1] - a[1]) * d[1]) / length / length);
                    }
                }
                if clear(sp) && clear(sq) || sp * sq < 0.0 {
                    touches.push(sa / (sa - sb));
                }
            }
        }
        if touches.is_empty() {
            return true;
        }
        touches.retain(|t| (0.0..=1.0).contains(t));
        touches.extend([0.0, 1.0]);
        touches.sort_by(f64::total_cmp);
        touches.windows(2).all(|pair| {
            let &[t, u] = pair else { return true };
            let middle = 0.5 * (t + u);
            (u - t) * length <= SLACK_M || self.holds([a[0] + middle * d[0], a[1] + middle * d[1]])
        })
    }

    /// Whether a place is inside or hardly outside.
    fn holds(&self, p: Point) -> bool {
        let index = |k: usize, n: usize| {
            let v = ((p[k] - self.low[k]) / self.cell[k]).floor();
            (v >= 0.0 && v < n as f64).then_some(v as usize)
        };
        let (Some(column), Some(row)) = (index(0, self.columns), index(1, self.rows)) else {
            return false;
        };
        let cell = row * self.columns + column;
        let Some(near) = self.cells.get(cell) else {
            return false;
        };
        if near.is_empty() {
            return self.inside.get(cell) == Some(&true);
        }
        let touching = near.iter().any(|edge| {
            self.edges.get(*edge as usize).is_some_and(|[a, b]| {
                whimbrel_geo::polygon::distance_to_segment_m(p, *a, *b) < SLACK_M
            })
        });
        touching
            || self.edges.iter().fold(false, |inside, [a, b]| {
                let crosses = (a[1] > p[1]) != (b[1] > p[1])
                    && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0];
                inside != crosses
            })
    }

    /// The corners that a way from a place may bend at first, and how far off
    /// they are.
    pub fn seen(&self, p: Point) -> Vec<(usize, f64)> {
        let corners = self.corners.iter().enumerate();
        corners
            .filter(|(_, c)| c.bends(p) && self.sees(p, c.at))
            .map(|(i, c)| (i, distance(p, c.at)))
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
        for (j, dj) in to {
            let Some(ways) = self.ways.get(*j) else {
                continue;
            };
            for (i, di) in from {
                let d = di + ways.get(*i).map_or(f64::INFINITY, |w| w.0) + dj;
                if d.is_finite() && best.is_none_or(|b| d < b.0) {
                    best = Some((d, *i, *j));
                }
            }
        }
        best
    }

    /// The corners of the shortest way between two corners, both included.
    pub fn corners_between(&self, from: usize, to: usize) -> Vec<Point> {
        let mut points = Vec::new();
        let mut at = from;
        for _ in 0..=self.corners.len() {
            points.extend(self.corners.get(at).map(|c| c.at));
            if at == to {
                break;
            }
            match self.ways.get(to).and_then(|w| w.get(at)) {
                Some((_, next)) => at = *next,
                None => break,
            }
        }
        points
    }

    /// The corners of the shortest way from `a` to `b`, without `a` and `b`, and
    /// its length.
    pub fn way(&self, a: Point, b: Point) -> Option<(f64, Vec<Point>)> {
        if self.sees(a, b) {
            return Some((distance(a, b), Vec::new()));
        }
        let (length, i, j) = self.around(&self.seen(a), &self.seen(b))?;
        Some((length, self.corners_between(i, j)))
    }
}

/// Inner corners of the outline and outer corners of holes.
fn corners(polygon: &Polygon) -> Vec<Corner> {
    let mut corners = Vec::new();
    for (index, ring) in polygon.rings().enumerate() {
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
        let n = ring.len();
        for i in 0..n {
            let (Some(&before), Some(&at), Some(&after)) = (
                ring.get((i + n - 1) % n),
                ring.get(i),
                ring.get((i + 1) % n),
            ) else {
                continue;
            };
            let cross =
                (at[0] - before[0]) * (after[1] - at[1]) - (at[1] - before[1]) * (after[0] - at[0]);
            if cross * sign > 0.0 && corners.len() < MAX_CORNERS {
                corners.push(Corner { at, before, after });
            }
        }
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Polygon {
        Polygon {
            outer: vec![[0.0, 0.0], [100.0, 0.0], [100.0, 60.0], [0.0, 60.0]],
            holes: vec![
                vec![[40.0, 20.0], [60.0, 20.0], [60.0, 40.0], [40.0, 40.0]],
                vec![[70.0, 30.0], [80.0, 35.0], [70.0, 50.0]],
            ],
        }
    }

    #[test]
    fn sees_past_corners_and_along_walls_but_not_through() {
        let sight = Sight::new(&room());
        assert!(sight.sees([10.0, 20.0], [90.0, 20.0]), "along a wall");
        assert!(sight.sees([40.0, 20.0], [60.0, 20.0]));
        assert!(!sight.sees([10.0, 30.0], [65.0, 30.0]));
        assert!(!sight.sees([40.0, 20.0], [60.0, 40.0]), "a diagonal");
        assert!(sight.sees([0.0, 0.0], [40.0, 20.0]));
        assert!(!sight.sees([30.0, 15.0], [50.0, 25.0]));
        let (length, corners) = sight.way([30.0, 30.0], [65.0, 30.0]).expect("a way");
        assert_eq!(corners.len(), 2);
        assert!((length - (2f64.sqrt() * 10.0 + 20.0 + 125f64.sqrt())).abs() < 1e-6);
    }

    #[test]
    fn agrees_with_clipping() {
        let room = room();
        let sight = Sight::new(&room);
        let mut n = 0;
        for i in 0..1500_u32 {
            let at = |k: u32, size: f64| size * f64::from((i * 7919 + k * 104_729) % 1000) / 1000.0;
            let (a, b) = ([at(1, 100.0), at(2, 60.0)], [at(3, 100.0), at(4, 60.0)]);
            if !room.contains(a) || !room.contains(b) {
                continue;
            }
            let inside: f64 = room.clip_line(a, b).iter().map(|c| c.1 - c.0).sum();
            let out_m = (1.0 - inside) * distance(a, b);
            if !(1e-6..0.05).contains(&out_m) {
                assert_eq!(sight.sees(a, b), out_m < 0.01, "{a:?} {b:?} {out_m}");
                n += 1;
            }
        }
        assert!(n > 800);
    }
}
