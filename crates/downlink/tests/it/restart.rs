use crate::radio::{Air, Chance, World};

#[test]
fn killing_either_end_at_any_time_loses_nothing() {
    for seed in 0..40u64 {
        let mut chance = Chance(seed * 1000 + 1);
        let mut world = World::new(Air::new(4e6, 0.3 * chance.unit(), 20), seed);
        for number in 0..6 {
            let size = (chance.unit() * 250_000.0) as usize;
            let bytes = chance.bytes(size);
            world.offer(number % 3, &format!("file{number}"), bytes);
        }
        for _ in 0..4 {
            let pause = chance.unit() * 0.8;
            world.run(world.now.as_secs_f64() + pause, |_| false);
            if chance.unit() < 0.5 {
                world.restart_sender();
            } else {
                world.restart_receiver();
            }
        }
        assert!(
            world.run(120.0, World::finished),
            "seed {seed} does not finish"
        );
        world.check_all_here();
    }
}

#[test]
fn a_restart_resends_only_what_was_missing() {
    for receiver_too in [false, true] {
        let mut world = World::new(Air::new(4e6, 0.2, 20), 2);
        for number in 0..8 {
            let bytes = Chance(number).bytes(250_000);
            world.offer(1, &format!("file{number}"), bytes);
        }
        world.run(3.0, |_| false);
        // The aircraft forgets even what was delivered: the ground tells it.
        world.delivered.clear();
        world.restart_sender();
        if receiver_too {
            world.restart_receiver();
        }
        assert!(world.run(60.0, World::finished));
        world.check_all_here();
        let sent = world.radio.sent_bytes[0] as f64 / (world.payload() / 0.8);
        println!("receiver too {receiver_too}: sent {sent:.3} of the least possible");
        assert!(sent < 1.2, "{sent}");
    }
}

#[test]
fn an_object_counts_as_delivered_only_after_the_shell_stored_it() {
    use std::time::Duration;
    use whimbrel_downlink::{
        Event, NoScratch, ObjectInfo, Receiver, ReceiverConfig, Sender, SenderConfig,
    };
    let key = crate::radio::key();
    let mut sender = Sender::new(SenderConfig::new(key.clone(), [2; 16], 1e7));
    let mut receiver =
        Receiver::new(ReceiverConfig::new(key, [3; 16]), NoScratch).expect("nothing to load");
    let data = vec![1u8; 5000];
    let id = sender
        .offer(ObjectInfo::for_bytes(0, 0, vec![], &data), Box::new(data))
        .expect("offer");
    let mut complete_at = None;
    for step in 0..20_000u64 {
        let now = Duration::from_millis(step);
        while let Some(datagram) = sender.poll(now) {
            let _ = receiver.handle(now, &datagram);
        }
        while let Some(datagram) = receiver.poll(now) {
            let _ = sender.handle(now, &datagram);
        }
        while let Some(event) = receiver.next_event() {
            if matches!(event, Event::ObjectComplete { .. }) {
                complete_at = Some(step);
            }
        }
        match complete_at {
            Some(at) if step == at + 10_000 => {
                assert!(!sender.is_delivered(id), "ten seconds of a slow disk");
                receiver.stored(id);
            }
            Some(at) if step < at + 10_000 => assert!(!sender.is_delivered(id)),
            _ => {}
        }
        if sender.is_delivered(id) {
            return;
        }
    }
    panic!("never delivered");
}
