//! Orders that must be refused, and who may give which.

use crate::toy::Toy;
use crate::world::{LINK, START, World, survey, upload};
use whimbrel_fly::{Command, Effect, FleetError, LoadState, Operator, Role, VehicleId};
use whimbrel_link::quirks::{Autopilot, Class};
use whimbrel_mission::{Item, Mission};

fn world() -> World {
    let mut w = World::new(
        0,
        vec![Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1)],
    );
    w.wait(30);
    w
}

#[test]
fn nothing_flies_without_a_verified_mission() {
    let mut w = world();
    let why = w.order(0, Command::Fly).expect_err("nothing on board");
    assert!(why.contains("nothing was uploaded"), "{why}");
    for command in [
        Command::Hold,
        Command::Return,
        Command::Land,
        Command::Start,
        Command::Resume,
    ] {
        w.order(0, command).expect_err("on the ground");
    }
    w.wait(30);
    assert!(!w.toys[0].was_armed);
}

#[test]
fn a_viewer_may_only_look() {
    let mut w = world();
    let viewer = Operator {
        name: "max".to_owned(),
        role: Role::Viewer,
    };
    let id = w.id(0);
    for command in [
        Command::Fly,
        Command::Hold,
        Command::Disarm,
        upload(survey()),
    ] {
        let reply = w.fleet.command(w.now, &viewer, id, command);
        assert!(matches!(reply.outcome, Err(FleetError::NotAllowed { .. })));
        let recorded = reply
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Audit(a) if a.who == "max"));
        assert!(recorded, "a refused order is recorded too");
        assert!(
            !reply
                .effects
                .iter()
                .any(|e| matches!(e, Effect::Send { .. }))
        );
    }
}

#[test]
fn an_unknown_vehicle_is_named() {
    let mut w = world();
    let id = VehicleId {
        link: LINK,
        system: 77,
    };
    let operator = Operator {
        name: "eva".to_owned(),
        role: Role::Pilot,
    };
    let reply = w.fleet.command(w.now, &operator, id, Command::Hold);
    let why = reply.outcome.expect_err("not there").to_string();
    assert!(why.contains("3-77"), "{why}");
}

#[test]
fn a_refused_item_is_told_and_blocks_flying() {
    let mut w = world();
    let mut mission = survey();
    mission.items[4] = Item::action(31_000, [0.0; 4]);
    w.order(0, upload(mission)).expect("taken");
    assert!(w.run(60, |w| matches!(
        w.view(0).mission.state,
        LoadState::Failed(_)
    )));
    let why = w.order(0, Command::Fly).expect_err("not verified");
    assert!(why.contains("does not know this command"), "{why}");
    assert!(
        w.alerts
            .iter()
            .any(|a| a.active && a.text.contains("Upload failed"))
    );
}

#[test]
fn px4s_late_verdict_counts() {
    let mut w = World::new(
        0,
        vec![Toy::new(START, Autopilot::Px4, Class::FixedWing, 1)],
    );
    w.wait(30);
    // Ends in a return and not in a landing: accepted, and rejected after.
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(60, |w| matches!(
        w.view(0).mission.state,
        LoadState::Failed(_)
    )));
    let LoadState::Failed(why) = w.view(0).mission.state else {
        panic!()
    };
    assert!(why.contains("Landing waypoint"), "{why}");
}

#[test]
fn the_list_names_what_is_wrong() {
    let mut w = world();
    let mut away = survey();
    for item in &mut away.items {
        item.x += 500_000;
    }
    w.order(0, upload(away)).expect("taken");
    assert!(w.run(60, |w| w.view(0).mission.state == LoadState::Verified));
    w.toys[0].battery = 0.45;
    w.wait(3);
    let checks = w.fleet.checks(w.now, w.id(0)).expect("known");
    let failed: Vec<_> = checks
        .0
        .iter()
        .filter(|c| c.ok == Some(false))
        .map(|c| c.name)
        .collect();
    assert_eq!(failed, ["battery", "path", "distance"]);
    w.toys[0].silent = true;
    w.wait(4);
    let checks = w.fleet.checks(w.now, w.id(0)).expect("known");
    assert_eq!(checks.first_failure().map(|c| c.name), Some("link"));
}

#[test]
fn nothing_is_loaded_into_a_flying_vehicle() {
    let mut w = world();
    w.order(0, upload(survey())).expect("taken");
    assert!(w.order(0, upload(survey())).is_err(), "two at once");
    assert!(w.run(60, |w| w.view(0).mission.state == LoadState::Verified));
    w.order(0, Command::Fly).expect("ready");
    assert!(w.run(60, |w| w.view(0).flying));
    let why = w.order(0, upload(survey())).expect_err("in the air");
    assert!(why.contains("armed"), "{why}");
    w.order(0, Command::Disarm).expect_err("in the air");
    w.order(0, upload(Mission::default()))
        .expect_err("empty and in the air");
}

#[test]
fn accepted_is_not_done() {
    let mut w = world();
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(60, |w| w.view(0).mission.state == LoadState::Verified));
    w.order(0, Command::Fly).expect("ready");
    assert!(w.run(60, |w| w.view(0).flying));
    w.toys[0].stubborn = true;
    w.order(0, Command::Hold).expect("taken");
    assert!(w.run(120, |w| {
        w.alerts.iter().any(|a| a.text.contains("Hold failed"))
    }));
    assert!(
        w.records("flight.hold")
            .iter()
            .any(|d| d.starts_with("failed"))
    );
}
