//! Parameters from the vehicle and back (mavlink.io, "Parameter Protocol").

use super::{Rtt, Target};
use crate::messages::{Message, ParamRequestList, ParamRequestRead, ParamSet, ParamValue};
use crate::params::{Value, decode, encode};
use crate::quirks::personality;
use crate::{Frame, Text};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

/// Missing values of a list that are asked for at once.
pub const READ_WINDOW: usize = 8;
/// Silence after which the missing values of a list are asked for.
const LIST_QUIET: Duration = Duration::from_millis(500);
/// Time without any progress until a transfer is given up.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often one value is asked for or set.
const ATTEMPTS: u32 = 12;

/// A parameter with its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Text<16>,
    /// Its value.
    pub value: Value,
}

/// Why a parameter transfer failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The vehicle does not answer, or not for this name: ArduPilot is silent
    /// about names that it does not know.
    #[error("the vehicle does not answer about {what}; check the name and the link")]
    NoAnswer {
        /// The name, or "its list".
        what: String,
    },
    /// The vehicle kept another value.
    #[error("the vehicle keeps {name} = {kept}; it may be read-only or out of range")]
    Kept {
        /// The name.
        name: String,
        /// The value that it keeps.
        kept: String,
    },
}

enum Job {
    List,
    Read(Text<16>),
    Set(Text<16>, Value),
}

/// One parameter transfer.
pub struct ParamTransfer {
    target: Target,
    bytewise: bool,
    job: Job,
    rtt: Rtt,
    found: BTreeMap<u16, Parameter>,
    total: Option<u16>,
    asked_at: Duration,
    heard_at: Duration,
    tries: u32,
    out: VecDeque<Message>,
    outcome: Option<Result<Vec<Parameter>, ParamError>>,
}

impl ParamTransfer {
    /// Reads all parameters.
    #[must_use]
    pub fn list(now: Duration, target: Target) -> Self {
        Self::new(now, target, Job::List)
    }

    /// Reads one parameter.
    #[must_use]
    pub fn read(now: Duration, target: Target, name: &str) -> Self {
        Self::new(now, target, Job::Read(name.into()))
    }

    /// Sets one parameter and waits until the vehicle says that it has it.
    #[must_use]
    pub fn set(now: Duration, target: Target, name: &str, value: Value) -> Self {
        Self::new(now, target, Job::Set(name.into(), value))
    }

    fn new(now: Duration, target: Target, job: Job) -> Self {
        let mut this = Self {
            target,
            bytewise: personality(target.autopilot).params_bytewise,
            job,
            rtt: Rtt::default(),
            found: BTreeMap::new(),
            total: None,
            asked_at: now,
            heard_at: now,
            tries: 0,
            out: VecDeque::new(),
            outcome: None,
        };
        this.ask();
        this
    }

    /// The parameters, or why not; `None` while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<&Result<Vec<Parameter>, ParamError>> {
        self.outcome.as_ref()
    }

    /// Values found and, once known, values in all.
    #[must_use]
    pub fn progress(&self) -> (usize, Option<u16>) {
        (self.found.len(), self.total)
    }

    fn wait(&self) -> Duration {
        match self.job {
            Job::List => self.rtt.timeout().max(LIST_QUIET),
            _ => self.rtt.timeout(),
        }
    }

    /// When [`ParamTransfer::poll`] should be called even if nothing comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        if !self.out.is_empty() {
            return Some(Duration::ZERO);
        }
        self.outcome
            .is_none()
            .then(|| self.asked_at.max(self.heard_at) + self.wait())
    }

    /// The next message to send.
    pub fn poll(&mut self, now: Duration) -> Option<Message> {
        if let Some(message) = self.out.pop_front() {
            return Some(message);
        }
        if self.outcome.is_some() || now < self.asked_at.max(self.heard_at) + self.wait() {
            return None;
        }
        self.rtt.expired();
        self.asked_at = now;
        self.tries += 1;
        let silent = now >= self.heard_at + DEADLINE;
        let tired = !matches!(self.job, Job::List) && self.tries >= ATTEMPTS;
        if silent || tired {
            let what = match &self.job {
                Job::List => "its list of parameters".to_owned(),
                Job::Read(name) | Job::Set(name, _) => name.to_string(),
            };
            self.outcome = Some(Err(ParamError::NoAnswer { what }));
            return None;
        }
        self.ask();
        self.out.pop_front()
    }

    fn ask(&mut self) {
        let (target_system, target_component) = self.target.peer();
        let read = |param_id: Text<16>, param_index: i16| -> Message {
            ParamRequestRead {
                target_system,
                target_component,
                param_id,
                param_index,
            }
            .into()
        };
        match (&self.job, self.total) {
            (Job::List, None) => self.out.push_back(
                ParamRequestList {
                    target_system,
                    target_component,
                }
                .into(),
            ),
            (Job::List, Some(total)) => {
                let missing = (0..total).filter(|i| !self.found.contains_key(i));
                let ask = missing.filter_map(|i| i16::try_from(i).ok());
                let ask = ask.map(|i| read(Text::default(), i)).take(READ_WINDOW);
                self.out.extend(ask);
            }
            (Job::Read(name), _) => self.out.push_back(read(*name, -1)),
            (Job::Set(name, value), _) => {
                let (param_value, param_type) = encode(*value, self.bytewise);
                self.out.push_back(
                    ParamSet {
                        target_system,
                        target_component,
                        param_id: *name,
                        param_value,
                        param_type,
                    }
                    .into(),
                );
            }
        }
    }

    /// Takes a frame; only parameter values of the vehicle count.
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        let Message::ParamValue(m) = &frame.message else {
            return;
        };
        if !self.target.sent(frame) || self.outcome.is_some() {
            return;
        }
        let Some(value) = decode(m.param_value, m.param_type, self.bytewise) else {
            return;
        };
        let parameter = Parameter {
            name: m.param_id,
            value,
        };
        match &self.job {
            Job::List => self.listed(now, m, parameter),
            Job::Read(name) if same(name, &m.param_id) => {
                self.outcome = Some(Ok(vec![parameter]));
            }
            Job::Set(name, wanted) if same(name, &m.param_id) => {
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1.0);
                let done = near(wanted.cast_like(value).number(), value.number());
                if done {
                    self.outcome = Some(Ok(vec![parameter]));
                } else if self.tries > 0 {
                    // Told twice: it was not a stale answer.
                    self.outcome = Some(Err(ParamError::Kept {
                        name: name.to_string(),
                        kept: value.number().to_string(),
                    }));
                }
            }
            _ => {}
        }
    }

    fn listed(&mut self, now: Duration, m: &ParamValue, parameter: Parameter) {
        if m.param_index >= m.param_count {
            return;
        }
        if self.total.is_none() {
            self.rtt.answered(now.saturating_sub(self.asked_at));
        }
        let before = self.found.len();
        self.total = Some(m.param_count);
        self.found.insert(m.param_index, parameter);
        if self.found.len() > before {
            self.heard_at = now;
        }
        let all = self.found.len() >= usize::from(m.param_count);
        if all {
            self.outcome = Some(Ok(self.found.values().copied().collect()));
        } else if self.tries > 0 && self.found.len().is_multiple_of(READ_WINDOW) {
            // The window was answered: the next one need not wait for silence.
            self.asked_at = now;
            self.ask();
        }
    }
}

fn same(a: &Text<16>, b: &Text<16>) -> bool {
    a.as_str() == b.as_str()
}
