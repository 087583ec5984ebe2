//! All vehicles on all links.

use crate::alerts::Alert;
use crate::checks::{self, Checks};
use crate::commands::{Command, Operator};
use crate::craft::Craft;
use crate::effect::{AuditRecord, Effect, LinkId, VehicleId};
use crate::flight::Flight;
use crate::guards;
use crate::loading::Loading;
use crate::view::{LoadState, VehicleView};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use whimbrel_link::gcs::VehicleState;
use whimbrel_link::messages::{Heartbeat, Timesync};
use whimbrel_link::quirks::Class;
use whimbrel_link::{Frame, Message, Parser, Sender, mav};
use whimbrel_mission::Mission;

/// Our system id, as ground stations have it.
pub const GCS_SYSTEM: u8 = 255;
/// Our component id.
pub const GCS_COMPONENT: u8 = mav::component::MISSIONPLANNER;
/// Vehicles that are followed; more are taken in only in the place of silent ones.
pub const VEHICLES_MAX: usize = 250;
/// A disarmed vehicle that is silent for so long is forgotten when another one wants its place; one that was last heard
/// armed never is.
pub const VEHICLE_SILENT: Duration = Duration::from_secs(600);
/// Links that are followed; more are followed only in the place of silent ones.
pub const LINKS_MAX: usize = 256;
/// A link that is silent for so long is let go when another one wants its place, unless its vehicle was last heard
/// armed.
pub const LINK_SILENT: Duration = Duration::from_secs(60);
/// Our heartbeat: vehicles take action when it stops.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// Guards look at least this often.
const WATCH_INTERVAL: Duration = Duration::from_millis(500);

/// Why an order was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// No such vehicle.
    #[error("there is no vehicle {0}; wait until it is heard or check its link")]
    NoVehicle(VehicleId),
    /// The operator may not.
    #[error("{who} may not {what}: it needs the role of a pilot")]
    NotAllowed {
        /// The operator.
        who: String,
        /// The order.
        what: &'static str,
    },
    /// It would be wrong now.
    #[error("{0}")]
    Refused(String),
}

/// The answer to an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Taken, or why not. Taken does not mean done: that is told by the
    /// vehicle's view, the audit log and alerts.
    pub outcome: Result<(), FleetError>,
    /// What the shell has to do.
    pub effects: Vec<Effect>,
}

struct Link {
    parser: Parser,
    sender: Sender,
    heartbeat_at: Duration,
    heard_at: Duration,
}

/// All vehicles on all links.
#[derive(Default)]
pub struct Fleet {
    links: BTreeMap<LinkId, Link>,
    crafts: BTreeMap<VehicleId, Craft>,
    /// Vehicles found so far: each has alerts' ids of its own.
    found: usize,
    watched_at: Duration,
}

impl Fleet {
    /// A fleet without links.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a link: our heartbeat goes out on it from now on. False when
    /// there are [`LINKS_MAX`] and none of them was silent for [`LINK_SILENT`].
    pub fn add_link(&mut self, now: Duration, link: LinkId) -> bool {
        if self.links.contains_key(&link) {
            return true;
        }
        if self.links.len() >= LINKS_MAX {
            let Some(silent) = self.silent_link(now) else {
                return false;
            };
            self.close_link(silent);
        }
        self.links.entry(link).or_insert_with(|| Link {
            parser: Parser::new(),
            sender: Sender::new(GCS_SYSTEM, GCS_COMPONENT),
            heartbeat_at: now,
            heard_at: now,
        });
        true
    }

    /// Takes bytes from a link; an unknown one is opened.
    pub fn handle(&mut self, now: Duration, link: LinkId, bytes: &[u8]) -> Vec<Effect> {
        if !self.add_link(now, link) {
            return vec![];
        }
        let mut frames = vec![];
        if let Some(open) = self.links.get_mut(&link) {
            open.heard_at = now;
            open.parser.push(bytes);
            while let Some(found) = open.parser.next() {
                // Noise is counted by the gaps that it leaves.
                frames.extend(found.ok());
            }
        }
        let mut effects = vec![];
        let mut changed = BTreeSet::new();
        for frame in &frames {
            self.take(now, link, frame, &mut effects, &mut changed);
        }
        for id in changed {
            self.drain(now, id, &mut effects);
            effects.push(Effect::Changed(id));
        }
        effects
    }

    fn take(
        &mut self,
        now: Duration,
        link: LinkId,
        frame: &Frame,
        effects: &mut Vec<Effect>,
        changed: &mut BTreeSet<VehicleId>,
    ) {
        let system = frame.header.system;
        let id = VehicleId { link, system };
        if let Message::Timesync(m) = &frame.message
            && m.tc1 == 0
        {
            let reply = Timesync {
                tc1: i64::try_from(now.as_nanos()).unwrap_or(i64::MAX),
                ts1: m.ts1,
            };
            self.send(link, &reply.into(), effects);
        }
        if let Some(craft) = self.crafts.get_mut(&id) {
            craft.handle(now, frame);
            changed.insert(id);
            return;
        }
        if system == 0 {
            return;
        }
        if let Some(state) = VehicleState::from_heartbeat(now, frame) {
            if self.crafts.len() >= VEHICLES_MAX {
                let Some(silent) = self.longest_silent(now) else {
                    return;
                };
                self.forget(silent, effects);
            }
            self.found += 1;
            let mut craft = Craft::new(now, id, self.found, state);
            let what = format!("{} on link {}", craft.state.autopilot.name(), link.0);
            craft.record(now, "whimbrel", "vehicle.found", what);
            self.crafts.insert(id, craft);
            changed.insert(id);
        }
    }

    /// Does what is due by now.
    pub fn tick(&mut self, now: Duration) -> Vec<Effect> {
        let mut effects = vec![];
        let beating: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, l)| now >= l.heartbeat_at)
            .map(|(id, _)| *id)
            .collect();
        for id in beating {
            self.send(id, &heartbeat(), &mut effects);
            if let Some(link) = self.links.get_mut(&id) {
                link.heartbeat_at = now + HEARTBEAT_INTERVAL;
            }
        }
        let ids: Vec<VehicleId> = self.crafts.keys().copied().collect();
        for id in ids {
            if let Some(craft) = self.crafts.get_mut(&id) {
                guards::watch(now, craft);
            }
            self.drain(now, id, &mut effects);
        }
        self.watched_at = now;
        effects
    }

    /// When [`Fleet::tick`] should be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let beats = self.links.values().map(|l| l.heartbeat_at);
        let crafts = self.crafts.values().filter_map(Craft::next_deadline);
        let watch = (!self.crafts.is_empty()).then_some(self.watched_at + WATCH_INTERVAL);
        beats.chain(crafts).chain(watch).min()
    }

    /// Forgets a link that has gone, so that another may take its place. Its vehicles stay and grow old: the operator
    /// must see that they are not heard.
    pub fn close_link(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// The link that was silent for longest, if any was for long. One to a vehicle that was last heard armed stays: it
    /// may hear us though we do not hear it.
    fn silent_link(&self, now: Duration) -> Option<LinkId> {
        let armed: BTreeSet<LinkId> = self
            .crafts
            .values()
            .filter(|c| c.state.armed)
            .map(|c| c.id.link)
            .collect();
        let silent = |(id, link): &(&LinkId, &Link)| {
            now >= link.heard_at + LINK_SILENT && !armed.contains(id)
        };
        let silent = self.links.iter().filter(silent);
        silent.min_by_key(|(_, l)| l.heard_at).map(|(id, _)| *id)
    }

    fn longest_silent(&self, now: Duration) -> Option<VehicleId> {
        let silent = |c: &&Craft| !c.state.armed && now >= c.state.heard_at + VEHICLE_SILENT;
        let silent = self.crafts.values().filter(silent);
        silent.min_by_key(|c| c.state.heard_at).map(|c| c.id)
    }

    fn forget(&mut self, vehicle: VehicleId, effects: &mut Vec<Effect>) {
        if let Some(mut craft) = self.crafts.remove(&vehicle) {
            craft.board.end_all();
            effects.extend(craft.board.take_changes().into_iter().map(Effect::Alert));
            effects.push(Effect::Forgotten(vehicle));
        }
    }

    /// Takes a vehicle off the board, because the same aircraft has come back on another link. It is taken in anew
    /// when it is heard here again.
    pub fn replace(&mut self, vehicle: VehicleId) -> Vec<Effect> {
        let mut effects = vec![];
        self.forget(vehicle, &mut effects);
        effects
    }

    /// What [`Fleet::command`] would record of an order now, and its outcome; nothing is done. The shell records it
    /// first and gives the order when that has succeeded.
    pub fn consider(
        &self,
        now: Duration,
        operator: &Operator,
        vehicle: VehicleId,
        command: &Command,
    ) -> (AuditRecord, Result<(), FleetError>) {
        let outcome = self.permit(now, operator, vehicle, command);
        (
            record_of(now, operator, vehicle, command, &outcome),
            outcome,
        )
    }

    fn permit(
        &self,
        now: Duration,
        operator: &Operator,
        vehicle: VehicleId,
        command: &Command,
    ) -> Result<(), FleetError> {
        let info = command.info();
        if operator.role < info.role {
            return Err(FleetError::NotAllowed {
                who: operator.name.clone(),
                what: info.name,
            });
        }
        let craft = self
            .crafts
            .get(&vehicle)
            .ok_or(FleetError::NoVehicle(vehicle))?;
        refuse_if_wrong(now, craft, command).map_err(FleetError::Refused)
    }

    /// Takes an order. Whatever becomes of it, it is recorded: that record is the first effect.
    pub fn command(
        &mut self,
        now: Duration,
        operator: &Operator,
        vehicle: VehicleId,
        command: Command,
    ) -> Reply {
        let (record, outcome) = self.consider(now, operator, vehicle, &command);
        if outcome.is_ok() {
            self.order(now, operator, vehicle, command);
        }
        let mut effects = vec![Effect::Audit(record)];
        self.drain(now, vehicle, &mut effects);
        if self.crafts.contains_key(&vehicle) {
            effects.push(Effect::Changed(vehicle));
        }
        Reply { outcome, effects }
    }

    fn order(&mut self, now: Duration, operator: &Operator, vehicle: VehicleId, command: Command) {
        let info = command.info();
        let Some(craft) = self.crafts.get_mut(&vehicle) else {
            return;
        };
        let ends_order = !matches!(command, Command::Verify(_));
        if let Some(before) = craft.flight.take_if(|_| ends_order) {
            let (who, verb) = (before.who().to_owned(), before.command().info().verb);
            craft.record(now, &who, verb, format!("ended by {}", info.name));
        }
        match command {
            Command::Upload(upload) => Loading::begin(craft, &operator.name, *upload, false),
            Command::Verify(upload) => Loading::begin(craft, &operator.name, *upload, true),
            other => Flight::begin(craft, &operator.name, &other),
        }
    }

    /// Runs a vehicle's machines and takes what they have to say.
    fn drain(&mut self, now: Duration, id: VehicleId, effects: &mut Vec<Effect>) {
        let mut out = vec![];
        if let Some(craft) = self.crafts.get_mut(&id) {
            craft.tick(now, &mut out);
            effects.extend(craft.photo_events.drain(..).map(Effect::Photo));
            effects.extend(craft.audit.drain(..).map(Effect::Audit));
            effects.extend(craft.board.take_changes().into_iter().map(Effect::Alert));
        }
        for message in out {
            self.send(id.link, &message, effects);
        }
    }

    fn send(&mut self, link: LinkId, message: &Message, effects: &mut Vec<Effect>) {
        if let Some(open) = self.links.get_mut(&link) {
            let bytes = open.sender.encode(message);
            effects.push(Effect::Send { link, bytes });
        }
    }

    /// Everything known about all vehicles, by id.
    #[must_use]
    pub fn vehicles(&self, now: Duration) -> Vec<VehicleView> {
        self.crafts.values().map(|c| c.view(now)).collect()
    }

    /// Everything known about one vehicle.
    #[must_use]
    pub fn vehicle(&self, now: Duration, id: VehicleId) -> Option<VehicleView> {
        self.crafts.get(&id).map(|c| c.view(now))
    }

    /// The pre-flight list of a vehicle.
    #[must_use]
    pub fn checks(&self, now: Duration, id: VehicleId) -> Option<Checks> {
        self.crafts.get(&id).map(|c| checks::run(now, c))
    }

    /// The mission that was loaded into a vehicle by us, once it is verified.
    #[must_use]
    pub fn mission(&self, id: VehicleId) -> Option<&Mission> {
        let loaded = self.crafts.get(&id)?.loaded.as_ref()?;
        (loaded.mission_state == LoadState::Verified).then_some(&loaded.upload.mission)
    }

    /// The alerts that are active.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        let all = self.crafts.values().flat_map(|c| c.board.active());
        all.cloned().collect()
    }
}

fn heartbeat() -> Message {
    Heartbeat {
        r#type: mav::kind::GCS,
        autopilot: mav::autopilot::INVALID,
        base_mode: 0,
        custom_mode: 0,
        system_status: mav::state::ACTIVE,
        mavlink_version: 3,
    }
    .into()
}

fn record_of(
    now: Duration,
    operator: &Operator,
    vehicle: VehicleId,
    command: &Command,
    outcome: &Result<(), FleetError>,
) -> AuditRecord {
    let what = describe(command);
    let detail = match outcome {
        Ok(()) => format!("ordered{what}"),
        Err(e) => format!("refused{what}: {e}"),
    };
    AuditRecord {
        at: now,
        who: operator.name.clone(),
        verb: command.info().verb,
        vehicle,
        detail,
    }
}

fn describe(command: &Command) -> String {
    match command {
        Command::Upload(u) | Command::Verify(u) => format!(" {} sortie {}", u.plan, u.sortie + 1),
        Command::SetSpeed { speed_m_s } => format!(" {speed_m_s} m/s"),
        _ => String::new(),
    }
}

/// Orders that would be wrong now, with the reason.
fn refuse_if_wrong(now: Duration, craft: &Craft, command: &Command) -> Result<(), String> {
    let flying = craft.state.armed || craft.state.in_air();
    let busy = craft.flight.is_some();
    let verified = craft
        .loaded
        .as_ref()
        .is_some_and(|l| l.mission_state == LoadState::Verified);
    let say = |text: &str| Err(text.to_owned());
    match command {
        Command::Upload(_) if flying => say("the vehicle is armed; land and disarm it first"),
        Command::Upload(_) | Command::Verify(_) if craft.loading.is_some() => {
            say("another upload is still going on; wait until it has ended")
        }
        Command::Upload(u) | Command::Verify(u) if u.mission.items.is_empty() => {
            say("the mission has no items")
        }
        Command::Fly | Command::Arm if busy => say("another order is still being carried out"),
        Command::Fly => match checks::run(now, craft).first_failure() {
            Some(check) => Err(format!("{}: {}", check.label, check.detail)),
            None => Ok(()),
        },
        Command::Arm => {
            let checks = checks::run(now, craft);
            let own = ["link", "gps", "autopilot"];
            let failed = checks
                .0
                .iter()
                .find(|c| own.contains(&c.name) && c.ok == Some(false));
            failed.map_or(Ok(()), |c| Err(format!("{}: {}", c.label, c.detail)))
        }
        Command::Start if !craft.state.armed => say("the vehicle is not armed; use Fly"),
        Command::Start | Command::Resume if !verified => {
            say("no verified mission is on board; upload one")
        }
        Command::Resume if !craft.state.in_air() => say("the vehicle is not in the air; use Fly"),
        Command::Hold | Command::Return | Command::Land if !flying && !busy => {
            say("the vehicle is not flying")
        }
        Command::Land if craft.state.class == Class::FixedWing && no_landing(craft) => {
            say("a fixed wing cannot land just anywhere; use Return")
        }
        Command::Disarm if craft.state.in_air() => say("the vehicle is in the air; land it first"),
        Command::SetSpeed { speed_m_s } if !(0.5..=60.0).contains(speed_m_s) => {
            say("a speed is between 0.5 and 60 m/s")
        }
        Command::SetSpeed { .. } if !flying => say("the vehicle is not flying"),
        _ => Ok(()),
    }
}

/// ArduPilot's aeroplanes land by a mission's landing or not at all.
fn no_landing(craft: &Craft) -> bool {
    craft.state.autopilot == whimbrel_link::quirks::Autopilot::ArduPilot
}
