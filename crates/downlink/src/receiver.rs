//! The ground's end.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use sha2::{Digest, Sha256};

use crate::channel::{self, Channel, End, Outer, Reject, Session};
use crate::code::ReceiveBlock;
use crate::frame::{self, Feedback, Frame, Report};
use crate::key::Key;
use crate::limits::{
    DONE_MAX, EVENTS_MAX, FEEDBACK_FAST, FEEDBACK_FAST_AFTER, FEEDBACK_MAX_BYTES, FEEDBACK_SLOW,
    HASH_FAILURES_MAX, PARTIAL_MAX, PENDING_SESSIONS_MAX, REPORT_COPIES, REPORTS_MAX, SHARD_BYTES,
};
use crate::message::{Inbox, MessageTooLong, Outbox};
use crate::object::{Codec, Geometry, ObjectId, ObjectInfo};
use crate::scratch::{SavedObject, Scratch};

/// How a receiver is set up.
#[derive(Clone)]
pub struct ReceiverConfig {
    /// The shared secret.
    pub key: Key,
    /// Fresh random bytes for each run; the sessions of the run derive from them.
    pub seed: [u8; 16],
    /// Most bytes of shards and unstored objects held; beyond, the objects least recently touched are forgotten.
    pub memory_bytes: usize,
}

impl ReceiverConfig {
    /// 512 MiB of memory at most.
    #[must_use]
    pub fn new(key: Key, seed: [u8; 16]) -> Self {
        Self {
            key,
            seed,
            memory_bytes: 512 << 20,
        }
    }
}

/// A receiver that cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverError {
    /// The scratch store cannot be read.
    #[error("read back what was received before: {0}")]
    Scratch(String),
}

/// What the receiver tells the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A sender finished the handshake (again, after a restart of either end).
    SessionStarted,
    /// An object was announced for the first time.
    ObjectStarted {
        /// Its name by content.
        id: ObjectId,
        /// What it is.
        info: ObjectInfo,
    },
    /// All of an object is here and its SHA-256 is right. Store it durably, then call [`Receiver::stored`].
    ObjectComplete {
        /// Its name by content.
        id: ObjectId,
        /// What it is.
        info: ObjectInfo,
        /// Its bytes.
        data: Vec<u8>,
    },
    /// An object that will not be taken, and why.
    ObjectRefused {
        /// Its name by content.
        id: ObjectId,
        /// Why.
        reason: String,
    },
    /// A message from the sender, once.
    Message(Vec<u8>),
    /// The scratch store failed; receiving goes on, but a restart now would lose unfinished objects.
    ScratchFailed(String),
}

/// Counters since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReceiverStats {
    /// Datagrams accepted.
    pub datagrams: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes: u64,
    /// Datagrams rejected.
    pub rejected: u64,
    /// Datagrams sent back.
    pub returned: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes_returned: u64,
    /// Share of the session's datagrams that did not arrive, 0..1.
    pub loss: f64,
    /// Bytes of shards and unstored objects held.
    pub held_bytes: usize,
    /// Objects partly received.
    pub partial: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Fact {
    Done(ObjectId),
    Block(ObjectId, u16),
    Unknown(ObjectId),
    Refused(ObjectId),
}

struct Incoming {
    info: ObjectInfo,
    codec: Codec,
    geometry: Geometry,
    blocks: Vec<ReceiveBlock>,
    touched: u64,
    failures: u8,
    /// Complete and given to the shell.
    awaiting_store: bool,
    held: usize,
}

impl Incoming {
    fn new(codec: Codec, info: ObjectInfo, geometry: Geometry, touched: u64) -> Self {
        let blocks = fresh_blocks(geometry);
        Self {
            info,
            codec,
            geometry,
            blocks,
            touched,
            failures: 0,
            awaiting_store: false,
            held: 0,
        }
    }
}

fn fresh_blocks(geometry: Geometry) -> Vec<ReceiveBlock> {
    (0..geometry.blocks)
        .map(|block| ReceiveBlock::new(geometry.data_shards(block), geometry.parity_shards(block)))
        .collect()
}

/// Turns datagrams into objects and messages, and counts into feedback.
pub struct Receiver<S> {
    config: ReceiverConfig,
    scratch: S,
    scratch_failed: bool,
    current: Option<Channel>,
    pending: VecDeque<Channel>,
    sessions_made: u64,
    welcomes: VecDeque<Vec<u8>>,
    /// Highest counter and number of datagrams in the current session.
    highest: u64,
    highest_at: Duration,
    received: u64,
    inbox: Inbox,
    outbox: Outbox,
    partial: BTreeMap<ObjectId, Incoming>,
    done: BTreeSet<ObjectId>,
    done_order: VecDeque<ObjectId>,
    refused: VecDeque<ObjectId>,
    held: usize,
    touch: u64,
    facts: VecDeque<Fact>,
    copies: HashMap<Fact, u8>,
    heard: u32,
    last_feedback: Duration,
    events: VecDeque<Event>,
    stats: ReceiverStats,
}

const REFUSED_MAX: usize = 1024;

impl<S: Scratch> Receiver<S> {
    /// A receiver that goes on from what its scratch store holds.
    ///
    /// # Errors
    /// [`ReceiverError::Scratch`] when that cannot be read.
    pub fn new(config: ReceiverConfig, mut scratch: S) -> Result<Self, ReceiverError> {
        let saved = scratch.load().map_err(ReceiverError::Scratch)?;
        let mut receiver = Self {
            config,
            scratch,
            scratch_failed: false,
            current: None,
            pending: VecDeque::new(),
            sessions_made: 0,
            welcomes: VecDeque::new(),
            highest: 0,
            highest_at: Duration::ZERO,
            received: 0,
            inbox: Inbox::new(),
            outbox: Outbox::default(),
            partial: BTreeMap::new(),
            done: BTreeSet::new(),
            done_order: VecDeque::new(),
            refused: VecDeque::new(),
            held: 0,
            touch: 0,
            facts: VecDeque::new(),
            copies: HashMap::new(),
            heard: 0,
            last_feedback: Duration::ZERO,
            events: VecDeque::new(),
            stats: ReceiverStats::default(),
        };
        for id in saved.done {
            receiver.remember_done(id);
        }
        for object in saved.partial {
            receiver.reload(object);
        }
        Ok(receiver)
    }

    fn reload(&mut self, saved: SavedObject) {
        let Some((codec, info)) = frame::read_announce(&saved.announcement) else {
            return;
        };
        let id = info.id();
        let Some(geometry) = Geometry::new(info.size).filter(|_| info.fits()) else {
            return;
        };
        if self.done.contains(&id) || self.partial.len() >= PARTIAL_MAX {
            return;
        }
        self.touch += 1;
        self.partial
            .insert(id, Incoming::new(codec, info, geometry, self.touch));
        for shard in saved.shards {
            if self.held >= self.config.memory_bytes {
                break;
            }
            self.place(id, shard.block, shard.index, &shard.bytes);
        }
        self.complete_if_whole(id);
    }

    /// Takes a datagram. What is rejected has changed nothing.
    ///
    /// # Errors
    /// Why it was rejected.
    pub fn handle(&mut self, now: Duration, datagram: &[u8]) -> Result<(), Reject> {
        let result = self.accept(now, datagram);
        match result {
            Ok(()) => {
                self.stats.datagrams += 1;
                self.stats.bytes += datagram.len() as u64;
            }
            Err(_) => self.stats.rejected += 1,
        }
        result
    }

    fn accept(&mut self, now: Duration, datagram: &[u8]) -> Result<(), Reject> {
        match channel::parse(datagram).ok_or(Reject::NotOurs)? {
            Outer::Hello {
                air,
                counter,
                header,
                sealed,
            } => {
                if !channel::hello_is_genuine(&self.config.key, &air, counter, header, sealed) {
                    return Err(Reject::Forged);
                }
                let ground = self.ground_session_for(air);
                if self.welcomes.len() >= PENDING_SESSIONS_MAX {
                    self.welcomes.pop_front();
                }
                self.welcomes
                    .push_back(channel::welcome(&self.config.key, &air, &ground, counter));
                Ok(())
            }
            Outer::Data {
                forward,
                tag,
                counter,
                header,
                sealed,
            } => {
                let text = self.open(forward, tag, counter, header, sealed)?;
                if counter > self.highest {
                    self.highest = counter;
                    self.highest_at = now;
                }
                self.received += 1;
                self.heard = self.heard.saturating_add(1);
                let frames = frame::read(&text).ok_or(Reject::Malformed)?;
                for frame in frames {
                    self.take(frame);
                }
                Ok(())
            }
            Outer::Welcome { .. } => Err(Reject::NotOurs),
        }
    }

    /// The same answer to repeated hellos; a new session for a new sender.
    fn ground_session_for(&mut self, air: Session) -> Session {
        let known = self
            .current
            .iter()
            .chain(&self.pending)
            .find(|channel| channel.air == air);
        if let Some(channel) = known {
            return channel.ground;
        }
        self.sessions_made += 1;
        let mut salt = [0u8; 24];
        salt[..16].copy_from_slice(&self.config.seed);
        salt[16..].copy_from_slice(&self.sessions_made.to_be_bytes());
        let bytes = self
            .config
            .key
            .derive(&salt, b"whimbrel downlink 1 ground session");
        let mut ground = [0u8; 16];
        ground.copy_from_slice(&bytes[..16]);
        if self.pending.len() >= PENDING_SESSIONS_MAX {
            self.pending.pop_front();
        }
        self.pending
            .push_back(Channel::new(&self.config.key, air, ground, End::Ground));
        ground
    }

    fn open(
        &mut self,
        forward: bool,
        tag: [u8; 4],
        counter: u64,
        header: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Reject> {
        if let Some(channel) = self
            .current
            .as_mut()
            .filter(|channel| channel.is_for(tag, forward))
        {
            return channel.open(counter, header, sealed);
        }
        let slot = self
            .pending
            .iter()
            .position(|channel| channel.is_for(tag, forward))
            .ok_or(Reject::UnknownSession)?;
        let channel = self.pending.get_mut(slot).ok_or(Reject::UnknownSession)?;
        let text = channel.open(counter, header, sealed)?;
        // Only the holder of the key who saw our welcome can have sealed this: the session is real.
        self.current = self.pending.remove(slot);
        self.highest = 0;
        self.received = 0;
        self.inbox = Inbox::new();
        self.event(Event::SessionStarted);
        Ok(text)
    }

    fn take(&mut self, frame: Frame<'_>) {
        match frame {
            Frame::Probe | Frame::Feedback(_) => {}
            Frame::Announce { codec, info } => self.announced(codec, info),
            Frame::Shard {
                id,
                block,
                index,
                bytes,
            } => self.shard(id, block, index, bytes),
            Frame::Query { strict, ids } => ids.into_iter().for_each(|id| self.asked(id, strict)),
            Frame::Message { number, bytes } => {
                if self.inbox.is_new(number) && self.events.len() < EVENTS_MAX {
                    self.events.push_back(Event::Message(bytes.to_vec()));
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn asked(&mut self, id: ObjectId, strict: bool) {
        if self.done.contains(&id) {
            self.report(Fact::Done(id), REPORT_COPIES);
        } else if self.refused.contains(&id) {
            self.report(Fact::Refused(id), REPORT_COPIES);
        } else if self.partial.contains_key(&id) {
            self.report_blocks(id);
        } else if strict {
            self.report(Fact::Unknown(id), 1);
        }
    }

    fn report_blocks(&mut self, id: ObjectId) {
        let blocks = self
            .partial
            .get(&id)
            .map_or(0, |object| object.geometry.blocks);
        for block in 0..blocks {
            self.report(Fact::Block(id, block as u16), 2);
        }
    }

    fn announced(&mut self, codec: Codec, info: ObjectInfo) {
        let id = info.id();
        if self.done.contains(&id) || self.refused.contains(&id) || self.partial.contains_key(&id) {
            self.asked(id, false);
            return;
        }
        let Some(geometry) = Geometry::new(info.size).filter(|_| info.fits()) else {
            self.refuse(id, "it is larger than this protocol carries");
            return;
        };
        if info.size as usize > self.config.memory_bytes / 2 {
            self.refuse(id, "it is larger than half of the receiver's memory");
            return;
        }
        if self.partial.len() >= PARTIAL_MAX {
            self.evict(id);
            if self.partial.len() >= PARTIAL_MAX {
                return; // all of them wait for the shell: it is announced again
            }
        }
        self.touch += 1;
        self.partial
            .insert(id, Incoming::new(codec, info.clone(), geometry, self.touch));
        let mut record = Vec::new();
        frame::write_announce(codec, &info, &mut record);
        let result = self.scratch.begin(id, &record);
        self.note_scratch(result);
        self.report_blocks(id);
        self.event(Event::ObjectStarted { id, info });
    }

    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) {
        if !self.partial.contains_key(&id) {
            self.asked(id, false);
            return;
        }
        if self.held + SHARD_BYTES > self.config.memory_bytes {
            self.evict(id);
            if self.held + SHARD_BYTES > self.config.memory_bytes {
                return; // all of it waits for the shell: what does not fit comes again
            }
        }
        if self.place(id, block, index, bytes) {
            let result = self.scratch.shard(id, block, index, bytes);
            self.note_scratch(result);
        }
        self.report(Fact::Block(id, block), REPORT_COPIES);
        self.complete_if_whole(id);
    }

    fn place(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> bool {
        self.touch += 1;
        let touch = self.touch;
        let Some(object) = self
            .partial
            .get_mut(&id)
            .filter(|object| !object.awaiting_store)
        else {
            return false;
        };
        object.touched = touch;
        let Some(slot) = object.blocks.get_mut(usize::from(block)) else {
            return false;
        };
        let new = slot.add(usize::from(index), bytes);
        if new {
            object.held += SHARD_BYTES;
            self.held += SHARD_BYTES;
        }
        new
    }

    fn complete_if_whole(&mut self, id: ObjectId) {
        let Some(object) = self.partial.get_mut(&id) else {
            return;
        };
        if object.awaiting_store || !object.blocks.iter().all(ReceiveBlock::is_whole) {
            return;
        }
        let mut data = Vec::with_capacity(object.info.size as usize);
        for (number, block) in object.blocks.iter().enumerate() {
            let (_, length) = object.geometry.span(number);
            data.extend_from_slice(
                block
                    .bytes()
                    .and_then(|bytes| bytes.get(..length))
                    .unwrap_or(&[]),
            );
        }
        object.blocks.clear();
        self.held -= object.held;
        if <[u8; 32]>::from(Sha256::digest(&data)) == object.info.sha256 {
            object.awaiting_store = true;
            object.held = data.len();
            self.held += object.held;
            let info = object.info.clone();
            self.event(Event::ObjectComplete { id, info, data });
            return;
        }
        // A damaged scratch file, or a file that changed while it was sent: start again.
        object.held = 0;
        object.failures += 1;
        object.blocks = fresh_blocks(object.geometry);
        let (codec, info, failures) = (object.codec, object.info.clone(), object.failures);
        let result = self.scratch.forget(id);
        self.note_scratch(result);
        if failures >= HASH_FAILURES_MAX {
            self.partial.remove(&id);
            self.refuse(id, "its content did not match its hash, again and again");
            return;
        }
        let mut record = Vec::new();
        frame::write_announce(codec, &info, &mut record);
        let result = self.scratch.begin(id, &record);
        self.note_scratch(result);
        self.report_blocks(id);
    }

    /// The shell has stored the object durably: only now is it acknowledged.
    pub fn stored(&mut self, id: ObjectId) {
        if let Some(object) = self.partial.remove(&id) {
            self.held -= object.held;
        }
        let result = self.scratch.finish(id);
        self.note_scratch(result);
        self.remember_done(id);
        self.report(Fact::Done(id), REPORT_COPIES);
    }

    /// The shell will not have this object (a name it does not take): the sender drops it.
    pub fn reject(&mut self, id: ObjectId) {
        if let Some(object) = self.partial.remove(&id) {
            self.held -= object.held;
        }
        let result = self.scratch.forget(id);
        self.note_scratch(result);
        self.remember_refused(id);
    }

    /// Objects that the shell already has (from its catalogue): acknowledged whenever they are offered.
    pub fn already_stored(&mut self, id: ObjectId) {
        self.remember_done(id);
    }

    fn remember_done(&mut self, id: ObjectId) {
        if self.done.insert(id) {
            self.done_order.push_back(id);
            if self.done_order.len() > DONE_MAX
                && let Some(oldest) = self.done_order.pop_front()
            {
                self.done.remove(&oldest);
            }
        }
    }

    fn remember_refused(&mut self, id: ObjectId) {
        if self.refused.len() >= REFUSED_MAX {
            self.refused.pop_front();
        }
        self.refused.push_back(id);
        self.report(Fact::Refused(id), REPORT_COPIES);
    }

    fn refuse(&mut self, id: ObjectId, reason: &str) {
        self.remember_refused(id);
        self.event(Event::ObjectRefused {
            id,
            reason: reason.to_owned(),
        });
    }

    /// Forgets the object least recently touched, other than `keep`.
    fn evict(&mut self, keep: ObjectId) {
        let oldest = self
            .partial
            .iter()
            .filter(|(id, object)| **id != keep && !object.awaiting_store)
            .min_by_key(|(_, object)| object.touched)
            .map(|(id, _)| *id);
        if let Some(id) = oldest
            && let Some(object) = self.partial.remove(&id)
        {
            self.held -= object.held;
            let result = self.scratch.forget(id);
            self.note_scratch(result);
            self.report(Fact::Unknown(id), REPORT_COPIES);
        }
    }

    fn note_scratch(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => {}
            Err(_) if self.scratch_failed => {}
            Err(why) => {
                self.scratch_failed = true;
                self.event(Event::ScratchFailed(why));
            }
        }
    }

    fn report(&mut self, fact: Fact, copies: u8) {
        if self.copies.insert(fact, copies).is_none() {
            if self.facts.len() >= REPORTS_MAX
                && let Some(oldest) = self.facts.pop_front()
            {
                self.copies.remove(&oldest);
            }
            self.facts.push_back(fact);
        }
    }

    fn feedback(&mut self, now: Duration) -> Feedback {
        let mut reports = Vec::new();
        let mut bytes = 24;
        for _ in 0..self.facts.len() {
            let Some(fact) = self.facts.pop_front() else {
                break;
            };
            if let Some(report) = self.as_report(fact) {
                if bytes + report.wire_bytes() > FEEDBACK_MAX_BYTES {
                    self.facts.push_front(fact);
                    break;
                }
                bytes += report.wire_bytes();
                reports.push(report);
                if let Some(copies) = self.copies.get_mut(&fact).filter(|copies| **copies > 1) {
                    *copies -= 1;
                    self.facts.push_back(fact);
                    continue;
                }
            }
            self.copies.remove(&fact);
        }
        let age = now.saturating_sub(self.highest_at).as_millis();
        Feedback {
            highest: self.highest,
            received: self.received,
            age_ms: u16::try_from(age).unwrap_or(u16::MAX),
            reports,
        }
    }

    /// The fact as it stands now; `None` if it is no longer so.
    fn as_report(&self, fact: Fact) -> Option<Report> {
        match fact {
            Fact::Done(id) => Some(Report::Done(id)),
            Fact::Refused(id) => Some(Report::Refused(id)),
            Fact::Unknown(id) => (!self.partial.contains_key(&id)).then_some(Report::Unknown(id)),
            Fact::Block(id, block) => {
                let object = self.partial.get(&id)?;
                let (count, next) = if object.awaiting_store {
                    let shards = object.geometry.data_shards(usize::from(block));
                    (shards, shards)
                } else {
                    let slot = object.blocks.get(usize::from(block))?;
                    (slot.count(), slot.next())
                };
                Some(Report::Count {
                    id,
                    block,
                    count: count as u16,
                    next: next as u16,
                })
            }
        }
    }

    fn feedback_due(&self) -> Option<Duration> {
        self.current.as_ref()?;
        if self.heard >= FEEDBACK_FAST_AFTER || !self.facts.is_empty() {
            Some(self.last_feedback + FEEDBACK_FAST)
        } else if self.heard > 0 {
            Some(self.last_feedback + FEEDBACK_SLOW)
        } else {
            None
        }
    }

    /// The next datagram to send to the aircraft, if one is due.
    pub fn poll(&mut self, now: Duration) -> Option<Vec<u8>> {
        if let Some(welcome) = self.welcomes.pop_front() {
            return Some(self.count_out(welcome));
        }
        let mut frames = Vec::new();
        if self.current.is_some() {
            self.outbox.write_due(now, &mut frames);
        }
        if frames.is_empty() && self.feedback_due().is_some_and(|due| due <= now) {
            let result = self.scratch.flush();
            self.note_scratch(result);
            let feedback = self.feedback(now);
            Frame::Feedback(feedback).write(&mut frames);
            self.last_feedback = now;
            self.heard = 0;
        }
        if frames.is_empty() {
            return None;
        }
        let datagram = self.current.as_mut()?.seal(&frames)?;
        Some(self.count_out(datagram))
    }

    fn count_out(&mut self, datagram: Vec<u8>) -> Vec<u8> {
        self.stats.returned += 1;
        self.stats.bytes_returned += datagram.len() as u64;
        datagram
    }

    /// When `poll` may next have something, if nothing arrives before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        if !self.welcomes.is_empty() {
            return Some(Duration::ZERO);
        }
        let message = self.current.as_ref().and_then(|_| self.outbox.next_due());
        [self.feedback_due(), message].into_iter().flatten().min()
    }

    /// What happened, oldest first.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Queues a message to the aircraft (a command): ahead of feedback, sent twice.
    ///
    /// # Errors
    /// When it is too long for a datagram.
    pub fn send_message(&mut self, bytes: &[u8]) -> Result<(), MessageTooLong> {
        self.outbox.push(bytes)
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        let loss = if self.highest == 0 {
            0.0
        } else {
            1.0 - self.received as f64 / self.highest as f64
        };
        ReceiverStats {
            loss: loss.clamp(0.0, 1.0),
            held_bytes: self.held,
            partial: self.partial.len(),
            ..self.stats
        }
    }

    /// Share of an object's shards that are here, 0..1, if it is being received.
    #[must_use]
    pub fn fraction(&self, id: ObjectId) -> Option<f64> {
        let object = self.partial.get(&id)?;
        if object.awaiting_store {
            return Some(1.0);
        }
        let (mut have, mut want) = (0, 0);
        for (number, block) in object.blocks.iter().enumerate() {
            let shards = object.geometry.data_shards(number);
            have += block.count().min(shards);
            want += shards;
        }
        Some(have as f64 / want.max(1) as f64)
    }

    /// True once the shell has stored it.
    #[must_use]
    pub fn is_stored(&self, id: ObjectId) -> bool {
        self.done.contains(&id)
    }

    /// Gives the scratch store back.
    pub fn into_scratch(self) -> S {
        self.scratch
    }
}
