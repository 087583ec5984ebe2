//! Pictures that say where they lie: GeoTIFFs (OGC 19-008r4, TIFF 6.0), read piece by piece as tiles of a web map.
//!
//! What is read: 8-bit grey, palette, RGB, RGBA and YCbCr, in strips or tiles, chunky or planar, uncompressed, LZW, deflate,
//! PackBits or JPEG, classic or Big; overviews and masks inside the file; any coordinate system that `geo` knows. Only
//! the pieces that a tile needs are decoded, and none of them may be larger than the limits that are named here.

mod cache;
mod level;
mod mask;
mod pieces;
mod pixels;
mod resample;
mod unpack;

use std::io::{Read, Seek};

use thiserror::Error;
use tiff::decoder::Decoder;
use tiff::tags::Tag;
use whimbrel_geo::{CrsError, LatLon, Placement, PlacementError, WEB_ZOOM_MAX, WebTile};

pub use cache::ChunkCache;
use level::Level;
use mask::Mask;

/// Images that one file may hold: the picture, its overviews and their masks.
pub const DIRECTORIES_MAX: usize = 64;
/// Pixels of one strip or tile of the file; each becomes four bytes.
pub const CHUNK_PIXELS_MAX: u64 = 1 << 24;
/// Pixels decoded for one tile of the web map: below the zoom where it would be more, nothing is drawn.
pub const DECODE_PIXELS_MAX: u64 = 1 << 26;
/// Pixels that one tile of the web map is computed from.
pub const WINDOW_PIXELS_MAX: u64 = 1 << 24;
/// Places along each edge that are looked at to know where a picture lies.
const EDGE_PLACES: u32 = 32;
/// A tile may lie on a picture at an angle, which needs more of it.
const ASLANT: f64 = 1.5;

/// Why a picture cannot be shown.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PictureError {
    /// Not a TIFF, or a damaged one.
    #[error("it cannot be read as GeoTIFF: {0}")]
    Tiff(String),
    /// Nobody knows where it lies.
    #[error(
        "it does not say where it lies: {0}; add that with gdal_translate -a_srs EPSG:CODE -of COG"
    )]
    NoPlace(&'static str),
    /// Its coordinate system cannot be used.
    #[error("{0}; or convert it with gdalwarp -t_srs EPSG:3857 -of COG")]
    Crs(#[from] CrsError),
    /// Valid, but not a kind that is handled.
    #[error("{what}; convert it with {remedy}")]
    Unsupported {
        /// What is the matter.
        what: String,
        /// The command that helps.
        remedy: &'static str,
    },
    /// A part cannot be decoded.
    #[error(
        "a part of it cannot be decoded: {0}; copy it again or write it anew with gdal_translate -of COG"
    )]
    Damaged(String),
}

impl From<PlacementError> for PictureError {
    fn from(error: PlacementError) -> Self {
        match error {
            PlacementError::Tiff(reason) => Self::Tiff(reason),
            PlacementError::Unsaid(reason) => Self::NoPlace(reason),
            PlacementError::Crs(error) => Self::Crs(error),
        }
    }
}

fn tiff_error(e: impl std::fmt::Display) -> PictureError {
    PictureError::Tiff(e.to_string())
}

/// A picture with its overviews, each read by a reader of its own.
pub struct GeoPicture<R: Read + Seek> {
    id: u64,
    placement: Placement,
    /// The picture first, then its overviews, each coarser than the one before.
    levels: Vec<Level<R>>,
    /// West, south, east, north.
    bounds_deg: [f64; 4],
    zooms: (u8, u8),
}

impl<R: Read + Seek> GeoPicture<R> {
    /// Opens a file. `id` tells its chunks in a cache from those of other files; `reader` opens the file anew, once
    /// for each overview. One chunk is decoded to see whether that works.
    ///
    /// # Errors
    /// What is the matter with the file, and which command helps.
    pub fn open(
        id: u64,
        mut reader: impl FnMut() -> std::io::Result<R>,
    ) -> Result<Self, PictureError> {
        let mut open = || -> Result<Decoder<R>, PictureError> {
            let file = Decoder::new(reader().map_err(tiff_error)?).map_err(tiff_error)?;
            Ok(file.with_limits(pieces::limits()))
        };
        let mut file = open()?;
        let placement = Placement::read(&mut file)?;
        let nodata = nodata(&mut file)?;
        let mut overviews = Vec::new();
        let mut masks = Vec::new();
        for index in 1..DIRECTORIES_MAX {
            if !file.more_images() {
                break;
            }
            file.next_image().map_err(tiff_error)?;
            let kind: u32 = file
                .find_tag_unsigned(Tag::NewSubfileType)
                .map_err(tiff_error)?
                .unwrap_or(0);
            // TIFF 6.0 §8: bit 0 a reduced image, bit 2 a mask.
            match (kind & 1 != 0, kind & 4 != 0) {
                (_, true) => masks.push(index),
                (true, false) => overviews.push(index),
                (false, false) => {}
            }
        }
        let mut levels = vec![Level::new(open()?, nodata)?];
        for index in overviews {
            let mut file = open()?;
            file.seek_to_image(index).map_err(tiff_error)?;
            levels.push(Level::new(file, nodata)?);
        }
        for index in masks {
            let mut file = open()?;
            file.seek_to_image(index).map_err(tiff_error)?;
            let mask = Mask::new(file)?;
            if let Some(level) = levels.iter_mut().find(|l| l.fits(&mask)) {
                level.set_mask(mask);
            }
        }
        levels.sort_by_key(|l| std::cmp::Reverse(l.size()));
        let [width, height] = levels[0].size().map(f64::from);
        let bounds_deg = bounds(&placement, [width, height])?;
        let middle = placement
            .crs
            .unproject(placement.at([width / 2.0, height / 2.0]))?;
        let mut picture = Self {
            id,
            placement,
            levels,
            bounds_deg,
            zooms: (0, 0),
        };
        picture.zooms = picture.useful_zooms(middle)?;
        picture.levels.last().map(Level::probe).transpose()?;
        Ok(picture)
    }

    /// West, south, east, north of the picture, degrees.
    #[must_use]
    pub fn bounds_deg(&self) -> [f64; 4] {
        self.bounds_deg
    }

    /// The coarsest zoom that can be drawn within the limits, and the zoom of the picture's own resolution.
    #[must_use]
    pub fn zooms(&self) -> (u8, u8) {
        self.zooms
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.levels[0].size()
    }

    /// How many overviews the file has.
    #[must_use]
    pub fn overviews(&self) -> usize {
        self.levels.len() - 1
    }

    /// The level that is read where a pixel of the web map is `ratio` pixels of the picture wide, and how many of the
    /// level's pixels that is.
    fn level_for(&self, ratio: f64) -> (usize, f64) {
        let scale = |level: &Level<R>| f64::from(self.size()[0]) / f64::from(level.size()[0]);
        // A twentieth too coarse is not seen; the sizes of overviews are rounded.
        let fits = |level: &&Level<R>| scale(level) <= ratio * 1.05;
        let last = self.levels.iter().take_while(fits).count().max(1) - 1;
        (last, ratio / scale(&self.levels[last]))
    }

    fn useful_zooms(&self, middle: LatLon) -> Result<(u8, u8), PictureError> {
        let tile = WebTile::holding(WEB_ZOOM_MAX, middle);
        let net = resample::net(self, tile);
        // At the deepest zoom; twice as much at each coarser one.
        let finest = resample::ratio(&net, self.size().map(f64::from)).ok_or(
            PictureError::NoPlace("its middle lies outside its coordinate system"),
        )?;
        let ratio = |zoom: u8| finest * 2f64.powi(i32::from(WEB_ZOOM_MAX - zoom));
        let native = (0..=WEB_ZOOM_MAX)
            .find(|zoom| ratio(*zoom) <= 1.0)
            .unwrap_or(WEB_ZOOM_MAX);
        let affordable = |zoom: &u8| {
            let (level, own) = self.level_for(ratio(*zoom));
            let side = whimbrel_geo::WEB_TILE_PX as f64 * own * ASLANT;
            let window = self.levels[level]
                .size()
                .map(|s| side.min(f64::from(s)) as u64);
            self.levels[level].affordable(window)
        };
        let coarsest = (0..native)
            .rev()
            .take_while(affordable)
            .last()
            .unwrap_or(native);
        Ok((coarsest, native))
    }

    /// A tile of the web map: RGBA, 256 × 256, rows from the north; nothing where the picture is not, or where too
    /// much of it would have to be decoded.
    ///
    /// # Errors
    /// When a part of the file cannot be decoded.
    pub fn tile(&self, cache: &ChunkCache, tile: WebTile) -> Result<Option<Vec<u8>>, PictureError> {
        resample::tile(self, cache, tile)
    }
}

/// GDAL's value for "nothing here" (tag 42113), if it is one that a byte can have.
fn nodata<R: Read + Seek>(file: &mut Decoder<R>) -> Result<Option<u8>, PictureError> {
    let value = file
        .find_tag(Tag::GdalNodata)
        .map_err(tiff_error)?
        .and_then(|v| v.into_string().ok())
        .and_then(|s| s.trim_matches(['\0', ' ']).parse::<f64>().ok());
    Ok(value
        .filter(|v| v.fract() == 0.0 && (0.0..=255.0).contains(v))
        .map(|v| v as u8))
}

/// A box around the places along the picture's edges.
fn bounds(placement: &Placement, [width, height]: [f64; 2]) -> Result<[f64; 4], PictureError> {
    let steps = (0..=EDGE_PLACES).map(|i| f64::from(i) / f64::from(EDGE_PLACES));
    let edges = steps.flat_map(|t| {
        [
            [t * width, 0.0],
            [t * width, height],
            [0.0, t * height],
            [width, t * height],
        ]
    });
    let mut found: Option<[f64; 4]> = None;
    let mut wraps = false;
    for pixel in edges {
        let xy = placement.at(pixel);
        wraps |= placement.crs.is_geographic() && xy[0].abs() > 180.0 + 1e-9;
        // Some of a wide picture may lie beyond what its projection can do.
        let Ok(at) = placement.crs.unproject(xy) else {
            continue;
        };
        let (lon, lat) = (at.lon_deg(), at.lat_deg());
        let [w, s, e, n] = found.unwrap_or([lon, lat, lon, lat]);
        found = Some([w.min(lon), s.min(lat), e.max(lon), n.max(lat)]);
    }
    let [w, s, e, n] = found.ok_or(PictureError::NoPlace(
        "its edges lie outside its coordinate system",
    ))?;
    // Across the antimeridian there is no box from west to east.
    Ok(if wraps || e - w > 180.0 {
        [-180.0, s, 180.0, n]
    } else {
        [w, s, e, n]
    })
}
