//! Planned surveys flown by the simulated aircraft, in virtual time.

use crate::world::{LINK, START, pilot};
use core::time::Duration;
use std::sync::Arc;
use whimbrel_fly::{AlertKind, Command, Effect, Fleet, LoadState, Upload, VehicleId, VehicleView};
use whimbrel_geo::{FlatTerrain, Height, LatLon, LocalFrame, Position, ellipsoid_from_amsl};
use whimbrel_link::quirks::Autopilot;
use whimbrel_mission::{Area, Camera, Vehicle};
use whimbrel_plan::{Detail, Request, Sortie, plan};
use whimbrel_sim::{Aircraft, AircraftConfig, Event};

const GROUND_M: f64 = 420.0;

struct Bench {
    now: Duration,
    fleet: Fleet,
    aircraft: Aircraft,
    shutters: usize,
    photos: usize,
    log: Vec<String>,
}

impl Bench {
    fn view(&self) -> Option<VehicleView> {
        self.fleet.vehicle(self.now, ID)
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { bytes, .. } => self.aircraft.handle(self.now, &bytes),
                Effect::Photo(_) => self.photos += 1,
                Effect::Audit(a) => {
                    self.log
                        .push(format!("{:?} {} {}", self.now - START, a.verb, a.detail))
                }
                Effect::Alert(a) => {
                    self.log.push(format!(
                        "{:?} {:?} {} {}",
                        self.now - START,
                        a.kind,
                        a.active,
                        a.text
                    ));
                }
                Effect::Changed(_) | Effect::Forgotten(_) => {}
            }
        }
    }

    /// Runs in steps of 20 ms until `done`, at most `seconds`.
    fn run(&mut self, seconds: u64, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            self.now += Duration::from_millis(20);
            while let Some(bytes) = self.aircraft.poll(self.now) {
                let effects = self.fleet.handle(self.now, LINK, &bytes);
                self.perform(effects);
            }
            let shutters = self
                .aircraft
                .events()
                .filter(|e| matches!(e, Event::Shutter(_)))
                .count();
            self.shutters += shutters;
            let effects = self.fleet.tick(self.now);
            self.perform(effects);
            if done(self) {
                return true;
            }
        }
        false
    }

    fn order(&mut self, command: Command) -> Result<(), String> {
        let reply = self.fleet.command(self.now, &pilot(), ID, command);
        self.perform(reply.effects);
        reply.outcome.map_err(|e| e.to_string())
    }
}

const ID: VehicleId = VehicleId {
    link: LINK,
    system: 1,
};

fn frame() -> LocalFrame {
    let at = LatLon::from_deg(47.2, 8.7).expect("valid");
    LocalFrame::new(ellipsoid_from_amsl(Position::new(
        at,
        Height::from_m(GROUND_M),
    )))
}

fn sortie(vehicle: &Vehicle, home: LatLon) -> Sortie {
    let corner = |x, y| frame().latlon_from_xy([x, y]);
    let outer = vec![
        corner(0.0, 0.0),
        corner(300.0, 0.0),
        corner(300.0, 200.0),
        corner(0.0, 200.0),
    ];
    let area = Area {
        outer,
        holes: vec![],
    };
    let camera = Camera::catalogue("mapper").expect("known");
    let mut request = Request::new(
        vec![area],
        Some(camera),
        vehicle.clone(),
        Detail::GsdM(0.095),
    );
    request.homes = vec![home];
    let plan = plan(&request, &FlatTerrain(Height::from_m(GROUND_M))).expect("plans");
    assert_eq!(plan.sorties.len(), 1);
    plan.sorties.into_iter().next().expect("one")
}

#[allow(clippy::print_stdout)] // Figures for whoever asks with --nocapture.
fn fly(vehicle: &str, autopilot: Autopilot) {
    let what = format!("{vehicle} {autopilot:?}");
    let vehicle = Vehicle::builtin(vehicle).expect("built in");
    let home = frame().latlon_from_xy([-60.0, -40.0]);
    let sortie = sortie(&vehicle, home);
    let place = ellipsoid_from_amsl(Position::new(home, Height::from_m(GROUND_M)));
    let config = AircraftConfig {
        start: START,
        ..AircraftConfig::new(vehicle, autopilot, place)
    };
    let ground = Arc::new(FlatTerrain(Height::from_m(GROUND_M)));
    let mut fleet = Fleet::new();
    fleet.add_link(START, LINK);
    let aircraft = Aircraft::new(config, ground).expect("flies");
    let mut b = Bench {
        now: START,
        fleet,
        aircraft,
        shutters: 0,
        photos: 0,
        log: vec![],
    };
    assert!(
        b.run(60, |b| b
            .view()
            .is_some_and(|v| v.motion.position.is_some())),
        "{what}: not found"
    );
    let upload = Upload {
        mission: sortie.mission.clone(),
        plan: "test".to_owned(),
        sortie: 0,
        battery_need: None,
    };
    b.order(Command::Upload(Box::new(upload))).expect("taken");
    let verified = |b: &Bench| {
        b.view()
            .is_some_and(|v| v.mission.state == LoadState::Verified)
    };
    assert!(b.run(60, verified), "{what}: {:#?} {:?}", b.log, b.view());
    let ready = |b: &Bench| b.fleet.checks(b.now, ID).is_some_and(|c| c.ready());
    assert!(
        b.run(120, ready),
        "{what}: {:#?}",
        b.fleet.checks(b.now, ID)
    );
    b.order(Command::Fly).expect("ready");
    let flying = |b: &Bench| b.view().is_some_and(|v| v.flying);
    assert!(b.run(120, flying), "{what}: {:#?} {:#?}", b.log, b.view());
    let took_off = b.now;
    let home_again = |b: &Bench| b.view().is_some_and(|v| !v.flying && !v.armed);
    let back = b.run(3600, home_again);
    let took_s = (b.now - took_off).as_secs_f64();
    println!(
        "{what}: {took_s:.0} s flown, {:.0} s planned; {} photos of {} planned",
        sortie.cost.time_s,
        b.shutters,
        sortie.photos.len()
    );
    assert!(back, "{what}: {:#?} {:#?}", b.log, b.view());
    assert_eq!(b.photos, b.shutters, "{what}: every photo is told");
    let share = b.shutters as f64 / sortie.photos.len() as f64;
    assert!(
        (0.9..1.1).contains(&share),
        "{what}: {share} of the photos; {:#?}",
        b.log
    );
    let failed = b
        .log
        .iter()
        .any(|l| l.contains(&format!("{:?}", AlertKind::OrderFailed)));
    assert!(!failed, "{what}: {:#?}", b.log);
}

#[test]
fn a_quad_with_ardupilot_flies_a_planned_survey() {
    fly("quad", Autopilot::ArduPilot);
}

#[test]
fn a_quad_with_px4_flies_a_planned_survey() {
    fly("quad", Autopilot::Px4);
}

#[test]
fn a_wing_with_ardupilot_flies_a_planned_survey() {
    fly("fixed-wing", Autopilot::ArduPilot);
}

#[test]
fn a_wing_with_px4_flies_a_planned_survey() {
    fly("fixed-wing", Autopilot::Px4);
}

#[test]
fn a_quadplane_with_ardupilot_flies_a_planned_survey() {
    fly("quadplane", Autopilot::ArduPilot);
}
