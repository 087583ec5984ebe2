//! Plans as files: heights, roles, routes of DJI, the page to print.

use crate::{area, frame};
use serde_json::Value;
use whimbrel_geo::{FlatTerrain, Height, LatLon, Terrain};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::format::{FileKind, read, wpml};
use whimbrel_mission::{Area, Camera, HeightReference, Limit, Rule, Vehicle, VehicleKind, Zone};
use whimbrel_plan::{Briefing, Detail, Effort, Plan, Request, Role, plan};

/// Ground that rises to the east, 20 m in 100 m.
struct Slope;

impl Terrain for Slope {
    fn height(&self, at: LatLon) -> Option<Height<whimbrel_geo::Amsl>> {
        Some(Height::from_m(500.0 + 0.2 * frame().enu_xy(at)[0]))
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        None
    }
}

fn request() -> Request {
    let outer = vec![[0.0, 0.0], [260.0, 0.0], [260.0, 180.0], [0.0, 180.0]];
    let hole = vec![[100.0, 60.0], [140.0, 60.0], [140.0, 100.0], [100.0, 100.0]];
    let mut request = Request::new(
        vec![area(&[outer, hole])],
        Camera::catalogue("mapper").ok(),
        Vehicle::builtin("quad").unwrap(),
        Detail::HeightM(60.0),
    );
    request.homes = vec![frame().latlon_from_xy([-30.0, -20.0])];
    request.effort = Effort::Quick;
    request
}

fn sloped() -> Plan {
    plan(&request(), &Slope).unwrap()
}

#[test]
fn geojson_tells_heights_above_the_sea_and_the_ground() {
    let plan = sloped();
    let document: Value = serde_json::from_slice(&plan.geojson(&Slope)).unwrap();
    let features = document["features"].as_array().unwrap();
    let mut roles = std::collections::BTreeSet::new();
    for feature in features {
        let p = &feature["properties"];
        roles.insert(p["role"].as_str().unwrap().to_owned());
        if p["role"] == "airspace" {
            continue;
        }
        assert_eq!(p["height_reference"], "amsl");
        let places = match &feature["geometry"]["coordinates"] {
            Value::Array(list) if list[0].is_array() => list.clone(),
            one => vec![one.clone()],
        };
        let heights = |key: &str| match &p[key] {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let (amsl, agl) = (heights("height_amsl_m"), heights("height_agl_m"));
        assert_eq!((amsl.len(), agl.len()), (places.len(), places.len()));
        for ((place, amsl), agl) in places.iter().zip(&amsl).zip(&agl) {
            let number = |v: &Value| v.as_f64().unwrap();
            let at = LatLon::from_deg(number(&place[1]), number(&place[0])).unwrap();
            let ground = Slope.height(at).unwrap().m();
            assert!((number(&place[2]) - number(amsl)).abs() < 0.01);
            assert!((number(amsl) - ground - number(agl)).abs() < 0.02, "{p}");
        }
        if p["role"] == "photo" {
            assert!(p["lowest_agl_m"].as_f64().unwrap() >= 59.9, "{p}");
        }
    }
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    for role in ["airspace", "climb", "photo", "photo_point", "turn"] {
        assert!(roles.contains(&role), "{roles:?}");
    }
    // Its own plan is read back as the airspace, without the route.
    let again = read("plan.geojson", &plan.geojson(&Slope)).unwrap();
    assert_eq!(again.summary(), "1 area");
    assert_eq!(again.areas[0].area.holes.len(), 1);
}

#[test]
fn what_is_not_known_is_null() {
    let mut request = request();
    request.height_reference = HeightReference::AboveHome;
    let level = FlatTerrain(Height::from_m(0.0));
    let plan = plan(&request, &level).unwrap();
    let document: Value = serde_json::from_slice(&plan.geojson(&level)).unwrap();
    let photo = document["features"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["properties"]["role"] == "photo_point")
        .unwrap();
    assert_eq!(photo["properties"]["height_amsl_m"], Value::Null);
    let agl = photo["properties"]["height_agl_m"].as_f64().unwrap();
    assert!((agl - 60.0).abs() < 1.0, "{agl}");
}

#[test]
fn kml_is_read_back() {
    let plan = sloped();
    let found = read("plan.kml", &plan.kml(&Slope)).unwrap();
    assert_eq!(found.kind, FileKind::Kml);
    assert_eq!(found.areas.len(), 1);
    let segments: usize = plan.sorties.iter().map(|s| s.segments.len()).sum();
    assert_eq!(found.lines.len(), segments);
    assert!(found.lines.iter().any(|l| l.name == "sortie 1 photo"));
}

#[test]
fn dji_routes_visit_the_planned_places() {
    let plan = sloped();
    let files = plan.wpml_files(wpml::Options::default()).unwrap();
    assert_eq!(files.len(), plan.sorties.len());
    for (file, sortie) in files.iter().zip(&plan.sorties) {
        assert!(file.starts_with(b"PK"));
        // A route is no survey area.
        assert!(read("a.kmz", file).unwrap().into_areas().is_err());
        assert!(sortie.mission.items.len() > 4);
    }
    let mut wing = plan.clone();
    wing.sorties[0].mission.vehicle_kind = Some(VehicleKind::FixedWing);
    let error = wing.wpml_files(wpml::Options::default()).unwrap_err();
    assert!(error.to_string().contains("--vehicle quad"), "{error}");
}

fn briefing(plan: &Plan, request: &Request, title: &str, zones: &[Zone]) -> String {
    String::from_utf8(plan.briefing(&Briefing {
        title,
        made: "made 2026-05-01 06:00 UTC",
        request,
        ground: &Slope,
        zones,
    }))
    .unwrap()
}

#[test]
fn the_briefing_holds_everything_and_fetches_nothing() {
    let mut request = request();
    request.wind = Wind {
        speed_m_s: 4.0,
        from_rad: 4.0,
    };
    let plan = plan(&request, &Slope).unwrap();
    let zone = Zone {
        name: "Tower <1> & \"2\"".into(),
        class: "CTR".into(),
        rule: Rule::Authorisation,
        area: Area::new(Vec::new()),
        lower: Limit::GROUND,
        upper: Limit::FlightLevel(65.0),
        times: None,
    };
    let page = briefing(&plan, &request, "Field <7> & Co", &[zone]);
    for outside in ["http", "src=", "<script", "@import", "href"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("<h1>Field &lt;7&gt; &amp; Co</h1>"));
    assert!(page.contains("Tower &lt;1&gt; &amp; &quot;2&quot; (CTR): ground to FL065"));
    let report = plan.report();
    for words in [
        format!("<b>{} <small>", report.photo_count),
        "<b>60 <small>m</small></b><i>197 ft</i>".into(),
        "4.0 m/s <small>(8 kt)</small>".into(),
        "NM".into(),
        "acres".into(),
        "contours ".into(),
        "above sea level".into(),
        "47.39".into(),
    ] {
        assert!(page.contains(&words), "{words}");
    }
    assert!(
        !page.contains("NaN") && !page.contains("inf "),
        "only numbers"
    );
    // Each sortie has a row, a route on the map and a part of the profile.
    let dots = page.matches("class=\"dot\"").count();
    assert_eq!(dots, plan.sorties.len().min(10));
    assert!(
        page.contains("aria-label=\"map\"") && page.contains("aria-label=\"elevation profile\"")
    );
    assert_eq!(
        page,
        briefing(&plan, &request, "Field <7> & Co", &[]).replace(
            "no zones were given: check the airspace",
            "Tower &lt;1&gt; &amp; &quot;2&quot; (CTR): ground to FL065",
        )
    );
}

#[test]
fn lines_of_the_map_are_where_the_route_is() {
    let (request, plan) = (request(), sloped());
    let page = briefing(&plan, &request, "a", &[]);
    let extent = |places: &[[f64; 2]]| -> [f64; 4] {
        places
            .iter()
            .fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |e, p| {
                [
                    e[0].min(p[0]),
                    e[1].min(p[1]),
                    e[2].max(p[0]),
                    e[3].max(p[1]),
                ]
            })
    };
    let path_before = |mark: &str| -> Vec<[f64; 2]> {
        let end = page.find(mark).expect(mark);
        let start = page[..end].rfind("<path d=\"").expect("a path") + 9;
        let path = page[start..end].split('"').next().expect("its end");
        path.split(['M', 'L', 'Z'])
            .filter_map(|pair| {
                let (x, y) = pair.trim().split_once(' ')?;
                Some([x.parse().ok()?, y.parse().ok()?])
            })
            .collect()
    };
    // The survey area is 260 m × 180 m: that gives the scale.
    let outline = extent(&path_before("stroke=\"#17457f\" stroke-width=\".5\""));
    let mm_per_m = (outline[2] - outline[0]) / 260.0;
    assert!(((outline[3] - outline[1]) / mm_per_m - 180.0).abs() < 0.5);
    let drawn = path_before("stroke-width=\".5\" fill=\"none\" stroke-linejoin");
    let photo = |s: &&whimbrel_plan::Segment| s.role == Role::Photo;
    let flown: Vec<[f64; 2]> = plan.sorties[0]
        .segments
        .iter()
        .filter(photo)
        .flat_map(|s| &s.points)
        .map(|p| frame().enu_xy(p.at))
        .collect();
    assert_eq!(drawn.len(), flown.len());
    let (drawn, flown) = (extent(&drawn), extent(&flown));
    // y goes down the page.
    let wanted = [
        outline[0] + mm_per_m * flown[0],
        outline[3] - mm_per_m * flown[3],
        outline[0] + mm_per_m * flown[2],
        outline[3] - mm_per_m * flown[1],
    ];
    for (a, b) in drawn.iter().zip(&wanted) {
        assert!((a - b).abs() < 0.05, "{drawn:?} {wanted:?}");
    }
}
