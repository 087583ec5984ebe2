//! Photos, the map and the radio.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::App;
use crate::live::Kind;
use crate::mapping;

/// `GET /photos`.
pub async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    Json(Value::Array(
        app.live
            .photos()
            .iter()
            .map(|p| p.as_ref().clone())
            .collect(),
    ))
}

#[derive(serde::Deserialize)]
pub struct Layer {
    layer: Option<String>,
}

/// `GET /photos/{id}/image`.
pub async fn image(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<Layer>,
) -> Result<Response, Problem> {
    let path = app
        .off(move |app| {
            let file = app.photos.best_file(&id, query.layer.as_deref());
            file.ok_or_else(|| Problem::missing("such photo or layer yet"))
        })
        .await?;
    let bytes = tokio::fs::read(&path).await.map_err(Problem::ours)?;
    Ok((
        [
            (header::CONTENT_TYPE, "image/jpeg"),
            (header::CACHE_CONTROL, "private, no-cache"),
        ],
        bytes,
    )
        .into_response())
}

/// `GET /map`.
pub async fn map(State(app): State<Arc<App>>) -> Json<Value> {
    Json(
        app.live
            .get(Kind::Map)
            .map_or(Value::Null, |v| v.as_ref().clone()),
    )
}

/// `GET /map/tiles/{z}/{x}/{y}.png`.
pub async fn tile(
    State(app): State<Arc<App>>,
    Path((z, x, y)): Path<(u8, u32, String)>,
) -> Result<Response, Problem> {
    let y: u32 = y
        .trim_end_matches(".png")
        .parse()
        .map_err(|_| Problem::missing("such tile"))?;
    let view = app.mapping.view();
    let made = tokio::task::spawn_blocking(move || view.tile_png(z, x, y))
        .await
        .map_err(Problem::ours)?;
    Ok(match made {
        Some(png) => (
            [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, "private, max-age=60"),
            ],
            png,
        )
            .into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `GET /map/files`.
pub async fn files(State(app): State<Arc<App>>) -> Json<Value> {
    Json(
        mapping::products(&app.map_folder())
            .into_iter()
            .map(|(name, bytes)| json!({"name": name, "bytes": bytes}))
            .collect(),
    )
}

/// `GET /map/files/{name}`: only names of the list, which never become paths of their own.
pub async fn file(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let folder = app.map_folder();
    let Some((known, _)) = mapping::products(&folder)
        .into_iter()
        .find(|(known, _)| *known == name)
    else {
        return Err(Problem::missing("such file of the map yet"));
    };
    let kind = if known.ends_with(".tif") {
        "image/tiff"
    } else {
        "application/json"
    };
    super::download(&folder.join(&known), &known, kind).await
}

/// `GET /radio`.
pub async fn radio(State(app): State<Arc<App>>) -> Json<Value> {
    Json(
        app.live
            .get(Kind::Radio)
            .map_or(Value::Null, |v| v.as_ref().clone()),
    )
}
