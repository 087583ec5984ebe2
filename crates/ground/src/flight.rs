//! The thread that speaks MAVLink: bytes from links to `fly`, what `fly` decides to links, records and the board.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use whimbrel_air::Clock;
use whimbrel_air::links::{LinkEvent, Links, Tap};
use whimbrel_fly::{
    Alert, AuditRecord, Checks, Command, Effect, Fleet, Level, LinkId, LoadState, Operator, Role,
    VEHICLES_MAX, VehicleId, VehicleView,
};
use whimbrel_geo::Terrain;
use whimbrel_link::quirks::Autopilot;
use whimbrel_store::{Store, Way};

use crate::app::Config;
use crate::live::{Kind, Live};
use crate::notices::Notices;
use crate::plans::{Plans, firmware_of};
use crate::record::Records;
use crate::recorder::{Entry, Recorder};
use crate::shown;

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

/// The notice that the audit log cannot be written.
const UNRECORDED: &str = "unrecorded";
const UNKEPT: &str = "unkept";
const MAKE_ROOM: &str = "Free space on the server's disk. Nothing is lost meanwhile: the aircraft keeps each photo until it is stored here.";
const FREE_SPACE: &str = "Free space on the server's disk. Hold, Return and Land work meanwhile and are recorded later; other orders are refused.";

/// Something for the thread to do.
enum Request {
    /// What an order would be, to be recorded before it is given.
    Consider {
        operator: Operator,
        vehicle: VehicleId,
        command: Command,
        reply: oneshot::Sender<(AuditRecord, Result<(), String>)>,
    },
    Order {
        operator: Operator,
        vehicle: VehicleId,
        command: Command,
        /// What is in the audit log already.
        recorded: Option<AuditRecord>,
        reply: oneshot::Sender<Result<(), String>>,
    },
    Checks {
        vehicle: VehicleId,
        reply: oneshot::Sender<Option<Checks>>,
    },
    Acknowledge {
        who: String,
        alert: String,
    },
}

/// What other threads may read at any time.
#[derive(Default)]
struct Known {
    vehicles: BTreeMap<String, (VehicleId, Autopilot)>,
    tracks: BTreeMap<VehicleId, Vec<[f64; 3]>>,
    alerts: BTreeMap<u64, (Alert, bool)>,
}

/// The handle of the thread.
pub struct Flight {
    requests: SyncSender<Request>,
    known: Arc<RwLock<Known>>,
    notices: Arc<Notices>,
    store: Store,
}

impl Flight {
    fn known(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<VehicleId> {
        self.known().vehicles.get(id).map(|(vehicle, _)| *vehicle)
    }

    /// All vehicles.
    pub fn ids(&self) -> Vec<String> {
        self.known().vehicles.keys().cloned().collect()
    }

    /// The autopilot of a vehicle.
    pub fn autopilot(&self, id: &str) -> Option<Autopilot> {
        self.known()
            .vehicles
            .get(id)
            .map(|(_, autopilot)| *autopilot)
    }

    /// Give an order; the answer says whether it was taken, and why not.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub async fn order(
        &self,
        operator: Operator,
        id: &str,
        command: Command,
    ) -> Result<(), String> {
        let vehicle = self.find(id).ok_or_else(|| {
            format!("there is no vehicle {id}: it has not been heard, or its link is gone")
        })?;
        let recorded = if command.is_way_out() {
            None
        } else {
            Some(self.record(&operator, vehicle, &command).await?)
        };
        self.ask(|reply| Request::Order {
            operator,
            vehicle,
            command,
            recorded,
            reply,
        })
        .await?
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, String> {
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(request(reply))
            .map_err(|_| "too many orders wait: try again".to_owned())?;
        answer
            .await
            .map_err(|_| "the server is stopping".to_owned())
    }

    /// Record an order that may wait for the disk. The thread of the links never does.
    async fn record(
        &self,
        operator: &Operator,
        vehicle: VehicleId,
        command: &Command,
    ) -> Result<AuditRecord, String> {
        let (record, outcome) = self
            .ask(|reply| Request::Consider {
                operator: operator.clone(),
                vehicle,
                command: command.clone(),
                reply,
            })
            .await?;
        let (store, row) = (self.store.clone(), record.clone());
        let written = tokio::task::spawn_blocking(move || audit(&store, &row))
            .await
            .map_err(|e| e.to_string())?;
        outcome?;
        written.map_err(|error| {
            format!(
                "{} was not carried out, because it could not be recorded: {error}",
                record.verb
            )
        })?;
        Ok(record)
    }

    /// The pre-flight list.
    pub async fn checks(&self, id: &str) -> Option<Checks> {
        let vehicle = self.find(id)?;
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(Request::Checks { vehicle, reply })
            .ok()?;
        answer.await.ok().flatten()
    }

    /// The flown track: longitude, latitude, AMSL.
    pub fn track(&self, id: &str) -> Option<Vec<[f64; 3]>> {
        let vehicle = self.find(id)?;
        Some(
            self.known()
                .tracks
                .get(&vehicle)
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// Acknowledge an alert; that is recorded as soon as the disk takes it. False when there is none of that id.
    pub fn acknowledge(&self, who: &str, id: &str) -> bool {
        let number = id.parse::<u64>().ok();
        let fleets = number.is_some_and(|alert| self.known().alerts.contains_key(&alert));
        let (who, alert) = (who.to_owned(), id.to_owned());
        (fleets || self.notices.acknowledge(id))
            && self
                .requests
                .try_send(Request::Acknowledge { who, alert })
                .is_ok()
    }
}

struct Worker {
    links: Links,
    fleet: Fleet,
    requests: Receiver<Request>,
    known: Arc<RwLock<Known>>,
    records: Records,
    recorder: Recorder,
    notices: Arc<Notices>,
    /// Edition of the notices that was shown last.
    noticed: u64,
    /// What is known to be on board, as it was last recorded.
    carried: BTreeMap<VehicleId, (String, usize)>,
    plans: Arc<Plans>,
    /// Plan and sortie that vehicles of a system id carried before the server was started again.
    loaded: BTreeMap<u8, (String, usize)>,
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

fn audit(store: &Store, record: &AuditRecord) -> Result<i64, whimbrel_store::StoreError> {
    store.audit(
        record.at,
        &record.who,
        record.verb,
        &record.vehicle.to_string(),
        &json!({"detail": record.detail}),
    )
}

/// Write what the recorder keeps; durable when this returns.
fn keep(store: &Store, entry: &Entry) -> Result<(), String> {
    match entry {
        Entry::Audit(record) => audit(store, record).map(|_| ()),
        Entry::Row {
            at,
            who,
            verb,
            subject,
        } => store.audit(*at, who, verb, subject, &json!({})).map(|_| ()),
        // One row a system id: numbers of links are new after a restart.
        Entry::Carried {
            at,
            system,
            plan,
            sortie,
        } => store.put_vehicle(
            *at,
            &format!("system {system}"),
            &json!({"system": system, "plan": plan, "sortie": sortie}),
        ),
    }
    .map_err(|e| e.to_string())
}

/// What the records say is on board of which system id.
fn loaded_before(store: &Store) -> BTreeMap<u8, (String, usize)> {
    let rows = store.vehicles().unwrap_or_else(|error| {
        crate::log(&format!("the vehicles' records: {error}"));
        Vec::new()
    });
    rows.iter()
        .filter_map(|row| {
            let system = u8::try_from(row.data["system"].as_u64()?).ok()?;
            let sortie = usize::try_from(row.data["sortie"].as_u64()?).ok()?;
            Some((system, (row.data["plan"].as_str()?.to_owned(), sortie)))
        })
        .collect()
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
    let known = Arc::new(RwLock::new(Known::default()));
    let worker = Worker {
        links,
        fleet: Fleet::new(),
        requests: inbox,
        known: known.clone(),
        records: Records::new(store.clone()),
        recorder: Recorder::start({
            let store = store.clone();
            move |entry| keep(&store, entry)
        })?,
        notices: notices.clone(),
        noticed: 0,
        carried: BTreeMap::new(),
        loaded: loaded_before(&store),
        plans,
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
                Effect::Audit(record) => self.recorder.keep(Entry::Audit(record)),
                Effect::Changed(_) => {}
            }
        }
    }

    /// Put the vehicles and alerts on the board.
    fn tell(&mut self, now: Duration) {
        let views = self.fleet.vehicles(now);
        for view in &views {
            self.follow(now, view);
        }
        let rows: Vec<Value> = views
            .iter()
            .map(|v| shown::vehicle(v, self.names.get(&v.id.link), self.terrain.as_deref(), now))
            .collect();
        self.live.set(Kind::Vehicles, Value::Array(rows));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.alerts.len();
        known.alerts.retain(|_, (alert, _)| {
            alert.active || now.saturating_sub(alert.at) < ENDED_ALERTS_STAY
        });
        match self.recorder.problem() {
            Some(why) => {
                let text = format!("What is ordered and done cannot be recorded: {why}");
                self.notices
                    .raise(now, UNRECORDED, Level::Warning, text, FREE_SPACE);
            }
            None => self.notices.end(UNRECORDED),
        }
        let radio = self.live.get(Kind::Radio);
        match radio.as_ref().and_then(|r| r["problem"].as_str()) {
            Some(why) => {
                let text = format!("Photos that arrive cannot be kept: {why}");
                self.notices
                    .raise(now, UNKEPT, Level::Caution, text, MAKE_ROOM);
            }
            None => self.notices.end(UNKEPT),
        }
        let edition = self.notices.edition();
        if self.alerts_changed || known.alerts.len() != before || self.noticed != edition {
            self.alerts_changed = false;
            self.noticed = edition;
            let fleet = known.alerts.values().rev();
            let rows = self
                .notices
                .rows()
                .into_iter()
                .chain(fleet.map(|(alert, acknowledged)| shown::alert(alert, *acknowledged)));
            self.live.set(Kind::Alerts, Value::Array(rows.collect()));
        }
    }

    /// After a restart of the server: what a vehicle carries is compared with what was loaded into it, not taken for granted.
    fn adopt(&mut self, now: Duration, view: &VehicleView) {
        if view.motion.position.is_none() {
            return;
        }
        let Some((plan, sortie)) = self.loaded.remove(&view.id.system) else {
            return;
        };
        match self
            .plans
            .upload(&plan, sortie, firmware_of(view.autopilot))
        {
            Ok(upload) => {
                let us = Operator {
                    name: "whimbrel".into(),
                    role: Role::Pilot,
                };
                let answer =
                    self.fleet
                        .command(now, &us, view.id, Command::Verify(Box::new(upload)));
                self.carry_out(now, answer.effects);
            }
            Err(error) => crate::log(&format!("what vehicle {} carries: {error}", view.id)),
        }
    }

    /// Keep what a vehicle was verified to carry, for [`Worker::adopt`] after a restart.
    fn note_carried(&mut self, now: Duration, view: &VehicleView) {
        let mission = &view.mission;
        let (LoadState::Verified, Some(plan), Some(sortie)) =
            (&mission.state, &mission.plan, mission.sortie)
        else {
            return;
        };
        let known = self.carried.get(&view.id);
        if known.is_some_and(|(p, s)| p == plan && *s == sortie) {
            return;
        }
        self.carried.insert(view.id, (plan.clone(), sortie));
        self.recorder.keep(Entry::Carried {
            at: now,
            system: view.id.system,
            plan: plan.clone(),
            sortie,
        });
    }

    /// Track and flight record of one vehicle.
    fn follow(&mut self, now: Duration, view: &VehicleView) {
        self.adopt(now, view);
        self.note_carried(now, view);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known
            .vehicles
            .insert(view.id.to_string(), (view.id, view.autopilot));
        if let Some(position) = view.motion.position
            && (view.armed || view.flying)
        {
            let track = known.tracks.entry(view.id).or_default();
            let place = [
                position.at.lon_deg(),
                position.at.lat_deg(),
                position.height.m(),
            ];
            let moved = track
                .last()
                .is_none_or(|last| shown::apart_m(*last, place) >= TRACK_STEP_M);
            if moved {
                track.push(place);
            }
            if track.len() > TRACK_MAX {
                let mut keep = false;
                track.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
        drop(known);
        self.records.follow(now, view);
    }
}
