//! Heights of a plan's places above sea level, ground and home.

use crate::request::{Plan, Sortie};
use whimbrel_geo::{Amsl, Height, Position, Terrain};
use whimbrel_mission::HeightReference;

/// Between two places the ground is looked at this often.
const STEP_M: f64 = 20.0;
/// Most looks between two places.
const MAX_STEPS: usize = 500;

/// The heights of one sortie, as far as they are known.
pub(super) struct Heights<'a> {
    reference: HeightReference,
    zero: Height<Amsl>,
    ground: &'a dyn Terrain,
}

impl<'a> Heights<'a> {
    pub(super) fn of(plan: &Plan, sortie: &Sortie, ground: &'a dyn Terrain) -> Self {
        Self {
            reference: plan.height_reference,
            zero: sortie.zero,
            ground,
        }
    }

    /// In the plan's own reference.
    pub(super) fn shown_m(&self, place: &Position<Amsl>) -> f64 {
        match self.reference {
            HeightReference::Amsl => place.height.m(),
            HeightReference::AboveHome => place.height - self.zero,
        }
    }

    /// Above sea level; without terrain only when home's height was given.
    pub(super) fn amsl_m(&self, place: &Position<Amsl>) -> Option<f64> {
        let known = self.reference == HeightReference::Amsl || self.zero.m() != 0.0;
        known.then_some(place.height.m())
    }

    /// Height of the ground; without terrain it is level with home.
    pub(super) fn ground(&self, place: &Position<Amsl>) -> Option<Height<Amsl>> {
        match self.reference {
            HeightReference::Amsl => self.ground.height(place.at),
            HeightReference::AboveHome => Some(self.zero),
        }
    }

    /// Above the ground below.
    pub(super) fn agl_m(&self, place: &Position<Amsl>) -> Option<f64> {
        Some(place.height.above(self.ground(place)?).m())
    }

    /// The lowest height above the ground on the straight lines between
    /// places.
    pub(super) fn lowest_agl_m(&self, points: &[Position<Amsl>]) -> Option<f64> {
        let mut lowest = f64::INFINITY;
        self.walk(points, STEP_M, |_, place| {
            if let Some(agl_m) = self.agl_m(place) {
                lowest = lowest.min(agl_m);
            }
        });
        lowest.is_finite().then_some(lowest)
    }

    /// Calls `see` with places every `step_m` metres along straight lines, all
    /// vertices included, and the way to them.
    pub(super) fn walk(
        &self,
        points: &[Position<Amsl>],
        step_m: f64,
        mut see: impl FnMut(f64, &Position<Amsl>),
    ) {
        let mut way_m = 0.0;
        if let Some(first) = points.first() {
            see(way_m, first);
        }
        for pair in points.windows(2) {
            let [a, b] = pair else { continue };
            let length = whimbrel_geo::distance_m(a.at, b.at);
            let n = ((length / step_m).ceil() as usize).clamp(1, MAX_STEPS);
            for i in 1..=n {
                let t = i as f64 / n as f64;
                see(way_m + t * length, &between(a, b, t));
            }
            way_m += length;
        }
    }
}

/// The place a share `t` of the way from `a` to `b`; legs are short enough for
/// latitude and longitude to be taken as linear.
fn between(a: &Position<Amsl>, b: &Position<Amsl>, t: f64) -> Position<Amsl> {
    if t >= 1.0 {
        return *b;
    }
    let mix = |p: f64, q: f64| p + t * (q - p);
    let turn = whimbrel_geo::wrap_signed_rad(b.at.lon_rad() - a.at.lon_rad());
    let at = whimbrel_geo::LatLon::from_rad(
        mix(a.at.lat_rad(), b.at.lat_rad()),
        a.at.lon_rad() + t * turn,
    );
    Position::new(
        at.unwrap_or(a.at),
        Height::from_m(mix(a.height.m(), b.height.m())),
    )
}
