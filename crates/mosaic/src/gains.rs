//! Brightness: one factor per photo and channel and one fall-off towards the corners per lens, so
//! that tie points look the same in all photos (cf. Brown and Lowe, IJCV 74(1), 2007, §6).

use whimbrel_photo::RgbImage;

use crate::cholesky;
use crate::lens::REFERENCE_WIDTH;
use crate::tracks::Track;

/// Width of the small copies in which colours are read.
pub const THUMB_WIDTH: u32 = 160;
/// Standard deviation of a photo's log gain.
const GAIN_SIGMA: f64 = 0.3;
/// Weight of "this photo needs no correction" for each of its tie points, against drift along chains.
const ANCHOR: f64 = 0.05;
/// Standard deviation of the fall-off's coefficients.
const FALL_SIGMA: f64 = 0.2;
/// Furthest that a photo's red and blue log gains may be from its green one: white balance drifts little between
/// photos, while a few false tie points of a weakly held photo can ask for anything.
const TINT_MAX: f64 = 0.12;
/// Log difference of two photos at one place beyond which it is not the same thing.
const CAUCHY: f64 = 0.08;
/// Passes of re-weighting.
const PASSES: usize = 4;
/// Darker or brighter than this says nothing of gain.
const USABLE: std::ops::RangeInclusive<f64> = 12.0..=245.0;

/// A photo's brightness correction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// By channel.
    pub factor: [f32; 3],
    /// Log fall-off by r² and r⁴, r in half image widths.
    pub fall: [f32; 2],
}

impl Default for Gain {
    fn default() -> Gain {
        Gain {
            factor: [1.0; 3],
            fall: [0.0; 2],
        }
    }
}

impl Gain {
    /// Factor that undoes the fall-off at squared radius `r2`.
    pub fn vignette(&self, r2: f32) -> f32 {
        let r2 = r2.min(2.0);
        (self.fall[0] * r2 + self.fall[1] * r2 * r2)
            .clamp(-0.7, 0.7)
            .exp()
    }
}

/// What the gain solver needs of a photo.
pub struct Shade<'a> {
    /// Small copy.
    pub thumb: Option<&'a RgbImage>,
    /// Half the image's height in reference pixels.
    pub half_height: f64,
    /// Index of its lens.
    pub lens: usize,
}

/// Solves all gains.
pub fn solve(tracks: &[Track], photos: &[Shade<'_>], lenses: usize) -> Vec<Gain> {
    let mut out = vec![Gain::default(); photos.len()];
    // Green carries the fall-off; all channels their own gains.
    let mut falls = vec![[0.0f64; 2]; lenses];
    let mut green = vec![0.0; photos.len()];
    for channel in [1, 0, 2] {
        let fixed = (channel != 1).then_some(&falls[..]);
        let Some((logs, found)) = channel_gains(tracks, photos, lenses, channel, fixed) else {
            continue;
        };
        if channel == 1 {
            falls = found;
            green = logs.iter().map(|log| log.clamp(-1.0, 1.0)).collect();
        }
        for ((gain, log), green) in out.iter_mut().zip(&logs).zip(&green) {
            gain.factor[channel] = log.clamp(green - TINT_MAX, green + TINT_MAX).exp() as f32;
        }
    }
    for (gain, photo) in out.iter_mut().zip(photos) {
        gain.fall = falls[photo.lens].map(|v| v as f32);
    }
    out
}

/// Log gains of one channel, with the lenses' fall-off found or as given.
fn channel_gains(
    tracks: &[Track],
    photos: &[Shade<'_>],
    lenses: usize,
    channel: usize,
    fixed: Option<&[[f64; 2]]>,
) -> Option<(Vec<f64>, Vec<[f64; 2]>)> {
    struct Sample {
        photo: usize,
        lens: usize,
        log: f64,
        r2: f64,
    }
    let read = |p: usize, xy: [f64; 2]| -> Option<Sample> {
        let photo = photos.get(p)?;
        let thumb = photo.thumb?;
        let x = ((xy[0] / REFERENCE_WIDTH + 0.5) * f64::from(thumb.width)) as usize;
        let y = ((xy[1] / (2.0 * photo.half_height) + 0.5) * f64::from(thumb.height)) as usize;
        let v = f64::from(
            *thumb
                .data
                .get((y * thumb.width as usize + x) * 3 + channel)?,
        );
        let r2 = (xy[0] * xy[0] + xy[1] * xy[1]) / (REFERENCE_WIDTH * REFERENCE_WIDTH * 0.25);
        USABLE.contains(&v).then(|| Sample {
            photo: p,
            lens: photo.lens,
            log: v.ln(),
            r2,
        })
    };
    let pairs: Vec<(Sample, Sample)> = tracks
        .iter()
        .flat_map(|t| {
            t.seen
                .windows(2)
                .filter_map(|w| Some((read(w[0].0, w[0].1)?, read(w[1].0, w[1].1)?)))
                .collect::<Vec<_>>()
        })
        .collect();
    let n = photos.len();
    let m = n + 2 * lenses;
    let mut x = vec![0.0; m];
    if let Some(falls) = fixed {
        for (g, f) in falls.iter().enumerate() {
            x[n + 2 * g..n + 2 * g + 2].copy_from_slice(f);
        }
    }
    for _ in 0..PASSES {
        let mut a = vec![0.0; m * m];
        let mut b = vec![0.0; m];
        for i in 0..m {
            // Many tie points share one photo's gain; the prior holds only what they leave open.
            let sigma = if i < n {
                GAIN_SIGMA
            } else if fixed.is_some() {
                1e-6
            } else {
                FALL_SIGMA
            };
            a[i * m + i] = 1.0 / (sigma * sigma);
            if i >= n && fixed.is_some() {
                b[i] = x[i] / (sigma * sigma);
            }
        }
        for (p, q) in &pairs {
            let terms = [
                (p.photo, 1.0),
                (q.photo, -1.0),
                (n + 2 * p.lens, p.r2),
                (n + 2 * p.lens + 1, p.r2 * p.r2),
                (n + 2 * q.lens, -q.r2),
                (n + 2 * q.lens + 1, -q.r2 * q.r2),
            ];
            let d = q.log - p.log;
            let residual = terms.iter().map(|(i, k)| k * x[*i]).sum::<f64>() - d;
            let w = 1.0 / (1.0 + (residual / CAUCHY).powi(2));
            for i in [p.photo, q.photo] {
                a[i * m + i] += w * ANCHOR;
            }
            for (i, k) in terms {
                b[i] += w * k * d;
                for (j, l) in terms {
                    if j >= i {
                        a[i * m + j] += w * k * l;
                    }
                }
            }
        }
        x = cholesky::solve(a, b)?;
    }
    let falls = (0..lenses)
        .map(|g| [x[n + 2 * g], x[n + 2 * g + 1]])
        .collect();
    x.truncate(n);
    Some((x, falls))
}
