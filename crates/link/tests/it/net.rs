//! An in-memory radio between two parties in virtual time.

use core::time::Duration;
use whimbrel_link::{Frame, Message, Parser, Sender};

pub const GROUND: (u8, u8) = (255, 190);
pub const VEHICLE: (u8, u8) = (1, 1);

/// Virtual time begins here, so that nothing relies on zero.
pub const START: Duration = Duration::from_secs(1_800_000_000);

struct Flying {
    at: Duration,
    to_vehicle: bool,
    bytes: Vec<u8>,
}

/// Delays and loses frames; same seed, same fate.
pub struct Net {
    pub now: Duration,
    delay: Duration,
    jitter: Duration,
    loss: f64,
    duplicate: f64,
    state: u64,
    flying: Vec<Flying>,
    ground: Sender,
    vehicle: Sender,
    pub sent_by_ground: usize,
}

impl Net {
    pub fn new(seed: u64, one_way: Duration, loss: f64) -> Self {
        Self {
            now: START,
            delay: one_way,
            jitter: Duration::ZERO,
            loss,
            duplicate: 0.0,
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678,
            flying: vec![],
            ground: Sender::new(GROUND.0, GROUND.1),
            vehicle: Sender::new(VEHICLE.0, VEHICLE.1),
            sent_by_ground: 0,
        }
    }

    pub fn rough(mut self, jitter: Duration, duplicate: f64) -> Self {
        self.jitter = jitter;
        self.duplicate = duplicate;
        self
    }

    /// SplitMix64.
    fn chance(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn send(&mut self, to_vehicle: bool, message: &Message) {
        let sender = if to_vehicle {
            &mut self.ground
        } else {
            &mut self.vehicle
        };
        let bytes = sender.encode(message);
        self.sent_by_ground += usize::from(to_vehicle);
        let copies = if self.chance() < self.duplicate { 2 } else { 1 };
        for _ in 0..copies {
            if self.chance() < self.loss {
                continue;
            }
            let at = self.now + self.delay + self.jitter.mul_f64(self.chance());
            self.flying.push(Flying {
                at,
                to_vehicle,
                bytes: bytes.clone(),
            });
        }
    }

    pub fn next_arrival(&self) -> Option<Duration> {
        self.flying.iter().map(|f| f.at).min()
    }

    /// Frames that have arrived by now, in order.
    pub fn arrived(&mut self, to_vehicle: bool) -> Vec<Frame> {
        let now = self.now;
        let mut due: Vec<Flying> = vec![];
        let mut i = 0;
        while i < self.flying.len() {
            if self.flying[i].at <= now && self.flying[i].to_vehicle == to_vehicle {
                due.push(self.flying.remove(i));
            } else {
                i += 1;
            }
        }
        due.sort_by_key(|f| f.at);
        let mut parser = Parser::new();
        for f in due {
            parser.push(&f.bytes);
        }
        std::iter::from_fn(|| parser.next())
            .map(|f| f.expect("clean"))
            .collect()
    }
}

/// Two machines and a radio: runs until `done`, or until `limit` has passed.
pub fn run<G, V>(
    net: &mut Net,
    ground: &mut G,
    vehicle: &mut V,
    limit: Duration,
    done: impl Fn(&G) -> bool,
) where
    G: Party,
    V: Party,
{
    let end = net.now + limit;
    loop {
        loop {
            let mut quiet = true;
            for frame in net.arrived(true) {
                vehicle.handle(net.now, &frame);
                quiet = false;
            }
            for frame in net.arrived(false) {
                ground.handle(net.now, &frame);
                quiet = false;
            }
            while let Some(m) = ground.poll(net.now) {
                net.send(true, &m);
                quiet = false;
            }
            while let Some(m) = vehicle.poll(net.now) {
                net.send(false, &m);
                quiet = false;
            }
            if quiet {
                break;
            }
        }
        if done(ground) {
            return;
        }
        let next = [
            net.next_arrival(),
            ground.next_deadline(),
            vehicle.next_deadline(),
        ];
        let Some(next) = next.into_iter().flatten().min() else {
            return;
        };
        if next > end {
            return;
        }
        net.now = next.max(net.now + Duration::from_micros(1));
    }
}

/// One end of the radio.
pub trait Party {
    fn handle(&mut self, now: Duration, frame: &Frame);
    fn poll(&mut self, now: Duration) -> Option<Message>;
    fn next_deadline(&self) -> Option<Duration>;
}

macro_rules! party {
    ($($machine:ty),*) => {$(
        impl Party for $machine {
            fn handle(&mut self, now: Duration, frame: &Frame) {
                self.handle(now, frame);
            }
            fn poll(&mut self, now: Duration) -> Option<Message> {
                self.poll(now)
            }
            fn next_deadline(&self) -> Option<Duration> {
                self.next_deadline()
            }
        }
    )*};
}
party!(
    whimbrel_link::gcs::MissionTransfer,
    whimbrel_link::gcs::ParamTransfer,
    whimbrel_link::gcs::Commander,
    whimbrel_link::vehicle::MissionServer,
    whimbrel_link::vehicle::ParamServer
);
