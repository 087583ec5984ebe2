//! What the autopilots do differently, as data: measured on ArduPilot 4.6.3
//! and PX4 1.18 (docs of the project, "Real autopilots, measured").

mod items;
mod modes;
mod personality;

pub use items::{prepare, same_as_flown, store, store_plan};
pub use modes::{Mode, Role, mode, mode_for, mode_params, modes};
pub use personality::{PARAMS_BYTEWISE_BIT, Personality, personality};

use crate::mav;

/// Whose firmware flies the vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Autopilot {
    /// ArduPilot.
    ArduPilot,
    /// PX4.
    Px4,
    /// Anything else that speaks MAVLink (for example MAVSDK's server side):
    /// only what the standard says is expected of it.
    Generic,
}

impl Autopilot {
    /// From `MAV_AUTOPILOT`; `None` for components that are no autopilot.
    #[must_use]
    pub fn from_mav(autopilot: u8) -> Option<Self> {
        match autopilot {
            mav::autopilot::INVALID => None,
            mav::autopilot::ARDUPILOTMEGA => Some(Self::ArduPilot),
            mav::autopilot::PX4 => Some(Self::Px4),
            _ => Some(Self::Generic),
        }
    }

    /// To `MAV_AUTOPILOT`.
    #[must_use]
    pub fn mav(self) -> u8 {
        match self {
            Self::ArduPilot => mav::autopilot::ARDUPILOTMEGA,
            Self::Px4 => mav::autopilot::PX4,
            Self::Generic => mav::autopilot::GENERIC,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ArduPilot => "ArduPilot",
            Self::Px4 => "PX4",
            Self::Generic => "MAVLink vehicle",
        }
    }
}

/// How a vehicle stays in the air, as far as modes and items depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Rotors only.
    Multirotor,
    /// Wings only.
    FixedWing,
    /// Wings, and rotors to start and land.
    Vtol,
}

impl Class {
    /// From `MAV_TYPE`; `None` for what does not fly by itself.
    #[must_use]
    pub fn from_mav(kind: u8) -> Option<Self> {
        use mav::kind as k;
        match kind {
            k::QUADROTOR
            | k::COAXIAL
            | k::HELICOPTER
            | k::HEXAROTOR
            | k::OCTOROTOR
            | k::TRICOPTER
            | k::DODECAROTOR
            | k::DECAROTOR
            | k::GENERIC => Some(Self::Multirotor),
            k::FIXED_WING => Some(Self::FixedWing),
            k::VTOL_TAILSITTER_DUOROTOR..=k::VTOL_RESERVED5 => Some(Self::Vtol),
            _ => None,
        }
    }
}

/// The three kinds of plans that a vehicle holds (`MAV_MISSION_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanKind {
    /// What to fly.
    Mission,
    /// Where to stay.
    Fence,
    /// Where to go in need.
    Rally,
}

impl PlanKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mission, Self::Fence, Self::Rally];

    /// From `MAV_MISSION_TYPE`.
    #[must_use]
    pub fn from_mav(kind: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.mav() == kind)
    }

    /// To `MAV_MISSION_TYPE`.
    #[must_use]
    pub fn mav(self) -> u8 {
        match self {
            Self::Mission => mav::mission_type::MISSION,
            Self::Fence => mav::mission_type::FENCE,
            Self::Rally => mav::mission_type::RALLY,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Fence => "fence",
            Self::Rally => "rally points",
        }
    }
}
