//! Coverage: which part of an area photos show, and what each adds.

use crate::Area;
use crate::grid::{Grid, MAX_CELLS};
use whimbrel_geo::{LatLon, LocalFrame, Polygon};

/// A grid of square cells over areas; each cell counts how many photos show
/// its middle.
#[derive(Clone, Debug)]
pub struct Coverage {
    frame: LocalFrame,
    grid: Grid,
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
        let grid = Grid::over(polygons, 0.0, cell_m, MAX_CELLS);
        let mut coverage = Self {
            frame,
            grid,
            seen: vec![None; grid.len()],
            inside: 0,
            covered: 0,
        };
        for polygon in polygons {
            let rings: Vec<&[[f64; 2]]> = polygon.rings().collect();
            coverage.visit(&rings, |cell| *cell = Some(0));
        }
        coverage.inside = coverage.seen.iter().flatten().count();
        coverage
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
        gained as f64 * self.grid.cell_m * self.grid.cell_m
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
        self.grid.cell_m
    }

    /// Middles of the cells of the areas that no photo shows, at most `limit`.
    #[must_use]
    pub fn gaps(&self, limit: usize) -> Vec<LatLon> {
        let empty = self.seen.iter().enumerate().filter(|(_, c)| **c == Some(0));
        empty
            .take(limit)
            .map(|(index, _)| self.frame.latlon_from_xy(self.grid.middle(index)))
            .collect()
    }

    /// Calls `act` for each cell whose middle is inside the rings (even–odd).
    fn visit(&mut self, rings: &[&[[f64; 2]]], mut act: impl FnMut(&mut Option<u16>)) {
        let seen = &mut self.seen;
        self.grid.spans(rings, |range| {
            if let Some(cells) = seen.get_mut(range) {
                cells.iter_mut().for_each(&mut act);
            }
        });
    }
}
