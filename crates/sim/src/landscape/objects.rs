//! What stands on the ground: houses as exact shapes, tree crowns as a fine raster where there are any.

use super::lay::Lay;
use super::parcels::{LandUse, Parcels};
use super::planting::{self, Tree};
use crate::chance;
use rayon::prelude::*;

/// Side of a tile, m.
pub const TILE_M: f64 = 8.0;
/// Spacing of the crown and shadow rasters, m.
pub const NODE_M: f64 = 0.25;
const NODES: usize = 33;
/// Cells of a tile, each way, for which the height of things is bounded.
const CELLS: usize = 4;
const CELL_M: f64 = TILE_M / CELLS as f64;
/// Nodes from one cell to the next; a cell includes those on its edges.
const CELL_NODES: usize = (NODES - 1) / CELLS;
/// Nothing stands higher above the ground than this, m.
pub const MAX_HEIGHT_M: f64 = 24.0;
const NONE: u32 = u32::MAX;

/// A house: a box with a gabled or flat roof.
#[derive(Clone, Debug)]
pub struct House {
    /// Middle, m east and north.
    pub centre: [f64; 2],
    /// Direction of the ridge: cosine and sine of the angle from east.
    pub ridge: [f64; 2],
    /// Half the length along the ridge and half the width across it, m.
    pub half: [f64; 2],
    /// Height of the eaves above the tangent plane, m.
    pub eaves_m: f64,
    /// Height of the ridge above the eaves, m; 0 for a flat roof.
    pub rise_m: f64,
    /// Height of the ground at the middle above the tangent plane, m.
    pub floor_m: f64,
    /// A number of its own, for colours.
    pub salt: u32,
}

impl House {
    /// Coordinates along and across the ridge.
    #[inline]
    pub fn local(&self, x: f64, y: f64) -> (f64, f64) {
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        (
            self.ridge[0] * dx + self.ridge[1] * dy,
            self.ridge[0] * dy - self.ridge[1] * dx,
        )
    }

    /// Height of the roof above the tangent plane, if the place is under it, m.
    #[inline]
    pub fn roof_m(&self, x: f64, y: f64) -> Option<f64> {
        let (u, v) = self.local(x, y);
        if u.abs() > self.half[0] || v.abs() > self.half[1] {
            return None;
        }
        if self.rise_m == 0.0 {
            let rim = u.abs() > self.half[0] - 0.3 || v.abs() > self.half[1] - 0.3;
            return Some(self.eaves_m + if rim { 0.3 } else { 0.0 });
        }
        let roof = self.eaves_m + self.rise_m * (1.0 - v.abs() / self.half[1]);
        let chimney =
            (u - 0.3 * self.half[0]).abs() < 0.4 && (v - 0.25 * self.half[1]).abs() < 0.35;
        Some(if chimney {
            self.eaves_m + self.rise_m + 0.6
        } else {
            roof
        })
    }
}

/// The top of things at a place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Top {
    /// Bare or grown ground.
    Ground,
    /// A tree's crown, with its tone in 0 to 1.
    Crown(f32),
    /// The roof of a house, by index.
    Roof(usize),
}

struct Raster {
    height_cm: Box<[u16]>,
    tone: Box<[u8]>,
}

#[derive(Clone, Copy)]
struct Tile {
    crown: u32,
    shadow: u32,
    houses: [u16; 2],
    max_m: f32,
    /// The same for its cells, row by row, decimetres rounded up.
    cells_dm: [u8; CELLS * CELLS],
}

/// Everything that stands on the ground.
pub struct Objects {
    west_m: f64,
    south_m: f64,
    columns: usize,
    rows: usize,
    tiles: Vec<Tile>,
    crowns: Vec<Raster>,
    shadows: Vec<Box<[u8]>>,
    houses: Vec<House>,
    trees: usize,
}

impl Objects {
    /// Plants trees, builds houses and casts their shadows.
    pub fn place(
        seed: u64,
        parcels: &Parcels,
        lay: &Lay,
        bounds: [f64; 4],
        sun: [f64; 3],
    ) -> Objects {
        let [west_m, south_m, east, north] = bounds;
        let columns = ((east - west_m) / TILE_M).ceil().max(1.0) as usize;
        let rows = ((north - south_m) / TILE_M).ceil().max(1.0) as usize;
        let houses = build(seed, parcels, lay, bounds);
        let trees = planting::plant(seed, parcels, lay, &houses, bounds);
        let empty = Tile {
            crown: NONE,
            shadow: NONE,
            houses: [u16::MAX; 2],
            max_m: 0.0,
            cells_dm: [0; CELLS * CELLS],
        };
        let mut objects = Objects {
            west_m,
            south_m,
            columns,
            rows,
            tiles: vec![empty; columns * rows],
            crowns: Vec::new(),
            shadows: Vec::new(),
            houses,
            trees: trees.len(),
        };
        objects.enter_houses();
        objects.grow(seed, &trees);
        objects.cast(lay, sun);
        objects
    }

    /// The houses.
    pub fn houses(&self) -> &[House] {
        &self.houses
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.trees
    }

    fn tiles_within(&self, x: f64, y: f64, reach: f64) -> Vec<usize> {
        let span = |low: f64, high: f64, n: usize| {
            let (a, b) = (
                (low / TILE_M).floor().max(0.0),
                (high / TILE_M).floor().min(n as f64 - 1.0),
            );
            if a <= b {
                a as usize..b as usize + 1
            } else {
                0..0
            }
        };
        let c = span(
            x - reach - self.west_m,
            x + reach - self.west_m,
            self.columns,
        );
        let r = span(
            y - reach - self.south_m,
            y + reach - self.south_m,
            self.rows,
        );
        r.flat_map(|row| c.clone().map(move |column| (row, column)))
            .map(|(r, c)| r * self.columns + c)
            .collect()
    }

    fn enter_houses(&mut self) {
        for index in 0..self.houses.len().min(usize::from(u16::MAX)) {
            let h = &self.houses[index];
            let (reach, top) = (
                h.half[0].hypot(h.half[1]),
                h.eaves_m + h.rise_m + 0.6 - h.floor_m + 1.5,
            );
            let centre = h.centre;
            for t in self.tiles_within(centre[0], centre[1], reach) {
                let (west, south) = self.corner_of(t);
                for n in 0..CELLS * CELLS {
                    let middle = |k: usize| (k as f64 + 0.5) * CELL_M;
                    let (x, y) = (west + middle(n % CELLS), south + middle(n / CELLS));
                    if (x - centre[0]).hypot(y - centre[1]) < reach + CELL_M {
                        let cell = &mut self.tiles[t].cells_dm[n];
                        *cell = (*cell).max(decimetres(top));
                    }
                }
                let tile = &mut self.tiles[t];
                tile.max_m = tile.max_m.max(top as f32);
                if let Some(slot) = tile.houses.iter_mut().find(|s| **s == u16::MAX) {
                    *slot = index as u16;
                }
            }
        }
    }

    fn corner_of(&self, tile: usize) -> (f64, f64) {
        let (c, r) = (tile % self.columns, tile / self.columns);
        (
            self.west_m + c as f64 * TILE_M,
            self.south_m + r as f64 * TILE_M,
        )
    }

    fn grow(&mut self, seed: u64, trees: &[Tree]) {
        let mut by_tile: Vec<Vec<u32>> = vec![Vec::new(); self.tiles.len()];
        for (i, tree) in trees.iter().enumerate() {
            for t in self.tiles_within(tree.at[0], tree.at[1], tree.radius_m * 1.3 + NODE_M) {
                by_tile[t].push(i as u32);
            }
        }
        let grown: Vec<(usize, Raster)> = (0..self.tiles.len())
            .into_par_iter()
            .filter(|t| !by_tile[*t].is_empty())
            .map(|t| (t, self.raster(seed, t, &by_tile[t], trees)))
            .collect();
        for (t, raster) in grown {
            let top = raster.height_cm.iter().copied().max().unwrap_or(0);
            if top > 0 {
                let tile = &mut self.tiles[t];
                tile.crown = self.crowns.len() as u32;
                tile.max_m = tile.max_m.max(f32::from(top) * 0.01);
                for (n, cell) in tile.cells_dm.iter_mut().enumerate() {
                    let first = (n / CELLS * NODES + n % CELLS) * CELL_NODES;
                    let rows = (0..=CELL_NODES).map(|row| first + row * NODES);
                    let nodes = rows.flat_map(|from| from..=from + CELL_NODES);
                    let top = nodes.map(|k| raster.height_cm[k]).max().unwrap_or(0);
                    *cell = (*cell).max(decimetres(f64::from(top) * 0.01));
                }
                self.crowns.push(raster);
            }
        }
    }

    fn raster(&self, seed: u64, tile: usize, here: &[u32], trees: &[Tree]) -> Raster {
        let (west, south) = self.corner_of(tile);
        let mut height_cm = vec![0_u16; NODES * NODES].into_boxed_slice();
        let mut tone = vec![0_u8; NODES * NODES].into_boxed_slice();
        for n in 0..NODES * NODES {
            let (x, y) = (
                west + (n % NODES) as f64 * NODE_M,
                south + (n / NODES) as f64 * NODE_M,
            );
            let key = ((x / NODE_M).round() as i64 as u64).wrapping_mul(0x1_0000_0001)
                ^ ((y / NODE_M).round() as i64 as u64);
            let leaf = chance::uniform(seed, 131, key) - 0.5;
            for i in here {
                let tree = &trees[*i as usize];
                if let Some(z) = tree.height_at(x, y) {
                    let cm = ((z + 0.5 * leaf).clamp(0.3, MAX_HEIGHT_M) * 100.0) as u16;
                    if cm > height_cm[n] {
                        height_cm[n] = cm;
                        tone[n] = (tree.tone * 255.0) as u8;
                    }
                }
            }
        }
        Raster { height_cm, tone }
    }

    /// The share of sunlight on the topmost surface near everything that stands, along rays towards the sun.
    fn cast(&mut self, lay: &Lay, sun: [f64; 3]) {
        let level = sun[0].hypot(sun[1]);
        let (dx, dy, dz) = (sun[0] / level, sun[1] / level, sun[2] / level);
        let tallest = self.tiles.iter().fold(0.0_f32, |m, t| m.max(t.max_m));
        let reach = f64::from(tallest) / dz;
        // The tallest thing between a tile and the sun.
        let skyline = |t: usize| {
            let (west, south) = self.corner_of(t);
            let (cx, cy) = (west + 0.5 * TILE_M, south + 0.5 * TILE_M);
            let steps = (reach / TILE_M).ceil() as usize * 2;
            (0..=steps)
                .flat_map(|s| {
                    let d = s as f64 * 0.5 * TILE_M;
                    self.tiles_within(cx + dx * d, cy + dy * d, TILE_M)
                })
                .fold(0.0_f32, |m, n| m.max(self.tiles[n].max_m))
        };
        let shaded: Vec<(usize, Box<[u8]>)> = (0..self.tiles.len())
            .into_par_iter()
            .map(|t| (t, f64::from(skyline(t))))
            .filter(|(_, skyline_m)| *skyline_m > 0.0)
            .map(|(t, skyline_m)| {
                let (west, south) = self.corner_of(t);
                let lit = (0..NODES * NODES).map(|n| {
                    let (x, y) = (
                        west + (n % NODES) as f64 * NODE_M,
                        south + (n / NODES) as f64 * NODE_M,
                    );
                    let (start, _) = self.top_m(lay, x, y);
                    let mut light = 1.0_f64;
                    let mut d = 0.25;
                    // Within the reach the ground rises by less than this; above the skyline nothing is in the way.
                    let ground = lay.ground_m(x, y) + 2.0;
                    let ceiling = ground + skyline_m;
                    while light > 0.0 && start + d * dz < ceiling {
                        let ray = start + 0.05 + d * dz;
                        // The penumbra widens with distance from what casts it.
                        let penumbra = 0.12 + 0.03 * d;
                        let (x, y) = (x + dx * d, y + dy * d);
                        let bound = self.bound_m(x, y);
                        if bound > 0.0 && ray < ground + bound + 0.5 * penumbra {
                            let clearance = ray - self.top_m(lay, x, y).0;
                            light = light.min(0.5 + clearance / penumbra);
                        }
                        d += 0.2 + 0.05 * d;
                    }
                    (light.clamp(0.0, 1.0) * 255.0) as u8
                });
                (t, lit.collect())
            })
            .collect();
        for (t, lit) in shaded {
            if lit.iter().any(|l| *l < 255) {
                self.tiles[t].shadow = self.shadows.len() as u32;
                self.shadows.push(lit);
            }
        }
    }

    #[inline]
    fn tile_at(&self, x: f64, y: f64) -> Option<(&Tile, f64, f64)> {
        let (u, v) = (
            (x - self.west_m) * (1.0 / TILE_M),
            (y - self.south_m) * (1.0 / TILE_M),
        );
        if u < 0.0 || v < 0.0 {
            return None;
        }
        let (c, r) = (u as i32, v as i32);
        if c as usize >= self.columns || r as usize >= self.rows {
            return None;
        }
        let tile = &self.tiles[r as usize * self.columns + c as usize];
        Some((
            tile,
            (u - f64::from(c)) * (TILE_M / NODE_M),
            (v - f64::from(r)) * (TILE_M / NODE_M),
        ))
    }

    /// An upper bound of the height of things above the ground near a place (its tile), m; 0 if nothing stands there.
    #[inline]
    pub fn max_m(&self, x: f64, y: f64) -> f64 {
        self.tile_at(x, y)
            .map_or(0.0, |(tile, _, _)| f64::from(tile.max_m))
    }

    /// As [`max_m`](Self::max_m), for the cell of 2 m at a place.
    #[inline]
    fn bound_m(&self, x: f64, y: f64) -> f64 {
        self.tile_at(x, y).map_or(0.0, |(tile, u, v)| {
            f64::from(tile.cells_dm[cell_of(u, v)]) * 0.1
        })
    }

    /// An upper bound of the height of things above the ground around a place, m, and how far this holds for one who
    /// goes on at `speed` (east and north): until the edge of a cell of 2 m, or of a tile in which nothing stands.
    #[inline]
    pub fn clear_run(&self, x: f64, y: f64, speed: [f64; 2]) -> (f64, f64) {
        let Some((tile, u, v)) = self.tile_at(x, y) else {
            return (0.0, 0.0);
        };
        let (bound, side) = if tile.max_m == 0.0 {
            (0.0, TILE_M)
        } else {
            (f64::from(tile.cells_dm[cell_of(u, v)]) * 0.1, CELL_M)
        };
        let edge = |nodes: f64, speed: f64| {
            let metres = nodes * NODE_M;
            let along = metres - f64::from((metres / side) as u32) * side;
            let left = if speed > 0.0 { side - along } else { along };
            left / speed.abs().max(1e-9)
        };
        (bound, edge(u, speed[0]).min(edge(v, speed[1])))
    }

    /// Height of the topmost surface above the tangent plane, m, and what it is.
    #[inline]
    pub fn top_m(&self, lay: &Lay, x: f64, y: f64) -> (f64, Top) {
        let ground = lay.ground_m(x, y);
        let Some((tile, u, v)) = self.tile_at(x, y) else {
            return (ground, Top::Ground);
        };
        let mut best = (ground, Top::Ground);
        if tile.max_m == 0.0 {
            return best;
        }
        for index in tile.houses {
            let house = self.houses.get(usize::from(index));
            if let Some(z) = house.and_then(|h| h.roof_m(x, y))
                && z > best.0
            {
                best = (z, Top::Roof(usize::from(index)));
            }
        }
        if let Some(raster) = self.crowns.get(tile.crown as usize) {
            let (i, j, fx, fy) = split(u, v);
            let h = &raster.height_cm;
            let z = |n: usize| f32::from(h[n]);
            let n = j * NODES + i;
            let (a, b) = (
                z(n) + (z(n + 1) - z(n)) * fx,
                z(n + NODES) + (z(n + NODES + 1) - z(n + NODES)) * fx,
            );
            let crown = f64::from(a + (b - a) * fy) * 0.01;
            if crown > 0.05 && ground + crown > best.0 {
                let near = n + usize::from(fx >= 0.5) + if fy >= 0.5 { NODES } else { 0 };
                let tone = [near, n, n + 1, n + NODES, n + NODES + 1]
                    .into_iter()
                    .map(|k| raster.tone[k])
                    .find(|t| *t > 0);
                best = (
                    ground + crown,
                    Top::Crown(f32::from(tone.unwrap_or(128)) * (1.0 / 255.0)),
                );
            }
        }
        best
    }

    /// Slope of the crowns (east and north) and their height above the ground, m.
    #[inline]
    pub fn crown_slope(&self, x: f64, y: f64) -> ([f32; 2], f32) {
        let Some((tile, u, v)) = self.tile_at(x, y) else {
            return ([0.0; 2], 0.0);
        };
        let Some(raster) = self.crowns.get(tile.crown as usize) else {
            return ([0.0; 2], 0.0);
        };
        let (i, j, fx, fy) = split(u, v);
        let n = j * NODES + i;
        let z = |n: usize| f32::from(raster.height_cm[n]) * 0.01;
        let (a, b, c, d) = (z(n), z(n + 1), z(n + NODES), z(n + NODES + 1));
        let (low, high) = (a + (b - a) * fx, c + (d - c) * fx);
        let east = (b - a) + (d - c - b + a) * fy;
        let per_m = 1.0 / NODE_M as f32;
        (
            [east * per_m, (high - low) * per_m],
            low + (high - low) * fy,
        )
    }

    /// The share of sunlight on the topmost surface.
    #[inline]
    pub fn sunlight(&self, x: f64, y: f64) -> f32 {
        let Some((tile, u, v)) = self.tile_at(x, y) else {
            return 1.0;
        };
        let Some(lit) = self.shadows.get(tile.shadow as usize) else {
            return 1.0;
        };
        let (i, j, fx, fy) = split(u, v);
        let l = |n: usize| f32::from(lit[n]);
        let n = j * NODES + i;
        let (a, b) = (
            l(n) + (l(n + 1) - l(n)) * fx,
            l(n + NODES) + (l(n + NODES + 1) - l(n + NODES)) * fx,
        );
        (a + (b - a) * fy) * (1.0 / 255.0)
    }
}

/// Cell of a place within a tile, in nodes.
#[inline]
fn cell_of(u: f64, v: f64) -> usize {
    let cell = |nodes: f64| (nodes as usize / CELL_NODES).min(CELLS - 1);
    cell(v) * CELLS + cell(u)
}

fn decimetres(height_m: f64) -> u8 {
    (height_m * 10.0).ceil().clamp(0.0, 255.0) as u8
}

/// Node and fractions within a tile.
#[inline]
fn split(u: f64, v: f64) -> (usize, usize, f32, f32) {
    let (i, j) = ((u as usize).min(NODES - 2), (v as usize).min(NODES - 2));
    (i, j, (u - i as f64) as f32, (v - j as f64) as f32)
}

/// Houses along the ways of villages, and a barn on some pastures.
fn build(seed: u64, parcels: &Parcels, lay: &Lay, bounds: [f64; 4]) -> Vec<House> {
    const PLOT_M: f64 = 23.0;
    let mut houses: Vec<House> = Vec::new();
    let [west, south, east, north] = bounds;
    let (columns, rows) = (
        ((east - west) / PLOT_M) as u64,
        ((north - south) / PLOT_M) as u64,
    );
    for plot in 0..columns * rows {
        let draw = |k: u64| chance::uniform(seed, 121, plot * 16 + k);
        let x = west + ((plot % columns) as f64 + 0.3 + 0.4 * draw(0)) * PLOT_M;
        let y = south + ((plot / columns) as f64 + 0.3 + 0.4 * draw(1)) * PLOT_M;
        let lie = lay.lie(x, y);
        let Some(parcel) = parcels.parcels().get(lie.parcel) else {
            continue;
        };
        let barn = parcel.land_use == LandUse::Pasture && draw(2) < 0.05;
        let village = parcel.land_use == LandUse::Village && draw(2) < 0.82;
        let clear = f64::from(lie.edge_m.min(lie.road_m - 3.0).min(lie.river_m - 4.0));
        let half = if barn {
            [8.0 + 5.0 * draw(3), 4.5 + 2.0 * draw(4)]
        } else {
            [4.5 + 3.0 * draw(3), 3.6 + 1.3 * draw(4)]
        };
        if !(barn || village) || clear < half[1] + 2.5 {
            continue;
        }
        let (c, s) = (f64::from(parcel.row[0]), f64::from(parcel.row[1]));
        let (c, s) = if draw(5) < 0.5 { (c, s) } else { (-s, c) };
        let floor_m = lay.ground_m(x, y);
        let flat = draw(6) < 0.18;
        let wall = if flat {
            3.2 + 2.8 * draw(7)
        } else {
            3.0 + 2.0 * draw(7)
        };
        let rise = if flat {
            0.0
        } else {
            half[1] * (0.5 + 0.25 * draw(8))
        };
        let house = House {
            centre: [x, y],
            ridge: [c, s],
            half,
            eaves_m: floor_m + wall.max(4.2 - rise),
            rise_m: rise.min(8.0 - wall),
            floor_m,
            salt: (chance::bits(seed, 122, plot) >> 32) as u32,
        };
        let apart =
            |h: &House| (h.centre[0] - x).hypot(h.centre[1] - y) > h.half[0] + half[0] + 2.0;
        if houses.iter().all(apart) {
            houses.push(house);
        }
    }
    houses
}
