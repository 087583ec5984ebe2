//! Cloud-optimised GeoTIFF: directories first, overviews before the full image, tiles of 512
//! (OGC 21-026; GDAL's COG driver layout; TIFF 6.0; OGC 19-008 GeoTIFF 1.1).

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use crate::tile;

/// Side of a tile.
pub const TILE: usize = 512;
/// Classic TIFF addresses this much.
const MAX_FILE_BYTES: u64 = u32::MAX as u64;
/// Most levels of overviews.
const MAX_OVERVIEWS: usize = 12;

/// What a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// Four bytes, the last opacity.
    Rgba,
    /// One float; NaN where there is none.
    Float,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CogError {
    /// Larger than classic TIFF can be.
    #[error("the map would be a TIFF of more than 4 GiB: ask for a coarser GSD")]
    TooLarge,
    /// The output failed.
    #[error("writing the GeoTIFF failed: {0}; check the disk")]
    Io(#[from] std::io::Error),
}

/// Deflated tiles by (row, column).
pub type Level = BTreeMap<(usize, usize), Arc<Vec<u8>>>;

/// A georeferenced image to be written.
pub struct Cog<'a> {
    /// What a pixel is.
    pub pixels: Pixels,
    /// Size in pixels.
    pub size: [usize; 2],
    /// Easting of the west edge, northing of the north edge.
    pub corner_m: [f64; 2],
    /// Side of a pixel.
    pub pixel_m: f64,
    /// Projected coordinate reference system.
    pub epsg: u32,
    /// Vertical system of the values, for heights (5773 is EGM96).
    pub vertical_epsg: Option<u32>,
    /// Said in the file.
    pub description: &'a str,
    /// Levels: full size, half, …: tiles by (row, column) from the north-west, deflated; one that is
    /// missing is written as zeros, as not all readers know sparse files.
    pub levels: &'a [Level],
}

/// How many overviews an image of this size needs: down to one tile.
pub fn overview_count(size: [usize; 2]) -> usize {
    let mut n = 0;
    while (size[0] >> n).max(size[1] >> n) > TILE && n < MAX_OVERVIEWS {
        n += 1;
    }
    n
}

struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    data: Vec<u8>,
}

fn shorts(tag: u16, values: &[u16]) -> Entry {
    Entry {
        tag,
        kind: 3,
        count: values.len() as u32,
        data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

fn longs(tag: u16, values: &[u32]) -> Entry {
    Entry {
        tag,
        kind: 4,
        count: values.len() as u32,
        data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

fn doubles(tag: u16, values: &[f64]) -> Entry {
    Entry {
        tag,
        kind: 12,
        count: values.len() as u32,
        data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

fn text(tag: u16, s: &str) -> Entry {
    let mut data: Vec<u8> = s.bytes().filter(|b| b.is_ascii() && *b != 0).collect();
    data.push(0);
    Entry {
        tag,
        kind: 2,
        count: data.len() as u32,
        data,
    }
}

impl Cog<'_> {
    fn level_size(&self, level: usize) -> [usize; 2] {
        [0, 1].map(|k| self.size[k].div_ceil(1 << level).max(1))
    }

    fn entries(&self, level: usize, offsets: &[u32], counts: &[u32]) -> Vec<Entry> {
        let [w, h] = self.level_size(level);
        let (samples, bits, format) = match self.pixels {
            Pixels::Rgba => (4usize, 8u16, 1u16),
            Pixels::Float => (1, 32, 3),
        };
        let rgba = self.pixels == Pixels::Rgba;
        let mut e = vec![
            longs(254, &[u32::from(level > 0)]),
            longs(256, &[w as u32]),
            longs(257, &[h as u32]),
            shorts(258, &vec![bits; samples]),
            shorts(259, &[8]),
            shorts(262, &[if rgba { 2 } else { 1 }]),
            shorts(277, &[samples as u16]),
            shorts(284, &[1]),
            shorts(317, &[if rgba { 2 } else { 1 }]),
            longs(322, &[TILE as u32]),
            longs(323, &[TILE as u32]),
            longs(324, offsets),
            longs(325, counts),
            shorts(339, &vec![format; samples]),
        ];
        if level == 0 {
            e.push(text(270, self.description));
            e.push(text(305, "whimbrel"));
            e.push(doubles(33550, &[self.pixel_m, self.pixel_m, 0.0]));
            e.push(doubles(
                33922,
                &[0.0, 0.0, 0.0, self.corner_m[0], self.corner_m[1], 0.0],
            ));
            // GeoTIFF 1.1: projected, pixel is area, metres.
            let mut keys: Vec<[u16; 4]> = vec![
                [1024, 0, 1, 1],
                [1025, 0, 1, 1],
                [3072, 0, 1, self.epsg as u16],
                [3076, 0, 1, 9001],
            ];
            if let Some(v) = self.vertical_epsg {
                keys.push([4096, 0, 1, v as u16]);
                keys.push([4099, 0, 1, 9001]);
            }
            let mut flat = vec![1u16, 1, 1, keys.len() as u16];
            flat.extend(keys.iter().flatten());
            e.push(shorts(34735, &flat));
        }
        if rgba {
            e.push(shorts(338, &[2]));
        } else {
            e.push(text(42113, "nan"));
        }
        e.sort_by_key(|e| e.tag);
        e
    }

    /// Writes the file; returns its length.
    pub fn write(&self, out: &mut (impl Write + Seek)) -> Result<u64, CogError> {
        let empty = tile::deflate(&vec![0; TILE * TILE * 4]).unwrap_or_default();
        let mut grids = Vec::new();
        for (level, tiles) in self.levels.iter().enumerate() {
            let [w, h] = self.level_size(level);
            let (columns, rows) = (w.div_ceil(TILE), h.div_ceil(TILE));
            let list: Vec<&Arc<Vec<u8>>> = (0..rows * columns)
                .map(|i| tiles.get(&(i / columns, i % columns)).unwrap_or(&empty))
                .collect();
            grids.push(list);
        }
        // Lengths of directories are known before the offsets are.
        let mut directory_at = Vec::new();
        let mut position = 8u64;
        for (level, grid) in grids.iter().enumerate() {
            directory_at.push(position);
            let blank = vec![0u32; grid.len()];
            position += directory_bytes(&self.entries(level, &blank, &blank));
        }
        let mut offsets: Vec<Vec<u32>> = grids.iter().map(|g| vec![0; g.len()]).collect();
        let mut counts = offsets.clone();
        for level in (0..grids.len()).rev() {
            for (i, tile) in grids[level].iter().enumerate() {
                if position + tile.len() as u64 > MAX_FILE_BYTES {
                    return Err(CogError::TooLarge);
                }
                offsets[level][i] = position as u32;
                counts[level][i] = tile.len() as u32;
                position += tile.len() as u64;
            }
        }
        out.seek(SeekFrom::Start(0))?;
        out.write_all(b"II*\0")?;
        out.write_all(&8u32.to_le_bytes())?;
        for level in 0..grids.len() {
            let next = directory_at.get(level + 1).copied().unwrap_or(0);
            let entries = self.entries(level, &offsets[level], &counts[level]);
            out.write_all(&directory(&entries, directory_at[level], next))?;
        }
        for grid in grids.iter().rev() {
            for tile in grid {
                out.write_all(tile)?;
            }
        }
        out.flush()?;
        Ok(position)
    }
}

fn directory_bytes(entries: &[Entry]) -> u64 {
    let spilled: usize = entries
        .iter()
        .filter(|e| e.data.len() > 4)
        .map(|e| e.data.len().next_multiple_of(2))
        .sum();
    (2 + 12 * entries.len() + 4 + spilled) as u64
}

fn directory(entries: &[Entry], at: u64, next: u64) -> Vec<u8> {
    let mut head = (entries.len() as u16).to_le_bytes().to_vec();
    let mut spill = Vec::new();
    let spill_at = at + (2 + 12 * entries.len() + 4) as u64;
    for e in entries {
        head.extend(e.tag.to_le_bytes());
        head.extend(e.kind.to_le_bytes());
        head.extend(e.count.to_le_bytes());
        if e.data.len() <= 4 {
            let mut inline = e.data.clone();
            inline.resize(4, 0);
            head.extend(inline);
        } else {
            head.extend(((spill_at + spill.len() as u64) as u32).to_le_bytes());
            spill.extend(&e.data);
            if spill.len() % 2 == 1 {
                spill.push(0);
            }
        }
    }
    head.extend((next as u32).to_le_bytes());
    head.extend(spill);
    head
}
