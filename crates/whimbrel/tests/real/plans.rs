//! Plans of real fields and mountains, and other people's readers of the files.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use whimbrel_geo::Terrain;

use crate::program::{finish, folder, python, run, shared, text};

fn loads_in_mavwp(file: &Path, items: u64) {
    let Some(python) = python("pymavlink") else {
        return;
    };
    let program = "import sys\nfrom pymavlink import mavwp\nw = mavwp.MAVWPLoader()\nprint(w.load(sys.argv[1]))";
    let mut command = Command::new(python);
    command.args(["-c", program]).arg(file);
    let ended = finish(command, Duration::from_secs(60));
    let count: u64 = ended
        .out
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("mavwp: {} {}", ended.out, ended.err));
    // Their count has the home slot, which a file of either kind carries or not.
    assert!(
        count == items || count == items + 1,
        "{count} items loaded, {items} planned"
    );
}

#[test]
fn a_field_is_planned_and_its_files_load() {
    let Some(field) = shared("data/fields/f2c_field.geojson") else {
        return;
    };
    let dir = folder();
    let name = |n: &str| dir.path().join(n);
    let ended = run(&[
        "--json",
        "plan",
        text(&field),
        "--camera",
        "p4pro",
        "--gsd",
        "2cm",
        "--report",
        text(&name("r.json")),
        "-o",
        text(&name("f.plan")),
        "-o",
        text(&name("f.waypoints")),
        "-o",
        text(&name("f.geojson")),
        "-o",
        text(&name("f.kml")),
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let report = ended.json();
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(name("r.json")).expect("a report")).expect("JSON");
    assert_eq!(report, written, "the same on stdout and in the file");
    assert!(
        report["coverage"].as_f64().expect("a share") > 0.999,
        "{report}"
    );
    assert!((report["gsd_m"].as_f64().expect("a length") - 0.02).abs() < 1e-9);
    let bound = report["bound"]["length_m"].as_f64().expect("a bound");
    assert!(report["length_m"]["total"].as_f64().expect("a length") >= bound);
    let sorties = report["sorties"].as_array().expect("sorties");
    for (number, sortie) in sorties.iter().enumerate() {
        let suffix = if number == 0 {
            String::new()
        } else {
            format!("-{}", number + 1)
        };
        let waypoints = name(&format!("f{suffix}.waypoints"));
        loads_in_mavwp(
            &waypoints,
            sortie["waypoint_count"].as_u64().expect("a count"),
        );
        let plan: serde_json::Value = serde_json::from_slice(
            &std::fs::read(name(&format!("f{suffix}.plan"))).expect("a plan"),
        )
        .expect("JSON");
        assert_eq!(plan["fileType"], "Plan");
    }
    let geojson: serde_json::Value =
        serde_json::from_slice(&std::fs::read(name("f.geojson")).expect("a file")).expect("JSON");
    let roles: Vec<&str> = geojson["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter_map(|f| f["properties"]["role"].as_str())
        .collect();
    assert!(
        roles.contains(&"photo") && roles.contains(&"airspace"),
        "{roles:?}"
    );
    assert!(
        std::fs::read_to_string(name("f.kml"))
            .expect("a file")
            .contains("<kml")
    );
}

#[test]
fn a_mountain_is_followed() {
    let Some(dem) = shared("data/dem/davosdorf.tif") else {
        return;
    };
    let dir = folder();
    let terrain = whimbrel_geo::GridTerrain::from_geotiff(
        &std::fs::read(&dem).expect("read"),
        whimbrel_geo::VerticalDatum::Egm96,
    )
    .expect("a DEM");
    let (sw, ne) = terrain.bounds().expect("known");
    let at = |u: f64, v: f64| {
        [
            sw.lon_deg() + u * (ne.lon_deg() - sw.lon_deg()),
            sw.lat_deg() + v * (ne.lat_deg() - sw.lat_deg()),
        ]
    };
    let ring = [
        at(0.45, 0.45),
        at(0.53, 0.45),
        at(0.53, 0.53),
        at(0.45, 0.53),
        at(0.45, 0.45),
    ];
    let area = dir.path().join("slope.geojson");
    std::fs::write(
        &area,
        serde_json::json!({"type": "Polygon", "coordinates": [ring]}).to_string(),
    )
    .expect("written");
    let [lon, lat] = at(0.49, 0.44);
    let home = format!("--home={lat},{lon}");
    let (plan, lines) = (
        dir.path().join("slope.plan"),
        dir.path().join("slope.geojson.json"),
    );
    let ended = run(&[
        "--json",
        "plan",
        text(&area),
        "--camera",
        "mapper",
        "--gsd",
        "8cm",
        "--dem",
        text(&dem),
        &home,
        "-o",
        text(&plan),
        "-o",
        text(&lines),
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let report = ended.json();
    assert_eq!(report["height_reference"], "amsl");
    let wanted = report["height_m"].as_f64().expect("a height");
    // Every photo line keeps its height over the ground.
    let geojson: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&lines).expect("a file")).expect("JSON");
    let (mut places, mut lowest) = (0, f64::MAX);
    let mut heights = Vec::new();
    for feature in geojson["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter(|f| f["properties"]["role"] == "photo")
    {
        for point in feature["geometry"]["coordinates"]
            .as_array()
            .expect("a line")
        {
            let number = |k: usize| point[k].as_f64().expect("a number");
            let ground = terrain
                .height(whimbrel_geo::LatLon::from_deg(number(1), number(0)).expect("a place"))
                .expect("inside");
            lowest = lowest.min(number(2) - ground.m());
            heights.push(number(2));
            places += 1;
        }
    }
    assert!(places > 20, "{places} places on photo lines");
    assert!(
        lowest > 0.7 * wanted,
        "the lowest place is {lowest:.0} m over ground, {wanted:.0} m were wanted"
    );
    let spread = heights.iter().fold(f64::MIN, |a, b| a.max(*b))
        - heights.iter().fold(f64::MAX, |a, b| a.min(*b));
    assert!(
        spread > 50.0,
        "the flight follows the slope ({spread:.0} m)"
    );
}
