//! The order in which cells and their lines are flown.

use crate::legs::Legs;
use crate::lines::{Cell, Line};
use crate::price::Price;
use crate::space::Space;
use crate::tour::Tour;

/// Start cells that the greedy search is tried from.
const MAX_STARTS: usize = 10;
/// Rounds of improvement of the order of cells.
const MAX_ROUNDS: usize = 4;
/// Cells beyond which orders of cells are not improved by exchange.
const MAX_EXCHANGE_CELLS: usize = 24;
/// Lines beyond which the order of lines is not improved.
const MAX_TOUR_LINES: usize = 1_500;
/// Where the kicks of the search begin.
const SEED: u64 = 0x5eed;

/// One line, flown in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// Index of the line.
    pub line: usize,
    /// From `b` to `a`.
    pub reversed: bool,
}

/// How much the order is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// As the crow flies, cell by cell.
    Rough,
    /// Real ways; lines are exchanged until that does not help.
    Settled,
    /// The same with so many kicks.
    Kicked(usize),
}

/// What the search needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// All lines.
    pub lines: &'a [Line],
    /// Where ways lead.
    pub space: &'a Space,
    /// What legs cost.
    pub price: Price,
    /// Fly every so many lines and come back for the others (wings whose
    /// turns are wider than the lines are apart).
    pub skip: usize,
    /// Start and end of the route.
    pub home: Option<[f64; 2]>,
    /// How much work it is worth.
    pub care: Care,
}

/// Passes of one way to fly a cell.
struct Choice {
    passes: Vec<Pass>,
    entry: usize,
    exit: usize,
}

/// The end of a line at which a pass begins, as in [`Legs`].
fn entry(pass: Pass) -> usize {
    2 * pass.line + usize::from(pass.reversed)
}

impl Search<'_> {
    /// Passes over all lines of the cells in a short order.
    pub fn arrange(&self, cells: &[Cell]) -> Vec<Pass> {
        // The search counts only the lines that it is about.
        let mut used: Vec<usize> = cells.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let lines: Vec<Line> = used
            .iter()
            .filter_map(|l| self.lines.get(*l).copied())
            .collect();
        if lines.len() != used.len() {
            return Vec::new();
        }
        let own = |l: &usize| used.binary_search(l).unwrap_or(0);
        let cells: Vec<Cell> = cells.iter().map(|c| c.iter().map(own).collect()).collect();
        let mut legs = Legs::new(&lines, self.space, self.price, self.home);
        let mut passes = self.by_cells(&cells, &mut legs);
        if self.care != Care::Rough {
            passes = self.improved(passes, &mut legs);
        }
        for pass in &mut passes {
            pass.line = used.get(pass.line).copied().unwrap_or(pass.line);
        }
        passes
    }

    /// An order of all lines made better.
    pub fn polish(&self, order: &[Pass]) -> Vec<Pass> {
        let mut legs = Legs::new(self.lines, self.space, self.price, self.home);
        self.improved(order.to_vec(), &mut legs)
    }

    fn improved(&self, passes: Vec<Pass>, legs: &mut Legs<'_>) -> Vec<Pass> {
        if passes.len() > MAX_TOUR_LINES {
            return passes;
        }
        let kicks = match self.care {
            Care::Kicked(kicks) => kicks,
            _ => 0,
        };
        let mut tour = Tour::new(legs, passes.iter().map(|p| entry(*p)).collect());
        tour.improve(kicks, SEED);
        let pass = |n: &usize| Pass {
            line: n / 2,
            reversed: n % 2 == 1,
        };
        tour.nodes.iter().map(pass).collect()
    }

    /// Cell by cell, each in one of four ways.
    fn by_cells(&self, cells: &[Cell], legs: &mut Legs<'_>) -> Vec<Pass> {
        let choices: Vec<Vec<Choice>> = cells
            .iter()
            .filter(|c| !c.is_empty())
            .map(|c| self.choices(c))
            .collect();
        let n = choices.len();
        let real = self.care != Care::Rough && n <= MAX_EXCHANGE_CELLS;
        let ways = Ways::new(&choices, legs, real);
        let mut best: Option<(f64, Vec<usize>)> = None;
        for start in 0..n.min(MAX_STARTS) {
            let order = ways.greedy(start * n / n.clamp(1, MAX_STARTS), n);
            let cost = ways.best(&order).0;
            if best.as_ref().is_none_or(|b| cost < b.0) {
                best = Some((cost, order));
            }
        }
        let Some((mut cost, mut order)) = best else {
            return Vec::new();
        };
        if real {
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
                        let c = ways.best(&other).0;
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
        let picks = ways.best(&order).1;
        let mut passes = Vec::new();
        for (cell, pick) in order.iter().zip(picks) {
            if let Some(choice) = choices.get(*cell).and_then(|c| c.get(pick)) {
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
            choices.push(Choice {
                entry: passes.first().map_or(0, |p| entry(*p)),
                exit: passes.last().map_or(0, |p| entry(*p) ^ 1),
                passes,
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
}

/// Costs of the ways between the choices of cells.
struct Ways {
    n: usize,
    between: Vec<f64>,
    from_home: Vec<f64>,
    to_home: Vec<f64>,
}

impl Ways {
    fn new(cells: &[Vec<Choice>], legs: &mut Legs<'_>, real: bool) -> Self {
        let nodes: Vec<(usize, usize)> =
            cells.iter().flatten().map(|c| (c.entry, c.exit)).collect();
        let mut between = Vec::with_capacity(nodes.len() * nodes.len());
        for (_, from) in &nodes {
            for (to, _) in &nodes {
                between.push(if from / 2 == to / 2 {
                    0.0
                } else if real {
                    legs.between(*from, *to)
                } else {
                    legs.least(*from, *to)
                });
            }
        }
        Self {
            n: nodes.len(),
            between,
            from_home: nodes.iter().map(|n| legs.home_to(n.0)).collect(),
            to_home: nodes.iter().map(|n| legs.home_to(n.1)).collect(),
        }
    }

    /// Always the nearest cell next.
    fn greedy(&self, start: usize, n: usize) -> Vec<usize> {
        let mut order = vec![start];
        let mut left: Vec<usize> = (0..n).filter(|c| *c != start).collect();
        while !left.is_empty() {
            let last = order.last().copied().unwrap_or(start);
            let near = |j: usize| {
                let all = (0..16).map(|k| self.between(last, k / 4, j, k % 4));
                all.fold(f64::INFINITY, f64::min)
            };
            let next = left.iter().enumerate().map(|(at, j)| (near(*j), at));
            let Some((_, at)) = next.min_by(|a, b| a.0.total_cmp(&b.0)) else {
                break;
            };
            order.push(left.remove(at));
        }
        order
    }

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
        let ends = cost
            .iter()
            .enumerate()
            .map(|(pick, c)| (c + at(&self.to_home, last, pick), pick));
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
