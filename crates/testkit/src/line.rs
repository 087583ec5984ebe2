//! A MAVLink line in memory that delays, loses, repeats and reorders what it carries.

use crate::dice::Dice;
use core::time::Duration;
use std::collections::BTreeMap;

/// What a line is like; the same both ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineConfig {
    /// From one end to the other.
    pub delay: Duration,
    /// Chance that a frame is lost.
    pub loss: f64,
    /// Chance that a frame arrives a second time, a little later.
    pub repeat: f64,
    /// Chance that a frame is overtaken by those behind it.
    pub reorder: f64,
}

impl LineConfig {
    /// A cable.
    #[must_use]
    pub fn good() -> Self {
        Self {
            delay: Duration::from_millis(5),
            loss: 0.0,
            repeat: 0.0,
            reorder: 0.0,
        }
    }

    /// A radio at the edge of its range: 200 ms, a fifth lost, a tenth repeated, a tenth late.
    #[must_use]
    pub fn bad() -> Self {
        Self {
            delay: Duration::from_millis(200),
            loss: 0.2,
            repeat: 0.1,
            reorder: 0.1,
        }
    }
}

/// The end that a frame goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The aircraft.
    Aircraft,
    /// The ground station.
    Ground,
}

/// Counters of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineStats {
    /// Frames put in.
    pub sent: u64,
    /// Frames lost.
    pub lost: u64,
    /// Frames repeated.
    pub repeated: u64,
    /// Frames held back.
    pub reordered: u64,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    config: LineConfig,
    cut: bool,
    dice: Dice,
    number: u64,
    on_the_way: BTreeMap<(Duration, u64), (End, Vec<u8>)>,
    stats: LineStats,
}

impl Line {
    /// A line with chance of its own.
    #[must_use]
    pub fn new(config: LineConfig, seed: u64, number: u64) -> Self {
        Self {
            config,
            cut: false,
            dice: Dice::new(seed, 100 + number),
            number: 0,
            on_the_way: BTreeMap::new(),
            stats: LineStats::default(),
        }
    }

    /// Cuts the line, or mends it. What is on the way still arrives.
    pub fn cut(&mut self, cut: bool) {
        self.cut = cut;
    }

    /// What it carried.
    #[must_use]
    pub fn stats(&self) -> LineStats {
        self.stats
    }

    /// Puts a frame in.
    pub fn send(&mut self, now: Duration, to: End, bytes: Vec<u8>) {
        self.stats.sent += 1;
        let draws = [self.dice.unit(), self.dice.unit(), self.dice.unit()];
        if self.cut || draws[0] < self.config.loss {
            self.stats.lost += 1;
            return;
        }
        let mut at = now + self.config.delay;
        if draws[1] < self.config.reorder {
            self.stats.reordered += 1;
            at += self.config.delay + Duration::from_millis(30);
        }
        if draws[2] < self.config.repeat {
            self.stats.repeated += 1;
            let again = at + self.config.delay + Duration::from_millis(7);
            self.put(again, to, bytes.clone());
        }
        self.put(at, to, bytes);
    }

    fn put(&mut self, at: Duration, to: End, bytes: Vec<u8>) {
        self.number += 1;
        self.on_the_way.insert((at, self.number), (to, bytes));
    }

    /// The next frame that has arrived by `now`.
    pub fn poll(&mut self, now: Duration) -> Option<(End, Vec<u8>)> {
        let entry = self.on_the_way.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// When the next frame arrives.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }
}
