//! The console's interface (docs/api.md): one table of routes, a guard in front of all of them.

mod console;
mod flying;
mod importing;
mod live;
mod photos;
mod planning;
mod problem;
mod session;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};

use crate::app::App;

pub use live::CHANNELS_MAX;

/// Largest body of a request: an area with many vertices or a file to import.
pub const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a route is for, so that tests can go through all of them.
pub struct Route {
    /// Path below `/api/v1`.
    pub path: &'static str,
    /// Methods as documentation and tests want them.
    pub methods: &'static [&'static str],
    /// Whether it answers without a session.
    pub open: bool,
    handler: fn() -> MethodRouter<Arc<App>>,
}

const fn route(
    path: &'static str,
    methods: &'static [&'static str],
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route {
        path,
        methods,
        open: false,
        handler,
    }
}

/// Every route of the interface.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/session",
        methods: &["GET", "POST", "DELETE"],
        open: true,
        handler: || {
            get(session::show)
                .merge(post(session::sign_in))
                .merge(delete(session::sign_out))
        },
    },
    route("/session/codes", &["POST"], || post(session::invite)),
    route("/state", &["GET"], || get(state::show)),
    route("/catalogue", &["GET"], || get(planning::catalogue)),
    route("/backgrounds", &["GET"], || get(state::backgrounds)),
    route("/backgrounds/{id}/{z}/{x}/{y}", &["GET"], || {
        get(state::background_tile)
    }),
    route("/terrain/hillshade/{z}/{x}/{y}", &["GET"], || {
        get(state::hillshade_tile)
    }),
    route("/terrain/height", &["GET"], || get(state::height)),
    route("/areas/import", &["POST"], || post(importing::import)),
    route("/plans", &["GET", "POST"], || {
        get(planning::list).merge(post(planning::create))
    }),
    route("/plans/{id}", &["GET"], || get(planning::show)),
    route("/plans/{id}/export", &["GET"], || get(planning::export)),
    route("/vehicles", &["GET"], || get(flying::vehicles)),
    route("/vehicles/{id}/commands", &["POST"], || {
        post(flying::command)
    }),
    route("/vehicles/{id}/checks", &["GET"], || get(flying::checks)),
    route("/vehicles/{id}/track", &["GET"], || get(flying::track)),
    route("/commands", &["POST"], || post(flying::command_many)),
    route("/alerts", &["GET"], || get(flying::alerts)),
    route("/alerts/{id}/acknowledge", &["POST"], || {
        post(flying::acknowledge)
    }),
    route("/audit", &["GET"], || get(flying::audit)),
    route("/photos", &["GET"], || get(photos::list)),
    route("/photos/{id}/image", &["GET"], || get(photos::image)),
    route("/map", &["GET"], || get(photos::map)),
    route("/map/tiles/{z}/{x}/{y}", &["GET"], || get(photos::tile)),
    route("/map/files", &["GET"], || get(photos::files)),
    route("/map/files/{name}", &["GET"], || get(photos::file)),
    route("/radio", &["GET"], || get(photos::radio)),
    route("/flights", &["GET"], || get(flying::flights)),
    route("/flights/{id}", &["GET"], || get(flying::record)),
    route("/live", &["GET"], || get(live::channel)),
];

async fn armoured(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(console::POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// Everything that the server answers.
pub fn router(app: Arc<App>) -> Router {
    let api = ROUTES.iter().fold(Router::new(), |router, route| {
        router.route(route.path, (route.handler)())
    });
    Router::new()
        .nest(
            "/api/v1",
            api.fallback(|| async { problem::Problem::missing("such path below /api/v1") }),
        )
        .fallback(console::file)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), session::guard))
        .layer(middleware::from_fn(armoured))
        .with_state(app)
}

/// A file to keep, sent piece by piece.
async fn download(
    path: &std::path::Path,
    name: &str,
    kind: &'static str,
) -> Result<Response, problem::Problem> {
    use axum::response::IntoResponse;
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|_| problem::Problem::missing("such file yet"))?;
    let size = file.metadata().await.map_err(problem::Problem::ours)?.len();
    let stream = tokio_util::io::ReaderStream::with_capacity(file, 256 * 1024);
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, axum::body::Body::from_stream(stream)).into_response())
}
