//! The catalogue: one SQLite file, written so that what was committed survives a power cut.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;

use crate::blob::{BlobHash, Blobs};
use crate::error::StoreError;
use crate::shards::ShardFiles;
use crate::storage::{RealDisk, Storage};

/// Version of the tables.
const SCHEMA_VERSION: i64 = 1;
/// Changes that the outbox keeps at least; a reader that is farther behind has to read the tables again.
pub const OUTBOX_KEPT: i64 = 50_000;
/// The outbox is trimmed once in so many changes, by at most twice as many.
const OUTBOX_TRIM_EVERY: i64 = 500;
/// Events that a slow subscriber may be behind before it has to read them from the outbox.
const SUBSCRIBER_QUEUE: usize = 4096;

const SCHEMA: &str = "
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE vehicle (id TEXT PRIMARY KEY, seen_ms INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
CREATE TABLE mission (
  id INTEGER PRIMARY KEY AUTOINCREMENT, created_ms INTEGER NOT NULL, name TEXT NOT NULL,
  blob TEXT, data TEXT NOT NULL) STRICT;
CREATE TABLE flight (
  id INTEGER PRIMARY KEY AUTOINCREMENT, vehicle TEXT NOT NULL, mission INTEGER REFERENCES mission(id),
  started_ms INTEGER NOT NULL, ended_ms INTEGER, log TEXT, data TEXT NOT NULL) STRICT;
CREATE TABLE photo (
  id INTEGER PRIMARY KEY AUTOINCREMENT, vehicle TEXT NOT NULL, name TEXT NOT NULL,
  flight INTEGER REFERENCES flight(id), taken_ms INTEGER, arrived_ms INTEGER NOT NULL,
  thumb TEXT, preview TEXT, mapping TEXT, original TEXT,
  state TEXT NOT NULL, reason TEXT, data TEXT NOT NULL, UNIQUE (vehicle, name)) STRICT;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  subject TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE code (hash TEXT PRIMARY KEY, user TEXT NOT NULL, role TEXT NOT NULL, expires_ms INTEGER NOT NULL) STRICT;
CREATE TABLE session (
  hash TEXT PRIMARY KEY, user TEXT NOT NULL, role TEXT NOT NULL, created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL) STRICT;
";

/// A change, as local readers and later a fleet of servers hear it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEvent {
    /// Its number; gaps do not occur, but the oldest go (see [`OUTBOX_KEPT`]).
    pub seq: i64,
    /// When.
    pub time: Duration,
    /// What kind of change (`photo`, `flight`, `mission`, `vehicle`, `audit` …).
    pub kind: String,
    /// The id of what changed.
    pub subject: String,
    /// Details.
    pub data: Value,
}

struct Inner {
    connection: Connection,
    subscribers: Vec<SyncSender<OutboxEvent>>,
}

/// All records of one ground station or aircraft, in one folder. Cheap to clone; every method may be called
/// from any thread and returns when its change is durable.
#[derive(Clone)]
pub struct Store {
    dir: PathBuf,
    inner: Arc<Mutex<Inner>>,
    blobs: Blobs,
    storage: Arc<dyn Storage>,
}

impl Store {
    /// Opens a folder, which is created if missing: `catalogue.sqlite`, `blobs/`, `flights/`, `scratch/`.
    ///
    /// # Errors
    /// When it cannot be created or opened, or was made by a newer program.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(dir, Arc::new(RealDisk))
    }

    /// As [`open`](Self::open) with another disk behind blobs and scratch (SQLite has its own tests for that).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(dir: &Path, storage: Arc<dyn Storage>) -> Result<Self, StoreError> {
        for folder in [dir.to_path_buf(), dir.join("flights")] {
            std::fs::create_dir_all(&folder)
                .map_err(|error| StoreError::io("create the folder", &folder, error))?;
        }
        let blobs = Blobs::open(&dir.join("blobs"), Arc::clone(&storage))?;
        let path = dir.join("catalogue.sqlite");
        let connection = open_catalogue(&path)?;
        let inner = Arc::new(Mutex::new(Inner {
            connection,
            subscribers: Vec::new(),
        }));
        Ok(Self {
            dir: dir.to_path_buf(),
            inner,
            blobs,
            storage,
        })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a flight's log goes: `flights/NAME.mcap` with everything but letters, digits, `-` and `_` replaced.
    #[must_use]
    pub fn flight_log_path(&self, name: &str) -> PathBuf {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '_'
            }
        };
        let name: String = name.chars().take(80).map(safe).collect();
        self.dir.join("flights").join(format!("{name}.mcap"))
    }

    /// The scratch files of the downlink's receiver named `name`.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn scratch(&self, name: &str) -> Result<ShardFiles, StoreError> {
        let keep = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        let mut safe: String = name.chars().filter(keep).take(40).collect();
        if safe != name || safe.is_empty() {
            // Two names must not share a folder: one would take the other's shards for its own.
            safe.push_str(&format!(
                "-{}",
                &BlobHash::of(name.as_bytes()).to_hex()[..16]
            ));
        }
        ShardFiles::open(
            &self.dir.join("scratch").join(safe),
            Arc::clone(&self.storage),
        )
    }

    /// Stores bytes by content; durable when this returns.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        self.blobs.put(bytes)
    }

    /// Reads bytes back.
    ///
    /// # Errors
    /// When they are missing or damaged.
    pub fn get_blob(&self, hash: BlobHash) -> Result<Vec<u8>, StoreError> {
        self.blobs.get(hash)
    }

    /// The file of a blob.
    #[must_use]
    pub fn blob_path(&self, hash: BlobHash) -> PathBuf {
        self.blobs.path(hash)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere rolled its transaction back: the connection is as good as before.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads from the catalogue.
    pub(crate) fn read<T>(
        &self,
        action: &'static str,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        query(&self.lock().connection).map_err(|error| StoreError::sql(action, &self.dir, error))
    }

    /// Changes the catalogue: the change and its outbox events are one transaction; subscribers hear of it
    /// after the commit.
    pub(crate) fn change<T>(
        &self,
        action: &'static str,
        now: Duration,
        change: impl FnOnce(&Transaction<'_>, &mut Vec<OutboxEvent>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut inner = self.lock();
        let fail = |error| StoreError::sql(action, &self.dir, error);
        let mut events = Vec::new();
        let transaction = inner
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(fail)?;
        let result = change(&transaction, &mut events).map_err(fail)?;
        for event in &mut events {
            event.time = now;
            transaction
                .execute(
                    "INSERT INTO outbox (time_ms, kind, subject, data) VALUES (?1, ?2, ?3, ?4)",
                    params![
                        to_ms(now),
                        event.kind,
                        event.subject,
                        event.data.to_string()
                    ],
                )
                .map_err(fail)?;
            event.seq = transaction.last_insert_rowid();
            if event.seq % OUTBOX_TRIM_EVERY == 0 {
                trim_outbox(&transaction, event.seq).map_err(fail)?;
            }
        }
        transaction.commit().map_err(fail)?;
        for event in events {
            inner.subscribers.retain(|subscriber| {
                !matches!(
                    subscriber.try_send(event.clone()),
                    Err(TrySendError::Disconnected(_))
                )
            });
        }
        Ok(result)
    }

    /// Hears of each change from now on. A subscriber that falls far behind misses some: gaps in `seq` say so,
    /// and [`outbox_since`](Self::outbox_since) has them.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<OutboxEvent> {
        let (sender, receiver) = sync_channel(SUBSCRIBER_QUEUE);
        self.lock().subscribers.push(sender);
        receiver
    }

    /// Up to `limit` changes after number `seq` (0 for the first that is kept). When the first has a number beyond
    /// `seq + 1`, those between are kept no longer.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn outbox_since(&self, seq: i64, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        self.read("read the outbox", |sql| {
            let mut query =
                sql.prepare_cached("SELECT seq, time_ms, kind, subject, data FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
            let rows = query.query_map(params![seq, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(OutboxEvent {
                    seq: row.get(0)?,
                    time: from_ms(row.get(1)?),
                    kind: row.get(2)?,
                    subject: row.get(3)?,
                    data: json(row.get(4)?),
                })
            })?;
            rows.collect()
        })
    }

    /// Lets the catalogue grow no further, as a full disk would.
    #[doc(hidden)]
    pub fn limit_pages_for_test(&self) {
        let inner = self.lock();
        let pages = inner
            .connection
            .pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0));
        let _ = pages.map(|pages| {
            inner
                .connection
                .pragma_update(None, "max_page_count", pages + 1)
        });
    }

    /// A setting.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read("read a setting", |sql| {
            sql.query_row("SELECT value FROM setting WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()
        })
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn set_setting(&self, now: Duration, key: &str, value: &str) -> Result<(), StoreError> {
        self.change("write a setting", now, |sql, _| {
            sql.execute(
                "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)",
                [key, value],
            )?;
            Ok(())
        })
    }
}

fn trim_outbox(sql: &Transaction<'_>, newest: i64) -> rusqlite::Result<usize> {
    sql.execute(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE seq <= ?1 ORDER BY seq LIMIT ?2)",
        [newest - OUTBOX_KEPT, 2 * OUTBOX_TRIM_EVERY],
    )
}

fn open_catalogue(path: &Path) -> Result<Connection, StoreError> {
    let fail = |error| StoreError::sql("open it", path, error);
    let mut connection = Connection::open(path).map_err(fail)?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(fail)?;
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(fail)?;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(fail)?;
    connection
        .pragma_update(None, "foreign_keys", "ON")
        .map_err(fail)?;
    let transaction = connection.transaction().map_err(fail)?;
    let found: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(fail)?;
    match found {
        0 => {
            transaction.execute_batch(SCHEMA).map_err(fail)?;
            transaction
                .pragma_update(None, "user_version", SCHEMA_VERSION)
                .map_err(fail)?;
        }
        SCHEMA_VERSION => {}
        found => {
            return Err(StoreError::TooNew {
                path: path.to_path_buf(),
                found,
                known: SCHEMA_VERSION,
            });
        }
    }
    transaction.commit().map_err(fail)?;
    Ok(connection)
}

pub(crate) fn event(kind: &str, subject: impl ToString, data: Value) -> OutboxEvent {
    OutboxEvent {
        seq: 0,
        time: Duration::ZERO,
        kind: kind.to_owned(),
        subject: subject.to_string(),
        data,
    }
}

pub(crate) fn to_ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn from_ms(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

pub(crate) fn json(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
