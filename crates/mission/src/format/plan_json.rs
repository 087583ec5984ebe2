//! QGroundControl's `.plan`, version 1 (docs.qgroundcontrol.com, "Plan file
//! format"): mission version 2, geoFence version 2, rallyPoints version 2.

use super::{FormatError, MAX_ITEMS, check_size};
use crate::fence::{FenceShape, MAX_FENCE_ITEMS};
use crate::item::{Item, command, degrees_e7, frame};
use crate::mission::{Firmware, Mission};
use crate::{Area, VehicleKind};
use serde_json::{Map, Value, json};
use whimbrel_geo::{Amsl, Height, LatLon, Position};

const FORMAT: &str = "QGC .plan";

fn syntax(place: impl Into<String>, reason: impl Into<String>) -> FormatError {
    FormatError::Syntax {
        format: FORMAT,
        place: place.into(),
        reason: reason.into(),
    }
}

/// Whether JSON looks like a plan rather than GeoJSON.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes)
        .is_ok_and(|v| v.get("fileType").and_then(Value::as_str) == Some("Plan"))
}

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
        mission.fence = read_fence(fence)?;
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

/// The survey polygons of a plan; where it has none, the stay-in polygons of
/// its fence with its stay-out polygons as holes.
///
/// # Errors
/// What is wrong with the file, or [`FormatError::NoArea`].
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    let document = document(bytes)?;
    let items = document.pointer("/mission/items").and_then(Value::as_array);
    let mut areas = Vec::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        if let Some(ring) = item.get("polygon").and_then(Value::as_array) {
            areas.push(Area::new(read_ring(
                ring,
                &format!("mission.items[{index}].polygon"),
            )?));
        }
    }
    if areas.is_empty()
        && let Some(fence) = document.get("geoFence").and_then(Value::as_object)
    {
        let mut holes = Vec::new();
        for shape in read_fence(fence)? {
            match shape {
                FenceShape::Polygon {
                    inclusion: true,
                    vertices,
                } => areas.push(Area::new(vertices)),
                FenceShape::Polygon {
                    inclusion: false,
                    vertices,
                } => holes.push(vertices),
                FenceShape::Circle { .. } => {}
            }
        }
        for hole in holes {
            if let Some(area) = hole
                .first()
                .and_then(|at| areas.iter_mut().find(|area| area.contains(*at)))
            {
                area.holes.push(hole);
            }
        }
    }
    if areas.is_empty() {
        Err(FormatError::NoArea(FORMAT))
    } else {
        Ok(areas)
    }
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

fn read_fence(fence: &Map<String, Value>) -> Result<Vec<FenceShape>, FormatError> {
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

fn read_ring(ring: &[Value], place: &str) -> Result<Vec<LatLon>, FormatError> {
    if ring.len() > super::MAX_VERTICES {
        return Err(FormatError::TooMany {
            what: "vertices",
            limit: super::MAX_VERTICES,
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

fn lat_lon(pair: &[Value], place: &str) -> Result<LatLon, FormatError> {
    let number = |i: usize| {
        pair.get(i)
            .and_then(Value::as_f64)
            .ok_or_else(|| syntax(place, "not a pair of latitude and longitude"))
    };
    LatLon::from_deg(number(0)?, number(1)?).map_err(|e| syntax(place, e.to_string()))
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
