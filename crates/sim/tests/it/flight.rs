//! Missions flown in virtual time, without a link.

use std::sync::Arc;
use std::time::{Duration, Instant};

use whimbrel_geo::{Amsl, FlatTerrain, Height, LatLon, Position, Wgs84, destination, distance_m, ellipsoid_from_amsl};
use whimbrel_mission::{Item, Mission, Vehicle};
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::flight::{AircraftConfig, Event, Flight, Shutter};
use whimbrel_sim::wind::Wind;

pub const GROUND_M: f64 = 480.0;
const START: Duration = Duration::from_secs(1_790_000_000);

pub fn home() -> Position<Amsl> {
    Position::new(LatLon::from_deg(47.3, 8.5).expect("a place"), Height::from_m(GROUND_M))
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
        let (a, b) = if i % 2 == 0 { (50.0, 50.0 + length) } else { (50.0 + length, 50.0) };
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
    Mission { home: Some(home()), items, ..Mission::default() }
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

#[test]
fn explore() {
    for (vehicle, kind) in [("quad", Kind::ArduPilot), ("quad", Kind::Px4), ("fixed-wing", Kind::ArduPilot), ("fixed-wing", Kind::Px4), ("quadplane", Kind::ArduPilot)] {
        for wind in [0.0, 6.0] {
        let mut c = config(vehicle, kind, 1);
        c.wind = Wind::from_direction(wind, 1.0);
        let mut f = flight(&c);
        let refused = f.load(&survey(vehicle));
        let t0 = Instant::now();
        let mut armed = false;
        let mut n = 0;
        while f.since_boot_s() < 1500.0 {
            f.step();
            if !armed && f.autopilot().ready() {
                println!("{:?}", f.arm_and_start());
                armed = true;
            }
            let e = f.estimate();
            if n % 1000 == 0 && wind > 0.0 {
                let s = f.state();
                let (r, p, y) = s.ned_from_body.euler_rad();
                println!("t {:.0} xy {:.0} {:.0} agl {:.1} v {:.1} air {:.1} vz {:.2} rpy {:.2} {:.2} {:.2} P {:.0} ch {:.2} cur {:?} {}", f.since_boot_s(), e.xy_m.x, e.xy_m.y, e.agl_m, e.ground_speed_m_s(), e.airspeed_m_s, e.velocity_m_s.z, r, p, y, s.power_w, s.battery.charge(), f.autopilot().mission_state(), f.autopilot().mode_name());
            }
            n += 1;
            let mut shots = 0;
            while let Some(ev) = f.next_event() {
                match ev { Event::Shutter(_) => shots += 1, other => println!("{:.1} {other:?}", f.since_boot_s()) }
            }
            let _ = shots;
            if armed && !f.autopilot().armed() { break; }
        }
        println!("== {vehicle} {kind:?} wind {wind} refused {refused} photos {} t {:.0} used {:.1} Wh, {:.0}x", f.photos(), f.since_boot_s(), f.state().battery.used_wh(), f.since_boot_s() / t0.elapsed().as_secs_f64());
        }
    }
}
