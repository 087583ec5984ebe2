//! From an area to a map with two aircraft.

use crate::landscape;
use std::time::Duration;
use whimbrel_fly::{AlertKind, LoadState};
use whimbrel_mission::fence;
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::radio::{Direction, Outage, RadioConfig};
use whimbrel_testkit::judge::{Map, judge};
use whimbrel_testkit::{Hangar, Layer, Survey, World, WorldConfig};

/// Error of the GPS in the photos, each axis.
const SIGMA_M: f64 = 1.5;

/// The landscape, the plan, the flight, the radio and the map of the demo, all smaller.
#[test]
fn an_area_becomes_a_map() {
    let landscape = landscape();
    let mut config = WorldConfig::over(landscape.clone(), 1);
    config.radio = RadioConfig {
        outages: vec![Outage {
            start: Duration::from_secs(140),
            duration: Duration::from_secs(15),
        }],
        ..RadioConfig::symmetric(1_000_000, 0.2, Duration::from_millis(40), 11)
    };
    let mut world = World::new(config);
    let quad = world.add(Hangar::builtin("quad", Kind::ArduPilot, [-90.0, -80.0]));
    let wing = world.add(Hangar::builtin("fixed-wing", Kind::Px4, [90.0, -120.0]));
    let survey = Survey::square(120.0, 0.13);
    let plan = survey.plan(&world, &[quad, wing]);
    println!("plan: {:?}", plan.report());
    assert!(plan.report().coverage >= 0.99);
    for (index, vehicle) in [quad, wing].into_iter().enumerate() {
        let sorties: Vec<_> = plan
            .sorties
            .iter()
            .filter(|s| s.vehicle_index == index)
            .collect();
        let [sortie] = sorties[..] else {
            panic!("one sortie for each")
        };
        world.wait_ready(vehicle);
        assert_eq!(world.load(vehicle, sortie), LoadState::Verified);
        world.fly(vehicle);
    }
    let home = world.run_until(Duration::from_secs(900), |w| {
        w.is_home(quad) && w.is_home(wing)
    });
    assert!(home, "{:?} {:?}", world.view(quad), world.view(wing));
    for vehicle in [quad, wing] {
        let view = world.view(vehicle).expect("known");
        let shots = world.shots(vehicle).len();
        assert_eq!(
            view.photos as usize, shots,
            "every photo is heard of over MAVLink"
        );
        let sortie = &plan.sorties[usize::from(vehicle == wing)];
        let planned = sortie.photos.len();
        println!(
            "{:?}: {shots} photos of {planned} planned; planned {:?}",
            view.class, sortie.cost
        );
        assert!(
            shots * 10 >= planned * 9 && shots <= planned * 2 + 4,
            "{shots} photos of {planned}"
        );
        let fence = &sortie.mission.fence;
        let out = world
            .track(vehicle)
            .iter()
            .find(|(_, p)| !fence::contains(fence, p.at));
        assert!(out.is_none(), "it left the fence: {out:?}");
        for kind in [
            AlertKind::LinkLost,
            AlertKind::Fence,
            AlertKind::OrderFailed,
            AlertKind::PositionLost,
        ] {
            assert!(
                !world.was_alerted(vehicle, kind),
                "{kind:?} for nothing: {:?}",
                world.alerts()
            );
        }
    }
    let all_here = |w: &World| [quad, wing].iter().all(|v| w.transfer(*v).finished());
    assert!(
        world.run_until(Duration::from_secs(600), all_here),
        "photos are still on their way"
    );

    // Every byte is here; no photo's original came before its preview, nor the map much after the last shutter.
    let mut last_shutter = Duration::ZERO;
    for vehicle in [quad, wing] {
        let transfer = world.transfer(vehicle);
        assert_eq!(transfer.missing(), Vec::<String>::new());
        assert_eq!(transfer.broken_promises(), vec![]);
        let stats = transfer.radio().stats(Direction::Down);
        println!("radio: {stats:?}");
        assert!(
            stats.datagrams_erased * 10 > stats.datagrams_sent,
            "the radio was bad"
        );
        let latest = world.shots(vehicle).iter().map(|(_, s)| s.time).max();
        last_shutter = last_shutter.max(latest.expect("photos"));
    }
    let arrivals = world.arrivals();
    let came = |name: &str, layer: Layer| {
        arrivals
            .iter()
            .find(|a| a.name == name && a.layer == layer)
            .map(|a| a.at)
    };
    for arrival in arrivals.iter().filter(|a| a.layer == Layer::Original) {
        assert!(
            came(&arrival.name, Layer::Preview) < Some(arrival.at),
            "{}",
            arrival.name
        );
        assert!(
            came(&arrival.name, Layer::Mapping) < Some(arrival.at),
            "{}",
            arrival.name
        );
    }
    let mapping = arrivals
        .iter()
        .filter(|a| a.layer == Layer::Mapping)
        .map(|a| a.at)
        .max();
    let ready = mapping.expect("layers").saturating_sub(last_shutter);
    println!(
        "mapping-grade layers {:.1} s after the last shutter",
        ready.as_secs_f64()
    );
    assert!(ready <= Duration::from_secs(30), "{ready:?}");

    let map = Map::of(&world);
    let photos = map.report.photos;
    println!("map: {:?}", map.report);
    assert_eq!(photos, world.shots(quad).len() + world.shots(wing).len());
    assert!(map.report.matched * 10 >= photos * 9, "{:?}", map.report);
    let verdict = judge(&world, &landscape, &survey, &map);
    println!("verdict: {verdict:?}");
    assert!(verdict.coverage >= 0.98, "{verdict:?}");
    assert!(verdict.accuracy.points >= 40, "{verdict:?}");
    assert!(
        verdict.accuracy.rmse_similarity_m <= 2.0 * 0.13,
        "{verdict:?}"
    );
    // GPS errors are independent, so the map is off by about σ/√N each way; the issue allows 2σ.
    let bound = 4.0 * SIGMA_M / (photos as f64).sqrt() + 2.0 * 0.13;
    println!("absolute bound {bound:.2} m");
    assert!(
        verdict.accuracy.rmse_absolute_m <= bound.min(2.0 * SIGMA_M),
        "{verdict:?}, bound {bound}"
    );
}
