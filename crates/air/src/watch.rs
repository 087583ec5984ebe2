//! The camera's folder: which photos are whole, and their layers, made off the socket's thread.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use whimbrel_photo::make_layers;
use whimbrel_store::{BlobHash, Layer, RealDisk, write_atomically};

use crate::error::AirError;
use crate::file_source::files_in;
use crate::ledger::{Ledger, ToSend};
use crate::photo_object::read_name;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A file that is no whole JPEG and has not grown for so long is bad.
const PATIENCE: Duration = Duration::from_secs(3);
/// Largest photo.
const PHOTO_MAX_BYTES: u64 = 100 << 20;

/// What the watcher found.
pub enum Found {
    /// A photo whose layers are ready (or were, before a restart).
    Photo {
        /// Its name.
        name: String,
        /// What the ground does not have.
        layers: Vec<ToSend>,
    },
    /// A file that is no photo, or one that cannot be read; it is looked at again if it changes.
    Bad {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The folder or the state cannot be used; it is tried again.
    Problem(String),
}

/// An object that the ground has stored.
pub struct Delivered {
    /// Its id.
    pub id: whimbrel_downlink::ObjectId,
    /// Its file, if it is a layer that was made here.
    pub made: Option<PathBuf>,
}

struct Seen {
    size: u64,
    since: Instant,
    settled: bool,
}

/// The watcher's thread.
pub struct Watcher {
    folder: PathBuf,
    ledger: Ledger,
    seen: BTreeMap<String, Seen>,
    out: SyncSender<Found>,
    delivered: Receiver<Delivered>,
    last_problem: String,
}

impl Watcher {
    /// A watcher of a folder.
    pub fn new(
        folder: PathBuf,
        ledger: Ledger,
        out: SyncSender<Found>,
        delivered: Receiver<Delivered>,
    ) -> Self {
        Self {
            folder,
            ledger,
            seen: BTreeMap::new(),
            out,
            delivered,
            last_problem: String::new(),
        }
    }

    /// Watches until `stop` is set or nobody listens.
    pub fn run(mut self, stop: &Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            if self.look(stop).is_none() {
                return;
            }
            self.note_delivered();
            std::thread::sleep(LOOK_EVERY);
        }
        self.note_delivered();
    }

    fn note_delivered(&mut self) {
        while let Ok(Delivered { id, made }) = self.delivered.try_recv() {
            if let Err(error) = self.ledger.deliver(id, made.as_deref()) {
                self.problem(&error.to_string());
            }
        }
    }

    /// Tells each problem once.
    fn problem(&mut self, reason: &str) {
        if self.last_problem != reason {
            self.last_problem = reason.to_owned();
            // If nobody listens any more, the next look ends the thread.
            let _ = self.out.send(Found::Problem(reason.to_owned()));
        }
    }

    /// One look; `None` when nobody listens any more.
    fn look(&mut self, stop: &AtomicBool) -> Option<()> {
        let names = match files_in(&self.folder) {
            Ok(names) => names,
            Err(error) => {
                self.problem(&AirError::file("watch", &self.folder, error).to_string());
                return Some(());
            }
        };
        for name in names {
            if stop.load(Ordering::Relaxed) {
                return Some(());
            }
            if !is_jpeg_name(&name) {
                continue;
            }
            let path = self.folder.join(&name);
            let Ok(size) = std::fs::metadata(&path).map(|meta| meta.len()) else {
                continue;
            };
            let fresh = || Seen {
                size,
                since: Instant::now(),
                settled: false,
            };
            let seen = self.seen.entry(name.clone()).or_insert_with(fresh);
            if seen.size != size {
                *seen = fresh();
            }
            if seen.settled {
                continue;
            }
            let waited = seen.since.elapsed();
            match self.take(&name, &path, size, waited) {
                Ok(None) => continue,
                Ok(Some(found)) => self.out.send(found).ok()?,
                Err(error) => {
                    self.problem(&error.to_string());
                    continue;
                }
            }
            if let Some(seen) = self.seen.get_mut(&name) {
                seen.settled = true;
            }
            self.note_delivered();
        }
        Some(())
    }

    /// `None`: not yet.
    fn take(
        &mut self,
        name: &str,
        path: &Path,
        size: u64,
        waited: Duration,
    ) -> Result<Option<Found>, AirError> {
        let bad = |reason: &str| {
            Ok(Some(Found::Bad {
                name: name.to_owned(),
                reason: reason.to_owned(),
            }))
        };
        if read_name(name.as_bytes()).is_none() {
            return bad("its name is too long or has control characters");
        }
        if size > PHOTO_MAX_BYTES {
            return bad("it is larger than 100 MB");
        }
        if self.ledger.knows(name, size)
            && let Some(layers) = self.ledger.to_send(name, &self.folder)
        {
            return Ok(Some(Found::Photo {
                name: name.to_owned(),
                layers,
            }));
        }
        let bytes =
            std::fs::read(path).map_err(|error| AirError::file("read the photo", path, error))?;
        // A camera writes a JPEG's end marker (T.81, EOI) last.
        let whole = bytes.starts_with(&[0xFF, 0xD8]) && bytes.ends_with(&[0xFF, 0xD9]);
        if !whole && waited < PATIENCE {
            return Ok(None);
        }
        let made = match make_layers(&bytes) {
            Ok(made) => made,
            // It may still be growing: its end marker was that of the thumbnail inside.
            Err(_) if waited < PATIENCE => return Ok(None),
            Err(error) => return bad(&error.to_string()),
        };
        let mut layers = vec![(Layer::Original, bytes.len() as u64, BlobHash::of(&bytes).0)];
        for (layer, data) in [
            (Layer::Mapping, &made.mapping),
            (Layer::Preview, &made.preview),
        ] {
            let hash = BlobHash::of(data);
            let path = self.ledger.layer_path(hash, layer);
            write_atomically(&RealDisk, &path, data)
                .map_err(|error| AirError::file("write the layer", &path, error))?;
            layers.push((layer, data.len() as u64, hash.0));
        }
        layers.reverse();
        self.ledger.add(name, size, &layers)?;
        let layers = self.ledger.to_send(name, &self.folder).unwrap_or_default();
        Ok(Some(Found::Photo {
            name: name.to_owned(),
            layers,
        }))
    }
}

fn is_jpeg_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".jpg") || name.ends_with(".jpeg")
}
