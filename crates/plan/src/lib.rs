//! Whimbrel's `plan`: area, camera and vehicle in, sorties out.
//!
//! [`plan`] finds parts and sweep angles, orders the lines inside the airspace,
//! lays the heights over the terrain, cuts the work into sorties that the
//! battery carries, and says what it costs next to a lower bound.

mod approach;
mod assemble;
mod bound;
mod build;
mod cells;
mod covered;
mod export;
mod follow;
mod heights;
mod launch;
mod lay;
mod layout;
mod legs;
mod light;
mod lines;
mod measures;
mod moves;
mod order;
mod pace;
mod parts;
mod patch;
mod photography;
mod photos;
mod predict;
mod price;
mod profile;
mod radio;
mod report;
mod request;
mod route;
mod share;
mod sight;
mod site;
pub mod sorties;
mod space;
mod strips;
mod swept;
mod task;
mod tour;
mod trigger;
mod tube;
mod verify;
mod write;

pub use assemble::plan;
pub use export::Briefing;
pub use follow::follow;
pub use heights::Heights;
pub use light::{Light, Window};
pub use photography::{Photography, shown_exposure};
pub use photos::PhotoReport;
pub use predict::{Few, Maps, MapsError, Prediction, Spread};
pub use profile::{Band, Rules};
pub use radio::{Radio, RadioReport};
pub use report::{Bound, Lengths, Report, SortieReport};
pub use request::{
    Detail, Effort, Objective, Overlap, Pattern, Plan, PlanError, Request, Role, Segment, Sortie,
};
pub use sorties::Balance;
pub use tube::Slopes;
pub use verify::TerrainReport;
