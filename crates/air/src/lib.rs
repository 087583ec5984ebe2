//! Whimbrel's `air`: the shell on the aircraft.
//!
//! [`run`] watches the camera's folder and sends what is in it: previews of all photos first, mapping-grade
//! layers next, originals last, and the autopilot's telemetry ahead of them. [`transfer`] moves any folder of
//! files. [`clock`], [`links`] (open endpoints), [`photo_object`] and [`scratch`] are shared with the shell on
//! the ground.

mod aircraft;
pub mod clock;
mod error;
mod file_source;
mod ledger;
pub mod links;
pub mod photo_object;
pub mod scratch;
pub mod transfer;
mod udp;
mod watch;
mod wire;

pub use aircraft::{AirConfig, AirReport, run};
pub use clock::{Clock, ClockError, Pacer};
pub use error::AirError;
