//! How photos are to be exposed and lit.

use crate::measures::value;
use crate::request::PlanError;
use core::time::Duration;
use whimbrel_mission::Camera;

/// Exposure where none is asked for: a bright day at low sensitivity.
pub const USUAL_EXPOSURE_S: f64 = 1.0 / 1000.0;

/// Exposure, blur and light of the photos.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Photography {
    /// Exposure time; by default 1/1000 s, or the nearest that the camera has.
    pub exposure_s: Option<f64>,
    /// Farthest that the picture may move on the sensor during it, pixels.
    pub blur_px: f64,
    /// When the first aircraft takes off, since the Unix epoch; without it the
    /// sun is not looked at.
    pub begins: Option<Duration>,
    /// Lowest sun that is flown in.
    pub sun_min_rad: Option<f64>,
    /// Refuse light in which water mirrors the sun into the pictures.
    pub over_water: bool,
}

impl Default for Photography {
    fn default() -> Self {
        Self {
            exposure_s: None,
            blur_px: 1.0,
            begins: None,
            sun_min_rad: None,
            over_water: false,
        }
    }
}

/// `1/1250 s`, or seconds when it is long.
pub fn shown_exposure(exposure_s: f64) -> String {
    if exposure_s < 0.5 {
        format!("1/{:.0}", 1.0 / exposure_s)
    } else {
        format!("{exposure_s:.1}s")
    }
}

impl Photography {
    /// The exposure that a camera uses.
    ///
    /// # Errors
    /// When it is none, or the camera has not got it.
    pub fn exposure_of(&self, camera: &Camera) -> Result<f64, PlanError> {
        let fastest = camera.exposure_fastest_s.unwrap_or(1e-6);
        let slowest = camera.exposure_slowest_s.unwrap_or(60.0).max(fastest);
        let Some(asked) = self.exposure_s else {
            return Ok(USUAL_EXPOSURE_S.clamp(fastest, slowest));
        };
        if (fastest..=slowest).contains(&asked) {
            return Ok(asked);
        }
        value(
            "--exposure",
            format!("{asked} s"),
            format!(
                "{} has {} to {}",
                camera.name,
                shown_exposure(fastest),
                shown_exposure(slowest)
            ),
        )
    }

    /// The blur limit.
    ///
    /// # Errors
    /// When it is none.
    pub fn blur_limit_px(&self) -> Result<f64, PlanError> {
        if (0.05..=50.0).contains(&self.blur_px) {
            return Ok(self.blur_px);
        }
        value(
            "--blur",
            format!("{}", self.blur_px),
            "give 0.05 to 50 pixels".into(),
        )
    }
}
