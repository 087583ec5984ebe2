//! Whimbrel's `mission`: the rules of the trade.
//!
//! Areas, cameras and vehicles; the turn and energy model; missions as the
//! autopilots store them; **the** fence check, **the** footprint and the
//! coverage account; and the file formats of the trade.
//!
//! Everything is sans-IO: bytes in, bytes out.

pub mod area;
pub mod camera;
pub mod coverage;
pub mod energy;
pub mod fence;
pub mod footprint;
pub mod format;
#[doc(hidden)]
pub mod fuzzing;
pub mod grid;
pub mod guidance;
pub mod item;
pub mod mission;
pub mod turn;
pub mod vehicle;
pub mod zone;

pub use area::{Area, AreaError};
pub use camera::{Camera, CameraError};
pub use fence::{FenceBreach, FenceShape, fence_from_items, fence_items};
pub use item::{Item, command, frame};
pub use mission::{Firmware, HeightReference, Mission};
pub use vehicle::{Vehicle, VehicleError, VehicleKind};
pub use zone::{Limit, Rule, Zone};
