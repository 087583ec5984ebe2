//! `whimbrel send` and `whimbrel receive`: a folder of files over a bad radio.
//!
//! The sender also sends a list of its files, so that the receiver knows when it has all. Either end may be
//! killed and started again: the receiver keeps parts in `.whimbrel` in its output folder until all is there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Queue, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use whimbrel_downlink::{Event, Key, ObjectId, ObjectInfo, Receiver, ReceiverConfig, SenderEvent};
use whimbrel_link::endpoint::Endpoint;
use whimbrel_store::{RealDisk, ShardFiles, write_atomically};

use crate::clock::Clock;
use crate::error::AirError;
use crate::file_source::{FileSource, files_in, measure};
use crate::links::udp_socket;
use crate::photo_object::{KIND_FILE, KIND_LIST, read_name};
use crate::scratch::StoreScratch;
use crate::wire::{Wire, session, udp_address};

/// A usual `patience`.
pub const NO_ANSWER: Duration = Duration::from_secs(30);
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// The receiver stays so long after all is there, if the sender does not say goodbye.
const LINGER: Duration = Duration::from_secs(5);
/// Pause before a file that could not be written is tried again.
const WRITE_AGAIN: Duration = Duration::from_secs(2);
/// Files that wait to be written; more wait in the receiver, whose memory is bounded.
const WRITE_QUEUE: usize = 64;
/// Longest wait of the receiver's socket.
const LOOK: Duration = Duration::from_millis(5);
/// IP and UDP headers, counted as air.
const HEADERS_BYTES: u64 = 28;
/// The sender's last word.
const GOODBYE: &[u8] = b"all delivered";
/// Folder of the receiver's state in its output folder.
const STATE: &str = ".whimbrel";
/// In it: the ids of the files that the sender has, eight bytes each.
const LIST: &str = "list";
/// In it: a line for each file that was stored.
const STORED: &str = "stored";

/// Result of `send` and `receive`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TransferReport {
    /// Files that arrived.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Time from the start (`receive`: from the first datagram), s.
    pub wall_s: f64,
    /// Bytes of datagrams towards the receiver, IP and UDP headers counted; at the receiver those that arrived.
    pub bytes_on_air: u64,
    /// Bytes of datagrams back; at the sender those that arrived.
    pub bytes_returned: u64,
    /// Share of datagrams lost on the way to the receiver, 0..1.
    pub loss_estimate: f64,
    /// Files that did not go, and why.
    pub failed: Vec<String>,
    /// False if it was stopped before the end.
    pub complete: bool,
}

/// What `send` needs.
pub struct SendConfig {
    /// Folder whose files are sent, subfolders included, hidden files not.
    pub folder: PathBuf,
    /// The receiver.
    pub to: Endpoint,
    /// The shared secret.
    pub key: Key,
    /// What the radio carries, bit/s.
    pub rate_bit_s: f64,
    /// Nobody answered for so long: give up. [`NO_ANSWER`] is a good choice.
    pub patience: Duration,
}

struct Prepared {
    name: String,
    info: Result<(ObjectInfo, FileSource), String>,
}

fn prepare(folder: &Path, names: Vec<String>, out: &SyncSender<Prepared>) {
    for name in names {
        let path = folder.join(&name);
        let info = match (read_name(name.as_bytes()), measure(&path)) {
            (None, _) => Err("its name is too long or has control characters".to_owned()),
            (_, Err(error)) => Err(error.to_string()),
            (Some(_), Ok((size, sha256))) => {
                let meta = name.clone().into_bytes();
                Ok((
                    ObjectInfo {
                        kind: KIND_FILE,
                        priority: 100,
                        size,
                        sha256,
                        meta,
                    },
                    FileSource(path),
                ))
            }
        };
        if out.send(Prepared { name, info }).is_err() {
            return;
        }
    }
}

/// Sends a folder; returns when the receiver has stored all of it. `on_line` gets JSON lines about the progress.
///
/// # Errors
/// When the folder or socket cannot be opened, or nobody answers for `patience`.
pub fn send(
    config: SendConfig,
    stop: &Arc<AtomicBool>,
    on_line: &mut dyn FnMut(Value),
) -> Result<TransferReport, AirError> {
    let start = Instant::now();
    let names =
        files_in(&config.folder).map_err(|error| AirError::file("send", &config.folder, error))?;
    if names.is_empty() {
        return Err(AirError::Empty(config.folder));
    }
    let (count, to) = (names.len(), config.to.to_string());
    let mut wire = Wire::open(&config.to, config.key, config.rate_bit_s, Clock::real())?;
    on_line(json!({ "event": "sending", "to": to, "files": count }));
    let (out, prepared) = sync_channel(WRITE_QUEUE);
    let folder = config.folder.clone();
    let worker = std::thread::Builder::new()
        .name("measure files".into())
        .spawn(move || prepare(&folder, names, &out));
    let worker = worker.map_err(AirError::Thread)?;
    let mut report = TransferReport::default();
    let mut offered: BTreeMap<ObjectId, (String, u64)> = BTreeMap::new();
    let mut list = Vec::new();
    let (mut seen, mut listed, mut answered, mut told) = (0, false, false, Instant::now());
    loop {
        while let Ok(Prepared { name, info }) = prepared.try_recv() {
            seen += 1;
            let size = info.as_ref().map_or(0, |(info, _)| info.size);
            let offer = info.and_then(|(info, source)| {
                wire.sender
                    .offer(info, Box::new(source))
                    .map_err(|error| error.to_string())
            });
            match offer {
                Ok(id) => {
                    list.extend_from_slice(&id.0.to_be_bytes());
                    offered.insert(id, (name, size));
                }
                Err(why) => report.failed.push(format!("{name}: {why}")),
            }
        }
        if seen == count && !listed {
            listed = true;
            // The time of day makes each list new, also if the same files are sent again.
            let meta = crate::clock::wall().as_nanos().to_string().into_bytes();
            let info = ObjectInfo::for_bytes(KIND_LIST, 50, meta, &list);
            let list = std::mem::take(&mut list);
            if let Err(error) = wire.sender.offer(info, Box::new(list)) {
                report.failed.push(format!("the list of files: {error}"));
            }
        }
        wire.turn();
        while let Some(event) = wire.sender.next_event() {
            match event {
                SenderEvent::Connected => {
                    answered = true;
                    on_line(json!({ "event": "connected" }));
                }
                SenderEvent::Silent => on_line(json!({ "event": "silent" })),
                SenderEvent::Delivered(id) => {
                    if let Some((name, size)) = offered.get(&id) {
                        report.files += 1;
                        report.bytes += size;
                        on_line(json!({ "event": "delivered", "name": name, "bytes": size }));
                    }
                }
                SenderEvent::Refused(id) => {
                    failed(&offered, id, "the receiver refused it", &mut report)
                }
                SenderEvent::SourceFailed(id, why) => failed(&offered, id, &why, &mut report),
                SenderEvent::Message(_) => {}
            }
        }
        let done = listed && wire.sender.stats().queued == 0;
        if done || stop.load(Ordering::Relaxed) {
            report.complete = done;
            break;
        }
        if !answered && start.elapsed() > config.patience {
            return Err(AirError::NoAnswer {
                to,
                waited_s: config.patience.as_secs(),
            });
        }
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            let stats = wire.sender.stats();
            on_line(json!({
                "event": "progress", "files": report.files, "of": count, "bytes": report.bytes,
                "bytes_left": stats.queued_bytes, "loss_estimate": stats.loss, "connected": stats.connected,
            }));
        }
    }
    let stats = wire.sender.stats();
    report.wall_s = start.elapsed().as_secs_f64();
    report.bytes_on_air = stats.bytes_on_air;
    report.bytes_returned = stats.bytes_returned;
    report.loss_estimate = stats.loss;
    if report.complete && wire.sender.send_message(GOODBYE).is_ok() {
        // Twice each, a few times: the receiver need not linger.
        let until = Instant::now() + Duration::from_millis(300);
        while Instant::now() < until {
            wire.turn();
        }
    }
    drop(prepared);
    // It ends when its queue is gone; a panic there has been reported already.
    let _ = worker.join();
    Ok(report)
}

fn failed(
    offered: &BTreeMap<ObjectId, (String, u64)>,
    id: ObjectId,
    why: &str,
    report: &mut TransferReport,
) {
    let name = offered
        .get(&id)
        .map_or("the list of files", |(name, _)| name);
    report.failed.push(format!("{name}: {why}"));
}

/// What `receive` needs.
pub struct ReceiveConfig {
    /// Where to listen (port 0: any; the first line tells).
    pub listen: Endpoint,
    /// The shared secret.
    pub key: Key,
    /// Folder into which files are written.
    pub output: PathBuf,
    /// Return when all files of one sender are here.
    pub once: bool,
}

/// The path for a name from the air, within the output folder; `None` if the name could lead out of it or hide.
#[must_use]
pub fn safe_path(name: &str) -> Option<PathBuf> {
    if name.contains(['\\', ':', '\0'])
        || name
            .split('/')
            .any(|part| part.is_empty() || part.starts_with('.'))
    {
        return None;
    }
    let path = Path::new(name);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (plain && path.components().count() <= crate::file_source::DEPTH_MAX + 1)
        .then(|| path.to_path_buf())
}

struct Write1 {
    id: ObjectId,
    name: String,
    path: PathBuf,
    /// Remembered as a file that need not be sent again.
    remembered: bool,
    data: Vec<u8>,
}

enum Written {
    Yes {
        id: ObjectId,
        name: String,
        remembered: bool,
        bytes: u64,
    },
    Waiting {
        name: String,
        reason: String,
    },
}

/// Writes files, each durable before it is reported; what fails is tried again until it works.
fn write_files(output: &Path, work: &Queue<Write1>, out: &SyncSender<Written>, stop: &AtomicBool) {
    let index_path = output.join(STATE).join(STORED);
    while let Ok(Write1 {
        id,
        name,
        path,
        remembered,
        data,
    }) = work.recv()
    {
        let mut said = false;
        loop {
            let target = output.join(&path);
            let written = target
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| write_atomically(&RealDisk, &target, &data))
                .and_then(|()| {
                    if !remembered {
                        return Ok(());
                    }
                    let mut index = std::fs::OpenOptions::new()
                        .create(true)
                        .append(true)
                        .open(&index_path)?;
                    // A full disk may have cut the line before: this one begins anew.
                    index.write_all(format!("\n{:016x} {name}\n", id.0).as_bytes())
                });
            match written {
                Ok(()) => {
                    if out
                        .send(Written::Yes {
                            id,
                            name,
                            remembered,
                            bytes: data.len() as u64,
                        })
                        .is_err()
                    {
                        return;
                    }
                    break;
                }
                Err(error) => {
                    let reason = AirError::file("write", &target, error).to_string();
                    if !std::mem::replace(&mut said, true)
                        && out
                            .send(Written::Waiting {
                                name: name.clone(),
                                reason,
                            })
                            .is_err()
                    {
                        return;
                    }
                }
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(WRITE_AGAIN);
        }
    }
}

/// Files that an earlier run stored and that are still there.
fn stored_before(output: &Path) -> Vec<(ObjectId, String, u64)> {
    let text = std::fs::read_to_string(output.join(STATE).join(STORED)).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let (id, name) = line.split_once(' ')?;
            let id = ObjectId(u64::from_str_radix(id, 16).ok()?);
            let length = std::fs::metadata(output.join(safe_path(name)?)).ok()?.len();
            Some((id, name.to_owned(), length))
        })
        .collect()
}

/// The ids of a list of files.
fn ids(list: &[u8]) -> BTreeSet<ObjectId> {
    list.chunks_exact(8)
        .filter_map(|id| Some(ObjectId(u64::from_be_bytes(id.try_into().ok()?))))
        .collect()
}

/// What the sender has, if an earlier run was told.
fn listed_before(output: &Path) -> Option<BTreeSet<ObjectId>> {
    let list = std::fs::read(output.join(STATE).join(LIST)).ok()?;
    Some(ids(&list))
}

struct Ground<'a> {
    receiver: Receiver<StoreScratch>,
    work: SyncSender<Write1>,
    waiting: Vec<Write1>,
    stored: BTreeMap<ObjectId, u64>,
    wanted: Option<BTreeSet<ObjectId>>,
    refused: BTreeSet<ObjectId>,
    goodbye: bool,
    report: TransferReport,
    on_line: &'a mut dyn FnMut(Value),
}

impl Ground<'_> {
    fn events(&mut self) {
        while let Some(event) = self.receiver.next_event() {
            match event {
                Event::ObjectComplete { id, info, data } => self.complete(id, &info, data),
                Event::ObjectRefused { id, reason } => {
                    self.refused.insert(id);
                    self.report.failed.push(format!("a file: {reason}"));
                }
                Event::Message(bytes) => self.goodbye |= bytes == GOODBYE,
                Event::ScratchFailed(reason) => {
                    (self.on_line)(json!({ "event": "problem", "reason": reason }))
                }
                Event::SessionStarted => (self.on_line)(json!({ "event": "connected" })),
                Event::ObjectStarted { .. } => {}
            }
        }
        while let Some(file) = self.waiting.pop() {
            if let Err(error) = self.work.try_send(file) {
                if let std::sync::mpsc::TrySendError::Full(file) = error {
                    self.waiting.push(file);
                }
                break;
            }
        }
    }

    fn complete(&mut self, id: ObjectId, info: &ObjectInfo, data: Vec<u8>) {
        let name = read_name(&info.meta).unwrap_or_default();
        match info.kind {
            KIND_LIST => {
                self.wanted = Some(ids(&data));
                // The sender sends it once: acknowledged when it is safe, like any file.
                self.waiting.push(Write1 {
                    id,
                    name: "the list of files".to_owned(),
                    path: Path::new(STATE).join(LIST),
                    remembered: false,
                    data,
                });
            }
            KIND_FILE => match safe_path(&name) {
                Some(path) => self.waiting.push(Write1 {
                    id,
                    name,
                    path,
                    remembered: true,
                    data,
                }),
                None => self.refuse(id, &name),
            },
            _ => self.refuse(id, &name),
        }
    }

    fn refuse(&mut self, id: ObjectId, name: &str) {
        self.refused.insert(id);
        self.receiver.reject(id);
        self.report.failed.push(format!(
            "{}: its name is not taken as a path",
            name.escape_default()
        ));
    }

    fn written(&mut self, done: Written) {
        match done {
            Written::Yes {
                id,
                remembered: false,
                ..
            } => self.receiver.stored(id),
            Written::Yes {
                id, name, bytes, ..
            } => {
                self.receiver.stored(id);
                self.stored.insert(id, bytes);
                (self.on_line)(json!({ "event": "stored", "name": name, "bytes": bytes }));
            }
            Written::Waiting { name, reason } => {
                let advice = "free some space or fix the folder: it is tried again";
                (self.on_line)(
                    json!({ "event": "problem", "name": name, "reason": reason, "advice": advice }),
                );
            }
        }
    }

    fn all_here(&self) -> bool {
        self.wanted.as_ref().is_some_and(|ids| {
            ids.iter()
                .all(|id| self.stored.contains_key(id) || self.refused.contains(id))
        })
    }
}

/// Receives files into a folder. With `once` returns when all files of one sender are stored, else when `stop` is
/// set. The first line tells the address: `{"event": "listening", "address": …}`.
///
/// # Errors
/// When the folder or the socket cannot be opened.
pub fn receive(
    config: ReceiveConfig,
    stop: &Arc<AtomicBool>,
    on_line: &mut dyn FnMut(Value),
) -> Result<TransferReport, AirError> {
    let state = config.output.join(STATE);
    std::fs::create_dir_all(&state)
        .map_err(|error| AirError::file("create the folder", &state, error))?;
    let address = udp_address(&config.listen)?;
    let fail = |source| AirError::Socket {
        endpoint: config.listen.to_string(),
        source,
    };
    let socket = udp_socket(address).map_err(fail)?;
    let bound = socket.local_addr().map_err(fail)?;
    let scratch =
        StoreScratch::without_done(ShardFiles::open(&state.join("parts"), Arc::new(RealDisk))?);
    let receiver = Receiver::new(ReceiverConfig::new(config.key, session()?), scratch);
    let mut receiver = receiver.map_err(|error| AirError::Resume(error.to_string()))?;
    let mut stored = BTreeMap::new();
    for (id, _, bytes) in stored_before(&config.output) {
        receiver.already_stored(id);
        stored.insert(id, bytes);
    }
    let (work, files) = sync_channel(WRITE_QUEUE);
    let (done_out, done) = sync_channel(WRITE_QUEUE * 2);
    let writer = {
        let (output, stop) = (config.output.clone(), Arc::clone(stop));
        let run = move || write_files(&output, &files, &done_out, &stop);
        std::thread::Builder::new()
            .name("write files".into())
            .spawn(run)
            .map_err(AirError::Thread)?
    };
    on_line(
        json!({ "event": "listening", "address": bound.to_string(), "resumed_files": stored.len() }),
    );
    let mut ground = Ground {
        receiver,
        work,
        waiting: Vec::new(),
        stored,
        wanted: listed_before(&config.output),
        refused: BTreeSet::new(),
        goodbye: false,
        report: TransferReport::default(),
        on_line,
    };
    let clock = Clock::real();
    let mut peer: Option<SocketAddr> = None;
    let (mut first, mut last, mut heard) = (None, Instant::now(), Instant::now());
    while !stop.load(Ordering::Relaxed) {
        if let Some(from) = take_datagrams(&socket, &mut ground.receiver, &clock) {
            peer = Some(from);
            heard = Instant::now();
            first.get_or_insert(heard);
        }
        ground.events();
        while let Ok(written) = done.try_recv() {
            ground.written(written);
            last = Instant::now();
        }
        if let Some(peer) = peer {
            while let Some(datagram) = ground.receiver.poll(clock.now()) {
                // What the system does not take is lost, as on any radio.
                let _ = socket.send_to(&datagram, peer);
            }
        }
        if config.once && ground.all_here() && (ground.goodbye || heard.elapsed() > LINGER) {
            ground.report.complete = true;
            break;
        }
    }
    let stats = ground.receiver.stats();
    let mut report = ground.report;
    drop(ground.work);
    // It ends when its queue is gone, or at `stop`.
    let _ = writer.join();
    let counted: Vec<u64> = match &ground.wanted {
        Some(ids) => ids
            .iter()
            .filter_map(|id| ground.stored.get(id))
            .copied()
            .collect(),
        None => ground.stored.values().copied().collect(),
    };
    report.files = counted.len();
    report.bytes = counted.iter().sum();
    report.wall_s = first.map_or(0.0, |first| {
        last.saturating_duration_since(first).as_secs_f64()
    });
    report.bytes_on_air = stats.bytes + stats.datagrams * HEADERS_BYTES;
    report.bytes_returned = stats.bytes_returned + stats.returned * HEADERS_BYTES;
    report.loss_estimate = stats.loss;
    if report.complete {
        // All is in the folder itself; the parts and the index have done their work.
        let _ = std::fs::remove_dir_all(&state);
    }
    Ok(report)
}

/// Takes what has arrived; returns the address of the newest genuine datagram.
fn take_datagrams(
    socket: &UdpSocket,
    receiver: &mut Receiver<StoreScratch>,
    clock: &Clock,
) -> Option<SocketAddr> {
    let mut buffer = [0u8; 2048];
    let mut from = None;
    if socket.set_read_timeout(Some(LOOK)).is_err() {
        return None;
    }
    for turn in 0..256 {
        if turn == 1 && socket.set_nonblocking(true).is_err() {
            break;
        }
        let Ok((count, address)) = socket.recv_from(&mut buffer) else {
            break;
        };
        if receiver
            .handle(clock.now(), buffer.get(..count).unwrap_or_default())
            .is_ok()
        {
            from = Some(address);
        }
    }
    let _ = socket.set_nonblocking(false);
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_the_air_stay_in_the_folder() {
        for good in ["a.jpg", "DCIM/100/a b.jpg", "ä.tif"] {
            assert!(safe_path(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a//b",
            "C:\\a",
            "a\\b",
            ".ssh/key",
            "a/.x",
            "a/",
            ".",
        ] {
            assert!(safe_path(bad).is_none(), "{bad}");
        }
    }
}
