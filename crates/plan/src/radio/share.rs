//! How much of a plan the ground radio sees.

use super::RadioSight;
use crate::request::{Role, Sortie};
use serde::{Deserialize, Serialize};
use whimbrel_geo::{LatLon, LocalFrame};

/// Distance of the places looked at.
const STEP_M: f64 = 20.0;
/// Most places of one plan; they lie farther apart instead.
const MAX_PLACES: f64 = 20_000.0;

/// The line of sight to the ground radio along a plan, take-off and landing left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RadioReport {
    /// Share of the route in sight.
    pub in_sight: f64,
    /// Length of the rest.
    pub lost_m: f64,
    /// Longest way without sight.
    pub longest_m: f64,
    /// Where sight is first lost: latitude and longitude in degrees.
    pub lost_at_deg: Option<[f64; 2]>,
    /// By how much the worst place is too low.
    pub short_m: f64,
}

impl RadioSight<'_> {
    /// Looks along all segments and fills in their shares.
    pub fn report(&self, sorties: &mut [Sortie], frame: &LocalFrame) -> RadioReport {
        let length: f64 = sorties.iter().map(|s| s.length_m).sum();
        let step_m = STEP_M.max(length / MAX_PLACES);
        let (mut seen_m, mut lost_m) = (0.0, 0.0);
        let mut longest_m = 0.0_f64;
        let mut first: Option<LatLon> = None;
        let mut short_m = 0.0_f64;
        for sortie in sorties.iter_mut() {
            let mut run_m = 0.0;
            for segment in sortie.segments.iter_mut().filter(|s| s.role != Role::Climb) {
                let (mut own_seen, mut own_lost) = (0.0, 0.0);
                for pair in segment.points.windows(2) {
                    let [a, b] = pair else { continue };
                    let (p, q) = (frame.enu_xy(a.at), frame.enu_xy(b.at));
                    let long = (q[0] - p[0]).hypot(q[1] - p[1]);
                    let n = (long / step_m).ceil().max(1.0);
                    for i in 0..n as usize {
                        let t = (i as f64 + 0.5) / n;
                        let xy = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
                        let z = a.height.m() + t * (b.height.m() - a.height.m());
                        let short = self.least_m(xy) - z;
                        if short > 0.0 {
                            own_lost += long / n;
                            run_m += long / n;
                            short_m = short_m.max(short);
                            first = first.or_else(|| Some(frame.latlon_from_xy(xy)));
                        } else {
                            own_seen += long / n;
                            run_m = 0.0;
                        }
                        longest_m = longest_m.max(run_m);
                    }
                }
                let all = own_seen + own_lost;
                segment.in_sight = Some(if all > 0.0 { own_seen / all } else { 1.0 });
                seen_m += own_seen;
                lost_m += own_lost;
            }
        }
        RadioReport {
            in_sight: seen_m / (seen_m + lost_m).max(1e-9),
            lost_m,
            longest_m,
            lost_at_deg: first.map(|at| [at.lat_deg(), at.lon_deg()]),
            short_m,
        }
    }
}
