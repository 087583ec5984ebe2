//! The JPEG file that a camera would write, with what its aircraft believed about place and attitude.

use super::scan::{RenderOptions, render};
use crate::chance;
use crate::landscape::Landscape;
use core::time::Duration;
use whimbrel_geo::{LocalFrame, Ned, Vec3, amsl_from_ellipsoid};
use whimbrel_photo::{
    Attitude, CameraModel, CameraPose, GpsHeight, GpsPosition, MetaError, PhotoMeta, jpeg,
    write_meta,
};

/// One photo to take, and how wrong its metadata may be.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoSpec {
    /// Number of the photo; errors and noise differ from photo to photo.
    pub index: u64,
    /// Chance of errors and noise.
    pub seed: u64,
    /// When, since the Unix epoch.
    pub taken_at: Duration,
    /// Standard deviation of the position in the metadata, each axis, m.
    pub position_sigma_m: f64,
    /// Standard deviation of roll and pitch in the metadata, rad.
    pub roll_pitch_sigma_rad: f64,
    /// Standard deviation of yaw in the metadata, rad.
    pub yaw_sigma_rad: f64,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// Width of the sensor, mm; with the camera model it gives the focal length in mm.
    pub sensor_width_mm: f64,
    /// The camera's name in the metadata.
    pub model: String,
    /// Lens and sensor; its `seed` and `photo` are replaced by those above.
    pub render: RenderOptions,
}

impl PhotoSpec {
    /// Photo `index` with the errors of a common GNSS receiver and autopilot: 1.5 m, 2° and 3°.
    pub fn new(seed: u64, index: u64, taken_at: Duration) -> Self {
        PhotoSpec {
            index,
            seed,
            taken_at,
            position_sigma_m: 1.5,
            roll_pitch_sigma_rad: 2.0_f64.to_radians(),
            yaw_sigma_rad: 3.0_f64.to_radians(),
            quality: 90,
            sensor_width_mm: 13.2,
            model: "Whimbrel simulated camera".into(),
            render: RenderOptions::default(),
        }
    }

    /// What the metadata say of a photo truly taken from `pose`.
    pub fn meta(&self, camera: &CameraModel, pose: &CameraPose) -> PhotoMeta {
        let error = |k: u64| chance::normal(self.seed, 171, self.index * 8 + k);
        let s = self.position_sigma_m;
        let off = Vec3::<Ned>::new(s * error(0), s * error(1), s * error(2));
        let believed = amsl_from_ellipsoid(LocalFrame::new(pose.position).wgs84_from_ned(off));
        let (roll, pitch, yaw) = pose.euler_rad();
        let (w, h) = (f64::from(camera.width_px), f64::from(camera.height_px));
        // 43.27 mm is the diagonal of 36 mm film (CIPA DCG-001).
        let focal_35mm = camera.focal_px * 36.0_f64.hypot(24.0) / w.hypot(h);
        PhotoMeta {
            width_px: camera.width_px,
            height_px: camera.height_px,
            make: Some("Whimbrel".into()),
            model: Some(self.model.clone()),
            focal_mm: Some(camera.focal_px * self.sensor_width_mm / w.max(1.0)),
            focal_35mm: Some(focal_35mm),
            sensor_width_mm: Some(self.sensor_width_mm),
            taken_at: Some(self.taken_at),
            position: Some(GpsPosition {
                at: believed.at,
                height: GpsHeight::Amsl(believed.height),
                sigma_xy_m: Some(s),
                sigma_z_m: Some(s),
            }),
            attitude: Some(Attitude {
                yaw_rad: yaw + self.yaw_sigma_rad * error(3),
                pitch_rad: pitch + self.roll_pitch_sigma_rad * error(4),
                roll_rad: roll + self.roll_pitch_sigma_rad * error(5),
                sigma_rad: Some(self.roll_pitch_sigma_rad.max(self.yaw_sigma_rad)),
            }),
            id: Some(chance::bits(self.seed, 172, self.index)),
            ..PhotoMeta::default()
        }
    }
}

/// Renders a photo and writes it as JPEG with EXIF and XMP.
///
/// # Errors
/// When the picture cannot be encoded (its sides must be from 1 to 65,535 pixels).
pub fn photo_jpeg(
    landscape: &Landscape,
    camera: &CameraModel,
    pose: &CameraPose,
    spec: &PhotoSpec,
) -> Result<Vec<u8>, MetaError> {
    let options = RenderOptions {
        seed: spec.seed,
        photo: spec.index,
        ..spec.render
    };
    let picture = render(landscape, camera, pose, &options);
    write_meta(
        &jpeg::encode(&picture, spec.quality)?,
        &spec.meta(camera, pose),
    )
}
