//! Commands that are acknowledged (mavlink.io, "Command Protocol"): one of a
//! kind at a time, repeated with `confirmation` until answered.

use super::{Rtt, Target};
use crate::messages::{CommandInt, CommandLong, Message};
use crate::{Frame, mav};
use core::time::Duration;
use std::collections::VecDeque;

/// How often a command is sent before it counts as not answered.
pub const COMMAND_ATTEMPTS: u8 = 15;
/// Orders that may wait for their turn.
pub const QUEUE_MAX: usize = 64;
/// Time until a temporarily rejected order is tried again.
pub const TEMPORARY_RETRY: Duration = Duration::from_secs(1);
/// How long a command may stay "in progress" without a word.
const IN_PROGRESS_MAX: Duration = Duration::from_secs(60);

/// A command to be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// `MAV_CMD`.
    pub command: u16,
    /// Parameters 1 to 7 (with [`Order::place`], 5 to 7 are not used).
    pub params: [f32; 7],
    /// Frame, latitude and longitude (degrees × 10⁷) and height: sent as `COMMAND_INT`.
    pub place: Option<(u8, i32, i32, f32)>,
    /// How often to try again when the vehicle says "not now".
    pub patience: u8,
}

impl Order {
    /// A `COMMAND_LONG` with its first parameters, the others zero.
    #[must_use]
    pub fn new(command: u16, first: &[f32]) -> Self {
        let mut params = [0.0; 7];
        for (to, from) in params.iter_mut().zip(first) {
            *to = *from;
        }
        Self {
            command,
            params,
            place: None,
            patience: 0,
        }
    }

    /// The same, tried up to `times` again when the vehicle says "not now".
    #[must_use]
    pub fn patient(mut self, times: u8) -> Self {
        self.patience = times;
        self
    }
}

/// Names an order, to find its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The vehicle accepted it.
    Accepted,
    /// The vehicle refused it, with this `MAV_RESULT`.
    Refused(u8),
    /// No answer after [`COMMAND_ATTEMPTS`].
    NoAnswer,
}

struct Running {
    ticket: Ticket,
    order: Order,
    sent_at: Duration,
    sent: u8,
    patience: u8,
    /// Nothing is sent before this.
    hold_until: Option<Duration>,
    in_progress: bool,
}

/// Sends commands to one vehicle.
pub struct Commander {
    target: Target,
    rtt: Rtt,
    next_ticket: u64,
    running: Vec<Running>,
    waiting: VecDeque<(Ticket, Order)>,
    outcomes: VecDeque<(Ticket, Outcome)>,
}

impl Commander {
    /// A commander of one vehicle.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            target,
            rtt: Rtt::default(),
            next_ticket: 0,
            running: vec![],
            waiting: VecDeque::new(),
            outcomes: VecDeque::new(),
        }
    }

    /// The round trip as measured so far.
    #[must_use]
    pub fn rtt(&self) -> Rtt {
        self.rtt
    }

    /// Whether nothing runs or waits.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// Queues an order behind others of its kind; `None` when
    /// [`QUEUE_MAX`] orders wait already.
    pub fn send(&mut self, order: Order) -> Option<Ticket> {
        if self.waiting.len() >= QUEUE_MAX {
            return None;
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiting.push_back((ticket, order));
        Some(ticket)
    }

    /// Drops what waits and stops repeating orders of this kind.
    pub fn forget(&mut self, command: u16) {
        self.waiting.retain(|(_, o)| o.command != command);
        self.running.retain(|r| r.order.command != command);
    }

    /// The next order that ended.
    pub fn next_outcome(&mut self) -> Option<(Ticket, Outcome)> {
        self.outcomes.pop_front()
    }

    /// Takes a frame; only acknowledgements of the vehicle count.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        let Message::CommandAck(m) = &frame.message else {
            return;
        };
        if !self.target.sent(frame) {
            return;
        }
        let Some(i) = self
            .running
            .iter()
            .position(|r| r.order.command == m.command)
        else {
            return;
        };
        let Some(running) = self.running.get_mut(i) else {
            return;
        };
        if running.sent == 0 || running.hold_until.is_some() {
            return;
        }
        if running.sent == 1 && !running.in_progress {
            self.rtt.answered(now.saturating_sub(running.sent_at));
        }
        match m.result {
            mav::result::IN_PROGRESS => {
                running.in_progress = true;
                running.sent_at = now;
            }
            mav::result::TEMPORARILY_REJECTED if running.patience > 0 => {
                running.patience -= 1;
                running.hold_until = Some(now + TEMPORARY_RETRY);
                running.sent = 0;
                running.in_progress = false;
            }
            result => {
                let ticket = self.running.remove(i).ticket;
                let outcome = if result == mav::result::ACCEPTED {
                    Outcome::Accepted
                } else {
                    Outcome::Refused(result)
                };
                self.outcomes.push_back((ticket, outcome));
            }
        }
    }

    /// The next message to send.
    pub fn poll(&mut self, now: Duration) -> Option<Message> {
        self.start_waiting(now);
        let timeout = self.rtt.timeout();
        let mut gone = None;
        let mut message = None;
        for (i, r) in self.running.iter_mut().enumerate() {
            if now < due(r, timeout) {
                continue;
            }
            if r.in_progress || r.sent >= COMMAND_ATTEMPTS {
                gone = Some(i);
                break;
            }
            if r.sent > 0 {
                self.rtt.expired();
            }
            r.hold_until = None;
            message = Some(to_message(&self.target, &r.order, r.sent));
            r.sent += 1;
            r.sent_at = now;
            break;
        }
        if let Some(i) = gone {
            let ticket = self.running.remove(i).ticket;
            self.outcomes.push_back((ticket, Outcome::NoAnswer));
            return self.poll(now);
        }
        message
    }

    /// When [`Commander::poll`] should be called even if nothing comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let ready = |o: &Order| !self.running.iter().any(|r| r.order.command == o.command);
        if self.waiting.iter().any(|(_, o)| ready(o)) {
            return Some(Duration::ZERO);
        }
        let timeout = self.rtt.timeout();
        self.running.iter().map(|r| due(r, timeout)).min()
    }

    fn start_waiting(&mut self, now: Duration) {
        let mut later = VecDeque::new();
        while let Some((ticket, order)) = self.waiting.pop_front() {
            let busy = self
                .running
                .iter()
                .any(|r| r.order.command == order.command);
            if busy {
                later.push_back((ticket, order));
            } else {
                self.running.push(Running {
                    ticket,
                    order,
                    sent_at: now,
                    sent: 0,
                    patience: order.patience,
                    hold_until: None,
                    in_progress: false,
                });
            }
        }
        self.waiting = later;
    }
}

/// When an order needs attention next.
fn due(r: &Running, timeout: Duration) -> Duration {
    match r.hold_until {
        Some(until) => until,
        None if r.sent == 0 => Duration::ZERO,
        None if r.in_progress => r.sent_at + IN_PROGRESS_MAX,
        None => r.sent_at + timeout,
    }
}

fn to_message(target: &Target, order: &Order, confirmation: u8) -> Message {
    let (target_system, target_component) = target.peer();
    let [param1, param2, param3, param4, param5, param6, param7] = order.params;
    match order.place {
        None => CommandLong {
            target_system,
            target_component,
            command: order.command,
            confirmation,
            param1,
            param2,
            param3,
            param4,
            param5,
            param6,
            param7,
        }
        .into(),
        Some((frame, x, y, z)) => CommandInt {
            target_system,
            target_component,
            frame,
            command: order.command,
            current: 0,
            autocontinue: 0,
            param1,
            param2,
            param3,
            param4,
            x,
            y,
            z,
        }
        .into(),
    }
}
