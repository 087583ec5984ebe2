//! Sizes and names of our own files, and a corpus for every fuzz target.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Fault;

const LINES_MAX: usize = 1_000;
const MEDIAN_MAX: usize = 200;
const HAND_WRITTEN: &[&str] = &["rs", "ts", "svelte", "css", "py", "mjs"];
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "common", "types", "helpers", "helper", "misc", "stuff",
];
const SKIPPED: &[&str] = &["target", "node_modules", "dist", ".git", ".venv", "out"];

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.contains(&name) {
                walk(&path, found)?;
            }
        } else if path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| HAND_WRITTEN.contains(&e))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn lines(path: &Path) -> Result<usize> {
    let text = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(text.iter().filter(|b| **b == b'\n').count())
}

fn median(mut sizes: Vec<usize>) -> usize {
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

/// Files that are too long or named after nothing, and fuzz targets without a corpus.
pub fn check(root: &Path) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let mut paths = Vec::new();
    walk(root, &mut paths)?;
    paths.sort();
    let mut sizes = Vec::new();
    for path in &paths {
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        let count = lines(path)?;
        sizes.push(count);
        if count > LINES_MAX {
            faults.push(format!(
                "{shown} has {count} lines, {LINES_MAX} at most: split it"
            ));
        }
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        if EMPTY_NAMES.contains(&stem) {
            faults.push(format!("{shown}: name the file after what it holds"));
        }
    }
    let middle = median(sizes);
    if middle > MEDIAN_MAX {
        faults.push(format!(
            "the median file has {middle} lines, {MEDIAN_MAX} at most"
        ));
    }
    faults.extend(fuzz_targets(root)?);
    Ok(faults)
}

fn fuzz_targets(root: &Path) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let manifest =
        std::fs::read_to_string(root.join("fuzz/Cargo.toml")).context("read fuzz/Cargo.toml")?;
    let folder = root.join("fuzz/fuzz_targets");
    if !folder.is_dir() {
        return Ok(faults);
    }
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|s| s.to_str()).map(str::to_owned) else {
            continue;
        };
        if !manifest.contains(&format!("name = \"{name}\"")) {
            faults.push(format!("fuzz target {name} is not in fuzz/Cargo.toml"));
        }
        let corpus = root.join("fuzz/corpus").join(&name);
        if !corpus.is_dir() || std::fs::read_dir(&corpus)?.next().is_none() {
            faults.push(format!(
                "fuzz target {name} has no corpus in fuzz/corpus/{name}"
            ));
        }
    }
    Ok(faults)
}

/// (crate, files, lines, median) for every crate and the console.
pub fn lines_per_crate(root: &Path) -> Result<Vec<(String, usize, usize, usize)>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root.join("crates"))?
        .map(|e| Ok(e?.path()))
        .collect::<Result<_>>()?;
    folders.push(root.join("web"));
    folders.push(root.join("xtask"));
    folders.sort();
    let mut rows = Vec::new();
    for folder in folders {
        let mut paths = Vec::new();
        walk(&folder, &mut paths)?;
        let sizes = paths.iter().map(|p| lines(p)).collect::<Result<Vec<_>>>()?;
        let name = folder
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default()
            .to_owned();
        rows.push((name, sizes.len(), sizes.iter().sum(), median(sizes)));
    }
    Ok(rows)
}
