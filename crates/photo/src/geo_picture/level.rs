//! One image of a file: the picture or an overview, read chunk by chunk (strips or tiles).

use std::io::{Read, Seek};
use std::sync::{Mutex, PoisonError};

use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use super::mask::Mask;
use super::pieces::{Grid, Pieces};
use super::pixels::{Chunk, Samples};
use super::unpack::{Packing, undo_predictor};
use super::{DECODE_PIXELS_MAX, PictureError, WINDOW_PIXELS_MAX, tiff_error};
use crate::segments;

/// A JPEG's size is in its first bytes.
const JPEG_HEAD_BYTES: u64 = 64 * 1024;
/// Side of a block of a JPEG with halved colours.
const JPEG_BLOCK: u32 = 16;

/// One image.
pub struct Level<R: Read + Seek> {
    file: Mutex<Decoder<R>>,
    pieces: Pieces,
    samples: Samples,
    predicted: bool,
    mask: Option<Mask<R>>,
}

impl<R: Read + Seek> Level<R> {
    /// The image that the decoder is at.
    pub fn new(mut file: Decoder<R>, nodata: Option<u8>) -> Result<Self, PictureError> {
        let pieces = Pieces::read(&mut file)?;
        let samples = Samples::read(&mut file, nodata, pieces.packing == Packing::Jpeg)?;
        let predictor = file
            .find_tag_unsigned::<u16>(Tag::Predictor)
            .map_err(tiff_error)?;
        Ok(Self {
            file: Mutex::new(file),
            predicted: predictor == Some(2)
                && matches!(pieces.packing, Packing::Lzw | Packing::Deflate),
            pieces,
            samples,
            mask: None,
        })
    }

    pub fn size(&self) -> [u32; 2] {
        self.pieces.grid.size
    }

    pub fn grid(&self) -> Grid {
        self.pieces.grid
    }

    /// Whether a mask is this image's.
    pub fn fits(&self, mask: &Mask<R>) -> bool {
        self.grid() == mask.grid()
    }

    pub fn set_mask(&mut self, mask: Mask<R>) {
        self.mask = Some(mask);
    }

    /// Whether a window of so many columns and rows may be decoded for one tile.
    pub fn affordable(&self, window: [u64; 2]) -> bool {
        let grid = self.grid();
        let decoded = [0, 1].map(|k| {
            let (chunk, size) = (u64::from(grid.chunk[k]), u64::from(grid.size[k]));
            // One more than fit, as a window seldom begins where a chunk does.
            ((window[k].div_ceil(chunk) + 1) * chunk).min(size.next_multiple_of(chunk))
        });
        window[0] * window[1] <= WINDOW_PIXELS_MAX && decoded[0] * decoded[1] <= DECODE_PIXELS_MAX
    }

    /// Decodes the chunk in the middle.
    pub fn probe(&self) -> Result<(), PictureError> {
        self.chunk((self.grid().count() / 2) as u32).map(|_| ())
    }

    /// Decodes a chunk, with the padding that it may have.
    pub fn chunk(&self, number: u32) -> Result<Chunk, PictureError> {
        let damaged = |e: &dyn std::fmt::Display| PictureError::Damaged(e.to_string());
        if number as usize >= self.grid().count() {
            return Err(damaged(&format!("there is no piece {number}")));
        }
        let [width, height] = self.pieces.stored(number);
        if !self.pieces.present(number) {
            return Ok(Chunk {
                width,
                rgba: vec![0; width * height * 4],
            });
        }
        let mask = self.mask.as_ref().map(|m| m.chunk(number)).transpose()?;
        // A panic elsewhere leaves the decoder as usable as before: it keeps nothing between chunks.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if self.pieces.packing == Packing::Jpeg {
            let (width, bytes) = self.jpeg(&mut file, number)?;
            return Ok(self.samples.pixels(width, &bytes, mask.as_ref()));
        }
        let (planes, step) = if self.samples.planar {
            (self.samples.count, 1)
        } else {
            (1, self.samples.count)
        };
        let mut bytes = Vec::with_capacity(width * height * self.samples.count);
        for plane in 0..planes {
            let expected = width * height * step;
            let mut unpacked = self
                .pieces
                .bytes(file.inner(), plane, number, expected)
                .map_err(|e| damaged(&format!("piece {number}: {e}")))?;
            if self.predicted {
                undo_predictor(&mut unpacked, width * step, step);
            }
            bytes.append(&mut unpacked);
        }
        drop(file);
        Ok(self.samples.pixels(width, &bytes, mask.as_ref()))
    }

    /// Columns and samples of a JPEG, without padding.
    fn jpeg(&self, file: &mut Decoder<R>, number: u32) -> Result<(usize, Vec<u8>), PictureError> {
        let damaged =
            |e: &dyn std::fmt::Display| PictureError::Damaged(format!("piece {number}: {e}"));
        let head = self
            .pieces
            .head(file.inner(), number, JPEG_HEAD_BYTES)
            .map_err(|e| damaged(&e))?;
        let frame = segments::frame(&head).map_err(|e| damaged(&e))?;
        // It says its own size, which must not be larger than the piece that it is; a short last strip may be padded.
        let [w, h] = self.grid().chunk.map(|s| s.saturating_add(JPEG_BLOCK));
        if frame.width > w || frame.height > h {
            return Err(damaged(&format!(
                "a JPEG of {} × {} pixels",
                frame.width, frame.height
            )));
        }
        let (width, height) = file.chunk_data_dimensions(number);
        let expected = width as usize * height as usize * self.samples.count;
        match file.read_chunk(number).map_err(|e| damaged(&e))? {
            DecodingResult::U8(bytes) if bytes.len() == expected => Ok((width as usize, bytes)),
            _ => Err(damaged(&"its samples are not those of the picture")),
        }
    }
}
