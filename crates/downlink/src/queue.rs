//! What is on the sender's queue, and how much of it the receiver has.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::code::SendBlock;
use crate::frame::Frame;
use crate::limits::{ANNOUNCE_EVERY_SHARDS, BLOCK_CACHE_BYTES};
use crate::object::{Codec, Geometry, ObjectId, ObjectInfo, Source};

pub(crate) struct Block {
    pub(crate) data_shards: usize,
    pub(crate) total_shards: usize,
    pub(crate) received: usize,
    pub(crate) next_index: usize,
    pub(crate) wrapped: bool,
    pub(crate) inflight: VecDeque<u64>,
}

impl Block {
    pub(crate) fn expected(&self, loss: f64) -> f64 {
        self.received as f64 + self.inflight.len() as f64 * (1.0 - loss)
    }

    /// The deficit rule.
    pub(crate) fn needs(&self, loss: f64) -> bool {
        self.received < self.data_shards && self.expected(loss) < self.data_shards as f64 - 1e-6
    }

    /// Worth spare air: three standard deviations of what is in flight, and two.
    pub(crate) fn could_use(&self, loss: f64) -> bool {
        let deviation = (self.inflight.len() as f64 * loss * (1.0 - loss)).sqrt();
        self.received < self.data_shards
            && self.expected(loss) < self.data_shards as f64 + 2.0 + 3.0 * deviation
    }

    pub(crate) fn heard(&mut self, count: usize, next: usize, highest: u64) {
        self.received = count;
        while self
            .inflight
            .front()
            .is_some_and(|counter| *counter <= highest)
        {
            self.inflight.pop_front();
        }
        if self.received >= self.data_shards {
            self.inflight.clear();
        }
        // After a restart the receiver may hold shards that this run never sent: go on behind them.
        if !self.wrapped && next > self.next_index {
            self.next_index = next;
        }
    }

    pub(crate) fn next_shard(&mut self) -> usize {
        if self.next_index >= self.total_shards {
            self.next_index = 0;
            self.wrapped = true;
        }
        self.next_index += 1;
        self.next_index - 1
    }
}

pub(crate) struct Outgoing {
    pub(crate) info: ObjectInfo,
    pub(crate) source: Box<dyn Source>,
    pub(crate) geometry: Geometry,
    pub(crate) order: u64,
    pub(crate) blocks: Vec<Block>,
    /// No block before this one needs anything.
    pub(crate) cursor: usize,
    pub(crate) known: bool,
    pub(crate) announced: u32,
    pub(crate) last_announce: u64,
    pub(crate) shards_since_announce: u32,
    /// When it was last sent, reported or asked about.
    pub(crate) active_at: Duration,
}

pub(crate) type Place = (Reverse<u32>, u64, ObjectId);

impl Outgoing {
    pub(crate) fn place(&self, id: ObjectId) -> Place {
        (Reverse(self.info.priority), self.order, id)
    }

    pub(crate) fn announcement_due(&self, loss: f64) -> bool {
        let copies = if loss < 0.02 {
            1
        } else if loss < 0.25 {
            2
        } else {
            3
        };
        !self.known
            && (self.announced == 0
                || (self.announced < copies && self.shards_since_announce >= 3)
                || self.shards_since_announce >= ANNOUNCE_EVERY_SHARDS)
    }
}

pub(crate) struct Question {
    pub(crate) due: Duration,
    pub(crate) id: ObjectId,
    pub(crate) copies: u8,
    pub(crate) strict: bool,
}

pub(crate) fn write_announcement(
    object: &mut Outgoing,
    counter: u64,
    now: Duration,
    out: &mut Vec<u8>,
) {
    Frame::Announce {
        codec: Codec::ReedSolomon,
        info: object.info.clone(),
    }
    .write(out);
    object.announced += 1;
    object.last_announce = counter;
    object.shards_since_announce = 0;
    object.active_at = now;
}

/// Encoded blocks, the least recently used dropped beyond [`BLOCK_CACHE_BYTES`].
#[derive(Default)]
pub(crate) struct BlockCache {
    blocks: BTreeMap<(ObjectId, usize), (u64, SendBlock)>,
    bytes: usize,
    uses: u64,
}

impl BlockCache {
    /// Memory held.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn forget(&mut self, id: ObjectId) {
        let keys: Vec<_> = self
            .blocks
            .range((id, 0)..=(id, usize::MAX))
            .map(|(key, _)| *key)
            .collect();
        keys.into_iter().for_each(|key| self.remove(key));
    }

    fn remove(&mut self, key: (ObjectId, usize)) {
        if let Some((_, block)) = self.blocks.remove(&key) {
            self.bytes -= block.bytes();
        }
    }

    /// A shard of a block, which is read and encoded if it is not here.
    pub(crate) fn shard(
        &mut self,
        id: ObjectId,
        object: &mut Outgoing,
        number: usize,
        index: usize,
    ) -> Result<&[u8], String> {
        self.uses += 1;
        let key = (id, number);
        if !self.blocks.contains_key(&key) {
            let (offset, length) = object.geometry.span(number);
            let mut data = vec![0u8; length];
            object.source.read_at(offset, &mut data)?;
            let (shards, parity) = (
                object.geometry.data_shards(number),
                object.geometry.parity_shards(number),
            );
            let block = SendBlock::new(data, shards, parity);
            self.bytes += block.bytes();
            self.blocks.insert(key, (self.uses, block));
        }
        while self.bytes > BLOCK_CACHE_BYTES {
            let others = self.blocks.iter().filter(|(other, _)| **other != key);
            let Some(oldest) = others
                .min_by_key(|(_, (used, _))| *used)
                .map(|(other, _)| *other)
            else {
                break;
            };
            self.remove(oldest);
        }
        let Some((used, block)) = self.blocks.get_mut(&key) else {
            return Err("it is gone".to_owned());
        };
        *used = self.uses;
        let before = block.bytes();
        block.prepare(index)?;
        self.bytes += block.bytes() - before;
        block.shard(index).ok_or_else(|| "no such shard".to_owned())
    }
}
