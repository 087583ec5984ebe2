//! Rasters as GeoTIFF (OGC 19-008r4): one deflated picture with a place.

use crate::crs::Crs;
use std::io::Cursor;
use thiserror::Error;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, TiffValue, colortype};
use tiff::tags::Tag;

/// GeoKeys (OGC 19-008r4, annex B and clause 7).
pub(crate) mod key {
    pub const MODEL_TYPE: u16 = 1024;
    pub const RASTER_TYPE: u16 = 1025;
    pub const GEODETIC_CRS: u16 = 2048;
    pub const PROJECTED_CRS: u16 = 3072;
    pub const MODEL_PROJECTED: u16 = 1;
    pub const MODEL_GEOGRAPHIC: u16 = 2;
    pub const PIXEL_IS_AREA: u16 = 1;
    pub const PIXEL_IS_POINT: u16 = 2;
    pub const USER_DEFINED: u16 = 32767;
}

/// Why a raster was not written.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RasterError {
    /// Sizes do not fit.
    #[error("a raster of {width} × {height} pixels cannot be made of {values} values")]
    Shape {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Values given.
        values: usize,
    },
    /// The code has no room in a GeoKey.
    #[error("EPSG:{0} has more than 16 bits, which GeoTIFF does not hold: choose another system")]
    Code(u32),
    /// The encoder failed.
    #[error("writing the GeoTIFF failed: {0}")]
    Tiff(String),
}

/// Values by row, the northernmost first.
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// Bytes.
    U8(&'a [u8]),
    /// Whole numbers.
    U16(&'a [u16]),
    /// Numbers, NaN where unknown.
    F32(&'a [f32]),
    /// Red, green, blue.
    Rgb8(&'a [u8]),
}

/// Where the pixels of a raster lie.
#[derive(Clone, Debug)]
pub struct RasterPlace {
    /// Coordinate system.
    pub crs: Crs,
    /// The outer corner of the first pixel and its steps: column c, row r
    /// begins at x = a[0] + a[1]·c + a[2]·r, y = a[3] + a[4]·c + a[5]·r.
    pub affine: [f64; 6],
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl RasterPlace {
    /// North up, square pixels; `north_west` is the outer corner of the first.
    pub fn north_up(
        crs: Crs,
        north_west: [f64; 2],
        pixel: f64,
        width: usize,
        height: usize,
    ) -> Self {
        Self {
            crs,
            affine: [north_west[0], pixel, 0.0, north_west[1], 0.0, -pixel],
            width,
            height,
        }
    }

    /// The raster as a file. `nodata` is the value of pixels that say nothing.
    ///
    /// # Errors
    /// When sizes do not fit, or the system's code is too long for GeoTIFF.
    pub fn geotiff(
        &self,
        pixels: Pixels<'_>,
        nodata: Option<&str>,
    ) -> Result<Vec<u8>, RasterError> {
        let (values, samples) = match pixels {
            Pixels::U8(v) => (v.len(), 1),
            Pixels::U16(v) => (v.len(), 1),
            Pixels::F32(v) => (v.len(), 1),
            Pixels::Rgb8(v) => (v.len(), 3),
        };
        let (width, height) = (self.width, self.height);
        let wanted = width
            .checked_mul(height)
            .and_then(|n| n.checked_mul(samples));
        if width == 0 || wanted != Some(values) {
            return Err(RasterError::Shape {
                width,
                height,
                values,
            });
        }
        let mut out = Cursor::new(Vec::new());
        let mut file = TiffEncoder::new(&mut out)
            .map_err(tiff)?
            .with_compression(Compression::Deflate(DeflateLevel::Balanced));
        match pixels {
            Pixels::U8(v) => self.write::<colortype::Gray8>(&mut file, v, nodata)?,
            Pixels::U16(v) => self.write::<colortype::Gray16>(&mut file, v, nodata)?,
            Pixels::F32(v) => self.write::<colortype::Gray32Float>(&mut file, v, nodata)?,
            Pixels::Rgb8(v) => self.write::<colortype::RGB8>(&mut file, v, nodata)?,
        }
        Ok(out.into_inner())
    }

    fn write<C: colortype::ColorType>(
        &self,
        file: &mut TiffEncoder<&mut Cursor<Vec<u8>>>,
        values: &[C::Inner],
        nodata: Option<&str>,
    ) -> Result<(), RasterError>
    where
        [C::Inner]: TiffValue,
    {
        let size = |n: usize| u32::try_from(n).map_err(|e| RasterError::Tiff(e.to_string()));
        let mut image = file
            .new_image::<C>(size(self.width)?, size(self.height)?)
            .map_err(tiff)?;
        let tags = image.encoder();
        let a = self.affine;
        if a[2] == 0.0 && a[4] == 0.0 {
            tags.write_tag(Tag::ModelPixelScaleTag, &[a[1], -a[5], 0.0][..])
                .map_err(tiff)?;
            tags.write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, a[0], a[3], 0.0][..])
                .map_err(tiff)?;
        } else {
            #[rustfmt::skip]
            let transform = [
                a[1], a[2], 0.0, a[0],
                a[4], a[5], 0.0, a[3],
                0.0,  0.0,  0.0, 0.0,
                0.0,  0.0,  0.0, 1.0,
            ];
            tags.write_tag(Tag::ModelTransformationTag, &transform[..])
                .map_err(tiff)?;
        }
        let epsg = self.crs.epsg();
        let code = u16::try_from(epsg).map_err(|_| RasterError::Code(epsg))?;
        let (model, crs_key) = if self.crs.is_geographic() {
            (key::MODEL_GEOGRAPHIC, key::GEODETIC_CRS)
        } else {
            (key::MODEL_PROJECTED, key::PROJECTED_CRS)
        };
        #[rustfmt::skip]
        let keys: [u16; 16] = [
            1, 1, 0, 3,
            key::MODEL_TYPE, 0, 1, model,
            key::RASTER_TYPE, 0, 1, key::PIXEL_IS_AREA,
            crs_key, 0, 1, code,
        ];
        tags.write_tag(Tag::GeoKeyDirectoryTag, &keys[..])
            .map_err(tiff)?;
        if let Some(nodata) = nodata {
            tags.write_tag(Tag::GdalNodata, nodata).map_err(tiff)?;
        }
        image.write_data(values).map_err(tiff)
    }
}

fn tiff(e: tiff::TiffError) -> RasterError {
    RasterError::Tiff(e.to_string())
}
