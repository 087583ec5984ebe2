//! `GET /live`: the newest of everything, as it changes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::problem::Problem;
use crate::app::App;
use crate::live::{Kind, News};

/// Shortest time between two looks at the board: five a second.
const PAUSE: Duration = Duration::from_millis(200);
/// Photos in one message; the next follow at once.
const PHOTOS_PER_MESSAGE: usize = 500;
/// A client that does not take a message for so long is let go.
const SEND_MAX: Duration = Duration::from_secs(10);
/// How often it is looked at whether the session is still open.
const SESSION_EVERY: Duration = Duration::from_secs(1);
/// A client is asked for a sign of life so often; it answers by itself (RFC 6455 §5.5.2).
const PING_EVERY: Duration = Duration::from_secs(20);
/// Channels that may be open at once.
pub const CHANNELS_MAX: usize = 128;
/// Close code for a session that has ended (RFC 6455 §7.4.2: 4000–4999 are private).
pub const SIGNED_OUT: u16 = 4401;

/// Upgrade to the channel.
pub async fn channel(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(place) = app.channels.clone().try_acquire_owned() else {
        let full = format!("{CHANNELS_MAX} consoles are open: close one of them");
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    };
    let token = super::session::token(&headers).unwrap_or_default();
    upgrade
        .max_message_size(4096)
        .on_upgrade(move |socket| async move {
            // How it ended is of no interest: there is nobody to be told.
            let _ = serve(&app, &token, socket).await;
            drop(place);
        })
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

/// The channel is over.
struct Over;

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Over> {
    match tokio::time::timeout(SEND_MAX, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Over),
    }
}

async fn say(socket: &mut WebSocket, value: Value) -> Result<(), Over> {
    send(socket, Message::text(value.to_string())).await
}

async fn serve(app: &Arc<App>, token: &str, mut socket: WebSocket) -> Result<(), Over> {
    let mut bell = app.live.listen();
    let mut seen = 0;
    let hello = json!({"type": "hello", "state": super::state::describe(app)});
    say(&mut socket, hello).await?;
    let mut stop = app.stopping();
    let (mut looked, mut pinged) = (Instant::now(), Instant::now());
    loop {
        let newest = *bell.borrow_and_update();
        let News { kinds, photos } = app.live.newer(seen);
        seen = newest;
        let time_s = app.now().as_secs_f64();
        for (kind, value) in kinds {
            say(&mut socket, message(kind, &value, time_s)).await?;
        }
        for some in photos.chunks(PHOTOS_PER_MESSAGE) {
            let some: Vec<&Value> = some.iter().map(AsRef::as_ref).collect();
            say(&mut socket, json!({"type": "photos", "photos": some})).await?;
        }
        tokio::time::sleep(PAUSE).await;
        loop {
            if looked.elapsed() >= SESSION_EVERY {
                looked = Instant::now();
                if app.session(token).await.is_none() {
                    let frame = CloseFrame {
                        code: SIGNED_OUT,
                        reason: "signed out".into(),
                    };
                    return send(&mut socket, Message::Close(Some(frame))).await;
                }
            }
            if pinged.elapsed() >= PING_EVERY {
                pinged = Instant::now();
                send(&mut socket, Message::Ping(Bytes::new())).await?;
            }
            tokio::select! {
                changed = bell.changed() => {
                    changed.map_err(|_| Over)?;
                    break;
                }
                heard = socket.recv() => match heard {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Over),
                    Some(Ok(_)) => {}
                },
                _ = stop.changed() => return Err(Over),
                () = tokio::time::sleep_until(looked + SESSION_EVERY) => {}
            }
        }
    }
}
