//! Moving pieces between sorties while that helps.

mod cross;
mod relocate;
mod shift;
mod turn;

use super::{Balance, Fares, Fleet, Job, Load, Piece, better, load_of, score};

/// Moves that are made at most.
const MAX_MOVES: usize = 400;
/// Most pieces that are moved one by one; larger plans are left as divided.
const MAX_PIECES: usize = 700;

/// Improves jobs by moving runs of pieces to other sorties, exchanging ends,
/// turning stretches around and shifting cuts: the best move first, until none
/// helps.
#[must_use]
pub fn improve(fares: &dyn Fares, fleet: &Fleet, jobs: Vec<Job>, balance: Balance) -> Vec<Job> {
    let pieces: usize = jobs.iter().map(|j| j.pieces.len()).sum();
    let mut search = Local {
        fares,
        fleet,
        balance,
        score: score(fleet, balance, &jobs),
        jobs,
    };
    if pieces > MAX_PIECES {
        return search.jobs;
    }
    for _ in 0..MAX_MOVES {
        let moved = search.turn() || search.shift() || search.relocate() || search.cross();
        if !moved {
            break;
        }
    }
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

    /// The score when jobs `a` and `b` take this long.
    fn with(&self, changes: &[(usize, f64)]) -> (f64, f64) {
        let mut jobs: Vec<Job> = Vec::with_capacity(self.jobs.len());
        for (index, job) in self.jobs.iter().enumerate() {
            let time = changes.iter().find(|c| c.0 == index).map(|c| c.1);
            let time_s = time.unwrap_or(job.load.time_s);
            if time_s > 0.0 {
                jobs.push(Job {
                    pieces: Vec::new(),
                    load: Load { time_s, ..job.load },
                    ..*job
                });
            }
        }
        score(self.fleet, self.balance, &jobs)
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
        let good = better(s, self.score);
        if good {
            (self.jobs, self.score) = (jobs, s);
        }
        good
    }

    /// Jobs that decide the score: those of the last vehicle, or all.
    fn critical(&self) -> Vec<usize> {
        let times = self.fleet.times_s(&self.jobs);
        let longest = times.iter().copied().fold(0.0, f64::max);
        let all = self.balance == Balance::Effort || self.fleet.vehicles.len() < 2;
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
