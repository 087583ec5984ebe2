use std::time::Duration;

use whimbrel_downlink::{
    Event, Key, NoScratch, ObjectInfo, OfferError, Receiver, ReceiverConfig, Reject, Sender,
    SenderConfig, limits,
};

use crate::radio::{Air, Chance, World, key};

/// A short session; every datagram of both ways.
fn recorded(session: u8) -> (Vec<Vec<u8>>, Sender, Receiver<NoScratch>, Duration) {
    let mut sender = Sender::new(SenderConfig::new(key(), [session; 16], 1e7));
    let mut receiver =
        Receiver::new(ReceiverConfig::new(key(), [session; 16]), NoScratch).expect("empty");
    let data = Chance(1).bytes(30_000);
    sender
        .offer(
            ObjectInfo::for_bytes(0, 0, vec![session], &data),
            Box::new(data),
        )
        .expect("offer");
    sender.send_message(b"arm").expect("short");
    let mut all = Vec::new();
    let mut now = Duration::ZERO;
    for _ in 0..500 {
        now += Duration::from_millis(1);
        while let Some(datagram) = sender.poll(now) {
            receiver.handle(now, &datagram).expect("genuine");
            all.push(datagram);
        }
        while let Some(datagram) = receiver.poll(now) {
            sender.handle(now, &datagram).expect("genuine");
            all.push(datagram);
        }
        while let Some(event) = receiver.next_event() {
            if let Event::ObjectComplete { id, .. } = event {
                receiver.stored(id);
            }
        }
    }
    assert!(all.len() > 30);
    (all, sender, receiver, now)
}

#[test]
fn replayed_datagrams_change_nothing() {
    let (all, mut sender, mut receiver, now) = recorded(1);
    let before = (receiver.stats().datagrams, sender.stats().returned);
    for datagram in &all {
        // A hello may be repeated: it opens nothing without the key.
        let hello = datagram[0] & 15 == 0;
        assert_eq!(receiver.handle(now, datagram).is_ok(), hello);
        assert!(sender.handle(now, datagram).is_err());
    }
    assert_eq!(sender.stats().returned, before.1);
    assert!(
        receiver.next_event().is_none(),
        "no message, no object a second time"
    );
    // After a restart of the receiver, and of both.
    let mut restarted =
        Receiver::new(ReceiverConfig::new(key(), [77; 16]), NoScratch).expect("empty");
    for datagram in &all {
        let _ = restarted.handle(now, datagram);
    }
    assert!(
        restarted.next_event().is_none(),
        "a recorded session opens nothing after a restart"
    );
    let (_, mut sender, mut receiver, now) = recorded(2);
    for datagram in &all {
        let _ = receiver.handle(now, datagram);
        assert!(sender.handle(now, datagram).is_err());
    }
    assert!(receiver.next_event().is_none());
}

#[test]
fn bit_flips_and_other_keys_are_refused() {
    let (all, _, _, now) = recorded(1);
    let (_, mut sender, mut receiver, _) = recorded(1);
    let mut chance = Chance(3);
    let (accepted_r, accepted_s) = (receiver.stats().datagrams, sender.stats().returned);
    for datagram in all.iter().cycle().take(3000) {
        let mut bad = datagram.clone();
        let bit = chance.next() as usize % (bad.len() * 8);
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(receiver.handle(now, &bad).is_err());
        assert!(sender.handle(now, &bad).is_err());
    }
    assert_eq!(
        (receiver.stats().datagrams, sender.stats().returned),
        (accepted_r, accepted_s)
    );
    let other = ReceiverConfig::new(Key::from_bytes([8; 32]), [5; 16]);
    let mut other = Receiver::new(other, NoScratch).expect("empty");
    for datagram in &all {
        assert!(other.handle(now, datagram).is_err());
    }
    assert!(other.poll(now).is_none(), "a stranger gets no answer");
    assert_eq!(other.handle(now, &all[0]), Err(Reject::Forged));
}

#[test]
fn memory_stays_within_its_limit() {
    // A ground station with room for 1 MB, and an aircraft that keeps changing its mind.
    let mut config = ReceiverConfig::new(key(), [4; 16]);
    config.memory_bytes = 1_000_000;
    let mut world = World::new(Air::new(2e7, 0.1, 5), 1);
    world.receiver = Receiver::new(config, crate::radio::Disk::default()).expect("empty");
    let mut held_max = 0;
    for number in 0..30u32 {
        let bytes = Chance(u64::from(number)).bytes(400_000);
        world.offer(number, &format!("{number}"), bytes);
        world.run(world.now.as_secs_f64() + 0.1, |_| false);
        held_max = held_max.max(world.receiver.stats().held_bytes);
    }
    assert!(held_max <= 1_000_000, "{held_max}");
    assert!(held_max > 800_000, "the limit was reached: {held_max}");
    assert!(
        world.run(120.0, World::finished),
        "and everything still arrives"
    );
    world.check_all_here();
}

#[test]
fn an_object_too_large_for_the_receiver_is_refused_and_leaves_the_queue() {
    let mut config = ReceiverConfig::new(key(), [4; 16]);
    config.memory_bytes = 100_000;
    let mut world = World::new(Air::new(2e7, 0.0, 5), 1);
    world.receiver = Receiver::new(config, crate::radio::Disk::default()).expect("empty");
    world.offer(1, "too large", vec![1; 80_000]);
    assert!(world.run(20.0, World::finished));
    assert!(world.stored.is_empty());
    assert!(
        world
            .log
            .iter()
            .any(|event| matches!(event, whimbrel_downlink::SenderEvent::Refused(_)))
    );
}

#[test]
fn the_senders_limits_are_named() {
    let mut sender = Sender::new(SenderConfig::new(key(), [1; 16], 1e6));
    let mut info = ObjectInfo::for_bytes(0, 0, vec![], b"x");
    info.size = limits::OBJECT_MAX_BYTES + 1;
    let size = info.size;
    assert_eq!(
        sender.offer(info, Box::new(vec![])),
        Err(OfferError::TooLarge { size })
    );
    let info = ObjectInfo::for_bytes(0, 0, vec![0; 901], b"x");
    assert_eq!(
        sender.offer(info, Box::new(vec![])),
        Err(OfferError::MetaTooLong { length: 901 })
    );
    assert!(
        sender
            .send_message(&vec![0; limits::MESSAGE_MAX_BYTES + 1])
            .is_err()
    );
    for _ in 0..limits::MESSAGE_QUEUE_MAX + 5 {
        sender.send_message(&[0; 100]).expect("short");
    }
    assert_eq!(sender.stats().messages_dropped, 5);
    assert!(sender.cached_bytes() == 0);
}

#[test]
fn a_source_that_fails_is_named_and_does_not_stop_the_rest() {
    struct Broken;
    impl whimbrel_downlink::Source for Broken {
        fn read_at(&mut self, _: u64, _: &mut [u8]) -> Result<(), String> {
            Err("the card was pulled".to_owned())
        }
    }
    let mut world = World::new(Air::new(2e6, 0.1, 5), 1);
    let info = ObjectInfo {
        kind: 0,
        priority: 9,
        size: 5000,
        sha256: [0; 32],
        meta: vec![],
    };
    let id = world.sender.offer(info, Box::new(Broken)).expect("offer");
    world.offer(1, "good", vec![1; 5000]);
    assert!(world.run(20.0, World::finished));
    world.check_all_here();
    let failed = whimbrel_downlink::SenderEvent::SourceFailed(id, "the card was pulled".to_owned());
    assert!(world.log.contains(&failed));
}

#[test]
fn content_that_does_not_match_its_hash_is_refused_in_the_end() {
    let mut world = World::new(Air::new(8e6, 0.1, 5), 1);
    let info = ObjectInfo {
        kind: 0,
        priority: 9,
        size: 5000,
        sha256: [0; 32],
        meta: vec![],
    };
    world
        .sender
        .offer(info, Box::new(vec![1u8; 5000]))
        .expect("offer");
    assert!(world.run(60.0, World::finished));
    assert!(world.stored.is_empty());
}

#[test]
fn what_the_shell_rejects_leaves_the_senders_queue() {
    let mut sender = Sender::new(SenderConfig::new(key(), [2; 16], 1e7));
    let config = ReceiverConfig::new(key(), [3; 16]);
    let mut receiver = Receiver::new(config, NoScratch).expect("empty");
    let data = vec![1u8; 5000];
    let info = ObjectInfo::for_bytes(0, 0, b"../../evil".to_vec(), &data);
    let id = sender.offer(info, Box::new(data)).expect("offer");
    for step in 0..5000 {
        let now = Duration::from_millis(step);
        while let Some(datagram) = sender.poll(now) {
            let _ = receiver.handle(now, &datagram);
        }
        while let Some(event) = receiver.next_event() {
            if let Event::ObjectComplete { id, .. } = event {
                receiver.reject(id);
            }
        }
        while let Some(datagram) = receiver.poll(now) {
            let _ = sender.handle(now, &datagram);
        }
    }
    assert!(sender.is_delivered(id), "it is off the queue");
    let events: Vec<_> = std::iter::from_fn(|| sender.next_event()).collect();
    assert!(events.contains(&whimbrel_downlink::SenderEvent::Refused(id)));
    assert_eq!(receiver.stats().held_bytes, 0);
}

/// A disk that is full for a while: neither bytes nor objects pile up without end, and nothing is lost.
#[test]
fn a_shell_that_cannot_store_is_given_no_more_than_the_limits() {
    const MORE: usize = 40;
    let mut sender = Sender::new(SenderConfig::new(key(), [2; 16], 1e8));
    let mut receiver =
        Receiver::new(ReceiverConfig::new(key(), [3; 16]), NoScratch).expect("empty");
    let mut ids = Vec::new();
    for number in 0..(limits::PARTIAL_MAX + MORE) as u32 {
        let data = number.to_le_bytes().to_vec();
        let info = ObjectInfo::for_bytes(0, number, vec![], &data);
        ids.push(sender.offer(info, Box::new(data)).expect("offer"));
    }
    let mut waiting = Vec::new();
    let mut full = true;
    let mut most = 0;
    for step in 0..400_000_u64 {
        let now = Duration::from_millis(step * 2);
        while let Some(datagram) = sender.poll(now) {
            let _ = receiver.handle(now, &datagram);
        }
        while let Some(event) = receiver.next_event() {
            if let Event::ObjectComplete { id, .. } = event {
                waiting.push(id);
            }
        }
        most = most.max(receiver.stats().partial).max(waiting.len());
        full = full && waiting.len() < limits::PARTIAL_MAX;
        if !full {
            waiting.drain(..).for_each(|id| receiver.stored(id));
        }
        while let Some(datagram) = receiver.poll(now) {
            let _ = sender.handle(now, &datagram);
        }
        if ids.iter().all(|id| receiver.is_stored(*id)) {
            break;
        }
    }
    assert!(!full, "the limit was reached");
    assert!(most <= limits::PARTIAL_MAX, "{most}");
    assert!(
        ids.iter().all(|id| receiver.is_stored(*id)),
        "and in the end all is here"
    );
}
