//! `GET /live`: the newest of everything, as it changes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::{Value, json};

use crate::app::App;
use crate::live::{Kind, News};

/// Shortest time between two looks at the board: five a second.
const PAUSE: Duration = Duration::from_millis(200);
/// Photos in one message; the next follow at once.
const PHOTOS_PER_MESSAGE: usize = 500;

/// Upgrade to the channel.
pub async fn channel(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(4096)
        .on_upgrade(move |socket| serve(app, socket))
}

fn message(kind: Kind, value: &Value, time_s: f64) -> Value {
    match kind {
        Kind::Vehicles => json!({"type": "vehicles", "time_s": time_s, "vehicles": value}),
        Kind::Map => json!({"type": "map", "map": value}),
        Kind::Radio => json!({"type": "radio", "radio": value}),
        Kind::Alerts => json!({"type": "alerts", "alerts": value}),
        Kind::Plan => json!({"type": "plan", "id": value}),
    }
}

async fn serve(app: Arc<App>, mut socket: WebSocket) {
    let mut bell = app.live.listen();
    let mut seen = 0;
    let hello = json!({"type": "hello", "state": super::state::describe(&app)});
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let mut stop = app.stopping();
    loop {
        let newest = *bell.borrow_and_update();
        let News { kinds, photos } = app.live.newer(seen);
        seen = newest;
        let time_s = app.now().as_secs_f64();
        for (kind, value) in kinds {
            if socket
                .send(Message::text(message(kind, &value, time_s).to_string()))
                .await
                .is_err()
            {
                return;
            }
        }
        for some in photos.chunks(PHOTOS_PER_MESSAGE) {
            let some: Vec<&Value> = some.iter().map(AsRef::as_ref).collect();
            if socket
                .send(Message::text(
                    json!({"type": "photos", "photos": some}).to_string(),
                ))
                .await
                .is_err()
            {
                return;
            }
        }
        tokio::time::sleep(PAUSE).await;
        loop {
            tokio::select! {
                changed = bell.changed() => {
                    if changed.is_err() { return; }
                    break;
                }
                heard = socket.recv() => match heard {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
                _ = stop.changed() => return,
            }
        }
    }
}
