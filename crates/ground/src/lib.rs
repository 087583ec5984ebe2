//! Whimbrel's `ground`: the shell on the ground.
//!
//! [`start`] opens the records, then one thread for MAVLink ([`flight`]), one for photos ([`receive`]) and one for the
//! map ([`mapping`]); HTTP (docs/api.md) is on top. Rooms below decide; here decisions are performed and recorded.

mod app;
mod backgrounds;
mod doors;
mod flight;
mod hillshade;
mod http;
mod identity;
mod live;
mod mapping;
mod notices;
mod photos;
mod plans;
mod receive;
mod record;
mod recorder;
mod shown;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use whimbrel_mosaic::Options;
use whimbrel_store::{Store, StoreError};

pub use app::{AircraftKey, App, CODE_VALID, Config, OPERATOR};
pub use http::{CHANNELS_MAX, ROUTES};

/// Answers that are under way when the server ends may take so long.
const LAST_ANSWERS: std::time::Duration = std::time::Duration::from_secs(5);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The console's port.
    #[error(
        "serve the console on {address}: {source}; is another server running? choose another address with --listen"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The aircraft's links.
    #[error(transparent)]
    Links(#[from] whimbrel_air::links::OpenError),
    /// The photos' way in.
    #[error(transparent)]
    Receive(#[from] receive::ReceiveError),
    /// A background map.
    #[error(transparent)]
    Background(#[from] backgrounds::BackgroundError),
    /// A thread.
    #[error("start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A server that runs.
pub struct Server {
    /// What it holds together.
    pub app: Arc<App>,
    /// Where the console is.
    pub address: SocketAddr,
    /// Where aircraft are heard, in the order of the configuration.
    pub mavlink: Vec<SocketAddr>,
    /// Where photos arrive.
    pub receive: Option<SocketAddr>,
    listener: tokio::net::TcpListener,
    threads: Vec<std::thread::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

/// Open everything; [`Server::run`] then answers.
///
/// # Errors
/// What could not be opened, and what to do.
pub async fn start(mut config: Config) -> Result<Server, StartError> {
    let asked = config.listen;
    let listener = tokio::net::TcpListener::bind(asked)
        .await
        .map_err(|source| StartError::Listen {
            address: asked,
            source,
        })?;
    let address = listener.local_addr()?;
    config.listen = address;
    let store = Store::open(&config.data)?;
    let live = Arc::new(live::Live::default());
    let notices = Arc::new(notices::Notices::default());
    let clock = config.clock.clone();
    let backgrounds = backgrounds::Backgrounds::open(
        config.backgrounds.clone(),
        config.data.join("backgrounds"),
        notices.clone(),
        clock.clone(),
    )
    .await?;
    let terrain = config.terrain.clone();
    let photos = Arc::new(photos::Photos::new(
        store.clone(),
        live.clone(),
        clock.clone(),
        terrain.clone(),
    ));
    let options = Options {
        gsd_m: config.map_gsd_m,
        terrain: terrain.clone(),
        ..Options::default()
    };
    let on_placed = {
        let photos = photos.clone();
        Box::new(move |name: &str, placed: &mapping::Placed| {
            if let Err(error) = photos.placed(name, placed) {
                log(&format!("photo {name}: {error}"));
            }
        })
    };
    let mapping = Arc::new(mapping::Mapping::start(
        options,
        live.clone(),
        clock.clone(),
        config.data.join("map"),
        on_placed,
    )?);
    photos.join(mapping.clone())?;
    let stop = Arc::new(AtomicBool::new(false));
    let plans = Arc::new(plans::Plans::new(store.clone(), terrain.clone()));
    let flight = flight::start(
        &config,
        store.clone(),
        plans.clone(),
        live.clone(),
        notices,
        terrain.clone(),
        stop.clone(),
    )?;
    let mut threads = vec![flight.thread];
    let mut receive_address = None;
    if let Some(at) = config.receive {
        let keys = std::mem::take(&mut config.keys);
        let intake = receive::Intake::open(
            at,
            keys,
            &store,
            photos.clone(),
            live.clone(),
            clock.clone(),
            flight.tap,
        )?;
        receive_address = Some(intake.address()?);
        let stop = stop.clone();
        threads.push(
            std::thread::Builder::new()
                .name("receive".into())
                .spawn(move || intake.run(&stop))?,
        );
    }
    let app = Arc::new(App {
        config,
        terrain,
        store,
        live,
        plans,
        photos,
        mapping,
        flight: flight.flight,
        backgrounds,
        sessions: std::sync::Mutex::default(),
        doors: std::sync::Mutex::default(),
        channels: Arc::new(tokio::sync::Semaphore::new(http::CHANNELS_MAX)),
        stop: watch::channel(false).0,
    });
    Ok(Server {
        app,
        address,
        mavlink: flight.bound,
        receive: receive_address,
        listener,
        threads,
        stop,
    })
}

impl Server {
    /// Answer until `until` ends, then stop the threads and close the flight logs.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(
        self,
        until: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let app = self.app.clone();
        let mut stopping = self.app.stopping();
        let ending = async move {
            until.await;
            // Live channels hear this and close; nobody needs to be there.
            let _ = app.stop.send(true);
        };
        let service = http::router(self.app).into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(self.listener, service)
            .with_graceful_shutdown(ending)
            .into_future();
        let patience = async {
            // Its sender lives in the application; an error means that it has gone, which is the end as well.
            let _ = stopping.changed().await;
            tokio::time::sleep(LAST_ANSWERS).await;
        };
        // A client that does not read must not keep flight records from being closed.
        let served = tokio::select! {
            served = serving => served,
            () = patience => Ok(()),
        };
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            if thread.join().is_err() {
                log("a thread of the server had failed");
            }
        }
        served
    }
}

/// One line on stderr.
#[allow(clippy::print_stderr)]
fn log(line: &str) {
    eprintln!("{line}");
}
