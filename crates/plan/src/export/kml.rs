//! A plan as KML.

use super::heights::Heights;
use crate::request::{Plan, Role};
use whimbrel_geo::Terrain;
use whimbrel_mission::format::kml::{Colour, Writer};

/// Photo points are left out of larger plans: viewers draw each as a picture.
const MAX_PHOTO_POINTS: usize = 2_000;

impl Plan {
    /// All sorties as one KML document, heights above sea level, with heights
    /// above the ground in the descriptions.
    #[must_use]
    pub fn kml(&self, ground: &dyn Terrain) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.area("airspace", Colour::Green, &self.airspace);
        for (index, sortie) in self.sorties.iter().enumerate() {
            let heights = Heights::of(self, sortie, ground);
            writer.folder(&format!("sortie {} {}", index + 1, sortie.vehicle));
            if let Some(home) = &sortie.mission.home {
                writer.point("home", "", home);
            }
            for segment in &sortie.segments {
                let colour = match segment.role {
                    Role::Photo => Colour::Blue,
                    Role::Turn => Colour::Orange,
                    Role::Transit | Role::Climb => Colour::Grey,
                };
                let lowest = heights.lowest_agl_m(&segment.points);
                let said = lowest.map_or_else(String::new, |m| {
                    format!("{m:.0} m above the ground at the lowest")
                });
                let name = format!("sortie {} {}", index + 1, segment.role.name());
                writer.line(&name, &said, colour, &segment.points);
            }
            if sortie.photos.len() <= MAX_PHOTO_POINTS {
                writer.folder("photos");
                for (number, photo) in sortie.photos.iter().enumerate() {
                    let said = heights
                        .agl_m(photo)
                        .map_or_else(String::new, |m| format!("{m:.0} m above the ground"));
                    writer.point(&(number + 1).to_string(), &said, photo);
                }
                writer.close();
            }
            writer.close();
        }
        writer.finish()
    }
}
