//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

/// A failure of the store: names the action, the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error("{action} {}: the disk is full; free some space there and try again (nothing already stored is lost)", path.display())]
    DiskFull {
        /// What was being done.
        action: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The catalogue refused.
    #[error("{action} in the catalogue: {source}")]
    Catalogue {
        /// What was being done.
        action: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
    /// The catalogue was made by a newer program.
    #[error("open the catalogue {}: it has version {found}, this program knows up to {known}; use a newer program", path.display())]
    TooNew {
        /// The catalogue.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// A blob is not what its name says.
    #[error(
        "read blob {hash}: its content does not match its name; the disk is damaged, restore it from a copy"
    )]
    Damaged {
        /// Its name.
        hash: String,
    },
    /// No such thing.
    #[error("find {what}: there is none")]
    Missing {
        /// What was looked for.
        what: String,
    },
    /// The audit log was changed or has a gap.
    #[error(
        "verify the audit log: row {seq} does not follow from the row before; the log was changed outside the program"
    )]
    AuditBroken {
        /// The first row that does not fit.
        seq: i64,
    },
    /// A flight log cannot be read or written.
    #[error("{action} {}: {why}", path.display())]
    Log {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Sign-in refused.
    #[error("sign in: {0}")]
    SignIn(&'static str),
}

impl StoreError {
    /// True when the only remedy is room on the disk.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == std::io::ErrorKind::StorageFull {
            Self::DiskFull { action, path }
        } else {
            Self::Io {
                action,
                path,
                source,
            }
        }
    }

    pub(crate) fn sql(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
            Self::DiskFull {
                action,
                path: path.to_path_buf(),
            }
        } else {
            Self::Catalogue { action, source }
        }
    }
}
