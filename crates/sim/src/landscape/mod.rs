//! A made-up countryside: fields, ways, a river, woods and houses, from a seed.
//!
//! The landscape is a height field `z = surface(x, y)` in one east-north-up frame that touches the Earth at its
//! centre; the Earth's curvature is part of the heights, so nothing is approximated when a camera looks at it.
//! Outside its extent the edge goes on, with fresh texture.

mod lay;
mod noise;
mod objects;
mod paint;
mod parcels;
mod planting;
pub mod truth;

use lay::Lay;
use objects::Objects;
pub use objects::{House, MAX_HEIGHT_M, Top};
use paint::Painter;
pub use paint::{Brush, Colour};
use parcels::Parcels;
pub use parcels::{LandUse, Parcel};
use thiserror::Error;
use whimbrel_geo::{
    Amsl, Height, LatLon, LocalFrame, Position, Terrain, Vec3, Wgs84, amsl_from_ellipsoid,
    ellipsoid_from_amsl,
};

/// Longest side of a landscape, m: its grids take about 20 bytes for each square metre.
pub const MAX_SIDE_M: f64 = 6_000.0;

/// Where the sun stands: azimuth clockwise from north, degrees.
const SUN_AZIMUTH_DEG: f64 = 152.0;
/// Where the sun stands: degrees above the horizon.
const SUN_ELEVATION_DEG: f64 = 50.0;

/// What landscape to make.
#[derive(Clone, Debug, PartialEq)]
pub struct LandscapeConfig {
    /// Chance.
    pub seed: u64,
    /// The middle.
    pub centre: LatLon,
    /// Height of the middle, before the relief is added.
    pub base: Height<Amsl>,
    /// Extent from west to east, m. Add what photos see beyond the survey area: 100 m or more.
    pub width_m: f64,
    /// Extent from south to north, m.
    pub height_m: f64,
    /// Difference between hills and valleys, about, m.
    pub relief_m: f64,
}

impl LandscapeConfig {
    /// One square kilometre with hills of 25 m at 120 m above the sea.
    pub fn around(centre: LatLon, seed: u64) -> Self {
        LandscapeConfig {
            seed,
            centre,
            base: Height::from_m(120.0),
            width_m: 1_000.0,
            height_m: 1_000.0,
            relief_m: 25.0,
        }
    }
}

/// Why a landscape cannot be made.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum LandscapeError {
    /// The extent is out of range.
    #[error(
        "cannot make a landscape of {width_m} m by {height_m} m: each side must be from 50 m to {MAX_SIDE_M} m"
    )]
    Extent {
        /// From west to east, m.
        width_m: f64,
        /// From south to north, m.
        height_m: f64,
    },
    /// The relief is out of range.
    #[error("cannot make a landscape with a relief of {relief_m} m: it must be from 0 m to 300 m")]
    Relief {
        /// As asked for, m.
        relief_m: f64,
    },
}

/// A landscape.
pub struct Landscape {
    config: LandscapeConfig,
    frame: LocalFrame,
    lay: Lay,
    parcels: Parcels,
    objects: Objects,
    painter: Painter,
}

impl std::fmt::Debug for Landscape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Landscape")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Landscape {
    /// Makes the landscape of `config`. Same configuration, same landscape.
    ///
    /// # Errors
    /// When the extent or the relief is out of range.
    pub fn generate(config: &LandscapeConfig) -> Result<Landscape, LandscapeError> {
        let (width_m, height_m) = (config.width_m, config.height_m);
        let fits = |side: f64| (50.0..=MAX_SIDE_M).contains(&side);
        if !fits(width_m) || !fits(height_m) {
            return Err(LandscapeError::Extent { width_m, height_m });
        }
        if !(0.0..=300.0).contains(&config.relief_m) {
            return Err(LandscapeError::Relief {
                relief_m: config.relief_m,
            });
        }
        let seed = config.seed;
        let (azimuth, elevation) = (SUN_AZIMUTH_DEG.to_radians(), SUN_ELEVATION_DEG.to_radians());
        let sun = [
            elevation.cos() * azimuth.sin(),
            elevation.cos() * azimuth.cos(),
            elevation.sin(),
        ];
        let bounds = [
            -0.5 * width_m,
            -0.5 * height_m,
            0.5 * width_m,
            0.5 * height_m,
        ];
        let parcels = Parcels::divide(seed, width_m, height_m);
        let lay = Lay::sample(seed, &parcels, bounds, config.relief_m, sun);
        let objects = Objects::place(seed, &parcels, &lay, bounds, sun);
        let painter = Painter::new(seed, parcels.parcels(), sun);
        let frame = LocalFrame::new(ellipsoid_from_amsl(Position::new(
            config.centre,
            config.base,
        )));
        Ok(Landscape {
            config: config.clone(),
            frame,
            lay,
            parcels,
            objects,
            painter,
        })
    }

    /// What it was made from.
    pub fn config(&self) -> &LandscapeConfig {
        &self.config
    }

    /// The frame of (x, y, z): east, north, up from the centre at base height.
    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// The parcels.
    pub fn parcels(&self) -> &[Parcel] {
        self.parcels.parcels()
    }

    /// The houses.
    pub fn houses(&self) -> &[House] {
        self.objects.houses()
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.objects.trees()
    }

    /// Height of the bare ground in [`frame`](Self::frame), m.
    #[inline]
    pub fn ground_m(&self, x: f64, y: f64) -> f64 {
        self.lay.ground_m(x, y)
    }

    /// Height of the topmost surface in [`frame`](Self::frame), m, and what it is.
    #[inline]
    pub fn surface_m(&self, x: f64, y: f64) -> (f64, Top) {
        self.objects.top_m(&self.lay, x, y)
    }

    /// An upper bound of the height above the ground of things in the 8 m tile around a place, m.
    #[inline]
    pub(crate) fn things_below_m(&self, x: f64, y: f64) -> f64 {
        self.objects.max_m(x, y)
    }

    /// A bound as [`things_below_m`](Self::things_below_m) that holds from a place on for the length returned with it,
    /// for one who goes on at `speed`.
    #[inline]
    pub(crate) fn clear_run(&self, x: f64, y: f64, speed: [f64; 2]) -> (f64, f64) {
        self.objects.clear_run(x, y, speed)
    }

    /// Least and greatest height of the bare ground in [`frame`](Self::frame), m.
    pub fn ground_range_m(&self) -> (f64, f64) {
        self.lay.range_m()
    }

    /// A brush for samples `footprint_m` wide.
    pub fn brush(&self, footprint_m: f64) -> Brush {
        self.painter.brush(footprint_m)
    }

    /// Colour of the topmost surface as seen from above.
    pub fn colour(&self, brush: &Brush, x: f64, y: f64) -> Colour {
        self.colour_of(brush, x, y, self.surface_m(x, y).1)
    }

    /// Colour of `top` at a place where it is the topmost surface.
    pub(crate) fn colour_of(&self, brush: &Brush, x: f64, y: f64, top: Top) -> Colour {
        self.painter
            .top(&self.lay, &self.objects, self.parcels(), brush, [x, y], top)
    }

    /// Colour of the side of a thing, seen at height `z_m` below its top.
    pub(crate) fn colour_of_side(&self, brush: &Brush, at: [f64; 3], top: Top) -> Colour {
        match top {
            Top::Roof(index) => match self.houses().get(index) {
                Some(house) => self.painter.wall(house, at[0], at[1], at[2]),
                None => self.colour_of(brush, at[0], at[1], top),
            },
            Top::Crown(tone) => self.painter.crown_side(brush, at[0], at[1], at[2], tone),
            Top::Ground => self.colour_of(brush, at[0], at[1], top),
        }
    }

    /// The point of a height field straight above or below a place on the ellipsoid.
    fn at_latlon(&self, at: LatLon, height_m: impl Fn(f64, f64) -> f64) -> (Wgs84, [f64; 2]) {
        let mut place = Position::new(at, self.frame.origin().height);
        let mut xy = [0.0; 2];
        // The vertical leans by the distance over the Earth's radius: two rounds leave less than a micrometre.
        for _ in 0..3 {
            let v: Vec3<_> = self.frame.enu_from_wgs84(place);
            xy = [v.x(), v.y()];
            place = Position::new(at, place.height.raised_m(height_m(xy[0], xy[1]) - v.z()));
        }
        (place, xy)
    }

    /// The topmost surface at a place.
    pub fn surface_at(&self, at: LatLon) -> Wgs84 {
        self.at_latlon(at, |x, y| self.surface_m(x, y).0).0
    }

    /// The bare ground at a place.
    pub fn ground_at(&self, at: LatLon) -> Wgs84 {
        self.at_latlon(at, |x, y| self.ground_m(x, y)).0
    }
}

/// The bare ground; nothing is known outside the extent.
impl Terrain for Landscape {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        let (place, [x, y]) = self.at_latlon(at, |x, y| self.ground_m(x, y));
        self.lay
            .holds(x, y)
            .then(|| amsl_from_ellipsoid(place).height)
    }

    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        let (x, y) = (0.5 * self.config.width_m, 0.5 * self.config.height_m);
        Some((
            self.frame.latlon_from_xy([-x, -y]),
            self.frame.latlon_from_xy([x, y]),
        ))
    }
}
