//! From samples as they lie in the file to pixels.

use std::io::{Read, Seek};

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::{PictureError, tiff_error};

/// A decoded piece of a picture.
pub struct Chunk {
    /// Columns.
    pub width: usize,
    /// Red, green, blue, opacity (not multiplied in), rows from the top.
    pub rgba: Vec<u8>,
}

/// Whether each pixel of a chunk is part of the picture.
pub struct Bits {
    /// Columns.
    pub width: usize,
    /// Rows from the top.
    pub set: Vec<bool>,
}

enum Colours {
    /// The flag: white is 0.
    Grey(bool),
    Rgb,
    Palette(Vec<[u8; 3]>),
    YCbCr,
}

/// What the samples of a pixel mean.
pub struct Samples {
    colours: Colours,
    /// Samples of a pixel.
    pub count: usize,
    /// All samples of one kind lie together, in chunks of their own.
    pub planar: bool,
    opacity: Option<usize>,
    /// Colours were multiplied with the opacity.
    multiplied: bool,
    nodata: Option<u8>,
}

const TO_BYTES: &str = "gdal_translate -ot Byte -scale -of COG";
const TO_RGB: &str = "gdalwarp -of COG from a copy of three bands (gdal_translate -b 1 -b 2 -b 3)";
/// Samples of a pixel.
const SAMPLES_MAX: usize = 64;
/// ExtraSamples (TIFF 6.0 §18).
const MULTIPLIED: u16 = 1;
const OPACITY: u16 = 2;

impl Samples {
    /// Of the image that the decoder is at.
    pub fn read<R: Read + Seek>(
        file: &mut Decoder<R>,
        nodata: Option<u8>,
        jpeg: bool,
    ) -> Result<Self, PictureError> {
        let unsupported = |what: String, remedy| Err(PictureError::Unsupported { what, remedy });
        let mut numbers = |tag: Tag| {
            let found = file.find_tag_unsigned_vec::<u16>(tag).map_err(tiff_error)?;
            Ok::<Vec<u16>, PictureError>(found.unwrap_or_default())
        };
        let one = |values: &[u16], default: u16| values.first().copied().unwrap_or(default);
        let bits = one(&numbers(Tag::BitsPerSample)?, 1);
        let format = one(&numbers(Tag::SampleFormat)?, 1);
        if bits != 8 || format != 1 {
            let what = format!("its numbers have {bits} bits and are not bytes of colour");
            return unsupported(what, TO_BYTES);
        }
        let count = usize::from(one(&numbers(Tag::SamplesPerPixel)?, 1));
        let planar = one(&numbers(Tag::PlanarConfiguration)?, 1) == 2 && count > 1;
        let extra = numbers(Tag::ExtraSamples)?;
        let opacity = extra
            .iter()
            .position(|e| matches!(*e, MULTIPLIED | OPACITY))
            .map(|i| count.saturating_sub(extra.len()) + i);
        let coloured = count - usize::from(opacity.is_some()).min(count);
        // PhotometricInterpretation (TIFF 6.0 §8).
        let colours = match one(&numbers(Tag::PhotometricInterpretation)?, 1) {
            // Bands of a satellite or a multispectral camera: the first three are taken for colours.
            0..=2 if coloured >= 3 => Colours::Rgb,
            white @ (0 | 1) => Colours::Grey(white == 0),
            3 => Colours::Palette(palette(&numbers(Tag::ColorMap)?)),
            6 if jpeg && count == 3 => Colours::YCbCr,
            other => {
                return unsupported(
                    format!("its colours (kind {other}, {count} bands) are not read"),
                    TO_RGB,
                );
            }
        };
        if !(1..=SAMPLES_MAX).contains(&count) || (jpeg && (planar || !matches!(count, 1 | 3))) {
            return unsupported(format!("it has {count} bands"), TO_RGB);
        }
        Ok(Self {
            colours,
            count,
            planar,
            opacity,
            multiplied: opacity.is_some() && extra.contains(&MULTIPLIED),
            nodata,
        })
    }

    /// Pixels of unpacked samples; of planar ones, one plane after the other.
    pub fn pixels(&self, width: usize, samples: &[u8], mask: Option<&Bits>) -> Chunk {
        let pixels = samples.len() / self.count;
        let (step, next) = if self.planar {
            (1, pixels)
        } else {
            (self.count, 1)
        };
        let mut rgba = Vec::with_capacity(pixels * 4);
        for i in 0..pixels {
            let at = |k: usize| samples.get(i * step + k * next).copied().unwrap_or(0);
            let (mut colour, mut opacity) = (
                self.colour([at(0), at(1), at(2)]),
                self.opacity.map_or(255, at),
            );
            if self.multiplied && opacity > 0 {
                colour = colour.map(|c| {
                    let own = (u32::from(c) * 255 + u32::from(opacity) / 2) / u32::from(opacity);
                    own.min(255) as u8
                });
            }
            let nothing = self.nodata.is_some_and(|n| match self.colours {
                Colours::Rgb | Colours::YCbCr => colour == [n; 3],
                Colours::Grey(_) | Colours::Palette(_) => at(0) == n,
            });
            let masked = |m: &Bits| {
                let at = i / width.max(1) * m.width + i % width.max(1);
                !m.set.get(at).copied().unwrap_or(false)
            };
            if nothing || mask.is_some_and(masked) {
                opacity = 0;
            }
            rgba.extend_from_slice(&[colour[0], colour[1], colour[2], opacity]);
        }
        Chunk { width, rgba }
    }

    fn colour(&self, [a, b, c]: [u8; 3]) -> [u8; 3] {
        match &self.colours {
            Colours::Grey(white) => [if *white { 255 - a } else { a }; 3],
            Colours::Rgb => [a, b, c],
            Colours::Palette(colours) => colours.get(usize::from(a)).copied().unwrap_or_default(),
            Colours::YCbCr => rgb_of([a, b, c]),
        }
    }
}

/// All reds, then all greens, then all blues, 16 bits each.
fn palette(map: &[u16]) -> Vec<[u8; 3]> {
    let n = map.len() / 3;
    let at = |k: usize| map.get(k).map_or(0, |v| (v >> 8) as u8);
    (0..n).map(|i| [at(i), at(n + i), at(2 * n + i)]).collect()
}

/// JPEG's colours (ITU-T T.871 §7), which TIFFs of that compression have.
fn rgb_of([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // Casts saturate.
    [
        (y + 1.402 * cr + 0.5) as u8,
        (y - 0.344_136 * cb - 0.714_136 * cr + 0.5) as u8,
        (y + 1.772 * cb + 0.5) as u8,
    ]
}
