//! JPEG in and out. A photo that ends early is an error, not a half-grey picture.

use crate::image::{GrayImage, RgbImage};
use crate::segments::{self, Frame};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use std::io::Cursor;
use thiserror::Error;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Most pixels of a photo.
pub const MAX_PIXELS: u64 = 150_000_000;

/// Why a photo could not be decoded or encoded.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum JpegError {
    /// Not a JPEG at all.
    #[error("this is not a JPEG photo: {0}")]
    NotJpeg(&'static str),
    /// The file ends before the picture does.
    #[error("the photo is cut off after {got} bytes: {what}; copy it again")]
    Truncated {
        /// Bytes present.
        got: usize,
        /// What is missing.
        what: &'static str,
    },
    /// Larger than [`MAX_PIXELS`].
    #[error("the photo has {width} × {height} pixels; at most {MAX_PIXELS} are accepted")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// A damaged photo or a kind of JPEG that is not handled.
    #[error("cannot decode the photo: {0}")]
    Decode(String),
    /// A picture that cannot be a JPEG.
    #[error("cannot encode the picture as JPEG: {0}")]
    Encode(String),
}

/// Columns and rows, from the header.
pub fn dimensions(bytes: &[u8]) -> Result<(u32, u32), JpegError> {
    let Frame { width, height } = segments::frame(bytes)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(JpegError::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(JpegError::Decode(format!(
            "its header says {width} × {height} pixels"
        )));
    }
    Ok((width, height))
}

fn decode(bytes: &[u8], colours: ColorSpace) -> Result<(u32, u32, Vec<u8>), JpegError> {
    let (width, height) = dimensions(bytes)?;
    segments::check_complete(bytes)?;
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let data = decoder
        .decode()
        .map_err(|e| JpegError::Decode(e.to_string()))?;
    let pixels = width as usize * height as usize;
    if data.len() != pixels * colours.num_components() {
        return Err(JpegError::Decode(format!(
            "{} bytes came out of {width} × {height} pixels",
            data.len()
        )));
    }
    Ok((width, height, data))
}

/// Decodes to colour; a grey photo becomes grey colours.
pub fn decode_rgb(bytes: &[u8]) -> Result<RgbImage, JpegError> {
    let (width, height, data) = decode(bytes, ColorSpace::RGB)?;
    Ok(RgbImage {
        width,
        height,
        data,
    })
}

/// Decodes brightness only, which is faster.
pub fn decode_gray(bytes: &[u8]) -> Result<GrayImage, JpegError> {
    let (width, height, data) = decode(bytes, ColorSpace::Luma)?;
    Ok(GrayImage {
        width,
        height,
        data,
    })
}

/// Encodes with quality 1 to 100 (clamped); colours at half resolution below 90.
pub fn encode(image: &RgbImage, quality: u8) -> Result<Vec<u8>, JpegError> {
    let size = |v: u32| {
        u16::try_from(v)
            .ok()
            .filter(|v| *v > 0)
            .ok_or_else(|| JpegError::Encode(format!("a side of {v} pixels is not possible")))
    };
    let (width, height) = (size(image.width)?, size(image.height)?);
    if image.data.len() != usize::from(width) * usize::from(height) * 3 {
        return Err(JpegError::Encode(
            "the data does not match width and height".into(),
        ));
    }
    let quality = quality.clamp(1, 100);
    let mut out = Vec::with_capacity(image.data.len() / 12);
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(if quality < 90 {
        SamplingFactor::F_2_2
    } else {
        SamplingFactor::F_1_1
    });
    // Tables made for the picture would save some percent, but jpeg-encoder then writes one scan for each channel,
    // and zune-jpeg 0.5 decodes such scans wrongly when the colours are subsampled.
    encoder.set_optimized_huffman_tables(false);
    encoder
        .encode(&image.data, width, height, ColorType::Rgb)
        .map_err(|e| JpegError::Encode(e.to_string()))?;
    Ok(out)
}
