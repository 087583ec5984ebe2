//! Obstacles from files.

use whimbrel_geo::ObstacleTop;
use whimbrel_mission::format::read_obstacles;

const GEOJSON: &[u8] = br#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"name":"mast","height":"200 ft","radius_m":3},
  "geometry":{"type":"Point","coordinates":[9.85,46.81]}},
 {"type":"Feature","properties":{"height_m":35},
  "geometry":{"type":"LineString","coordinates":[[9.85,46.81],[9.86,46.82],[9.87,46.82]]}},
 {"type":"Feature","properties":{"top_amsl_m":1640.5},
  "geometry":{"type":"Polygon","coordinates":[[[9.85,46.81],[9.851,46.81],[9.851,46.811],[9.85,46.81]]]}}]}"#;

#[test]
fn geojson_and_tables() {
    let found = read_obstacles(GEOJSON).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].top, ObstacleTop::AglM(60.96));
    assert_eq!((found[0].points.len(), found[0].half_width_m), (1, 3.0));
    assert_eq!((found[1].points.len(), found[1].area), (3, false));
    assert_eq!(found[2].top, ObstacleTop::AmslM(1640.5));
    assert!(found[2].area && found[2].half_width_m == 0.0);

    let table = "lat;lon;height_m;width_m\n46,81;9,85;60;4\n46.82;9.86;45 m;\n";
    let found = read_obstacles(table.as_bytes()).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].half_width_m, 2.0);
    assert_eq!(found[1].top, ObstacleTop::AglM(45.0));
    let table = "wkt,height_m\n\"LINESTRING (9.85 46.81, 9.86 46.82)\",40\n";
    assert_eq!(read_obstacles(table.as_bytes()).unwrap()[0].points.len(), 2);
}

#[test]
fn what_is_missing_is_named() {
    let say = |bytes: &[u8]| read_obstacles(bytes).unwrap_err().to_string();
    let text = say(b"lat,lon\n46.8,9.8\n");
    assert!(
        text.contains("height_m") && text.contains("line 2"),
        "{text}"
    );
    let text = say(b"name,height_m\nmast,60\n");
    assert!(text.contains("lat and lon"), "{text}");
    let text = say(b"lat,lon,height_m\n46.8,9.8,tall\n");
    assert!(text.contains("tall"), "{text}");
    let text = say(b"lat,lon,height_m\n146.8,9.8,20\n");
    assert!(text.contains("line 2"), "{text}");
    let text = say(br#"{"type":"FeatureCollection","features":[]}"#);
    assert!(text.contains("none"), "{text}");
    assert!(read_obstacles(&[0xff, 0xfe, 0]).is_err());
    for cut in 0..GEOJSON.len() {
        let _ = read_obstacles(&GEOJSON[..cut]);
    }
}

#[test]
fn the_corpus_is_replayed() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/obstacles");
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let _ = read_obstacles(&std::fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 3);
}
