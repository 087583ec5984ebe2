//! What the fleet shows: a copy of everything known about a vehicle.

use crate::effect::VehicleId;
use core::time::Duration;
use whimbrel_geo::{Amsl, Position};
use whimbrel_link::gcs::{Battery, Gps, Motion};
use whimbrel_link::quirks::{Autopilot, Class};

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// On the ground, nothing going on.
    Idle,
    /// Loading or checking.
    Preparing,
    /// Motors may turn.
    Armed,
    /// On the way up.
    Climbing,
    /// Flying the mission.
    Surveying,
    /// On the way back.
    Returning,
    /// On the way down.
    Landing,
    /// Back on the ground.
    Landed,
    /// Waiting in the air.
    Holding,
}

impl Phase {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Preparing => "preparing",
            Self::Armed => "armed",
            Self::Climbing => "climbing",
            Self::Surveying => "surveying",
            Self::Returning => "returning",
            Self::Landing => "landing",
            Self::Landed => "landed",
            Self::Holding => "holding",
        }
    }
}

/// How far loading is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadState {
    /// Nothing was loaded by us.
    None,
    /// On its way.
    Uploading,
    /// Read back, equal, and not rejected by the vehicle.
    Verified,
    /// Not on board as planned, and why.
    Failed(String),
}

impl LoadState {
    /// The name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Uploading => "uploading",
            Self::Verified => "verified",
            Self::Failed(_) => "failed",
        }
    }
}

/// The mission of a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct MissionView {
    /// The plan's name, when it was loaded by us.
    pub plan: Option<String>,
    /// The sortie of the plan.
    pub sortie: Option<usize>,
    /// How far loading is.
    pub state: LoadState,
    /// Loading, or flying, 0 to 1.
    pub progress: f64,
    /// The planned item being flown.
    pub current: usize,
    /// Planned items.
    pub count: usize,
    /// More for people.
    pub detail: String,
}

/// A text from the vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine {
    /// When it came.
    pub at: Duration,
    /// `MAV_SEVERITY`: 0 is the worst.
    pub severity: u8,
    /// What it says.
    pub text: String,
}

/// Everything known about a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleView {
    /// Which vehicle.
    pub id: VehicleId,
    /// Its autopilot.
    pub autopilot: Autopilot,
    /// How it flies.
    pub class: Class,
    /// Firmware: major, minor, patch, type.
    pub version: Option<[u8; 4]>,
    /// What its autopilot says that no other one says: hexadecimal digits of `uid2`, else of `uid`.
    pub serial: Option<String>,
    /// Time since anything came from it.
    pub age: Duration,
    /// Share of frames lost lately, 0 to 1.
    pub loss: f64,
    /// Whether what it sends is signed with a key that we verified. This
    /// version verifies none, so every link is shown as unsigned.
    pub signed: bool,
    /// The mode's name.
    pub mode: String,
    /// Motors may turn.
    pub armed: bool,
    /// In the air.
    pub flying: bool,
    /// What it is doing.
    pub phase: Phase,
    /// Position and motion; heights above sea level and above home.
    pub motion: Motion,
    /// Battery.
    pub battery: Battery,
    /// Energy used, from charge and voltage.
    pub used_wh: Option<f64>,
    /// Satellites.
    pub gps: Gps,
    /// Mission.
    pub mission: MissionView,
    /// Photos heard of.
    pub photos: u32,
    /// Where it returns to.
    pub home: Option<Position<Amsl>>,
    /// The last texts.
    pub messages: Vec<TextLine>,
}
