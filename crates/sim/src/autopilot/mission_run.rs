//! Execution of a mission: which item is flown, what is done on the way.

use std::collections::{BTreeMap, VecDeque};

use nalgebra::Vector2;
use whimbrel_link::quirks::Autopilot as Kind;
use whimbrel_mission::guidance::rotor;
use whimbrel_mission::{Item, command};

use super::leg::{CircleEnd, Leg};
use super::path::Level;
use super::{Autopilot, Regime};
use crate::autopilot::estimate::Estimate;

/// Jumps that are followed in one go before the mission counts as ended (a loop without a place to
/// fly to would never end).
const MAX_JUMPS_AT_ONCE: usize = 32;
/// A take-off item at least so far away says where to launch a wing to.
const AIM_M: f64 = 30.0;
/// Waypoints looked ahead for the speed at a corner.
const LOOK_AHEAD: usize = 12;

/// The state of a mission's execution.
#[derive(Clone, Debug, Default)]
pub struct MissionRun {
    /// The items, without the home slot.
    pub items: Vec<Item>,
    /// The item that is flown.
    pub current: usize,
    /// Whether `current` has been begun.
    pub begun: bool,
    /// Whether the last item was flown.
    pub complete: bool,
    /// Times each jump was taken.
    jumps: BTreeMap<usize, i32>,
    /// Commands that wait for their turn beside the current leg.
    pub queue: VecDeque<Item>,
    /// When the next of them may be done.
    pub queue_from_s: f64,
    /// Items reached and not yet told.
    pub reached: VecDeque<usize>,
}

impl MissionRun {
    /// Loads new items and starts from the first.
    pub fn load(&mut self, items: Vec<Item>) {
        *self = Self {
            items,
            ..Self::default()
        };
    }

    /// Goes on from the item at `index`.
    pub fn jump_to(&mut self, index: usize) {
        if index < self.items.len() {
            self.current = index;
            self.begun = false;
            self.complete = false;
            self.queue.clear();
        }
    }

    /// Forgets progress: the next start is from the first item.
    pub fn rewind(&mut self) {
        let items = std::mem::take(&mut self.items);
        let reached = std::mem::take(&mut self.reached);
        *self = Self {
            items,
            reached,
            ..Self::default()
        };
    }

    /// Whether the mission has a take-off.
    pub fn has_takeoff(&self) -> bool {
        self.items
            .iter()
            .any(|i| matches!(i.command, command::NAV_TAKEOFF | command::NAV_VTOL_TAKEOFF))
    }

    /// The start of the landing sequence.
    pub fn landing_start(&self) -> Option<usize> {
        self.items
            .iter()
            .position(|i| i.command == command::DO_LAND_START)
    }

    /// The first item to be flown at or after `from`, and the commands passed on the way to it.
    fn next_navigation(&mut self, from: usize, home_slot: bool) -> (Option<usize>, Vec<Item>) {
        let mut commands = vec![];
        let mut at = from;
        let mut jumps = 0;
        while let Some(item) = self.items.get(at) {
            if item.command == command::DO_JUMP {
                let target = (item.params[0] as usize).saturating_sub(usize::from(home_slot));
                let repeat = item.params[1] as i32;
                let taken = self.jumps.entry(at).or_insert(0);
                jumps += 1;
                if target < self.items.len()
                    && (repeat < 0 || *taken < repeat)
                    && jumps <= MAX_JUMPS_AT_ONCE
                {
                    *taken += 1;
                    at = target;
                } else {
                    at += 1;
                }
            } else if item.is_navigation() {
                return (Some(at), commands);
            } else {
                commands.push(*item);
                at += 1;
            }
        }
        (None, commands)
    }
}

impl Autopilot {
    /// North, east and height of an item's place.
    pub(super) fn place_of(&self, item: &Item) -> Option<(Vector2<f64>, Level)> {
        let [east, north] = self.frame.enu_xy(item.place()?);
        let level = match item.amsl(Some(self.home.height)) {
            Some(height) => Level::Amsl(height.m()),
            None => Level::Agl(f64::from(item.z)),
        };
        Some((Vector2::new(north, east), level))
    }

    /// Goes on to the item after the one that was just flown, or begins the current one.
    pub(super) fn advance_mission(&mut self, e: &Estimate, first: bool) {
        let home_slot = self.kind == Kind::ArduPilot;
        let from = if first {
            self.run.current
        } else {
            self.run.current + 1
        };
        let (next, commands) = self.run.next_navigation(from, home_slot);
        self.run.queue = commands.into();
        self.run.queue_from_s = self.now_s;
        match next {
            Some(index) => {
                self.run.current = index;
                self.run.begun = true;
                self.begin_item(index, e);
            }
            None => {
                // Commands after the last place are still done.
                self.run_queue(e);
                self.run.complete = true;
                self.run.begun = false;
                self.mission_ended(e);
            }
        }
    }

    fn begin_item(&mut self, index: usize, e: &Estimate) {
        let Some(item) = self.run.items.get(index).copied() else {
            return;
        };
        self.clear_legs();
        let p = item.params;
        let on_wing = self.class_on_wing();
        let stay = self.last_end.unwrap_or((e.xy_m, Level::Amsl(e.amsl_m())));
        let (to, level_to) = match self.place_of(&item) {
            Some(place) => place,
            None => (
                stay.0,
                if item.z != 0.0 {
                    self.level_of_z(&item)
                } else {
                    stay.1
                },
            ),
        };
        match item.command {
            command::NAV_TAKEOFF | command::NAV_VTOL_TAKEOFF => {
                let amsl_m = level_to.amsl_m(e.amsl_m() - e.agl_m);
                self.begin_takeoff(amsl_m, e);
                let off = to - e.xy_m;
                if let (Some(Leg::ClimbOut { course_rad, .. }), true) =
                    (self.legs.front_mut(), off.norm() > AIM_M)
                {
                    *course_rad = off.y.atan2(off.x);
                }
            }
            command::NAV_LAND | command::NAV_VTOL_LAND => {
                if self.airframe.rotors.is_some() {
                    self.push_rotor_landing(to, stay, e);
                } else {
                    let ground = match level_to {
                        Level::Amsl(m) => m,
                        Level::Agl(_) => self.home.height.m(),
                    };
                    let from_amsl_m = stay.1.amsl_m(e.amsl_m() - e.agl_m);
                    self.push(Leg::Approach {
                        from: stay.0,
                        to,
                        from_amsl_m,
                        to_amsl_m: ground,
                    });
                }
            }
            command::NAV_RETURN_TO_LAUNCH => {
                if self.kind == Kind::ArduPilot && !on_wing && self.airframe.fixed_wing.is_none() {
                    self.push_return(e);
                } else {
                    self.enter_return("Mission: return");
                }
            }
            command::NAV_LOITER_UNLIM
            | command::NAV_LOITER_TURNS
            | command::NAV_LOITER_TIME
            | command::NAV_LOITER_TO_ALT => {
                let radius_given = match item.command {
                    command::NAV_LOITER_TO_ALT => p[1],
                    _ => p[2],
                };
                let end = match item.command {
                    command::NAV_LOITER_TURNS => CircleEnd::Turns(f64::from(p[0]).max(0.0)),
                    command::NAV_LOITER_TIME => CircleEnd::Seconds(f64::from(p[0]).max(0.0)),
                    command::NAV_LOITER_TO_ALT => CircleEnd::Height,
                    _ => CircleEnd::Never,
                };
                let circles = on_wing || item.command == command::NAV_LOITER_TURNS;
                let radius_m = if circles {
                    self.loiter_radius(f64::from(radius_given))
                } else {
                    0.0
                };
                self.push_goto(stay, (to, level_to), 0.0, index);
                if on_wing {
                    // The circle is joined from afar; no need to fly over its centre first.
                    self.legs.clear();
                }
                let next = self.points_after(index, to).get(1).copied();
                let speed_m_s = self.speed_m_s;
                self.push(Leg::Circle {
                    centre: to,
                    radius_m,
                    level: level_to,
                    speed_m_s,
                    end,
                    next,
                });
            }
            command::NAV_DELAY => self.push(Leg::Wait {
                seconds: f64::from(p[0]).max(0.0),
            }),
            _ => {
                let hold_s = if on_wing {
                    0.0
                } else {
                    f64::from(p[0]).max(0.0)
                };
                self.push_goto(stay, (to, level_to), hold_s, index);
            }
        }
    }

    fn level_of_z(&self, item: &Item) -> Level {
        use whimbrel_mission::frame as f;
        let z = f64::from(item.z);
        match item.frame {
            f::GLOBAL_RELATIVE_ALT | f::GLOBAL_RELATIVE_ALT_INT => {
                Level::Amsl(self.home.height.m() + z)
            }
            f::GLOBAL_TERRAIN_ALT | f::GLOBAL_TERRAIN_ALT_INT => Level::Agl(z),
            _ => Level::Amsl(z),
        }
    }

    /// A line to a place of the mission with the speed that its corner allows.
    fn push_goto(
        &mut self,
        from: (Vector2<f64>, Level),
        to: (Vector2<f64>, Level),
        hold_s: f64,
        index: usize,
    ) {
        let points = self.points_after(index, to.0);
        let turn_rad = match points.get(1) {
            Some(next) => turn(from.0, to.0, *next),
            None => std::f64::consts::PI,
        };
        let end_speed_m_s = if hold_s > 0.0 {
            0.0
        } else {
            self.corner_speed(from.0, &points)
        };
        let (accept_m, given) = self.accept_m(index);
        self.push(Leg::Goto {
            from: from.0,
            to: to.0,
            level_from: from.1,
            level_to: to.1,
            speed_m_s: self.speed_m_s,
            end_speed_m_s,
            accept_m,
            given,
            turn_rad,
            hold_s,
        });
    }

    /// The radius for an item, and whether it came with the item.
    fn accept_m(&self, index: usize) -> (f64, bool) {
        let given = self
            .run
            .items
            .get(index)
            .map_or(0.0, |i| f64::from(i.params[1]));
        let own = self.settings.acceptance_m;
        // Copters of ArduPilot ignore the item's radius; the others take it.
        let ignores = self.kind == Kind::ArduPilot && !self.class_on_wing();
        if given > 0.0 && !ignores {
            (given, true)
        } else {
            (own, false)
        }
    }

    /// This place and the next ones that are flown through without a stop.
    fn points_after(&self, index: usize, here: Vector2<f64>) -> Vec<Vector2<f64>> {
        let mut points = vec![here];
        for item in self.run.items.iter().skip(index + 1) {
            if !item.is_navigation() {
                if item.command == command::DO_JUMP {
                    break;
                }
                continue;
            }
            let through = item.command == command::NAV_WAYPOINT
                && (self.class_on_wing() || item.params[0] <= 0.0);
            match self.place_of(item) {
                Some((at, _)) => points.push(at),
                None => break,
            }
            if !through || points.len() > LOOK_AHEAD {
                break;
            }
        }
        points
    }

    /// Speed that rotors may have at the first of `points`, coming from `from`: each corner allows
    /// what can be turned within the acceptance radius, and each line must leave room to brake.
    fn corner_speed(&self, from: Vector2<f64>, points: &[Vector2<f64>]) -> f64 {
        let a = self.performance.acceleration_m_s2.max(0.3);
        let mut lengths = vec![];
        let mut corners = vec![];
        let mut before = from;
        for (i, here) in points.iter().enumerate() {
            lengths.push((here - before).norm());
            corners.push(match points.get(i + 1) {
                Some(next) => {
                    let angle = turn(before, *here, *next);
                    rotor::corner_m_s(self.speed_m_s, a, self.settings.acceptance_m, angle)
                }
                None => 0.0,
            });
            before = *here;
        }
        rotor::look_ahead(&mut corners, &lengths, a);
        corners.first().copied().unwrap_or(0.0)
    }

    /// Does what stands beside the current leg.
    pub(super) fn run_queue(&mut self, e: &Estimate) {
        while self.now_s >= self.run.queue_from_s {
            let Some(item) = self.run.queue.pop_front() else {
                return;
            };
            match item.command {
                command::CONDITION_DELAY => {
                    self.run.queue_from_s = self.now_s + f64::from(item.params[0]).max(0.0);
                }
                _ => self.do_command(&item, e),
            }
        }
    }

    fn do_command(&mut self, item: &Item, e: &Estimate) {
        let p = item.params;
        match item.command {
            command::DO_CHANGE_SPEED => self.change_speed(f64::from(p[1])),
            command::DO_SET_CAM_TRIGG_DIST => {
                self.camera.set_distance(
                    f64::from(p[0]),
                    p[2] > 0.5 || self.kind == Kind::ArduPilot && p[2] > 0.0,
                );
            }
            command::DO_SET_CAM_TRIGG_INTERVAL => self
                .camera
                .set_interval(f64::from(p[0]) / 1_000.0, self.now_s),
            command::DO_DIGICAM_CONTROL => self.camera.shoot_once(),
            command::IMAGE_START_CAPTURE => {
                if p[2] as i32 == 1 {
                    self.camera.shoot_once();
                } else {
                    self.camera.set_interval(f64::from(p[1]), self.now_s);
                }
            }
            command::IMAGE_STOP_CAPTURE => self.camera.stop(),
            command::DO_SET_HOME if p[0] as i32 == 1 => self.home = e.position,
            command::DO_VTOL_TRANSITION => match p[0] as i32 {
                3 => self.want_regime(Regime::Rotors),
                4 => self.want_regime(Regime::Wing),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Change of course at `b`, radians.
fn turn(a: Vector2<f64>, b: Vector2<f64>, c: Vector2<f64>) -> f64 {
    let (u, v) = (b - a, c - b);
    if u.norm() < 0.5 || v.norm() < 0.5 {
        return 0.0;
    }
    (u.x * v.y - u.y * v.x).atan2(u.dot(&v))
}
