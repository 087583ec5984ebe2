//! How a command ends: exit codes, one clear line for an error, JSON where it was asked for.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::Context;

/// Exit codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did not work.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A check failed, or it was refused as unsafe.
    Refused = 3,
    /// Nobody answered.
    NoConnection = 4,
}

/// An error and the exit code that it ends with.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What failed, innermost cause last.
    pub error: anyhow::Error,
}

/// Result of a command.
pub type Done = Result<(), Failure>;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
        }
    }
}

impl Failure {
    /// A failure with an exit code of its own.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!(message.into()),
        }
    }
}

/// Give a result an exit code other than 1.
pub trait Exits<T> {
    /// End with `exit` when it failed.
    fn exits(self, exit: Exit) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Exits<T> for Result<T, E> {
    fn exits(self, exit: Exit) -> Result<T, Failure> {
        self.map_err(|e| Failure {
            exit,
            error: e.into(),
        })
    }
}

/// Print one JSON document or line on stdout. A reader that went away ends the program quietly.
pub fn print_json(value: &serde_json::Value) {
    print_line(&value.to_string());
}

/// Print one line on stdout.
pub fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Print one line on stderr: what goes on, for people.
pub fn log(line: &str) {
    // Nothing can be said when stderr itself is gone.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A progress bar on a terminal, nothing elsewhere.
pub fn progress(total: u64, what: &str) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new(total);
    if let Ok(style) =
        indicatif::ProgressStyle::with_template("{msg:22} {bar:40} {pos}/{len} {eta}")
    {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// Read a file; the error names it.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// Write a file whole or not at all: beside it first, then renamed.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("make the folder {}", folder.display()))?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let attempt = std::fs::File::create(beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = attempt {
        // The part is of no use; the first error is the one to tell.
        let _ = std::fs::remove_file(beside);
        return Err(error).with_context(|| {
            format!(
                "write {} ({} bytes): is the disk full or the folder read-only?",
                path.display(),
                bytes.len()
            )
        });
    }
    std::fs::rename(beside, path).with_context(|| format!("put {} in place", path.display()))
}
