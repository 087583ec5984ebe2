//! One vehicle as the ground sees it.

use crate::alerts::{AlertKind, Board, Level};
use crate::commands::Upload;
use crate::effect::{AuditRecord, PhotoEvent, VehicleId};
use crate::flight::Flight;
use crate::loading::Loading;
use crate::view::{LoadState, MissionView, Phase, TextLine, VehicleView};
use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use whimbrel_geo::{Amsl, Height, LatLon, Position};
use whimbrel_link::gcs::{
    Commander, Outcome, Target, Texts, Ticket, VehicleState, first_questions, rate_orders,
};
use whimbrel_link::mav::{cmd, severity};
use whimbrel_link::messages::{CameraFeedback, CameraImageCaptured};
use whimbrel_link::quirks::{Role, personality};
use whimbrel_link::{Frame, Message};

/// Texts that are kept for show.
pub const TEXTS_KEPT: usize = 20;
/// Photos whose numbers are remembered, so that none counts twice.
pub const PHOTOS_REMEMBERED: usize = 50_000;
/// Heartbeats without positions for this long: the streams are asked for again.
const STREAMS_MISSING: Duration = Duration::from_secs(6);
/// Time between such askings.
const STREAMS_RETRY: Duration = Duration::from_secs(15);
/// A complaint counts as the reason of a refusal for this long.
const COMPLAINT_FRESH: Duration = Duration::from_secs(35);

/// What was loaded into the vehicle by us.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub upload: Upload,
    pub mission_state: LoadState,
    pub fence_state: LoadState,
}

/// One vehicle.
pub(crate) struct Craft {
    pub id: VehicleId,
    pub state: VehicleState,
    pub target: Target,
    pub commander: Commander,
    pub loading: Option<Loading>,
    pub flight: Option<Flight>,
    pub loaded: Option<Loaded>,
    pub board: Board,
    pub audit: Vec<AuditRecord>,
    pub photo_events: Vec<PhotoEvent>,
    pub texts: VecDeque<TextLine>,
    pub outcomes: Vec<(Ticket, Outcome)>,
    /// The mode that we asked for last, to notice others.
    pub wanted_role: Option<Role>,
    pub has_flown: bool,
    assembler: Texts,
    photos: BTreeSet<i32>,
    photo_count: u32,
    streams_asked_at: Duration,
    rate_tickets: BTreeSet<Ticket>,
    first_heard: Duration,
}

impl Craft {
    pub fn new(now: Duration, id: VehicleId, number: usize, state: VehicleState) -> Self {
        let target = Target {
            system: state.system,
            component: state.component,
            autopilot: state.autopilot,
            class: state.class,
        };
        let mut craft = Self {
            id,
            state,
            target,
            commander: Commander::new(target),
            loading: None,
            flight: None,
            loaded: None,
            board: Board::new(id, number),
            audit: vec![],
            photo_events: vec![],
            texts: VecDeque::new(),
            outcomes: vec![],
            wanted_role: None,
            has_flown: false,
            assembler: Texts::default(),
            photos: BTreeSet::new(),
            photo_count: 0,
            streams_asked_at: now,
            rate_tickets: BTreeSet::new(),
            first_heard: now,
        };
        for order in first_questions() {
            craft.commander.send(order);
        }
        craft.ask_for_streams(now);
        craft
    }

    fn ask_for_streams(&mut self, now: Duration) {
        self.streams_asked_at = now;
        self.commander.forget(cmd::SET_MESSAGE_INTERVAL);
        self.rate_tickets.clear();
        for order in rate_orders(self.state.autopilot) {
            self.rate_tickets.extend(self.commander.send(order));
        }
    }

    /// Takes a frame of this vehicle. True when there is something to show.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        let role_before = self.state.mode().map(|m| m.role);
        let was_flying = self.state.in_air();
        self.state.handle(now, frame);
        let flying = self.state.in_air();
        self.has_flown |= flying && self.state.armed;
        if was_flying && !flying {
            self.wanted_role = None;
        }
        self.commander.handle(now, frame);
        while let Some((ticket, outcome)) = self.commander.next_outcome() {
            self.ended(ticket, outcome);
        }
        if let Some(loading) = &mut self.loading {
            loading.handle(now, frame);
        }
        match &frame.message {
            Message::Statustext(m) => {
                if let Some((severity, text)) = self.assembler.take(m) {
                    self.said(now, severity, text);
                }
            }
            Message::CameraFeedback(m) => self.photo(from_feedback(self.id, now, m)),
            Message::CameraImageCaptured(m) if m.capture_result != 0 => {
                self.photo(from_captured(self.id, now, m));
            }
            Message::Heartbeat(_) => self.notice_mode(now, role_before),
            _ => {}
        }
    }

    /// Says a word when the mode changed in flight without our asking.
    fn notice_mode(&mut self, now: Duration, before: Option<Role>) {
        let role = self.state.mode().map(|m| m.role);
        let (Some(wanted), Some(role)) = (self.wanted_role, role) else {
            return;
        };
        // An autopilot that finished its mission returns and lands by itself.
        let own_end = matches!(role, Role::Return | Role::Land)
            && matches!(wanted, Role::Mission | Role::Return);
        if before != Some(role) && role != wanted && !own_end && self.flight.is_none() {
            let name = self.state.mode().map_or("another mode", |m| m.name);
            let text = format!("The vehicle changed to {name} without being told from here");
            let action = "Ask the pilot at the remote control; read the vehicle's messages";
            self.board
                .raise(now, AlertKind::ModeChanged, Level::Caution, text, action);
            self.wanted_role = None;
        }
    }

    fn ended(&mut self, ticket: Ticket, outcome: Outcome) {
        if self.rate_tickets.remove(&ticket) {
            if outcome == Outcome::NoAnswer {
                // It does not know this command: not asked for the others.
                self.commander.forget(cmd::SET_MESSAGE_INTERVAL);
                self.rate_tickets.clear();
            }
            return;
        }
        self.outcomes.push((ticket, outcome));
    }

    fn said(&mut self, now: Duration, severity: u8, text: String) {
        if let Some(loading) = &mut self.loading {
            loading.heard_text(&text);
        }
        if severity <= whimbrel_link::mav::severity::CRITICAL && self.state.armed {
            let action = "Read it; Return or Land if in doubt";
            self.board.end(AlertKind::VehicleSays);
            self.board.raise(
                now,
                AlertKind::VehicleSays,
                Level::Warning,
                text.clone(),
                action,
            );
        }
        if self.texts.len() >= TEXTS_KEPT {
            self.texts.pop_front();
        }
        self.texts.push_back(TextLine {
            at: now,
            severity,
            text,
        });
    }

    /// What the vehicle complained about last.
    pub fn last_complaint(&self) -> Option<&str> {
        let fresh = |l: &&TextLine| {
            l.severity <= severity::WARNING
                && self.state.heard_at.saturating_sub(l.at) < COMPLAINT_FRESH
        };
        self.texts.iter().rev().find(fresh).map(|l| l.text.as_str())
    }

    fn photo(&mut self, event: PhotoEvent) {
        if !self.photos.insert(event.index) {
            return;
        }
        if self.photos.len() > PHOTOS_REMEMBERED {
            self.photos.pop_first();
        }
        self.photo_count += 1;
        self.photo_events.push(event);
    }

    /// Does what is due; messages to send are pushed to `out`.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Message>) {
        self.watch_streams(now);
        crate::loading::step(self, now, out);
        crate::flight::step(self, now);
        while let Some(message) = self.commander.poll(now) {
            out.push(message);
        }
        while let Some((ticket, outcome)) = self.commander.next_outcome() {
            self.ended(ticket, outcome);
        }
    }

    fn watch_streams(&mut self, now: Duration) {
        let position_at = self.state.motion.position_at.unwrap_or(self.first_heard);
        let silent = now.saturating_sub(position_at) > STREAMS_MISSING;
        let alive = now.saturating_sub(self.state.heartbeat_at) < STREAMS_MISSING / 2;
        let due = now.saturating_sub(self.streams_asked_at) > STREAMS_RETRY;
        if silent && alive && due {
            self.ask_for_streams(now);
        }
    }

    /// When [`Craft::tick`] should be called next.
    pub fn next_deadline(&self) -> Option<Duration> {
        let loading = self.loading.as_ref().and_then(Loading::next_deadline);
        let flight = self.flight.as_ref().and_then(Flight::next_deadline);
        [self.commander.next_deadline(), loading, flight]
            .into_iter()
            .flatten()
            .min()
    }

    /// Records what was done to this vehicle.
    pub fn record(&mut self, now: Duration, who: &str, verb: &'static str, detail: String) {
        self.audit.push(AuditRecord {
            at: now,
            who: who.to_owned(),
            verb,
            vehicle: self.id,
            detail,
        });
    }

    /// Tells that an order was not carried out.
    pub fn failed(&mut self, now: Duration, text: String, action: &'static str) {
        self.board.end(AlertKind::OrderFailed);
        self.board
            .raise(now, AlertKind::OrderFailed, Level::Caution, text, action);
    }

    fn phase(&self) -> Phase {
        let role = self.state.mode().map(|m| m.role);
        let busy = self.loading.is_some() || self.flight.is_some();
        if !self.state.in_air() {
            return match (self.state.armed, busy, self.has_flown) {
                (true, ..) => Phase::Armed,
                (false, true, _) => Phase::Preparing,
                (false, false, true) => Phase::Landed,
                (false, false, false) => Phase::Idle,
            };
        }
        let landing = self.state.landed == whimbrel_link::mav::landed::LANDING;
        match role {
            Some(Role::Mission) if self.current_item() == 0 => Phase::Climbing,
            Some(Role::Mission) if landing => Phase::Landing,
            Some(Role::Mission) => Phase::Surveying,
            Some(Role::Takeoff) => Phase::Climbing,
            Some(Role::Return) => Phase::Returning,
            Some(Role::Land) => Phase::Landing,
            _ => Phase::Holding,
        }
    }

    /// The planned item being flown.
    fn current_item(&self) -> usize {
        let slot = usize::from(personality(self.state.autopilot).home_slot);
        usize::from(self.state.mission.current).saturating_sub(slot)
    }

    fn mission_view(&self) -> MissionView {
        let count = self
            .loaded
            .as_ref()
            .map_or(0, |l| l.upload.mission.items.len());
        let current = self.current_item().min(count);
        let (state, detail, loading) = match (&self.loading, &self.loaded) {
            (Some(loading), _) => (
                LoadState::Uploading,
                loading.detail(),
                Some(loading.progress()),
            ),
            (None, Some(loaded)) => {
                let detail = match &loaded.mission_state {
                    LoadState::Failed(why) => why.clone(),
                    _ => self.flight.as_ref().map(Flight::detail).unwrap_or_default(),
                };
                (loaded.mission_state.clone(), detail, None)
            }
            (None, None) => (LoadState::None, String::new(), None),
        };
        let flown = if count == 0 {
            0.0
        } else {
            current as f64 / count as f64
        };
        MissionView {
            plan: self.loaded.as_ref().map(|l| l.upload.plan.clone()),
            sortie: self.loaded.as_ref().map(|l| l.upload.sortie),
            state,
            progress: loading.unwrap_or(flown),
            current,
            count,
            detail,
        }
    }

    /// Everything known.
    pub fn view(&self, now: Duration) -> VehicleView {
        let s = &self.state;
        let mode = match s.mode() {
            Some(mode) => mode.name.to_owned(),
            None => format!("MODE {}", s.custom_mode),
        };
        let used = s.battery.consumed_ah.zip(s.battery.voltage_v);
        VehicleView {
            id: self.id,
            autopilot: s.autopilot,
            class: s.class,
            version: s.version,
            serial: serial(s),
            age: now.saturating_sub(s.heard_at),
            loss: s.loss,
            signed: false,
            mode,
            armed: s.armed,
            flying: s.in_air(),
            phase: self.phase(),
            motion: s.motion,
            battery: s.battery,
            used_wh: used.map(|(ah, v)| ah * v),
            gps: s.gps,
            mission: self.mission_view(),
            photos: self.photo_count,
            home: s.home,
            messages: self.texts.iter().cloned().collect(),
        }
    }
}

/// `uid2` replaces `uid` where it is given (AUTOPILOT_VERSION).
fn serial(state: &VehicleState) -> Option<String> {
    let long = state.uid2.map(|bytes| {
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        hex
    });
    long.or_else(|| state.uid.map(|uid| format!("{uid:016x}")))
}

fn place(lat_e7: i32, lon_e7: i32, amsl_m: f64) -> Option<Position<Amsl>> {
    if lat_e7 == 0 && lon_e7 == 0 {
        return None;
    }
    let at = LatLon::from_deg(f64::from(lat_e7) / 1e7, f64::from(lon_e7) / 1e7).ok()?;
    Some(Position::new(at, Height::from_m(amsl_m)))
}

/// A time in microseconds, when it is one since 1970 and not since boot.
fn since_epoch(us: u64) -> Option<Duration> {
    const YEAR_2000_US: u64 = 946_684_800_000_000;
    (us > YEAR_2000_US).then(|| Duration::from_micros(us))
}

fn from_feedback(vehicle: VehicleId, now: Duration, m: &CameraFeedback) -> PhotoEvent {
    PhotoEvent {
        vehicle,
        heard_at: now,
        taken_at: since_epoch(m.time_usec),
        index: i32::from(m.img_idx),
        position: place(m.lat, m.lng, f64::from(m.alt_msl)),
        above_home_m: f64::from(m.alt_rel),
        attitude_rad: Some([m.roll, m.pitch, m.yaw].map(|d| f64::from(d).to_radians())),
    }
}

fn from_captured(vehicle: VehicleId, now: Duration, m: &CameraImageCaptured) -> PhotoEvent {
    PhotoEvent {
        vehicle,
        heard_at: now,
        taken_at: since_epoch(m.time_utc),
        index: m.image_index,
        position: place(m.lat, m.lon, f64::from(m.alt) / 1e3),
        above_home_m: f64::from(m.relative_alt) / 1e3,
        attitude_rad: euler(m.q),
    }
}

/// Roll, pitch and yaw of a quaternion (w, x, y, z) from body to north-east-down.
fn euler(q: [f32; 4]) -> Option<[f64; 3]> {
    let [w, x, y, z] = q.map(f64::from);
    let norm = w * w + x * x + y * y + z * z;
    if !(0.5..2.0).contains(&norm) {
        return None;
    }
    let pitch = (2.0 * (w * y - z * x) / norm).clamp(-1.0, 1.0).asin();
    let roll = (2.0 * (w * x + y * z)).atan2(norm - 2.0 * (x * x + y * y));
    let yaw = (2.0 * (w * z + x * y)).atan2(norm - 2.0 * (y * y + z * z));
    Some([roll, pitch, yaw])
}
