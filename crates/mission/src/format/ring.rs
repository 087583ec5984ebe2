//! Rings, circles and arcs as vertices.

use core::f64::consts::{PI, TAU};
use whimbrel_geo::{LatLon, destination};

/// An arc's chords leave it by this much at most.
const ARC_ERROR_M: f64 = 1.0;
/// A circle's polygon is larger than it by this share of the radius, or by this
/// much where that is less: few corners to fly around.
const CIRCLE_SHARE: f64 = 0.02;
const CIRCLE_ERROR_M: f64 = 10.0;
/// Most chords of a full circle.
const MAX_CHORDS: f64 = 720.0;

/// A ring without its repeated last vertex; `None` below three vertices.
pub(crate) fn opened(mut places: Vec<LatLon>) -> Option<Vec<LatLon>> {
    if places.len() > 1 && places.first() == places.last() {
        places.pop();
    }
    (places.len() >= 3).then_some(places)
}

fn chords(radius_m: f64, sweep_rad: f64) -> usize {
    let step = 2.0 * (1.0 - (ARC_ERROR_M / radius_m).min(0.5)).acos();
    ((sweep_rad.abs() / step).ceil())
        .min(MAX_CHORDS)
        .max((sweep_rad.abs() / TAU * 24.0).ceil())
        .max(1.0) as usize
}

/// A circle's circumscribed polygon: nothing of the circle is left out.
pub(crate) fn circle(centre: LatLon, radius_m: f64) -> Vec<LatLon> {
    let error_m = (CIRCLE_SHARE * radius_m).min(CIRCLE_ERROR_M);
    let half = (radius_m / (radius_m + error_m)).acos();
    let n = (PI / half).ceil().clamp(8.0, MAX_CHORDS) as usize;
    let out = radius_m / (PI / n as f64).cos();
    (0..n)
        .map(|i| destination(centre, TAU * i as f64 / n as f64, out))
        .collect()
}

/// An arc around `centre` from `start_rad` (clockwise from north) by
/// `sweep_rad` (negative: counter-clockwise), both ends included.
pub(crate) fn arc(centre: LatLon, radius_m: f64, start_rad: f64, sweep_rad: f64) -> Vec<LatLon> {
    let n = chords(radius_m, sweep_rad);
    (0..=n)
        .map(|i| {
            let t = i as f64 / n as f64;
            destination(centre, start_rad + sweep_rad * t, radius_m)
        })
        .collect()
}
