//! What the server itself has to say: alerts that are about no aircraft. They stand on the board of alerts beside the
//! fleet's until they end, and are acknowledged like those.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::Level;

/// Notices that stand at once; later ones are told on stderr only.
pub const NOTICES_MAX: usize = 64;

struct Notice {
    at: Duration,
    level: Level,
    text: String,
    action: String,
    acknowledged: bool,
}

#[derive(Default)]
struct Board {
    notices: BTreeMap<String, Notice>,
    edition: u64,
}

/// The server's own alerts.
#[derive(Default)]
pub struct Notices {
    board: Mutex<Board>,
}

impl Notices {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Raise a notice. One that stands with the same text stays as it is.
    pub fn raise(&self, at: Duration, id: &str, level: Level, text: String, action: &str) {
        let mut board = self.board();
        if board.notices.get(id).is_some_and(|n| n.text == text) {
            return;
        }
        crate::log(&text);
        if board.notices.len() >= NOTICES_MAX && !board.notices.contains_key(id) {
            return;
        }
        board.edition += 1;
        let notice = Notice {
            at,
            level,
            text,
            action: action.to_owned(),
            acknowledged: false,
        };
        board.notices.insert(id.to_owned(), notice);
    }

    /// End a notice, if it stands.
    pub fn end(&self, id: &str) {
        let mut board = self.board();
        if board.notices.remove(id).is_some() {
            board.edition += 1;
        }
    }

    /// Acknowledge a notice. False when there is none of that id.
    pub fn acknowledge(&self, id: &str) -> bool {
        let mut board = self.board();
        let Some(notice) = board.notices.get_mut(id) else {
            return false;
        };
        notice.acknowledged = true;
        board.edition += 1;
        true
    }

    /// Counts up with every change.
    pub fn edition(&self) -> u64 {
        self.board().edition
    }

    /// As the interface has them.
    pub fn rows(&self) -> Vec<Value> {
        let board = self.board();
        let row = |(id, n): (&String, &Notice)| {
            json!({
                "id": id,
                "time_s": n.at.as_secs_f64(),
                "level": n.level.name(),
                "vehicle": Value::Null,
                "text": n.text,
                "action": n.action,
                "acknowledged": n.acknowledged,
                "active": true,
            })
        };
        board.notices.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_raised_acknowledged_and_ended() {
        let notices = Notices::default();
        let raise = |id: &str, text: &str| {
            notices.raise(Duration::ZERO, id, Level::Caution, text.into(), "Do it");
        };
        raise("disk", "full");
        let edition = notices.edition();
        raise("disk", "full");
        assert_eq!(notices.edition(), edition, "nothing new");
        assert!(!notices.acknowledge("other"));
        assert!(notices.acknowledge("disk"));
        assert_eq!(notices.rows()[0]["acknowledged"], true);
        raise("disk", "fuller");
        assert_eq!(
            notices.rows()[0]["acknowledged"],
            false,
            "a new text is news"
        );
        notices.end("disk");
        assert!(notices.rows().is_empty() && notices.edition() > edition);
        for i in 0..NOTICES_MAX + 5 {
            raise(&format!("n{i}"), "many");
        }
        assert_eq!(notices.rows().len(), NOTICES_MAX);
    }
}
