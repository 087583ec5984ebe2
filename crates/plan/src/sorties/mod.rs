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
mod improve;
mod price;
mod table;
mod verified;

pub use exact::{MAX_LINES as MAX_EXACT_LINES, shared_exactly};
pub use improve::improve;
pub(crate) use price::Prices;
pub(crate) use verified::verified;

use core::ops::{Add, AddAssign, Sub};
use serde::{Deserialize, Serialize};

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

    fn limit(&self, class: usize) -> Load {
        self.classes
            .get(class)
            .map_or_else(Load::default, |c| c.limit)
    }

    /// Time until the last sortie of each vehicle is back.
    #[must_use]
    pub fn times_s(&self, jobs: &[Job]) -> Vec<f64> {
        let mut times = vec![0.0; self.vehicles.len()];
        let mut at: Vec<Option<usize>> = vec![None; self.vehicles.len()];
        for job in jobs {
            let (Some(time), Some(at)) = (times.get_mut(job.vehicle), at.get_mut(job.vehicle))
            else {
                continue;
            };
            if let (Some(site), Some(class)) = (*at, self.classes.get(self.class(job.vehicle))) {
                *time += self.swap_s + class.move_s(site, job.site);
            }
            *at = Some(job.site);
            *time += job.load.time_s;
        }
        times
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
    let total: f64 = jobs.iter().map(|j| j.load.time_s).sum();
    if balance == Balance::Effort || fleet.vehicles.len() < 2 {
        let times: f64 = fleet.times_s(jobs).iter().sum();
        (jobs.len() as f64, times)
    } else {
        let longest = fleet.times_s(jobs).into_iter().fold(0.0, f64::max);
        (longest, total)
    }
}

/// Whether the score `a` is better than `b` by more than rounding.
pub(crate) fn better(a: (f64, f64), b: (f64, f64)) -> bool {
    let eps = 1e-9 * b.0.abs().max(1e-6);
    a.0 < b.0 - eps || (a.0 <= b.0 + eps && a.1 < b.1 - 1e-9 * b.1.abs())
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
) -> Option<Vec<Job>> {
    let mut best: Option<((f64, f64), Vec<Job>)> = None;
    let mut offer = |jobs: Vec<Job>| {
        let s = score(fleet, balance, &jobs);
        if best.as_ref().is_none_or(|b| better(s, b.0)) {
            best = Some((s, jobs));
        }
    };
    for tour in tours {
        if let Some(jobs) = divide::divide(fares, fleet, tour, balance) {
            let jobs = improve(fares, fleet, jobs, balance);
            offer(jobs);
        }
    }
    let lines = tours.first().map_or(0, Vec::len);
    if lines <= MAX_EXACT_LINES
        && let Some(jobs) = shared_exactly(fares, fleet, lines, balance)
    {
        offer(improve(fares, fleet, jobs, balance));
    }
    best.map(|b| b.1)
}
