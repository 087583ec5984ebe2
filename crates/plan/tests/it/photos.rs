//! Photos: overlap, GSD and footprints as predicted, and what the camera asks
//! of the flight.

use crate::frame;
use crate::surveys::{GROUND, Hills, rectangle};
use proptest::prelude::*;
use std::time::Duration;
use whimbrel_geo::{
    GridTerrain, LatLon, Position, Terrain, VerticalDatum, distance_m, ellipsoid_from_amsl,
};
use whimbrel_mission::{Camera, Vehicle};
use whimbrel_photo::CameraPose;
use whimbrel_plan::{Detail, Effort, Overlap, Plan, Request, plan};

fn request(camera: &str, vehicle: &str, gsd_m: f64) -> Request {
    let mut request = Request::new(
        vec![rectangle(420.0, 310.0)],
        Some(Camera::catalogue(camera).unwrap()),
        Vehicle::builtin(vehicle).unwrap(),
        Detail::GsdM(gsd_m),
    );
    request.effort = Effort::Quick;
    request
}

/// How many photos of a plan see a place, and the best GSD, straight from the
/// photos' projection.
fn seen_by_projection(
    plan: &Plan,
    camera: &Camera,
    terrain: &dyn Terrain,
    at: LatLon,
) -> (u16, f64) {
    let model = camera.model();
    let ground = ellipsoid_from_amsl(Position::new(at, terrain.height(at).unwrap()));
    let mut best = (0, f64::INFINITY);
    for s in &plan.sorties {
        for (photo, heading) in s.photos.iter().zip(&s.photo_headings_rad) {
            let pose = CameraPose::nadir(ellipsoid_from_amsl(*photo), *heading);
            let point = pose.camera_from_wgs84(ground);
            if model.project(point).is_some_and(|p| model.sees(p)) {
                best = (best.0 + 1, best.1.min(point.z() / model.focal_px));
            }
        }
    }
    best
}

fn check_maps(request: &Request, terrain: &dyn Terrain) {
    let made = plan(request, terrain).unwrap();
    let camera = request.camera.as_ref().unwrap();
    let maps = made.maps(request, terrain, 3.0).unwrap();
    let overlap = GridTerrain::from_geotiff(&maps.overlap, VerticalDatum::Egm96).unwrap();
    let gsd = GridTerrain::from_geotiff(&maps.gsd, VerticalDatum::Egm96).unwrap();
    let covered = GridTerrain::from_geotiff(&maps.coverage, VerticalDatum::Egm96).unwrap();
    let crs = overlap.crs().unwrap().clone();
    let (mut checked, mut off) = (0, 0);
    for i in 0..14 {
        for j in 0..10 {
            // The middle of the pixel nearest to a place of the area.
            let at =
                frame().latlon_from_xy([15.0 + 30.0 * f64::from(i), 15.0 + 30.0 * f64::from(j)]);
            let middle = crs.project(at).unwrap();
            let a = maps.place.affine;
            let near =
                |x: f64, from: f64, step: f64| from + (((x - from) / step).floor() + 0.5) * step;
            let pixel = [near(middle[0], a[0], a[1]), near(middle[1], a[3], a[5])];
            let at = crs.unproject(pixel).unwrap();
            let (count, best) = seen_by_projection(&made, camera, terrain, at);
            let mapped = overlap.height(at).unwrap().m().round() as u16;
            // A place on the very edge of a picture may fall to either side.
            off += u32::from(mapped != count);
            assert!(
                mapped.abs_diff(count) <= 1,
                "{mapped} photos mapped, {count} by projection"
            );
            let fine = gsd.height(at).unwrap().m();
            assert!(
                (fine / best - 1.0).abs() < 0.01,
                "GSD {fine} mapped, {best} by projection"
            );
            assert_eq!(
                covered.height(at).unwrap().m().round(),
                f64::from(u8::from(count > 0))
            );
            checked += 1;
        }
    }
    assert!(off * 20 <= checked, "{off} of {checked} differ");
    // The report's quick prediction is of the same photos.
    let quick = made.report().photos.as_ref().unwrap().prediction;
    assert!((quick.coverage - maps.prediction.coverage).abs() < 0.01);
    assert!((quick.overlap.median - maps.prediction.overlap.median).abs() <= 1.0);
    let ratio = quick.gsd_m.median / maps.prediction.gsd_m.median;
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    let text: serde_json::Value = serde_json::from_slice(&maps.footprints).unwrap();
    assert_eq!(
        text["features"].as_array().unwrap().len(),
        made.report().photo_count
    );
}

#[test]
fn maps_agree_with_the_photos_projection() {
    check_maps(&request("mapper", "quad", 0.06), &GROUND);
    check_maps(&request("p4pro", "quad", 0.03), &Hills);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn overlap_is_what_was_asked_for_on_level_ground(
        index in 0..1000_usize, forward in 0.5..0.85_f64, side in 0.3..0.8_f64)
    {
        let all = Camera::catalogue_all().unwrap();
        let camera = &all[index % all.len()];
        // 40 m to 60 m long on the ground.
        let height_m = (50.0 / camera.sensor_height_mm * camera.focal_mm).max(12.0);
        let mut request = request(&camera.key, "quad", camera.gsd_m(height_m));
        request.overlap = Overlap { forward, side };
        let made = plan(&request, &GROUND).unwrap();
        let r = made.report();
        let photos = r.photos.as_ref().unwrap();
        for s in &made.sorties {
            for (pair, headings) in s.photos.windows(2).zip(s.photo_headings_rad.windows(2)) {
                if (headings[0] - headings[1]).abs() > 1e-9 || distance_m(pair[0].at, pair[1].at) > 1.5 * r.photo_spacing_m.unwrap() {
                    continue;
                }
                let overlap = 1.0 - distance_m(pair[0].at, pair[1].at) / photos.along_m;
                // Never less, and at most what keeps the last photo clear of a line's end.
                prop_assert!(overlap > forward - 0.002 && overlap < forward + 0.045 * (1.0 - forward) + 0.002, "{overlap} of {forward}");
            }
        }
        // Inside, a place is seen by along ÷ spacing × across ÷ swath photos.
        let least = ((1.0 / (1.0 - forward)).floor() * (1.0 / (1.0 - side)).floor()).max(1.0);
        prop_assert!(photos.prediction.overlap.median >= least, "{} of {least}", photos.prediction.overlap.median);
        let mean = 1.0 / (1.0 - forward) / (1.0 - side);
        prop_assert!(photos.prediction.overlap.median < 2.0 * mean + 2.0, "{} of {mean}", photos.prediction.overlap.median);
        let fine = photos.prediction.gsd_m;
        prop_assert!((fine.min / r.gsd_m.unwrap() - 1.0).abs() < 0.01 && (fine.max / fine.min - 1.0).abs() < 0.01);
        prop_assert!(photos.prediction.coverage >= 0.999, "{}", photos.prediction.coverage);
    }
}

#[test]
fn hills_keep_the_overlap() {
    let mut level = request("mapper", "quad", 0.06);
    level.overlap = Overlap {
        forward: 0.7,
        side: 0.6,
    };
    let flat = plan(&level, &GROUND).unwrap();
    let hilly = plan(&level, &Hills).unwrap();
    let of = |p: &Plan| p.report().photos.as_ref().unwrap().prediction;
    let (a, b) = (of(&flat), of(&hilly));
    assert!(b.overlap.median >= a.overlap.median, "{b:?} {a:?}");
    assert!(b.coverage >= 0.999);
    // Nothing is finer than asked for, the valleys are coarser.
    assert!(b.gsd_m.min >= 0.0599 && b.gsd_m.max > b.gsd_m.min, "{b:?}");
}

#[test]
fn blur_slows_rotors_and_stops_wings() {
    let mut slow = request("p4pro", "quad", 0.02);
    slow.photography.exposure_s = Some(1.0 / 200.0);
    let made = plan(&slow, &GROUND).unwrap();
    let photos = made.report().photos.clone().unwrap();
    assert!((photos.blur_px - 1.0).abs() < 1e-9, "{photos:?}");
    assert!(
        made.report().notes.iter().any(|n| n.contains("--blur")),
        "{:?}",
        made.report().notes
    );
    assert!(made.sorties[0].mission.cruise_m_s.unwrap() <= 4.0 + 1e-9);
    slow.vehicles = vec![Vehicle::builtin("fixed-wing").unwrap()];
    slow.overlap.forward = 0.3;
    let error = plan(&slow, &GROUND).unwrap_err().to_string();
    // What it says works.
    let advised = error.split("--exposure 1/").nth(1).unwrap();
    let per_second: f64 = advised.split(' ').next().unwrap().parse().unwrap();
    slow.photography.exposure_s = Some(1.0 / per_second);
    let after = plan(&slow, &GROUND);
    assert!(
        !after
            .as_ref()
            .is_err_and(|e| e.to_string().contains("--exposure")),
        "{error}: {after:?}"
    );
    slow.photography.exposure_s = Some(1.0 / 4000.0);
    let error = plan(&slow, &GROUND).unwrap_err().to_string();
    assert!(
        error.contains("1/2000"),
        "the mechanical shutter's fastest: {error}"
    );
    slow.photography.blur_px = 0.0;
    slow.photography.exposure_s = None;
    assert!(
        plan(&slow, &GROUND)
            .unwrap_err()
            .to_string()
            .contains("--blur")
    );
}

#[test]
fn the_interval_limits_wings_by_overlap_or_gsd() {
    let mut dense = request("p4pro", "fixed-wing", 0.02);
    dense.overlap.forward = 0.9;
    let error = plan(&dense, &GROUND).unwrap_err().to_string();
    let advised = error.split("give --forward ").nth(1).unwrap();
    let percent: f64 = advised.split('%').next().unwrap().parse().unwrap();
    dense.overlap.forward = percent / 100.0;
    let after = plan(&dense, &GROUND);
    assert!(
        !after
            .as_ref()
            .is_err_and(|e| e.to_string().contains("--forward")),
        "{error}: {after:?}"
    );
    let unknown = plan(&request("mavic3", "quad", 0.03), &GROUND).unwrap();
    let note = "is not known: it must do it every";
    assert!(
        unknown.report().notes.iter().any(|n| n.contains(note)),
        "{:?}",
        unknown.report().notes
    );
}

#[test]
fn the_sun_is_looked_at_when_a_time_is_given() {
    let mut r = request("mapper", "quad", 0.06);
    assert!(plan(&r, &GROUND).unwrap().report().light.is_none());
    // Near Zürich: 2026-06-21 10:00 UTC and 2026-12-21 08:00 UTC.
    let (summer, winter) = (1_782_036_000, 1_797_840_000);
    r.photography.begins = Some(Duration::from_secs(summer));
    let made = plan(&r, &GROUND).unwrap();
    let light = made.report().light.clone().unwrap();
    assert!((60.0..66.0).contains(&light.sun_elevation_deg), "{light:?}");
    assert_eq!(light.flight.from, "2026-06-21T10:00Z");
    assert_eq!(light.good_light.len(), 1);
    // 27° off nadir shows within a picture of 77° by 62° whatever the bearing.
    assert_eq!(light.glint_bearings_deg, [[0.0, 179.0]]);
    assert!(light.glint_on_lines);
    r.photography.over_water = true;
    let error = plan(&r, &GROUND).unwrap_err().to_string();
    assert!(
        error.contains("mirrors the sun") && error.contains("--time"),
        "{error}"
    );
    let better = error.split("within ").nth(1).unwrap();
    assert!(better.starts_with("2026-06-21T"), "{error}");
    r.photography.over_water = false;
    r.photography.begins = Some(Duration::from_secs(winter));
    let low = plan(&r, &GROUND).unwrap().report().light.clone().unwrap();
    assert!((1.0..12.0).contains(&low.sun_elevation_deg), "{low:?}");
    assert!(low.good_light.is_empty() && low.glint_bearings_deg.is_empty());
    r.photography.sun_min_rad = Some(25_f64.to_radians());
    let error = plan(&r, &GROUND).unwrap_err().to_string();
    assert!(error.contains("--sun-min 19 or less"), "{error}");
    r.photography.sun_min_rad = Some(15_f64.to_radians());
    let error = plan(&r, &GROUND).unwrap_err().to_string();
    assert!(error.contains("within 2026-12-21T"), "{error}");
    r.photography.begins = Some(Duration::from_secs(winter + 4 * 3600 - 900));
    assert!(plan(&r, &GROUND).is_ok());
}
