//! Whimbrel's `air`: the shell on the aircraft.
//!
//! [`clock`] and [`links`] (open endpoints) are shared with the shell on the ground.

pub mod clock;
pub mod links;

pub use clock::Clock;
