//! The user's own background maps: PMTiles archives, served tile by tile.

use std::path::{Path, PathBuf};

use pmtiles::{AsyncPmTilesReader, Compression, MmapBackend, TileCoord, TileType};
use serde_json::{Value, json};

/// Background maps that may be open at once.
pub const BACKGROUNDS_MAX: usize = 16;

/// Why a background map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// It is not a PMTiles archive.
    #[error("open the background map {path}: {reason}; give a PMTiles (version 3) file")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// One too many.
    #[error("more than {BACKGROUNDS_MAX} background maps: give fewer --background files")]
    TooMany,
}

struct Background {
    name: String,
    reader: AsyncPmTilesReader<MmapBackend>,
}

/// The open background maps.
#[derive(Default)]
pub struct Backgrounds {
    all: Vec<Background>,
}

/// A tile as it lies in the archive.
pub struct Tile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// MIME type.
    pub kind: &'static str,
    /// Whether the bytes are gzip.
    pub gzip: bool,
}

impl Backgrounds {
    /// Open archives.
    pub async fn open(paths: &[PathBuf]) -> Result<Self, BackgroundError> {
        if paths.len() > BACKGROUNDS_MAX {
            return Err(BackgroundError::TooMany);
        }
        let mut all = Vec::new();
        for path in paths {
            let reader = AsyncPmTilesReader::new_with_path(path).await.map_err(|e| {
                BackgroundError::Unreadable {
                    path: path.clone(),
                    reason: e.to_string(),
                }
            })?;
            all.push(Background {
                name: name_of(path),
                reader,
            });
        }
        Ok(Self { all })
    }

    /// What `GET /backgrounds` answers.
    pub fn describe(&self) -> Value {
        let rows: Vec<Value> = self
            .all
            .iter()
            .enumerate()
            .map(|(id, background)| {
                let header = background.reader.get_header();
                let vector = header.tile_type == TileType::Mvt;
                json!({
                    "id": id.to_string(),
                    "name": background.name,
                    "kind": if vector { "vector" } else { "raster" },
                    "tiles": format!("/api/v1/backgrounds/{id}/{{z}}/{{x}}/{{y}}"),
                    "min_zoom": header.min_zoom,
                    "max_zoom": header.max_zoom,
                    "bounds": [header.min_longitude, header.min_latitude, header.max_longitude, header.max_latitude],
                })
            })
            .collect();
        Value::Array(rows)
    }

    /// One tile, if the archive has it.
    pub async fn tile(&self, id: usize, z: u8, x: u32, y: u32) -> Option<Tile> {
        let background = self.all.get(id)?;
        let header = background.reader.get_header();
        let kind = match header.tile_type {
            TileType::Mvt => "application/vnd.mapbox-vector-tile",
            TileType::Png => "image/png",
            TileType::Jpeg => "image/jpeg",
            TileType::Webp => "image/webp",
            _ => "application/octet-stream",
        };
        let gzip = header.tile_compression == Compression::Gzip;
        let coord = TileCoord::new(z, x, y).ok()?;
        let bytes = background.reader.get_tile(coord).await.ok()??;
        Some(Tile {
            bytes: bytes.to_vec(),
            kind,
            gzip,
        })
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .map_or_else(|| "background".into(), |s| s.to_string_lossy().into_owned())
}
