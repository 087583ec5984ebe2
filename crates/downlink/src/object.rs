//! Objects: what is sent, and how it is cut into blocks and shards.

use sha2::{Digest, Sha256};

use crate::limits::{
    BLOCK_MAX_SHARDS, META_MAX_BYTES, OBJECT_MAX_BYTES, PARITY_MIN_SHARDS, SHARD_BYTES,
};

/// Names an object by its content: the first 64 bits of SHA-256 over kind, metadata and content hash.
/// The same file offered again after a restart has the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u64);

/// What is known of an object before its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The application's kind (photo thumbnail, preview, file …).
    pub kind: u8,
    /// Higher goes first, strictly; equals go in the order of their offers.
    pub priority: u32,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the bytes; the receiver checks it before it reports an object complete.
    pub sha256: [u8; 32],
    /// The application's description, at most [`META_MAX_BYTES`]. Never used as a path by this crate.
    pub meta: Vec<u8>,
}

impl ObjectInfo {
    /// Describes bytes that are at hand.
    #[must_use]
    pub fn for_bytes(kind: u8, priority: u32, meta: Vec<u8>, data: &[u8]) -> Self {
        Self {
            kind,
            priority,
            size: data.len() as u64,
            sha256: Sha256::digest(data).into(),
            meta,
        }
    }

    /// The id that follows from kind, metadata and content.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        let mut hash = Sha256::new();
        hash.update([self.kind]);
        hash.update((self.meta.len() as u64).to_be_bytes());
        hash.update(&self.meta);
        hash.update(self.sha256);
        let hash: [u8; 32] = hash.finalize().into();
        ObjectId(u64::from_be_bytes([
            hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7],
        ]))
    }

    pub(crate) fn fits(&self) -> bool {
        self.size <= OBJECT_MAX_BYTES && self.meta.len() <= META_MAX_BYTES
    }
}

/// Erasure code of an object, named on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Reed–Solomon over GF(2^16) (Leopard), K data and `max(2K, 32)` parity shards.
    ReedSolomon,
}

impl Codec {
    pub(crate) fn to_wire(self) -> u8 {
        match self {
            Self::ReedSolomon => 1,
        }
    }

    pub(crate) fn from_wire(byte: u8) -> Option<Self> {
        (byte == 1).then_some(Self::ReedSolomon)
    }
}

/// How an object is cut: blocks of nearly equal numbers of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    size: u64,
    shards: usize,
    pub(crate) blocks: usize,
}

impl Geometry {
    /// `None` above [`OBJECT_MAX_BYTES`].
    pub(crate) fn new(size: u64) -> Option<Self> {
        if size > OBJECT_MAX_BYTES {
            return None;
        }
        let shards = usize::try_from(size).ok()?.div_ceil(SHARD_BYTES).max(1);
        Some(Self {
            size,
            shards,
            blocks: shards.div_ceil(BLOCK_MAX_SHARDS),
        })
    }

    fn first_shard(&self, block: usize) -> usize {
        // At most 120 blocks of 115,000 shards: no overflow.
        self.shards * block.min(self.blocks) / self.blocks
    }

    /// Data shards of a block; 0 for a block that does not exist.
    pub(crate) fn data_shards(&self, block: usize) -> usize {
        if block >= self.blocks {
            0
        } else {
            self.first_shard(block + 1) - self.first_shard(block)
        }
    }

    pub(crate) fn parity_shards(&self, block: usize) -> usize {
        (2 * self.data_shards(block)).max(PARITY_MIN_SHARDS)
    }

    /// Where a block's bytes lie in the object: offset and length (the last block may end early).
    pub(crate) fn span(&self, block: usize) -> (u64, usize) {
        let start = (self.first_shard(block) * SHARD_BYTES) as u64;
        let end = ((self.first_shard(block) + self.data_shards(block)) * SHARD_BYTES) as u64;
        let (start, end) = (start.min(self.size), end.min(self.size));
        (start, (end - start) as usize)
    }
}

/// Where the sender reads an object's bytes.
pub trait Source: Send {
    /// Fills `buf` from `offset`.
    ///
    /// # Errors
    /// Says what failed; the object is then taken off the queue and reported.
    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), String>;
}

impl Source for Vec<u8> {
    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), String> {
        let part = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buf.len())?))
            .ok_or_else(|| String::from("read beyond the end"))?;
        buf.copy_from_slice(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_an_object_exactly() {
        for size in [0u64, 1, 1160, 1161, 5_000_000, OBJECT_MAX_BYTES] {
            let Some(geometry) = Geometry::new(size) else {
                panic!("{size} refused")
            };
            let mut at = 0;
            for block in 0..geometry.blocks {
                let (offset, length) = geometry.span(block);
                assert_eq!(offset, at);
                assert!((1..=BLOCK_MAX_SHARDS).contains(&geometry.data_shards(block)));
                at += length as u64;
            }
            assert_eq!(at, size);
        }
        assert!(Geometry::new(OBJECT_MAX_BYTES + 1).is_none());
    }
}
