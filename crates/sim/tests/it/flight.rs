//! Missions flown in virtual time, without a link.

use std::sync::Arc;
use std::time::Duration;

use whimbrel_geo::{
    Amsl, FlatTerrain, Height, LatLon, Position, Wgs84, destination, distance_m,
    ellipsoid_from_amsl,
};
use whimbrel_mission::{FenceShape, Item, Mission, Vehicle, command};
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::autopilot::settings::Action;
use whimbrel_sim::flight::{AircraftConfig, Event, Flight, Shutter};
use whimbrel_sim::wind::Wind;

pub const GROUND_M: f64 = 480.0;
const START: Duration = Duration::from_secs(1_790_000_000);

pub fn home() -> Position<Amsl> {
    Position::new(
        LatLon::from_deg(47.3, 8.5).expect("a place"),
        Height::from_m(GROUND_M),
    )
}

pub fn config(vehicle: &str, kind: Kind, seed: u64) -> AircraftConfig {
    let home: Wgs84 = ellipsoid_from_amsl(home());
    AircraftConfig {
        vehicle: Vehicle::builtin(vehicle).expect("built in"),
        autopilot: kind,
        system_id: 1,
        home,
        heading_rad: 0.0,
        wind: Wind::CALM,
        seed,
        start: START,
        battery: None,
    }
}

pub fn flight(config: &AircraftConfig) -> Flight {
    Flight::new(config, Arc::new(FlatTerrain(Height::from_m(GROUND_M)))).expect("can fly")
}

/// North and east of home, height above home.
pub fn at(north_m: f64, east_m: f64, up_m: f64) -> Position<Amsl> {
    let h = home();
    let place = destination(h.at, east_m.atan2(north_m), north_m.hypot(east_m));
    Position::new(place, h.height.raised_m(up_m))
}

/// Four lines of `length` north and south, 60 m apart, with lead-in, photos each 25 m.
pub fn lines(length: f64, lead: f64, up: f64) -> Vec<Item> {
    let mut items = vec![];
    for i in 0..4 {
        let east = 60.0 * f64::from(i);
        let (a, b) = if i % 2 == 0 {
            (50.0, 50.0 + length)
        } else {
            (50.0 + length, 50.0)
        };
        let way = (b - a).signum();
        if lead > 0.0 {
            items.push(Item::waypoint(at(a - lead * way, east, up), 0.0));
        }
        items.push(Item::waypoint(at(a, east, up), 0.0));
        items.push(Item::trigger_distance(25.0, true));
        items.push(Item::waypoint(at(b + lead * way, east, up), 0.0));
        items.push(Item::trigger_distance(0.0, false));
    }
    items
}

pub fn survey(vehicle: &str) -> Mission {
    let mut items = vec![];
    match vehicle {
        "quad" => {
            items.push(Item::takeoff(at(0.0, 0.0, 60.0)));
            items.extend(lines(300.0, 0.0, 60.0));
            items.push(Item::return_home());
        }
        "fixed-wing" => {
            items.push(Item::takeoff(at(200.0, 0.0, 60.0)));
            items.extend(lines(600.0, 80.0, 80.0));
            items.push(Item::loiter_to_height(at(-600.0, 0.0, 40.0), 70.0));
            items.push(Item::waypoint(at(-350.0, 0.0, 40.0), 20.0));
            items.push(Item::land(at(0.0, 0.0, 0.0)));
        }
        _ => {
            items.push(Item::at(84, at(0.0, 0.0, 40.0), [0.0; 4]));
            items.extend(lines(600.0, 90.0, 80.0));
            items.push(Item::at(85, at(0.0, 0.0, 0.0), [0.0; 4]));
        }
    }
    Mission {
        home: Some(home()),
        items,
        ..Mission::default()
    }
}

pub struct Flown {
    pub shutters: Vec<Shutter>,
    pub events: Vec<Event>,
    pub time_s: f64,
    pub used_wh: f64,
    pub landed_m: f64,
}

/// Flies until disarmed.
pub fn fly(flight: &mut Flight, limit_s: f64) -> Flown {
    let mut armed_at = None;
    let mut events = vec![];
    while flight.since_boot_s() < limit_s {
        flight.step();
        if armed_at.is_none() && flight.autopilot().ready() {
            flight.arm_and_start().expect("armed");
            armed_at = Some(flight.since_boot_s());
        }
        while let Some(event) = flight.next_event() {
            events.push(event);
        }
        if armed_at.is_some() && !flight.autopilot().armed() {
            break;
        }
    }
    let shutters = events
        .iter()
        .filter_map(|e| match e {
            Event::Shutter(s) => Some(*s),
            _ => None,
        })
        .collect();
    Flown {
        shutters,
        events,
        time_s: flight.since_boot_s() - armed_at.unwrap_or(0.0),
        used_wh: flight.state().battery.used_wh(),
        landed_m: distance_m(flight.state().position.at, home().at),
    }
}

/// Distance of each photo from the nearest line of [`lines`].
fn off_the_lines_m(shutters: &[Shutter]) -> Vec<f64> {
    let frame = whimbrel_geo::LocalFrame::new(ellipsoid_from_amsl(home()));
    shutters
        .iter()
        .map(|s| {
            let [east, _] = frame.enu_xy(s.true_pose.position.at);
            (0..4)
                .map(|i| (east - 60.0 * f64::from(i)).abs())
                .fold(f64::INFINITY, f64::min)
        })
        .collect()
}

fn share_within(values: &[f64], limit: f64) -> f64 {
    values.iter().filter(|v| **v <= limit).count() as f64 / values.len().max(1) as f64
}

#[test]
fn a_quad_flies_the_survey_and_comes_home() {
    for kind in [Kind::ArduPilot, Kind::Px4] {
        let mut f = flight(&config("quad", kind, 1));
        assert_eq!(f.load(&survey("quad")), 0);
        let flown = fly(&mut f, 900.0);
        assert!(!f.autopilot().armed(), "{kind:?} still armed");
        // 4 lines of 300 m, a photo at once and then for every 25 m: 12 or 13 for each line (48 measured).
        assert!(
            (48..=52).contains(&flown.shutters.len()),
            "{kind:?}: {} photos",
            flown.shutters.len()
        );
        assert!(
            flown.landed_m < 2.0,
            "{kind:?}: landed {} m away",
            flown.landed_m
        );
        assert!(
            (180.0..420.0).contains(&flown.time_s),
            "{kind:?}: {} s",
            flown.time_s
        );
        assert!(share_within(&off_the_lines_m(&flown.shutters), 2.5) > 0.95);
        assert!(
            flown
                .events
                .iter()
                .any(|e| matches!(e, Event::Landed { sink_m_s, .. } if *sink_m_s < 1.0))
        );
        for s in &flown.shutters {
            let up = s.true_pose.position.height - ellipsoid_from_amsl(home()).height;
            assert!((up - 60.0).abs() < 3.5, "{kind:?}: photo at {up} m");
        }
    }
}

#[test]
fn a_wing_flies_the_survey_in_wind_and_lands() {
    for kind in [Kind::ArduPilot, Kind::Px4] {
        let mut c = config("fixed-wing", kind, 2);
        c.wind = Wind::from_direction(6.0, 1.0);
        let mut f = flight(&c);
        assert_eq!(f.load(&survey("fixed-wing")), 0);
        let flown = fly(&mut f, 1_500.0);
        assert!(!f.autopilot().armed(), "{kind:?} still armed");
        // Lines of 600 m and a lead-out of 80 m, photos stopped up to 50 m early.
        assert!(
            (4 * 25..4 * 28).contains(&flown.shutters.len()),
            "{kind:?}: {} photos",
            flown.shutters.len()
        );
        let off = off_the_lines_m(&flown.shutters);
        assert!(share_within(&off, 8.0) > 0.9, "{kind:?}: {off:.1?}");
        assert!(
            flown.landed_m < 60.0,
            "{kind:?}: landed {} m away",
            flown.landed_m
        );
        assert!(
            flown
                .events
                .iter()
                .any(|e| matches!(e, Event::Landed { sink_m_s, .. } if *sink_m_s < 2.0))
        );
    }
}

#[test]
fn a_quadplane_starts_and_lands_upright() {
    let mut c = config("quadplane", Kind::ArduPilot, 3);
    c.wind = Wind::from_direction(4.0, 2.0);
    let mut f = flight(&c);
    assert_eq!(f.load(&survey("quadplane")), 0);
    let flown = fly(&mut f, 1_500.0);
    assert!(!f.autopilot().armed(), "still armed");
    assert!(
        (4 * 24..4 * 28).contains(&flown.shutters.len()),
        "{} photos",
        flown.shutters.len()
    );
    assert!(share_within(&off_the_lines_m(&flown.shutters), 8.0) > 0.9);
    assert!(flown.landed_m < 3.0, "landed {} m away", flown.landed_m);
}

#[test]
fn a_seed_gives_the_same_flight_again() {
    let run = |seed| {
        let mut c = config("quad", Kind::Px4, seed);
        c.wind = Wind::from_direction(5.0, 0.3);
        let mut f = flight(&c);
        f.load(&survey("quad"));
        let flown = fly(&mut f, 900.0);
        (
            flown.shutters,
            flown.time_s.to_bits(),
            flown.used_wh.to_bits(),
        )
    };
    let first = run(11);
    assert_eq!(first, run(11));
    assert_ne!(first, run(12));
}

#[test]
fn arming_waits_for_a_position_and_says_so() {
    for (kind, words, at_least_s, at_most_s) in [
        (Kind::ArduPilot, "Arm: Need Position Estimate", 40.0, 47.0),
        (
            Kind::Px4,
            "Arming denied: Resolve system health failures first",
            12.0,
            17.0,
        ),
    ] {
        let mut f = flight(&config("quad", kind, 4));
        for _ in 0..500 {
            f.step();
        }
        let refusal = f.autopilot_mut().arm(false).expect_err("too early");
        assert_eq!(refusal.text.as_deref(), Some(words));
        while !f.autopilot().ready() {
            f.step();
        }
        assert!(
            (at_least_s..at_most_s).contains(&f.since_boot_s()),
            "{kind:?}: {} s",
            f.since_boot_s()
        );
        assert_eq!(f.autopilot_mut().arm(false), Ok(()));
    }
}

#[test]
fn a_broken_fence_brings_it_home() {
    let mut f = flight(&config("quad", Kind::ArduPilot, 5));
    let corner = |n, e| at(n, e, 0.0).at;
    let mut mission = survey("quad");
    mission.fence = vec![FenceShape::Polygon {
        inclusion: true,
        vertices: vec![
            corner(150.0, -50.0),
            corner(150.0, 300.0),
            corner(-50.0, 300.0),
            corner(-50.0, -50.0),
        ],
    }];
    f.load(&mission);
    f.autopilot_mut().settings.fence = true;
    f.autopilot_mut().settings.fence_types = 4;
    let flown = fly(&mut f, 900.0);
    let said = |words: &str| {
        flown
            .events
            .iter()
            .any(|e| matches!(e, Event::Said { notice, .. } if notice.text.contains(words)))
    };
    assert!(said("Polygon fence breached"));
    assert!(
        flown
            .events
            .iter()
            .any(|e| matches!(e, Event::Mode { name: "RTL", .. }))
    );
    assert!(!f.autopilot().armed() && flown.landed_m < 3.0);
}

#[test]
fn a_low_battery_and_a_lost_ground_station_bring_it_home() {
    for battery in [true, false] {
        let mut f = flight(&config("quad", Kind::ArduPilot, 6));
        f.load(&survey("quad"));
        if battery {
            f.autopilot_mut().settings.battery_low = (0.97, Action::Return);
        } else {
            f.autopilot_mut().settings.ground_loss = (Action::Return, 5.0);
            while !f.autopilot().ready() {
                f.step();
            }
            f.autopilot_mut().ground_heard();
        }
        let flown = fly(&mut f, 900.0);
        let words = if battery {
            "Battery 1 is low"
        } else {
            "GCS Failsafe"
        };
        let said = flown
            .events
            .iter()
            .any(|e| matches!(e, Event::Said { notice, .. } if notice.text.contains(words)));
        assert!(said, "{words}");
        assert!(
            flown
                .events
                .iter()
                .any(|e| matches!(e, Event::Mode { name: "RTL", .. }))
        );
        assert!(!f.autopilot().armed() && flown.landed_m < 3.0);
        assert!(flown.shutters.len() < 40);
    }
}

#[test]
fn an_empty_battery_ends_the_flight_on_the_ground() {
    let mut c = config("quad", Kind::ArduPilot, 7);
    let mut f = flight(&c);
    let mut spec = f.state().battery.spec();
    spec.capacity_ah *= 0.04;
    c.battery = Some(spec);
    f = flight(&c);
    f.load(&survey("quad"));
    fly(&mut f, 400.0);
    let state = f.state();
    assert!(state.battery.charge() < 0.02);
    assert!(
        state.clearance_m() < 1.0,
        "still {} m up without energy",
        state.clearance_m()
    );
}

#[test]
fn jumps_and_delays_are_done() {
    let mut f = flight(&config("quad", Kind::Px4, 8));
    let delay = Item::action(command::NAV_DELAY, [10.0, 0.0, 0.0, 0.0]);
    let jump = Item::action(command::DO_JUMP, [1.0, 2.0, 0.0, 0.0]);
    let items = vec![
        Item::takeoff(at(0.0, 0.0, 20.0)),
        Item::waypoint(at(40.0, 0.0, 20.0), 0.0),
        Item::waypoint(at(0.0, 0.0, 20.0), 0.0),
        jump,
        delay,
        Item::land(at(0.0, 0.0, 0.0)),
    ];
    f.load(&Mission {
        items,
        ..Mission::default()
    });
    let flown = fly(&mut f, 600.0);
    let reached: Vec<usize> = flown
        .events
        .iter()
        .filter_map(|e| match e {
            Event::Reached { index, .. } => Some(*index),
            _ => None,
        })
        .collect();
    assert_eq!(reached, [0, 1, 2, 1, 2, 1, 2, 4, 5]);
    assert!(!f.autopilot().armed());
}

#[test]
fn a_loop_without_places_ends() {
    let mut f = flight(&config("quad", Kind::Px4, 9));
    let jump = Item::action(command::DO_JUMP, [1.0, -1.0, 0.0, 0.0]);
    f.load(&Mission {
        items: vec![Item::takeoff(at(0.0, 0.0, 20.0)), jump, jump],
        ..Mission::default()
    });
    fly(&mut f, 60.0);
    assert!(f.state().clearance_m() > 15.0);
}
