//! The mission service as a vehicle gives it (mavlink.io, "Mission Protocol"),
//! with the habits of each autopilot.

use super::status_text;
use crate::gcs::{from_float, from_int};
use crate::messages::{
    Message, MissionAck, MissionCount, MissionItem, MissionItemInt, MissionRequest,
    MissionRequestInt,
};
use crate::quirks::{Autopilot, Class, Personality, PlanKind, personality, store, store_plan};
use crate::{Frame, mav};
use core::time::Duration;
use mav::mission_result as ack;
use std::collections::VecDeque;
use whimbrel_mission::Item;

/// Replies waiting for [`MissionServer::poll`]; older ones are dropped, as on
/// a link that is too slow.
pub const REPLIES_MAX: usize = 256;

/// What happened to the plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissionEvent {
    /// A plan was uploaded or cleared.
    Changed(PlanKind),
    /// The ground asks to go on with this item (its number on the wire).
    SetCurrent(u16),
}

/// Whether the autopilot itself finds the uploaded mission flyable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is no mission.
    Empty,
    /// Still being checked.
    Pending,
    /// Will be flown.
    Flyable,
    /// Will not be flown; a text says so to the ground.
    Rejected(&'static str),
}

struct Upload {
    plan: PlanKind,
    peer: (u8, u8),
    count: usize,
    items: Vec<Item>,
    asked_at: Duration,
    heard_at: Duration,
}

/// Holds mission, fence and rally points, and serves them.
pub struct MissionServer {
    autopilot: Autopilot,
    class: Class,
    habits: &'static Personality,
    plans: [Vec<Item>; 3],
    home: Option<Item>,
    upload: Option<Upload>,
    out: VecDeque<Message>,
    events: VecDeque<MissionEvent>,
    /// When the check of the mission ends.
    check_ends: Option<Duration>,
    verdict: Verdict,
    in_use: bool,
    storage_ready: bool,
}

impl MissionServer {
    /// An autopilot without plans.
    #[must_use]
    pub fn new(autopilot: Autopilot, class: Class) -> Self {
        Self {
            autopilot,
            class,
            habits: personality(autopilot),
            plans: [vec![], vec![], vec![]],
            home: None,
            upload: None,
            out: VecDeque::new(),
            events: VecDeque::new(),
            check_ends: None,
            verdict: Verdict::Empty,
            in_use: false,
            storage_ready: true,
        }
    }

    /// The items of a plan, without the home slot.
    #[must_use]
    pub fn items(&self, plan: PlanKind) -> &[Item] {
        let [mission, fence, rally] = &self.plans;
        match plan {
            PlanKind::Mission => mission,
            PlanKind::Fence => fence,
            PlanKind::Rally => rally,
        }
    }

    fn items_mut(&mut self, plan: PlanKind) -> &mut Vec<Item> {
        let [mission, fence, rally] = &mut self.plans;
        match plan {
            PlanKind::Mission => mission,
            PlanKind::Fence => fence,
            PlanKind::Rally => rally,
        }
    }

    /// Tells where home is (a waypoint item), for the home slot.
    pub fn set_home(&mut self, home: Item) {
        self.home = Some(home);
    }

    /// Tells whether the mission is being flown now (ArduPilot then refuses to
    /// clear it).
    pub fn set_in_use(&mut self, in_use: bool) {
        self.in_use = in_use;
    }

    /// Tells whether the storage is up; ArduPilot boots without it and then
    /// refuses uploads with "Only 0 items are supported".
    pub fn set_storage_ready(&mut self, ready: bool) {
        self.storage_ready = ready;
    }

    /// The number on the wire of the mission item at `index`.
    #[must_use]
    pub fn wire_seq(&self, index: usize) -> u16 {
        let seq = index + usize::from(self.habits.home_slot);
        u16::try_from(seq).unwrap_or(u16::MAX)
    }

    /// The index of the mission item with this number on the wire; the home
    /// slot counts as the first item.
    #[must_use]
    pub fn index(&self, seq: u16) -> Option<usize> {
        let index = usize::from(seq).saturating_sub(usize::from(self.habits.home_slot));
        (index < self.items(PlanKind::Mission).len()).then_some(index)
    }

    /// Items on the wire, the home slot included: `MISSION_CURRENT.total`.
    #[must_use]
    pub fn wire_count(&self, plan: PlanKind) -> u16 {
        let items = self.items(plan).len();
        let slot = usize::from(plan == PlanKind::Mission && items > 0 && self.habits.home_slot);
        u16::try_from(items + slot).unwrap_or(u16::MAX)
    }

    /// The checksum that names a plan's content, where the autopilot has one.
    #[must_use]
    pub fn opaque_id(&self, plan: PlanKind) -> u32 {
        if !self.habits.opaque_id || self.items(plan).is_empty() {
            return 0;
        }
        let mut crc = u32::MAX;
        for item in self.items(plan) {
            crc = crc32(crc, &[item.frame]);
            crc = crc32(crc, &item.command.to_le_bytes());
            for p in item.params.iter().chain([&item.z]) {
                crc = crc32(crc, &p.to_le_bytes());
            }
            crc = crc32(crc, &item.x.to_le_bytes());
            crc = crc32(crc, &item.y.to_le_bytes());
        }
        !crc
    }

    /// What the autopilot thinks of the mission.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<MissionEvent> {
        self.events.pop_front()
    }

    /// When [`MissionServer::poll`] should be called even if nothing comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let ask = self
            .upload
            .as_ref()
            .map(|u| u.asked_at + self.habits.item_retry);
        ask.into_iter().chain(self.check_ends).min()
    }

    /// Takes a frame that is for us; others' messages are ignored.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        let peer = (frame.header.system, frame.header.component);
        match &frame.message {
            Message::MissionCount(m) => self.begin(now, peer, m),
            Message::MissionItemInt(m) => {
                self.take(now, peer, m.mission_type, m.seq, from_int(m));
            }
            Message::MissionItem(m) => {
                self.take(now, peer, m.mission_type, m.seq, from_float(m));
            }
            Message::MissionRequestList(m) => {
                if let Some(plan) = self.known_plan(peer, m.mission_type) {
                    let reply = MissionCount {
                        target_system: peer.0,
                        target_component: peer.1,
                        count: self.wire_count(plan),
                        mission_type: plan.mav(),
                        opaque_id: self.opaque_id(plan),
                    };
                    self.say(reply);
                }
            }
            Message::MissionRequestInt(m) => self.give(peer, m.mission_type, m.seq, true),
            Message::MissionRequest(m) => self.give(peer, m.mission_type, m.seq, false),
            Message::MissionClearAll(m) => self.clear(now, peer, m.mission_type),
            Message::MissionSetCurrent(m) => self.want_current(m.seq),
            Message::MissionAck(m) => {
                // The ground may cancel its own upload.
                let cancelled = m.r#type != ack::ACCEPTED && self.habits.atomic_upload;
                if cancelled && self.upload.as_ref().is_some_and(|u| u.peer == peer) {
                    self.upload = None;
                }
            }
            _ => {}
        }
    }

    /// Also for `MAV_CMD_DO_SET_MISSION_CURRENT`: asks for an item by its
    /// number on the wire.
    pub fn want_current(&mut self, seq: u16) {
        if self.index(seq).is_some() && self.events.len() < REPLIES_MAX {
            self.events.push_back(MissionEvent::SetCurrent(seq));
        }
    }

    /// The next message to send.
    pub fn poll(&mut self, now: Duration) -> Option<Message> {
        self.check(now);
        if let Some(upload) = &mut self.upload {
            if now >= upload.heard_at + self.habits.upload_timeout {
                let (peer, plan) = (upload.peer, upload.plan);
                self.upload = None;
                self.acknowledge(peer, plan, ack::OPERATION_CANCELLED);
            } else if now >= upload.asked_at + self.habits.item_retry {
                self.ask(now);
            }
        }
        self.out.pop_front()
    }

    fn check(&mut self, now: Duration) {
        if self.check_ends.is_none_or(|end| now < end) {
            return;
        }
        self.check_ends = None;
        let lands = |i: &Item| matches!(i.command, mav::cmd::NAV_LAND | mav::cmd::DO_LAND_START);
        let mission = self.items(PlanKind::Mission);
        self.verdict = if mission.is_empty() {
            Verdict::Empty
        } else if self.autopilot == Autopilot::Px4
            && self.class == Class::FixedWing
            && !mission.iter().any(lands)
        {
            Verdict::Rejected("Mission rejected: Landing waypoint/pattern required")
        } else {
            Verdict::Flyable
        };
        if let Verdict::Rejected(text) = self.verdict {
            self.say(status_text(mav::severity::CRITICAL, text));
        }
    }

    fn known_plan(&mut self, peer: (u8, u8), kind: u8) -> Option<PlanKind> {
        let plan = PlanKind::from_mav(kind);
        if plan.is_none() {
            let reply = MissionAck {
                target_system: peer.0,
                target_component: peer.1,
                r#type: ack::UNSUPPORTED,
                mission_type: kind,
                ..Default::default()
            };
            self.say(reply);
        }
        plan
    }

    fn begin(&mut self, now: Duration, peer: (u8, u8), m: &MissionCount) {
        let Some(plan) = self.known_plan(peer, m.mission_type) else {
            return;
        };
        if let Some(upload) = &self.upload {
            let again = upload.peer == peer && upload.plan == plan;
            if self.habits.atomic_upload && !(again && upload.items.is_empty()) {
                // An upload goes on: let it end first.
                return;
            }
        }
        let count = usize::from(m.count);
        let capacity = match plan {
            _ if !self.storage_ready => 0,
            PlanKind::Mission => self.habits.mission_capacity,
            _ => self.habits.other_capacity,
        };
        if count > capacity {
            let text = format!("Only {capacity} items are supported");
            self.say(status_text(mav::severity::WARNING, &text));
            self.acknowledge(peer, plan, ack::NO_SPACE);
            return;
        }
        if count == 0 {
            self.upload = None;
            self.replace(now, plan, vec![]);
            self.acknowledge(peer, plan, ack::ACCEPTED);
            return;
        }
        if plan == PlanKind::Mission && !self.habits.atomic_upload {
            let keep = count.saturating_sub(usize::from(self.habits.home_slot));
            self.items_mut(plan).truncate(keep);
        }
        self.upload = Some(Upload {
            plan,
            peer,
            count,
            items: vec![],
            asked_at: now,
            heard_at: now,
        });
        self.ask(now);
    }

    fn ask(&mut self, now: Duration) {
        let Some(upload) = &mut self.upload else {
            return;
        };
        upload.asked_at = now;
        let seq = u16::try_from(upload.items.len()).unwrap_or(u16::MAX);
        let (target_system, target_component) = upload.peer;
        let mission_type = upload.plan.mav();
        let request: Message = if self.habits.requests_int {
            MissionRequestInt {
                target_system,
                target_component,
                seq,
                mission_type,
            }
            .into()
        } else {
            MissionRequest {
                target_system,
                target_component,
                seq,
                mission_type,
            }
            .into()
        };
        self.say(request);
    }

    fn take(&mut self, now: Duration, peer: (u8, u8), kind: u8, seq: u16, item: Item) {
        let Some(plan) = self.known_plan(peer, kind) else {
            return;
        };
        let Some(upload) = &mut self.upload else {
            self.acknowledge(peer, plan, ack::ERROR);
            return;
        };
        if upload.peer != peer || upload.plan != plan {
            return;
        }
        if usize::from(seq) != upload.items.len() {
            if self.habits.complains_of_sequence {
                self.acknowledge(peer, plan, ack::INVALID_SEQUENCE);
            }
            return;
        }
        let slot = seq == 0 && plan == PlanKind::Mission && self.habits.home_slot;
        let stored = if slot {
            Ok(item)
        } else {
            store(self.autopilot, self.class, plan, &item)
        };
        match stored {
            Ok(item) => {
                upload.items.push(item);
                upload.heard_at = now;
                let (done, index) = (upload.items.len() == upload.count, upload.items.len());
                if plan == PlanKind::Mission && !self.habits.atomic_upload && !slot {
                    let index = index - 1 - usize::from(self.habits.home_slot);
                    let live = self.items_mut(plan);
                    live.truncate(index);
                    live.push(item);
                }
                if done {
                    self.finish(now);
                } else {
                    self.ask(now);
                }
            }
            Err(result) => {
                self.acknowledge(peer, plan, result);
                if self.habits.atomic_upload {
                    self.upload = None;
                }
            }
        }
    }

    fn finish(&mut self, now: Duration) {
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        if upload.plan == PlanKind::Mission && self.habits.home_slot {
            upload.items.remove(0);
        }
        match store_plan(upload.plan, &upload.items) {
            Ok(()) => {
                self.replace(now, upload.plan, upload.items);
                self.acknowledge(upload.peer, upload.plan, ack::ACCEPTED);
            }
            Err((result, text)) => {
                self.say(status_text(mav::severity::WARNING, text));
                self.acknowledge(upload.peer, upload.plan, result);
            }
        }
    }

    fn replace(&mut self, now: Duration, plan: PlanKind, items: Vec<Item>) {
        *self.items_mut(plan) = items;
        if self.events.len() < REPLIES_MAX {
            self.events.push_back(MissionEvent::Changed(plan));
        }
        if plan == PlanKind::Mission {
            self.verdict = Verdict::Pending;
            self.check_ends = Some(now + self.habits.feasibility_check);
            self.check(now);
        }
    }

    fn give(&mut self, peer: (u8, u8), kind: u8, seq: u16, int: bool) {
        let Some(plan) = self.known_plan(peer, kind) else {
            return;
        };
        let slot = plan == PlanKind::Mission && self.habits.home_slot;
        let item = match usize::from(seq).checked_sub(usize::from(slot)) {
            Some(index) => self.items(plan).get(index).copied(),
            None => Some(self.home.unwrap_or(Item {
                frame: mav::frame::GLOBAL,
                command: mav::cmd::NAV_WAYPOINT,
                params: [0.0; 4],
                x: 0,
                y: 0,
                z: 0.0,
                autocontinue: true,
            })),
        };
        let Some(item) = item.filter(|_| seq < self.wire_count(plan)) else {
            self.acknowledge(peer, plan, ack::INVALID_SEQUENCE);
            return;
        };
        let message = crate::gcs::item_int(peer, seq, plan, &item);
        if int {
            self.say(message);
        } else {
            self.say(float_from_int(&message));
        }
    }

    fn clear(&mut self, now: Duration, peer: (u8, u8), kind: u8) {
        let all = kind == mav::mission_type::ALL;
        let plan = if all {
            PlanKind::Mission
        } else {
            match self.known_plan(peer, kind) {
                Some(plan) => plan,
                None => return,
            }
        };
        if self.in_use && plan == PlanKind::Mission && self.autopilot == Autopilot::ArduPilot {
            self.acknowledge(peer, plan, ack::ERROR);
            return;
        }
        self.upload = None;
        for each in PlanKind::ALL {
            if all || each == plan {
                self.replace(now, each, vec![]);
            }
        }
        let reply = MissionAck {
            target_system: peer.0,
            target_component: peer.1,
            r#type: ack::ACCEPTED,
            mission_type: kind,
            opaque_id: 0,
        };
        self.say(reply);
    }

    fn acknowledge(&mut self, peer: (u8, u8), plan: PlanKind, result: u8) {
        let opaque_id = if result == ack::ACCEPTED {
            self.opaque_id(plan)
        } else {
            0
        };
        self.say(MissionAck {
            target_system: peer.0,
            target_component: peer.1,
            r#type: result,
            mission_type: plan.mav(),
            opaque_id,
        });
    }

    fn say(&mut self, message: impl Into<Message>) {
        if self.out.len() >= REPLIES_MAX {
            self.out.pop_front();
        }
        self.out.push_back(message.into());
    }
}

fn float_from_int(m: &MissionItemInt) -> MissionItem {
    let scale = if whimbrel_mission::frame::is_global(m.frame) {
        1e-7
    } else {
        1.0
    };
    MissionItem {
        target_system: m.target_system,
        target_component: m.target_component,
        seq: m.seq,
        frame: m.frame,
        command: m.command,
        current: m.current,
        autocontinue: m.autocontinue,
        param1: m.param1,
        param2: m.param2,
        param3: m.param3,
        param4: m.param4,
        x: (f64::from(m.x) * scale) as f32,
        y: (f64::from(m.y) * scale) as f32,
        z: m.z,
        mission_type: m.mission_type,
    }
}

/// CRC-32 (IEEE 802.3), reflected, without the final inversion.
fn crc32(mut crc: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    crc
}
