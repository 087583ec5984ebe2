//! The fuzz targets' bodies, replayed on their corpora by ordinary tests.

use crate::Camera;
use crate::format::{self, FileKind, Source, plan_json, waypoints};

/// Areas that are looked at closely; a file may hold very many.
const AREAS_MAX: usize = 20;

/// Reads areas and missions; what was read as a mission must survive being written.
///
/// # Panics
/// When it does not.
pub fn mission_files(bytes: &[u8]) {
    if let Ok(areas) = format::read_areas(bytes) {
        for area in areas.iter().take(AREAS_MAX) {
            let _ = area.validate();
        }
    }
    if let Ok(mission) = format::read_mission(bytes) {
        let written = plan_json::write(&mission);
        let again = written.and_then(|w| plan_json::read(&w));
        let items = again.map(|m| m.items.len());
        assert!(
            items.as_ref().is_ok_and(|n| *n == mission.items.len()),
            "{} items read, {items:?} after writing them",
            mission.items.len()
        );
        let _ = waypoints::write(&mission);
        let _ = mission.path();
    }
}

/// Reads a camera; one that is taken gives finite footprints.
///
/// # Panics
/// When it does not.
pub fn camera_file(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(camera) = Camera::from_toml(text)
    {
        let (wide, long) = camera.footprint_m(camera.height_for_gsd_m(0.03));
        assert!(wide.is_finite() && long.is_finite());
    }
}

/// Reads a file as one of a kind, and as whatever it looks like.
pub fn areas(kind: FileKind, bytes: &[u8]) {
    for found in [format::read_as(kind, bytes), format::read("", bytes)] {
        let Ok(found) = found else { continue };
        let _ = found.clone().into_no_fly();
        for area in found
            .into_areas()
            .unwrap_or_default()
            .iter()
            .take(AREAS_MAX)
        {
            let _ = area.validate();
        }
    }
}

/// Reads a shapefile: the first two bytes (times four) part the `.prj` and the
/// `.dbf` from the `.shp`.
pub fn shapefile(bytes: &[u8]) {
    let [prj, dbf, rest @ ..] = bytes else { return };
    let (prj, rest) = rest.split_at(rest.len().min(usize::from(*prj) * 4));
    let (dbf, shp) = rest.split_at(rest.len().min(usize::from(*dbf) * 4));
    let source = Source {
        name: "a.shp",
        bytes: shp,
        beside: vec![("prj", prj), ("dbf", dbf)],
    };
    let _ = source.read();
}
