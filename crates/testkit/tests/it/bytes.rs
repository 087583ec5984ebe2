//! The same seed gives the same bytes, whatever the number of threads.

use crate::landscape;
use std::time::Duration;
use whimbrel_fly::LoadState;
use whimbrel_sim::autopilot::Kind;
use whimbrel_testkit::judge::Map;
use whimbrel_testkit::line::LineConfig;
use whimbrel_testkit::world::camera;
use whimbrel_testkit::{Hangar, Survey, World, WorldConfig};

/// Digests of traffic and of the map.
fn fly(seed: u64, threads: usize) -> ([u8; 32], [u8; 32]) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let mut config = WorldConfig::over(landscape(), seed);
        config.camera = camera(400, 300);
        config.line = LineConfig {
            loss: 0.05,
            ..LineConfig::bad()
        };
        let mut world = World::new(config);
        let quad = world.add(Hangar::builtin("quad", Kind::Px4, [-40.0, -40.0]));
        let plan = Survey::square(50.0, 0.2).plan(&world, &[quad]);
        world.wait_ready(quad);
        assert_eq!(world.load(quad, &plan.sorties[0]), LoadState::Verified);
        world.fly(quad);
        assert!(world.run_until(Duration::from_secs(400), |w| w.is_home(quad)));
        assert!(world.run_until(Duration::from_secs(200), |w| w.transfer(quad).finished()));
        (world.traffic_digest(), Map::of(&world).digest())
    })
}

#[test]
fn same_seed_same_bytes_whatever_the_threads() {
    let one = fly(5, 1);
    assert_eq!(one, fly(5, 2));
    let other = fly(6, 2);
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}
