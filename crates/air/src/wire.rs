//! The sender's machine on a UDP socket.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use whimbrel_downlink::{Key, Sender, SenderConfig};
use whimbrel_link::endpoint::Endpoint;

use crate::clock::Clock;
use crate::error::AirError;
use crate::links::{resolve, udp_socket};

/// Longest wait for a datagram, of the wall's time.
const LOOK: Duration = Duration::from_millis(5);
/// Shortest wait; what is due meanwhile goes out together.
const SHORTEST_SLEEP: Duration = Duration::from_micros(300);
/// Datagrams sent or taken before the shell looks after other things.
const BATCH: usize = 256;

/// 16 random bytes.
///
/// # Errors
/// When the system has none.
pub fn session() -> Result<[u8; 16], AirError> {
    let mut session = [0; 16];
    getrandom::fill(&mut session).map_err(|_| AirError::Random)?;
    Ok(session)
}

/// The address of a UDP endpoint.
///
/// # Errors
/// When it is another kind, or its host is not known.
pub fn udp_address(endpoint: &Endpoint) -> Result<SocketAddr, AirError> {
    match endpoint {
        Endpoint::Udp { host, port }
        | Endpoint::UdpOut { host, port }
        | Endpoint::UdpIn { host, port } => {
            resolve(host, *port).map_err(|source| AirError::Socket {
                endpoint: endpoint.to_string(),
                source,
            })
        }
        _ => Err(AirError::NotUdp(endpoint.to_string())),
    }
}

/// A sender with its socket and clock.
pub struct Wire {
    /// The machine.
    pub sender: Sender,
    /// Its time.
    pub clock: Clock,
    socket: UdpSocket,
}

impl Wire {
    /// Opens a socket for a peer.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(to: &Endpoint, key: Key, rate_bit_s: f64, clock: Clock) -> Result<Self, AirError> {
        let peer = udp_address(to)?;
        let fail = |source| AirError::Socket {
            endpoint: to.to_string(),
            source,
        };
        let any: SocketAddr = if peer.is_ipv4() {
            ([0, 0, 0, 0], 0).into()
        } else {
            ([0u16; 8], 0).into()
        };
        let socket = udp_socket(any).map_err(fail)?;
        socket.connect(peer).map_err(fail)?;
        Ok(Self {
            sender: Sender::new(SenderConfig::new(key, session()?, rate_bit_s)),
            clock,
            socket,
        })
    }

    /// The socket's own address.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }

    /// Sends what is due and takes what has arrived, waiting a little if there is nothing to do.
    pub fn turn(&mut self) {
        for _ in 0..BATCH {
            let Some(datagram) = self.sender.poll(self.clock.now()) else {
                break;
            };
            // What the system does not take is lost, as on any radio.
            let _ = self.socket.send(&datagram);
        }
        let deadline = self
            .sender
            .next_deadline()
            .map_or(LOOK, |at| self.clock.wall_until(at));
        // A socket's time limit counts in the system's ticks, some milliseconds; sleep is much finer.
        let soon = deadline < LOOK;
        if soon {
            std::thread::sleep(deadline.max(SHORTEST_SLEEP));
        }
        if self.socket.set_read_timeout(Some(LOOK)).is_err()
            || self.socket.set_nonblocking(soon).is_err()
        {
            return;
        }
        let mut buffer = [0u8; 2048];
        for turn in 0..BATCH {
            if turn == 1 && !soon && self.socket.set_nonblocking(true).is_err() {
                break;
            }
            // "Connection refused" only says that nobody listens yet.
            let Ok(count) = self.socket.recv(&mut buffer) else {
                break;
            };
            // Strangers' datagrams are counted by the machine and otherwise ignored.
            let datagram = buffer.get(..count).unwrap_or_default();
            let _ = self.sender.handle(self.clock.now(), datagram);
        }
        let _ = self.socket.set_nonblocking(false);
    }
}
