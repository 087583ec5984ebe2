//! Flight modes as the autopilot flies them; numbers and names are in `link::quirks`.

use whimbrel_link::quirks::{self, Class, Role};

pub use whimbrel_link::quirks::Autopilot as Kind;

/// What a mode does here. Pilots' modes hold, since there is no pilot with sticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A pilot's mode.
    Pilot,
    /// Stays.
    Hold,
    /// Flies to places that the ground sends.
    Guided,
    /// Takes off, then holds.
    Takeoff,
    /// Flies the mission.
    Mission,
    /// Returns.
    Return,
    /// Lands.
    Land,
}

impl Mode {
    /// What the mode with this number does; `None` where the autopilot has no such mode.
    pub fn of(kind: Kind, class: Class, custom: u32) -> Option<Self> {
        let mode = quirks::mode(kind, class, custom)?;
        Some(match mode.role {
            Role::Mission => Self::Mission,
            Role::Hold | Role::Other => Self::Hold,
            Role::Return => Self::Return,
            Role::Land => Self::Land,
            Role::Takeoff => Self::Takeoff,
            Role::Guided => Self::Guided,
            Role::Pilot => Self::Pilot,
        })
    }
}

/// The number of the mode that the autopilot itself chooses for a role.
pub fn number(kind: Kind, class: Class, mode: Mode) -> u32 {
    let role = match mode {
        Mode::Pilot => Role::Pilot,
        Mode::Hold => Role::Hold,
        Mode::Guided => Role::Guided,
        Mode::Takeoff => Role::Takeoff,
        Mode::Mission => Role::Mission,
        Mode::Return => Role::Return,
        Mode::Land => Role::Land,
    };
    // PX4 says HOLD where ArduPilot's copters brake or loiter.
    match (kind, class, mode) {
        (Kind::ArduPilot, Class::Multirotor, Mode::Hold) => 5,
        _ => quirks::mode_for(kind, class, role).map_or(0, |m| m.custom),
    }
}
