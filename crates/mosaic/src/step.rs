//! The work between photos coming in and poses being known.

use std::sync::Arc;

use rayon::prelude::*;
use whimbrel_photo::RgbImage;

use crate::features::{Features, detect};
use crate::gains::{self, THUMB_WIDTH};
use crate::matching::match_pair;
use crate::ortho::Broad;
use crate::project::{Photo, Progress, Project, SolveError, Stage};
use crate::scale_space::FloatImage;
use crate::scene::{ASSUMED_HEIGHT_M, Ground};
use crate::surface::Surface;
use crate::tracks::Track;

/// Most photos read by one [`Project::solve_step`].
pub const MAX_STEP_PHOTOS: usize = 8;
/// Features are found in a copy no wider than this.
const FEATURE_WIDTH: u32 = 1200;
/// Pairs compared by one task before progress is told.
const PAIR_BATCH: usize = 32;
/// Cell of the copy of the terrain model.
const TERRAIN_CELL_M: f64 = 10.0;
/// Tie points whose rays meet at less than this say little about height.
const MIN_SURFACE_ANGLE_RAD: f64 = 0.06;
/// Weight in the surface of a tie point seen twice only.
const TWO_VIEW_WEIGHT: f32 = 0.15;
/// Cells of the surface per tie point; about a third of the grid lies around the map.
const CELLS_PER_POINT: f64 = 2.0;

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Photos read.
    pub read: usize,
    /// Photos joined by matching for the first time.
    pub joined: usize,
    /// Photos still to be read.
    pub pending: usize,
    /// Tiles to be redrawn.
    pub dirty: usize,
}

impl Project {
    /// Reads up to [`MAX_STEP_PHOTOS`] new photos, matches them and improves all poses a little.
    pub fn solve_step(&mut self, mut progress: impl FnMut(Progress)) -> Result<Step, SolveError> {
        self.begin()?;
        let read = self.read_pending(MAX_STEP_PHOTOS, &mut progress);
        self.match_with_neighbours(&read, &mut progress);
        let joined = if read.is_empty() {
            0
        } else {
            self.solve_scene(false, &mut progress)
        };
        self.settle(false)?;
        Ok(Step {
            read: read.len(),
            joined,
            pending: self.pending(),
            dirty: self.dirty.len(),
        })
    }

    /// Reads all new photos, matches and solves to convergence.
    pub fn solve(&mut self, mut progress: impl FnMut(Progress)) -> Result<Step, SolveError> {
        self.begin()?;
        let mut read = 0;
        let total = self.pending();
        loop {
            let some = self.read_pending(MAX_STEP_PHOTOS, |p| {
                progress(Progress {
                    done: read + p.done,
                    total,
                    ..p
                })
            });
            if some.is_empty() && self.pending() == 0 {
                break;
            }
            read += some.len();
        }
        // All photos are here: everyone meets all of its neighbours.
        let all: Vec<usize> = (0..self.photos.len()).collect();
        self.match_with_neighbours(&all, &mut progress);
        let joined = self.solve_scene(true, &mut progress);
        self.settle(true)?;
        Ok(Step {
            read,
            joined,
            pending: self.pending(),
            dirty: self.dirty.len(),
        })
    }

    fn begin(&mut self) -> Result<(), SolveError> {
        if self.photos.is_empty() {
            return Err(SolveError::NoPhotos);
        }
        if !self.settle_frame() {
            return Err(SolveError::NoPositions(self.photos.len()));
        }
        Ok(())
    }

    /// Decodes and finds features; returns the photos that succeeded.
    fn read_pending(&mut self, most: usize, mut progress: impl FnMut(Progress)) -> Vec<usize> {
        let mut todo: Vec<usize> = (0..self.photos.len())
            .filter(|&i| self.photos[i].needs_features && self.photos[i].useless.is_none())
            .collect();
        let total = todo.len();
        todo.truncate(most);
        let results: Vec<(usize, Result<Read, String>)> = todo
            .par_iter()
            .map(|&i| {
                (
                    i,
                    self.photos[i].data.decode().map(|image| Read::new(&image)),
                )
            })
            .collect();
        let mut read = Vec::new();
        for (i, result) in results {
            self.photos[i].needs_features = false;
            match result {
                Ok(found) => {
                    self.scene.cameras[i].feature_size = found.size;
                    self.scene.cameras[i].features = Some(Arc::new(found.features));
                    self.photos[i].broad = Some(Arc::new(Broad::new(&found.thumb)));
                    self.photos[i].thumb = Some(found.thumb);
                    self.scene.pairs.retain(|k, _| k.0 != i && k.1 != i);
                    self.tried.retain(|k| k.0 != i && k.1 != i);
                    read.push(i);
                }
                Err(reason) => {
                    self.photos[i].useless = Some(reason);
                    self.scene.cameras[i].prior = None;
                }
            }
        }
        progress(Progress {
            stage: Stage::Reading,
            done: todo.len(),
            total,
        });
        read
    }

    fn match_with_neighbours(&mut self, fresh: &[usize], mut progress: impl FnMut(Progress)) {
        let candidates = self.candidate_pairs(fresh);
        let total = candidates.len();
        for (batch, pairs) in candidates.chunks(PAIR_BATCH).enumerate() {
            let cameras = &self.scene.cameras;
            let results: Vec<_> = pairs
                .par_iter()
                .map(|&((a, b), exhaustive)| {
                    let (fa, fb) = (cameras[a].features.as_ref()?, cameras[b].features.as_ref()?);
                    match_pair(fa, fb, exhaustive)
                })
                .collect();
            for (&(key, _), result) in pairs.iter().zip(results) {
                self.tried.insert(key);
                if let Some(found) = result {
                    self.scene.pairs.insert(key, found);
                }
            }
            progress(Progress {
                stage: Stage::Matching,
                done: (batch * PAIR_BATCH + pairs.len()).min(total),
                total,
            });
        }
    }

    fn solve_scene(&mut self, thorough: bool, mut progress: impl FnMut(Progress)) -> usize {
        self.sample_terrain();
        let terrain = self.terrain.as_ref();
        let lookup = |x: f64, y: f64| terrain.map(|t| t.up_m(x, y));
        let level_m = self.default_level_m();
        let ground = Ground {
            terrain: if terrain.is_some() {
                Some(&lookup)
            } else {
                None
            },
            level_m,
        };
        self.scene.solve(&ground, thorough, |done, total| {
            progress(Progress {
                stage: Stage::Solving,
                done,
                total,
            })
        })
    }

    /// Level ground where neither terrain nor matching tells: under the aircraft by its
    /// barometer or a guess.
    pub(crate) fn default_level_m(&self) -> f64 {
        let below = |photo: &Photo| {
            photo
                .meta
                .relative_height_m
                .filter(|h| *h > 5.0)
                .unwrap_or(ASSUMED_HEIGHT_M)
        };
        let levels = self
            .scene
            .cameras
            .iter()
            .zip(&self.photos)
            .filter_map(|(c, p)| Some(c.prior?.centre.z - below(p)));
        self.scene
            .level_m
            .unwrap_or(crate::scene::median(levels.collect()).unwrap_or(-ASSUMED_HEIGHT_M))
    }

    /// Local box around the photos' places, grown by a few heights of flight.
    fn neighbourhood(&self) -> Option<[f64; 4]> {
        let level = self.default_level_m();
        let mut b = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for p in self.scene.cameras.iter().filter_map(|c| c.prior) {
            let m = (2.0 * (p.centre.z - level)).clamp(30.0, 2000.0);
            b = [
                b[0].min(p.centre.x - m),
                b[1].min(p.centre.y - m),
                b[2].max(p.centre.x + m),
                b[3].max(p.centre.y + m),
            ];
        }
        b[0].is_finite().then_some(b)
    }

    /// A copy of the terrain model in the local frame, which is looked up often.
    fn sample_terrain(&mut self) {
        let (Some(terrain), Some(frame)) = (self.options.terrain.clone(), self.frame) else {
            return;
        };
        let Some(bounds) = self.neighbourhood() else {
            return;
        };
        let middle = [0.5 * (bounds[0] + bounds[2]), 0.5 * (bounds[1] + bounds[3])];
        let Some(default) = Project::terrain_up_m(terrain.as_ref(), &frame, middle[0], middle[1])
        else {
            self.terrain = None; // The model misses the place.
            return;
        };
        let covers = self.terrain.as_ref().is_some_and(|t| {
            let end = [
                t.origin_m[0] + t.width as f64 * t.cell_m,
                t.origin_m[1] + t.height as f64 * t.cell_m,
            ];
            t.origin_m[0] <= bounds[0]
                && t.origin_m[1] <= bounds[1]
                && end[0] >= bounds[2]
                && end[1] >= bounds[3]
        });
        if !covers {
            let grown = [
                bounds[0] - 200.0,
                bounds[1] - 200.0,
                bounds[2] + 200.0,
                bounds[3] + 200.0,
            ];
            let up =
                |x, y| Project::terrain_up_m(terrain.as_ref(), &frame, x, y).unwrap_or(default);
            self.terrain = Some(Surface::build(&[], grown, TERRAIN_CELL_M, up));
        }
    }

    /// Surface, brightness and views after the poses changed; marks what must be redrawn.
    fn settle(&mut self, thorough: bool) -> Result<(), SolveError> {
        self.place_the_rest();
        let Some(bounds) = self.neighbourhood() else {
            return Ok(());
        };
        // Two rays always nearly meet somewhere, also when they belong to different leaves.
        let weight = |t: &Track| {
            if t.seen.len() > 2 {
                1.0
            } else {
                TWO_VIEW_WEIGHT
            }
        };
        let points: Vec<_> = self
            .scene
            .tracks
            .iter()
            .filter(|t| t.angle_rad > MIN_SURFACE_ANGLE_RAD)
            .map(|t| (t.point, weight(t)))
            .collect();
        let area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]);
        let cell_m = (area / (points.len().max(1) as f64 * CELLS_PER_POINT))
            .sqrt()
            .clamp(0.5, 20.0);
        let level = self.default_level_m();
        let terrain = self.terrain.as_ref();
        let surface = Surface::build(&points, bounds, cell_m, |x, y| {
            terrain.map_or(level, |t| t.up_m(x, y))
        });
        let shades: Vec<gains::Shade<'_>> = self
            .photos
            .iter()
            .zip(&self.scene.cameras)
            .map(|(p, c)| gains::Shade {
                thumb: p.thumb.as_ref(),
                half_height: c.half_height(),
                lens: c.lens,
            })
            .collect();
        let gains = gains::solve(&self.scene.tracks, &shades, self.scene.lenses.len());
        self.update_views(surface, &gains, thorough)
    }
}

struct Read {
    features: Features,
    size: [f64; 2],
    thumb: RgbImage,
}

impl Read {
    fn new(image: &RgbImage) -> Read {
        let scaled = |width: u32| {
            let height =
                (u64::from(image.height) * u64::from(width) / u64::from(image.width.max(1))).max(1);
            (width, height as u32)
        };
        let gray = image.to_gray();
        let gray = if image.width > FEATURE_WIDTH {
            let (w, h) = scaled(FEATURE_WIDTH);
            gray.resized(w, h)
        } else {
            gray
        };
        let (w, h) = scaled(THUMB_WIDTH.min(image.width));
        let float = FloatImage::from_bytes(gray.width as usize, gray.height as usize, &gray.data);
        Read {
            features: detect(&float),
            size: [f64::from(gray.width), f64::from(gray.height)],
            thumb: image.resized(w, h),
        }
    }
}
