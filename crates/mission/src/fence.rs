//! **The** fence check, and fences as mission items.

use crate::area::Area;
use crate::item::{Item, command, degrees_e7, frame};
use whimbrel_geo::{Amsl, LatLon, LocalFrame, Polygon, Position};

/// Most fence items that one vehicle is given or read from.
pub const MAX_FENCE_ITEMS: usize = 2_000;
/// A path that only touches the fence within this distance counts as inside
/// (places are integers of 1e-7 degrees, about 1 cm, in missions).
pub const TOUCH_TOLERANCE_M: f64 = 0.05;

/// One part of a fence.
#[derive(Clone, Debug, PartialEq)]
pub enum FenceShape {
    /// A ring.
    Polygon {
        /// Stay in (`true`) or stay out.
        inclusion: bool,
        /// The corners, not closed.
        vertices: Vec<LatLon>,
    },
    /// A circle.
    Circle {
        /// Stay in (`true`) or stay out.
        inclusion: bool,
        /// Middle.
        centre: LatLon,
        /// Radius.
        radius_m: f64,
    },
}

/// Where a path leaves the fence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "leg {leg} of the path {} the fence near {:.6},{:.6}: move that leg or change the fence",
    if *.entered_exclusion { "enters a stay-out zone of" } else { "leaves" },
    .at.lat_deg(), .at.lon_deg()
)]
pub struct FenceBreach {
    /// Which leg: from place `leg` to place `leg + 1` of the path.
    pub leg: usize,
    /// Where it happens.
    pub at: LatLon,
    /// A stay-out shape is entered (else a stay-in shape is left).
    pub entered_exclusion: bool,
}

/// A fence items list that is not a fence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FenceItemsError {
    /// More than [`MAX_FENCE_ITEMS`].
    #[error("the fence has {0} items; at most {MAX_FENCE_ITEMS} are read")]
    TooMany(usize),
    /// A polygon's vertex count does not match the items that follow.
    #[error(
        "fence item {index} says its polygon has {count} vertices; it needs 3 or more and as many items"
    )]
    Vertices {
        /// Which item.
        index: usize,
        /// What it says.
        count: f32,
    },
    /// Not a fence command, or no place or radius in it.
    #[error("fence item {index} (command {command}) is not a fence vertex or circle with a place")]
    Item {
        /// Which item.
        index: usize,
        /// Its command.
        command: u16,
    },
}

/// The fence as mission items (mission type 1).
#[must_use]
pub fn fence_items(shapes: &[FenceShape]) -> Vec<Item> {
    let item = |command, first: f32, at: &LatLon| Item {
        frame: frame::GLOBAL,
        command,
        params: [first, 0.0, 0.0, 0.0],
        x: degrees_e7(at.lat_deg()),
        y: degrees_e7(at.lon_deg()),
        z: 0.0,
        autocontinue: true,
    };
    let mut items = Vec::new();
    for shape in shapes {
        match shape {
            FenceShape::Polygon {
                inclusion,
                vertices,
            } => {
                let command = if *inclusion {
                    command::NAV_FENCE_POLYGON_VERTEX_INCLUSION
                } else {
                    command::NAV_FENCE_POLYGON_VERTEX_EXCLUSION
                };
                items.extend(
                    vertices
                        .iter()
                        .map(|v| item(command, vertices.len() as f32, v)),
                );
            }
            FenceShape::Circle {
                inclusion,
                centre,
                radius_m,
            } => {
                let command = if *inclusion {
                    command::NAV_FENCE_CIRCLE_INCLUSION
                } else {
                    command::NAV_FENCE_CIRCLE_EXCLUSION
                };
                items.push(item(command, *radius_m as f32, centre));
            }
        }
    }
    items
}

/// The fence that items (of mission type 1) describe.
///
/// # Errors
/// The first item that does not fit.
pub fn fence_from_items(items: &[Item]) -> Result<Vec<FenceShape>, FenceItemsError> {
    if items.len() > MAX_FENCE_ITEMS {
        return Err(FenceItemsError::TooMany(items.len()));
    }
    let mut shapes = Vec::new();
    let mut index = 0;
    while let Some(first) = items.get(index) {
        let bad = |index| FenceItemsError::Item {
            index,
            command: first.command,
        };
        let [value, ..] = first.params;
        match first.command {
            command::NAV_FENCE_POLYGON_VERTEX_INCLUSION
            | command::NAV_FENCE_POLYGON_VERTEX_EXCLUSION => {
                let wrong = FenceItemsError::Vertices {
                    index,
                    count: value,
                };
                if !(3.0..=MAX_FENCE_ITEMS as f32).contains(&value) || value.fract() != 0.0 {
                    return Err(wrong);
                }
                let ring = items
                    .get(index..index + value as usize)
                    .ok_or(wrong.clone())?;
                let mut vertices = Vec::with_capacity(ring.len());
                for (offset, item) in ring.iter().enumerate() {
                    let [count, ..] = item.params;
                    if item.command != first.command || count != value {
                        return Err(wrong);
                    }
                    vertices.push(item.place().ok_or_else(|| bad(index + offset))?);
                }
                index += ring.len();
                let inclusion = first.command == command::NAV_FENCE_POLYGON_VERTEX_INCLUSION;
                shapes.push(FenceShape::Polygon {
                    inclusion,
                    vertices,
                });
            }
            command::NAV_FENCE_CIRCLE_INCLUSION | command::NAV_FENCE_CIRCLE_EXCLUSION => {
                if !(value.is_finite() && value > 0.0) {
                    return Err(bad(index));
                }
                shapes.push(FenceShape::Circle {
                    inclusion: first.command == command::NAV_FENCE_CIRCLE_INCLUSION,
                    centre: first.place().ok_or_else(|| bad(index))?,
                    radius_m: f64::from(value),
                });
                index += 1;
            }
            _ => return Err(bad(index)),
        }
    }
    Ok(shapes)
}

/// The fence that keeps an aircraft in `airspace`: outlines to stay in, holes
/// to stay out of.
#[must_use]
pub fn fence_of_area(airspace: &Area) -> Vec<FenceShape> {
    let polygon = |inclusion, vertices: &[LatLon]| FenceShape::Polygon {
        inclusion,
        vertices: vertices.to_vec(),
    };
    core::iter::once(polygon(true, &airspace.outer))
        .chain(airspace.holes.iter().map(|hole| polygon(false, hole)))
        .collect()
}

/// Whether a place is inside every stay-in shape and outside every stay-out
/// shape. (Both autopilots take several stay-in shapes that way by default.)
#[must_use]
pub fn contains(fence: &[FenceShape], at: LatLon) -> bool {
    let frame = frame_at(at);
    fence
        .iter()
        .all(|shape| shape_holds(shape, &frame, frame.enu_xy(at)))
}

/// Checks that the straight legs of a path stay within the fence.
///
/// # Errors
/// The first breach.
pub fn check(path: &[Position<Amsl>], fence: &[FenceShape]) -> Result<(), FenceBreach> {
    let Some(first) = path.first() else {
        return Ok(());
    };
    let frame = frame_at(first.at);
    let points: Vec<[f64; 2]> = path.iter().map(|p| frame.enu_xy(p.at)).collect();
    let single: Vec<[f64; 2]>;
    let points = if points.len() == 1 {
        single = [points.clone(), points].concat();
        &single
    } else {
        &points
    };
    for shape in fence {
        for (leg, ends) in points.windows(2).enumerate() {
            let &[a, b] = ends else { continue };
            if let Some(t) = first_breach(shape, &frame, a, b) {
                let at = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
                return Err(FenceBreach {
                    leg,
                    at: frame.latlon_from_xy(at),
                    entered_exclusion: !inclusion(shape),
                });
            }
        }
    }
    Ok(())
}

fn inclusion(shape: &FenceShape) -> bool {
    match shape {
        FenceShape::Polygon { inclusion, .. } | FenceShape::Circle { inclusion, .. } => *inclusion,
    }
}

fn frame_at(at: LatLon) -> LocalFrame {
    LocalFrame::new(Position::new(at, whimbrel_geo::Height::from_m(0.0)))
}

fn polygon_of(vertices: &[LatLon], frame: &LocalFrame) -> Polygon {
    Polygon::new(vertices.iter().map(|v| frame.enu_xy(*v)).collect())
}

fn shape_holds(shape: &FenceShape, frame: &LocalFrame, p: [f64; 2]) -> bool {
    first_breach(shape, frame, p, p).is_none()
}

/// The parameter along `a`–`b` where the shape is first broken, if it is.
fn first_breach(shape: &FenceShape, frame: &LocalFrame, a: [f64; 2], b: [f64; 2]) -> Option<f64> {
    let length_m = (b[0] - a[0]).hypot(b[1] - a[1]);
    let slack = if length_m > 0.0 {
        TOUCH_TOLERANCE_M / length_m
    } else {
        1.0
    };
    match shape {
        FenceShape::Polygon {
            inclusion,
            vertices,
        } => {
            let polygon = polygon_of(vertices, frame);
            if length_m == 0.0 {
                let inside = polygon.contains(a);
                let near = polygon.distance_to_edge_m(a) <= TOUCH_TOLERANCE_M;
                return (inside != *inclusion && !near).then_some(0.0);
            }
            let inside = polygon.clip_line(a, b);
            if *inclusion {
                let mut reached = 0.0;
                for (from, to) in inside {
                    if from > reached + slack {
                        break;
                    }
                    reached = to.max(reached);
                }
                // A leg that runs along the fence is inside of it.
                let along = (0..=8).all(|i| {
                    let t = reached + (1.0 - reached) * f64::from(i) / 8.0;
                    let p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
                    polygon.distance_to_edge_m(p) <= TOUCH_TOLERANCE_M
                });
                (reached + slack < 1.0 && !along).then_some(reached)
            } else {
                inside
                    .into_iter()
                    .find(|&(from, to)| {
                        let middle = 0.5 * (from + to);
                        let p = [a[0] + middle * (b[0] - a[0]), a[1] + middle * (b[1] - a[1])];
                        to - from > 2.0 * slack && polygon.distance_to_edge_m(p) > TOUCH_TOLERANCE_M
                    })
                    .map(|(from, _)| from)
            }
        }
        FenceShape::Circle {
            inclusion,
            centre,
            radius_m,
        } => {
            let c = frame.enu_xy(*centre);
            let distance =
                |t: f64| (a[0] + t * (b[0] - a[0]) - c[0]).hypot(a[1] + t * (b[1] - a[1]) - c[1]);
            if *inclusion {
                // A disc is convex: its ends decide.
                let limit = radius_m + TOUCH_TOLERANCE_M;
                [0.0, 1.0].into_iter().find(|t| distance(*t) > limit)
            } else {
                let along = if length_m > 0.0 {
                    ((c[0] - a[0]) * (b[0] - a[0]) + (c[1] - a[1]) * (b[1] - a[1]))
                        / length_m.powi(2)
                } else {
                    0.0
                };
                let nearest = along.clamp(0.0, 1.0);
                (distance(nearest) < radius_m - TOUCH_TOLERANCE_M).then_some(nearest)
            }
        }
    }
}
