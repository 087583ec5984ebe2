//! What a photo says about itself: when, where, how it was taken.
//!
//! EXIF (CIPA DC-008) and XMP (ISO 16684-1) in JPEG's APP1 segments.

use crate::camera::{CameraModel, CameraPose};
use crate::jpeg::JpegError;
use crate::segments::{self, EXIF_HEAD, XMP_HEAD};
use crate::{exif_read, exif_write, jpeg, xmp};
use core::time::Duration;
use thiserror::Error;
use whimbrel_geo::{
    Amsl, Body, Ellipsoid, Height, LatLon, Ned, Position, Rotation, Wgs84, ellipsoid_from_amsl,
};

/// Why metadata could not be read or written.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MetaError {
    /// The file is no (complete) JPEG.
    #[error(transparent)]
    Jpeg(#[from] JpegError),
    /// There is EXIF, but it cannot be read.
    #[error("the photo's EXIF is damaged: {0}")]
    Exif(String),
    /// There is XMP, but it cannot be read.
    #[error("the photo's XMP is damaged: {0}")]
    Xmp(String),
}

/// A height from a photo, with what is known of its datum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GpsHeight {
    /// Above mean sea level.
    Amsl(Height<Amsl>),
    /// Above the ellipsoid.
    Ellipsoid(Height<Ellipsoid>),
    /// The photo gives none.
    Unknown,
}

/// Where a photo says it was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GpsPosition {
    /// Where on the ellipsoid.
    pub at: LatLon,
    /// How high.
    pub height: GpsHeight,
    /// One standard deviation of each horizontal coordinate.
    pub sigma_xy_m: Option<f64>,
    /// One standard deviation of the height.
    pub sigma_z_m: Option<f64>,
}

/// Attitude of the camera as a body whose forward is the image's top: all zero when looking
/// straight down with north up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attitude {
    /// Clockwise from true north.
    pub yaw_rad: f64,
    /// Nose up positive; +π/2 looks at the horizon.
    pub pitch_rad: f64,
    /// Right side down positive.
    pub roll_rad: f64,
    /// One standard deviation of each angle.
    pub sigma_rad: Option<f64>,
}

impl Attitude {
    /// As a rotation.
    pub fn ned_from_body(&self) -> Rotation<Ned, Body> {
        Rotation::<Ned, Body>::from_euler_rad(self.roll_rad, self.pitch_rad, self.yaw_rad)
    }
}

/// What a photo says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhotoMeta {
    /// Columns of the picture in the file (not what EXIF claims).
    pub width_px: u32,
    /// Rows of the picture in the file.
    pub height_px: u32,
    /// Columns that EXIF claims: the original's, where a photo has been made smaller.
    pub exif_width_px: Option<u32>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
    /// True focal length.
    pub focal_mm: Option<f64>,
    /// Focal length that sees the same on 35 mm film, by the diagonal.
    pub focal_35mm: Option<f64>,
    /// Width of the sensor behind the columns, from EXIF's focal plane resolution.
    pub sensor_width_mm: Option<f64>,
    /// Time since the Unix epoch; the camera's clock is taken as UTC where it tells no offset.
    pub taken_at: Option<Duration>,
    /// Where.
    pub position: Option<GpsPosition>,
    /// How the camera looked.
    pub attitude: Option<Attitude>,
    /// Height above the take-off point, from the aircraft's barometer.
    pub relative_height_m: Option<f64>,
    /// EXIF's orientation, 1 to 8; mapping ignores it, viewers turn the picture.
    pub orientation: Option<u16>,
    /// A number of our own that survives renaming (EXIF's ImageUniqueID, its last 64 bits).
    pub id: Option<u64>,
}

/// Reads what a JPEG says about itself. Needs the header only, so the end may be missing.
pub fn read_meta(bytes: &[u8]) -> Result<PhotoMeta, MetaError> {
    let (width_px, height_px) = jpeg::dimensions(bytes)?;
    let header = segments::header(bytes)?;
    let mut meta = PhotoMeta {
        width_px,
        height_px,
        ..PhotoMeta::default()
    };
    if let Some(tiff) = segments::app1(bytes, &header, EXIF_HEAD) {
        exif_read::read(tiff, &mut meta)?;
    }
    if let Some(packet) = segments::app1(bytes, &header, XMP_HEAD) {
        xmp::read(packet, &mut meta)?;
    }
    Ok(meta)
}

/// The JPEG with its metadata replaced. The picture is not touched; width and height of `meta`
/// are ignored in favour of the file's.
pub fn write_meta(bytes: &[u8], meta: &PhotoMeta) -> Result<Vec<u8>, MetaError> {
    let (width_px, height_px) = jpeg::dimensions(bytes)?;
    let meta = PhotoMeta {
        width_px,
        height_px,
        ..meta.clone()
    };
    let mut exif = EXIF_HEAD.to_vec();
    exif.extend(exif_write::tiff(&meta));
    let mut payloads = vec![exif];
    if let Some(packet) = xmp::packet(&meta) {
        let mut xmp = XMP_HEAD.to_vec();
        xmp.extend(packet.into_bytes());
        payloads.push(xmp);
    }
    Ok(segments::with_app1(bytes, &payloads)?)
}

/// Diagonal of 24 mm × 36 mm film, the basis of equivalent focal lengths (CIPA DCG-001).
const FILM_DIAGONAL_MM: f64 = 43.266_615_305_567_87;

impl PhotoMeta {
    /// A first guess at the camera, without distortion, for the picture as it is in the file:
    /// from focal length and sensor (`sensor_width_mm` if the camera is known, else EXIF's), else
    /// from the focal length on film. `None` if nothing sensible is said.
    pub fn camera_model(&self, sensor_width_mm: Option<f64>) -> Option<CameraModel> {
        let (w, h) = (f64::from(self.width_px), f64::from(self.height_px));
        let sensor = sensor_width_mm.or(self.sensor_width_mm);
        let from_sensor = self
            .focal_mm
            .zip(sensor)
            .map(|(focal, sensor)| focal / sensor * w);
        let from_film = self.focal_35mm.map(|f| f / FILM_DIAGONAL_MM * w.hypot(h));
        [from_sensor, from_film]
            .into_iter()
            .flatten()
            .find(|f| (0.2..40.0).contains(&(f / w)))
            .map(|focal_px| CameraModel::pinhole(self.width_px, self.height_px, focal_px))
    }

    /// The place in space, through the geoid if need be; `None` without place or height.
    pub fn wgs84(&self) -> Option<Wgs84> {
        let p = self.position?;
        match p.height {
            GpsHeight::Amsl(h) => Some(ellipsoid_from_amsl(Position::new(p.at, h))),
            GpsHeight::Ellipsoid(h) => Some(Position::new(p.at, h)),
            GpsHeight::Unknown => None,
        }
    }

    /// Place and attitude together; `None` unless both are known.
    pub fn pose(&self) -> Option<CameraPose> {
        Some(CameraPose::mounted_nadir(
            self.wgs84()?,
            self.attitude?.ned_from_body(),
        ))
    }
}
