//! A photo's layers: what to send first over a thin radio link.

use crate::image::RgbImage;
use crate::jpeg::{self, JpegError};
use crate::meta::{MetaError, PhotoMeta, read_meta, write_meta};
use core::ops::RangeInclusive;

/// Most encodings tried for one layer.
pub const MAX_TRIES: usize = 7;
/// Longer side of the thumbnail.
pub const THUMB_SIDE_PX: u32 = 320;

/// Bytes that a thumbnail should have.
const THUMB_BYTES: RangeInclusive<usize> = 6_500..=8_500;
/// Share of the original's bytes that a preview should have.
const PREVIEW_SHARE: RangeInclusive<f64> = 0.026..=0.034;
/// Share of the original's bytes that the mapping layer should have.
const MAPPING_SHARE: RangeInclusive<f64> = 0.155..=0.195;

/// JPEGs of growing size, each with the photo's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// For a glance: about 8 kB.
    pub thumb: Vec<u8>,
    /// Half size, about 3 % of the original's bytes: enough for a live map.
    pub preview: Vec<u8>,
    /// Full size, about 15–20 % of the original's bytes: enough for the final map.
    pub mapping: Vec<u8>,
}

/// Encodes so that the file's size comes into `bytes`, or as close below it as the search finds,
/// or with the lowest quality if even that is larger. Size grows with quality, so this bisects.
fn fit(
    image: &RgbImage,
    meta: &PhotoMeta,
    bytes: &RangeInclusive<usize>,
    best: u8,
) -> Result<Vec<u8>, MetaError> {
    let (mut low, mut high) = (1u8, best);
    let mut quality = best.min(45);
    let mut below: Option<Vec<u8>> = None;
    let mut above: Option<Vec<u8>> = None;
    for _ in 0..MAX_TRIES {
        let file = write_meta(&jpeg::encode(image, quality)?, meta)?;
        if bytes.contains(&file.len()) {
            return Ok(file);
        }
        if file.len() < *bytes.start() {
            if below.as_ref().is_none_or(|b| b.len() < file.len()) {
                below = Some(file);
            }
            low = quality.saturating_add(1);
        } else {
            if above.as_ref().is_none_or(|a| a.len() > file.len()) {
                above = Some(file);
            }
            high = quality.saturating_sub(1);
        }
        if low > high {
            break;
        }
        quality = low + (high - low) / 2;
    }
    below
        .or(above)
        .ok_or_else(|| JpegError::Encode("no quality fits".into()).into())
}

fn share(of: usize, range: &RangeInclusive<f64>) -> RangeInclusive<usize> {
    let bytes = |s: &f64| (s * of as f64) as usize;
    bytes(range.start())..=bytes(range.end())
}

/// Makes the layers of a photo. Metadata that cannot be read is left out.
pub fn make_layers(original: &[u8]) -> Result<Layers, MetaError> {
    let meta = match read_meta(original) {
        Err(MetaError::Jpeg(e)) => return Err(e.into()),
        Err(_) => PhotoMeta::default(),
        Ok(meta) => meta,
    };
    let full = jpeg::decode_rgb(original)?;
    let half = full.half();
    let longer = full.width.max(full.height);
    let thumb = if longer > THUMB_SIDE_PX {
        let side = |v: u32| ((u64::from(v) * u64::from(THUMB_SIDE_PX)) / u64::from(longer)) as u32;
        half.resized(side(full.width).max(1), side(full.height).max(1))
    } else {
        full.clone()
    };
    Ok(Layers {
        thumb: fit(&thumb, &meta, &THUMB_BYTES, 85)?,
        preview: fit(&half, &meta, &share(original.len(), &PREVIEW_SHARE), 89)?,
        mapping: fit(&full, &meta, &share(original.len(), &MAPPING_SHARE), 89)?,
    })
}
