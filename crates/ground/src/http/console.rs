//! The console's files, embedded in the binary when `web/dist` was there at build time.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

#[derive(rust_embed::RustEmbed)]
#[folder = "$WHIMBREL_CONSOLE_DIR"]
struct Console;

const ABSENT: &str = "<!doctype html><meta charset=utf-8><title>Whimbrel</title><h1>Whimbrel</h1>\
<p>The console is not in this binary: it was built without Node.js. Run <code>make build</code> with Node.js and npm installed. \
The interface below <code>/api/v1</code> works.";

/// What a page of ours may load: its own files and nothing else.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Whether the console is in the binary.
pub fn present() -> bool {
    Console::get("index.html").is_some()
}

/// Any path that is not the interface's.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Console::get(path) {
        Some(found) => {
            let kind = match path.rsplit_once('.').map(|(_, e)| e) {
                Some("html") => "text/html; charset=utf-8",
                Some("js" | "mjs") => "text/javascript; charset=utf-8",
                Some("css") => "text/css; charset=utf-8",
                Some("json") => "application/json",
                Some("svg") => "image/svg+xml",
                Some("png") => "image/png",
                Some("woff2") => "font/woff2",
                Some("webmanifest") => "application/manifest+json",
                _ => "application/octet-stream",
            };
            let cache = if path.starts_with("assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            (
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)],
                found.data.into_owned(),
            )
                .into_response()
        }
        None if path == "index.html" => Html(ABSENT).into_response(),
        None => (StatusCode::NOT_FOUND, "no such page").into_response(),
    }
}
