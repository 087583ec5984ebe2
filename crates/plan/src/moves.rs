//! The moves that improve an order of lines: turning a stretch round (2-opt),
//! and moving up to three lines elsewhere, turned round or not (Or-opt).

use crate::legs::End;
use crate::tour::Tour;

/// Lines that move together.
const TOGETHER: usize = 3;
/// A move gains at least this.
const GAIN: f64 = 1e-6;

/// A move: up to three stretches that are turned round one after the other.
pub type Move = [(usize, usize); 3];
/// A stretch of nothing.
const NONE: (usize, usize) = (1, 0);
/// Two legs; `None` is home.
type Legs = [(Option<End>, Option<End>); 2];
/// From home to home.
const NOTHING: (Option<End>, Option<End>) = (None, None);

/// The best move that joins an end of a line to a near one, and what it gains.
pub fn best_move(tour: &mut Tour<'_, '_>, line: usize) -> Option<(f64, Move)> {
    let mut best = (GAIN, [NONE; 3]);
    for mirrored in [false, true] {
        if let Some(mut view) = View::after(tour, line, mirrored, best) {
            view.look();
            best = view.best;
        }
    }
    (best.0 > GAIN).then_some(best)
}

/// An order as it is, or as it is from its end; the leg after one line of it
/// is to be replaced.
struct View<'t, 'l, 'a> {
    tour: &'t mut Tour<'l, 'a>,
    mirrored: bool,
    /// Number of lines.
    m: usize,
    /// Place of the line.
    i: usize,
    /// The end at which it is left.
    p: End,
    /// Where the leg after it leads.
    after: Option<End>,
    /// What that leg costs.
    cut: f64,
    best: (f64, Move),
}

impl<'t, 'l, 'a> View<'t, 'l, 'a> {
    fn after(
        tour: &'t mut Tour<'l, 'a>,
        line: usize,
        mirrored: bool,
        best: (f64, Move),
    ) -> Option<Self> {
        let m = tour.nodes.len();
        let place = *tour.places.get(line)?;
        let mut view = Self {
            tour,
            mirrored,
            m,
            i: 0,
            p: 0,
            after: None,
            cut: 0.0,
            best,
        };
        view.i = view.turned(place);
        view.p = view.exit(Some(view.i))?;
        view.after = view.entry(view.i + 1);
        view.cut = view.tour.leg(Some(view.p), view.after);
        Some(view)
    }

    fn turned(&self, place: usize) -> usize {
        if self.mirrored {
            self.m - 1 - place
        } else {
            place
        }
    }

    /// The end at which the line at a place is entered.
    fn entry(&self, place: usize) -> Option<End> {
        if place >= self.m {
            return None;
        }
        let node = *self.tour.nodes.get(self.turned(place))?;
        Some(if self.mirrored { node ^ 1 } else { node })
    }

    /// The end at which it is left.
    fn exit(&self, place: Option<usize>) -> Option<End> {
        self.entry(place?).map(|n| n ^ 1)
    }

    fn look(&mut self) {
        let near = self.tour.near.get(self.p).map_or(0, Vec::len);
        for k in 0..near {
            let Some(q) = self.tour.near.get(self.p).and_then(|n| n.get(k)).copied() else {
                return;
            };
            if self.tour.least(Some(self.p), Some(q)) >= self.cut {
                return;
            }
            let Some(j) = self.tour.places.get(q / 2).map(|k| self.turned(*k)) else {
                continue;
            };
            if self.exit(Some(j)) == Some(q) {
                self.turn(q, j);
                self.fetch_turned(q, j);
            } else if j != self.i + 1 {
                self.fetch(q, j);
                self.bring(q, j);
            }
        }
    }

    /// Turns the stretch between round.
    fn turn(&mut self, q: End, j: usize) {
        let next = self.entry(j + 1);
        let stretch = if j > self.i {
            (self.i + 1, j)
        } else {
            (j + 1, self.i)
        };
        let removed = [(Some(q), next), NOTHING];
        let added = [(self.after, next), NOTHING];
        self.consider(q, removed, added, [stretch, NONE, NONE]);
    }

    /// Moves lines up to place j to after the line, turned round.
    fn fetch_turned(&mut self, q: End, j: usize) {
        let i = self.i;
        let next = self.entry(j + 1);
        for k in 1..=TOGETHER.min(j + 1) {
            let s = j + 1 - k;
            if (s..=j).contains(&i) || (j > i && s <= i + 1) {
                return;
            }
            let first = self.entry(s);
            let ahead = self.exit(s.checked_sub(1));
            let steps = if j > i {
                [(i + 1, j), (i + 1 + k, j), NONE]
            } else {
                [(s, i), (s, i - k), NONE]
            };
            let removed = [(ahead, first), (Some(q), next)];
            self.consider(q, removed, [(first, self.after), (ahead, next)], steps);
        }
    }

    /// Moves lines from place j on to after the line.
    fn fetch(&mut self, q: End, j: usize) {
        let i = self.i;
        let ahead = self.exit(j.checked_sub(1));
        for t in j..(j + TOGETHER).min(self.m) {
            if t == i {
                return;
            }
            let k = t + 1 - j;
            let last = self.exit(Some(t));
            let next = self.entry(t + 1);
            let steps = if j > i {
                [(i + 1, t), (i + 1, i + k), (i + 1 + k, t)]
            } else {
                [(j, i), (j, j + i - t - 1), (j + i - t, i)]
            };
            let removed = [(ahead, Some(q)), (last, next)];
            self.consider(q, removed, [(last, self.after), (ahead, next)], steps);
        }
    }

    /// Moves the line and some before it to before place j.
    fn bring(&mut self, q: End, j: usize) {
        let i = self.i;
        let ahead = self.exit(j.checked_sub(1));
        for k in 1..=TOGETHER.min(i + 1) {
            let s = i + 1 - k;
            if s == j {
                return;
            }
            let first = self.entry(s);
            let before = self.exit(s.checked_sub(1));
            let steps = if j > i {
                [(s, j - 1), (s, j - 1 - k), (j - k, j - 1)]
            } else {
                [(j, i), (j, j + k - 1), (j + k, i)]
            };
            let removed = [(before, first), (ahead, Some(q))];
            self.consider(q, removed, [(ahead, first), (before, self.after)], steps);
        }
    }

    /// Keeps the move if it gains most: the cut leg and those removed go, the
    /// one to `q` and those added come.
    fn consider(&mut self, q: End, removed: Legs, added: Legs, steps: Move) {
        let mut gain = self.cut;
        for (a, b) in removed {
            gain += self.tour.leg(a, b);
        }
        let mut most = gain - self.tour.least(Some(self.p), Some(q));
        for (a, b) in added {
            most -= self.tour.least(a, b);
        }
        if most <= self.best.0 {
            return;
        }
        gain -= self.tour.leg(Some(self.p), Some(q));
        for (a, b) in added {
            gain -= self.tour.leg(a, b);
        }
        if gain > self.best.0 {
            let m = self.m;
            let place = |(a, b): (usize, usize)| {
                if a > b {
                    NONE
                } else if self.mirrored {
                    (m - 1 - b, m - 1 - a)
                } else {
                    (a, b)
                }
            };
            self.best = (gain, steps.map(place));
        }
    }
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
