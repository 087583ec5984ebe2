//! The parameter service as a vehicle gives it (mavlink.io, "Parameter
//! Protocol"), with both autopilots' ways of sending integers.

use super::status_text;
use crate::messages::{Message, ParamValue};
use crate::params::{decode, encode};
use crate::quirks::{Autopilot, Personality, personality};
use crate::{Frame, Text, mav};
use core::time::Duration;
use std::collections::VecDeque;

pub use crate::params::Value;

/// Time between two values of a list.
const LIST_INTERVAL: Duration = Duration::from_millis(2);
/// Single answers that wait to be sent.
const ANSWERS_MAX: usize = 64;

/// Holds parameters and serves them.
pub struct ParamServer {
    habits: &'static Personality,
    values: Vec<(Text<16>, Value)>,
    /// The next index of a running list, and when it is due.
    listing: Option<(usize, Duration)>,
    out: VecDeque<Message>,
    changed: VecDeque<(Text<16>, Value)>,
}

impl ParamServer {
    /// A server of `values`; their order gives their indices.
    #[must_use]
    pub fn new(autopilot: Autopilot, values: &[(&str, Value)]) -> Self {
        Self {
            habits: personality(autopilot),
            values: values.iter().map(|(n, v)| (Text::new(n), *v)).collect(),
            listing: None,
            out: VecDeque::new(),
            changed: VecDeque::new(),
        }
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        let found = self.values.iter().find(|(n, _)| n.as_str() == name);
        found.map(|(_, v)| *v)
    }

    /// The number that a parameter holds.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).map(Value::number)
    }

    /// The next parameter that the ground has set.
    pub fn next_change(&mut self) -> Option<(Text<16>, Value)> {
        self.changed.pop_front()
    }

    /// Takes a frame that is for us; others' messages are ignored.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        match &frame.message {
            Message::ParamRequestList(_) => self.listing = Some((0, now)),
            Message::ParamRequestRead(m) => {
                let by_index = usize::try_from(m.param_index).ok();
                let index = match by_index {
                    Some(index) => Some(index).filter(|i| *i < self.values.len()),
                    None => self.position(&m.param_id),
                };
                match index {
                    Some(index) => self.answer(index, by_index.is_some()),
                    None => self.unknown(&m.param_id),
                }
            }
            Message::ParamSet(m) => {
                let Some(index) = self.position(&m.param_id) else {
                    self.unknown(&m.param_id);
                    return;
                };
                let bytewise = self.habits.params_bytewise;
                let wanted = decode(m.param_value, m.param_type, bytewise);
                if let (Some(wanted), Some((name, value))) = (wanted, self.values.get_mut(index)) {
                    let fits = std::mem::discriminant(&wanted) == std::mem::discriminant(value);
                    if fits || !bytewise {
                        *value = wanted.cast_like(*value);
                        if self.changed.len() < ANSWERS_MAX {
                            self.changed.push_back((*name, *value));
                        }
                    }
                }
                self.answer(index, false);
            }
            _ => {}
        }
    }

    /// The next message to send.
    pub fn poll(&mut self, now: Duration) -> Option<Message> {
        if let Some(message) = self.out.pop_front() {
            return Some(message);
        }
        let (index, due) = self.listing?;
        if now < due {
            return None;
        }
        let message = self.message(index, index);
        self.listing = message
            .is_some()
            .then_some((index + 1, due + LIST_INTERVAL));
        message
    }

    /// When [`ParamServer::poll`] should be called even if nothing comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.listing.map(|(_, due)| due)
    }

    fn position(&self, name: &Text<16>) -> Option<usize> {
        self.values
            .iter()
            .position(|(n, _)| n.as_str() == name.as_str())
    }

    fn answer(&mut self, index: usize, by_index: bool) {
        // ArduPilot tells the index only when it was asked by index.
        let shown = if self.habits.params_bytewise || by_index {
            index
        } else {
            0xffff
        };
        if self.out.len() < ANSWERS_MAX {
            let message = self.message(index, shown);
            self.out.extend(message);
        }
    }

    fn unknown(&mut self, name: &Text<16>) {
        if !self.habits.silent_on_unknown_param && self.out.len() < ANSWERS_MAX {
            let text = format!("unknown param: {}", name.as_str());
            self.out.push_back(status_text(mav::severity::ERROR, &text));
        }
    }

    fn message(&self, index: usize, shown: usize) -> Option<Message> {
        let (name, value) = self.values.get(index)?;
        let (param_value, param_type) = encode(*value, self.habits.params_bytewise);
        Some(
            ParamValue {
                param_id: *name,
                param_value,
                param_type,
                param_count: u16::try_from(self.values.len()).unwrap_or(u16::MAX),
                param_index: u16::try_from(shown).unwrap_or(u16::MAX),
            }
            .into(),
        )
    }
}
