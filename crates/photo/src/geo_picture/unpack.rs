//! Bytes of a strip or tile, unpacked (TIFF 6.0 §9, §13, §14 and the technical note on deflate).
//!
//! The `tiff` crate's own readers stop early at the edges of some LZW files and misplace planar ones (0.11.3), so only
//! its tags and its JPEG are used.

use std::io::{Error, ErrorKind, Read};

use flate2::read::ZlibDecoder;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Packing {
    Plain,
    Lzw,
    Deflate,
    PackBits,
    Jpeg,
}

impl Packing {
    /// Of the tag Compression.
    pub fn of(compression: u16) -> Option<Self> {
        match compression {
            1 => Some(Self::Plain),
            5 => Some(Self::Lzw),
            7 => Some(Self::Jpeg),
            8 | 32_946 => Some(Self::Deflate),
            32_773 => Some(Self::PackBits),
            _ => None,
        }
    }

    /// Exactly `expected` bytes out of what `packed` gives; what comes after them is left.
    pub fn unpack(self, mut packed: impl Read, expected: usize) -> std::io::Result<Vec<u8>> {
        let mut out = vec![0; expected];
        match self {
            Self::Plain => packed.read_exact(&mut out)?,
            Self::Deflate => ZlibDecoder::new(packed).read_exact(&mut out)?,
            Self::Lzw => lzw(packed, &mut out)?,
            Self::PackBits => pack_bits(packed, &mut out)?,
            Self::Jpeg => return Err(Error::new(ErrorKind::InvalidInput, "a JPEG")),
        }
        Ok(out)
    }
}

fn short() -> Error {
    Error::new(ErrorKind::UnexpectedEof, "it ends too early")
}

fn lzw(mut packed: impl Read, out: &mut [u8]) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    packed.read_to_end(&mut bytes)?;
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let (mut input, mut done) = (bytes.as_slice(), 0);
    while done < out.len() {
        let step = decoder.decode_bytes(input, out.get_mut(done..).unwrap_or_default());
        input = input.get(step.consumed_in..).unwrap_or_default();
        done += step.consumed_out;
        step.status
            .map_err(|e| Error::new(ErrorKind::InvalidData, e))?;
        if step.consumed_in == 0 && step.consumed_out == 0 {
            return Err(short());
        }
    }
    Ok(())
}

fn pack_bits(mut packed: impl Read, out: &mut [u8]) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    packed.read_to_end(&mut bytes)?;
    let (mut at, mut done) = (0, 0);
    while done < out.len() {
        let head = *bytes.get(at).ok_or_else(short)? as i8;
        at += 1;
        // 0 to 127: so many and one bytes follow as they are; −1 to −127: the next one so often and once more.
        let count = match head {
            0.. => head as usize + 1,
            -127..0 => (1 - isize::from(head)) as usize,
            -128 => continue,
        };
        let end = (done + count).min(out.len());
        let target = out.get_mut(done..end).unwrap_or_default();
        if head >= 0 {
            target.copy_from_slice(bytes.get(at..at + target.len()).ok_or_else(short)?);
            at += count;
        } else {
            target.fill(*bytes.get(at).ok_or_else(short)?);
            at += 1;
        }
        done = end;
    }
    Ok(())
}

/// Undoes the horizontal predictor: each sample was stored as the difference to the one before it in its row.
pub fn undo_predictor(bytes: &mut [u8], row_bytes: usize, step: usize) {
    for row in bytes.chunks_exact_mut(row_bytes.max(1)) {
        for i in step..row.len() {
            row[i] = row[i].wrapping_add(row[i - step]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_of_the_standard() {
        // The example of TIFF 6.0 §9.
        let packed = [
            0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7,
            0xAA,
        ];
        let plain = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(
            Packing::PackBits.unpack(&packed[..], plain.len()).unwrap(),
            plain
        );
        for packing in [
            Packing::Plain,
            Packing::Lzw,
            Packing::Deflate,
            Packing::PackBits,
        ] {
            assert!(packing.unpack(&packed[..3], 40).is_err(), "{packing:?}");
            assert!(packing.unpack(&[][..], 1).is_err(), "{packing:?}");
        }
    }
}
