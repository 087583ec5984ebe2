//! Moving pieces between sorties while that helps.

mod cross;
mod relocate;
mod ruin;
mod shift;
mod turn;

use super::{Balance, Budget, Fares, Fleet, Job, Load, Piece, better, load_of, score, score_of};

/// Moves that are made at most.
const MAX_MOVES: usize = 400;
/// Most pieces that are moved one by one; larger plans are left as divided.
const MAX_PIECES: usize = 700;

/// Improves jobs by moving runs of pieces to other sorties, exchanging ends,
/// turning stretches around and shifting cuts, and by taking several out and
/// putting them back, until none of it helps or the budget is used.
#[must_use]
pub fn improve(
    fares: &dyn Fares,
    fleet: &Fleet,
    jobs: Vec<Job>,
    balance: Balance,
    budget: Budget,
) -> Vec<Job> {
    let pieces: usize = jobs.iter().map(|j| j.pieces.len()).sum();
    let mut search = Local {
        fares,
        fleet,
        balance,
        score: score(fleet, balance, &jobs),
        jobs,
    };
    if pieces > MAX_PIECES || budget.looks == 0 {
        return search.jobs;
    }
    search.descend();
    search.ruin(budget.looks);
    search.descend();
    search.jobs
}

struct Local<'a> {
    fares: &'a dyn Fares,
    fleet: &'a Fleet,
    balance: Balance,
    score: (f64, f64),
    jobs: Vec<Job>,
}

impl Local<'_> {
    /// The best move first, until none helps.
    fn descend(&mut self) {
        for _ in 0..MAX_MOVES {
            let moved =
                self.turn() || self.shift() || self.relocate() || self.cut() || self.cross();
            if !moved {
                break;
            }
        }
    }

    fn rescore(&mut self) {
        self.score = score(self.fleet, self.balance, &self.jobs);
    }

    fn class(&self, job: usize) -> usize {
        self.jobs
            .get(job)
            .map_or(0, |j| self.fleet.class(j.vehicle))
    }

    fn job_of(&self, job: usize, pieces: Vec<Piece>) -> Option<Job> {
        let old = self.jobs.get(job)?;
        let class = self.class(job);
        let load = load_of(self.fares, class, old.site, &pieces);
        load.within(self.fleet.limit(class)).then_some(Job {
            pieces,
            load,
            ..*old
        })
    }

    /// The score when some jobs take another time.
    fn with(&self, changes: &[(usize, f64)]) -> (f64, f64) {
        let jobs = self.jobs.iter().enumerate().map(|(index, job)| {
            let change = changes.iter().find(|c| c.0 == index);
            let time_s = change.map_or(job.load.time_s, |c| c.1);
            (job.vehicle, job.site, time_s)
        });
        score_of(self.fleet, self.balance, jobs)
    }

    /// Whether a score is better. Where sorties are counted their number stays:
    /// it is the least for the tours, whatever the endurance, so that more
    /// endurance never needs more of them.
    fn is_better(&self, a: (f64, f64), b: (f64, f64)) -> bool {
        better(a, b) && (!self.fleet.counts_sorties(self.balance) || a.0 == b.0)
    }

    /// Puts jobs in place of others when that is better.
    fn take(&mut self, new: Vec<(usize, Job)>) -> bool {
        let mut jobs = self.jobs.clone();
        for (index, job) in new {
            if let Some(j) = jobs.get_mut(index) {
                *j = job;
            }
        }
        jobs.retain(|j| !j.pieces.is_empty());
        let s = score(self.fleet, self.balance, &jobs);
        let good = self.is_better(s, self.score);
        if good {
            (self.jobs, self.score) = (jobs, s);
        }
        good
    }

    /// Jobs that decide the score: those of the last vehicle, or all.
    fn critical(&self) -> Vec<usize> {
        let times = self.fleet.times_s(&self.jobs);
        let longest = times.iter().copied().fold(0.0, f64::max);
        let all = self.fleet.counts_sorties(self.balance);
        let decides = |j: &Job| {
            all || times
                .get(j.vehicle)
                .is_some_and(|t| *t >= longest * 0.999_999)
        };
        let jobs = self.jobs.iter().enumerate();
        jobs.filter(|(_, j)| decides(j)).map(|(i, _)| i).collect()
    }

    /// From piece to piece; `None` is home.
    fn way(&self, class: usize, site: usize, a: Option<Piece>, b: Option<Piece>) -> Load {
        match (a, b) {
            (Some(a), Some(b)) => self.fares.between(class, a, b),
            (None, Some(b)) => self.fares.out(class, site, b),
            (Some(a), None) => self.fares.back(class, site, a),
            (None, None) => Load::default(),
        }
    }
}

/// A run flown the other way round.
fn turned(run: &mut [Piece]) {
    run.reverse();
    for piece in run {
        *piece = piece.reversed();
    }
}

/// Pieces of one line that follow each other become one.
fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match out.last_mut() {
            Some(last)
                if last.line == piece.line
                    && last.to == piece.from
                    && (last.to - last.from) * (piece.to - piece.from) > 0.0 =>
            {
                last.to = piece.to;
            }
            _ => out.push(piece),
        }
    }
    out
}
