//! The newest of everything that the console shows, and a bell that rings when something changed.
//!
//! A client is never sent a backlog: it asks for what is newer than what it has.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use tokio::sync::watch;

/// One kind of news of the live channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// All vehicles.
    Vehicles,
    /// The map's summary.
    Map,
    /// The radio's summary.
    Radio,
    /// All alerts.
    Alerts,
    /// The plan that was saved last.
    Plan,
}

#[derive(Default)]
struct Board {
    newest: BTreeMap<Kind, (u64, Arc<Value>)>,
    photos: BTreeMap<String, (u64, Arc<Value>)>,
}

/// What is newer than what a client has.
pub struct News {
    /// Kinds with their newest.
    pub kinds: Vec<(Kind, Arc<Value>)>,
    /// Photos that changed.
    pub photos: Vec<Arc<Value>>,
}

/// Where the rooms pin their news.
pub struct Live {
    board: RwLock<Board>,
    bell: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            board: RwLock::default(),
            bell: watch::channel(0).0,
        }
    }
}

impl Live {
    fn ring(&self, change: impl FnOnce(&mut Board, u64)) {
        self.bell.send_modify(|version| {
            *version += 1;
            let mut board = self.board.write().unwrap_or_else(PoisonError::into_inner);
            change(&mut board, *version);
        });
    }

    /// Replace the newest of a kind. Nothing happens when it is the same as before.
    pub fn set(&self, kind: Kind, value: Value) {
        if self.get(kind).is_some_and(|old| *old == value) {
            return;
        }
        self.ring(|board, version| {
            board.newest.insert(kind, (version, Arc::new(value)));
        });
    }

    /// Replace what is known of one photo.
    pub fn set_photo(&self, id: &str, value: Value) {
        let same = {
            let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
            board.photos.get(id).is_some_and(|(_, old)| **old == value)
        };
        if !same {
            self.ring(|board, version| {
                board
                    .photos
                    .insert(id.to_owned(), (version, Arc::new(value)));
            });
        }
    }

    /// The newest of a kind.
    pub fn get(&self, kind: Kind) -> Option<Arc<Value>> {
        let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
        board.newest.get(&kind).map(|(_, value)| value.clone())
    }

    /// All photos.
    pub fn photos(&self) -> Vec<Arc<Value>> {
        let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
        board
            .photos
            .values()
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// One photo.
    pub fn photo(&self, id: &str) -> Option<Arc<Value>> {
        let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
        board.photos.get(id).map(|(_, value)| value.clone())
    }

    /// What is newer than `since`: kinds and photos.
    pub fn newer(&self, since: u64) -> News {
        let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
        let kinds = board
            .newest
            .iter()
            .filter(|(_, (v, _))| *v > since)
            .map(|(k, (_, v))| (*k, v.clone()))
            .collect();
        let photos = board
            .photos
            .values()
            .filter(|(v, _)| *v > since)
            .map(|(_, v)| v.clone())
            .collect();
        News { kinds, photos }
    }

    /// A listener to the bell; its value is the newest version.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_newer() {
        let live = Live::default();
        live.set(Kind::Map, json!({"version": 1}));
        live.set_photo("a", json!({"id": "a"}));
        let seen = *live.listen().borrow();
        assert_eq!(live.newer(0).kinds.len(), 1);
        live.set(Kind::Map, json!({"version": 1}));
        assert_eq!(*live.listen().borrow(), seen, "the same news rings no bell");
        live.set_photo("b", json!({"id": "b"}));
        let News { kinds, photos } = live.newer(seen);
        assert!(kinds.is_empty());
        assert_eq!(photos.len(), 1);
    }
}
