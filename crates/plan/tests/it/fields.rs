//! Fields and relief of the shared data folder.

use crate::{area, shared};
use whimbrel_geo::{FlatTerrain, GridTerrain, Height, LatLon, VerticalDatum};
use whimbrel_mission::{Area, Camera, Vehicle, fence, format};
use whimbrel_plan::{Detail, Request, plan};

#[test]
fn generated_shapes_are_covered_by_swaths() {
    let Some(path) = shared("fields/shapes.json") else {
        return;
    };
    let shapes: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (name, shape) in shapes.as_object().unwrap() {
        let rings: Vec<Vec<[f64; 2]>> = serde_json::from_value(shape["rings"].clone()).unwrap();
        let line_spacing_m = shape["spacing_m"].as_f64().unwrap();
        let detail = Detail::Spacing {
            height_m: 50.0,
            line_spacing_m,
        };
        let request = Request::new(
            vec![area(&rings)],
            None,
            Vehicle::builtin("quad").unwrap(),
            detail,
        );
        let started = std::time::Instant::now();
        let plan = plan(&request, &FlatTerrain(Height::from_m(100.0))).unwrap();
        let r = plan.report();
        println!(
            "{name}: length {:.0} m = {:.3} x bound, time {:.0} s = {:.3} x bound, coverage {:.4}, {} sorties, {:?}",
            r.length_m.total,
            r.length_m.total / r.bound.length_m,
            r.time_s,
            r.time_s / r.bound.time_s,
            r.coverage,
            r.sorties.len(),
            started.elapsed()
        );
        assert!(r.coverage >= 0.99, "{name}: {}", r.coverage);
        assert!(r.length_m.total < 1.45 * r.bound.length_m, "{name}");
        for sortie in &plan.sorties {
            fence::check(
                &sortie.mission.path(),
                &fence::fence_of_area(&plan.airspace),
            )
            .unwrap();
        }
    }
}

#[test]
fn real_fields() {
    for file in ["fields/f2c_field.geojson", "fields/f2c_two_cells.geojson"] {
        let Some(path) = shared(file) else { return };
        let areas = format::read_areas(&std::fs::read(path).unwrap()).unwrap();
        for vehicle in ["quad", "fixed-wing"] {
            let camera = Camera::catalogue("mapper").unwrap();
            let mut request = Request::new(
                areas.clone(),
                Some(camera),
                Vehicle::builtin(vehicle).unwrap(),
                Detail::GsdM(0.05),
            );
            request.homes = vec![areas[0].outer[0]];
            let plan = plan(&request, &FlatTerrain(Height::from_m(20.0))).unwrap();
            println!(
                "{file} {vehicle}: {}",
                serde_json::to_string(plan.report()).unwrap()
            );
            assert!(plan.report().coverage >= 0.99);
        }
    }
}

#[test]
fn davos() {
    let Some(path) = shared("dem/davosdorf.tif") else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let terrain = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).unwrap();
    let corners = [
        (46.830, 9.850),
        (46.830, 9.862),
        (46.838, 9.862),
        (46.838, 9.850),
    ];
    let areas = vec![Area::new(
        corners
            .map(|(a, o)| LatLon::from_deg(a, o).unwrap())
            .to_vec(),
    )];
    let camera = Camera::catalogue("mapper").unwrap();
    let mut request = Request::new(
        areas,
        Some(camera),
        Vehicle::builtin("quad").unwrap(),
        Detail::GsdM(0.095),
    );
    request.homes = vec![LatLon::from_deg(46.834, 9.849).unwrap()];
    let started = std::time::Instant::now();
    let plan_ = plan(&request, &terrain).unwrap();
    let r = plan_.report();
    println!(
        "davos {:?}: {}",
        started.elapsed(),
        serde_json::to_string(r).unwrap()
    );
    assert!(r.coverage >= 0.99, "{}", r.coverage);
    request.areas = vec![Area::new(
        [(46.9, 9.6), (46.9, 9.61), (46.91, 9.61)]
            .map(|(a, o)| LatLon::from_deg(a, o).unwrap())
            .to_vec(),
    )];
    request.homes.clear();
    let error = plan(&request, &terrain).unwrap_err().to_string();
    assert!(error.contains("DEM misses"), "{error}");
}

/// What pymavlink makes of our `.waypoints` files: command, frame and place of
/// every row.
#[test]
fn pymavlink_reads_our_waypoints() {
    let Some(path) = shared("fields/f2c_field.geojson") else {
        return;
    };
    let python = std::env::var("WHIMBREL_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = std::process::Command::new(&python)
        .args(["-c", "import pymavlink"])
        .output();
    if !has.is_ok_and(|o| o.status.success()) {
        println!("skipped: {python} has no pymavlink (set WHIMBREL_PYTHON)");
        return;
    }
    let areas = format::read_areas(&std::fs::read(path).unwrap()).unwrap();
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for vehicle in Vehicle::builtin_names() {
        let camera = Camera::catalogue("mapper").unwrap();
        let mut request = Request::new(
            areas.clone(),
            Some(camera),
            Vehicle::builtin(vehicle).unwrap(),
            Detail::GsdM(0.05),
        );
        request.homes = vec![areas[0].outer[0]];
        let plan = plan(&request, &FlatTerrain(Height::from_m(20.0))).unwrap();
        let file = folder.join(format!("{vehicle}.waypoints"));
        std::fs::write(&file, &plan.waypoints_files()[0]).unwrap();
        let script = "import sys\nfrom pymavlink import mavwp\nw = mavwp.MAVWPLoader()\nw.load(sys.argv[1])\n\
            for i in range(w.count()):\n  p = w.wp(i)\n  print(p.seq, p.frame, p.command, round(p.x * 1e7), round(p.y * 1e7), '%.3f' % p.z)";
        let output = std::process::Command::new(&python)
            .args(["-c", script])
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let mission = &plan.sorties[0].mission;
        let mut rows = text.lines();
        assert!(rows.next().unwrap().starts_with("0 0 16"), "home is row 0");
        let expected: Vec<String> = mission
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let global = whimbrel_mission::frame::is_global(item.frame);
                let (x, y) = if global {
                    (item.x, item.y)
                } else {
                    (item.x * 10_000_000, item.y * 10_000_000)
                };
                format!(
                    "{} {} {} {x} {y} {:.3}",
                    i + 1,
                    item.frame,
                    item.command,
                    item.z
                )
            })
            .collect();
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        println!("{vehicle}: pymavlink read {} items", expected.len());
    }
}
