//! Which share of the areas the planned flights show.

use crate::request::{Role, Sortie};
use crate::swept::Swept;
use whimbrel_geo::{LocalFrame, Polygon, Terrain, ellipsoid_from_amsl};
use whimbrel_mission::coverage::Coverage;
use whimbrel_mission::{Camera, footprint};
use whimbrel_photo::CameraPose;

/// Share of the areas that the photos show, or the swaths where there is no
/// camera.
pub fn coverage(
    sorties: &[Sortie],
    camera: Option<&Camera>,
    frame: &LocalFrame,
    areas: &[Polygon],
    terrain: &dyn Terrain,
    swath_m: f64,
) -> f64 {
    if let Some(camera) = camera {
        let mut grid = Coverage::over(*frame, areas, (swath_m / 20.0).max(0.1));
        let model = camera.model();
        for sortie in sorties {
            for (photo, heading) in sortie.photos.iter().zip(&sortie.photo_headings_rad) {
                let pose = CameraPose::nadir(ellipsoid_from_amsl(*photo), *heading);
                if let Some(outline) = footprint::on_terrain(&model, &pose, terrain) {
                    grid.add(&outline);
                }
            }
        }
        return grid.fraction();
    }
    let mut swept = Swept::new(areas, swath_m);
    for segment in sorties.iter().flat_map(|s| &s.segments) {
        if segment.role != Role::Photo {
            continue;
        }
        for pair in segment.points.windows(2) {
            let [a, b] = pair else { continue };
            let (a, b) = (frame.enu_xy(a.at), frame.enu_xy(b.at));
            swept.sweep(a, b, 0.5 * swath_m);
        }
    }
    swept.fraction()
}
