//! The ground's side of the services.
//!
//! Each machine is made for one vehicle, takes the frames that the vehicle
//! sends, and gives messages to send to it. Timers follow the measured round
//! trip ([`Rtt`]); every wait and every retry has a named limit.

mod commander;
mod discovery;
mod missions;
mod params;
mod rtt;
mod state;
mod texts;

pub use commander::{
    COMMAND_ATTEMPTS, Commander, Order, Outcome, QUEUE_MAX, TEMPORARY_RETRY, Ticket,
};
pub use discovery::{RATES, first_questions, rate_orders};
pub use missions::{
    MissionTransfer, PROGRESS_DEADLINE, Progress, TransferError, UPLOAD_ATTEMPTS, item_int,
};
pub(crate) use missions::{from_float, from_int};
pub use params::{ParamError, ParamTransfer, Parameter, READ_WINDOW};
pub use rtt::Rtt;
pub use state::{Battery, Gps, MissionProgress, Motion, VehicleState};
pub use texts::{TEXT_MAX, Texts};

use crate::Frame;
use crate::quirks::{Autopilot, Class};

/// The vehicle that a machine talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its system id.
    pub system: u8,
    /// Its component id.
    pub component: u8,
    /// Its autopilot.
    pub autopilot: Autopilot,
    /// How it flies.
    pub class: Class,
}

impl Target {
    /// Whether the vehicle sent this frame.
    #[must_use]
    pub fn sent(&self, frame: &Frame) -> bool {
        frame.header.system == self.system && frame.header.component == self.component
    }

    fn peer(&self) -> (u8, u8) {
        (self.system, self.component)
    }
}
