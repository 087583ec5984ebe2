//! Plans to missions.

use super::places::{fence_shapes, lat_lon};
use super::syntax;
use crate::VehicleKind;
use crate::fence::MAX_FENCE_ITEMS;
use crate::format::FormatError;
use crate::format::limits::{MAX_ITEMS, check_size};
use crate::item::{Item, command, degrees_e7, frame};
use crate::mission::{Firmware, Mission};
use serde_json::{Map, Value};
use whimbrel_geo::{Amsl, Height, Position};

/// Reads a plan: simple items, and the expanded items of complex ones.
///
/// # Errors
/// What is wrong and where.
pub fn read(bytes: &[u8]) -> Result<Mission, FormatError> {
    let document = document(bytes)?;
    let mut mission = Mission::default();
    let plan = object(&document, "mission")?;
    mission.firmware = match plan.get("firmwareType").and_then(Value::as_u64) {
        Some(3) => Firmware::ArduPilot,
        Some(12) => Firmware::Px4,
        _ => Firmware::Either,
    };
    mission.vehicle_kind = match plan.get("vehicleType").and_then(Value::as_u64) {
        Some(1) => Some(VehicleKind::FixedWing),
        Some(2 | 3 | 13 | 14) => Some(VehicleKind::Multirotor),
        Some(19..=25) => Some(VehicleKind::Quadplane),
        _ => None,
    };
    let speed = if mission
        .vehicle_kind
        .is_some_and(VehicleKind::cruises_on_wing)
    {
        "cruiseSpeed"
    } else {
        "hoverSpeed"
    };
    mission.cruise_m_s = plan.get(speed).and_then(Value::as_f64).filter(|s| *s > 0.0);
    if let Some(home) = plan.get("plannedHomePosition").and_then(Value::as_array) {
        let at = lat_lon(home, "mission.plannedHomePosition")?;
        let height = home.get(2).and_then(Value::as_f64).unwrap_or(0.0);
        if at.lat_deg() != 0.0 || at.lon_deg() != 0.0 {
            mission.home = Some(Position::new(at, Height::<Amsl>::from_m(height)));
        }
    }
    let items = plan
        .get("items")
        .and_then(Value::as_array)
        .ok_or_else(|| syntax("mission", "no array \"items\""))?;
    for (index, item) in items.iter().enumerate() {
        read_item(item, &format!("mission.items[{index}]"), &mut mission.items)?;
    }
    if let Some(fence) = document.get("geoFence").and_then(Value::as_object) {
        mission.fence = fence_shapes(fence)?;
    }
    let rally = document.get("rallyPoints").and_then(|r| r.get("points"));
    for (index, point) in rally
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        if index >= MAX_FENCE_ITEMS {
            return Err(FormatError::TooMany {
                what: "rally points",
                limit: MAX_FENCE_ITEMS,
            });
        }
        let place = format!("rallyPoints.points[{index}]");
        let point = point
            .as_array()
            .ok_or_else(|| syntax(place.clone(), "not an array"))?;
        let at = lat_lon(point, &place)?;
        mission.rally.push(Item {
            frame: frame::GLOBAL_RELATIVE_ALT,
            command: command::NAV_RALLY_POINT,
            params: [0.0; 4],
            x: degrees_e7(at.lat_deg()),
            y: degrees_e7(at.lon_deg()),
            z: point.get(2).and_then(Value::as_f64).unwrap_or(0.0) as f32,
            autocontinue: true,
        });
    }
    Ok(mission)
}

fn document(bytes: &[u8]) -> Result<Value, FormatError> {
    check_size(bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = serde_json::from_slice(bytes).map_err(|e| syntax("", e.to_string()))?;
    if document.get("fileType").and_then(Value::as_str) != Some("Plan") {
        return Err(syntax("", "\"fileType\" is not \"Plan\""));
    }
    Ok(document)
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>, FormatError> {
    value
        .get(key)
        .and_then(Value::as_object)
        .ok_or_else(|| syntax("", format!("no object \"{key}\"")))
}

fn read_item(value: &Value, place: &str, items: &mut Vec<Item>) -> Result<(), FormatError> {
    if items.len() >= MAX_ITEMS {
        return Err(FormatError::TooMany {
            what: "items",
            limit: MAX_ITEMS,
        });
    }
    match value.get("type").and_then(Value::as_str) {
        Some("SimpleItem") | None => {}
        Some("ComplexItem") => {
            let kind = value
                .get("complexItemType")
                .and_then(Value::as_str)
                .unwrap_or("?");
            let inner = value
                .get("TransectStyleComplexItem")
                .and_then(|t| t.get("Items"))
                .and_then(Value::as_array)
                .ok_or_else(|| {
                    syntax(
                        place,
                        format!("complex item {kind:?} without expanded items; convert it to waypoints in the program that made it"),
                    )
                })?;
            for (index, item) in inner.iter().enumerate() {
                if item.get("type").and_then(Value::as_str) == Some("ComplexItem") {
                    return Err(syntax(place, "a complex item inside a complex item"));
                }
                read_item(item, &format!("{place}.Items[{index}]"), items)?;
            }
            return Ok(());
        }
        Some(other) => return Err(syntax(place, format!("unknown item type {other:?}"))),
    }
    let number = |key: &str, limit: u64| {
        value
            .get(key)
            .and_then(Value::as_u64)
            .filter(|n| *n <= limit)
            .ok_or_else(|| syntax(place, format!("\"{key}\" is not a number of 0 to {limit}")))
    };
    let frame = number("frame", 255)? as u8;
    let command = number("command", 65_535)? as u16;
    let params = value
        .get("params")
        .and_then(Value::as_array)
        .filter(|p| p.len() == 7)
        .ok_or_else(|| syntax(place, "\"params\" is not an array of seven"))?;
    let mut p = [f64::NAN; 7];
    for (slot, param) in p.iter_mut().zip(params) {
        if !param.is_null() {
            *slot = param
                .as_f64()
                .ok_or_else(|| syntax(place, "a parameter is not a number"))?;
        }
    }
    let [p1, p2, p3, p4, x, y, z] = p;
    let whole = |v: f64| if v.is_nan() { 0 } else { v.round() as i32 };
    let (x, y) = if frame::is_global(frame) {
        if x.abs() > 90.0 || y.abs() > 180.0 {
            return Err(syntax(place, "latitude or longitude out of range"));
        }
        (whole(x * 1e7), whole(y * 1e7))
    } else {
        (whole(x), whole(y))
    };
    items.push(Item {
        frame,
        command,
        params: [p1, p2, p3, p4].map(|v| v as f32),
        x,
        y,
        z: if z.is_nan() { 0.0 } else { z as f32 },
        autocontinue: value
            .get("autoContinue")
            .and_then(Value::as_bool)
            .unwrap_or(true),
    });
    Ok(())
}
