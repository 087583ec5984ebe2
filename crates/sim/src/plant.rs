//! The aircraft in its world: body, air, ground and battery, stepped in fixed steps.

use nalgebra::{UnitQuaternion, Vector3};
use whimbrel_geo::{
    Amsl, Body, Ellipsoid, Height, LatLon, Ned, Position, Rotation, Terrain, Vec3, Wgs84,
    undulation_m,
};

use crate::airframe::{Actuators, Airframe, Commands, LEG_M};
use crate::atmosphere::{STANDARD_GRAVITY, standard};
use crate::battery::Battery;
use crate::dynamics::{self, Motion, Wrench};
use crate::wind::{Dryden, Wind};
use crate::wing::Airflow;

/// Length of every step of the simulation.
pub const STEP_S: f64 = 0.01;
/// The same in whole microseconds.
pub const STEP_US: u64 = 10_000;

/// WGS 84: semi-major axis and first eccentricity squared.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY2: f64 = 6.694_379_990_141_33e-3;
/// Steps between looks at the ground while high above it.
const GROUND_EVERY: u64 = 20;
/// Below this height the ground is looked at in every step.
const GROUND_NEAR_M: f64 = 8.0;
/// Steps between looks at the geoid.
const GEOID_EVERY: u64 = 200;
/// Acceleration of the launcher and its slope.
const LAUNCH_M_S2: f64 = 40.0;
const LAUNCH_SLOPE_RAD: f64 = 0.2;

/// How the aircraft is held.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    /// A wing on its launcher, waiting.
    Launcher,
    /// On the launcher's rail, moving.
    Rail,
    /// By air and ground alone.
    Free,
}

/// Truth about the aircraft at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Where.
    pub position: Wgs84,
    /// The same place with its height above mean sea level.
    pub amsl: Position<Amsl>,
    /// Velocity over ground.
    pub velocity_m_s: Vec3<Ned>,
    /// Attitude.
    pub ned_from_body: Rotation<Ned, Body>,
    /// Angular rates.
    pub rates_rad_s: Vec3<Body>,
    /// Specific force, what an accelerometer feels.
    pub specific_force_m_s2: Vec3<Body>,
    /// Speed, angle of attack and sideslip through the air.
    pub airflow: Airflow,
    /// The air's own motion.
    pub wind_m_s: Vec3<Ned>,
    /// Ground straight below.
    pub ground: Height<Amsl>,
    /// The battery.
    pub battery: Battery,
    /// Power drawn from it.
    pub power_w: f64,
}

impl State {
    /// Height of the legs above the ground.
    pub fn clearance_m(&self) -> f64 {
        self.amsl.height - self.ground - LEG_M
    }
}

/// The world of one aircraft.
#[derive(Clone, Debug)]
pub struct Plant {
    airframe: Airframe,
    at: LatLon,
    height_m: f64,
    motion: Motion,
    felt: Vector3<f64>,
    actuators: Actuators,
    battery: Battery,
    /// Share of wanted power that the battery gave last.
    strength: f64,
    power_w: f64,
    wind: Wind,
    dryden: Dryden,
    air_ned: Vector3<f64>,
    undulation_m: f64,
    ground_m: f64,
    hold: Hold,
    steps: u64,
}

impl Plant {
    /// An aircraft standing at `home` (its height is the ground's where the terrain does not tell).
    pub fn new(
        airframe: Airframe,
        battery: Battery,
        home: Wgs84,
        heading_rad: f64,
        wind: Wind,
        seed: u64,
        terrain: &dyn Terrain,
    ) -> Self {
        let undulation = undulation_m(home.at);
        let ground_m = terrain
            .height(home.at)
            .map_or(home.height.m() - undulation, Height::m);
        let on_launcher = airframe.rotors.is_none();
        let pitch = if on_launcher { LAUNCH_SLOPE_RAD } else { 0.0 };
        Self {
            at: home.at,
            height_m: ground_m + undulation + LEG_M,
            motion: Motion {
                offset_m: Vector3::zeros(),
                velocity_m_s: Vector3::zeros(),
                ned_from_body: UnitQuaternion::from_euler_angles(0.0, pitch, heading_rad),
                rates_rad_s: Vector3::zeros(),
            },
            felt: Vector3::new(0.0, 0.0, -STANDARD_GRAVITY),
            actuators: Actuators::default(),
            battery,
            strength: 1.0,
            power_w: airframe.avionics_w,
            wind,
            dryden: Dryden::new(seed),
            air_ned: wind.steady_ned_m_s(),
            undulation_m: undulation,
            ground_m,
            hold: if on_launcher {
                Hold::Launcher
            } else {
                Hold::Free
            },
            steps: 0,
            airframe,
        }
    }

    /// The aircraft.
    pub fn airframe(&self) -> &Airframe {
        &self.airframe
    }

    /// Whether it waits on its launcher.
    pub fn on_launcher(&self) -> bool {
        self.hold == Hold::Launcher
    }

    /// Turns the launcher to a course and lets it go.
    pub fn launch(&mut self, course_rad: f64) {
        if self.hold == Hold::Launcher {
            self.motion.ned_from_body =
                UnitQuaternion::from_euler_angles(0.0, LAUNCH_SLOPE_RAD, course_rad);
            self.hold = Hold::Rail;
        }
    }

    /// Changes the wind.
    pub fn set_wind(&mut self, wind: Wind) {
        self.wind = wind;
    }

    /// Truth now.
    pub fn state(&self) -> State {
        let at = self.at;
        let relative = self.relative();
        State {
            position: Position::<Ellipsoid>::new(at, Height::from_m(self.height_m)),
            amsl: Position::new(at, Height::from_m(self.height_m - self.undulation_m)),
            velocity_m_s: Vec3::from_v(self.motion.velocity_m_s),
            ned_from_body: Rotation::new(self.motion.ned_from_body),
            rates_rad_s: Vec3::from_v(self.motion.rates_rad_s),
            specific_force_m_s2: Vec3::from_v(self.felt),
            airflow: Airflow::of(&relative),
            wind_m_s: Vec3::from_v(self.air_ned),
            ground: Height::from_m(self.ground_m),
            battery: self.battery,
            power_w: self.power_w,
        }
    }

    fn relative(&self) -> Vector3<f64> {
        self.motion.ned_from_body.inverse() * (self.motion.velocity_m_s - self.air_ned)
    }

    /// One step of [`STEP_S`].
    pub fn step(&mut self, commands: &Commands, terrain: &dyn Terrain) {
        let amsl_m = self.height_m - self.undulation_m;
        self.look_around(amsl_m, terrain);
        let over_ground_m = amsl_m - self.ground_m;
        let air = standard(amsl_m);

        let steady = self.wind.steady_ned_m_s();
        let through = self.motion.velocity_m_s - steady;
        let gust = self.dryden.step(
            STEP_S,
            through.norm(),
            over_ground_m,
            self.wind.turbulence_w20_m_s,
        );
        let (s, c) = through.y.atan2(through.x).sin_cos();
        self.air_ned =
            steady + Vector3::new(c * gust.x - s * gust.y, s * gust.x + c * gust.y, gust.z);

        self.airframe.actuate(&mut self.actuators, commands, STEP_S);
        let relative = self.relative();
        // A dead battery turns nothing.
        let weak = Actuators {
            throttle: self.actuators.throttle * self.strength,
            rotors: self.actuators.rotors.map(|r| r * self.strength.cbrt()),
            ..self.actuators
        };
        let pack_v = self.battery.voltage_v();
        self.power_w = self.airframe.power_w(&weak, &relative, pack_v, air.density);
        let wanted = self
            .airframe
            .power_w(&self.actuators, &relative, pack_v, air.density);
        self.strength = self.battery.draw(wanted, STEP_S);

        match self.hold {
            Hold::Launcher => {
                self.felt =
                    self.motion.ned_from_body.inverse() * Vector3::new(0.0, 0.0, -STANDARD_GRAVITY);
            }
            Hold::Rail => self.ride_the_rail(),
            Hold::Free => {
                let airframe = &self.airframe;
                let air_ned = self.air_ned;
                let (next, felt) = dynamics::step(
                    &self.motion,
                    &airframe.mass,
                    STANDARD_GRAVITY,
                    STEP_S,
                    |m| {
                        let relative = m.ned_from_body.inverse() * (m.velocity_m_s - air_ned);
                        let wrench = airframe.air_wrench(
                            &weak,
                            &relative,
                            &m.rates_rad_s,
                            pack_v,
                            air.density,
                        );
                        let height = over_ground_m - m.offset_m.z;
                        let ground = if height < LEG_M {
                            airframe.ground_wrench(m, height)
                        } else {
                            Wrench::zero()
                        };
                        wrench + ground
                    },
                );
                self.motion = next;
                self.felt = felt;
            }
        }
        self.carry();
        self.steps += 1;
    }

    fn ride_the_rail(&mut self) {
        let along = self.motion.ned_from_body * Vector3::x();
        let speed = self.motion.velocity_m_s.norm() + LAUNCH_M_S2 * STEP_S;
        self.motion.velocity_m_s = along * speed;
        self.motion.offset_m = self.motion.velocity_m_s * STEP_S;
        self.felt = Vector3::new(LAUNCH_M_S2, 0.0, -STANDARD_GRAVITY);
        if speed >= self.airframe.launch_m_s() {
            self.hold = Hold::Free;
        }
    }

    /// Adds the step's displacement to the place on the ellipsoid.
    fn carry(&mut self) {
        let offset = std::mem::replace(&mut self.motion.offset_m, Vector3::zeros());
        let (sin, cos) = self.at.lat_rad().sin_cos();
        let w = (1.0 - ECCENTRICITY2 * sin * sin).sqrt();
        let meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY2) / (w * w * w);
        let normal = SEMI_MAJOR_M / w;
        let lat = self.at.lat_rad() + offset.x / (meridian + self.height_m);
        let lon = self.at.lon_rad() + offset.y / ((normal + self.height_m) * cos.max(1e-6));
        // Beyond a pole there is no way on; no survey flies there.
        self.at = LatLon::from_rad(lat, lon).unwrap_or(self.at);
        self.height_m -= offset.z;
    }

    fn look_around(&mut self, amsl_m: f64, terrain: &dyn Terrain) {
        let near = amsl_m - self.ground_m < GROUND_NEAR_M;
        let moving = self.motion.velocity_m_s.norm_squared() > 1e-4;
        let look = self.steps.is_multiple_of(GROUND_EVERY) || (near && moving);
        if let Some(ground) = look.then(|| terrain.height(self.at)).flatten() {
            self.ground_m = ground.m();
        }
        if self.steps.is_multiple_of(GEOID_EVERY) {
            self.undulation_m = undulation_m(self.at);
        }
    }
}
