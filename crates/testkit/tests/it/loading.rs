//! Loading missions over a bad line: what Fleet calls verified is what the vehicle holds.

use std::time::Duration;
use whimbrel_fly::LoadState;
use whimbrel_link::quirks::{PlanKind, store};
use whimbrel_mission::{Item, fence_items};
use whimbrel_plan::Plan;
use whimbrel_sim::autopilot::Kind;
use whimbrel_testkit::line::LineConfig;
use whimbrel_testkit::{Hangar, Survey, Vehicle, World, WorldConfig};

/// Tries after which a mission has to be on board.
const TRIES: usize = 5;

fn world(seed: u64, autopilot: Kind) -> (World, Vehicle, Plan) {
    let mut config = WorldConfig::flat(seed);
    config.line = LineConfig::bad();
    let mut world = World::new(config);
    let quad = world.add(Hangar::builtin("quad", autopilot, [-60.0, -50.0]));
    let plan = Survey::square(100.0, 0.1).plan(&world, &[quad]);
    (world, quad, plan)
}

/// What the vehicle holds and what it should, as that autopilot keeps items.
fn compare(
    world: &World,
    vehicle: Vehicle,
    plan: &Plan,
    autopilot: Kind,
) -> [(Vec<Item>, Vec<Item>); 2] {
    let aircraft = world.aircraft(vehicle);
    let class = aircraft.flight().autopilot().class();
    let mission = &plan.sorties[0].mission;
    let keep = |kind: PlanKind, items: &[Item]| -> Vec<Item> {
        items
            .iter()
            .map(|i| store(autopilot, class, kind, i).expect("an item that it takes"))
            .collect()
    };
    [PlanKind::Mission, PlanKind::Fence].map(|kind| {
        let planned = if kind == PlanKind::Mission {
            mission.items.clone()
        } else {
            fence_items(&mission.fence)
        };
        (aircraft.plan_items(kind).to_vec(), keep(kind, &planned))
    })
}

#[test]
fn verified_means_equal_on_a_line_that_loses_a_fifth() {
    let mut tries = 0;
    let (mut lost, mut repeated) = (0, 0);
    for seed in 0..50 {
        let autopilot = if seed % 2 == 0 {
            Kind::ArduPilot
        } else {
            Kind::Px4
        };
        let (mut world, quad, plan) = world(seed, autopilot);
        let found = world.run_until(Duration::from_secs(30), |w| w.view(quad).is_some());
        assert!(found, "seed {seed}: the vehicle is not found");
        // ArduPilot serves plans only once its storage is up.
        world.run(Duration::from_secs(5));
        let mut state = LoadState::None;
        for _ in 0..TRIES {
            tries += 1;
            state = world.load(quad, &plan.sorties[0]);
            if state == LoadState::Verified {
                break;
            }
        }
        assert_eq!(
            state,
            LoadState::Verified,
            "seed {seed}: {TRIES} tries were not enough"
        );
        for (held, planned) in compare(&world, quad, &plan, autopilot) {
            assert_eq!(held, planned, "seed {seed}: acknowledged and wrong");
        }
        lost += world.line_stats(quad).lost;
        repeated += world.line_stats(quad).repeated;
    }
    println!("{tries} tries for 50 missions; {lost} frames lost, {repeated} repeated");
    assert!(lost > 1_000 && repeated > 500, "the line was not bad");
    assert!(tries <= 75, "{tries} tries for 50 missions");
}

#[test]
fn a_line_that_dies_during_the_upload_is_never_called_verified() {
    for (seed, after_ms) in (0..12).map(|n| (n, 400 + 450 * n)) {
        let (mut world, quad, plan) = world(seed, Kind::ArduPilot);
        assert!(world.run_until(Duration::from_secs(30), |w| w.view(quad).is_some()));
        world.run(Duration::from_secs(5));
        let upload = whimbrel_testkit::survey::upload(&world, quad, &plan.sorties[0]);
        world
            .order(quad, whimbrel_fly::Command::Upload(Box::new(upload)))
            .expect("taken");
        world.run(Duration::from_millis(after_ms));
        world.cut_line(quad, true);
        let state = |w: &World| w.view(quad).expect("known").mission.state;
        let before = state(&world);
        world.run_until(Duration::from_secs(300), |w| {
            matches!(state(w), LoadState::Failed(_))
        });
        match (before, state(&world)) {
            // It had all arrived before the line died.
            (LoadState::Verified, LoadState::Verified) => {}
            (_, LoadState::Failed(why)) => assert!(!why.is_empty()),
            (before, after) => {
                for (held, planned) in compare(&world, quad, &plan, Kind::ArduPilot) {
                    assert_eq!(held, planned, "{before:?} became {after:?}");
                }
            }
        }
    }
}
