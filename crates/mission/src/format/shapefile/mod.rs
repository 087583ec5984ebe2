//! Shapefile (ESRI Shapefile Technical Description, 1998): polygons and
//! polylines of a `.shp`, names of its `.dbf`, the coordinate system of its
//! `.prj`.
//!
//! The format is a few fixed records; reading them here keeps every count
//! bounded by the bytes that are there.

mod dbf;
mod shp;

use super::FormatError;
use super::found::Gathered;
use super::prj;
use whimbrel_geo::LatLon;

const FORMAT: &str = "Shapefile";

/// The bytes of the files of one shapefile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'a> {
    pub shp: &'a [u8],
    pub dbf: Option<&'a [u8]>,
    pub prj: Option<&'a [u8]>,
    pub cpg: Option<&'a [u8]>,
}

/// Whether bytes begin as a `.shp` does.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0, 0, 0x27, 0x0a])
}

/// Reads all shapes.
pub(crate) fn read_into(parts: Parts<'_>, into: &mut Gathered) -> Result<(), FormatError> {
    let crs = match parts.prj {
        None => None,
        Some(bytes) => Some(
            prj::crs(&String::from_utf8_lossy(bytes))
                .map_err(|e| FormatError::syntax(FORMAT, ".prj", e))?,
        ),
    };
    if crs.is_none() {
        into.note("the shapefile has no .prj: its coordinates are taken as WGS 84 degrees");
    }
    let place = |xy: [f64; 2]| match &crs {
        Some(crs) => crs.unproject(xy).map_err(|e| e.to_string()),
        None => LatLon::from_deg(xy[1], xy[0]).map_err(|e| {
            format!("{e}; if the coordinates are metres, give the .prj beside the .shp")
        }),
    };
    let utf8 = parts.cpg.is_some_and(|c| {
        String::from_utf8_lossy(c)
            .to_ascii_uppercase()
            .contains("UTF")
    });
    let names = match parts.dbf.map(|bytes| dbf::names(bytes, utf8)) {
        None => Vec::new(),
        Some(Ok(names)) => names,
        Some(Err(reason)) => {
            into.note(format!(
                "the .dbf cannot be read ({reason}): areas have no names"
            ));
            Vec::new()
        }
    };
    shp::read_into(parts.shp, &names, &place, into)
}
