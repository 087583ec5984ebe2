//! Where the pixels of a GeoTIFF lie (OGC 19-008r4).

use crate::crs::{Crs, CrsError};
use crate::raster::key;
use std::io::{Read, Seek};
use thiserror::Error;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

/// Why a file's place is not known.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PlacementError {
    /// The tags cannot be read.
    #[error("{0}")]
    Tiff(String),
    /// The tags do not say it.
    #[error("{0}")]
    Unsaid(&'static str),
    /// The coordinate system cannot be used.
    #[error(transparent)]
    Crs(#[from] CrsError),
}

/// Where the pixels of a file lie.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Coordinate system.
    pub crs: Crs,
    /// The centre of pixel (column c, row r) is at x = a\[0\] + a\[1\]·c + a\[2\]·r, y = a\[3\] + a\[4\]·c + a\[5\]·r.
    pub affine: [f64; 6],
}

fn unreadable(e: impl std::fmt::Display) -> PlacementError {
    PlacementError::Tiff(e.to_string())
}

impl Placement {
    /// Of the image that the decoder is at.
    ///
    /// # Errors
    /// When the tags are damaged, or do not say it, or name a coordinate system that is not known.
    pub fn read(file: &mut Decoder<impl Read + Seek>) -> Result<Self, PlacementError> {
        let (crs, point) = read_crs(file)?;
        let affine = read_affine(file, point)?;
        let det = affine[1] * affine[5] - affine[2] * affine[4];
        if !affine.iter().all(|v| v.is_finite()) || det == 0.0 || !det.is_finite() {
            return Err(PlacementError::Unsaid("its pixels have no size"));
        }
        Ok(Self { crs, affine })
    }

    /// Coordinates of a place of the picture, in pixels; (0.5, 0.5) is the centre of the first pixel.
    #[must_use]
    pub fn at(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        let a = &self.affine;
        let (c, r) = (column - 0.5, row - 0.5);
        [a[0] + a[1] * c + a[2] * r, a[3] + a[4] * c + a[5] * r]
    }

    /// The inverse of [`Placement::at`].
    #[must_use]
    pub fn pixel(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let a = &self.affine;
        let det = a[1] * a[5] - a[2] * a[4];
        let (dx, dy) = (x - a[0], y - a[3]);
        [
            (a[5] * dx - a[2] * dy) / det + 0.5,
            (a[1] * dy - a[4] * dx) / det + 0.5,
        ]
    }
}

/// The coordinate system and whether values belong to points instead of areas.
fn read_crs(file: &mut Decoder<impl Read + Seek>) -> Result<(Crs, bool), PlacementError> {
    let keys = file
        .find_tag_unsigned_vec::<u16>(Tag::GeoKeyDirectoryTag)
        .map_err(unreadable)?
        .ok_or(PlacementError::Unsaid("it has no GeoKeys"))?;
    let find = |wanted: u16| {
        keys.chunks_exact(4)
            .skip(1)
            .find_map(|entry| match entry {
                // Short values are in the entry itself: location 0, count 1.
                [id, 0, 1, value] if *id == wanted => Some(*value),
                _ => None,
            })
            .filter(|v| *v != 0 && *v != key::USER_DEFINED)
    };
    let projected = find(key::MODEL_TYPE) != Some(key::MODEL_GEOGRAPHIC);
    let epsg = if projected {
        find(key::PROJECTED_CRS)
    } else {
        find(key::GEODETIC_CRS)
    };
    let epsg = epsg.ok_or(PlacementError::Unsaid(
        "its coordinate system has no EPSG code",
    ))?;
    let point = find(key::RASTER_TYPE) == Some(key::PIXEL_IS_POINT);
    Ok((Crs::from_epsg(u32::from(epsg))?, point))
}

/// The affine map from (column, row) of a pixel's centre (OGC 19-008r4, annex B.6).
fn read_affine(
    file: &mut Decoder<impl Read + Seek>,
    point: bool,
) -> Result<[f64; 6], PlacementError> {
    let mut numbers = |tag: Tag| -> Result<Option<Vec<f64>>, PlacementError> {
        file.find_tag(tag)
            .map_err(unreadable)?
            .map(|v| v.into_f64_vec().map_err(unreadable))
            .transpose()
    };
    let transform = numbers(Tag::ModelTransformationTag)?;
    let scale = numbers(Tag::ModelPixelScaleTag)?;
    let tie = numbers(Tag::ModelTiepointTag)?;
    let a = match (transform.as_deref(), scale.as_deref(), tie.as_deref()) {
        (Some([a1, a2, _, a0, b1, b2, _, b0, ..]), _, _) => [*a0, *a1, *a2, *b0, *b1, *b2],
        (None, Some([sx, sy, ..]), Some([i, j, _, x, y, ..])) => {
            [x - i * sx, *sx, 0.0, y + j * sy, 0.0, -sy]
        }
        _ => {
            return Err(PlacementError::Unsaid(
                "it has no pixel scale and tie point",
            ));
        }
    };
    if point {
        return Ok(a);
    }
    Ok([
        a[0] + (a[1] + a[2]) / 2.0,
        a[1],
        a[2],
        a[3] + (a[4] + a[5]) / 2.0,
        a[4],
        a[5],
    ])
}
