//! A radio in virtual time: an erased datagram still uses airtime.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use whimbrel_downlink::{
    Event, Key, ObjectId, ObjectInfo, Receiver, ReceiverConfig, Saved, SavedObject, SavedShard,
    Scratch, Sender, SenderConfig, SenderEvent,
};

/// splitmix64
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .take(count)
            .collect()
    }
}

#[derive(Clone)]
pub struct Air {
    pub rate_bit_s: f64,
    pub loss: f64,
    pub delay: Duration,
    pub queue: Duration,
    /// From, to.
    pub outages: Vec<(f64, f64)>,
}

impl Air {
    pub fn new(rate_bit_s: f64, loss: f64, delay_ms: u64) -> Self {
        Self {
            rate_bit_s,
            loss,
            delay: Duration::from_millis(delay_ms),
            queue: Duration::from_millis(200),
            outages: Vec::new(),
        }
    }
}

struct Way {
    free_at: Duration,
    flying: VecDeque<(Duration, Vec<u8>)>,
}

pub struct Radio {
    pub air: Air,
    pub chance: Chance,
    ways: [Way; 2],
    pub queue_drops: u64,
    pub sent_bytes: [u64; 2],
}

impl Radio {
    pub fn new(air: Air, seed: u64) -> Self {
        let way = || Way {
            free_at: Duration::ZERO,
            flying: VecDeque::new(),
        };
        Self {
            air,
            chance: Chance(seed),
            ways: [way(), way()],
            queue_drops: 0,
            sent_bytes: [0; 2],
        }
    }
    pub fn send(&mut self, now: Duration, way: usize, datagram: Vec<u8>) {
        let start = self.ways[way].free_at.max(now);
        if start - now > self.air.queue {
            self.queue_drops += 1;
            return;
        }
        let bytes = datagram.len() + 28;
        self.sent_bytes[way] += bytes as u64;
        let end = start + Duration::from_secs_f64(bytes as f64 * 8.0 / self.air.rate_bit_s);
        self.ways[way].free_at = end;
        let out = self
            .air
            .outages
            .iter()
            .any(|(from, to)| (*from..*to).contains(&end.as_secs_f64()));
        if self.chance.unit() >= self.air.loss && !out {
            self.ways[way]
                .flying
                .push_back((end + self.air.delay, datagram));
        }
    }
    pub fn arrived(&mut self, now: Duration, way: usize) -> Option<Vec<u8>> {
        let flying = &mut self.ways[way].flying;
        if flying.front().is_some_and(|(at, _)| *at <= now) {
            flying.pop_front().map(|(_, d)| d)
        } else {
            None
        }
    }
    pub fn next(&self) -> Option<Duration> {
        self.ways
            .iter()
            .filter_map(|way| way.flying.front().map(|(at, _)| *at))
            .min()
    }
}

/// A disk: what is in `saved` survives the end of the process.
#[derive(Default, Clone)]
pub struct Disk {
    pub partial: BTreeMap<ObjectId, SavedObject>,
    pub done: Vec<ObjectId>,
}

impl Scratch for Disk {
    fn load(&mut self) -> Result<Saved, String> {
        Ok(Saved {
            partial: self.partial.values().cloned().collect(),
            done: self.done.clone(),
        })
    }
    fn begin(&mut self, id: ObjectId, announcement: &[u8]) -> Result<(), String> {
        self.partial.insert(
            id,
            SavedObject {
                announcement: announcement.to_vec(),
                shards: Vec::new(),
            },
        );
        Ok(())
    }
    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> Result<(), String> {
        let object = self.partial.get_mut(&id).ok_or("shard before begin")?;
        object.shards.push(SavedShard {
            block,
            index,
            bytes: bytes.to_vec(),
        });
        Ok(())
    }
    fn flush(&mut self) -> Result<(), String> {
        Ok(())
    }
    fn finish(&mut self, id: ObjectId) -> Result<(), String> {
        self.partial.remove(&id);
        self.done.push(id);
        Ok(())
    }
    fn forget(&mut self, id: ObjectId) -> Result<(), String> {
        self.partial.remove(&id);
        Ok(())
    }
}

/// Both ends, their radio, and what the shells would keep.
pub struct World {
    pub now: Duration,
    pub radio: Radio,
    pub sender: Sender,
    pub receiver: Receiver<Disk>,
    pub files: Vec<(ObjectInfo, Vec<u8>)>,
    /// What the ground has stored, in order.
    pub stored: Vec<(ObjectId, Vec<u8>)>,
    /// What the aircraft was told is stored.
    pub delivered: Vec<ObjectId>,
    pub messages: [Vec<(Duration, Vec<u8>)>; 2],
    pub lives: u8,
    pub returned: u64,
    pub log: Vec<SenderEvent>,
}

pub fn key() -> Key {
    Key::from_bytes([9; 32])
}

impl World {
    pub fn new(air: Air, seed: u64) -> Self {
        let rate = air.rate_bit_s;
        let receiver = Receiver::new(ReceiverConfig::new(key(), [1; 16]), Disk::default())
            .expect("empty disk");
        Self {
            now: Duration::ZERO,
            radio: Radio::new(air, seed),
            sender: Sender::new(SenderConfig::new(key(), [1; 16], rate)),
            receiver,
            files: Vec::new(),
            stored: Vec::new(),
            delivered: Vec::new(),
            messages: [Vec::new(), Vec::new()],
            lives: 1,
            returned: 0,
            log: Vec::new(),
        }
    }

    pub fn offer(&mut self, priority: u32, name: &str, bytes: Vec<u8>) -> ObjectId {
        let info = ObjectInfo::for_bytes(1, priority, name.as_bytes().to_vec(), &bytes);
        self.files.push((info.clone(), bytes.clone()));
        self.sender.offer(info, Box::new(bytes)).expect("offer")
    }

    /// kill -9 and start of the aircraft's end; it kept its files and what it knows to be delivered.
    pub fn restart_sender(&mut self) {
        self.lives += 1;
        let rate = self.radio.air.rate_bit_s;
        self.sender = Sender::new(SenderConfig::new(key(), [self.lives; 16], rate));
        for (info, bytes) in &self.files {
            if !self.delivered.contains(&info.id()) {
                self.sender
                    .offer(info.clone(), Box::new(bytes.clone()))
                    .expect("offer");
            }
        }
    }

    pub fn restart_receiver(&mut self) {
        self.lives += 1;
        let config = ReceiverConfig::new(key(), [self.lives; 16]);
        let empty = Receiver::new(config.clone(), Disk::default()).expect("empty disk");
        let disk = std::mem::replace(&mut self.receiver, empty).into_scratch();
        self.receiver = Receiver::new(config, disk).expect("reload");
    }

    /// Runs until `done` or the time; true if done.
    pub fn run(&mut self, until_s: f64, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = Duration::from_secs_f64(until_s);
        while self.now < end {
            while let Some(datagram) = self.radio.arrived(self.now, 0) {
                let _ = self.receiver.handle(self.now, &datagram);
            }
            while let Some(event) = self.receiver.next_event() {
                match event {
                    Event::ObjectComplete { id, data, .. } => {
                        self.stored.push((id, data));
                        self.receiver.stored(id);
                    }
                    Event::Message(bytes) => self.messages[0].push((self.now, bytes)),
                    _ => {}
                }
            }
            while let Some(datagram) = self.receiver.poll(self.now) {
                self.returned += datagram.len() as u64;
                self.radio.send(self.now, 1, datagram);
            }
            while let Some(datagram) = self.radio.arrived(self.now, 1) {
                let _ = self.sender.handle(self.now, &datagram);
            }
            while let Some(datagram) = self.sender.poll(self.now) {
                self.radio.send(self.now, 0, datagram);
            }
            while let Some(event) = self.sender.next_event() {
                match event {
                    SenderEvent::Delivered(id) => self.delivered.push(id),
                    SenderEvent::Message(bytes) => self.messages[1].push((self.now, bytes)),
                    other => self.log.push(other),
                }
            }
            if done(self) {
                return true;
            }
            let next = [
                self.radio.next(),
                self.sender.next_deadline(),
                self.receiver.next_deadline(),
            ];
            let next = next.into_iter().flatten().min().unwrap_or(end);
            self.now = next.max(self.now + Duration::from_micros(50));
        }
        false
    }

    pub fn finished(&self) -> bool {
        self.sender.progress().is_empty()
    }

    /// Every file is stored bit for bit, and only what is stored was acknowledged.
    pub fn check_all_here(&self) {
        for (info, bytes) in &self.files {
            let stored = self.stored.iter().find(|(id, _)| *id == info.id());
            assert_eq!(
                stored.map(|(_, data)| data == bytes),
                Some(true),
                "{:?}",
                String::from_utf8_lossy(&info.meta)
            );
        }
        for id in &self.delivered {
            assert!(
                self.stored.iter().any(|(stored, _)| stored == id),
                "acknowledged but not stored"
            );
        }
    }

    pub fn payload(&self) -> f64 {
        self.files.iter().map(|(info, _)| info.size as f64).sum()
    }

    /// Payload ÷ (time · rate · (1 − loss)).
    pub fn goodput_ratio(&self) -> f64 {
        let air = &self.radio.air;
        self.payload() * 8.0 / (self.now.as_secs_f64() * air.rate_bit_s * (1.0 - air.loss))
    }
}
