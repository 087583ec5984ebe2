//! The finished route against the terrain, by other means than it was made: every leg, turn and
//! photo is looked at on the terrain itself, point by point.

mod ends;

use crate::profile::{Band, Rules};
use crate::request::{PlanError, Role, Segment, Sortie};
use serde::{Deserialize, Serialize};
use whimbrel_geo::{Height, LatLon, LocalFrame, Position, Terrain};

/// Distance of the points of a leg, and most of one plan; they lie farther apart instead.
const STEP_M: f64 = 4.0;
const MAX_POINTS: f64 = 200_000.0;
/// Points along each side of a photo's footprint, and most in all photos.
const SIDE: i32 = 5;
const MAX_PHOTOS: usize = 8_000;
/// What drawing turns as chords and heights as 32-bit numbers may take.
const DRAWN_M: f64 = 0.35;
/// Heights are kept to this.
const KEPT_M: f64 = 0.05;
/// Less than this above the ground nothing counts as standing on it.
const STANDS_M: f64 = 0.5;

/// How a plan keeps to its heights, measured on the terrain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TerrainReport {
    /// Least height asked for over the highest ground under a photo.
    pub floor_m: f64,
    /// Least height over the ground straight below, take-off and landing left out.
    pub lowest_m: f64,
    /// Greatest height over the ground straight below on photo lines.
    pub highest_m: f64,
    /// Least height over any ground in the footprint of a photo; null without a camera.
    pub lowest_in_photo_m: Option<f64>,
    /// Least height over surfaces and obstacles beside the way; null where there are none.
    pub lowest_over_tops_m: Option<f64>,
    /// Share of the photo lines that is higher or lower than the tolerance allows.
    pub beyond_tolerance: f64,
    /// Steepest climb, metres per metre.
    pub climb: f64,
    /// Steepest descent, metres per metre.
    pub descent: f64,
}

/// Keeps the lower of both.
fn offer(lowest: &mut Option<f64>, room_m: f64) {
    *lowest = Some(lowest.map_or(room_m, |l| l.min(room_m)));
}

/// Looks at all sorties and fills in the heights over ground of their segments. `rules` of each
/// vehicle.
///
/// # Errors
/// [`PlanError::Floor`] where the route is too low or too steep.
pub fn verify(
    sorties: &mut [Sortie],
    rules: &[Rules],
    frame: &LocalFrame,
    terrain: &dyn Terrain,
    camera: bool,
) -> Result<TerrainReport, PlanError> {
    let Some(first) = rules.first() else {
        return Ok(TerrainReport::default());
    };
    let mut seen = Seen::new(sorties, terrain, *frame, camera);
    for sortie in sorties.iter() {
        let own = rules.get(sortie.vehicle_index).unwrap_or(first);
        seen.sortie(sortie, own)?;
    }
    let over =
        |p: &Position<whimbrel_geo::Amsl>| terrain.height(p.at).map(|g| p.height.above(g).m());
    for segment in sorties.iter_mut().flat_map(|s| &mut s.segments) {
        segment.agl_m = segment.points.iter().map(over).collect();
    }
    Ok(seen.report(first))
}

struct Seen<'a> {
    terrain: &'a dyn Terrain,
    frame: LocalFrame,
    camera: bool,
    step_m: f64,
    every: usize,
    lowest: Option<f64>,
    highest_m: f64,
    in_photo: Option<f64>,
    over_tops: Option<f64>,
    photo_points: usize,
    beyond: usize,
    climb: f64,
    descent: f64,
}

impl<'a> Seen<'a> {
    fn new(sorties: &[Sortie], terrain: &'a dyn Terrain, frame: LocalFrame, camera: bool) -> Self {
        let length: f64 = sorties.iter().map(|s| s.length_m).sum();
        let photos: usize = sorties.iter().map(|s| s.photos.len()).sum();
        Self {
            terrain,
            frame,
            camera,
            step_m: STEP_M.max(length / MAX_POINTS),
            every: photos.div_ceil(MAX_PHOTOS).max(1),
            lowest: None,
            highest_m: f64::NEG_INFINITY,
            in_photo: None,
            over_tops: None,
            photo_points: 0,
            beyond: 0,
            climb: 0.0,
            descent: 0.0,
        }
    }

    fn sortie(&mut self, sortie: &Sortie, rules: &Rules) -> Result<(), PlanError> {
        for segment in sortie.segments.iter().filter(|s| s.role != Role::Climb) {
            self.segment(segment, rules)?;
        }
        if self.camera {
            let photos = sortie.photos.iter().zip(&sortie.photo_headings_rad);
            for (photo, heading) in photos.step_by(self.every) {
                self.photo(photo, *heading, rules)?;
            }
        }
        ends::check(sortie, &self.frame, self.terrain)
    }

    fn segment(&mut self, segment: &Segment, rules: &Rules) -> Result<(), PlanError> {
        let photo = segment.role == Role::Photo;
        let floor_m = if photo {
            rules.floor_m
        } else {
            rules.way_floor_m
        };
        // Turns are drawn as chords; where the ground is steep that moves them up or down.
        let give = if segment.role == Role::Turn {
            DRAWN_M
        } else {
            KEPT_M
        };
        for pair in segment.points.windows(2) {
            let [a, b] = pair else { continue };
            let (p, q) = (self.frame.enu_xy(a.at), self.frame.enu_xy(b.at));
            let length = (q[0] - p[0]).hypot(q[1] - p[1]);
            let (za, zb) = (a.height.m(), b.height.m());
            if length > 0.5 {
                let slope = (zb - za) / length;
                (self.climb, self.descent) = (self.climb.max(slope), self.descent.max(-slope));
            }
            let n = (length / self.step_m).ceil().max(1.0) as usize;
            for i in 0..=n {
                let t = i as f64 / n as f64;
                let xy = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
                let at = self.frame.latlon_from_xy(xy);
                let z = za + t * (zb - za);
                let Some(ground) = self.terrain.height(at).map(Height::m) else {
                    continue;
                };
                let agl = z - ground;
                offer(&mut self.lowest, agl);
                too_low("the ground below", agl, floor_m, give, at)?;
                if photo {
                    self.highest_m = self.highest_m.max(agl);
                    self.photo_points += 1;
                    if let Band::Around(tolerance) = rules.band {
                        let off = (agl - rules.height_m).abs();
                        self.beyond += usize::from(off > tolerance + KEPT_M);
                    }
                }
                if let Some(top) = self.terrain.top(at).map(Height::m)
                    && top > ground + STANDS_M
                {
                    offer(&mut self.over_tops, z - top);
                    too_low("an obstacle", z - top, rules.clearance_m, give, at)?;
                }
            }
        }
        Ok(())
    }

    fn photo(
        &mut self,
        photo: &Position<whimbrel_geo::Amsl>,
        heading_rad: f64,
        rules: &Rules,
    ) -> Result<(), PlanError> {
        let centre = self.frame.enu_xy(photo.at);
        let u = [heading_rad.sin(), heading_rad.cos()];
        let half = f64::from(SIDE - 1) / 2.0;
        for i in 0..SIDE {
            for j in 0..SIDE {
                let s = rules.half_along_m * (f64::from(i) / half - 1.0);
                let w = rules.half_across_m * (f64::from(j) / half - 1.0);
                let p = [
                    centre[0] + s * u[0] - w * u[1],
                    centre[1] + s * u[1] + w * u[0],
                ];
                let at = self.frame.latlon_from_xy(p);
                let Some(ground) = self.terrain.height(at).map(Height::m) else {
                    continue;
                };
                let over = photo.height.m() - ground;
                offer(&mut self.in_photo, over);
                too_low("the ground in a photo", over, rules.floor_m, KEPT_M, at)?;
            }
        }
        Ok(())
    }

    fn report(&self, rules: &Rules) -> TerrainReport {
        TerrainReport {
            floor_m: rules.floor_m,
            lowest_m: self.lowest.unwrap_or(0.0),
            highest_m: if self.photo_points > 0 {
                self.highest_m
            } else {
                0.0
            },
            lowest_in_photo_m: self.in_photo,
            lowest_over_tops_m: self.over_tops,
            beyond_tolerance: self.beyond as f64 / self.photo_points.max(1) as f64,
            climb: self.climb,
            descent: self.descent,
        }
    }
}

fn too_low(
    what: &'static str,
    over_m: f64,
    least_m: f64,
    give_m: f64,
    at: LatLon,
) -> Result<(), PlanError> {
    if over_m < least_m - give_m {
        return Err(PlanError::Floor {
            what,
            over_m,
            least_m,
            at,
        });
    }
    Ok(())
}
