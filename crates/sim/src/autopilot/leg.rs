//! Legs: the smallest things that an autopilot flies, one after the other.

use nalgebra::Vector2;
use whimbrel_mission::guidance::{rotor, wing};

use super::Regime;
use super::estimate::Estimate;
use super::path::{Level, Path, along};

/// When a circle is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CircleEnd {
    /// Never.
    Never,
    /// After so many seconds there.
    Seconds(f64),
    /// After so many turns.
    Turns(f64),
    /// At its height.
    Height,
}

/// A leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leg {
    /// Stay (rotors).
    Hover {
        /// Place.
        at: Vector2<f64>,
        /// Height.
        level: Level,
    },
    /// Straight up to a height (rotors).
    Climb {
        /// Place.
        at: Vector2<f64>,
        /// Height to reach.
        amsl_m: f64,
        /// Rate.
        rate_m_s: f64,
    },
    /// Launch and climb out to a height (wings).
    ClimbOut {
        /// Course.
        course_rad: f64,
        /// Height to reach.
        amsl_m: f64,
    },
    /// Fly to a place and perhaps stay a while.
    Goto {
        /// Start of the line.
        from: Vector2<f64>,
        /// End of the line.
        to: Vector2<f64>,
        /// Height at the start.
        level_from: Level,
        /// Height at the end.
        level_to: Level,
        /// Speed.
        speed_m_s: f64,
        /// Speed at the end.
        end_speed_m_s: f64,
        /// Radius in which the place counts as reached.
        accept_m: f64,
        /// The radius was given with the item: wings then take all of it, whatever the turn.
        given: bool,
        /// Course change at the end; wings turn early by it.
        turn_rad: f64,
        /// Time to stay there.
        hold_s: f64,
    },
    /// Circle.
    Circle {
        /// Centre.
        centre: Vector2<f64>,
        /// Radius; negative turns left; 0 hovers (rotors).
        radius_m: f64,
        /// Height.
        level: Level,
        /// Speed.
        speed_m_s: f64,
        /// When it is over.
        end: CircleEnd,
        /// Where it goes on to: wings leave the circle only when they head there.
        next: Option<Vector2<f64>>,
    },
    /// Stay for a time, wherever.
    Wait {
        /// How long.
        seconds: f64,
    },
    /// Change what carries the aircraft.
    Become(Regime),
    /// Straight down to the ground (rotors).
    Touchdown {
        /// Place.
        at: Vector2<f64>,
    },
    /// Glide to the ground (wings).
    Approach {
        /// Start of the glide.
        from: Vector2<f64>,
        /// Touch-down point.
        to: Vector2<f64>,
        /// Height at the start.
        from_amsl_m: f64,
        /// Height of the ground there.
        to_amsl_m: f64,
    },
}

/// Progress of the leg that is flown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// When a place was reached.
    pub arrived_s: Option<f64>,
    /// Turns flown around a centre, radians.
    pub turned_rad: f64,
    /// Last bearing from the centre.
    pub bearing_rad: Option<f64>,
    /// Where a waiting rotorcraft stays.
    pub stay: Option<(Vector2<f64>, f64)>,
}

impl Leg {
    /// Where the leg ends, if it ends at a place.
    pub fn end(&self) -> Option<(Vector2<f64>, Level)> {
        match *self {
            Self::Hover { at, level } => Some((at, level)),
            Self::Climb { at, amsl_m, .. } => Some((at, Level::Amsl(amsl_m))),
            Self::Goto { to, level_to, .. } => Some((to, level_to)),
            Self::Circle { centre, level, .. } => Some((centre, level)),
            Self::Touchdown { .. }
            | Self::Approach { .. }
            | Self::ClimbOut { .. }
            | Self::Wait { .. }
            | Self::Become(_) => None,
        }
    }

    /// The path for this leg, and whether it is done. `landed` ends the legs that go to the ground.
    pub fn fly(
        &self,
        progress: &mut Progress,
        e: &Estimate,
        now_s: f64,
        on_wing: bool,
        descent_m_s: f64,
        landed: bool,
    ) -> (Path, bool) {
        match *self {
            Self::Hover { at, level } => (Path::Hover { at, level }, false),
            Self::Climb {
                at,
                amsl_m,
                rate_m_s,
            } => {
                let rest = amsl_m - e.amsl_m();
                let rate = rotor::climb_m_s(rate_m_s, rest);
                (
                    Path::Vertical { at, rate_m_s: rate },
                    rest < rotor::CLIMB_DONE_M,
                )
            }
            Self::ClimbOut { course_rad, amsl_m } => {
                (Path::ClimbOut { course_rad }, e.amsl_m() > amsl_m - 2.0)
            }
            Self::Goto {
                from,
                to,
                level_from,
                level_to,
                speed_m_s,
                end_speed_m_s,
                accept_m,
                given,
                turn_rad,
                hold_s,
            } => {
                let line = if !on_wing && (to - from).norm() < 0.5 {
                    Path::Hover {
                        at: to,
                        level: level_to,
                    }
                } else {
                    Path::Line {
                        from,
                        to,
                        level_from,
                        level_to,
                        speed_m_s,
                        end_speed_m_s,
                    }
                };
                let p = along(from, to, e.xy_m);
                if on_wing {
                    let l1 = wing::l1_m(e.ground_speed_m_s());
                    let share = (turn_rad.abs() / std::f64::consts::FRAC_PI_2).min(1.0);
                    let early = if given {
                        accept_m
                    } else {
                        accept_m.min(l1) * share
                    };
                    return (line, p.rest_m <= early.max(2.0));
                }
                let near = (to - e.xy_m).norm() <= accept_m
                    || (p.rest_m <= 0.0 && p.right_m.abs() < 3.0 * accept_m);
                let ground = e.amsl_m() - e.agl_m;
                let level = (e.amsl_m() - level_to.amsl_m(ground)).abs() < 3.0;
                if near && level && progress.arrived_s.is_none() {
                    progress.arrived_s = Some(now_s);
                }
                let done = progress.arrived_s.is_some_and(|t| now_s - t >= hold_s);
                if progress.arrived_s.is_some() && hold_s > 0.0 {
                    return (
                        Path::Hover {
                            at: to,
                            level: level_to,
                        },
                        done,
                    );
                }
                (line, done)
            }
            Self::Circle {
                centre,
                radius_m,
                level,
                speed_m_s,
                end,
                next,
            } => {
                let ground = e.amsl_m() - e.agl_m;
                let off = e.xy_m - centre;
                let captured = off.norm() < radius_m.abs() + wing::JOINED_M;
                if captured && progress.arrived_s.is_none() {
                    progress.arrived_s = Some(now_s);
                }
                let bearing = off.y.atan2(off.x);
                if let (Some(last), true) = (progress.bearing_rad, captured) {
                    progress.turned_rad += whimbrel_geo::wrap_signed_rad(bearing - last).abs();
                }
                progress.bearing_rad = Some(bearing);
                let done = match end {
                    CircleEnd::Never => false,
                    CircleEnd::Seconds(s) => progress.arrived_s.is_some_and(|t| now_s - t >= s),
                    CircleEnd::Turns(n) => progress.turned_rad >= n * std::f64::consts::TAU,
                    CircleEnd::Height => {
                        captured
                            && (e.amsl_m() - level.amsl_m(ground)).abs() < wing::HEIGHT_REACHED_M
                    }
                };
                let heads_on = match next {
                    Some(next) if on_wing => {
                        let (way, v) = (next - e.xy_m, e.velocity_m_s);
                        let off = way.y.atan2(way.x) - v.y.atan2(v.x);
                        whimbrel_geo::wrap_signed_rad(off).abs() < wing::EXIT_RAD
                    }
                    _ => true,
                };
                let done = done && heads_on;
                if !on_wing && radius_m.abs() < 1.0 {
                    return (Path::Hover { at: centre, level }, done);
                }
                (
                    Path::Circle {
                        centre,
                        radius_m,
                        level,
                        speed_m_s,
                    },
                    done,
                )
            }
            Self::Become(_) => (
                Path::Hover {
                    at: e.xy_m,
                    level: Level::Amsl(e.amsl_m()),
                },
                true,
            ),
            Self::Wait { seconds } => {
                let (at, amsl) = *progress.stay.get_or_insert((e.xy_m, e.amsl_m()));
                let since = *progress.arrived_s.get_or_insert(now_s);
                (
                    Path::Hover {
                        at,
                        level: Level::Amsl(amsl),
                    },
                    now_s - since >= seconds,
                )
            }
            Self::Touchdown { at } => {
                let rate = rotor::sink_m_s(descent_m_s, e.agl_m);
                (
                    Path::Vertical {
                        at,
                        rate_m_s: -rate,
                    },
                    landed,
                )
            }
            Self::Approach {
                from,
                to,
                from_amsl_m,
                to_amsl_m,
            } => (
                Path::Approach {
                    from,
                    to,
                    from_amsl_m,
                    to_amsl_m,
                },
                landed,
            ),
        }
    }
}
