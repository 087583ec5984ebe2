//! The thread that speaks MAVLink: bytes from links to `fly`, what `fly` decides to links, records and the board.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use whimbrel_air::Clock;
use whimbrel_air::links::{LinkEvent, Links, Tap};
use whimbrel_fly::{Effect, Fleet, LinkId, VEHICLES_MAX, VehicleId};
use whimbrel_geo::Terrain;
use whimbrel_store::{Store, Way};

use crate::app::Config;
use crate::identity::{Identities, Known, REMEMBERED_MAX};
use crate::live::Live;
use crate::notices::Notices;
use crate::plans::Plans;
use crate::record::Records;
use crate::recorder::{Entry, Recorder};

pub use handle::Flight;
use handle::Request;

mod board;
mod handle;

/// Orders that wait for the thread: some for each vehicle, as all can be told at once.
const ORDERS_MAX: usize = 4 * VEHICLES_MAX;
/// Longest wait for bytes, of the wall's time.
const LOOK: Duration = Duration::from_millis(5);
/// The console hears of vehicles this often (of the wall's time it is divided by the clock's speed).
const TELL_EVERY: Duration = Duration::from_millis(200);
/// Places of a track that are kept; every second one is dropped when there are more.
pub const TRACK_MAX: usize = 20_000;
/// A place is added to the track when it is so far from the last.
const TRACK_STEP_M: f64 = 1.0;
/// Alerts that have ended stay on the board for so long.
const ENDED_ALERTS_STAY: Duration = Duration::from_secs(30);

/// Names of links that are kept; those without a vehicle go when there are more.
const NAMES_MAX: usize = 1_024;

/// The notice that the audit log cannot be written.
const UNRECORDED: &str = "unrecorded";
const UNKEPT: &str = "unkept";
const MAKE_ROOM: &str = "Free space on the server's disk. Nothing is lost meanwhile: the aircraft keeps each photo until it is stored here.";
const FREE_SPACE: &str = "Free space on the server's disk. Hold, Return and Land work meanwhile and are recorded later; other orders are refused.";

struct Worker {
    links: Links,
    fleet: Fleet,
    requests: Receiver<Request>,
    known: Arc<RwLock<handle::Known>>,
    records: Records,
    recorder: Recorder,
    notices: Arc<Notices>,
    /// Edition of the notices that was shown last.
    noticed: u64,
    identities: Identities,
    plans: Arc<Plans>,
    /// Vehicles that were asked whether they still carry what they were known to carry.
    asked: BTreeSet<VehicleId>,
    live: Arc<Live>,
    clock: Clock,
    terrain: Option<Arc<dyn Terrain>>,
    names: BTreeMap<LinkId, String>,
    told: Duration,
    alerts_changed: bool,
}

/// The thread that was started.
pub struct Started {
    /// Its handle.
    pub flight: Flight,
    /// Where aircraft are heard.
    pub bound: Vec<SocketAddr>,
    /// For telemetry that comes by the photos' radio.
    pub tap: Tap,
    /// To wait for its end.
    pub thread: JoinHandle<()>,
}

/// The aircraft that are remembered.
fn remembered(store: &Store) -> Identities {
    let mut rows = store.vehicles().unwrap_or_else(|error| {
        crate::log(&format!("the vehicles' records: {error}"));
        Vec::new()
    });
    rows.sort_by_key(|row| std::cmp::Reverse(row.seen));
    let newest = rows.into_iter().take(REMEMBERED_MAX);
    Identities::new(newest.filter_map(|row| Some((row.id, Known::from_json(row.seen, &row.data)?))))
}

/// Open the links and start the thread.
///
/// # Errors
/// The link that could not be opened.
pub fn start(
    config: &Config,
    store: Store,
    plans: Arc<Plans>,
    live: Arc<Live>,
    notices: Arc<Notices>,
    terrain: Option<Arc<dyn Terrain>>,
    stop: Arc<AtomicBool>,
) -> Result<Started, crate::StartError> {
    let links = Links::open(&config.mavlink)?;
    let (bound, tap) = (links.bound().to_vec(), links.tap());
    let (requests, inbox) = sync_channel(ORDERS_MAX);
    let known = Arc::new(RwLock::new(handle::Known::default()));
    let worker = Worker {
        links,
        fleet: Fleet::new(),
        requests: inbox,
        known: known.clone(),
        records: Records::new(store.clone()),
        recorder: Recorder::start({
            let store = store.clone();
            move |entry| entry.keep(&store).map_err(|e| e.to_string())
        })?,
        notices: notices.clone(),
        noticed: 0,
        identities: remembered(&store),
        plans,
        asked: BTreeSet::new(),
        live,
        clock: config.clock.clone(),
        terrain,
        names: BTreeMap::new(),
        told: Duration::ZERO,
        alerts_changed: true,
    };
    let thread = std::thread::Builder::new()
        .name("flight".into())
        .spawn(move || worker.run(&stop))?;
    Ok(Started {
        flight: Flight {
            requests,
            known,
            notices,
            store,
        },
        bound,
        tap,
        thread,
    })
}

impl Worker {
    fn run(mut self, stop: &Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            let mut event = self.links.next(LOOK);
            // Take what waits before deciding, but not for ever.
            for _ in 0..512 {
                let Some(happened) = event.take() else { break };
                self.link_event(happened);
                event = self.links.next(Duration::ZERO);
            }
            let now = self.clock.now();
            while let Ok(request) = self.requests.try_recv() {
                self.request(now, request);
            }
            let effects = self.fleet.tick(now);
            self.carry_out(now, effects);
            let pause = TELL_EVERY.mul_f64(self.clock.speed());
            if now >= self.told + pause {
                self.told = now;
                self.tell(now);
            }
        }
        self.records.close_all(self.clock.now());
    }

    fn link_event(&mut self, event: LinkEvent) {
        let now = self.clock.now();
        match event {
            LinkEvent::Opened(number, name) => {
                if self.names.len() >= NAMES_MAX {
                    let views = self.fleet.vehicles(now);
                    self.names
                        .retain(|link, _| views.iter().any(|v| v.id.link == *link));
                }
                self.names.insert(LinkId(number), name);
                self.fleet.add_link(now, LinkId(number));
            }
            LinkEvent::Bytes(number, bytes) => {
                self.records
                    .bytes(now, LinkId(number), Way::Received, &bytes);
                let effects = self.fleet.handle(now, LinkId(number), &bytes);
                self.carry_out(now, effects);
            }
            // Its vehicles stay on the board and grow old: the operator must see that they are not heard.
            LinkEvent::Closed(number, reason) => {
                self.fleet.close_link(LinkId(number));
                crate::log(&format!("link {number}: {reason}"));
            }
        }
    }

    fn request(&mut self, now: Duration, request: Request) {
        match request {
            Request::Order {
                operator,
                vehicle,
                command,
                recorded,
                reply,
            } => {
                let answer = self.fleet.command(now, &operator, vehicle, command);
                let same = |effect: &Effect| {
                    matches!((effect, &recorded), (Effect::Audit(now), Some(before))
                        if now.verb == before.verb && now.detail == before.detail && now.who == before.who)
                };
                let mut effects = answer.effects;
                if effects.first().is_some_and(same) {
                    effects.remove(0);
                }
                self.carry_out(now, effects);
                // Whoever asked may have gone; the order stands.
                let _ = reply.send(answer.outcome.map_err(|e| e.to_string()));
            }
            Request::Consider {
                operator,
                vehicle,
                command,
                reply,
            } => {
                let (record, outcome) = self.fleet.consider(now, &operator, vehicle, &command);
                // As above.
                let _ = reply.send((record, outcome.map_err(|e| e.to_string())));
            }
            Request::Checks { vehicle, reply } => {
                // As above.
                let _ = reply.send(self.fleet.checks(now, vehicle));
            }
            Request::Acknowledge { who, alert } => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                let number = alert.parse::<u64>().ok();
                if let Some((_, acknowledged)) = number.and_then(|n| known.alerts.get_mut(&n)) {
                    *acknowledged = true;
                    self.alerts_changed = true;
                }
                self.recorder.keep(Entry::Row {
                    at: now,
                    who,
                    verb: "alert.acknowledge",
                    subject: alert,
                    detail: json!({}),
                });
            }
        }
    }

    /// Send, show and keep what was decided. Nothing here waits for the disk but the flight record's own buffer.
    fn carry_out(&mut self, now: Duration, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { link, bytes } => {
                    self.links.send(link.0, &bytes);
                    self.records.bytes(now, link, Way::Sent, &bytes);
                }
                Effect::Alert(alert) => {
                    let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                    let acknowledged = known
                        .alerts
                        .get(&alert.id)
                        .is_some_and(|(_, acknowledged)| *acknowledged);
                    known.alerts.insert(alert.id, (alert, acknowledged));
                    self.alerts_changed = true;
                }
                Effect::Photo(photo) => self.records.photo(now, &photo),
                Effect::Audit(record) => {
                    let subject = self.identities.name(record.vehicle);
                    self.recorder.keep(Entry::about(&record, &subject));
                }
                Effect::Forgotten(vehicle) => self.forgotten(vehicle),
                Effect::Changed(_) => {}
            }
        }
    }
}
