//! What the autopilot does by itself when something goes wrong.

use whimbrel_geo::distance_m;
use whimbrel_link::mav::severity;
use whimbrel_mission::fence;

use super::estimate::Estimate;
use super::settings::Action;
use super::{Autopilot, Kind, Landed, Mode};
use crate::battery::Battery;

/// Time between looks at the fence.
const FENCE_EVERY_S: f64 = 0.2;
/// A charge below a threshold must stay there so long (BATT_LOW_TIMER 10 s).
const BATTERY_TIMER_S: f64 = 10.0;

/// State of the failsafes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failsafes {
    ground_s: Option<f64>,
    ground_lost: bool,
    battery_stage: u8,
    battery_since_s: Option<f64>,
    next_fence_s: f64,
    broken: bool,
    breaches: u16,
    breach_s: f64,
}

impl Failsafes {
    /// A heartbeat of a ground station came.
    pub fn ground_heard(&mut self, now_s: f64) {
        self.ground_s = Some(now_s);
    }

    /// Whether the ground station that was heard before is silent.
    pub fn ground_is_lost(&self) -> bool {
        self.ground_lost
    }

    /// Whether the fence is broken now, how often it was, when last.
    pub fn breach(&self) -> (bool, u16, f64) {
        (self.broken, self.breaches, self.breach_s)
    }

    /// A new battery ends the alarm.
    pub fn watch_battery_on_ground(&mut self, battery: &Battery) {
        if battery.charge() > 0.9 {
            self.battery_stage = 0;
        }
        self.broken = false;
    }
}

impl Autopilot {
    /// Watches link, battery and fence while armed.
    pub(super) fn watch(&mut self, e: &Estimate, battery: &Battery) {
        self.watch_ground();
        self.watch_battery(battery);
        if self.now_s >= self.failsafes.next_fence_s {
            self.failsafes.next_fence_s = self.now_s + FENCE_EVERY_S;
            self.watch_fence(e);
        }
    }

    fn watch_ground(&mut self) {
        let (action, after_s) = self.settings.ground_loss;
        let Some(heard) = self.failsafes.ground_s else {
            return;
        };
        let lost = self.now_s - heard > after_s;
        if lost && !self.failsafes.ground_lost && action != Action::None {
            self.say(
                severity::WARNING,
                if self.kind == Kind::ArduPilot {
                    "GCS Failsafe"
                } else {
                    "GCS connection lost"
                },
            );
            self.react(action);
        }
        if !lost && self.failsafes.ground_lost && action != Action::None {
            self.say(
                severity::INFO,
                if self.kind == Kind::ArduPilot {
                    "GCS Failsafe Cleared"
                } else {
                    "GCS connection regained"
                },
            );
        }
        self.failsafes.ground_lost = lost;
    }

    fn watch_battery(&mut self, battery: &Battery) {
        let charge = battery.charge();
        let stages = [
            (self.settings.battery_warn, Action::Warn),
            self.settings.battery_low,
            self.settings.battery_critical,
        ];
        // A level of 0 is switched off, and may be switched on in flight.
        let passed = usize::from(self.failsafes.battery_stage);
        let Some(next) = (passed..stages.len()).find(|i| stages[*i].0 > 0.0) else {
            return;
        };
        let (level, action) = stages[next];
        if charge >= level {
            self.failsafes.battery_since_s = None;
            return;
        }
        let since = *self.failsafes.battery_since_s.get_or_insert(self.now_s);
        if self.now_s - since < BATTERY_TIMER_S {
            return;
        }
        self.failsafes.battery_since_s = None;
        self.failsafes.battery_stage = next as u8 + 1;
        let used_mah = battery.used_ah() * 1_000.0;
        let text = match (self.kind, next) {
            (Kind::ArduPilot, 2) => format!(
                "Battery 1 is critical {:.2}V used {used_mah:.0} mAh",
                battery.voltage_v()
            ),
            (Kind::ArduPilot, _) => format!(
                "Battery 1 is low {:.2}V used {used_mah:.0} mAh",
                battery.voltage_v()
            ),
            (_, 0) => "Low battery level! Return advised".to_owned(),
            (_, 1) => "Critical battery level! Return advised!".to_owned(),
            (_, _) => "Emergency battery level! Landing advised!".to_owned(),
        };
        self.say(severity::CRITICAL, text);
        self.react(action);
    }

    fn watch_fence(&mut self, e: &Estimate) {
        let s = self.settings;
        if !s.fence || self.landed == Landed::OnGround {
            return;
        }
        let above = e.amsl_m() - self.home.height.m();
        let too_high = s.fence_types & 1 != 0 && above > s.fence_height_m;
        let too_far =
            s.fence_types & 2 != 0 && distance_m(self.home.at, e.position.at) > s.fence_radius_m;
        let outside = s.fence_types & 4 != 0
            && !self.fence.is_empty()
            && !fence::contains(&self.fence, e.position.at);
        let broken = too_high || too_far || outside;
        if broken && !self.failsafes.broken {
            self.failsafes.breaches = self.failsafes.breaches.saturating_add(1);
            self.failsafes.breach_s = self.now_s;
            let text = match self.kind {
                Kind::ArduPilot if too_high => "Max Alt fence breached",
                Kind::ArduPilot if too_far => "Circle fence breached",
                Kind::ArduPilot => "Polygon fence breached",
                _ => "Geofence violated",
            };
            self.say(severity::CRITICAL, text);
            self.react(s.fence_action);
        }
        self.failsafes.broken = broken;
    }

    fn react(&mut self, action: Action) {
        if self.landed == Landed::OnGround {
            return;
        }
        match action {
            Action::None | Action::Warn => {}
            Action::Hold => self.force_mode(Mode::Hold),
            Action::Return if self.mode != Mode::Return && self.mode != Mode::Land => {
                self.force_mode(Mode::Return)
            }
            Action::Land if self.mode != Mode::Land => self.force_mode(Mode::Land),
            Action::Return | Action::Land => {}
        }
    }
}
