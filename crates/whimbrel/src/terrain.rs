//! Terrain files of the command line.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use whimbrel_geo::{
    GeoBox, GeoidGrid, GridTerrain, LatLon, Layered, Mosaic, Reading, Terrain, VerticalDatum,
};
use whimbrel_mission::format::read_obstacles;

use crate::cli;
use crate::outcome::read;

/// Terrain tiles of one command at most.
const TILES_MAX: usize = 256;
/// Terrain read around the places of a plan: room for turns and approaches.
const AROUND_M: f64 = 3_000.0;
/// Holes up to this wide are filled.
const HOLE_M: f64 = 500.0;

/// Reads what is needed of one file.
fn load_one(path: &Path, reading: &Reading) -> anyhow::Result<Option<GridTerrain>> {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let file = File::open(path).with_context(|| format!("read the terrain {}", path.display()))?;
    let file = BufReader::new(file);
    let loaded = if name.to_ascii_lowercase().ends_with(".hgt") {
        GridTerrain::read_hgt(&name, file, reading)
    } else {
        GridTerrain::read_geotiff(file, reading)
    };
    loaded.with_context(|| format!("read the terrain {}", path.display()))
}

/// All tiles that are needed; what was filled or assumed goes to `notes`.
fn tiles(
    paths: &[PathBuf],
    reading: &Reading,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<GridTerrain>> {
    anyhow::ensure!(
        paths.len() <= TILES_MAX,
        "more than {TILES_MAX} terrain files: merge them first (gdalbuildvrt, gdal_translate)"
    );
    let mut tiles = Vec::new();
    for path in paths {
        let Some(mut tile) = load_one(path, reading)? else {
            continue;
        };
        let voids = tile.fill_voids(HOLE_M);
        if voids.filled > 0 {
            notes.push(format!(
                "{}: {} holes of {} heights were filled from around them",
                path.display(),
                voids.filled,
                voids.filled_nodes
            ));
        }
        if tile.lacks_geoid() {
            notes.push(format!(
                "{}: heights above EGM2008 are taken as EGM96, mostly within a metre: give --geoid egm2008-5.pgm for more",
                path.display()
            ));
        }
        tiles.push(tile);
    }
    Ok(tiles)
}

/// All tiles as one terrain; nothing when there are none.
pub fn load(paths: &[PathBuf]) -> anyhow::Result<Option<Arc<dyn Terrain>>> {
    let tiles = tiles(paths, &Reading::default(), &mut Vec::new())?;
    Ok(if tiles.is_empty() {
        None
    } else {
        Some(Arc::new(Mosaic::new(tiles)))
    })
}

/// A terrain, and what is to be said of it.
pub type WithNotes = (Arc<dyn Terrain>, Vec<String>);

/// The terrain of a plan around `places`, with its layers, and what is to be said of it.
pub fn load_around(
    args: &cli::TerrainArgs,
    places: impl IntoIterator<Item = LatLon>,
) -> anyhow::Result<Option<WithNotes>> {
    let mut notes = Vec::new();
    let layers = args.surface.len() + args.obstacles.len();
    anyhow::ensure!(
        !args.dem.is_empty() || layers == 0,
        "--surface and --obstacles stand on a ground: add --dem"
    );
    if args.dem.is_empty() {
        return Ok(None);
    }
    let geoid = args.geoid.as_ref().map(|path| {
        let file =
            File::open(path).with_context(|| format!("read the geoid {}", path.display()))?;
        let grid = GeoidGrid::from_pgm(BufReader::new(file));
        grid.map(Arc::new)
            .with_context(|| format!("read the geoid {}", path.display()))
    });
    let mut reading = Reading {
        within: GeoBox::around(places, AROUND_M),
        datum: args.dem_datum.map(|d| match d {
            cli::DemDatum::Egm96 => VerticalDatum::Egm96,
            cli::DemDatum::Egm2008 => VerticalDatum::Egm2008,
            cli::DemDatum::Ellipsoid => VerticalDatum::Ellipsoid,
        }),
        geoid: geoid.transpose()?,
    };
    let ground: Arc<dyn Terrain> = Arc::new(Mosaic::new(tiles(&args.dem, &reading, &mut notes)?));
    if layers == 0 {
        return Ok(Some((ground, notes)));
    }
    // What is said of the DEM is not said of the surface.
    reading.datum = None;
    let surface = tiles(&args.surface, &reading, &mut notes)?;
    let mut obstacles = Vec::new();
    for path in &args.obstacles {
        let found = read_obstacles(&read(path)?);
        obstacles.extend(found.with_context(|| format!("read the obstacles {}", path.display()))?);
    }
    let surface = (!surface.is_empty()).then(|| Mosaic::new(surface));
    let layered = Layered::new(ground, surface, &obstacles);
    Ok(Some((Arc::new(layered), notes)))
}
