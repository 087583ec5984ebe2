//! Either end of the photo link is killed while photos are on their way.

use crate::landscape;
use std::time::Duration;
use whimbrel_fly::LoadState;
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::radio::RadioConfig;
use whimbrel_testkit::world::camera;
use whimbrel_testkit::{Hangar, Survey, World, WorldConfig};

#[test]
fn killing_ground_and_air_in_the_middle_loses_nothing() {
    let mut config = WorldConfig::over(landscape(), 9);
    config.camera = camera(320, 240);
    config.radio = RadioConfig::symmetric(200_000, 0.2, Duration::from_millis(40), 4);
    let mut world = World::new(config);
    let quad = world.add(Hangar::builtin("quad", Kind::ArduPilot, [-40.0, -40.0]));
    let plan = Survey::square(60.0, 0.25).plan(&world, &[quad]);
    world.wait_ready(quad);
    assert_eq!(world.load(quad, &plan.sorties[0]), LoadState::Verified);
    world.fly(quad);
    let mut kills = 0;
    let mut before = 0;
    while !(world.is_home(quad) && world.transfer(quad).finished()) {
        world.run(Duration::from_secs(7));
        let transfer = world.transfer_mut(quad);
        if transfer.offered() > 0 && !transfer.finished() {
            kills += 1;
            assert!(kills < 120, "it never ends: {} queued", transfer.queued());
            assert_eq!(
                transfer.broken_promises(),
                vec![],
                "lost after kill {kills}"
            );
            let safe = transfer.disk().files().len();
            assert!(safe >= before, "files are gone");
            before = safe;
            match kills % 3 {
                0 => transfer.restart_air(),
                1 => transfer.restart_ground(),
                _ => {
                    transfer.restart_ground();
                    transfer.restart_air();
                }
            }
        }
    }
    let transfer = world.transfer(quad);
    println!(
        "{kills} kills, {} layers, {} acknowledged",
        transfer.offered(),
        transfer.acknowledged()
    );
    assert!(kills >= 5, "{kills} kills are too few to prove anything");
    assert!(transfer.offered() >= 20);
    assert_eq!(transfer.missing(), Vec::<String>::new());
    assert_eq!(transfer.broken_promises(), vec![]);
    assert_eq!(transfer.acknowledged(), transfer.offered());
}
