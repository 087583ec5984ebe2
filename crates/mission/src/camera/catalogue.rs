//! The built-in cameras: by key, and by what a photo says about its camera.

use super::{Camera, CameraError};
use serde::Deserialize;
use std::sync::LazyLock;
use whimbrel_photo::PhotoMeta;

/// Keys that are offered instead of an unknown one.
const OFFERED: usize = 6;

#[derive(Deserialize)]
struct Catalogue {
    camera: Vec<Camera>,
    body: Vec<Body>,
}

/// A body of which only the sensor is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    exif: Vec<String>,
    sensor_width_mm: f64,
    /// For readers of the file.
    #[serde(rename = "source")]
    _source: String,
}

static CATALOGUE: LazyLock<Result<Catalogue, CameraError>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/cameras.toml"))
        .map_err(|e| CameraError::Toml(e.to_string()))
});

fn catalogue() -> Result<&'static Catalogue, CameraError> {
    CATALOGUE.as_ref().map_err(Clone::clone)
}

/// Lower case without anything but letters and digits.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// How much of what a photo says of its camera one of `names` is.
fn told(exif: &str, names: &[String]) -> usize {
    let found = names.iter().filter(|n| exif.contains(n.as_str()));
    found.map(String::len).max().unwrap_or(0)
}

fn make_and_model(meta: &PhotoMeta) -> Option<String> {
    let model = meta.model.as_deref()?;
    Some(format!("{} {model}", meta.make.as_deref().unwrap_or("")))
}

/// Width of the sensor behind a photo's columns, by the camera's name in EXIF.
#[must_use]
pub fn known_sensor_width_mm(meta: &PhotoMeta) -> Option<f64> {
    let name = make_and_model(meta)?;
    let known = catalogue().ok()?;
    let cameras = known.camera.iter().map(|c| (&c.exif, c.sensor_width_mm));
    let bodies = known.body.iter().map(|b| (&b.exif, b.sensor_width_mm));
    let best = cameras
        .chain(bodies)
        .map(|(names, width)| (told(&name, names), width))
        .fold(
            (0, 0.0),
            |best, one| if one.0 > best.0 { one } else { best },
        );
    (best.0 > 0).then_some(best.1)
}

impl Camera {
    /// All cameras of the built-in catalogue, in its order.
    ///
    /// # Errors
    /// Never, as long as the embedded file is sound (a test reads it).
    pub fn catalogue_all() -> Result<&'static [Self], CameraError> {
        Ok(&catalogue()?.camera)
    }

    /// The camera of that key in the catalogue.
    ///
    /// # Errors
    /// [`CameraError::NoSuchCamera`] naming keys that look like it.
    pub fn catalogue(key: &str) -> Result<Self, CameraError> {
        let all = Self::catalogue_all()?;
        if let Some(camera) = all.iter().find(|c| c.key == key) {
            return Ok(camera.clone());
        }
        let near: Vec<&str> = Self::catalogue_like(key)?
            .iter()
            .take(OFFERED)
            .map(|c| c.key.as_str())
            .collect();
        Err(CameraError::NoSuchCamera {
            name: key.chars().take(60).collect(),
            near: if near.is_empty() {
                String::new()
            } else {
                format!(" (did you mean {}?)", near.join(", "))
            },
        })
    }

    /// The cameras whose key, name or EXIF name holds all words of `text`,
    /// letter case and punctuation aside.
    ///
    /// # Errors
    /// As [`Camera::catalogue_all`].
    pub fn catalogue_like(text: &str) -> Result<Vec<&'static Self>, CameraError> {
        let words: Vec<String> = text.split_whitespace().map(plain).collect();
        let fits = |c: &&Self| {
            let all = plain(&format!("{} {} {}", c.key, c.name, c.exif.join(" ")));
            words.iter().all(|w| all.contains(w.as_str()))
        };
        Ok(Self::catalogue_all()?.iter().filter(fits).collect())
    }

    /// The camera that took a photo, by its name in EXIF; of several lenses the
    /// one nearest to the photo's focal length, of several picture sizes the
    /// nearest.
    #[must_use]
    pub fn of_photo(meta: &PhotoMeta) -> Option<&'static Self> {
        let name = make_and_model(meta)?;
        let width = meta.exif_width_px.unwrap_or(meta.width_px);
        let off = |c: &Self| {
            let lens = meta.focal_mm.map_or(0.0, |f| (f / c.focal_mm).ln().abs());
            lens + 0.1 * (f64::from(width.max(1)) / f64::from(c.width_px)).ln().abs()
        };
        let all = Self::catalogue_all().ok()?.iter();
        let known = all.map(|c| (told(&name, &c.exif), c)).filter(|k| k.0 > 0);
        known
            .reduce(|best, one| {
                let better = one.0 > best.0 || (one.0 == best.0 && off(one.1) < off(best.1));
                if better { one } else { best }
            })
            .map(|k| k.1)
    }
}
