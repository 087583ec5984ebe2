//! Flight modes: numbers, names and what they are good for
//! (ArduPilot `mode.h`, PX4 `px4_custom_mode.h`, as MAVLink carries them).

use super::{Autopilot, Class};

/// What a mode is to an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Flies the uploaded mission.
    Mission,
    /// Stays where it is.
    Hold,
    /// Returns to the launch place.
    Return,
    /// Lands here.
    Land,
    /// Takes off by itself.
    Takeoff,
    /// Takes targets from the ground.
    Guided,
    /// A pilot flies.
    Pilot,
    /// None of these.
    Other,
}

/// One flight mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// `HEARTBEAT.custom_mode`.
    pub custom: u32,
    /// The autopilot's name for it.
    pub name: &'static str,
    /// What it is to an operator.
    pub role: Role,
}

const fn m(custom: u32, name: &'static str, role: Role) -> Mode {
    Mode { custom, name, role }
}

const fn px4(main: u32, sub: u32, name: &'static str, role: Role) -> Mode {
    m(main << 16 | sub << 24, name, role)
}

use Role::{Guided, Hold, Land, Mission, Other, Pilot, Return, Takeoff};

// The first mode of a role is the one that is chosen for it.
const COPTER: &[Mode] = &[
    m(0, "STABILIZE", Pilot),
    m(1, "ACRO", Pilot),
    m(2, "ALT_HOLD", Pilot),
    m(3, "AUTO", Mission),
    m(4, "GUIDED", Guided),
    m(17, "BRAKE", Hold),
    m(5, "LOITER", Hold),
    m(6, "RTL", Return),
    m(7, "CIRCLE", Other),
    m(9, "LAND", Land),
    m(11, "DRIFT", Pilot),
    m(13, "SPORT", Pilot),
    m(14, "FLIP", Pilot),
    m(15, "AUTOTUNE", Pilot),
    m(16, "POSHOLD", Hold),
    m(18, "THROW", Other),
    m(19, "AVOID_ADSB", Other),
    m(20, "GUIDED_NOGPS", Guided),
    m(21, "SMART_RTL", Return),
    m(22, "FLOWHOLD", Pilot),
    m(23, "FOLLOW", Other),
    m(24, "ZIGZAG", Other),
    m(25, "SYSTEMID", Other),
    m(26, "AUTOROTATE", Other),
    m(27, "AUTO_RTL", Return),
];

const PLANE: &[Mode] = &[
    m(0, "MANUAL", Pilot),
    m(1, "CIRCLE", Other),
    m(2, "STABILIZE", Pilot),
    m(3, "TRAINING", Pilot),
    m(4, "ACRO", Pilot),
    m(5, "FBWA", Pilot),
    m(6, "FBWB", Pilot),
    m(7, "CRUISE", Pilot),
    m(8, "AUTOTUNE", Pilot),
    m(10, "AUTO", Mission),
    m(11, "RTL", Return),
    m(12, "LOITER", Hold),
    m(13, "TAKEOFF", Takeoff),
    m(14, "AVOID_ADSB", Other),
    m(15, "GUIDED", Guided),
    m(16, "INITIALISING", Other),
    m(17, "QSTABILIZE", Pilot),
    m(18, "QHOVER", Pilot),
    m(19, "QLOITER", Hold),
    m(20, "QLAND", Land),
    m(21, "QRTL", Return),
    m(22, "QAUTOTUNE", Pilot),
    m(23, "QACRO", Pilot),
    m(24, "THERMAL", Other),
    m(25, "LOITER_ALT_QLAND", Land),
    m(26, "AUTOLAND", Land),
];

const PX4: &[Mode] = &[
    px4(1, 0, "MANUAL", Pilot),
    px4(2, 0, "ALTCTL", Pilot),
    px4(3, 0, "POSCTL", Pilot),
    px4(4, 1, "READY", Other),
    px4(4, 2, "TAKEOFF", Takeoff),
    px4(4, 3, "HOLD", Hold),
    px4(4, 4, "MISSION", Mission),
    px4(4, 5, "RETURN", Return),
    px4(4, 6, "LAND", Land),
    px4(4, 8, "FOLLOW", Other),
    px4(4, 9, "PRECLAND", Land),
    px4(5, 0, "ACRO", Pilot),
    px4(6, 0, "OFFBOARD", Guided),
    px4(7, 0, "STABILIZED", Pilot),
    px4(8, 0, "RATTITUDE", Pilot),
];

/// The modes of an autopilot. A generic vehicle is taken to have PX4's (as
/// MAVSDK's server side does).
#[must_use]
pub fn modes(autopilot: Autopilot, class: Class) -> &'static [Mode] {
    match (autopilot, class) {
        (Autopilot::ArduPilot, Class::Multirotor) => COPTER,
        (Autopilot::ArduPilot, Class::FixedWing | Class::Vtol) => PLANE,
        (Autopilot::Px4 | Autopilot::Generic, _) => PX4,
    }
}

/// The mode with this number.
#[must_use]
pub fn mode(autopilot: Autopilot, class: Class, custom: u32) -> Option<&'static Mode> {
    modes(autopilot, class).iter().find(|m| m.custom == custom)
}

/// The mode to choose for a role. ArduPilot's fixed wing has no mode that
/// lands where it is: `AUTOLAND` needs a runway that it took off from.
#[must_use]
pub fn mode_for(autopilot: Autopilot, class: Class, role: Role) -> Option<&'static Mode> {
    let custom = match (autopilot, class, role) {
        (Autopilot::ArduPilot, Class::FixedWing, Land) => Some(26),
        (Autopilot::ArduPilot, Class::Vtol, Land) => Some(20),
        (Autopilot::ArduPilot, Class::Vtol, Hold) => Some(19),
        (Autopilot::ArduPilot, Class::Vtol, Return) => Some(21),
        _ => None,
    };
    modes(autopilot, class)
        .iter()
        .find(|m| m.role == role && custom.is_none_or(|c| c == m.custom))
}

/// Parameters 1 to 3 of `MAV_CMD_DO_SET_MODE` for a mode number.
#[must_use]
pub fn mode_params(autopilot: Autopilot, custom: u32) -> [f32; 3] {
    let enabled = f32::from(crate::mav::mode_flag::CUSTOM_MODE_ENABLED);
    match autopilot {
        Autopilot::ArduPilot => [enabled, custom as f32, 0.0],
        Autopilot::Px4 | Autopilot::Generic => [
            enabled,
            f32::from((custom >> 16 & 0xff) as u8),
            f32::from((custom >> 24) as u8),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_roles() {
        let a = |c, r| mode_for(Autopilot::ArduPilot, c, r).map(|m| m.custom);
        assert_eq!(a(Class::Multirotor, Mission), Some(3));
        assert_eq!(a(Class::Multirotor, Return), Some(6));
        assert_eq!(a(Class::FixedWing, Mission), Some(10));
        assert_eq!(a(Class::FixedWing, Hold), Some(12));
        assert_eq!(a(Class::Vtol, Land), Some(20));
        let p = mode_for(Autopilot::Px4, Class::Multirotor, Mission).expect("known");
        assert_eq!(p.custom, 4 << 16 | 4 << 24);
        assert_eq!(mode_params(Autopilot::Px4, p.custom), [1.0, 4.0, 4.0]);
        assert_eq!(mode_params(Autopilot::ArduPilot, 6), [1.0, 6.0, 0.0]);
    }
}
