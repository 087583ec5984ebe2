//! Where a receiver keeps what it has so far, so that a restart resumes.

use crate::object::ObjectId;

/// A shard as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedShard {
    /// Block of the object.
    pub block: u16,
    /// Index in the block.
    pub index: u16,
    /// The shard's bytes.
    pub bytes: Vec<u8>,
}

/// A partly received object as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedObject {
    /// What [`Scratch::begin`] was given.
    pub announcement: Vec<u8>,
    /// Shards in any order; damaged ones may be missing.
    pub shards: Vec<SavedShard>,
}

/// Everything a scratch store holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// Partly received objects.
    pub partial: Vec<SavedObject>,
    /// Objects that the shell has stored.
    pub done: Vec<ObjectId>,
}

/// The receiver's scratch store. Nothing in it has to be synced: shards lost in a crash are counted as
/// not received and sent again, and a stored object that it forgot is at worst sent and stored again.
pub trait Scratch {
    /// Reads back everything, once, at the start.
    ///
    /// # Errors
    /// Says what failed and what to do.
    fn load(&mut self) -> Result<Saved, String>;
    /// A new object.
    ///
    /// # Errors
    /// Says what failed; the receiver goes on without.
    fn begin(&mut self, id: ObjectId, announcement: &[u8]) -> Result<(), String>;
    /// A new shard of an object that was begun.
    ///
    /// # Errors
    /// As `begin`.
    fn shard(&mut self, id: ObjectId, block: u16, index: u16, bytes: &[u8]) -> Result<(), String>;
    /// Everything before this is handed to the system (called about ten times a second).
    ///
    /// # Errors
    /// As `begin`.
    fn flush(&mut self) -> Result<(), String>;
    /// The object is stored: remember that, drop its shards.
    ///
    /// # Errors
    /// As `begin`.
    fn finish(&mut self, id: ObjectId) -> Result<(), String>;
    /// Drop an object's shards without remembering it.
    ///
    /// # Errors
    /// As `begin`.
    fn forget(&mut self, id: ObjectId) -> Result<(), String>;
}

/// No memory beyond the process.
#[derive(Debug, Default)]
pub struct NoScratch;

impl Scratch for NoScratch {
    fn load(&mut self) -> Result<Saved, String> {
        Ok(Saved::default())
    }
    fn begin(&mut self, _: ObjectId, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
    fn shard(&mut self, _: ObjectId, _: u16, _: u16, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
    fn flush(&mut self) -> Result<(), String> {
        Ok(())
    }
    fn finish(&mut self, _: ObjectId) -> Result<(), String> {
        Ok(())
    }
    fn forget(&mut self, _: ObjectId) -> Result<(), String> {
        Ok(())
    }
}
