//! Where the vehicles start, and the room that they need around the areas.

use crate::approach::launch;
use crate::launch::Launch;
use crate::request::{PlanError, Request};
use crate::route::Leads;
use crate::space::{Room, distance};
use whimbrel_geo::{LocalFrame, Polygon, Terrain};
use whimbrel_mission::Vehicle;
use whimbrel_mission::energy::{FlightModel, Wind};

/// Longest distance within the areas.
pub fn diameter(areas: &[Polygon]) -> f64 {
    let points: Vec<[f64; 2]> = areas.iter().flat_map(|a| a.convex_hull().outer).collect();
    let far = |p: &[f64; 2]| points.iter().map(|q| distance(*p, *q)).fold(0.0, f64::max);
    points.iter().map(far).fold(0.0, f64::max)
}

/// Where vehicles start and land: vehicle, index of the home, launch. With more
/// homes than vehicles each vehicle uses all of them; else they stand at one
/// home each, in turn. Empty for open routes.
///
/// # Errors
/// When a wing can neither start nor land there.
pub fn sites(
    request: &Request,
    frame: &LocalFrame,
    areas: &[Polygon],
    vehicles: &[Vehicle],
    terrain: &dyn Terrain,
) -> Result<Vec<(usize, usize, Launch)>, PlanError> {
    let bounds = areas.iter().filter_map(Polygon::bounds);
    let middle = bounds.fold([0.0, 0.0, 0.0], |sum, (a, b)| {
        [
            sum[0] + 0.5 * (a[0] + b[0]),
            sum[1] + 0.5 * (a[1] + b[1]),
            sum[2] + 1.0,
        ]
    });
    let middle = [
        middle[0] / middle[2].max(1.0),
        middle[1] / middle[2].max(1.0),
    ];
    let homes = request.homes.len();
    let mut sites = Vec::new();
    for (index, v) in vehicles.iter().enumerate() {
        for (site, home) in request.homes.iter().enumerate() {
            if homes > vehicles.len() || index % homes == site {
                let home = frame.enu_xy(*home);
                let launch = launch(request, frame, terrain, v, home, middle)?;
                sites.push((index, site, launch));
            }
        }
    }
    Ok(sites)
}

/// The room that the hungriest of the vehicles needs.
pub fn room(vehicles: &[Vehicle], wind: Wind, swath_m: f64) -> Room {
    let mut room = Room::default();
    for v in vehicles {
        let radius = FlightModel::new(v, wind, 0.0).turn_radius_m();
        let leads = Leads::of(v);
        let wing = v.kind.cruises_on_wing();
        let clearance = if wing {
            0.3 * radius
        } else {
            (2.0 * v.performance.acceptance_radius_m).min(0.15 * swath_m)
        };
        let margin = 0.5 * swath_m + leads.before_m.max(leads.after_m) + 2.8 * radius + 2.0;
        room.clearance_m = room.clearance_m.max(clearance);
        room.margin_m = room.margin_m.max(margin);
    }
    room
}
