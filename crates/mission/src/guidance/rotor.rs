//! Rotors: speed along a leg, at its corners, and near the ground.
//!
//! ArduCopter (S-curves between waypoints) and PX4 (jerk-limited trajectories)
//! both speed up at a set acceleration, brake for the corner ahead to a speed
//! that its turn within the acceptance radius allows, and creep into a stop.

/// Braking as a share of the acceleration: the rest is left for wind.
pub const BRAKE_SHARE: f64 = 0.8;
/// Distance to speed near a stop, 1/s (ArduCopter PSC_POSXY_P 1.0, PX4
/// MPC_XY_P 0.95).
pub const POSITION_GAIN: f64 = 0.9;
/// Speed at which a stop is crept into.
pub const CREEP_M_S: f64 = 0.3;
/// Corners sharper than this are stopped at.
pub const STOP_RAD: f64 = 1.0;
/// Speed error to acceleration, 1/s.
pub const VELOCITY_GAIN: f64 = 2.4;
/// Radius in which a landing or the launch place counts as reached.
pub const OVER_HOME_M: f64 = 1.5;
/// Height above ground below which a landing is slow, and its speed (ArduCopter
/// LAND_ALT_LOW 10 m, LAND_SPEED 50 cm/s; PX4 MPC_LAND_ALT2 5 m,
/// MPC_LAND_SPEED 0.7 m/s).
pub const FINAL_M: f64 = 8.0;
/// Speed of the last metres.
pub const FINAL_M_S: f64 = 0.6;
/// How the descent slows towards them, 1/s.
const FINAL_GAIN: f64 = 0.3;
/// A climb slows so near its end, and counts as done.
const CLIMB_END_M_S: f64 = 0.5;
/// A climb counts as done so near its end.
pub const CLIMB_DONE_M: f64 = 0.3;

/// Speed allowed on a leg with `rest_m` to go to a corner that may be flown
/// through at `end_m_s`.
#[must_use]
pub fn speed_m_s(cruise_m_s: f64, end_m_s: f64, acceleration_m_s2: f64, rest_m: f64) -> f64 {
    let rest = rest_m.max(0.0);
    let brake = (end_m_s * end_m_s + 2.0 * BRAKE_SHARE * acceleration_m_s2 * rest).sqrt();
    let speed = cruise_m_s.min(brake);
    if end_m_s < 0.5 {
        speed.min(POSITION_GAIN * rest + CREEP_M_S)
    } else {
        speed
    }
}

/// Speed at a corner that is turned within `radius_m` of it: an arc tangent to
/// both legs there has radius r/tan(φ/2).
#[must_use]
pub fn corner_m_s(cruise_m_s: f64, acceleration_m_s2: f64, radius_m: f64, turn_rad: f64) -> f64 {
    let turn = turn_rad.abs();
    if turn > STOP_RAD {
        return 0.0;
    }
    let lateral = BRAKE_SHARE * acceleration_m_s2;
    (lateral * radius_m / (0.5 * turn).tan().max(1e-3))
        .sqrt()
        .min(cruise_m_s)
}

/// Speeds at the corners of a polyline with legs of `lengths_m`: no more than
/// `corners_m_s` and so that each leg leaves room to brake for the next. One
/// corner at the end of each leg; the last one bounds them all.
pub fn look_ahead(corners_m_s: &mut [f64], lengths_m: &[f64], acceleration_m_s2: f64) {
    let brake = 2.0 * BRAKE_SHARE * acceleration_m_s2;
    for i in (1..corners_m_s.len().min(lengths_m.len())).rev() {
        let (Some(&after), Some(&length)) = (corners_m_s.get(i), lengths_m.get(i)) else {
            continue;
        };
        if let Some(corner) = corners_m_s.get_mut(i - 1) {
            *corner = corner.min((after * after + brake * length).sqrt());
        }
    }
}

/// Rate of a climb with `rest_m` to go.
#[must_use]
pub fn climb_m_s(climb_m_s: f64, rest_m: f64) -> f64 {
    climb_m_s.min(CLIMB_END_M_S + rest_m.max(0.0))
}

/// Sink of a landing at a height above ground.
#[must_use]
pub fn sink_m_s(descent_m_s: f64, height_agl_m: f64) -> f64 {
    if height_agl_m < FINAL_M {
        FINAL_M_S
    } else {
        descent_m_s.min(FINAL_M_S + FINAL_GAIN * (height_agl_m - FINAL_M))
    }
}

/// Speed towards a place `distance_m` away that is to be stopped at: linear
/// near it, then as fast as can still be braked, then the limit.
#[must_use]
pub fn towards_m_s(distance_m: f64, acceleration_m_s2: f64, limit_m_s: f64) -> f64 {
    (POSITION_GAIN * distance_m)
        .min((2.0 * 0.7 * acceleration_m_s2 * distance_m).sqrt())
        .min(limit_m_s)
}
