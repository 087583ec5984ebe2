//! What a vehicle is asked when it is first heard.

use super::Order;
use crate::mav::cmd;
use crate::messages as m;
use crate::quirks::Autopilot;

/// Messages that the ground wants and how often, in Hz: enough to show and
/// guard a flight, little enough for a 57.6 kbit/s radio (about 11 kbit/s).
pub const RATES: &[(u32, f32)] = &[
    (m::GlobalPositionInt::ID, 4.0),
    (m::Attitude::ID, 4.0),
    (m::VfrHud::ID, 2.0),
    (m::SysStatus::ID, 1.0),
    (m::GpsRawInt::ID, 1.0),
    (m::BatteryStatus::ID, 0.5),
    (m::MissionCurrent::ID, 1.0),
    (m::ExtendedSysState::ID, 1.0),
    (m::SystemTime::ID, 0.5),
    (m::HomePosition::ID, 0.2),
];

const ARDUPILOT_RATES: &[(u32, f32)] = &[(m::EkfStatusReport::ID, 1.0), (m::Wind::ID, 0.5)];
const PX4_RATES: &[(u32, f32)] = &[(m::EstimatorStatus::ID, 1.0), (m::WindCov::ID, 0.5)];

/// The first questions: who are you, and where is home. A vehicle that knows
/// neither just refuses.
#[must_use]
pub fn first_questions() -> Vec<Order> {
    [m::AutopilotVersion::ID, m::HomePosition::ID]
        .map(|id| Order::new(cmd::REQUEST_MESSAGE, &[id as f32]).patient(3))
        .to_vec()
}

/// Orders that set the rates of telemetry.
#[must_use]
pub fn rate_orders(autopilot: Autopilot) -> Vec<Order> {
    let own: &[(u32, f32)] = match autopilot {
        Autopilot::ArduPilot => ARDUPILOT_RATES,
        Autopilot::Px4 => PX4_RATES,
        Autopilot::Generic => &[],
    };
    let order = |(id, hz): &(u32, f32)| {
        Order::new(cmd::SET_MESSAGE_INTERVAL, &[*id as f32, 1e6 / hz]).patient(3)
    };
    RATES.iter().chain(own).map(order).collect()
}
