//! Features of a gray image: scale-space extrema and 128-byte gradient descriptors (Lowe 2004,
//! §3–6; square-root normalisation after Arandjelović and Zisserman, CVPR 2012).

use crate::scale_space::{BASE_SIGMA, FloatImage, INTERVALS, Octave, pyramid};

/// Length of a descriptor.
pub const DESCRIPTOR: usize = 128;
/// Most features kept for a photo.
pub const MAX_FEATURES: usize = 4000;
/// Smallest response, image values 0..1. Low, as fields have little contrast.
const MIN_CONTRAST: f32 = 0.008 / INTERVALS as f32;
/// Largest ratio of principal curvatures (Lowe §4.1).
const EDGE_RATIO: f32 = 10.0;
/// Pixels next to the border without features.
const BORDER_PX: usize = 6;
/// Steps of the sub-pixel refinement.
const REFINE_STEPS: usize = 5;
/// Orientations kept at one place.
const MAX_ORIENTATIONS: usize = 2;
/// Blur, in pixels of the octave, above which every other pixel is enough.
const WIDE_SIGMA: f32 = 2.0;
const ORIENTATION_BINS: usize = 36;
/// Columns and rows of the grid that spreads features over the photo.
const SPREAD: (usize, usize) = (8, 6);

/// A feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// Pixels from the left edge; centre of the first pixel is 0.5.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
    /// Blur scale in pixels of the image.
    pub scale: f32,
    /// Gradient direction, radians from x towards y.
    pub angle_rad: f32,
    response: f32,
}

/// Features with one descriptor each, largest scale first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Places.
    pub points: Vec<Feature>,
    /// `points.len() * DESCRIPTOR` bytes; Euclidean norm of each about 512.
    pub descriptors: Vec<u8>,
}

impl Features {
    /// The descriptor of feature `i`.
    pub fn descriptor(&self, i: usize) -> &[u8] {
        &self.descriptors[i * DESCRIPTOR..(i + 1) * DESCRIPTOR]
    }
}

struct Candidate {
    octave: usize,
    layer: usize,
    /// Place in pixels of the octave, first pixel centre is 0.
    x: f32,
    y: f32,
    /// Blur in pixels of the octave.
    sigma: f32,
    response: f32,
}

/// Finds up to [`MAX_FEATURES`] features, spread over the image.
pub fn detect(image: &FloatImage) -> Features {
    let octaves = pyramid(image);
    let mut found = Vec::new();
    for (o, octave) in octaves.iter().enumerate() {
        for layer in 1..=INTERVALS {
            extrema(octave, o, layer, &mut found);
        }
    }
    let kept = spread(found, image.width, image.height);
    let mut oriented: Vec<(Feature, usize, usize)> = Vec::new();
    for c in &kept {
        let gauss = &octaves[c.octave].gauss[c.layer];
        let (angles, n) = orientations(gauss, c);
        let unit = (1usize << c.octave) as f32;
        for &angle_rad in &angles[..n] {
            let feature = Feature {
                x: c.x * unit + 0.5,
                y: c.y * unit + 0.5,
                scale: c.sigma * unit,
                angle_rad,
                response: c.response,
            };
            oriented.push((feature, c.octave, c.layer));
        }
    }
    oriented.sort_by(|a, b| {
        b.0.scale
            .total_cmp(&a.0.scale)
            .then(a.0.y.total_cmp(&b.0.y))
            .then(a.0.x.total_cmp(&b.0.x))
    });
    let mut out = Features::default();
    for (feature, octave, layer) in oriented {
        let unit = (1usize << octave) as f32;
        let gauss = &octaves[octave].gauss[layer];
        let local = [(feature.x - 0.5) / unit, (feature.y - 0.5) / unit];
        out.descriptors.extend(describe(
            gauss,
            local,
            feature.scale / unit,
            feature.angle_rad,
        ));
        out.points.push(feature);
    }
    out
}

fn extrema(octave: &Octave, o: usize, layer: usize, found: &mut Vec<Candidate>) {
    let (below, here, above) = (
        &octave.dog[layer - 1],
        &octave.dog[layer],
        &octave.dog[layer + 1],
    );
    let (w, h) = (here.width, here.height);
    let threshold = 0.5 * MIN_CONTRAST;
    let around = |image: &FloatImage, i: usize| -> [f32; 9] {
        let mut out = [0.0; 9];
        for (k, row) in [i - w, i, i + w].into_iter().enumerate() {
            out[3 * k..3 * k + 3].copy_from_slice(&image.data[row - 1..row + 2]);
        }
        out
    };
    for y in BORDER_PX..h.saturating_sub(BORDER_PX) {
        let row = &here.data[y * w..(y + 1) * w];
        for (x, three) in row
            .windows(3)
            .enumerate()
            .take(w.saturating_sub(BORDER_PX + 1))
            .skip(BORDER_PX - 1)
        {
            let v = three[1];
            // Most pixels end here.
            let (low, high) = (three[0].min(three[2]), three[0].max(three[2]));
            if v.abs() <= threshold || (v > 0.0 && v < high) || (v < 0.0 && v > low) {
                continue;
            }
            let (x, i, sign) = (x + 1, y * w + x + 1, v.signum());
            let beats = |image: &FloatImage| around(image, i).iter().all(|n| sign * n <= sign * v);
            if beats(here) && beats(below) && beats(above) {
                found.extend(refine(octave, o, layer, x, y));
            }
        }
    }
}

/// Fits a quadratic in x, y and scale (Lowe §4) and rejects weak and edge-like extrema.
fn refine(octave: &Octave, o: usize, layer: usize, x: usize, y: usize) -> Option<Candidate> {
    let (mut x, mut y, mut s) = (x, y, layer);
    let (w, h) = (octave.dog[0].width, octave.dog[0].height);
    for _ in 0..REFINE_STEPS {
        let at = |ds: i32, dy: i32, dx: i32| -> f32 {
            let image = &octave.dog[(s as i32 + ds) as usize];
            image.data[(y as i32 + dy) as usize * w + (x as i32 + dx) as usize]
        };
        let v = at(0, 0, 0);
        let g = nalgebra::Vector3::new(
            0.5 * (at(0, 0, 1) - at(0, 0, -1)),
            0.5 * (at(0, 1, 0) - at(0, -1, 0)),
            0.5 * (at(1, 0, 0) - at(-1, 0, 0)),
        );
        let dxx = at(0, 0, 1) + at(0, 0, -1) - 2.0 * v;
        let dyy = at(0, 1, 0) + at(0, -1, 0) - 2.0 * v;
        let dss = at(1, 0, 0) + at(-1, 0, 0) - 2.0 * v;
        let dxy = 0.25 * (at(0, 1, 1) - at(0, 1, -1) - at(0, -1, 1) + at(0, -1, -1));
        let dxs = 0.25 * (at(1, 0, 1) - at(1, 0, -1) - at(-1, 0, 1) + at(-1, 0, -1));
        let dys = 0.25 * (at(1, 1, 0) - at(1, -1, 0) - at(-1, 1, 0) + at(-1, -1, 0));
        let hessian = nalgebra::Matrix3::new(dxx, dxy, dxs, dxy, dyy, dys, dxs, dys, dss);
        let step = -(hessian.try_inverse()? * g);
        if step.iter().all(|d| d.abs() < 0.6) {
            let value = v + 0.5 * g.dot(&step);
            let (trace, det) = (dxx + dyy, dxx * dyy - dxy * dxy);
            let edge = trace * trace * EDGE_RATIO >= (EDGE_RATIO + 1.0).powi(2) * det;
            if value.abs() < MIN_CONTRAST || det <= 0.0 || edge {
                return None;
            }
            return Some(Candidate {
                octave: o,
                layer: s,
                x: x as f32 + step.x,
                y: y as f32 + step.y,
                sigma: BASE_SIGMA * 2f32.powf((s as f32 + step.z) / INTERVALS as f32),
                response: value.abs(),
            });
        }
        if step.iter().any(|d| !d.is_finite() || d.abs() > 4.0) {
            return None;
        }
        let moved = |v: usize, d: f32| v as i32 + d.round() as i32;
        let (nx, ny, ns) = (moved(x, step.x), moved(y, step.y), moved(s, step.z));
        let inside = |v: i32, n: usize| v >= BORDER_PX as i32 && v < n as i32 - BORDER_PX as i32;
        if !inside(nx, w) || !inside(ny, h) || ns < 1 || ns > INTERVALS as i32 {
            return None;
        }
        (x, y, s) = (nx as usize, ny as usize, ns as usize);
    }
    None
}

/// The strongest in each cell of a grid first, then the strongest of the rest.
fn spread(mut found: Vec<Candidate>, width: usize, height: usize) -> Vec<Candidate> {
    if found.len() <= MAX_FEATURES {
        return found;
    }
    found.sort_by(|a, b| {
        b.response
            .total_cmp(&a.response)
            .then(a.octave.cmp(&b.octave))
            .then(a.y.total_cmp(&b.y))
            .then(a.x.total_cmp(&b.x))
    });
    let quota = MAX_FEATURES / (SPREAD.0 * SPREAD.1);
    let mut taken = vec![0usize; SPREAD.0 * SPREAD.1];
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for c in found {
        let unit = (1usize << c.octave) as f32;
        let column = ((c.x * unit) as usize * SPREAD.0 / width).min(SPREAD.0 - 1);
        let row = ((c.y * unit) as usize * SPREAD.1 / height).min(SPREAD.1 - 1);
        let cell = &mut taken[row * SPREAD.0 + column];
        *cell += 1;
        if *cell <= quota {
            kept.push(c)
        } else {
            rest.push(c)
        }
    }
    let room = MAX_FEATURES.saturating_sub(kept.len());
    kept.extend(rest.into_iter().take(room));
    kept
}

/// Polynomial arctangent, error below 1e-3 rad: enough for bins of 10° and more.
#[inline(always)]
fn fast_atan2(y: f32, x: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    let a = ax.min(ay) / (ax.max(ay) + 1e-20);
    let s = a * a;
    let mut r = ((-0.046_496_475 * s + 0.159_314_22) * s - 0.327_622_76) * s * a + a;
    if ay > ax {
        r = std::f32::consts::FRAC_PI_2 - r;
    }
    if x < 0.0 {
        r = std::f32::consts::PI - r;
    }
    if y < 0.0 { -r } else { r }
}

/// Dominant gradient directions (Lowe §5).
fn orientations(gauss: &FloatImage, c: &Candidate) -> ([f32; MAX_ORIENTATIONS], usize) {
    let sigma = 1.5 * c.sigma;
    let radius = (3.0 * sigma).round() as i32;
    let (cx, cy) = (c.x.round() as i32, c.y.round() as i32);
    let mut bins = [0f32; ORIENTATION_BINS];
    let (w, h) = (gauss.width as i32, gauss.height as i32);
    let scale = -1.0 / (2.0 * sigma * sigma);
    let weights: Vec<f32> = (0..=radius)
        .map(|d| ((d * d) as f32 * scale).exp())
        .collect();
    for y in (cy - radius).max(1)..=(cy + radius).min(h - 2) {
        let row = (y * w) as usize;
        for x in (cx - radius).max(1)..=(cx + radius).min(w - 2) {
            let i = row + x as usize;
            let dx = gauss.data[i + 1] - gauss.data[i - 1];
            let dy = gauss.data[i + w as usize] - gauss.data[i - w as usize];
            let weight = weights[(x - cx).unsigned_abs() as usize]
                * weights[(y - cy).unsigned_abs() as usize];
            let turn = fast_atan2(dy, dx) * (ORIENTATION_BINS as f32 / std::f32::consts::TAU);
            let bin = (turn + 2.0 * ORIENTATION_BINS as f32 + 0.5) as usize % ORIENTATION_BINS;
            bins[bin] += weight * (dx * dx + dy * dy).sqrt();
        }
    }
    let n = ORIENTATION_BINS;
    let smooth: Vec<f32> = (0..n)
        .map(|i| {
            let at = |d: usize| bins[(i + n + d - 2) % n];
            (at(0) + at(4)) / 16.0 + (at(1) + at(3)) * 0.25 + at(2) * 0.375
        })
        .collect();
    let top = smooth.iter().copied().fold(0f32, f32::max);
    let mut peaks: Vec<(f32, f32)> = (0..n)
        .filter_map(|i| {
            let (l, v, r) = (smooth[(i + n - 1) % n], smooth[i], smooth[(i + 1) % n]);
            (v > l && v > r && v >= 0.8 * top).then(|| {
                let bin = i as f32 + 0.5 * (l - r) / (l - 2.0 * v + r);
                (v, bin * std::f32::consts::TAU / n as f32)
            })
        })
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let mut out = [0f32; MAX_ORIENTATIONS];
    let count = peaks.len().min(MAX_ORIENTATIONS);
    for (o, p) in out.iter_mut().zip(&peaks) {
        *o = p.1;
    }
    (out, count)
}

/// 4×4 cells of 8 directions (Lowe §6), square-rooted.
fn describe(gauss: &FloatImage, at: [f32; 2], sigma: f32, angle_rad: f32) -> [u8; DESCRIPTOR] {
    const CELLS: f32 = 4.0;
    let cell = 3.0 * sigma;
    let (w, h) = (gauss.width as i32, gauss.height as i32);
    let diagonal = ((w * w + h * h) as f32).sqrt();
    let radius = (cell * std::f32::consts::SQRT_2 * (CELLS + 1.0) * 0.5 + 0.5).min(diagonal) as i32;
    let (sin, cos) = (angle_rad.sin() / cell, angle_rad.cos() / cell);
    let (cx, cy) = (at[0].round() as i32, at[1].round() as i32);
    // About Lowe's 16×16 samples where the blur is wide, every pixel where it is narrow.
    let stride = if sigma > WIDE_SIGMA { 2 } else { 1 };
    // One cell of margin on each side takes what the interpolation spills; the length is a power
    // of two so that masking an index replaces checking it.
    let mut bins = [0f32; 512];
    let (left, right) = (
        (cx - radius).max(1) as usize,
        (cx + radius).min(w - 2).max(1) as usize,
    );
    let mut spill = |index: usize, value: f32| bins[index & 511] += value;
    for y in ((cy - radius).max(1)..=(cy + radius).min(h - 2)).step_by(stride) {
        let row = (y * w) as usize;
        let width = w as usize;
        let dy_px = y as f32 - at[1];
        let line = |from: usize| &gauss.data[from + left - 1..from + right + 2];
        let (above, here, below) = (line(row - width), line(row), line(row + width));
        let places = here
            .windows(3)
            .zip(&above[1..])
            .zip(&below[1..])
            .zip(left..);
        for (((mid, top), bottom), x) in places.step_by(stride) {
            let dx_px = x as f32 - at[0];
            let u = dx_px * cos + dy_px * sin;
            let v = dy_px * cos - dx_px * sin;
            if u.abs() >= 2.5 || v.abs() >= 2.5 {
                continue;
            }
            let (bx, by) = (u + 2.5, v + 2.5);
            let (gx, gy) = (mid[2] - mid[0], bottom - top);
            let weight = (1.0 - (u * u + v * v) * (1.0 / 16.0)).max(0.0);
            let magnitude = (gx * gx + gy * gy).sqrt() * weight * weight;
            let turn = (fast_atan2(gy, gx) - angle_rad) * (8.0 / std::f32::consts::TAU) + 16.0;
            let (ix, iy, it) = (bx as i32, by as i32, turn as i32);
            let (fx, fy, ft) = (bx - ix as f32, by - iy as f32, turn - it as f32);
            let (t0, t1) = ((it & 7) as usize, (it.wrapping_add(1) & 7) as usize);
            let base = (iy.wrapping_mul(6).wrapping_add(ix) as usize) << 3;
            let (low, high) = (magnitude * (1.0 - fy), magnitude * fy);
            for (offset, m) in [
                (0usize, low * (1.0 - fx)),
                (8, low * fx),
                (48, high * (1.0 - fx)),
                (56, high * fx),
            ] {
                let cell = base.wrapping_add(offset);
                spill(cell | t0, m * (1.0 - ft));
                spill(cell | t1, m * ft);
            }
        }
    }
    let mut d = [0f32; DESCRIPTOR];
    for (k, value) in d.iter_mut().enumerate() {
        let (cell_y, cell_x, bin) = (k / 32 + 1, k / 8 % 4 + 1, k % 8);
        *value = bins[(cell_y * 6 + cell_x) * 8 + bin];
    }
    let norm = d.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
    d.iter_mut().for_each(|v| *v = (*v / norm).min(0.2));
    let sum = d.iter().sum::<f32>().max(1e-12);
    d.map(|v| ((v / sum).sqrt() * 512.0 + 0.5).min(255.0) as u8)
}
