//! Vehicles and alerts as the interface has them (docs/api.md): degrees here, radians below.

use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::{Alert, VehicleView};
use whimbrel_geo::Terrain;
use whimbrel_link::quirks::{Autopilot, Class};

/// Texts of a vehicle that are shown.
const MESSAGES_SHOWN: usize = 20;

/// Distance of two places (longitude, latitude in degrees, height), good enough for a track.
pub fn apart_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    const PER_DEGREE_M: f64 = 111_320.0;
    let east = (a[0] - b[0]) * PER_DEGREE_M * a[1].to_radians().cos();
    let north = (a[1] - b[1]) * PER_DEGREE_M;
    (east * east + north * north + (a[2] - b[2]).powi(2)).sqrt()
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::Multirotor => "multirotor",
        Class::FixedWing => "fixed_wing",
        Class::Vtol => "quadplane",
    }
}

/// By system id, then by number: 1, 2-1, 3-1, 2.
pub fn order(id: &str) -> (u32, u32) {
    let (number, system) = id.split_once('-').unwrap_or(("1", id));
    let value = |text: &str| text.parse().unwrap_or(u32::MAX);
    (value(system), value(number))
}

/// A vehicle.
pub fn vehicle(
    view: &VehicleView,
    id: &str,
    link: Option<&String>,
    terrain: Option<&dyn Terrain>,
    now: Duration,
) -> Value {
    let motion = &view.motion;
    let position = motion.position;
    let agl = position.and_then(|p| Some(p.height.m() - terrain?.height(p.at)?.m()));
    let speed = motion
        .velocity_ned_m_s
        .map(|[north, east, _]| north.hypot(east));
    let autopilot = match view.autopilot {
        Autopilot::ArduPilot => "ardupilot",
        Autopilot::Px4 => "px4",
        Autopilot::Generic => "other",
    };
    json!({
        "id": id,
        "system": view.id.system,
        "name": format!("Aircraft {id}"),
        "autopilot": autopilot,
        "kind": kind(view.class),
        "link": {"name": link, "age_s": round(view.age.as_secs_f64(), 1), "signed": view.signed, "loss": round(view.loss, 3)},
        "mode": view.mode,
        "armed": view.armed,
        "flying": view.flying,
        "lat": position.map(|p| p.at.lat_deg()),
        "lon": position.map(|p| p.at.lon_deg()),
        "height_amsl_m": position.map(|p| round(p.height.m(), 2)),
        "height_agl_m": agl.map(|h| round(h, 2)),
        "height_home_m": motion.above_home_m.map(|h| round(h, 2)),
        "heading_deg": motion.heading_rad.map(|h| round(h.to_degrees().rem_euclid(360.0), 1)),
        "ground_speed_m_s": speed.map(|s| round(s, 2)),
        "climb_m_s": motion.velocity_ned_m_s.map(|v| round(-v[2], 2)),
        "battery": {
            "fraction": view.battery.remaining,
            "voltage_v": view.battery.voltage_v.map(|v| round(v, 2)),
            "current_a": view.battery.current_a.map(|a| round(a, 2)),
            "used_wh": view.used_wh.map(|w| round(w, 2)),
        },
        "gps": {"fix": view.gps.fix, "satellites": view.gps.satellites},
        "mission": {
            "plan": view.mission.plan,
            "sortie": view.mission.sortie,
            "state": view.mission.state.name(),
            "progress": round(view.mission.progress, 3),
            "current": view.mission.current,
            "count": view.mission.count,
            "detail": view.mission.detail,
        },
        "phase": view.phase.name(),
        "photos": view.photos,
        "home": view.home.map(|h| [h.at.lon_deg(), h.at.lat_deg()]),
        "heard_s": round(now.saturating_sub(view.age).as_secs_f64(), 1),
        "messages": view.messages.iter().rev().take(MESSAGES_SHOWN).map(|m| json!({"time_s": m.at.as_secs_f64(), "severity": m.severity, "text": m.text})).collect::<Vec<_>>(),
    })
}

/// An alert.
pub fn alert(alert: &Alert, vehicle: &str, acknowledged: bool) -> Value {
    json!({
        "id": alert.id.to_string(),
        "time_s": alert.at.as_secs_f64(),
        "level": alert.level.name(),
        "vehicle": vehicle,
        "text": alert.text,
        "action": alert.action,
        "acknowledged": acknowledged,
        "active": alert.active,
    })
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
