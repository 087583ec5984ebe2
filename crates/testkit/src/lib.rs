//! Whimbrel's `testkit`: a seeded world in virtual time, for tests only.
//!
//! A [`World`] holds simulated aircraft on in-memory MAVLink [`line`](line::Line)s, one
//! [`Fleet`](whimbrel_fly::Fleet) that flies them, and for each aircraft a camera whose photos go
//! over a simulated radio to a disk on the ground. Time goes from one deadline to the next, so
//! that a survey of ten minutes takes seconds, and the same seed gives the same bytes.
//!
//! What fails in the world's own set-up panics with a message: it serves tests only.

mod dice;
pub mod disk;
pub mod judge;
pub mod line;
pub mod survey;
pub mod transfer;
pub mod world;

pub use disk::Disk;
pub use line::{Line, LineConfig, LineStats};
pub use survey::Survey;
pub use transfer::{Layer, Transfer};
pub use world::{Hangar, Vehicle, World, WorldConfig};
