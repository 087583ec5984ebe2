//! The simulated radio between real sockets: what aircraft send comes out at the ground, late, thinned and paced.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_air::links::udp_socket;
use whimbrel_sim::radio::{Direction, IP_UDP_HEADER_BYTES, Radio, RadioConfig};

use crate::outcome::{log, print_json};

/// Aircraft that may share the radio.
const PEERS_MAX: usize = 32;
/// Longest wait for a datagram before the radio is looked at again.
const LOOK: Duration = Duration::from_millis(1);
/// Counters are printed this often (of the clock's time).
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// One aircraft: its address on this side, the socket that speaks for it on the ground's side.
struct Peer {
    address: SocketAddr,
    upstream: UdpSocket,
}

/// The radio and its sockets.
pub struct Relay {
    air: UdpSocket,
    ground: SocketAddr,
    radio: Radio,
    clock: Clock,
    peers: Vec<Peer>,
    by_address: BTreeMap<SocketAddr, usize>,
    /// Print counters as JSON lines.
    report: bool,
}

impl Relay {
    /// Bind the aircraft's side.
    pub fn bind(
        listen: SocketAddr,
        ground: SocketAddr,
        mut config: RadioConfig,
        clock: Clock,
        report: bool,
    ) -> anyhow::Result<Self> {
        let air = udp_socket(listen).with_context(|| {
            format!("listen for aircraft on {listen}: choose another port with --radio")
        })?;
        air.set_read_timeout(Some(LOOK))
            .context("set a time limit for the radio's socket")?;
        // One byte behind each datagram says whose it is; it is no part of what is on air.
        config.overhead_bytes = IP_UDP_HEADER_BYTES - 1;
        Ok(Self {
            air,
            ground,
            radio: Radio::new(config),
            clock,
            peers: Vec::new(),
            by_address: BTreeMap::new(),
            report,
        })
    }

    /// Where aircraft send to.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.air.local_addr()
    }

    fn peer(&mut self, address: SocketAddr) -> Option<usize> {
        if let Some(index) = self.by_address.get(&address) {
            return Some(*index);
        }
        if self.peers.len() >= PEERS_MAX {
            return None;
        }
        let any: SocketAddr = if self.ground.is_ipv4() {
            ([0, 0, 0, 0], 0).into()
        } else {
            ([0_u16; 8], 0).into()
        };
        let upstream = udp_socket(any).ok()?;
        upstream.set_nonblocking(true).ok()?;
        self.peers.push(Peer { address, upstream });
        self.by_address.insert(address, self.peers.len() - 1);
        Some(self.peers.len() - 1)
    }

    fn counters(&self) -> Value {
        let down = self.radio.stats(Direction::Down);
        let up = self.radio.stats(Direction::Up);
        json!({
            "event": "radio",
            "time_s": self.clock.now().as_secs_f64(),
            "rate_bit_s": self.radio.config().rate_bit_s.down,
            "datagrams_sent": down.datagrams_sent,
            "datagrams_erased": down.datagrams_erased + down.datagrams_in_outage,
            "payload_bytes": down.payload_bytes,
            "bytes_delivered": down.bytes_delivered,
            "bytes_on_air": down.bytes_on_air,
            "queue_drops": down.queue_drops,
            "bytes_returned": up.bytes_on_air,
        })
    }

    /// Carry datagrams until `stop`.
    pub fn run(mut self, stop: &Arc<AtomicBool>) {
        let mut buffer = [0_u8; 2048];
        let mut next_report = Duration::ZERO;
        while !stop.load(Ordering::Relaxed) {
            let mut from_air = self.air.recv_from(&mut buffer);
            // Take all that waits, but look at the radio after so many.
            for _ in 0..256 {
                let Ok((count, address)) = from_air else {
                    break;
                };
                if let Some(index) = self.peer(address) {
                    self.put_on_air(
                        Direction::Down,
                        index,
                        buffer.get(..count).unwrap_or_default(),
                    );
                }
                if self.air.set_nonblocking(true).is_err() {
                    break;
                }
                from_air = self.air.recv_from(&mut buffer);
            }
            if self.air.set_nonblocking(false).is_err() {
                log("the radio's socket failed; the radio is silent");
                return;
            }
            for index in 0..self.peers.len() {
                for _ in 0..64 {
                    let Some(Ok(count)) =
                        self.peers.get(index).map(|p| p.upstream.recv(&mut buffer))
                    else {
                        break;
                    };
                    self.put_on_air(
                        Direction::Up,
                        index,
                        buffer.get(..count).unwrap_or_default(),
                    );
                }
            }
            let now = self.clock.now();
            while let Some((direction, mut datagram)) = self.radio.poll(now) {
                let Some(peer) = datagram
                    .pop()
                    .and_then(|index| self.peers.get(usize::from(index)))
                else {
                    continue;
                };
                // A datagram that the system does not take is lost, as on any radio.
                let _ = match direction {
                    Direction::Down => peer.upstream.send_to(&datagram, self.ground),
                    Direction::Up => self.air.send_to(&datagram, peer.address),
                };
            }
            if self.report && now >= next_report {
                print_json(&self.counters());
                next_report = now + REPORT_EVERY;
            }
        }
        if self.report {
            print_json(&self.counters());
        }
    }

    fn put_on_air(&mut self, direction: Direction, index: usize, bytes: &[u8]) {
        let Ok(tag) = u8::try_from(index) else { return };
        let mut tagged = Vec::with_capacity(bytes.len() + 1);
        tagged.extend_from_slice(bytes);
        tagged.push(tag);
        self.radio.send(self.clock.now(), direction, tagged);
    }
}
