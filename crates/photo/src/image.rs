//! Pictures in memory.

/// Three bytes a pixel (red, green, blue), rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbImage {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width · height · 3` bytes.
    pub data: Vec<u8>,
}

/// One byte a pixel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayImage {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width · height` bytes.
    pub data: Vec<u8>,
}

/// For each target pixel of one axis: its first source pixel, and weights (sum 1) from there on.
fn area_weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let (start, end) = (i as f64 * scale, (i as f64 + 1.0) * scale);
            let first = (start.floor() as usize).min(from - 1);
            let last = (end.ceil() as usize).clamp(first + 1, from);
            let weights = (first..last)
                .map(|s| {
                    let overlap = (s as f64 + 1.0).min(end) - (s as f64).max(start);
                    (overlap.max(0.0) / scale) as f32
                })
                .collect();
            (first, weights)
        })
        .collect()
}

/// Every target pixel is the mean over its area of the source. `channels` bytes a pixel.
fn resize_area(
    data: &[u8],
    (w, h): (usize, usize),
    (tw, th): (usize, usize),
    channels: usize,
) -> Vec<u8> {
    if w == 0 || h == 0 || tw == 0 || th == 0 || data.len() < w * h * channels {
        return vec![0; tw * th * channels];
    }
    let columns = area_weights(w, tw);
    let rows = area_weights(h, th);
    let mut out = Vec::with_capacity(tw * th * channels);
    let mut line = vec![0f32; w * channels];
    for (first, weights) in &rows {
        line.fill(0.0);
        let sources = data.chunks_exact(w * channels).skip(*first);
        for (source, weight) in sources.zip(weights) {
            for (sum, v) in line.iter_mut().zip(source) {
                *sum += weight * f32::from(*v);
            }
        }
        for (first, weights) in &columns {
            for c in 0..channels {
                let values = line.iter().skip(first * channels + c).step_by(channels);
                let sum: f32 = values.zip(weights).map(|(v, w)| v * w).sum();
                out.push((sum + 0.5) as u8);
            }
        }
    }
    out
}

/// Half size of a picture with even sides: means of 2 × 2 pixels of `N` channels.
fn half_even<const N: usize>(data: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 4);
    for two_rows in data.chunks_exact((2 * width * N).max(1)) {
        let (upper, lower) = two_rows.split_at(width * N);
        for (a, b) in upper.chunks_exact(2 * N).zip(lower.chunks_exact(2 * N)) {
            let (a0, a1) = a.split_at(N);
            let (b0, b1) = b.split_at(N);
            for (((a0, a1), b0), b1) in a0.iter().zip(a1).zip(b0).zip(b1) {
                let sum = u16::from(*a0) + u16::from(*a1) + u16::from(*b0) + u16::from(*b1);
                out.push(((sum + 2) / 4) as u8);
            }
        }
    }
    out
}

impl RgbImage {
    /// A picture of one colour.
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self {
            width,
            height,
            data: colour.repeat(width as usize * height as usize),
        }
    }
    /// The colour at a column and row; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width {
            return None;
        }
        let at = (y as usize * self.width as usize + x as usize) * 3;
        match self.data.get(at..at + 3) {
            Some(&[r, g, b]) => Some([r, g, b]),
            _ => None,
        }
    }
    /// Brightness, Rec. 601 weights.
    pub fn to_gray(&self) -> GrayImage {
        let data = self
            .data
            .as_chunks::<3>()
            .0
            .iter()
            .map(|&[r, g, b]| {
                ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8
            })
            .collect();
        GrayImage {
            width: self.width,
            height: self.height,
            data,
        }
    }
    /// Half as wide and high (rounded up), each pixel the mean of its area.
    pub fn half(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let pixels = self.width as usize * self.height as usize;
        if self.width.is_multiple_of(2)
            && self.height.is_multiple_of(2)
            && self.data.len() == pixels * 3
        {
            return Self {
                width,
                height,
                data: half_even::<3>(&self.data, self.width as usize),
            };
        }
        self.resized(width, height)
    }
    /// Resampled, each pixel the mean of its area; meant for making smaller.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let from = (self.width as usize, self.height as usize);
        let to = (width as usize, height as usize);
        Self {
            width,
            height,
            data: resize_area(&self.data, from, to, 3),
        }
    }
}

impl GrayImage {
    /// The brightness at a column and row; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<u8> {
        if x >= self.width {
            return None;
        }
        let at = y as usize * self.width as usize + x as usize;
        self.data.get(at).copied()
    }
    /// Half as wide and high (rounded up), each pixel the mean of its area.
    pub fn half(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let pixels = self.width as usize * self.height as usize;
        if self.width.is_multiple_of(2)
            && self.height.is_multiple_of(2)
            && self.data.len() == pixels
        {
            return Self {
                width,
                height,
                data: half_even::<1>(&self.data, self.width as usize),
            };
        }
        self.resized(width, height)
    }
    /// Resampled, each pixel the mean of its area; meant for making smaller.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let from = (self.width as usize, self.height as usize);
        let to = (width as usize, height as usize);
        Self {
            width,
            height,
            data: resize_area(&self.data, from, to, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_pictures_keep_the_mean() {
        let data: Vec<u8> = (0..7 * 5).map(|i| (i * 37 % 251) as u8).collect();
        let gray = GrayImage {
            width: 7,
            height: 5,
            data,
        };
        let mean =
            |g: &GrayImage| g.data.iter().map(|v| f64::from(*v)).sum::<f64>() / g.data.len() as f64;
        for (w, h) in [(1, 1), (3, 2), (7, 5), (2, 5), (14, 10)] {
            let small = gray.resized(w, h);
            assert_eq!(small.data.len(), (w * h) as usize);
            assert!((mean(&small) - mean(&gray)).abs() <= 0.5, "{w} {h}");
        }
        assert_eq!(gray.resized(7, 5), gray);
        let blocks = GrayImage {
            width: 4,
            height: 2,
            data: vec![0, 4, 100, 102, 8, 12, 104, 106],
        };
        assert_eq!(blocks.half().data, [6, 103]);
        let rgb = RgbImage {
            width: 6,
            height: 4,
            data: (0..72).map(|i| (i * 53 % 256) as u8).collect(),
        };
        assert_eq!(rgb.half(), rgb.resized(3, 2));
    }

    #[test]
    fn colours_become_brightness() {
        let image = RgbImage {
            width: 3,
            height: 1,
            data: vec![255, 255, 255, 0, 0, 0, 255, 0, 0],
        };
        assert_eq!(image.to_gray().data, [255, 0, 77]);
        assert_eq!(image.pixel(2, 0), Some([255, 0, 0]));
        assert_eq!(image.pixel(3, 0), None);
    }
}
