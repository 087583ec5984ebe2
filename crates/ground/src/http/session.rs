//! Who may ask: cookies, tokens, and where a request may come from.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::app::App;
use whimbrel_store::{Session, StoreError};

const COOKIE: &str = "whimbrel_session";

/// The token of a request, from its cookie or its `Authorization` header.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .map(str::to_owned);
    bearer.or_else(|| {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                (name == COOKIE).then(|| value.to_owned())
            })
    })
}

/// Whether a request that names an origin comes from the server's own pages.
/// The host must be the one that was asked, which also keeps rebound names away from a loopback server.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    origin
        .to_str()
        .ok()
        .and_then(|o| o.split_once("://"))
        .is_some_and(|(_, from)| from == host)
}

/// A server on loopback answers to loopback names only.
fn host_fits(app: &App, headers: &HeaderMap) -> bool {
    if !app.config.listen.ip().is_loopback() {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Let through who is signed in; the session goes along as an extension.
pub async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !host_fits(&app, headers) {
        return Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "ask this server by its loopback address",
        )
        .into_response();
    }
    let upgrade = headers.contains_key(header::UPGRADE);
    if (upgrade || !matches!(*request.method(), Method::GET | Method::HEAD))
        && !same_origin(headers)
    {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "requests from other sites are not taken",
        )
        .into_response();
    }
    let session = match token(headers) {
        Some(token) => app.session(&token).await,
        None => None,
    };
    let path = request.uri().path();
    let open = path.trim_end_matches('/') == "/api/v1/session" || !path.starts_with("/api/");
    match session {
        Some(session) => {
            request.extensions_mut().insert(session);
        }
        None if open => {}
        None => {
            return Problem::new(
                StatusCode::UNAUTHORIZED,
                "sign in first: POST /api/v1/session",
            )
            .into_response();
        }
    }
    next.run(request).await
}

#[derive(serde::Deserialize)]
pub struct SignIn {
    code: String,
}

/// `POST /session`.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(body): Json<SignIn>,
) -> Result<Response, Problem> {
    if let Some(wait) = app.must_wait(peer.ip()) {
        let detail = format!(
            "too many wrong codes came from here: try again in {} s",
            wait.as_secs() + 1
        );
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail));
    }
    let (token, session) = app
        .off(move |app| {
            let (token, session) = app.sign_in(peer.ip(), &body.code).map_err(|e| match e {
                StoreError::SignIn(_) => Problem::new(StatusCode::UNAUTHORIZED, e.to_string()),
                other => Problem::ours(other),
            })?;
            app.audit(&session.user, "sign_in", "console", &serde_json::json!({}))
                .map_err(Problem::ours)?;
            Ok::<_, Problem>((token, session))
        })
        .await?;
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800");
    let cookie = HeaderValue::from_str(&cookie).map_err(Problem::ours)?;
    Ok((
        [(header::SET_COOKIE, cookie)],
        Json(serde_json::json!({"user": session.user, "role": session.role})),
    )
        .into_response())
}

/// `GET /session`.
pub async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Json<serde_json::Value> {
    let session: Option<Session> = match token(&headers) {
        Some(token) => app.session(&token).await,
        None => None,
    };
    Json(serde_json::json!({
        "signed_in": session.is_some(),
        "user": session.as_ref().map(|s| s.user.clone()),
        "role": session.as_ref().map(|s| s.role.clone()),
    }))
}

/// `DELETE /session`.
pub async fn sign_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = token(&headers) {
        app.off(move |app| app.close_session(&token).map_err(Problem::ours))
            .await?;
    }
    let cookie =
        HeaderValue::from_static("whimbrel_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// `POST /session/codes`: a code for another device or a colleague.
pub async fn invite(
    State(app): State<Arc<App>>,
    axum::Extension(session): axum::Extension<Session>,
) -> Result<Json<serde_json::Value>, Problem> {
    let code = app
        .off(move |app| {
            let code = app.new_code().map_err(Problem::ours)?;
            app.audit(&session.user, "invite", "console", &serde_json::json!({}))
                .map_err(Problem::ours)?;
            Ok::<_, Problem>(code)
        })
        .await?;
    Ok(Json(serde_json::json!({"code": code})))
}
