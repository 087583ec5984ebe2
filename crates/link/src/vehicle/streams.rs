//! Which telemetry is due when: intervals asked for by command or by the old
//! data streams (mavlink.io, "Message interval" and `REQUEST_DATA_STREAM`).

use super::commands::Request;
use crate::messages::{self as m, Message, MessageInterval};
use crate::quirks::{Autopilot, personality};
use crate::{Frame, mav};
use core::time::Duration;
use std::collections::VecDeque;

/// Messages that may stream at once.
pub const STREAMS_MAX: usize = 64;
/// Single messages that wait to be sent.
const ONCE_MAX: usize = 64;
/// The shortest interval.
const INTERVAL_MIN: Duration = Duration::from_millis(2);

struct Stream {
    id: u32,
    interval: Duration,
    next: Duration,
}

/// The schedule of a vehicle's telemetry.
pub struct Streams {
    streams: Vec<Stream>,
    unasked: &'static [(u32, u64)],
    once: VecDeque<u32>,
    replies: VecDeque<Message>,
}

/// Milliseconds between messages that PX4 sends without being asked (its
/// "normal" mode, thinned).
const PX4_UNASKED: &[(u32, u64)] = &[
    (m::Heartbeat::ID, 1000),
    (m::SysStatus::ID, 1000),
    (m::SystemTime::ID, 1000),
    (m::GpsRawInt::ID, 200),
    (m::Attitude::ID, 100),
    (m::AttitudeQuaternion::ID, 100),
    (m::GlobalPositionInt::ID, 100),
    (m::LocalPositionNed::ID, 200),
    (m::VfrHud::ID, 250),
    (m::Altitude::ID, 500),
    (m::ExtendedSysState::ID, 1000),
    (m::BatteryStatus::ID, 1000),
    (m::HomePosition::ID, 2000),
    (m::EstimatorStatus::ID, 1000),
    (m::MissionCurrent::ID, 1000),
    (m::CurrentMode::ID, 2000),
    (m::WindCov::ID, 1000),
];
const HEARTBEAT_ONLY: &[(u32, u64)] = &[(m::Heartbeat::ID, 1000)];

/// What the old stream numbers mean on ArduPilot.
const DATA_STREAMS: &[(u8, &[u32])] = &[
    (mav::data_stream::RAW_SENSORS, &[m::ScaledPressure::ID]),
    (
        mav::data_stream::EXTENDED_STATUS,
        &[
            m::SysStatus::ID,
            m::GpsRawInt::ID,
            m::MissionCurrent::ID,
            m::NavControllerOutput::ID,
            m::FenceStatus::ID,
        ],
    ),
    (
        mav::data_stream::RC_CHANNELS,
        &[m::ServoOutputRaw::ID, m::RcChannels::ID],
    ),
    (
        mav::data_stream::POSITION,
        &[m::GlobalPositionInt::ID, m::LocalPositionNed::ID],
    ),
    (mav::data_stream::EXTRA1, &[m::Attitude::ID]),
    (mav::data_stream::EXTRA2, &[m::VfrHud::ID]),
    (
        mav::data_stream::EXTRA3,
        &[
            m::SystemTime::ID,
            m::BatteryStatus::ID,
            m::EkfStatusReport::ID,
            m::Vibration::ID,
            m::Wind::ID,
        ],
    ),
];

impl Streams {
    /// The schedule after boot, `now`.
    #[must_use]
    pub fn new(now: Duration, autopilot: Autopilot) -> Self {
        let unasked = if personality(autopilot).streams_unasked {
            PX4_UNASKED
        } else {
            HEARTBEAT_ONLY
        };
        let mut streams = Self {
            streams: vec![],
            unasked,
            once: VecDeque::new(),
            replies: VecDeque::new(),
        };
        for (id, _) in unasked {
            streams.set_interval(now, *id, 0);
        }
        streams
    }

    /// Sets the interval of a message, microseconds; −1 stops it, 0 takes the
    /// vehicle's own. False when [`STREAMS_MAX`] is reached.
    pub fn set_interval(&mut self, now: Duration, id: u32, interval_us: i64) -> bool {
        let own = self.unasked.iter().find(|(i, _)| *i == id);
        let interval = match u64::try_from(interval_us) {
            Ok(0) => own.map(|(_, ms)| Duration::from_millis(*ms)),
            Ok(us) => Some(Duration::from_micros(us).max(INTERVAL_MIN)),
            Err(_) => None,
        };
        self.streams.retain(|s| s.id != id);
        let Some(interval) = interval else {
            return true;
        };
        if self.streams.len() >= STREAMS_MAX {
            return false;
        }
        self.streams.push(Stream {
            id,
            interval,
            next: now,
        });
        true
    }

    /// The interval of a message, if it streams.
    #[must_use]
    pub fn interval(&self, id: u32) -> Option<Duration> {
        self.streams.iter().find(|s| s.id == id).map(|s| s.interval)
    }

    /// Asks for one message, as soon as possible.
    pub fn once(&mut self, id: u32) {
        if self.once.len() < ONCE_MAX {
            self.once.push_back(id);
        }
    }

    /// Takes the commands about streams and gives their `MAV_RESULT`; `None`
    /// for other commands. `known` says which messages the vehicle can send.
    pub fn command(
        &mut self,
        now: Duration,
        request: &Request,
        known: impl Fn(u32) -> bool,
    ) -> Option<u8> {
        let id = request.param(1) as u32;
        match request.command {
            mav::cmd::SET_MESSAGE_INTERVAL if !known(id) => Some(mav::result::FAILED),
            mav::cmd::SET_MESSAGE_INTERVAL => {
                let interval_us = request.param(2) as i64;
                Some(if self.set_interval(now, id, interval_us) {
                    mav::result::ACCEPTED
                } else {
                    mav::result::DENIED
                })
            }
            mav::cmd::REQUEST_MESSAGE if !known(id) => Some(mav::result::FAILED),
            mav::cmd::REQUEST_MESSAGE => {
                self.once(id);
                Some(mav::result::ACCEPTED)
            }
            mav::cmd::GET_MESSAGE_INTERVAL => {
                let interval_us = match self.interval(id) {
                    Some(i) => i32::try_from(i.as_micros()).unwrap_or(i32::MAX),
                    None => -1,
                };
                let message_id = u16::try_from(id).unwrap_or_default();
                if self.replies.len() < ONCE_MAX {
                    self.replies.push_back(
                        MessageInterval {
                            interval_us,
                            message_id,
                        }
                        .into(),
                    );
                }
                Some(mav::result::ACCEPTED)
            }
            _ => None,
        }
    }

    /// Takes the old stream requests; others' messages are ignored.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        let Message::RequestDataStream(r) = &frame.message else {
            return;
        };
        let on = r.start_stop == 1 && r.req_message_rate > 0;
        let interval_us = if on {
            1_000_000 / i64::from(r.req_message_rate)
        } else {
            -1
        };
        for (stream, ids) in DATA_STREAMS {
            if r.req_stream_id == mav::data_stream::ALL || r.req_stream_id == *stream {
                for id in *ids {
                    self.set_interval(now, *id, interval_us);
                }
            }
        }
    }

    /// An answer to send as it is.
    pub fn poll(&mut self) -> Option<Message> {
        self.replies.pop_front()
    }

    /// The number of a message that is due; the vehicle fills it in.
    pub fn due(&mut self, now: Duration) -> Option<u32> {
        if let Some(id) = self.once.pop_front() {
            return Some(id);
        }
        let stream = self
            .streams
            .iter_mut()
            .filter(|s| s.next <= now)
            .min_by_key(|s| s.next)?;
        stream.next += stream.interval;
        if stream.next <= now {
            // Behind by more than one: left out, not made up.
            stream.next = now + stream.interval;
        }
        Some(stream.id)
    }

    /// When the next message is due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        if !self.once.is_empty() || !self.replies.is_empty() {
            return Some(Duration::ZERO);
        }
        self.streams.iter().map(|s| s.next).min()
    }
}
