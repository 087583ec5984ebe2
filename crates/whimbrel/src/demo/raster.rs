//! The finished map and the truth as rasters: accuracy, coverage and a thumbnail.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use whimbrel_geo::Crs;
use whimbrel_mosaic::compare::{Accuracy, GreyRaster, accuracy, check_points};
use whimbrel_photo::{RgbImage, jpeg};

use super::setting::Setting;

/// Displacements up to this are found.
const REACH_M: f64 = 6.0;
/// Cell in which coverage is counted.
const COVERAGE_CELL_M: f64 = 1.0;
/// Longer side of the thumbnail.
const THUMBNAIL_PX: u32 = 900;
/// Quality of the thumbnail's JPEG.
const THUMBNAIL_QUALITY: u8 = 82;

/// A picture with a place.
pub struct Raster {
    width: usize,
    height: usize,
    west_m: f64,
    north_m: f64,
    pixel_m: f64,
    samples: usize,
    data: Vec<u8>,
}

/// All samples by row. Tiles that a sparse file leaves out stay zero.
fn read_samples(
    decoder: &mut Decoder<BufReader<File>>,
    width: usize,
    height: usize,
) -> anyhow::Result<Vec<u8>> {
    let samples = usize::from(decoder.colortype()?.num_samples());
    let (chunk_width, chunk_height) = decoder.chunk_dimensions();
    let counts = decoder
        .get_tag_u64_vec(Tag::TileByteCounts)
        .or_else(|_| decoder.get_tag_u64_vec(Tag::StripByteCounts))?;
    let across = width.div_ceil(chunk_width as usize);
    let mut data = vec![0_u8; width * height * samples];
    for (index, _) in counts.iter().enumerate().filter(|(_, bytes)| **bytes > 0) {
        let chunk = u32::try_from(index).context("too many tiles")?;
        let (wide, _) = decoder.chunk_data_dimensions(chunk);
        let DecodingResult::U8(pixels) = decoder.read_chunk(chunk)? else {
            anyhow::bail!("its samples are not of 8 bits")
        };
        let (x, y) = (
            index % across * chunk_width as usize,
            index / across * chunk_height as usize,
        );
        for (row, line) in pixels.chunks_exact(wide as usize * samples).enumerate() {
            let start = ((y + row) * width + x) * samples;
            if let Some(target) = data.get_mut(start..start + line.len()) {
                target.copy_from_slice(line);
            }
        }
    }
    Ok(data)
}

impl Raster {
    /// Read an 8-bit RGB or RGBA GeoTIFF, north up.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("open {shown}"))?;
        let mut decoder = Decoder::new(BufReader::new(file))
            .with_context(|| format!("read {shown}"))?
            .with_limits(Limits::unlimited());
        let (width, height) = decoder.dimensions()?;
        let scale = decoder
            .get_tag_f64_vec(Tag::ModelPixelScaleTag)
            .with_context(|| format!("find the scale of {shown}"))?;
        let tie = decoder
            .get_tag_f64_vec(Tag::ModelTiepointTag)
            .with_context(|| format!("find the place of {shown}"))?;
        let (Some(pixel_m), Some(west_m), Some(north_m)) = (scale.first(), tie.get(3), tie.get(4))
        else {
            anyhow::bail!("{shown} has no place")
        };
        let data = read_samples(&mut decoder, width as usize, height as usize)
            .with_context(|| format!("read {shown}"))?;
        let samples = data.len() / (width as usize * height as usize).max(1);
        anyhow::ensure!((3..=4).contains(&samples), "{shown} is no RGB picture");
        Ok(Self {
            width: width as usize,
            height: height as usize,
            west_m: *west_m,
            north_m: *north_m,
            pixel_m: *pixel_m,
            samples,
            data,
        })
    }

    fn pixel(&self, index: usize) -> Option<[u8; 3]> {
        match self
            .data
            .get(index * self.samples..(index + 1) * self.samples)?
        {
            [r, g, b] => Some([*r, *g, *b]),
            [r, g, b, opacity] if *opacity > 0 => Some([*r, *g, *b]),
            _ => None,
        }
    }

    /// Grey values of the part within bounds (west, south, east, north), NaN where there is nothing.
    fn grey(&self, [west, south, east, north]: [f64; 4]) -> GreyRaster {
        // Luma of ITU-R BT.601.
        let grey = |p: [u8; 3]| {
            0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2])
        };
        let pixel = |metres: f64, side: usize| {
            (metres / self.pixel_m).round().clamp(0.0, side as f64) as usize
        };
        let columns = pixel(west - self.west_m, self.width)..pixel(east - self.west_m, self.width);
        let rows =
            pixel(self.north_m - north, self.height)..pixel(self.north_m - south, self.height);
        let values = rows
            .clone()
            .flat_map(|row| columns.clone().map(move |column| row * self.width + column));
        GreyRaster {
            width: columns.len(),
            height: rows.len(),
            west_m: self.west_m + columns.start as f64 * self.pixel_m,
            north_m: self.north_m - rows.start as f64 * self.pixel_m,
            gsd_m: self.pixel_m,
            grey: values
                .map(|i| self.pixel(i).map_or(f32::NAN, grey))
                .collect(),
        }
    }

    /// West, south, east and north.
    fn bounds(&self) -> [f64; 4] {
        [
            self.west_m,
            self.north_m - self.height as f64 * self.pixel_m,
            self.west_m + self.width as f64 * self.pixel_m,
            self.north_m,
        ]
    }

    /// Whether there is something at a place.
    fn covers(&self, [east, north]: [f64; 2]) -> bool {
        let (x, y) = (
            (east - self.west_m) / self.pixel_m,
            (self.north_m - north) / self.pixel_m,
        );
        x >= 0.0
            && y >= 0.0
            && x < self.width as f64
            && y < self.height as f64
            && self.pixel(y as usize * self.width + x as usize).is_some()
    }

    /// Share of the surveyed square's cells that have map pixels.
    pub fn coverage(&self, setting: &Setting) -> anyhow::Result<f64> {
        let crs = Crs::utm_for(setting.centre())?;
        let cells = (setting.state.side_m / COVERAGE_CELL_M).floor().max(1.0) as usize;
        let cell = setting.state.side_m / cells as f64;
        let mut covered = 0_usize;
        for row in 0..cells {
            for column in 0..cells {
                let at = |k: usize| (k as f64 + 0.5) * cell - 0.5 * setting.state.side_m;
                let place = crs.project(setting.frame.latlon_from_xy([at(column), at(row)]))?;
                covered += usize::from(self.covers(place));
            }
        }
        Ok(covered as f64 / (cells * cells) as f64)
    }

    /// A small JPEG, white where there is nothing.
    pub fn thumbnail(&self) -> anyhow::Result<Vec<u8>> {
        let data = (0..self.width * self.height)
            .flat_map(|i| self.pixel(i).unwrap_or([255; 3]))
            .collect();
        let picture = RgbImage {
            width: self.width as u32,
            height: self.height as u32,
            data,
        };
        let scale = f64::from(THUMBNAIL_PX) / f64::from(picture.width.max(picture.height)).max(1.0);
        let size = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        let small = picture.resized(size(picture.width), size(picture.height));
        Ok(jpeg::encode(&small, THUMBNAIL_QUALITY)?)
    }
}

/// How far the map is from the truth, where the truth is known: the square and a little around it.
pub fn measure(map: &Raster, truth: &Raster) -> Option<Accuracy> {
    let bounds = truth.bounds();
    accuracy(&check_points(
        &map.grey(bounds),
        &truth.grey(bounds),
        REACH_M,
    ))
}
