//! Areas and lines in the formats of the trade. The files in `tests/data` that
//! begin with `sites` and `line` were made by GDAL 3.6 from the GeoJSON beside
//! them.

use whimbrel_geo::{LatLon, distance_m};
use whimbrel_mission::Area;
use whimbrel_mission::format::{FileKind, Found, Source, read};

pub fn data(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");
    std::fs::read(format!("{path}{name}")).expect(name)
}

fn found(name: &str) -> Found {
    read(name, &data(name)).expect(name)
}

/// The same rings within `tolerance_m`, wherever they begin and whichever way
/// they turn.
fn same(a: &Area, b: &Area, tolerance_m: f64) {
    let rings = |area: &Area| -> Vec<Vec<LatLon>> {
        core::iter::once(area.outer.clone())
            .chain(area.holes.clone())
            .collect()
    };
    let (a, b) = (rings(a), rings(b));
    assert_eq!(a.len(), b.len(), "rings");
    for ring in &a {
        let like = b.iter().any(|other| {
            other.len() == ring.len()
                && ring
                    .iter()
                    .all(|p| other.iter().any(|q| distance_m(*p, *q) < tolerance_m))
        });
        assert!(like, "no ring like {ring:?} in {b:?}");
    }
}

fn sites_are_in(found: &Found, kind: FileKind, names: [&str; 2], tolerance_m: f64) {
    let truth = self::found("sites.geojson");
    assert_eq!(found.kind, kind);
    assert_eq!(found.areas.len(), 3, "{kind:?}: {}", found.summary());
    for (area, wanted) in found.areas.iter().zip(&truth.areas) {
        same(&area.area, &wanted.area, tolerance_m);
        area.area.validate().expect("an area");
    }
    let found: Vec<&str> = found.areas.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(found, [names[0], names[1], names[1]], "{kind:?}");
}

const NAMES: [&str; 2] = ["Obere Wiese", "Kies & Sand"];

#[test]
fn gdal_wrote_the_same_areas_in_every_format() {
    let exact = 1e-6;
    sites_are_in(&found("sites.geojson"), FileKind::GeoJson, NAMES, exact);
    sites_are_in(&found("sites.kml"), FileKind::Kml, NAMES, exact);
    sites_are_in(&found("sites.kmz"), FileKind::Kmz, NAMES, exact);
    // GeoPackage and zipped shapefile are in EPSG:25832.
    sites_are_in(&found("sites.gpkg"), FileKind::GeoPackage, NAMES, 0.01);
    sites_are_in(&found("sites_utm.zip"), FileKind::Shapefile, NAMES, 0.01);
}

#[test]
fn a_shapefile_and_what_lies_beside_it() {
    let (shp, dbf, prj) = (data("sites.shp"), data("sites.dbf"), data("sites.prj"));
    // EPSG:2056; the registry's shift is within a metre of GDAL's.
    let whole = Source {
        name: "sites.shp",
        bytes: &shp,
        beside: vec![("prj", &prj), ("DBF", &dbf)],
    };
    sites_are_in(
        &whole.read().expect("read"),
        FileKind::Shapefile,
        NAMES,
        2.0,
    );
    let without = Source {
        name: "sites.shp",
        bytes: &shp,
        beside: Vec::new(),
    };
    let error = without.read().expect_err("metres").to_string();
    assert!(
        error.contains(".prj") && error.contains("record 1"),
        "{error}"
    );
    for (name, part) in [("sites.prj", prj), ("sites.dbf", dbf)] {
        let error = read(name, &part).expect_err("a part").to_string();
        assert!(error.contains(".shp"), "{error}");
    }
}

#[test]
fn tables_of_wkt_and_of_vertices() {
    sites_are_in(&found("sites_wkt.csv"), FileKind::Csv, NAMES, 1e-6);
    let table = |text: &str| read("a.csv", text.as_bytes()).expect(text);
    let first = |found: Found| found.into_areas().expect("an area").remove(0).outer;
    let wanted =
        [(47.4, 8.5), (47.4, 8.6), (47.5, 8.6)].map(|(a, b)| LatLon::from_deg(a, b).unwrap());
    for text in [
        "Lat,Lon\n47.4,8.5\n47.4,8.6\n47.5,8.6\n",
        "point;Longitude (deg);Latitude (deg)\n1;8,5;47,4\n2;8,6;47,4\n3;8,6;47,5\n",
        "y\tx\n47.4\t8.5\n\n47.4\t8.6\n47.5\t8.6\n47.4\t8.5\n",
        "47.4,8.5\n47.4,8.6\n47.5,8.6",
        "47°24'N, 8°30'E\n47°24'N, 8°36'E\n47°30'N, 8°36'E\n",
        "E 8 30.0,N 47 24.0\nE 8 36.0,N 47 24.0\nE 8 36.0,N 47 30.0",
    ] {
        let ring = first(table(text));
        assert_eq!(ring.len(), 3, "{text}");
        for (p, q) in ring.iter().zip(&wanted) {
            assert!(distance_m(*p, *q) < 0.01, "{text}: {p}");
        }
    }
    let two = table("area,lat,lon\nA,47,8\nA,47,9\nA,48,9\nB,50,8\nB,50,9\nB,51,9\n");
    let names: Vec<&str> = two.lines.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert!(
        table("47.4,8.5\n47.4,8.6\n47.5,8.6").notes[0].contains("latitude, longitude"),
        "an assumption is told"
    );
    let error = |text: &str| read("a.csv", text.as_bytes()).expect_err(text).to_string();
    assert!(error("lat,lon\n47,8\nx,9\n").contains("line 3"));
    assert!(error("lat,lon\n464000,5250000\n").contains("WGS 84"));
    assert!(error("1,47.4,8.5\n2,47.5,8.6\n").contains("lat and lon"));
    assert!(error("name,colour\na,b\n").contains("lat and lon"));
}

#[test]
fn tracks_and_routes() {
    let line = found("line.gpx");
    let truth = found("line.geojson");
    assert_eq!(line.kind, FileKind::Gpx);
    assert_eq!(line.lines[0].places, truth.lines[0].places);
    assert_eq!(line.lines[0].name, "Leitung");
    // Whoever walked around a field wanted the field.
    let walk = r#"<gpx><wpt lat="1" lon="2"/><rte><name>R &amp; D</name>
      <rtept lat="47.4" lon="8.5"/><rtept lat="47.4" lon="8.51"/><rtept lat="47.41" lon="8.51"/><rtept lat="47.40001" lon="8.50001"/></rte></gpx>"#;
    let walk = read("w.gpx", walk.as_bytes()).expect("read");
    assert_eq!(walk.lines[0].name, "R & D");
    assert!(walk.notes[0].contains("1 waypoints"));
    assert_eq!(walk.clone().into_lines().expect("a line").len(), 1);
    assert_eq!(walk.into_areas().expect("an area").len(), 1);
    // A line of another format is no area unless it is closed.
    let error = truth.into_areas().expect_err("a line").to_string();
    assert!(
        error.contains("1 line") && error.contains("Polygon"),
        "{error}"
    );
    let error = read(
        "x.gpx",
        b"<gpx><trk><trkseg><trkpt lat='91' lon='8'/></trkseg></trk></gpx>",
    );
    assert!(
        error
            .expect_err("no place")
            .to_string()
            .contains("latitude")
    );
}

#[test]
fn kml_as_programs_write_it() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?><!-- by hand --><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>not this</name>
      <NetworkLink><Link><href>http://example.invalid/a.kml</href></Link></NetworkLink>
      <Placemark><name>Fl&#228;che &lt;1&gt;</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
        8.0, 47.0, 0 8.1, 47.0, 0 8.1, 47.1, 0 8.0, 47.0, 0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
      <Placemark><name>Path</name><LineString><coordinates>8,47 8.1,47.1</coordinates></LineString></Placemark>
      <Placemark><Point><coordinates>8,47</coordinates></Point></Placemark>
      <Placemark><name>Flown</name><gx:Track><gx:coord>8 47 400</gx:coord><gx:coord>8.1 47.1 410</gx:coord></gx:Track></Placemark>
      <Placemark><Polygon/></Placemark></Document></kml>"#;
    let found = read("", text.as_bytes()).expect("read");
    assert_eq!(found.summary(), "1 area, 2 lines");
    assert_eq!(found.areas[0].name, "Fläche <1>");
    assert_eq!(found.areas[0].area.outer.len(), 3);
    assert_eq!(found.lines[0].name, "Path");
    assert_eq!(found.lines[1].places.len(), 2);
    assert!(found.notes[0].contains("NetworkLink"));
    for (text, word) in [
        ("<kml><Document>", "middle"),
        ("<kml><a></b></kml>", "byte"),
        ("<!DOCTYPE x><kml/>", "document type"),
        ("<html><body>Sign in</body></html>", "web page"),
        ("<svg/>", "neither KML nor GPX"),
    ] {
        let error = read("", text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn well_known_text() {
    let read = |text: &str| read("a.wkt", text.as_bytes());
    let found = read(
        "POLYGON Z ((8 47 1, 9 47 1, 9 48 1, 8 47 1),(8.5 47.2 0,8.6 47.2 0,8.6 47.3 0));\nLINESTRING M (8 47 0, 9 48 1)\nPOINT(1 2) MULTIPOLYGON EMPTY",
    );
    let found = found.expect("read");
    assert_eq!(found.summary(), "1 area, 1 line");
    assert_eq!(found.areas[0].area.holes.len(), 1);
    let collection = "geometrycollection(multipoint((1 2),(3 4)),multilinestring((8 47,9 47),(8 48,9 48)),multipolygon(((8 47,9 47,9 48)),((10 47,11 47,11 48))))";
    assert_eq!(
        read(collection).expect("read").summary(),
        "2 areas, 2 lines"
    );
    let utm = read(
        "SRID=25832;POLYGON((462271.88 5249731.65,462871.88 5249731.65,462871.88 5250331.65))",
    );
    let at = utm.expect("read").areas[0].area.outer[0];
    assert!(
        distance_m(at, LatLon::from_deg(47.4, 8.5).unwrap()) < 30.0,
        "{at}"
    );
    for (text, word) in [
        ("POLYGON((8 47, 9 47, 9 48)", "missing"),
        ("POLYGON((8 97, 9 47, 9 48))", "latitude"),
        ("POLYGON((8, 9 47))", "number"),
        ("POLYGON((8 47, 9 47, 9 48)) CIRCLE(1 2 3)", "CIRCLE"),
        ("SRID=99999;POINT(1 2)", "99999"),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn complex_items_of_qgroundcontrol() {
    let found = found("corridor.plan");
    assert_eq!(found.kind, FileKind::QgcPlan);
    assert_eq!(found.summary(), "1 area, 1 line, 1 zone");
    assert_eq!(found.lines[0].width_m, Some(60.0));
    assert_eq!(found.lines[0].places.len(), 3);
    assert_eq!(found.areas[0].name, "survey");
    assert!(found.notes[0].contains("structure"));
    // What it surveys is not what it stays out of.
    let no_fly = found.into_no_fly().expect("the fence's circle");
    assert_eq!(no_fly.len(), 1);
    let area_m2 = no_fly[0].area.area_m2();
    assert!((20_106.0..20_600.0).contains(&area_m2), "{area_m2}");
}

#[test]
fn geojson_of_2008_names_its_system() {
    let text = r#"{"type":"Feature","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::25832"}},"properties":{"NAME":7},
      "geometry":{"type":"Polygon","coordinates":[[[462271.88,5249731.65],[462871.88,5249731.65],[462871.88,5250331.65],[462271.88,5249731.65]]]}}"#;
    let found = read("", text.as_bytes()).expect("read");
    assert_eq!(found.areas[0].name, "7");
    assert!((found.areas[0].area.area_m2() - 180_000.0).abs() < 200.0);
    let unnamed = text.replace("\"crs\"", "\"CRS\"");
    let error = read("", unnamed.as_bytes())
        .expect_err("metres")
        .to_string();
    assert!(error.contains("EPSG:4326"), "{error}");
    let error = read("", text.replace("25832", "XYZ").as_bytes()).expect_err("unknown");
    assert!(error.to_string().contains("XYZ"));
    let esri = br#"{"rings":[[[0,0]]],"spatialReference":{"wkid":4326}}"#;
    let error = read("", esri).expect_err("Esri JSON").to_string();
    assert!(error.contains("GeoJSON"), "{error}");
}
