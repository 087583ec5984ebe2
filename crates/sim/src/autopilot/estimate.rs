//! What the autopilot believes: truth with the errors of its sensors.

use nalgebra::{UnitQuaternion, Vector2, Vector3};
use whimbrel_geo::{Amsl, Height, LatLon, LocalFrame, Position};

use crate::plant::{STEP_S, State};
use crate::random::{Stream, Subsystem};

/// First-order Gauss–Markov error of a position solution: time constant (the GNSS model of Beard &
/// McLain has 1,100 s; multipath near the ground is quicker).
const POSITION_TAU_S: f64 = 120.0;
/// Standard deviations of the horizontal and vertical position.
const POSITION_SIGMA_M: (f64, f64) = (0.6, 0.8);
/// Standard deviation of the attitude's constant error.
const ATTITUDE_SIGMA_RAD: f64 = 0.004;
/// Standard deviation of airspeed noise.
const AIRSPEED_SIGMA_M_S: f64 = 0.15;

/// The navigation solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Where.
    pub position: Position<Amsl>,
    /// North and east of home.
    pub xy_m: Vector2<f64>,
    /// Velocity over ground, NED.
    pub velocity_m_s: Vector3<f64>,
    /// Attitude.
    pub ned_from_body: UnitQuaternion<f64>,
    /// Body rates.
    pub rates_rad_s: Vector3<f64>,
    /// Specific force, body.
    pub specific_force_m_s2: Vector3<f64>,
    /// Airspeed.
    pub airspeed_m_s: f64,
    /// Height above the ground straight below, as a range finder and the terrain data tell.
    pub agl_m: f64,
    /// How fast the ground below rises with travel, as a range finder tells.
    pub ground_rise_m_s: f64,
    /// The air's motion, NED.
    pub wind_m_s: Vector3<f64>,
}

impl Estimate {
    /// Height above mean sea level.
    pub fn amsl_m(&self) -> f64 {
        self.position.height.m()
    }
    /// Heading of the nose.
    pub fn yaw_rad(&self) -> f64 {
        self.ned_from_body.euler_angles().2
    }
    /// Horizontal speed over ground.
    pub fn ground_speed_m_s(&self) -> f64 {
        self.velocity_m_s.xy().norm()
    }
}

/// Makes estimates from truth.
#[derive(Clone, Debug)]
pub struct Estimator {
    stream: Stream,
    error: Vector3<f64>,
    tilt: UnitQuaternion<f64>,
    wind: Vector3<f64>,
    airspeed_noise: f64,
    last_ground_m: Option<f64>,
    ground_rise_m_s: f64,
}

impl Estimator {
    /// The estimator of the world of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut stream = Stream::new(seed, Subsystem::Navigation);
        let mut n = || stream.normal();
        let error = Vector3::new(
            n() * POSITION_SIGMA_M.0,
            n() * POSITION_SIGMA_M.0,
            n() * POSITION_SIGMA_M.1,
        );
        let tilt =
            UnitQuaternion::from_scaled_axis(Vector3::new(n(), n(), n()) * ATTITUDE_SIGMA_RAD);
        Self {
            stream,
            error,
            tilt,
            wind: Vector3::zeros(),
            airspeed_noise: 0.0,
            last_ground_m: None,
            ground_rise_m_s: 0.0,
        }
    }

    /// The estimate of `truth`, one step after the last.
    pub fn estimate(&mut self, truth: &State, frame: &LocalFrame) -> Estimate {
        let keep = (-STEP_S / POSITION_TAU_S).exp();
        let kick = (1.0 - keep * keep).sqrt();
        for (axis, sigma) in [POSITION_SIGMA_M.0, POSITION_SIGMA_M.0, POSITION_SIGMA_M.1]
            .into_iter()
            .enumerate()
        {
            self.error[axis] = keep * self.error[axis] + kick * sigma * self.stream.normal();
        }
        self.airspeed_noise =
            0.9 * self.airspeed_noise + 0.436 * AIRSPEED_SIGMA_M_S * self.stream.normal();
        let ground_m = truth.ground.m();
        let rise = (ground_m - self.last_ground_m.unwrap_or(ground_m)) / STEP_S;
        self.last_ground_m = Some(ground_m);
        self.ground_rise_m_s += (rise - self.ground_rise_m_s) * (STEP_S / 0.5);
        // The filter follows the wind within some ten seconds.
        self.wind += (truth.wind_m_s.v() - self.wind) * (STEP_S / 10.0);
        let [east, north] = frame.enu_xy(truth.amsl.at);
        let xy_m = Vector2::new(north + self.error.x, east + self.error.y);
        let lat = truth.amsl.at.lat_rad() + self.error.x / 6_371_000.0;
        let lon = truth.amsl.at.lon_rad()
            + self.error.y / (6_371_000.0 * truth.amsl.at.lat_rad().cos().max(1e-6));
        let at = LatLon::from_rad(lat, lon).unwrap_or(truth.amsl.at);
        Estimate {
            position: Position::new(at, Height::from_m(truth.amsl.height.m() + self.error.z)),
            xy_m,
            velocity_m_s: truth.velocity_m_s.v(),
            ned_from_body: truth.ned_from_body.q() * self.tilt,
            rates_rad_s: truth.rates_rad_s.v(),
            specific_force_m_s2: truth.specific_force_m_s2.v(),
            airspeed_m_s: (truth.airflow.airspeed_m_s + self.airspeed_noise).max(0.0),
            agl_m: truth.clearance_m(),
            ground_rise_m_s: self.ground_rise_m_s,
            wind_m_s: self.wind,
        }
    }
}
