//! Protocol habits of each autopilot.

use super::Autopilot;
use crate::mav::capability as c;
use core::time::Duration;

/// Capability bit of bytewise parameters; neither autopilot sets it reliably,
/// so [`Personality::params_bytewise`] decides.
pub const PARAMS_BYTEWISE_BIT: u64 = c::PARAM_ENCODE_BYTEWISE;

/// How an autopilot behaves on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Personality {
    /// Item 0 of a mission on the wire is the home place.
    pub home_slot: bool,
    /// Asks for items with `MISSION_REQUEST_INT` instead of `MISSION_REQUEST`.
    pub requests_int: bool,
    /// Items that fit, the home slot included.
    pub mission_capacity: usize,
    /// Items that fit in the fence and in the rally plan.
    pub other_capacity: usize,
    /// An upload becomes visible only when it is complete.
    pub atomic_upload: bool,
    /// Answers an item out of turn with `MISSION_ACK` 13 instead of silence.
    pub complains_of_sequence: bool,
    /// Time until an item is asked for again.
    pub item_retry: Duration,
    /// Time without an item until an upload is given up.
    pub upload_timeout: Duration,
    /// Sends the plan's checksum in `MISSION_COUNT` and `MISSION_ACK`.
    pub opaque_id: bool,
    /// Time after an upload until the mission has been found flyable.
    pub feasibility_check: Duration,
    /// Streams telemetry without being asked.
    pub streams_unasked: bool,
    /// Integer parameters travel as the bytes of the integer.
    pub params_bytewise: bool,
    /// Answers nothing when asked for an unknown parameter.
    pub silent_on_unknown_param: bool,
    /// Result of setting an unknown mode.
    pub unknown_mode_result: u8,
    /// `AUTOPILOT_VERSION.capabilities`.
    pub capabilities: u64,
    /// `AUTOPILOT_VERSION.flight_sw_version`: major, minor, patch, type (255 = release).
    pub version: [u8; 4],
}

const ARDUPILOT: Personality = Personality {
    home_slot: true,
    requests_int: false,
    mission_capacity: 650,
    other_capacity: 84,
    atomic_upload: false,
    complains_of_sequence: true,
    item_retry: Duration::from_millis(1000),
    upload_timeout: Duration::from_secs(8),
    opaque_id: false,
    feasibility_check: Duration::ZERO,
    streams_unasked: false,
    params_bytewise: false,
    silent_on_unknown_param: true,
    unknown_mode_result: crate::mav::result::FAILED,
    capabilities: 0xfbef,
    version: [4, 6, 3, 255],
};

const PX4: Personality = Personality {
    home_slot: false,
    requests_int: true,
    mission_capacity: 10_000,
    other_capacity: 64,
    atomic_upload: true,
    complains_of_sequence: false,
    item_retry: Duration::from_millis(250),
    upload_timeout: Duration::from_secs(5),
    opaque_id: true,
    feasibility_check: Duration::from_secs(2),
    streams_unasked: true,
    params_bytewise: true,
    silent_on_unknown_param: false,
    unknown_mode_result: crate::mav::result::TEMPORARILY_REJECTED,
    capabilities: 0xe8ff,
    version: [1, 18, 0, 255],
};

const GENERIC: Personality = Personality {
    capabilities: c::MISSION_INT
        | c::COMMAND_INT
        | c::MAVLINK2
        | c::MISSION_FENCE
        | c::MISSION_RALLY,
    feasibility_check: Duration::ZERO,
    ..PX4
};

/// The habits of `autopilot`.
#[must_use]
pub fn personality(autopilot: Autopilot) -> &'static Personality {
    match autopilot {
        Autopilot::ArduPilot => &ARDUPILOT,
        Autopilot::Px4 => &PX4,
        Autopilot::Generic => &GENERIC,
    }
}
