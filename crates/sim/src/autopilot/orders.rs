//! Orders from the ground: arm, modes, take-off, go there.

use nalgebra::Vector2;
use whimbrel_geo::{Amsl, Position};
use whimbrel_link::mav::{result, severity};
use whimbrel_link::quirks::{Class, mode as known_mode, personality};

use super::estimate::Estimate;
use super::leg::{CircleEnd, Leg};
use super::path::Level;
use super::{Autopilot, Kind, Landed, Mode, Refusal, mode};

impl Refusal {
    fn with(result: u8, text: impl Into<String>) -> Self {
        Self {
            result,
            text: Some(text.into()),
        }
    }
}

impl Autopilot {
    /// Why it would not arm now.
    pub fn arming_refusal(&self) -> Option<Refusal> {
        let no_position = !self.ready();
        match self.kind {
            Kind::ArduPilot => {
                if no_position {
                    return Some(Refusal::with(result::FAILED, "Arm: Need Position Estimate"));
                }
                let wrong_mode = self.class == Class::Multirotor
                    && (matches!(self.mode, Mode::Mission | Mode::Return | Mode::Land)
                        || self.custom == 17);
                if wrong_mode {
                    return Some(Refusal::with(
                        result::FAILED,
                        format!("Arm: {} mode not armable", self.mode_name()),
                    ));
                }
                if self.settings.ground_loss.0 != super::settings::Action::None
                    && self.failsafes.ground_is_lost()
                {
                    return Some(Refusal::with(result::FAILED, "Arm: GCS failsafe on"));
                }
            }
            _ => {
                if no_position {
                    return Some(Refusal::with(
                        result::TEMPORARILY_REJECTED,
                        "Arming denied: Resolve system health failures first",
                    ));
                }
                if self.mode == Mode::Mission && !self.mission_ok {
                    return Some(Refusal::with(
                        result::TEMPORARILY_REJECTED,
                        "Arming denied: Resolve system health failures first",
                    ));
                }
            }
        }
        None
    }

    /// Arms.
    pub fn arm(&mut self, force: bool) -> Result<(), Refusal> {
        if self.armed {
            return Ok(());
        }
        if let (Some(refusal), false) = (self.arming_refusal(), force) {
            return Err(refusal);
        }
        self.armed = true;
        self.armed_s = self.now_s;
        self.flown = false;
        self.auto_armed = false;
        self.clear_legs();
        self.last_end = None;
        self.speed_m_s = self.performance.cruise_m_s;
        self.say(
            severity::INFO,
            if self.kind == Kind::ArduPilot {
                "Arming motors"
            } else {
                "Armed by external command"
            },
        );
        Ok(())
    }

    /// Disarms; in the air only by force.
    pub fn disarm(&mut self, force: bool) -> Result<(), Refusal> {
        if !self.armed {
            return Ok(());
        }
        if self.landed != Landed::OnGround && !force {
            return Err(match self.kind {
                Kind::ArduPilot => Refusal {
                    result: result::FAILED,
                    text: None,
                },
                _ => Refusal::with(result::TEMPORARILY_REJECTED, "Disarming denied: not landed"),
            });
        }
        self.disarm_now(if self.kind == Kind::ArduPilot {
            "Disarming motors"
        } else {
            "Disarmed by external command"
        });
        Ok(())
    }

    pub(super) fn disarm_now(&mut self, why: &str) {
        let text = match (self.kind, why) {
            (Kind::ArduPilot, _) => "Disarming motors",
            (_, "Landed") => "Disarmed by landing",
            (_, other) => other,
        };
        self.say(severity::INFO, text);
        self.armed = false;
        self.flown = false;
        self.auto_armed = false;
        self.clear_legs();
        self.camera.stop();
        self.run.rewind();
    }

    /// Changes the mode by its number.
    pub fn set_mode(&mut self, custom: u32, e: &Estimate) -> Result<(), Refusal> {
        let habits = personality(self.kind);
        let Some(mode) = Mode::of(self.kind, self.class, custom) else {
            let text = (self.kind == Kind::ArduPilot).then(|| format!("No such mode {custom}"));
            return Err(Refusal {
                result: habits.unknown_mode_result,
                text,
            });
        };
        self.check_mode(mode, custom)?;
        self.enter(mode, custom, e);
        Ok(())
    }

    fn check_mode(&self, mode: Mode, custom: u32) -> Result<(), Refusal> {
        let name = known_mode(self.kind, self.class, custom).map_or("?", |m| m.name);
        match self.kind {
            Kind::ArduPilot => {
                let needs_position =
                    !matches!(mode, Mode::Pilot) && self.class == Class::Multirotor;
                if needs_position && !self.ready() {
                    return Err(Refusal::with(
                        result::FAILED,
                        format!("Mode change to {name} failed: requires position"),
                    ));
                }
                if mode == Mode::Mission && self.class == Class::Multirotor {
                    if self.run.items.is_empty() {
                        return Err(Refusal::with(
                            result::FAILED,
                            format!("Mode change to {name} failed: init failed"),
                        ));
                    }
                    if self.armed && self.landed == Landed::OnGround && !self.run.has_takeoff() {
                        return Err(Refusal::with(result::FAILED, "Auto: Missing Takeoff Cmd"));
                    }
                }
                let needs_rotors =
                    self.class == Class::FixedWing && (17..=23).contains(&custom) || custom == 25;
                if needs_rotors && self.class == Class::FixedWing {
                    return Err(Refusal {
                        result: result::FAILED,
                        text: Some(format!("No such mode {custom}")),
                    });
                }
            }
            _ => {
                if mode == Mode::Guided {
                    // Offboard needs a stream of setpoints, which nobody sends.
                    return Err(Refusal {
                        result: result::TEMPORARILY_REJECTED,
                        text: None,
                    });
                }
                if mode == Mode::Mission && !self.mission_ok {
                    return Err(Refusal::with(
                        result::TEMPORARILY_REJECTED,
                        "Switching to mode 'Mission' is currently not possible",
                    ));
                }
            }
        }
        Ok(())
    }

    fn enter(&mut self, mode: Mode, custom: u32, e: &Estimate) {
        let same = self.custom == custom;
        self.mode = mode;
        self.custom = custom;
        if same {
            return;
        }
        self.last_end = None;
        self.clear_legs();
        self.run.queue.clear();
        self.run.begun = false;
        if self.kind == Kind::Px4 {
            self.camera.pause(mode != Mode::Mission);
        }
        let lands_by_mission = mode == Mode::Return
            && self.class == Class::FixedWing
            && self.settings.return_by_landing;
        if let (true, Some(start)) = (lands_by_mission, self.run.landing_start()) {
            self.camera.stop();
            self.run.jump_to(start);
            self.mode = Mode::Mission;
            if self.kind == Kind::ArduPilot {
                self.custom = mode::number(self.kind, self.class, Mode::Mission);
            }
        } else if matches!(mode, Mode::Hold | Mode::Pilot | Mode::Guided) && self.armed {
            self.hold_here(e);
        }
    }

    /// Changes the mode by the autopilot's own decision.
    pub(super) fn force_mode(&mut self, mode: Mode) {
        let custom = mode::number(self.kind, self.class, mode);
        if self.custom == custom {
            return;
        }
        self.mode = mode;
        self.custom = custom;
        self.last_end = None;
        self.clear_legs();
        self.run.queue.clear();
        self.run.begun = false;
        if self.kind == Kind::Px4 {
            self.camera.pause(mode != Mode::Mission);
        }
        let by_landing = mode == Mode::Return
            && self.class == Class::FixedWing
            && self.settings.return_by_landing;
        if let (true, Some(start)) = (by_landing, self.run.landing_start()) {
            self.camera.stop();
            self.run.jump_to(start);
            self.mode = Mode::Mission;
        }
    }

    /// Goes to the Return mode from within a mission.
    pub(super) fn enter_return(&mut self, _why: &str) {
        self.force_mode(Mode::Return);
    }

    /// Takes off to a height above mean sea level (`None`: the parameter's).
    pub fn take_off(&mut self, amsl_m: Option<f64>, e: &Estimate) -> Result<(), Refusal> {
        match self.kind {
            Kind::ArduPilot => {
                let guided = self.mode == Mode::Guided;
                if !guided
                    || !self.armed
                    || self.landed != Landed::OnGround
                    || self.class == Class::FixedWing
                {
                    return Err(Refusal {
                        result: result::FAILED,
                        text: None,
                    });
                }
            }
            _ => {
                if !self.ready() {
                    return Err(Refusal {
                        result: result::TEMPORARILY_REJECTED,
                        text: None,
                    });
                }
                self.force_mode(Mode::Takeoff);
            }
        }
        let amsl_m = amsl_m.unwrap_or(self.home.height.m() + self.settings.takeoff_m);
        if self.armed {
            self.begin_takeoff(amsl_m, e);
        } else {
            // PX4 keeps the height for when it is armed.
            self.settings.takeoff_m = amsl_m - self.home.height.m();
        }
        Ok(())
    }

    /// Starts the mission.
    pub fn start_mission(&mut self, e: &Estimate) -> Result<(), Refusal> {
        if self.kind == Kind::Px4 && !self.mission_ok {
            return Err(Refusal::with(
                result::TEMPORARILY_REJECTED,
                "Mission start denied! No valid mission",
            ));
        }
        let custom = mode::number(self.kind, self.class, Mode::Mission);
        self.set_mode(custom, e)?;
        self.auto_armed = self.armed;
        if self.run.complete {
            self.run.rewind();
        }
        Ok(())
    }

    /// Goes on from an item (its index without the home slot).
    pub fn set_current(&mut self, index: usize) {
        self.run.jump_to(index);
        if self.mode == Mode::Mission {
            self.clear_legs();
            self.last_end = None;
        }
    }

    /// Jumps to the landing sequence of the mission.
    pub fn start_landing(&mut self, e: &Estimate) -> Result<(), Refusal> {
        let Some(start) = self.run.landing_start() else {
            return Err(Refusal::with(
                result::FAILED,
                "Unable to start landing sequence",
            ));
        };
        self.set_mode(mode::number(self.kind, self.class, Mode::Mission), e)?;
        self.camera.stop();
        self.set_current(start);
        Ok(())
    }

    /// Flies to a place and stays there.
    pub fn go_to(&mut self, to: Position<Amsl>, e: &Estimate) -> Result<(), Refusal> {
        if !self.armed || self.landed == Landed::OnGround {
            return Err(Refusal {
                result: result::DENIED,
                text: None,
            });
        }
        self.force_mode(if self.kind == Kind::ArduPilot {
            Mode::Guided
        } else {
            Mode::Hold
        });
        self.clear_legs();
        let [east, north] = self.frame.enu_xy(to.at);
        let at = Vector2::new(north, east);
        let level = Level::Amsl(to.height.m());
        let speed_m_s = self.performance.cruise_m_s;
        if self.class_on_wing() {
            let radius_m = self.loiter_radius(0.0);
            self.push(Leg::Circle {
                centre: at,
                radius_m,
                level,
                speed_m_s,
                end: CircleEnd::Never,
                next: None,
            });
        } else {
            self.push(Leg::Goto {
                from: e.xy_m,
                to: at,
                level_from: Level::Amsl(e.amsl_m()),
                level_to: level,
                speed_m_s,
                end_speed_m_s: 0.0,
                accept_m: self.settings.acceptance_m,
                given: false,
                turn_rad: std::f64::consts::PI,
                hold_s: 0.0,
            });
            self.push(Leg::Hover { at, level });
        }
        Ok(())
    }

    /// Flies at another speed from now on; not positive: the usual one.
    pub fn change_speed(&mut self, speed_m_s: f64) {
        if speed_m_s > 0.0 && speed_m_s.is_finite() {
            let cap = if self.class == Class::Multirotor {
                1.6
            } else {
                1.4
            };
            self.speed_m_s = speed_m_s.min(cap * self.performance.cruise_m_s);
            for leg in &mut self.legs {
                if let Leg::Goto { speed_m_s, .. } | Leg::Circle { speed_m_s, .. } = leg {
                    *speed_m_s = self.speed_m_s;
                }
            }
        }
    }

    /// Moves home.
    pub fn set_home(&mut self, home: Position<Amsl>) {
        self.home = home;
    }

    /// The camera's trigger.
    pub fn camera(&mut self) -> &mut super::camera::CameraTrigger {
        &mut self.camera
    }
}
