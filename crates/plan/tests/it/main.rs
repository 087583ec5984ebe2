//! Tests of `plan`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // tests read files and run Python

mod exports;
mod fields;
mod photos;
mod relief;
mod sharing;
mod surveys;

use std::path::PathBuf;
use whimbrel_geo::{Ellipsoid, Height, LatLon, LocalFrame, Position};
use whimbrel_mission::Area;

/// A plane near Zürich.
pub fn frame() -> LocalFrame {
    let at = LatLon::from_deg(47.4, 8.5).unwrap();
    LocalFrame::new(Position::new(at, Height::<Ellipsoid>::from_m(0.0)))
}

/// An area from rings in metres of [`frame`].
pub fn area(rings: &[Vec<[f64; 2]>]) -> Area {
    let ring = |r: &Vec<[f64; 2]>| r.iter().map(|p| frame().latlon_from_xy(*p)).collect();
    Area {
        outer: ring(&rings[0]),
        holes: rings[1..].iter().map(ring).collect(),
    }
}

/// The shared data folder, or `None` after saying that it is missing.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!(
        "skipped: {} is missing (set WHIMBREL_SHARED)",
        path.display()
    );
    None
}
