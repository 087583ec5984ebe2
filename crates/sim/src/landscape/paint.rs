//! Colours of the landscape, down to about 5 cm.
//!
//! All colours are sRGB values from 0 to 255, mixed as they are: the scene is made up, not measured.

use super::lay::{Lay, Lie};
use super::noise::{Layer, Look, Table, cell_hash, fixed};
use super::objects::{House, Objects, Top};
use super::parcels::{LandUse, Parcel};
use crate::chance;

/// A colour: red, green, blue, each 0 to 255.
pub type Colour = [f32; 3];

/// How the ground of a land use looks.
struct Recipe {
    low: Colour,
    high: Colour,
    /// Colour of plants or furrows in rows, their spacing (0: none) and how closed the rows are.
    row: Colour,
    spacing_m: f32,
    cover: f32,
    tramlines: bool,
    /// Share of cells with a stone or tuft, its colour, cell size.
    spots: f32,
    spot: Colour,
    spot_cell_m: f32,
    /// Depth of the fine relief.
    grain: f32,
    /// Depth of the patches some metres wide.
    patches: f32,
}

const SOIL: Colour = [128.0, 106.0, 80.0];
const VERGE: Colour = [112.0, 120.0, 78.0];
/// Share of daylight left in shadow; the sky's light is blue.
const SKYLIGHT: Colour = [0.40, 0.44, 0.53];

fn recipe(land_use: LandUse) -> Recipe {
    let plain = Recipe {
        low: [90.0, 107.0, 64.0],
        high: [130.0, 136.0, 89.0],
        row: SOIL,
        spacing_m: 0.0,
        cover: 0.0,
        tramlines: false,
        spots: 0.30,
        spot: [76.0, 95.0, 53.0],
        spot_cell_m: 1.7,
        grain: 0.42,
        patches: 0.17,
    };
    match land_use {
        LandUse::Meadow => plain,
        LandUse::Pasture => Recipe {
            low: [97.0, 110.0, 68.0],
            high: [146.0, 144.0, 88.0],
            spots: 0.45,
            spot_cell_m: 2.3,
            patches: 0.22,
            ..plain
        },
        LandUse::Cereal => Recipe {
            low: [122.0, 112.0, 76.0],
            high: [112.0, 116.0, 79.0],
            row: [89.0, 111.0, 62.0],
            spacing_m: 0.36,
            cover: 0.66,
            tramlines: true,
            spots: 0.2,
            spot: [73.0, 93.0, 51.0],
            spot_cell_m: 1.1,
            grain: 0.38,
            ..plain
        },
        LandUse::Plough => Recipe {
            low: [112.0, 88.0, 66.0],
            high: [146.0, 120.0, 90.0],
            row: [98.0, 76.0, 57.0],
            spacing_m: 0.72,
            cover: 0.35,
            spots: 0.34,
            spot: [170.0, 154.0, 130.0],
            spot_cell_m: 0.8,
            grain: 0.42,
            patches: 0.14,
            ..plain
        },
        LandUse::Stubble => Recipe {
            low: [164.0, 140.0, 96.0],
            high: [192.0, 172.0, 122.0],
            row: [150.0, 124.0, 84.0],
            spacing_m: 0.42,
            cover: 0.40,
            tramlines: true,
            spots: 0.22,
            spot: [206.0, 192.0, 148.0],
            spot_cell_m: 1.3,
            grain: 0.36,
            ..plain
        },
        LandUse::RowCrop => Recipe {
            low: [126.0, 104.0, 78.0],
            high: [142.0, 120.0, 92.0],
            row: [81.0, 105.0, 58.0],
            spacing_m: 0.75,
            cover: 0.58,
            spots: 0.12,
            spot: [160.0, 146.0, 122.0],
            spot_cell_m: 0.9,
            grain: 0.34,
            ..plain
        },
        LandUse::Orchard => Recipe {
            low: [100.0, 115.0, 70.0],
            high: [128.0, 134.0, 89.0],
            ..plain
        },
        LandUse::Forest => Recipe {
            low: [70.0, 71.0, 48.0],
            high: [104.0, 94.0, 64.0],
            spots: 0.5,
            spot: [60.0, 74.0, 43.0],
            grain: 0.5,
            ..plain
        },
        LandUse::Village => Recipe {
            low: [102.0, 119.0, 72.0],
            high: [130.0, 138.0, 91.0],
            spots: 0.2,
            ..plain
        },
    }
}

/// How fine a look is taken: the width on the ground that one sample stands for, and the noise levels that suit it.
pub struct Brush {
    footprint_m: f32,
    looks: [Look; 4],
}

/// Everything needed to colour a place.
pub struct Painter {
    tables: [Table; 2],
    layers: [Layer; 4],
    recipes: Vec<Recipe>,
    sun: [f32; 3],
    salt: u32,
}

#[inline]
fn lerp(a: Colour, b: Colour, t: f32) -> Colour {
    [
        a[0] + (b[0] - a[0]) * t,
        a[1] + (b[1] - a[1]) * t,
        a[2] + (b[2] - a[2]) * t,
    ]
}

#[inline]
fn scaled(c: Colour, k: f32) -> Colour {
    [c[0] * k, c[1] * k, c[2] * k]
}

/// 0 below `low`, 1 above `high`, smooth in between.
#[inline]
fn ramp(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Whole cells and the fraction within, rounding down.
#[inline]
fn cell(v: f32) -> (i32, f32) {
    let k = fixed(v * 1024.0);
    (k >> 10, (k & 1023) as f32 * (1.0 / 1024.0))
}

impl Painter {
    /// Makes the noise tables for a sun direction (unit, east north up).
    pub fn new(seed: u64, parcels: &[Parcel], sun: [f64; 3]) -> Painter {
        const FINE_ANGLE: f32 = 0.35;
        let (s, c) = FINE_ANGLE.sin_cos();
        let sun = sun.map(|v| v as f32);
        let level = sun[0].hypot(sun[1]);
        let light = [
            (c * sun[0] + s * sun[1]) / level,
            (c * sun[1] - s * sun[0]) / level,
        ];
        let at = |k: u64| chance::uniform(seed, 151, k) as f32 * 500.0;
        Painter {
            tables: [
                Table::relief(chance::bits(seed, 152, 0), 24, 5, 0.72, light),
                Table::mottle(chance::bits(seed, 152, 1), 8, 7, 0.66),
            ],
            layers: [
                Layer::new(0, 0.053, FINE_ANGLE, [at(0), at(1)]),
                Layer::new(0, 0.137, FINE_ANGLE, [at(2), at(3)]),
                Layer::new(1, 0.171, 1.13, [at(4), at(5)]),
                Layer::new(1, 1.37, 2.31, [at(6), at(7)]),
            ],
            recipes: parcels.iter().map(|p| recipe(p.land_use)).collect(),
            sun,
            salt: chance::bits(seed, 153, 0) as u32,
        }
    }

    /// A brush for samples `footprint_m` wide.
    pub fn brush(&self, footprint_m: f64) -> Brush {
        let footprint_m = footprint_m.max(0.01) as f32;
        Brush {
            footprint_m,
            looks: std::array::from_fn(|k| self.layers[k].look(footprint_m)),
        }
    }

    #[inline]
    fn noise(&self, k: usize, brush: &Brush, x: f32, y: f32) -> f32 {
        brush.looks[k].at(&self.tables, x, y)
    }

    /// The colour of the topmost surface, lit by the sun.
    pub fn top(
        &self,
        lay: &Lay,
        objects: &Objects,
        parcels: &[Parcel],
        brush: &Brush,
        [x, y]: [f64; 2],
        top: Top,
    ) -> Colour {
        let sunlight = objects.sunlight(x, y);
        let bare = match top {
            Top::Ground => self.ground(&lay.lie(x, y), parcels, brush, x as f32, y as f32),
            Top::Crown(tone) => self.crown(objects, brush, x, y, tone),
            Top::Roof(index) => objects
                .houses()
                .get(index)
                .map_or(SOIL, |h| self.roof(h, brush, x, y)),
        };
        let k = |c: usize| SKYLIGHT[c] + (1.0 - SKYLIGHT[c]) * sunlight;
        [bare[0] * k(0), bare[1] * k(1), bare[2] * k(2)]
    }

    fn ground(&self, lie: &Lie, parcels: &[Parcel], brush: &Brush, x: f32, y: f32) -> Colour {
        let (Some(parcel), Some(recipe)) = (parcels.get(lie.parcel), self.recipes.get(lie.parcel))
        else {
            return SOIL;
        };
        let fine = self.noise(0, brush, x, y);
        let rough = self.noise(1, brush, x, y);
        let patch = self.noise(2, brush, x, y);
        let wide = self.noise(3, brush, x, y);
        let grain = 0.75 * fine + 0.5 * rough;
        let edge = lie.edge_m + 0.45 * patch + 0.2 * rough;
        let mut light =
            1.0 + recipe.grain * grain + recipe.patches * patch + 0.07 * wide + lie.shade;
        let verge = lerp(VERGE, [93.0, 106.0, 64.0], 0.5 + 0.9 * patch);
        let mut colour = if edge < 0.7 {
            verge
        } else {
            let grown = self.parcel_ground(parcel, recipe, brush, [x, y], [grain, patch, wide]);
            lerp(verge, grown, ramp(0.7, 1.05, edge))
        };
        if lie.track_m < 2.4 {
            let d = lie.track_m + 0.22 * patch + 0.05 * rough;
            let rut = 1.0 - ramp(0.26, 0.42, (d - 0.85).abs());
            let worn = (1.0 - ramp(1.25, 1.7, d)) * (0.45 + 0.5 * patch);
            colour = lerp(
                colour,
                [158.0, 140.0, 112.0],
                (rut * 0.9).max(worn).clamp(0.0, 1.0),
            );
        }
        if lie.road_m < 4.2 {
            let d = lie.road_m + 0.05 * rough;
            colour = lerp(
                colour,
                [150.0, 144.0, 130.0],
                (1.0 - ramp(2.7, 3.2, d + 0.3 * patch)) * 0.8,
            );
            let paved = 1.0 - ramp(2.45, 2.6, d);
            let asphalt = scaled(
                [128.0, 128.0, 129.0],
                1.0 + 0.14 * patch + 0.06 * wide + 0.05 * (1.0 - ramp(0.2, 0.5, (d - 1.2).abs())),
            );
            colour = lerp(colour, asphalt, paved);
            light = light + (1.0 + 0.10 * grain + lie.shade - light) * paved;
            let half = 0.06_f32.max(0.5 * brush.footprint_m);
            let paint = (0.06 / half)
                * (1.0 - ramp(half, half + 0.05, (d - 2.25).abs()))
                * (0.7 + 0.5 * patch).clamp(0.0, 1.0);
            colour = lerp(colour, [226.0, 226.0, 220.0], paint);
        }
        if lie.river_m < 3.0 {
            let d = lie.river_m + 0.6 * patch + 0.15 * rough;
            colour = lerp(
                colour,
                [103.0, 105.0, 70.0],
                (1.0 - ramp(0.8, 2.6, d)) * 0.7,
            );
            colour = lerp(colour, [128.0, 112.0, 86.0], 1.0 - ramp(0.1, 0.5, d));
            let wet = 1.0 - ramp(-0.25, 0.05, d);
            let deep = ramp(-2.5, 0.0, d);
            let water = lerp([62.0, 78.0, 70.0], [96.0, 97.0, 80.0], deep);
            colour = lerp(colour, scaled(water, 1.0 + 0.10 * rough + 0.12 * wide), wet);
            light += (1.0 - light) * wet * 0.8;
        }
        scaled(colour, light.clamp(0.3, 1.9))
    }

    fn parcel_ground(
        &self,
        parcel: &Parcel,
        recipe: &Recipe,
        brush: &Brush,
        at: [f32; 2],
        noise: [f32; 3],
    ) -> Colour {
        let ([x, y], [grain, patch, wide]) = (at, noise);
        let (c, s) = (parcel.row[0], parcel.row[1]);
        let (along, across) = (c * x + s * y, c * y - s * x);
        let dry = 0.5 + 0.75 * wide + 0.45 * patch + 0.7 * (parcel.tone - 0.5);
        let mut colour = lerp(recipe.low, recipe.high, dry.clamp(-0.2, 1.2));
        if recipe.spacing_m > 0.0 {
            let (_, f) = cell((across + 0.05 * patch + 0.5 * wide) / recipe.spacing_m);
            let wave = 4.0 * f * (1.0 - f) - 0.667;
            let sharp = (1.7 - 2.4 * brush.footprint_m / recipe.spacing_m).clamp(0.0, 1.0);
            let cover =
                recipe.cover + 0.62 * wave * sharp + 0.55 * patch + 0.35 * wide + 0.45 * grain;
            colour = lerp(colour, recipe.row, cover.clamp(0.0, 1.0));
        } else {
            // Mowing swaths.
            let (n, f) = cell((across + 0.2 * patch) / 2.9);
            let swath =
                if n & 1 == 0 { 1.0 } else { -1.0 } * (1.0 - ramp(0.44, 0.5, (f - 0.5).abs()));
            colour = scaled(colour, 1.0 + 0.035 * swath);
        }
        if recipe.tramlines {
            let (_, f) = cell((across + 0.25 * wide) / 18.0);
            let d = (((f - 0.5) * 18.0).abs() - 0.9).abs() + 0.12 * grain;
            colour = lerp(
                colour,
                scaled(SOIL, 0.95),
                0.7 * (1.0 - ramp(0.14, 0.32, d)),
            );
        }
        if parcel.land_use == LandUse::Village {
            colour = self.garden(colour, along, across, patch);
        }
        self.spots(colour, recipe, brush, x, y, patch)
    }

    /// Beds, paving and gravel between the houses.
    fn garden(&self, lawn: Colour, along: f32, across: f32, patch: f32) -> Colour {
        let ((i, f), (j, g)) = (
            cell(along / 6.1 + 0.01 * patch),
            cell(across / 4.7 + 0.01 * patch),
        );
        let h = cell_hash(i, j, self.salt ^ 0x51);
        let (low, high) = (
            0.06 + (h >> 20 & 7) as f32 * 0.02,
            0.94 - (h >> 24 & 7) as f32 * 0.03,
        );
        let inside = ramp(low, low + 0.012, f)
            * (1.0 - ramp(high, high + 0.012, f))
            * ramp(0.08, 0.09, g)
            * (1.0 - ramp(0.9, 0.91, g));
        let kind = match h & 15 {
            0 | 1 => [118.0, 96.0, 72.0],
            2 => [168.0, 160.0, 148.0],
            3 => [150.0, 134.0, 118.0],
            4 => [95.0, 115.0, 66.0],
            5 => [139.0, 144.0, 97.0],
            _ => return lawn,
        };
        lerp(lawn, kind, inside)
    }

    /// Stones or tufts: one in some cells, lit from the sun's side.
    fn spots(
        &self,
        ground: Colour,
        recipe: &Recipe,
        brush: &Brush,
        x: f32,
        y: f32,
        patch: f32,
    ) -> Colour {
        let size = recipe.spot_cell_m;
        // Bent by the patches so that the cells do not line up.
        let ((i, f), (j, g)) = (
            cell((x + 0.4 * patch) / size),
            cell((y - 0.4 * patch) / size),
        );
        let h = cell_hash(i, j, self.salt);
        if (h & 255) as f32 >= recipe.spots * 256.0 {
            return ground;
        }
        let share = |shift: u32| (h >> shift & 15) as f32 * (1.0 / 15.0);
        let radius = size * (0.07 + 0.16 * share(8) * share(8)) + 0.02;
        let reach = 0.5 - 0.2;
        let (dx, dy) = (
            (f - 0.5 + reach * (share(12) - 0.5)) * size,
            (g - 0.5 + reach * (share(16) - 0.5)) * size,
        );
        let d = (dx * dx * (0.8 + 0.5 * share(20)) + dy * dy).sqrt() + 0.25 * radius * patch;
        let soft = radius * 0.35 + 0.5 * brush.footprint_m;
        let body = 1.0 - ramp(radius - soft, radius + soft, d);
        let side = (dx * self.sun[0] + dy * self.sun[1]) / radius;
        let lit = scaled(
            recipe.spot,
            0.82 + 0.36 * share(24) + 0.22 * side.clamp(-1.0, 1.0),
        );
        lerp(ground, lit, body * 0.85)
    }

    fn crown(&self, objects: &Objects, brush: &Brush, x: f64, y: f64, tone: f32) -> Colour {
        let ([gx, gy], z) = objects.crown_slope(x, y);
        let cosine =
            (self.sun[2] - gx * self.sun[0] - gy * self.sun[1]) / (1.0 + gx * gx + gy * gy).sqrt();
        // Looked up aslant through the height, so that leaves do not smear down the steep sides.
        let (x, y) = (x as f32 + 0.5 * z, y as f32 - 0.4 * z);
        let leaves = 0.75 * self.noise(0, brush, x, y) + 0.55 * self.noise(1, brush, x, y);
        let patch = self.noise(2, brush, x, y);
        let green = lerp(
            [67.0, 78.0, 52.0],
            [116.0, 120.0, 80.0],
            tone + 0.35 * patch,
        );
        scaled(
            green,
            (0.45 + 0.66 * cosine.max(0.0)) * (1.0 + 0.62 * leaves + 0.22 * patch),
        )
    }

    fn roof(&self, house: &House, brush: &Brush, x: f64, y: f64) -> Colour {
        let (u, v) = house.local(x, y);
        let (x, y) = (x as f32, y as f32);
        let grain = 0.6 * self.noise(0, brush, x, y) + 0.4 * self.noise(1, brush, x, y);
        let patch = self.noise(2, brush, x, y);
        let flat = house.rise_m == 0.0;
        let slope = if flat {
            0.0
        } else {
            house.rise_m / house.half[1]
        } as f32;
        let side = if v < 0.0 { 1.0 } else { -1.0 };
        // The roof falls away from the ridge on both sides.
        let (gx, gy) = (
            -house.ridge[1] as f32 * slope * side,
            house.ridge[0] as f32 * slope * side,
        );
        let cosine =
            (self.sun[2] - gx * self.sun[0] - gy * self.sun[1]) / (1.0 + slope * slope).sqrt();
        let light = 0.45 + 0.55 * (cosine / self.sun[2]).max(0.0);
        let (u, v) = (u as f32, v as f32);
        let fade = (1.5 - 2.5 * brush.footprint_m / 0.36).clamp(0.0, 1.0);
        let ((i, _), (j, g)) = (cell(u / 0.3), cell(v / 0.36));
        let tile = (cell_hash(i, j, house.salt) & 63) as f32 * (1.0 / 63.0) - 0.5;
        let colour = if flat {
            [162.0, 160.0, 154.0]
        } else {
            match house.salt & 7 {
                0..=3 => [164.0, 96.0, 72.0],
                4 | 5 => [104.0, 102.0, 104.0],
                _ => [134.0, 102.0, 82.0],
            }
        };
        let texture = if flat {
            0.10 * grain
        } else {
            0.12 * grain + fade * (0.12 * (g - 0.5) + 0.16 * tile)
        };
        let mut colour = scaled(colour, light * (1.0 + texture + 0.12 * patch));
        let panels =
            !flat && house.salt & 0x30 == 0x10 && (gx * self.sun[0] + gy * self.sun[1]) < 0.0;
        let (pu, pv) = (u / house.half[0] as f32, v.abs() / house.half[1] as f32);
        if panels && pu > -0.75 && pu < 0.1 && pv > 0.15 && pv < 0.8 {
            let ((_, f), (_, g)) = (cell(u / 1.0), cell(v / 1.3));
            let frame = if f < 0.05 || g < 0.05 { 1.6 } else { 1.0 };
            colour = scaled([42.0, 52.0, 78.0], frame * (1.0 + 0.1 * patch));
        }
        colour
    }

    /// The colour of a house's wall at a height above the tangent plane, seen from outside.
    pub fn wall(&self, house: &House, x: f64, y: f64, z_m: f64) -> Colour {
        let (u, v) = house.local(x, y);
        let gable = house.half[0] - u.abs() < house.half[1] - v.abs();
        let (nu, nv) = if gable {
            (u.signum(), 0.0)
        } else {
            (0.0, v.signum())
        };
        let (nx, ny) = (
            house.ridge[0] * nu - house.ridge[1] * nv,
            house.ridge[1] * nu + house.ridge[0] * nv,
        );
        let cosine = (nx as f32 * self.sun[0] + ny as f32 * self.sun[1]).max(0.0);
        let plaster = match house.salt >> 8 & 3 {
            0 => [206.0, 198.0, 180.0],
            1 => [190.0, 172.0, 146.0],
            _ => [214.0, 210.0, 202.0],
        };
        let (_, f) = cell((if gable { v } else { u } / 2.6) as f32);
        let height = z_m - house.floor_m;
        let window = f > 0.3 && f < 0.7 && height > 0.9 && height < 2.1;
        scaled(
            if window { [60.0, 66.0, 74.0] } else { plaster },
            0.5 + 0.55 * cosine,
        )
    }

    /// The side of a crown, in its own shade.
    pub fn crown_side(&self, brush: &Brush, x: f64, y: f64, z_m: f64, tone: f32) -> Colour {
        let (x, y) = (x as f32 + 0.5 * z_m as f32, y as f32 - 0.4 * z_m as f32);
        let leaves = 0.7 * self.noise(0, brush, x, y) + 0.5 * self.noise(1, brush, x, y);
        scaled(
            lerp([43.0, 52.0, 35.0], [68.0, 74.0, 49.0], tone),
            1.0 + 0.55 * leaves,
        )
    }
}
