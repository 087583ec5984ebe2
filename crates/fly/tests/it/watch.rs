//! What the ground watches: link, battery, fence, modes; and limits.

use crate::toy::Toy;
use crate::world::{LINK, START, World, home, survey, upload};
use core::time::Duration;
use whimbrel_fly::{
    AlertKind, Command, Fleet, LINKS_MAX, Level, LinkId, LoadState, Phase, VEHICLES_MAX,
};
use whimbrel_geo::destination;
use whimbrel_link::messages::Heartbeat;
use whimbrel_link::quirks::{Autopilot, Class, Role};
use whimbrel_link::{Sender, mav};

fn surveying() -> World {
    let mut w = World::new(
        0,
        vec![Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1)],
    );
    w.wait(30);
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(60, |w| w.view(0).mission.state == LoadState::Verified));
    w.order(0, Command::Fly).expect("ready");
    assert!(w.run(300, |w| w.view(0).phase == Phase::Surveying));
    assert!(w.fleet.alerts().is_empty(), "{:?}", w.fleet.alerts());
    w
}

fn level(w: &World, kind: AlertKind) -> Option<Level> {
    w.fleet
        .alerts()
        .iter()
        .find(|a| a.kind == kind)
        .map(|a| a.level)
}

#[test]
fn silence_raises_an_alert_and_ends_it() {
    let mut w = surveying();
    w.toys[0].silent = true;
    w.wait(4);
    assert_eq!(level(&w, AlertKind::LinkLost), None);
    w.wait(3);
    assert_eq!(level(&w, AlertKind::LinkLost), Some(Level::Warning));
    w.toys[0].silent = false;
    w.wait(2);
    assert_eq!(level(&w, AlertKind::LinkLost), None);
    let told: Vec<bool> = w
        .alerts
        .iter()
        .filter(|a| a.kind == AlertKind::LinkLost)
        .map(|a| a.active)
        .collect();
    assert_eq!(told, [true, false], "once raised, once ended");
}

#[test]
fn a_low_battery_is_told_twice() {
    let mut w = surveying();
    w.toys[0].battery = 0.24;
    w.wait(3);
    assert_eq!(level(&w, AlertKind::BatteryLow), Some(Level::Caution));
    w.toys[0].battery = 0.14;
    w.wait(3);
    assert_eq!(level(&w, AlertKind::BatteryLow), Some(Level::Warning));
}

#[test]
fn the_ground_sees_a_fence_being_left() {
    let mut w = surveying();
    w.order(0, Command::Hold).expect("taken");
    w.wait(3);
    w.toys[0].at = destination(home(), 0.0, 320.0);
    w.wait(2);
    assert_eq!(level(&w, AlertKind::Fence), Some(Level::Warning));
    w.toys[0].at = destination(home(), 0.0, 200.0);
    w.wait(2);
    assert_eq!(level(&w, AlertKind::Fence), None);
    // Flying towards it, 25 m away at 10 m/s: told before it happens.
    w.toys[0].at = destination(home(), 0.0, 275.0);
    w.toys[0].enter(Role::Mission);
    w.toys[0].home = destination(home(), 0.0, 600.0);
    w.toys[0].enter(Role::Return);
    w.wait(1);
    assert_eq!(level(&w, AlertKind::Fence), Some(Level::Caution));
}

#[test]
fn somebody_elses_mode_is_noticed() {
    let mut w = surveying();
    w.toys[0].mode = 5;
    w.wait(3);
    assert_eq!(level(&w, AlertKind::ModeChanged), Some(Level::Caution));
}

#[test]
fn streams_are_asked_for_again_after_a_reboot() {
    let mut w = World::new(
        0,
        vec![Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1)],
    );
    w.wait(30);
    let toy = Toy::new(w.now, Autopilot::ArduPilot, Class::Multirotor, 1);
    w.toys[0] = toy;
    w.wait(2);
    let before = w.view(0).motion.position_at;
    assert!(w.run(40, |w| w.view(0).motion.position_at > before));
}

#[test]
fn vehicles_and_links_are_bounded() {
    let mut fleet = Fleet::new();
    let heartbeat = Heartbeat {
        r#type: mav::kind::QUADROTOR,
        autopilot: mav::autopilot::PX4,
        ..Default::default()
    };
    for link in 0..=LINKS_MAX as u32 {
        for system in 1..=20 {
            let bytes = Sender::new(system, 1).encode(&heartbeat.into());
            let effects = fleet.handle(Duration::ZERO, LinkId(link), &bytes);
            assert!(link < LINKS_MAX as u32 || effects.is_empty());
        }
    }
    assert_eq!(fleet.vehicles(Duration::ZERO).len(), VEHICLES_MAX);
}

#[test]
fn ground_stations_and_noise_are_no_vehicles() {
    let mut fleet = Fleet::new();
    let gcs = Heartbeat {
        r#type: mav::kind::GCS,
        autopilot: mav::autopilot::INVALID,
        ..Default::default()
    };
    fleet.handle(
        Duration::ZERO,
        LINK,
        &Sender::new(254, 190).encode(&gcs.into()),
    );
    fleet.handle(Duration::ZERO, LINK, &[0xfd; 3000]);
    assert!(fleet.vehicles(Duration::ZERO).is_empty());
}
