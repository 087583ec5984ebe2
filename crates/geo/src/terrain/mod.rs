//! Ground heights: flat, from grids, from elevation files.

mod cells;
mod datum;
mod geoid_grid;
mod geotiff;
mod grid;
mod hgt;
mod layers;
mod mosaic;
mod obstacle;
mod reading;
mod vertical;
mod voids;
mod warp;

pub use cells::{Ceiling, Cells};
pub use datum::{Stated, VerticalDatum};
pub use geoid_grid::GeoidGrid;
pub use geotiff::MAX_PIXELS;
pub use grid::GridTerrain;
pub use layers::Layered;
pub use mosaic::Mosaic;
pub use obstacle::{Obstacle, ObstacleTop};
pub use reading::{GeoBox, Reading};
pub use voids::Voids;

use crate::crs::CrsError;
use crate::frames::LocalFrame;
use crate::geotiff::PlacementError;
use crate::height::{Amsl, Height};
use crate::place::LatLon;
use thiserror::Error;

/// Why an elevation file could not be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TerrainError {
    /// Not a readable TIFF.
    #[error("cannot read the elevation file as GeoTIFF: {0}")]
    Tiff(String),
    /// Valid, but not a kind that is handled.
    #[error("the elevation file is not usable: {0}")]
    Unsupported(String),
    /// Where the picture lies is not said.
    #[error(
        "the elevation file does not say where it lies: {0}; re-export it as GeoTIFF with a coordinate system, e.g. with gdal_translate -a_srs EPSG:CODE"
    )]
    NoPlace(String),
    /// Too many pixels.
    #[error(
        "the elevation file has {width} × {height} pixels; at most {MAX_PIXELS} are accepted: cut out the part needed"
    )]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The name of a .hgt file does not tell its corner.
    #[error(
        "{0:?} is no SRTM tile name; expected one such as N46E009.hgt, it tells the tile's south-west corner"
    )]
    HgtName(String),
    /// A .hgt file of a wrong length.
    #[error(
        "an SRTM tile has 1201×1201 or 3601×3601 heights of 2 bytes, but this one has {0} bytes: download it again"
    )]
    HgtLength(usize),
    /// A grid whose numbers do not fit together.
    #[error(
        "a grid of {width} × {height} does not match {values} values or its cell size is not positive"
    )]
    Shape {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Values given.
        values: usize,
    },
    /// Its coordinate system cannot be used.
    #[error(transparent)]
    Crs(#[from] CrsError),
    /// What the file says of its heights is not what was asked for.
    #[error(
        "the elevation file says that its heights are above {file}, but {asked} was asked for: leave out --dem-datum, or correct the file (gdal_edit.py -a_srs)"
    )]
    Datum {
        /// The file's.
        file: VerticalDatum,
        /// The one asked for.
        asked: VerticalDatum,
    },
    /// Not a readable geoid.
    #[error("cannot read the geoid: {0}; expected a file such as egm2008-5.pgm of GeographicLib")]
    Geoid(String),
    /// The file cannot be read.
    #[error("cannot read the elevation file: {0}")]
    Io(String),
}

impl From<PlacementError> for TerrainError {
    fn from(error: PlacementError) -> Self {
        match error {
            PlacementError::Tiff(reason) => Self::Tiff(reason),
            PlacementError::Unsaid(reason) => Self::NoPlace(reason.into()),
            PlacementError::Crs(error) => Self::Crs(error),
        }
    }
}

/// Ground height above mean sea level.
pub trait Terrain: Send + Sync {
    /// Height of the ground; `None` where unknown.
    fn height(&self, at: LatLon) -> Option<Height<Amsl>>;
    /// South-west and north-east corner of a box around all that is known; `None` if unbounded.
    fn bounds(&self) -> Option<(LatLon, LatLon)>;
    /// Height of the ground or of what is known to stand on it.
    fn top(&self, at: LatLon) -> Option<Height<Amsl>> {
        self.height(at)
    }
    /// Parts of a straight way (0 to 1, rising) at which the ground under it may have an edge;
    /// between them it is bent in one direction only. None for smooth ground.
    fn creases(&self, _frame: &LocalFrame, _from: [f64; 2], _to: [f64; 2]) -> Vec<f64> {
        Vec::new()
    }
    /// Upper bounds of the heights in cells, row by row.
    fn ceilings(&self, cells: &Cells) -> Vec<Ceiling> {
        cells::sampled(self, cells)
    }
}

/// The same height everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatTerrain(pub Height<Amsl>);

impl Terrain for FlatTerrain {
    fn height(&self, _at: LatLon) -> Option<Height<Amsl>> {
        Some(self.0)
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        None
    }
}

impl<T: Terrain + ?Sized> Terrain for std::sync::Arc<T> {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        (**self).height(at)
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        (**self).bounds()
    }
    fn top(&self, at: LatLon) -> Option<Height<Amsl>> {
        (**self).top(at)
    }
    fn creases(&self, frame: &LocalFrame, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        (**self).creases(frame, from, to)
    }
    fn ceilings(&self, cells: &Cells) -> Vec<Ceiling> {
        (**self).ceilings(cells)
    }
}
