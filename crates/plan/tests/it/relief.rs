//! Plans over relief: floors, climbs, take-off and landing.

use crate::{area, frame};
use proptest::prelude::*;
use std::sync::Arc;
use whimbrel_geo::{
    GridTerrain, Height, LatLon, Layered, LocalFrame, Obstacle, ObstacleTop, Terrain,
};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{Area, Camera, Vehicle, command};
use whimbrel_plan::{
    Band, Detail, Heights, Plan, PlanError, Radio, Request, Role, Rules, Slopes, follow, plan,
};

/// A square of `side_m` around the middle of [`frame`], heights by a function of its metres.
fn relief(side_m: f64, cell_m: f64, height: impl Fn([f64; 2]) -> f64) -> GridTerrain {
    let n = (side_m / cell_m) as usize + 1;
    let corner = [-0.5 * side_m, -0.5 * side_m];
    let origin = whimbrel_geo::Position::new(
        frame().latlon_from_xy(corner),
        whimbrel_geo::Height::from_m(0.0),
    );
    let values = (0..n * n)
        .map(|i| {
            let (c, r) = ((i % n) as f64, (i / n) as f64);
            height([corner[0] + cell_m * c, corner[1] + cell_m * r]) as f32
        })
        .collect();
    GridTerrain::from_grid(LocalFrame::new(origin), cell_m, n, n, values).unwrap()
}

fn square(half: f64) -> Area {
    area(&[vec![
        [-half, -half],
        [half, -half],
        [half, half],
        [-half, half],
    ]])
}

fn wing(home: [f64; 2], wind: Wind) -> Request {
    let mut request = Request::new(
        vec![square(200.0)],
        Some(Camera::catalogue("mapper").unwrap()),
        Vehicle::builtin("fixed-wing").unwrap(),
        Detail::GsdM(0.095),
    );
    request.homes = vec![frame().latlon_from_xy(home)];
    request.wind = wind;
    request
}

/// The last leg of a plan: from where it leaves the circle to where it lands, in metres.
fn last_leg(plan: &Plan) -> ([f64; 2], f64, [f64; 2], f64) {
    let items = &plan.sorties[0].mission.items;
    let at = |i: &whimbrel_mission::Item| {
        let place = i.place().unwrap();
        (frame().enu_xy(place), f64::from(i.z))
    };
    let land = items
        .iter()
        .position(|i| i.command == command::NAV_LAND)
        .unwrap();
    let ((a, za), (b, zb)) = (at(&items[land - 1]), at(&items[land]));
    (a, za, b, zb)
}

/// Story: on a landscape of 1.2 km a wing whose home is near the downwind edge was refused, since
/// the approach of 400 m against the wind began outside of the DEM.
#[test]
fn an_approach_stays_on_the_landscape() {
    let terrain = relief(1_800.0, 10.0, |[x, y]| {
        400.0 + 3.0 * (x / 80.0).sin() + 2.0 * (y / 60.0).cos()
    });
    let from_east = Wind {
        speed_m_s: 4.0,
        from_rad: core::f64::consts::FRAC_PI_2,
    };
    for vehicle in ["fixed-wing", "quadplane"] {
        let mut request = wing([-420.0, 0.0], from_east);
        request.vehicles = vec![Vehicle::builtin(vehicle).unwrap()];
        let plan = plan(&request, &terrain).unwrap();
        for item in &plan.sorties[0].mission.items {
            if let Some(place) = item.place() {
                assert!(terrain.height(place).is_some(), "{item:?}");
            }
        }
    }
}

/// Story: a landing approach ran through a hill, because only the wind chose its direction.
#[test]
fn an_approach_clears_the_hill_or_is_refused() {
    let north_wind = Wind {
        speed_m_s: 4.0,
        from_rad: 0.0,
    };
    let home = [-260.0, 0.0];
    // A hill of 45 m where the wind alone would have the approach: south of home.
    let hill = |[x, y]: [f64; 2]| {
        let d = (x - home[0]).hypot(y + 300.0);
        400.0 + 45.0 * (1.0 - d / 200.0).max(0.0)
    };
    let terrain = relief(3_000.0, 10.0, hill);
    let made = plan(&wing(home, north_wind), &terrain).unwrap();
    let (a, za, b, zb) = last_leg(&made);
    let (mut lowest, length) = (f64::INFINITY, (a[0] - b[0]).hypot(a[1] - b[1]));
    for i in 0..=200 {
        let t = f64::from(i) / 200.0;
        let p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
        let z = za + t * (zb - za);
        let room = z - hill(p);
        let wanted = (0.5 * (z - zb)).min(15.0);
        if (1.0 - t) * length > 45.0 {
            lowest = lowest.min(room - wanted);
        }
    }
    assert!(lowest > -0.1, "{lowest} m short");
    // Still against the wind.
    assert!(b[1] > a[1], "lands northwards: {a:?} {b:?}");

    // In a pit there is none.
    let pit = relief(3_000.0, 10.0, |[x, y]| {
        400.0 + 0.4 * ((x - home[0]).hypot(y - home[1]) - 60.0).clamp(0.0, 250.0)
    });
    let error = plan(&wing(home, north_wind), &pit).unwrap_err();
    assert!(matches!(error, PlanError::Approach { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("--home") && text.contains("too low"),
        "{text}"
    );
}

#[test]
fn unknown_ground_is_refused_only_where_it_is_flown_over() {
    // The DEM ends 250 m around the area: enough for a rotor aircraft, though its airspace with
    // the corridor to nowhere would not be.
    let terrain = relief(560.0, 10.0, |_| 400.0);
    let mut request = wing([-230.0, 0.0], Wind::default());
    request.vehicles = vec![Vehicle::builtin("quad").unwrap()];
    plan(&request, &terrain).unwrap();
    request.homes = vec![LatLon::from_deg(47.41, 8.5).unwrap()];
    let error = plan(&request, &terrain).unwrap_err();
    assert!(matches!(error, PlanError::NoTerrain { .. }), "{error}");
}

fn quad(detail: Detail) -> Request {
    Request::new(
        vec![square(250.0)],
        Some(Camera::catalogue("mapper").unwrap()),
        Vehicle::builtin("quad").unwrap(),
        detail,
    )
}

/// Hills with an edge in them, on a DEM of 15 m.
fn hills() -> GridTerrain {
    relief(1_600.0, 15.0, |[x, y]| {
        let wave = 30.0 * (x / 120.0).sin() + 20.0 * (y / 90.0).cos();
        700.0 + wave + if x + 0.5 * y > 60.0 { 25.0 } else { 0.0 }
    })
}

#[test]
fn the_report_tells_the_heights_that_the_terrain_tells() {
    let plan = plan(&quad(Detail::HeightM(90.0)), &hills()).unwrap();
    let t = plan.report().terrain;
    assert_eq!(t.floor_m, 90.0);
    assert!(t.lowest_in_photo_m.unwrap() >= 89.95, "{t:?}");
    assert!(t.lowest_m >= 89.95 && t.highest_m > 95.0, "{t:?}");
    assert!(t.climb <= 0.31 && t.descent <= 0.21, "{t:?}");
    assert_eq!(t.lowest_over_tops_m, None);
    let segment = plan.sorties[0]
        .segments
        .iter()
        .find(|s| s.role == Role::Photo)
        .unwrap();
    for (place, agl) in segment.points.iter().zip(&segment.agl_m) {
        let ground = hills().height(place.at).unwrap();
        assert!((place.height - ground - agl.unwrap()).abs() < 1e-6);
    }
    assert!(
        String::from_utf8(plan.geojson(&hills()))
            .unwrap()
            .contains("height_agl_m")
    );
}

#[test]
fn with_a_tolerance_heights_count_from_the_ground_below() {
    let mut request = quad(Detail::HeightM(90.0));
    let above = plan(&request, &hills()).unwrap();
    request.heights = Heights {
        tolerance_m: Some(25.0),
        ..Heights::default()
    };
    let around = plan(&request, &hills()).unwrap();
    let (a, b) = (above.report(), around.report());
    // Overlaps are held at the least height, so lines and photos are closer.
    let share = 65.0 / 90.0;
    assert!((b.swath_m / a.swath_m - share).abs() < 1e-6);
    assert!(b.terrain.lowest_in_photo_m.unwrap() >= 64.95);
    assert!(b.terrain.highest_m < a.terrain.highest_m);
    assert!(b.coverage > 0.99);
    request.heights.floor_m = Some(95.0);
    let error = plan(&request, &hills()).unwrap_err().to_string();
    assert!(error.contains("--floor"), "{error}");
}

/// Every place of the route is at least the clearance above what stands within 8 m of it.
#[test]
fn obstacles_raise_the_route_and_not_the_gsd() {
    let at = |x: f64, y: f64| frame().latlon_from_xy([x, y]);
    let mast = Obstacle {
        points: vec![at(20.0, 10.0)],
        area: false,
        top: ObstacleTop::AglM(95.0),
        half_width_m: 8.0,
    };
    let line = Obstacle {
        points: vec![at(-400.0, -180.0), at(400.0, -120.0)],
        area: false,
        top: ObstacleTop::AglM(70.0),
        half_width_m: 8.0,
    };
    let ground: Arc<dyn Terrain> = Arc::new(relief(1_600.0, 20.0, |_| 500.0));
    let layered = Layered::new(Arc::clone(&ground), None, &[mast, line]);
    let request = quad(Detail::HeightM(80.0));
    let bare = plan(&request, ground.as_ref()).unwrap();
    let made = plan(&request, &layered).unwrap();
    let t = made.report().terrain;
    assert!(t.lowest_over_tops_m.unwrap() >= 19.95, "{t:?}");
    assert_eq!(made.report().gsd_m, bare.report().gsd_m);
    assert_eq!(made.report().swath_m, bare.report().swath_m);
    assert!(bare.report().terrain.highest_m < 88.0);
    assert!(t.highest_m > 114.0, "{t:?}");
}

#[test]
fn the_radio_is_reported_on_or_kept_in_sight() {
    // A ridge of 60 m between the radio, west, and the area.
    let terrain = relief(2_400.0, 10.0, |[x, _]| {
        500.0 + 60.0 * (1.0 - (x + 500.0).abs() / 80.0).max(0.0)
    });
    let mut request = quad(Detail::HeightM(60.0));
    let radio = |antenna_m: f64, required: bool| {
        Some(Radio {
            antenna_m,
            required,
            ..Radio::at(frame().latlon_from_xy([-900.0, 0.0]))
        })
    };
    request.radio = radio(3.0, false);
    let low = plan(&request, &terrain).unwrap();
    let seen = low.report().radio.unwrap();
    assert!(
        seen.in_sight < 0.3 && seen.lost_at_deg.is_some(),
        "{seen:?}"
    );
    assert!(seen.short_m > 20.0 && seen.longest_m > 400.0, "{seen:?}");
    let shares = low.sorties[0].segments.iter().filter_map(|s| s.in_sight);
    assert!(shares.clone().count() > 0 && shares.fold(1.0, f64::min) < 0.1);
    request.radio = radio(3.0, true);
    let error = plan(&request, &terrain).unwrap_err();
    assert!(matches!(error, PlanError::OutOfSight { .. }), "{error}");
    assert!(error.to_string().contains("--antenna"));
    // From a mast on the same place all is in sight, or is made to be by a little more height.
    request.radio = radio(70.0, true);
    let high = plan(&request, &terrain).unwrap();
    assert_eq!(high.report().radio.unwrap().in_sight, 1.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Over random ground a line is nowhere below its floor nor steeper than allowed, looked at on
    /// the terrain itself; and a two-sided band is nowhere left where slopes do not force it.
    #[test]
    fn random_ground_never_breaks_the_floor(
        heights in proptest::collection::vec(0.0..60.0_f32, 30 * 30),
        from in (-120.0..120.0_f64, -120.0..120.0_f64), turn in 0.0..core::f64::consts::TAU,
        climb in 0.1..0.6_f64, descent in 0.1..0.6_f64, half in 0.0..25.0_f64)
    {
        let corner = frame().latlon_from_xy([-290.0, -290.0]);
        let origin = LocalFrame::new(whimbrel_geo::Position::new(corner, Height::from_m(0.0)));
        let terrain = GridTerrain::from_grid(origin, 20.0, 30, 30, heights).unwrap();
        let to = [from.0 + 120.0 * turn.cos(), from.1 + 120.0 * turn.sin()];
        let (a, b) = (frame().latlon_from_xy([from.0, from.1]), frame().latlon_from_xy(to));
        for band in [Band::Above(5.0), Band::Around(10.0)] {
            let above = matches!(band, Band::Above(_));
            let free = if above { 1.0 } else { 100.0 };
            let slopes = Slopes { climb: climb * free, descent: descent * free };
            let rules = Rules {
                height_m: 80.0,
                floor_m: if above { 80.0 } else { f64::NEG_INFINITY },
                way_floor_m: 80.0,
                clearance_m: 0.0,
                band,
                way_band_m: 30.0,
                half_across_m: half,
                half_along_m: 0.5 * half,
                half_way_m: 5.0,
                early_m: 0.0,
                slopes,
            };
            let line = follow(&terrain, a, b, &rules).unwrap();
            for pair in line.windows(2) {
                let (p, q) = (frame().enu_xy(pair[0].at), frame().enu_xy(pair[1].at));
                let long = (q[0] - p[0]).hypot(q[1] - p[1]).max(1e-9);
                let u = [(q[0] - p[0]) / long, (q[1] - p[1]) / long];
                let rise = pair[1].height - pair[0].height;
                prop_assert!(rise <= slopes.climb * long + 0.02 && rise >= -slopes.descent * long - 0.02);
                for i in 0..=60 {
                    let s = long * f64::from(i) / 60.0;
                    let z = pair[0].height.m() + rise * s / long;
                    let over = |along: f64, across: f64| {
                        let (k, w) = (s + along, across);
                        let xy = [p[0] + k * u[0] - w * u[1], p[1] + k * u[1] + w * u[0]];
                        terrain.height(frame().latlon_from_xy(xy)).map(|g| z - g.m())
                    };
                    if above {
                        for (k, w) in [(0.0, 0.0), (0.5, 1.0), (-0.5, -1.0), (0.3, -0.6), (-0.2, 0.9)] {
                            if let Some(h) = over(k * half, w * half) {
                                prop_assert!(h >= 79.99, "{} m over ground", h);
                            }
                        }
                    } else if let Some(h) = over(0.0, 0.0) {
                        prop_assert!((69.99..=90.01).contains(&h), "{} m over ground", h);
                    }
                }
            }
        }
    }
}
