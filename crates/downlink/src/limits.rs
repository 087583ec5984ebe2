//! Every limit of the protocol, in one place.

use core::time::Duration;

/// Largest datagram, bytes, without IP and UDP headers.
pub const DATAGRAM_MAX_BYTES: usize = 1200;
/// Header of a data datagram: version and kind 1, session tag 4, counter 6.
pub(crate) const HEADER_BYTES: usize = 11;
/// Poly1305 tag.
pub(crate) const TAG_BYTES: usize = 16;
/// Most bytes of frames in one datagram.
pub(crate) const FRAMES_MAX_BYTES: usize = DATAGRAM_MAX_BYTES - HEADER_BYTES - TAG_BYTES;
/// Shard frame before its bytes: kind 1, object 8, block 2, index 2.
pub(crate) const SHARD_HEADER_BYTES: usize = 13;
/// Bytes of one shard; even, as the code needs.
pub const SHARD_BYTES: usize = FRAMES_MAX_BYTES - SHARD_HEADER_BYTES;
/// Most data shards in a block: 1.2 MB, which decodes in a few milliseconds.
pub const BLOCK_MAX_SHARDS: usize = 1024;
/// Least parity shards of a block, so that small blocks survive long losses.
pub(crate) const PARITY_MIN_SHARDS: usize = 32;
/// Largest object.
pub const OBJECT_MAX_BYTES: u64 = 128 << 20;
/// Most bytes of metadata (name and so on) of an object.
pub const META_MAX_BYTES: usize = 900;
/// Most bytes of one message.
pub const MESSAGE_MAX_BYTES: usize = FRAMES_MAX_BYTES - 7;
/// Most messages waiting; when full the oldest is dropped and counted.
pub const MESSAGE_QUEUE_MAX: usize = 512;
/// Times that a message is sent.
pub(crate) const MESSAGE_COPIES: u8 = 2;
/// Wait before a message is sent again.
pub(crate) const MESSAGE_REPEAT: Duration = Duration::from_millis(40);
/// Most objects on offer at once.
pub const OFFER_MAX: usize = 65_536;
/// Most events waiting for the shell; messages are dropped beyond, other events never pile up so far.
pub(crate) const EVENTS_MAX: usize = 65_536;
/// Bytes of encoded blocks the sender keeps.
pub(crate) const BLOCK_CACHE_BYTES: usize = 48 << 20;
/// Identifiers in one query.
pub(crate) const QUERY_MAX_IDS: usize = 140;
/// Times that a new object is asked about.
pub(crate) const QUERY_COPIES: u8 = 3;
/// Wait before asking again.
pub(crate) const QUERY_REPEAT: Duration = Duration::from_millis(300);
/// Shards of an object between announcements, until the receiver is seen to know it.
pub(crate) const ANNOUNCE_EVERY_SHARDS: u32 = 16;
/// Pacing debt that may be caught up after the sender was late.
pub(crate) const CATCH_UP: Duration = Duration::from_millis(120);
/// Wait between probes while nothing comes back.
pub(crate) const PROBE_EVERY: Duration = Duration::from_millis(100);
/// Wait between probes when connected and idle.
pub(crate) const IDLE_PROBE_EVERY: Duration = Duration::from_millis(500);
/// Silence that counts as an outage, at least.
pub(crate) const SILENCE_MIN: Duration = Duration::from_millis(2000);
/// Send times remembered for the round-trip estimate.
pub(crate) const SENT_TIMES_MAX: usize = 16_384;
/// Most bytes of frames in one feedback datagram.
pub(crate) const FEEDBACK_MAX_BYTES: usize = 380;
/// Shortest wait between feedback datagrams.
pub(crate) const FEEDBACK_FAST: Duration = Duration::from_millis(100);
/// Wait when few datagrams arrive.
pub(crate) const FEEDBACK_SLOW: Duration = Duration::from_millis(200);
/// Datagrams that call for the fast rate.
pub(crate) const FEEDBACK_FAST_AFTER: u32 = 8;
/// Times each fact is reported.
pub(crate) const REPORT_COPIES: u8 = 3;
/// Facts waiting to be reported; the oldest is dropped beyond (the sender asks again).
pub(crate) const REPORTS_MAX: usize = 16_384;
/// Objects partly received; the least recently touched is forgotten beyond.
pub const PARTIAL_MAX: usize = 4_096;
/// Finished objects remembered; the oldest is forgotten beyond (the sender then sends it again).
pub const DONE_MAX: usize = 262_144;
/// Times that an object may arrive with the wrong hash before it is refused.
pub(crate) const HASH_FAILURES_MAX: u8 = 3;
/// Handshakes that may be open at once.
pub(crate) const PENDING_SESSIONS_MAX: usize = 4;
/// Bits of the replay window.
pub(crate) const REPLAY_WINDOW: u64 = 4096;
/// Largest counter (48 bits on the wire).
pub(crate) const COUNTER_MAX: u64 = (1 << 48) - 1;

const _: () = assert!(SHARD_BYTES.is_multiple_of(2));
