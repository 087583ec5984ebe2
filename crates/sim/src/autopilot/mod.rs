//! The autopilot: modes, arming, missions and failsafes of ArduPilot and of PX4, over the
//! controllers that fly rotors and wings.

pub mod camera;
pub mod estimate;
mod failsafe;
mod leg;
mod mission_run;
pub mod mode;
mod orders;
pub mod path;
mod rotor_control;
pub mod settings;
mod steering;
mod wing_control;

use std::collections::VecDeque;

use nalgebra::Vector2;
use whimbrel_geo::{Amsl, LocalFrame, Position, ellipsoid_from_amsl};
use whimbrel_link::quirks::{Class, mode as known_mode};
use whimbrel_mission::vehicle::Performance;
use whimbrel_mission::{FenceShape, Vehicle, VehicleKind};

use crate::airframe::{Airframe, Commands};
use crate::battery::Battery;
use camera::CameraTrigger;
use estimate::Estimate;
use failsafe::Failsafes;
use leg::{Leg, Progress};
use mission_run::MissionRun;
pub use mode::{Kind, Mode};
use path::{Level, Path};
use rotor_control::{RotorControl, RotorLimits};
use settings::Settings;
use wing_control::{WingControl, WingLimits};

/// Notices that wait to be told; the oldest go first when there are more.
const MAX_NOTICES: usize = 32;
/// Legs that one item may need.
const MAX_LEGS: usize = 16;
/// On the ground and still for so long counts as landed.
const STILL_S: f64 = 0.8;

/// Whether it flies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// Stands.
    OnGround,
    /// Leaves the ground.
    TakingOff,
    /// Flies.
    InAir,
    /// Comes down.
    Landing,
}

/// What carries the aircraft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// Rotors.
    Rotors,
    /// The wing.
    Wing,
}

/// A text for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `MAV_SEVERITY`.
    pub severity: u8,
    /// The words.
    pub text: String,
}

/// Why an order is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `MAV_RESULT`.
    pub result: u8,
    /// The words of the autopilot, if it says any.
    pub text: Option<String>,
}

/// What one step asks of the aircraft.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepOut {
    /// For the actuators.
    pub commands: Commands,
    /// Let the launcher go on this course.
    pub launch: Option<f64>,
    /// Take a photo.
    pub shutter: bool,
}

/// The autopilot of one aircraft.
#[derive(Clone, Debug)]
pub struct Autopilot {
    kind: Kind,
    class: Class,
    airframe: Airframe,
    performance: Performance,
    /// What the parameters say.
    pub settings: Settings,
    frame: LocalFrame,
    home: Position<Amsl>,
    home_heading_rad: f64,
    mode: Mode,
    custom: u32,
    armed: bool,
    armed_s: f64,
    /// ArduPilot's copters start a mission on the ground only when told to.
    auto_armed: bool,
    landed: Landed,
    still_s: f64,
    landed_since_s: f64,
    flown: bool,
    legs: VecDeque<Leg>,
    progress: Progress,
    last_end: Option<(Vector2<f64>, Level)>,
    path: Path,
    speed_m_s: f64,
    regime: Regime,
    wanted_regime: Regime,
    regime_since_s: f64,
    rotor: Option<RotorControl>,
    wing: Option<WingControl>,
    run: MissionRun,
    fence: Vec<FenceShape>,
    rally: Vec<whimbrel_mission::Item>,
    camera: CameraTrigger,
    failsafes: Failsafes,
    notices: VecDeque<Notice>,
    ready_s: f64,
    now_s: f64,
    mission_ok: bool,
    launch: Option<f64>,
}

impl Autopilot {
    /// An autopilot that has just booted at `home`.
    pub fn new(
        kind: Kind,
        vehicle: &Vehicle,
        airframe: &Airframe,
        home: Position<Amsl>,
        heading_rad: f64,
        ready_s: f64,
    ) -> Self {
        let class = class_of(vehicle.kind);
        let performance = vehicle.performance;
        let rotor = airframe.rotors.map(|_| {
            let acceleration_m_s2 = if performance.acceleration_m_s2 > 0.0 {
                performance.acceleration_m_s2
            } else {
                2.0
            };
            RotorControl::new(
                RotorLimits {
                    acceleration_m_s2,
                    climb_m_s: performance.climb_m_s,
                    descent_m_s: performance.descent_m_s,
                    speed_m_s: performance.cruise_m_s.min(12.0),
                },
                heading_rad,
            )
        });
        let pack_v = f64::from(airframe.battery.cells) * crate::battery::NOMINAL_CELL_V;
        let wing = airframe.fixed_wing.as_ref().map(|fixed| {
            let limits = WingLimits {
                climb_m_s: performance.climb_m_s,
                descent_m_s: performance.descent_m_s,
                bank_rad: performance.max_bank_rad.max(0.2),
                cruise_m_s: performance.cruise_m_s,
            };
            WingControl::new(limits, fixed, pack_v)
        });
        let mode = if class == Class::Multirotor || kind == Kind::Px4 {
            Mode::Hold
        } else {
            Mode::Pilot
        };
        let custom = match (kind, class) {
            (Kind::ArduPilot, _) => 0,
            _ => mode::number(kind, class, Mode::Hold),
        };
        let regime = if class == Class::FixedWing {
            Regime::Wing
        } else {
            Regime::Rotors
        };
        Self {
            kind,
            class,
            airframe: airframe.clone(),
            performance,
            settings: Settings::defaults(kind, class, &performance),
            frame: LocalFrame::new(ellipsoid_from_amsl(home)),
            home,
            home_heading_rad: heading_rad,
            mode: if kind == Kind::ArduPilot {
                Mode::Pilot
            } else {
                mode
            },
            custom,
            armed: false,
            armed_s: 0.0,
            auto_armed: false,
            landed: Landed::OnGround,
            still_s: STILL_S,
            landed_since_s: 0.0,
            flown: false,
            legs: VecDeque::new(),
            progress: Progress::default(),
            last_end: None,
            path: Path::Idle,
            speed_m_s: performance.cruise_m_s,
            regime,
            wanted_regime: regime,
            regime_since_s: -1e3,
            rotor,
            wing,
            run: MissionRun::default(),
            fence: vec![],
            rally: vec![],
            camera: CameraTrigger::default(),
            failsafes: Failsafes::default(),
            notices: VecDeque::new(),
            ready_s,
            now_s: 0.0,
            mission_ok: false,
            launch: None,
        }
    }

    /// Whose firmware.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// Rotors, wing or both.
    pub fn class(&self) -> Class {
        self.class
    }
    /// What is flown now.
    pub fn mode(&self) -> Mode {
        self.mode
    }
    /// `HEARTBEAT.custom_mode`.
    pub fn custom_mode(&self) -> u32 {
        self.custom
    }
    /// The autopilot's name for the mode.
    pub fn mode_name(&self) -> &'static str {
        known_mode(self.kind, self.class, self.custom).map_or("UNKNOWN", |m| m.name)
    }
    /// Whether motors may turn.
    pub fn armed(&self) -> bool {
        self.armed
    }
    /// Whether it flies.
    pub fn landed(&self) -> Landed {
        self.landed
    }
    /// What carries it.
    pub fn regime(&self) -> Regime {
        self.regime
    }
    /// Whether it changes what carries it.
    pub fn in_transition(&self) -> bool {
        self.regime != self.wanted_regime
    }
    /// Where home is.
    pub fn home(&self) -> Position<Amsl> {
        self.home
    }
    /// The plane in which north and east of home are measured.
    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }
    /// The item that is flown (without the home slot), and whether all were flown.
    pub fn mission_state(&self) -> (usize, bool) {
        (self.run.current, self.run.complete)
    }
    /// Items that were reached since the last call.
    pub fn next_reached(&mut self) -> Option<usize> {
        self.run.reached.pop_front()
    }
    /// The next text for the operator.
    pub fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
    /// Whether the position is good enough to arm.
    pub fn ready(&self) -> bool {
        self.now_s >= self.ready_s
    }
    /// Makes the position good at once, as after a long wait on the ground.
    pub fn skip_alignment(&mut self) {
        self.ready_s = 0.0;
    }
    /// Seconds since boot.
    pub fn since_boot_s(&self) -> f64 {
        self.now_s
    }
    /// Whether a fence is broken, how often it was, and when last (seconds after boot).
    pub fn fence_breach(&self) -> (bool, u16, f64) {
        self.failsafes.breach()
    }
    /// Distance and bearing to the end of the present leg.
    pub fn to_go(&self, e: &Estimate) -> Option<(f64, f64)> {
        let (end, _) = self.legs.front()?.end()?;
        let off = end - e.xy_m;
        Some((off.norm(), off.y.atan2(off.x)))
    }

    /// Loads an uploaded mission. `flyable`: the autopilot's own check is over and was good.
    pub fn load_mission(&mut self, items: Vec<whimbrel_mission::Item>) {
        self.run.load(items);
        if self.mode == Mode::Mission {
            self.clear_legs();
        }
    }
    /// Tells whether the mission was found flyable.
    pub fn set_mission_ok(&mut self, ok: bool) {
        self.mission_ok = ok;
    }
    /// Loads an uploaded fence.
    pub fn load_fence(&mut self, fence: Vec<FenceShape>) {
        self.fence = fence;
    }
    /// Loads uploaded rally points.
    pub fn load_rally(&mut self, rally: Vec<whimbrel_mission::Item>) {
        self.rally = rally;
    }
    /// A ground station was heard.
    pub fn ground_heard(&mut self) {
        self.failsafes.ground_heard(self.now_s);
    }

    fn say(&mut self, severity: u8, text: impl Into<String>) {
        if self.notices.len() >= MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice {
            severity,
            text: text.into(),
        });
    }

    fn class_on_wing(&self) -> bool {
        self.wanted_regime == Regime::Wing
    }

    fn push(&mut self, leg: Leg) {
        if self.legs.len() < MAX_LEGS {
            self.legs.push_back(leg);
        }
    }

    fn clear_legs(&mut self) {
        self.legs.clear();
        self.progress = Progress::default();
    }

    /// One step: `now_s` seconds after boot.
    pub fn step(&mut self, e: &Estimate, battery: &Battery, now_s: f64) -> StepOut {
        self.now_s = now_s;
        self.detect_ground(e);
        if self.armed {
            self.watch(e, battery);
            self.fly(e);
        } else {
            self.path = Path::Idle;
            self.failsafes.watch_battery_on_ground(battery);
        }
        let commands = self.control(e);
        let shutter =
            self.armed && self.landed != Landed::OnGround && self.camera.step(e.xy_m, now_s)
                || !self.armed && self.camera.step_on_ground(now_s);
        StepOut {
            commands,
            launch: std::mem::take(&mut self.launch),
            shutter,
        }
    }

    fn detect_ground(&mut self, e: &Estimate) {
        let still = e.agl_m < 0.12 && e.velocity_m_s.norm() < 0.35;
        self.still_s = if still {
            self.still_s + crate::plant::STEP_S
        } else {
            0.0
        };
        let wants_up = matches!(self.path, Path::Vertical { rate_m_s, .. } if rate_m_s > 0.0)
            || matches!(self.path, Path::ClimbOut { .. });
        self.landed = match self.landed {
            Landed::OnGround if self.armed && wants_up => Landed::TakingOff,
            Landed::TakingOff if e.agl_m > 1.5 => Landed::InAir,
            Landed::InAir | Landed::Landing if self.still_s > STILL_S => {
                self.landed_since_s = self.now_s;
                Landed::OnGround
            }
            Landed::InAir
                if matches!(self.path, Path::Vertical { rate_m_s, .. } if rate_m_s < 0.0)
                    || matches!(self.path, Path::Approach { .. }) =>
            {
                Landed::Landing
            }
            Landed::Landing
                if !matches!(
                    self.path,
                    Path::Vertical { .. } | Path::Approach { .. } | Path::Idle
                ) =>
            {
                Landed::InAir
            }
            Landed::TakingOff if !self.armed => Landed::OnGround,
            same => same,
        };
        self.flown |= self.landed == Landed::InAir;
    }
}

fn class_of(kind: VehicleKind) -> Class {
    match kind {
        VehicleKind::Multirotor => Class::Multirotor,
        VehicleKind::FixedWing => Class::FixedWing,
        VehicleKind::Quadplane => Class::Vtol,
    }
}
