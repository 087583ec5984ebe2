//! Places, rings and fences of plans: latitude first.

use super::syntax;
use crate::fence::{FenceShape, MAX_FENCE_ITEMS};
use crate::format::FormatError;
use crate::format::limits::MAX_VERTICES;
use serde_json::{Map, Value};
use whimbrel_geo::LatLon;

pub(super) fn fence_shapes(fence: &Map<String, Value>) -> Result<Vec<FenceShape>, FormatError> {
    let mut shapes = Vec::new();
    let list = |key: &str| {
        fence
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let inclusion = |v: &Value| v.get("inclusion").and_then(Value::as_bool).unwrap_or(true);
    for (index, polygon) in list("polygons").enumerate() {
        let place = format!("geoFence.polygons[{index}]");
        let ring = polygon
            .get("polygon")
            .and_then(Value::as_array)
            .ok_or_else(|| syntax(place.clone(), "no array \"polygon\""))?;
        let vertices = read_ring(ring, &place)?;
        shapes.push(FenceShape::Polygon {
            inclusion: inclusion(polygon),
            vertices,
        });
        if shapes.len() > MAX_FENCE_ITEMS {
            return Err(FormatError::TooMany {
                what: "fence shapes",
                limit: MAX_FENCE_ITEMS,
            });
        }
    }
    for (index, circle) in list("circles").enumerate() {
        let place = format!("geoFence.circles[{index}]");
        let centre = circle.pointer("/circle/center").and_then(Value::as_array);
        let radius = circle.pointer("/circle/radius").and_then(Value::as_f64);
        let (Some(centre), Some(radius_m)) = (centre, radius.filter(|r| *r > 0.0)) else {
            return Err(syntax(place, "no circle with center and radius"));
        };
        let centre = lat_lon(centre, &place)?;
        shapes.push(FenceShape::Circle {
            inclusion: inclusion(circle),
            centre,
            radius_m,
        });
        if shapes.len() > MAX_FENCE_ITEMS {
            return Err(FormatError::TooMany {
                what: "fence shapes",
                limit: MAX_FENCE_ITEMS,
            });
        }
    }
    Ok(shapes)
}

pub(super) fn read_ring(ring: &[Value], place: &str) -> Result<Vec<LatLon>, FormatError> {
    if ring.len() > MAX_VERTICES {
        return Err(FormatError::TooMany {
            what: "vertices",
            limit: MAX_VERTICES,
        });
    }
    ring.iter()
        .map(|v| {
            let pair = v
                .as_array()
                .ok_or_else(|| syntax(place, "a vertex is not an array"))?;
            lat_lon(pair, place)
        })
        .collect()
}

pub(super) fn lat_lon(pair: &[Value], place: &str) -> Result<LatLon, FormatError> {
    let number = |i: usize| {
        pair.get(i)
            .and_then(Value::as_f64)
            .ok_or_else(|| syntax(place, "not a pair of latitude and longitude"))
    };
    LatLon::from_deg(number(0)?, number(1)?).map_err(|e| syntax(place, e.to_string()))
}
