//! Whimbrel's `plan`: area, camera and vehicle in, sorties out.
//!
//! [`plan`] finds one best sweep angle, orders the lines inside the airspace,
//! lays the heights over the terrain, cuts the work into sorties that the
//! battery carries, and says what it costs next to a lower bound.

mod build;
mod export;
mod launch;
mod lines;
mod order;
mod profile;
mod report;
mod request;
mod route;
mod space;
mod split;
mod sweep;
mod write;

pub use report::{Bound, Lengths, Report, SortieReport};
pub use request::{Detail, Objective, Overlap, Plan, PlanError, Request, Role, Segment, Sortie};
pub use sweep::plan;
