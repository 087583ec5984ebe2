//! Which drawn tiles no longer look as they would if they were drawn now.
//!
//! A tile is remembered by a few places of it: which photo shows each, from which spot of the photo, how good its bytes
//! were and how bright it was made. A tile is drawn again only when one of these differs visibly.

use std::collections::BTreeMap;

use nalgebra::Vector3;
use whimbrel_geo::CrsError;

use crate::ortho::{MapGrid, TileId, View};
use crate::project::Grade;
use crate::surface::Surface;

/// Places looked at along each side of a tile, its borders included.
const SPOTS: usize = 5;

/// What may differ before a tile is drawn again.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Displacement on the ground, in pixels of the map.
    pub moved_gsd: f64,
    /// Relative change of brightness.
    pub brightened: f32,
    /// How much better another photo must see a place, in squared tangent of the angle from straight down.
    pub better: f32,
    /// Share of the places that must differ.
    pub share: f32,
    /// Whether previews take the place of other photos: they are better only where there is nothing yet.
    pub previews: bool,
    /// Whether tiles at the border of what photos show count as different: they may show less than a place sees.
    pub borders: bool,
}

/// While photos come in.
pub const LIVE: Tolerance = Tolerance {
    moved_gsd: 5.0,
    brightened: 0.08,
    better: 0.1,
    share: 0.2,
    previews: false,
    borders: false,
};
/// In the end.
pub const THOROUGH: Tolerance = Tolerance {
    moved_gsd: 0.4,
    brightened: 0.02,
    better: 0.002,
    share: 0.0,
    previews: true,
    borders: true,
};

/// How one place of a tile is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    photo: usize,
    grade: Grade,
    /// Place in the photo, as metres on the ground.
    image_m: [f64; 2],
    factor: [f32; 3],
}

/// How a tile was drawn, at some places of it, row by row from the north-west.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    spots: Vec<Option<Spot>>,
}

/// A tile as it would be drawn now: for each place, what each photo would show, best first.
pub struct Fresh {
    spots: Vec<Vec<(f32, Spot)>>,
}

/// The photos as they are now.
pub struct Sight<'a> {
    /// The map's grid.
    pub grid: &'a MapGrid,
    /// The ground.
    pub surface: &'a Surface,
    /// Each photo's pose and brightness.
    pub views: &'a [Option<View>],
    /// Each photo's best layer.
    pub grades: &'a [Grade],
    /// Projected box around what each photo shows.
    pub boxes: &'a [Option<[f64; 4]>],
}

impl Sight<'_> {
    /// Photos that may show a part of the tile.
    pub fn candidates(&self, id: TileId) -> Vec<usize> {
        let [w, n] = self.grid.corner(id);
        let side = self.grid.tile_m();
        let meets = |b: &[f64; 4]| b[0] < w + side && b[2] > w && b[1] < n && b[3] > n - side;
        (0..self.boxes.len())
            .filter(|&i| {
                self.boxes
                    .get(i)
                    .and_then(Option::as_ref)
                    .is_some_and(meets)
            })
            .collect()
    }

    /// The tile as it would be drawn now.
    pub fn fresh(&self, id: TileId) -> Result<Fresh, CrsError> {
        let candidates = self.candidates(id);
        let ([w, n], side) = (self.grid.corner(id), self.grid.tile_m());
        let mut spots = Vec::with_capacity(SPOTS * SPOTS);
        for k in 0..SPOTS * SPOTS {
            let share = |k: usize| k as f64 / (SPOTS - 1) as f64;
            let [x, y] = self
                .grid
                .local([w + share(k % SPOTS) * side, n - share(k / SPOTS) * side])?;
            let ground = Vector3::new(x, y, self.surface.up_m(x, y));
            let mut seen: Vec<(f32, Spot)> = candidates
                .iter()
                .filter_map(|&photo| {
                    let (preference, image_m, factor) =
                        self.views.get(photo)?.as_ref()?.glance(&ground)?;
                    let grade = *self.grades.get(photo)?;
                    Some((
                        preference,
                        Spot {
                            photo,
                            grade,
                            image_m,
                            factor,
                        },
                    ))
                })
                .collect();
            seen.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.photo.cmp(&b.1.photo)));
            spots.push(seen);
        }
        Ok(Fresh { spots })
    }
}

impl Fresh {
    /// What to remember when the tile is drawn now.
    pub fn drawn(&self) -> Drawn {
        Drawn {
            spots: self.spots.iter().map(|s| s.first().map(|s| s.1)).collect(),
        }
    }

    /// Whether the tile looks different from how it was drawn.
    pub fn differs(&self, before: &Drawn, tolerance: &Tolerance, gsd_m: f64) -> bool {
        let pairs = || self.spots.iter().zip(&before.spots);
        // Ground that was not seen before is always news.
        if pairs().any(|(now, before)| before.is_none() && !now.is_empty()) {
            return true;
        }
        let differ =
            pairs().filter(|(now, before)| spot_differs(now, before.as_ref(), tolerance, gsd_m));
        let count = differ.count();
        count > 0 && count as f32 >= tolerance.share * self.spots.len() as f32
    }
}

fn spot_differs(
    now: &[(f32, Spot)],
    before: Option<&Spot>,
    tolerance: &Tolerance,
    gsd_m: f64,
) -> bool {
    let (Some((best, first)), Some(before)) = (now.first(), before) else {
        return tolerance.borders || now.is_empty() != before.is_none();
    };
    // The photo that was drawn, as it is now.
    let Some((preference, same)) = now.iter().find(|(_, s)| s.photo == before.photo) else {
        return true;
    };
    let moved = (same.image_m[0] - before.image_m[0]).hypot(same.image_m[1] - before.image_m[1]);
    let factors = same.factor.iter().zip(&before.factor);
    same.grade > before.grade
        || first.grade > before.grade
        || (best - preference > tolerance.better
            && (tolerance.previews || first.grade > Grade::Preview))
        || moved > tolerance.moved_gsd * gsd_m
        || factors
            .into_iter()
            .any(|(a, b)| (a / b - 1.0).abs() > tolerance.brightened)
}

/// How each drawn tile was drawn.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    drawn: BTreeMap<TileId, Drawn>,
}

impl Ledger {
    /// The tile has been drawn.
    pub fn set(&mut self, id: TileId, drawn: Drawn) {
        self.drawn.insert(id, drawn);
    }

    /// How it was drawn.
    pub fn get(&self, id: TileId) -> Option<&Drawn> {
        self.drawn.get(&id)
    }

    /// All drawn tiles.
    pub fn ids(&self) -> impl Iterator<Item = TileId> + '_ {
        self.drawn.keys().copied()
    }

    /// Drawn tiles that a photo is the best for, somewhere.
    pub fn showing(&self, photo: usize) -> impl Iterator<Item = TileId> + '_ {
        self.drawn
            .iter()
            .filter(move |(_, d)| d.spots.iter().flatten().any(|s| s.photo == photo))
            .map(|(id, _)| *id)
    }

    /// Nothing is drawn.
    pub fn clear(&mut self) {
        self.drawn.clear();
    }
}
