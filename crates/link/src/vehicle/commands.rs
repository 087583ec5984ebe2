//! The command service as a vehicle gives it (mavlink.io, "Command Protocol").

use crate::messages::{CommandAck, Message};
use crate::{Frame, mav};
use core::time::Duration;
use std::collections::VecDeque;

/// Answered commands that are remembered, so that a repetition is answered
/// again instead of done again.
pub const REQUESTS_REMEMBERED: usize = 16;
/// How long a repetition may come after the first.
const REPEAT_WINDOW: Duration = Duration::from_secs(10);

/// A command from the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// `MAV_CMD`.
    pub command: u16,
    /// Parameters 1 to 7; places in degrees, heights in metres.
    pub params: [f64; 7],
    /// The frame, when it came as `COMMAND_INT`.
    pub frame: Option<u8>,
    /// Who asks: system and component.
    pub from: (u8, u8),
    /// How often it was repeated (`COMMAND_LONG`).
    pub confirmation: u8,
}

impl Request {
    /// Parameter `number` (1 to 7) as a single precision number.
    #[must_use]
    pub fn param(&self, number: usize) -> f32 {
        let value = self.params.get(number.wrapping_sub(1)).copied();
        value.unwrap_or_default() as f32
    }
}

struct Done {
    request: Request,
    at: Duration,
    result: u8,
}

/// Takes commands and gives acknowledgements.
#[derive(Default)]
pub struct CommandServer {
    recent: VecDeque<Done>,
    out: VecDeque<Message>,
}

impl CommandServer {
    /// A server that was asked nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new command in the frame, if there is one. A repetition of a command
    /// that was answered is answered again and not given.
    pub fn handle(&mut self, now: Duration, frame: &Frame) -> Option<Request> {
        let from = (frame.header.system, frame.header.component);
        let request = match &frame.message {
            Message::CommandLong(m) => Request {
                command: m.command,
                params: [
                    m.param1, m.param2, m.param3, m.param4, m.param5, m.param6, m.param7,
                ]
                .map(f64::from),
                frame: None,
                from,
                confirmation: m.confirmation,
            },
            Message::CommandInt(m) => {
                let scale = if whimbrel_mission::frame::is_global(m.frame) {
                    1e-7
                } else {
                    1.0
                };
                let [p1, p2, p3, p4] = [m.param1, m.param2, m.param3, m.param4].map(f64::from);
                Request {
                    command: m.command,
                    params: [
                        p1,
                        p2,
                        p3,
                        p4,
                        f64::from(m.x) * scale,
                        f64::from(m.y) * scale,
                        f64::from(m.z),
                    ],
                    frame: Some(m.frame),
                    from,
                    confirmation: 0,
                }
            }
            _ => return None,
        };
        if request.confirmation > 0 {
            let done = self.recent.iter().rev().find(|d| {
                d.request.from == from
                    && d.request.command == request.command
                    && now.saturating_sub(d.at) < REPEAT_WINDOW
                    && same(&d.request.params, &request.params)
            });
            if let Some(result) = done.map(|d| d.result) {
                self.push(&request, result, 0, 0);
                return None;
            }
        }
        Some(request)
    }

    /// Answers a command. `progress` (percent) goes with
    /// [`mav::result::IN_PROGRESS`], after which a final answer must follow.
    pub fn acknowledge(&mut self, now: Duration, request: &Request, result: u8, progress: u8) {
        if result != mav::result::IN_PROGRESS {
            if self.recent.len() >= REQUESTS_REMEMBERED {
                self.recent.pop_front();
            }
            self.recent.push_back(Done {
                request: *request,
                at: now,
                result,
            });
        }
        self.push(request, result, progress, 0);
    }

    fn push(&mut self, request: &Request, result: u8, progress: u8, result_param2: i32) {
        if self.out.len() >= super::missions::REPLIES_MAX {
            self.out.pop_front();
        }
        let reply = CommandAck {
            command: request.command,
            result,
            progress,
            result_param2,
            target_system: request.from.0,
            target_component: request.from.1,
        };
        self.out.push_back(reply.into());
    }

    /// The next message to send.
    pub fn poll(&mut self) -> Option<Message> {
        self.out.pop_front()
    }
}

fn same(a: &[f64; 7], b: &[f64; 7]) -> bool {
    a.iter()
        .zip(b)
        .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}
