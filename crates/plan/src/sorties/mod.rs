//! Sharing photo lines among sorties, vehicles and launch sites.
//!
//! Route first, cluster second (J. E. Beasley, Omega 11, 1983; C. Prins,
//! Computers & Operations Research 31, 2004): a giant tour over all lines,
//! cut into atoms, is divided among the vehicles and their sorties by dynamic
//! programming, which is exact for that tour; then pieces move between
//! sorties while that helps. Few lines are shared exactly.
//!
//! All of it works on [`Fares`], so that it can be held against exact solvers
//! without terrain and aircraft.

mod atoms;
mod divide;
mod exact;
mod few;
mod improve;
pub mod limits;
mod price;
mod table;
mod verified;

pub use divide::divide;
pub use exact::{MAX_LINES as MAX_EXACT_LINES, shared_exactly};
pub use improve::improve;
pub(crate) use price::Prices;
pub(crate) use verified::verified;

use core::ops::{Add, AddAssign, Sub};
use serde::{Deserialize, Serialize};

/// Divided tours that are improved.
const IMPROVED: usize = 2;

/// What a flight, or a part of one, takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Time in the air.
    pub time_s: f64,
    /// Energy out of the battery.
    pub energy_wh: f64,
    /// Mission items.
    pub items: f64,
}

impl Load {
    /// More than any aircraft has.
    pub const IMPOSSIBLE: Self = Self {
        time_s: f64::INFINITY,
        energy_wh: f64::INFINITY,
        items: f64::INFINITY,
    };

    /// Whether an aircraft with this limit can do it.
    #[must_use]
    pub fn within(self, limit: Self) -> bool {
        // A microsecond for rounding.
        self.time_s <= limit.time_s + 1e-6
            && self.energy_wh <= limit.energy_wh + 1e-9
            && self.items <= limit.items + 1e-6
    }
}

impl Add for Load {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            time_s: self.time_s + other.time_s,
            energy_wh: self.energy_wh + other.energy_wh,
            items: self.items + other.items,
        }
    }
}

impl Sub for Load {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            time_s: self.time_s - other.time_s,
            energy_wh: self.energy_wh - other.energy_wh,
            items: self.items - other.items,
        }
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A part of a photo line, flown in one direction. Places are shares of the
/// line from its `a` (0) to its `b` (1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Which line.
    pub line: usize,
    /// Where it starts.
    pub from: f64,
    /// Where it ends; less than `from` against the line's direction.
    pub to: f64,
}

impl Piece {
    /// A whole line.
    #[must_use]
    pub fn whole(line: usize, reversed: bool) -> Self {
        let (from, to) = if reversed { (1.0, 0.0) } else { (0.0, 1.0) };
        Self { line, from, to }
    }

    /// The same part, flown the other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
            ..self
        }
    }

    /// Share of the line.
    #[must_use]
    pub fn share(self) -> f64 {
        (self.to - self.from).abs()
    }
}

/// What flying takes. Loads add up along a sortie: out, pieces with the ways
/// between them, back.
pub trait Fares {
    /// Flying a piece, from rest to rest.
    fn pass(&self, class: usize, piece: Piece) -> Load;
    /// From the end of a piece to the start of another.
    fn between(&self, class: usize, from: Piece, to: Piece) -> Load;
    /// Take-off at a site and the way to the start of a piece.
    fn out(&self, class: usize, site: usize, to: Piece) -> Load;
    /// The way from the end of a piece to a site, and landing.
    fn back(&self, class: usize, site: usize, from: Piece) -> Load;
}

/// Vehicles that are alike: same type, same launch sites.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// What one battery, the endurance and the autopilot's memory hold.
    pub limit: Load,
    /// Number of launch sites that they may use, 1 or more.
    pub sites: usize,
    /// Time from site to site for the crew, `sites` × `sites`.
    pub moves_s: Vec<f64>,
}

impl Class {
    /// Time between a sortie from site `a` and the next from site `b`, without
    /// the change of battery.
    fn move_s(&self, a: usize, b: usize) -> f64 {
        let moves = self.moves_s.get(a * self.sites + b);
        moves.copied().unwrap_or(0.0)
    }
}

/// The vehicles.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Kinds of vehicles.
    pub classes: Vec<Class>,
    /// The class of each vehicle.
    pub vehicles: Vec<usize>,
    /// Time on the ground between two sorties of a vehicle.
    pub swap_s: f64,
}

impl Fleet {
    /// The class of a vehicle.
    #[must_use]
    pub fn class(&self, vehicle: usize) -> usize {
        self.vehicles.get(vehicle).copied().unwrap_or(0)
    }

    /// Whether the number of sorties comes before their time.
    fn counts_sorties(&self, balance: Balance) -> bool {
        balance == Balance::Effort || self.vehicles.len() < 2
    }

    fn limit(&self, class: usize) -> Load {
        self.classes
            .get(class)
            .map_or_else(Load::default, |c| c.limit)
    }

    /// Time until the last sortie of each vehicle is back. Jobs that take no
    /// time are none.
    #[must_use]
    pub fn times_s(&self, jobs: &[Job]) -> Vec<f64> {
        self.times_of(jobs.iter().map(|j| (j.vehicle, j.site, j.load.time_s)))
    }

    /// The same of vehicles, sites and times.
    fn times_of(&self, jobs: impl Iterator<Item = (usize, usize, f64)>) -> Vec<f64> {
        // Time and the site of the last sortie.
        let mut busy: Vec<(f64, Option<usize>)> = vec![(0.0, None); self.vehicles.len()];
        for (vehicle, site, time_s) in jobs.filter(|j| j.2 > 0.0) {
            let Some((sum, at)) = busy.get_mut(vehicle) else {
                continue;
            };
            if let (Some(before), Some(class)) = (*at, self.classes.get(self.class(vehicle))) {
                *sum += self.swap_s + class.move_s(before, site);
            }
            *at = Some(site);
            *sum += time_s;
        }
        busy.into_iter().map(|b| b.0).collect()
    }
}

/// What is minimised when there are several vehicles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// The time until the last vehicle is back.
    #[default]
    Makespan,
    /// The number of sorties, then the time in the air of all together.
    Effort,
}

/// One sortie.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Who flies it.
    pub vehicle: usize,
    /// From which of its class's sites.
    pub site: usize,
    /// What is flown, in order.
    pub pieces: Vec<Piece>,
    /// What it takes.
    pub load: Load,
}

/// What a sortie over `pieces` takes.
pub fn load_of(fares: &dyn Fares, class: usize, site: usize, pieces: &[Piece]) -> Load {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return Load::default();
    };
    let mut load = fares.out(class, site, *first) + fares.back(class, site, *last);
    for piece in pieces {
        load += fares.pass(class, *piece);
    }
    for pair in pieces.windows(2) {
        if let [a, b] = pair {
            load += fares.between(class, *a, *b);
        }
    }
    load
}

/// How good an answer is; less is better. One vehicle, and `Effort`: number of
/// sorties before time. Several: the last one's time, then the sum.
#[must_use]
pub fn score(fleet: &Fleet, balance: Balance, jobs: &[Job]) -> (f64, f64) {
    let jobs = jobs.iter().map(|j| (j.vehicle, j.site, j.load.time_s));
    score_of(fleet, balance, jobs)
}

fn score_of(
    fleet: &Fleet,
    balance: Balance,
    jobs: impl Iterator<Item = (usize, usize, f64)> + Clone,
) -> (f64, f64) {
    let times = fleet.times_of(jobs.clone());
    if fleet.counts_sorties(balance) {
        let sorties = jobs.filter(|j| j.2 > 0.0).count();
        (sorties as f64, times.iter().sum())
    } else {
        let longest = times.into_iter().fold(0.0, f64::max);
        (longest, jobs.map(|j| j.2).sum())
    }
}

/// Whether the score `a` is better than `b` by more than rounding.
pub(crate) fn better(a: (f64, f64), b: (f64, f64)) -> bool {
    let eps = 1e-9 * b.0.abs().max(1e-6);
    a.0 < b.0 - eps || (a.0 <= b.0 + eps && a.1 < b.1 - 1e-9 * b.1.abs())
}

/// How much is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Places that are looked at when pieces are moved; 0: tours are divided and
    /// that is all.
    pub looks: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { looks: 60_000 }
    }
}

/// Shares the lines of the tours among the fleet. Each tour holds all lines,
/// whole. `None`: some place cannot be reached and left again within the limit
/// of any vehicle.
#[must_use]
pub fn share(
    fares: &dyn Fares,
    fleet: &Fleet,
    tours: &[Vec<Piece>],
    balance: Balance,
    budget: Budget,
) -> Option<Vec<Job>> {
    let found = if fleet.counts_sorties(balance) {
        let few = few::fewest(fares, fleet, tours, budget);
        few.map(|jobs| improve(fares, fleet, jobs, balance, budget))
    } else {
        soonest(fares, fleet, tours, budget)
    };
    let lines = tours.first().map_or(0, Vec::len);
    let exact = (lines <= MAX_EXACT_LINES)
        .then(|| shared_exactly(fares, fleet, lines, balance))
        .flatten()
        .map(|jobs| improve(fares, fleet, jobs, balance, budget));
    let scored = |jobs: Vec<Job>| (score(fleet, balance, &jobs), jobs);
    let both = found.into_iter().chain(exact).map(scored);
    both.reduce(|a, b| if better(b.0, a.0) { b } else { a })
        .map(|b| b.1)
}

/// The sorties after which the last vehicle is back soonest: all tours divided,
/// the best of them improved.
fn soonest(
    fares: &dyn Fares,
    fleet: &Fleet,
    tours: &[Vec<Piece>],
    budget: Budget,
) -> Option<Vec<Job>> {
    let scored = |jobs: Vec<Job>| (score(fleet, Balance::Makespan, &jobs), jobs);
    let mut found: Vec<((f64, f64), Vec<Job>)> = tours
        .iter()
        .filter_map(|tour| divide(fares, fleet, tour, Balance::Makespan))
        .map(scored)
        .collect();
    found.sort_by(|a, b| a.0.0.total_cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    found.truncate(IMPROVED);
    found
        .into_iter()
        .map(|(_, jobs)| scored(improve(fares, fleet, jobs, Balance::Makespan, budget)))
        .reduce(|a, b| if better(b.0, a.0) { b } else { a })
        .map(|b| b.1)
}
