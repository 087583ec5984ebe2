//! An aircraft as a ground station meets it: MAVLink bytes in, MAVLink bytes out.
//!
//! It answers as ArduPilot 4.6.3 and PX4 1.18 were measured to (`link::quirks`), with the autopilot
//! of [`crate::autopilot`] behind it.

mod commands;
mod motion;
mod params;
mod telemetry;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use whimbrel_geo::Terrain;
use whimbrel_link::messages as m;
use whimbrel_link::quirks::{Class, PlanKind};
use whimbrel_link::vehicle::{
    CommandServer, MissionEvent, MissionServer, ParamServer, Streams, Verdict, is_for, status_text,
};
use whimbrel_link::{Frame, Message, Parser, Sender, mav};
use whimbrel_mission::{Item, fence_from_items};

pub use crate::flight::{AircraftConfig, Event, Shutter};

use crate::airframe::AirframeError;
use crate::autopilot::mode::Mode;
use crate::autopilot::{Kind, Notice, Refusal};
use crate::flight::{Flight, MAX_EVENTS};
use crate::plant::{STEP_US, State};
use crate::wind::Wind;

/// Messages that wait to be sent; the oldest go first when there are more, as on a slow link.
pub const MAX_OUTBOX: usize = 4_096;
/// Steps done in one call of [`Aircraft::advance`]; the rest follows with the next.
pub const MAX_STEPS_AT_ONCE: u32 = 1_000_000;
/// Seconds after boot until ArduPilot's storage is up (before, uploads get "Only 0 items").
const STORAGE_UP_S: f64 = 1.5;
/// Longest text of one STATUSTEXT.
const TEXT_BYTES: usize = 50;

/// An aircraft with its link.
pub struct Aircraft {
    flight: Flight,
    config: AircraftConfig,
    parser: Parser,
    sender: Sender,
    missions: MissionServer,
    params: ParamServer,
    commands: CommandServer,
    streams: Streams,
    outbox: VecDeque<Message>,
    events: VecDeque<Event>,
    text_id: u16,
    image_total: i32,
    told_home: bool,
}

impl Aircraft {
    /// An aircraft that boots at `config.start`.
    ///
    /// # Errors
    /// A vehicle that cannot fly.
    pub fn new(config: AircraftConfig, terrain: Arc<dyn Terrain>) -> Result<Self, AirframeError> {
        let flight = Flight::new(&config, terrain)?;
        let (kind, class) = (flight.autopilot().kind(), flight.autopilot().class());
        let mut missions = MissionServer::new(kind, class);
        missions.set_storage_ready(kind != Kind::ArduPilot);
        let values = params::table(kind, class, &config, &flight);
        let params = ParamServer::new(kind, &values);
        Ok(Self {
            parser: Parser::new(),
            sender: Sender::new(config.system_id, mav::component::AUTOPILOT1),
            missions,
            params,
            commands: CommandServer::new(),
            streams: Streams::new(config.start, kind),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            text_id: 0,
            image_total: 0,
            told_home: false,
            flight,
            config,
        })
    }

    /// The flight without its link.
    pub fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Truth.
    pub fn truth(&self) -> State {
        *self.flight.state()
    }

    /// Time of the last step.
    pub fn time(&self) -> Duration {
        self.flight.time()
    }

    /// What happened since the last call.
    pub fn events(&mut self) -> impl Iterator<Item = Event> + '_ {
        self.events.drain(..)
    }

    /// What it holds of a plan, as it keeps items.
    pub fn plan_items(&self, plan: PlanKind) -> &[Item] {
        self.missions.items(plan)
    }

    /// Changes the wind.
    pub fn set_wind(&mut self, wind: Wind) {
        self.flight.set_wind(wind);
    }

    /// When [`Aircraft::advance`] should be called next.
    pub fn next_deadline(&self) -> Duration {
        if self.outbox.is_empty() {
            self.flight.time() + Duration::from_micros(STEP_US)
        } else {
            self.flight.time()
        }
    }

    /// Steps the world up to `now`.
    pub fn advance(&mut self, now: Duration) {
        let step = Duration::from_micros(STEP_US);
        for _ in 0..MAX_STEPS_AT_ONCE {
            if self.flight.time() + step > now {
                return;
            }
            self.flight.step();
            self.serve();
        }
    }

    /// The next datagram to send: one MAVLink frame.
    pub fn poll(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.advance(now);
        let message = self.outbox.pop_front()?;
        Some(self.sender.encode(&message))
    }

    /// Takes bytes from the link. Broken frames are skipped, as autopilots do.
    pub fn handle(&mut self, now: Duration, bytes: &[u8]) {
        self.advance(now);
        self.parser.push(bytes);
        while let Some(frame) = self.parser.next() {
            if let Ok(frame) = frame {
                self.take(&frame);
            }
        }
        self.collect();
    }

    fn take(&mut self, frame: &Frame) {
        if frame.header.system == self.config.system_id
            || !is_for(frame, self.config.system_id, mav::component::AUTOPILOT1)
        {
            return;
        }
        let now = self.flight.time();
        match &frame.message {
            Message::Heartbeat(h) => {
                if h.r#type == mav::kind::GCS {
                    self.flight.autopilot_mut().ground_heard();
                }
            }
            Message::Ping(p) if p.target_system == 0 => {
                let (target_system, target_component) =
                    (frame.header.system, frame.header.component);
                self.send(m::Ping {
                    target_system,
                    target_component,
                    ..*p
                });
            }
            Message::Timesync(t) if t.tc1 == 0 => {
                let tc1 = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
                self.send(m::Timesync { tc1, ts1: t.ts1 });
            }
            Message::SetMode(s) => {
                let result = self.set_mode(s.custom_mode);
                self.say_refusal(&result);
            }
            Message::FileTransferProtocol(f) => self.refuse_file(frame, f),
            Message::MissionItemInt(item)
                if item.current == 2 && self.config.autopilot == Kind::ArduPilot =>
            {
                self.guided_item(item);
            }
            Message::SetPositionTargetGlobalInt(t) => self.guided_target(t),
            _ => {
                self.missions.handle(now, frame);
                self.params.handle(now, frame);
                self.streams.handle(now, frame);
                if let Some(request) = self.commands.handle(now, frame) {
                    let result = self.execute(&request);
                    self.commands.acknowledge(now, &request, result, 0);
                }
            }
        }
    }

    /// There are no files here: says so at once, so that clients fall back to the messages.
    fn refuse_file(&mut self, frame: &Frame, f: &m::FileTransferProtocol) {
        const NAK: u8 = 129;
        const FILE_NOT_FOUND: u8 = 10;
        const DATA: usize = 12;
        let mut payload = [0u8; 251];
        let sequence = u16::from_le_bytes([f.payload[0], f.payload[1]])
            .wrapping_add(1)
            .to_le_bytes();
        payload[0] = sequence[0];
        payload[1] = sequence[1];
        payload[2] = f.payload[2];
        payload[3] = NAK;
        payload[4] = 1;
        payload[5] = f.payload[3];
        payload[DATA] = FILE_NOT_FOUND;
        self.send(m::FileTransferProtocol {
            target_network: 0,
            target_system: frame.header.system,
            target_component: frame.header.component,
            payload,
        });
    }

    /// After a step: events, plans, parameters, telemetry.
    fn serve(&mut self) {
        let now = self.flight.time();
        if self.config.autopilot == Kind::ArduPilot && self.flight.since_boot_s() >= STORAGE_UP_S {
            self.missions.set_storage_ready(true);
        }
        if !self.told_home && self.flight.autopilot().ready() {
            self.told_home = true;
            let home = self.flight.autopilot().home();
            self.missions.set_home(Item::waypoint(home, 0.0));
        }
        self.missions.set_in_use(
            self.flight.autopilot().armed() && self.flight.autopilot().mode() == Mode::Mission,
        );
        while let Some(event) = self.flight.next_event() {
            self.report(&event);
            if self.events.len() >= MAX_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back(event);
        }
        self.collect();
        while let Some(id) = self.streams.due(now) {
            if let Some(message) = telemetry::message(self, id) {
                self.push(message);
            }
        }
    }

    /// Gathers what the services have to say and what the ground has changed.
    fn collect(&mut self) {
        let now = self.flight.time();
        while let Some(message) = self.missions.poll(now) {
            self.push(message);
        }
        let flyable = matches!(self.missions.verdict(), Verdict::Flyable);
        self.flight.autopilot_mut().set_mission_ok(flyable);
        while let Some(event) = self.missions.next_event() {
            match event {
                MissionEvent::Changed(plan) => self.plan_changed(plan),
                MissionEvent::SetCurrent(seq) => {
                    if let Some(index) = self.missions.index(seq) {
                        self.flight.autopilot_mut().set_current(index);
                        self.streams.once(m::MissionCurrent::ID);
                    }
                }
            }
        }
        while let Some(message) = self.params.poll(now) {
            self.push(message);
        }
        let mut changed = false;
        while self.params.next_change().is_some() {
            changed = true;
        }
        if changed {
            params::apply(&self.params, &mut self.flight);
        }
        while let Some(message) = self.commands.poll() {
            self.push(message);
        }
        while let Some(message) = self.streams.poll() {
            self.push(message);
        }
    }

    fn plan_changed(&mut self, plan: PlanKind) {
        let items = self.missions.items(plan).to_vec();
        let autopilot = self.flight.autopilot_mut();
        match plan {
            PlanKind::Mission => autopilot.load_mission(items),
            PlanKind::Fence => autopilot.load_fence(fence_from_items(&items).unwrap_or_default()),
            PlanKind::Rally => autopilot.load_rally(items),
        }
    }

    fn report(&mut self, event: &Event) {
        match event {
            Event::Said { notice, .. } => self.say(notice),
            Event::Reached { index, .. } => {
                let seq = self.missions.wire_seq(*index);
                self.send(m::MissionItemReached { seq });
                self.streams.once(m::MissionCurrent::ID);
            }
            Event::Shutter(shutter) => {
                let message = telemetry::shutter(self, shutter);
                self.push(message);
                self.image_total += 1;
            }
            Event::Landed { .. } | Event::TookOff { .. } if self.config.autopilot == Kind::Px4 => {
                self.streams.once(m::ExtendedSysState::ID);
            }
            // Both send a heartbeat at once when mode or arming changes.
            Event::Mode { .. } | Event::Armed { .. } | Event::Disarmed { .. } => {
                self.streams.once(m::Heartbeat::ID);
            }
            _ => {}
        }
    }

    fn say(&mut self, notice: &Notice) {
        if notice.text.len() <= TEXT_BYTES {
            self.push(status_text(notice.severity, &notice.text));
            return;
        }
        // Longer texts go in chunks under one number (mavlink.io, STATUSTEXT).
        self.text_id = self.text_id.wrapping_add(1).max(1);
        for (i, chunk) in notice.text.as_bytes().chunks(TEXT_BYTES).enumerate() {
            let text = String::from_utf8_lossy(chunk);
            self.send(m::Statustext {
                severity: notice.severity,
                text: text.as_ref().into(),
                id: self.text_id,
                chunk_seq: u8::try_from(i).unwrap_or(u8::MAX),
            });
        }
    }

    fn say_refusal(&mut self, result: &Result<(), Refusal>) -> u8 {
        match result {
            Ok(()) => mav::result::ACCEPTED,
            Err(refusal) => {
                if let Some(text) = &refusal.text {
                    let severity = mav::severity::CRITICAL;
                    self.say(&Notice {
                        severity,
                        text: text.clone(),
                    });
                }
                refusal.result
            }
        }
    }

    fn send(&mut self, message: impl Into<Message>) {
        self.push(message.into());
    }

    fn push(&mut self, message: Message) {
        if self.outbox.len() >= MAX_OUTBOX {
            self.outbox.pop_front();
        }
        self.outbox.push_back(message);
    }

    fn class(&self) -> Class {
        self.flight.autopilot().class()
    }
}
