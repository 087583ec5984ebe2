//! Surveys on level and rolling ground.

use crate::{area, frame};
use proptest::prelude::*;
use std::time::Instant;
use whimbrel_geo::{Amsl, FlatTerrain, Height, LatLon, Terrain};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{
    Area, Camera, HeightReference, Vehicle, command, fence, frame as mav_frame,
};
use whimbrel_plan::{Detail, Objective, Plan, PlanError, Request, Role, plan};

pub const GROUND: FlatTerrain = FlatTerrain(Height::from_m(430.0));

pub struct Hills;
impl Terrain for Hills {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        let [x, y] = frame().enu_xy(at);
        Some(Height::from_m(
            500.0 + 40.0 * (x / 150.0).sin() + 25.0 * (y / 90.0).cos(),
        ))
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        None
    }
}

pub fn rectangle(w: f64, h: f64) -> Area {
    area(&[vec![[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]]])
}

fn request(areas: Vec<Area>, vehicle: &str) -> Request {
    let camera = Camera::catalogue("mapper").unwrap();
    Request::new(
        areas,
        Some(camera),
        Vehicle::builtin(vehicle).unwrap(),
        Detail::GsdM(0.095),
    )
}

fn check_inside(plan: &Plan) {
    for sortie in &plan.sorties {
        fence::check(&sortie.mission.path(), &sortie.mission.fence).unwrap();
        let fence = fence::fence_of_area(&plan.airspace);
        for segment in &sortie.segments {
            fence::check(&segment.points, &fence).unwrap();
        }
    }
}

#[test]
fn twenty_hectares_for_a_quad() {
    let mut request = request(vec![rectangle(500.0, 400.0)], "quad");
    request.homes = vec![frame().latlon_from_xy([-60.0, -40.0])];
    let start = Instant::now();
    let plan = plan(&request, &GROUND).unwrap();
    let took = start.elapsed();
    println!(
        "20 ha took {took:?}: {}",
        serde_json::to_string(plan.report()).unwrap()
    );
    assert!(took.as_secs_f64() < 5.0, "{took:?}");
    let r = plan.report();
    assert!((r.area_m2 - 200_000.0).abs() < 200.0);
    assert!(r.coverage >= 0.99, "{}", r.coverage);
    assert!((r.length_m.total - r.sorties.iter().map(|s| s.length_m).sum::<f64>()).abs() < 1e-6);
    let parts = r.length_m.photo + r.length_m.turn + r.length_m.transit + r.length_m.climb;
    assert!((parts - r.length_m.total).abs() < 1e-6);
    assert!(r.gap > 0.0 && r.gap < 2.0, "{}", r.gap);
    assert!(
        r.photo_count > 50 && r.photo_count < 150,
        "{}",
        r.photo_count
    );
    assert_eq!(plan.sorties.len(), 1);
    check_inside(&plan);
    let items = &plan.sorties[0].mission.items;
    assert_eq!(items[0].command, command::NAV_TAKEOFF);
    assert_eq!(items.last().unwrap().command, command::NAV_RETURN_TO_LAUNCH);
    let triggers = |on: bool| {
        let is = |i: &&whimbrel_mission::Item| {
            i.command == command::DO_SET_CAM_TRIGG_DIST && (i.params[0] > 0.0) == on
        };
        items.iter().filter(is).count()
    };
    assert_eq!(triggers(true), triggers(false));
    assert!(
        items
            .iter()
            .all(|i| i.place().is_none() || i.frame == mav_frame::GLOBAL)
    );
    assert!(
        items
            .iter()
            .filter(|i| !i.has_place())
            .all(|i| i.frame == mav_frame::MISSION)
    );
    for item in items.iter().filter(|i| i.command == command::NAV_WAYPOINT) {
        let gsd = request
            .camera
            .as_ref()
            .unwrap()
            .gsd_m(f64::from(item.z) - 430.0);
        assert!((0.0949..0.0960).contains(&gsd), "{gsd}");
    }
}

#[test]
fn twenty_hectares_for_wings() {
    for vehicle in ["fixed-wing", "quadplane"] {
        let mut request = request(vec![rectangle(500.0, 400.0)], vehicle);
        request.homes = vec![frame().latlon_from_xy([-60.0, -40.0])];
        request.wind = Wind {
            speed_m_s: 4.0,
            from_rad: 1.0,
        };
        let plan = plan(&request, &GROUND).unwrap();
        let r = plan.report();
        println!("{vehicle}: {}", serde_json::to_string(r).unwrap());
        assert!(r.coverage >= 0.99, "{}", r.coverage);
        check_inside(&plan);
        let items = &plan.sorties[0].mission.items;
        let last = items.last().unwrap();
        assert!(
            [command::NAV_LAND, command::NAV_VTOL_LAND].contains(&last.command),
            "{last:?}"
        );
        assert!(items.iter().any(|i| i.command == command::DO_LAND_START));
        // The camera goes off only after a waypoint that is reached past the line.
        let accept = request.vehicles[0].performance.acceptance_radius_m;
        for segment in plan.sorties[0]
            .segments
            .iter()
            .filter(|s| s.role == Role::Photo)
        {
            let end = frame().enu_xy(segment.points.last().unwrap().at);
            let beyond = plan.sorties[0].photos.iter().map(|p| {
                let q = frame().enu_xy(p.at);
                (q[0] - end[0]).hypot(q[1] - end[1])
            });
            assert!(beyond.fold(f64::INFINITY, f64::min) <= r.photo_spacing_m.unwrap());
        }
        assert!(accept > 0.0);
    }
}

#[test]
fn never_below_the_floor_and_few_waypoints() {
    let mut request = request(vec![rectangle(900.0, 500.0)], "quad");
    request.homes = vec![frame().latlon_from_xy([-40.0, -40.0])];
    let plan = plan(&request, &Hills).unwrap();
    let height = plan.report().height_m;
    let mut waypoints = 0;
    for sortie in &plan.sorties {
        for segment in sortie.segments.iter().filter(|s| s.role != Role::Climb) {
            waypoints += segment.points.len();
            for pair in segment.points.windows(2) {
                let (a, b) = (frame().enu_xy(pair[0].at), frame().enu_xy(pair[1].at));
                for i in 0..=50 {
                    let t = f64::from(i) / 50.0;
                    let p = frame()
                        .latlon_from_xy([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                    let z = pair[0].height.m() + t * (pair[1].height.m() - pair[0].height.m());
                    let agl = z - Hills.height(p).unwrap().m();
                    assert!(agl > height - 0.5, "{agl} m above ground, {height} m asked");
                }
                let run = (b[0] - a[0]).hypot(b[1] - a[1]);
                let climb = pair[1].height.m() - pair[0].height.m();
                assert!(
                    run < 1e-6 || (climb / run < 0.31 && climb / run > -0.21),
                    "{climb} in {run}"
                );
            }
        }
    }
    assert!(plan.report().coverage >= 0.99, "{}", plan.report().coverage);
    println!(
        "{waypoints} points, {}",
        serde_json::to_string(&plan.report().sorties).unwrap()
    );
    check_inside(&plan);
}

#[test]
fn sorties_and_several_vehicles_share_the_work() {
    let areas = vec![rectangle(1200.0, 1000.0)];
    let mut request = request(areas, "quad");
    request.homes = vec![frame().latlon_from_xy([-40.0, 500.0])];
    request.endurance_s = Some(600.0);
    let one = plan(&request, &GROUND).unwrap();
    assert!(one.sorties.len() > 1);
    assert!(one.sorties.iter().all(|s| s.cost.time_s <= 600.0));
    check_inside(&one);
    request
        .vehicles
        .push(Vehicle::builtin("fixed-wing").unwrap());
    let two = plan(&request, &GROUND).unwrap();
    check_inside(&two);
    let time = |v: usize| -> f64 {
        two.sorties
            .iter()
            .filter(|s| s.vehicle_index == v)
            .map(|s| s.cost.time_s)
            .sum()
    };
    println!(
        "one {} s, two {} s and {} s",
        one.report().time_s,
        time(0),
        time(1)
    );
    assert!(two.report().time_s < 0.75 * one.report().time_s);
    for plan in [&one, &two] {
        let (r, n) = (plan.report(), plan.sorties.len());
        println!(
            "{n} sorties, at least {}; {:.0} s, at least {:.0} s",
            r.bound.sorties, r.time_s, r.bound.makespan_s
        );
        assert!(r.bound.sorties >= 1 && n >= r.bound.sorties);
        assert!(r.time_s >= r.bound.makespan_s && r.bound.makespan_s > 0.5 * r.time_s);
    }
    assert!(two.report().coverage >= 0.99);
}

#[test]
fn holes_are_kept_out_of_or_flown_over() {
    let rings = vec![
        vec![[0.0, 0.0], [700.0, 0.0], [700.0, 500.0], [0.0, 500.0]],
        vec![
            [200.0, 150.0],
            [350.0, 180.0],
            [330.0, 330.0],
            [210.0, 300.0],
        ],
    ];
    let mut request = request(vec![area(&rings)], "quad");
    request.homes = vec![frame().latlon_from_xy([-40.0, 250.0])];
    let around = plan(&request, &GROUND).unwrap();
    check_inside(&around);
    assert!(
        around.report().coverage >= 0.99,
        "{}",
        around.report().coverage
    );
    let middle = frame().latlon_from_xy([270.0, 240.0]);
    assert!(!around.airspace.contains(middle));
    request.overfly_holes = true;
    let over = plan(&request, &GROUND).unwrap();
    assert!(over.airspace.contains(middle));
    assert!(over.report().time_s <= around.report().time_s * 1.02);
}

#[test]
fn without_a_camera_swaths_cover_everything() {
    let shape = area(&[vec![
        [0.0, 0.0],
        [500.0, 0.0],
        [500.0, 200.0],
        [200.0, 200.0],
        [200.0, 600.0],
        [0.0, 600.0],
    ]]);
    let detail = Detail::Spacing {
        height_m: 60.0,
        line_spacing_m: 25.0,
    };
    let mut request = Request::new(vec![shape], None, Vehicle::builtin("quad").unwrap(), detail);
    for objective in [Objective::Time, Objective::Length, Objective::Photos] {
        request.objective = objective;
        let plan = plan(&request, &GROUND).unwrap();
        let r = plan.report();
        println!(
            "{objective:?} L: {:.0} m, bound {:.0} m, gap {:.3}, bearing {:.0}",
            r.length_m.total, r.bound.length_m, r.gap, r.line_bearing_deg
        );
        assert!(r.coverage > 0.999, "{}", r.coverage);
        assert_eq!((r.photo_count, r.gsd_m), (0, None));
        assert!(r.length_m.total < 1.25 * r.bound.length_m);
        assert_eq!(r.length_m.climb, 0.0, "open route");
    }
}

#[test]
fn faults_say_what_to_change() {
    let say = |change: &dyn Fn(&mut Request)| {
        let mut r = request(vec![rectangle(500.0, 400.0)], "quad");
        r.homes = vec![frame().latlon_from_xy([-60.0, -40.0])];
        change(&mut r);
        plan(&r, &GROUND).unwrap_err().to_string()
    };
    let text = say(&|r| r.detail = Detail::GsdM(0.002));
    assert!(text.contains("--gsd 0.95cm"), "{text}");
    let text = say(&|r| r.endurance_s = Some(100.0));
    assert!(text.contains("--endurance"), "{text}");
    let text = say(&|r| r.areas[0].outer.swap(0, 1));
    assert!(text.contains("crosses itself"), "{text}");
    let text = say(&|r| r.areas[0].outer.truncate(2));
    assert!(text.contains("at least 3"), "{text}");
    let text = say(&|r| r.wind.speed_m_s = 25.0);
    assert!(text.contains("wind"), "{text}");
    let text = say(&|r| {
        r.no_fly = vec![area(&[vec![
            [-400.0, -400.0],
            [900.0, -400.0],
            [900.0, 900.0],
            [-400.0, 900.0],
        ]])]
    });
    assert!(
        text.contains("no-fly") || text.contains("--no-fly"),
        "{text}"
    );
    let text = say(&|r| {
        r.vehicles = vec![Vehicle::builtin("fixed-wing").unwrap()];
        r.overlap.forward = 0.93;
    });
    assert!(
        text.contains("--forward") && text.contains("or less"),
        "{text}"
    );
    let text = say(&|r| {
        r.vehicles = vec![Vehicle::builtin("fixed-wing").unwrap()];
        r.homes.clear();
        r.airspace = Some(rectangle(500.0, 400.0));
    });
    assert!(text.contains("turn") || text.contains("airspace"), "{text}");
    struct Elsewhere;
    impl Terrain for Elsewhere {
        fn height(&self, _: LatLon) -> Option<Height<Amsl>> {
            None
        }
        fn bounds(&self) -> Option<(LatLon, LatLon)> {
            None
        }
    }
    let r = request(vec![rectangle(500.0, 400.0)], "quad");
    let error = plan(&r, &Elsewhere).unwrap_err();
    assert!(matches!(error, PlanError::NoTerrain { .. }));
    assert!(
        error.to_string().contains("100 %") && error.to_string().contains("47.4"),
        "{error}"
    );
}

#[test]
fn without_a_dem_heights_are_above_home() {
    for homes in [vec![], vec![frame().latlon_from_xy([-60.0, -40.0])]] {
        for vehicle in ["quad", "fixed-wing"] {
            let mut request = request(vec![rectangle(500.0, 400.0)], vehicle);
            request.height_reference = HeightReference::AboveHome;
            request.homes = homes.clone();
            let plan = plan(&request, &GROUND).unwrap();
            let height = plan.report().height_m;
            let items = &plan.sorties[0].mission.items;
            for item in items.iter().filter(|i| i.place().is_some()) {
                assert_eq!(item.frame, mav_frame::GLOBAL_RELATIVE_ALT);
                assert!(f64::from(item.z) < height + 1.0, "{item:?}");
            }
            let on_line = |i: &&whimbrel_mission::Item| i.command == command::NAV_WAYPOINT;
            assert!(
                items
                    .iter()
                    .filter(on_line)
                    .all(|i| f64::from(i.z) > height - 0.1)
            );
            let text = String::from_utf8(plan.geojson(&GROUND)).unwrap();
            assert!(text.contains("above_home") && !text.contains("\"amsl\""));
        }
    }
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let mut request = request(vec![rectangle(500.0, 400.0)], "fixed-wing");
    request.homes = vec![frame().latlon_from_xy([-60.0, -40.0])];
    let (a, b) = (
        plan(&request, &GROUND).unwrap(),
        plan(&request, &GROUND).unwrap(),
    );
    assert_eq!(a.geojson(&GROUND), b.geojson(&GROUND));
    assert_eq!(a.plan_files().unwrap(), b.plan_files().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn routes_stay_inside_and_cover(
        radii in proptest::collection::vec(80.0..420.0_f64, 5..11),
        turn in 0.0..core::f64::consts::TAU,
        hole in any::<bool>())
    {
        let n = radii.len();
        let ring = |scale: f64, turn: f64| -> Vec<[f64; 2]> {
            radii.iter().enumerate().map(|(i, r)| {
                let a = turn + core::f64::consts::TAU * i as f64 / n as f64;
                [scale * r * a.cos(), scale * r * a.sin()]
            }).collect()
        };
        let mut rings = vec![ring(1.0, 0.0)];
        if hole {
            rings.push(ring(0.3, 0.0));
        }
        let mut request = request(vec![area(&rings)], "quad");
        request.homes = vec![frame().latlon_from_xy([450.0, 10.0])];
        let one = plan(&request, &GROUND).unwrap();
        check_inside(&one);
        prop_assert!(one.report().coverage >= 0.99, "{}", one.report().coverage);
        if !hole {
            request.areas = vec![area(&[ring(1.0, turn)])];
            let home = [450.0, 10.0];
            let home = [home[0] * turn.cos() - home[1] * turn.sin(), home[0] * turn.sin() + home[1] * turn.cos()];
            request.homes = vec![frame().latlon_from_xy(home)];
            let other = plan(&request, &GROUND).unwrap();
            let ratio = other.report().time_s / one.report().time_s;
            prop_assert!((0.9..1.1).contains(&ratio), "turned by {turn}: {ratio}");
        }
    }
}
