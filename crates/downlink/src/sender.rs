//! The aircraft's end.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::channel::{self, Channel, End, Outer, Reject};
use crate::frame::{self, Feedback, Frame, Report};
use crate::key::Key;
use crate::limits::{
    CATCH_UP, EVENTS_MAX, IDLE_PROBE_EVERY, META_MAX_BYTES, OBJECT_MAX_BYTES, OFFER_MAX,
    PROBE_EVERY, QUERY_COPIES, QUERY_MAX_IDS, QUERY_REPEAT, SENT_TIMES_MAX, SILENCE_MIN,
};
use crate::message::{Inbox, MessageTooLong, Outbox};
use crate::object::{Geometry, ObjectId, ObjectInfo, Source};
use crate::queue::{Block, BlockCache, Outgoing, Place, Question, write_announcement};

/// How a sender is set up.
#[derive(Clone)]
pub struct SenderConfig {
    /// The shared secret.
    pub key: Key,
    /// Fresh random bytes for each run: they must never repeat under one key.
    pub session: [u8; 16],
    /// What the radio carries, bit/s.
    pub rate_bit_s: f64,
    /// Share of the rate that is used.
    pub pace: f64,
    /// Bytes that the network adds to each datagram (IPv4 and UDP: 28).
    pub packet_overhead_bytes: usize,
}

impl SenderConfig {
    /// 97 % of the rate, 28 bytes of IP and UDP for each datagram.
    #[must_use]
    pub fn new(key: Key, session: [u8; 16], rate_bit_s: f64) -> Self {
        Self {
            key,
            session,
            rate_bit_s,
            pace: 0.97,
            packet_overhead_bytes: 28,
        }
    }
}

/// An object that cannot be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Too large.
    #[error("offer an object of {size} bytes: the limit is {OBJECT_MAX_BYTES}; split it")]
    TooLarge {
        /// Its size.
        size: u64,
    },
    /// Too much metadata.
    #[error("offer an object with {length} bytes of metadata: the limit is {META_MAX_BYTES}")]
    MetaTooLong {
        /// Its length.
        length: usize,
    },
    /// Too many at once.
    #[error("offer an object: {OFFER_MAX} are waiting already; wait until some are delivered")]
    QueueFull,
}

/// What the sender tells the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SenderEvent {
    /// The receiver answers (again).
    Connected,
    /// Nothing has come back for a while: only probes go out until something does.
    Silent,
    /// The receiver has stored the object durably. It is off the queue.
    Delivered(ObjectId),
    /// The receiver will not take it. It is off the queue.
    Refused(ObjectId),
    /// Its source could not be read, and why. It is off the queue.
    SourceFailed(ObjectId, String),
    /// A message from the receiver, once.
    Message(Vec<u8>),
}

/// One object on the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectProgress {
    /// Its name by content.
    pub id: ObjectId,
    /// The application's kind.
    pub kind: u8,
    /// Its priority.
    pub priority: u32,
    /// Its size, bytes.
    pub size: u64,
    /// Shards that the receiver is known to hold.
    pub received_shards: usize,
    /// Shards it needs.
    pub needed_shards: usize,
}

/// Counters since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SenderStats {
    /// Datagrams sent.
    pub datagrams: u64,
    /// Their bytes with the network's headers.
    pub bytes_on_air: u64,
    /// Shards among them.
    pub shards: u64,
    /// Datagrams accepted from the receiver.
    pub returned: u64,
    /// Their bytes with the network's headers.
    pub bytes_returned: u64,
    /// Datagrams rejected.
    pub rejected: u64,
    /// Estimated loss, 0..1.
    pub loss: f64,
    /// Estimated round-trip time, s.
    pub round_trip_s: f64,
    /// Messages dropped because the queue was full.
    pub messages_dropped: u64,
    /// Objects on the queue.
    pub queued: usize,
    /// Their bytes.
    pub queued_bytes: u64,
    /// The receiver answers.
    pub connected: bool,
}

/// Turns objects and messages into paced datagrams.
pub struct Sender {
    config: SenderConfig,
    channel: Option<Channel>,
    silent: bool,
    hello_counter: u64,
    welcomed_counter: u64,
    last_heard: Duration,
    next_hello: Duration,
    next_idle_probe: Duration,
    next_send: Duration,
    wake: Duration,
    objects: BTreeMap<ObjectId, Outgoing>,
    /// Objects that may need shards, and objects for which enough is in flight.
    ready: BTreeSet<Place>,
    waiting: BTreeSet<Place>,
    orders: u64,
    questions: VecDeque<Question>,
    outbox: Outbox,
    inbox: Inbox,
    cache: BlockCache,
    sent_at: VecDeque<(u64, Duration)>,
    seen_highest: u64,
    seen_received: u64,
    loss: f64,
    loss_weight: f64,
    skip_loss_sample: bool,
    round_trip: Option<Duration>,
    events: VecDeque<SenderEvent>,
    stats: SenderStats,
}

impl Sender {
    /// A sender that knows nothing of the receiver yet.
    #[must_use]
    pub fn new(config: SenderConfig) -> Self {
        Self {
            config,
            channel: None,
            silent: false,
            hello_counter: 0,
            welcomed_counter: 0,
            last_heard: Duration::ZERO,
            next_hello: Duration::ZERO,
            next_idle_probe: Duration::ZERO,
            next_send: Duration::ZERO,
            wake: Duration::ZERO,
            objects: BTreeMap::new(),
            ready: BTreeSet::new(),
            waiting: BTreeSet::new(),
            orders: 0,
            questions: VecDeque::new(),
            outbox: Outbox::default(),
            inbox: Inbox::new(),
            cache: BlockCache::default(),
            sent_at: VecDeque::new(),
            seen_highest: 0,
            seen_received: 0,
            loss: 0.05,
            loss_weight: 20.0,
            skip_loss_sample: false,
            round_trip: None,
            events: VecDeque::new(),
            stats: SenderStats::default(),
        }
    }

    /// Puts an object on the queue; offering the same content again changes nothing.
    ///
    /// # Errors
    /// See [`OfferError`].
    pub fn offer(
        &mut self,
        info: ObjectInfo,
        source: Box<dyn Source>,
    ) -> Result<ObjectId, OfferError> {
        let geometry = Geometry::new(info.size).ok_or(OfferError::TooLarge { size: info.size })?;
        if info.meta.len() > META_MAX_BYTES {
            return Err(OfferError::MetaTooLong {
                length: info.meta.len(),
            });
        }
        let id = info.id();
        if self.objects.contains_key(&id) {
            return Ok(id);
        }
        if self.objects.len() >= OFFER_MAX {
            return Err(OfferError::QueueFull);
        }
        let blocks = (0..geometry.blocks)
            .map(|block| Block {
                data_shards: geometry.data_shards(block),
                total_shards: geometry.data_shards(block) + geometry.parity_shards(block),
                received: 0,
                next_index: 0,
                wrapped: false,
                inflight: VecDeque::new(),
            })
            .collect();
        self.orders += 1;
        let object = Outgoing {
            info,
            source,
            geometry,
            order: self.orders,
            blocks,
            cursor: 0,
            known: false,
            announced: 0,
            last_announce: 0,
            shards_since_announce: 0,
            active_at: Duration::ZERO,
        };
        self.ready.insert(object.place(id));
        self.objects.insert(id, object);
        self.questions.push_front(Question {
            due: Duration::ZERO,
            id,
            copies: QUERY_COPIES,
            strict: false,
        });
        self.wake = Duration::ZERO;
        Ok(id)
    }

    /// Moves an object in the queue.
    pub fn set_priority(&mut self, id: ObjectId, priority: u32) {
        let Some(object) = self.objects.get_mut(&id) else {
            return;
        };
        let before = object.place(id);
        object.info.priority = priority;
        let after = object.place(id);
        if self.ready.remove(&before) {
            self.ready.insert(after);
        } else if self.waiting.remove(&before) {
            self.waiting.insert(after);
        }
    }

    /// Sets what the radio carries, bit/s.
    pub fn set_rate(&mut self, rate_bit_s: f64) {
        self.config.rate_bit_s = rate_bit_s;
    }

    /// Takes an object off the queue.
    pub fn cancel(&mut self, id: ObjectId) {
        let Some(object) = self.objects.remove(&id) else {
            return;
        };
        let place = object.place(id);
        self.ready.remove(&place);
        self.waiting.remove(&place);
        self.cache.forget(id);
    }

    /// Queues a message (telemetry): ahead of all objects, sent twice.
    ///
    /// # Errors
    /// When it is too long for a datagram.
    pub fn send_message(&mut self, bytes: &[u8]) -> Result<(), MessageTooLong> {
        self.wake = Duration::ZERO;
        self.outbox.push(bytes)
    }

    /// Takes a datagram. What is rejected has changed nothing.
    ///
    /// # Errors
    /// Why it was rejected.
    pub fn handle(&mut self, now: Duration, datagram: &[u8]) -> Result<(), Reject> {
        let result = self.accept(now, datagram);
        match result {
            Ok(()) => {
                self.stats.returned += 1;
                self.stats.bytes_returned +=
                    (datagram.len() + self.config.packet_overhead_bytes) as u64;
                self.wake = Duration::ZERO;
            }
            Err(_) => self.stats.rejected += 1,
        }
        result
    }

    fn accept(&mut self, now: Duration, datagram: &[u8]) -> Result<(), Reject> {
        match channel::parse(datagram).ok_or(Reject::NotOurs)? {
            Outer::Welcome {
                air,
                ground,
                counter,
                header,
                sealed,
            } => {
                if air != self.config.session {
                    return Err(Reject::UnknownSession);
                }
                if !channel::welcome_is_genuine(
                    &self.config.key,
                    &air,
                    &ground,
                    counter,
                    header,
                    sealed,
                ) {
                    return Err(Reject::Forged);
                }
                if counter > self.hello_counter || counter <= self.welcomed_counter {
                    return Err(Reject::Replayed);
                }
                self.welcomed_counter = counter;
                if self
                    .channel
                    .as_ref()
                    .is_none_or(|channel| channel.ground != ground)
                {
                    self.channel = Some(Channel::new(&self.config.key, air, ground, End::Air));
                    self.start_over();
                    self.events.push_back(SenderEvent::Connected);
                }
                self.alive(now);
                Ok(())
            }
            Outer::Data {
                forward,
                tag,
                counter,
                header,
                sealed,
            } => {
                let channel = self
                    .channel
                    .as_mut()
                    .filter(|channel| channel.is_for(tag, forward));
                let text = channel
                    .ok_or(Reject::UnknownSession)?
                    .open(counter, header, sealed)?;
                let frames = frame::read(&text).ok_or(Reject::Malformed)?;
                self.alive(now);
                for frame in frames {
                    match frame {
                        Frame::Feedback(feedback) => self.feedback(now, &feedback),
                        Frame::Message { number, bytes } => self.message(number, bytes),
                        _ => {}
                    }
                }
                Ok(())
            }
            Outer::Hello { .. } => Err(Reject::NotOurs),
        }
    }

    fn message(&mut self, number: u32, bytes: &[u8]) {
        if self.inbox.is_new(number) && self.events.len() < EVENTS_MAX {
            self.events.push_back(SenderEvent::Message(bytes.to_vec()));
        }
    }

    fn alive(&mut self, now: Duration) {
        self.last_heard = now;
        if self.silent {
            self.silent = false;
            self.skip_loss_sample = true;
            self.events.push_back(SenderEvent::Connected);
        }
    }

    /// A new session: nothing that was in flight counts, and what the receiver knows must be asked.
    fn start_over(&mut self) {
        self.inbox = Inbox::new();
        self.sent_at.clear();
        self.seen_highest = 0;
        self.seen_received = 0;
        self.skip_loss_sample = false;
        self.questions.clear();
        for (id, object) in &mut self.objects {
            object.known = false;
            object.announced = 0;
            object.last_announce = 0;
            object.cursor = 0;
            let begun = object.blocks.iter().any(|block| block.received > 0);
            object
                .blocks
                .iter_mut()
                .for_each(|block| block.inflight.clear());
            self.questions.push_back(Question {
                due: Duration::ZERO,
                id: *id,
                copies: QUERY_COPIES,
                strict: begun,
            });
        }
        self.ready.append(&mut self.waiting);
    }

    fn feedback(&mut self, now: Duration, feedback: &Feedback) {
        let sent = self.channel.as_ref().map_or(0, Channel::next_counter);
        if feedback.highest >= sent {
            return; // the peer is broken: it has seen what was never sent
        }
        self.estimate(now, feedback);
        for report in &feedback.reports {
            match *report {
                Report::Done(id) => {
                    if self.objects.contains_key(&id) {
                        self.cancel(id);
                        self.events.push_back(SenderEvent::Delivered(id));
                    }
                }
                Report::Refused(id) => {
                    if self.objects.contains_key(&id) {
                        self.cancel(id);
                        self.events.push_back(SenderEvent::Refused(id));
                    }
                }
                Report::Unknown(id) => {
                    let Some(object) = self.objects.get_mut(&id) else {
                        continue;
                    };
                    object.known = false;
                    if object.last_announce <= feedback.highest {
                        object.announced = 0;
                    }
                    object.active_at = now;
                    object.cursor = 0;
                    object
                        .blocks
                        .iter_mut()
                        .for_each(|block| block.heard(0, 0, feedback.highest));
                    self.make_ready(id);
                }
                Report::Count {
                    id,
                    block,
                    count,
                    next,
                } => {
                    let Some(object) = self.objects.get_mut(&id) else {
                        continue;
                    };
                    object.known = true;
                    object.active_at = now;
                    let number = usize::from(block);
                    if let Some(block) = object.blocks.get_mut(number) {
                        block.heard(usize::from(count), usize::from(next), feedback.highest);
                        object.cursor = object.cursor.min(number);
                        self.make_ready(id);
                    }
                }
            }
        }
        self.ask_about_the_forgotten(now);
    }

    fn make_ready(&mut self, id: ObjectId) {
        if let Some(object) = self.objects.get(&id) {
            let place = object.place(id);
            if self.waiting.remove(&place) {
                self.ready.insert(place);
            }
        }
    }

    /// Facts may be lost on the way back: ask about objects that nothing was heard of for long.
    fn ask_about_the_forgotten(&mut self, now: Duration) {
        let patience =
            Duration::from_millis(500).max(self.round_trip() * 2 + Duration::from_millis(300));
        for (_, _, id) in &self.waiting {
            let Some(object) = self.objects.get_mut(id) else {
                continue;
            };
            if now.saturating_sub(object.active_at) > patience {
                object.active_at = now;
                self.questions.push_front(Question {
                    due: Duration::ZERO,
                    id: *id,
                    copies: 1,
                    strict: true,
                });
            }
        }
    }

    fn round_trip(&self) -> Duration {
        self.round_trip.unwrap_or(Duration::from_millis(200))
    }

    fn estimate(&mut self, now: Duration, feedback: &Feedback) {
        if feedback.highest > self.seen_highest && feedback.received >= self.seen_received {
            let sent = (feedback.highest - self.seen_highest) as f64;
            let arrived = (feedback.received - self.seen_received) as f64;
            if !self.skip_loss_sample {
                self.loss_weight = (self.loss_weight + sent).min(400.0);
                let share = (sent / self.loss_weight).min(1.0);
                let sample = (1.0 - arrived / sent).clamp(0.0, 1.0);
                self.loss = (self.loss + (sample - self.loss) * share).clamp(0.0, 0.9);
            }
            self.skip_loss_sample = false;
            self.seen_highest = feedback.highest;
            self.seen_received = feedback.received;
        }
        while self
            .sent_at
            .front()
            .is_some_and(|(counter, _)| *counter < feedback.highest)
        {
            self.sent_at.pop_front();
        }
        if let Some((counter, at)) = self.sent_at.front()
            && *counter == feedback.highest
        {
            let age = Duration::from_millis(u64::from(feedback.age_ms));
            let sample = now.saturating_sub(*at).saturating_sub(age);
            self.round_trip = Some(match self.round_trip {
                None => sample,
                Some(before) => (before * 7 + sample) / 8,
            });
        }
    }

    /// The next datagram to send to the ground, if one is due.
    pub fn poll(&mut self, now: Duration) -> Option<Vec<u8>> {
        if now < self.next_send {
            self.wake = self.next_send;
            return None;
        }
        self.next_send = self.next_send.max(now.saturating_sub(CATCH_UP));
        let quiet = now.saturating_sub(self.last_heard);
        let limit = SILENCE_MIN.max(self.round_trip() * 4);
        if self.channel.is_some() && !self.silent && quiet > limit {
            self.silent = true;
            self.events.push_back(SenderEvent::Silent);
        }
        // A receiver that was restarted cannot read this session: say hello early, before it counts as silence.
        let worried = quiet > Duration::from_millis(600) + self.round_trip() * 2;
        if (self.channel.is_none() || worried) && now >= self.next_hello {
            self.next_hello = now + PROBE_EVERY;
            self.hello_counter += 1;
            let hello = channel::hello(&self.config.key, &self.config.session, self.hello_counter);
            return Some(self.pay(now, hello));
        }
        if self.channel.is_none() || self.silent {
            self.wake = self.next_hello;
            return None;
        }
        let mut frames = Vec::new();
        let any = self.outbox.write_due(now, &mut frames)
            || self.write_questions(now, &mut frames)
            || self.write_needed(now, &mut frames)
            || self.write_spare(now, &mut frames)
            || self.write_idle(now, &mut frames);
        if !any {
            self.wake = self.idle_deadline(now);
            return None;
        }
        let channel = self.channel.as_mut()?;
        let counter = channel.next_counter();
        let Some(datagram) = channel.seal(&frames) else {
            self.wake = now + SILENCE_MIN;
            return None; // the session's counters are used up, after 2^48 datagrams
        };
        if self.sent_at.len() >= SENT_TIMES_MAX {
            self.sent_at.pop_front();
        }
        self.sent_at.push_back((counter, now));
        self.next_idle_probe = now + IDLE_PROBE_EVERY;
        Some(self.pay(now, datagram))
    }

    fn idle_deadline(&self, now: Duration) -> Duration {
        let question = self.questions.front().map(|question| question.due);
        let mut deadline = self.next_idle_probe;
        for due in [question, self.outbox.next_due()].into_iter().flatten() {
            deadline = deadline.min(due);
        }
        deadline.max(now + Duration::from_millis(1))
    }

    /// Charges a datagram to the pacer.
    fn pay(&mut self, now: Duration, datagram: Vec<u8>) -> Vec<u8> {
        let bytes = datagram.len() + self.config.packet_overhead_bytes;
        let rate = (self.config.rate_bit_s * self.config.pace).max(1.0);
        // At most an hour, so that an absurd rate cannot overflow.
        let time = Duration::from_secs_f64((bytes as f64 * 8.0 / rate).min(3600.0));
        self.next_send = self.next_send.max(now.saturating_sub(CATCH_UP)) + time;
        self.wake = self.next_send;
        self.stats.datagrams += 1;
        self.stats.bytes_on_air += bytes as u64;
        datagram
    }

    fn write_questions(&mut self, now: Duration, out: &mut Vec<u8>) -> bool {
        let Some(strict) = self
            .questions
            .front()
            .filter(|question| question.due <= now)
            .map(|q| q.strict)
        else {
            return false;
        };
        let mut ids = Vec::new();
        while ids.len() < QUERY_MAX_IDS
            && self
                .questions
                .front()
                .is_some_and(|question| question.due <= now && question.strict == strict)
        {
            let Some(question) = self.questions.pop_front() else {
                break;
            };
            if !self.objects.contains_key(&question.id) {
                continue;
            }
            ids.push(question.id);
            if question.copies > 1 {
                let copies = question.copies - 1;
                self.questions.push_back(Question {
                    due: now + QUERY_REPEAT,
                    copies,
                    ..question
                });
            }
        }
        if ids.is_empty() {
            return false;
        }
        Frame::Query { strict, ids }.write(out);
        true
    }

    fn counter(&self) -> u64 {
        self.channel.as_ref().map_or(0, Channel::next_counter)
    }

    fn write_needed(&mut self, now: Duration, out: &mut Vec<u8>) -> bool {
        let (loss, counter) = (self.loss, self.counter());
        while let Some(place) = self.ready.first().copied() {
            let id = place.2;
            let Some(object) = self.objects.get_mut(&id) else {
                self.ready.remove(&place);
                continue;
            };
            if object.announcement_due(loss) {
                write_announcement(object, counter, now, out);
                return true;
            }
            let skip = object.cursor;
            let needy = object
                .blocks
                .iter()
                .skip(skip)
                .position(|block| block.needs(loss));
            if let Some(number) = needy.map(|offset| skip + offset) {
                object.cursor = number;
                if self.write_shard(id, number, now, out) {
                    return true;
                }
                continue; // its source failed: it is off the queue
            }
            object.cursor = object.blocks.len();
            self.ready.remove(&place);
            self.waiting.insert(place);
        }
        false
    }

    /// Nothing is needed: insure what is in flight.
    fn write_spare(&mut self, now: Duration, out: &mut Vec<u8>) -> bool {
        let (loss, counter) = (self.loss, self.counter());
        let mut found = None;
        for place in &self.waiting {
            let Some(object) = self.objects.get_mut(&place.2) else {
                continue;
            };
            if !object.known && object.announced < 4 {
                write_announcement(object, counter, now, out);
                return true;
            }
            if let Some(number) = object.blocks.iter().position(|block| block.could_use(loss)) {
                found = Some((place.2, number));
                break;
            }
        }
        found.is_some_and(|(id, number)| self.write_shard(id, number, now, out))
    }

    fn write_shard(
        &mut self,
        id: ObjectId,
        number: usize,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> bool {
        let counter = self.counter();
        let Some(object) = self.objects.get_mut(&id) else {
            return false;
        };
        let Some(index) = object.blocks.get_mut(number).map(Block::next_shard) else {
            return false;
        };
        match self.cache.shard(id, object, number, index) {
            Ok(bytes) => Frame::Shard {
                id,
                block: number as u16,
                index: index as u16,
                bytes,
            }
            .write(out),
            Err(why) => {
                self.cancel(id);
                self.events.push_back(SenderEvent::SourceFailed(id, why));
                return false;
            }
        }
        if let Some(block) = object.blocks.get_mut(number) {
            block.inflight.push_back(counter);
        }
        object.shards_since_announce = object.shards_since_announce.saturating_add(1);
        object.active_at = now;
        self.stats.shards += 1;
        true
    }

    fn write_idle(&mut self, now: Duration, out: &mut Vec<u8>) -> bool {
        if now < self.next_idle_probe {
            return false;
        }
        Frame::Probe.write(out);
        true
    }

    /// When `poll` may next have something, if nothing arrives before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        Some(self.wake)
    }

    /// What happened, oldest first.
    pub fn next_event(&mut self) -> Option<SenderEvent> {
        self.events.pop_front()
    }

    /// True once the object is off the queue.
    #[must_use]
    pub fn is_delivered(&self, id: ObjectId) -> bool {
        !self.objects.contains_key(&id)
    }

    /// The receiver answers.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.channel.is_some() && !self.silent
    }

    /// The queue in the order in which it is sent.
    #[must_use]
    pub fn progress(&self) -> Vec<ObjectProgress> {
        let mut order: Vec<Place> = self
            .objects
            .iter()
            .map(|(id, object)| object.place(*id))
            .collect();
        order.sort_unstable();
        order
            .into_iter()
            .filter_map(|(_, _, id)| {
                let object = self.objects.get(&id)?;
                Some(ObjectProgress {
                    id,
                    kind: object.info.kind,
                    priority: object.info.priority,
                    size: object.info.size,
                    received_shards: object
                        .blocks
                        .iter()
                        .map(|block| block.received.min(block.data_shards))
                        .sum(),
                    needed_shards: object.blocks.iter().map(|block| block.data_shards).sum(),
                })
            })
            .collect()
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> SenderStats {
        SenderStats {
            loss: self.loss,
            round_trip_s: self.round_trip.map_or(0.0, |time| time.as_secs_f64()),
            messages_dropped: self.outbox.dropped(),
            queued: self.objects.len(),
            queued_bytes: self.objects.values().map(|object| object.info.size).sum(),
            connected: self.is_connected(),
            ..self.stats
        }
    }

    /// Memory held in encoded blocks, bytes.
    #[must_use]
    pub fn cached_bytes(&self) -> usize {
        self.cache.bytes()
    }
}
