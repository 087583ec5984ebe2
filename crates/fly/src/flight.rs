//! Orders in flight: each is a short list of steps, and a step has succeeded
//! only when the vehicle's heartbeat shows it.

use crate::commands::Command;
use crate::craft::Craft;
use core::time::Duration;
use std::collections::VecDeque;
use whimbrel_link::gcs::{Order, Outcome, Ticket};
use whimbrel_link::mav::{cmd, result};
use whimbrel_link::quirks::{Autopilot, Class, Role, mode_for, mode_params};

/// How often arming is tried: an autopilot that has just found its position
/// refuses for a while ("Need Position Estimate").
pub const ARM_ATTEMPTS: u32 = 10;
/// How often other steps are tried.
pub const STEP_ATTEMPTS: u32 = 5;
/// Time between attempts.
pub const STEP_RETRY: Duration = Duration::from_secs(3);
/// How long the heartbeat may take to show what was accepted.
pub const CONFIRM_WAIT: Duration = Duration::from_secs(6);

/// One thing to achieve.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Mode(Role),
    Arm,
    Disarm,
    /// Begin the mission; done when the mode shows it.
    MissionStart,
    Speed(f32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    /// For its answer.
    Answer(Ticket),
    /// For the heartbeat; the answer came at `since`.
    Heartbeat { since: Duration },
    /// Until the next attempt.
    Retry { at: Duration },
    /// Nothing was sent yet.
    Begin,
}

/// An order being carried out.
pub(crate) struct Flight {
    who: String,
    command: Command,
    steps: VecDeque<Step>,
    wait: Wait,
    attempts: u32,
    /// Why the last attempt failed.
    why: String,
}

impl Flight {
    /// Begins; what went on before is dropped, so that a Hold or Return is
    /// never followed by the rest of a start.
    pub fn begin(craft: &mut Craft, who: &str, command: &Command) {
        let copter = craft.state.class == Class::Multirotor;
        let ardupilot = craft.state.autopilot == Autopilot::ArduPilot;
        let on_hand = craft.state.mode().map(|m| m.role);
        let mut prepare: Vec<Step> = match (ardupilot, copter) {
            // ArduCopter arms in GUIDED and starts from it.
            (true, true) => vec![Step::Mode(Role::Guided)],
            (true, false) => vec![],
            // PX4 does not arm in a pilot's mode without a pilot, nor in the
            // mode of the last flight's end.
            (false, _) if on_hand == Some(Role::Hold) => vec![],
            (false, _) => vec![Step::Mode(Role::Hold)],
        };
        if craft.state.armed {
            prepare.clear();
        } else {
            prepare.push(Step::Arm);
        }
        let start: &[Step] = if ardupilot {
            &[Step::MissionStart]
        } else {
            &[Step::Mode(Role::Mission), Step::MissionStart]
        };
        let steps: Vec<Step> = match command {
            Command::Fly => [&prepare, start].concat(),
            Command::Arm => prepare,
            Command::Start => start.to_vec(),
            Command::Resume => vec![Step::Mode(Role::Mission)],
            Command::Hold => vec![Step::Mode(Role::Hold)],
            Command::Return => vec![Step::Mode(Role::Return)],
            Command::Land => vec![Step::Mode(Role::Land)],
            Command::Disarm => vec![Step::Disarm],
            Command::SetSpeed { speed_m_s } => vec![Step::Speed(*speed_m_s as f32)],
            Command::Upload(_) | Command::Verify(_) => vec![],
        };
        for order in [
            cmd::DO_SET_MODE,
            cmd::COMPONENT_ARM_DISARM,
            cmd::MISSION_START,
            cmd::DO_CHANGE_SPEED,
        ] {
            craft.commander.forget(order);
        }
        craft.flight = Some(Self {
            who: who.to_owned(),
            command: command.clone(),
            steps: steps.into(),
            wait: Wait::Begin,
            attempts: 0,
            why: String::new(),
        });
    }

    /// Whom it is done for.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// What it does.
    pub fn command(&self) -> &Command {
        &self.command
    }

    pub fn next_deadline(&self) -> Option<Duration> {
        match self.wait {
            Wait::Answer(_) => None,
            Wait::Begin => Some(Duration::ZERO),
            Wait::Retry { at } => Some(at),
            Wait::Heartbeat { since } => Some(since + CONFIRM_WAIT),
        }
    }

    /// For people.
    pub fn detail(&self) -> String {
        let doing = match self.steps.front() {
            Some(Step::Arm) => "arming",
            Some(Step::MissionStart) => "starting the mission",
            Some(Step::Mode(_)) => "changing mode",
            Some(Step::Disarm) => "disarming",
            Some(Step::Speed(_)) => "changing speed",
            None => "",
        };
        if self.why.is_empty() {
            doing.to_owned()
        } else {
            format!("{doing}: {} (attempt {})", self.why, self.attempts + 1)
        }
    }
}

/// Goes on with the order, if any.
pub(crate) fn step(craft: &mut Craft, now: Duration) {
    let Some(mut flight) = craft.flight.take() else {
        craft.outcomes.clear();
        return;
    };
    loop {
        let Some(step) = flight.steps.front().copied() else {
            let verb = flight.command.info().verb;
            craft.record(now, &flight.who, verb, "done".to_owned());
            return;
        };
        match flight.wait {
            Wait::Begin => match begin(craft, step) {
                Ok(ticket) => flight.wait = Wait::Answer(ticket),
                Err(why) => {
                    fail(craft, now, &flight, why);
                    return;
                }
            },
            Wait::Answer(ticket) => {
                let outcome = craft
                    .outcomes
                    .iter()
                    .find(|(t, _)| *t == ticket)
                    .map(|(_, o)| *o);
                match outcome {
                    None => break,
                    Some(Outcome::Accepted) if matches!(step, Step::Speed(_)) => {
                        next(&mut flight);
                    }
                    Some(Outcome::Accepted) => flight.wait = Wait::Heartbeat { since: now },
                    // Some vehicles start by their mode alone.
                    Some(Outcome::Refused(result::UNSUPPORTED)) if step == Step::MissionStart => {
                        flight.wait = Wait::Heartbeat { since: now };
                    }
                    Some(Outcome::Refused(code)) => {
                        let why = craft
                            .last_complaint()
                            .map_or_else(|| refusal(code), str::to_owned);
                        if !try_again(&mut flight, now, step, why) {
                            let why = flight.why.clone();
                            fail(craft, now, &flight, why);
                            return;
                        }
                    }
                    Some(Outcome::NoAnswer) => {
                        fail(
                            craft,
                            now,
                            &flight,
                            "the vehicle does not answer".to_owned(),
                        );
                        return;
                    }
                }
            }
            Wait::Heartbeat { since } => {
                if craft.state.heartbeat_at > since && shown(craft, step) {
                    if let Step::Mode(role) = step {
                        craft.wanted_role = Some(role);
                    }
                    if step == Step::MissionStart {
                        craft.wanted_role = Some(Role::Mission);
                    }
                    next(&mut flight);
                } else if now >= since + CONFIRM_WAIT {
                    let why = craft
                        .last_complaint()
                        .map_or_else(|| "accepted but not done".to_owned(), str::to_owned);
                    if !try_again(&mut flight, now, step, why) {
                        let why = flight.why.clone();
                        fail(craft, now, &flight, why);
                        return;
                    }
                } else {
                    break;
                }
            }
            Wait::Retry { at } if now >= at => flight.wait = Wait::Begin,
            Wait::Retry { .. } => break,
        }
    }
    craft.outcomes.clear();
    craft.flight = Some(flight);
}

fn next(flight: &mut Flight) {
    flight.steps.pop_front();
    flight.wait = Wait::Begin;
    flight.attempts = 0;
    flight.why.clear();
}

fn try_again(flight: &mut Flight, now: Duration, step: Step, why: String) -> bool {
    flight.attempts += 1;
    flight.why = why;
    let limit = if step == Step::Arm {
        ARM_ATTEMPTS
    } else {
        STEP_ATTEMPTS
    };
    flight.wait = Wait::Retry {
        at: now + STEP_RETRY,
    };
    flight.attempts < limit
}

fn fail(craft: &mut Craft, now: Duration, flight: &Flight, why: String) {
    let info = flight.command.info();
    craft.outcomes.clear();
    craft.record(now, &flight.who, info.verb, format!("failed: {why}"));
    let action = match flight.command {
        Command::Hold | Command::Return | Command::Land => {
            "Order it again, or take over with the remote control"
        }
        _ => "Read the reason, correct it and order it again",
    };
    craft.failed(now, format!("{} failed: {why}", info.label), action);
}

/// Sends what the step needs.
fn begin(craft: &mut Craft, step: Step) -> Result<Ticket, String> {
    let (autopilot, class) = (craft.state.autopilot, craft.state.class);
    let order = match step {
        Step::Mode(role) => match mode_for(autopilot, class, role) {
            Some(mode) => Order::new(cmd::DO_SET_MODE, &mode_params(autopilot, mode.custom)),
            None => return Err("this vehicle has no mode for it".to_owned()),
        },
        Step::Arm => Order::new(cmd::COMPONENT_ARM_DISARM, &[1.0]),
        Step::Disarm => Order::new(cmd::COMPONENT_ARM_DISARM, &[0.0]),
        Step::MissionStart => Order::new(cmd::MISSION_START, &[]),
        Step::Speed(speed_m_s) => {
            // Airspeed for wings, ground speed for rotors; throttle as it is.
            let kind = if class == Class::Multirotor { 1.0 } else { 0.0 };
            Order::new(cmd::DO_CHANGE_SPEED, &[kind, speed_m_s, -1.0])
        }
    };
    craft
        .commander
        .send(order)
        .ok_or_else(|| "too many orders wait already".to_owned())
}

/// Whether the heartbeat shows that the step is done.
fn shown(craft: &Craft, step: Step) -> bool {
    let role = craft.state.mode().map(|m| m.role);
    match step {
        Step::Mode(wanted) => role == Some(wanted),
        Step::Arm => craft.state.armed,
        Step::Disarm => !craft.state.armed,
        Step::MissionStart => role == Some(Role::Mission) && craft.state.armed,
        Step::Speed(_) => true,
    }
}

fn refusal(code: u8) -> String {
    match code {
        result::TEMPORARILY_REJECTED => "the vehicle says: not now".to_owned(),
        result::DENIED => "the vehicle denies it".to_owned(),
        result::UNSUPPORTED => "the vehicle does not know how".to_owned(),
        result::FAILED => "the vehicle tried and failed".to_owned(),
        other => format!("the vehicle refuses (result {other})"),
    }
}
