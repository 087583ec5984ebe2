//! Whimbrel's `geo`: places. Heights that know their datum, vectors and rotations that know
//! their frame, geodesics, the EGM96 geoid, projections, polygons in metres, terrain, civil time.
//!
//! SI units and radians inside; degrees only in functions whose names say so.

pub mod crs;
pub mod frames;
#[doc(hidden)]
pub mod fuzzing;
pub mod geoid;
pub mod geotiff;
pub mod height;
pub mod place;
pub mod polygon;
mod polygon_ops;
pub mod raster;
pub mod sun;
pub mod terrain;
pub mod time;
pub mod web_tile;

pub use crs::{Crs, CrsError};
pub use frames::{
    Body, Camera, Ecef, Enu, LocalFrame, Ned, Pixel, Rotation, Vec3, ecef_from_wgs84, enu_from_ned,
    ned_from_enu, wgs84_from_ecef,
};
pub use geoid::{amsl_from_ellipsoid, ellipsoid_from_amsl, undulation_m};
pub use geotiff::{Placement, PlacementError};
pub use height::{Agl, Amsl, Ellipsoid, Height};
pub use place::{
    LatLon, PlaceError, Position, Wgs84, bearing_rad, destination, distance_m, wrap_bearing_rad,
    wrap_signed_rad,
};
pub use polygon::{Polygon, PolygonError};
pub use raster::{Pixels, RasterError, RasterPlace};
pub use sun::{Sun, sun};
pub use terrain::{
    Ceiling, Cells, FlatTerrain, GeoBox, GeoidGrid, GridTerrain, Layered, Mosaic, Obstacle,
    ObstacleTop, Reading, Terrain, TerrainError, VerticalDatum, Voids,
};
pub use web_tile::{WEB_TILE_PX, WEB_ZOOM_MAX, WebTile};

/// The linear algebra crate that the frames are made of, so that every room uses the same version.
pub use nalgebra;
