//! `whimbrel air`: the camera's folder and the autopilot's telemetry, sent to the ground.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_downlink::limits::MESSAGE_MAX_BYTES;
use whimbrel_downlink::{Key, ObjectId, SenderEvent};
use whimbrel_link::endpoint::Endpoint;
use whimbrel_store::Layer;

use crate::clock::Clock;
use crate::error::AirError;
use crate::file_source::FileSource;
use crate::ledger::{Ledger, ToSend};
use crate::links::{LinkEvent, Links};
use crate::watch::{Delivered, Found, Watcher};
use crate::wire::Wire;

/// How often the radio's counters are told, in the clock's time.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// Photos that wait to be offered; the watcher waits beyond.
const FOUND_QUEUE: usize = 16;
/// Deliveries that wait to be noted.
const DELIVERED_QUEUE: usize = 4096;
/// Share of the rate that telemetry may take, its repetition included; what is more is dropped, the oldest first.
const TELEMETRY_SHARE: f64 = 0.25;
/// Layers that wait because the sender's queue is full.
const BACKLOG_MAX: usize = 200_000;

/// What `air` needs.
pub struct AirConfig {
    /// Folder into which the camera writes.
    pub photos: PathBuf,
    /// The autopilot, for its telemetry over the same radio.
    pub mavlink: Option<Endpoint>,
    /// The ground.
    pub to: Endpoint,
    /// The secret shared with the ground.
    pub key: Key,
    /// What the radio carries, bit/s of the clock's time.
    pub rate_bit_s: f64,
    /// Folder of what must survive a restart; `.whimbrel` in the camera's folder if not given.
    pub state: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
}

/// What was done until it was stopped.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct AirReport {
    /// Photos found whole.
    pub photos: usize,
    /// Files that are no photos.
    pub bad_files: usize,
    /// Objects (layers) that the ground has stored, by layer: preview, mapping, original.
    pub delivered: [usize; 3],
    /// Layers still to be sent.
    pub queued: usize,
    /// Bytes sent, with IP and UDP headers.
    pub bytes_on_air: u64,
    /// Bytes that came back, with headers.
    pub bytes_returned: u64,
    /// Share of datagrams lost, 0..1.
    pub loss_estimate: f64,
}

struct Offered {
    name: String,
    layer: Layer,
    path: PathBuf,
}

struct Aircraft<'a> {
    wire: Wire,
    offered: BTreeMap<ObjectId, Offered>,
    backlog: Vec<(String, ToSend)>,
    report: AirReport,
    on_line: &'a mut dyn FnMut(Value),
}

fn slot(layer: Layer) -> Option<usize> {
    match layer {
        Layer::Thumb => None,
        Layer::Preview => Some(0),
        Layer::Mapping => Some(1),
        Layer::Original => Some(2),
    }
}

impl Aircraft<'_> {
    fn found(&mut self, found: Found) {
        match found {
            Found::Photo { name, layers } => {
                self.report.photos += 1;
                (self.on_line)(json!({ "event": "photo", "name": name, "layers": layers.len() }));
                for layer in layers {
                    if self.backlog.len() < BACKLOG_MAX {
                        self.backlog.push((name.clone(), layer));
                    }
                }
            }
            Found::Bad { name, reason } => {
                self.report.bad_files += 1;
                (self.on_line)(json!({ "event": "bad_file", "name": name, "reason": reason }));
            }
            Found::Problem(reason) => {
                (self.on_line)(json!({ "event": "problem", "reason": reason }))
            }
        }
    }

    fn offer(&mut self) {
        for (name, ToSend { info, path, layer }) in std::mem::take(&mut self.backlog) {
            match self
                .wire
                .sender
                .offer(info.clone(), Box::new(FileSource(path.clone())))
            {
                Ok(id) => {
                    self.offered.insert(id, Offered { name, layer, path });
                }
                Err(whimbrel_downlink::OfferError::QueueFull) => {
                    self.backlog.push((name, ToSend { info, path, layer }))
                }
                Err(error) => {
                    (self.on_line)(
                        json!({ "event": "bad_file", "name": name, "reason": error.to_string() }),
                    );
                }
            }
        }
    }

    fn event(&mut self, event: SenderEvent, links: Option<&Links>) -> Option<Delivered> {
        match event {
            SenderEvent::Connected => (self.on_line)(json!({ "event": "connected" })),
            SenderEvent::Silent => (self.on_line)(json!({ "event": "silent" })),
            SenderEvent::Message(bytes) => {
                if let Some(links) = links {
                    links.send_all(&bytes);
                }
            }
            SenderEvent::Delivered(id) => {
                let Offered { name, layer, path } = self.offered.remove(&id)?;
                (self.on_line)(
                    json!({ "event": "delivered", "name": name, "layer": layer.name() }),
                );
                if let Some(count) =
                    slot(layer).and_then(|slot| self.report.delivered.get_mut(slot))
                {
                    *count += 1;
                }
                return Some(Delivered {
                    id,
                    made: (layer != Layer::Original).then_some(path),
                });
            }
            SenderEvent::Refused(id) => self.lost(id, "the ground refused it"),
            SenderEvent::SourceFailed(id, why) => self.lost(id, &why),
        }
        None
    }

    fn lost(&mut self, id: ObjectId, reason: &str) {
        let Some(Offered { name, layer, .. }) = self.offered.remove(&id) else {
            return;
        };
        (self.on_line)(
            json!({ "event": "problem", "name": name, "layer": layer.name(), "reason": reason }),
        );
    }

    fn counters(&self) -> Value {
        let stats = self.wire.sender.stats();
        let mut queued = [0usize; 3];
        for offered in self.offered.values() {
            if let Some(count) = slot(offered.layer).and_then(|slot| queued.get_mut(slot)) {
                *count += 1;
            }
        }
        let [preview, mapping, original] = queued;
        let [had_preview, had_mapping, had_original] = self.report.delivered;
        json!({
            "event": "radio",
            "time_s": self.wire.clock.now().as_secs_f64(),
            "connected": stats.connected,
            "loss": stats.loss,
            "round_trip_s": stats.round_trip_s,
            "datagrams": stats.datagrams,
            "bytes_on_air": stats.bytes_on_air,
            "bytes_returned": stats.bytes_returned,
            "queued": { "preview": preview, "mapping": mapping, "original": original },
            "queued_bytes": stats.queued_bytes,
            "delivered": { "preview": had_preview, "mapping": had_mapping, "original": had_original },
            "messages_dropped": stats.messages_dropped,
        })
    }
}

/// Collects the autopilot's bytes into messages and keeps them within their share of the rate.
struct Telemetry {
    allowance_bytes: f64,
    share_bytes_s: f64,
    last: Duration,
}

impl Telemetry {
    fn allow(&mut self, now: Duration, bytes: usize) -> bool {
        let elapsed = now.saturating_sub(self.last).as_secs_f64();
        self.last = now;
        self.allowance_bytes =
            (self.allowance_bytes + elapsed * self.share_bytes_s).min(self.share_bytes_s * 0.5);
        // Sent twice, with headers.
        let cost = 2.0 * (bytes as f64 + 62.0);
        let allowed = self.allowance_bytes >= cost;
        if allowed {
            self.allowance_bytes -= cost;
        }
        allowed
    }
}

/// Watches, sends and forwards until `stop` is set. `on_line` gets JSON lines; the first is
/// `{"event": "started", "from": ADDRESS, "to": …}`.
///
/// # Errors
/// When the folder, the state, the socket or the autopilot's link cannot be opened.
pub fn run(
    config: AirConfig,
    stop: &Arc<AtomicBool>,
    on_line: &mut dyn FnMut(Value),
) -> Result<AirReport, AirError> {
    let folder = config.photos;
    std::fs::create_dir_all(&folder)
        .map_err(|error| AirError::file("create the camera's folder", &folder, error))?;
    let ledger = Ledger::open(&config.state.unwrap_or_else(|| folder.join(".whimbrel")))?;
    let endpoints: Vec<Endpoint> = config.mavlink.into_iter().collect();
    let links = if endpoints.is_empty() {
        None
    } else {
        Some(Links::open(&endpoints)?)
    };
    let wire = Wire::open(
        &config.to,
        config.key,
        config.rate_bit_s,
        config.clock.clone(),
    )?;
    on_line(json!({
        "event": "started",
        "from": wire.local().map(|address| address.to_string()),
        "to": config.to.to_string(),
        "photos": folder.display().to_string(),
        "mavlink": links.as_ref().map(|links| links.bound().iter().map(ToString::to_string).collect::<Vec<_>>()),
    }));
    let (found_out, found) = sync_channel(FOUND_QUEUE);
    let (delivered, delivered_in) = sync_channel(DELIVERED_QUEUE);
    let watcher = {
        let (watcher, stop) = (
            Watcher::new(folder, ledger, found_out, delivered_in),
            Arc::clone(stop),
        );
        let run = move || watcher.run(&stop);
        std::thread::Builder::new()
            .name("camera folder".into())
            .spawn(run)
            .map_err(AirError::Thread)?
    };
    let mut aircraft = Aircraft {
        wire,
        offered: BTreeMap::new(),
        backlog: Vec::new(),
        report: AirReport::default(),
        on_line,
    };
    let mut telemetry = Telemetry {
        allowance_bytes: 0.0,
        share_bytes_s: config.rate_bit_s / 8.0 * TELEMETRY_SHARE,
        last: config.clock.now(),
    };
    let mut unnoted = Vec::new();
    let mut told = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        while let Ok(found) = found.try_recv() {
            aircraft.found(found);
        }
        aircraft.offer();
        if let Some(links) = &links {
            forward(links, &mut aircraft.wire, &mut telemetry);
        }
        aircraft.wire.turn();
        while let Some(event) = aircraft.wire.sender.next_event() {
            unnoted.extend(aircraft.event(event, links.as_ref()));
        }
        // What the watcher has no room for is noted later; lost in a kill, the ground says it again.
        while let Some(done) = unnoted.pop() {
            if let Err(std::sync::mpsc::TrySendError::Full(done)) = delivered.try_send(done) {
                unnoted.push(done);
                break;
            }
        }
        let now = aircraft.wire.clock.now();
        if now >= told + TELL_EVERY {
            told = now;
            let line = aircraft.counters();
            (aircraft.on_line)(line);
        }
    }
    drop(found);
    // It ends at `stop`; a panic there has been reported already.
    let _ = watcher.join();
    let stats = aircraft.wire.sender.stats();
    Ok(AirReport {
        queued: stats.queued + aircraft.backlog.len(),
        bytes_on_air: stats.bytes_on_air,
        bytes_returned: stats.bytes_returned,
        loss_estimate: stats.loss,
        ..aircraft.report
    })
}

/// Bytes from the autopilot become messages. MAVLink is self-synchronising, so chunks need not be whole frames.
fn forward(links: &Links, wire: &mut Wire, telemetry: &mut Telemetry) {
    for _ in 0..256 {
        let Some(event) = links.next(Duration::ZERO) else {
            return;
        };
        let LinkEvent::Bytes(_, bytes) = event else {
            continue;
        };
        for part in bytes.chunks(MESSAGE_MAX_BYTES) {
            if telemetry.allow(wire.clock.now(), part.len()) {
                // Never longer than a message may be.
                let _ = wire.sender.send_message(part);
            }
        }
    }
}
