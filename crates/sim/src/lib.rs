//! Whimbrel's `sim`: a world to rehearse in: landscape, air, aircraft, autopilot, radio and camera.

pub mod airframe;
pub mod atmosphere;
pub mod battery;
pub mod dynamics;
pub mod plant;
pub mod propeller;
pub mod random;
pub mod rotors;
pub mod trim;
pub mod wind;
pub mod wing;
