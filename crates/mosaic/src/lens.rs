//! How a point in front of a camera lands in the image and back, with the derivatives that the
//! solver needs. Image coordinates here are *reference pixels*: measured from the image centre,
//! scaled as if every photo were [`REFERENCE_WIDTH`] wide, so that a photo's layers share them.

use nalgebra::{Matrix2x3, Matrix3, Rotation3, Vector2, Vector3};

/// Image width in reference pixels.
pub const REFERENCE_WIDTH: f64 = 1000.0;
/// Steps of the inverse distortion.
const UNDISTORT_STEPS: usize = 12;
/// Points closer to the camera's plane than this (metres) have no image.
const MIN_DEPTH_M: f64 = 0.5;

/// Focal length in reference pixels and radial distortion (Brown, "Close-range camera
/// calibration", 1971).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intrinsics {
    /// Focal length, reference pixels.
    pub focal: f64,
    /// Second-order radial distortion.
    pub k1: f64,
    /// Fourth-order radial distortion.
    pub k2: f64,
}

/// Where a camera is and looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Camera axes (x right, y down, z forward) from local east, north, up.
    pub camera_from_enu: Rotation3<f64>,
    /// Centre in local metres.
    pub centre: Vector3<f64>,
}

/// Image of a point with derivatives.
pub struct Projection {
    /// Reference pixels.
    pub xy: Vector2<f64>,
    /// By rotation (three, left-multiplied) and centre (three), side by side.
    pub by_turn: Matrix2x3<f64>,
    /// By the point; the centre's derivative is its negative.
    pub by_point: Matrix2x3<f64>,
    /// By focal length, k1, k2.
    pub by_lens: Matrix2x3<f64>,
}

impl Intrinsics {
    /// Reference pixels of a direction in the camera's frame.
    pub fn image(&self, v: &Vector3<f64>) -> Option<Vector2<f64>> {
        if v.z <= 1e-6 {
            return None;
        }
        let (x, y) = (v.x / v.z, v.y / v.z);
        let r2 = x * x + y * y;
        if 1.0 + r2 * (3.0 * self.k1 + 5.0 * self.k2 * r2) <= 0.0 {
            return None; // beyond the fold of the distortion
        }
        let l = self.focal * (1.0 + r2 * (self.k1 + self.k2 * r2));
        Some(Vector2::new(l * x, l * y))
    }

    /// Unit direction in the camera's frame of an image place.
    pub fn ray(&self, xy: [f64; 2]) -> Vector3<f64> {
        let (u, v) = (xy[0] / self.focal, xy[1] / self.focal);
        let (mut x, mut y) = (u, v);
        for _ in 0..UNDISTORT_STEPS {
            let r2 = x * x + y * y;
            let l = (1.0 + r2 * (self.k1 + self.k2 * r2)).max(0.2);
            (x, y) = (u / l, v / l);
        }
        Vector3::new(x, y, 1.0).normalize()
    }
}

impl Pose {
    /// A camera that looks down, its image's top towards `heading_rad` (clockwise from north).
    pub fn nadir(centre: Vector3<f64>, heading_rad: f64) -> Pose {
        let (s, c) = heading_rad.sin_cos();
        // Rows: image right, image down, forward, in east-north-up.
        let m = Matrix3::new(c, -s, 0.0, -s, -c, 0.0, 0.0, 0.0, -1.0);
        Pose {
            camera_from_enu: Rotation3::from_matrix_unchecked(m),
            centre,
        }
    }

    /// Direction of an image place in local axes.
    pub fn ray(&self, lens: &Intrinsics, xy: [f64; 2]) -> Vector3<f64> {
        self.camera_from_enu.inverse() * lens.ray(xy)
    }

    /// Reference pixels of a point, if it is in front of the camera.
    pub fn image(&self, lens: &Intrinsics, point: &Vector3<f64>) -> Option<Vector2<f64>> {
        let v = self.camera_from_enu * (point - self.centre);
        if v.z < MIN_DEPTH_M {
            None
        } else {
            lens.image(&v)
        }
    }

    /// Where the ray of an image place meets the level plane at `up_m`.
    pub fn on_level(&self, lens: &Intrinsics, xy: [f64; 2], up_m: f64) -> Option<Vector3<f64>> {
        let d = self.ray(lens, xy);
        let fall = self.centre.z - up_m;
        (d.z < -0.1 && fall > 0.0).then(|| self.centre + d * (fall / -d.z))
    }

    /// Heading of the image's top, clockwise from north.
    pub fn heading_rad(&self) -> f64 {
        let top = self.camera_from_enu.inverse() * Vector3::new(0.0, -1.0, 0.0);
        top.x.atan2(top.y)
    }

    /// Image and derivatives.
    pub fn project(&self, lens: &Intrinsics, point: &Vector3<f64>) -> Option<Projection> {
        let v = self.camera_from_enu * (point - self.centre);
        if v.z < MIN_DEPTH_M {
            return None;
        }
        let (x, y) = (v.x / v.z, v.y / v.z);
        let r2 = x * x + y * y;
        let l = 1.0 + r2 * (lens.k1 + lens.k2 * r2);
        let slope = 2.0 * (lens.k1 + 2.0 * lens.k2 * r2);
        let f = lens.focal;
        let (xx, xy, yy) = (
            f * (l + slope * x * x),
            f * slope * x * y,
            f * (l + slope * y * y),
        );
        let z = 1.0 / v.z;
        let by_v = Matrix2x3::new(
            xx * z,
            xy * z,
            -(xx * x + xy * y) * z,
            xy * z,
            yy * z,
            -(xy * x + yy * y) * z,
        );
        Some(Projection {
            xy: Vector2::new(f * l * x, f * l * y),
            by_turn: by_v * -v.cross_matrix(),
            by_point: by_v * self.camera_from_enu.matrix(),
            by_lens: Matrix2x3::new(
                l * x,
                f * r2 * x,
                f * r2 * r2 * x,
                l * y,
                f * r2 * y,
                f * r2 * r2 * y,
            ),
        })
    }
}

/// The point nearest to several rays, with the largest angle between two of them; `None` when
/// they are parallel.
pub fn triangulate(rays: &[(Vector3<f64>, Vector3<f64>)]) -> Option<(Vector3<f64>, f64)> {
    let mut a = Matrix3::zeros();
    let mut b = Vector3::zeros();
    for (centre, d) in rays {
        let m = Matrix3::identity() - d * d.transpose();
        a += m;
        b += m * centre;
    }
    let mut cos = 1.0f64;
    for (i, p) in rays.iter().enumerate() {
        for q in &rays[i + 1..] {
            cos = cos.min(p.1.dot(&q.1));
        }
    }
    let angle_rad = cos.clamp(-1.0, 1.0).acos();
    if angle_rad < 1e-3 {
        return None;
    }
    Some((a.try_inverse()? * b, angle_rad))
}
