//! Elevation models as GeoTIFF (OGC 19-008r4).

use super::grid::{Georeference, GridTerrain};
use super::reading::{Reading, Window};
use super::{TerrainError, VerticalDatum, vertical};
use crate::geotiff::Placement;
use crate::raster::{Pixels, RasterPlace};
use std::io::{Cursor, Read, Seek};
use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// Most pixels that are read of an elevation file.
pub const MAX_PIXELS: u64 = 80_000_000;
/// Longest list in a file's directory: the places of its tiles.
const MAX_DIRECTORY_BYTES: usize = 64 << 20;

fn tiff_error(e: impl std::fmt::Display) -> TerrainError {
    TerrainError::Tiff(e.to_string())
}

impl GridTerrain {
    /// Reads a one-band elevation model: integers of 8 to 32 bits or floats, in strips or tiles,
    /// uncompressed, LZW or deflate. Its heights are above `usual` unless it says otherwise.
    pub fn from_geotiff(bytes: &[u8], usual: VerticalDatum) -> Result<Self, TerrainError> {
        let read = read(Cursor::new(bytes), &Reading::default(), usual)?;
        read.ok_or_else(|| TerrainError::Unsupported("it is empty".into()))
    }

    /// Reads what is needed of an elevation model, strip by strip or tile by tile; `None` when it
    /// does not reach there.
    pub fn read_geotiff(
        file: impl Read + Seek,
        reading: &Reading,
    ) -> Result<Option<Self>, TerrainError> {
        read(file, reading, VerticalDatum::default())
    }

    /// Writes the grid as deflated float32 GeoTIFF that [`GridTerrain::from_geotiff`] and GIS
    /// programs read. A grid on a tangent plane has no code and cannot be written.
    pub fn to_geotiff(&self) -> Result<Vec<u8>, TerrainError> {
        let Georeference::Crs { crs, affine: a } = &self.place else {
            return Err(TerrainError::Unsupported(
                "a grid on a tangent plane cannot be written as GeoTIFF".into(),
            ));
        };
        // Of the first pixel's outer corner, since the raster type says area.
        let x0 = a[0] - (a[1] + a[2]) / 2.0;
        let y0 = a[3] - (a[4] + a[5]) / 2.0;
        let place = RasterPlace {
            crs: crs.clone(),
            affine: [x0, a[1], a[2], y0, a[4], a[5]],
            width: self.width,
            height: self.height,
        };
        place
            .geotiff(Pixels::F32(&self.values), Some("nan"))
            .map_err(|e| TerrainError::Unsupported(e.to_string()))
    }
}

/// Reads the part of a file that is asked for.
fn read(
    file: impl Read + Seek,
    reading: &Reading,
    usual: VerticalDatum,
) -> Result<Option<GridTerrain>, TerrainError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_PIXELS as usize * 8;
    limits.intermediate_buffer_size = 256 << 20;
    limits.ifd_value_size = MAX_DIRECTORY_BYTES;
    let mut file = Decoder::new(file).map_err(tiff_error)?.with_limits(limits);
    let (width, height) = file.dimensions().map_err(tiff_error)?;
    let bands: u16 = file
        .find_tag_unsigned(Tag::SamplesPerPixel)
        .map_err(tiff_error)?
        .unwrap_or(1);
    if bands != 1 {
        return Err(TerrainError::Unsupported(format!(
            "it has {bands} bands, an elevation model has one"
        )));
    }
    let Placement { crs, affine } = Placement::read(&mut file)?;
    let stated = vertical::stated(&mut file)?;
    let shift = reading.shift(stated, usual)?;
    let nodata = file
        .find_tag(Tag::GdalNodata)
        .map_err(tiff_error)?
        .and_then(|v| v.into_string().ok())
        .and_then(|s| s.trim_matches(['\0', ' ']).parse::<f64>().ok());
    let (columns, rows) = (width as usize, height as usize);
    let window = match &reading.within {
        Some(within) => Window::of(within, &crs, &affine, columns, rows),
        None => Some(Window::all(columns, rows)),
    };
    let Some(window) = window else {
        return Ok(None);
    };
    if window.width as u64 * window.height as u64 > MAX_PIXELS {
        return Err(TerrainError::TooLarge {
            width: window.width as u32,
            height: window.height as u32,
        });
    }
    let mut values = read_values(&mut file, window, [columns, rows])?;
    // Written in decimal, so compared at the precision of the stored numbers.
    let nodata = nodata.map(|v| v as f32);
    for v in &mut values {
        if Some(*v) == nodata {
            *v = f32::NAN;
            continue;
        }
        *v = (f64::from(*v) * stated.metres) as f32;
        // No place on Earth; undeclared fill values such as -32768 and 3.4e38.
        if !(-12_000.0..=9_000.0).contains(v) {
            *v = f32::NAN;
        }
    }
    let affine = window.affine(affine);
    let place = Georeference::Crs { crs, affine };
    let mut grid = GridTerrain::new(place, window.width, window.height, values, shift.datum)?;
    grid.shift = shift;
    Ok(Some(grid))
}

/// The values of a window, by the strips or tiles that it touches.
fn read_values(
    file: &mut Decoder<impl Read + Seek>,
    window: Window,
    [columns, rows]: [usize; 2],
) -> Result<Vec<f32>, TerrainError> {
    let (wide, tall) = file.chunk_dimensions();
    let (wide, tall) = (wide as usize, tall as usize);
    if wide == 0 || tall == 0 {
        return Err(TerrainError::Unsupported("its tiles have no size".into()));
    }
    let across = columns.div_ceil(wide);
    let tag = match file.get_chunk_type() {
        ChunkType::Strip => Tag::StripByteCounts,
        ChunkType::Tile => Tag::TileByteCounts,
    };
    let lengths = file
        .find_tag_unsigned_vec::<u64>(tag)
        .map_err(tiff_error)?
        .unwrap_or_default();
    let mut values = vec![f32::NAN; window.width * window.height];
    for y in window.row / tall..rows.div_ceil(tall) {
        if y * tall >= window.row + window.height {
            break;
        }
        for x in 0..across {
            let origin = [x * wide, y * tall];
            let Some((c, r)) = window.common(origin, [wide, tall]) else {
                continue;
            };
            let index = u32::try_from(y * across + x).map_err(tiff_error)?;
            // A block without bytes is one without data (GDAL's sparse files).
            if lengths.get(index as usize) == Some(&0) {
                continue;
            }
            let block = floats(file.read_chunk(index).map_err(tiff_error)?)?;
            // Blocks at the right and lower edge come without their padding.
            let stride = wide.min(columns - origin[0]);
            for row in r[0]..r[1] {
                let from = (row - origin[1]) * stride;
                let source = block.get(from + c[0] - origin[0]..from + c[1] - origin[0]);
                let to = (row - window.row) * window.width;
                let target = values.get_mut(to + c[0] - window.column..to + c[1] - window.column);
                if let (Some(source), Some(target)) = (source, target) {
                    target.copy_from_slice(source);
                }
            }
        }
    }
    Ok(values)
}

fn floats(block: DecodingResult) -> Result<Vec<f32>, TerrainError> {
    Ok(match block {
        DecodingResult::F32(v) => v,
        DecodingResult::F64(v) => v.into_iter().map(|v| v as f32).collect(),
        DecodingResult::I16(v) => v.into_iter().map(f32::from).collect(),
        DecodingResult::U16(v) => v.into_iter().map(f32::from).collect(),
        DecodingResult::I32(v) => v.into_iter().map(|v| v as f32).collect(),
        DecodingResult::U32(v) => v.into_iter().map(|v| v as f32).collect(),
        DecodingResult::U8(v) => v.into_iter().map(f32::from).collect(),
        DecodingResult::I8(v) => v.into_iter().map(f32::from).collect(),
        _ => {
            return Err(TerrainError::Unsupported(
                "its numbers have 64 or 16 bits of a rare kind".into(),
            ));
        }
    })
}
