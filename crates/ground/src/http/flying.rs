//! Aircraft: what they are told, and the record of it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use whimbrel_fly::commands::Info;
use whimbrel_fly::{Command, Operator, Role, VEHICLES_MAX};
use whimbrel_link::quirks::Autopilot;
use whimbrel_store::Session;

use super::problem::Problem;
use crate::app::App;
use crate::live::Kind;
use crate::plans::firmware_of;

/// Rows of the audit log in one answer.
const AUDIT_ROWS_MAX: usize = 1_000;

/// A row of the table of commands, for the console's buttons.
pub fn describe_command(info: &Info) -> Value {
    json!({"name": info.name, "label": info.label, "confirm": info.confirm, "group": info.group.name(), "hint": info.hint})
}

fn operator(session: &Session) -> Operator {
    let role = match session.role.as_str() {
        "admin" => Role::Admin,
        "operator" | "pilot" => Role::Pilot,
        _ => Role::Viewer,
    };
    Operator {
        name: session.user.clone(),
        role,
    }
}

/// `GET /vehicles`.
pub async fn vehicles(State(app): State<Arc<App>>) -> Json<Value> {
    Json(
        app.live
            .get(Kind::Vehicles)
            .map_or_else(|| json!([]), |v| v.as_ref().clone()),
    )
}

#[derive(serde::Deserialize)]
pub struct Ordered {
    command: String,
    #[serde(default)]
    args: Value,
}

fn command_of(app: &App, ordered: &Ordered, autopilot: Autopilot) -> Result<Command, Problem> {
    match ordered.command.as_str() {
        name @ ("upload" | "verify") => {
            let plan = ordered.args["plan"].as_str().ok_or_else(|| {
                Problem::unfit(format!(
                    "{name} needs the plan and the sortie: {{\"plan\": ID, \"sortie\": 0}}"
                ))
            })?;
            let sortie = ordered.args["sortie"].as_u64().unwrap_or(0) as usize;
            let upload = app
                .plans
                .upload(plan, sortie, firmware_of(autopilot))
                .map_err(|e| Problem::unfit(e.to_string()))?;
            Ok(if name == "upload" {
                Command::Upload(Box::new(upload))
            } else {
                Command::Verify(Box::new(upload))
            })
        }
        "set_speed" => {
            let speed_m_s = ordered.args["speed_m_s"]
                .as_f64()
                .filter(|s| *s > 0.0)
                .ok_or_else(|| Problem::unfit("set_speed needs {\"speed_m_s\": …}"))?;
            Ok(Command::SetSpeed { speed_m_s })
        }
        name => Command::from_name(name)
            .ok_or_else(|| Problem::unfit(format!("there is no command `{name}`"))),
    }
}

/// `POST /vehicles/{id}/commands`.
pub async fn command(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    Json(ordered): Json<Ordered>,
) -> Result<Response, Problem> {
    let autopilot = app.flight.autopilot(&id).ok_or_else(|| {
        Problem::missing("such vehicle: it has not been heard, or its link is gone")
    })?;
    let planner = app.clone();
    let command = tokio::task::spawn_blocking(move || command_of(&planner, &ordered, autopilot))
        .await
        .map_err(Problem::ours)??;
    app.flight
        .order(operator(&session), &id, command)
        .await
        .map_err(Problem::refused)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"accepted": true}))).into_response())
}

#[derive(serde::Deserialize)]
pub struct OrderedMany {
    command: String,
    vehicles: Value,
}

/// `POST /commands`.
pub async fn command_many(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Json(ordered): Json<OrderedMany>,
) -> Result<Response, Problem> {
    let ids: Vec<String> = match &ordered.vehicles {
        Value::String(all) if all == "all" => app.flight.ids(),
        Value::Array(some) => some
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        _ => return Err(Problem::unfit("vehicles is a list of ids or \"all\"")),
    };
    if ids.len() > VEHICLES_MAX {
        let detail = format!("at most {VEHICLES_MAX} vehicles can be told at once");
        return Err(Problem::unfit(detail));
    }
    let command = Command::from_name(&ordered.command).ok_or_else(|| {
        Problem::unfit(format!(
            "there is no command `{}` for several vehicles",
            ordered.command
        ))
    })?;
    // All at once: the last aircraft must not wait for what the others answer.
    let mut orders = tokio::task::JoinSet::new();
    for (index, id) in ids.iter().cloned().enumerate() {
        let (app, operator, command) = (app.clone(), operator(&session), command.clone());
        orders.spawn(async move { (index, app.flight.order(operator, &id, command).await) });
    }
    let interrupted = || Err("the server is stopping".to_owned());
    let mut results: Vec<Result<(), String>> = ids.iter().map(|_| interrupted()).collect();
    while let Some(done) = orders.join_next().await {
        if let Ok((index, result)) = done
            && let Some(slot) = results.get_mut(index)
        {
            *slot = result;
        }
    }
    let rows = ids
        .iter()
        .zip(results)
        .map(|(id, result)| json!({"vehicle": id, "ok": result.is_ok(), "detail": result.err()}));
    Ok((StatusCode::ACCEPTED, Json(rows.collect::<Value>())).into_response())
}

/// `GET /vehicles/{id}/checks`.
pub async fn checks(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let checks = app
        .flight
        .checks(&id)
        .await
        .ok_or_else(|| Problem::missing("such vehicle"))?;
    let rows: Vec<Value> = checks
        .0
        .iter()
        .map(|c| json!({"name": c.name, "label": c.label, "ok": c.ok, "detail": c.detail}))
        .collect();
    Ok(Json(json!({"ready": checks.ready(), "checks": rows})))
}

/// `GET /vehicles/{id}/track`.
pub async fn track(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let track = app
        .flight
        .track(&id)
        .ok_or_else(|| Problem::missing("such vehicle"))?;
    Ok(Json(
        json!({"type": "Feature", "properties": {"vehicle": id, "height_reference": "amsl"}, "geometry": {"type": "LineString", "coordinates": track}}),
    ))
}

/// `GET /alerts`.
pub async fn alerts(State(app): State<Arc<App>>) -> Json<Value> {
    Json(
        app.live
            .get(Kind::Alerts)
            .map_or_else(|| json!([]), |v| v.as_ref().clone()),
    )
}

/// `POST /alerts/{id}/acknowledge`.
pub async fn acknowledge(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if app.flight.acknowledge(&session.user, &id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::missing("such alert"))
    }
}

#[derive(serde::Deserialize)]
pub struct Rows {
    limit: Option<usize>,
}

/// `GET /audit`.
pub async fn audit(
    State(app): State<Arc<App>>,
    Query(query): Query<Rows>,
) -> Result<Json<Value>, Problem> {
    let limit = query.limit.unwrap_or(100).min(AUDIT_ROWS_MAX);
    let rows = app
        .off(move |app| app.store.audit_newest(limit).map_err(Problem::ours))
        .await?;
    Ok(Json(
        rows.iter()
            .map(|r| json!({"id": r.seq, "time_s": r.time.as_secs_f64(), "user": r.actor, "verb": r.action, "subject": r.subject, "detail": r.detail}))
            .collect(),
    ))
}

/// `GET /flights`.
pub async fn flights(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let rows = app
        .off(|app| app.store.flights().map_err(Problem::ours))
        .await?;
    let size = |log: &Option<String>| {
        log.as_ref()
            .and_then(|name| std::fs::metadata(app.store.flight_log_path(name)).ok())
            .map_or(0, |m| m.len())
    };
    Ok(Json(
        rows.iter()
            .rev()
            .map(|r| json!({"id": r.id.to_string(), "vehicle": r.vehicle, "started_s": r.started.as_secs_f64(), "ended_s": r.ended.map(|t| t.as_secs_f64()), "bytes": size(&r.log), "data": r.data}))
            .collect(),
    ))
}

/// `GET /flights/{id}.mcap`.
pub async fn record(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let number: i64 = id
        .trim_end_matches(".mcap")
        .parse()
        .map_err(|_| Problem::missing("such flight"))?;
    let rows = app
        .off(|app| app.store.flights().map_err(Problem::ours))
        .await?;
    let log = rows
        .into_iter()
        .find(|r| r.id == number)
        .and_then(|r| r.log)
        .ok_or_else(|| Problem::missing("record of such a flight"))?;
    super::download(
        &app.store.flight_log_path(&log),
        &format!("flight-{number}.mcap"),
        "application/octet-stream",
    )
    .await
}
