//! Terrain files of the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use whimbrel_geo::{GridTerrain, Mosaic, Terrain, VerticalDatum};

use crate::outcome::read;

/// Terrain tiles of one command at most.
const TILES_MAX: usize = 256;

fn load_one(path: &Path) -> anyhow::Result<GridTerrain> {
    let bytes = read(path)?;
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let loaded = if name.to_ascii_lowercase().ends_with(".hgt") {
        GridTerrain::from_hgt(&name, &bytes)
    } else {
        GridTerrain::from_geotiff(&bytes, VerticalDatum::default())
    };
    loaded.with_context(|| format!("read the terrain {}", path.display()))
}

/// All tiles as one terrain; nothing when there are none.
pub fn load(paths: &[PathBuf]) -> anyhow::Result<Option<Arc<dyn Terrain>>> {
    anyhow::ensure!(
        paths.len() <= TILES_MAX,
        "more than {TILES_MAX} terrain files: merge them first (gdalbuildvrt, gdal_translate)"
    );
    let tiles = paths
        .iter()
        .map(|p| load_one(p))
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(if tiles.is_empty() {
        None
    } else {
        Some(Arc::new(Mosaic::new(tiles)))
    })
}
