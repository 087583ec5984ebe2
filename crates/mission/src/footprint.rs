//! **The** footprint: what ground a photo shows.

use whimbrel_geo::{
    Amsl, LatLon, Pixel, Position, Terrain, Vec3, amsl_from_ellipsoid, ecef_from_wgs84,
    wgs84_from_ecef,
};
use whimbrel_photo::{CameraModel, CameraPose};

/// Points along each edge of the picture, corners included once.
const POINTS_PER_EDGE: usize = 3;
/// Farthest that a ray is followed.
pub const MAX_RAY_M: f64 = 5_000.0;
/// Steps of the search along one ray before it is refined.
const MAX_STEPS: usize = 400;
/// A ray ends this close to the ground.
const CLOSE_M: f64 = 0.02;

/// The outline on the ground of a photo, clockwise in the picture from its top
/// left corner, or `None` when a ray of its edge does not meet the terrain
/// (horizon, edge of the DEM, farther than [`MAX_RAY_M`]).
#[must_use]
pub fn on_terrain(
    camera: &CameraModel,
    pose: &CameraPose,
    terrain: &dyn Terrain,
) -> Option<Vec<LatLon>> {
    let (w, h) = (f64::from(camera.width_px), f64::from(camera.height_px));
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let mut outline = Vec::with_capacity(4 * POINTS_PER_EDGE);
    for (a, b) in corners.iter().zip(corners.iter().cycle().skip(1)) {
        for i in 0..POINTS_PER_EDGE {
            let t = i as f64 / POINTS_PER_EDGE as f64;
            let pixel = Pixel {
                x: a[0] + t * (b[0] - a[0]),
                y: a[1] + t * (b[1] - a[1]),
            };
            let direction = pose.ned_from_camera * camera.ray(pixel);
            outline.push(ray_on_terrain(pose, direction, terrain)?.at);
        }
    }
    Some(outline)
}

/// Where a ray from the camera first meets the ground.
#[must_use]
pub fn ray_on_terrain(
    pose: &CameraPose,
    direction: Vec3<whimbrel_geo::Ned>,
    terrain: &dyn Terrain,
) -> Option<Position<Amsl>> {
    let frame = whimbrel_geo::LocalFrame::new(pose.position);
    let start = ecef_from_wgs84(pose.position);
    let end = ecef_from_wgs84(frame.wgs84_from_ned(direction));
    let step = end - start;
    // Height over ground of the place s metres along the ray.
    let over = |s: f64| -> Option<(f64, Position<Amsl>)> {
        let place = amsl_from_ellipsoid(wgs84_from_ecef(start + step * s));
        Some((place.height - terrain.height(place.at)?, place))
    };
    let (mut clearance, _) = over(0.0)?;
    if clearance <= 0.0 || direction.z() <= 0.02 {
        return None;
    }
    let (mut low, mut high) = (0.0, None);
    for _ in 0..MAX_STEPS {
        // Half of the drop to the ground below, so that slopes up to 60 degrees
        // under a ray 45 degrees off nadir are not jumped over.
        let s = low + (0.5 * clearance / direction.z()).max(0.5);
        if s > MAX_RAY_M {
            return None;
        }
        let (c, place) = over(s)?;
        if c.abs() < CLOSE_M {
            return Some(place);
        }
        if c < 0.0 {
            high = Some(s);
            break;
        }
        low = s;
        clearance = c;
    }
    let mut high = high?;
    let mut place = None;
    for _ in 0..40 {
        let s = 0.5 * (low + high);
        let (c, at) = over(s)?;
        place = Some(at);
        if c.abs() < CLOSE_M {
            break;
        }
        if c > 0.0 {
            low = s;
        } else {
            high = s;
        }
    }
    place
}
