//! The fuzz target's body, replayed on its corpus by an ordinary test.

use core::time::Duration;

use crate::channel::{self, Channel, End, Outer};
use crate::key::Key;
use crate::limits::{DATAGRAM_MAX_BYTES, HEADER_BYTES, TAG_BYTES};
use crate::{Event, NoScratch, ObjectInfo, Receiver, ReceiverConfig, Sender, SenderConfig};

/// Gives both ends arbitrary bytes, raw and as the content of datagrams sealed with the right key.
pub fn datagrams(data: &[u8]) {
    let key = Key::from_bytes([1; 32]);
    let (air, now) = ([2; 16], Duration::from_secs(1));
    let mut config = ReceiverConfig::new(key.clone(), [3; 16]);
    config.memory_bytes = 1 << 20;
    let memory_bytes = config.memory_bytes;
    let Ok(mut receiver) = Receiver::new(config, NoScratch) else {
        return;
    };
    let mut sender = Sender::new(SenderConfig::new(key.clone(), air, 1e6));
    let file = vec![5u8; 10_000];
    let _ = sender.offer(
        ObjectInfo::for_bytes(1, 1, b"file".to_vec(), &file),
        Box::new(file),
    );
    let _ = receiver.handle(now, data);
    let _ = sender.handle(now, data);
    // Handshake, then a channel of our own for the forged content.
    let Some(hello) = sender.poll(now) else {
        return;
    };
    let _ = receiver.handle(now, &hello);
    let Some(welcome) = receiver.poll(now) else {
        return;
    };
    let Some(Outer::Welcome { ground, .. }) = channel::parse(&welcome) else {
        return;
    };
    let _ = sender.handle(now, &welcome);
    let mut forward = Channel::new(&key, air, ground, End::Air);
    let mut back = Channel::new(&key, air, ground, End::Ground);
    for content in data.chunks(DATAGRAM_MAX_BYTES - HEADER_BYTES - TAG_BYTES) {
        for datagram in [forward.seal(content), back.seal(content)]
            .into_iter()
            .flatten()
        {
            let _ = receiver.handle(now, &datagram);
            let _ = sender.handle(now, &datagram);
        }
    }
    for step in 0..20 {
        let now = now + Duration::from_millis(step * 100);
        if let Some(datagram) = sender.poll(now) {
            assert!(datagram.len() <= DATAGRAM_MAX_BYTES);
        }
        if let Some(datagram) = receiver.poll(now) {
            assert!(datagram.len() <= DATAGRAM_MAX_BYTES);
        }
    }
    while let Some(event) = receiver.next_event() {
        if let Event::ObjectComplete { id, .. } = event {
            receiver.stored(id);
        }
    }
    assert!(receiver.stats().held_bytes <= memory_bytes);
}
