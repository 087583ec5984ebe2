//! Whimbrel's `air`: the shell on the aircraft.
//!
//! [`clock`], [`links`] (open endpoints), [`photo_object`] (photos on the downlink) and [`scratch`] are shared with the
//! shell on the ground.

pub mod clock;
pub mod links;
pub mod photo_object;
pub mod scratch;

pub use clock::Clock;
