//! A disk in memory that outlives the programs that write to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use whimbrel_downlink::{ObjectId, ObjectInfo, Saved, SavedObject, SavedShard, Scratch};

/// What was written and not yet handed to the system is lost in a crash.
#[derive(Clone, Debug)]
enum Pending {
    Begin(ObjectId, Vec<u8>),
    Shard(ObjectId, SavedShard),
    Finish(ObjectId),
    Forget(ObjectId),
}

/// One file that was stored durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it is.
    pub info: ObjectInfo,
    /// Its bytes.
    pub data: Vec<u8>,
}

#[derive(Default)]
struct Plates {
    partial: BTreeMap<ObjectId, SavedObject>,
    done: Vec<ObjectId>,
    pending: Vec<Pending>,
    files: BTreeMap<ObjectId, Stored>,
}

/// The disk; clones are the same disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Plates>>);

impl Disk {
    fn plates(&self) -> MutexGuard<'_, Plates> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a file and syncs it. Returns false when it was there already.
    pub fn store(&self, id: ObjectId, info: ObjectInfo, data: Vec<u8>) -> bool {
        self.plates()
            .files
            .insert(id, Stored { info, data })
            .is_none()
    }

    /// All files, in the order of their names.
    #[must_use]
    pub fn files(&self) -> Vec<(ObjectId, Stored)> {
        let plates = self.plates();
        plates
            .files
            .iter()
            .map(|(id, f)| (*id, f.clone()))
            .collect()
    }

    /// Names of all files.
    #[must_use]
    pub fn ids(&self) -> Vec<ObjectId> {
        self.plates().files.keys().copied().collect()
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn holds(&self, id: ObjectId) -> bool {
        self.plates().files.contains_key(&id)
    }

    /// Shards of unfinished objects that would survive a crash now.
    #[must_use]
    pub fn partial_shards(&self) -> usize {
        self.plates().partial.values().map(|o| o.shards.len()).sum()
    }

    /// The program that wrote dies: what was not flushed is gone.
    pub fn crash(&self) {
        self.plates().pending.clear();
    }
}

impl Scratch for Disk {
    fn load(&mut self) -> Result<Saved, String> {
        let plates = self.plates();
        Ok(Saved {
            partial: plates.partial.values().cloned().collect(),
            done: plates.done.clone(),
        })
    }

    fn begin(&mut self, id: ObjectId, announcement: &[u8]) -> Result<(), String> {
        let pending = Pending::Begin(id, announcement.to_vec());
        self.plates().pending.push(pending);
        Ok(())
    }

    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> Result<(), String> {
        let shard = SavedShard {
            block,
            index,
            bytes: bytes.to_vec(),
        };
        self.plates().pending.push(Pending::Shard(id, shard));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        let mut plates = self.plates();
        for pending in std::mem::take(&mut plates.pending) {
            match pending {
                Pending::Begin(id, announcement) => {
                    let object = SavedObject {
                        announcement,
                        shards: vec![],
                    };
                    plates.partial.insert(id, object);
                }
                Pending::Shard(id, shard) => {
                    if let Some(object) = plates.partial.get_mut(&id) {
                        object.shards.push(shard);
                    }
                }
                Pending::Finish(id) => {
                    plates.partial.remove(&id);
                    plates.done.push(id);
                }
                Pending::Forget(id) => {
                    plates.partial.remove(&id);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, id: ObjectId) -> Result<(), String> {
        self.plates().pending.push(Pending::Finish(id));
        Ok(())
    }

    fn forget(&mut self, id: ObjectId) -> Result<(), String> {
        self.plates().pending.push(Pending::Forget(id));
        Ok(())
    }
}
