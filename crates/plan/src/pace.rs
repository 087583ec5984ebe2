//! How fast the camera lets an aircraft fly: it needs time from photo to photo,
//! and what moves while the shutter is open is blurred.

use crate::measures::{Measures, value};
use crate::photography::shown_exposure;
use crate::request::{PlanError, Request};
use crate::trigger::TIGHTEST;
use whimbrel_mission::{Camera, Vehicle};

/// Most aircraft of one plan.
const MAX_VEHICLES: usize = 100;
/// Slower than this nobody surveys.
const SLOWEST_M_S: f64 = 1.0;

/// What a camera asks of the speed over ground.
struct Pace<'a> {
    camera: &'a Camera,
    spacing_m: f64,
    gsd_m: f64,
    forward: f64,
    exposure_s: f64,
    blur_px: f64,
    /// Fastest by the interval; infinite when the camera's is not known.
    interval_m_s: f64,
    /// Fastest by the blur.
    blur_m_s: f64,
}

impl<'a> Pace<'a> {
    fn new(request: &'a Request, m: &Measures) -> Result<Option<Self>, PlanError> {
        let (Some(spacing_m), Some(gsd_m), Some(camera)) =
            (m.photo_spacing_m, m.gsd_m, request.camera.as_ref())
        else {
            return Ok(None);
        };
        let exposure_s = request.photography.exposure_of(camera)?;
        let blur_px = request.photography.blur_limit_px()?;
        let interval = camera.min_interval_s.filter(|s| *s > 0.0);
        Ok(Some(Self {
            camera,
            spacing_m,
            gsd_m,
            forward: request.overlap.forward,
            exposure_s,
            blur_px,
            interval_m_s: interval.map_or(f64::INFINITY, |s| TIGHTEST * spacing_m / s),
            blur_m_s: blur_px * gsd_m / exposure_s,
        }))
    }

    /// What to change when photos follow too fast.
    fn too_dense<T>(&self, name: &str, ground_m_s: f64) -> Result<T, PlanError> {
        let interval_s = self.camera.min_interval_s.unwrap_or(0.0);
        let need = ground_m_s * interval_s / TIGHTEST;
        let long = self.spacing_m / (1.0 - self.forward);
        value(
            "--forward",
            format!("{:.0} %", 100.0 * self.forward),
            format!(
                "{name} flies up to {ground_m_s:.1} m/s over ground and {} needs {interval_s:.1} s from photo to photo: give --forward {:.0}% or less, or --gsd {:.1}cm or more",
                self.camera.name,
                (100.0 * (1.0 - need / long)).floor().max(0.0),
                100.0 * self.gsd_m * need / self.spacing_m
            ),
        )
    }

    /// What to change when photos are blurred at a speed.
    fn too_blurred<T>(&self, name: &str, ground_m_s: f64) -> Result<T, PlanError> {
        let need = self.blur_px * self.gsd_m / ground_m_s;
        let within = self.camera.exposure_fastest_s.is_none_or(|f| need >= f);
        let exposure = if within {
            format!("--exposure 1/{:.0} or shorter, ", (1.0 / need).ceil())
        } else {
            String::new()
        };
        value(
            "--exposure",
            shown_exposure(self.exposure_s),
            format!(
                "{name} flies up to {ground_m_s:.1} m/s over ground, which blurs its photos by {:.1} pixels: give {exposure}--gsd {:.1}cm or more, or --blur {:.1}",
                ground_m_s * self.exposure_s / self.gsd_m,
                100.0 * ground_m_s * self.exposure_s / self.blur_px,
                ground_m_s * self.exposure_s / self.gsd_m,
            ),
        )
    }
}

/// The vehicles, rotors slowed to what the camera can follow.
///
/// # Errors
/// What to change where a wing cannot fly slowly enough, or rotors would stand.
pub fn vehicles(
    request: &Request,
    m: &Measures,
    notes: &mut Vec<String>,
) -> Result<Vec<Vehicle>, PlanError> {
    if request.vehicles.is_empty() || request.vehicles.len() > MAX_VEHICLES {
        return value(
            "--vehicles",
            request.vehicles.len().to_string(),
            format!("give 1 to {MAX_VEHICLES}"),
        );
    }
    let mut vehicles = request.vehicles.clone();
    let Some(pace) = Pace::new(request, m)? else {
        return Ok(vehicles);
    };
    let fastest = pace.interval_m_s.min(pace.blur_m_s);
    for v in &mut vehicles {
        let cruise = v.performance.cruise_m_s;
        let wing = v.kind.cruises_on_wing();
        let ground = if wing {
            cruise + request.wind.speed_m_s
        } else {
            cruise
        };
        if ground <= fastest {
            continue;
        }
        if wing || fastest < SLOWEST_M_S {
            let asked = if wing { ground } else { SLOWEST_M_S };
            return if asked > pace.interval_m_s {
                pace.too_dense(&v.name, asked)
            } else {
                pace.too_blurred(&v.name, asked)
            };
        }
        v.performance.cruise_m_s = fastest;
        let why = if pace.interval_m_s <= pace.blur_m_s {
            format!(
                "{} needs {:.1} s from photo to photo",
                pace.camera.name,
                pace.camera.min_interval_s.unwrap_or(0.0)
            )
        } else {
            format!(
                "{} s of exposure would blur photos by more than {:.1} pixels (--exposure, --blur)",
                shown_exposure(pace.exposure_s),
                pace.blur_px
            )
        };
        notes.push(format!(
            "{} flies {fastest:.1} m/s instead of {cruise:.1} m/s: {why}",
            v.name
        ));
    }
    if pace.camera.min_interval_s.is_none() {
        let speed = vehicles.iter().map(|v| v.performance.cruise_m_s);
        notes.push(format!(
            "how fast {} takes photos is not known: it must do it every {:.1} s",
            pace.camera.name,
            TIGHTEST * pace.spacing_m / speed.fold(1e-3, f64::max)
        ));
    }
    Ok(vehicles)
}
