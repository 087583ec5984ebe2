//! File formats of the trade: bytes in, bytes out. All readers are bounded and
//! tell kinds apart by content; the name of a file only breaks ties.
//!
//! [`read`] takes any file that may hold areas, lines or zones; [`read_mission`]
//! what an autopilot flies.

mod archive;
mod csv;
mod degrees;
mod ed269;
mod ed318;
mod error;
mod faa;
mod found;
pub mod geojson;
mod geopackage;
mod gpx;
pub mod kml;
mod limits;
mod obstacles;
mod openair;
pub mod plan_json;
mod prj;
mod ring;
mod shapefile;
mod sniff;
pub mod waypoints;
mod wkb;
mod wkt;
pub mod wpml;
mod xml;

use crate::{Area, Mission};

pub use error::FormatError;
pub use found::{FileKind, Found, FoundArea, FoundLine};
pub use limits::{
    MAX_ARCHIVE_ENTRIES, MAX_ARCHIVE_MEMBERS, MAX_AREAS, MAX_DEPTH, MAX_FILE_BYTES, MAX_ITEMS,
    MAX_SQL_STEPS, MAX_UNPACKED_BYTES, MAX_VERTICES, MAX_ZONES,
};
pub use obstacles::{MAX_OBSTACLES, read_obstacles};
pub use sniff::{Source, companions, read, read_as};

pub(crate) use limits::check_size;

/// The areas to survey of any file that [`read`] takes.
///
/// # Errors
/// What is wrong with the file, or that it holds no area.
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    read("", bytes)?.into_areas()
}

/// Reads a mission from a QGC `.plan` or a `.waypoints` file, told apart by
/// content.
///
/// # Errors
/// What is wrong with the file.
pub fn read_mission(bytes: &[u8]) -> Result<Mission, FormatError> {
    check_size(bytes)?;
    match sniff::first_char(bytes) {
        Some(b'{') => plan_json::read(bytes),
        Some(b'Q') => waypoints::read(bytes),
        _ => Err(FormatError::NoMission),
    }
}
