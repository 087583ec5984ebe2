//! Holes in a grid.

use super::GridTerrain;

/// Widest hole that is filled, nodes.
const MAX_SIDE: usize = 60;
/// Heights at its rim that each node of a hole is interpolated from, at most.
const MAX_RIM: usize = 4 * MAX_SIDE * MAX_SIDE;

/// What became of a grid's holes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voids {
    /// Holes that were filled.
    pub filled: usize,
    /// Nodes in them.
    pub filled_nodes: usize,
    /// Unknown nodes that were left: at the edge of the grid, or in holes that are too wide.
    pub left_nodes: usize,
}

impl GridTerrain {
    /// Fills holes that known heights surround, up to `widest_m` (and 60 nodes) across, with the
    /// mean of the heights at the rim weighted by the inverse square of their distance.
    pub fn fill_voids(&mut self, widest_m: f64) -> Voids {
        let mut report = Voids::default();
        let (w, h) = self.size();
        let widest = match self.node_spacing_m() {
            Some(spacing) if spacing > 0.0 => {
                ((widest_m / spacing).floor().max(0.0) as usize).min(MAX_SIDE)
            }
            _ => 0,
        };
        let mut seen = vec![false; w * h];
        for start in 0..w * h {
            if self.is_known(start) || seen.get(start) != Some(&false) {
                continue;
            }
            let hole = self.hole(start, &mut seen);
            let (columns, rows) = hole.sides();
            if hole.at_edge || columns > widest || rows > widest {
                report.left_nodes += hole.nodes.len();
                continue;
            }
            let rim: Vec<(f64, f64, f64)> = hole
                .rim
                .iter()
                .take(MAX_RIM)
                .filter_map(|i| Some(((i % w) as f64, (i / w) as f64, self.value(*i)?)))
                .collect();
            for node in &hole.nodes {
                let (x, y) = ((node % w) as f64, (node / w) as f64);
                let (mut sum, mut weights) = (0.0, 0.0);
                for (c, r, z) in &rim {
                    let weight = 1.0 / ((c - x).powi(2) + (r - y).powi(2));
                    sum += weight * z;
                    weights += weight;
                }
                self.set_value(*node, (sum / weights) as f32);
            }
            report.filled += 1;
            report.filled_nodes += hole.nodes.len();
        }
        report
    }

    /// The hole around an unknown node, with its known neighbours.
    fn hole(&self, start: usize, seen: &mut [bool]) -> Hole {
        let (w, h) = self.size();
        let mut hole = Hole::new(w);
        let mut open = vec![start];
        if let Some(s) = seen.get_mut(start) {
            *s = true;
        }
        while let Some(node) = open.pop() {
            let (c, r) = (node % w, node / w);
            hole.add(node, c, r);
            if c == 0 || r == 0 || c + 1 == w || r + 1 == h {
                hole.at_edge = true;
            }
            let sides = [
                (c > 0).then(|| node - 1),
                (c + 1 < w).then_some(node + 1),
                (r > 0).then(|| node - w),
                (r + 1 < h).then_some(node + w),
            ];
            for next in sides.into_iter().flatten() {
                if self.is_known(next) {
                    hole.rim.push(next);
                } else if let Some(s) = seen.get_mut(next)
                    && !*s
                {
                    *s = true;
                    open.push(next);
                }
            }
        }
        hole.rim.sort_unstable();
        hole.rim.dedup();
        hole
    }
}

struct Hole {
    nodes: Vec<usize>,
    rim: Vec<usize>,
    at_edge: bool,
    columns: (usize, usize),
    rows: (usize, usize),
}

impl Hole {
    fn new(width: usize) -> Self {
        Self {
            nodes: Vec::new(),
            rim: Vec::new(),
            at_edge: false,
            columns: (width, 0),
            rows: (usize::MAX, 0),
        }
    }

    fn add(&mut self, node: usize, c: usize, r: usize) {
        self.nodes.push(node);
        self.columns = (self.columns.0.min(c), self.columns.1.max(c));
        self.rows = (self.rows.0.min(r), self.rows.1.max(r));
    }

    /// Columns and rows that it spans.
    fn sides(&self) -> (usize, usize) {
        (
            self.columns.1.saturating_sub(self.columns.0) + 1,
            self.rows.1.saturating_sub(self.rows.0) + 1,
        )
    }
}
