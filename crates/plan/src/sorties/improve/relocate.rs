//! Moving runs of pieces from sortie to sortie.

use super::{Local, merged, turned};
use crate::sorties::{Load, Piece, load_of};

/// Longest run of pieces that is moved at once.
const MAX_RUN: usize = 3;

impl Local<'_> {
    /// Moves a run of pieces of a deciding sortie to where it costs least.
    pub fn relocate(&mut self) -> bool {
        let mut best: Option<((f64, f64), [usize; 5], bool)> = None;
        for a in self.critical() {
            let Some(from) = self.jobs.get(a) else {
                continue;
            };
            let class_a = self.class(a);
            for x in 0..from.pieces.len() {
                for run in 1..=MAX_RUN.min(from.pieces.len() - x) {
                    let mut rest = from.pieces.clone();
                    let moved: Vec<Piece> = rest.drain(x..x + run).collect();
                    let left = load_of(self.fares, class_a, from.site, &rest).time_s;
                    for b in (0..self.jobs.len()).filter(|b| *b != a) {
                        for (at, reversed, load) in self.insertions(b, &moved) {
                            let s = self.with(&[(a, left), (b, load.time_s)]);
                            if self.is_better(s, best.map_or(self.score, |b| b.0)) {
                                best = Some((s, [a, x, run, b, at], reversed));
                            }
                        }
                    }
                }
            }
        }
        let Some((_, [a, x, run, b, at], reversed)) = best else {
            return false;
        };
        let (Some(from), Some(to)) = (self.jobs.get(a), self.jobs.get(b)) else {
            return false;
        };
        let (mut rest, mut grown) = (from.pieces.clone(), to.pieces.clone());
        let mut moved: Vec<Piece> = rest.drain(x..x + run).collect();
        if reversed {
            turned(&mut moved);
        }
        grown.splice(at..at, moved);
        match (self.job_of(a, rest), self.job_of(b, merged(grown))) {
            (Some(rest), Some(grown)) => self.take(vec![(a, rest), (b, grown)]),
            _ => false,
        }
    }

    /// Each place of a sortie that a run may go to, and what the sortie takes
    /// then.
    pub fn insertions(&self, b: usize, run: &[Piece]) -> Vec<(usize, bool, Load)> {
        let mut out = Vec::new();
        let (Some(job), Some(first), Some(last)) = (self.jobs.get(b), run.first(), run.last())
        else {
            return out;
        };
        let class = self.class(b);
        let limit = self.fleet.limit(class);
        let mut back = run.to_vec();
        turned(&mut back);
        let inner = |run: &[Piece]| {
            let passes = run.iter().map(|p| self.fares.pass(class, *p));
            let ways = run.windows(2).filter_map(|p| match p {
                [a, b] => Some(self.fares.between(class, *a, *b)),
                _ => None,
            });
            passes.chain(ways).fold(job.load, |sum, load| sum + load)
        };
        for (run, reversed) in [(run, false), (&back[..], true)] {
            let with = inner(run);
            if !with.within(limit) {
                continue;
            }
            let (first, last) = if reversed {
                (last.reversed(), first.reversed())
            } else {
                (*first, *last)
            };
            for at in 0..=job.pieces.len() {
                let before = at.checked_sub(1).and_then(|i| job.pieces.get(i)).copied();
                let after = job.pieces.get(at).copied();
                let way = |a, b| self.way(class, job.site, a, b);
                let load =
                    with + way(before, Some(first)) + way(Some(last), after) - way(before, after);
                if load.within(limit) {
                    out.push((at, reversed, load));
                }
            }
        }
        out
    }
}
