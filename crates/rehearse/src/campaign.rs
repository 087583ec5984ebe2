//! Flying a mission many times.

use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;
use serde::Serialize;
use whimbrel_geo::{Amsl, Position, Terrain, distance_m, ellipsoid_from_amsl};
use whimbrel_mission::{Mission, Vehicle, VehicleKind, command, fence};
use whimbrel_sim::airframe::Airframe;
use whimbrel_sim::autopilot::Landed;
use whimbrel_sim::random::{Stream, Subsystem};
use whimbrel_sim::{AircraftConfig, AirframeError, Autopilot, Event, Flight, Wind};

/// Most runs of one campaign.
pub const MAX_RUNS: u32 = 10_000_000;
/// A flight that has not ended after so long is stopped and counts as not completed.
pub const MAX_FLIGHT_S: f64 = 6.0 * 3_600.0;
/// Steps between looks at fence and ground.
const LOOK_EVERY: u32 = 20;
/// Within this distance of home, or of the landing item, counts as home: rotors, wings.
const HOME_M: (f64, f64) = (10.0, 80.0);
/// Fastest touch-down that counts as a landing: rotors, wings.
const TOUCHDOWN_M_S: (f64, f64) = (1.5, 3.0);
/// Height above ground that flight between take-off and landing keeps, at a distance from home.
const CLEAR_M: f64 = 10.0;
/// No ground check within this distance of home or of the landing.
const NEAR_HOME_M: f64 = 400.0;

/// The wind that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindForecast {
    /// Mean speed.
    pub speed_m_s: f64,
    /// Where it blows from.
    pub from_rad: f64,
    /// Standard deviation of the speed from run to run.
    pub speed_sigma_m_s: f64,
    /// Standard deviation of the direction.
    pub from_sigma_rad: f64,
}

impl WindForecast {
    /// A forecast with the errors usual for the next hours: a quarter of the speed (at least
    /// 1 m/s) and 20°.
    pub fn expected(speed_m_s: f64, from_rad: f64) -> Self {
        Self {
            speed_m_s,
            from_rad,
            speed_sigma_m_s: (0.25 * speed_m_s).max(1.0),
            from_sigma_rad: 20f64.to_radians(),
        }
    }
}

/// A part of a campaign: shard `index` (from 1) of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shard {
    /// From 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

/// What to rehearse.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The aircraft.
    pub vehicle: Vehicle,
    /// Whose firmware.
    pub autopilot: Autopilot,
    /// The mission with its fence.
    pub mission: Mission,
    /// Where it starts; wings are launched along the heading.
    pub home: Position<Amsl>,
    /// Heading at the start.
    pub heading_rad: f64,
    /// How many times, over all shards.
    pub runs: u32,
    /// Chance.
    pub seed: u64,
    /// The wind.
    pub wind: WindForecast,
    /// Only a part of the runs.
    pub shard: Option<Shard>,
}

/// Why a campaign cannot be flown.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RehearseError {
    /// The vehicle.
    #[error("rehearsing failed: {0}")]
    Airframe(#[from] AirframeError),
    /// No runs, or too many.
    #[error("rehearsing failed: {0} runs asked for; give 1 to {MAX_RUNS}")]
    Runs(u32),
    /// Not a shard.
    #[error("rehearsing failed: shard {index}/{of} is none; give I/N with I from 1 to N")]
    Shard {
        /// As given.
        index: u32,
        /// As given.
        of: u32,
    },
    /// Nothing to fly.
    #[error("rehearsing failed: the mission has no item that the autopilot flies to")]
    Empty,
    /// Items that the autopilot would refuse at upload.
    #[error(
        "rehearsing failed: the autopilot refuses {0} of the mission's items; \
         plan for this autopilot and vehicle, or choose the other autopilot"
    )]
    Refused(usize),
    /// The autopilot does not start it.
    #[error("rehearsing failed: the autopilot does not start the mission: {0}")]
    NotStarted(String),
}

/// What was drawn for a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Conditions {
    /// Mean wind.
    pub wind_m_s: f64,
    /// Where it blew from.
    pub wind_from_rad: f64,
    /// Energy of the battery at nominal voltage.
    pub battery_wh: f64,
    /// Its resistance.
    pub battery_ohm: f64,
}

/// One flight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Number of the run in its campaign.
    pub run: u32,
    /// Its seed.
    pub seed: u64,
    /// What was drawn.
    pub conditions: Conditions,
    /// All items were flown.
    pub completed: bool,
    /// Landed softly at home or where the mission lands.
    pub home: bool,
    /// Never left the fence (true where there is none).
    pub inside_fence: bool,
    /// Kept clear of the ground on the way.
    pub clear_of_ground: bool,
    /// Energy left at the landing, of the battery as drawn, at nominal voltage.
    pub reserve_wh: f64,
    /// Share of charge left.
    pub reserve_fraction: f64,
    /// Energy out of the cells, what their resistance took included.
    pub used_wh: f64,
    /// From arming to the end.
    pub time_s: f64,
    /// Photos taken.
    pub photos: u32,
}

/// All flights of a campaign (or of its shard), in the order of their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The flights.
    pub runs: Vec<Run>,
    /// Seconds simulated.
    pub simulated_s: f64,
    /// The reserve that the vehicle file asks for.
    pub reserve_fraction: f64,
    /// The campaign's seed.
    pub seed: u64,
    /// Runs of the whole campaign.
    pub runs_planned: u32,
}

impl Campaign {
    /// Flies it on all threads of the pool; the result does not depend on how many there are.
    /// `progress` is told after each run.
    ///
    /// # Errors
    /// When the campaign makes no sense or the vehicle cannot fly.
    pub fn fly(
        &self,
        terrain: &Arc<dyn Terrain>,
        progress: &(dyn Fn() + Sync),
    ) -> Result<Outcome, RehearseError> {
        if !(1..=MAX_RUNS).contains(&self.runs) {
            return Err(RehearseError::Runs(self.runs));
        }
        if !self
            .mission
            .items
            .iter()
            .any(whimbrel_mission::Item::is_navigation)
        {
            return Err(RehearseError::Empty);
        }
        let numbers = match self.shard {
            None => 0..self.runs,
            Some(Shard { index, of }) if (1..=of).contains(&index) => {
                let part = |i: u32| (u64::from(self.runs) * u64::from(i) / u64::from(of)) as u32;
                part(index - 1)..part(index)
            }
            Some(Shard { index, of }) => return Err(RehearseError::Shard { index, of }),
        };
        let runs = numbers
            .into_par_iter()
            .map(|run| {
                let flown = fly_one(self, run, terrain, |_, _| {});
                progress();
                flown
            })
            .collect::<Result<Vec<_>, _>>()?;
        // Summed in the order of the runs, whatever the order of the threads.
        let simulated_s = runs.iter().map(|r| r.time_s).sum();
        Ok(Outcome {
            runs,
            simulated_s,
            reserve_fraction: self.vehicle.performance.reserve_fraction,
            seed: self.seed,
            runs_planned: self.runs,
        })
    }
}

/// SplitMix64's finaliser (Steele, Lea & Flood 2014): the seed of a run from campaign and number.
fn seed_of(campaign: u64, run: u32) -> u64 {
    let mut x = campaign ^ (u64::from(run) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Flies run number `run`. `watch` sees the flight after every step (for a replay or a trace).
///
/// # Errors
/// The vehicle cannot fly, or the autopilot refuses items.
pub fn fly_one(
    campaign: &Campaign,
    run: u32,
    terrain: &Arc<dyn Terrain>,
    mut watch: impl FnMut(f64, &Flight),
) -> Result<Run, RehearseError> {
    let seed = seed_of(campaign.seed, run);
    let mut draw = Stream::new(seed, Subsystem::Campaign);
    let w = campaign.wind;
    let speed = (w.speed_m_s + w.speed_sigma_m_s * draw.normal()).max(0.0);
    let from = (w.from_rad + w.from_sigma_rad * draw.normal()).rem_euclid(std::f64::consts::TAU);
    let battery = Airframe::of(&campaign.vehicle)?.battery.worn(seed);
    let config = AircraftConfig {
        vehicle: campaign.vehicle.clone(),
        autopilot: campaign.autopilot,
        system_id: 1,
        home: ellipsoid_from_amsl(campaign.home),
        heading_rad: campaign.heading_rad,
        wind: Wind::from_direction(speed, from),
        seed,
        start: Duration::ZERO,
        battery: Some(battery),
    };
    let mut flight = Flight::new(&config, Arc::clone(terrain))?;
    let refused = flight.load(&campaign.mission);
    if refused > 0 {
        return Err(RehearseError::Refused(refused));
    }
    // The wait for a position on the ground is not part of what is rehearsed.
    flight.autopilot_mut().skip_alignment();
    flight
        .arm_and_start()
        .map_err(|refusal| RehearseError::NotStarted(refusal.text.unwrap_or_default()))?;

    let rotors = campaign.vehicle.kind != VehicleKind::FixedWing;
    let (home_m, touchdown_m_s) = if rotors {
        (HOME_M.0, TOUCHDOWN_M_S.0)
    } else {
        (HOME_M.1, TOUCHDOWN_M_S.1)
    };
    let landing = campaign
        .mission
        .items
        .iter()
        .rev()
        .find(|i| matches!(i.command, command::NAV_LAND | command::NAV_VTOL_LAND))
        .and_then(whimbrel_mission::Item::place);
    let last = campaign
        .mission
        .items
        .iter()
        .rposition(whimbrel_mission::Item::is_navigation);
    let (mut inside_fence, mut clear_of_ground, mut completed) = (true, true, false);
    let mut touchdown = None;
    let mut steps = 0u32;
    while flight.autopilot().armed() && flight.since_boot_s() < MAX_FLIGHT_S {
        flight.step();
        steps = steps.wrapping_add(1);
        watch(flight.since_boot_s(), &flight);
        while let Some(event) = flight.next_event() {
            match event {
                Event::Landed {
                    sink_m_s, position, ..
                } => touchdown = Some((position, sink_m_s)),
                Event::Reached { index, .. } => completed |= Some(index) == last,
                _ => {}
            }
        }
        let flying = flight.autopilot().landed() == Landed::InAir;
        if steps.is_multiple_of(LOOK_EVERY) && flying {
            let state = flight.state();
            let at = state.position.at;
            if !campaign.mission.fence.is_empty() && !fence::contains(&campaign.mission.fence, at) {
                inside_fence = false;
            }
            let near = [Some(campaign.home.at), landing]
                .into_iter()
                .flatten()
                .any(|place| distance_m(place, at) < NEAR_HOME_M);
            if !near && state.clearance_m() < CLEAR_M {
                clear_of_ground = false;
            }
        }
        // Without energy it lies where it fell, and nothing will disarm it.
        let dead =
            flight.state().battery.charge() <= 0.0 && flight.state().velocity_m_s.norm() < 0.1;
        if dead && flight.state().clearance_m() < 0.2 {
            break;
        }
    }
    // PX4 leaves the mission to return: landing ends it.
    let returns = last
        .and_then(|i| campaign.mission.items.get(i))
        .is_some_and(|i| i.command == command::NAV_RETURN_TO_LAUNCH);
    completed |=
        returns && touchdown.is_some() && last.is_some_and(|i| flight.furthest_item() >= i);
    let state = flight.state();
    let near_home = |at| {
        [Some(campaign.home.at), landing]
            .into_iter()
            .flatten()
            .any(|place| distance_m(place, at) < home_m)
    };
    let home = touchdown
        .is_some_and(|(position, sink)| near_home(position.at) && sink < touchdown_m_s)
        && !flight.autopilot().armed();
    let reserve_fraction = state.battery.charge();
    Ok(Run {
        run,
        seed,
        conditions: Conditions {
            wind_m_s: speed,
            wind_from_rad: from,
            battery_wh: battery.capacity_wh(),
            battery_ohm: battery.resistance_ohm,
        },
        completed,
        home,
        inside_fence,
        clear_of_ground,
        reserve_wh: reserve_fraction * battery.capacity_wh(),
        reserve_fraction,
        used_wh: state.battery.drained_wh(),
        time_s: flight.since_boot_s(),
        photos: flight.photos(),
    })
}
