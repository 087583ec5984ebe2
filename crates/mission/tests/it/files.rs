//! The file formats: there and back, and whatever comes.

use proptest::prelude::*;
use whimbrel_geo::{Amsl, Height, LatLon, Position};
use whimbrel_mission::format::{self, geojson, kml, plan_json, waypoints};
use whimbrel_mission::fuzzing::mission_files;
use whimbrel_mission::{Area, FenceShape, Firmware, Item, Mission, VehicleKind, command, frame};

fn place(lat: f64, lon: f64, height_m: f64) -> Position<Amsl> {
    Position::new(
        LatLon::from_deg(lat, lon).unwrap(),
        Height::from_m(height_m),
    )
}

fn mission() -> Mission {
    let unknown = Item {
        frame: 3,
        command: 31_999,
        params: [1.5, -2.25, f32::NAN, 12.345],
        x: -471_234_567,
        y: 1_799_999_999,
        z: 60.256,
        autocontinue: false,
    };
    Mission {
        home: Some(place(47.0, 8.0, 430.0)),
        items: vec![
            Item::takeoff(place(47.0, 8.0, 470.0)),
            Item::speed(10.0, false),
            Item::waypoint(place(47.001_234_5, 8.002, 520.5), 2.0),
            Item::trigger_distance(12.345, true),
            unknown,
            Item {
                x: 7,
                y: -3,
                ..Item::action(4242, [0.1, 0.2, 0.3, 0.4])
            },
            Item::return_home(),
        ],
        fence: vec![
            FenceShape::Polygon {
                inclusion: true,
                vertices: vec![
                    place(46.9, 7.9, 0.).at,
                    place(46.9, 8.1, 0.).at,
                    place(47.1, 8.0, 0.).at,
                ],
            },
            FenceShape::Circle {
                inclusion: false,
                centre: place(47.05, 8.0, 0.).at,
                radius_m: 25.5,
            },
        ],
        rally: vec![Item {
            frame: frame::GLOBAL_RELATIVE_ALT,
            command: command::NAV_RALLY_POINT,
            params: [0.0; 4],
            x: 470_000_000,
            y: 80_100_000,
            z: 30.5,
            autocontinue: true,
        }],
        vehicle_kind: Some(VehicleKind::Multirotor),
        firmware: Firmware::ArduPilot,
        cruise_m_s: Some(10.0),
    }
}

#[test]
fn a_plan_comes_back_as_it_was_written() {
    let mission = mission();
    let bytes = plan_json::write(&mission).unwrap();
    let again = plan_json::read(&bytes).unwrap();
    assert_eq!(again.items, mission.items);
    assert_eq!(whimbrel_mission::fence_items(&again.fence).len(), 4);
    assert_eq!(again.rally, mission.rally);
    assert_eq!(again.firmware, mission.firmware);
    assert_eq!(plan_json::write(&again).unwrap(), bytes);
}

#[test]
fn waypoints_come_back_as_they_were_written() {
    let mut mission = mission();
    mission.items[4].params[2] = 0.0; // the format has no NaN
    let bytes = waypoints::write(&mission);
    let again = waypoints::read(&bytes).unwrap();
    assert_eq!(again.items.len(), mission.items.len());
    for (a, b) in again.items.iter().zip(&mission.items) {
        let mut b = *b;
        b.params = b.params.map(|p| if p.is_nan() { 0.0 } else { p });
        assert_eq!(*a, b);
    }
    assert_eq!(again.home.unwrap().height.m(), 430.0);
    assert_eq!(waypoints::write(&again), bytes);
}

#[test]
fn expanded_items_of_a_survey_are_read() {
    let text = r#"{"fileType":"Plan","version":1,"geoFence":{"circles":[],"polygons":[],"version":2},
      "mission":{"version":2,"firmwareType":12,"vehicleType":2,"plannedHomePosition":[47.1,8.1,400],
      "items":[{"type":"ComplexItem","complexItemType":"survey","polygon":[[47.1,8.1],[47.1,8.2],[47.2,8.2]],
        "TransectStyleComplexItem":{"Items":[
          {"type":"SimpleItem","frame":3,"command":16,"autoContinue":true,"doJumpId":1,"params":[0,0,0,null,47.1,8.1,50]},
          {"type":"SimpleItem","frame":2,"command":206,"autoContinue":true,"doJumpId":2,"params":[25,0,1,0,0,0,0]}]}}]},
      "rallyPoints":{"points":[],"version":2}}"#;
    let mission = format::read_mission(text.as_bytes()).unwrap();
    assert_eq!(mission.items.len(), 2);
    assert!(mission.items[0].params[3].is_nan());
    assert_eq!(mission.items[1].params[0], 25.0);
    assert_eq!(
        format::read_areas(text.as_bytes()).unwrap()[0].outer.len(),
        3
    );
    let without = text.replace("\"Items\"", "\"Nothing\"");
    assert!(
        format::read_mission(without.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("survey")
    );
}

#[test]
fn kml_keeps_every_inner_boundary() {
    let text = r#"<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon>
      <outerBoundaryIs><LinearRing><coordinates>8,47,0 8.1,47,0 8.1,47.1,0 8,47.1,0 8,47,0</coordinates></LinearRing></outerBoundaryIs>
      <innerBoundaryIs><LinearRing><coordinates>8.01,47.01 8.02,47.01 8.02,47.02</coordinates></LinearRing></innerBoundaryIs>
      <innerBoundaryIs><LinearRing><coordinates>8.05,47.05 8.06,47.05 8.06,47.06</coordinates></LinearRing></innerBoundaryIs>
      </Polygon></Placemark></Document></kml>"#;
    let areas = format::read_areas(text.as_bytes()).unwrap();
    assert_eq!((areas[0].outer.len(), areas[0].holes.len()), (4, 2));
    let mut writer = kml::Writer::default();
    writer.folder("<all>");
    writer.area("a <b> & c", kml::Colour::Green, &areas[0]);
    let track = [place(47.0, 8.0, 1.0), place(47.1, 8.0, 2.0)];
    writer.line("track", "5 > 4", kml::Colour::Blue, &track);
    assert_eq!(format::read_areas(&writer.finish()).unwrap(), areas);
}

#[test]
fn geojson_areas_and_back() {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,"geometry":
      {"type":"MultiPolygon","coordinates":[[[[8,47],[8.1,47],[8.1,47.1],[8,47]],[[8.05,47.01],[8.06,47.01],[8.06,47.02],[8.05,47.01]]],
      [[[9,47],[9.1,47],[9.1,47.1],[9,47]]]]}},{"type":"Feature","geometry":{"type":"Point","coordinates":[8,47]}}]}"#;
    let areas = format::read_areas(text.as_bytes()).unwrap();
    assert_eq!(
        (areas.len(), areas[0].holes.len(), areas[0].outer.len()),
        (2, 1, 3)
    );
    let mut writer = geojson::Writer::default();
    for area in &areas {
        writer.area(area, serde_json::Map::new());
    }
    assert_eq!(format::read_areas(&writer.finish()).unwrap(), areas);
}

#[test]
fn faults_are_named() {
    let error = |bytes: &[u8]| format::read_areas(bytes).unwrap_err().to_string();
    assert!(error(b"hello").contains("none of GeoJSON"));
    assert!(error(b"{\"type\":\"Point\",\"coordinates\":[1,2]}").contains("no polygon"));
    assert!(
        error(b"{\"type\":\"Polygon\",\"coordinates\":[[[47,98.0],[1,2]]]}").contains("latitude")
    );
    assert!(
        error(b"<kml><Polygon><coordinates>1;2</coordinates></Polygon></kml>")
            .contains("longitude,latitude")
    );
    let error = |text: &str| waypoints::read(text.as_bytes()).unwrap_err().to_string();
    assert!(error("QGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t99\t8\t0\t1\n").contains("line 2"));
    assert!(error("QGC WPL 110\n0\t1\t0\t16\n").contains("twelve"));
    let long = format!(
        "QGC WPL 110\n{}",
        (0..=format::MAX_ITEMS + 2)
            .map(|i| format!("{i} 0 0 16 0 0 0 0 0 0 0 1\n"))
            .collect::<String>()
    );
    assert!(error(&long).contains("65535"));
    let big = vec![b' '; format::MAX_FILE_BYTES + 1];
    assert!(matches!(
        format::read_areas(&big),
        Err(format::FormatError::TooLarge(_))
    ));
}

#[test]
fn the_fuzz_corpus_is_read_without_panic() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/mission_files"
    );
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        mission_files(&std::fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 5, "{files} files in {folder}");
}

proptest! {
    #[test]
    fn broken_files_do_not_panic(at in 0_usize..2000, byte: u8, cut in 0_usize..3000) {
        for original in [plan_json::write(&mission()).unwrap(), waypoints::write(&mission())] {
            let mut bytes = original;
            if let Some(b) = bytes.get_mut(at) {
                *b = byte;
            }
            bytes.truncate(cut.max(1));
            mission_files(&bytes);
        }
    }
}

#[test]
fn areas_that_are_none_are_refused_with_the_place() {
    let bow_tie = Area::new(
        [(47.0, 8.0), (47.01, 8.01), (47.01, 8.0), (47.0, 8.01)]
            .map(|(lat, lon)| LatLon::from_deg(lat, lon).unwrap())
            .to_vec(),
    );
    let error = bow_tie.validate().unwrap_err().to_string();
    assert!(
        error.contains("crosses itself") && error.contains("47.005"),
        "{error}"
    );
    let thin = Area::new(
        [(47.0, 8.0), (47.01, 8.0), (47.02, 8.0)]
            .map(|(lat, lon)| LatLon::from_deg(lat, lon).unwrap())
            .to_vec(),
    );
    assert!(thin.validate().unwrap_err().to_string().contains("no area"));
    assert!(Area::new(Vec::new()).validate().is_err());
}
