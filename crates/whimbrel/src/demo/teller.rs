//! What the demo says while it runs: lines for people, JSON for programs.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::json;

use crate::outcome::{log, print_json};

/// Lines of progress on a plain stderr come this often.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Shows what goes on.
pub struct Teller {
    as_json: bool,
    bar: ProgressBar,
    told: Instant,
    last: String,
}

impl Teller {
    /// For people or for programs.
    pub fn new(as_json: bool) -> Self {
        let bar = if !as_json && std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            as_json,
            bar,
            told: Instant::now(),
            last: String::new(),
        }
    }

    /// Something happened.
    pub fn say(&self, line: &str) {
        if self.as_json {
            print_json(&json!({"event": "status", "text": line}));
        } else {
            self.bar.suspend(|| log(line));
        }
    }

    /// How it stands; shown in place on a terminal, now and then elsewhere.
    pub fn show(&mut self, line: String) {
        self.bar.set_message(line.clone());
        if self.bar.is_hidden() && self.told.elapsed() >= TELL_EVERY && line != self.last {
            self.told = Instant::now();
            self.say(&line);
            self.last = line;
        }
    }
}
