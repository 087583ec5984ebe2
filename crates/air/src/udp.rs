//! UDP endpoints: each peer is a link of its own, learned when it is heard first.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::links::{LOOK, LinkEvent, LinkNumber, SOCKET_BUFFER_BYTES, Shared, Writer};

/// A peer that is silent for so long is let go when there are too many links and another peer wants its place.
pub const PEER_SILENT: Duration = Duration::from_secs(300);
/// In place of a time: the peer was let go.
const GONE: u64 = u64::MAX;

/// A UDP socket with large buffers and a read timeout.
///
/// # Errors
/// What the system says.
pub fn udp_socket(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(address),
        socket2::Type::DGRAM,
        Some(socket2::Protocol::UDP),
    )?;
    // The system may give less than it is asked for; that is no error.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    socket.bind(&address.into())?;
    let socket: UdpSocket = socket.into();
    socket.set_read_timeout(Some(LOOK))?;
    Ok(socket)
}

/// When a peer was heard last, as its reader and whoever looks for room see it.
#[derive(Clone)]
pub(crate) struct Heard {
    since: Instant,
    ms: Arc<AtomicU64>,
}

impl Heard {
    pub(crate) fn now(since: Instant) -> Self {
        let heard = Self {
            since,
            ms: Arc::default(),
        };
        heard.again();
        heard
    }

    fn again(&self) {
        let ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(GONE - 1);
        self.ms.store(ms, Ordering::Relaxed);
    }

    /// How long it has been silent.
    pub(crate) fn silent(&self) -> Duration {
        let at = Duration::from_millis(self.ms.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(at)
    }

    /// Tells its reader that the peer was let go.
    pub(crate) fn let_go(&self) {
        self.ms.store(GONE, Ordering::Relaxed);
    }

    fn gone(&self) -> bool {
        self.ms.load(Ordering::Relaxed) == GONE
    }
}

/// The peer of a socket whose address was given.
pub(crate) fn read_one(shared: &Shared, socket: &UdpSocket, peer: SocketAddr, number: LinkNumber) {
    let mut buffer = [0_u8; 2048];
    while !shared.stopped() {
        let Ok((count, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        if from == peer && !shared.bytes(number, buffer.get(..count).unwrap_or_default()) {
            return;
        }
    }
}

/// Anybody who sends to a socket.
pub(crate) fn read_any(shared: &Shared, socket: &UdpSocket) {
    let mut known: BTreeMap<SocketAddr, (LinkNumber, Heard)> = BTreeMap::new();
    let mut buffer = [0_u8; 2048];
    while !shared.stopped() {
        let Ok((count, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let number = match known.get(&from) {
            Some((number, heard)) if !heard.gone() => {
                heard.again();
                *number
            }
            _ => {
                known.retain(|_, (_, heard)| !heard.gone());
                let Ok(writer) = socket.try_clone() else {
                    continue;
                };
                let heard = Heard::now(shared.since);
                let writer = Writer::Udp(writer, from, Some(heard.clone()));
                let Some(number) = shared.add(writer, format!("udp {from}")) else {
                    continue;
                };
                known.insert(from, (number, heard));
                number
            }
        };
        if !shared.bytes(number, buffer.get(..count).unwrap_or_default()) {
            return;
        }
    }
}

impl Shared {
    /// Tells of bytes. False when nobody listens any more.
    fn bytes(&self, number: LinkNumber, bytes: &[u8]) -> bool {
        self.out
            .send(LinkEvent::Bytes(number, bytes.to_vec()))
            .is_ok()
    }
}
