//! What the heights of a file are measured from, and the way to sea level.

use super::geoid_grid::GeoidGrid;
use crate::geoid::undulation_m;
use crate::place::LatLon;
use core::fmt;
use std::sync::Arc;

/// What the heights of a file are measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerticalDatum {
    /// Mean sea level, taken as EGM96: SRTM, national terrain models (within about half a metre).
    #[default]
    Egm96,
    /// Mean sea level by EGM2008: Copernicus GLO-30 and GLO-90.
    Egm2008,
    /// The WGS 84 ellipsoid: surface models from photographs or GNSS.
    Ellipsoid,
}

impl fmt::Display for VerticalDatum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Egm96 => "EGM96",
            Self::Egm2008 => "EGM2008",
            Self::Ellipsoid => "ellipsoid",
        })
    }
}

/// What a file says about its heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// The datum, when it is one that is known.
    pub datum: Option<VerticalDatum>,
    /// EPSG code of another vertical system, which is taken as sea level.
    pub other_epsg: Option<u16>,
    /// Metres in the file's unit.
    pub metres: f64,
}

impl Default for Stated {
    fn default() -> Self {
        Self {
            datum: None,
            other_epsg: None,
            metres: 1.0,
        }
    }
}

/// The way from a file's heights to those above EGM96.
#[derive(Clone, Debug, Default)]
pub(super) struct Shift {
    pub(super) datum: VerticalDatum,
    /// Heights of the EGM2008 geoid, when there is a file of them.
    pub(super) geoid: Option<Arc<GeoidGrid>>,
}

impl Shift {
    /// What is added to a height of the file at a place.
    pub(super) fn at(&self, at: LatLon) -> f64 {
        match self.datum {
            VerticalDatum::Egm96 => 0.0,
            VerticalDatum::Ellipsoid => -undulation_m(at),
            // Without the geoid's heights EGM2008 is taken as EGM96: mostly within a metre.
            VerticalDatum::Egm2008 => self
                .geoid
                .as_ref()
                .and_then(|g| g.undulation_m(at))
                .map_or(0.0, |n| n - undulation_m(at)),
        }
    }
}
