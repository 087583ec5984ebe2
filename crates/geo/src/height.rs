//! Heights that know what they are measured from.
//!
//! Heights of different datums cannot be compared or subtracted:
//!
//! ```compile_fail
//! use whimbrel_geo::{Amsl, Ellipsoid, Height};
//! let terrain = Height::<Amsl>::from_m(1540.0);
//! let gnss = Height::<Ellipsoid>::from_m(1650.0);
//! let clearance_m = gnss - terrain;
//! ```
//!
//! Nor can one be passed where the other is asked for:
//!
//! ```compile_fail
//! use whimbrel_geo::{Amsl, Height, LatLon, Position, Wgs84};
//! let at = LatLon::from_deg(46.8, 9.8).unwrap();
//! let wrong: Wgs84 = Position::new(at, Height::<Amsl>::from_m(1540.0));
//! ```
//!
//! The way between them is the geoid:
//!
//! ```
//! use whimbrel_geo::{Amsl, Height, LatLon, Position, ellipsoid_from_amsl};
//! let at = LatLon::from_deg(46.8, 9.8).unwrap();
//! let gnss = ellipsoid_from_amsl(Position::new(at, Height::<Amsl>::from_m(1540.0)));
//! assert!((gnss.height.m() - 1588.8).abs() < 0.5);
//! ```

use core::cmp::Ordering;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Sub;

/// Datum: height above the WGS 84 ellipsoid, what GNSS measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ellipsoid;
/// Datum: height above mean sea level, which here means above the EGM96 geoid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amsl;
/// Datum: height above the ground straight below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agl;

/// A height in metres above the datum `D`.
pub struct Height<D> {
    m: f64,
    datum: PhantomData<D>,
}

impl<D> Height<D> {
    /// A height of `m` metres.
    pub const fn from_m(m: f64) -> Self {
        Self {
            m,
            datum: PhantomData,
        }
    }
    /// The height in metres.
    pub const fn m(self) -> f64 {
        self.m
    }
    /// The height `dm` metres further up (down where negative).
    pub fn raised_m(self, dm: f64) -> Self {
        Self::from_m(self.m + dm)
    }
    /// Whether the number is finite.
    pub fn is_finite(self) -> bool {
        self.m.is_finite()
    }
}

impl Height<Amsl> {
    /// Height above a ground that is at `ground`.
    pub fn above(self, ground: Height<Amsl>) -> Height<Agl> {
        Height::from_m(self - ground)
    }
}

impl Height<Agl> {
    /// Height above mean sea level over a ground that is at `ground`.
    pub fn over(self, ground: Height<Amsl>) -> Height<Amsl> {
        ground.raised_m(self.m)
    }
}

impl<D> Clone for Height<D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<D> Copy for Height<D> {}
impl<D> PartialEq for Height<D> {
    fn eq(&self, other: &Self) -> bool {
        self.m == other.m
    }
}
impl<D> PartialOrd for Height<D> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.m.partial_cmp(&other.m)
    }
}
impl<D> fmt::Debug for Height<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let datum = core::any::type_name::<D>();
        let datum = datum.rsplit("::").next().unwrap_or(datum);
        write!(f, "{} m {}", self.m, datum)
    }
}
/// Difference in metres.
impl<D> Sub for Height<D> {
    type Output = f64;
    fn sub(self, other: Self) -> f64 {
        self.m - other.m
    }
}
