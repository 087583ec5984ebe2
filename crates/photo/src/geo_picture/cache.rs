//! Decoded pieces of pictures, the ones used last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::pixels::Chunk;

/// Picture, level, number in the level.
pub(super) type ChunkKey = (u64, usize, u32);

#[derive(Default)]
struct Shelf {
    chunks: BTreeMap<ChunkKey, (u64, Arc<Chunk>)>,
    by_use: BTreeMap<u64, ChunkKey>,
    uses: u64,
    bytes: usize,
}

/// A bounded shelf of decoded pieces, for any number of pictures and threads.
pub struct ChunkCache {
    shelf: Mutex<Shelf>,
    bytes_max: usize,
}

impl ChunkCache {
    /// An empty shelf for so many bytes.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self {
            shelf: Mutex::default(),
            bytes_max,
        }
    }

    /// Bytes that lie on it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Takes everything of a picture off.
    pub fn forget(&self, picture: u64) {
        let mut shelf = self.lock();
        let range = (picture, 0, 0)..=(picture, usize::MAX, u32::MAX);
        let keys: Vec<ChunkKey> = shelf.chunks.range(range).map(|(key, _)| *key).collect();
        for key in keys {
            shelf.take_off(key);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, key: ChunkKey) -> Option<Arc<Chunk>> {
        let mut shelf = self.lock();
        let (stamp, chunk) = shelf.chunks.get(&key)?.clone();
        shelf.by_use.remove(&stamp);
        shelf.put_on(key, chunk.clone());
        Some(chunk)
    }

    pub(super) fn put(&self, key: ChunkKey, chunk: Arc<Chunk>) {
        let mut shelf = self.lock();
        shelf.take_off(key);
        shelf.bytes += chunk.rgba.len();
        shelf.put_on(key, chunk);
        while shelf.bytes > self.bytes_max {
            let Some((_, oldest)) = shelf.by_use.first_key_value() else {
                break;
            };
            let oldest = *oldest;
            shelf.take_off(oldest);
        }
    }
}

impl Shelf {
    fn put_on(&mut self, key: ChunkKey, chunk: Arc<Chunk>) {
        self.uses += 1;
        self.by_use.insert(self.uses, key);
        self.chunks.insert(key, (self.uses, chunk));
    }

    fn take_off(&mut self, key: ChunkKey) {
        if let Some((stamp, chunk)) = self.chunks.remove(&key) {
            self.by_use.remove(&stamp);
            self.bytes -= chunk.rgba.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let cache = ChunkCache::new(100);
        let chunk = |bytes: usize| {
            Arc::new(Chunk {
                width: 1,
                rgba: vec![0; bytes],
            })
        };
        cache.put((1, 0, 0), chunk(40));
        cache.put((1, 0, 1), chunk(40));
        assert!(cache.get((1, 0, 0)).is_some());
        cache.put((2, 0, 0), chunk(40));
        assert!(cache.get((1, 0, 1)).is_none(), "the oldest went");
        assert!(cache.get((1, 0, 0)).is_some());
        assert_eq!(cache.bytes(), 80);
        cache.put((3, 0, 0), chunk(101));
        assert_eq!(cache.bytes(), 0, "one that is too large does not stay");
        cache.put((1, 0, 0), chunk(10));
        cache.put((2, 5, 7), chunk(10));
        cache.forget(2);
        assert_eq!(cache.bytes(), 10);
    }
}
