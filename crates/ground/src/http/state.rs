//! What the server is: `GET /state`, and small files of the ground.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use whimbrel_geo::LatLon;

use super::problem::Problem;
use crate::app::App;
use crate::hillshade;

/// The server's state as the console's first message has it.
pub fn describe(app: &App) -> Value {
    let view = app.config.first_view.or_else(|| {
        let (south_west, north_east) = app.terrain.as_ref()?.bounds()?;
        Some([
            south_west.lon_deg(),
            south_west.lat_deg(),
            north_east.lon_deg(),
            north_east.lat_deg(),
        ])
    });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "name": app.config.name,
        "time_s": app.now().as_secs_f64(),
        "speed": app.config.clock.speed(),
        "simulated": app.config.simulated,
        "first_view": view,
        "terrain": app.terrain.is_some(),
        "web": super::console::present(),
    })
}

/// `GET /state`.
pub async fn show(State(app): State<Arc<App>>) -> Json<Value> {
    Json(describe(&app))
}

/// `GET /terrain/hillshade/{z}/{x}/{y}.png`.
pub async fn hillshade_tile(
    State(app): State<Arc<App>>,
    Path((z, x, y)): Path<(u8, u32, String)>,
) -> Result<Response, Problem> {
    let y: u32 = y
        .trim_end_matches(".png")
        .parse()
        .map_err(|_| Problem::missing("such tile"))?;
    let Some(terrain) = app.terrain.clone() else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let made = tokio::task::spawn_blocking(move || hillshade::tile(terrain.as_ref(), z, x, y))
        .await
        .map_err(Problem::ours)?;
    Ok(match made {
        Some(png) => (
            [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, "private, max-age=3600"),
            ],
            png,
        )
            .into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

#[derive(serde::Deserialize)]
pub struct At {
    lat: f64,
    lon: f64,
}

/// `GET /terrain/height`.
pub async fn height(
    State(app): State<Arc<App>>,
    Query(at): Query<At>,
) -> Result<Json<Value>, Problem> {
    let place = LatLon::from_deg(at.lat, at.lon).map_err(|e| Problem::unfit(e.to_string()))?;
    let height = app
        .terrain
        .as_ref()
        .and_then(|t| t.height(place))
        .ok_or_else(|| Problem::missing("terrain there"))?;
    Ok(Json(json!({"amsl_m": height.m()})))
}

/// `GET /backgrounds`.
pub async fn backgrounds(State(app): State<Arc<App>>) -> Json<Value> {
    app.backgrounds.refresh().await;
    Json(app.backgrounds.describe())
}

/// `GET /backgrounds/{id}/{z}/{x}/{y}`.
pub async fn background_tile(
    State(app): State<Arc<App>>,
    Path((id, z, x, y)): Path<(String, u8, u32, u32)>,
) -> Response {
    let Some(tile) = app.backgrounds.tile(&id, z, x, y).await else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, tile.kind),
        (header::CACHE_CONTROL, "private, max-age=600"),
    ];
    let mut response = (headers, tile.bytes).into_response();
    if tile.gzip {
        response.headers_mut().insert(
            header::CONTENT_ENCODING,
            axum::http::HeaderValue::from_static("gzip"),
        );
    }
    response
}
