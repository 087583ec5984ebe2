//! Plans over relief: floors, climbs, take-off and landing.

use crate::{area, frame};
use whimbrel_geo::{GridTerrain, LatLon, LocalFrame, Terrain};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{Area, Camera, Vehicle, command};
use whimbrel_plan::{Detail, PlanError, Request, plan};

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
fn last_leg(plan: &whimbrel_plan::Plan) -> ([f64; 2], f64, [f64; 2], f64) {
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
