//! What a swath sweeps: all ground within half a swath of a photo line.

use whimbrel_geo::Polygon;

/// Most cells of the raster; cells get larger instead.
const MAX_CELLS: f64 = 3_000_000.0;
/// Cells across half a swath, where there is room for that many.
const CELLS_PER_HALF: f64 = 10.0;

const OUTSIDE: u8 = 0;
const BARE: u8 = 1;
const DONE: u8 = 2;

/// A raster of areas and of what was swept of them.
#[derive(Clone, Debug)]
pub struct Swept {
    west: f64,
    south: f64,
    cell: f64,
    columns: usize,
    rows: usize,
    state: Vec<u8>,
    inside: usize,
    done: usize,
}

impl Swept {
    /// Nothing of `areas` is swept yet.
    pub fn new(areas: &[Polygon], swath_m: f64) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for (a, b) in areas.iter().filter_map(Polygon::bounds) {
            for axis in 0..2 {
                low[axis] = low[axis].min(a[axis]);
                high[axis] = high[axis].max(b[axis]);
            }
        }
        let (wide, tall) = ((high[0] - low[0]).max(0.0), (high[1] - low[1]).max(0.0));
        let cell = (0.5 * swath_m / CELLS_PER_HALF)
            .max((wide * tall / MAX_CELLS).sqrt())
            .max(1e-3);
        let (columns, rows) = if wide > 0.0 && tall > 0.0 {
            ((wide / cell).ceil() as usize, (tall / cell).ceil() as usize)
        } else {
            (0, 0)
        };
        let mut raster = Self {
            west: low[0],
            south: low[1],
            cell,
            columns,
            rows,
            state: vec![OUTSIDE; columns * rows],
            inside: 0,
            done: 0,
        };
        for area in areas {
            raster.fill(area);
        }
        raster.inside = raster.state.iter().filter(|s| **s == BARE).count();
        raster
    }

    fn fill(&mut self, area: &Polygon) {
        let mut cuts = Vec::new();
        for row in 0..self.rows {
            let y = self.south + (row as f64 + 0.5) * self.cell;
            cuts.clear();
            for (a, b) in area.edges() {
                if (a[1] > y) != (b[1] > y) {
                    cuts.push(a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
                }
            }
            cuts.sort_by(f64::total_cmp);
            for pair in cuts.chunks_exact(2) {
                let &[from, to] = pair else { continue };
                if let Some(cells) = self.cells(row, from, to) {
                    cells.fill(BARE);
                }
            }
        }
    }

    /// Cells of a row whose middles are between two places.
    fn cells(&mut self, row: usize, from: f64, to: f64) -> Option<&mut [u8]> {
        let columns = self.columns as f64;
        let column = |x: f64| ((x - self.west) / self.cell - 0.5).clamp(-1.0, columns);
        let first = column(from).ceil().max(0.0) as usize;
        let end = (column(to).floor() + 1.0).clamp(0.0, columns) as usize;
        let start = row * self.columns;
        self.state.get_mut(start + first..start + end.max(first))
    }

    /// Sweeps along a line, its round ends included; returns how much of the
    /// areas is new, square metres.
    pub fn sweep(&mut self, a: [f64; 2], b: [f64; 2], half_m: f64) -> f64 {
        let row_of = |y: f64| ((y - self.south) / self.cell - 0.5).clamp(-1.0, self.rows as f64);
        let first = row_of(a[1].min(b[1]) - half_m).ceil().max(0.0) as usize;
        let end = (row_of(a[1].max(b[1]) + half_m).floor() + 1.0).max(0.0) as usize;
        let mut gained = 0;
        for row in first..end.min(self.rows) {
            let y = self.south + (row as f64 + 0.5) * self.cell;
            let Some((from, to)) = capsule(a, b, half_m, y) else {
                continue;
            };
            if let Some(cells) = self.cells(row, from, to) {
                for cell in cells.iter_mut().filter(|c| **c == BARE) {
                    *cell = DONE;
                    gained += 1;
                }
            }
        }
        self.done += gained;
        gained as f64 * self.cell * self.cell
    }

    /// Share that is swept.
    pub fn fraction(&self) -> f64 {
        if self.inside == 0 {
            0.0
        } else {
            self.done as f64 / self.inside as f64
        }
    }

    /// Ground of one cell.
    pub fn cell_m2(&self) -> f64 {
        self.cell * self.cell
    }

    /// Middles of connected bare cells, the largest patch first.
    pub fn bare(&self) -> Vec<Vec<[f64; 2]>> {
        let mut seen = vec![false; self.state.len()];
        let mut patches = Vec::new();
        for start in 0..self.state.len() {
            if self.state.get(start) != Some(&BARE) || seen.get(start) == Some(&true) {
                continue;
            }
            let mut patch = Vec::new();
            let mut stack = vec![start];
            if let Some(s) = seen.get_mut(start) {
                *s = true;
            }
            while let Some(cell) = stack.pop() {
                let (row, column) = (cell / self.columns, cell % self.columns);
                patch.push([
                    self.west + (column as f64 + 0.5) * self.cell,
                    self.south + (row as f64 + 0.5) * self.cell,
                ]);
                let mut visit = |next: usize| {
                    if self.state.get(next) == Some(&BARE)
                        && let Some(s) = seen.get_mut(next)
                        && !*s
                    {
                        *s = true;
                        stack.push(next);
                    }
                };
                if column > 0 {
                    visit(cell - 1);
                }
                if column + 1 < self.columns {
                    visit(cell + 1);
                }
                if row > 0 {
                    visit(cell - self.columns);
                }
                visit(cell + self.columns);
            }
            patches.push(patch);
        }
        patches.sort_by_key(|p| core::cmp::Reverse(p.len()));
        patches
    }
}

/// From where to where a line with round ends reaches at height `y`.
fn capsule(a: [f64; 2], b: [f64; 2], half: f64, y: f64) -> Option<(f64, f64)> {
    let mut span: Option<(f64, f64)> = None;
    let mut reach = |from: f64, to: f64| {
        span = Some(span.map_or((from, to), |s| (s.0.min(from), s.1.max(to))));
    };
    for p in [a, b] {
        let square = half * half - (y - p[1]).powi(2);
        if square > 0.0 {
            reach(p[0] - square.sqrt(), p[0] + square.sqrt());
        }
    }
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = d[0].hypot(d[1]);
    if length > 1e-9 {
        let n = [-d[1] / length * half, d[0] / length * half];
        for side in [-1.0, 1.0] {
            let p = [a[0] + side * n[0], a[1] + side * n[1]];
            let q = [b[0] + side * n[0], b[1] + side * n[1]];
            if (p[1] > y) != (q[1] > y) {
                let x = p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0]);
                reach(x, x);
            }
        }
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sweeps_its_capsule() {
        let square = Polygon::new(vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]);
        let mut swept = Swept::new(&[square], 10.0);
        let gained = swept.sweep([30.0, 30.0], [60.0, 70.0], 5.0);
        let exact = 50.0 * 10.0 + core::f64::consts::PI * 25.0;
        assert!((gained / exact - 1.0).abs() < 0.01, "{gained} {exact}");
        assert!(swept.sweep([30.0, 30.0], [60.0, 70.0], 5.0) == 0.0);
        assert_eq!(swept.bare().len(), 1);
        swept.sweep([0.0, 50.0], [100.0, 50.0], 5.0);
        assert_eq!(swept.bare().len(), 2);
        assert!((swept.fraction() - (1000.0 + exact - 100.0) / 1e4).abs() < 0.01);
    }
}
