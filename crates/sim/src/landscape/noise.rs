//! Seamless noise tables, looked up at several scales and rotations whose sum shows no repetition.

use crate::chance;

/// Texels along each side of a table.
pub const SIDE: usize = 512;
const MASK: usize = SIDE - 1;
/// Levels of each table, every one half as fine as the one before.
pub const LEVELS: usize = 5;

/// One periodic image of noise with zero mean and values within ±1, with coarser levels for prefiltering.
pub struct Table {
    levels: Vec<Box<[i8]>>,
}

impl Table {
    /// Clouds: `octaves` lattice octaves from `coarsest` cells per side up, each `gain` times the one before.
    pub fn mottle(seed: u64, coarsest: usize, octaves: u32, gain: f32) -> Table {
        Table::from_heights(&octave_sum(seed, coarsest, octaves, gain), 2.6)
    }

    /// Rough ground lit from the direction `light` (in the table's own axes): its slope towards the light.
    pub fn relief(seed: u64, coarsest: usize, octaves: u32, gain: f32, light: [f32; 2]) -> Table {
        let h = octave_sum(seed, coarsest, octaves, gain);
        let at = |x: usize, y: usize| h[(y & MASK) * SIDE + (x & MASK)];
        let mut lit = vec![0.0; SIDE * SIDE];
        for y in 0..SIDE {
            for x in 0..SIDE {
                let dx = at(x + 1, y) - at(x + MASK, y);
                let dy = at(x, y + 1) - at(x, y + MASK);
                // Hollows are darker than crests: a little of the height itself.
                lit[y * SIDE + x] = -(dx * light[0] + dy * light[1]) + 0.25 * at(x, y);
            }
        }
        Table::from_heights(&lit, 2.8)
    }

    /// Scales to zero mean and to `sigmas` standard deviations at full range, and builds the levels.
    fn from_heights(h: &[f32], sigmas: f32) -> Table {
        let n = h.len() as f64;
        let mean = h.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let variance = h
            .iter()
            .map(|v| (f64::from(*v) - mean).powi(2))
            .sum::<f64>()
            / n;
        let scale = 1.0 / (f64::from(sigmas) * variance.sqrt().max(1e-9));
        let mut fine: Vec<f32> = h
            .iter()
            .map(|v| ((f64::from(*v) - mean) * scale) as f32)
            .collect();
        let mut levels = Vec::with_capacity(LEVELS);
        let mut side = SIDE;
        loop {
            levels.push(
                fine.iter()
                    .map(|v| (v.clamp(-1.0, 1.0) * 127.0) as i8)
                    .collect(),
            );
            if levels.len() == LEVELS {
                return Table { levels };
            }
            let half = side / 2;
            let mut coarse = vec![0.0; half * half];
            for y in 0..half {
                for x in 0..half {
                    let i = 2 * y * side + 2 * x;
                    coarse[y * half + x] =
                        0.25 * (fine[i] + fine[i + 1] + fine[i + side] + fine[i + side + 1]);
                }
            }
            fine = coarse;
            side = half;
        }
    }

    /// Bilinear value at (`u`, `v`), in texels of `level`.
    #[inline]
    pub fn at(&self, level: usize, u: f32, v: f32) -> f32 {
        let level = level.min(LEVELS - 1);
        let side = SIDE >> level;
        let table = &self.levels[level][..side * side];
        let mask = side - 1;
        // 8 fractional bits; the arithmetic shift rounds down, so that negative coordinates wrap too.
        let (a, b) = (fixed(u * 256.0), fixed(v * 256.0));
        let (i, j) = ((a >> 8) as usize & mask, (b >> 8) as usize & mask);
        let (k, l) = (i.wrapping_add(1) & mask, j.wrapping_add(1) & mask);
        let shift = SIDE.trailing_zeros() - level as u32;
        let (low, high) = (j << shift, l << shift);
        let (fx, fy) = (
            (a & 255) as f32 * (1.0 / 256.0),
            (b & 255) as f32 * (1.0 / 256.0),
        );
        let (p, q) = (f32::from(table[low | i]), f32::from(table[low | k]));
        let (r, s) = (f32::from(table[high | i]), f32::from(table[high | k]));
        let (top, bottom) = (p + (q - p) * fx, r + (s - r) * fx);
        (top + (bottom - top) * fy) * (1.0 / 127.0)
    }
}

/// The nearest integer of a number below 2^31 in size, by the layout of IEEE 754 doubles: 1.5 × 2^52 added moves the
/// integer into the low bits. Faster than a saturating cast.
#[inline]
pub fn fixed(v: f32) -> i32 {
    (f64::from(v) + 6_755_399_441_055_744.0).to_bits() as i32
}

/// A table seen at one scale and rotation.
pub struct Layer {
    table: usize,
    per_m: f32,
    cos: f32,
    sin: f32,
    offset: [f32; 2],
}

impl Layer {
    /// A look at table number `table` with texels of `texel_m`, turned by `angle_rad`.
    pub fn new(table: usize, texel_m: f32, angle_rad: f32, offset: [f32; 2]) -> Layer {
        Layer {
            table,
            per_m: 1.0 / texel_m,
            cos: angle_rad.cos(),
            sin: angle_rad.sin(),
            offset,
        }
    }

    /// The level whose texels suit a footprint.
    fn level(&self, footprint_m: f32) -> usize {
        let ratio = footprint_m * self.per_m;
        let mut level = 0;
        while level + 1 < LEVELS && ratio > 1.4 * (1 << level) as f32 {
            level += 1;
        }
        level
    }

    /// This layer as a look for one footprint.
    pub fn look(&self, footprint_m: f32) -> Look {
        let level = self.level(footprint_m);
        let scale = self.per_m / (1_u32 << level) as f32;
        let (cos, sin) = (self.cos * scale, self.sin * scale);
        Look {
            table: self.table,
            level,
            cos,
            sin,
            offset: self.offset.map(|o| o * scale),
        }
    }
}

/// A layer at the level that suits a footprint.
pub struct Look {
    table: usize,
    level: usize,
    cos: f32,
    sin: f32,
    offset: [f32; 2],
}

impl Look {
    /// Value at a place.
    #[inline]
    pub fn at(&self, tables: &[Table], x: f32, y: f32) -> f32 {
        let u = self.cos * x + self.sin * y + self.offset[0];
        let v = self.cos * y - self.sin * x + self.offset[1];
        tables[self.table].at(self.level, u, v)
    }
}

/// Sum of periodic lattice noise (one hashed value at each lattice point, quintic interpolation) over octaves.
fn octave_sum(seed: u64, coarsest: usize, octaves: u32, gain: f32) -> Vec<f32> {
    let mut sum = vec![0.0; SIDE * SIDE];
    let (mut cells, mut weight) = (coarsest, 1.0);
    for octave in 0..octaves {
        let cells_now = cells.min(SIDE);
        let lattice: Vec<f32> = (0..cells_now * cells_now)
            .map(|i| chance::uniform(seed, u64::from(octave), i as u64) as f32 * 2.0 - 1.0)
            .collect();
        let step = cells_now as f32 / SIDE as f32;
        // Each octave is shifted by its own fraction of a cell so that lattice lines do not coincide.
        let shift = chance::uniform(seed, 77, u64::from(octave)) as f32;
        let place = |t: usize| {
            let s = t as f32 * step + shift;
            let f = s - s.floor();
            let smooth = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
            let i = s as usize % cells_now;
            (i, (i + 1) % cells_now, smooth)
        };
        let columns: Vec<_> = (0..SIDE).map(place).collect();
        for y in 0..SIDE {
            let (j, l, fy) = columns[y];
            for x in 0..SIDE {
                let (i, k, fx) = columns[x];
                let (p, q) = (lattice[j * cells_now + i], lattice[j * cells_now + k]);
                let (r, s) = (lattice[l * cells_now + i], lattice[l * cells_now + k]);
                let (top, bottom) = (p + (q - p) * fx, r + (s - r) * fx);
                sum[y * SIDE + x] += weight * (top + (bottom - top) * fy);
            }
        }
        cells *= 2;
        weight *= gain;
    }
    sum
}

/// Small, fast hash of a cell for placing stones and tufts.
#[inline]
pub fn cell_hash(i: i32, j: i32, salt: u32) -> u32 {
    let mut h = (i as u32).wrapping_mul(0x9E37_79B1) ^ (j as u32).wrapping_mul(0x85EB_CA77) ^ salt;
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}
