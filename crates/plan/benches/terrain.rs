//! The terrain bars of `cargo xtask bench plan`: waypoints and errors along lines over real relief.
//!
//! `cargo bench -p whimbrel-plan --bench terrain [-- FOLDER OF DEMS]`
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use whimbrel_geo::{
    Amsl, Crs, Ellipsoid, GridTerrain, Height, LatLon, LocalFrame, Position, Terrain, VerticalDatum,
};
use whimbrel_plan::{Band, Rules, Slopes, follow};

/// Distance of the places where a line is checked.
const CHECK_M: f64 = 2.0;

fn rules(height_m: f64, band: Band, half_m: f64, slopes: Slopes) -> Rules {
    let floor_m = match band {
        Band::Above(_) => height_m,
        Band::Around(_) => f64::NEG_INFINITY,
    };
    Rules {
        height_m,
        floor_m,
        way_floor_m: height_m,
        clearance_m: 0.0,
        band,
        way_band_m: 30.0,
        half_across_m: half_m,
        half_along_m: half_m,
        half_way_m: half_m,
        early_m: 0.0,
        slopes,
    }
}

/// Lowest and highest height over the ground (less the wanted one) along waypoints, read off the
/// terrain itself every two metres and at each edge of its cells; and how much lower than wanted
/// over any ground within `half_m`.
struct Check {
    low_m: f64,
    high_m: f64,
    footprint_m: f64,
    steepest: f64,
}

fn check(terrain: &dyn Terrain, line: &[Position<Amsl>], height_m: f64, half_m: f64) -> Check {
    let frame = LocalFrame::new(Position::new(line[0].at, Height::<Ellipsoid>::from_m(0.0)));
    let mut out = Check {
        low_m: f64::INFINITY,
        high_m: f64::NEG_INFINITY,
        footprint_m: f64::INFINITY,
        steepest: 0.0,
    };
    for pair in line.windows(2) {
        let (a, b) = (frame.enu_xy(pair[0].at), frame.enu_xy(pair[1].at));
        let d = [b[0] - a[0], b[1] - a[1]];
        let length = d[0].hypot(d[1]);
        let (za, zb) = (pair[0].height.m(), pair[1].height.m());
        if length > 1.0 {
            out.steepest = out.steepest.max((zb - za).abs() / length);
        }
        let n = (length / CHECK_M).ceil().max(1.0) as usize;
        let mut parts: Vec<f64> = (0..=n).map(|i| i as f64 / n as f64).collect();
        parts.extend(terrain.creases(&frame, a, b));
        let ground = |p: [f64; 2]| terrain.height(frame.latlon_from_xy(p)).map(Height::m);
        for (i, t) in parts.iter().enumerate() {
            let p = [a[0] + t * d[0], a[1] + t * d[1]];
            let z = za + t * (zb - za);
            if let Some(g) = ground(p) {
                out.low_m = out.low_m.min(z - g - height_m);
                out.high_m = out.high_m.max(z - g - height_m);
            }
            if half_m > 0.0 && i % 12 == 0 {
                let u = [d[0] / length.max(1e-9), d[1] / length.max(1e-9)];
                for j in -8..=8_i32 {
                    for k in -8..=8_i32 {
                        let (s, w) = (half_m * f64::from(j) / 8.0, half_m * f64::from(k) / 8.0);
                        let q = [p[0] + s * u[0] - w * u[1], p[1] + s * u[1] + w * u[0]];
                        if let Some(g) = ground(q) {
                            out.footprint_m = out.footprint_m.min(z - g - height_m);
                        }
                    }
                }
            }
        }
    }
    out
}

struct Case<'a> {
    name: &'a str,
    lines: Vec<(LatLon, LatLon)>,
    height_m: f64,
    band: Band,
    half_m: f64,
    slopes: Slopes,
}

fn run(case: &Case<'_>, terrain: &dyn Terrain) -> (f64, f64, f64, f64) {
    let rules = rules(case.height_m, case.band, case.half_m, case.slopes);
    let mut waypoints = 0;
    let mut worst = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, 0.0_f64);
    for (from, to) in &case.lines {
        let line = match follow(terrain, *from, *to, &rules) {
            Ok(line) => line,
            Err(error) => {
                println!("{}: {error}", case.name);
                continue;
            }
        };
        waypoints += line.len();
        let c = check(terrain, &line, case.height_m, case.half_m);
        worst = (
            worst.0.min(c.low_m),
            worst.1.max(c.high_m),
            worst.2.min(c.footprint_m),
            worst.3.max(c.steepest),
        );
    }
    let per_line = waypoints as f64 / case.lines.len() as f64;
    println!(
        "{:<46} {:>3} lines  {:>6.1} waypoints a line  error {:>+8.2} .. {:>+8.2} m  over footprint {:>+7.2} m  steepest {:>4.0} %",
        case.name,
        case.lines.len(),
        per_line,
        worst.0,
        worst.1,
        worst.2,
        100.0 * worst.3,
    );
    (per_line, worst.0, worst.1, worst.2)
}

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|a| !a.starts_with('-'))
        .map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dem"),
            PathBuf::from,
        );
    let free = Slopes {
        climb: 5.0,
        descent: 5.0,
    };
    let quad = Slopes {
        climb: 0.3,
        descent: 0.2,
    };
    if let Ok(bytes) = std::fs::read(folder.join("davosdorf.tif")) {
        let terrain =
            GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).expect("davosdorf.tif");
        let crs = Crs::from_epsg(21781).expect("EPSG:21781");
        let lines = |half: f64| -> Vec<(LatLon, LatLon)> {
            (0..46)
                .map(|i| {
                    let y = 185_640.0 + 103.0 * f64::from(i);
                    let end = |x: f64| crs.unproject([x, y]).expect("a place");
                    (end(779_598.0 + half), end(784_998.0 - half))
                })
                .collect()
        };
        for tolerance in [5.0, 10.0, 20.0] {
            run(
                &Case {
                    name: &format!("Davos 10 m, AGL 100 m, two-sided ±{tolerance} m"),
                    lines: lines(0.0),
                    height_m: 100.0,
                    band: Band::Around(tolerance),
                    half_m: 0.0,
                    slopes: free,
                },
                &terrain,
            );
        }
        for (name, slopes) in [("any slope", free), ("climb 30 %, descent 20 %", quad)] {
            run(
                &Case {
                    name: &format!("Davos, floor 100 m over 60 m around, {name}"),
                    lines: lines(70.0),
                    height_m: 100.0,
                    band: Band::Above(8.0),
                    half_m: 60.0,
                    slopes,
                },
                &terrain,
            );
        }
    }
    if let Ok(bytes) = std::fs::read(folder.join("N44W072.hgt")) {
        let terrain = GridTerrain::from_hgt("N44W072.hgt", &bytes).expect("N44W072.hgt");
        let lines: Vec<(LatLon, LatLon)> = (0..44)
            .map(|i| {
                let lat = 44.05 + 0.9 * f64::from(i) / 43.0;
                let end = |lon: f64| LatLon::from_deg(lat, lon).expect("a place");
                (end(-71.96), end(-71.04))
            })
            .collect();
        for tolerance in [10.0, 20.0] {
            run(
                &Case {
                    name: &format!("N44W072 90 m, AGL 100 m, two-sided ±{tolerance} m"),
                    lines: lines.clone(),
                    height_m: 100.0,
                    band: Band::Around(tolerance),
                    half_m: 0.0,
                    slopes: free,
                },
                &terrain,
            );
        }
    }
}
