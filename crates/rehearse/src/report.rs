//! What a campaign showed, as `report.json` states it (DESIGN.md).

use serde::Serialize;

use crate::binomial;
use crate::campaign::{Outcome, Run};

/// Worst runs that are listed to be watched.
pub const WORST_RUNS: usize = 3;
const METHOD: &str = "Clopper-Pearson, two-sided 95 %; one_sided95: one-sided 95 % lower bound";

/// k of n with its bounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probability {
    /// Of what.
    pub name: &'static str,
    /// Runs in which it happened.
    pub k: u64,
    /// Runs.
    pub n: u64,
    /// k/n
    pub p: f64,
    /// Two-sided 95 %.
    pub lower95: f64,
    /// Two-sided 95 %.
    pub upper95: f64,
    /// One-sided 95 % lower bound: "at least".
    pub one_sided95: f64,
    /// How the bounds were found.
    pub method: &'static str,
}

/// Quantiles over the runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// 1 % of the runs have less.
    pub p1: f64,
    /// 5 % of the runs have less.
    pub p5: f64,
    /// Half of the runs have less.
    pub p50: f64,
}

/// A run to look at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WorstRun {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
}

/// The evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Runs counted here.
    pub runs: u64,
    /// Runs of the whole campaign (more than `runs` for a shard).
    pub runs_planned: u32,
    /// Seed of the campaign.
    pub seed: u64,
    /// Seconds flown in simulation.
    pub simulated_s: f64,
    /// Processor seconds that it took (measured by the caller).
    pub cpu_s: f64,
    /// k of n.
    pub probabilities: Vec<Probability>,
    /// Energy left at the end.
    pub reserve_wh: Quantiles,
    /// The runs that came nearest to failing, worst first.
    pub worst: Vec<WorstRun>,
    /// What the numbers rest on.
    pub assumptions: &'static [&'static str],
}

/// Why two shards cannot be one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Different campaigns.
    #[error(
        "these shards are of different campaigns (seed or number of runs differ); join those of one campaign"
    )]
    Different,
    /// A run is there twice.
    #[error("run {0} is in more than one shard; give each shard once")]
    Twice(u32),
}

const ASSUMPTIONS: &[&str] = &[
    "simulation only: the model is not validated for this aircraft unless fitted to its logs",
    "wind: mean speed and direction normal about the forecast, the same at all heights, Dryden turbulence for open ground",
    "battery: capacity N(0.95, 0.05) of the label, resistance log-normal with sigma 0.2",
    "no faults of equipment or link",
];

impl Report {
    /// Counts.
    pub fn of(outcome: &Outcome, cpu_s: f64) -> Self {
        let runs = &outcome.runs;
        let n = runs.len() as u64;
        let reserve = outcome.reserve_fraction;
        let probability = |name, good: &dyn Fn(&Run) -> bool| {
            let k = runs.iter().filter(|r| good(r)).count() as u64;
            let (lower95, upper95) = binomial::interval(k, n, 0.95);
            Probability {
                name,
                k,
                n,
                p: if n > 0 { k as f64 / n as f64 } else { f64::NAN },
                lower95,
                upper95,
                one_sided95: binomial::lower(k, n, 0.95),
                method: METHOD,
            }
        };
        let probabilities = vec![
            probability("mission_complete", &|r| r.completed),
            probability("home", &|r| r.home),
            probability("home_with_reserve", &|r| {
                r.home && r.reserve_fraction >= reserve
            }),
            probability("inside_fence", &|r| r.inside_fence),
            probability("clear_of_ground", &|r| r.clear_of_ground),
        ];
        let mut left: Vec<f64> = runs.iter().map(|r| r.reserve_wh).collect();
        left.sort_by(f64::total_cmp);
        let mut worst: Vec<&Run> = runs.iter().collect();
        let score = |r: &Run| {
            let failures = [r.home, r.completed, r.inside_fence, r.clear_of_ground]
                .iter()
                .filter(|ok| !**ok)
                .count();
            r.reserve_fraction - failures as f64
        };
        worst.sort_by(|a, b| score(a).total_cmp(&score(b)).then(a.run.cmp(&b.run)));
        Self {
            runs: n,
            runs_planned: outcome.runs_planned,
            seed: outcome.seed,
            simulated_s: outcome.simulated_s,
            cpu_s,
            probabilities,
            reserve_wh: Quantiles {
                p1: quantile(&left, 0.01),
                p5: quantile(&left, 0.05),
                p50: quantile(&left, 0.5),
            },
            worst: worst
                .into_iter()
                .take(WORST_RUNS)
                .map(|run| WorstRun { run: *run })
                .collect(),
            assumptions: ASSUMPTIONS,
        }
    }
}

impl Outcome {
    /// Joins another shard of the same campaign.
    ///
    /// # Errors
    /// Shards of different campaigns, or the same runs twice.
    pub fn join(mut self, other: Self) -> Result<Self, ShareError> {
        if self.seed != other.seed || self.runs_planned != other.runs_planned {
            return Err(ShareError::Different);
        }
        self.runs.extend(other.runs);
        self.runs.sort_by_key(|r| r.run);
        for pair in self.runs.windows(2) {
            if let [a, b] = pair
                && a.run == b.run
            {
                return Err(ShareError::Twice(a.run));
            }
        }
        self.simulated_s = self.runs.iter().map(|r| r.time_s).sum();
        Ok(self)
    }
}

/// The value below which a share `q` of the sorted values lies (nearest rank).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}
