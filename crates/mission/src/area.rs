//! An area on the ground.

use serde::{Deserialize, Serialize};
use whimbrel_geo::{
    Ellipsoid, Height, LatLon, LocalFrame, Polygon, PolygonError, Position, distance_m,
};

/// Widest area that is planned in one go: the plane that lengths are computed
/// in is exact to 1 in 10⁵ that far.
pub const MAX_EXTENT_M: f64 = 60_000.0;

/// An area on the ground: an outline and holes in it, rings not closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The outline.
    pub outer: Vec<LatLon>,
    /// What is cut out of it.
    pub holes: Vec<Vec<LatLon>>,
}

/// An area that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AreaError {
    /// The outline or a hole is not a proper ring.
    #[error("the area cannot be used: {reason}{}", near(.at))]
    Polygon {
        /// What is wrong.
        reason: PolygonError,
        /// Where, when it is known.
        at: Option<LatLon>,
    },
    /// Larger than [`MAX_EXTENT_M`].
    #[error(
        "the area is {:.0} km wide; split it into areas of at most {:.0} km",
        .0 / 1000.0,
        MAX_EXTENT_M / 1000.0
    )]
    TooWide(f64),
    /// No outline.
    #[error("the area has no vertices; give an outline of at least three")]
    Empty,
}

fn near(at: &Option<LatLon>) -> String {
    at.map_or_else(String::new, |at| {
        format!(" (near {:.6},{:.6})", at.lat_deg(), at.lon_deg())
    })
}

/// A rectangle in latitude and longitude.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// South edge, degrees.
    pub south_deg: f64,
    /// West edge, degrees.
    pub west_deg: f64,
    /// North edge, degrees.
    pub north_deg: f64,
    /// East edge, degrees.
    pub east_deg: f64,
}

impl Area {
    /// An area without holes.
    #[must_use]
    pub fn new(outer: Vec<LatLon>) -> Self {
        Self {
            outer,
            holes: Vec::new(),
        }
    }

    /// The area that a polygon in `frame` covers.
    #[must_use]
    pub fn from_polygon(polygon: &Polygon, frame: &LocalFrame) -> Self {
        let ring = |ring: &[[f64; 2]]| ring.iter().map(|p| frame.latlon_from_xy(*p)).collect();
        Self {
            outer: ring(&polygon.outer),
            holes: polygon.holes.iter().map(|h| ring(h)).collect(),
        }
    }

    /// Smallest box around the outline.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let mut places = self.outer.iter();
        let first = places.next()?;
        let mut b = Bounds {
            south_deg: first.lat_deg(),
            north_deg: first.lat_deg(),
            west_deg: first.lon_deg(),
            east_deg: first.lon_deg(),
        };
        for at in places {
            b.south_deg = b.south_deg.min(at.lat_deg());
            b.north_deg = b.north_deg.max(at.lat_deg());
            b.west_deg = b.west_deg.min(at.lon_deg());
            b.east_deg = b.east_deg.max(at.lon_deg());
        }
        Some(b)
    }

    /// A plane tangent to the ellipsoid in the middle of `areas`.
    ///
    /// # Errors
    /// [`AreaError::Empty`], [`AreaError::TooWide`].
    pub fn local_frame(areas: &[Self]) -> Result<LocalFrame, AreaError> {
        let mut all = areas.iter().filter_map(Self::bounds);
        let mut b = all.next().ok_or(AreaError::Empty)?;
        for other in all {
            b.south_deg = b.south_deg.min(other.south_deg);
            b.north_deg = b.north_deg.max(other.north_deg);
            b.west_deg = b.west_deg.min(other.west_deg);
            b.east_deg = b.east_deg.max(other.east_deg);
        }
        let corner = |lat, lon| LatLon::from_deg(lat, lon).map_err(|_| AreaError::Empty);
        let wide_m = distance_m(
            corner(b.south_deg, b.west_deg)?,
            corner(b.north_deg, b.east_deg)?,
        );
        if wide_m > MAX_EXTENT_M {
            return Err(AreaError::TooWide(wide_m));
        }
        let middle = corner(
            0.5 * (b.south_deg + b.north_deg),
            0.5 * (b.west_deg + b.east_deg),
        )?;
        Ok(LocalFrame::new(Position::new(
            middle,
            Height::<Ellipsoid>::from_m(0.0),
        )))
    }

    /// The area as a polygon in metres east and north of the frame's origin.
    #[must_use]
    pub fn polygon(&self, frame: &LocalFrame) -> Polygon {
        let ring = |ring: &[LatLon]| ring.iter().map(|at| frame.enu_xy(*at)).collect();
        Polygon {
            outer: ring(&self.outer),
            holes: self.holes.iter().map(|h| ring(h)).collect(),
        }
    }

    /// Checks that the area is one: rings that do not cross, with a surface.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn validate(&self) -> Result<(), AreaError> {
        let frame = Self::local_frame(core::slice::from_ref(self))?;
        self.polygon(&frame).validate().map_err(|reason| {
            let at = match &reason {
                PolygonError::SelfCrossing { at, .. } | PolygonError::RingsCross { at, .. } => {
                    Some(frame.latlon_from_xy(*at))
                }
                _ => None,
            };
            AreaError::Polygon { reason, at }
        })
    }

    /// Surface without the holes, m².
    #[must_use]
    pub fn area_m2(&self) -> f64 {
        Self::local_frame(core::slice::from_ref(self))
            .map_or(0.0, |frame| self.polygon(&frame).area_m2())
    }

    /// Whether a place is inside (and not in a hole).
    #[must_use]
    pub fn contains(&self, at: LatLon) -> bool {
        Self::local_frame(core::slice::from_ref(self))
            .is_ok_and(|frame| self.polygon(&frame).contains(frame.enu_xy(at)))
    }
}
