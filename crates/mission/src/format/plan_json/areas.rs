//! What a plan surveys: complex items, else its fence.

use super::places::{fence_shapes, read_ring};
use crate::Area;
use crate::fence::FenceShape;
use crate::format::FormatError;
use crate::format::found::Gathered;
use crate::format::ring::circle;
use crate::zone::{Limit, Rule, Zone};
use serde_json::Value;

/// Reads the polygons of surveys and the lines of corridor scans; where there
/// are none, the stay-in polygons of the fence with its stay-out polygons as
/// holes. What the fence forbids is a zone too.
pub(crate) fn areas_into(document: &Value, into: &mut Gathered) -> Result<(), FormatError> {
    let items = document.pointer("/mission/items").and_then(Value::as_array);
    let mut surveyed = false;
    for (index, item) in items.into_iter().flatten().enumerate() {
        let place = format!("mission.items[{index}]");
        let kind = item
            .get("complexItemType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(line) = item.get("polyline").and_then(Value::as_array) {
            let places = read_ring(line, &format!("{place}.polyline"))?;
            let width_m = item
                .get("CorridorWidth")
                .and_then(Value::as_f64)
                .filter(|w| *w > 0.0 && *w < 1.0e5);
            into.vertices(places.len())?;
            into.line(kind, places, width_m, false)?;
            surveyed = true;
        } else if let Some(ring) = item.get("polygon").and_then(Value::as_array) {
            if kind == "StructureScan" {
                into.note("structure scans of the plan are passed over");
                continue;
            }
            let outer = read_ring(ring, &format!("{place}.polygon"))?;
            into.vertices(outer.len())?;
            into.area(kind, Area::new(outer))?;
            surveyed = true;
        }
    }
    let Some(fence) = document.get("geoFence").and_then(Value::as_object) else {
        return Ok(());
    };
    let mut areas = Vec::new();
    let mut holes = Vec::new();
    for shape in fence_shapes(fence)? {
        match shape {
            FenceShape::Polygon {
                inclusion: true,
                vertices,
            } => areas.push(Area::new(vertices)),
            FenceShape::Polygon {
                inclusion: false,
                vertices,
            } => holes.push(vertices),
            FenceShape::Circle {
                inclusion: false,
                centre,
                radius_m,
            } if radius_m < 1.0e6 => holes.push(circle(centre, radius_m)),
            FenceShape::Circle { .. } => {}
        }
    }
    for hole in holes {
        into.vertices(hole.len())?;
        into.zone(Zone {
            name: "fence".into(),
            class: "stay out".into(),
            rule: Rule::Prohibited,
            area: Area::new(hole.clone()),
            lower: Limit::GROUND,
            upper: Limit::Unlimited,
            times: None,
        })?;
        if let Some(area) = hole
            .first()
            .and_then(|at| areas.iter_mut().find(|area: &&mut Area| area.contains(*at)))
        {
            area.holes.push(hole);
        }
    }
    if !surveyed {
        for area in areas {
            into.vertices(area.outer.len())?;
            into.area("fence", area)?;
        }
    }
    Ok(())
}
