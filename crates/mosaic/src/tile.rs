//! A square of the map: 512×512 RGBA, kept deflated with the horizontal predictor, as it goes into
//! the GeoTIFF.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::cog::TILE;

/// Bytes of a tile.
pub const TILE_BYTES: usize = TILE * TILE * 4;
/// Speed before size: tiles change while the map grows.
const LEVEL: u32 = 1;

/// Deflates RGBA pixels after differencing along rows (TIFF 6.0 §14); `None` when all transparent.
pub fn pack(rgba: &[u8]) -> Option<Arc<Vec<u8>>> {
    if rgba.len() != TILE_BYTES || rgba.chunks_exact(4).all(|p| p[3] == 0) {
        return None;
    }
    let mut coded = rgba.to_vec();
    for row in coded.chunks_exact_mut(TILE * 4) {
        for i in (4..row.len()).rev() {
            row[i] = row[i].wrapping_sub(row[i - 4]);
        }
    }
    deflate(&coded)
}

/// Deflates bytes.
pub fn deflate(bytes: &[u8]) -> Option<Arc<Vec<u8>>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Arc::new)
}

/// The pixels of a packed tile.
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut rgba = Vec::with_capacity(TILE_BYTES);
    ZlibDecoder::new(packed)
        .take(TILE_BYTES as u64)
        .read_to_end(&mut rgba)
        .ok()?;
    if rgba.len() != TILE_BYTES {
        return None;
    }
    for row in rgba.chunks_exact_mut(TILE * 4) {
        for i in 4..row.len() {
            row[i] = row[i].wrapping_add(row[i - 4]);
        }
    }
    Some(rgba)
}

/// The tile of half the resolution over four (north-west, north-east, south-west, south-east).
pub fn parent(children: [Option<&Arc<Vec<u8>>>; 4]) -> Option<Arc<Vec<u8>>> {
    let mut out = vec![0u8; TILE_BYTES];
    let half = TILE / 2;
    for (k, child) in children.into_iter().enumerate() {
        let Some(pixels) = child.and_then(|c| unpack(c)) else {
            continue;
        };
        for y in 0..half {
            let target = ((y + (k / 2) * half) * TILE + (k % 2) * half) * 4;
            let rows = &pixels[2 * y * TILE * 4..(2 * y + 2) * TILE * 4];
            for x in 0..half {
                let at = |dy: usize, dx: usize| &rows[(dy * TILE + 2 * x + dx) * 4..][..4];
                let four = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
                let alpha: u32 = four.iter().map(|p| u32::from(p[3])).sum();
                if alpha == 0 {
                    continue;
                }
                let pixel = &mut out[target + x * 4..][..4];
                for c in 0..3 {
                    let sum: u32 = four.iter().map(|p| u32::from(p[c]) * u32::from(p[3])).sum();
                    pixel[c] = ((sum + alpha / 2) / alpha) as u8;
                }
                pixel[3] = ((alpha + 2) / 4) as u8;
            }
        }
    }
    pack(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_reversible_and_damage_is_noticed() {
        let rgba: Vec<u8> = (0..TILE_BYTES).map(|i| (i * 31 % 251) as u8).collect();
        let packed = pack(&rgba).expect("not transparent");
        assert_eq!(unpack(&packed).as_deref(), Some(&rgba[..]));
        assert!(unpack(&packed[..packed.len() / 2]).is_none());
        assert!(pack(&vec![0; TILE_BYTES]).is_none());
    }
}
