//! What the map is measured against: the landscape's own orthophoto, surface and the cameras' true places.

use serde_json::Value;
use whimbrel_geo::{Crs, GridTerrain, Pixels, RasterPlace, VerticalDatum};
use whimbrel_sim::landscape::truth::TruthGrid;

use super::setting::Setting;
use crate::outcome::write;

/// The truth reaches so far beyond the square.
const BEYOND_M: f64 = 30.0;
/// Pixel of the true surface.
const SURFACE_PIXEL_M: f64 = 0.5;

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

/// Write `truth/orthophoto.tif` and `truth/surface.tif`, if they are not there yet.
pub fn write_rasters(setting: &Setting) -> anyhow::Result<()> {
    let path = setting.path("truth/orthophoto.tif");
    if !path.is_file() {
        let grid = grid(setting, setting.state.gsd_m)?;
        let picture = setting.landscape.truth_orthophoto(&grid)?;
        let (width, height) = (grid.width as usize, grid.height as usize);
        let place =
            RasterPlace::north_up(grid.crs, [grid.west, grid.north], grid.pixel, width, height);
        write(&path, &place.geotiff(Pixels::Rgb8(&picture.data), None)?)?;
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
