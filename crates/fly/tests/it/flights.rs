//! Whole flights, from discovery to disarmed.

use crate::toy::Toy;
use crate::world::{START, World, survey, upload};
use whimbrel_fly::{Command, LoadState, Phase};
use whimbrel_link::quirks::{Autopilot, Class, PlanKind, Role};

const KINDS: [(Autopilot, Class); 4] = [
    (Autopilot::ArduPilot, Class::Multirotor),
    (Autopilot::ArduPilot, Class::FixedWing),
    (Autopilot::Px4, Class::Multirotor),
    (Autopilot::Generic, Class::Multirotor),
];

fn verified(w: &World, i: usize) -> bool {
    w.view(i).mission.state == LoadState::Verified
}

/// Discovery to disarmed; the photos told are the photos taken.
fn fly(seed: u64, autopilot: Autopilot, class: Class, loss: f64) -> World {
    let mut w = World::new(seed, vec![Toy::new(START, autopilot, class, 1)]);
    w.loss = loss;
    let known =
        |w: &World| !w.fleet.vehicles(w.now).is_empty() && w.view(0).motion.position.is_some();
    assert!(w.run(60, known), "no position of {autopilot:?}");
    w.wait(25);
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(200, |w| verified(w, 0)), "{:?}", w.view(0).mission);
    assert_eq!(
        w.toys[0].missions.items(PlanKind::Mission).len(),
        survey().items.len()
    );
    assert!(w.run(20, |w| {
        w.fleet.checks(w.now, w.id(0)).is_some_and(|c| c.ready())
    }));
    w.order(0, Command::Fly).expect("ready");
    assert!(
        w.run(120, |w| w.view(0).flying),
        "{:?} {:?}",
        w.view(0),
        w.audit.last()
    );
    assert!(w.run(300, |w| w.view(0).phase == Phase::Surveying));
    assert!(
        w.run(900, |w| !w.view(0).armed && !w.view(0).flying),
        "{:?}",
        w.view(0).phase
    );
    assert_eq!(w.view(0).phase, Phase::Landed);
    w
}

#[test]
fn every_kind_flies_a_mission() {
    for (autopilot, class) in KINDS {
        let w = fly(1, autopilot, class, 0.0);
        assert_eq!(
            w.photos.len(),
            usize::from(w.toys[0].photos),
            "{autopilot:?}"
        );
        assert_eq!(w.view(0).photos, u32::from(w.toys[0].photos));
        assert!(w.photos.len() >= 40, "{}", w.photos.len());
        assert_eq!(w.records("flight.start"), ["ordered", "done"]);
        let loaded = w.records("mission.upload");
        assert!(
            loaded
                .last()
                .is_some_and(|d| d.ends_with("verified: read back and equal")),
            "{loaded:?}"
        );
        let bad: Vec<_> = w.alerts.iter().filter(|a| a.active).collect();
        assert!(bad.is_empty(), "{autopilot:?}: {bad:?}");
    }
}

#[test]
fn flights_survive_a_bad_link() {
    for seed in 0..6 {
        let (autopilot, class) = KINDS[seed as usize % 3];
        let w = fly(seed, autopilot, class, 0.2);
        let told = w.photos.len() as f64 / f64::from(w.toys[0].photos);
        assert!(told > 0.5, "{told}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let [a, b] = [0, 1].map(|_| fly(5, Autopilot::ArduPilot, Class::Multirotor, 0.1));
    assert_eq!(a.bytes, b.bytes);
    assert_eq!(a.audit, b.audit);
}

#[test]
fn two_vehicles_fly_at_once() {
    let toys = vec![
        Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1),
        Toy::new(START, Autopilot::Px4, Class::FixedWing, 2),
    ];
    let mut w = World::new(0, toys);
    w.wait(30);
    let mut with_landing = survey();
    with_landing.items.pop();
    with_landing.items.push(
        whimbrel_mission::Item::land(with_landing.home.expect("set"))
            .above_home(whimbrel_geo::Height::from_m(400.0)),
    );
    w.order(0, upload(survey())).expect("taken");
    w.order(1, upload(with_landing)).expect("taken");
    assert!(w.run(60, |w| verified(w, 0) && verified(w, 1)));
    for i in 0..2 {
        w.order(i, Command::Fly).expect("ready");
    }
    assert!(
        w.run(60, |w| w.view(0).flying && w.view(1).flying),
        "{:?}",
        w.audit
    );
    assert!(w.run(900, |w| !w.view(0).armed && !w.view(1).armed));
    assert_eq!(w.toys[0].role(), Role::Land);
}

#[test]
fn hold_resume_and_return_are_obeyed() {
    for (autopilot, class) in KINDS {
        let mut w = World::new(0, vec![Toy::new(START, autopilot, class, 1)]);
        w.wait(30);
        w.order(0, upload(survey())).expect("taken");
        assert!(w.run(100, |w| verified(w, 0)));
        w.order(0, Command::Fly).expect("ready");
        assert!(w.run(300, |w| w.view(0).phase == Phase::Surveying));
        w.order(0, Command::Hold).expect("taken");
        assert!(w.run(5, |w| w.view(0).phase == Phase::Holding));
        assert_eq!(w.toys[0].role(), Role::Hold);
        w.wait(5);
        w.order(0, Command::Resume).expect("taken");
        assert!(w.run(5, |w| w.view(0).phase == Phase::Surveying));
        w.order(0, Command::SetSpeed { speed_m_s: 7.0 })
            .expect("taken");
        w.wait(5);
        assert_eq!(w.toys[0].speed_m_s, 7.0);
        w.order(0, Command::Return).expect("taken");
        assert!(w.run(5, |w| w.view(0).phase == Phase::Returning));
        assert!(w.run(300, |w| !w.view(0).armed));
    }
}

#[test]
fn a_return_ends_a_start_that_still_goes_on() {
    let mut toy = Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1);
    toy.ready_at = START + std::time::Duration::from_secs(40);
    let mut w = World::new(0, vec![toy]);
    w.wait(30);
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(100, |w| verified(w, 0)));
    // The list says "no position yet"; arming goes on trying by itself.
    assert!(
        w.order(0, Command::Fly)
            .expect_err("not ready")
            .contains("position")
    );
    w.toys[0].ready_at = w.now;
    w.wait(3);
    w.toys[0].ready_at = w.now + std::time::Duration::from_secs(20);
    w.order(0, Command::Fly).expect("the list was still good");
    w.wait(4);
    assert!(!w.toys[0].was_armed);
    w.order(0, Command::Return).expect("taken");
    w.wait(60);
    assert!(!w.toys[0].was_armed, "armed after the order to return");
}

#[test]
fn arming_is_tried_until_the_autopilot_is_ready() {
    let mut w = World::new(
        0,
        vec![Toy::new(START, Autopilot::ArduPilot, Class::Multirotor, 1)],
    );
    w.wait(30);
    w.order(0, upload(survey())).expect("taken");
    assert!(w.run(100, |w| verified(w, 0)));
    w.toys[0].ready_at = w.now + std::time::Duration::from_secs(8);
    w.order(0, Command::Fly).expect("ready when asked");
    assert!(w.run(60, |w| w.view(0).flying));
}

/// The ground station was restarted in flight: it finds the vehicle again,
/// compares what is on board, and goes on watching and commanding.
#[test]
fn a_restarted_ground_takes_over_in_flight() {
    for (autopilot, class) in KINDS {
        let mut w = World::new(0, vec![Toy::new(START, autopilot, class, 1)]);
        w.wait(30);
        w.order(0, upload(survey())).expect("taken");
        assert!(w.run(100, |w| verified(w, 0)));
        w.order(0, Command::Fly).expect("ready");
        assert!(w.run(300, |w| w.view(0).phase == Phase::Surveying));
        w.fleet = whimbrel_fly::Fleet::new();
        w.fleet.add_link(w.now, crate::world::LINK);
        assert!(w.run(20, |w| w.fleet.vehicles(w.now).iter().any(|v| v.flying)));
        let Command::Upload(sortie) = upload(survey()) else {
            unreachable!()
        };
        let mut other = sortie.clone();
        other.mission.items[3].x += 1000;
        w.order(0, Command::Verify(other)).expect("taken");
        assert!(w.run(60, |w| matches!(
            w.view(0).mission.state,
            LoadState::Failed(_)
        )));
        w.order(0, Command::Verify(sortie)).expect("taken");
        assert!(
            w.run(60, |w| verified(w, 0)),
            "{autopilot:?} {:?}",
            w.view(0).mission
        );
        assert_eq!(w.view(0).phase, Phase::Surveying);
        assert_eq!(
            w.toys[0].missions.items(PlanKind::Mission).len(),
            survey().items.len()
        );
        w.order(0, Command::Return).expect("taken");
        assert!(w.run(300, |w| !w.view(0).armed));
    }
}
