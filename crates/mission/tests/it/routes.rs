//! DJI's route files.

use whimbrel_geo::{Amsl, Height, LatLon, Position, distance_m, ellipsoid_from_amsl};
use whimbrel_mission::format::wpml::{Aircraft, Options, Photos, write};
use whimbrel_mission::{Item, Mission, VehicleKind, command};

fn place(lat: f64, lon: f64, height_m: f64) -> Position<Amsl> {
    Position::new(
        LatLon::from_deg(lat, lon).expect("valid"),
        Height::from_m(height_m),
    )
}

/// Two lines of about 300 m with photos each 50 m.
fn mission() -> Mission {
    let line = |a, b| {
        [
            Item::waypoint(a, 0.0),
            Item::trigger_distance(50.0, true),
            Item::waypoint(b, 0.0),
            Item::trigger_distance(0.0, false),
        ]
    };
    let mut items = vec![
        Item::takeoff(place(47.0, 8.0, 500.0)),
        Item::speed(8.0, false),
    ];
    items.extend(line(place(47.0, 8.0, 500.0), place(47.0, 8.004, 510.0)));
    items.extend(line(
        place(47.0005, 8.004, 510.0),
        place(47.0005, 8.0, 500.0),
    ));
    items.push(Item::return_home());
    Mission {
        home: Some(place(47.0, 8.0, 440.0)),
        items,
        vehicle_kind: Some(VehicleKind::Multirotor),
        cruise_m_s: Some(8.0),
        ..Mission::default()
    }
}

fn unpack(kmz: &[u8]) -> [String; 2] {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(kmz)).expect("a ZIP archive");
    ["wpmz/template.kml", "wpmz/waylines.wpml"].map(|name| {
        let mut file = zip.by_name(name).expect(name);
        std::io::read_to_string(&mut file).expect("text")
    })
}

/// The contents of an element, in order.
fn all<'a>(text: &'a str, tag: &str) -> Vec<&'a str> {
    text.split(&format!("<{tag}>"))
        .skip(1)
        .filter_map(|rest| rest.split(&format!("</{tag}>")).next())
        .collect()
}

#[test]
fn photos_by_distance() {
    let options = Options::default();
    let kmz = write(&mission(), options).expect("written");
    assert_eq!(
        kmz,
        write(&mission(), options).expect("written"),
        "the same bytes"
    );
    let [template, waylines] = unpack(&kmz);
    for text in [&template, &waylines] {
        let mut reader = quick_xml::Reader::from_str(text);
        while !matches!(
            reader.read_event().expect("well-formed"),
            quick_xml::events::Event::Eof
        ) {}
        assert_eq!(all(text, "wpml:index"), ["0", "1", "2", "3"]);
        assert_eq!(all(text, "wpml:actionGroupStartIndex"), ["0", "0", "2"]);
        assert_eq!(all(text, "wpml:actionGroupEndIndex"), ["0", "1", "3"]);
        assert_eq!(all(text, "wpml:actionGroupId"), ["0", "1", "2"]);
        assert_eq!(all(text, "wpml:actionTriggerParam"), ["50.000", "50.000"]);
        assert_eq!(all(text, "wpml:finishAction"), ["goHome"]);
        assert_eq!(all(text, "wpml:takeOffSecurityHeight"), ["60.0"]);
        assert_eq!(all(text, "wpml:droneEnumValue"), ["77"]);
        assert_eq!(all(text, "wpml:payloadEnumValue"), ["66"]);
    }
    // Heights: above the ellipsoid for the aircraft, above the sea for people.
    let first = ellipsoid_from_amsl(place(47.0, 8.0, 500.0)).height.m();
    assert_eq!(all(&waylines, "wpml:executeHeightMode"), ["WGS84"]);
    assert_eq!(
        all(&waylines, "wpml:executeHeight")[0],
        format!("{first:.3}")
    );
    assert_eq!(all(&template, "wpml:heightMode"), ["EGM96"]);
    assert_eq!(all(&template, "wpml:height")[0], "500.000");
    let length: f64 = all(&waylines, "wpml:distance")[0]
        .parse()
        .expect("a number");
    assert!((length - 664.0).abs() < 5.0, "{length}");
}

#[test]
fn a_waypoint_for_each_photo() {
    let options = Options {
        aircraft: Aircraft::Fly,
        photos: Photos::AtWaypoints,
    };
    let mut relative = mission();
    for item in &mut relative.items {
        *item = item.above_home(Height::from_m(440.0));
    }
    let [template, waylines] = unpack(&write(&relative, options).expect("written"));
    assert_eq!(
        all(&waylines, "wpml:executeHeightMode"),
        ["relativeToStartPoint"]
    );
    assert_eq!(all(&waylines, "wpml:executeHeight")[0], "60.000");
    assert_eq!(
        all(&template, "wpml:ellipsoidHeight").len(),
        all(&waylines, "wpml:index").len()
    );
    assert!(!waylines.contains("payloadInfo") && waylines.contains(">68<"));
    let photos = all(&waylines, "wpml:actionActuatorFunc");
    assert_eq!(
        photos.iter().filter(|f| **f == "takePhoto").count(),
        14,
        "7 a line"
    );
    let ids: Vec<usize> = all(&waylines, "wpml:actionGroupId")
        .iter()
        .map(|id| id.parse().expect("a number"))
        .collect();
    assert_eq!(ids, (0..15).collect::<Vec<_>>());
    let places: Vec<LatLon> = all(&waylines, "coordinates")
        .iter()
        .map(|c| {
            let (lon, lat) = c.split_once(',').expect("a pair");
            LatLon::from_deg(lat.parse().expect("lat"), lon.parse().expect("lon")).expect("valid")
        })
        .collect();
    for pair in places[..7].windows(2) {
        assert!((distance_m(pair[0], pair[1]) - 50.0).abs() < 0.01);
    }
}

#[test]
fn what_a_route_cannot_say() {
    let error = |mission: &Mission| {
        write(mission, Options::default())
            .expect_err("refused")
            .to_string()
    };
    let wing = Mission {
        vehicle_kind: Some(VehicleKind::FixedWing),
        ..mission()
    };
    assert!(error(&wing).contains("multirotor"));
    let mut odd = mission();
    odd.items
        .insert(3, Item::action(command::DO_JUMP, [1.0; 4]));
    assert!(error(&odd).contains("item 4") && error(&odd).contains("177"));
    assert!(error(&Mission::default()).contains("two waypoints"));
    let mut terrain = mission();
    terrain.items[2].frame = whimbrel_mission::frame::GLOBAL_TERRAIN_ALT;
    assert!(error(&terrain).contains("--dem"));
    assert!(Aircraft::named("M3E") == Some(Aircraft::M3E) && Aircraft::named("x").is_none());
}
