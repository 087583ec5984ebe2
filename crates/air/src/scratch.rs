//! The downlink's scratch store on the store's files.

use whimbrel_downlink::{ObjectId, Saved, SavedObject, SavedShard, Scratch};
use whimbrel_store::{ShardFiles, StoreError};

/// Partly received objects on disk, so that a restart of the receiver resumes.
pub struct StoreScratch {
    files: ShardFiles,
    with_done: bool,
}

impl StoreScratch {
    /// Also remembers which objects were stored.
    #[must_use]
    pub fn new(files: ShardFiles) -> Self {
        Self {
            files,
            with_done: true,
        }
    }

    /// For a shell that keeps its own record of what is stored.
    #[must_use]
    pub fn without_done(files: ShardFiles) -> Self {
        Self {
            files,
            with_done: false,
        }
    }
}

fn said(result: Result<(), StoreError>) -> Result<(), String> {
    result.map_err(|error| error.to_string())
}

impl Scratch for StoreScratch {
    fn load(&mut self) -> Result<Saved, String> {
        let parts = self.files.load().map_err(|error| error.to_string())?;
        let partial = parts
            .partial
            .into_values()
            .map(|(announcement, shards)| SavedObject {
                announcement,
                shards: shards
                    .into_iter()
                    .map(|part| SavedShard {
                        block: part.block,
                        index: part.index,
                        bytes: part.bytes,
                    })
                    .collect(),
            });
        let done = if self.with_done {
            parts.done
        } else {
            Vec::new()
        };
        Ok(Saved {
            partial: partial.collect(),
            done: done.into_iter().map(ObjectId).collect(),
        })
    }

    fn begin(&mut self, id: ObjectId, announcement: &[u8]) -> Result<(), String> {
        said(self.files.begin(id.0, announcement))
    }

    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> Result<(), String> {
        said(self.files.shard(id.0, block, index, bytes))
    }

    fn flush(&mut self) -> Result<(), String> {
        said(self.files.flush())
    }

    fn finish(&mut self, id: ObjectId) -> Result<(), String> {
        if self.with_done {
            said(self.files.finish(id.0))
        } else {
            said(self.files.remove(id.0))
        }
    }

    fn forget(&mut self, id: ObjectId) -> Result<(), String> {
        said(self.files.remove(id.0))
    }
}
