//! QGroundControl's `.plan`, version 1 (docs.qgroundcontrol.com, "Plan file
//! format"): mission version 2, geoFence version 2, rallyPoints version 2.

mod areas;
mod places;
mod read;
mod write;

use super::FormatError;

pub(crate) use areas::areas_into;
pub use read::read;
pub use write::write;

const FORMAT: &str = "QGC .plan";

fn syntax(place: impl Into<String>, reason: impl Into<String>) -> FormatError {
    FormatError::syntax(FORMAT, place, reason)
}
