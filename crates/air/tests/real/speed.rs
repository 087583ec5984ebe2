use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use whimbrel_air::{AirConfig, Clock, run};
use whimbrel_store::Layer;

use crate::aircraft::{Ground, photo};
use crate::child::{key, wait_for};

/// Simulated time runs ten times as fast: the rate is that of simulated time.
#[test]
fn the_rate_counts_in_the_clocks_time() {
    let camera = tempfile::tempdir().unwrap();
    let mut bytes = 0;
    for number in 0..8 {
        let photo = photo(number);
        bytes += photo.len();
        std::fs::write(camera.path().join(format!("P{number}.JPG")), photo).unwrap();
    }
    let clock = Clock::new(10.0, None).unwrap();
    let mut ground = Ground::new(clock.clone());
    let stop = Arc::new(AtomicBool::new(false));
    let rate_bit_s = 4e5;
    let config = AirConfig {
        photos: camera.path().to_path_buf(),
        mavlink: None,
        to: ground.to().parse().unwrap(),
        key: key(),
        rate_bit_s,
        state: None,
        clock: clock.clone(),
    };
    let air = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || run(config, &stop, &mut |_| {}).unwrap()
    });
    let made = || {
        let state = std::fs::read_to_string(camera.path().join(".whimbrel/photos"));
        (state.unwrap_or_default().lines().count() == 8).then_some(())
    };
    wait_for(Duration::from_secs(60), made).expect("layers are made");
    let start = clock.now();
    assert!(ground.until(
        Duration::from_secs(60),
        |ground| ground.of_layer(Layer::Original).len() == 8
    ));
    let took_s = (clock.now() - start).as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    air.join().unwrap();
    let least_s = bytes as f64 * 8.0 / rate_bit_s;
    println!(
        "{bytes} bytes of originals took {took_s:.1} simulated seconds, at least {least_s:.1}"
    );
    assert!(
        took_s > least_s,
        "faster than the radio: {took_s} {least_s}"
    );
    assert!(took_s < least_s * 2.5, "{took_s} {least_s}");
}
