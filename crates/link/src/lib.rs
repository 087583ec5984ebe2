//! Whimbrel's `link`: bytes to MAVLink conversations and back.
//!
//! [`Parser`] and [`Sender`] turn bytes into [`Frame`]s and back; [`gcs`] holds
//! the ground's side of the services (missions, parameters, commands,
//! discovery, state), [`vehicle`] the aircraft's side of the same, and
//! [`quirks`] what the autopilots were measured to do differently.
//!
//! Nothing here reads a clock or a socket: machines take `now` (time since the
//! Unix epoch) and frames, and give messages.

pub mod crc;
pub mod endpoint;
pub mod frame;
pub mod gcs;
pub mod mav;
pub mod message;
pub mod messages;
pub mod params;
pub mod quirks;
pub mod vehicle;
pub mod wire;

pub use frame::{Frame, Header, ParseError, Parser, Sender, Signature};
pub use messages::Message;
pub use wire::Text;
