//! Shifting the cut of a line between two sorties.

use super::{Local, merged};
use crate::sorties::{Job, Piece};

/// Halvings of the place of a cut.
const CUT_STEPS: usize = 12;

impl Local<'_> {
    /// Gives a part of an end of a deciding sortie to a sortie that comes by:
    /// shifts the cut between them or makes one.
    pub fn shift(&mut self) -> bool {
        for a in self.critical() {
            for b in (0..self.jobs.len()).filter(|b| *b != a) {
                for end in [false, true] {
                    if self.shift_end(a, b, end) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn shift_end(&mut self, a: usize, b: usize, end: bool) -> bool {
        let (Some(ja), Some(jb)) = (self.jobs.get(a), self.jobs.get(b)) else {
            return false;
        };
        let index = if end { ja.pieces.len() - 1 } else { 0 };
        let Some(piece) = ja.pieces.get(index).copied() else {
            return false;
        };
        let mut best: Option<((f64, f64), Job, Job)> = None;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..CUT_STEPS {
            let share = 0.5 * (low + high);
            let place = piece.from + share * (piece.to - piece.from);
            let (keep, give) = if end {
                (
                    Piece { to: place, ..piece },
                    Piece {
                        from: place,
                        ..piece
                    },
                )
            } else {
                (
                    Piece {
                        from: place,
                        ..piece
                    },
                    Piece { to: place, ..piece },
                )
            };
            let mut rest = ja.pieces.clone();
            if let Some(p) = rest.get_mut(index) {
                *p = keep;
            }
            // Where the other sortie has its part of the same line, it grows;
            // else the place that costs least.
            let options = self.insertions(b, &[give]);
            let least = options
                .iter()
                .min_by(|p, q| p.2.time_s.total_cmp(&q.2.time_s));
            let grown = least.and_then(|(at, reversed, _)| {
                let mut pieces = jb.pieces.clone();
                pieces.insert(*at, if *reversed { give.reversed() } else { give });
                self.job_of(b, merged(pieces))
            });
            let grown = grow_same_line(jb, give)
                .and_then(|pieces| self.job_of(b, pieces))
                .or(grown);
            let left = self.job_of(a, rest);
            let time_a = self.fleet.times_s(&self.jobs);
            let (Some(grown), Some(left)) = (grown, left) else {
                // The other cannot take so much.
                if end {
                    low = share;
                } else {
                    high = share;
                }
                continue;
            };
            let gain = grown.load.time_s - jb.load.time_s;
            let loss = ja.load.time_s - left.load.time_s;
            let of = |v: usize| time_a.get(v).copied().unwrap_or(0.0);
            let s = self.with(&[(a, left.load.time_s), (b, grown.load.time_s)]);
            // The other is done later: give less.
            let less = ja.vehicle != jb.vehicle && of(jb.vehicle) + gain > of(ja.vehicle) - loss;
            if self.is_better(s, best.as_ref().map_or(self.score, |b| b.0)) {
                best = Some((s, left, grown));
            }
            if less == end {
                low = share;
            } else {
                high = share;
            }
        }
        best.is_some_and(|(_, left, grown)| self.take(vec![(a, left), (b, grown)]))
    }
}

/// The pieces of a job, grown by a part of a line that it has the rest of.
fn grow_same_line(job: &Job, give: Piece) -> Option<Vec<Piece>> {
    let mut pieces = job.pieces.clone();
    let piece = pieces.iter_mut().find(|p| {
        p.line == give.line
            && (p.from == give.to || p.from == give.from || p.to == give.to || p.to == give.from)
    })?;
    let (low, high) = (
        piece.from.min(piece.to).min(give.from).min(give.to),
        piece.from.max(piece.to).max(give.from).max(give.to),
    );
    (piece.from, piece.to) = if piece.from < piece.to {
        (low, high)
    } else {
        (high, low)
    };
    Some(pieces)
}
