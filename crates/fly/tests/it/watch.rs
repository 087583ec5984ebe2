//! What the ground watches: link, battery, fence, modes; and limits.

use crate::toy::Toy;
use crate::world::{LINK, START, World, home, survey, upload};
use core::time::Duration;
use whimbrel_fly::{
    AlertKind, Command, Effect, Fleet, LINK_SILENT, LINKS_MAX, Level, LinkId, LoadState, Phase,
    VEHICLE_SILENT, VEHICLES_MAX,
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

/// Each restart of a simulator is a new UDP peer: after 64 of them no aircraft was heard any more.
#[test]
fn silent_links_and_vehicles_make_room() {
    let mut fleet = Fleet::new();
    let beat = |armed: bool| Heartbeat {
        r#type: mav::kind::QUADROTOR,
        autopilot: mav::autopilot::PX4,
        base_mode: if armed {
            mav::mode_flag::SAFETY_ARMED
        } else {
            0
        },
        ..Default::default()
    };
    let mut hear = |now: Duration, link: usize, armed: bool| {
        let bytes = Sender::new(1, 1).encode(&beat(armed).into());
        fleet.handle(now, LinkId(link as u32), &bytes)
    };
    // The first is in the air when it is heard last.
    for link in 0..LINKS_MAX {
        hear(Duration::ZERO, link, link == 0);
    }
    assert!(hear(LINK_SILENT - Duration::from_secs(1), LINKS_MAX, false).is_empty());
    let later = VEHICLE_SILENT;
    for link in 2..LINKS_MAX {
        hear(later - Duration::from_secs(1), link, false);
    }
    let effects = hear(later, LINKS_MAX, false);
    let gone = |effects: &[Effect]| {
        let gone = |e: &Effect| match e {
            Effect::Forgotten(id) => Some(id.link.0),
            _ => None,
        };
        effects.iter().find_map(gone)
    };
    assert_eq!(
        gone(&effects),
        Some(1),
        "the silent one, not the one that was armed"
    );
    assert!(
        hear(later, LINKS_MAX + 1, false).is_empty(),
        "the only silent link is that of an armed vehicle"
    );
    assert!(!hear(later, 0, true).is_empty(), "which is still followed");
    let views = fleet.vehicles(later);
    assert_eq!(views.len(), VEHICLES_MAX);
    assert!(views.iter().any(|v| v.id.link == LinkId(0) && v.armed));
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
