//! Decisions as values: what the shell has to do.

use crate::alerts::Alert;
use core::time::Duration;
use whimbrel_geo::{Amsl, Position};

/// One of the shell's links; the shell chooses the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// One vehicle: system ids are only unique on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VehicleId {
    /// The link that it was heard on.
    pub link: LinkId,
    /// Its system id.
    pub system: u8,
}

impl std::fmt::Display for VehicleId {
    /// `LINK-SYSTEM`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.link.0, self.system)
    }
}

/// Something for the shell to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send these bytes.
    Send {
        /// On this link.
        link: LinkId,
        /// One MAVLink frame.
        bytes: Vec<u8>,
    },
    /// Keep this record.
    Audit(AuditRecord),
    /// Show this alert, or its end.
    Alert(Alert),
    /// A photo was taken.
    Photo(PhotoEvent),
    /// A vehicle's state has changed.
    Changed(VehicleId),
    /// A vehicle that was silent for long made room for another.
    Forgotten(VehicleId),
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Duration,
    /// Who; the program itself is "whimbrel".
    pub who: String,
    /// What was done, see [`crate::commands::TABLE`].
    pub verb: &'static str,
    /// To which vehicle.
    pub vehicle: VehicleId,
    /// With what, and how it ended.
    pub detail: String,
}

/// A photo as the vehicle told it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoEvent {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// When it was heard of.
    pub heard_at: Duration,
    /// When it was taken, where the vehicle knows the time.
    pub taken_at: Option<Duration>,
    /// Its number on the vehicle.
    pub index: i32,
    /// Where it was taken.
    pub position: Option<Position<Amsl>>,
    /// Height above home, metres.
    pub above_home_m: f64,
    /// Roll, pitch and yaw of the vehicle (ArduPilot) or camera (PX4).
    pub attitude_rad: Option<[f64; 3]>,
}
