//! Whimbrel's `rehearse`: a mission in, evidence out.
//!
//! A [`Campaign`] flies one mission many times in the simulator, each time with wind and battery
//! drawn from the run's own seed, and counts. [`Report`] states k of n with exact bounds.
//!
//! The evidence is about the model: it is no proof of airworthiness, and a report says what was
//! assumed.

pub mod binomial;
mod campaign;
mod report;

pub use campaign::{
    Campaign, Conditions, MAX_FLIGHT_S, MAX_RUNS, Outcome, RehearseError, Run, Shard, WindForecast,
    fly_one,
};
pub use report::{Probability, Quantiles, Report, ShareError, WORST_RUNS, WorstRun};
