//! Improving an order of lines: 2-opt and Or-opt moves along short lists of
//! near ends, with kicks between.
//!
//! Sources: G. Croes, *A method for solving traveling-salesman problems*, Oper.
//! Res. 6 (1958); I. Or, PhD thesis, Northwestern University (1976); kicks after
//! O. Martin, S. Otto, E. Felten, *Large-step Markov chains for the traveling
//! salesman problem*, Complex Systems 5 (1991).

use crate::legs::{End, Legs};

/// Near ends that moves are tried with.
const NEAR: usize = 10;
/// Lines that move together.
const TOGETHER: usize = 3;
/// Longest stretch that a kick exchanges.
const KICK_STRETCH: u64 = 12;
/// A move gains at least this.
const GAIN: f64 = 1e-6;

/// An order of lines under improvement. A node is 2·line, plus 1 if the line
/// is flown from `b` to `a`: it is entered at end `node` and left at `node ^ 1`.
pub struct Tour<'l, 'a> {
    legs: &'l mut Legs<'a>,
    near: Vec<Vec<End>>,
    nodes: Vec<usize>,
    /// Where each line is in the order.
    places: Vec<usize>,
    /// Reversals since the last kick.
    journal: Vec<(usize, usize)>,
    queue: Vec<usize>,
    queued: Vec<bool>,
}

/// A move: up to three reversals in a row.
type Move = [(usize, usize); 3];
/// Reverses nothing.
const NONE: (usize, usize) = (1, 0);

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
                all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                all.truncate(3 * NEAR);
                if legs.curved() {
                    for (cost, q) in &mut all {
                        *cost = legs.between(p, *q);
                    }
                    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
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

    /// The order.
    pub fn nodes(&self) -> &[usize] {
        &self.nodes
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

    fn leg(&mut self, from: Option<End>, to: Option<End>) -> f64 {
        match (from, to) {
            (Some(p), Some(q)) => self.legs.between(p, q),
            (Some(p), None) | (None, Some(p)) => self.legs.home_to(p),
            (None, None) => 0.0,
        }
    }

    fn least(&self, from: Option<End>, to: Option<End>) -> f64 {
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
            while let Some((gain, steps)) = self.best_move(line) {
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

    /// The best move that joins an end of a line to a near one.
    fn best_move(&mut self, line: usize) -> Option<(f64, Move)> {
        let mut best = (GAIN, [NONE; 3]);
        for mirrored in [false, true] {
            self.moves_from(line, mirrored, &mut best);
        }
        (best.0 > GAIN).then_some(best)
    }

    /// Moves after the line, in the order as it is or as seen from its end.
    fn moves_from(&mut self, line: usize, mirrored: bool, best: &mut (f64, Move)) {
        let m = self.nodes.len();
        let Some(&place) = self.places.get(line) else {
            return;
        };
        let view = |k: usize| if mirrored { m - 1 - k } else { k };
        let node = |tour: &Self, k: usize| -> Option<usize> {
            if k >= m {
                return None;
            }
            let node = *tour.nodes.get(view(k))?;
            Some(if mirrored { node ^ 1 } else { node })
        };
        let i = view(place);
        let exit = |tour: &Self, k: Option<usize>| node(tour, k?).map(|n| n ^ 1);
        let entry = |tour: &Self, k: usize| node(tour, k);
        let Some(p) = exit(self, Some(i)) else { return };
        let after = entry(self, i + 1);
        let cut = self.leg(Some(p), after);
        let Some(near) = self.near.get(p).cloned() else {
            return;
        };
        for q in near {
            if self.least(Some(p), Some(q)) >= cut {
                break;
            }
            let Some(j) = self.places.get(q / 2).map(|k| view(*k)) else {
                continue;
            };
            // (removed edges beside `cut`, added edges beside p–q, reversals)
            type Edges = [(Option<End>, Option<End>); 2];
            let mut tries: Vec<(Edges, Edges, Move)> = Vec::with_capacity(8);
            let nothing = (None, None);
            if exit(self, Some(j)) == Some(q) {
                let next = entry(self, j + 1);
                let both = if j > i { (i + 1, j) } else { (j + 1, i) };
                tries.push((
                    [(Some(q), next), nothing],
                    [(after, next), nothing],
                    [both, NONE, NONE],
                ));
                for k in 1..=TOGETHER {
                    // Lines s..=j, turned round, to after i.
                    let Some(s) = (j + 1).checked_sub(k) else {
                        break;
                    };
                    if (s..=j).contains(&i) || (j > i && s <= i + 1) {
                        break;
                    }
                    let first = entry(self, s);
                    let ahead = exit(self, s.checked_sub(1));
                    let steps = if j > i {
                        [(i + 1, j), (i + 1 + k, j), NONE]
                    } else {
                        [(s, i), (s, i - k), NONE]
                    };
                    let removed = [(ahead, first), (Some(q), next)];
                    tries.push((removed, [(first, after), (ahead, next)], steps));
                }
            } else {
                let ahead = exit(self, j.checked_sub(1));
                for k in 1..=TOGETHER {
                    // Lines j..=t to after i.
                    let t = j + k - 1;
                    if t >= m || (j..=t).contains(&i) {
                        break;
                    }
                    if j == i + 1 {
                        break;
                    }
                    let last = exit(self, Some(t));
                    let next = entry(self, t + 1);
                    let steps = if j > i {
                        [(i + 1, t), (i + 1, i + k), (i + 1 + k, t)]
                    } else {
                        [(j, i), (j, j + (i - t) - 1), (j + (i - t), i)]
                    };
                    let removed = [(ahead, Some(q)), (last, next)];
                    tries.push((removed, [(last, after), (ahead, next)], steps));
                }
                for k in 1..=TOGETHER {
                    // Lines s..=i to before j.
                    let Some(s) = (i + 1).checked_sub(k) else {
                        break;
                    };
                    if (s..=i).contains(&j) || j == i + 1 {
                        break;
                    }
                    let first = entry(self, s);
                    let before = exit(self, s.checked_sub(1));
                    let steps = if j > i {
                        [(s, j - 1), (s, j - 1 - k), (j - k, j - 1)]
                    } else {
                        [(j, i), (j, j + k - 1), (j + k, i)]
                    };
                    let removed = [(before, first), (ahead, Some(q))];
                    tries.push((removed, [(ahead, first), (before, after)], steps));
                }
            }
            for (removed, added, steps) in tries {
                let mut gain = cut;
                for (a, b) in removed {
                    gain += self.leg(a, b);
                }
                let mut bound = gain - self.least(Some(p), Some(q));
                for (a, b) in added {
                    bound -= self.least(a, b);
                }
                if bound <= best.0 {
                    continue;
                }
                gain -= self.leg(Some(p), Some(q));
                for (a, b) in added {
                    gain -= self.leg(a, b);
                }
                if gain > best.0 {
                    let map = |(a, b): (usize, usize)| {
                        if a > b {
                            NONE
                        } else if mirrored {
                            (m - 1 - b, m - 1 - a)
                        } else {
                            (a, b)
                        }
                    };
                    *best = (gain, steps.map(map));
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use crate::lines::Line;
    use crate::order::{Care, Search};
    use crate::price::Price;
    use crate::request::Objective;
    use crate::space::Space;
    use proptest::prelude::*;
    use whimbrel_geo::Polygon;
    use whimbrel_mission::Vehicle;
    use whimbrel_mission::energy::Wind;

    fn legs_m(nodes: &[usize], lines: &[Line], home: Option<[f64; 2]>) -> f64 {
        let end = |e: usize| {
            if e.is_multiple_of(2) {
                lines[e / 2].a
            } else {
                lines[e / 2].b
            }
        };
        let apart = crate::space::distance;
        let between: f64 = nodes
            .windows(2)
            .map(|p| apart(end(p[0] ^ 1), end(p[1])))
            .sum();
        let ends = home.map_or(0.0, |h| {
            apart(h, end(nodes[0])) + apart(h, end(nodes[nodes.len() - 1] ^ 1))
        });
        between + ends
    }

    /// The best of all orders.
    fn least(
        left: &mut Vec<usize>,
        nodes: &mut Vec<usize>,
        lines: &[Line],
        home: Option<[f64; 2]>,
    ) -> f64 {
        if left.is_empty() {
            return legs_m(nodes, lines, home);
        }
        let mut best = f64::INFINITY;
        for k in 0..left.len() {
            let line = left.remove(k);
            for way in 0..2 {
                nodes.push(2 * line + way);
                best = best.min(least(left, nodes, lines, home));
                nodes.pop();
            }
            left.insert(k, line);
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn finds_the_best_of_six_lines(
            places in proptest::collection::vec((-90.0..90.0_f64, -90.0..90.0_f64, -20.0..20.0_f64), 6),
            away in any::<bool>())
        {
            let lines: Vec<Line> = places
                .iter()
                .enumerate()
                .map(|(row, (x, y, l))| Line { a: [*x, *y], b: [x + l, y + 9.0], row })
                .collect();
            let space = Space::open(Polygon::new(vec![
                [-200.0, -200.0], [200.0, -200.0], [200.0, 200.0], [-200.0, 200.0],
            ]));
            let quad = Vehicle::builtin("quad").expect("built in");
            let home = away.then_some([-150.0, 20.0]);
            let search = Search {
                lines: &lines,
                space: &space,
                price: Price::new(&quad, Wind::default(), Objective::Length, None),
                skip: 1,
                home,
                care: Care::Kicked(300),
            };
            let cells: Vec<Vec<usize>> = (0..6).map(|l| vec![l]).collect();
            let nodes: Vec<usize> = search
                .arrange(&cells)
                .iter()
                .map(|p| 2 * p.line + usize::from(p.reversed))
                .collect();
            let mut flown: Vec<usize> = nodes.iter().map(|n| n / 2).collect();
            flown.sort_unstable();
            prop_assert_eq!(flown, (0..6).collect::<Vec<_>>());
            let found = legs_m(&nodes, &lines, home);
            let best = least(&mut (0..6).collect(), &mut Vec::new(), &lines, home);
            prop_assert!(found <= best * 1.0001 + 1e-3, "{} over {}", found, best);
        }
    }
}
