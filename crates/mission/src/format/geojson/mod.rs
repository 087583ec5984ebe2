//! GeoJSON (RFC 7946): areas, lines and zones in, plans out.

mod read;
mod shapes;
mod write;

use super::FormatError;
use super::found::{FileKind, Gathered};
use crate::Area;

pub(crate) use read::read_into;
pub(crate) use shapes::{Shape, Shapes, What, position};
pub use write::Writer;

const FORMAT: &str = "GeoJSON";

/// Reads the polygons of a GeoJSON document.
///
/// # Errors
/// What is wrong and where, or [`FormatError::NoArea`].
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    super::check_size(bytes)?;
    let document = serde_json::from_slice(bytes)
        .map_err(|e| FormatError::syntax(FORMAT, "", e.to_string()))?;
    let mut into = Gathered::new(FileKind::GeoJson);
    read_into(&document, &mut into)?;
    into.finish().into_areas()
}
