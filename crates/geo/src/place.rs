//! Places on the WGS 84 ellipsoid and geodesics between them.

use crate::height::{Ellipsoid, Height};
use core::f64::consts::{FRAC_PI_2, PI, TAU};
use core::fmt;
use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use std::sync::LazyLock;
use thiserror::Error;

/// Why two numbers are not a place.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum PlaceError {
    /// Latitude not finite or beyond a pole.
    #[error("latitude {0}° is not between -90° and 90°; are latitude and longitude swapped?")]
    Latitude(f64),
    /// Longitude not finite or more than one turn away.
    #[error("longitude {0}° is not between -360° and 360°")]
    Longitude(f64),
}

/// A point of the ellipsoid's surface: geodetic latitude and longitude (WGS 84), radians inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatLon {
    lat_rad: f64,
    lon_rad: f64,
}

impl LatLon {
    /// From degrees. Longitudes are wrapped to [-180°, 180°].
    pub fn from_deg(lat_deg: f64, lon_deg: f64) -> Result<Self, PlaceError> {
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(PlaceError::Latitude(lat_deg));
        }
        if !(-360.0..=360.0).contains(&lon_deg) {
            return Err(PlaceError::Longitude(lon_deg));
        }
        let lon_deg = if lon_deg > 180.0 {
            lon_deg - 360.0
        } else if lon_deg < -180.0 {
            lon_deg + 360.0
        } else {
            lon_deg
        };
        Ok(Self {
            lat_rad: lat_deg.to_radians(),
            lon_rad: lon_deg.to_radians(),
        })
    }
    /// From radians, with the limits of [`LatLon::from_deg`].
    pub fn from_rad(lat_rad: f64, lon_rad: f64) -> Result<Self, PlaceError> {
        if !(-FRAC_PI_2..=FRAC_PI_2).contains(&lat_rad) {
            return Err(PlaceError::Latitude(lat_rad.to_degrees()));
        }
        if !(-TAU..=TAU).contains(&lon_rad) {
            return Err(PlaceError::Longitude(lon_rad.to_degrees()));
        }
        Ok(Self {
            lat_rad,
            lon_rad: wrap_signed_rad(lon_rad),
        })
    }
    /// For numbers that a computation made: clamps the latitude, wraps the longitude; what is
    /// not finite becomes 0.
    pub(crate) fn clamped_rad(lat_rad: f64, lon_rad: f64) -> Self {
        let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
        Self {
            lat_rad: finite(lat_rad).clamp(-FRAC_PI_2, FRAC_PI_2),
            lon_rad: wrap_signed_rad(finite(lon_rad)),
        }
    }
    /// Latitude in radians, north positive.
    pub const fn lat_rad(self) -> f64 {
        self.lat_rad
    }
    /// Longitude in radians, east positive, in [-π, π].
    pub const fn lon_rad(self) -> f64 {
        self.lon_rad
    }
    /// Latitude in degrees.
    pub fn lat_deg(self) -> f64 {
        self.lat_rad.to_degrees()
    }
    /// Longitude in degrees.
    pub fn lon_deg(self) -> f64 {
        self.lon_rad.to_degrees()
    }
}

impl fmt::Display for LatLon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.7},{:.7}", self.lat_deg(), self.lon_deg())
    }
}

/// A place with a height above the datum `D`.
pub struct Position<D> {
    /// Where on the ellipsoid.
    pub at: LatLon,
    /// How high above the datum.
    pub height: Height<D>,
}

/// What GNSS measures: latitude, longitude, height above the WGS 84 ellipsoid.
pub type Wgs84 = Position<Ellipsoid>;

impl<D> Position<D> {
    /// A place at a height.
    pub const fn new(at: LatLon, height: Height<D>) -> Self {
        Self { at, height }
    }
    /// The same place `dm` metres further up.
    pub fn raised_m(self, dm: f64) -> Self {
        Self::new(self.at, self.height.raised_m(dm))
    }
}
impl<D> Clone for Position<D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<D> Copy for Position<D> {}
impl<D> PartialEq for Position<D> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.height == other.height
    }
}
impl<D> fmt::Debug for Position<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:?}", self.at, self.height)
    }
}

/// An angle brought to [-π, π].
pub fn wrap_signed_rad(angle_rad: f64) -> f64 {
    if (-PI..=PI).contains(&angle_rad) {
        return angle_rad;
    }
    let a = (angle_rad + PI).rem_euclid(TAU) - PI;
    a.clamp(-PI, PI)
}

/// A direction brought to [0, 2π).
pub fn wrap_bearing_rad(angle_rad: f64) -> f64 {
    let a = angle_rad.rem_euclid(TAU);
    if a >= TAU { 0.0 } else { a }
}

/// C. Karney, Algorithms for geodesics, J. Geod. 87 (2013); errors below a micrometre.
static GEODESIC: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Length of the geodesic on the ellipsoid, metres.
pub fn distance_m(a: LatLon, b: LatLon) -> f64 {
    let s: f64 = GEODESIC.inverse(a.lat_deg(), a.lon_deg(), b.lat_deg(), b.lon_deg());
    s
}

/// Direction of the geodesic from `a` to `b` at `a`: clockwise from north, in [0, 2π).
pub fn bearing_rad(a: LatLon, b: LatLon) -> f64 {
    let (azimuth_deg, _, _): (f64, f64, f64) =
        GEODESIC.inverse(a.lat_deg(), a.lon_deg(), b.lat_deg(), b.lon_deg());
    wrap_bearing_rad(azimuth_deg.to_radians())
}

/// The place `distance_m` metres along the geodesic that leaves `a` in direction `bearing_rad`.
pub fn destination(a: LatLon, bearing_rad: f64, distance_m: f64) -> LatLon {
    let (lat_deg, lon_deg): (f64, f64) = GEODESIC.direct(
        a.lat_deg(),
        a.lon_deg(),
        bearing_rad.to_degrees(),
        distance_m,
    );
    LatLon::clamped_rad(lat_deg.to_radians(), lon_deg.to_radians())
}
