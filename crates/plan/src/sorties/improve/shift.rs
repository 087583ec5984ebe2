//! Shifting the cut of a line between two sorties, and making such cuts.

use super::{Local, merged};
use crate::sorties::{Job, Piece};

/// Cuts are at whole parts of a line.
const PARTS: f64 = 64.0;
/// Where new cuts are made.
const NEW_CUTS: [f64; 3] = [0.25, 0.5, 0.75];

/// Two sorties after a part of a line went from one to the other.
type Given = ((f64, f64), (usize, Job), (usize, Job));

impl Local<'_> {
    /// Gives a part of an end of a deciding sortie to one that has the rest of
    /// that line.
    pub fn shift(&mut self) -> bool {
        self.give(false)
    }

    /// Gives a part of an end of a deciding sortie to one that comes by.
    pub fn cut(&mut self) -> bool {
        self.give(true)
    }

    fn give(&mut self, new: bool) -> bool {
        let mut best: Option<Given> = None;
        for a in self.critical() {
            for b in (0..self.jobs.len()).filter(|b| *b != a) {
                for end in [false, true] {
                    let found = if new {
                        self.new_cut(a, b, end)
                    } else {
                        self.shifted(a, b, end)
                    };
                    if let Some(found) = found
                        && self.is_better(found.0, best.as_ref().map_or(self.score, |b| b.0))
                    {
                        best = Some(found);
                    }
                }
            }
        }
        best.is_some_and(|(_, from, to)| self.take(vec![from, to]))
    }

    /// The first or last piece of a sortie, cut so that it keeps a share.
    fn kept(&self, a: usize, end: bool, share: f64) -> Option<(Job, Piece)> {
        let job = self.jobs.get(a)?;
        let index = if end {
            job.pieces.len().checked_sub(1)?
        } else {
            0
        };
        let piece = *job.pieces.get(index)?;
        let long = piece.to - piece.from;
        let at = if end {
            piece.from + share * long
        } else {
            piece.to - share * long
        };
        let at = (at * PARTS).round() / PARTS;
        let inside = (at - piece.from) * (piece.to - at) > 0.0;
        if !inside {
            return None;
        }
        let (keep, give) = if end {
            (Piece { to: at, ..piece }, Piece { from: at, ..piece })
        } else {
            (Piece { from: at, ..piece }, Piece { to: at, ..piece })
        };
        let mut pieces = job.pieces.clone();
        *pieces.get_mut(index)? = keep;
        Some((self.job_of(a, pieces)?, give))
    }

    fn scored(&self, (a, from): (usize, Job), (b, to): (usize, Job)) -> Given {
        let score = self.with(&[(a, from.load.time_s), (b, to.load.time_s)]);
        (score, (a, from), (b, to))
    }

    /// The best place of a cut that is there already: the score is unimodal
    /// along the line but for rounding.
    fn shifted(&self, a: usize, b: usize, end: bool) -> Option<Given> {
        let other = self.jobs.get(b)?;
        let at = |share: f64| {
            let (from, give) = self.kept(a, end, share)?;
            let to = self.job_of(b, grown(other, give)?)?;
            Some(self.scored((a, from), (b, to)))
        };
        // Does it have the rest of this line at all?
        let whole = self.jobs.get(a)?;
        let piece = if end {
            whole.pieces.last()
        } else {
            whole.pieces.first()
        };
        grown(other, *piece?)?;
        let mut best: Option<Given> = None;
        let (mut low, mut high) = (0.0, 1.0);
        while high - low > 1.0 / PARTS {
            let (p, q) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            let (left, right) = (at(p), at(q));
            let score = |g: &Option<Given>| g.as_ref().map(|g| g.0);
            // Where the other cannot take so much, more is kept.
            let keep_more = match (score(&left), score(&right)) {
                (Some(l), Some(r)) => r <= l,
                (left, _) => left.is_none(),
            };
            for given in [left, right].into_iter().flatten() {
                if best.as_ref().is_none_or(|b| self.is_better(given.0, b.0)) {
                    best = Some(given);
                }
            }
            if keep_more {
                low = p;
            } else {
                high = q;
            }
        }
        best
    }

    /// The best of a few new cuts.
    fn new_cut(&self, a: usize, b: usize, end: bool) -> Option<Given> {
        let other = self.jobs.get(b)?;
        let mut best: Option<Given> = None;
        for share in NEW_CUTS {
            let Some((from, give)) = self.kept(a, end, share) else {
                continue;
            };
            let spots = self.insertions(b, &[give]);
            let least = spots
                .iter()
                .min_by(|p, q| p.2.time_s.total_cmp(&q.2.time_s));
            let Some((at, reversed, _)) = least else {
                continue;
            };
            let mut pieces = other.pieces.clone();
            pieces.insert(*at, if *reversed { give.reversed() } else { give });
            if let Some(to) = self.job_of(b, merged(pieces)) {
                let given = self.scored((a, from), (b, to));
                if best.as_ref().is_none_or(|b| self.is_better(given.0, b.0)) {
                    best = Some(given);
                }
            }
        }
        best
    }
}

/// The pieces of a job, grown by a part of a line that it has the rest of.
fn grown(job: &Job, give: Piece) -> Option<Vec<Piece>> {
    let mut pieces = job.pieces.clone();
    let touches = |p: &&mut Piece| {
        let ends = [p.from, p.to];
        p.line == give.line && (ends.contains(&give.from) || ends.contains(&give.to))
    };
    let piece = pieces.iter_mut().find(touches)?;
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
