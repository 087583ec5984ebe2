//! Plans to the vehicle and back (mavlink.io, "Mission Protocol").
//!
//! The vehicle's word is not enough: MAVLink's items carry no transaction id,
//! so a late item or acknowledgement can be taken for a new one. Each upload
//! is therefore read back and compared, and tried again if it differs.

use super::{Rtt, Target};
use crate::messages::{
    Message, MissionAck, MissionClearAll, MissionCount, MissionItem, MissionItemInt,
    MissionRequestInt, MissionRequestList,
};
use crate::quirks::{PlanKind, personality, prepare, same_as_flown};
use crate::{Frame, mav};
use core::time::Duration;
use mav::mission_result as ack;
use std::collections::VecDeque;
use whimbrel_mission::Item;

/// Time without any progress until a transfer is given up.
pub const PROGRESS_DEADLINE: Duration = Duration::from_secs(30);
/// How often a plan is uploaded before a difference is reported.
pub const UPLOAD_ATTEMPTS: u32 = 3;
/// How often the last step is repeated before reading back decides.
const ACK_ATTEMPTS: u32 = 5;
/// How often an upload is offered to a vehicle that has no storage yet.
const STORAGE_ATTEMPTS: u32 = 20;
/// Time between such offers.
const STORAGE_RETRY: Duration = Duration::from_secs(1);
/// Items that are accepted from a vehicle.
const DOWNLOAD_MAX: u16 = 20_000;

/// Why a transfer failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TransferError {
    /// Nothing came from the vehicle for [`PROGRESS_DEADLINE`].
    #[error(
        "the {plan} transfer stopped at item {done} of {total}: the vehicle does not answer; check the link and try again"
    )]
    NoAnswer {
        /// What was transferred.
        plan: &'static str,
        /// Items done.
        done: u16,
        /// Items in all.
        total: u16,
    },
    /// The vehicle refused.
    #[error("the vehicle refused the {plan} at item {item}: {reason}{}", text_after(.text))]
    Refused {
        /// What was refused.
        plan: &'static str,
        /// The item on the wire that was sent last.
        item: u16,
        /// `MAV_MISSION_RESULT`.
        result: u8,
        /// What that means.
        reason: &'static str,
        /// What the vehicle said about it.
        text: String,
    },
    /// What was read back differs from what was sent.
    #[error(
        "the {plan} read back from the vehicle differs at item {item}; upload it again and do not fly it as it is"
    )]
    Differs {
        /// What differs.
        plan: &'static str,
        /// The first item that differs, counted as planned.
        item: usize,
    },
    /// More than fits into the protocol or the vehicle.
    #[error("the {plan} has {count} items and the vehicle takes {max}; split it into sorties")]
    TooLong {
        /// What is too long.
        plan: &'static str,
        /// Items it has.
        count: usize,
        /// Items that fit.
        max: usize,
    },
}

fn text_after(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" (\"{text}\")")
    }
}

/// What a `MAV_MISSION_RESULT` means.
fn reason(result: u8) -> &'static str {
    match result {
        ack::ERROR => "it is not valid as a whole",
        ack::UNSUPPORTED_FRAME => "it does not know this height reference",
        ack::UNSUPPORTED => "it does not know this command",
        ack::NO_SPACE => "too many items",
        ack::INVALID => "the item is not valid",
        ack::INVALID_PARAM1..=ack::INVALID_PARAM7 => "a value of the item is not valid",
        ack::INVALID_SEQUENCE => "the items came in the wrong order",
        ack::DENIED => "not now",
        ack::OPERATION_CANCELLED => "it gave up waiting",
        _ => "without a known reason",
    }
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Items done; reading back counts again.
    pub done: u16,
    /// Items in all.
    pub total: u16,
    /// Reading back.
    pub verifying: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// `MISSION_COUNT` (or `MISSION_CLEAR_ALL`) was sent.
    Offer,
    /// Waiting until an upload can be offered again.
    Pause { until: Duration },
    /// The vehicle asks for items: the last it asked for, and the last given,
    /// which is one more after a guess.
    Items { asked: u16, given: u16 },
    /// `MISSION_REQUEST_LIST` was sent.
    List,
    /// Asking for items.
    Fetch { total: u16 },
    /// Finished.
    Over,
}

/// One plan on its way.
pub struct MissionTransfer {
    target: Target,
    plan: PlanKind,
    /// What is sent, the home slot included; `None` for a download.
    upload: Option<Vec<Item>>,
    slot: usize,
    read: Vec<Item>,
    phase: Phase,
    rtt: Rtt,
    first_asked_at: Duration,
    asked_at: Duration,
    repeated: u32,
    progress_at: Duration,
    attempts: u32,
    /// Offers that were answered "not now".
    offers: u32,
    /// A refusal of the whole plan, until reading back shows whether it holds.
    refusal: Option<u8>,
    text: String,
    out: VecDeque<Message>,
    outcome: Option<Result<Vec<Item>, TransferError>>,
}

impl MissionTransfer {
    /// Uploads a plan (without home slot), reads it back and compares.
    /// `home` goes into ArduPilot's home slot, which ignores it.
    #[must_use]
    pub fn upload(
        now: Duration,
        target: Target,
        plan: PlanKind,
        items: &[Item],
        home: Option<Item>,
    ) -> Self {
        let mut this = Self::new(now, target, plan);
        let mut wire = prepare(plan, items);
        if this.slot == 1 && !wire.is_empty() {
            let blank = Item {
                frame: mav::frame::GLOBAL,
                command: mav::cmd::NAV_WAYPOINT,
                params: [0.0; 4],
                x: 0,
                y: 0,
                z: 0.0,
                autocontinue: true,
            };
            wire.insert(0, home.unwrap_or(blank));
        }
        let max = usize::from(DOWNLOAD_MAX);
        let count = wire.len();
        this.upload = Some(wire);
        if count > max {
            let plan = plan.name();
            this.end(Err(TransferError::TooLong { plan, count, max }));
        } else {
            this.offer(now);
        }
        this
    }

    /// Reads a plan from the vehicle and compares it with `items`, changing
    /// nothing on board: safe in flight.
    #[must_use]
    pub fn verify(now: Duration, target: Target, plan: PlanKind, items: &[Item]) -> Self {
        let mut this = Self::upload(now, target, plan, items, None);
        if this.outcome.is_none() {
            this.out.clear();
            this.attempts = UPLOAD_ATTEMPTS;
            this.list(now);
        }
        this
    }

    /// Reads a plan from the vehicle.
    #[must_use]
    pub fn download(now: Duration, target: Target, plan: PlanKind) -> Self {
        let mut this = Self::new(now, target, plan);
        this.list(now);
        this
    }

    fn new(now: Duration, target: Target, plan: PlanKind) -> Self {
        let habits = personality(target.autopilot);
        Self {
            target,
            plan,
            upload: None,
            slot: usize::from(habits.home_slot && plan == PlanKind::Mission),
            read: vec![],
            phase: Phase::Over,
            rtt: Rtt::default(),
            first_asked_at: now,
            asked_at: now,
            repeated: 0,
            progress_at: now,
            attempts: 1,
            offers: 0,
            refusal: None,
            text: String::new(),
            out: VecDeque::new(),
            outcome: None,
        }
    }

    /// Begins with what is known of the link's round trip.
    #[must_use]
    pub fn with_rtt(mut self, rtt: Rtt) -> Self {
        self.rtt = rtt;
        self
    }

    /// The round trip as measured so far, for the next machine on this link.
    #[must_use]
    pub fn rtt(&self) -> Rtt {
        self.rtt
    }

    /// What is transferred.
    #[must_use]
    pub fn plan(&self) -> PlanKind {
        self.plan
    }

    /// The items as the vehicle holds them (without home slot), or why not;
    /// `None` while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<&Result<Vec<Item>, TransferError>> {
        self.outcome.as_ref()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = self.upload.as_ref().map_or(0, |u| u.len() as u16);
        match self.phase {
            Phase::Offer | Phase::Pause { .. } => Progress {
                done: 0,
                total,
                verifying: false,
            },
            Phase::Items { asked, .. } => Progress {
                done: asked,
                total,
                verifying: false,
            },
            Phase::List | Phase::Over => Progress {
                done: self.read.len() as u16,
                total: total.max(self.read.len() as u16),
                verifying: self.upload.is_some(),
            },
            Phase::Fetch { total } => Progress {
                done: self.read.len() as u16,
                total,
                verifying: self.upload.is_some(),
            },
        }
    }

    /// When [`MissionTransfer::poll`] should be called even if nothing comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        if !self.out.is_empty() {
            return Some(Duration::ZERO);
        }
        match self.phase {
            Phase::Over => None,
            Phase::Pause { until } => Some(until),
            _ => {
                Some((self.asked_at + self.rtt.timeout()).min(self.progress_at + PROGRESS_DEADLINE))
            }
        }
    }

    /// The next message to send.
    pub fn poll(&mut self, now: Duration) -> Option<Message> {
        if let Some(message) = self.out.pop_front() {
            return Some(message);
        }
        match self.phase {
            Phase::Over => return None,
            Phase::Pause { until } if now >= until => self.offer(now),
            Phase::Pause { .. } => return None,
            _ if now >= self.progress_at + PROGRESS_DEADLINE => {
                let Progress { done, total, .. } = self.progress();
                let plan = self.plan.name();
                self.end(Err(TransferError::NoAnswer { plan, done, total }));
            }
            _ if now >= self.asked_at + self.rtt.timeout() => {
                self.rtt.expired();
                self.repeated += 1;
                self.asked_at = now;
                self.repeat(now);
            }
            _ => {}
        }
        self.out.pop_front()
    }

    /// Takes a frame; those of other vehicles and services are ignored.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        if !self.target.sent(frame) {
            return;
        }
        let ours = |kind: u8| kind == self.plan.mav();
        match &frame.message {
            Message::MissionRequestInt(m) if ours(m.mission_type) => self.asked(now, m.seq),
            Message::MissionRequest(m) if ours(m.mission_type) => self.asked(now, m.seq),
            Message::MissionAck(m) if ours(m.mission_type) => self.acknowledged(now, m.r#type),
            Message::MissionCount(m) if ours(m.mission_type) => self.counted(now, m.count),
            Message::MissionItemInt(m) if ours(m.mission_type) => {
                self.got(now, m.seq, from_int(m));
            }
            Message::MissionItem(m) if ours(m.mission_type) => self.got(now, m.seq, from_float(m)),
            Message::Statustext(m) if m.severity <= mav::severity::WARNING => {
                self.text = m.text.as_str().to_owned();
            }
            _ => {}
        }
    }

    fn progressed(&mut self, now: Duration) {
        let first = now.saturating_sub(self.first_asked_at);
        let last = now.saturating_sub(self.asked_at);
        if self.repeated == 0 && matches!(self.phase, Phase::Items { .. }) {
            self.rtt.answered_in_turn(first);
        } else if self.repeated == 0 {
            self.rtt.answered(first);
        } else {
            self.rtt.answered_again(first, last);
        }
        self.ask_first(now);
        self.progress_at = now;
    }

    fn ask_first(&mut self, now: Duration) {
        self.repeated = 0;
        self.asked_at = now;
        self.first_asked_at = now;
    }

    fn offer(&mut self, now: Duration) {
        self.phase = Phase::Offer;
        self.ask_first(now);
        self.progress_at = now;
        self.repeat(now);
    }

    fn list(&mut self, now: Duration) {
        self.phase = Phase::List;
        self.read.clear();
        self.ask_first(now);
        self.repeat(now);
    }

    /// Says again what the present phase waits on.
    fn repeat(&mut self, now: Duration) {
        let (target_system, target_component) = self.target.peer();
        let mission_type = self.plan.mav();
        let count = self.upload.as_ref().map_or(0, |u| u.len() as u16);
        match self.phase {
            Phase::Offer if count == 0 && self.repeated > ACK_ATTEMPTS => self.list(now),
            Phase::Offer if count == 0 => self.say(MissionClearAll {
                target_system,
                target_component,
                mission_type,
            }),
            Phase::Offer => self.say(MissionCount {
                target_system,
                target_component,
                count,
                mission_type,
                opaque_id: 0,
            }),
            Phase::Items { given, .. } if given + 1 == count && self.repeated > ACK_ATTEMPTS => {
                self.list(now);
            }
            // After a guess either may be what it lacks.
            Phase::Items { asked, given } => {
                let seq = if self.repeated % 2 == 1 { asked } else { given };
                self.send_item(seq);
            }
            Phase::List => self.say(MissionRequestList {
                target_system,
                target_component,
                mission_type,
            }),
            Phase::Fetch { .. } => {
                let seq = self.read.len() as u16;
                self.say(MissionRequestInt {
                    target_system,
                    target_component,
                    seq,
                    mission_type,
                });
            }
            Phase::Pause { .. } | Phase::Over => {}
        }
    }

    fn send_item(&mut self, seq: u16) {
        let item = self.upload.as_ref().and_then(|u| u.get(usize::from(seq)));
        if let Some(item) = item.copied() {
            self.say(item_int(self.target.peer(), seq, self.plan, &item));
        }
    }

    fn asked(&mut self, now: Duration, seq: u16) {
        let count = self.upload.as_ref().map_or(0, |u| u.len() as u16);
        let (next, first_time) = match self.phase {
            Phase::Offer => (0, true),
            Phase::Items { asked, given } => (given + 1, seq > asked),
            _ => return,
        };
        if seq >= count || seq > next {
            return;
        }
        if first_time {
            self.progressed(now);
            let given = match self.phase {
                Phase::Items { given, .. } => given.max(seq),
                _ => seq,
            };
            self.phase = Phase::Items { asked: seq, given };
        }
        self.send_item(seq);
    }

    fn acknowledged(&mut self, now: Duration, result: u8) {
        let count = self.upload.as_ref().map_or(0, |u| u.len() as u16);
        match (self.phase, result) {
            (Phase::Offer, ack::ACCEPTED) if count == 0 => {
                self.progressed(now);
                self.list(now);
            }
            (Phase::Offer, ack::NO_SPACE | ack::ERROR | ack::DENIED) => {
                // Right after boot the storage is not there yet; a plan that
                // fits by the book is offered again. Other refusals may be
                // late answers to something else.
                let max = personality(self.target.autopilot).mission_capacity;
                let limit = match result {
                    ack::NO_SPACE if usize::from(count) > max => 0,
                    ack::NO_SPACE => STORAGE_ATTEMPTS,
                    _ => UPLOAD_ATTEMPTS,
                };
                if self.offers < limit {
                    self.offers += 1;
                    self.phase = Phase::Pause {
                        until: now + STORAGE_RETRY,
                    };
                } else {
                    self.refused(0, result);
                }
            }
            // A stale acknowledgement of what came before.
            (Phase::Offer, ack::ACCEPTED | ack::INVALID_SEQUENCE | ack::OPERATION_CANCELLED) => {}
            (Phase::Offer, _) => self.refused(0, result),
            (Phase::Items { given, .. }, ack::ACCEPTED | ack::ERROR) if given + 1 == count => {
                // "Error" may be about the plan, or about an item that came
                // twice: reading back tells.
                if result == ack::ACCEPTED {
                    self.progressed(now);
                } else {
                    self.refusal = Some(result);
                }
                self.list(now);
            }
            (Phase::Items { .. }, ack::ACCEPTED) => {}
            // It has what we repeated, so its next question was lost: answer
            // that, but only once, since the two may have crossed.
            (Phase::Items { asked, given }, ack::INVALID_SEQUENCE)
                if given == asked && asked + 1 < count && self.repeated > 0 =>
            {
                let given = asked + 1;
                self.phase = Phase::Items { asked, given };
                self.send_item(given);
            }
            (Phase::Items { .. }, ack::INVALID_SEQUENCE) => {}
            // It has dropped the upload, unless this is a late answer to
            // something else and its questions go on.
            (Phase::Items { .. }, ack::OPERATION_CANCELLED | ack::ERROR) if self.repeated > 0 => {
                self.again(now, None);
            }
            (Phase::Items { .. }, ack::OPERATION_CANCELLED | ack::ERROR) => {}
            (Phase::Items { given, .. }, _) => self.refused(given, result),
            (Phase::List | Phase::Fetch { .. }, r)
                if r != ack::ACCEPTED && self.upload.is_none() =>
            {
                self.refused(0, r);
            }
            _ => {}
        }
    }

    fn refused(&mut self, item: u16, result: u8) {
        let error = TransferError::Refused {
            plan: self.plan.name(),
            item,
            result,
            reason: reason(result),
            text: self.text.clone(),
        };
        self.end(Err(error));
    }

    /// Offers the plan once more, or gives up.
    fn again(&mut self, now: Duration, differs_at: Option<usize>) {
        if self.attempts < UPLOAD_ATTEMPTS {
            self.attempts += 1;
            self.refusal = None;
            self.offer(now);
            return;
        }
        let plan = self.plan.name();
        match (differs_at, self.refusal) {
            (Some(item), None) => self.end(Err(TransferError::Differs { plan, item })),
            (_, refusal) => self.refused(0, refusal.unwrap_or(ack::OPERATION_CANCELLED)),
        }
    }

    fn counted(&mut self, now: Duration, count: u16) {
        if self.phase != Phase::List {
            return;
        }
        self.progressed(now);
        if count > DOWNLOAD_MAX {
            let (plan, max) = (self.plan.name(), usize::from(DOWNLOAD_MAX));
            let count = usize::from(count);
            self.end(Err(TransferError::TooLong { plan, count, max }));
        } else if count == 0 {
            self.complete(now);
        } else {
            self.phase = Phase::Fetch { total: count };
            self.repeat(now);
        }
    }

    fn got(&mut self, now: Duration, seq: u16, item: Item) {
        let Phase::Fetch { total } = self.phase else {
            return;
        };
        if usize::from(seq) != self.read.len() {
            return;
        }
        self.progressed(now);
        self.read.push(item);
        if self.read.len() < usize::from(total) {
            self.repeat(now);
        } else {
            let (target_system, target_component) = self.target.peer();
            self.say(MissionAck {
                target_system,
                target_component,
                r#type: ack::ACCEPTED,
                mission_type: self.plan.mav(),
                opaque_id: 0,
            });
            self.complete(now);
        }
    }

    fn complete(&mut self, now: Duration) {
        let slot = self.slot;
        let items: Vec<Item> = self.read.iter().skip(slot).copied().collect();
        let Some(upload) = &self.upload else {
            self.end(Ok(items));
            return;
        };
        let planned: Vec<Item> = upload.iter().skip(slot).copied().collect();
        let (t, plan) = (self.target, self.plan);
        let same =
            |(sent, read): (&Item, &Item)| same_as_flown(t.autopilot, t.class, plan, sent, read);
        let differs = planned.iter().zip(&items).position(|pair| !same(pair));
        let lengths = (planned.len() != items.len()).then(|| planned.len().min(items.len()));
        match differs.or(lengths) {
            None => self.end(Ok(items)),
            Some(at) => self.again(now, Some(at)),
        }
    }

    fn end(&mut self, outcome: Result<Vec<Item>, TransferError>) {
        self.phase = Phase::Over;
        self.outcome = Some(outcome);
    }

    fn say(&mut self, message: impl Into<Message>) {
        self.out.push_back(message.into());
    }
}

/// An item with its address.
#[must_use]
pub fn item_int(peer: (u8, u8), seq: u16, plan: PlanKind, item: &Item) -> MissionItemInt {
    let [param1, param2, param3, param4] = item.params;
    MissionItemInt {
        target_system: peer.0,
        target_component: peer.1,
        seq,
        frame: item.frame,
        command: item.command,
        current: 0,
        autocontinue: u8::from(item.autocontinue),
        param1,
        param2,
        param3,
        param4,
        x: item.x,
        y: item.y,
        z: item.z,
        mission_type: plan.mav(),
    }
}

/// The item of an addressed message.
pub(crate) fn from_int(m: &MissionItemInt) -> Item {
    Item {
        frame: m.frame,
        command: m.command,
        params: [m.param1, m.param2, m.param3, m.param4],
        x: m.x,
        y: m.y,
        z: m.z,
        autocontinue: m.autocontinue != 0,
    }
}

/// The item of the old message with places as floats.
pub(crate) fn from_float(m: &MissionItem) -> Item {
    let scale = if whimbrel_mission::frame::is_global(m.frame) {
        1e7
    } else {
        1.0
    };
    let whole = |v: f32| (f64::from(v) * scale).round() as i32;
    Item {
        frame: m.frame,
        command: m.command,
        params: [m.param1, m.param2, m.param3, m.param4],
        x: whole(m.x),
        y: whole(m.y),
        z: m.z,
        autocontinue: m.autocontinue != 0,
    }
}
