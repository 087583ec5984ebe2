//! The user's own background maps, PMTiles archives and GeoTIFFs, served tile by tile.
//!
//! They are given with `--background`, or lie in `backgrounds` in the data folder. That folder is looked at again each
//! time the console asks what there is; a file that cannot be shown raises an alert and is tried again when it changes.

mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};
use whimbrel_air::Clock;
use whimbrel_fly::Level;
use whimbrel_photo::ChunkCache;

use crate::notices::Notices;
use source::Source;

/// Background maps that may be open at once.
pub const BACKGROUNDS_MAX: usize = 16;
/// Files of the folder that are looked at.
const FOLDER_FILES_MAX: usize = 1_000;
/// Decoded parts of GeoTIFFs that are kept.
const CACHE_BYTES: usize = 128 << 20;
/// Tiles of GeoTIFFs that are drawn at once: flying and the growing map need the processor too.
const DRAWN_AT_ONCE: usize = 2;
/// Endings of the files that are looked at in a folder.
const ENDINGS: [&str; 3] = ["pmtiles", "tif", "tiff"];

/// Why a background map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// It is neither archive nor picture.
    #[error("open the background map {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// One too many.
    #[error("more than {BACKGROUNDS_MAX} background maps: give fewer --background files")]
    TooMany,
}

/// Length and last change: a file with the same is the same.
type Stamp = (u64, Option<SystemTime>);

struct Background {
    id: String,
    path: PathBuf,
    stamp: Stamp,
    source: Source,
}

/// A tile to send.
pub struct Tile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// MIME type.
    pub kind: &'static str,
    /// Whether the bytes are gzip.
    pub gzip: bool,
}

/// The open background maps.
pub struct Backgrounds {
    given: Vec<PathBuf>,
    folder: PathBuf,
    open: RwLock<Vec<Arc<Background>>>,
    /// Files that could not be opened, as they were then, and the next number; one look at a time.
    looks: Mutex<Looks>,
    cache: Arc<ChunkCache>,
    drawing: Semaphore,
    notices: Arc<Notices>,
    clock: Clock,
}

#[derive(Default)]
struct Looks {
    refused: BTreeMap<PathBuf, Stamp>,
    opened: u64,
}

impl Backgrounds {
    /// Open what is given and what lies in the folder.
    ///
    /// # Errors
    /// When one that is given cannot be opened, or there are too many of them. Files of the folder raise an alert.
    pub async fn open(
        given: Vec<PathBuf>,
        folder: PathBuf,
        notices: Arc<Notices>,
        clock: Clock,
    ) -> Result<Self, BackgroundError> {
        if given.len() > BACKGROUNDS_MAX {
            return Err(BackgroundError::TooMany);
        }
        let backgrounds = Self {
            given,
            folder,
            open: RwLock::default(),
            looks: Mutex::default(),
            cache: Arc::new(ChunkCache::new(CACHE_BYTES)),
            drawing: Semaphore::new(DRAWN_AT_ONCE),
            notices,
            clock,
        };
        let unreadable = backgrounds.refresh().await;
        for (path, reason) in unreadable {
            if backgrounds.given.contains(&path) {
                return Err(BackgroundError::Unreadable { path, reason });
            }
        }
        Ok(backgrounds)
    }

    fn all(&self) -> Vec<Arc<Background>> {
        self.open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Look again at what there is. Returns the files that could not be opened just now, and why.
    pub async fn refresh(&self) -> Vec<(PathBuf, String)> {
        let mut looks = self.looks.lock().await;
        let (paths, left_out) = self.paths();
        let full = "backgrounds-full";
        if left_out > 0 {
            let text = format!(
                "{left_out} background maps are not shown: there are more than {BACKGROUNDS_MAX}."
            );
            let action = format!("Take some out of {}.", self.folder.display());
            self.notices
                .raise(self.clock.now(), full, Level::Advisory, text, &action);
        } else {
            self.notices.end(full);
        }
        let before = self.all();
        let mut now: Vec<Arc<Background>> = Vec::new();
        let mut unreadable = Vec::new();
        for (path, stamp) in &paths {
            if let Some(known) = before.iter().find(|b| b.path == *path && b.stamp == *stamp) {
                now.push(known.clone());
                continue;
            }
            if looks.refused.get(path) == Some(stamp) {
                continue;
            }
            looks.opened += 1;
            match Source::open(path, looks.opened).await {
                Ok(source) => {
                    looks.refused.remove(path);
                    self.notices.end(&notice_of(path));
                    now.push(Arc::new(Background {
                        id: free_id(path, before.iter().chain(&now)),
                        path: path.clone(),
                        stamp: *stamp,
                        source,
                    }));
                }
                Err(reason) => {
                    self.complain(path, &reason);
                    looks.refused.insert(path.clone(), *stamp);
                    unreadable.push((path.clone(), reason));
                }
            }
        }
        looks.refused.retain(|path, _| {
            let there = paths.iter().any(|(p, _)| p == path);
            if !there {
                self.notices.end(&notice_of(path));
            }
            there
        });
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = now;
        unreadable
    }

    /// The files, with what they look like now, and how many are too many.
    fn paths(&self) -> (Vec<(PathBuf, Stamp)>, usize) {
        let mut found: Vec<PathBuf> = self.given.iter().filter(|p| !p.is_dir()).cloned().collect();
        let folders = self
            .given
            .iter()
            .filter(|p| p.is_dir())
            .chain([&self.folder]);
        for folder in folders {
            let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .take(FOLDER_FILES_MAX)
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| {
                    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
                    ending.is_some_and(|e| ENDINGS.contains(&e.as_str())) && path.is_file()
                })
                .collect();
            files.sort();
            found.extend(files);
        }
        found.dedup();
        let left_out = found.len().saturating_sub(BACKGROUNDS_MAX);
        found.truncate(BACKGROUNDS_MAX);
        let stamped = found.into_iter().map(|path| {
            let stamp =
                std::fs::metadata(&path).map_or((0, None), |m| (m.len(), m.modified().ok()));
            (path, stamp)
        });
        (stamped.collect(), left_out)
    }

    fn complain(&self, path: &Path, reason: &str) {
        let text = format!(
            "The background map {} cannot be shown: {reason}.",
            name_of(path)
        );
        let action = format!(
            "Put a better copy in its place ({}), or take it away.",
            path.display()
        );
        self.notices.raise(
            self.clock.now(),
            &notice_of(path),
            Level::Advisory,
            text,
            &action,
        );
    }

    /// What `GET /backgrounds` answers.
    pub fn describe(&self) -> Value {
        let row = |background: &Arc<Background>| {
            let mut row = background.source.describe();
            row["id"] = json!(background.id);
            row["name"] = json!(name_of(&background.path));
            row["tiles"] = json!(format!(
                "/api/v1/backgrounds/{}/{{z}}/{{x}}/{{y}}",
                background.id
            ));
            row
        };
        self.all().iter().map(row).collect()
    }

    /// One tile, if there is something in it.
    pub async fn tile(&self, id: &str, zoom: u8, x: u32, y: u32) -> Option<Tile> {
        let background = self.all().into_iter().find(|b| b.id == id)?;
        let _turn = match background.source {
            Source::Picture(_) => Some(self.drawing.acquire().await.ok()?),
            Source::Archive(_) => None,
        };
        match background.source.tile(&self.cache, zoom, x, y).await {
            Ok(tile) => tile,
            Err(reason) => {
                self.complain(&background.path, &reason);
                None
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .map_or_else(|| "background".into(), |s| s.to_string_lossy().into_owned())
}

/// Letters and digits of a text, in lower case, with `-` for everything else.
fn plain(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    text.chars().map(plain).collect()
}

fn notice_of(path: &Path) -> String {
    format!("background-{}", plain(&path.display().to_string()))
}

/// An id out of a file's name, the same after a restart, so that a browser remembers what it shows.
fn free_id<'a>(path: &Path, others: impl Iterator<Item = &'a Arc<Background>> + Clone) -> String {
    let name: String = plain(&name_of(path)).chars().take(40).collect();
    let taken = |id: &String| others.clone().any(|b| b.id == *id && b.path != path);
    (1..)
        .map(|n| {
            if n == 1 {
                name.clone()
            } else {
                format!("{name}-{n}")
            }
        })
        .find(|id| !taken(id))
        .unwrap_or(name)
}
