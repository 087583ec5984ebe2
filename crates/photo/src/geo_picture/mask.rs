//! A mask inside the file: one bit a pixel, set where there is a picture (TIFF 6.0 §8, GDAL's internal masks).

use std::io::{Read, Seek};
use std::sync::{Mutex, PoisonError};

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::pieces::{Grid, Pieces};
use super::pixels::Bits;
use super::{PictureError, tiff_error};

/// The mask of one image.
pub struct Mask<R: Read + Seek> {
    file: Mutex<Decoder<R>>,
    pieces: Pieces,
}

impl<R: Read + Seek> Mask<R> {
    /// The image that the decoder is at.
    pub fn new(mut file: Decoder<R>) -> Result<Self, PictureError> {
        let bits = file
            .find_tag_unsigned::<u16>(Tag::BitsPerSample)
            .map_err(tiff_error)?
            .unwrap_or(1);
        if bits != 1 {
            return Err(PictureError::Unsupported {
                what: format!("its mask has {bits} bits"),
                remedy: "gdal_translate -of COG",
            });
        }
        let pieces = Pieces::read(&mut file)?;
        Ok(Self {
            file: Mutex::new(file),
            pieces,
        })
    }

    pub fn grid(&self) -> Grid {
        self.pieces.grid
    }

    /// Which pixels of a chunk are part of the picture.
    pub fn chunk(&self, number: u32) -> Result<Bits, PictureError> {
        let [width, height] = self.pieces.stored(number);
        let stride = width.div_ceil(8);
        // As with the picture's own decoder.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let packed = self
            .pieces
            .bytes(file.inner(), 0, number, stride * height)
            .map_err(|e| PictureError::Damaged(format!("its mask, piece {number}: {e}")))?;
        let mut set = Vec::with_capacity(width * height);
        for row in packed.chunks_exact(stride.max(1)) {
            set.extend(
                (0..width).map(|x| row.get(x / 8).is_some_and(|b| b & (0x80 >> (x % 8)) != 0)),
            );
        }
        Ok(Bits { width, set })
    }
}
