//! Files as sources of objects: nothing of them is kept in memory but the blocks being sent.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use whimbrel_downlink::Source;

/// Reads a file for the sender; opened for each block, so that thousands may wait.
pub struct FileSource(pub PathBuf);

impl Source for FileSource {
    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), String> {
        let mut read = |path: &Path| {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(buf)
        };
        read(&self.0).map_err(|error| format!("read {}: {error}", self.0.display()))
    }
}

/// Length and SHA-256 of a file.
///
/// # Errors
/// As the system says.
pub fn measure(path: &Path) -> std::io::Result<(u64, [u8; 32])> {
    let mut file = File::open(path)?;
    let (mut hash, mut length) = (Sha256::new(), 0u64);
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((length, hash.finalize().into()));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        length += count as u64;
    }
}

/// All files of a folder and its subfolders, as paths within it with `/`, sorted. Hidden ones are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_in(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((dir, prefix, depth)) = waiting.pop() {
        for entry in std::fs::read_dir(&dir)? {
            let entry = entry?;
            // A name that is no text cannot travel as one; it is left out like a hidden file.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') || names.len() >= FILES_MAX {
                continue;
            }
            let kind = entry.file_type()?;
            let name = format!("{prefix}{name}");
            if kind.is_file() {
                names.push(name);
            } else if kind.is_dir() && depth < DEPTH_MAX {
                waiting.push((entry.path(), format!("{name}/"), depth + 1));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Most files of one folder.
pub const FILES_MAX: usize = 60_000;
/// Deepest subfolder.
pub const DEPTH_MAX: usize = 8;
