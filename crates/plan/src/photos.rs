//! What the photos of a plan will be like, for the report.

use crate::measures::Measures;
use crate::predict::{Prediction, quick};
use crate::profile::Ground;
use crate::request::{PlanError, Request, Sortie};
use serde::{Deserialize, Serialize};
use whimbrel_geo::{LocalFrame, Polygon};
use whimbrel_mission::Vehicle;

/// Cells of the quick prediction across a swath.
const CELLS_PER_SWATH: f64 = 20.0;

/// What the photos will be and show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoReport {
    /// The camera's name.
    pub camera: String,
    /// Width of a picture on level ground, across the track.
    pub across_m: f64,
    /// Its length along the track.
    pub along_m: f64,
    /// Shortest time from photo to photo, at the fastest cruise over ground.
    pub interval_s: f64,
    /// Exposure.
    pub exposure_s: f64,
    /// How far the picture moves on the sensor during it, at that speed.
    pub blur_px: f64,
    /// How far a rolling shutter shifts the last row against the first; null
    /// when its readout time is not known, or it has another shutter.
    pub rolling_shutter_px: Option<f64>,
    /// What they will show.
    #[serde(flatten)]
    pub prediction: Prediction,
}

/// The flights and what they fly over.
pub(crate) struct Survey<'a> {
    pub sorties: &'a [Sortie],
    pub vehicles: &'a [Vehicle],
    pub frame: &'a LocalFrame,
    pub areas: &'a [Polygon],
    pub ground: &'a Ground<'a>,
}

impl PhotoReport {
    /// Of a plan with a camera.
    pub(crate) fn of(
        request: &Request,
        m: &Measures,
        survey: &Survey<'_>,
    ) -> Result<Option<Self>, PlanError> {
        let (Some(camera), Some(gsd_m), Some((across_m, along_m)), Some(spacing_m)) = (
            request.camera.as_ref(),
            m.gsd_m,
            m.footprint_m,
            m.photo_spacing_m,
        ) else {
            return Ok(None);
        };
        let exposure_s = request.photography.exposure_of(camera)?;
        let speed = |v: &Vehicle| {
            let wind = if v.kind.cruises_on_wing() {
                request.wind.speed_m_s
            } else {
                0.0
            };
            v.performance.cruise_m_s + wind
        };
        let fastest = survey.vehicles.iter().map(speed).fold(0.0, f64::max);
        let prediction = quick(
            survey.sorties,
            camera,
            survey.frame,
            survey.areas,
            0.6 * across_m.hypot(along_m),
            m.swath_m / CELLS_PER_SWATH,
            |p| survey.ground.height(p),
        );
        Ok(Some(Self {
            camera: camera.name.clone(),
            across_m,
            along_m,
            interval_s: spacing_m / fastest.max(1e-3),
            exposure_s,
            blur_px: fastest * exposure_s / gsd_m,
            rolling_shutter_px: camera.readout_s.map(|s| fastest * s / gsd_m),
            prediction,
        }))
    }
}
