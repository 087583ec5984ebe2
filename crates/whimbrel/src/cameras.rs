//! `whimbrel cameras`: the catalogue.

use serde_json::json;
use whimbrel_mission::Camera;

use crate::cli;
use crate::outcome::{Done, Exit, Failure, print_json, print_line};

/// List the cameras that fit the words given.
pub fn run(args: &cli::Cameras, as_json: bool) -> Done {
    let words = args.words.join(" ");
    let cameras = Camera::catalogue_like(&words)?;
    if cameras.is_empty() {
        return Err(Failure::new(
            Exit::Failed,
            format!(
                "no camera fits `{words}`: see `whimbrel cameras`, or give plan a TOML file with name, sensor_width_mm, sensor_height_mm, width_px, height_px and focal_mm"
            ),
        ));
    }
    if as_json {
        print_json(&json!({ "cameras": cameras }));
        return Ok(());
    }
    print_line(&format!(
        "{:<14} {:>11} {:>13} {:>8} {:>8} {:>9}  camera",
        "key", "pixels", "sensor mm", "lens mm", "interval", "1 cm from"
    ));
    for c in &cameras {
        print_line(&format!(
            "{:<14} {:>11} {:>13} {:>8} {:>8} {:>7.0} m  {}",
            c.key,
            format!("{}×{}", c.width_px, c.height_px),
            format!("{:.1}×{:.1}", c.sensor_width_mm, c.sensor_height_mm),
            c.focal_mm,
            c.min_interval_s
                .map_or_else(|| "?".into(), |s| format!("{s} s")),
            c.height_for_gsd_m(0.01),
            c.name
        ));
    }
    Ok(())
}
