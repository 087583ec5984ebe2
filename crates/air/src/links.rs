//! Open endpoints: bytes in with the link that they came by, bytes out to a link.
//!
//! One reader thread an endpoint; every UDP peer and every TCP connection is a link of its own. What arrives goes into
//! one bounded channel. A serial device or TCP peer that goes away is opened again, with a pause that is named here.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use whimbrel_link::endpoint::Endpoint;

use crate::udp::{self, Heard};
pub use crate::udp::{PEER_SILENT, udp_socket};

/// Links that may be open at once; more peers are listened to only in the place of UDP peers that are silent for
/// [`PEER_SILENT`].
pub const LINKS_MAX: usize = 256;
/// Messages that wait to be read; more wait in the sockets.
pub const QUEUE_MAX: usize = 4_096;
/// Frames that wait for one stream; later ones are lost.
pub const WRITES_MAX: usize = 256;
/// Pause before a device or peer that went away is tried again.
pub const REOPEN_PAUSE: Duration = Duration::from_secs(1);
/// Wanted size of a UDP socket's buffers.
pub const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// How long a reader waits before it looks whether it should stop.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// Number of a link: new for every peer, the same when a device or an address of ours is opened again.
pub type LinkNumber = u32;

/// What happens on links.
#[derive(Debug)]
pub enum LinkEvent {
    /// A new peer: its name for people.
    Opened(LinkNumber, String),
    /// Bytes from a peer.
    Bytes(LinkNumber, Vec<u8>),
    /// A peer went away, and why.
    Closed(LinkNumber, String),
}

/// An endpoint that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("open {endpoint}: {reason}; {advice}")]
pub struct OpenError {
    endpoint: Endpoint,
    reason: String,
    advice: &'static str,
}

type ByteWriter = Box<dyn Write + Send>;

pub(crate) enum Writer {
    /// With the time when the peer was heard last, if it came by itself.
    Udp(UdpSocket, SocketAddr, Option<Heard>),
    /// A stream with a thread of its own: a peer that does not read must not hold up the other links.
    Queued(SyncSender<Vec<u8>>),
    /// A writer that never waits.
    Stream(ByteWriter),
}

/// A writer in a thread of its own, which ends with the link. What the stream does not take is lost, as on a radio.
fn queued(mut stream: ByteWriter) -> std::io::Result<Writer> {
    let (queue, inbox) = sync_channel::<Vec<u8>>(WRITES_MAX);
    std::thread::Builder::new()
        .name("link writer".into())
        .spawn(move || {
            for bytes in inbox {
                // A stream that has ended is noticed by its reader, which closes the link.
                let _ = stream.write_all(&bytes);
            }
        })?;
    Ok(Writer::Queued(queue))
}

#[derive(Clone)]
pub(crate) struct Shared {
    writers: Arc<Mutex<BTreeMap<LinkNumber, Writer>>>,
    next: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    links_max: usize,
    silent_max: Duration,
    pub(crate) since: Instant,
    pub(crate) out: SyncSender<LinkEvent>,
}

/// All links of one shell.
pub struct Links {
    shared: Shared,
    events: Receiver<LinkEvent>,
    bound: Vec<SocketAddr>,
}

/// The learned UDP peer that has been silent longest, if any has been for so long.
fn longest_silent(writers: &BTreeMap<LinkNumber, Writer>, least: Duration) -> Option<LinkNumber> {
    let silent = |(number, writer): (&LinkNumber, &Writer)| match writer {
        Writer::Udp(_, _, Some(heard)) => Some((heard.silent(), *number)),
        _ => None,
    };
    let longest = writers.iter().filter_map(silent).max()?;
    (longest.0 >= least).then_some(longest.1)
}

impl Shared {
    fn writers(&self) -> std::sync::MutexGuard<'_, BTreeMap<LinkNumber, Writer>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reserve(&self) -> LinkNumber {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, writer: Writer, name: String) -> Option<LinkNumber> {
        self.add_as(self.reserve(), writer, name)
    }

    fn add_as(&self, number: LinkNumber, writer: Writer, name: String) -> Option<LinkNumber> {
        let mut gone = None;
        {
            let mut writers = self.writers();
            if writers.len() >= self.links_max {
                let silent = longest_silent(&writers, self.silent_max)?;
                if let Some(Writer::Udp(_, _, Some(heard))) = writers.remove(&silent) {
                    heard.let_go();
                }
                gone = Some(silent);
            }
            writers.insert(number, writer);
        }
        // Not while the writers are locked: the queue may be full, and who empties it writes too.
        if let Some(gone) = gone {
            let why = "silent for long; another took its place".to_owned();
            self.out.send(LinkEvent::Closed(gone, why)).ok()?;
        }
        self.out.send(LinkEvent::Opened(number, name)).ok()?;
        Some(number)
    }

    fn remove(&self, number: LinkNumber, reason: String) {
        self.writers().remove(&number);
        // The shell may already have gone; then nobody needs to hear it.
        let _ = self.out.send(LinkEvent::Closed(number, reason));
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Read a stream until it ends.
    fn read_stream(&self, number: LinkNumber, stream: &mut dyn Read) {
        let mut buffer = [0_u8; 4096];
        let reason = loop {
            if self.stopped() {
                break "closed here".to_owned();
            }
            match stream.read(&mut buffer) {
                Ok(0) => break "the other end closed it".to_owned(),
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                    if self.out.send(LinkEvent::Bytes(number, bytes)).is_err() {
                        break "closed here".to_owned();
                    }
                }
                Err(e)
                    if matches!(
                        e.kind(),
                        std::io::ErrorKind::TimedOut
                            | std::io::ErrorKind::WouldBlock
                            | std::io::ErrorKind::Interrupted
                    ) => {}
                Err(e) => break e.to_string(),
            }
        };
        self.remove(number, reason);
    }

    fn serve_tcp(&self, number: LinkNumber, stream: TcpStream, name: String) {
        let writer = stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(LOOK)))
            .and_then(|()| stream.set_write_timeout(Some(REOPEN_PAUSE)))
            .and_then(|()| stream.try_clone())
            .and_then(|writer| queued(Box::new(writer)));
        if let Ok(writer) = writer
            && self.add_as(number, writer, name).is_some()
        {
            let mut stream = stream;
            self.read_stream(number, &mut stream);
        }
    }

    fn pause(&self) {
        for _ in 0..REOPEN_PAUSE.as_millis() / LOOK.as_millis() {
            if self.stopped() {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// The address of a host and port.
///
/// # Errors
/// When the name is not known.
pub fn resolve(host: &str, port: u16) -> std::io::Result<SocketAddr> {
    (host, port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "the host is not known"))
}

fn any_for(peer: SocketAddr) -> SocketAddr {
    let ip: std::net::IpAddr = match peer {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(ip, 0)
}

impl Links {
    /// Open all endpoints. TCP peers and serial devices are opened in the background and again when they go away,
    /// but the first attempt to open a serial device or to bind a port must succeed.
    ///
    /// # Errors
    /// The endpoint that could not be opened, why, and what to do.
    pub fn open(endpoints: &[Endpoint]) -> Result<Self, OpenError> {
        Self::open_with(endpoints, LINKS_MAX, PEER_SILENT)
    }

    /// As [`open`](Self::open) with other limits.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        endpoints: &[Endpoint],
        links_max: usize,
        silent_max: Duration,
    ) -> Result<Self, OpenError> {
        let (out, events) = sync_channel(QUEUE_MAX);
        let shared = Shared {
            writers: Arc::default(),
            next: Arc::new(AtomicU32::new(1)),
            stop: Arc::default(),
            links_max,
            silent_max,
            since: Instant::now(),
            out,
        };
        let mut links = Self {
            shared,
            events,
            bound: Vec::new(),
        };
        for endpoint in endpoints {
            links.open_one(endpoint)?;
        }
        Ok(links)
    }

    fn start(
        &self,
        endpoint: &Endpoint,
        work: impl FnOnce(Shared) + Send + 'static,
    ) -> Result<(), OpenError> {
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new()
            .name(format!("link {endpoint}"))
            .spawn(move || work(shared));
        thread.map(|_| ()).map_err(|e| OpenError {
            endpoint: endpoint.clone(),
            reason: e.to_string(),
            advice: "the system has no thread left",
        })
    }

    fn open_one(&mut self, endpoint: &Endpoint) -> Result<(), OpenError> {
        let fail = |advice: &'static str| {
            let endpoint = endpoint.clone();
            move |e: std::io::Error| OpenError {
                endpoint,
                reason: e.to_string(),
                advice,
            }
        };
        match endpoint {
            Endpoint::UdpIn { host, port } => {
                let advice = "is another ground station on this port? choose another";
                let socket = resolve(host, *port)
                    .and_then(udp_socket)
                    .map_err(fail(advice))?;
                self.bound.push(socket.local_addr().map_err(fail(advice))?);
                self.start(endpoint, move |shared| udp::read_any(&shared, &socket))
            }
            Endpoint::UdpOut { host, port } | Endpoint::Udp { host, port } => {
                let advice = "check the host's name and your network";
                let peer = resolve(host, *port).map_err(fail(advice))?;
                let socket = udp_socket(any_for(peer)).map_err(fail(advice))?;
                self.bound.push(socket.local_addr().map_err(fail(advice))?);
                let writer = socket.try_clone().map_err(fail(advice))?;
                let Some(number) = self
                    .shared
                    .add(Writer::Udp(writer, peer, None), format!("udp {peer}"))
                else {
                    return Ok(());
                };
                self.start(endpoint, move |shared| {
                    udp::read_one(&shared, &socket, peer, number)
                })
            }
            Endpoint::TcpIn { host, port } => {
                let advice = "is another program on this port? choose another";
                let listener = resolve(host, *port)
                    .and_then(TcpListener::bind)
                    .map_err(fail(advice))?;
                listener.set_nonblocking(true).map_err(fail(advice))?;
                self.bound
                    .push(listener.local_addr().map_err(fail(advice))?);
                self.start(endpoint, move |shared| accept(&shared, &listener))
            }
            Endpoint::Tcp { host, port } => {
                let advice = "check the host's name";
                let peer = resolve(host, *port).map_err(fail(advice))?;
                self.start(endpoint, move |shared| {
                    // The same number each time: a vehicle keeps its id when the connection is made again.
                    let number = shared.reserve();
                    while !shared.stopped() {
                        if let Ok(stream) = TcpStream::connect_timeout(&peer, REOPEN_PAUSE * 3) {
                            shared.serve_tcp(number, stream, format!("tcp {peer}"));
                        }
                        shared.pause();
                    }
                })
            }
            Endpoint::Serial { device, baud } => {
                let open = {
                    let (device, baud) = (device.clone(), *baud);
                    move || serialport::new(device.as_str(), baud).timeout(LOOK).open()
                };
                let advice = "is it plugged in, and are you in the group dialout?";
                let mut first = Some(open().map_err(|e| fail(advice)(e.into()))?);
                let name = device.clone();
                self.start(endpoint, move |shared| {
                    let number = shared.reserve();
                    while !shared.stopped() {
                        let port = first.take().map_or_else(&open, Ok);
                        if let Ok(mut port) = port
                            && let Ok(writer) = port.try_clone()
                            && let Ok(writer) = queued(Box::new(writer))
                            && shared
                                .add_as(number, writer, format!("serial {name}"))
                                .is_some()
                        {
                            shared.read_stream(number, &mut port);
                        }
                        shared.pause();
                    }
                })
            }
        }
    }

    /// Addresses of bound sockets, in the order of the endpoints (serial devices and TCP clients have none).
    #[must_use]
    pub fn bound(&self) -> &[SocketAddr] {
        &self.bound
    }

    /// A way to add links of one's own.
    #[must_use]
    pub fn tap(&self) -> Tap {
        Tap {
            shared: self.shared.clone(),
        }
    }

    /// The next event, if one comes within `patience`.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<LinkEvent> {
        self.events.recv_timeout(patience).ok()
    }

    /// Send bytes to a link; what cannot be sent is lost, as on a radio. False when there is no such link.
    pub fn send(&self, number: LinkNumber, bytes: &[u8]) -> bool {
        let mut writers = self.shared.writers();
        match writers.get_mut(&number) {
            Some(Writer::Udp(socket, peer, _)) => socket.send_to(bytes, *peer).is_ok(),
            Some(Writer::Queued(queue)) => queue.try_send(bytes.to_vec()).is_ok(),
            Some(Writer::Stream(stream)) => stream.write_all(bytes).is_ok(),
            None => false,
        }
    }

    /// Send bytes to every link.
    pub fn send_all(&self, bytes: &[u8]) {
        let numbers: Vec<LinkNumber> = self.shared.writers().keys().copied().collect();
        for number in numbers {
            self.send(number, bytes);
        }
    }
}

/// Makes links of bytes that come by another way, such as telemetry over the photos' radio.
#[derive(Clone)]
pub struct Tap {
    shared: Shared,
}

impl Tap {
    /// A new link whose answers go to `writer`; nothing when there are too many links.
    #[must_use]
    pub fn open(&self, name: &str, writer: Box<dyn Write + Send>) -> Option<LinkNumber> {
        self.shared.add(Writer::Stream(writer), name.to_owned())
    }

    /// Bytes that came on that link. False when they were dropped because the queue is full or the links are gone.
    #[must_use]
    pub fn feed(&self, number: LinkNumber, bytes: &[u8]) -> bool {
        self.shared
            .out
            .try_send(LinkEvent::Bytes(number, bytes.to_vec()))
            .is_ok()
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

fn accept(shared: &Shared, listener: &TcpListener) {
    while !shared.stopped() {
        match listener.accept() {
            Ok((stream, peer)) => {
                if stream.set_nonblocking(false).is_err() {
                    continue;
                }
                let (inner, name) = (shared.clone(), format!("tcp {peer}"));
                // A peer for whom there is no thread is turned away by dropping its stream.
                let _ = std::thread::Builder::new()
                    .name(name.clone())
                    .spawn(move || inner.serve_tcp(inner.reserve(), stream, name));
            }
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}
