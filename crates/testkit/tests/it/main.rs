//! The whole house below the shells, in virtual time.

mod bytes;
mod flight;
mod loading;
mod restart;
mod survey;

use std::sync::{Arc, OnceLock};
use whimbrel_geo::LatLon;
use whimbrel_sim::landscape::{Landscape, LandscapeConfig};

/// One landscape for all tests: room for a wing's approach around a small survey.
pub fn landscape() -> Arc<Landscape> {
    static LANDSCAPE: OnceLock<Arc<Landscape>> = OnceLock::new();
    let make = || {
        let centre = LatLon::from_deg(47.1, 8.6).expect("a place");
        let config = LandscapeConfig {
            width_m: 1_100.0,
            height_m: 1_100.0,
            relief_m: 12.0,
            ..LandscapeConfig::around(centre, 7)
        };
        Arc::new(Landscape::generate(&config).expect("in range"))
    };
    LANDSCAPE.get_or_init(make).clone()
}
