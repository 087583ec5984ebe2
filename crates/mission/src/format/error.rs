//! What can be wrong with a file.

use super::limits::{MAX_FILE_BYTES, MAX_UNPACKED_BYTES};

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error(
        "the file has {0} bytes; at most {MAX_FILE_BYTES} are read: cut out the part that is needed"
    )]
    TooLarge(usize),
    /// An archive that grows beyond [`MAX_UNPACKED_BYTES`].
    #[error(
        "the archive unpacks to more than {MAX_UNPACKED_BYTES} bytes (near {0:?}): unpack it and give the one file that is needed"
    )]
    Bomb(String),
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
    #[error("the {format} file holds no polygon{}: draw an area (Polygon) and save again", but(.instead))]
    NoArea {
        /// Which format.
        format: &'static str,
        /// What it holds instead.
        instead: String,
    },
    /// No line in it.
    #[error("the {format} file holds no line{}: draw a path (LineString) and save again", but(.instead))]
    NoLine {
        /// Which format.
        format: &'static str,
        /// What it holds instead.
        instead: String,
    },
    /// Nothing to stay out of.
    #[error("the {format} file holds neither zones nor polygons{}", but(.instead))]
    NoZone {
        /// Which format.
        format: &'static str,
        /// What it holds instead.
        instead: String,
    },
    /// Unknown kind of file.
    #[error(
        "{0}: it is none of GeoJSON, KML, KMZ, Shapefile (.shp or zipped), GeoPackage, GPX, WKT, CSV, QGC .plan, OpenAir, ED-269 or ED-318"
    )]
    Unknown(String),
    /// Unknown kind of mission file.
    #[error("the file is neither a QGC .plan nor a QGC WPL 110 (.waypoints) file")]
    NoMission,
}

impl FormatError {
    pub(crate) fn syntax(
        format: &'static str,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::Syntax {
            format,
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// The same error, said of a file inside an archive.
    pub(crate) fn inside(self, member: &str) -> Self {
        match self {
            Self::Syntax {
                format,
                place,
                reason,
            } => Self::Syntax {
                format,
                place: if place.is_empty() {
                    member.to_owned()
                } else {
                    format!("{member}, {place}")
                },
                reason,
            },
            other => other,
        }
    }
}

fn at_place(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!(" at {place}")
    }
}

fn but(instead: &str) -> String {
    if instead.is_empty() {
        String::new()
    } else {
        format!(" (it holds {instead})")
    }
}
