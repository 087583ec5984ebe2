//! Whimbrel's `plan`: area, camera and vehicle in, sorties out.
//!
//! [`plan`] finds one best sweep angle, orders the lines inside the airspace,
//! lays the heights over the terrain, cuts the work into sorties that the
//! battery carries, and says what it costs next to a lower bound.

mod angle;
mod assemble;
mod build;
mod covered;
mod export;
mod follow;
mod launch;
mod lines;
mod measures;
mod order;
mod pace;
mod photography;
mod profile;
mod report;
mod request;
mod route;
mod share;
mod site;
pub mod sorties;
mod space;
mod task;
mod trigger;
mod tube;
mod write;

pub use assemble::plan;
pub use follow::follow;
pub use photography::Photography;
pub use profile::{Band, Rules};
pub use report::{Bound, Lengths, Report, SortieReport};
pub use request::{Detail, Objective, Overlap, Plan, PlanError, Request, Role, Segment, Sortie};
pub use sorties::Balance;
pub use tube::Slopes;
