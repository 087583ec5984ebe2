//! Whimbrel's `downlink`: files to datagrams and back over a bad radio.
//!
//! A [`Sender`] on the aircraft and a [`Receiver`] on the ground, both without sockets, clock, files or
//! threads: the shell passes datagrams to `handle`, sends what `poll` returns, and calls `poll` again no
//! later than `next_deadline`. Time is a [`Duration`](core::time::Duration) since any fixed moment.
//!
//! * **Objects** (a photo's thumbnail, preview, original …) are named by content ([`ObjectId`]), cut in
//!   blocks of at most [`BLOCK_MAX_SHARDS`](limits::BLOCK_MAX_SHARDS) shards and sent as Reed–Solomon
//!   shards: any K of a block restore it, so feedback is a count, not a list.
//! * **Scheduling** is by strict priority and deficit: `need = K − received − inflight · (1 − p̂)`. When
//!   nothing is needed, the spare air carries a margin of parity for what is still in flight.
//! * **Pacing**: the given rate × 0.97, IP and UDP headers counted.
//! * **Outage**: after two seconds of silence only probes go out; the first answer resumes.
//! * **Acknowledged is durable**: an object is reported done only after [`Receiver::stored`].
//! * **Restarts**: the receiver reloads from its [`Scratch`]; the sender offers again, asks what is known
//!   and gets counts and done lists back.
//! * **Security**: a two-way handshake mixes fresh randomness of both ends into the keys of each direction
//!   (HKDF-SHA-256), each datagram is sealed by ChaCha20-Poly1305 with a counter as nonce, a window drops
//!   replays. Sources: RFC 5869, RFC 8439.
//! * **Messages**: small ones go before everything else, twice, either way.
//!
//! Decoding happens inside [`Receiver::handle`]: a block is at most 1.2 MB, a few milliseconds of work, so
//! a socket with a receive buffer of some megabytes loses nothing meanwhile. Storing is the shell's, and
//! may take as long as it wants.
//!
//! ```
//! use std::time::Duration;
//! use whimbrel_downlink::{Event, Key, NoScratch, ObjectInfo, Receiver, ReceiverConfig, Sender, SenderConfig};
//!
//! let key = Key::from_bytes([1; 32]);
//! let mut sender = Sender::new(SenderConfig::new(key.clone(), [2; 16], 2e6));
//! let mut receiver = Receiver::new(ReceiverConfig::new(key, [3; 16]), NoScratch).unwrap();
//! let data = vec![7u8; 30_000];
//! let id = sender.offer(ObjectInfo::for_bytes(0, 1, b"a.jpg".to_vec(), &data), Box::new(data)).unwrap();
//! let mut now = Duration::ZERO;
//! while !sender.is_delivered(id) {
//!     now += Duration::from_millis(1);
//!     while let Some(datagram) = sender.poll(now) {
//!         receiver.handle(now, &datagram).unwrap();
//!     }
//!     while let Some(event) = receiver.next_event() {
//!         if let Event::ObjectComplete { id, .. } = event {
//!             receiver.stored(id); // after writing and syncing it
//!         }
//!     }
//!     while let Some(datagram) = receiver.poll(now) {
//!         sender.handle(now, &datagram).unwrap();
//!     }
//! }
//! ```

mod channel;
mod code;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod key;
pub mod limits;
mod message;
mod object;
mod queue;
mod receiver;
mod scratch;
mod sender;

pub use channel::Reject;
pub use key::{Key, KeyError};
pub use message::MessageTooLong;
pub use object::{Codec, ObjectId, ObjectInfo, Source};
pub use receiver::{Event, Receiver, ReceiverConfig, ReceiverError, ReceiverStats};
pub use scratch::{NoScratch, Saved, SavedObject, SavedShard, Scratch};
pub use sender::{ObjectProgress, OfferError, Sender, SenderConfig, SenderEvent, SenderStats};
