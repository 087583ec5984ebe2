//! ZIP archives: KMZ, zipped shapefiles, and whatever else is sent zipped.
//! Nothing is written anywhere; what unpacks to too much is refused.

use super::FormatError;
use super::limits::{MAX_ARCHIVE_ENTRIES, MAX_ARCHIVE_MEMBERS, MAX_FILE_BYTES, MAX_UNPACKED_BYTES};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const FORMAT: &str = "ZIP archive";

/// Whether bytes begin as an archive does.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// An archive that is read within the limits.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
    unpacked: usize,
    members: usize,
}

impl<'a> Archive<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|e| FormatError::syntax(FORMAT, "", format!("{e}: get it again")))?;
        if zip.len() > MAX_ARCHIVE_ENTRIES {
            return Err(FormatError::TooMany {
                what: "files in it",
                limit: MAX_ARCHIVE_ENTRIES,
            });
        }
        let names = zip
            .file_names_raw()
            .map(|n| String::from_utf8_lossy(n).into_owned())
            .collect();
        Ok(Self {
            zip,
            names,
            unpacked: 0,
            members: 0,
        })
    }

    /// Names of the files that end so (without case), but for what macOS adds.
    pub(crate) fn ending(&self, suffix: &str) -> Vec<String> {
        self.names
            .iter()
            .filter(|n| n.to_ascii_lowercase().ends_with(suffix))
            .filter(|n| !n.starts_with("__MACOSX/") && !n.contains("/._"))
            .cloned()
            .collect()
    }

    /// The file of the same name with another ending, in whatever case.
    pub(crate) fn beside(
        &mut self,
        name: &str,
        suffix: &str,
    ) -> Result<Option<Vec<u8>>, FormatError> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let wanted = format!("{stem}.{suffix}");
        let there = self
            .names
            .iter()
            .find(|n| n.eq_ignore_ascii_case(&wanted))
            .cloned();
        there.map(|n| self.read(&n)).transpose()
    }

    /// Unpacks one file.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>, FormatError> {
        self.members += 1;
        if self.members > MAX_ARCHIVE_MEMBERS {
            return Err(FormatError::TooMany {
                what: "files in it that would be read",
                limit: MAX_ARCHIVE_MEMBERS,
            });
        }
        let index = self
            .names
            .iter()
            .position(|n| n == name)
            .unwrap_or(usize::MAX);
        let failed = |e: String| FormatError::syntax(FORMAT, name, e);
        let file = self
            .zip
            .by_index(index)
            .map_err(|e| failed(e.to_string()))?;
        let left = MAX_FILE_BYTES.min(MAX_UNPACKED_BYTES - self.unpacked);
        let mut bytes = Vec::new();
        // What the header says about the size is not trusted.
        file.take(left as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| failed(e.to_string()))?;
        if bytes.len() > left {
            return Err(FormatError::Bomb(name.to_owned()));
        }
        self.unpacked += bytes.len();
        Ok(bytes)
    }
}

/// Packs files; the same files make the same bytes.
pub(crate) fn pack(files: &[(&str, &[u8])]) -> Result<Vec<u8>, FormatError> {
    let failed = |e: String| FormatError::syntax(FORMAT, "", e);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(*name, options)
            .map_err(|e| failed(e.to_string()))?;
        writer.write_all(bytes).map_err(|e| failed(e.to_string()))?;
    }
    let cursor = writer.finish().map_err(|e| failed(e.to_string()))?;
    Ok(cursor.into_inner())
}
