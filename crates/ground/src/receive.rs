//! The photos' way in: one UDP port, one receiver for each aircraft's key.
//!
//! What is complete is stored, and only then acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Inbox, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_air::links::{LinkNumber, Tap, udp_socket};
use whimbrel_air::photo_object::PhotoObject;
use whimbrel_air::scratch::StoreScratch;
use whimbrel_downlink::{Event, ObjectId, Receiver, ReceiverConfig};
use whimbrel_store::{Layer, Store};

use crate::app::AircraftKey;
use crate::live::{Kind, Live};
use crate::photos::Photos;

/// Longest wait of the socket's thread, of the wall's time.
const LOOK: Duration = Duration::from_millis(2);
/// Datagrams taken before the receivers are asked what they have to say.
const DATAGRAMS_PER_TURN: usize = 512;
/// How often the console hears of the radio (of the clock's time).
const TELL_EVERY: Duration = Duration::from_secs(1);
/// An aircraft that was silent for so long is not connected.
const SILENT: Duration = Duration::from_secs(5);
/// Frames to an aircraft that wait for the photos' radio.
const COMMANDS_MAX: usize = 256;
/// Memory for what is on its way or waits for the disk, shared among the aircraft …
const MEMORY_BYTES: usize = 1 << 30;
/// … but so much for each: twice the largest photo that is expected.
const MEMORY_LEAST_BYTES: usize = 64 << 20;
/// After a store that failed (a full disk), this long passes until it is tried again.
const STORE_AGAIN: Duration = Duration::from_secs(5);

/// Why photos cannot be received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The port.
    #[error(
        "listen for photos on {address}: {source}; is another server running? choose another port with --receive"
    )]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// What was received before cannot be read.
    #[error("go on with what aircraft {name} had sent: {reason}")]
    Resume {
        /// Whose.
        name: String,
        /// Why.
        reason: String,
    },
}

/// One aircraft's receiver.
struct Peer {
    name: String,
    receiver: Receiver<StoreScratch>,
    address: Option<SocketAddr>,
    heard: Duration,
    /// Announced and not complete: which layer.
    expected: BTreeMap<ObjectId, Layer>,
    /// Complete but not stored, because the store failed. The receiver counts them as held: when its memory or
    /// [`whimbrel_downlink::limits::PARTIAL_MAX`] is reached it takes no more, and what does not fit comes again.
    unstored: VecDeque<(ObjectId, PhotoObject, Vec<u8>)>,
    try_again: Duration,
    bytes: u64,
    /// The link of its telemetry, once there is any, and what is to be sent back on it.
    telemetry: Option<(LinkNumber, Inbox<Vec<u8>>)>,
}

/// Frames to an aircraft, on their way to its receiver's thread.
struct ToAircraft(SyncSender<Vec<u8>>);

impl Write for ToAircraft {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .try_send(bytes.to_vec())
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::WouldBlock))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The receiving thread's state.
pub struct Intake {
    socket: UdpSocket,
    peers: Vec<Peer>,
    by_address: BTreeMap<SocketAddr, usize>,
    photos: Arc<Photos>,
    live: Arc<Live>,
    clock: Clock,
    tap: Tap,
    told: Duration,
    problem: Option<String>,
}

fn seed() -> std::io::Result<[u8; 16]> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
    Ok(seed)
}

impl Intake {
    /// Bind the port and pick up what had been received.
    ///
    /// # Errors
    /// The port, or records that cannot be read.
    pub fn open(
        address: SocketAddr,
        keys: Vec<AircraftKey>,
        store: &Store,
        photos: Arc<Photos>,
        live: Arc<Live>,
        clock: Clock,
        tap: Tap,
    ) -> Result<Self, ReceiveError> {
        let bind = |source| ReceiveError::Bind { address, source };
        let socket = udp_socket(address).map_err(bind)?;
        socket.set_read_timeout(Some(LOOK)).map_err(bind)?;
        let memory_bytes = (MEMORY_BYTES / keys.len().max(1)).max(MEMORY_LEAST_BYTES);
        let mut peers = Vec::new();
        for AircraftKey { name, key } in keys {
            let resume = |reason: String| ReceiveError::Resume {
                name: name.clone(),
                reason,
            };
            let scratch =
                StoreScratch::new(store.scratch(&name).map_err(|e| resume(e.to_string()))?);
            let mut config = ReceiverConfig::new(key, seed().map_err(|e| resume(e.to_string()))?);
            config.memory_bytes = memory_bytes;
            let receiver = Receiver::new(config, scratch).map_err(|e| resume(e.to_string()))?;
            peers.push(Peer {
                name,
                receiver,
                address: None,
                heard: Duration::ZERO,
                expected: BTreeMap::new(),
                unstored: VecDeque::new(),
                try_again: Duration::ZERO,
                bytes: 0,
                telemetry: None,
            });
        }
        Ok(Self {
            socket,
            peers,
            by_address: BTreeMap::new(),
            photos,
            live,
            clock,
            tap,
            told: Duration::ZERO,
            problem: None,
        })
    }

    /// The bound address.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Receive until `stop`.
    pub fn run(mut self, stop: &Arc<AtomicBool>) {
        let mut buffer = [0_u8; 2048];
        while !stop.load(Ordering::Relaxed) {
            for turn in 0..DATAGRAMS_PER_TURN {
                // The first waits a little; the others only take what is there.
                if turn == 1 && self.socket.set_nonblocking(true).is_err() {
                    break;
                }
                let Ok((count, from)) = self.socket.recv_from(&mut buffer) else {
                    break;
                };
                self.datagram(from, buffer.get(..count).unwrap_or_default());
            }
            if self.socket.set_nonblocking(false).is_err() {
                return;
            }
            let now = self.clock.now();
            for index in 0..self.peers.len() {
                self.serve(index, now);
            }
            if now >= self.told + TELL_EVERY {
                self.told = now;
                self.live.set(Kind::Radio, self.describe(now));
            }
        }
    }

    /// A datagram belongs to the aircraft whose key opens it; its address is only a hint where to try first.
    fn datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        let now = self.clock.now();
        let hint = self.by_address.get(&from).copied();
        let order = hint
            .into_iter()
            .chain((0..self.peers.len()).filter(|i| Some(*i) != hint));
        for index in order {
            let Some(peer) = self.peers.get_mut(index) else {
                continue;
            };
            if peer.receiver.handle(now, bytes).is_ok() {
                peer.heard = now;
                if peer.address != Some(from) {
                    if let Some(old) = peer.address.replace(from) {
                        self.by_address.remove(&old);
                    }
                    self.by_address.insert(from, index);
                }
                return;
            }
        }
    }

    fn serve(&mut self, index: usize, now: Duration) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        while let Some(event) = peer.receiver.next_event() {
            match event {
                Event::ObjectStarted { id, info } => {
                    if let Some(object) = PhotoObject::read(info.kind, &info.meta) {
                        peer.expected.insert(id, object.layer);
                    }
                }
                Event::ObjectComplete { id, info, data } => {
                    peer.expected.remove(&id);
                    match PhotoObject::read(info.kind, &info.meta) {
                        Some(object) => peer.unstored.push_back((id, object, data)),
                        // Not a photo: nothing of ours; acknowledged so that it is not sent for ever.
                        None => peer.receiver.stored(id),
                    }
                }
                Event::ObjectRefused { id, .. } => {
                    peer.expected.remove(&id);
                }
                Event::Message(bytes) => {
                    if peer.telemetry.is_none() {
                        let (sender, inbox) = sync_channel(COMMANDS_MAX);
                        let name = format!("radio of {}", peer.name);
                        peer.telemetry = self
                            .tap
                            .open(&name, Box::new(ToAircraft(sender)))
                            .map(|number| (number, inbox));
                    }
                    if let Some((number, _)) = &peer.telemetry {
                        // A full queue drops telemetry, as a radio does; the next frame is newer anyway.
                        let _ = self.tap.feed(*number, &bytes);
                    }
                }
                Event::SessionStarted => {}
                Event::ScratchFailed(reason) => self.problem = Some(reason),
            }
        }
        if now >= peer.try_again {
            while let Some((id, object, data)) = peer.unstored.pop_front() {
                match self
                    .photos
                    .arrived(&peer.name, &object.name, object.layer, &data)
                {
                    Ok(()) => {
                        peer.bytes += data.len() as u64;
                        peer.receiver.stored(id);
                        self.problem = None;
                    }
                    Err(error) => {
                        self.problem = Some(error.to_string());
                        peer.unstored.push_front((id, object, data));
                        peer.try_again = now + STORE_AGAIN;
                        break;
                    }
                }
            }
        }
        if let Some((_, inbox)) = &peer.telemetry {
            for frame in inbox.try_iter() {
                // Frames are far shorter than a datagram; one that is not is lost, as on a radio.
                let _ = peer.receiver.send_message(&frame);
            }
        }
        if let Some(address) = peer.address {
            while let Some(datagram) = peer.receiver.poll(now) {
                // What the system does not take is lost, as on any radio.
                let _ = self.socket.send_to(&datagram, address);
            }
        }
    }

    fn describe(&self, now: Duration) -> Value {
        let counts = self.photos.counts().unwrap_or_default();
        let queued = |layer: Layer| {
            self.peers
                .iter()
                .flat_map(|p| p.expected.values())
                .filter(|l| **l == layer)
                .count()
        };
        let heard = self
            .peers
            .iter()
            .map(|p| p.heard)
            .max()
            .filter(|h| !h.is_zero());
        let (bytes_on_air, bytes_returned) = self.peers.iter().fold((0, 0), |(down, up), p| {
            let stats = p.receiver.stats();
            (down + stats.bytes, up + stats.bytes_returned)
        });
        let losses: Vec<f64> = self
            .peers
            .iter()
            .filter(|p| !p.heard.is_zero())
            .map(|p| p.receiver.stats().loss)
            .collect();
        json!({
            "loss": losses.iter().sum::<f64>() / losses.len().max(1) as f64,
            "connected": heard.is_some_and(|h| now.saturating_sub(h) < SILENT),
            "last_heard_s": heard.map(|h| h.as_secs_f64()),
            "queued": {"preview": queued(Layer::Preview), "mapping": queued(Layer::Mapping), "original": queued(Layer::Original)},
            "received": {"preview": counts[1], "mapping": counts[2], "original": counts[3]},
            "bytes": self.peers.iter().map(|p| p.bytes).sum::<u64>(),
            "bytes_received": bytes_on_air,
            "bytes_returned": bytes_returned,
            "problem": self.problem,
        })
    }
}
