//! Parameters, in both autopilots' encodings.

use crate::net::{Net, VEHICLE, run};
use core::time::Duration;
use whimbrel_link::gcs::{ParamError, ParamTransfer, Target};
use whimbrel_link::params::{Value, decode, encode};
use whimbrel_link::quirks::{Autopilot, Class};
use whimbrel_link::vehicle::ParamServer;

fn target(autopilot: Autopilot) -> Target {
    Target {
        system: VEHICLE.0,
        component: VEHICLE.1,
        autopilot,
        class: Class::Multirotor,
    }
}

fn server(autopilot: Autopilot, n: usize) -> ParamServer {
    let names: Vec<String> = (0..n).map(|i| format!("P_{i:04}")).collect();
    let values: Vec<(&str, Value)> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let value = if i % 2 == 0 {
                Value::Int(i as i32 - 5)
            } else {
                Value::Real(i as f32 / 7.0)
            };
            (name.as_str(), value)
        })
        .collect();
    ParamServer::new(autopilot, &values)
}

#[test]
fn integers_travel_as_bytes_or_as_numbers() {
    for bytewise in [false, true] {
        for v in [
            Value::Int(0),
            Value::Int(-3),
            Value::Int(8_000_000),
            Value::Real(1.5),
        ] {
            let (float, kind) = encode(v, bytewise);
            assert_eq!(decode(float, kind, bytewise), Some(v));
        }
    }
    assert_eq!(decode(1.0, 7, true), None);
}

#[test]
fn a_list_is_completed_over_a_bad_link() {
    for seed in 0..20 {
        let autopilot = [Autopilot::ArduPilot, Autopilot::Px4][seed as usize % 2];
        let mut net = Net::new(seed, Duration::from_millis(50), 0.2);
        let mut vehicle = server(autopilot, 300);
        let mut ground = ParamTransfer::list(net.now, target(autopilot));
        run(
            &mut net,
            &mut ground,
            &mut vehicle,
            Duration::from_secs(120),
            |g| g.outcome().is_some(),
        );
        let all = ground.outcome().cloned().expect("ended").expect("complete");
        assert_eq!(all.len(), 300);
        assert!(
            all.iter()
                .all(|p| vehicle.get(p.name.as_str()) == Some(p.value))
        );
    }
}

#[test]
fn setting_waits_for_the_vehicles_word() {
    for autopilot in [Autopilot::ArduPilot, Autopilot::Px4] {
        let mut net = Net::new(4, Duration::from_millis(50), 0.2);
        let mut vehicle = server(autopilot, 10);
        for (name, value) in [("P_0004", Value::Int(77)), ("P_0005", Value::Real(2.5))] {
            let mut ground = ParamTransfer::set(net.now, target(autopilot), name, value);
            run(
                &mut net,
                &mut ground,
                &mut vehicle,
                Duration::from_secs(60),
                |g| g.outcome().is_some(),
            );
            assert!(matches!(ground.outcome(), Some(Ok(_))));
            assert_eq!(vehicle.get(name), Some(value));
            assert!(vehicle.next_change().is_some());
        }
    }
}

#[test]
fn wrong_kinds_are_cast_or_refused_as_measured() {
    let mut net = Net::new(4, Duration::from_millis(5), 0.0);
    // ArduPilot casts 1.6 to 1.
    let mut vehicle = server(Autopilot::ArduPilot, 10);
    let t = target(Autopilot::ArduPilot);
    let mut ground = ParamTransfer::set(net.now, t, "P_0004", Value::Real(1.6));
    run(
        &mut net,
        &mut ground,
        &mut vehicle,
        Duration::from_secs(60),
        |g| g.outcome().is_some(),
    );
    assert_eq!(vehicle.get("P_0004"), Some(Value::Int(1)));
    // PX4 does not take a real number for a whole one.
    let mut vehicle = server(Autopilot::Px4, 10);
    let t = target(Autopilot::Px4);
    let mut ground = ParamTransfer::set(net.now, t, "P_0004", Value::Real(2.0));
    run(
        &mut net,
        &mut ground,
        &mut vehicle,
        Duration::from_secs(60),
        |g| g.outcome().is_some(),
    );
    assert_eq!(vehicle.get("P_0004"), Some(Value::Int(-1)));
    assert!(
        matches!(ground.outcome(), Some(Err(ParamError::Kept { .. }))),
        "{:?}",
        ground.outcome()
    );
}

#[test]
fn an_unknown_name_ends_in_no_answer() {
    let mut net = Net::new(4, Duration::from_millis(5), 0.0);
    let mut vehicle = server(Autopilot::ArduPilot, 10);
    let mut ground = ParamTransfer::read(net.now, target(Autopilot::ArduPilot), "NOPE");
    run(
        &mut net,
        &mut ground,
        &mut vehicle,
        Duration::from_secs(60),
        |g| g.outcome().is_some(),
    );
    assert!(matches!(
        ground.outcome(),
        Some(Err(ParamError::NoAnswer { .. }))
    ));
}
