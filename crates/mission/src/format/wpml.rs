//! DJI's route files (WPML 1.0.2: developer.dji.com, Cloud API, "DJI WPML"): a
//! KMZ with `wpmz/template.kml`, which DJI's programs show and edit, and
//! `wpmz/waylines.wpml`, which the aircraft flies.
//!
//! Only mapping flights are written: waypoints, speeds, photos, return.

mod aircraft;
mod document;
mod route;

use super::{FormatError, archive};
use crate::Mission;

pub use aircraft::Aircraft;
pub use route::{MAX_WAYPOINTS, Photos};

const FORMAT: &str = "DJI WPML";

/// How a route is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which aircraft with its camera.
    pub aircraft: Aircraft,
    /// How photos are taken.
    pub photos: Photos,
}

/// Writes a multirotor's mission as a route. Heights above sea level become
/// heights above the ellipsoid, heights above home stay what they are.
///
/// # Errors
/// What of the mission a route cannot say, and what to do.
pub fn write(mission: &Mission, options: Options) -> Result<Vec<u8>, FormatError> {
    let route = route::Route::of(mission, options.photos)
        .map_err(|reason| FormatError::syntax(FORMAT, "", reason))?;
    let template = document::template(&route, options);
    let waylines = document::waylines(&route, options);
    archive::pack(&[
        ("wpmz/template.kml", template.as_bytes()),
        ("wpmz/waylines.wpml", waylines.as_bytes()),
    ])
}
