//! Heights along a single straight line, without a survey around it.

use crate::profile::{Ground, Rules, heights};
use crate::request::{PlanError, Role};
use crate::route::Node;
use whimbrel_geo::{Amsl, Ellipsoid, Height, LatLon, LocalFrame, Polygon, Position, Terrain};

/// Side of the cells that bound the ground.
const CELL_M: f64 = 5.0;

/// The fewest waypoints, first and last included, between which straight flight from `from` to
/// `to` keeps to `rules`, as a photo line does.
///
/// # Errors
/// When the terrain is not known everywhere.
pub fn follow(
    terrain: &dyn Terrain,
    from: LatLon,
    to: LatLon,
    rules: &Rules,
) -> Result<Vec<Position<Amsl>>, PlanError> {
    let frame = LocalFrame::new(Position::new(from, Height::<Ellipsoid>::from_m(0.0)));
    let (a, b) = (frame.enu_xy(from), frame.enu_xy(to));
    let reach = rules
        .half_across_m
        .max(rules.half_along_m)
        .max(rules.half_way_m)
        + CELL_M;
    let d = (b[0] - a[0]).hypot(b[1] - a[1]).max(1e-9);
    let u = [reach * (b[0] - a[0]) / d, reach * (b[1] - a[1]) / d];
    let strip = Polygon::new(vec![
        [a[0] - u[0] + u[1], a[1] - u[1] - u[0]],
        [b[0] + u[0] + u[1], b[1] + u[1] - u[0]],
        [b[0] + u[0] - u[1], b[1] + u[1] + u[0]],
        [a[0] - u[0] - u[1], a[1] - u[1] + u[0]],
    ]);
    let ground = Ground::new(&frame, terrain, &strip, &[], CELL_M, CELL_M)?;
    let nodes = [Node::via(a, Role::Transit), Node::via(b, Role::Photo)];
    let line = heights(&nodes, &ground, None, rules, 0.0).map_err(|lack| ground.lacking(lack))?;
    let place = |n: &Node| Position::new(frame.latlon_from_xy(n.xy), Height::from_m(n.z));
    Ok(line.iter().map(place).collect())
}
