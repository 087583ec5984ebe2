//! Whimbrel's `sim`: a world to rehearse in: landscape, air, aircraft, autopilot, radio and camera.

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
pub mod trim;
pub mod wind;
pub mod wing;
