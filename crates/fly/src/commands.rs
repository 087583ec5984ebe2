//! What an operator can order: one table for API, roles, audit and console.

use whimbrel_mission::Mission;

/// What a user may do; each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Fly.
    Pilot,
    /// Manage users and keys.
    Admin,
}

/// Who orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name that goes into the audit log.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Where the console shows a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Always in reach.
    Flight,
    /// Before the flight.
    Prepare,
}

impl Group {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flight => "flight",
            Self::Prepare => "prepare",
        }
    }
}

/// What is known of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name in the API.
    pub name: &'static str,
    /// Who may give it.
    pub role: Role,
    /// Its name in the audit log.
    pub verb: &'static str,
    /// The button's text.
    pub label: &'static str,
    /// Whether the console asks before it is given.
    pub confirm: bool,
    /// Where the console shows it.
    pub group: Group,
    /// What it does, for people.
    pub hint: &'static str,
}

const fn info(
    name: &'static str,
    verb: &'static str,
    label: &'static str,
    confirm: bool,
    group: Group,
    hint: &'static str,
) -> Info {
    Info {
        name,
        role: Role::Pilot,
        verb,
        label,
        confirm,
        group,
        hint,
    }
}

/// All commands. Hold, Return and Land never ask first: they are the way out.
pub const TABLE: &[Info] = &[
    info(
        "upload",
        "mission.upload",
        "Upload",
        false,
        Group::Prepare,
        "Send mission, fence and rally points, read them back and compare",
    ),
    info(
        "verify",
        "mission.verify",
        "Verify",
        false,
        Group::Prepare,
        "Compare what is on board with the plan; changes nothing, so it may be done in flight",
    ),
    info(
        "fly",
        "flight.start",
        "Fly",
        true,
        Group::Prepare,
        "Check, arm and start the uploaded mission",
    ),
    info(
        "arm",
        "vehicle.arm",
        "Arm",
        true,
        Group::Prepare,
        "Let the motors turn",
    ),
    info(
        "start",
        "mission.start",
        "Start",
        true,
        Group::Prepare,
        "Begin the mission with an armed vehicle",
    ),
    info(
        "hold",
        "flight.hold",
        "Hold",
        false,
        Group::Flight,
        "Stop and stay here",
    ),
    info(
        "resume",
        "flight.resume",
        "Resume",
        true,
        Group::Flight,
        "Go on with the mission",
    ),
    info(
        "return",
        "flight.return",
        "Return",
        false,
        Group::Flight,
        "Return to the launch place and land",
    ),
    info(
        "land",
        "flight.land",
        "Land",
        false,
        Group::Flight,
        "Land here, now",
    ),
    info(
        "set_speed",
        "flight.speed",
        "Speed",
        false,
        Group::Flight,
        "Fly at another speed",
    ),
    info(
        "disarm",
        "vehicle.disarm",
        "Disarm",
        true,
        Group::Prepare,
        "Stop the motors on the ground",
    ),
];

/// What to load into a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Mission, fence and rally points.
    pub mission: Mission,
    /// What the plan is called.
    pub plan: String,
    /// Which of its sorties.
    pub sortie: usize,
    /// The share of a full battery that the flight needs, reserve not
    /// included, where the planner knows.
    pub battery_need: Option<f64>,
}

/// An operator's intention.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Load a sortie.
    Upload(Box<Upload>),
    /// Compare what is on board with a sortie, for example one that was loaded
    /// before the ground station was restarted.
    Verify(Box<Upload>),
    /// Check, arm, start.
    Fly,
    /// Arm.
    Arm,
    /// Start the mission of an armed vehicle.
    Start,
    /// Stop and stay.
    Hold,
    /// Go on with the mission.
    Resume,
    /// Return and land.
    Return,
    /// Land here.
    Land,
    /// Fly at this speed.
    SetSpeed {
        /// Over ground (rotors) or through the air (wings), m/s.
        speed_m_s: f64,
    },
    /// Disarm on the ground.
    Disarm,
}

impl Command {
    /// Whether this is one of the ways out of trouble in the air: Hold, Return and Land. Nothing may hold these up.
    #[must_use]
    pub fn is_way_out(&self) -> bool {
        matches!(self, Self::Hold | Self::Return | Self::Land)
    }

    /// The command with this name, if it takes no arguments.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "fly" => Self::Fly,
            "arm" => Self::Arm,
            "start" => Self::Start,
            "hold" => Self::Hold,
            "resume" => Self::Resume,
            "return" => Self::Return,
            "land" => Self::Land,
            "disarm" => Self::Disarm,
            _ => return None,
        })
    }

    /// Its name in [`TABLE`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Verify(_) => "verify",
            Self::Fly => "fly",
            Self::Arm => "arm",
            Self::Start => "start",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Return => "return",
            Self::Land => "land",
            Self::SetSpeed { .. } => "set_speed",
            Self::Disarm => "disarm",
        }
    }

    /// Its row of [`TABLE`].
    #[must_use]
    pub fn info(&self) -> &'static Info {
        let name = self.name();
        TABLE
            .iter()
            .find(|i| i.name == name)
            .unwrap_or(const { &TABLE[0] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_command_and_the_way_out_never_asks() {
        for row in TABLE {
            let upload = Box::new(Upload {
                mission: Mission::default(),
                plan: String::new(),
                sortie: 0,
                battery_need: None,
            });
            let command = match row.name {
                "upload" => Command::Upload(upload),
                "verify" => Command::Verify(upload),
                "set_speed" => Command::SetSpeed { speed_m_s: 5.0 },
                name => Command::from_name(name).expect("in the table"),
            };
            assert_eq!(command.info(), row);
        }
        for name in ["hold", "return", "land"] {
            assert!(!Command::from_name(name).expect("known").info().confirm);
        }
    }
}
