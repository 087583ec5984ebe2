//! How much of a file is read at most.

use super::FormatError;

/// Largest file that is read; also of one inside an archive.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;
/// Most bytes that one archive may unpack to.
pub const MAX_UNPACKED_BYTES: usize = 64 * 1024 * 1024;
/// Most entries of an archive that is looked into.
pub const MAX_ARCHIVE_ENTRIES: usize = 10_000;
/// Most files of one archive that are read.
pub const MAX_ARCHIVE_MEMBERS: usize = 100;
/// Most items that a mission file may have.
pub const MAX_ITEMS: usize = 65_535;
/// Most vertices, over all rings, lines and zones, that a file may have.
pub const MAX_VERTICES: usize = 500_000;
/// Most areas, and most lines, that one file may have.
pub const MAX_AREAS: usize = 10_000;
/// Most zones that one file may have.
pub const MAX_ZONES: usize = 50_000;
/// Deepest nesting of elements and geometries that is read.
pub const MAX_DEPTH: usize = 64;
/// Most steps (thousands of virtual machine instructions) that a GeoPackage's
/// own views may cost.
pub const MAX_SQL_STEPS: u32 = 20_000;

pub(crate) fn check_size(bytes: &[u8]) -> Result<(), FormatError> {
    if bytes.len() > MAX_FILE_BYTES {
        Err(FormatError::TooLarge(bytes.len()))
    } else {
        Ok(())
    }
}
