//! The parameters that change how the autopilot flies, as numbers.

use whimbrel_link::quirks::{Autopilot as Kind, Class};
use whimbrel_mission::vehicle::Performance;

/// What a failsafe does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Only a text.
    Warn,
    /// Stay.
    Hold,
    /// Return.
    Return,
    /// Land.
    Land,
}

/// Settings, read from the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Radius in which a waypoint counts as reached.
    pub acceptance_m: f64,
    /// Radius of a wing's circles.
    pub loiter_m: f64,
    /// Height above home of a return.
    pub return_m: f64,
    /// Height above home of a take-off without a height.
    pub takeoff_m: f64,
    /// Wings return by the landing sequence of the mission.
    pub return_by_landing: bool,
    /// Whether the fence is watched.
    pub fence: bool,
    /// ArduPilot's FENCE_TYPE bits: 1 height, 2 circle, 4 shapes.
    pub fence_types: u32,
    /// Greatest height above home, if bit 1.
    pub fence_height_m: f64,
    /// Greatest distance from home, if bit 2.
    pub fence_radius_m: f64,
    /// What a broken fence does.
    pub fence_action: Action,
    /// What a lost ground station does, and after how long.
    pub ground_loss: (Action, f64),
    /// Share of charge left that warns.
    pub battery_warn: f64,
    /// Share of charge left for the low action, and the action.
    pub battery_low: (f64, Action),
    /// Share of charge left for the critical action, and the action.
    pub battery_critical: (f64, Action),
    /// Wait between touch-down and disarming; negative: never.
    pub disarm_landed_s: f64,
    /// Disarms when armed so long without taking off.
    pub disarm_idle_s: f64,
}

impl Settings {
    /// What the parameters say where nobody has changed them.
    pub fn defaults(kind: Kind, class: Class, performance: &Performance) -> Self {
        let wing = class != Class::Multirotor;
        let loiter_m = 1.6 * performance.cruise_m_s.powi(2)
            / (crate::atmosphere::STANDARD_GRAVITY * performance.max_bank_rad.max(0.2).tan());
        let common = Self {
            acceptance_m: performance.acceptance_radius_m,
            loiter_m: loiter_m.round(),
            return_m: 15.0,
            takeoff_m: 10.0,
            return_by_landing: false,
            fence: false,
            fence_types: 7,
            fence_height_m: 100.0,
            fence_radius_m: 300.0,
            fence_action: Action::Return,
            ground_loss: (Action::None, 5.0),
            battery_warn: 0.0,
            battery_low: (0.0, Action::None),
            battery_critical: (0.0, Action::None),
            disarm_landed_s: 0.0,
            disarm_idle_s: 10.0,
        };
        match (kind, wing) {
            (Kind::ArduPilot, false) => common,
            (Kind::ArduPilot, true) => Self {
                return_m: 100.0,
                takeoff_m: 50.0,
                fence_types: 4,
                disarm_landed_s: if class == Class::Vtol { 0.0 } else { 20.0 },
                disarm_idle_s: f64::INFINITY,
                ..common
            },
            (_, _) => Self {
                return_m: 60.0,
                takeoff_m: if wing { 30.0 } else { 2.5 },
                return_by_landing: wing,
                fence: true,
                fence_types: 4,
                fence_action: Action::Hold,
                ground_loss: (Action::None, 10.0),
                battery_warn: 0.15,
                battery_low: (0.07, Action::Warn),
                battery_critical: (0.05, Action::Warn),
                disarm_landed_s: 2.0,
                ..common
            },
        }
    }
}
