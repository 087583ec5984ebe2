//! Scratch files of a receiver: parts of objects that are not complete, so that a restart resumes.
//!
//! One file for each object, `ID.part`, of records `length u32 ‖ crc32 u32 ‖ body`; the first body is the
//! announcement, the others `block u16 ‖ index u16 ‖ bytes`. `done` holds the ids of stored objects. Nothing
//! is synced: after a power cut a torn tail is cut off, and what is missing is sent again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::StoreError;
use crate::storage::Storage;

/// Longest record.
const RECORD_MAX_BYTES: usize = 4096;
/// Shards are handed to the system when this many bytes wait, or at `flush`.
const BUFFER_MAX_BYTES: usize = 256 * 1024;
/// Most objects read back.
const OBJECTS_MAX: usize = 4096;

/// A part of an object that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPart {
    /// Block of the object.
    pub block: u16,
    /// Index in the block.
    pub index: u16,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What was read back at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedParts {
    /// By id: the announcement and the shards.
    pub partial: BTreeMap<u64, (Vec<u8>, Vec<SavedPart>)>,
    /// Ids of stored objects.
    pub done: Vec<u64>,
}

/// The scratch folder of one receiver.
pub struct ShardFiles {
    dir: PathBuf,
    storage: Arc<dyn Storage>,
    waiting: BTreeMap<u64, Vec<u8>>,
    waiting_bytes: usize,
}

impl ShardFiles {
    /// Opens a folder, which is created if missing.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(dir: &Path, storage: Arc<dyn Storage>) -> Result<Self, StoreError> {
        storage
            .create_dir(dir)
            .map_err(|error| StoreError::io("create the folder", dir, error))?;
        Ok(Self {
            dir: dir.to_path_buf(),
            storage,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
        })
    }

    fn path(&self, id: u64) -> PathBuf {
        self.dir.join(format!("{id:016x}.part"))
    }

    fn done_path(&self) -> PathBuf {
        self.dir.join("done")
    }

    /// Reads everything back and cuts off what a crash tore.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn load(&mut self) -> Result<SavedParts, StoreError> {
        let mut saved = SavedParts::default();
        let files = self
            .storage
            .list(&self.dir)
            .map_err(|e| StoreError::io("list the folder", &self.dir, e))?;
        for path in files {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let id = name
                .strip_suffix(".part")
                .and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if name == "done" {
                for record in self.records(&path)? {
                    if let Ok(id) = record.try_into() {
                        saved.done.push(u64::from_be_bytes(id));
                    }
                }
            } else if let Some(id) = id.filter(|_| saved.partial.len() < OBJECTS_MAX) {
                let mut records = self.records(&path)?.into_iter();
                let Some(announcement) = records.next() else {
                    self.remove(id)?;
                    continue;
                };
                let parts = records.filter_map(|record| {
                    let (head, bytes) = record.split_at_checked(4)?;
                    Some(SavedPart {
                        block: u16::from_be_bytes(head.get(..2)?.try_into().ok()?),
                        index: u16::from_be_bytes(head.get(2..)?.try_into().ok()?),
                        bytes: bytes.to_vec(),
                    })
                });
                saved.partial.insert(id, (announcement, parts.collect()));
            }
        }
        Ok(saved)
    }

    fn records(&self, path: &Path) -> Result<Vec<Vec<u8>>, StoreError> {
        let bytes = self
            .storage
            .read(path)
            .map_err(|error| StoreError::io("read back", path, error))?;
        let mut records = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((body, tail)) = read_record(rest) {
            records.push(body.to_vec());
            rest = tail;
        }
        if !rest.is_empty() {
            let good = (bytes.len() - rest.len()) as u64;
            self.storage
                .truncate(path, good)
                .map_err(|error| StoreError::io("cut off the torn end of", path, error))?;
        }
        Ok(records)
    }

    /// Starts an object anew.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn begin(&mut self, id: u64, announcement: &[u8]) -> Result<(), StoreError> {
        self.drop_waiting(id);
        let path = self.path(id);
        let mut bytes = Vec::new();
        write_record(&[announcement], &mut bytes);
        self.storage
            .write(&path, &bytes)
            .map_err(|error| StoreError::io("save", &path, error))
    }

    /// Adds a shard.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn shard(
        &mut self,
        id: u64,
        block: u16,
        index: u16,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let buffer = self.waiting.entry(id).or_default();
        let before = buffer.len();
        write_record(&[&block.to_be_bytes(), &index.to_be_bytes(), bytes], buffer);
        self.waiting_bytes += buffer.len() - before;
        if self.waiting_bytes > BUFFER_MAX_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Hands everything to the system: a killed process loses nothing of it.
    ///
    /// # Errors
    /// When the disk is full or fails; what waited is then dropped (its sender sends it again after a restart).
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.waiting_bytes = 0;
        for (id, bytes) in std::mem::take(&mut self.waiting) {
            let path = self.path(id);
            self.storage
                .append(&path, &bytes)
                .map_err(|error| StoreError::io("save", &path, error))?;
        }
        Ok(())
    }

    /// Remembers that an object is stored, and drops its shards.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn finish(&mut self, id: u64) -> Result<(), StoreError> {
        let path = self.done_path();
        let mut bytes = Vec::new();
        write_record(&[&id.to_be_bytes()], &mut bytes);
        self.storage
            .append(&path, &bytes)
            .map_err(|error| StoreError::io("save", &path, error))?;
        self.remove(id)
    }

    /// Drops an object's shards.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&mut self, id: u64) -> Result<(), StoreError> {
        self.drop_waiting(id);
        let path = self.path(id);
        self.storage
            .remove(&path)
            .map_err(|error| StoreError::io("remove", &path, error))
    }

    fn drop_waiting(&mut self, id: u64) {
        if let Some(bytes) = self.waiting.remove(&id) {
            self.waiting_bytes -= bytes.len();
        }
    }
}

fn write_record(parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut crc = Crc32::default();
    parts.iter().for_each(|part| crc.update(part));
    out.extend_from_slice(&(length as u32).to_be_bytes());
    out.extend_from_slice(&crc.finish().to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

fn read_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(8)?;
    let length = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let wanted = u32::from_be_bytes(head.get(4..)?.try_into().ok()?);
    if length > RECORD_MAX_BYTES {
        return None;
    }
    let (body, tail) = rest.split_at_checked(length)?;
    let mut crc = Crc32::default();
    crc.update(body);
    // A run of zeros would be a valid empty record: empty ones are never written.
    (length > 0 && crc.finish() == wanted).then_some((body, tail))
}

/// CRC-32 (ISO 3309, reflected 0xEDB88320).
struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(!0)
    }
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                0xEDB8_8320 ^ (value >> 1)
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

impl Crc32 {
    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = ((self.0 ^ u32::from(*byte)) & 0xFF) as usize;
            self.0 = (self.0 >> 8) ^ CRC_TABLE[index];
        }
    }

    fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_matches_its_check_value() {
        let mut crc = Crc32::default();
        crc.update(b"123456789");
        assert_eq!(crc.finish(), 0xCBF4_3926);
    }
}
