//! One aircraft's photos on their way to the ground: card, sender, radio, receiver, disk.

use crate::dice::Dice;
use crate::disk::Disk;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use whimbrel_downlink::{
    Event, Key, ObjectId, ObjectInfo, Receiver, ReceiverConfig, Sender, SenderConfig, SenderEvent,
};
use whimbrel_photo::make_layers;
use whimbrel_sim::radio::{Direction, Radio, RadioConfig};

/// A layer of a photo; kinds and priorities are those of `air`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// For a glance.
    Thumb,
    /// For the live map.
    Preview,
    /// For the map.
    Mapping,
    /// As the camera wrote it.
    Original,
}

impl Layer {
    /// All, first to be sent first.
    pub const ALL: [Self; 4] = [Self::Thumb, Self::Preview, Self::Mapping, Self::Original];

    /// Kind of the object on the downlink.
    #[must_use]
    pub fn kind(self) -> u8 {
        match self {
            Self::Thumb => 1,
            Self::Preview => 2,
            Self::Mapping => 3,
            Self::Original => 4,
        }
    }

    /// The layer of a kind.
    #[must_use]
    pub fn of_kind(kind: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.kind() == kind)
    }

    fn priority(self) -> u32 {
        500 - 100 * u32::from(self.kind())
    }
}

/// A layer that has been stored on the ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Duration,
    /// The photo's name.
    pub name: String,
    /// Which layer of it.
    pub layer: Layer,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The way of one aircraft's photos.
pub struct Transfer {
    key: Key,
    dice: Dice,
    rate_bit_s: f64,
    /// The camera's card: outlives a restart of the aircraft's computer.
    card: BTreeMap<(String, Layer), Vec<u8>>,
    sender: Sender,
    radio: Radio,
    receiver: Receiver<Disk>,
    disk: Disk,
    /// What the sender was told to be safe.
    acknowledged: BTreeSet<ObjectId>,
    arrivals: Vec<Arrival>,
}

impl Transfer {
    /// A radio with nothing to carry; `number` makes keys and chance its own.
    #[must_use]
    pub fn new(radio: RadioConfig, seed: u64, number: u8) -> Self {
        let key = Key::from_bytes([number; 32]);
        let mut dice = Dice::new(seed, 200 + u64::from(number));
        let rate_bit_s = *radio.rate_bit_s.of(Direction::Down) as f64;
        let disk = Disk::default();
        Self {
            sender: sender(&key, &mut dice, rate_bit_s),
            receiver: receiver(&key, &mut dice, &disk),
            radio: Radio::new(radio),
            card: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            arrivals: vec![],
            key,
            dice,
            rate_bit_s,
            disk,
        }
    }

    /// A new photo on the card: its layers are offered.
    pub fn photo(&mut self, name: &str, original: Vec<u8>) {
        let layers = make_layers(&original).expect("a rendered photo has layers");
        let all = [layers.thumb, layers.preview, layers.mapping, original];
        for (layer, data) in Layer::ALL.into_iter().zip(all) {
            self.card.insert((name.to_owned(), layer), data);
            self.offer(name, layer);
        }
    }

    fn offer(&mut self, name: &str, layer: Layer) {
        let Some(data) = self.card.get(&(name.to_owned(), layer)) else {
            return;
        };
        let info = describe(name, layer, data);
        self.sender
            .offer(info, Box::new(data.clone()))
            .expect("the queue has room");
    }

    /// Everything due by `now`.
    pub fn tick(&mut self, now: Duration) {
        while let Some((direction, datagram)) = self.radio.poll(now) {
            // What an end rejects has changed nothing; a late datagram of an old session is one.
            let _ = match direction {
                Direction::Down => self.receiver.handle(now, &datagram),
                Direction::Up => self.sender.handle(now, &datagram),
            };
        }
        while let Some(event) = self.receiver.next_event() {
            match event {
                Event::ObjectComplete { id, info, data } => self.keep(now, id, info, data),
                Event::ObjectRefused { id, reason } => panic!("{id:?} refused: {reason}"),
                Event::ScratchFailed(reason) => panic!("the disk failed: {reason}"),
                _ => {}
            }
        }
        while let Some(event) = self.sender.next_event() {
            if let SenderEvent::Delivered(id) = event {
                self.acknowledged.insert(id);
            }
        }
        while let Some(datagram) = self.sender.poll(now) {
            self.radio.send(now, Direction::Down, datagram);
        }
        while let Some(datagram) = self.receiver.poll(now) {
            self.radio.send(now, Direction::Up, datagram);
        }
    }

    /// Stores durably, then acknowledges.
    fn keep(&mut self, at: Duration, id: ObjectId, info: ObjectInfo, data: Vec<u8>) {
        let name = String::from_utf8(info.meta.clone()).expect("names are text");
        let layer = Layer::of_kind(info.kind).expect("only layers are sent");
        if self.disk.store(id, info, data.clone()) {
            self.arrivals.push(Arrival {
                at,
                name,
                layer,
                data,
            });
        }
        self.receiver.stored(id);
    }

    /// When [`Transfer::tick`] should be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let all = [
            self.sender.next_deadline(),
            self.radio.next_deadline(),
            self.receiver.next_deadline(),
        ];
        all.into_iter().flatten().min()
    }

    /// Kills the ground's program and starts it anew on the same disk.
    pub fn restart_ground(&mut self) {
        self.disk.crash();
        self.receiver = receiver(&self.key, &mut self.dice, &self.disk);
    }

    /// Kills the aircraft's program and starts it anew with the same card: it knows nothing of what
    /// was delivered and offers everything.
    pub fn restart_air(&mut self) {
        self.sender = sender(&self.key, &mut self.dice, self.rate_bit_s);
        let all: Vec<(String, Layer)> = self.card.keys().cloned().collect();
        for (name, layer) in all {
            self.offer(&name, layer);
        }
    }

    /// Layers that the card holds.
    #[must_use]
    pub fn offered(&self) -> usize {
        self.card.len()
    }

    /// Layers that the aircraft still has to deliver.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.sender.stats().queued
    }

    /// Whether everything on the card has been stored and acknowledged.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.queued() == 0 && self.missing().is_empty()
    }

    /// Layers of the card that are not on the ground, byte for byte.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let files: BTreeMap<ObjectId, _> = self.disk.files().into_iter().collect();
        let here = |name: &str, layer: Layer, data: &Vec<u8>| {
            let id = describe(name, layer, data).id();
            files.get(&id).is_some_and(|f| f.data == *data)
        };
        self.card
            .iter()
            .filter(|((name, layer), data)| !here(name, *layer, data))
            .map(|((name, layer), _)| format!("{name} {layer:?}"))
            .collect()
    }

    /// What the aircraft was told to be safe and is not on the ground's disk.
    #[must_use]
    pub fn broken_promises(&self) -> Vec<ObjectId> {
        let lost = |id: &&ObjectId| !self.disk.holds(**id);
        self.acknowledged.iter().filter(lost).copied().collect()
    }

    /// What was acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// What was stored, in the order in which it came.
    #[must_use]
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// The radio.
    #[must_use]
    pub fn radio(&self) -> &Radio {
        &self.radio
    }

    /// The ground's disk.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }
}

fn describe(name: &str, layer: Layer, data: &[u8]) -> ObjectInfo {
    ObjectInfo::for_bytes(
        layer.kind(),
        layer.priority(),
        name.as_bytes().to_vec(),
        data,
    )
}

fn sender(key: &Key, dice: &mut Dice, rate_bit_s: f64) -> Sender {
    Sender::new(SenderConfig::new(key.clone(), dice.bytes(), rate_bit_s))
}

fn receiver(key: &Key, dice: &mut Dice, disk: &Disk) -> Receiver<Disk> {
    let config = ReceiverConfig::new(key.clone(), dice.bytes());
    let mut receiver = Receiver::new(config, disk.clone()).expect("the disk can be read");
    for id in disk.ids() {
        receiver.already_stored(id);
    }
    receiver
}
