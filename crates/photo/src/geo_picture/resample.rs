//! A tile of a web map out of a picture: where each pixel lies in it, which pieces that needs, and the mean of what is
//! there.

use std::io::{Read, Seek};
use std::sync::Arc;

use whimbrel_geo::{WEB_TILE_PX, WebTile};

use super::cache::ChunkCache;
use super::level::Level;
use super::{GeoPicture, PictureError};

/// Projected places are computed at so many pixels' distance and interpolated between: the curvature between them
/// shifts a pixel by at most a fifth of its side at zoom 0 and less at every other.
const STEP: usize = 8;
const CELLS: usize = WEB_TILE_PX / STEP;
const NODES: usize = CELLS + 1;
/// Places looked at along each axis of one pixel of the web map.
const PLACES_MAX: f64 = 16.0;

/// Places of the nodes in the picture, in its pixels; nothing where the projection does not reach.
pub type Net = Vec<Option<[f64; 2]>>;

/// The net of a tile.
pub fn net<R: Read + Seek>(picture: &GeoPicture<R>, tile: WebTile) -> Net {
    let placement = &picture.placement;
    // A picture in degrees may go on beyond the antimeridian.
    let west = placement.at([0.0, 0.0])[0];
    let turn = |x: f64| {
        if placement.crs.is_geographic() && x < west - 1e-9 {
            x + 360.0
        } else {
            x
        }
    };
    let node = |k: usize| {
        let at = tile.place(
            (k % NODES) as f64 / CELLS as f64,
            (k / NODES) as f64 / CELLS as f64,
        )?;
        let [x, y] = placement.crs.project(at).ok()?;
        let pixel = placement.pixel([turn(x), y]);
        pixel.iter().all(|v| v.is_finite()).then_some(pixel)
    };
    (0..NODES * NODES).map(node).collect()
}

fn corners(net: &Net, cell: usize) -> Option<[[f64; 2]; 4]> {
    let (column, row) = (cell % CELLS, cell / CELLS);
    let at = |c: usize, r: usize| net.get(r * NODES + c).copied().flatten();
    Some([
        at(column, row)?,
        at(column + 1, row)?,
        at(column, row + 1)?,
        at(column + 1, row + 1)?,
    ])
}

/// Left, top, right, bottom of a cell within the picture; nothing where it lies outside.
fn overlap(corners: &[[f64; 2]; 4], size: [f64; 2]) -> Option<[f64; 4]> {
    let low = |k: usize| corners.iter().map(|c| c[k]).fold(f64::INFINITY, f64::min);
    let high = |k: usize| {
        corners
            .iter()
            .map(|c| c[k])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let found = [
        low(0).max(0.0),
        low(1).max(0.0),
        high(0).min(size[0]),
        high(1).min(size[1]),
    ];
    (found[0] < found[2] && found[1] < found[3]).then_some(found)
}

/// How many pixels of the picture a pixel of the tile is wide, in the mean; nothing where they do not meet.
pub fn ratio(net: &Net, size: [f64; 2]) -> Option<f64> {
    let (mut sum, mut cells) = (0.0, 0.0);
    for cell in 0..CELLS * CELLS {
        let Some(c) = corners(net, cell).filter(|c| overlap(c, size).is_some()) else {
            continue;
        };
        let (right, down) = (
            [c[1][0] - c[0][0], c[1][1] - c[0][1]],
            [c[2][0] - c[0][0], c[2][1] - c[0][1]],
        );
        sum += (right[0] * down[1] - right[1] * down[0]).abs().sqrt() / STEP as f64;
        cells += 1.0;
    }
    (cells > 0.0 && sum > 0.0).then(|| sum / cells)
}

/// A part of a level, decoded.
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Window {
    /// Colour and opacity of a pixel of the level; transparent outside.
    fn at(&self, x: i64, y: i64) -> [f32; 4] {
        let (x, y) = (x - self.left as i64, y - self.top as i64);
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return [0.0; 4];
        }
        let i = (y as usize * self.width + x as usize) * 4;
        match self.rgba.get(i..i + 4) {
            Some([r, g, b, a]) => [*r, *g, *b, *a].map(f32::from),
            _ => [0.0; 4],
        }
    }
}

/// Decodes the chunks that a window needs.
fn window<R: Read + Seek>(
    picture: &GeoPicture<R>,
    number: usize,
    cache: &ChunkCache,
    [left, top, right, bottom]: [usize; 4],
) -> Result<Window, PictureError> {
    let level: &Level<R> = &picture.levels[number];
    let (width, height) = (right - left, bottom - top);
    let mut rgba = vec![0; width * height * 4];
    let grid = level.grid();
    let [cw, ch] = grid.chunk.map(|s| s as usize);
    for row in top / ch..bottom.div_ceil(ch) {
        for column in left / cw..right.div_ceil(cw) {
            let index = row as u32 * grid.across() + column as u32;
            let key = (picture.id, number, index);
            let chunk = match cache.get(key) {
                Some(chunk) => chunk,
                None => {
                    let chunk = Arc::new(level.chunk(index)?);
                    cache.put(key, chunk.clone());
                    chunk
                }
            };
            let (x0, y0) = (column * cw, row * ch);
            let rows = chunk.rgba.len() / 4 / chunk.width.max(1);
            let (from, to) = (left.max(x0), right.min(x0 + chunk.width));
            for y in top.max(y0)..bottom.min(y0 + rows) {
                let source = ((y - y0) * chunk.width + from - x0) * 4;
                let target = ((y - top) * width + from - left) * 4;
                let bytes = to.saturating_sub(from) * 4;
                if let (Some(a), Some(b)) = (
                    rgba.get_mut(target..target + bytes),
                    chunk.rgba.get(source..source + bytes),
                ) {
                    a.copy_from_slice(b);
                }
            }
        }
    }
    Ok(Window {
        left,
        top,
        width,
        height,
        rgba,
    })
}

/// A weighted mean of colours that counts what is transparent less.
#[derive(Default)]
struct Mean {
    colour: [f32; 3],
    opacity: f32,
    weight: f32,
}

impl Mean {
    fn add(&mut self, [r, g, b, a]: [f32; 4], weight: f32) {
        for (sum, c) in self.colour.iter_mut().zip([r, g, b]) {
            *sum += c * a * weight;
        }
        self.opacity += a * weight;
        self.weight += weight;
    }

    fn pixel(&self) -> [u8; 4] {
        if self.opacity <= 0.0 || self.weight <= 0.0 {
            return [0; 4];
        }
        let [r, g, b] = self.colour.map(|c| (c / self.opacity + 0.5) as u8);
        [r, g, b, (self.opacity / self.weight + 0.5) as u8]
    }
}

/// The tile, RGBA.
pub fn tile<R: Read + Seek>(
    picture: &GeoPicture<R>,
    cache: &ChunkCache,
    tile: WebTile,
) -> Result<Option<Vec<u8>>, PictureError> {
    let [west, south, east, north] = picture.bounds_deg;
    let ((top_deg, left_deg), (bottom_deg, right_deg)) =
        (tile.place_deg(0.0, 0.0), tile.place_deg(1.0, 1.0));
    if top_deg < south || bottom_deg > north || right_deg < west || left_deg > east {
        return Ok(None);
    }
    let size = picture.size().map(f64::from);
    let net = net(picture, tile);
    let Some(ratio) = ratio(&net, size) else {
        return Ok(None);
    };
    let (number, own) = picture.level_for(ratio);
    let level = &picture.levels[number];
    let [lw, lh] = level.size();
    let scale = [size[0] / f64::from(lw), size[1] / f64::from(lh)];
    let mut needed: Option<[f64; 4]> = None;
    for cell in 0..CELLS * CELLS {
        if let Some([l, t, r, b]) = corners(&net, cell).and_then(|c| overlap(&c, size)) {
            let [l0, t0, r0, b0] = needed.unwrap_or([l, t, r, b]);
            needed = Some([l0.min(l), t0.min(t), r0.max(r), b0.max(b)]);
        }
    }
    let Some([l, t, r, b]) = needed else {
        return Ok(None);
    };
    // One more on each side, to interpolate with.
    let low = |v: f64, k: usize| ((v / scale[k]) as usize).saturating_sub(1);
    let high = |v: f64, k: usize, end: u32| ((v / scale[k]) as usize + 2).min(end as usize);
    let part = [low(l, 0), low(t, 1), high(r, 0, lw), high(b, 1, lh)];
    if !level.affordable([(part[2] - part[0]) as u64, (part[3] - part[1]) as u64]) {
        return Ok(None);
    }
    let window = window(picture, number, cache, part)?;
    // Finer than the picture: between its pixels. Coarser: the mean of places within the pixel of the tile.
    let places = if own <= 1.25 {
        1
    } else {
        own.ceil().min(PLACES_MAX) as usize
    };
    let mut out = Vec::with_capacity(WEB_TILE_PX * WEB_TILE_PX * 4);
    let mut any = false;
    for py in 0..WEB_TILE_PX {
        let (lat, _) = tile.place_deg(0.0, (py as f64 + 0.5) / WEB_TILE_PX as f64);
        for px in 0..WEB_TILE_PX {
            let (_, lon) = tile.place_deg((px as f64 + 0.5) / WEB_TILE_PX as f64, 0.0);
            let inside = (south..=north).contains(&lat) && (west..=east).contains(&lon);
            let cell = (py / STEP) * CELLS + px / STEP;
            let Some(c) = corners(&net, cell).filter(|_| inside) else {
                out.extend_from_slice(&[0; 4]);
                continue;
            };
            let mut mean = Mean::default();
            for place in 0..places * places {
                let within = |pixel: usize, k: usize| {
                    ((pixel % STEP) as f64 + (k as f64 + 0.5) / places as f64) / STEP as f64
                };
                let (fx, fy) = (within(px, place % places), within(py, place / places));
                let mix = |k: usize| {
                    (c[0][k] * (1.0 - fx) + c[1][k] * fx) * (1.0 - fy)
                        + (c[2][k] * (1.0 - fx) + c[3][k] * fx) * fy
                };
                let (u, v) = (mix(0), mix(1));
                if u < 0.0 || v < 0.0 || u >= size[0] || v >= size[1] {
                    mean.weight += 1.0;
                    continue;
                }
                let (u, v) = (u / scale[0], v / scale[1]);
                if places > 1 {
                    mean.add(window.at(u as i64, v as i64), 1.0);
                } else {
                    between(&window, [u, v], [lw, lh], &mut mean);
                }
            }
            let pixel = mean.pixel();
            any |= pixel[3] > 0;
            out.extend_from_slice(&pixel);
        }
    }
    Ok(any.then_some(out))
}

/// Interpolates bilinearly between the centres of four pixels; the picture goes on as it ends.
fn between(window: &Window, [u, v]: [f64; 2], size: [u32; 2], mean: &mut Mean) {
    let (x, y) = ((u - 0.5).floor(), (v - 0.5).floor());
    let (fx, fy) = ((u - 0.5 - x) as f32, (v - 0.5 - y) as f32);
    for (dx, dy, weight) in [
        (0, 0, (1.0 - fx) * (1.0 - fy)),
        (1, 0, fx * (1.0 - fy)),
        (0, 1, (1.0 - fx) * fy),
        (1, 1, fx * fy),
    ] {
        let at = [
            (x as i64 + dx).clamp(0, i64::from(size[0]) - 1),
            (y as i64 + dy).clamp(0, i64::from(size[1]) - 1),
        ];
        mean.add(window.at(at[0], at[1]), weight);
    }
}
