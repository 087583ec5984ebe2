//! Turning stretches of a sortie around.

use super::{Local, turned};
use crate::sorties::{Load, Piece};

impl Local<'_> {
    /// Turns a stretch of one sortie around.
    pub fn turn(&mut self) -> bool {
        for index in 0..self.jobs.len() {
            let Some(job) = self.jobs.get(index) else {
                continue;
            };
            let n = job.pieces.len();
            let (class, site, old) = (self.class(index), job.site, job.load);
            let mut best: Option<(f64, usize, usize)> = None;
            for x in 0..n {
                let mut inner = Load::default();
                for y in x..n {
                    inner += self.reversal(class, &job.pieces, x, y);
                    let new = old + inner + self.edges(class, site, &job.pieces, x, y);
                    if new.within(self.fleet.limit(class))
                        && new.time_s < old.time_s - 1e-6
                        && best.is_none_or(|b| new.time_s < b.0)
                    {
                        best = Some((new.time_s, x, y));
                    }
                }
            }
            if let Some((_, x, y)) = best {
                let mut pieces = job.pieces.clone();
                if let Some(part) = pieces.get_mut(x..=y) {
                    turned(part);
                }
                if let Some(job) = self.job_of(index, pieces)
                    && self.take(vec![(index, job)])
                {
                    return true;
                }
            }
        }
        false
    }

    /// What piece `y` and the way to it change when flown the other way round.
    fn reversal(&self, class: usize, pieces: &[Piece], x: usize, y: usize) -> Load {
        let Some(last) = pieces.get(y) else {
            return Load::default();
        };
        let f = self.fares;
        let mut load = f.pass(class, last.reversed()) - f.pass(class, *last);
        if y > x
            && let Some(before) = pieces.get(y - 1)
        {
            load += f.between(class, last.reversed(), before.reversed());
            load = load - f.between(class, *before, *last);
        }
        load
    }

    /// What the ways to and from a stretch change when it is turned around.
    fn edges(&self, class: usize, site: usize, pieces: &[Piece], x: usize, y: usize) -> Load {
        let (Some(first), Some(last)) = (pieces.get(x), pieces.get(y)) else {
            return Load::default();
        };
        let before = x.checked_sub(1).and_then(|i| pieces.get(i)).copied();
        let after = pieces.get(y + 1).copied();
        let way = |a, b| self.way(class, site, a, b);
        way(before, Some(last.reversed())) + way(Some(first.reversed()), after)
            - way(before, Some(*first))
            - way(Some(*last), after)
    }
}
