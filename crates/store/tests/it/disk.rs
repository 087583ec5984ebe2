//! A disk in memory that stops at a chosen operation: nothing unsynced is sure to survive.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use whimbrel_store::Storage;

/// A file: what the process sees and what the platter has.
#[derive(Clone, Default)]
struct Node {
    now: Vec<u8>,
    synced: Option<Vec<u8>>,
}

#[derive(Clone, Default)]
struct State {
    nodes: Vec<Node>,
    /// Names as the process sees them, and as the platter has them.
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    operations: u64,
    fail_at: Option<u64>,
    full: bool,
    dead: bool,
    chance: u64,
}

#[derive(Default)]
pub struct FakeDisk(Mutex<State>);

impl State {
    fn draw(&mut self) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.chance >> 33
    }

    /// Counts an operation that changes something; false: it happens only in part and the machine stops.
    fn step(&mut self) -> io::Result<bool> {
        if self.dead {
            return Err(io::Error::other("no power"));
        }
        self.operations += 1;
        if self.fail_at == Some(self.operations) {
            if self.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.dead = true;
            return Ok(false);
        }
        Ok(true)
    }

    fn node(&mut self, path: &Path) -> &mut Node {
        let next = self.nodes.len();
        let index = *self.names.entry(path.to_path_buf()).or_insert(next);
        if index == next {
            self.nodes.push(Node::default());
        }
        &mut self.nodes[index]
    }
}

const DEAD: &str = "no power";

impl FakeDisk {
    pub fn new(seed: u64, fail_at: Option<u64>, full: bool) -> Self {
        Self(Mutex::new(State {
            fail_at,
            full,
            chance: seed,
            ..State::default()
        }))
    }

    pub fn operations(&self) -> u64 {
        self.0.lock().unwrap().operations
    }

    /// The machine starts again after a power cut: each unsynced content and name is there, not there, or torn.
    pub fn after_power_cut(&self) -> Self {
        let mut state = self.0.lock().unwrap().clone();
        let paths: Vec<PathBuf> = state
            .names
            .keys()
            .chain(state.durable.keys())
            .cloned()
            .collect();
        let mut names = BTreeMap::new();
        for path in paths {
            let (new, old) = (
                state.names.get(&path).copied(),
                state.durable.get(&path).copied(),
            );
            let keep = if state.draw().is_multiple_of(2) {
                new
            } else {
                old
            };
            if let Some(index) = keep {
                names.insert(path, index);
            }
        }
        for index in 0..state.nodes.len() {
            let draw = state.draw();
            let node = &mut state.nodes[index];
            let synced = node.synced.clone().unwrap_or_default();
            if node.now != synced {
                node.now = match draw % 3 {
                    0 => synced,
                    1 => node.now.clone(),
                    // Longer than synced but torn: a prefix, then zeros up to the full length.
                    _ => {
                        let cut = (draw as usize / 3) % (node.now.len() + 1);
                        let keep = cut.max(synced.len().min(node.now.len()));
                        let mut torn = node.now[..keep].to_vec();
                        torn.resize(node.now.len(), 0);
                        torn
                    }
                };
            }
            node.synced = Some(node.now.clone());
        }
        let chance = state.draw();
        Self(Mutex::new(State {
            nodes: state.nodes,
            durable: names.clone(),
            names,
            chance,
            ..State::default()
        }))
    }
}

impl Storage for FakeDisk {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let whole = state.step()?;
        let part = if whole {
            bytes.len()
        } else {
            state.draw() as usize % (bytes.len() + 1)
        };
        // A file that is replaced keeps its inode, as with O_TRUNC.
        state.node(path).now = bytes[..part].to_vec();
        if whole {
            Ok(())
        } else {
            Err(io::Error::other(DEAD))
        }
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let whole = state.step()?;
        let part = if whole {
            bytes.len()
        } else {
            state.draw() as usize % (bytes.len() + 1)
        };
        state.node(path).now.extend_from_slice(&bytes[..part]);
        if whole {
            Ok(())
        } else {
            Err(io::Error::other(DEAD))
        }
    }
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if !state.step()? {
            return Err(io::Error::other(DEAD));
        }
        state.node(path).now.truncate(length as usize);
        Ok(())
    }
    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if !state.step()? {
            return Err(io::Error::other(DEAD));
        }
        let node = state.node(path);
        node.synced = Some(node.now.clone());
        Ok(())
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if !state.step()? {
            return Err(io::Error::other(DEAD));
        }
        state.durable.retain(|path, _| path.parent() != Some(dir));
        let now: Vec<_> = state
            .names
            .iter()
            .filter(|(path, _)| path.parent() == Some(dir))
            .map(|(p, n)| (p.clone(), *n))
            .collect();
        state.durable.extend(now);
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if !state.step()? {
            return Err(io::Error::other(DEAD));
        }
        let node = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_path_buf(), node);
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if !state.step()? {
            return Err(io::Error::other(DEAD));
        }
        state.names.remove(path);
        Ok(())
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.0.lock().unwrap();
        let node = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(state.nodes[*node].now.clone())
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.0.lock().unwrap();
        Ok(state
            .names
            .keys()
            .filter(|path| path.parent() == Some(dir))
            .cloned()
            .collect())
    }
    fn exists(&self, path: &Path) -> bool {
        self.0.lock().unwrap().names.contains_key(path)
    }
}
