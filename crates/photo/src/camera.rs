//! Where a point of the world falls in a picture, and back.

use whimbrel_geo::{
    Body, Camera, Enu, LocalFrame, Ned, Pixel, Rotation, Vec3, Wgs84,
    nalgebra::{Matrix3, Vector3},
};

/// A pinhole with Brown–Conrady distortion (D. C. Brown, Photogrammetric Engineering 37, 1971),
/// coefficients as in OpenCV.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraModel {
    /// Columns.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Focal length in pixels of this size.
    pub focal_px: f64,
    /// Principal point; the centre of the top left pixel is (0.5, 0.5).
    pub centre: Pixel,
    /// Radial, r².
    pub k1: f64,
    /// Radial, r⁴.
    pub k2: f64,
    /// Radial, r⁶.
    pub k3: f64,
    /// Tangential.
    pub p1: f64,
    /// Tangential.
    pub p2: f64,
}

impl CameraModel {
    /// A camera without distortion, looking through the middle of its picture.
    pub fn pinhole(width_px: u32, height_px: u32, focal_px: f64) -> Self {
        Self {
            width_px,
            height_px,
            focal_px,
            centre: Pixel {
                x: f64::from(width_px) / 2.0,
                y: f64::from(height_px) / 2.0,
            },
            k1: 0.0,
            k2: 0.0,
            k3: 0.0,
            p1: 0.0,
            p2: 0.0,
        }
    }

    /// Whether any distortion coefficient is set.
    pub fn is_distorted(&self) -> bool {
        [self.k1, self.k2, self.k3, self.p1, self.p2] != [0.0; 5]
    }

    /// From ideal to distorted normalised coordinates.
    pub fn distort(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3));
        [
            x * radial + 2.0 * self.p1 * x * y + self.p2 * (r2 + 2.0 * x * x),
            y * radial + self.p1 * (r2 + 2.0 * y * y) + 2.0 * self.p2 * x * y,
        ]
    }

    /// Derivative of [`CameraModel::distort`], row by row.
    fn distort_jacobian(&self, [x, y]: [f64; 2]) -> [[f64; 2]; 2] {
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3));
        let slope = self.k1 + r2 * (2.0 * self.k2 + r2 * 3.0 * self.k3);
        let mixed = 2.0 * x * y * slope + 2.0 * self.p1 * x + 2.0 * self.p2 * y;
        [
            [
                radial + 2.0 * x * x * slope + 2.0 * self.p1 * y + 6.0 * self.p2 * x,
                mixed,
            ],
            [
                mixed,
                radial + 2.0 * y * y * slope + 6.0 * self.p1 * y + 2.0 * self.p2 * x,
            ],
        ]
    }

    /// From distorted to ideal normalised coordinates: Newton's method from the point itself.
    pub fn undistort(&self, d: [f64; 2]) -> [f64; 2] {
        const STEPS: usize = 20;
        if !self.is_distorted() {
            return d;
        }
        let mut u = d;
        for _ in 0..STEPS {
            let at = self.distort(u);
            let e = [at[0] - d[0], at[1] - d[1]];
            let [[a, b], [c, f]] = self.distort_jacobian(u);
            let det = a * f - b * c;
            // Beyond the bend of an odd model there is no inverse: stay with the last estimate.
            if det.is_nan() || det <= 0.05 {
                break;
            }
            let step = [(e[0] * f - e[1] * b) / det, (e[1] * a - e[0] * c) / det];
            u = [u[0] - step[0], u[1] - step[1]];
            if step[0].abs() + step[1].abs() < 1e-14 {
                break;
            }
        }
        u
    }

    /// Where a point falls, in or beyond the picture; `None` behind the camera or where the
    /// distortion folds back (so far out that a wider angle would fall further in).
    pub fn project(&self, point: Vec3<Camera>) -> Option<Pixel> {
        if point.z().is_nan() || point.z() <= 0.0 {
            return None;
        }
        let ideal = [point.x() / point.z(), point.y() / point.z()];
        let d = self.distort(ideal);
        if self.is_distorted() {
            let [[a, b], [c, e]] = self.distort_jacobian(ideal);
            let det = a * e - b * c;
            if det.is_nan() || det <= 0.05 || a + e <= 0.0 {
                return None;
            }
        }
        let pixel = Pixel {
            x: self.centre.x + self.focal_px * d[0],
            y: self.centre.y + self.focal_px * d[1],
        };
        (pixel.x.is_finite() && pixel.y.is_finite()).then_some(pixel)
    }

    /// Whether a pixel lies in the picture.
    pub fn sees(&self, p: Pixel) -> bool {
        (0.0..f64::from(self.width_px)).contains(&p.x)
            && (0.0..f64::from(self.height_px)).contains(&p.y)
    }

    /// The unit direction seen at a pixel.
    pub fn ray(&self, pixel: Pixel) -> Vec3<Camera> {
        let [x, y] = self.undistort([
            (pixel.x - self.centre.x) / self.focal_px,
            (pixel.y - self.centre.y) / self.focal_px,
        ]);
        Vec3::from_v(Vector3::new(x, y, 1.0).normalize())
    }

    /// The same lens on a picture resampled to another size.
    pub fn scaled_to(&self, width_px: u32, height_px: u32) -> Self {
        let sx = f64::from(width_px) / f64::from(self.width_px.max(1));
        let sy = f64::from(height_px) / f64::from(self.height_px.max(1));
        Self {
            width_px,
            height_px,
            focal_px: self.focal_px * sx,
            centre: Pixel {
                x: self.centre.x * sx,
                y: self.centre.y * sy,
            },
            ..self.clone()
        }
    }
}

/// How a camera that looks straight down is mounted: the image's top is ahead, its right is the
/// aircraft's right.
pub fn body_from_camera_nadir() -> Rotation<Body, Camera> {
    // Columns: the camera's x (right), y (image down = backwards) and z (optical axis = down).
    #[rustfmt::skip]
    let m = Matrix3::new(
        0.0, -1.0, 0.0,
        1.0,  0.0, 0.0,
        0.0,  0.0, 1.0,
    );
    Rotation::from_matrix(&m)
}

/// Where a camera is and how it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraPose {
    /// The projection centre.
    pub position: Wgs84,
    /// The camera's axes in the tangent plane at its own position.
    pub ned_from_camera: Rotation<Ned, Camera>,
}

impl CameraPose {
    /// Looking straight down, the image's top towards `heading_rad`.
    pub fn nadir(position: Wgs84, heading_rad: f64) -> Self {
        Self::mounted_nadir(
            position,
            Rotation::<Ned, Body>::from_euler_rad(0.0, 0.0, heading_rad),
        )
    }

    /// Mounted to look along the aircraft's down axis.
    pub fn mounted_nadir(position: Wgs84, ned_from_body: Rotation<Ned, Body>) -> Self {
        Self {
            position,
            ned_from_camera: ned_from_body * body_from_camera_nadir(),
        }
    }

    /// Attitude of the camera as a body whose forward is the image's top: (roll, pitch, yaw),
    /// all zero when looking down with north up.
    pub fn euler_rad(&self) -> (f64, f64, f64) {
        (self.ned_from_camera * body_from_camera_nadir().inverse()).euler_rad()
    }

    /// A point of the world in the camera's axes.
    pub fn camera_from_wgs84(&self, point: Wgs84) -> Vec3<Camera> {
        let frame = LocalFrame::new(self.position);
        self.ned_from_camera.inverse() * frame.ned_from_wgs84(point)
    }

    /// The camera's centre and axes seen in a tangent plane elsewhere (exact: the planes' tilt
    /// against each other is accounted for).
    pub fn in_frame(&self, frame: &LocalFrame) -> (Vec3<Enu>, Rotation<Enu, Camera>) {
        let here = LocalFrame::new(self.position);
        let ned = frame.ned_from_ecef() * here.ned_from_ecef().inverse() * self.ned_from_camera;
        #[rustfmt::skip]
        let enu_from_ned = Rotation::<Enu, Ned>::from_matrix(&Matrix3::new(
            0.0, 1.0,  0.0,
            1.0, 0.0,  0.0,
            0.0, 0.0, -1.0,
        ));
        (frame.enu_from_wgs84(self.position), enu_from_ned * ned)
    }

    /// The inverse of [`CameraPose::in_frame`].
    pub fn from_frame(
        frame: &LocalFrame,
        centre: Vec3<Enu>,
        enu_from_camera: Rotation<Enu, Camera>,
    ) -> Self {
        let position = frame.wgs84_from_enu(centre);
        let here = LocalFrame::new(position);
        #[rustfmt::skip]
        let ned_from_enu = Rotation::<Ned, Enu>::from_matrix(&Matrix3::new(
            0.0, 1.0,  0.0,
            1.0, 0.0,  0.0,
            0.0, 0.0, -1.0,
        ));
        let ned = here.ned_from_ecef() * frame.ned_from_ecef().inverse() * ned_from_enu;
        Self {
            position,
            ned_from_camera: ned * enu_from_camera,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whimbrel_geo::{Height, LatLon, Position};

    fn lens() -> CameraModel {
        CameraModel {
            k1: -0.12,
            k2: 0.03,
            k3: -0.004,
            p1: 0.0007,
            p2: -0.0004,
            centre: Pixel { x: 905.0, y: 668.0 },
            ..CameraModel::pinhole(1800, 1350, 1255.0)
        }
    }

    #[test]
    fn every_ray_projects_to_its_pixel() {
        let lens = lens();
        for y in (0..=1350).step_by(45) {
            for x in (0..=1800).step_by(45) {
                let pixel = Pixel {
                    x: x as f64,
                    y: y as f64,
                };
                let ray = lens.ray(pixel);
                assert!((ray.norm() - 1.0).abs() < 1e-12);
                let back = lens.project(ray * 120.0).expect("in front");
                assert!(
                    (back.x - pixel.x).abs() + (back.y - pixel.y).abs() < 1e-8,
                    "{pixel:?} {back:?}"
                );
            }
        }
        assert_eq!(lens.project(Vec3::new(0.0, 0.0, -1.0)), None);
        assert_eq!(lens.project(Vec3::new(f64::NAN, 0.0, 1.0)), None);
        // An angle so wide that the barrel distortion has folded over.
        assert_eq!(lens.project(Vec3::new(4.0, 0.0, 1.0)), None);
    }

    #[test]
    fn half_size_sees_the_same() {
        let (full, half) = (lens(), lens().scaled_to(900, 675));
        let a = full.ray(Pixel {
            x: 100.0,
            y: 1200.0,
        });
        let b = half.ray(Pixel { x: 50.0, y: 600.0 });
        assert!((a - b).norm() < 1e-12);
    }

    #[test]
    fn the_top_of_a_nadir_photo_is_ahead() {
        let at = LatLon::from_deg(46.8, 9.8).expect("a place");
        let up = Position::new(at, Height::from_m(1700.0));
        let pose = CameraPose::nadir(up, 90f64.to_radians()); // flying east
        let lens = CameraModel::pinhole(4000, 3000, 3000.0);
        let east = whimbrel_geo::destination(at, 90f64.to_radians(), 20.0);
        let p = pose.camera_from_wgs84(Position::new(east, Height::from_m(1600.0)));
        let pixel = lens.project(p).expect("in front");
        assert!((pixel.x - 2000.0).abs() < 0.01, "{pixel:?}");
        assert!((pixel.y - (1500.0 - 600.0)).abs() < 0.2, "{pixel:?}");
        let (roll, pitch, yaw) = pose.euler_rad();
        assert!(roll.abs() < 1e-12 && pitch.abs() < 1e-12);
        assert!((yaw.to_degrees() - 90.0).abs() < 1e-9);

        let frame = LocalFrame::new(Position::new(
            LatLon::from_deg(46.9, 9.6).expect("a place"),
            Height::from_m(1500.0),
        ));
        let (centre, axes) = pose.in_frame(&frame);
        let back = CameraPose::from_frame(&frame, centre, axes);
        assert!(back.ned_from_camera.angle_to_rad(pose.ned_from_camera) < 1e-7);
        let target = Position::new(east, Height::from_m(1600.0));
        let seen = axes.inverse() * (frame.enu_from_wgs84(target) - centre);
        assert!((seen - p).norm() < 1e-6);
    }
}
