//! Flight logs: MCAP files with the raw MAVLink frames and, as JSON, the state of the aircraft.
//!
//! Topics are `/vehicle/ID/mavlink/received`, `/vehicle/ID/mavlink/sent` (message encoding `mavlink`) and
//! any others as `json`. Times are nanoseconds since the Unix epoch, in the flight's own time. A log whose
//! program was killed reads back up to its last flush.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::StoreError;

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the aircraft.
    Received,
    /// To the aircraft.
    Sent,
}

/// Longest that a record waits for the disk, in the log's own time.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// A log that is being written.
pub struct FlightLog {
    path: PathBuf,
    writer: mcap::Writer<BufWriter<File>>,
    channels: HashMap<(String, &'static str), u16>,
    sequence: u32,
    flushed: Duration,
}

/// One record of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// When.
    pub time: Duration,
    /// What about.
    pub topic: String,
    /// `mavlink` or `json`.
    pub encoding: String,
    /// The frame, or the text.
    pub data: Vec<u8>,
}

/// A log that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLog {
    /// Its records in the order of writing.
    pub records: Vec<LogRecord>,
    /// False if it was not closed: then its end may be missing.
    pub complete: bool,
}

impl FlightLog {
    /// Starts a log; a file of that name is replaced.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let file = File::create(path)
            .map_err(|error| StoreError::io("create the flight log", path, error))?;
        let writer = mcap::WriteOptions::new()
            .compression(None)
            .profile("")
            .library("whimbrel")
            .create(BufWriter::new(file))
            .map_err(|error| log_error("start the flight log", path, &error))?;
        Ok(Self {
            path: path.to_path_buf(),
            writer,
            channels: HashMap::new(),
            sequence: 0,
            flushed: Duration::ZERO,
        })
    }

    /// Records a raw MAVLink frame.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn mavlink(
        &mut self,
        time: Duration,
        vehicle: &str,
        way: Way,
        frame: &[u8],
    ) -> Result<(), StoreError> {
        let way = if way == Way::Received {
            "received"
        } else {
            "sent"
        };
        self.record(
            time,
            &format!("/vehicle/{vehicle}/mavlink/{way}"),
            "mavlink",
            frame,
        )
    }

    /// Records anything else as JSON.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn json(
        &mut self,
        time: Duration,
        topic: &str,
        value: &serde_json::Value,
    ) -> Result<(), StoreError> {
        self.record(time, topic, "json", value.to_string().as_bytes())
    }

    fn record(
        &mut self,
        time: Duration,
        topic: &str,
        encoding: &'static str,
        data: &[u8],
    ) -> Result<(), StoreError> {
        let fail = |error: &mcap::McapError| log_error("write the flight log", &self.path, error);
        let key = (topic.to_owned(), encoding);
        let channel_id = match self.channels.get(&key) {
            Some(id) => *id,
            None => {
                let id = self
                    .writer
                    .add_channel(0, topic, encoding, &BTreeMap::new())
                    .map_err(|e| fail(&e))?;
                self.channels.insert(key, id);
                id
            }
        };
        self.sequence = self.sequence.wrapping_add(1);
        let log_time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let header = mcap::records::MessageHeader {
            channel_id,
            sequence: self.sequence,
            log_time,
            publish_time: log_time,
        };
        self.writer
            .write_to_known_channel(&header, data)
            .map_err(|e| fail(&e))?;
        if time >= self.flushed + FLUSH_EVERY {
            self.flushed = time;
            self.writer
                .flush()
                .map_err(|e| log_error("write the flight log", &self.path, &e))?;
        }
        Ok(())
    }

    /// Hands everything to the system: a killed process loses nothing of it.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.writer
            .flush()
            .map_err(|error| log_error("write the flight log", &self.path, &error))
    }

    /// Closes the log with its index and makes it durable.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.writer
            .finish()
            .map_err(|error| log_error("close the flight log", &self.path, &error))?;
        let file = File::open(&self.path)
            .map_err(|error| StoreError::io("close the flight log", &self.path, error))?;
        file.sync_all()
            .map_err(|error| StoreError::io("close the flight log", &self.path, error))
    }
}

fn log_error(action: &'static str, path: &Path, error: &mcap::McapError) -> StoreError {
    StoreError::Log {
        action,
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

/// Reads a log, also one that was cut off.
///
/// # Errors
/// When it cannot be opened or is not MCAP.
pub fn read_log(path: &Path) -> Result<ReadLog, StoreError> {
    let bytes =
        std::fs::read(path).map_err(|error| StoreError::io("read the flight log", path, error))?;
    if !bytes.starts_with(mcap::MAGIC) {
        let why = "it is not an MCAP file".to_owned();
        return Err(StoreError::Log {
            action: "read the flight log",
            path: path.to_path_buf(),
            why,
        });
    }
    let options = mcap::read::Options::IgnoreEndMagic.into();
    let stream = mcap::MessageStream::new_with_options(&bytes, options)
        .map_err(|error| log_error("read the flight log", path, &error))?;
    let mut records = Vec::new();
    let mut complete = mcap::read::footer(&bytes).is_ok();
    for message in stream {
        let Ok(message) = message else {
            complete = false;
            break;
        };
        records.push(LogRecord {
            time: Duration::from_nanos(message.log_time),
            topic: message.channel.topic.clone(),
            encoding: message.channel.message_encoding.clone(),
            data: message.data.into_owned(),
        });
    }
    Ok(ReadLog { records, complete })
}
