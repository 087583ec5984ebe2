//! Plans of real fields and mountains.

use std::path::{Path, PathBuf};

use whimbrel_geo::{GridTerrain, Terrain, VerticalDatum};

use crate::program::{folder, python, run, shared, text};

/// A field in Germany, as its farmer drew it.
pub fn field() -> Option<PathBuf> {
    shared("data/fields/f2c_field.geojson")
}

/// A mountainside above Davos: its terrain, an area on it and a place to start from beside it.
pub struct Slope {
    pub dem: PathBuf,
    pub terrain: GridTerrain,
    pub area: PathBuf,
    pub home: String,
}

pub fn slope(folder: &Path) -> Option<Slope> {
    let dem = shared("data/dem/davosdorf.tif")?;
    let bytes = std::fs::read(&dem).expect("read");
    let terrain = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).expect("a DEM");
    let (sw, ne) = terrain.bounds().expect("known");
    let at = |u: f64, v: f64| {
        [
            sw.lon_deg() + u * (ne.lon_deg() - sw.lon_deg()),
            sw.lat_deg() + v * (ne.lat_deg() - sw.lat_deg()),
        ]
    };
    let corners = [
        (0.45, 0.45),
        (0.53, 0.45),
        (0.53, 0.53),
        (0.45, 0.53),
        (0.45, 0.45),
    ];
    let ring = corners.map(|(u, v)| at(u, v));
    let area = folder.join("slope.geojson");
    let json = serde_json::json!({"type": "Polygon", "coordinates": [ring]});
    std::fs::write(&area, json.to_string()).expect("written");
    let [lon, lat] = at(0.49, 0.44);
    Some(Slope {
        dem,
        terrain,
        area,
        home: format!("{lat},{lon}"),
    })
}

/// The file of a sortie: the first has the name that was given, later ones are numbered.
pub fn sortie_file(folder: &Path, stem: &str, number: usize, kind: &str) -> PathBuf {
    folder.join(match number {
        0 => format!("{stem}.{kind}"),
        n => format!("{stem}-{}.{kind}", n + 1),
    })
}

#[test]
fn a_field_is_planned_and_its_files_are_written() {
    let Some(field) = field() else { return };
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
    for number in 0..sorties.len() {
        assert!(sortie_file(dir.path(), "f", number, "waypoints").exists());
        let plan = std::fs::read(sortie_file(dir.path(), "f", number, "plan")).expect("a plan");
        let plan: serde_json::Value = serde_json::from_slice(&plan).expect("JSON");
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
    let dir = folder();
    let Some(slope) = slope(dir.path()) else {
        return;
    };
    let home = format!("--home={}", slope.home);
    let (plan, lines) = (
        dir.path().join("slope.plan"),
        dir.path().join("slope.geojson.json"),
    );
    let ended = run(&[
        "--json",
        "plan",
        text(&slope.area),
        "--camera",
        "mapper",
        "--gsd",
        "8cm",
        "--dem",
        text(&slope.dem),
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
            let ground = slope
                .terrain
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

/// What another reader of GeoTIFF finds in the maps of a plan.
const READ_MAPS: &str = "import json, sys, rasterio
out = {}
for name in ('coverage', 'overlap', 'gsd'):
    with rasterio.open(f'{sys.argv[1]}/{name}.tif') as f:
        a = f.read(1, masked=True)
        out[name] = {'type': f.dtypes[0], 'epsg': f.crs.to_epsg(), 'pixel': f.res[0],
            'min': float(a.min()), 'max': float(a.max()), 'm2': float(a.count()) * f.res[0] * f.res[1]}
print(json.dumps(out))";

#[test]
fn maps_of_photos_are_read_by_rasterio() {
    let listed = run(&["--json", "cameras", "zenmuse", "p1"]).json();
    let keys: Vec<&str> = listed["cameras"]
        .as_array()
        .expect("cameras")
        .iter()
        .filter_map(|c| c["key"].as_str())
        .collect();
    assert_eq!(keys, ["p1-24", "p1-35", "p1-50"]);
    let dir = folder();
    let Some(slope) = slope(dir.path()) else {
        return;
    };
    let maps = dir.path().join("maps");
    let home = format!("--home={}", slope.home);
    let ended = run(&[
        "--json",
        "plan",
        text(&slope.area),
        "--camera",
        "p1-35",
        "--gsd",
        "3cm",
        "--dem",
        text(&slope.dem),
        &home,
        "--date",
        "2026-06-21",
        "--time",
        "09:00+02:00",
        "--maps",
        text(&maps),
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let report = ended.json();
    let sun = report["light"]["sun_elevation_deg"]
        .as_f64()
        .expect("a sun");
    assert!((30.0..36.0).contains(&sun), "{sun}");
    let Some(python) = python("rasterio") else {
        return;
    };
    let output = std::process::Command::new(python)
        .args(["-c", READ_MAPS, text(&maps)])
        .output()
        .expect("python");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let found: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let kinds = ["coverage", "overlap", "gsd"].map(|n| found[n]["type"].as_str().expect("a type"));
    assert_eq!(kinds, ["uint8", "uint16", "float32"]);
    let photos = &report["photos"];
    for (name, row) in [("overlap", "overlap"), ("gsd", "gsd_m")] {
        assert_eq!(found[name]["epsg"], 32632, "UTM zone 32 north");
        let m2 = found[name]["m2"].as_f64().expect("a surface");
        let area = report["area_m2"].as_f64().expect("a surface");
        assert!((m2 / area - 1.0).abs() < 0.01, "{name}: {m2} of {area} m²");
        for end in ["min", "max"] {
            let map = found[name][end].as_f64().expect("a number");
            let told = photos[row][end].as_f64().expect("a number");
            // The report's cells are larger.
            assert!(
                (map / told - 1.0).abs() < 0.25,
                "{name} {end}: {map}, report {told}"
            );
        }
    }
}
