//! From rays to an image: bands of rows in parallel, smoothed edges, vignetting, blur and sensor noise.

use super::ray::{Hit, cast};
use crate::chance;
use crate::landscape::{Brush, Colour, Landscape, Top};
use rayon::prelude::*;
use whimbrel_geo::{Camera, Enu, Pixel, Rotation};
use whimbrel_photo::{CameraModel, CameraPose, RgbImage};

/// Rows of a band; part of the result's definition, so that it does not depend on threads.
const BAND_ROWS: usize = 24;
/// Rays are computed exactly every this many pixels and interpolated between (error below 0.01 px for lenses with a
/// few per cent of distortion).
const RAY_STEP: usize = 8;

/// Places on the ground no further apart in height than this may have their middle taken.
const LEVEL_M: f64 = 0.1;

/// What the lens and the sensor do to the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenderOptions {
    /// Share of brightness lost at the corners.
    pub vignetting: f64,
    /// Weight of the two neighbours in each direction in the lens blur, 0 to 0.33.
    pub blur: f64,
    /// Standard deviation of the sensor noise, of 255.
    pub noise: f64,
    /// Exposure: factor of brightness.
    pub gain: f64,
    /// Chance of the noise.
    pub seed: u64,
    /// Number of the photo, so that each has noise of its own.
    pub photo: u64,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions {
            vignetting: 0.12,
            blur: 0.08,
            noise: 1.6,
            gain: 1.0,
            seed: 1,
            photo: 0,
        }
    }
}

impl RenderOptions {
    /// A perfect lens and sensor.
    pub fn clean() -> Self {
        RenderOptions {
            vignetting: 0.0,
            blur: 0.0,
            noise: 0.0,
            gain: 1.0,
            seed: 0,
            photo: 0,
        }
    }
}

/// Renders what `camera` sees from `pose`. Camera position and attitude are converted exactly into the landscape's
/// frame, in which its surface is defined; there is no flat-earth approximation.
pub fn render(
    landscape: &Landscape,
    camera: &CameraModel,
    pose: &CameraPose,
    options: &RenderOptions,
) -> RgbImage {
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let mut data = vec![0_u8; width * height * 3];
    if width == 0 || height == 0 {
        return RgbImage {
            width: camera.width_px,
            height: camera.height_px,
            data,
        };
    }
    let scene = Scene::new(landscape, camera, pose);
    data.par_chunks_mut(BAND_ROWS * width * 3)
        .enumerate()
        .for_each(|(band, out)| {
            let first = band * BAND_ROWS;
            let rows = out.len() / (width * 3);
            // One more row on each side for the blur.
            let light: Vec<Vec<Colour>> = scene.rows(first as i64 - 1, rows + 2);
            for r in 0..rows {
                let row = &mut out[r * width * 3..(r + 1) * width * 3];
                scene.expose(
                    [&light[r], &light[r + 1], &light[r + 2]],
                    first + r,
                    options,
                    row,
                );
            }
        });
    RgbImage {
        width: camera.width_px,
        height: camera.height_px,
        data,
    }
}

struct Scene<'a> {
    landscape: &'a Landscape,
    camera: &'a CameraModel,
    eye: [f64; 3],
    brush: Brush,
    middle_m: f64,
    /// Ray directions in the landscape's frame every [`RAY_STEP`] pixels.
    rays: Vec<[f64; 3]>,
    ray_columns: usize,
}

impl<'a> Scene<'a> {
    fn new(landscape: &'a Landscape, camera: &'a CameraModel, pose: &CameraPose) -> Self {
        let (eye, turn): (_, Rotation<Enu, Camera>) = pose.in_frame(landscape.frame());
        let eye = [eye.x(), eye.y(), eye.z()];
        let ray_columns = (camera.width_px as usize).div_ceil(RAY_STEP) + 1;
        let ray_rows = (camera.height_px as usize).div_ceil(RAY_STEP) + 3;
        let rays = (0..ray_columns * ray_rows)
            .map(|i| {
                let x = (i % ray_columns * RAY_STEP) as f64;
                let y = ((i / ray_columns) * RAY_STEP) as f64 - RAY_STEP as f64;
                let v = turn * camera.ray(Pixel { x, y });
                [v.x(), v.y(), v.z()]
            })
            .collect();
        let middle_m = landscape.ground_m(eye[0], eye[1]);
        // One brush for the picture: the footprint of a pixel straight below.
        let brush = landscape.brush((eye[2] - middle_m).max(1.0) / camera.focal_px.max(1.0));
        Scene {
            landscape,
            camera,
            eye,
            brush,
            middle_m,
            rays,
            ray_columns,
        }
    }

    /// Direction of the ray through a place of the image, unit length.
    #[inline]
    fn ray(&self, x: f64, y: f64) -> [f64; 3] {
        let (u, v) = (x / RAY_STEP as f64, y / RAY_STEP as f64 + 1.0);
        let (i, j) = (u as usize, v as usize);
        let (fx, fy) = (u - i as f64, v - j as f64);
        let n = j * self.ray_columns + i;
        let m = n + self.ray_columns;
        let (a, b, c, d) = (
            &self.rays[n],
            &self.rays[n + 1],
            &self.rays[m],
            &self.rays[m + 1],
        );
        let mix = |k: usize| {
            let (low, high) = (a[k] + (b[k] - a[k]) * fx, c[k] + (d[k] - c[k]) * fx);
            low + (high - low) * fy
        };
        let v = [mix(0), mix(1), mix(2)];
        let inverse = 1.0 / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
        [v[0] * inverse, v[1] * inverse, v[2] * inverse]
    }

    #[inline]
    fn see(&self, x: f64, y: f64, guess_m: f64) -> Option<Hit> {
        cast(self.landscape, self.eye, self.ray(x, y), guess_m)
    }

    #[inline]
    fn colour(&self, hit: Option<Hit>) -> Colour {
        match hit {
            None => [178.0, 200.0, 224.0],
            Some(hit) if hit.side => self.landscape.colour_of_side(&self.brush, hit.at, hit.top),
            Some(hit) => self
                .landscape
                .colour_of(&self.brush, hit.at[0], hit.at[1], hit.top),
        }
    }

    /// What pixels of `count` rows from row `first` on see through their centres. On bare ground every second pixel of
    /// every second row is looked at, and those between see the middle of what their neighbours see.
    fn hits(&self, first: i64, count: usize) -> Vec<Vec<Option<Hit>>> {
        let width = self.camera.width_px as usize;
        let low = first - (first & 1);
        let last = first + count as i64 - 1;
        let looked = (last + (last & 1) - low) / 2 + 1;
        let looked: Vec<_> = (0..looked).map(|k| self.looked_at(low + 2 * k)).collect();
        let row = |q: i64| {
            let n = ((q - low) / 2) as usize;
            if q & 1 == 0 {
                return looked[n].clone();
            }
            let (above, below) = (&looked[n], &looked[n + 1]);
            let y = self.row_y(q);
            let see = |c: usize| {
                let guess = above[c].map_or(self.middle_m, |h| h.at[2]);
                between(above[c], below[c]).or_else(|| self.see(c as f64 + 0.5, y, guess))
            };
            (0..width).map(see).collect()
        };
        (first..=last).map(row).collect()
    }

    /// One row of hits, with the pixels between on bare ground filled in.
    fn looked_at(&self, row: i64) -> Vec<Option<Hit>> {
        let width = self.camera.width_px as usize;
        let y = self.row_y(row);
        let mut guess = self.middle_m;
        let mut hits: Vec<Option<Hit>> = vec![None; width];
        let mut see = |c: usize| {
            let hit = self.see(c as f64 + 0.5, y, guess);
            guess = hit
                .filter(|h| h.top == Top::Ground)
                .map_or(guess, |h| h.at[2]);
            hit
        };
        for c in (0..width).step_by(2) {
            hits[c] = see(c);
            if c >= 2 {
                hits[c - 1] = between(hits[c - 2], hits[c]).or_else(|| see(c - 1));
            }
        }
        if width.is_multiple_of(2) {
            hits[width - 1] = see(width - 1);
        }
        hits
    }

    /// The middle of a row, kept on the image and half a pixel around it.
    fn row_y(&self, row: i64) -> f64 {
        (row as f64 + 0.5).clamp(-0.5, f64::from(self.camera.height_px) + 0.5)
    }

    /// `count` rows of light from row `first` (which may be -1), each pixel's ray through its centre, and two rays
    /// more where what is seen changes.
    fn rows(&self, first: i64, count: usize) -> Vec<Vec<Colour>> {
        let width = self.camera.width_px as usize;
        // One row more before the first, to compare with.
        let hits = self.hits(first - 1, count + 1);
        let rows = hits.windows(2).enumerate().map(|(r, pair)| {
            let (above, hits) = (&pair[0], &pair[1]);
            let y = self.row_y(first + r as i64);
            let light = (0..width).map(|c| {
                let left = hits[c.saturating_sub(1)];
                if alike(&hits[c], &left) && alike(&hits[c], &above[c]) {
                    return self.colour(hits[c]);
                }
                let guess = hits[c].map_or(self.middle_m, |h| h.at[2]);
                let mut sum = self.colour(hits[c]);
                for (du, dv) in [(0.25, -0.25), (0.75, 0.25)] {
                    let colour = self.colour(self.see(c as f64 + du, y + dv, guess));
                    sum = [sum[0] + colour[0], sum[1] + colour[1], sum[2] + colour[2]];
                }
                sum.map(|s| s * (1.0 / 3.0))
            });
            light.collect()
        });
        rows.collect()
    }

    /// Blur, vignetting and noise for one row of light between its neighbours.
    fn expose(&self, light: [&[Colour]; 3], row: usize, options: &RenderOptions, out: &mut [u8]) {
        let width = self.camera.width_px as usize;
        let blur = options.blur.clamp(0.0, 0.33) as f32;
        let keep = 1.0 - 2.0 * blur;
        let (cx, cy) = (0.5 * width as f64, 0.5 * f64::from(self.camera.height_px));
        let dy = (row as f64 + 0.5 - cy) / cy.hypot(cx);
        let down = |c: usize| -> Colour {
            let (a, b, d) = (light[0][c], light[1][c], light[2][c]);
            std::array::from_fn(|k| keep * b[k] + blur * (a[k] + d[k]))
        };
        let mut before = down(0);
        let mut here = before;
        let key = chance::bits(options.seed, 161, options.photo);
        for (c, rgb) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let after = down((c + 1).min(width - 1));
            let dx = (c as f64 + 0.5 - cx) / cy.hypot(cx);
            let fall = options.gain * (1.0 - options.vignetting * (dx * dx + dy * dy));
            let bits = chance::scramble(key ^ (row * width + c) as u64);
            for k in 0..3 {
                let value = keep * here[k] + blur * (before[k] + after[k]);
                let noise = options.noise as f32 * bell((bits >> (20 * k)) as u32);
                rgb[k] = (value * fall as f32 + noise + 0.5).clamp(0.0, 255.0) as u8;
            }
            (before, here) = (here, after);
        }
    }
}

/// The middle of two places on bare ground that is nearly level between them.
#[inline]
fn between(a: Option<Hit>, b: Option<Hit>) -> Option<Hit> {
    let (a, b) = (a?, b?);
    let bare = a.top == Top::Ground && b.top == Top::Ground;
    (bare && (a.at[2] - b.at[2]).abs() < LEVEL_M).then(|| Hit {
        at: std::array::from_fn(|k| 0.5 * (a.at[k] + b.at[k])),
        ..a
    })
}

/// The same thing from the same side, without a jump in height.
#[inline]
fn alike(a: &Option<Hit>, b: &Option<Hit>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let same = match (a.top, b.top) {
                (Top::Ground, Top::Ground) => true,
                (Top::Crown(_), Top::Crown(_)) => true,
                (Top::Roof(i), Top::Roof(j)) => i == j,
                _ => false,
            };
            // Boughs are rough anyway.
            let jump = if matches!(a.top, Top::Crown(_)) {
                2.5
            } else {
                0.5
            };
            same && (a.side == b.side || jump > 1.0) && (a.at[2] - b.at[2]).abs() < jump
        }
        (None, None) => true,
        _ => false,
    }
}

/// Nearly normal with unit variance: the sum of five 4-bit numbers.
#[inline]
fn bell(bits: u32) -> f32 {
    let sum =
        (bits & 15) + (bits >> 4 & 15) + (bits >> 8 & 15) + (bits >> 12 & 15) + (bits >> 16 & 15);
    // Each has mean 7.5 and variance 255/12.
    (sum as f32 - 37.5) * 0.097_014
}
