//! Where the strips or tiles of an image are in its file, and their bytes.

use std::io::{Read, Seek, SeekFrom};

use tiff::decoder::{ChunkType, Decoder, Limits};
use tiff::tags::Tag;

use super::unpack::Packing;
use super::{CHUNK_PIXELS_MAX, PictureError, tiff_error};

/// Chunks of one image.
pub const CHUNKS_MAX: usize = 4_000_000;
/// Compressed bytes of one chunk.
const COMPRESSED_MAX: u64 = 96 << 20;
/// Bytes of one tag, such as the table of chunks.
const TAG_MAX: usize = 64 << 20;
const AS_COG: &str = "gdal_translate -of COG";

/// What the decoder may take at once.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = CHUNK_PIXELS_MAX as usize * 4;
    limits.intermediate_buffer_size = COMPRESSED_MAX as usize;
    limits.ifd_value_size = TAG_MAX;
    limits
}

/// Rows and columns of chunks.
#[derive(Clone, Copy, PartialEq)]
pub struct Grid {
    /// Columns and rows of the image.
    pub size: [u32; 2],
    /// Columns and rows of a chunk.
    pub chunk: [u32; 2],
}

/// The chunks of one image.
pub struct Pieces {
    pub grid: Grid,
    pub packing: Packing,
    tiled: bool,
    /// Where each chunk is and how long; of planar images, one plane after the other.
    at: Vec<(u64, u64)>,
}

impl Grid {
    /// Chunks in a row.
    pub fn across(&self) -> u32 {
        self.size[0].div_ceil(self.chunk[0])
    }

    /// Chunks of a plane.
    pub fn count(&self) -> usize {
        self.across() as usize * self.size[1].div_ceil(self.chunk[1]) as usize
    }
}

impl Pieces {
    /// Of the image that the decoder is at.
    pub fn read<R: Read + Seek>(file: &mut Decoder<R>) -> Result<Self, PictureError> {
        let compression = file
            .find_tag_unsigned::<u16>(Tag::Compression)
            .map_err(tiff_error)?
            .unwrap_or(1);
        let packing = Packing::of(compression).ok_or_else(|| PictureError::Unsupported {
            what: format!("its compression (number {compression}) is not read"),
            remedy: "gdal_translate -co COMPRESS=DEFLATE -of COG",
        })?;
        let (width, height) = file.dimensions().map_err(tiff_error)?;
        let (across, mut down) = file.chunk_dimensions();
        let tiled = file.get_chunk_type() == ChunkType::Tile;
        if !tiled {
            // A strip may be said to be longer than the image.
            down = down.min(height);
        }
        let grid = Grid {
            size: [width, height],
            chunk: [across, down],
        };
        let too_coarse = |what| PictureError::Unsupported {
            what,
            remedy: AS_COG,
        };
        if u64::from(across) * u64::from(down) > CHUNK_PIXELS_MAX {
            return Err(too_coarse(format!(
                "it is stored in pieces of {across} × {down} pixels"
            )));
        }
        let (offsets, lengths) = if tiled {
            (Tag::TileOffsets, Tag::TileByteCounts)
        } else {
            (Tag::StripOffsets, Tag::StripByteCounts)
        };
        let offsets = file.get_tag_u64_vec(offsets).map_err(tiff_error)?;
        let lengths = file.get_tag_u64_vec(lengths).map_err(tiff_error)?;
        if offsets.len() > CHUNKS_MAX {
            return Err(too_coarse(format!(
                "it is stored in {} pieces",
                offsets.len()
            )));
        }
        Ok(Self {
            grid,
            packing,
            tiled,
            at: offsets.into_iter().zip(lengths).collect(),
        })
    }

    /// Columns and rows of a chunk as it is stored: tiles are padded, the last strip is shorter.
    pub fn stored(&self, number: u32) -> [usize; 2] {
        let [width, height] = self.grid.chunk;
        let below = (number / self.grid.across()).saturating_mul(height);
        let rows = if self.tiled {
            height
        } else {
            height.min(self.grid.size[1].saturating_sub(below))
        };
        [width as usize, rows as usize]
    }

    fn place(&self, plane: usize, number: u32) -> std::io::Result<(u64, u64)> {
        let index = plane * self.grid.count() + number as usize;
        self.at
            .get(index)
            .copied()
            .ok_or_else(|| std::io::Error::other("it is missing"))
    }

    /// Whether a chunk is in the file at all; those that are not are empty.
    pub fn present(&self, number: u32) -> bool {
        self.place(0, number).is_ok_and(|(_, length)| length > 0)
    }

    /// The first bytes of a chunk as they are stored.
    pub fn head(
        &self,
        reader: &mut (impl Read + Seek),
        number: u32,
        bytes: u64,
    ) -> std::io::Result<Vec<u8>> {
        let (offset, length) = self.place(0, number)?;
        reader.seek(SeekFrom::Start(offset))?;
        let mut head = Vec::new();
        reader.take(length.min(bytes)).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The unpacked bytes of a chunk of a plane.
    pub fn bytes(
        &self,
        reader: &mut (impl Read + Seek),
        plane: usize,
        number: u32,
        expected: usize,
    ) -> std::io::Result<Vec<u8>> {
        let (offset, length) = self.place(plane, number)?;
        if length == 0 {
            return Ok(vec![0; expected]);
        }
        reader.seek(SeekFrom::Start(offset))?;
        self.packing
            .unpack(reader.take(length.min(COMPRESSED_MAX)), expected)
    }
}
