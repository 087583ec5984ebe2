//! Gaussian and difference-of-Gaussians pyramids (Lowe, "Distinctive Image Features from
//! Scale-Invariant Keypoints", IJCV 60(2), 2004, §3).

use pulp::{Arch, WithSimd};

/// Scales per octave (Lowe §3.2).
pub const INTERVALS: usize = 3;
/// Blur of the first image of each octave, in pixels of that octave (Lowe §3.3).
pub const BASE_SIGMA: f32 = 1.6;
/// Blur that the input is assumed to have (Lowe §3.3).
const INPUT_SIGMA: f32 = 0.5;
/// An octave is not made when its shorter side would be smaller than this.
const MIN_SIDE_PX: usize = 24;
/// No more octaves than this.
const MAX_OCTAVES: usize = 8;

/// A gray image of floats, row-major, 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatImage {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` values.
    pub data: Vec<f32>,
}

impl FloatImage {
    /// From bytes 0..255; missing bytes read as 0.
    pub fn from_bytes(width: usize, height: usize, bytes: &[u8]) -> FloatImage {
        let mut data: Vec<f32> = bytes
            .iter()
            .take(width * height)
            .map(|&b| f32::from(b) / 255.0)
            .collect();
        data.resize(width * height, 0.0);
        FloatImage {
            width,
            height,
            data,
        }
    }

    fn halved(&self) -> FloatImage {
        let (w, h) = (self.width / 2, self.height / 2);
        let mut data = Vec::with_capacity(w * h);
        for y in 0..h {
            let row = &self.data[2 * y * self.width..][..2 * w];
            data.extend(row.chunks_exact(2).map(|p| p[0]));
        }
        FloatImage {
            width: w,
            height: h,
            data,
        }
    }
}

/// One octave: `INTERVALS + 3` blurred images and `INTERVALS + 2` differences.
pub struct Octave {
    /// Blurred images, from `BASE_SIGMA` up.
    pub gauss: Vec<FloatImage>,
    /// `gauss[i + 1] - gauss[i]`.
    pub dog: Vec<FloatImage>,
}

/// The pyramid of an image; octave `o` is the image reduced by `2^o`.
pub fn pyramid(image: &FloatImage) -> Vec<Octave> {
    let mut octaves = Vec::new();
    if image.width.min(image.height) < MIN_SIDE_PX {
        return octaves;
    }
    let first = (BASE_SIGMA * BASE_SIGMA - INPUT_SIGMA * INPUT_SIGMA).sqrt();
    let mut base = blur(image, first);
    let step = 2f32.powf(1.0 / INTERVALS as f32);
    loop {
        let mut gauss = vec![base];
        let mut sigma = BASE_SIGMA;
        for _ in 0..INTERVALS + 2 {
            let next = sigma * step;
            let image = blur(
                &gauss[gauss.len() - 1],
                (next * next - sigma * sigma).sqrt(),
            );
            gauss.push(image);
            sigma = next;
        }
        let dog = gauss
            .windows(2)
            .map(|pair| difference(&pair[1], &pair[0]))
            .collect();
        base = gauss[INTERVALS].halved();
        octaves.push(Octave { gauss, dog });
        if base.width.min(base.height) < MIN_SIDE_PX || octaves.len() >= MAX_OCTAVES {
            return octaves;
        }
    }
}

fn difference(a: &FloatImage, b: &FloatImage) -> FloatImage {
    let data = a.data.iter().zip(&b.data).map(|(a, b)| a - b).collect();
    FloatImage {
        width: a.width,
        height: a.height,
        data,
    }
}

/// Separable Gaussian blur, edges repeated.
pub fn blur(image: &FloatImage, sigma: f32) -> FloatImage {
    Arch::new().dispatch(Blur {
        image,
        kernel: &kernel(sigma),
    })
}

fn kernel(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil().max(1.0) as i32;
    let mut k: Vec<f32> = (-radius..=radius)
        .map(|i| (-((i * i) as f32) / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f32 = k.iter().sum();
    k.iter_mut().for_each(|v| *v /= sum);
    k
}

struct Blur<'a> {
    image: &'a FloatImage,
    kernel: &'a [f32],
}

impl WithSimd for Blur<'_> {
    type Output = FloatImage;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> FloatImage {
        let Blur { image, kernel } = self;
        let (w, h, r) = (image.width, image.height, kernel.len() / 2);
        let mut across = vec![0f32; w * h];
        let mut padded = vec![0f32; w + 2 * r];
        for (row, out) in image.data.chunks_exact(w).zip(across.chunks_exact_mut(w)) {
            padded[..r].fill(row[0]);
            padded[r..r + w].copy_from_slice(row);
            padded[r + w..].fill(row[w - 1]);
            for (j, &k) in kernel.iter().enumerate() {
                axpy(out, k, &padded[j..j + w]);
            }
        }
        let mut data = vec![0f32; w * h];
        for (y, out) in data.chunks_exact_mut(w).enumerate() {
            for (j, &k) in kernel.iter().enumerate() {
                let source = (y + j).saturating_sub(r).min(h - 1);
                axpy(out, k, &across[source * w..][..w]);
            }
        }
        FloatImage {
            width: w,
            height: h,
            data,
        }
    }
}

#[inline(always)]
fn axpy(out: &mut [f32], k: f32, row: &[f32]) {
    for (o, v) in out.iter_mut().zip(row) {
        *o += k * v;
    }
}
