//! Which share of the areas the planned swaths cover.

use crate::request::{Role, Sortie};
use crate::swept::Swept;
use whimbrel_geo::{LocalFrame, Polygon};

/// Share of the areas that the swaths cover.
pub fn coverage(sorties: &[Sortie], frame: &LocalFrame, areas: &[Polygon], swath_m: f64) -> f64 {
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
