//! The downlink receiver's scratch store in the files of `store`.

use whimbrel_downlink::{ObjectId, Saved, SavedObject, SavedShard, Scratch};
use whimbrel_store::{ShardFiles, StoreError};

/// Partly received objects on disk.
pub struct StoreScratch {
    files: ShardFiles,
}

impl StoreScratch {
    /// Scratch in these files.
    #[must_use]
    pub fn new(files: ShardFiles) -> Self {
        Self { files }
    }
}

fn text(error: StoreError) -> String {
    error.to_string()
}

impl Scratch for StoreScratch {
    fn load(&mut self) -> Result<Saved, String> {
        let parts = self.files.load().map_err(text)?;
        let partial = parts
            .partial
            .into_values()
            .map(|(announcement, shards)| SavedObject {
                announcement,
                shards: shards.into_iter().map(|s| SavedShard { block: s.block, index: s.index, bytes: s.bytes }).collect(),
            })
            .collect();
        Ok(Saved { partial, done: parts.done.into_iter().map(ObjectId).collect() })
    }

    fn begin(&mut self, id: ObjectId, announcement: &[u8]) -> Result<(), String> {
        self.files.begin(id.0, announcement).map_err(text)
    }

    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> Result<(), String> {
        self.files.shard(id.0, block, index, bytes).map_err(text)
    }

    fn flush(&mut self) -> Result<(), String> {
        self.files.flush().map_err(text)
    }

    fn finish(&mut self, id: ObjectId) -> Result<(), String> {
        self.files.finish(id.0).map_err(text)
    }

    fn forget(&mut self, id: ObjectId) -> Result<(), String> {
        self.files.remove(id.0).map_err(text)
    }
}
