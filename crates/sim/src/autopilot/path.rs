//! Where to fly: what the navigator asks of the controllers.

use nalgebra::Vector2;
use whimbrel_mission::guidance;

/// A height to fly at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// Above mean sea level.
    Amsl(f64),
    /// Above the ground straight below.
    Agl(f64),
}

impl Level {
    /// Above mean sea level over a ground at `ground_amsl_m`.
    pub fn amsl_m(self, ground_amsl_m: f64) -> f64 {
        match self {
            Self::Amsl(m) => m,
            Self::Agl(m) => ground_amsl_m + m,
        }
    }
}

/// A path in the plane of north and east of home.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Path {
    /// Motors off, or idle.
    Idle,
    /// Stay over a place (rotors).
    Hover {
        /// North, east.
        at: Vector2<f64>,
        /// Height.
        level: Level,
    },
    /// Straight up or down over a place (rotors) at a rate, positive up.
    Vertical {
        /// North, east.
        at: Vector2<f64>,
        /// Climb rate.
        rate_m_s: f64,
    },
    /// Along a line.
    Line {
        /// Start.
        from: Vector2<f64>,
        /// End.
        to: Vector2<f64>,
        /// Height at the start.
        level_from: Level,
        /// Height at the end.
        level_to: Level,
        /// Speed: over ground for rotors, through the air for wings.
        speed_m_s: f64,
        /// Speed that rotors may still have at the end.
        end_speed_m_s: f64,
    },
    /// Circle (wings).
    Circle {
        /// Centre.
        centre: Vector2<f64>,
        /// Radius; negative turns left.
        radius_m: f64,
        /// Height.
        level: Level,
        /// Airspeed.
        speed_m_s: f64,
    },
    /// Climb straight out after the launch (wings).
    ClimbOut {
        /// Course.
        course_rad: f64,
    },
    /// Glide to a point on the ground and flare (wings).
    Approach {
        /// Start of the glide.
        from: Vector2<f64>,
        /// Touch-down point.
        to: Vector2<f64>,
        /// Height at the start.
        from_amsl_m: f64,
        /// Height of the ground at the touch-down point.
        to_amsl_m: f64,
    },
}

/// Progress along a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Along {
    /// Share of the line behind, 0 to 1 and beyond.
    pub share: f64,
    /// Distance to the end along the line.
    pub rest_m: f64,
    /// Distance to the right of the line.
    pub right_m: f64,
    /// Unit vector along the line.
    pub direction: Vector2<f64>,
    /// Length of the line.
    pub length_m: f64,
}

/// Where `at` is along the line.
pub fn along(from: Vector2<f64>, to: Vector2<f64>, at: Vector2<f64>) -> Along {
    let p = guidance::along(from.into(), to.into(), at.into());
    Along {
        share: if p.length_m > 1e-3 {
            p.done_m / p.length_m
        } else {
            1.0
        },
        rest_m: p.rest_m,
        right_m: p.beside_m,
        direction: p.direction.into(),
        length_m: p.length_m,
    }
}

/// Height on a line at a share of its length.
pub fn level_at(from: Level, to: Level, share: f64, ground_amsl_m: f64) -> f64 {
    let s = share.clamp(0.0, 1.0);
    match (from, to) {
        (Level::Agl(a), Level::Agl(b)) => ground_amsl_m + a + (b - a) * s,
        _ => {
            let (a, b) = (from.amsl_m(ground_amsl_m), to.amsl_m(ground_amsl_m));
            a + (b - a) * s
        }
    }
}
