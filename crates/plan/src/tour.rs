//! Improving an order of lines: 2-opt and Or-opt moves along short lists of
//! near ends, with kicks between.
//!
//! Sources: G. Croes, *A method for solving traveling-salesman problems*, Oper.
//! Res. 6 (1958); I. Or, PhD thesis, Northwestern University (1976); kicks after
//! O. Martin, S. Otto, E. Felten, *Large-step Markov chains for the traveling
//! salesman problem*, Complex Systems 5 (1991).

use crate::legs::{End, Legs};
use crate::moves::{Move, best_move};

/// Near ends that moves are tried with.
const NEAR: usize = 10;
/// Longest stretch that a kick exchanges.
const KICK_STRETCH: u64 = 12;

/// An order of lines under improvement. A node is 2·line, plus 1 if the line
/// is flown from `b` to `a`: it is entered at end `node` and left at `node ^ 1`.
pub struct Tour<'l, 'a> {
    legs: &'l mut Legs<'a>,
    /// Near ends of each end, the nearest first.
    pub near: Vec<Vec<End>>,
    /// The order.
    pub nodes: Vec<usize>,
    /// Where each line is in the order.
    pub places: Vec<usize>,
    /// Reversals since the last kick.
    journal: Vec<(usize, usize)>,
    queue: Vec<usize>,
    queued: Vec<bool>,
}

impl<'l, 'a> Tour<'l, 'a> {
    /// Starts from an order that holds every line once.
    pub fn new(legs: &'l mut Legs<'a>, nodes: Vec<usize>) -> Self {
        let n = legs.count();
        let near = (0..n)
            .map(|p| {
                let mut all: Vec<(f64, End)> = (0..n)
                    .filter(|q| q / 2 != p / 2)
                    .map(|q| (legs.least(p, q), q))
                    .collect();
                let by_cost =
                    |a: &(f64, End), b: &(f64, End)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if all.len() > 3 * NEAR {
                    all.select_nth_unstable_by(3 * NEAR, by_cost);
                    all.truncate(3 * NEAR);
                }
                all.sort_by(by_cost);
                if legs.curved() {
                    for (cost, q) in &mut all {
                        *cost = legs.between(p, *q);
                    }
                    all.sort_by(by_cost);
                }
                all.truncate(NEAR);
                all.into_iter().map(|(_, q)| q).collect()
            })
            .collect();
        let mut places = vec![0; n / 2];
        for (place, node) in nodes.iter().enumerate() {
            if let Some(p) = places.get_mut(node / 2) {
                *p = place;
            }
        }
        Self {
            legs,
            near,
            places,
            queue: nodes.iter().rev().map(|node| node / 2).collect(),
            queued: vec![true; n / 2],
            nodes,
            journal: Vec::new(),
        }
    }

    /// Improves until no move helps, then kicks `kicks` times and keeps what is
    /// better.
    pub fn improve(&mut self, kicks: usize, mut seed: u64) {
        self.settle();
        if self.nodes.len() < 4 {
            return;
        }
        for _ in 0..kicks {
            self.journal.clear();
            let change = self.kick(&mut seed) + self.settle();
            if change > -1e-9 {
                let undo = core::mem::take(&mut self.journal);
                for (i, j) in undo.into_iter().rev() {
                    self.reverse(i, j);
                }
            }
        }
    }

    /// The cost of the leg to place `k`; home is before 0 and after the last.
    fn edge(&mut self, k: usize) -> f64 {
        let from = k
            .checked_sub(1)
            .and_then(|k| self.nodes.get(k))
            .map(|n| n ^ 1);
        let to = self.nodes.get(k).copied();
        self.leg(from, to)
    }

    /// The cost of a leg; `None` is home.
    pub fn leg(&mut self, from: Option<End>, to: Option<End>) -> f64 {
        match (from, to) {
            (Some(p), Some(q)) => self.legs.between(p, q),
            (Some(p), None) | (None, Some(p)) => self.legs.home_to(p),
            (None, None) => 0.0,
        }
    }

    /// No leg costs less.
    pub fn least(&self, from: Option<End>, to: Option<End>) -> f64 {
        match (from, to) {
            (Some(p), Some(q)) => self.legs.least(p, q),
            _ => 0.0,
        }
    }

    fn enqueue(&mut self, place: usize) {
        if let Some(line) = self.nodes.get(place).map(|n| n / 2)
            && let Some(q) = self.queued.get_mut(line)
            && !*q
        {
            *q = true;
            self.queue.push(line);
        }
    }

    /// Works off the queue; returns the change of the cost.
    fn settle(&mut self) -> f64 {
        let mut change = 0.0;
        while let Some(line) = self.queue.pop() {
            if let Some(q) = self.queued.get_mut(line) {
                *q = false;
            }
            while let Some((gain, steps)) = best_move(self, line) {
                change -= gain;
                self.apply(&steps);
            }
        }
        change
    }

    fn apply(&mut self, steps: &Move) {
        for (i, j) in steps {
            if i <= j {
                self.reverse(*i, *j);
            }
        }
        for (i, j) in steps {
            if i <= j {
                for place in [i.saturating_sub(1), *i, *j, j + 1] {
                    self.enqueue(place);
                }
            }
        }
    }

    fn reverse(&mut self, i: usize, j: usize) {
        self.journal.push((i, j));
        if let Some(part) = self.nodes.get_mut(i..=j) {
            part.reverse();
            for (offset, node) in part.iter_mut().enumerate() {
                *node ^= 1;
                if let Some(p) = self.places.get_mut(*node / 2) {
                    *p = i + offset;
                }
            }
        }
    }

    /// Exchanges two neighbouring stretches; returns the change of the cost.
    fn kick(&mut self, seed: &mut u64) -> f64 {
        let m = self.nodes.len() as u64;
        let longest = KICK_STRETCH.min(m / 2).max(1);
        let first = 1 + random(seed) % longest;
        let second = 1 + random(seed) % longest;
        let start = (random(seed) % (m - (first + second).min(m) + 1)) as usize;
        let middle = start + first as usize;
        let end = (middle + second as usize).min(self.nodes.len());
        if middle >= end {
            return 0.0;
        }
        let before = self.edge(start) + self.edge(middle) + self.edge(end);
        let third = end - middle;
        self.apply(&[
            (start, end - 1),
            (start, start + third - 1),
            (start + third, end - 1),
        ]);
        self.edge(start) + self.edge(start + third) + self.edge(end) - before
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
