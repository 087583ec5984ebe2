use std::time::Duration;

use whimbrel_downlink::SenderEvent;

use crate::radio::{Air, Chance, World};

fn world_with_files(air: Air, seed: u64, sizes: &[usize]) -> World {
    let mut world = World::new(air, seed);
    let mut chance = Chance(seed ^ 77);
    for (number, size) in sizes.iter().enumerate() {
        let bytes = chance.bytes(*size);
        world.offer(1, &format!("file{number}"), bytes);
    }
    world
}

#[test]
fn files_arrive_bit_for_bit_at_any_loss() {
    for (seed, loss) in [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5]
        .into_iter()
        .enumerate()
    {
        for delay in [10, 300] {
            let sizes = [0, 1, 1160, 1161, 8_000, 100_000, 2_500_000];
            let mut world = world_with_files(Air::new(8e6, loss, delay), seed as u64, &sizes);
            assert!(
                world.run(120.0, World::finished),
                "not finished at {loss} {delay} ms"
            );
            world.check_all_here();
            assert_eq!(world.radio.queue_drops, 0, "pacing keeps the queue short");
        }
    }
}

#[test]
fn goodput_is_close_to_what_the_radio_lets_through() {
    // Mission-sized at 8 Mbit/s; slow and narrow; a satellite's round trip.
    for (rate, loss, delay, sizes, least) in [
        (8e6, 0.0, 10, vec![2_500_000; 4], 0.90),
        (8e6, 0.2, 10, vec![2_500_000; 4], 0.90),
        (8e6, 0.5, 10, vec![2_500_000; 4], 0.87),
        // Handshake and last acknowledgement alone are 1.2 of 12.5 s here.
        (8e6, 0.2, 300, vec![2_500_000; 4], 0.80),
        (2e6, 0.2, 50, vec![100_000; 30], 0.85),
        (64e3, 0.2, 100, vec![20_000; 6], 0.80),
    ] {
        let mut world = world_with_files(Air::new(rate, loss, delay), 5, &sizes);
        assert!(
            world.run(600.0, World::finished),
            "not finished: {rate} {loss} {delay}"
        );
        world.check_all_here();
        let ratio = world.goodput_ratio();
        let back = world.returned as f64 / world.payload();
        println!(
            "rate {rate} loss {loss} delay {delay} ms: goodput ratio {ratio:.3}, returned {back:.5} of payload"
        );
        assert!(ratio >= least, "{rate} {loss} {delay}: {ratio}");
    }
}

#[test]
fn previews_of_all_photos_come_before_any_original() {
    let mut world = World::new(Air::new(2e6, 0.2, 20), 3);
    let mut chance = Chance(1);
    for photo in 0..10 {
        let (original, preview) = (chance.bytes(400_000), chance.bytes(10_000));
        world.offer(1, &format!("{photo}.original"), original);
        world.offer(9, &format!("{photo}.preview"), preview);
    }
    assert!(world.run(120.0, World::finished));
    world.check_all_here();
    let first: Vec<usize> = world
        .stored
        .iter()
        .take(10)
        .map(|(_, data)| data.len())
        .collect();
    assert_eq!(first, vec![10_000; 10]);
}

#[test]
fn a_late_urgent_object_overtakes() {
    let mut world = World::new(Air::new(2e6, 0.1, 20), 3);
    world.offer(1, "big", Chance(1).bytes(2_000_000));
    world.run(2.0, |_| false);
    let urgent = world.offer(5, "urgent", Chance(2).bytes(20_000));
    let asked = world.now;
    assert!(world.run(60.0, |world| world.delivered.contains(&urgent)));
    assert!(
        world.now - asked < Duration::from_millis(700),
        "{:?}",
        world.now - asked
    );
}

#[test]
fn an_outage_costs_its_own_time_and_little_more() {
    let mut air = Air::new(2e6, 0.05, 50);
    air.outages = vec![(5.0, 35.0)];
    let mut world = world_with_files(air, 8, &[500_000; 6]);
    assert!(world.run(200.0, World::finished));
    world.check_all_here();
    let ideal = 30.0 + world.payload() * 8.0 / (2e6 * 0.95);
    let took = world.now.as_secs_f64();
    println!(
        "outage: {took:.1} s, ideal {ideal:.1} s, on air {:.2} of payload",
        world.radio.sent_bytes[0] as f64 / world.payload()
    );
    assert!(took < ideal * 1.05, "{took} against {ideal}");
    assert!(world.log.contains(&SenderEvent::Silent));
    // 28 s of probes at 10 Hz, not 28 s of shards.
    assert!((world.radio.sent_bytes[0] as f64) < world.payload() * 1.35);
}

#[test]
fn messages_pass_files_in_both_directions() {
    let mut world = world_with_files(Air::new(2e6, 0.2, 30), 4, &[2_000_000]);
    world.run(1.0, |_| false);
    let mut sent = Vec::new();
    for number in 0..200u32 {
        world
            .sender
            .send_message(&number.to_be_bytes())
            .expect("short");
        world
            .receiver
            .send_message(&number.to_be_bytes())
            .expect("short");
        sent.push(world.now);
        world.run(world.now.as_secs_f64() + 0.02, |_| false);
    }
    world.run(world.now.as_secs_f64() + 1.0, |_| false);
    for way in 0..2 {
        let got = &world.messages[way];
        let numbers: std::collections::BTreeSet<_> =
            got.iter().map(|(_, bytes)| bytes.clone()).collect();
        assert_eq!(numbers.len(), got.len(), "each comes once");
        // 1+1 at 20 % loss: 4 % of 200 are lost on average; 16 is five standard deviations off nothing.
        assert!(got.len() >= 180, "way {way}: {}", got.len());
        let worst = got.iter().map(|(at, bytes)| {
            let number = u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
            *at - sent[number as usize]
        });
        assert!(worst.max().expect("some") < Duration::from_millis(150));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut world = world_with_files(Air::new(4e6, 0.3, 20), 6, &[300_000, 50_000]);
        world.run(60.0, World::finished);
        (world.now, world.radio.sent_bytes, world.delivered.clone())
    };
    assert_eq!(run(), run());
}
