//! The radio keeps its promises: nothing is invented or forgotten, the rate holds, the losses are as asked for.

use proptest::prelude::*;
use std::time::Duration;
use whimbrel_sim::radio::{
    Admission, Both, Direction, Loss, MAX_DATAGRAM_BYTES, Outage, Radio, RadioConfig,
};

fn config(rate: u64, loss: Loss, seed: u64) -> RadioConfig {
    RadioConfig {
        loss: Both::same(loss),
        ..RadioConfig::symmetric(rate, 0.0, Duration::from_millis(10), seed)
    }
}

fn drain(radio: &mut Radio) -> Vec<(Duration, Direction, Vec<u8>)> {
    let mut all = Vec::new();
    while let Some(at) = radio.next_deadline() {
        while let Some((direction, bytes)) = radio.poll(at) {
            all.push((at, direction, bytes));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_invented_or_forgotten_and_the_rate_holds(
        seed: u64, rate in 10_000_u64..50_000_000, erasure in 0.0_f64..0.9, queue_ms in 0_u64..500,
        sends in prop::collection::vec((0_u64..20_000, 1_usize..1500, any::<bool>()), 1..300),
    ) {
        let mut c = config(rate, Loss::Independent { erasure }, seed);
        c.queue = Both::same(Duration::from_millis(queue_ms));
        c.outages = vec![Outage { start: Duration::from_millis(300), duration: Duration::from_millis(200) }];
        let overhead = u64::from(c.overhead_bytes);
        let mut radio = Radio::new(c);
        let mut now = Duration::ZERO;
        for (i, (gap_us, len, down)) in sends.iter().enumerate() {
            now += Duration::from_micros(*gap_us);
            let mut bytes = vec![0; (*len).max(8)];
            bytes[..8].copy_from_slice(&(i as u64).to_le_bytes());
            radio.send(now, if *down { Direction::Down } else { Direction::Up }, bytes);
        }
        let got = drain(&mut radio);
        for direction in Direction::BOTH {
            let s = radio.stats(direction);
            prop_assert_eq!(s.datagrams_offered, s.datagrams_sent + s.queue_drops + s.refused);
            prop_assert_eq!(s.datagrams_sent, s.datagrams_erased + s.datagrams_in_outage + s.datagrams_delivered);
            prop_assert_eq!(s.bytes_on_air, s.payload_bytes + overhead * s.datagrams_sent);
            let mine: Vec<_> = got.iter().filter(|g| g.1 == direction).collect();
            prop_assert_eq!(mine.len() as u64, s.datagrams_delivered);
            let order: Vec<u64> = mine.iter().map(|g| u64::from_le_bytes(g.2[..8].try_into().expect("8 bytes"))).collect();
            prop_assert!(order.windows(2).all(|w| w[0] < w[1]), "in order, no duplicates");
            // Over any stretch between two receptions, what arrived after the first fits into the time at the rate.
            for w in mine.windows(2) {
                let bits = (w[1].2.len() as u64 + overhead) * 8;
                let span = (w[1].0 - w[0].0).as_nanos() as u64;
                prop_assert!(bits * 1_000_000_000 <= span * rate, "{bits} bits in {span} ns at {rate}");
            }
        }
    }
}

/// Sends `n` datagrams as fast as the link takes them; for each, whether it arrived.
fn fates(c: RadioConfig, n: u64) -> Vec<bool> {
    let mut radio = Radio::new(c);
    let mut now = Duration::ZERO;
    let mut arrived = vec![false; n as usize];
    let mut i = 0_u64;
    while i < n {
        while i < n && radio.backlog(now, Direction::Down) < Duration::from_millis(50) {
            assert_eq!(
                radio.send(now, Direction::Down, i.to_le_bytes().to_vec()),
                Admission::Queued
            );
            i += 1;
        }
        now += Duration::from_millis(20);
        while let Some((_, bytes)) = radio.poll(now) {
            arrived[u64::from_le_bytes(bytes.try_into().expect("8 bytes")) as usize] = true;
        }
    }
    for (_, _, bytes) in drain(&mut radio) {
        arrived[u64::from_le_bytes(bytes.try_into().expect("8 bytes")) as usize] = true;
    }
    arrived
}

#[test]
fn independent_loss_is_as_asked_for() {
    let n = 40_000;
    for erasure in [0.0, 0.01, 0.3, 0.5, 1.0] {
        let lost = fates(config(2_000_000, Loss::Independent { erasure }, 11), n)
            .iter()
            .filter(|a| !**a)
            .count();
        let share = lost as f64 / n as f64;
        let sigma = (erasure * (1.0 - erasure) / n as f64).sqrt();
        assert!(
            (share - erasure).abs() <= 4.0 * sigma,
            "{share} for {erasure}"
        );
    }
}

#[test]
fn bursts_have_the_mean_length_and_share_asked_for() {
    let loss = Loss::bursts(0.1, 10.0);
    assert!((loss.mean() - 0.1).abs() < 1e-12);
    let arrived = fates(config(2_000_000, loss, 5), 100_000);
    let lost = arrived.iter().filter(|a| !**a).count();
    let bursts = arrived.windows(2).filter(|w| w[0] && !w[1]).count();
    let share = lost as f64 / arrived.len() as f64;
    let mean = lost as f64 / bursts as f64;
    assert!((share - 0.1).abs() < 0.015, "share {share}");
    assert!((mean - 10.0).abs() < 1.0, "mean burst {mean}");
}

#[test]
fn an_erased_datagram_uses_airtime() {
    let mut radio = Radio::new(config(8_000, Loss::Independent { erasure: 1.0 }, 1));
    radio.send(Duration::ZERO, Direction::Down, vec![0; 72]); // 100 bytes on air: 100 ms
    assert_eq!(
        radio.backlog(Duration::ZERO, Direction::Down),
        Duration::from_millis(100)
    );
    assert_eq!(
        radio.stats(Direction::Down).airtime,
        Duration::from_millis(100)
    );
    assert_eq!(radio.stats(Direction::Down).datagrams_erased, 1);
    assert_eq!(radio.next_deadline(), None);
}

#[test]
fn arrival_is_airtime_plus_delay_and_directions_do_not_share_airtime() {
    let mut radio = Radio::new(config(8_000, Loss::default(), 1));
    radio.send(Duration::from_secs(1), Direction::Up, vec![0; 72]);
    radio.send(Duration::from_secs(1), Direction::Down, vec![1; 72]);
    let at = Duration::from_millis(1_110);
    assert_eq!(radio.next_deadline(), Some(at));
    assert_eq!(radio.poll(at - Duration::from_nanos(1)), None);
    assert_eq!(radio.poll(at), Some((Direction::Down, vec![1; 72])));
    assert_eq!(radio.poll(at), Some((Direction::Up, vec![0; 72])));
}

#[test]
fn the_queue_limit_is_airtime() {
    let mut radio = Radio::new(config(8_000, Loss::default(), 1)); // 200 ms of queue, 100 ms for each datagram
    let sent: Vec<_> = (0..5)
        .map(|_| radio.send(Duration::ZERO, Direction::Down, vec![0; 72]))
        .collect();
    use Admission::{QueueFull, Queued};
    assert_eq!(sent, [Queued, Queued, Queued, QueueFull, QueueFull]);
    assert_eq!(
        radio.send(Duration::from_millis(100), Direction::Down, vec![0; 72]),
        Queued
    );
    assert_eq!(
        radio.send(
            Duration::from_secs(9),
            Direction::Down,
            vec![0; MAX_DATAGRAM_BYTES + 1]
        ),
        Admission::TooLarge
    );
    assert_eq!(radio.stats(Direction::Down).refused, 1);
}

#[test]
fn nothing_passes_during_an_outage_or_at_rate_zero() {
    let mut c = config(8_000, Loss::default(), 1);
    c.outages = vec![Outage {
        start: Duration::from_millis(150),
        duration: Duration::from_millis(100),
    }];
    c.rate_bit_s.up = 0;
    let mut radio = Radio::new(c);
    for i in 0..4 {
        radio.send(
            Duration::from_millis(100 * i),
            Direction::Down,
            vec![i as u8; 72],
        );
        assert_eq!(
            radio.send(Duration::from_millis(100 * i), Direction::Up, vec![0; 72]),
            Admission::QueueFull
        );
    }
    // On air 0–100, 100–200, 200–300, 300–400 ms: the second and third touch the outage.
    let got: Vec<u8> = drain(&mut radio).iter().map(|g| g.2[0]).collect();
    assert_eq!(got, [0, 3]);
    assert_eq!(radio.stats(Direction::Down).datagrams_in_outage, 2);
}

#[test]
fn same_seed_same_fates() {
    let loss = Loss::Independent { erasure: 0.4 };
    let one = fates(config(1_000_000, loss, 9), 2_000);
    assert_eq!(one, fates(config(1_000_000, loss, 9), 2_000));
    assert_ne!(one, fates(config(1_000_000, loss, 10), 2_000));
}
