//! The order in which cells and their lines are flown.

use crate::lines::{Cell, Line};
use crate::space::{Space, distance};

/// Start cells that the greedy search is tried from.
const MAX_STARTS: usize = 10;
/// Rounds of improvement.
const MAX_ROUNDS: usize = 6;
/// Cells beyond which orders are not improved by exchange.
const MAX_EXCHANGE_CELLS: usize = 40;

/// One line, flown in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// Index of the line.
    pub line: usize,
    /// From `b` to `a`.
    pub reversed: bool,
}

/// What the search needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// All lines.
    pub lines: &'a [Line],
    /// Where ways lead.
    pub space: &'a Space,
    /// Fly every so many lines and come back for the others (wings whose
    /// turns are wider than the lines are apart).
    pub skip: usize,
    /// Start and end of the route.
    pub home: Option<[f64; 2]>,
    /// Measure ways around obstacles (else as the crow flies) and improve.
    pub thorough: bool,
}

/// Entry, exit and passes of one way to fly a cell.
struct Choice {
    passes: Vec<Pass>,
    entry: [f64; 2],
    exit: [f64; 2],
}

impl Search<'_> {
    /// Passes over all lines of the cells in a short order.
    pub fn arrange(&self, cells: &[Cell]) -> Vec<Pass> {
        let cells: Vec<Vec<Choice>> = cells
            .iter()
            .filter(|c| !c.is_empty())
            .map(|c| self.choices(c))
            .collect();
        let n = cells.len();
        let legs = self.legs(&cells);
        let mut best: Option<(f64, Vec<usize>)> = None;
        for start in 0..n.min(MAX_STARTS) {
            let mut order = vec![start];
            while order.len() < n {
                let last = order.last().copied().unwrap_or(0);
                let near = |j: &usize| {
                    let all = (0..16).map(|k| legs.between(last, k / 4, *j, k % 4));
                    all.fold(f64::INFINITY, f64::min)
                };
                let next = (0..n).filter(|j| !order.contains(j));
                let Some(next) = next.min_by(|a, b| near(a).total_cmp(&near(b))) else {
                    break;
                };
                order.push(next);
            }
            let cost = legs.best(&order).0;
            if best.as_ref().is_none_or(|b| cost < b.0) {
                best = Some((cost, order));
            }
        }
        let Some((mut cost, mut order)) = best else {
            return Vec::new();
        };
        if self.thorough && n <= MAX_EXCHANGE_CELLS {
            for _ in 0..MAX_ROUNDS {
                let before = cost;
                for i in 0..n {
                    for j in 0..n {
                        let mut other = order.clone();
                        if i < j {
                            if let Some(part) = other.get_mut(i..=j) {
                                part.reverse();
                            }
                        } else if i != j {
                            let moved = other.remove(i);
                            other.insert(j, moved);
                        }
                        let c = legs.best(&other).0;
                        if c < cost - 1e-6 {
                            (cost, order) = (c, other);
                        }
                    }
                }
                if cost > before - 1e-6 {
                    break;
                }
            }
        }
        let picks = legs.best(&order).1;
        let mut passes = Vec::new();
        for (cell, pick) in order.iter().zip(picks) {
            if let Some(choice) = cells.get(*cell).and_then(|c| c.get(pick)) {
                passes.extend(choice.passes.iter().copied());
            }
        }
        passes
    }

    /// The four ways to fly a cell: from the first row or the last, first line
    /// forward or back.
    fn choices(&self, cell: &Cell) -> Vec<Choice> {
        let n = cell.len();
        let skip = self.skip.clamp(1, n.max(1));
        let mut rows = Vec::with_capacity(n);
        for class in 0..skip {
            let mut these: Vec<usize> = (class..n).step_by(skip).collect();
            if class % 2 == 1 {
                these.reverse();
            }
            rows.extend(these);
        }
        let mut choices = Vec::with_capacity(4);
        for pick in 0..4 {
            let mut reversed = pick % 2 == 1;
            let mut passes = Vec::with_capacity(n);
            for row in &rows {
                let row = if pick >= 2 { n - 1 - row } else { *row };
                if let Some(line) = cell.get(row) {
                    passes.push(Pass {
                        line: *line,
                        reversed,
                    });
                    reversed = !reversed;
                }
            }
            let ends = |pass: Option<&Pass>| pass.map(|p| self.ends(*p)).unwrap_or_default();
            let entry = ends(passes.first()).0;
            let exit = ends(passes.last()).1;
            choices.push(Choice {
                passes,
                entry,
                exit,
            });
        }
        choices
    }

    /// Start and end of a pass.
    pub fn ends(&self, pass: Pass) -> ([f64; 2], [f64; 2]) {
        let line = self.lines.get(pass.line);
        let (a, b) = line.map_or(([0.0; 2], [0.0; 2]), |l| (l.a, l.b));
        if pass.reversed { (b, a) } else { (a, b) }
    }

    fn legs(&self, cells: &[Vec<Choice>]) -> Legs {
        let nodes: Vec<&Choice> = cells.iter().flatten().collect();
        let n = nodes.len();
        // A place and the corners of the airspace that are seen from it.
        let place = |p: [f64; 2]| {
            (
                p,
                if self.thorough {
                    self.space.seen(p)
                } else {
                    Vec::new()
                },
            )
        };
        let leg = |a: &([f64; 2], Vec<(usize, f64)>), b: &([f64; 2], Vec<(usize, f64)>)| {
            if !self.thorough || self.space.sees(a.0, b.0) {
                return distance(a.0, b.0);
            }
            self.space.around(&a.1, &b.1).map_or(1e9, |w| w.0)
        };
        let entries: Vec<_> = nodes.iter().map(|c| place(c.entry)).collect();
        let exits: Vec<_> = nodes.iter().map(|c| place(c.exit)).collect();
        let mut between = Vec::with_capacity(n * n);
        for from in &exits {
            between.extend(entries.iter().map(|to| leg(from, to)));
        }
        let home = self.home.map(place);
        let home = |p: &_| home.as_ref().map_or(0.0, |h| leg(h, p));
        Legs {
            n,
            between,
            from_home: entries.iter().map(home).collect(),
            to_home: exits.iter().map(home).collect(),
        }
    }
}

/// Lengths of the ways between the choices of cells.
struct Legs {
    n: usize,
    between: Vec<f64>,
    from_home: Vec<f64>,
    to_home: Vec<f64>,
}

impl Legs {
    fn between(&self, i: usize, pick_i: usize, j: usize, pick_j: usize) -> f64 {
        let at = (4 * i + pick_i) * self.n + 4 * j + pick_j;
        self.between.get(at).copied().unwrap_or(f64::INFINITY)
    }

    /// Best choices for cells in this order, by dynamic programming.
    fn best(&self, order: &[usize]) -> (f64, Vec<usize>) {
        let Some(first) = order.first() else {
            return (0.0, Vec::new());
        };
        let at = |list: &[f64], cell: usize, pick: usize| {
            list.get(4 * cell + pick).copied().unwrap_or(f64::INFINITY)
        };
        let mut cost = [0.0; 4];
        for (pick, c) in cost.iter_mut().enumerate() {
            *c = at(&self.from_home, *first, pick);
        }
        let mut back: Vec<[usize; 4]> = Vec::with_capacity(order.len());
        for pair in order.windows(2) {
            let &[i, j] = pair else { continue };
            let mut next = [f64::INFINITY; 4];
            let mut from = [0; 4];
            for (pick_j, (n, f)) in next.iter_mut().zip(&mut from).enumerate() {
                for (pick_i, c) in cost.iter().enumerate() {
                    let through = c + self.between(i, pick_i, j, pick_j);
                    if through < *n {
                        (*n, *f) = (through, pick_i);
                    }
                }
            }
            cost = next;
            back.push(from);
        }
        let last = order.last().copied().unwrap_or(*first);
        let end = |pick: usize, c: f64| c + at(&self.to_home, last, pick);
        let ends = cost
            .iter()
            .enumerate()
            .map(|(pick, c)| (end(pick, *c), pick));
        let (total, mut pick) = ends
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((f64::INFINITY, 0));
        let mut picks = vec![pick];
        for from in back.iter().rev() {
            pick = from.get(pick).copied().unwrap_or(0);
            picks.push(pick);
        }
        picks.reverse();
        (total, picks)
    }
}
