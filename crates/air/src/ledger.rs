//! What the aircraft must not forget: which photos were cut into layers, and what the ground has.
//!
//! A folder with `photos` (a JSON line for each photo), `delivered` (an id per line) and `layers/`. Nothing has
//! to be synced: what a power cut takes is made and asked about again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use whimbrel_downlink::{ObjectId, ObjectInfo};
use whimbrel_store::{BlobHash, Layer};

use crate::error::AirError;
use crate::photo_object::PhotoObject;

/// A layer as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRecord {
    layer: String,
    sha256: String,
    size: u64,
}

/// A photo that was cut into layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoRecord {
    /// Its path in the camera's folder.
    pub name: String,
    /// Its size then.
    pub size: u64,
    /// Its layers, the original among them.
    pub layers: Vec<LayerRecord>,
}

/// A layer that is to be sent: what it is and the file it is in.
pub struct ToSend {
    /// What it is.
    pub info: ObjectInfo,
    /// Where.
    pub path: PathBuf,
    /// Which layer.
    pub layer: Layer,
}

/// The folder and what is in it.
pub struct Ledger {
    dir: PathBuf,
    photos: BTreeMap<String, PhotoRecord>,
    delivered: BTreeSet<ObjectId>,
}

impl Ledger {
    /// Opens the folder, which is created if missing.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(dir: &Path) -> Result<Self, AirError> {
        let layers = dir.join("layers");
        std::fs::create_dir_all(&layers)
            .map_err(|error| AirError::file("create the folder", &layers, error))?;
        let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        // A line that a crash tore is no JSON: that photo is done again.
        let photos = text("photos");
        let photos = photos
            .lines()
            .filter_map(|line| serde_json::from_str::<PhotoRecord>(line).ok());
        let photos: BTreeMap<_, _> = photos.map(|photo| (photo.name.clone(), photo)).collect();
        let ids = text("delivered");
        let ids = ids
            .lines()
            .filter(|line| line.len() == 16)
            .filter_map(|line| u64::from_str_radix(line, 16).ok());
        Ok(Self {
            dir: dir.to_path_buf(),
            photos,
            delivered: ids.map(ObjectId).collect(),
        })
    }

    /// True if a photo of that size was cut into layers before.
    #[must_use]
    pub fn knows(&self, name: &str, size: u64) -> bool {
        self.photos
            .get(name)
            .is_some_and(|photo| photo.size == size)
    }

    /// Where a made layer lies.
    #[must_use]
    pub fn layer_path(&self, hash: BlobHash, layer: Layer) -> PathBuf {
        self.dir
            .join("layers")
            .join(format!("{}.{}", hash.to_hex(), layer.name()))
    }

    fn append(&self, name: &str, line: &str) -> Result<(), AirError> {
        let path = self.dir.join(name);
        let write = || {
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)?;
            file.write_all(format!("{line}\n").as_bytes())
        };
        write().map_err(|error| AirError::file("write", &path, error))
    }

    /// Remembers a photo's layers.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn add(
        &mut self,
        name: &str,
        size: u64,
        layers: &[(Layer, u64, [u8; 32])],
    ) -> Result<(), AirError> {
        let layers = layers.iter().map(|(layer, size, sha256)| LayerRecord {
            layer: layer.name().to_owned(),
            sha256: BlobHash(*sha256).to_hex(),
            size: *size,
        });
        let record = PhotoRecord {
            name: name.to_owned(),
            size,
            layers: layers.collect(),
        };
        let line = serde_json::to_string(&record).unwrap_or_default();
        self.append("photos", &line)?;
        self.photos.insert(name.to_owned(), record);
        Ok(())
    }

    /// Remembers that the ground has an object, and drops its file if we made it.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn deliver(&mut self, id: ObjectId, made: Option<&Path>) -> Result<(), AirError> {
        if self.delivered.insert(id) {
            self.append("delivered", &format!("{:016x}", id.0))?;
        }
        match made.map(std::fs::remove_file) {
            // It is only tidiness: a file that stays costs some room.
            None | Some(Ok(()) | Err(_)) => Ok(()),
        }
    }

    /// What of a photo the ground does not have yet. `None` if a made layer is gone and must be made again.
    #[must_use]
    pub fn to_send(&self, name: &str, camera: &Path) -> Option<Vec<ToSend>> {
        let photo = self.photos.get(name)?;
        let mut out = Vec::new();
        for record in &photo.layers {
            let layer = Layer::ALL
                .into_iter()
                .find(|layer| layer.name() == record.layer)?;
            let hash = BlobHash::from_hex(&record.sha256)?;
            let info = PhotoObject {
                name: name.to_owned(),
                layer,
            }
            .info(record.size, hash.0);
            if self.delivered.contains(&info.id()) {
                continue;
            }
            let path = if layer == Layer::Original {
                camera.join(name)
            } else {
                self.layer_path(hash, layer)
            };
            if std::fs::metadata(&path).ok()?.len() != record.size {
                return None;
            }
            out.push(ToSend { info, path, layer });
        }
        Some(out)
    }
}
