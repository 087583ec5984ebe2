//! Small messages (telemetry, commands): ahead of everything else, each sent twice.

use core::time::Duration;
use std::collections::VecDeque;

use crate::channel::Window;
use crate::frame::Frame;
use crate::limits::{
    FRAMES_MAX_BYTES, MESSAGE_COPIES, MESSAGE_MAX_BYTES, MESSAGE_QUEUE_MAX, MESSAGE_REPEAT,
};

/// A message that cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("send a message of {length} bytes: the limit is {MESSAGE_MAX_BYTES}; split it")]
pub struct MessageTooLong {
    /// Its length.
    pub length: usize,
}

struct Waiting {
    number: u32,
    bytes: Vec<u8>,
    due: Duration,
    copies: u8,
}

#[derive(Default)]
pub(crate) struct Outbox {
    next: u32,
    queue: VecDeque<Waiting>,
    dropped: u64,
}

impl Outbox {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), MessageTooLong> {
        if bytes.len() > MESSAGE_MAX_BYTES {
            return Err(MessageTooLong {
                length: bytes.len(),
            });
        }
        if self.queue.len() >= MESSAGE_QUEUE_MAX {
            self.queue.pop_front();
            self.dropped += 1;
        }
        // Numbers start at 1: the window takes 0 for "seen".
        self.next = self.next.wrapping_add(1).max(1);
        self.queue.push_back(Waiting {
            number: self.next,
            bytes: bytes.to_vec(),
            due: Duration::ZERO,
            copies: MESSAGE_COPIES,
        });
        Ok(())
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.queue.iter().map(|waiting| waiting.due).min()
    }

    /// Writes the messages that are due, as many as fit; true if there were any.
    pub(crate) fn write_due(&mut self, now: Duration, out: &mut Vec<u8>) -> bool {
        let mut any = false;
        for waiting in &mut self.queue {
            if waiting.due > now || out.len() + 7 + waiting.bytes.len() > FRAMES_MAX_BYTES {
                continue;
            }
            Frame::Message {
                number: waiting.number,
                bytes: &waiting.bytes,
            }
            .write(out);
            waiting.copies -= 1;
            waiting.due = now + MESSAGE_REPEAT;
            any = true;
        }
        self.queue.retain(|waiting| waiting.copies > 0);
        any
    }
}

/// Takes each numbered message once.
pub(crate) struct Inbox(Window);

impl Inbox {
    pub(crate) fn new() -> Self {
        Self(Window::new())
    }

    pub(crate) fn is_new(&mut self, number: u32) -> bool {
        let number = u64::from(number);
        let new = self.0.is_new(number);
        if new {
            self.0.mark(number);
        }
        new
    }
}
