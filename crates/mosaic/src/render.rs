//! Which tiles are out of date, and drawing them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use whimbrel_geo::{Crs, CrsError};

use crate::gains::Gain;
use crate::ortho::{MapGrid, Plan, TileId, View};
use crate::project::{Grade, Progress, Project, SolveError, Stage};
use crate::scene::median;
use crate::stale::{self, Drawn, Sight};
use crate::surface::Surface;
use crate::{lens, tile};

/// Tiles drawn together; fixed, so that the work does not depend on the number of threads.
const BATCH: usize = 8;
/// Most pixels of a map; a larger one gets a coarser GSD.
pub const MAX_MAP_PIXELS: f64 = 1.5e9;
/// The map is laid out anew when the photos' resolution turns out different by this factor.
const GSD_FACTOR: f64 = 1.3;
impl Project {
    /// Takes new poses, surface and gains into the views, as far as they differ visibly.
    pub(crate) fn update_views(
        &mut self,
        surface: Surface,
        gains: &[Gain],
        thorough: bool,
    ) -> Result<(), SolveError> {
        self.lay_grid(&surface)?;
        let Some(grid) = self.grid.clone() else {
            return Ok(());
        };
        self.surface = Some(surface);
        for i in 0..self.photos.len() {
            let camera = &self.scene.cameras[i];
            let placed = self.photos[i].placed.as_ref().map(|p| p.0);
            self.views[i] = camera.pose.or(placed).map(|pose| View {
                pose,
                lens: self.scene.lenses[camera.lens].0,
                half_height: camera.half_height(),
                placed: camera.pose.is_none(),
                gain: gains.get(i).copied().unwrap_or_default(),
                broad: self.photos[i].broad.clone(),
            });
        }
        let (boxes, grades) = (self.boxes(&grid), self.grades());
        let Some(surface) = &self.surface else {
            return Ok(());
        };
        let sight = Sight {
            grid: &grid,
            surface,
            views: &self.views,
            grades: &grades,
            boxes: &boxes,
        };
        let touched: BTreeSet<TileId> = boxes
            .iter()
            .flatten()
            .flat_map(|b| grid.tiles(*b))
            .chain(self.ledger.ids())
            .collect();
        let touched: Vec<TileId> = touched.into_iter().collect();
        let tolerance = if thorough {
            stale::THOROUGH
        } else {
            stale::LIVE
        };
        let differ: Vec<bool> = touched
            .par_iter()
            .map(|&id| {
                Ok(match self.ledger.get(id) {
                    Some(before) => sight.fresh(id)?.differs(before, &tolerance, grid.gsd_m),
                    None => !sight.candidates(id).is_empty(),
                })
            })
            .collect::<Result<_, CrsError>>()
            .map_err(|e| SolveError::Projection(e.to_string()))?;
        self.dirty = touched
            .into_iter()
            .zip(differ)
            .filter_map(|(id, differs)| differs.then_some(id))
            .collect();
        Ok(())
    }

    fn grades(&self) -> Vec<Grade> {
        self.photos.iter().map(|p| p.grade).collect()
    }

    fn boxes(&self, grid: &MapGrid) -> Vec<Option<[f64; 4]>> {
        let Some(surface) = &self.surface else {
            return Vec::new();
        };
        self.views
            .par_iter()
            .map(|v| v.as_ref().and_then(|v| projected_box(grid, v, surface)))
            .collect()
    }

    fn lay_grid(&mut self, surface: &Surface) -> Result<(), SolveError> {
        let Some(frame) = self.frame else {
            return Ok(());
        };
        let failed = |e: &dyn std::fmt::Display| SolveError::Projection(e.to_string());
        let natural = self.natural_gsd_m(surface);
        if let Some(grid) = &self.grid {
            let ratio = grid.gsd_m / natural;
            let fits = (1.0 / GSD_FACTOR..GSD_FACTOR).contains(&ratio);
            if fits || self.options.gsd_m.is_some() {
                return Ok(());
            }
        }
        let crs = match &self.options.crs {
            Some(crs) => crs.clone(),
            None => Crs::utm_for(frame.origin().at).map_err(|e| failed(&e))?,
        };
        if crs.is_geographic() {
            return Err(SolveError::Projection(format!(
                "EPSG:{} is not projected: a map needs metres",
                crs.epsg()
            )));
        }
        crs.project(frame.origin().at).map_err(|e| failed(&e))?;
        let area = surface.width as f64 * surface.height as f64 * surface.cell_m * surface.cell_m;
        let wanted = self
            .options
            .gsd_m
            .unwrap_or((natural * 1000.0).round().max(1.0) / 1000.0);
        let gsd_m = wanted.max((area / MAX_MAP_PIXELS).sqrt());
        self.grid = Some(MapGrid { crs, frame, gsd_m });
        self.store.clear();
        self.dirty.clear();
        self.ledger.clear();
        self.views.iter_mut().for_each(|v| *v = None);
        Ok(())
    }

    /// What the photos resolve on the ground, middle of all.
    fn natural_gsd_m(&self, surface: &Surface) -> f64 {
        let each = self
            .photos
            .iter()
            .zip(&self.scene.cameras)
            .filter_map(|(photo, camera)| {
                let pose = camera.pose.or(photo.placed.as_ref().map(|p| p.0))?;
                let height = pose.centre.z - surface.up_m(pose.centre.x, pose.centre.y);
                let focal = self.scene.lenses[camera.lens].0.focal;
                (height > 1.0).then(|| height / focal * lens::REFERENCE_WIDTH / photo.full_width)
            });
        median(each.collect()).unwrap_or(0.1).clamp(0.001, 10.0)
    }

    /// Marks the tiles that a photo is the best for.
    pub(crate) fn redraw(&mut self, i: usize) {
        self.dirty.extend(self.ledger.showing(i));
    }

    /// Tiles to be drawn that show nothing yet.
    pub fn blank_tiles(&self) -> usize {
        self.dirty
            .iter()
            .filter(|id| self.ledger.get(**id).is_none())
            .count()
    }

    /// Draws up to `most` tiles that are out of date, those that show nothing yet first; returns how many are left.
    pub fn render(
        &mut self,
        most: usize,
        mut progress: impl FnMut(Progress),
    ) -> Result<usize, SolveError> {
        let (Some(grid), Some(surface)) = (self.grid.clone(), self.surface.clone()) else {
            return Ok(0);
        };
        let mut todo: Vec<TileId> = self.dirty.iter().copied().collect();
        // Along a space-filling curve, so that decoded photos are used again soon.
        todo.sort_by_key(|id| (self.ledger.get(*id).is_some(), morton(*id)));
        todo.truncate(most);
        let total = todo.len();
        let (boxes, grades) = (self.boxes(&grid), self.grades());
        for (batch, ids) in todo.chunks(BATCH).enumerate() {
            let sight = Sight {
                grid: &grid,
                surface: &surface,
                views: &self.views,
                grades: &grades,
                boxes: &boxes,
            };
            let plans = ids
                .par_iter()
                .map(|&id| {
                    let candidates = sight.candidates(id);
                    let plan = Plan::new(&grid, id, &surface, &self.views, &candidates)?;
                    Ok((plan, sight.fresh(id)?.drawn()))
                })
                .collect::<Result<Vec<(Plan, Drawn)>, CrsError>>()
                .map_err(|e| SolveError::Projection(e.to_string()))?;
            let mut needed: Vec<usize> = plans.iter().flat_map(|p| p.0.photos()).collect();
            needed.sort_unstable();
            needed.dedup();
            let mut images = BTreeMap::new();
            let mut missing = Vec::new();
            for i in needed {
                match self.cache.get(i) {
                    Some(image) => drop(images.insert(i, image)),
                    None => missing.push(i),
                }
            }
            let decoded: Vec<_> = missing
                .par_iter()
                .map(|&i| (i, self.photos[i].data.decode()))
                .collect();
            for (i, result) in decoded {
                // A photo that can no longer be read leaves its neighbours to fill its place.
                if let Ok(image) = result {
                    let image = Arc::new(image);
                    self.cache.put(i, image.clone());
                    images.insert(i, image);
                }
            }
            let drawn: Vec<_> = plans
                .par_iter()
                .map(|(plan, _)| tile::pack(&plan.render(|i| images.get(&i).cloned())))
                .collect();
            for ((&id, packed), (_, drawn)) in ids.iter().zip(drawn).zip(plans) {
                self.ledger.set(id, drawn);
                self.store.set(id, packed);
                self.dirty.remove(&id);
            }
            progress(Progress {
                stage: Stage::Rendering,
                done: (batch * BATCH + ids.len()).min(total),
                total,
            });
        }
        self.store.finish(&grid);
        Ok(self.dirty.len())
    }
}

/// Projected box around a photo's footprint.
pub(crate) fn projected_box(grid: &MapGrid, view: &View, surface: &Surface) -> Option<[f64; 4]> {
    let b = view.footprint(surface)?;
    let corners = [[b[0], b[1]], [b[2], b[1]], [b[0], b[3]], [b[2], b[3]]];
    let mut out = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for c in corners {
        let [e, n] = grid.projected(c).ok()?;
        out = [out[0].min(e), out[1].min(n), out[2].max(e), out[3].max(n)];
    }
    let diagonal = (out[2] - out[0]).hypot(out[3] - out[1]);
    (diagonal.is_finite() && diagonal < 20_000.0).then_some(out)
}

fn morton(id: TileId) -> u64 {
    let spread = |v: i32| {
        let v = (i64::from(v) + (1 << 31)) as u64;
        (0..32).fold(0u64, |m, b| m | ((v >> b & 1) << (2 * b)))
    };
    spread(id.column) | spread(id.row) << 1
}
