//! Ground heights: flat, from grids, from elevation files.

mod geotiff;
mod grid;
mod hgt;

pub use geotiff::MAX_PIXELS;
pub use grid::GridTerrain;

use crate::crs::CrsError;
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
}

/// What the heights of a file are measured from. Files hardly ever say it reliably.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerticalDatum {
    /// Mean sea level, taken as EGM96: SRTM, Copernicus, national terrain models (within about
    /// half a metre).
    #[default]
    Egm96,
    /// The WGS 84 ellipsoid: surface models from photographs or GNSS.
    Ellipsoid,
}

/// Ground height above mean sea level.
pub trait Terrain: Send + Sync {
    /// Height of the ground; `None` where unknown.
    fn height(&self, at: LatLon) -> Option<Height<Amsl>>;
    /// South-west and north-east corner of a box around all that is known; `None` if unbounded.
    fn bounds(&self) -> Option<(LatLon, LatLon)>;
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

/// Several grids; where they overlap the first that knows the height is asked.
#[derive(Clone, Debug, Default)]
pub struct Mosaic(pub Vec<GridTerrain>);

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
}

impl<T: Terrain + ?Sized> Terrain for std::sync::Arc<T> {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        (**self).height(at)
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        (**self).bounds()
    }
}
