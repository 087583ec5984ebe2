//! Flights that do not go as planned.

use std::time::Duration;
use whimbrel_fly::{AlertKind, Command, Level, LoadState, Phase};
use whimbrel_geo::distance_m;
use whimbrel_link::params::Value;
use whimbrel_sim::aircraft::Event;
use whimbrel_sim::autopilot::Kind;
use whimbrel_testkit::{Hangar, Survey, Vehicle, World, WorldConfig};

/// A quad with that share of its usual battery that has flown for half a minute of a survey of 200 m.
fn surveying(autopilot: Kind, battery_share: f64) -> (World, Vehicle) {
    let mut world = World::new(WorldConfig::flat(3));
    let mut hangar = Hangar::builtin("quad", autopilot, [-110.0, -100.0]);
    hangar.vehicle.battery.capacity_ah *= battery_share;
    let quad = world.add(hangar);
    let plan = Survey::square(200.0, 0.1).plan(&world, &[quad]);
    world.wait_ready(quad);
    assert_eq!(world.load(quad, &plan.sorties[0]), LoadState::Verified);
    world.fly(quad);
    let phase = |w: &World| w.view(quad).expect("known").phase;
    assert!(world.run_until(Duration::from_secs(120), |w| phase(w) == Phase::Surveying));
    world.run(Duration::from_secs(30));
    (world, quad)
}

fn mode_changes(world: &World, vehicle: Vehicle) -> Vec<&'static str> {
    let name = |e: &Event| match e {
        Event::Mode { name, .. } => Some(*name),
        _ => None,
    };
    world.events(vehicle).iter().filter_map(name).collect()
}

fn away_from_home_m(world: &World, vehicle: Vehicle) -> f64 {
    let home = world.place(world.hangar(vehicle).home_xy_m);
    distance_m(home, world.aircraft(vehicle).truth().amsl.at)
}

#[test]
fn return_brings_it_home_from_the_middle_of_the_survey() {
    for autopilot in [Kind::ArduPilot, Kind::Px4] {
        let (mut world, quad) = surveying(autopilot, 1.0);
        assert!(away_from_home_m(&world, quad) > 20.0);
        let pressed = world.now();
        world
            .order(quad, Command::Return)
            .expect("the way out is always open");
        let phase = |w: &World| w.view(quad).expect("known").phase;
        let turned = world.run_until(Duration::from_secs(5), |w| phase(w) == Phase::Returning);
        assert!(turned, "{autopilot:?}: {:?}", world.view(quad));
        println!(
            "{autopilot:?} returns {:.2} s after the order",
            (world.now() - pressed).as_secs_f64()
        );
        assert!(world.run_until(Duration::from_secs(300), |w| w.is_home(quad)));
        let off = away_from_home_m(&world, quad);
        assert!(off < 3.0, "{autopilot:?} landed {off} m from home");
        let verbs: Vec<_> = world
            .audit()
            .iter()
            .map(|a| (a.verb, a.detail.as_str()))
            .collect();
        assert!(verbs.contains(&("flight.return", "ordered")), "{verbs:?}");
        assert!(verbs.contains(&("flight.return", "done")), "{verbs:?}");
        assert!(!world.was_alerted(quad, AlertKind::ModeChanged));
    }
}

#[test]
fn hold_stops_it_and_resume_finishes_the_survey() {
    for autopilot in [Kind::ArduPilot, Kind::Px4] {
        let (mut world, quad) = surveying(autopilot, 1.0);
        let before = world.view(quad).expect("known").photos;
        world
            .order(quad, Command::Hold)
            .expect("the way out is always open");
        world.run(Duration::from_secs(12));
        let speed = world.aircraft(quad).truth().velocity_m_s.norm();
        assert!(speed < 1.0, "{autopilot:?} holds at {speed} m/s");
        world.order(quad, Command::Resume).expect("it holds");
        assert!(world.run_until(Duration::from_secs(600), |w| w.is_home(quad)));
        let after = world.view(quad).expect("known").photos;
        assert!(
            after > before + 10,
            "{autopilot:?}: {before} then {after} photos"
        );
        assert!(away_from_home_m(&world, quad) < 3.0);
    }
}

#[test]
fn a_lost_line_is_alerted_and_the_flight_ends_as_the_autopilot_was_told() {
    for (autopilot, failsafe) in [
        (Kind::ArduPilot, false),
        (Kind::ArduPilot, true),
        (Kind::Px4, false),
        (Kind::Px4, true),
    ] {
        let (mut world, quad) = surveying(autopilot, 1.0);
        if failsafe {
            match autopilot {
                Kind::ArduPilot => world.set_parameter(quad, "FS_GCS_ENABLE", Value::Int(1)),
                _ => world.set_parameter(quad, "NAV_DLL_ACT", Value::Int(2)),
            }
            world.run(Duration::from_secs(1));
        }
        let modes = mode_changes(&world, quad).len();
        world.cut_line(quad, true);
        world.run(Duration::from_secs(7));
        assert!(
            world.was_alerted(quad, AlertKind::LinkLost),
            "{autopilot:?}"
        );
        let alert = world
            .alerts()
            .iter()
            .find(|a| a.kind == AlertKind::LinkLost)
            .expect("raised");
        assert_eq!(alert.level, Level::Warning, "it is in the air");
        world.run(Duration::from_secs(10));
        let changed = mode_changes(&world, quad)[modes..].to_vec();
        assert_eq!(
            !changed.is_empty(),
            failsafe,
            "{autopilot:?} failsafe {failsafe}: {changed:?}"
        );
        // Alone or not, it comes home; the ground learns it once the line is back.
        let down = |w: &World| !w.aircraft(quad).flight().autopilot().armed();
        assert!(
            world.run_until(Duration::from_secs(600), down),
            "{autopilot:?}"
        );
        assert!(away_from_home_m(&world, quad) < 3.0);
        world.cut_line(quad, false);
        assert!(
            world.run_until(Duration::from_secs(10), |w| w.is_home(quad)),
            "{:?}",
            world.view(quad)
        );
        let ended = world
            .alerts()
            .iter()
            .any(|a| a.kind == AlertKind::LinkLost && !a.active);
        assert!(ended, "the alert ends when the line is back");
    }
}

/// Whoever forgets a quad in the air is told in time, and told again; what the autopilot does by itself is its own
/// affair, and whatever it does it comes down softly.
#[test]
fn a_low_battery_is_alerted_and_the_flight_ends_as_the_autopilot_was_told() {
    for (autopilot, failsafe) in [
        (Kind::ArduPilot, false),
        (Kind::ArduPilot, true),
        (Kind::Px4, false),
        (Kind::Px4, true),
    ] {
        let (mut world, quad) = surveying(autopilot, 0.2);
        if failsafe {
            match autopilot {
                Kind::ArduPilot => {
                    let low_mah = 300.0 * world.hangar(quad).vehicle.battery.capacity_ah;
                    world.set_parameter(quad, "BATT_LOW_MAH", Value::Real(low_mah as f32));
                    world.set_parameter(quad, "BATT_FS_LOW_ACT", Value::Int(2));
                }
                _ => world.set_parameter(quad, "COM_LOW_BAT_ACT", Value::Int(3)),
            }
        }
        world
            .order(quad, Command::Hold)
            .expect("the way out is always open");
        world.run(Duration::from_secs(10));
        let modes = mode_changes(&world, quad).len();
        let charge = |w: &World| w.aircraft(quad).truth().battery.charge();
        let level = |w: &World| {
            let active = w.active_alerts();
            active
                .iter()
                .find(|a| a.kind == AlertKind::BatteryLow)
                .map(|a| a.level)
        };
        let caution = world.run_until(Duration::from_secs(900), |w| {
            level(w) == Some(Level::Caution)
        });
        assert!(caution, "{autopilot:?}: {:?}", world.view(quad));
        assert!(
            (0.22..0.28).contains(&charge(&world)),
            "cautioned at {}",
            charge(&world)
        );
        if autopilot == Kind::ArduPilot && failsafe {
            assert!(
                !mode_changes(&world, quad)[modes..].is_empty(),
                "it returns at 30 %"
            );
            assert!(
                world.was_alerted(quad, AlertKind::ModeChanged),
                "{:?}",
                world.alerts()
            );
        } else {
            assert_eq!(
                mode_changes(&world, quad).len(),
                modes,
                "nobody told it to act"
            );
            let warning = world.run_until(Duration::from_secs(300), |w| {
                level(w) == Some(Level::Warning)
            });
            assert!(warning, "{autopilot:?}: {:?}", world.view(quad));
            assert!(
                (0.12..0.18).contains(&charge(&world)),
                "warned at {}",
                charge(&world)
            );
            if !failsafe {
                world
                    .order(quad, Command::Return)
                    .expect("the way out is always open");
            }
        }
        assert!(
            world.run_until(Duration::from_secs(300), |w| w.is_home(quad)),
            "{:?}",
            world.view(quad)
        );
        let changed = mode_changes(&world, quad)[modes..].to_vec();
        let sink_m_s = world.events(quad).iter().rev().find_map(|e| match e {
            Event::Landed { sink_m_s, .. } => Some(*sink_m_s),
            _ => None,
        });
        println!(
            "{autopilot:?} failsafe {failsafe}: {changed:?}, {:.0} m from home, charge left {:.2}, touched at {sink_m_s:?} m/s",
            away_from_home_m(&world, quad),
            charge(&world)
        );
        assert!(!changed.is_empty());
        assert!(
            sink_m_s.expect("landed") < 1.5,
            "{autopilot:?} fell: {sink_m_s:?}"
        );
    }
}

#[test]
fn a_battery_that_is_too_small_for_the_sortie_is_refused_on_the_ground() {
    let mut world = World::new(WorldConfig::flat(3));
    let mut hangar = Hangar::builtin("quad", Kind::ArduPilot, [-110.0, -100.0]);
    let planned = world.add(hangar.clone());
    let plan = Survey::square(200.0, 0.1).plan(&world, &[planned]);
    hangar.vehicle.battery.capacity_ah *= 0.1;
    hangar.home_xy_m = [-115.0, -100.0];
    let quad = world.add(hangar);
    world.wait_ready(quad);
    assert_eq!(world.load(quad, &plan.sorties[0]), LoadState::Verified);
    let refused = world
        .order(quad, Command::Fly)
        .expect_err("it would fall down");
    assert!(refused.to_string().contains("Battery"), "{refused}");
    assert!(!world.view(quad).expect("known").armed);
}
