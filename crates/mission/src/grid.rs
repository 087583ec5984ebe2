//! Square cells over a plane: what rasters and coverage are counted on.

use core::ops::Range;
use whimbrel_geo::Polygon;

/// Most cells of a grid; cells get larger instead.
pub const MAX_CELLS: usize = 4_000_000;
/// Smallest cell.
const MIN_CELL_M: f64 = 0.01;

/// Cells by row, the southernmost first, each row from west to east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// West edge.
    pub west_m: f64,
    /// South edge.
    pub south_m: f64,
    /// Side of a cell.
    pub cell_m: f64,
    /// Cells from west to east.
    pub columns: usize,
    /// Cells from south to north.
    pub rows: usize,
}

impl Grid {
    /// Cells of about `cell_m` over polygons and `around_m` metres more; larger
    /// ones when that would be more than `most` (at most [`MAX_CELLS`]).
    #[must_use]
    pub fn over(polygons: &[Polygon], around_m: f64, cell_m: f64, most: usize) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for (a, b) in polygons.iter().filter_map(Polygon::bounds) {
            for axis in 0..2 {
                low[axis] = low[axis].min(a[axis] - around_m);
                high[axis] = high[axis].max(b[axis] + around_m);
            }
        }
        let wide = (high[0] - low[0]).max(0.0);
        let tall = (high[1] - low[1]).max(0.0);
        let mut cell_m = if cell_m.is_finite() {
            cell_m.max(MIN_CELL_M)
        } else {
            1.0
        };
        let most = most.clamp(1, MAX_CELLS) as f64;
        let cells = |cell_m: f64| ((wide / cell_m).ceil() + 1.0) * ((tall / cell_m).ceil() + 1.0);
        while cells(cell_m) > most && cells(cell_m) > 4.0 {
            cell_m *= 1.25;
        }
        let some = wide > 0.0 && tall > 0.0 && wide.is_finite() && tall.is_finite();
        let count = |length: f64| {
            if some {
                (length / cell_m).ceil() as usize
            } else {
                0
            }
        };
        Self {
            west_m: low[0],
            south_m: low[1],
            cell_m,
            columns: count(wide),
            rows: count(tall),
        }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns * self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Middle of a cell.
    #[must_use]
    pub fn middle(&self, index: usize) -> [f64; 2] {
        let columns = self.columns.max(1);
        [
            self.west_m + ((index % columns) as f64 + 0.5) * self.cell_m,
            self.south_m + ((index / columns) as f64 + 0.5) * self.cell_m,
        ]
    }

    /// The cell that holds a place.
    #[must_use]
    pub fn at(&self, [x, y]: [f64; 2]) -> Option<usize> {
        let column = ((x - self.west_m) / self.cell_m).floor();
        let row = ((y - self.south_m) / self.cell_m).floor();
        let inside =
            column >= 0.0 && row >= 0.0 && column < self.columns as f64 && row < self.rows as f64;
        inside.then(|| row as usize * self.columns + column as usize)
    }

    /// Calls `act` with the cells, row by row, whose middles are inside the
    /// rings (even–odd).
    pub fn spans(&self, rings: &[&[[f64; 2]]], mut act: impl FnMut(Range<usize>)) {
        let ys = || rings.iter().flat_map(|r| r.iter().map(|p| p[1]));
        let low = ys().fold(f64::INFINITY, f64::min);
        let high = ys().fold(f64::NEG_INFINITY, f64::max);
        if !(low.is_finite() && high.is_finite()) || self.columns == 0 {
            return;
        }
        let row_of =
            |y: f64| ((y - self.south_m) / self.cell_m - 0.5).clamp(-1.0, self.rows as f64);
        let (first, last) = (row_of(low).ceil() as usize, row_of(high).floor() as i64);
        let mut crossings = Vec::new();
        for row in first..self.rows.min((last + 1).max(0) as usize) {
            let y = self.south_m + (row as f64 + 0.5) * self.cell_m;
            crossings.clear();
            for ring in rings {
                for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                    if (a[1] > y) != (b[1] > y) {
                        crossings.push(a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
                    }
                }
            }
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let &[from, to] = pair else { continue };
                let column = |x: f64| {
                    ((x - self.west_m) / self.cell_m - 0.5).clamp(-1.0, self.columns as f64)
                };
                let first = column(from).ceil().max(0.0) as usize;
                let end = ((column(to).floor() + 1.0).max(0.0) as usize).min(self.columns);
                let base = row * self.columns;
                if end > first {
                    act(base + first..base + end);
                }
            }
        }
    }
}
