//! Coverage: which part of an area photos show, and what each adds.

use crate::Area;
use whimbrel_geo::{LatLon, LocalFrame, Polygon};

/// Most cells of a coverage grid; cells get larger instead.
pub const MAX_CELLS: usize = 4_000_000;

/// A grid of square cells over areas; each cell counts how many photos show
/// its middle.
#[derive(Clone, Debug)]
pub struct Coverage {
    frame: LocalFrame,
    cell_m: f64,
    west_m: f64,
    south_m: f64,
    columns: usize,
    rows: usize,
    /// `None` outside the areas.
    seen: Vec<Option<u16>>,
    inside: usize,
    covered: usize,
}

impl Coverage {
    /// A grid over `areas` with cells of about `cell_m` metres.
    ///
    /// # Errors
    /// When the areas are empty or too wide.
    pub fn new(areas: &[Area], cell_m: f64) -> Result<Self, crate::AreaError> {
        let frame = Area::local_frame(areas)?;
        let polygons: Vec<Polygon> = areas.iter().map(|a| a.polygon(&frame)).collect();
        Ok(Self::over(frame, &polygons, cell_m))
    }

    /// A grid over polygons in a frame.
    #[must_use]
    pub fn over(frame: LocalFrame, polygons: &[Polygon], cell_m: f64) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for (a, b) in polygons.iter().filter_map(Polygon::bounds) {
            for axis in 0..2 {
                low[axis] = low[axis].min(a[axis]);
                high[axis] = high[axis].max(b[axis]);
            }
        }
        let wide = (high[0] - low[0]).max(0.0);
        let tall = (high[1] - low[1]).max(0.0);
        let mut cell_m = if cell_m.is_finite() {
            cell_m.max(0.01)
        } else {
            1.0
        };
        let cells = |cell_m: f64| ((wide / cell_m).ceil() + 1.0) * ((tall / cell_m).ceil() + 1.0);
        while cells(cell_m) > MAX_CELLS as f64 {
            cell_m *= 1.25;
        }
        let (columns, rows) = if wide > 0.0 && tall > 0.0 {
            (
                (wide / cell_m).ceil() as usize,
                (tall / cell_m).ceil() as usize,
            )
        } else {
            (0, 0)
        };
        let mut grid = Self {
            frame,
            cell_m,
            west_m: low[0],
            south_m: low[1],
            columns,
            rows,
            seen: vec![None; columns * rows],
            inside: 0,
            covered: 0,
        };
        for polygon in polygons {
            let rings: Vec<&[[f64; 2]]> = polygon.rings().collect();
            grid.visit(&rings, |cell| *cell = Some(0));
        }
        grid.inside = grid.seen.iter().flatten().count();
        grid
    }

    /// Adds a photo's footprint; returns how many square metres of the area it
    /// shows that no photo before it did.
    pub fn add(&mut self, footprint: &[LatLon]) -> f64 {
        let ring: Vec<[f64; 2]> = footprint.iter().map(|at| self.frame.enu_xy(*at)).collect();
        self.add_xy(&ring)
    }

    /// As [`Coverage::add`], in metres of the frame.
    pub fn add_xy(&mut self, ring: &[[f64; 2]]) -> f64 {
        let mut gained = 0_usize;
        self.visit(&[ring], |cell| {
            if let Some(count) = cell {
                gained += usize::from(*count == 0);
                *count = count.saturating_add(1);
            }
        });
        self.covered += gained;
        gained as f64 * self.cell_m * self.cell_m
    }

    /// Share of the areas that at least one photo shows, 0–1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.inside == 0 {
            0.0
        } else {
            self.covered as f64 / self.inside as f64
        }
    }

    /// Share of the areas that at least `photos` photos show.
    #[must_use]
    pub fn fraction_seen(&self, photos: u16) -> f64 {
        let n = self.seen.iter().flatten().filter(|c| **c >= photos).count();
        if self.inside == 0 {
            0.0
        } else {
            n as f64 / self.inside as f64
        }
    }

    /// Side of a cell.
    #[must_use]
    pub fn cell_m(&self) -> f64 {
        self.cell_m
    }

    /// Middles of the cells of the areas that no photo shows, at most `limit`.
    #[must_use]
    pub fn gaps(&self, limit: usize) -> Vec<LatLon> {
        let middle = |index: usize| {
            let (row, column) = (index / self.columns.max(1), index % self.columns.max(1));
            self.frame.latlon_from_xy([
                self.west_m + (column as f64 + 0.5) * self.cell_m,
                self.south_m + (row as f64 + 0.5) * self.cell_m,
            ])
        };
        let empty = self.seen.iter().enumerate().filter(|(_, c)| **c == Some(0));
        empty.take(limit).map(|(index, _)| middle(index)).collect()
    }

    /// Calls `act` for each cell whose middle is inside the rings (even–odd).
    fn visit(&mut self, rings: &[&[[f64; 2]]], mut act: impl FnMut(&mut Option<u16>)) {
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
                let end = (column(to).floor() + 1.0).max(0.0) as usize;
                let range = row * self.columns + first
                    ..row * self.columns + end.min(self.columns).max(first);
                if let Some(cells) = self.seen.get_mut(range) {
                    cells.iter_mut().for_each(&mut act);
                }
            }
        }
    }
}
