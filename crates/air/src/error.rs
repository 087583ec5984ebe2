//! What can go wrong on the aircraft and in a transfer.

use std::path::{Path, PathBuf};

use whimbrel_store::StoreError;

use crate::links::OpenError;

/// A failure: names the action, the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum AirError {
    /// A file or folder.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was being done.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The endpoint of the radio is not UDP.
    #[error("use `{0}` for the radio: it must be udp:HOST:PORT")]
    NotUdp(String),
    /// The socket.
    #[error("open {endpoint}: {source}; check the address, or choose another port")]
    Socket {
        /// Which.
        endpoint: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A link to the autopilot.
    #[error(transparent)]
    Link(#[from] OpenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random numbers.
    #[error("make a session: the system gives no random numbers")]
    Random,
    /// A thread.
    #[error("start a thread: {0}")]
    Thread(std::io::Error),
    /// Nothing to send.
    #[error("send {}: there is no file in it", .0.display())]
    Empty(PathBuf),
    /// The other end does not answer.
    #[error(
        "reach {to}: no answer for {waited_s} s; is `whimbrel receive` running there with the same key?"
    )]
    NoAnswer {
        /// Where.
        to: String,
        /// How long.
        waited_s: u64,
    },
    /// What was received before cannot be read.
    #[error("go on with what was received before: {0}")]
    Resume(String),
}

impl AirError {
    pub(crate) fn file(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == std::io::ErrorKind::StorageFull {
            return Self::Store(StoreError::DiskFull { action, path });
        }
        Self::File {
            action,
            path,
            source,
        }
    }

    /// True when the reason is that nobody answered.
    #[must_use]
    pub fn is_no_connection(&self) -> bool {
        matches!(self, Self::NoAnswer { .. })
    }
}
