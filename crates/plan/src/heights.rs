//! How high over the ground is asked for, and the rules that follow from it.

use crate::measures::{Measures, value};
use crate::profile::{Band, Rules};
use crate::request::{PlanError, Request};
use crate::route::Leads;
use crate::tube::Slopes;
use whimbrel_mission::Vehicle;

/// Photo lines may be this share of the height above their floor.
const TOLERANCE: f64 = 0.08;
/// Least height over what stands on the ground, unless the survey itself is lower.
const CLEARANCE_M: f64 = 20.0;
/// Ways without photos may be so much above their lowest line.
const WAY_BAND_M: f64 = 30.0;
/// Ground looked at beside ways, and tops beside all.
const HALF_WAY_M: f64 = 30.0;
/// Share of a vehicle's climb and descent that is planned with.
const SLOPE_SHARE: f64 = 0.8;
/// Lowest floor that can be asked for.
const MIN_FLOOR_M: f64 = 5.0;

/// How exactly the height over ground is kept.
///
/// Without anything given the height counts from the highest ground under each photo: nowhere is a
/// photo finer or an overlap smaller than asked for. With a floor or a tolerance it counts from the
/// ground straight below, and overlaps are held where the ground is nearest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heights {
    /// Least height over the highest ground under a photo.
    pub floor_m: Option<f64>,
    /// How much higher or lower than asked for over the ground straight below.
    pub tolerance_m: Option<f64>,
    /// Least height over surfaces and obstacles.
    pub clearance_m: Option<f64>,
}

impl Heights {
    /// The least height over any ground in a photo, by which overlaps are reckoned.
    ///
    /// # Errors
    /// Values out of range.
    pub(crate) fn lowest_m(&self, height_m: f64) -> Result<f64, PlanError> {
        let fault = |name, m: f64, advice| value(name, format!("{m:.1} m"), advice);
        if let Some(m) = self.tolerance_m
            && !(1.0..=0.8 * height_m).contains(&m)
        {
            return fault(
                "--terrain-tolerance",
                m,
                format!("give 1 m to {:.0} m at this height", 0.8 * height_m),
            );
        }
        if let Some(m) = self.clearance_m
            && !(0.0..=1_000.0).contains(&m)
        {
            return fault("--clearance", m, "give 0 m to 1000 m".into());
        }
        let lowest = self
            .floor_m
            .unwrap_or(height_m - self.tolerance_m.unwrap_or(0.0));
        if !(MIN_FLOOR_M..=height_m).contains(&lowest) {
            return fault(
                "--floor",
                lowest,
                format!("give {MIN_FLOOR_M} m to the survey height of {height_m:.0} m"),
            );
        }
        Ok(lowest)
    }

    fn band(&self, height_m: f64, lowest_m: f64) -> Band {
        match (self.tolerance_m, self.floor_m) {
            (Some(m), _) => Band::Around(m),
            (None, Some(_)) if lowest_m < height_m - 1.0 => Band::Around(height_m - lowest_m),
            _ => Band::Above((TOLERANCE * height_m).max(2.0)),
        }
    }
}

impl Rules {
    /// What the heights of a vehicle must keep to.
    pub(crate) fn of(request: &Request, m: &Measures, vehicle: &Vehicle) -> Self {
        let p = &vehicle.performance;
        let (wide, long) = m.footprint_m.unwrap_or((m.swath_m, 0.0));
        let slope = |rate: f64| SLOPE_SHARE * rate / (p.cruise_m_s + request.wind.speed_m_s);
        let clearance_m = request.heights.clearance_m;
        Self {
            height_m: m.height_m,
            floor_m: m.lowest_m,
            way_floor_m: m.lowest_m,
            clearance_m: clearance_m.unwrap_or(m.lowest_m.min(CLEARANCE_M)),
            band: request.heights.band(m.height_m, m.lowest_m),
            way_band_m: WAY_BAND_M,
            half_across_m: 0.5 * wide,
            half_along_m: 0.5 * long.max(2.0),
            half_way_m: HALF_WAY_M,
            early_m: Leads::of(vehicle).early_m,
            slopes: Slopes {
                climb: slope(p.climb_m_s),
                descent: slope(p.descent_m_s),
            },
        }
    }

    /// The same with floors and clearances that are higher.
    pub(crate) fn raised(self, by_m: f64) -> Self {
        Self {
            floor_m: self.floor_m + by_m,
            way_floor_m: self.way_floor_m + by_m,
            clearance_m: self.clearance_m + by_m,
            ..self
        }
    }
}
