//! Zones of the air.

use crate::areas::data;
use whimbrel_geo::{Height, LatLon, distance_m};
use whimbrel_mission::format::{FileKind, read};
use whimbrel_mission::zone::FOOT_M;
use whimbrel_mission::{Area, Limit, Rule, Zone};

const NAUTICAL_MILE_M: f64 = 1852.0;

fn zones(name: &str, kind: FileKind) -> Vec<Zone> {
    let found = read(name, &data(name)).expect(name);
    assert_eq!(found.kind, kind);
    for zone in &found.zones {
        let frame = Area::local_frame(&[Area::new(vec![zone.area.outer[0]])]).expect("a frame");
        let polygon = zone.area.polygon(&frame);
        polygon.validate().expect(&zone.name);
    }
    found.zones
}

fn feet(feet: f64) -> Limit {
    Limit::Amsl(Height::from_m(feet * FOOT_M))
}

fn above_ground(m: f64) -> Limit {
    Limit::Agl(Height::from_m(m))
}

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::from_deg(lat, lon).expect("valid")
}

/// Least and greatest distance of vertices from a place.
fn span(area: &Area, from: LatLon) -> (f64, f64) {
    area.outer.iter().fold((f64::MAX, 0.0), |(a, b), p| {
        let d = distance_m(from, *p);
        (a.min(d), b.max(d))
    })
}

#[test]
fn openair() {
    let zones = zones("zones.openair", FileKind::OpenAir);
    let names: Vec<&str> = zones.iter().map(|z| z.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "FANTASIA TOWER 118.100",
            "LS-R99 Made Up Range",
            "FANTASIA TMA 1",
            "A 9",
            "Wave box"
        ]
    );
    let [ctr, range, tma, airway, wave] = zones.as_slice() else {
        panic!("five zones");
    };
    assert_eq!(
        (ctr.rule, ctr.lower, ctr.upper),
        (Rule::Authorisation, Limit::GROUND, feet(4500.0))
    );
    let (inner, outer) = span(&ctr.area, at(47.4, 8.5));
    assert!(
        inner >= 3.0 * NAUTICAL_MILE_M && outer < 3.0 * NAUTICAL_MILE_M + 10.1,
        "{inner} {outer}"
    );
    // A quarter to the north-east: the arc runs counter-clockwise from east to north.
    assert_eq!(
        (range.lower, range.upper),
        (above_ground(2500.0 * FOOT_M), Limit::FlightLevel(120.0))
    );
    assert!(range.area.contains(at(47.345, 8.69)), "{range:?}");
    assert!(!range.area.contains(at(47.32, 8.65)));
    let quarter = core::f64::consts::FRAC_PI_4 * (3.0 * NAUTICAL_MILE_M).powi(2);
    assert!((range.area.area_m2() / quarter - 1.0).abs() < 0.01);
    // A wide northern and a narrow southern half.
    assert_eq!(
        (tma.class.as_str(), tma.upper),
        ("D TMA", Limit::FlightLevel(100.0))
    );
    assert!(tma.area.contains(at(47.65, 8.5)) && !tma.area.contains(at(47.38, 8.5)));
    // Five miles wide.
    let inside = |lat, lon| {
        let frame = Area::local_frame(&[Area::new(vec![at(lat, lon)])]).expect("a frame");
        airway.area.polygon(&frame).contains([0.0, 0.0])
    };
    assert!(inside(47.3, 8.3) && inside(47.501, 8.52) && !inside(47.3, 8.42));
    assert_eq!(wave.rule, Rule::Free);
    let no_fly = read("", &data("zones.openair"))
        .expect("read")
        .into_no_fly()
        .expect("zones");
    assert!(no_fly.iter().all(|z| z.name != "Wave box") && no_fly.len() == 4);
}

#[test]
fn openair_faults_have_lines() {
    for (text, words) in [
        ("AC R\nAN x\nDC 3\n", ["line 3", "V X="]),
        ("AC R\nDP 47:00:00 N 8 East\n", ["line 2", "008:33:00 E"]),
        ("AC R\nAL quite high\n", ["line 2", "FL65"]),
        (
            "AC R\nV X=47:00:00 N 008:00:00 E\nDC -3\n",
            ["line 3", "nautical"],
        ),
        (
            "AC R\nV X=47:00:00 N 008:00:00 E\nDA 3,10\n",
            ["line 3", "end angle"],
        ),
        ("AC R\nDP 97:00:00 N 008:00:00 E\n", ["line 2", "latitude"]),
    ] {
        let error = read("x.txt", text.as_bytes()).expect_err(text).to_string();
        assert!(words.iter().all(|w| error.contains(w)), "{text}: {error}");
    }
    let odd = "AC R\nAN nothing\nZZ what\nAC P\nDP 47:00:00N 8:00:00E\nDP 47:00:00N 9:00:00E\nDP 48:00:00N 9:00:00E\n";
    let found = read("", odd.as_bytes()).expect("read");
    assert_eq!(found.zones.len(), 1);
    assert!(
        found.notes.iter().any(|n| n.contains("no outline")),
        "{:?}",
        found.notes
    );
    assert!(
        found.notes.iter().any(|n| n.contains("ZZ")),
        "{:?}",
        found.notes
    );
}

#[test]
fn ed269() {
    let zones = zones("zones_ed269.json", FileKind::Ed269);
    let [hospital, cake, upper, free] = zones.as_slice() else {
        panic!("four zones");
    };
    assert_eq!(
        (hospital.rule, hospital.lower),
        (Rule::Prohibited, Limit::GROUND)
    );
    assert_eq!(
        (hospital.upper, &hospital.times),
        (above_ground(120.0), &None)
    );
    let (inner, outer) = span(&hospital.area, at(47.405, 8.52));
    assert!(inner >= 500.0 && outer < 510.1, "{inner} {outer}");
    assert_eq!(
        (cake.rule, cake.lower, cake.upper),
        (Rule::Authorisation, feet(1000.0), feet(3000.0))
    );
    assert!(
        cake.times
            .as_ref()
            .is_some_and(|t| t.contains("2026-05-01T06:00"))
    );
    assert_eq!(
        (upper.lower, upper.upper),
        (above_ground(50.0), Limit::Unlimited)
    );
    assert_eq!((free.rule, free.name.as_str()), (Rule::Free, "XX0003"));
    let text = String::from_utf8(data("zones_ed269.json")).expect("text");
    for (from, to, word) in [
        ("\"AMSL\"", "\"STD\"", "AMSL or WGS84"),
        ("\"FT\"", "\"YARD\"", "neither M nor FT"),
        ("\"radius\":500", "\"radius\":-5", "radius"),
        ("\"upperLimit\":120", "\"upperLimit\":\"high\"", "high"),
    ] {
        let error = read("", text.replace(from, to).as_bytes())
            .expect_err(to)
            .to_string();
        assert!(
            error.contains(word) && error.contains("features["),
            "{error}"
        );
    }
}

#[test]
fn ed318() {
    let zones = zones("zones_ed318.json", FileKind::Ed318);
    let [square, circle, conditional] = zones.as_slice() else {
        panic!("three zones");
    };
    assert_eq!(
        (square.name.as_str(), square.class.as_str()),
        ("Prohibited zone", "PROHIBITED")
    );
    assert_eq!(
        (square.lower, square.upper),
        (Limit::GROUND, Limit::Amsl(Height::from_m(150.0)))
    );
    assert_eq!(
        circle.upper,
        Limit::Ellipsoid(Height::from_m(700.0 * FOOT_M))
    );
    assert_eq!(circle.lower, above_ground(400.0 * FOOT_M));
    let (inner, outer) = span(&circle.area, at(47.405, 8.53));
    assert!(inner >= 1000.0 && outer < 1010.1);
    assert_eq!(
        (conditional.rule, conditional.upper),
        (Rule::Conditional, Limit::Unlimited)
    );
    assert!(conditional.times.is_some());
}

#[test]
fn cells_of_the_faa() {
    let zones = zones("faa_grid.geojson", FileKind::FaaGrid);
    let lower: Vec<Limit> = zones.iter().map(|z| z.lower).collect();
    assert_eq!(
        lower,
        [Limit::GROUND, above_ground(60.96), above_ground(121.92)]
    );
    assert!(
        zones
            .iter()
            .all(|z| z.rule == Rule::Authorisation && z.upper == Limit::Unlimited)
    );
    assert_eq!(zones[1].name, "XYZ 200 ft");
    let notes = read("", &data("faa_grid.geojson")).expect("read").notes;
    assert!(notes[0].contains("LAANC"));
}
