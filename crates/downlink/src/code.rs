//! Reed–Solomon blocks: any K of a block's K + R shards restore it.

use reed_solomon_simd::{ReedSolomonDecoder, ReedSolomonEncoder};

use crate::limits::SHARD_BYTES;

/// A block at the sender: its data, padded to whole shards, and its parity once that is needed.
pub(crate) struct SendBlock {
    data: Vec<u8>,
    parity: Vec<u8>,
    data_shards: usize,
    parity_shards: usize,
}

impl SendBlock {
    /// `data` is padded with zeros to `data_shards` shards.
    pub(crate) fn new(mut data: Vec<u8>, data_shards: usize, parity_shards: usize) -> Self {
        data.resize(data_shards * SHARD_BYTES, 0);
        Self {
            data,
            parity: Vec::new(),
            data_shards,
            parity_shards,
        }
    }

    /// Memory held.
    pub(crate) fn bytes(&self) -> usize {
        self.data.len() + self.parity.len()
    }

    /// Computes the parity if that shard needs it.
    pub(crate) fn prepare(&mut self, index: usize) -> Result<(), String> {
        if index >= self.data_shards && self.parity.is_empty() {
            self.parity = self
                .encode()
                .map_err(|error| format!("compute parity: {error}"))?;
        }
        Ok(())
    }

    /// Data shards first, then parity, which [`prepare`](Self::prepare) computes.
    pub(crate) fn shard(&self, index: usize) -> Option<&[u8]> {
        match index.checked_sub(self.data_shards) {
            None => self
                .data
                .get(index * SHARD_BYTES..(index + 1) * SHARD_BYTES),
            Some(parity) => self
                .parity
                .get(parity * SHARD_BYTES..(parity + 1) * SHARD_BYTES),
        }
    }

    fn encode(&self) -> Result<Vec<u8>, reed_solomon_simd::Error> {
        let mut encoder =
            ReedSolomonEncoder::new(self.data_shards, self.parity_shards, SHARD_BYTES)?;
        for shard in self.data.chunks_exact(SHARD_BYTES) {
            encoder.add_original_shard(shard)?;
        }
        let result = encoder.encode()?;
        let mut parity = Vec::with_capacity(self.parity_shards * SHARD_BYTES);
        for shard in result.recovery_iter() {
            parity.extend_from_slice(shard);
        }
        Ok(parity)
    }
}

/// A block at the receiver.
pub(crate) struct ReceiveBlock {
    data_shards: usize,
    parity_shards: usize,
    /// Shards by index, until the block is whole.
    shards: Vec<Option<Box<[u8]>>>,
    count: usize,
    next: usize,
    whole: Option<Vec<u8>>,
}

impl ReceiveBlock {
    pub(crate) fn new(data_shards: usize, parity_shards: usize) -> Self {
        Self {
            data_shards,
            parity_shards,
            shards: Vec::new(),
            count: 0,
            next: 0,
            whole: None,
        }
    }

    /// Distinct shards received.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// One more than the highest index received.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Takes a shard; true if it is new and wanted.
    pub(crate) fn add(&mut self, index: usize, bytes: &[u8]) -> bool {
        if self.whole.is_some()
            || bytes.len() != SHARD_BYTES
            || index >= self.data_shards + self.parity_shards
        {
            return false;
        }
        if self.shards.is_empty() {
            self.shards
                .resize(self.data_shards + self.parity_shards, None);
        }
        let Some(slot) = self.shards.get_mut(index) else {
            return false;
        };
        if slot.is_some() {
            return false;
        }
        *slot = Some(bytes.into());
        self.count += 1;
        self.next = self.next.max(index + 1);
        if self.count >= self.data_shards {
            self.whole = self.decode();
            if self.whole.is_some() {
                self.shards = Vec::new();
            }
        }
        true
    }

    fn decode(&self) -> Option<Vec<u8>> {
        let (data, parity) = self.shards.split_at_checked(self.data_shards)?;
        let mut out = Vec::with_capacity(self.data_shards * SHARD_BYTES);
        if data.iter().all(Option::is_some) {
            data.iter()
                .flatten()
                .for_each(|shard| out.extend_from_slice(shard));
            return Some(out);
        }
        let mut decoder =
            ReedSolomonDecoder::new(self.data_shards, self.parity_shards, SHARD_BYTES).ok()?;
        for (index, shard) in data.iter().enumerate() {
            if let Some(shard) = shard {
                decoder.add_original_shard(index, shard).ok()?;
            }
        }
        for (index, shard) in parity.iter().enumerate() {
            if let Some(shard) = shard {
                decoder.add_recovery_shard(index, shard).ok()?;
            }
        }
        let restored = decoder.decode().ok()?;
        for (index, shard) in data.iter().enumerate() {
            match shard {
                Some(shard) => out.extend_from_slice(shard),
                None => out.extend_from_slice(restored.restored_original(index)?),
            }
        }
        Some(out)
    }

    /// The restored bytes, padding included.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        self.whole.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_k_shards_restore_a_block() {
        for data_shards in [1usize, 2, 9, 300] {
            let parity_shards = (2 * data_shards).max(32);
            let text: Vec<u8> = (0..data_shards * SHARD_BYTES - 5)
                .map(|i| (i * 31 % 251) as u8)
                .collect();
            let mut block = SendBlock::new(text.clone(), data_shards, parity_shards);
            for first in [0, data_shards / 2, data_shards, parity_shards] {
                let mut back = ReceiveBlock::new(data_shards, parity_shards);
                for index in first..first + data_shards {
                    assert!(back.bytes().is_none());
                    block.prepare(index).unwrap();
                    let shard = block.shard(index).map(<[u8]>::to_vec).unwrap_or_default();
                    assert!(back.add(index, &shard));
                    assert!(!back.add(index, &shard), "counted once");
                }
                assert_eq!(back.bytes().map(|all| &all[..text.len()]), Some(&text[..]));
            }
        }
    }
}
