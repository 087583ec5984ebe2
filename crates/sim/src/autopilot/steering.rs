//! From mode to legs, from legs to a path, from a path to the actuators.

use nalgebra::Vector2;
use whimbrel_link::mav::severity;
use whimbrel_link::quirks::Class;

use whimbrel_mission::energy::{TAKE_OVER_RATIO, TO_ROTORS_M};
use whimbrel_mission::guidance::rotor::OVER_HOME_M;

use super::estimate::Estimate;
use super::leg::{CircleEnd, Leg, Progress};
use super::path::{Level, Path};
use super::{Autopilot, Kind, Landed, Mode, Regime};
use crate::airframe::Commands;
use crate::rotors::MAX_ROTORS;

/// Time in which the rotors fade out once the wing carries.
const FADE_S: f64 = 2.0;
/// Wind from which on a hovering wing is turned into it.
const WEATHERVANE_M_S: f64 = 2.0;
/// Rotor speed (share) of an armed aircraft that stands.
const ARMED_IDLE: f64 = 0.1;
/// Length of the glide that is made up where a mission has none: 1 in 8.
const GLIDE_RATIO: f64 = 8.0;
/// Height above home at which such a glide begins.
const GLIDE_FROM_M: f64 = 40.0;

impl Autopilot {
    /// Chooses the path of this step.
    pub(super) fn fly(&mut self, e: &Estimate) {
        if self.landed == Landed::OnGround && self.stands() {
            self.path = Path::Idle;
            if let (Some(leg @ (Leg::Touchdown { .. } | Leg::Approach { .. })), true) =
                (self.legs.front().copied(), self.flown)
            {
                self.clear_legs();
                self.leg_done(&leg, e);
            }
            self.watch_idle();
            return;
        }
        if self.legs.is_empty() {
            self.begin_mode(e);
        }
        if self.mode == Mode::Mission {
            self.run_queue(e);
        }
        let Some(leg) = self.legs.front().copied() else {
            self.path = if self.landed == Landed::OnGround {
                Path::Idle
            } else {
                self.path
            };
            return;
        };
        let landed = self.landed == Landed::OnGround;
        let on_wing = self.class_on_wing();
        let (path, done) = leg.fly(
            &mut self.progress,
            e,
            self.now_s,
            on_wing,
            self.performance.descent_m_s,
            landed,
        );
        self.path = path;
        if let (Leg::ClimbOut { course_rad, .. }, Landed::OnGround) = (leg, self.landed) {
            self.launch = Some(course_rad);
        }
        if done {
            if let Some(end) = leg.end() {
                self.last_end = Some(end);
            }
            self.legs.pop_front();
            self.progress = Progress::default();
            self.leg_done(&leg, e);
        }
    }

    /// Whether an aircraft on the ground has nothing to take off for.
    fn stands(&self) -> bool {
        let ready = match self.mode {
            Mode::Mission => {
                !self.run.complete
                    && !self.flown
                    && (self.auto_armed
                        || self.kind != Kind::ArduPilot
                        || self.class != Class::Multirotor)
            }
            Mode::Takeoff => !self.flown,
            Mode::Guided | Mode::Hold => self
                .legs
                .front()
                .is_some_and(|l| matches!(l, Leg::Climb { .. } | Leg::ClimbOut { .. })),
            _ => false,
        };
        !ready
    }

    fn watch_idle(&mut self) {
        if self.flown {
            let after = self.settings.disarm_landed_s;
            if after >= 0.0 && self.now_s - self.landed_since_s >= after {
                self.disarm_now("Landed");
            }
        } else if self.now_s - self.armed_s > self.settings.disarm_idle_s {
            self.disarm_now(if self.kind == Kind::Px4 {
                "Disarmed by auto preflight disarming"
            } else {
                "Disarming motors"
            });
        }
    }

    fn begin_mode(&mut self, e: &Estimate) {
        match self.mode {
            Mode::Mission => {
                if self.run.complete {
                    self.hold_here(e);
                } else if !self.run.begun {
                    self.advance_mission(e, true);
                } else {
                    self.advance_mission(e, false);
                }
            }
            Mode::Return => self.push_return(e),
            Mode::Land => self.push_landing_here(e),
            Mode::Takeoff => {
                let amsl = self.home.height.m() + self.settings.takeoff_m;
                self.begin_takeoff(amsl, e);
            }
            Mode::Hold | Mode::Pilot | Mode::Guided => self.hold_here(e),
        }
    }

    fn leg_done(&mut self, leg: &Leg, e: &Estimate) {
        match leg {
            Leg::Become(regime) => self.want_regime(*regime),
            Leg::Touchdown { .. } | Leg::Approach { .. } => {
                if self.mode == Mode::Mission {
                    self.item_done(e);
                }
                return;
            }
            _ => {}
        }
        if !self.legs.is_empty() {
            return;
        }
        match self.mode {
            Mode::Mission => self.item_done(e),
            Mode::Takeoff => {
                self.hold_here(e);
                if self.kind == Kind::Px4 {
                    self.force_mode(Mode::Hold);
                }
            }
            _ => {}
        }
    }

    fn item_done(&mut self, e: &Estimate) {
        if !self.run.begun {
            return;
        }
        let at = self.run.current;
        self.run.reached.push_back(at);
        let seq = at + usize::from(self.kind == Kind::ArduPilot);
        if self.kind == Kind::ArduPilot {
            self.say(severity::INFO, format!("Reached command #{seq}"));
        }
        // After a vertical take-off a quadplane goes on on its wing.
        let took_off = self
            .run
            .items
            .get(at)
            .is_some_and(|i| matches!(i.command, 22 | 84));
        if took_off && self.class == Class::Vtol {
            self.want_regime(Regime::Wing);
        }
        self.advance_mission(e, false);
    }

    /// The last item was flown.
    pub(super) fn mission_ended(&mut self, e: &Estimate) {
        match (self.kind, self.class) {
            (Kind::ArduPilot, Class::Multirotor) => {
                if self.landed != Landed::OnGround {
                    self.hold_here(e);
                }
            }
            (Kind::ArduPilot, _) => {
                if self.landed != Landed::OnGround {
                    self.say(severity::INFO, "Mission complete, changing mode to RTL");
                    self.force_mode(Mode::Return);
                }
            }
            _ => {
                if self.landed != Landed::OnGround {
                    self.say(severity::INFO, "Mission finished, loitering");
                    self.force_mode(Mode::Hold);
                }
            }
        }
    }

    /// Stays about here.
    pub(super) fn hold_here(&mut self, e: &Estimate) {
        self.clear_legs();
        if self.landed == Landed::OnGround {
            return;
        }
        let level = Level::Amsl(e.amsl_m());
        if self.class_on_wing() {
            self.push(Leg::Circle {
                centre: e.xy_m,
                radius_m: self.loiter_radius(0.0),
                level,
                speed_m_s: self.performance.cruise_m_s,
                end: CircleEnd::Never,
                next: None,
            });
        } else {
            // Where it comes to a stop.
            let v = e.velocity_m_s.xy();
            let a = self.performance.acceleration_m_s2.max(0.5);
            self.push(Leg::Hover {
                at: e.xy_m + v * (v.norm() / (2.0 * 0.7 * a)),
                level,
            });
        }
    }

    /// A circle's radius: as given, or the autopilot's own.
    pub(super) fn loiter_radius(&self, given_m: f64) -> f64 {
        let own = self.settings.loiter_m.abs().max(5.0) * self.settings.loiter_m.signum();
        if given_m.is_finite() && given_m.abs() > 1.0 {
            given_m
        } else {
            own
        }
    }

    /// Up to `amsl_m`.
    pub(super) fn begin_takeoff(&mut self, amsl_m: f64, e: &Estimate) {
        self.clear_legs();
        if self.airframe.rotors.is_some() {
            self.want_regime(Regime::Rotors);
            self.push(Leg::Climb {
                at: e.xy_m,
                amsl_m,
                rate_m_s: self.performance.climb_m_s,
            });
        } else {
            self.push(Leg::ClimbOut {
                course_rad: self.home_heading_rad,
                amsl_m,
            });
        }
    }

    /// Where to return to: home or the nearest rally point, with the height to fly at.
    fn return_place(&self, e: &Estimate) -> (Vector2<f64>, f64) {
        let home = (
            {
                let [east, north] = self.frame.enu_xy(self.home.at);
                Vector2::new(north, east)
            },
            self.home.height.m() + self.settings.return_m,
        );
        let rally = self.rally.iter().filter_map(|item| {
            let (at, level) = self.place_of(item)?;
            Some((at, level.amsl_m(e.amsl_m() - e.agl_m)))
        });
        rally.fold(home, |best, candidate| {
            if (candidate.0 - e.xy_m).norm() < (best.0 - e.xy_m).norm() {
                candidate
            } else {
                best
            }
        })
    }

    /// Return as the mode does it.
    pub(super) fn push_return(&mut self, e: &Estimate) {
        self.clear_legs();
        if self.landed == Landed::OnGround {
            return;
        }
        let (to, return_amsl) = self.return_place(e);
        let speed_m_s = self.performance.cruise_m_s;
        if self.class == Class::FixedWing {
            if self.settings.return_by_landing && self.run.landing_start().is_some() {
                return; // `force_mode` has chosen the landing sequence instead.
            }
            let radius_m = self.loiter_radius(0.0);
            let level = Level::Amsl(return_amsl);
            self.push(Leg::Circle {
                centre: to,
                radius_m,
                level,
                speed_m_s,
                end: CircleEnd::Never,
                next: None,
            });
            return;
        }
        let far = (to - e.xy_m).norm() > 5.0;
        let amsl_m = if far {
            return_amsl.max(e.amsl_m())
        } else {
            e.amsl_m()
        };
        if !self.class_on_wing() && amsl_m > e.amsl_m() + 0.5 {
            self.push(Leg::Climb {
                at: e.xy_m,
                amsl_m,
                rate_m_s: self.performance.climb_m_s,
            });
        }
        let level = Level::Amsl(amsl_m);
        self.push_rotor_landing_from(e.xy_m, level, to, level);
    }

    /// Over a place and down, on rotors.
    pub(super) fn push_rotor_landing(
        &mut self,
        to: Vector2<f64>,
        stay: (Vector2<f64>, Level),
        e: &Estimate,
    ) {
        // A landing item's height is the ground's: fly there at the height of now.
        let level = Level::Amsl(stay.1.amsl_m(e.amsl_m() - e.agl_m));
        self.push_rotor_landing_from(stay.0, level, to, level);
    }

    fn push_rotor_landing_from(
        &mut self,
        from: Vector2<f64>,
        level_from: Level,
        to: Vector2<f64>,
        level_to: Level,
    ) {
        let mut over = Leg::Goto {
            from,
            to,
            level_from,
            level_to,
            speed_m_s: self.performance.cruise_m_s,
            end_speed_m_s: 0.0,
            accept_m: TO_ROTORS_M,
            given: true,
            turn_rad: std::f64::consts::PI,
            hold_s: 0.0,
        };
        if self.class_on_wing() {
            // On the wing until near, then on rotors.
            self.push(over);
            self.push(Leg::Become(Regime::Rotors));
        }
        if let Leg::Goto {
            accept_m,
            from,
            level_from,
            ..
        } = &mut over
        {
            *accept_m = OVER_HOME_M;
            if self.class_on_wing() {
                *from = to;
                *level_from = level_to;
            }
        }
        self.push(over);
        self.push(Leg::Touchdown { at: to });
    }

    fn push_landing_here(&mut self, e: &Estimate) {
        self.clear_legs();
        if self.landed == Landed::OnGround {
            return;
        }
        if self.airframe.rotors.is_some() {
            self.want_regime(Regime::Rotors);
            let v = e.velocity_m_s.xy();
            let a = self.performance.acceleration_m_s2.max(0.5);
            self.push(Leg::Touchdown {
                at: e.xy_m + v * (v.norm() / (2.0 * 0.7 * a)),
            });
            return;
        }
        // A wing lands at home along the course of its launch, from a circle at the start of the glide.
        let [east, north] = self.frame.enu_xy(self.home.at);
        let to = Vector2::new(north, east);
        let back = Vector2::new(self.home_heading_rad.cos(), self.home_heading_rad.sin());
        let from = to - back * (GLIDE_FROM_M * GLIDE_RATIO);
        let radius = self.loiter_radius(0.0);
        let level = Level::Amsl(self.home.height.m() + GLIDE_FROM_M);
        let speed_m_s = self.performance.cruise_m_s;
        let start = from - back * (3.0 * radius.abs());
        self.push(Leg::Circle {
            centre: start,
            radius_m: radius,
            level,
            speed_m_s,
            end: CircleEnd::Height,
            next: Some(from),
        });
        self.push(Leg::Goto {
            from: start,
            to: from,
            level_from: level,
            level_to: level,
            speed_m_s,
            end_speed_m_s: speed_m_s,
            accept_m: 20.0,
            given: false,
            turn_rad: 0.0,
            hold_s: 0.0,
        });
        self.push(Leg::Approach {
            from,
            to,
            from_amsl_m: self.home.height.m() + GLIDE_FROM_M,
            to_amsl_m: self.home.height.m(),
        });
    }

    /// Asks for rotors or wing; only aircraft with both change.
    pub(super) fn want_regime(&mut self, regime: Regime) {
        if self.class == Class::Vtol {
            self.wanted_regime = regime;
        }
    }

    /// `DO_VTOL_TRANSITION`: 3 to rotors, 4 to the wing.
    pub fn transition(&mut self, state: i32) {
        match state {
            3 => self.want_regime(Regime::Rotors),
            4 => self.want_regime(Regime::Wing),
            _ => {}
        }
        self.clear_legs();
        self.run.begun = false;
    }

    /// Actuators for the path.
    pub(super) fn control(&mut self, e: &Estimate) -> Commands {
        if !self.armed || matches!(self.path, Path::Idle) {
            if let Some(rotor) = &mut self.rotor {
                rotor.reset(e);
            }
            if let Some(wing) = &mut self.wing {
                wing.reset();
            }
            let mut commands = Commands::default();
            if self.armed && self.airframe.rotors.is_some() {
                commands.rotors = [ARMED_IDLE; MAX_ROTORS];
            }
            return commands;
        }
        let path = self.path;
        let airframe = &self.airframe;
        let wing = |control: &mut Option<super::wing_control::WingControl>| match (
            control,
            &airframe.fixed_wing,
        ) {
            (Some(control), Some(fixed)) => control.command(&path, e, airframe, fixed),
            _ => Commands::default(),
        };
        if self.class == Class::FixedWing {
            return wing(&mut self.wing);
        }
        let (Some(rotor), Some(rotors)) = (&mut self.rotor, &airframe.rotors) else {
            return wing(&mut self.wing);
        };
        match (self.regime, self.wanted_regime) {
            (Regime::Rotors, Regime::Rotors) => {
                // A wing in a hover turns into the wind, or the wind turns it.
                let wind = e.wind_m_s.xy();
                if wind.norm() > WEATHERVANE_M_S && e.ground_speed_m_s() < 3.0 && e.agl_m > 1.0 {
                    rotor.turn_to((-wind.y).atan2(-wind.x));
                }
                rotor.command(&path, e, airframe, rotors)
            }
            (Regime::Rotors, Regime::Wing) => {
                if let Path::Line { from, to, .. } = path {
                    let off = to - from;
                    rotor.turn_to(off.y.atan2(off.x));
                }
                let mut commands = wing(&mut self.wing);
                commands.rotors = rotor.command_level(0.3, e, airframe, rotors).rotors;
                // Push only once the nose points along the way.
                let aligned = match path {
                    Path::Line { from, to, .. } => {
                        let off = to - from;
                        super::rotor_control::wrap(off.y.atan2(off.x) - e.yaw_rad()).abs() < 0.3
                    }
                    _ => true,
                };
                commands.throttle = if aligned { 1.0 } else { 0.0 };
                let stall = airframe.fixed_wing.map_or(0.0, |f| f.stall_m_s);
                if e.airspeed_m_s > TAKE_OVER_RATIO * stall {
                    self.regime = Regime::Wing;
                    self.regime_since_s = self.now_s;
                    if let Some(wing) = &mut self.wing {
                        wing.reset();
                    }
                }
                commands
            }
            (Regime::Wing, Regime::Wing) => {
                let mut commands = wing(&mut self.wing);
                let left = 1.0 - (self.now_s - self.regime_since_s) / FADE_S;
                if left > 0.0 {
                    let help = rotor.command_level(0.0, e, airframe, rotors).rotors;
                    commands.rotors = help.map(|r| r * left.sqrt());
                }
                commands
            }
            (Regime::Wing, Regime::Rotors) => {
                self.regime = Regime::Rotors;
                self.regime_since_s = self.now_s;
                rotor.reset(e);
                rotor.command(&path, e, airframe, rotors)
            }
        }
    }
}
