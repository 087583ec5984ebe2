//! Blobs: files named by the SHA-256 of their content.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::storage::{Storage, write_atomically};

/// The SHA-256 of a blob, which is its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// 64 hexadecimal characters.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads 64 hexadecimal characters.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl std::fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlobHash({})", self.to_hex())
    }
}

/// A folder of blobs.
#[derive(Clone)]
pub struct Blobs {
    dir: PathBuf,
    storage: Arc<dyn Storage>,
}

impl Blobs {
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
        })
    }

    /// Where a blob lies: two characters of its name make the folder.
    #[must_use]
    pub fn path(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_hex();
        self.dir.join(&name[..2]).join(name)
    }

    /// Stores bytes. When this returns they are durable.
    ///
    /// # Errors
    /// When the disk is full or fails; then nothing of them remains.
    pub fn put(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        let hash = BlobHash::of(bytes);
        let path = self.path(hash);
        let fail = |error| StoreError::io("write the blob", &path, error);
        let folder = path.parent().unwrap_or(&self.dir);
        if self.storage.exists(&path) {
            // Its name may not be durable yet if a crash came between rename and sync.
            self.storage.sync_dir(folder).map_err(fail)?;
            return Ok(hash);
        }
        self.storage.create_dir(folder).map_err(fail)?;
        self.storage.sync_dir(&self.dir).map_err(fail)?;
        write_atomically(self.storage.as_ref(), &path, bytes).map_err(fail)?;
        Ok(hash)
    }

    /// Reads a blob and checks that it is what its name says.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn get(&self, hash: BlobHash) -> Result<Vec<u8>, StoreError> {
        let path = self.path(hash);
        let bytes = self
            .storage
            .read(&path)
            .map_err(|error| StoreError::io("read the blob", &path, error))?;
        if BlobHash::of(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(StoreError::Damaged {
                hash: hash.to_hex(),
            })
        }
    }
}
