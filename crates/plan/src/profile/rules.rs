//! What heights must keep to.

use crate::tube::Slopes;

/// How far from the wanted height photos may be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Band {
    /// Never below the height over the highest ground of the footprint; up to so much above the
    /// lowest line that can be flown.
    Above(f64),
    /// Up to so much above and below the height over the ground straight below, wherever the floor
    /// allows it.
    Around(f64),
}

/// What heights must keep to.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Wanted above ground.
    pub height_m: f64,
    /// Least height over the highest ground of a photo's footprint.
    pub floor_m: f64,
    /// Least height over the highest ground beside ways without photos.
    pub way_floor_m: f64,
    /// Least height over what stands on the ground within [`Rules::half_way_m`].
    pub clearance_m: f64,
    /// How exactly the height is kept.
    pub band: Band,
    /// How far above their lowest line ways without photos may be.
    pub way_band_m: f64,
    /// Half of a photo's width on the ground.
    pub half_across_m: f64,
    /// Half of its length.
    pub half_along_m: f64,
    /// Ground looked at beside ways without photos, and tops beside all.
    pub half_way_m: f64,
    /// How far before a waypoint the aircraft may begin to fly to the next.
    pub early_m: f64,
    /// Steepest climb and descent.
    pub slopes: Slopes,
}

impl Rules {
    /// Room above the lowest line where the floor, and not the band, says how high that is.
    pub fn room_m(&self) -> f64 {
        match self.band {
            Band::Above(m) => m,
            Band::Around(m) => m.min((0.08 * self.height_m).max(2.0)),
        }
    }
}
