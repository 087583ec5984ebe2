//! Coordinate reference systems by EPSG code.
//!
//! Definitions are PROJ strings of the EPSG registry (crate `crs-definitions`), computed by
//! `proj4rs`. Datum shifts are the registry's Helmert transformations, good to about a metre where
//! a country has a grid of its own (Switzerland's EPSG:21781 among them).

use crate::place::LatLon;
use core::fmt;
use proj4rs::Proj;
use proj4rs::adaptors::transform_xy;
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// Why a coordinate system or a coordinate could not be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CrsError {
    /// No such code.
    #[error(
        "EPSG:{0} is not a coordinate system that this program knows; try a UTM zone, 326zz north or 327zz south"
    )]
    Unknown(u32),
    /// A definition that is not one, or whose projection is not implemented.
    #[error("the coordinate system {definition:?} cannot be used: {reason}")]
    Definition {
        /// The PROJ string.
        definition: String,
        /// What the projection library said.
        reason: String,
    },
    /// The code exists but its projection is not implemented.
    #[error("EPSG:{epsg} cannot be used: {reason}; try a UTM zone, 326zz north or 327zz south")]
    Unsupported {
        /// The code.
        epsg: u32,
        /// What the projection library said.
        reason: String,
    },
    /// A coordinate for which the projection has no answer.
    #[error("cannot convert ({x}, {y}) with EPSG:{epsg}: {reason}")]
    Outside {
        /// The code.
        epsg: u32,
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
        /// What the projection library said.
        reason: String,
    },
}

/// The code of systems that have none (GeoTIFF 1.1, § 7.1: user-defined).
pub const USER_DEFINED: u32 = 32_767;

/// A coordinate reference system.
#[derive(Clone)]
pub struct Crs {
    epsg: u32,
    definition: Arc<str>,
    proj: Arc<Proj>,
}

static WGS84: LazyLock<Option<Arc<Proj>>> = LazyLock::new(|| {
    Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs")
        .ok()
        .map(Arc::new)
});

impl Crs {
    /// By EPSG code.
    pub fn from_epsg(epsg: u32) -> Result<Self, CrsError> {
        let code = u16::try_from(epsg).map_err(|_| CrsError::Unknown(epsg))?;
        let definition = crs_definitions::from_code(code)
            .ok_or(CrsError::Unknown(epsg))?
            .proj4;
        let proj = Proj::from_proj_string(definition).map_err(|e| CrsError::Unsupported {
            epsg,
            reason: e.to_string(),
        })?;
        Ok(Self {
            epsg,
            definition: definition.into(),
            proj: Arc::new(proj),
        })
    }
    /// By a PROJ string; its code is [`USER_DEFINED`].
    pub fn from_proj4(definition: &str) -> Result<Self, CrsError> {
        let proj = Proj::from_proj_string(definition).map_err(|e| CrsError::Definition {
            definition: definition.to_owned(),
            reason: e.to_string(),
        })?;
        Ok(Self {
            epsg: USER_DEFINED,
            definition: definition.into(),
            proj: Arc::new(proj),
        })
    }
    /// The UTM zone of a place (EPSG:326zz north, 327zz south), without the exceptions of Norway
    /// and Svalbard.
    pub fn utm_for(at: LatLon) -> Result<Self, CrsError> {
        let zone = (((at.lon_deg() + 180.0) / 6.0).floor() as i64).clamp(0, 59) as u32 + 1;
        Self::from_epsg(if at.lat_rad() < 0.0 { 32700 } else { 32600 } + zone)
    }
    /// The code.
    pub fn epsg(&self) -> u32 {
        self.epsg
    }
    /// Whether coordinates are longitude and latitude in degrees instead of metres.
    pub fn is_geographic(&self) -> bool {
        self.proj.is_latlong()
    }
    /// `EPSG:code`.
    pub fn name(&self) -> String {
        format!("EPSG:{}", self.epsg)
    }
    /// The PROJ string.
    pub fn proj4(&self) -> &str {
        &self.definition
    }
    fn outside(&self, [x, y]: [f64; 2], reason: impl fmt::Display) -> CrsError {
        CrsError::Outside {
            epsg: self.epsg,
            x,
            y,
            reason: reason.to_string(),
        }
    }
    fn wgs84(&self) -> Result<&'static Proj, CrsError> {
        WGS84.as_deref().ok_or(CrsError::Unknown(4326))
    }
    /// [easting, northing] in metres, or [longitude, latitude] in degrees if geographic.
    pub fn project(&self, at: LatLon) -> Result<[f64; 2], CrsError> {
        if self.epsg == 4326 {
            return Ok([at.lon_deg(), at.lat_deg()]);
        }
        let input = [at.lon_deg(), at.lat_deg()];
        let (x, y) = transform_xy(self.wgs84()?, &self.proj, at.lon_rad(), at.lat_rad())
            .map_err(|e| self.outside(input, e))?;
        if !(x.is_finite() && y.is_finite()) {
            return Err(self.outside(input, "no finite result"));
        }
        Ok(if self.is_geographic() {
            [x.to_degrees(), y.to_degrees()]
        } else {
            [x, y]
        })
    }
    fn inverse(&self, xy: [f64; 2]) -> Result<LatLon, CrsError> {
        let [x, y] = if self.is_geographic() {
            [xy[0].to_radians(), xy[1].to_radians()]
        } else {
            xy
        };
        let (lon, lat) =
            transform_xy(&self.proj, self.wgs84()?, x, y).map_err(|e| self.outside(xy, e))?;
        LatLon::from_rad(lat, lon).map_err(|e| self.outside(xy, e))
    }
    /// The inverse of [`Crs::project`].
    pub fn unproject(&self, xy: [f64; 2]) -> Result<LatLon, CrsError> {
        if self.epsg == 4326 {
            return LatLon::from_deg(xy[1], xy[0]).map_err(|e| self.outside(xy, e));
        }
        let at = self.inverse(xy)?;
        if !self.definition.contains("+towgs84") {
            return Ok(at);
        }
        // Both ways shift a point on the surface of their own ellipsoid, which leaves some
        // millimetres between them; one step takes that out.
        let [x, y] = self.project(at)?;
        self.inverse([2.0 * xy[0] - x, 2.0 * xy[1] - y])
    }
}

impl PartialEq for Crs {
    fn eq(&self, other: &Self) -> bool {
        self.epsg == other.epsg && self.definition == other.definition
    }
}
impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg)
    }
}
