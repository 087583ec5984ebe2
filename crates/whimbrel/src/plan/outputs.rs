//! A plan into files.

use std::path::{Path, PathBuf};

use whimbrel_geo::Terrain;
use whimbrel_mission::Zone;
use whimbrel_mission::format::wpml;
use whimbrel_plan::{Briefing, Plan, Request};

use crate::cli;
use crate::outcome::{Exit, Failure, write};

/// How a plan is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Plan,
    Waypoints,
    GeoJson,
    Kml,
    Wpml,
    Html,
}

impl Format {
    /// By the ending of a file's name.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
        Ok(match ending.as_str() {
            "plan" => Self::Plan,
            "waypoints" => Self::Waypoints,
            "geojson" | "json" => Self::GeoJson,
            "kml" => Self::Kml,
            "kmz" => Self::Wpml,
            "html" | "htm" => Self::Html,
            _ => {
                return Err(Failure::new(
                    Exit::Usage,
                    format!(
                        "{}: a plan is written as .plan, .waypoints, .geojson, .kml, .kmz (DJI) or .html (briefing)",
                        path.display()
                    ),
                ));
            }
        })
    }
}

/// A plan and what it was made of.
pub struct Made<'a> {
    pub plan: &'a Plan,
    pub request: &'a Request,
    pub ground: &'a dyn Terrain,
    pub zones: &'a [Zone],
    pub args: &'a cli::Plan,
}

/// `field.plan` for the first sortie, `field-2.plan` for the second.
fn numbered(path: &Path, sortie: usize) -> PathBuf {
    if sortie == 0 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", sortie + 1));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

impl Made<'_> {
    /// Writes one file, or one for each sortie; says which.
    pub fn save(&self, path: &Path, format: Format) -> anyhow::Result<Vec<PathBuf>> {
        let files = match format {
            Format::GeoJson => vec![self.plan.geojson(self.ground)],
            Format::Kml => vec![self.plan.kml(self.ground)],
            Format::Plan => self.plan.plan_files()?,
            Format::Waypoints => self.plan.waypoints_files(),
            Format::Wpml => self.plan.wpml_files(wpml::Options {
                aircraft: self.args.dji,
                photos: match self.args.dji_photos {
                    cli::DjiPhotos::Distance => wpml::Photos::ByDistance,
                    cli::DjiPhotos::Waypoint => wpml::Photos::AtWaypoints,
                },
            })?,
            Format::Html => vec![self.briefing()],
        };
        let mut written = Vec::with_capacity(files.len());
        for (sortie, bytes) in files.iter().enumerate() {
            let path = numbered(path, sortie);
            write(&path, bytes)?;
            written.push(path);
        }
        Ok(written)
    }

    fn briefing(&self) -> Vec<u8> {
        let area = self.args.area.file_stem().unwrap_or_default();
        let title = area.to_string_lossy().replace(['_', '-'], " ");
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        let made = whimbrel_geo::time::Civil::from_unix(now);
        self.plan.briefing(&Briefing {
            title: &title,
            made: &format!(
                "made {:04}-{:02}-{:02} {:02}:{:02} UTC",
                made.year, made.month, made.day, made.hour, made.minute
            ),
            request: self.request,
            ground: self.ground,
            zones: self.zones,
        })
    }
}
