//! One background map: a PMTiles archive or a GeoTIFF, told apart by its first bytes.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use pmtiles::{AsyncPmTilesReader, Compression, MmapBackend, TileCoord, TileType};
use serde_json::{Value, json};
use whimbrel_geo::{WEB_TILE_PX, WebTile};
use whimbrel_photo::{ChunkCache, GeoPicture};

use super::Tile;

type Picture = GeoPicture<BufReader<File>>;

/// What tiles come from.
pub enum Source {
    Archive(Box<AsyncPmTilesReader<MmapBackend>>),
    Picture(Arc<Picture>),
}

enum Kind {
    Archive,
    Picture,
}

fn kind(path: &Path) -> Result<Kind, String> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|f| f.take(8).read_to_end(&mut head))
        .map_err(|e| e.to_string())?;
    match head.as_slice() {
        [b'P', b'M', b'T', b'i', b'l', b'e', b's', ..] => Ok(Kind::Archive),
        // Little and big endian, classic and Big.
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Kind::Picture),
        _ => Err("it is neither a PMTiles archive (version 3) nor a GeoTIFF".into()),
    }
}

impl Source {
    /// Open a file; `number` tells its parts from others' in the cache.
    pub async fn open(path: &Path, number: u64) -> Result<Self, String> {
        match kind(path)? {
            Kind::Archive => {
                let reader = AsyncPmTilesReader::new_with_path(path).await;
                let reader =
                    reader.map_err(|e| format!("{e}; give a PMTiles file of version 3"))?;
                Ok(Self::Archive(Box::new(reader)))
            }
            Kind::Picture => {
                let path = path.to_owned();
                let open =
                    move || GeoPicture::open(number, || File::open(&path).map(BufReader::new));
                // A reader of files from anywhere must not take the server with it.
                let opened = tokio::task::spawn_blocking(open).await;
                let picture = opened.map_err(|_| {
                    "its reader failed; write it anew with gdal_translate -of COG".to_owned()
                })?;
                Ok(Self::Picture(Arc::new(picture.map_err(|e| e.to_string())?)))
            }
        }
    }

    /// Format, kind, zooms and bounds, as the interface has them.
    pub fn describe(&self) -> Value {
        match self {
            Self::Archive(reader) => {
                let h = reader.get_header();
                let vector = h.tile_type == TileType::Mvt;
                json!({
                    "format": "pmtiles",
                    "kind": if vector { "vector" } else { "raster" },
                    "min_zoom": h.min_zoom,
                    "max_zoom": h.max_zoom,
                    "bounds": [h.min_longitude, h.min_latitude, h.max_longitude, h.max_latitude],
                })
            }
            Self::Picture(picture) => {
                let (min_zoom, max_zoom) = picture.zooms();
                json!({
                    "format": "geotiff",
                    "kind": "raster",
                    "min_zoom": min_zoom,
                    "max_zoom": max_zoom,
                    "bounds": picture.bounds_deg(),
                })
            }
        }
    }

    /// One tile, if there is something in it.
    pub async fn tile(
        &self,
        cache: &Arc<ChunkCache>,
        zoom: u8,
        x: u32,
        y: u32,
    ) -> Result<Option<Tile>, String> {
        match self {
            Self::Archive(reader) => {
                let header = reader.get_header();
                let kind = match header.tile_type {
                    TileType::Mvt => "application/vnd.mapbox-vector-tile",
                    TileType::Png => "image/png",
                    TileType::Jpeg => "image/jpeg",
                    TileType::Webp => "image/webp",
                    _ => "application/octet-stream",
                };
                let gzip = header.tile_compression == Compression::Gzip;
                let Ok(place) = TileCoord::new(zoom, x, y) else {
                    return Ok(None);
                };
                let found = reader.get_tile(place).await.map_err(|e| e.to_string())?;
                Ok(found.map(|bytes| Tile {
                    bytes: bytes.to_vec(),
                    kind,
                    gzip,
                }))
            }
            Self::Picture(picture) => {
                let Some(tile) = WebTile::new(zoom, x, y) else {
                    return Ok(None);
                };
                let (picture, cache) = (picture.clone(), cache.clone());
                let draw = move || {
                    let rgba = picture.tile(&cache, tile).map_err(|e| e.to_string())?;
                    rgba.map(|rgba| png_of(&rgba)).transpose()
                };
                let drawn = tokio::task::spawn_blocking(draw).await.map_err(|_| {
                    "its reader failed; write it anew with gdal_translate -of COG".to_owned()
                })?;
                Ok(drawn?.map(|bytes| Tile {
                    bytes,
                    kind: "image/png",
                    gzip: false,
                }))
            }
        }
    }
}

fn png_of(rgba: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let side = WEB_TILE_PX as u32;
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let write = |e: png::EncodingError| format!("write the tile: {e}");
    let mut writer = encoder.write_header().map_err(write)?;
    writer.write_image_data(rgba).map_err(write)?;
    writer.finish().map_err(write)?;
    Ok(out)
}
