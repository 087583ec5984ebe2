//! What the server holds together: configuration, records, the board of news, and the handles of its threads.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use whimbrel_air::Clock;
use whimbrel_downlink::Key;
use whimbrel_geo::Terrain;
use whimbrel_link::endpoint::Endpoint;
use whimbrel_store::{Session, Store, StoreError};

use crate::backgrounds::Backgrounds;
use crate::doors::Doors;
use crate::flight::Flight;
use crate::live::Live;
use crate::mapping::Mapping;
use crate::photos::Photos;
use crate::plans::Plans;

/// How long a session lasts.
pub const SESSION_VALID: Duration = Duration::from_secs(7 * 24 * 3600);
/// Sessions that are remembered beside the catalogue's.
const SESSIONS_KNOWN_MAX: usize = 256;
/// Longest token that is looked up.
const TOKEN_MAX_BYTES: usize = 256;
/// How long a one-time code waits to be used.
pub const CODE_VALID: Duration = Duration::from_secs(24 * 3600);
/// The first user.
pub const OPERATOR: &str = "operator";

/// An aircraft that may send photos.
pub struct AircraftKey {
    /// Its name: what its photos are filed under.
    pub name: String,
    /// The secret that both ends have.
    pub key: Key,
}

/// How the server is set up.
pub struct Config {
    /// Name in the console's title.
    pub name: String,
    /// Where the console is served.
    pub listen: SocketAddr,
    /// Where aircraft are.
    pub mavlink: Vec<Endpoint>,
    /// Where photos arrive.
    pub receive: Option<SocketAddr>,
    /// Whose photos are taken.
    pub keys: Vec<AircraftKey>,
    /// Folder of everything that is kept.
    pub data: PathBuf,
    /// Ground heights.
    pub terrain: Option<Arc<dyn Terrain>>,
    /// The user's own background maps.
    pub backgrounds: Vec<PathBuf>,
    /// West, south, east, north that the console shows first, degrees.
    pub first_view: Option<[f64; 4]>,
    /// Whether the aircraft are simulated.
    pub simulated: bool,
    /// Side of a pixel of the live map; by default what the photos resolve.
    pub map_gsd_m: Option<f64>,
    /// The shells' clock.
    pub clock: Clock,
}

/// The running server.
pub struct App {
    /// How it is set up; `listen` is the address that was bound.
    pub config: Config,
    /// Ground heights.
    pub terrain: Option<Arc<dyn Terrain>>,
    /// Records.
    pub store: Store,
    /// The newest of everything.
    pub live: Arc<Live>,
    /// Plans that were made.
    pub plans: Arc<Plans>,
    /// Photos and what became of them.
    pub photos: Arc<Photos>,
    /// The map's thread.
    pub mapping: Arc<Mapping>,
    /// The thread that speaks MAVLink.
    pub flight: Flight,
    /// The user's own background maps.
    pub backgrounds: Backgrounds,
    pub(crate) sessions: Mutex<BTreeMap<String, Session>>,
    pub(crate) doors: Mutex<Doors>,
    pub(crate) channels: Arc<Semaphore>,
    pub(crate) stop: watch::Sender<bool>,
}

impl App {
    /// The shells' time.
    pub fn now(&self) -> Duration {
        self.config.clock.now()
    }

    /// The wall's time, for sessions: these do not run faster in a simulation.
    pub fn wall(&self) -> Duration {
        whimbrel_air::clock::wall()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Do something that may wait for the disk where nobody else waits for it: whoever presses Land is answered
    /// meanwhile.
    ///
    /// # Errors
    /// What the work says, or that the server is stopping.
    pub async fn off<T: Send + 'static, E: From<Interrupted> + Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app))
            .await
            .unwrap_or_else(|_| Err(Interrupted.into()))
    }

    /// The session of a token. Known ones are not looked up again: whoever presses Land must not wait for the disk.
    pub async fn session(self: &Arc<Self>, token: &str) -> Option<Session> {
        let now = self.wall();
        if let Some(session) = self.known().get(token) {
            return (session.expires >= now).then(|| session.clone());
        }
        if token.is_empty() || token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let token = token.to_owned();
        self.off(move |app| {
            let session = app.store.session(now, &token).ok().flatten();
            let mut known = app.known();
            if let Some(session) = &session {
                if known.len() >= SESSIONS_KNOWN_MAX {
                    known.clear();
                }
                known.insert(token, session.clone());
            }
            Ok::<_, Interrupted>(session)
        })
        .await
        .ok()
        .flatten()
    }

    /// End a session.
    ///
    /// # Errors
    /// When the disk is full or fails: then the session is still open.
    pub fn close_session(&self, token: &str) -> Result<(), StoreError> {
        let closed = self.store.close_session(self.wall(), token);
        self.known().remove(token);
        closed
    }

    /// Where the map's products are.
    pub fn map_folder(&self) -> PathBuf {
        self.config.data.join("map")
    }

    /// Rings when the server stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Add a row to the audit log; durable when this returns.
    ///
    /// # Errors
    /// When the disk is full or fails: then do not act.
    pub fn audit(
        &self,
        user: &str,
        verb: &str,
        subject: &str,
        detail: &Value,
    ) -> Result<i64, StoreError> {
        self.store.audit(self.now(), user, verb, subject, detail)
    }

    /// A one-time code for the operator.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn new_code(&self) -> Result<String, StoreError> {
        self.store
            .new_code(self.wall(), OPERATOR, OPERATOR, CODE_VALID)
    }

    /// How long a peer has to wait before it may try a code again, if it has to.
    pub fn must_wait(&self, peer: IpAddr) -> Option<Duration> {
        let doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.wait(self.wall(), peer)
    }

    /// Exchange a code for a session token. Wrong ones are counted against the peer.
    ///
    /// # Errors
    /// When the code is not one that waits.
    pub fn sign_in(&self, peer: IpAddr, code: &str) -> Result<(String, Session), StoreError> {
        let now = self.wall();
        let opened = self.store.redeem_code(now, code, SESSION_VALID);
        {
            let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
            match &opened {
                Ok(_) => doors.right(peer),
                Err(StoreError::SignIn(_)) => doors.wrong(now, peer),
                Err(_) => {}
            }
        }
        let token = opened?;
        let session = self
            .store
            .session(now, &token)?
            .ok_or(StoreError::SignIn("the session could not be opened"))?;
        Ok((token, session))
    }
}

/// The work was not done, because the server is stopping or the work failed.
#[derive(Debug)]
pub struct Interrupted;
