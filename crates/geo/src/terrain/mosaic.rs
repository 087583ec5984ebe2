//! Several tiles as one terrain.

use super::cells::{Ceiling, Cells};
use super::{GridTerrain, Terrain};
use crate::frames::LocalFrame;
use crate::height::{Amsl, Height};
use crate::place::LatLon;

/// Several grids; where they overlap the first that knows the height is asked.
#[derive(Clone, Debug, Default)]
pub struct Mosaic(Vec<GridTerrain>);

impl Mosaic {
    /// Joins tiles: across a seam heights are interpolated between the outermost nodes of both.
    #[must_use]
    pub fn new(mut tiles: Vec<GridTerrain>) -> Self {
        for i in 0..tiles.len() {
            let Some(ring) = tiles.get(i).map(|tile| {
                tile.ring_from(|at| {
                    let mut others = tiles.iter().enumerate().filter(|(j, _)| *j != i);
                    others.find_map(|(_, t)| t.height(at))
                })
            }) else {
                continue;
            };
            if let Some(tile) = tiles.get_mut(i) {
                tile.set_ring(ring);
            }
        }
        Self(tiles)
    }

    /// The tiles.
    #[must_use]
    pub fn tiles(&self) -> &[GridTerrain] {
        &self.0
    }
}

impl Terrain for Mosaic {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        self.0.iter().find_map(|g| g.height(at))
    }

    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        let mut boxes = self.0.iter().filter_map(Terrain::bounds);
        let first = boxes.next()?;
        Some(boxes.fold(first, |(sw, ne), (s, n)| {
            (
                LatLon::clamped_rad(sw.lat_rad().min(s.lat_rad()), sw.lon_rad().min(s.lon_rad())),
                LatLon::clamped_rad(ne.lat_rad().max(n.lat_rad()), ne.lon_rad().max(n.lon_rad())),
            )
        }))
    }

    fn creases(&self, frame: &LocalFrame, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        let mut all: Vec<f64> = self
            .0
            .iter()
            .flat_map(|g| g.creases(frame, from, to))
            .collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    fn ceilings(&self, cells: &Cells) -> Vec<Ceiling> {
        let mut out = vec![Ceiling::UNKNOWN; cells.count()];
        for tile in &self.0 {
            if out.iter().all(|c| c.whole) {
                break;
            }
            for (have, new) in out.iter_mut().zip(tile.ceilings(cells)) {
                if !have.whole {
                    *have = have.joined(new);
                }
            }
        }
        out
    }
}
