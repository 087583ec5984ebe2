//! Whimbrel's `fly`: telemetry and intentions in, decisions out.
//!
//! A [`Fleet`] takes what comes from the links ([`Fleet::handle`]), what the
//! operator wants ([`Fleet::command`]) and the time ([`Fleet::tick`]), and
//! answers with [`Effect`]s: bytes to send, records to keep, alerts to show.
//! It performs nothing itself, so feeding a record back in replays a flight.
//!
//! The vehicle's word is checked: a mission is flown only after it was read
//! back and found equal, a mode counts only when the heartbeat shows it.

pub mod alerts;
pub mod checks;
pub mod commands;
mod craft;
pub mod effect;
mod fleet;
mod flight;
mod guards;
mod loading;
pub mod view;

pub use alerts::{Alert, AlertKind, Level};
pub use checks::{Check, Checks};
pub use commands::{Command, Group, Info, Operator, Role, Upload};
pub use effect::{AuditRecord, Effect, LinkId, PhotoEvent, VehicleId};
pub use fleet::{
    Fleet, FleetError, GCS_COMPONENT, GCS_SYSTEM, LINK_SILENT, LINKS_MAX, Reply, VEHICLE_SILENT,
    VEHICLES_MAX,
};
pub use view::{LoadState, MissionView, Phase, TextLine, VehicleView};
