//! Chores of the workspace: `cargo xtask tidy` checks the rules of the house.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod edges;
mod files;
mod licences;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

/// One broken rule: where, and what to do.
pub type Fault = String;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

fn metadata(root: &Path) -> Result<serde_json::Value> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .context("run cargo metadata")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("read what cargo metadata says")
}

fn tidy() -> Result<Vec<Fault>> {
    let root = root();
    let metadata = metadata(&root)?;
    let mut faults = edges::check(&metadata);
    faults.extend(licences::check(&metadata));
    faults.extend(files::check(&root)?);
    Ok(faults)
}

/// Runs the planner's bench; what follows `plan` goes to it.
fn bench_plan() -> ExitCode {
    let status = std::process::Command::new(env!("CARGO"))
        .args(["bench", "-p", "whimbrel-plan", "--bench", "plan", "--"])
        .args(std::env::args().skip(3))
        .current_dir(root())
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: run cargo bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => match tidy() {
            Ok(faults) if faults.is_empty() => {
                println!("tidy: edges, licences and files are in order");
                ExitCode::SUCCESS
            }
            Ok(faults) => {
                for fault in &faults {
                    eprintln!("tidy: {fault}");
                }
                ExitCode::from(3)
            }
            Err(error) => {
                eprintln!("tidy: {error:#}");
                ExitCode::FAILURE
            }
        },
        Some("lines") => match files::lines_per_crate(&root()) {
            Ok(rows) => {
                for (name, files, lines, median) in rows {
                    println!("{name:12} {files:4} files {lines:6} lines, median {median}");
                }
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("lines: {error:#}");
                ExitCode::FAILURE
            }
        },
        Some("bench") if std::env::args().nth(2).as_deref() == Some("plan") => bench_plan(),
        _ => {
            eprintln!("usage: cargo xtask tidy | bench plan | lines");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_in_order() {
        let faults = super::tidy().expect("tidy runs");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
