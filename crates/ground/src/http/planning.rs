//! Areas, plans and their files.

use std::sync::Arc;

use axum::Extension;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use whimbrel_fly::commands;
use whimbrel_mission::{Camera, Firmware, Vehicle, VehicleKind};
use whimbrel_store::Session;

use super::problem::Problem;
use crate::app::App;
use crate::live::Kind;
use crate::plans::{Made, Order, PlanningError};

fn no_plan(error: PlanningError) -> Problem {
    match error {
        PlanningError::Store(e) => Problem::ours(e),
        other => Problem::unfit(other.to_string()),
    }
}

/// `GET /catalogue`.
pub async fn catalogue() -> Result<Json<Value>, Problem> {
    let mut vehicles = Vec::new();
    for id in Vehicle::builtin_names() {
        let vehicle = Vehicle::builtin(id).map_err(Problem::ours)?;
        let kind = match vehicle.kind {
            VehicleKind::Multirotor => "multirotor",
            VehicleKind::FixedWing => "fixed_wing",
            VehicleKind::Quadplane => "quadplane",
        };
        vehicles.push(json!({
            "id": id, "name": vehicle.name, "kind": kind, "cruise_m_s": vehicle.performance.cruise_m_s,
            "endurance_s": vehicle.performance.endurance_s, "battery_wh": vehicle.battery.energy_wh(),
        }));
    }
    let cameras = Camera::catalogue_all().map_err(Problem::ours)?;
    let cameras: Vec<Value> = cameras
        .iter()
        .map(|c| json!({"id": c.key, "name": c.name, "width_px": c.width_px, "height_px": c.height_px, "focal_mm": c.focal_mm, "sensor_width_mm": c.sensor_width_mm}))
        .collect();
    let commands: Vec<Value> = commands::TABLE
        .iter()
        .map(super::flying::describe_command)
        .collect();
    Ok(Json(
        json!({"vehicles": vehicles, "cameras": cameras, "commands": commands}),
    ))
}

/// `POST /plans`.
pub async fn create(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Json(order): Json<Order>,
) -> Result<Json<Value>, Problem> {
    let made = app
        .off(move |app| {
            let made = app.plans.create(app.now(), order).map_err(no_plan)?;
            let detail = json!({"area_m2": made.plan.report().area_m2});
            app.audit(&session.user, "plan", &made.id.to_string(), &detail)
                .map_err(Problem::ours)?;
            Ok::<_, Problem>(made)
        })
        .await?;
    app.live.set(Kind::Plan, json!(made.id.to_string()));
    Ok(Json(made.describe()))
}

/// A plan; it may have to be computed again.
pub fn find(app: &App, id: &str) -> Result<Arc<Made>, Problem> {
    let id = id.parse().map_err(|_| Problem::missing("such plan"))?;
    let made = app.plans.get(id).map_err(no_plan)?;
    made.ok_or_else(|| Problem::missing("such plan"))
}

/// `GET /plans/{id}`.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.off(move |app| Ok(Json(find(app, &id)?.describe())))
        .await
}

/// `GET /plans`.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    app.off(|app| app.plans.list().map(Json).map_err(Problem::ours))
        .await
}

#[derive(serde::Deserialize)]
pub struct Export {
    format: String,
    #[serde(default)]
    sortie: usize,
    autopilot: Option<String>,
}

/// `GET /plans/{id}/export`.
pub async fn export(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<Export>,
) -> Result<Response, Problem> {
    app.off(move |app| file_of(app, &id, &query)).await
}

fn file_of(app: &App, id: &str, query: &Export) -> Result<Response, Problem> {
    let made = find(app, id)?;
    let firmware = match query.autopilot.as_deref() {
        Some("ardupilot") => Firmware::ArduPilot,
        Some("px4") => Firmware::Px4,
        _ => Firmware::Either,
    };
    let mission = || {
        app.plans
            .mission(&made, query.sortie, firmware)
            .map_err(no_plan)
    };
    let (bytes, kind) = match query.format.as_str() {
        "plan" => (
            whimbrel_mission::format::plan_json::write(&mission()?).map_err(Problem::ours)?,
            "application/json",
        ),
        "waypoints" => (
            whimbrel_mission::format::waypoints::write(&mission()?),
            "text/plain",
        ),
        "geojson" => (
            made.plan.geojson(made.ground.as_ref()),
            "application/geo+json",
        ),
        "kml" => (
            made.plan.kml(made.ground.as_ref()),
            "application/vnd.google-earth.kml+xml",
        ),
        other => {
            return Err(Problem::unfit(format!(
                "`{other}` is not a format: use plan, waypoints, geojson or kml"
            )));
        }
    };
    let disposition = format!(
        "attachment; filename=\"plan-{}-sortie-{}.{}\"",
        made.id,
        query.sortie + 1,
        query.format
    );
    Ok((
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response())
}
