//! Whimbrel's `sim`: a world to rehearse in: landscape, air, aircraft, autopilot, radio and camera.

pub mod aircraft;
pub mod airframe;
pub mod atmosphere;
pub mod autopilot;
pub mod battery;
mod chance;
pub mod dynamics;
pub mod flight;
pub mod landscape;
pub mod plant;
pub mod propeller;
pub mod radio;
pub mod random;
pub mod render;
pub mod rotors;
pub mod trace;
pub mod trim;
pub mod wind;
pub mod wing;

pub use aircraft::{Aircraft, AircraftConfig, Event, Shutter};
pub use airframe::AirframeError;
pub use flight::Flight;
pub use plant::State;
pub use whimbrel_link::quirks::Autopilot;
pub use wind::Wind;
