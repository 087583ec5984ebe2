//! Taking pieces out that lie close together, and putting them back where they
//! cost least, those first that have least choice (G. Schrimpf et al., J.
//! Computational Physics 159, 2000; regret after D. Pisinger and S. Ropke,
//! Computers & Operations Research 34, 2007).

use super::Local;
use crate::sorties::{Job, Load, Piece, load_of};

/// Most pieces that are taken out at once.
const MAX_OUT: usize = 7;
/// How much worse than the best the search goes on from at first.
const WORSE: f64 = 0.04;
/// Costs of putting back are looked at up to this share dearer, by chance.
const NOISE: f64 = 0.3;
/// Rounds at most.
const MAX_ROUNDS: usize = 400;
/// Seconds over the best makespan weigh this much more than others.
const OVER: f64 = 20.0;
/// A sortie more weighs this much where sorties are counted first.
const SORTIE_S: f64 = 1e6;

/// Where a piece may go, and what that costs.
#[derive(Clone, Copy, Debug)]
struct Spot {
    value: f64,
    job: usize,
    at: usize,
    reversed: bool,
    load: Load,
}

impl Local<'_> {
    /// Ruins and recreates while the budget of places to look at lasts.
    pub fn ruin(&mut self, most_looks: usize) {
        // SplitMix64: the same sequence for every plan.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut chance = |below: usize| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) % below.max(1) as u64) as usize
        };
        let mut looks = 0;
        let mut best = (self.jobs.clone(), self.score);
        for round in 0..MAX_ROUNDS {
            if looks > most_looks {
                break;
            }
            let (before, score) = (self.jobs.clone(), self.score);
            let out = self.take_out(chance(usize::MAX), 2 + chance(MAX_OUT - 1), &mut chance);
            let back = self.put_back(out, &mut looks, &mut chance);
            self.jobs.retain(|j| !j.pieces.is_empty());
            self.rescore();
            if back {
                while self.turn() || self.shift() {}
            }
            if back && self.is_better(self.score, best.1) {
                best = (self.jobs.clone(), self.score);
            }
            // Record-to-record travel (G. Dueck, J. Computational Physics 104,
            // 1993): a little worse than the best is gone on from.
            let done = (round as f64 / MAX_ROUNDS as f64).max(looks as f64 / most_looks as f64);
            let slack = 1.0 + WORSE * (1.0 - done);
            let near = if self.fleet.counts_sorties(self.balance) {
                self.score.0 == best.1.0 && self.score.1 <= slack * best.1.1
            } else {
                self.score.0 <= slack * best.1.0
            };
            if !back || !near {
                (self.jobs, self.score) = (before, score);
            }
        }
        (self.jobs, self.score) = best;
    }

    /// Takes out a piece and those that are reached from it soonest.
    fn take_out(
        &mut self,
        seed: usize,
        count: usize,
        chance: &mut impl FnMut(usize) -> usize,
    ) -> Vec<Piece> {
        let all: Vec<Piece> = self.jobs.iter().flat_map(|j| j.pieces.clone()).collect();
        let Some(first) = all.get(seed % all.len().max(1)).copied() else {
            return Vec::new();
        };
        let class = self.fleet.class(0);
        let near = |p: &Piece| {
            let ways = [(first, *p), (first.reversed(), *p), (first, p.reversed())];
            let ways = ways.map(|(a, b)| self.fares.between(class, a, b).time_s);
            ways.into_iter().fold(f64::INFINITY, f64::min)
        };
        let mut others: Vec<(f64, Piece)> = all
            .iter()
            .filter(|p| **p != first)
            .map(|p| (near(p), *p))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut out = vec![first];
        for (_, piece) in others {
            if out.len() >= count {
                break;
            }
            // One in four stays, so that no two rounds are alike.
            if chance(4) > 0 {
                out.push(piece);
            }
        }
        // Lines that were cut are mostly made whole again.
        let join = chance(4) > 0;
        let mut joined: Vec<Piece> = Vec::new();
        for piece in &out {
            let parts = all.iter().filter(|p| p.line == piece.line).count();
            if !join || parts < 2 {
                joined.push(*piece);
            } else if !joined.iter().any(|p| p.line == piece.line) {
                joined.push(Piece::whole(piece.line, false));
            }
        }
        let whole = |p: &Piece| joined.iter().any(|j| j.line == p.line && j.share() == 1.0);
        for index in 0..self.jobs.len() {
            let class = self.class(index);
            let fares = self.fares;
            if let Some(job) = self.jobs.get_mut(index)
                && job.pieces.iter().any(|p| out.contains(p) || whole(p))
            {
                job.pieces.retain(|p| !out.contains(p) && !whole(p));
                job.load = load_of(fares, class, job.site, &job.pieces);
            }
        }
        joined
    }

    /// Puts pieces back; false when one of them fits nowhere.
    fn put_back(
        &mut self,
        mut out: Vec<Piece>,
        looks: &mut usize,
        chance: &mut impl FnMut(usize) -> usize,
    ) -> bool {
        // An empty sortie for each vehicle and site.
        self.jobs.retain(|j| !j.pieces.is_empty());
        for vehicle in 0..self.fleet.vehicles.len() {
            let class = self.fleet.classes.get(self.fleet.class(vehicle));
            for site in 0..class.map_or(0, |c| c.sites) {
                self.jobs.push(Job {
                    vehicle,
                    site,
                    pieces: Vec::new(),
                    load: Load::default(),
                });
            }
        }
        while !out.is_empty() {
            let mut choice: Option<(f64, usize, Spot)> = None;
            for (index, piece) in out.iter().enumerate() {
                let Some((best, second)) = self.spots(*piece, looks, chance) else {
                    return false;
                };
                let regret = second - best.value;
                if choice.is_none_or(|c| regret > c.0) {
                    choice = Some((regret, index, best));
                }
            }
            let Some((_, index, spot)) = choice else {
                return false;
            };
            let piece = out.swap_remove(index);
            if let Some(job) = self.jobs.get_mut(spot.job) {
                let piece = if spot.reversed {
                    piece.reversed()
                } else {
                    piece
                };
                job.pieces.insert(spot.at, piece);
                job.load = spot.load;
            }
        }
        true
    }

    /// The best spot for a piece, and the value of the best in another sortie.
    fn spots(
        &self,
        piece: Piece,
        looks: &mut usize,
        chance: &mut impl FnMut(usize) -> usize,
    ) -> Option<(Spot, f64)> {
        let times = self.fleet.times_s(&self.jobs);
        let counted = self.fleet.counts_sorties(self.balance);
        let mut best: Option<Spot> = None;
        let mut second = f64::INFINITY;
        for job in 0..self.jobs.len() {
            let Some(to) = self.jobs.get(job) else {
                continue;
            };
            let busy = times.get(to.vehicle).copied().unwrap_or(0.0);
            let fresh = to.pieces.is_empty();
            let mut here: Option<Spot> = None;
            let noise = 1.0 + NOISE * chance(1000) as f64 / 1000.0;
            for (at, reversed, load) in self.insertions(job, &[piece]) {
                *looks += 1;
                let mut gain = noise * (load.time_s - to.load.time_s);
                if fresh && busy > 0.0 {
                    gain += self.fleet.swap_s;
                }
                let value = if counted {
                    gain + if fresh { SORTIE_S } else { 0.0 }
                } else {
                    gain + OVER * (busy + gain - 0.9999 * self.score.0).max(0.0)
                };
                if here.is_none_or(|h| value < h.value) {
                    here = Some(Spot {
                        value,
                        job,
                        at,
                        reversed,
                        load,
                    });
                }
            }
            let Some(here) = here else { continue };
            match &best {
                Some(b) if here.value >= b.value => second = second.min(here.value),
                _ => {
                    second = best.map_or(second, |b| second.min(b.value));
                    best = Some(here);
                }
            }
        }
        best.map(|b| (b, second.min(1e12)))
    }
}
