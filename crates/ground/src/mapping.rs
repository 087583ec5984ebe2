//! The map's own thread: takes photos as they arrive, better layers as they come, and keeps the newest map to be served.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_mosaic::{Grade, MapView, Options, PhotoData, Project, Stage, State};

use crate::live::{Kind, Live};

/// Photos that wait for the map; the receiver waits when there are more.
pub const ORDERS_MAX: usize = 4_096;
/// Tiles drawn between two looks at what arrived.
const TILES_PER_TURN: usize = 24;
/// The map is solved to the end and written when nothing new came for so long (of the clock's time).
const QUIET: Duration = Duration::from_secs(6);
/// Better layers of photos that the map knows from their previews go in so many at a time …
const BETTER_BATCH: usize = 8;
/// … or when no photo came for so long (of the clock's time).
const BETTER_WAIT: Duration = Duration::from_secs(3);
/// Originals that wait at most until they go into a map that still grows.
const ORIGINALS_BATCH: usize = 200;
/// How long the thread waits for news when it has nothing to do.
const LOOK: Duration = Duration::from_millis(100);

/// A layer of a photo that lies in the store.
#[derive(Clone, Debug)]
pub struct PhotoLayer {
    /// The photo's name.
    pub name: String,
    /// Which layer.
    pub grade: Grade,
    /// Where its bytes are.
    pub path: PathBuf,
}

/// What the map knows about one photo.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// matched, placed or left_out.
    pub state: &'static str,
    /// Why not matched.
    pub reason: Option<String>,
    /// Longitude and latitude of the corners on the ground.
    pub footprint: Option<Vec<[f64; 2]>>,
}

/// Corners that moved less than this (about a metre) are no news: each is a row to write for every photo.
const MOVED_DEG: f64 = 1e-5;

impl Placed {
    fn nearly(&self, other: &Self) -> bool {
        let close = match (&self.footprint, &other.footprint) {
            (Some(a), Some(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(p, q)| {
                        (p[0] - q[0]).abs() < MOVED_DEG && (p[1] - q[1]).abs() < MOVED_DEG
                    })
            }
            (a, b) => a == b,
        };
        close && self.state == other.state && self.reason == other.reason
    }
}

/// Called with a photo's name and what the map now knows of it.
pub type OnPlaced = Box<dyn Fn(&str, &Placed) + Send>;

/// The handle of the map's thread.
pub struct Mapping {
    orders: SyncSender<PhotoLayer>,
    view: Arc<RwLock<MapView>>,
    stop: Arc<AtomicBool>,
}

struct Worker {
    project: Project,
    orders: Receiver<PhotoLayer>,
    view: Arc<RwLock<MapView>>,
    stop: Arc<AtomicBool>,
    live: Arc<Live>,
    clock: Clock,
    folder: PathBuf,
    on_placed: OnPlaced,
    grades: BTreeMap<String, Grade>,
    told: BTreeMap<String, Placed>,
    /// Mapping-grade layers of photos whose previews are in the map: each step of the solution costs, so some go together.
    better: Vec<PhotoLayer>,
    /// Originals of photos that are in the map already: they wait until the map stands.
    originals: Vec<PhotoLayer>,
    /// When the last layer came.
    heard: Duration,
    /// When the last layer came that the map could not do without.
    fed: Duration,
    /// When everything that had come was in the map.
    settled: Option<Duration>,
    /// The same, at the last moment when the newest layers of all photos were of mapping grade or better.
    finished: bool,
    stage: &'static str,
    problem: Option<String>,
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Matched => "matched",
        State::Placed => "placed",
        State::LeftOut => "left_out",
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Reading => "reading photos",
        Stage::Matching => "matching",
        Stage::Solving => "solving",
        Stage::Rendering => "drawing",
    }
}

impl Mapping {
    /// Start the thread; products go to `folder`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(
        options: Options,
        live: Arc<Live>,
        clock: Clock,
        folder: PathBuf,
        on_placed: OnPlaced,
    ) -> std::io::Result<Self> {
        let (orders, inbox) = sync_channel(ORDERS_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let project = Project::new(options);
        let view = Arc::new(RwLock::new(project.map()));
        let worker = Worker {
            project,
            orders: inbox,
            view: view.clone(),
            stop: stop.clone(),
            live,
            clock,
            folder,
            on_placed,
            grades: BTreeMap::new(),
            told: BTreeMap::new(),
            better: Vec::new(),
            originals: Vec::new(),
            heard: Duration::ZERO,
            fed: Duration::ZERO,
            settled: None,
            finished: true,
            stage: "waiting for photos",
            problem: None,
        };
        std::thread::Builder::new()
            .name("map".into())
            .spawn(move || worker.run())?;
        Ok(Self { orders, view, stop })
    }

    /// Hand over a layer. False when the map's thread has ended.
    pub fn add(&self, layer: PhotoLayer) -> bool {
        self.orders.send(layer).is_ok()
    }

    /// The newest map.
    pub fn view(&self) -> MapView {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Worker {
    fn run(mut self) {
        self.publish();
        while !self.stop.load(Ordering::Relaxed) {
            let busy = self.project.pending() > 0 || !self.project.dirty_tiles().is_empty();
            if !self.take(busy) {
                return;
            }
            let waited = self.clock.now().saturating_sub(self.fed) > BETTER_WAIT;
            if self.better.len() >= BETTER_BATCH || (waited && self.project.pending() == 0) {
                for layer in std::mem::take(&mut self.better) {
                    self.put(layer);
                }
            }
            if self.project.pending() > 0 {
                self.step();
            } else if !self.project.dirty_tiles().is_empty() {
                self.draw(TILES_PER_TURN);
            } else if !self.finished && self.better.is_empty() {
                if self.settled.is_none_or(|s| s < self.fed) {
                    self.settled = Some(self.clock.now());
                    self.stage = "waiting for photos";
                    self.publish();
                }
                let quiet = self.clock.now().saturating_sub(self.heard) > QUIET;
                if quiet || self.originals.len() >= ORIGINALS_BATCH {
                    self.refine();
                }
                if quiet && self.project.pending() == 0 && self.project.dirty_tiles().is_empty() {
                    self.finish();
                }
            }
        }
    }

    /// Take what arrived; wait a little when there is nothing else to do. False when there will be no more.
    fn take(&mut self, busy: bool) -> bool {
        if !busy {
            match self.orders.recv_timeout(LOOK) {
                Ok(layer) => self.add(layer),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        for _ in 0..ORDERS_MAX {
            match self.orders.try_recv() {
                Ok(layer) => self.add(layer),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    /// A layer has come: most go into the map at once, originals when there is time.
    fn add(&mut self, layer: PhotoLayer) {
        self.heard = self.clock.now();
        self.finished = false;
        let before = self.grades.get(&layer.name).copied();
        let grade = self.grades.entry(layer.name.clone()).or_insert(layer.grade);
        *grade = (*grade).max(layer.grade);
        if layer.grade == Grade::Original && before.is_some_and(|g| g >= Grade::Mapping) {
            self.originals.push(layer);
        } else {
            self.fed = self.heard;
            if before.is_some() {
                self.better.push(layer);
            } else {
                self.put(layer);
            }
        }
    }

    /// The originals that waited go into the map.
    fn refine(&mut self) {
        for layer in std::mem::take(&mut self.originals) {
            self.put(layer);
        }
    }

    fn put(&mut self, layer: PhotoLayer) {
        let source = {
            let path = layer.path.clone();
            move || {
                std::fs::read(&path)
                    .map_err(|e| format!("the photo cannot be read from the store: {e}"))
            }
        };
        match self.project.add_jpeg(
            &layer.name,
            layer.grade,
            PhotoData::Source(Arc::new(source)),
        ) {
            Ok(_) => self.problem = None,
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    fn step(&mut self) {
        let mut stage = self.stage;
        match self.project.solve_step(|p| stage = stage_name(p.stage)) {
            Ok(_) => self.problem = None,
            Err(error) => {
                self.problem = Some(error.to_string());
                // It may fail again at once: not as fast as the processor can.
                std::thread::sleep(LOOK);
            }
        }
        self.stage = stage;
        // While photos wait, only what shows nothing yet.
        self.draw(self.project.blank_tiles().min(TILES_PER_TURN));
    }

    fn draw(&mut self, most: usize) {
        if let Err(error) = self.project.render(most, |_| {}) {
            self.problem = Some(error.to_string());
            // It may fail again at once.
            std::thread::sleep(LOOK);
        }
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = self.project.map();
        self.publish();
    }

    /// Solve to the end, draw everything, write the products.
    fn finish(&mut self) {
        self.finished = true;
        self.stage = "refining";
        self.publish();
        let solved = self.project.solve(|_| {}).and_then(|_| {
            while self.project.render(TILES_PER_TURN, |_| {})? > 0 {
                *self.view.write().unwrap_or_else(PoisonError::into_inner) = self.project.map();
            }
            Ok(())
        });
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = self.project.map();
        self.problem = match solved {
            Ok(()) => self.write_products().err(),
            Err(error) => Some(error.to_string()),
        };
        self.stage = "waiting for photos";
        self.publish();
    }

    fn write_products(&self) -> Result<(), String> {
        std::fs::create_dir_all(&self.folder).map_err(|e| format!("make the map's folder: {e}"))?;
        self.write_one("orthomosaic.tif", |out| {
            self.project
                .write_orthomosaic(out)
                .map(|_| ())
                .map_err(|e| e.to_string())
        })?;
        self.write_one("surface.tif", |out| {
            self.project
                .write_surface(out)
                .map(|_| ())
                .map_err(|e| e.to_string())
        })?;
        let cameras = self.project.cameras_json();
        self.write_one("cameras.json", |out| {
            std::io::Write::write_all(out, cameras.as_bytes()).map_err(|e| e.to_string())
        })?;
        let report =
            serde_json::to_vec_pretty(&self.project.report()).map_err(|e| e.to_string())?;
        self.write_one("report.json", |out| {
            std::io::Write::write_all(out, &report).map_err(|e| e.to_string())
        })
    }

    /// Write beside the old file, then take its place.
    fn write_one(
        &self,
        name: &str,
        write: impl FnOnce(&mut std::io::BufWriter<std::fs::File>) -> Result<(), String>,
    ) -> Result<(), String> {
        let (path, part) = (
            self.folder.join(name),
            self.folder.join(format!("{name}.part")),
        );
        let told = |e: std::io::Error| format!("write {name}: {e}");
        let made = (|| {
            let mut out = std::io::BufWriter::new(std::fs::File::create(&part).map_err(told)?);
            write(&mut out)?;
            let file = out.into_inner().map_err(|e| told(e.into_error()))?;
            file.sync_all().map_err(told)?;
            std::fs::rename(&part, &path).map_err(told)
        })();
        if made.is_err() {
            // Half a file is of no use; the error is what counts.
            let _ = std::fs::remove_file(&part);
        }
        made
    }

    /// Tell the console, and the store, what is new.
    fn publish(&mut self) {
        let report = self.project.report();
        let count = |grade: Grade| self.grades.values().filter(|g| **g >= grade).count();
        let photos = self.project.pending() + self.better.len();
        let tiles = self.project.dirty_tiles().len();
        let summary: Value = json!({
            "version": self.project.version(),
            "bounds": self.project.bounds().map(|b| [b.sw.lon_deg(), b.sw.lat_deg(), b.ne.lon_deg(), b.ne.lat_deg()]),
            "gsd_m": report.gsd_m,
            "photos": report.photos,
            "matched": report.matched,
            "placed": report.placed,
            "left_out": report.left_out,
            "coverage": report.coverage,
            "covered_m2": report.covered_m2,
            "layers": {"preview": count(Grade::Preview), "mapping": count(Grade::Mapping), "original": count(Grade::Original)},
            "waiting": {"photos": photos, "tiles": tiles},
            "busy": photos + tiles > 0 || (self.stage == "refining"),
            "stage": self.stage,
            "settled_s": self.settled.filter(|s| *s >= self.fed).map(|s| s.as_secs_f64()),
            "refined": self.finished && self.stage != "refining",
            "problem": self.problem,
        });
        self.live.set(Kind::Map, summary);
        for camera in self.project.cameras() {
            let footprint = self
                .project
                .footprint(&camera.photo)
                .map(|corners| corners.iter().map(|c| [c.lon_deg(), c.lat_deg()]).collect());
            let placed = Placed {
                state: state_name(camera.state),
                reason: camera.reason,
                footprint,
            };
            if !self
                .told
                .get(&camera.photo)
                .is_some_and(|told| told.nearly(&placed))
            {
                (self.on_placed)(&camera.photo, &placed);
                self.told.insert(camera.photo, placed);
            }
        }
    }
}

/// The products that can be downloaded, with their sizes.
pub fn products(folder: &Path) -> Vec<(String, u64)> {
    [
        "orthomosaic.tif",
        "surface.tif",
        "cameras.json",
        "report.json",
    ]
    .iter()
    .filter_map(|name| {
        Some((
            (*name).to_owned(),
            std::fs::metadata(folder.join(name)).ok()?.len(),
        ))
    })
    .collect()
}
