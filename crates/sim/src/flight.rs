//! One aircraft with its autopilot in its world, without a link: what `Aircraft` speaks MAVLink
//! for, and what campaigns fly by the thousand.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use whimbrel_geo::{Amsl, LocalFrame, Position, Rotation, Terrain, Wgs84};
use whimbrel_link::quirks::{Class, PlanKind, store};
use whimbrel_mission::{Mission, Vehicle};
use whimbrel_photo::{CameraPose, body_from_camera_nadir};

use crate::airframe::{Airframe, AirframeError, Commands};
use crate::autopilot::estimate::{Estimate, Estimator};
use crate::autopilot::{Autopilot, Kind, Landed, Notice, Refusal};
use crate::battery::{Battery, BatterySpec};
use crate::plant::{Plant, STEP_S, STEP_US, State};
use crate::random::{Stream, Subsystem};
use crate::wind::Wind;

/// Events that wait to be taken; the oldest go first when there are more.
pub const MAX_EVENTS: usize = 10_000;
/// Seconds after boot until the position is good: ArduPilot was measured at 42–46, PX4 at 12–17.
const READY_S: (f64, f64, f64) = (42.0, 12.5, 4.0);
/// Share of roll and pitch that a stabilised camera mount lets through.
const MOUNT_LEAK: f64 = 0.03;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct AircraftConfig {
    /// The aircraft.
    pub vehicle: Vehicle,
    /// Whose firmware it is to resemble.
    pub autopilot: Kind,
    /// MAVLink system number.
    pub system_id: u8,
    /// Where it stands.
    pub home: Wgs84,
    /// Where its nose points; wings are launched that way.
    pub heading_rad: f64,
    /// The wind.
    pub wind: Wind,
    /// Chance.
    pub seed: u64,
    /// When it boots (time since the Unix epoch).
    pub start: Duration,
    /// The battery, where it is not the vehicle's as labelled.
    pub battery: Option<BatterySpec>,
}

impl AircraftConfig {
    /// `vehicle` at `home` in calm air, heading north, system 1, seed 0, booted at the epoch.
    pub fn new(vehicle: Vehicle, autopilot: Kind, home: Wgs84) -> Self {
        Self {
            vehicle,
            autopilot,
            system_id: 1,
            home,
            heading_rad: 0.0,
            wind: Wind::CALM,
            seed: 0,
            start: Duration::ZERO,
            battery: None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A photo was taken.
    Shutter(Shutter),
    /// Another flight mode.
    Mode {
        /// When.
        time: Duration,
        /// The autopilot's name of the mode.
        name: &'static str,
    },
    /// Motors may turn.
    Armed {
        /// When.
        time: Duration,
    },
    /// Motors are off.
    Disarmed {
        /// When.
        time: Duration,
    },
    /// Left the ground.
    TookOff {
        /// When.
        time: Duration,
    },
    /// Stands again.
    Landed {
        /// When.
        time: Duration,
        /// Where, in truth.
        position: Wgs84,
        /// Speed at the last moment before, straight down.
        sink_m_s: f64,
    },
    /// A text of the autopilot.
    Said {
        /// When.
        time: Duration,
        /// The text.
        notice: Notice,
    },
    /// A mission item was reached (its index without the home slot).
    Reached {
        /// When.
        time: Duration,
        /// Index in the mission.
        index: usize,
    },
}

/// A photo that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shutter {
    /// Counts from 0 since boot.
    pub index: u32,
    /// When.
    pub time: Duration,
    /// The camera in truth.
    pub true_pose: CameraPose,
    /// Where the autopilot believed to be.
    pub believed: Position<Amsl>,
    /// The attitude that the autopilot believed: roll, pitch, yaw of the body.
    pub believed_attitude_rad: (f64, f64, f64),
    /// Velocity over ground in truth, NED m/s: for motion blur.
    pub velocity_ned_m_s: [f64; 3],
}

/// An aircraft, its autopilot and its world.
#[derive(Clone)]
pub struct Flight {
    plant: Plant,
    autopilot: Autopilot,
    estimator: Estimator,
    estimate: Estimate,
    state: State,
    terrain: Arc<dyn Terrain>,
    start: Duration,
    steps: u64,
    photos: u32,
    furthest: usize,
    events: VecDeque<Event>,
    last: (u32, bool, Landed),
    sink_m_s: f64,
    stabilised: bool,
}

impl Flight {
    /// An aircraft that boots at `config.start`.
    ///
    /// # Errors
    /// A vehicle that cannot fly.
    pub fn new(config: &AircraftConfig, terrain: Arc<dyn Terrain>) -> Result<Self, AirframeError> {
        let airframe = Airframe::of(&config.vehicle)?;
        let battery = Battery::full(config.battery.unwrap_or(airframe.battery));
        let plant = Plant::new(
            airframe.clone(),
            battery,
            config.home,
            config.heading_rad,
            config.wind,
            config.seed,
            terrain.as_ref(),
        );
        let state = plant.state();
        let mut timing = Stream::new(config.seed, Subsystem::Timing);
        let (ardupilot, px4, spread) = READY_S;
        let ready_s = timing.uniform() * spread
            + if config.autopilot == Kind::ArduPilot {
                ardupilot
            } else {
                px4
            };
        // Home is where the autopilot stands when its position becomes good.
        let home = Position::new(state.amsl.at, state.amsl.height);
        let autopilot = Autopilot::new(
            config.autopilot,
            &config.vehicle,
            &airframe,
            home,
            config.heading_rad,
            ready_s,
        );
        let mut estimator = Estimator::new(config.seed);
        let estimate = estimator.estimate(&state, autopilot.frame());
        let last = (autopilot.custom_mode(), false, Landed::OnGround);
        Ok(Self {
            stabilised: autopilot.class() == Class::Multirotor,
            plant,
            autopilot,
            estimator,
            estimate,
            state,
            terrain,
            start: config.start,
            steps: 0,
            photos: 0,
            furthest: 0,
            events: VecDeque::new(),
            last,
            sink_m_s: 0.0,
        })
    }

    /// The autopilot.
    pub fn autopilot(&self) -> &Autopilot {
        &self.autopilot
    }
    /// The autopilot, to give it orders.
    pub fn autopilot_mut(&mut self) -> &mut Autopilot {
        &mut self.autopilot
    }
    /// What the autopilot believes.
    pub fn estimate(&self) -> &Estimate {
        &self.estimate
    }
    /// Truth.
    pub fn state(&self) -> &State {
        &self.state
    }
    /// Photos taken since boot.
    pub fn photos(&self) -> u32 {
        self.photos
    }
    /// The furthest mission item that was begun since boot (index without the home slot).
    pub fn furthest_item(&self) -> usize {
        self.furthest
    }
    /// When it booted.
    pub fn start(&self) -> Duration {
        self.start
    }
    /// Time of the last step.
    pub fn time(&self) -> Duration {
        self.start + Duration::from_micros(self.steps * STEP_US)
    }
    /// Seconds since boot.
    pub fn since_boot_s(&self) -> f64 {
        self.steps as f64 * STEP_S
    }
    /// Changes the wind.
    pub fn set_wind(&mut self, wind: Wind) {
        self.plant.set_wind(wind);
    }
    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    /// The ground's local frame.
    pub fn frame(&self) -> &LocalFrame {
        self.autopilot.frame()
    }

    /// Loads a mission as if it had been uploaded: the items as the autopilot would keep them.
    /// Items that it would refuse are left out; returns how many.
    pub fn load(&mut self, mission: &Mission) -> usize {
        let (kind, class) = (self.autopilot.kind(), self.autopilot.class());
        let kept: Vec<_> = mission
            .items
            .iter()
            .filter_map(|item| store(kind, class, PlanKind::Mission, item).ok())
            .collect();
        let refused = mission.items.len() - kept.len();
        self.autopilot.load_mission(kept);
        self.autopilot.load_fence(mission.fence.clone());
        self.autopilot.load_rally(mission.rally.clone());
        self.autopilot.set_mission_ok(!mission.items.is_empty());
        refused
    }

    /// Arms and starts the loaded mission, as a ground station would.
    ///
    /// # Errors
    /// The autopilot's refusal.
    pub fn arm_and_start(&mut self) -> Result<(), Refusal> {
        self.autopilot.arm(false)?;
        let e = self.estimate;
        self.autopilot.start_mission(&e)
    }

    /// An order that needs the estimate.
    ///
    /// # Errors
    /// The autopilot's refusal.
    pub fn order(
        &mut self,
        order: impl FnOnce(&mut Autopilot, &Estimate) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        order(&mut self.autopilot, &self.estimate)
    }

    /// One step of [`STEP_S`].
    pub fn step(&mut self) {
        self.steps += 1;
        let now_s = self.since_boot_s();
        let out = self
            .autopilot
            .step(&self.estimate, &self.state.battery, now_s);
        if let Some(course_rad) = out.launch {
            self.plant.launch(course_rad);
        }
        if self.autopilot.armed() {
            self.furthest = self.furthest.max(self.autopilot.mission_state().0);
        }
        let commands = if self.autopilot.armed() {
            out.commands
        } else {
            Commands::default()
        };
        if self.state.velocity_m_s.z() > 0.05 {
            self.sink_m_s = self.state.velocity_m_s.z();
        }
        self.plant.step(&commands, self.terrain.as_ref());
        self.state = self.plant.state();
        self.estimate = self.estimator.estimate(&self.state, self.autopilot.frame());
        if out.shutter {
            self.take_photo();
        }
        self.tell();
    }

    fn push(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    fn take_photo(&mut self) {
        let (roll, pitch, yaw) = self.state.ned_from_body.euler_rad();
        let ned_from_body = if self.stabilised {
            Rotation::from_euler_rad(roll * MOUNT_LEAK, pitch * MOUNT_LEAK, yaw)
        } else {
            self.state.ned_from_body
        };
        let believed = self.estimate;
        let v = self.state.velocity_m_s;
        let shutter = Shutter {
            index: self.photos,
            time: self.time(),
            true_pose: CameraPose {
                position: self.state.position,
                ned_from_camera: ned_from_body * body_from_camera_nadir(),
            },
            believed: believed.position,
            believed_attitude_rad: believed.ned_from_body.euler_angles(),
            velocity_ned_m_s: [v.x(), v.y(), v.z()],
        };
        self.photos += 1;
        self.push(Event::Shutter(shutter));
    }

    fn tell(&mut self) {
        let time = self.time();
        while let Some(notice) = self.autopilot.next_notice() {
            self.push(Event::Said { time, notice });
        }
        while let Some(index) = self.autopilot.next_reached() {
            self.push(Event::Reached { time, index });
        }
        let now = (
            self.autopilot.custom_mode(),
            self.autopilot.armed(),
            self.autopilot.landed(),
        );
        let before = std::mem::replace(&mut self.last, now);
        if now.0 != before.0 {
            let name = self.autopilot.mode_name();
            self.push(Event::Mode { time, name });
        }
        if now.1 != before.1 {
            self.push(if now.1 {
                Event::Armed { time }
            } else {
                Event::Disarmed { time }
            });
        }
        if now.2 != before.2 {
            match now.2 {
                Landed::OnGround if before.2 != Landed::TakingOff => {
                    let position = self.state.position;
                    let sink_m_s = self.sink_m_s;
                    self.push(Event::Landed {
                        time,
                        position,
                        sink_m_s,
                    });
                }
                Landed::InAir if before.2 == Landed::TakingOff => {
                    self.push(Event::TookOff { time })
                }
                _ => {}
            }
        }
    }
}
