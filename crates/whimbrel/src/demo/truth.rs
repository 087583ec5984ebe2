//! What the map is measured against: the landscape's own orthophoto, surface and the cameras' true places.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype};
use tiff::tags::Tag;
use whimbrel_geo::{Crs, GridTerrain, VerticalDatum};
use whimbrel_sim::landscape::truth::TruthGrid;

use super::setting::Setting;
use crate::outcome::write;

/// The truth reaches so far beyond the square.
const BEYOND_M: f64 = 30.0;
/// Pixel of the true surface.
const SURFACE_PIXEL_M: f64 = 0.5;

// GeoKeys (OGC 19-008 GeoTIFF 1.1, annex C).
const MODEL_TYPE: u16 = 1024;
const PROJECTED: u16 = 1;
const RASTER_TYPE: u16 = 1025;
const PIXEL_IS_AREA: u16 = 1;
const PROJECTED_CRS: u16 = 3072;

fn grid(setting: &Setting, pixel_m: f64) -> anyhow::Result<TruthGrid> {
    let centre = setting.centre();
    let crs = Crs::utm_for(centre)?;
    let reach = 0.5 * setting.state.side_m + BEYOND_M;
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for xy in [
        [-reach, -reach],
        [reach, -reach],
        [reach, reach],
        [-reach, reach],
    ] {
        let [e, n] = crs.project(setting.frame.latlon_from_xy(xy))?;
        bounds = [
            bounds[0].min(e),
            bounds[1].min(n),
            bounds[2].max(e),
            bounds[3].max(n),
        ];
    }
    let (west, north) = (
        (bounds[0] / pixel_m).floor() * pixel_m,
        (bounds[3] / pixel_m).ceil() * pixel_m,
    );
    let count = |span: f64| (span / pixel_m).ceil() as u32;
    Ok(TruthGrid {
        crs,
        west,
        north,
        pixel: pixel_m,
        width: count(bounds[2] - west),
        height: count(north - bounds[1]),
    })
}

fn write_rgb(path: &Path, grid: &TruthGrid, data: &[u8]) -> anyhow::Result<()> {
    let code = u16::try_from(grid.crs.epsg()).context("an EPSG code of more than 16 bits")?;
    let part = path.with_extension("part");
    {
        let mut out = BufWriter::new(File::create(&part)?);
        let mut file =
            TiffEncoder::new(&mut out)?.with_compression(Compression::Deflate(DeflateLevel::Fast));
        let mut image = file.new_image::<colortype::RGB8>(grid.width, grid.height)?;
        let tags = image.encoder();
        tags.write_tag(Tag::ModelPixelScaleTag, &[grid.pixel, grid.pixel, 0.0][..])?;
        tags.write_tag(
            Tag::ModelTiepointTag,
            &[0.0, 0.0, 0.0, grid.west, grid.north, 0.0][..],
        )?;
        #[rustfmt::skip]
        let keys: [u16; 16] = [
            1, 1, 0, 3,
            MODEL_TYPE, 0, 1, PROJECTED,
            RASTER_TYPE, 0, 1, PIXEL_IS_AREA,
            PROJECTED_CRS, 0, 1, code,
        ];
        tags.write_tag(Tag::GeoKeyDirectoryTag, &keys[..])?;
        image.write_data(data)?;
    }
    std::fs::rename(&part, path)?;
    Ok(())
}

/// Write `truth/orthophoto.tif` and `truth/surface.tif`, if they are not there yet.
pub fn write_rasters(setting: &Setting) -> anyhow::Result<()> {
    let path = setting.path("truth/orthophoto.tif");
    if !path.is_file() {
        let grid = grid(setting, setting.state.gsd_m)?;
        let picture = setting.landscape.truth_orthophoto(&grid)?;
        write_rgb(&path, &grid, &picture.data)
            .with_context(|| format!("write {}: is the disk full?", path.display()))?;
    }
    let path = setting.path("truth/surface.tif");
    if !path.is_file() {
        let grid = grid(setting, SURFACE_PIXEL_M)?;
        let heights = setting.landscape.truth_surface_amsl(&grid)?;
        let corner = [grid.west, grid.north];
        let raster = GridTerrain::from_crs_grid(
            grid.crs,
            corner,
            grid.pixel,
            grid.width as usize,
            grid.height as usize,
            heights,
            VerticalDatum::Egm96,
        )?;
        write(&path, &raster.to_geotiff()?)?;
    }
    Ok(())
}

/// The photos that were taken, with their true places, as the simulated cameras noted them.
pub fn photos(setting: &Setting) -> Vec<Value> {
    let notes = std::fs::read_to_string(setting.path("photos/truth.jsonl")).unwrap_or_default();
    notes
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Write `truth/cameras.json`.
pub fn write_cameras(setting: &Setting) -> anyhow::Result<()> {
    write(
        &setting.path("truth/cameras.json"),
        serde_json::to_string_pretty(&photos(setting))?.as_bytes(),
    )
}
