//! The aircraft's side of the services, for simulated autopilots.
//!
//! Each machine takes the frames that are meant for it, keeps its state, and
//! gives replies through `poll`. [`is_for`] says whether a frame is for us.

mod commands;
mod missions;
mod params;
mod streams;

pub use commands::{CommandServer, REQUESTS_REMEMBERED, Request};
pub use missions::{MissionEvent, MissionServer, Verdict};
pub use params::{ParamServer, Value};
pub use streams::{STREAMS_MAX, Streams};

use crate::Frame;
use crate::messages::{Message, Statustext};

/// Whether the component `component` of system `system` should read the
/// frame: it has no target, or one that includes us
/// (mavlink.io, "Routing": 0 means all).
#[must_use]
pub fn is_for(frame: &Frame, system: u8, component: u8) -> bool {
    match frame.message.target() {
        None => true,
        Some((s, c)) => (s == 0 || s == system) && (c == 0 || c == component),
    }
}

/// A text for the operator.
#[must_use]
pub fn status_text(severity: u8, text: &str) -> Message {
    Statustext {
        severity,
        text: text.into(),
        ..Default::default()
    }
    .into()
}
