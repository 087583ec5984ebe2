//! Vehicles and cameras of the command line: a built-in name or a file.

use std::path::Path;

use anyhow::Context;
use whimbrel_mission::{Camera, Vehicle};

use crate::outcome::read;

fn is_file(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(['/', '\\']) || Path::new(name).is_file()
}

fn text(path: &str) -> anyhow::Result<String> {
    String::from_utf8(read(Path::new(path))?)
        .with_context(|| format!("read {path}: it is not a text file"))
}

/// A built-in vehicle or one from a file.
pub fn vehicle(name: &str) -> anyhow::Result<Vehicle> {
    if !is_file(name) {
        return Ok(Vehicle::builtin(name)?);
    }
    Vehicle::from_toml(&text(name)?).with_context(|| format!("use the vehicle {name}"))
}

/// A camera of the catalogue or one from a file.
pub fn camera(name: &str) -> anyhow::Result<Camera> {
    if !is_file(name) {
        return Ok(Camera::catalogue(name)?);
    }
    Camera::from_toml(&text(name)?).with_context(|| format!("use the camera {name}"))
}
