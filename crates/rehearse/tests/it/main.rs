//! Campaigns in virtual time.

mod planned;

use std::sync::Arc;

use whimbrel_geo::{Amsl, FlatTerrain, Height, LatLon, Position, Terrain, destination};
use whimbrel_mission::{Item, Mission, Vehicle};
use whimbrel_rehearse::{
    Campaign, RehearseError, Report, Shard, ShareError, WORST_RUNS, WindForecast,
};
use whimbrel_sim::Autopilot;

fn home() -> Position<Amsl> {
    Position::new(
        LatLon::from_deg(47.3, 8.5).expect("a place"),
        Height::from_m(480.0),
    )
}

fn at(north_m: f64, east_m: f64) -> Position<Amsl> {
    Position::new(
        destination(home().at, east_m.atan2(north_m), north_m.hypot(east_m)),
        home().height.raised_m(50.0),
    )
}

/// Out and back over `length_m`.
fn campaign(runs: u32, length_m: f64) -> Campaign {
    let items = vec![
        Item::takeoff(at(0.0, 0.0)),
        Item::waypoint(at(length_m, 0.0), 0.0),
        Item::waypoint(at(length_m, 30.0), 0.0),
        Item::return_home(),
    ];
    Campaign {
        vehicle: Vehicle::builtin("quad").expect("built in"),
        autopilot: Autopilot::ArduPilot,
        mission: Mission {
            home: Some(home()),
            items,
            ..Mission::default()
        },
        home: home(),
        heading_rad: 0.0,
        runs,
        seed: 42,
        wind: WindForecast::expected(5.0, 1.0),
        shard: None,
    }
}

fn ground() -> Arc<dyn Terrain> {
    Arc::new(FlatTerrain(home().height))
}

#[test]
fn a_short_flight_comes_home_every_time() {
    let outcome = campaign(24, 300.0).fly(&ground(), &|| {}).expect("flown");
    let report = Report::of(&outcome, 0.0);
    for name in [
        "mission_complete",
        "home",
        "home_with_reserve",
        "inside_fence",
        "clear_of_ground",
    ] {
        let p = report
            .probabilities
            .iter()
            .find(|p| p.name == name)
            .expect(name);
        assert_eq!((p.k, p.n), (24, 24), "{name}: {report:#?}");
        // 24 of 24: at least 0.05^(1/24) with 95 % confidence, one-sided.
        assert!((p.one_sided95 - 0.05f64.powf(1.0 / 24.0)).abs() < 1e-9);
        assert!(p.lower95 < p.one_sided95 && p.upper95 == 1.0);
    }
    let q = report.reserve_wh;
    assert!(q.p1 <= q.p5 && q.p5 <= q.p50 && q.p50 > 100.0, "{q:?}");
    assert_eq!(report.worst.len(), WORST_RUNS);
    let json = serde_json::to_value(&report).expect("JSON");
    for key in [
        "runs",
        "seed",
        "simulated_s",
        "cpu_s",
        "probabilities",
        "reserve_wh",
        "worst",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

#[test]
fn a_flight_beyond_the_battery_does_not() {
    // 18 km each way at 10 m/s: more than the battery holds.
    let outcome = campaign(2, 18_000.0).fly(&ground(), &|| {}).expect("flown");
    let report = Report::of(&outcome, 0.0);
    assert!(
        report
            .probabilities
            .iter()
            .any(|p| p.name == "home" && p.k == 0),
        "{report:#?}"
    );
    assert!(
        report
            .worst
            .first()
            .is_some_and(|w| w.run.reserve_fraction < 0.02)
    );
}

#[test]
fn threads_and_shards_do_not_change_the_result() {
    let whole = campaign(7, 150.0).fly(&ground(), &|| {}).expect("flown");
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool");
    let alone = one
        .install(|| campaign(7, 150.0).fly(&ground(), &|| {}))
        .expect("flown");
    assert_eq!(whole, alone);
    let part = |index| {
        Campaign {
            shard: Some(Shard { index, of: 3 }),
            ..campaign(7, 150.0)
        }
        .fly(&ground(), &|| {})
    };
    let parts = [3, 1, 2].map(|i| part(i).expect("flown"));
    let [a, b, c] = parts;
    assert_eq!(a.clone().join(a.clone()), Err(ShareError::Twice(4)));
    let joined = a.join(b).and_then(|ab| ab.join(c)).expect("one campaign");
    assert_eq!(joined, whole);
    let mut other = campaign(7, 150.0);
    other.seed = 43;
    let other = other.fly(&ground(), &|| {}).expect("flown");
    assert_ne!(other.runs[0].conditions, whole.runs[0].conditions);
    assert_eq!(other.join(whole), Err(ShareError::Different));
}

#[test]
fn senseless_campaigns_are_refused() {
    let fly = |c: Campaign| c.fly(&ground(), &|| {}).expect_err("refused");
    assert_eq!(fly(campaign(0, 100.0)), RehearseError::Runs(0));
    let shard = Some(Shard { index: 4, of: 3 });
    assert_eq!(
        fly(Campaign {
            shard,
            ..campaign(5, 100.0)
        }),
        RehearseError::Shard { index: 4, of: 3 }
    );
    let mut empty = campaign(5, 100.0);
    empty.mission.items.clear();
    assert_eq!(fly(empty), RehearseError::Empty);
    let mut odd = campaign(5, 100.0);
    odd.mission.items.push(Item::action(31_000, [0.0; 4]));
    assert_eq!(fly(odd), RehearseError::Refused(1));
}
