//! Telemetry of motion, sensors and the estimator.

use whimbrel_geo::ellipsoid_from_amsl;
use whimbrel_link::Message;
use whimbrel_link::mav::{ekf, gps_fix};
use whimbrel_link::messages as m;
use whimbrel_link::quirks::Class;
use whimbrel_mission::VehicleKind;
use whimbrel_mission::item::degrees_e7;

use super::telemetry::{View, millimetres};
use crate::atmosphere::{STANDARD_GRAVITY, standard};
use crate::autopilot::Kind;

impl View<'_> {
    /// The message with this number about motion or sensors, if it is one and there is something
    /// to tell.
    pub(super) fn motion(&self, id: u32) -> Option<Message> {
        let a = self.a;
        let e = a.flight.estimate();
        let ap = a.flight.autopilot();
        let truth = a.flight.state();
        let home = ap.home();
        let (roll, pitch, yaw) = e.ned_from_body.euler_angles();
        let w = e.rates_rad_s;
        let v = e.velocity_m_s;
        let above_home = e.amsl_m() - home.height.m();
        let course = v.y.atan2(v.x);
        let heading = |rad: f64| rad.to_degrees().rem_euclid(360.0);
        let air = standard(truth.amsl.height.m());
        let (lat, lon) = (
            degrees_e7(e.position.at.lat_deg()),
            degrees_e7(e.position.at.lon_deg()),
        );
        let has_position = self.ready;
        Some(match id {
            m::GpsRawInt::ID => m::GpsRawInt {
                time_usec: self.boot_us,
                fix_type: if a.flight.since_boot_s() > 5.0 {
                    gps_fix::FIX_3D
                } else {
                    gps_fix::NO_FIX
                },
                lat,
                lon,
                alt: millimetres(e.amsl_m()),
                eph: 90,
                epv: 140,
                vel: (v.xy().norm() * 100.0) as u16,
                cog: (heading(course) * 100.0) as u16,
                satellites_visible: 14,
                alt_ellipsoid: millimetres(ellipsoid_from_amsl(e.position).height.m()),
                h_acc: 900,
                v_acc: 1_300,
                vel_acc: 200,
                ..Default::default()
            }
            .into(),
            m::Attitude::ID => m::Attitude {
                time_boot_ms: self.boot_ms,
                roll: roll as f32,
                pitch: pitch as f32,
                yaw: yaw as f32,
                rollspeed: w.x as f32,
                pitchspeed: w.y as f32,
                yawspeed: w.z as f32,
            }
            .into(),
            m::AttitudeQuaternion::ID => m::AttitudeQuaternion {
                time_boot_ms: self.boot_ms,
                q1: e.ned_from_body.w as f32,
                q2: e.ned_from_body.i as f32,
                q3: e.ned_from_body.j as f32,
                q4: e.ned_from_body.k as f32,
                rollspeed: w.x as f32,
                pitchspeed: w.y as f32,
                yawspeed: w.z as f32,
                ..Default::default()
            }
            .into(),
            m::GlobalPositionInt::ID if !has_position && a.config.autopilot == Kind::Px4 => {
                return None;
            }
            m::GlobalPositionInt::ID => m::GlobalPositionInt {
                time_boot_ms: self.boot_ms,
                lat: if has_position { lat } else { 0 },
                lon: if has_position { lon } else { 0 },
                alt: millimetres(e.amsl_m()),
                relative_alt: millimetres(above_home),
                vx: (v.x * 100.0) as i16,
                vy: (v.y * 100.0) as i16,
                vz: (v.z * 100.0) as i16,
                hdg: (heading(yaw) * 100.0) as u16,
            }
            .into(),
            m::LocalPositionNed::ID if !has_position => return None,
            m::LocalPositionNed::ID => m::LocalPositionNed {
                time_boot_ms: self.boot_ms,
                x: e.xy_m.x as f32,
                y: e.xy_m.y as f32,
                z: -above_home as f32,
                vx: v.x as f32,
                vy: v.y as f32,
                vz: v.z as f32,
            }
            .into(),
            m::VfrHud::ID => m::VfrHud {
                airspeed: if a.class() == Class::Multirotor {
                    e.ground_speed_m_s()
                } else {
                    e.airspeed_m_s
                } as f32,
                groundspeed: e.ground_speed_m_s() as f32,
                heading: heading(yaw) as i16,
                throttle: (100.0 * self.throttle()) as u16,
                alt: e.amsl_m() as f32,
                climb: -v.z as f32,
            }
            .into(),
            m::Altitude::ID => m::Altitude {
                time_usec: self.boot_us,
                altitude_monotonic: e.amsl_m() as f32,
                altitude_amsl: e.amsl_m() as f32,
                altitude_local: above_home as f32,
                altitude_relative: above_home as f32,
                altitude_terrain: (e.amsl_m() - e.agl_m) as f32,
                bottom_clearance: e.agl_m as f32,
            }
            .into(),
            m::NavControllerOutput::ID => {
                let (distance, bearing) = ap.to_go(e).unwrap_or((0.0, 0.0));
                m::NavControllerOutput {
                    nav_roll: roll.to_degrees() as f32,
                    nav_pitch: pitch.to_degrees() as f32,
                    nav_bearing: heading(bearing) as i16,
                    target_bearing: heading(bearing) as i16,
                    wp_dist: distance.min(65_535.0) as u16,
                    ..Default::default()
                }
                .into()
            }
            m::ScaledPressure::ID => m::ScaledPressure {
                time_boot_ms: self.boot_ms,
                press_abs: (air.pressure_pa / 100.0) as f32,
                press_diff: (0.5 * air.density * e.airspeed_m_s * e.airspeed_m_s / 100.0) as f32,
                temperature: ((air.temperature_k - 273.15) * 100.0) as i16,
                ..Default::default()
            }
            .into(),
            m::HighresImu::ID => {
                let f = e.specific_force_m_s2;
                m::HighresImu {
                    time_usec: self.boot_us,
                    xacc: f.x as f32,
                    yacc: f.y as f32,
                    zacc: f.z as f32,
                    xgyro: w.x as f32,
                    ygyro: w.y as f32,
                    zgyro: w.z as f32,
                    abs_pressure: (air.pressure_pa / 100.0) as f32,
                    pressure_alt: e.amsl_m() as f32,
                    temperature: (air.temperature_k - 273.15) as f32,
                    fields_updated: 0x1a3f,
                    ..Default::default()
                }
                .into()
            }
            m::ScaledImu::ID => {
                let f = e.specific_force_m_s2 * (1_000.0 / STANDARD_GRAVITY);
                m::ScaledImu {
                    time_boot_ms: self.boot_ms,
                    xacc: f.x as i16,
                    yacc: f.y as i16,
                    zacc: f.z as i16,
                    xgyro: (w.x * 1_000.0) as i16,
                    ygyro: (w.y * 1_000.0) as i16,
                    zgyro: (w.z * 1_000.0) as i16,
                    ..Default::default()
                }
                .into()
            }
            m::RawImu::ID => {
                let f = e.specific_force_m_s2 * (1_000.0 / STANDARD_GRAVITY);
                m::RawImu {
                    time_usec: self.boot_us,
                    xacc: f.x as i16,
                    yacc: f.y as i16,
                    zacc: f.z as i16,
                    xgyro: (w.x * 1_000.0) as i16,
                    ygyro: (w.y * 1_000.0) as i16,
                    zgyro: (w.z * 1_000.0) as i16,
                    ..Default::default()
                }
                .into()
            }
            m::Vibration::ID => m::Vibration {
                time_usec: self.boot_us,
                ..Default::default()
            }
            .into(),
            m::EkfStatusReport::ID => m::EkfStatusReport {
                flags: if has_position {
                    ekf::ATTITUDE
                        | ekf::VELOCITY_HORIZ
                        | ekf::VELOCITY_VERT
                        | ekf::POS_HORIZ_REL
                        | ekf::POS_HORIZ_ABS
                        | ekf::POS_VERT_ABS
                        | ekf::PRED_POS_HORIZ_REL
                        | ekf::PRED_POS_HORIZ_ABS
                } else {
                    ekf::ATTITUDE | ekf::VELOCITY_VERT | ekf::POS_VERT_ABS | ekf::CONST_POS_MODE
                },
                velocity_variance: 0.05,
                pos_horiz_variance: 0.05,
                pos_vert_variance: 0.03,
                compass_variance: 0.03,
                ..Default::default()
            }
            .into(),
            m::EstimatorStatus::ID => m::EstimatorStatus {
                time_usec: self.boot_us,
                flags: if has_position { 0x33f } else { 0xa5 },
                vel_ratio: 0.1,
                pos_horiz_ratio: 0.1,
                pos_vert_ratio: 0.1,
                mag_ratio: 0.1,
                pos_horiz_accuracy: 0.6,
                pos_vert_accuracy: 0.8,
                ..Default::default()
            }
            .into(),
            m::Wind::ID => m::Wind {
                direction: heading((-e.wind_m_s.y).atan2(-e.wind_m_s.x)) as f32,
                speed: e.wind_m_s.xy().norm() as f32,
                speed_z: e.wind_m_s.z as f32,
            }
            .into(),
            m::WindCov::ID => m::WindCov {
                time_usec: self.boot_us,
                wind_x: e.wind_m_s.x as f32,
                wind_y: e.wind_m_s.y as f32,
                wind_z: e.wind_m_s.z as f32,
                wind_alt: e.amsl_m() as f32,
                ..Default::default()
            }
            .into(),
            m::TerrainReport::ID => m::TerrainReport {
                lat,
                lon,
                spacing: 100,
                terrain_height: (e.amsl_m() - e.agl_m) as f32,
                current_height: e.agl_m as f32,
                pending: 0,
                loaded: 1,
            }
            .into(),
            m::Rangefinder::ID => m::Rangefinder {
                distance: e.agl_m.clamp(0.0, 100.0) as f32,
                voltage: 0.0,
            }
            .into(),
            m::Ahrs2::ID => m::Ahrs2 {
                roll: roll as f32,
                pitch: pitch as f32,
                yaw: yaw as f32,
                altitude: e.amsl_m() as f32,
                lat,
                lng: lon,
            }
            .into(),
            m::GpsGlobalOrigin::ID => m::GpsGlobalOrigin {
                latitude: degrees_e7(home.at.lat_deg()),
                longitude: degrees_e7(home.at.lon_deg()),
                altitude: millimetres(home.height.m()),
                time_usec: self.boot_us,
            }
            .into(),
            m::RcChannels::ID => m::RcChannels {
                time_boot_ms: self.boot_ms,
                rssi: 255,
                ..Default::default()
            }
            .into(),
            m::ServoOutputRaw::ID => {
                let pulse = 1_000 + (1_000.0 * self.throttle()) as u16;
                m::ServoOutputRaw {
                    time_usec: self.boot_ms.wrapping_mul(1_000),
                    servo1_raw: pulse,
                    servo2_raw: pulse,
                    servo3_raw: pulse,
                    servo4_raw: pulse,
                    ..Default::default()
                }
                .into()
            }
            _ => return None,
        })
    }

    /// Power now as a share of what a hard climb takes: what a throttle gauge shows.
    fn throttle(&self) -> f64 {
        if !self.a.flight.autopilot().armed() {
            return 0.0;
        }
        let per_kg = if self.a.config.vehicle.kind == VehicleKind::FixedWing {
            90.0
        } else {
            330.0
        };
        (self.a.flight.state().power_w / (per_kg * self.a.config.vehicle.airframe.mass_kg))
            .clamp(0.0, 1.0)
    }
}
