//! What a request asks for in metres: height, swath, photo spacing.

use crate::request::{Detail, PlanError, Request};

/// Lowest flight that is planned.
const MIN_HEIGHT_M: f64 = 12.0;
/// Highest flight that is planned.
const MAX_HEIGHT_M: f64 = 4_000.0;

/// Height, swath, photo spacing.
pub struct Measures {
    pub height_m: f64,
    /// Least height over any ground in a photo: overlaps hold there.
    pub lowest_m: f64,
    pub swath_m: f64,
    pub gsd_m: Option<f64>,
    pub photo_spacing_m: Option<f64>,
    pub footprint_m: Option<(f64, f64)>,
}

/// A value that cannot be planned with, and what to give instead.
pub fn value<T>(name: &'static str, value: String, advice: String) -> Result<T, PlanError> {
    Err(PlanError::Value {
        name,
        value,
        advice,
    })
}

/// The measures of a request.
pub fn measures(request: &Request) -> Result<Measures, PlanError> {
    let o = request.overlap;
    for (name, overlap) in [("--forward", o.forward), ("--side", o.side)] {
        if !(0.0..=0.95).contains(&overlap) {
            return value(
                name,
                format!("{:.0} %", 100.0 * overlap),
                "give 0 % to 95 %".into(),
            );
        }
    }
    let camera = request.camera.as_ref();
    let (height_m, spacing) = match request.detail {
        Detail::Spacing {
            height_m,
            line_spacing_m,
        } => (height_m, Some(line_spacing_m)),
        Detail::HeightM(height_m) => (height_m, None),
        Detail::GsdM(gsd_m) => {
            let Some(camera) = camera else {
                return value(
                    "--gsd",
                    format!("{gsd_m} m"),
                    "a GSD needs --camera; without one give --height and --line-spacing".into(),
                );
            };
            let lowest = camera.gsd_m(MIN_HEIGHT_M);
            if !(gsd_m >= lowest && gsd_m.is_finite()) {
                return value(
                    "--gsd",
                    format!("{:.2} cm", 100.0 * gsd_m),
                    format!(
                        "{} would have to fly {:.1} m above ground, below the lowest of {MIN_HEIGHT_M} m: give --gsd {:.2}cm or more, or a camera with a longer lens",
                        camera.name,
                        camera.height_for_gsd_m(gsd_m),
                        100.0 * lowest
                    ),
                );
            }
            (camera.height_for_gsd_m(gsd_m), None)
        }
    };
    if !(MIN_HEIGHT_M..=MAX_HEIGHT_M).contains(&height_m) {
        return value(
            "--height",
            format!("{height_m:.1} m"),
            format!("give {MIN_HEIGHT_M} m to {MAX_HEIGHT_M} m above ground"),
        );
    }
    let lowest_m = request.heights.lowest_m(height_m)?;
    let footprint_m = camera.map(|c| c.footprint_m(lowest_m));
    let swath_m = match (spacing, footprint_m) {
        (Some(spacing), _) => spacing,
        (None, Some((wide, _))) => wide * (1.0 - o.side),
        (None, None) => {
            return value(
                "--line-spacing",
                "missing".into(),
                "without --camera give --height and --line-spacing".into(),
            );
        }
    };
    if !(0.5..=20_000.0).contains(&swath_m) {
        return value(
            "--line-spacing",
            format!("{swath_m:.2} m"),
            "give 0.5 m to 20 km".into(),
        );
    }
    Ok(Measures {
        height_m,
        lowest_m,
        swath_m,
        gsd_m: camera.map(|c| c.gsd_m(height_m)),
        photo_spacing_m: footprint_m.map(|(_, long)| long * (1.0 - o.forward)),
        footprint_m,
    })
}
