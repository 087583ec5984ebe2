//! Survey cameras: the catalogue and camera files.

use serde::{Deserialize, Serialize};
use whimbrel_geo::Pixel;
use whimbrel_photo::CameraModel;

/// Largest camera file that is read.
pub const MAX_FILE_BYTES: usize = 64 * 1024;

/// A camera looking straight down, its long side across the track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Short name for the command line.
    #[serde(default)]
    pub key: String,
    /// Name shown to people.
    pub name: String,
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
    pub min_interval_s: f64,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: String,
}

/// A camera file that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CameraError {
    /// Not in the catalogue.
    #[error("no camera {name:?} in the catalogue: use one of {known}, or give a TOML file")]
    NoSuchCamera {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
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

#[derive(Deserialize)]
struct Catalogue {
    camera: Vec<Camera>,
}

impl Camera {
    /// All cameras of the built-in catalogue.
    ///
    /// # Errors
    /// Never, as long as the embedded file is sound (a test reads it).
    pub fn catalogue_all() -> Result<Vec<Self>, CameraError> {
        let catalogue: Catalogue = toml::from_str(include_str!("../data/cameras.toml"))
            .map_err(|e| CameraError::Toml(e.to_string()))?;
        Ok(catalogue.camera)
    }

    /// The camera of that key in the catalogue.
    ///
    /// # Errors
    /// [`CameraError::NoSuchCamera`] naming those that there are.
    pub fn catalogue(key: &str) -> Result<Self, CameraError> {
        let all = Self::catalogue_all()?;
        let known = all
            .iter()
            .map(|c| c.key.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        all.into_iter()
            .find(|c| c.key == key)
            .ok_or_else(|| CameraError::NoSuchCamera {
                name: key.chars().take(60).collect(),
                known,
            })
    }

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
        let check = |field, value: f64, low, high, rule| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(CameraError::Value { field, value, rule })
            }
        };
        check(
            "sensor_width_mm",
            self.sensor_width_mm,
            0.5,
            200.0,
            "0.5 to 200 mm",
        )?;
        check(
            "sensor_height_mm",
            self.sensor_height_mm,
            0.5,
            200.0,
            "0.5 to 200 mm",
        )?;
        check("focal_mm", self.focal_mm, 0.5, 2000.0, "0.5 to 2000 mm")?;
        check(
            "width_px",
            f64::from(self.width_px),
            64.0,
            65_535.0,
            "64 to 65535 pixels",
        )?;
        check(
            "height_px",
            f64::from(self.height_px),
            64.0,
            65_535.0,
            "64 to 65535 pixels",
        )?;
        check(
            "min_interval_s",
            self.min_interval_s,
            0.0,
            3600.0,
            "0 to 3600 s",
        )?;
        let pixel_ratio = (self.sensor_width_mm / f64::from(self.width_px))
            / (self.sensor_height_mm / f64::from(self.height_px));
        check(
            "sensor_height_mm (width over height of a pixel)",
            pixel_ratio,
            0.9,
            1.1,
            "0.9 to 1.1: sensor and picture must have one shape",
        )
    }

    /// Focal length in pixels.
    #[must_use]
    pub fn focal_px(&self) -> f64 {
        self.focal_mm / self.sensor_width_mm * f64::from(self.width_px)
    }

    /// Ideal camera without distortion.
    #[must_use]
    pub fn model(&self) -> CameraModel {
        CameraModel {
            width_px: self.width_px,
            height_px: self.height_px,
            focal_px: self.focal_px(),
            centre: Pixel {
                x: 0.5 * f64::from(self.width_px),
                y: 0.5 * f64::from(self.height_px),
            },
            k1: 0.0,
            k2: 0.0,
            k3: 0.0,
            p1: 0.0,
            p2: 0.0,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sound() {
        let all = Camera::catalogue_all().expect("readable");
        assert!(all.len() >= 6);
        for camera in &all {
            camera.validate().expect("valid");
            assert!(!camera.source.is_empty());
        }
        let mapper = Camera::catalogue("mapper").expect("there");
        assert!((0.09..0.10).contains(&mapper.gsd_m(120.0)));
        assert!((mapper.height_for_gsd_m(mapper.gsd_m(77.0)) - 77.0).abs() < 1e-9);
        let error = Camera::catalogue("nope").expect_err("unknown");
        assert!(error.to_string().contains("mapper"), "{error}");
    }
}
