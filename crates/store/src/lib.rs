//! Whimbrel's `store`: records that survive.
//!
//! [`Store::open`] opens a folder; everything is synchronous, may be called from any thread, and returns when
//! the change is durable. Times are given by the caller.
//!
//! | what | how |
//! |---|---|
//! | blobs | [`Store::put_blob`], [`get_blob`](Store::get_blob), [`blob_path`](Store::blob_path): files named by SHA-256, synced before any row names them |
//! | photos | [`add_photo_layer`](Store::add_photo_layer), [`set_photo_state`](Store::set_photo_state), [`photos`](Store::photos), [`photo_counts`](Store::photo_counts), [`photo`](Store::photo), [`photo_named`](Store::photo_named) |
//! | missions | [`add_mission`](Store::add_mission), [`set_mission`](Store::set_mission), [`mission`](Store::mission), [`missions`](Store::missions) |
//! | vehicles | [`put_vehicle`](Store::put_vehicle), [`vehicles`](Store::vehicles) |
//! | flights | [`start_flight`](Store::start_flight), [`end_flight`](Store::end_flight), [`flights`](Store::flights); logs: [`FlightLog`], [`read_log`], [`flight_log_path`](Store::flight_log_path) |
//! | audit log | [`audit`](Store::audit), [`audit_since`](Store::audit_since), [`verify_audit`](Store::verify_audit): hash-chained |
//! | changes | [`subscribe`](Store::subscribe), [`outbox_since`](Store::outbox_since): in one transaction with the change itself |
//! | sign-in | [`new_code`](Store::new_code), [`redeem_code`](Store::redeem_code), [`session`](Store::session), [`close_session`](Store::close_session) |
//! | settings | [`setting`](Store::setting), [`set_setting`](Store::set_setting) |
//! | receiver's scratch | [`scratch`](Store::scratch) → [`ShardFiles`] |
//!
//! The catalogue is SQLite with write-ahead log and `synchronous = FULL`. Our own files go through [`Storage`].

mod access;
mod audit;
mod blob;
mod catalogue;
mod error;
mod flight_log;
mod records;
mod shards;
mod storage;

pub use access::Session;
pub use audit::AuditRow;
pub use blob::{BlobHash, Blobs};
pub use catalogue::{OUTBOX_KEPT, OutboxEvent, Store};
pub use error::StoreError;
pub use flight_log::{FlightLog, LogRecord, ReadLog, Way, read_log};
pub use records::{FlightRow, Layer, MissionRow, PhotoRow, VehicleRow};
pub use shards::{SavedPart, SavedParts, ShardFiles};
pub use storage::{RealDisk, Storage, write_atomically};
