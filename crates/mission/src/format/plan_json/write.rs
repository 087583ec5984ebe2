//! Missions to plans.

use super::syntax;
use crate::VehicleKind;
use crate::fence::FenceShape;
use crate::format::FormatError;
use crate::item::{Item, degrees_e7, frame};
use crate::mission::{Firmware, Mission};
use serde_json::{Value, json};
use whimbrel_geo::LatLon;

/// Writes a plan.
///
/// # Errors
/// Never for finite numbers; NaN parameters become `null`.
pub fn write(mission: &Mission) -> Result<Vec<u8>, FormatError> {
    let items: Vec<Value> = mission
        .items
        .iter()
        .enumerate()
        .map(|(index, item)| simple_item(item, index + 1))
        .collect();
    let home = mission.home.map(|h| (h.at, h.height.m())).or_else(|| {
        let first = mission
            .items
            .iter()
            .find(|i| i.is_navigation() && i.place().is_some())?;
        Some((first.place()?, 0.0))
    });
    let home = home.map_or(json!([0, 0, 0]), |(at, height)| {
        json!([
            degrees(degrees_e7(at.lat_deg())),
            degrees(degrees_e7(at.lon_deg())),
            height
        ])
    });
    let (cruise, hover) = match mission.vehicle_kind {
        Some(VehicleKind::FixedWing | VehicleKind::Quadplane) => (mission.cruise_m_s, None),
        _ => (None, mission.cruise_m_s),
    };
    let relative = mission
        .items
        .iter()
        .any(|i| i.frame == frame::GLOBAL_RELATIVE_ALT);
    let document = json!({
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "geoFence": fence_json(&mission.fence),
        "rallyPoints": {
            "version": 2,
            "points": mission.rally.iter().map(|item| json!([
                degrees(item.x), degrees(item.y), short(item.z)
            ])).collect::<Vec<_>>(),
        },
        "mission": {
            "version": 2,
            // MAV_AUTOPILOT: 3 ArduPilot, 12 PX4.
            "firmwareType": match mission.firmware { Firmware::ArduPilot => 3, _ => 12 },
            // MAV_TYPE: 1 aeroplane, 2 quadrotor, 22 VTOL.
            "vehicleType": match mission.vehicle_kind {
                Some(VehicleKind::FixedWing) => 1,
                Some(VehicleKind::Quadplane) => 22,
                _ => 2,
            },
            // QGC's altitude modes: 1 relative to launch, 2 above sea level.
            "globalPlanAltitudeMode": if relative { 1 } else { 2 },
            "cruiseSpeed": cruise.unwrap_or(15.0),
            "hoverSpeed": hover.unwrap_or(5.0),
            "plannedHomePosition": home,
            "items": items,
        },
    });
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(|e| syntax("", e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn simple_item(item: &Item, jump_id: usize) -> Value {
    let [p1, p2, p3, p4] = item.params.map(short);
    let (x, y) = if frame::is_global(item.frame) {
        (degrees(item.x), degrees(item.y))
    } else {
        (json!(item.x), json!(item.y))
    };
    let mut object = json!({
        "type": "SimpleItem",
        "autoContinue": item.autocontinue,
        "command": item.command,
        "doJumpId": jump_id,
        "frame": item.frame,
        "params": [p1, p2, p3, p4, x, y, short(item.z)],
    });
    if let (Some(_), Some(map)) = (item.place(), object.as_object_mut()) {
        map.insert("Altitude".into(), short(item.z));
        let mode = if item.frame == frame::GLOBAL_RELATIVE_ALT {
            1
        } else {
            2
        };
        map.insert("AltitudeMode".into(), json!(mode));
        map.insert("AMSLAltAboveTerrain".into(), Value::Null);
    }
    object
}

fn fence_json(shapes: &[FenceShape]) -> Value {
    let mut circles = Vec::new();
    let mut polygons = Vec::new();
    let pair = |at: &LatLon| {
        json!([
            degrees(degrees_e7(at.lat_deg())),
            degrees(degrees_e7(at.lon_deg()))
        ])
    };
    for shape in shapes {
        match shape {
            FenceShape::Polygon {
                inclusion,
                vertices,
            } => polygons.push(json!({
                "version": 1,
                "inclusion": inclusion,
                "polygon": vertices.iter().map(pair).collect::<Vec<_>>(),
            })),
            FenceShape::Circle {
                inclusion,
                centre,
                radius_m,
            } => circles.push(json!({
                "version": 1,
                "inclusion": inclusion,
                "circle": { "center": pair(centre), "radius": radius_m },
            })),
        }
    }
    json!({ "version": 2, "circles": circles, "polygons": polygons })
}

fn degrees(e7: i32) -> Value {
    json!(f64::from(e7) / 1e7)
}

/// The shortest decimal that is this f32 (12.345, not 12.345000267028809).
fn short(value: f32) -> Value {
    value
        .to_string()
        .parse::<f64>()
        .ok()
        .filter(|v| v.is_finite())
        .map_or(Value::Null, Value::from)
}
