//! The generated landscape: made here alone, so that all who say the same seed and place see the same world.

use std::sync::Arc;

use anyhow::Context;
use whimbrel_geo::{Amsl, Height, LatLon};
use whimbrel_sim::landscape::{Landscape, LandscapeConfig};

/// Height of the demo's ground above the sea.
pub const BASE_AMSL_M: f64 = 120.0;

/// A square landscape.
pub fn demo_landscape(
    seed: u64,
    centre: LatLon,
    side_m: f64,
    base_amsl_m: f64,
) -> anyhow::Result<Arc<Landscape>> {
    let base: Height<Amsl> = Height::from_m(base_amsl_m);
    let config = LandscapeConfig {
        base,
        width_m: side_m,
        height_m: side_m,
        ..LandscapeConfig::around(centre, seed)
    };
    Ok(Arc::new(
        Landscape::generate(&config).context("make the landscape")?,
    ))
}
