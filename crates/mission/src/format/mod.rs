//! File formats of the trade: bytes in, bytes out. All readers are bounded.

pub mod geojson;
pub mod kml;
pub mod plan_json;
pub mod waypoints;

use crate::{Area, Mission};

/// Largest mission or area file that is read.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;
/// Most items that a mission file may have.
pub const MAX_ITEMS: usize = 65_535;
/// Most vertices, over all rings, that an area file may have.
pub const MAX_VERTICES: usize = 500_000;
/// Most areas that one file may have.
pub const MAX_AREAS: usize = 10_000;

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the file has {0} bytes; at most {MAX_FILE_BYTES} are read")]
    TooLarge(usize),
    /// More than the reader takes.
    #[error("the file has more than {limit} {what}; split it")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not of the format.
    #[error("reading {format} failed{}: {reason}", at_place(.place))]
    Syntax {
        /// Which format.
        format: &'static str,
        /// Line or element.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// No area in it.
    #[error("the {0} file holds no polygon: draw an area (Polygon) and save again")]
    NoArea(&'static str),
    /// Unknown kind of file.
    #[error("the file is neither GeoJSON, KML, a QGC .plan nor a QGC WPL 110 file")]
    Unknown,
}

fn at_place(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!(" at {place}")
    }
}

pub(crate) fn check_size(bytes: &[u8]) -> Result<(), FormatError> {
    if bytes.len() > MAX_FILE_BYTES {
        Err(FormatError::TooLarge(bytes.len()))
    } else {
        Ok(())
    }
}

/// Reads areas from GeoJSON, KML or a QGC plan (inclusion polygons of its
/// fence or the outline of its survey), told apart by content.
///
/// # Errors
/// What is wrong with the file.
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    check_size(bytes)?;
    match first_char(bytes) {
        Some(b'<') => kml::read_areas(bytes),
        Some(b'{') if plan_json::looks_like(bytes) => plan_json::read_areas(bytes),
        Some(b'{') => geojson::read_areas(bytes),
        _ => Err(FormatError::Unknown),
    }
}

/// Reads a mission from a QGC `.plan` or a `.waypoints` file, told apart by
/// content.
///
/// # Errors
/// What is wrong with the file.
pub fn read_mission(bytes: &[u8]) -> Result<Mission, FormatError> {
    check_size(bytes)?;
    match first_char(bytes) {
        Some(b'{') => plan_json::read(bytes),
        Some(b'Q') => waypoints::read(bytes),
        _ => Err(FormatError::Unknown),
    }
}

fn first_char(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().copied().find(|b| !b.is_ascii_whitespace())
}
