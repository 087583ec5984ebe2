//! Survey cameras: what they see, how fast they are, camera files.

mod catalogue;

use serde::{Deserialize, Serialize};
use whimbrel_photo::CameraModel;

pub use catalogue::known_sensor_width_mm;

/// Largest camera file that is read.
pub const MAX_FILE_BYTES: usize = 64 * 1024;

/// How a camera takes the rows of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shutter {
    /// One after another: a moving camera bends the picture.
    Rolling,
    /// All at once.
    Global,
    /// Behind blades or a curtain: as good as all at once.
    Mechanical,
}

/// A camera looking straight down, its long side across the track. What is
/// optional is not known of every camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Short name for the command line.
    #[serde(default)]
    pub key: String,
    /// Name shown to people.
    pub name: String,
    /// Parts of `Make Model` in EXIF that tell this camera.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exif: Vec<String>,
    /// Sensor width.
    pub sensor_width_mm: f64,
    /// Sensor height.
    pub sensor_height_mm: f64,
    /// Picture width.
    pub width_px: u32,
    /// Picture height.
    pub height_px: u32,
    /// True focal length.
    pub focal_mm: f64,
    /// Shortest time between two pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_interval_s: Option<f64>,
    /// How rows are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutter: Option<Shutter>,
    /// Time from the first row to the last of a rolling shutter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_s: Option<f64>,
    /// Shortest exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_fastest_s: Option<f64>,
    /// Longest exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_slowest_s: Option<f64>,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: String,
}

/// A camera file that cannot be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum CameraError {
    /// Not in the catalogue.
    #[error(
        "no camera {name:?} in the catalogue{near}: `whimbrel cameras` lists them, or give a TOML file"
    )]
    NoSuchCamera {
        /// What was asked for.
        name: String,
        /// Keys that look like it, as text.
        near: String,
    },
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the camera file has {0} bytes; at most {MAX_FILE_BYTES} are read")]
    TooLarge(usize),
    /// Not TOML, or fields are missing or unknown.
    #[error("reading the camera file failed: {0}")]
    Toml(String),
    /// A value that no camera has.
    #[error("camera field {field} is {value}: it must be {rule}")]
    Value {
        /// Which field.
        field: &'static str,
        /// What the file says.
        value: f64,
        /// What it should be.
        rule: &'static str,
    },
}

impl Camera {
    /// Reads and checks a camera file: the fields of [`Camera`] at top level.
    ///
    /// # Errors
    /// What is wrong with the file and which field it is.
    pub fn from_toml(text: &str) -> Result<Self, CameraError> {
        if text.len() > MAX_FILE_BYTES {
            return Err(CameraError::TooLarge(text.len()));
        }
        let camera: Self = toml::from_str(text).map_err(|e| CameraError::Toml(e.to_string()))?;
        camera.validate()?;
        Ok(camera)
    }

    /// Checks that the numbers are those of a camera.
    ///
    /// # Errors
    /// The first field that is out of bounds.
    pub fn validate(&self) -> Result<(), CameraError> {
        let pixel_ratio = (self.sensor_width_mm / f64::from(self.width_px))
            / (self.sensor_height_mm / f64::from(self.height_px));
        let (px, mm, s) = (
            "64 to 65535 pixels",
            "0.5 to 200 mm",
            "more than 0 and at most 3600 s",
        );
        let optional = |value: Option<f64>| value.unwrap_or(1.0);
        #[rustfmt::skip]
        let bounds = [
            ("sensor_width_mm", self.sensor_width_mm, 0.5, 200.0, mm),
            ("sensor_height_mm", self.sensor_height_mm, 0.5, 200.0, mm),
            ("focal_mm", self.focal_mm, 0.5, 2000.0, "0.5 to 2000 mm"),
            ("width_px", f64::from(self.width_px), 64.0, 65_535.0, px),
            ("height_px", f64::from(self.height_px), 64.0, 65_535.0, px),
            ("min_interval_s", optional(self.min_interval_s), 0.0, 3600.0, "0 to 3600 s"),
            ("readout_s", optional(self.readout_s), 1e-9, 3600.0, s),
            ("exposure_fastest_s", optional(self.exposure_fastest_s), 1e-9, 3600.0, s),
            ("exposure_slowest_s", optional(self.exposure_slowest_s), 1e-9, 3600.0, s),
            ("sensor_height_mm (width over height of a pixel)", pixel_ratio, 0.9, 1.1,
                "0.9 to 1.1: sensor and picture must have one shape"),
        ];
        for (field, value, low, high, rule) in bounds {
            if !(low..=high).contains(&value) {
                return Err(CameraError::Value { field, value, rule });
            }
        }
        Ok(())
    }

    /// Focal length in pixels.
    #[must_use]
    pub fn focal_px(&self) -> f64 {
        self.focal_mm / self.sensor_width_mm * f64::from(self.width_px)
    }

    /// Ideal camera without distortion.
    #[must_use]
    pub fn model(&self) -> CameraModel {
        CameraModel::pinhole(self.width_px, self.height_px, self.focal_px())
    }

    /// Ground sampling distance seen from `height_m` above level ground.
    #[must_use]
    pub fn gsd_m(&self, height_m: f64) -> f64 {
        height_m / self.focal_px()
    }

    /// Height above level ground that gives a ground sampling distance.
    #[must_use]
    pub fn height_for_gsd_m(&self, gsd_m: f64) -> f64 {
        gsd_m * self.focal_px()
    }

    /// Width (across the track) and length (along it) of a picture on level
    /// ground.
    #[must_use]
    pub fn footprint_m(&self, height_m: f64) -> (f64, f64) {
        let gsd_m = self.gsd_m(height_m);
        (
            gsd_m * f64::from(self.width_px),
            gsd_m * f64::from(self.height_px),
        )
    }
}
