//! What has been drawn: tiles of the map, smaller copies of them, and web tiles cut from both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use whimbrel_geo::{Crs, LatLon, WEB_TILE_PX as WEB_TILE, WebTile};

use crate::cog::TILE;
use crate::ortho::{MapGrid, TileId};
use crate::tile;

/// Levels of smaller copies.
const LEVELS: u8 = 8;
/// Latitude at which the web's map is square.
const WEB_LIMIT_DEG: f64 = 85.06;
/// Map tiles opened for one web tile.
const MAX_OPEN: usize = 36;

type Tiles = BTreeMap<(u8, TileId), Arc<Vec<u8>>>;

/// South-west and north-east corners of what is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapBounds {
    /// South-west.
    pub sw: LatLon,
    /// North-east.
    pub ne: LatLon,
}

/// The map as drawn at one time; cheap to copy, safe to read from any thread.
#[derive(Clone, Default)]
pub struct MapView {
    tiles: Arc<Tiles>,
    grid: Option<(Crs, f64)>,
    version: u64,
}

#[derive(Default)]
pub(crate) struct MapStore {
    view: MapView,
    changed: BTreeSet<TileId>,
}

fn up(id: TileId) -> TileId {
    TileId {
        row: id.row.div_euclid(2),
        column: id.column.div_euclid(2),
    }
}

impl MapStore {
    pub fn version(&self) -> u64 {
        self.view.version
    }

    pub fn view(&self) -> MapView {
        self.view.clone()
    }

    pub fn clear(&mut self) {
        let version = self.view.version + 1;
        self.view = MapView {
            version,
            ..MapView::default()
        };
        self.changed.clear();
    }

    pub fn set(&mut self, id: TileId, packed: Option<Arc<Vec<u8>>>) {
        let tiles = Arc::make_mut(&mut self.view.tiles);
        match packed {
            Some(packed) => drop(tiles.insert((0, id), packed)),
            None => drop(tiles.remove(&(0, id))),
        }
        self.changed.insert(id);
    }

    /// Draws the smaller copies over what changed.
    pub fn finish(&mut self, grid: &MapGrid) {
        if self.changed.is_empty() {
            return;
        }
        self.view.grid = Some((grid.crs.clone(), grid.gsd_m));
        let mut changed = std::mem::take(&mut self.changed);
        for level in 0..LEVELS {
            changed = changed.into_iter().map(up).collect();
            let tiles = &self.view.tiles;
            let ids: Vec<TileId> = changed.iter().copied().collect();
            let made: Vec<(TileId, Option<Arc<Vec<u8>>>)> = {
                use rayon::prelude::*;
                ids.par_iter()
                    .map(|&id| {
                        let child = |dr: i32, dc: i32| {
                            tiles.get(&(
                                level,
                                TileId {
                                    row: id.row * 2 + dr,
                                    column: id.column * 2 + dc,
                                },
                            ))
                        };
                        (
                            id,
                            tile::parent([child(1, 0), child(1, 1), child(0, 0), child(0, 1)]),
                        )
                    })
                    .collect()
            };
            let tiles = Arc::make_mut(&mut self.view.tiles);
            for (id, packed) in made {
                match packed {
                    Some(packed) => drop(tiles.insert((level + 1, id), packed)),
                    None => drop(tiles.remove(&(level + 1, id))),
                }
            }
        }
        self.view.version += 1;
    }
}

impl MapView {
    /// Grows each time that tiles are redrawn.
    pub fn version(&self) -> u64 {
        self.version
    }

    fn ids(&self) -> impl Iterator<Item = TileId> + '_ {
        self.tiles
            .range(
                (
                    0,
                    TileId {
                        row: i32::MIN,
                        column: i32::MIN,
                    },
                )
                    ..(
                        1,
                        TileId {
                            row: i32::MIN,
                            column: i32::MIN,
                        },
                    ),
            )
            .map(|(k, _)| k.1)
    }

    pub(crate) fn level(&self, level: u8) -> impl Iterator<Item = (TileId, &Arc<Vec<u8>>)> {
        self.tiles
            .iter()
            .filter(move |(k, _)| k.0 == level)
            .map(|(k, v)| (k.1, v))
    }

    /// Projection and pixel size, once something is drawn.
    pub fn grid(&self) -> Option<(&Crs, f64)> {
        self.grid.as_ref().map(|(crs, gsd)| (crs, *gsd))
    }

    /// Where the map is.
    pub fn bounds(&self) -> Option<MapBounds> {
        let (crs, gsd) = self.grid()?;
        let side = gsd * TILE as f64;
        let (mut s, mut w, mut n, mut e) = (
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        );
        for id in self.ids() {
            let (x, y) = (f64::from(id.column) * side, f64::from(id.row) * side);
            for (x, y) in [(x, y), (x + side, y + side)] {
                let at = crs.unproject([x, y]).ok()?;
                (s, n) = (s.min(at.lat_deg()), n.max(at.lat_deg()));
                (w, e) = (w.min(at.lon_deg()), e.max(at.lon_deg()));
            }
        }
        Some(MapBounds {
            sw: LatLon::from_deg(s, w).ok()?,
            ne: LatLon::from_deg(n, e).ok()?,
        })
    }

    /// A PNG of the web tile (256 pixels, Web Mercator, rows from the north), or `None` when the
    /// map does not reach there.
    pub fn tile_png(&self, zoom: u8, x: u32, y: u32) -> Option<Vec<u8>> {
        let (crs, gsd) = self.grid()?;
        let web = WebTile::new(zoom, x, y)?;
        // Projected places of a coarse net of nodes.
        const NODES: usize = 9;
        let mut nodes = Vec::with_capacity(NODES * NODES);
        for j in 0..NODES {
            for i in 0..NODES {
                let part = |k: usize| k as f64 / (NODES - 1) as f64;
                let (lat, lon) = web.place_deg(part(i), part(j));
                let at = LatLon::from_deg(lat.clamp(-WEB_LIMIT_DEG, WEB_LIMIT_DEG), lon).ok()?;
                nodes.push(crs.project(at).ok()?);
            }
        }
        let middle = NODES * NODES / 2;
        let pixel_m = (nodes[middle + 1][0] - nodes[middle][0])
            .hypot(nodes[middle + 1][1] - nodes[middle][1])
            / (WEB_TILE / (NODES - 1)) as f64;
        let level = (pixel_m / gsd).log2().round().clamp(0.0, f64::from(LEVELS)) as u8;
        let unit = gsd * f64::from(1u32 << level);
        let mut open: BTreeMap<TileId, Option<Vec<u8>>> = BTreeMap::new();
        let mut out = vec![0u8; WEB_TILE * WEB_TILE * 4];
        let mut any = false;
        for py in 0..WEB_TILE {
            for px in 0..WEB_TILE {
                let step = WEB_TILE / (NODES - 1);
                let (i, j) = (px / step, py / step);
                let (fx, fy) = ((px % step) as f64 + 0.5, (py % step) as f64 + 0.5);
                let (fx, fy) = (fx / step as f64, fy / step as f64);
                let at = |i: usize, j: usize, k: usize| nodes[j * NODES + i][k];
                let mix = |k: usize| {
                    (at(i, j, k) * (1.0 - fx) + at(i + 1, j, k) * fx) * (1.0 - fy)
                        + (at(i, j + 1, k) * (1.0 - fx) + at(i + 1, j + 1, k) * fx) * fy
                };
                let (e, n) = ((mix(0) / unit).floor(), (mix(1) / unit).floor());
                if e.abs() > 1e9 || n.abs() > 1e9 {
                    continue;
                }
                let (e, n) = (e as i64, n as i64);
                let side = TILE as i64;
                let id = TileId {
                    row: n.div_euclid(side) as i32,
                    column: e.div_euclid(side) as i32,
                };
                if !open.contains_key(&id) {
                    let pixels = if open.len() < MAX_OPEN {
                        self.tiles.get(&(level, id)).and_then(|t| tile::unpack(t))
                    } else {
                        None
                    };
                    open.insert(id, pixels);
                }
                if let Some(Some(pixels)) = open.get(&id) {
                    let (column, row) = (e.rem_euclid(side), side - 1 - n.rem_euclid(side));
                    let from = (row * side + column) as usize * 4;
                    let to = (py * WEB_TILE + px) * 4;
                    out[to..to + 4].copy_from_slice(&pixels[from..from + 4]);
                    any |= pixels[from + 3] > 0;
                }
            }
        }
        if any { png(&out) } else { None }
    }
}

fn png(rgba: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WEB_TILE as u32, WEB_TILE as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(rgba).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}
