//! What a vehicle last said about itself.

use crate::messages::Message;
use crate::quirks::{Autopilot, Class, Mode, mode};
use crate::{Frame, mav};
use core::time::Duration;
use whimbrel_geo::{Amsl, Height, LatLon, Position};

/// Frames over which the share of lost ones is told.
const LOSS_WINDOW: f64 = 100.0;

/// The energy on board.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Battery {
    /// What remains, 0 to 1.
    pub remaining: Option<f64>,
    /// Volts.
    pub voltage_v: Option<f64>,
    /// Amperes.
    pub current_a: Option<f64>,
    /// Ampere hours used.
    pub consumed_ah: Option<f64>,
}

/// The satellite receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gps {
    /// `GPS_FIX_TYPE`.
    pub fix: u8,
    /// Satellites in use; `None` when not told.
    pub satellites: Option<u8>,
}

/// Where the vehicle is and how it moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Motion {
    /// Position above mean sea level.
    pub position: Option<Position<Amsl>>,
    /// Height above the place where it was armed or booted, metres.
    pub above_home_m: Option<f64>,
    /// Velocity north, east, down, m/s.
    pub velocity_ned_m_s: Option<[f64; 3]>,
    /// Where the nose points, clockwise from north.
    pub heading_rad: Option<f64>,
    /// Roll, pitch and yaw.
    pub attitude_rad: Option<[f64; 3]>,
    /// Speed through the air, m/s.
    pub airspeed_m_s: Option<f64>,
    /// Wind: where it blows to north and east, m/s.
    pub wind_ne_m_s: Option<[f64; 2]>,
    /// When the position came.
    pub position_at: Option<Duration>,
}

/// How far the mission is, in items on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissionProgress {
    /// The item being flown.
    pub current: u16,
    /// The item reached last.
    pub reached: Option<u16>,
    /// Items in all, where the autopilot tells.
    pub total: Option<u16>,
    /// `MISSION_STATE`, 0 where the autopilot does not tell.
    pub state: u8,
    /// Names the content of the mission on board, 0 where it does not tell.
    pub mission_id: u32,
}

/// The last known state of one vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleState {
    /// Its system id.
    pub system: u8,
    /// Its component id.
    pub component: u8,
    /// Its autopilot.
    pub autopilot: Autopilot,
    /// How it flies.
    pub class: Class,
    /// `MAV_TYPE`.
    pub mav_type: u8,
    /// `HEARTBEAT.custom_mode`.
    pub custom_mode: u32,
    /// Motors may turn.
    pub armed: bool,
    /// `MAV_STATE`.
    pub system_status: u8,
    /// When anything came from it.
    pub heard_at: Duration,
    /// When its last heartbeat came.
    pub heartbeat_at: Duration,
    /// Firmware: major, minor, patch, type.
    pub version: Option<[u8; 4]>,
    /// Its serial number, where it has one.
    pub uid: Option<u64>,
    /// The longer one, where it has that (`uid2` of AUTOPILOT_VERSION).
    pub uid2: Option<[u8; 18]>,
    /// `MAV_PROTOCOL_CAPABILITY` bits.
    pub capabilities: Option<u64>,
    /// Position and motion.
    pub motion: Motion,
    /// Satellite receiver.
    pub gps: Gps,
    /// Battery.
    pub battery: Battery,
    /// Where it will return to.
    pub home: Option<Position<Amsl>>,
    /// `MAV_LANDED_STATE`, 0 where not told.
    pub landed: u8,
    /// Mission.
    pub mission: MissionProgress,
    /// `EKF_STATUS_FLAGS` (ArduPilot) or `ESTIMATOR_STATUS_FLAGS` (PX4).
    pub estimator_flags: Option<u16>,
    /// The autopilot's own "ready to arm", where it tells. ArduPilot says yes
    /// early: see [`VehicleState::position_ready`].
    pub prearm_ok: Option<bool>,
    /// The fence is broken.
    pub fence_breached: bool,
    /// The vehicle's clock, time since the Unix epoch, when it knows it.
    pub clock: Option<Duration>,
    /// Signal strength as the radio tells it.
    pub rssi: Option<u8>,
    /// Share of frames lost lately, 0 to 1, from gaps in the sequence.
    pub loss: f64,
    /// Frames received.
    pub frames: u64,
    last_sequence: Option<u8>,
}

impl VehicleState {
    /// From the first heartbeat; `None` when it is not an aircraft's autopilot.
    #[must_use]
    pub fn from_heartbeat(now: Duration, frame: &Frame) -> Option<Self> {
        let Message::Heartbeat(m) = &frame.message else {
            return None;
        };
        let autopilot = Autopilot::from_mav(m.autopilot)?;
        let class = Class::from_mav(m.r#type)?;
        let mut state = Self {
            system: frame.header.system,
            component: frame.header.component,
            autopilot,
            class,
            mav_type: m.r#type,
            custom_mode: 0,
            armed: false,
            system_status: 0,
            heard_at: now,
            heartbeat_at: now,
            version: None,
            uid: None,
            uid2: None,
            capabilities: None,
            motion: Motion::default(),
            gps: Gps::default(),
            battery: Battery::default(),
            home: None,
            landed: 0,
            mission: MissionProgress::default(),
            estimator_flags: None,
            prearm_ok: None,
            fence_breached: false,
            clock: None,
            rssi: None,
            loss: 0.0,
            frames: 0,
            last_sequence: None,
        };
        state.handle(now, frame);
        Some(state)
    }

    /// The flight mode, when it is a known one.
    #[must_use]
    pub fn mode(&self) -> Option<&'static Mode> {
        mode(self.autopilot, self.class, self.custom_mode)
    }

    /// Whether the estimator knows where it is. Without a report from it, a
    /// 3D fix has to do.
    #[must_use]
    pub fn position_ready(&self) -> bool {
        use mav::ekf;
        let fix = self.gps.fix >= mav::gps_fix::FIX_3D;
        // Bit 4 is "horizontal position, absolute" in both autopilots' reports.
        let known = self
            .estimator_flags
            .is_none_or(|f| f & ekf::POS_HORIZ_ABS != 0);
        let waiting = self.autopilot == Autopilot::ArduPilot
            && self
                .estimator_flags
                .is_some_and(|f| f & ekf::CONST_POS_MODE != 0);
        fix && known && !waiting
    }

    /// Whether it is in the air, as far as it tells.
    #[must_use]
    pub fn in_air(&self) -> bool {
        use mav::landed as l;
        match self.landed {
            l::IN_AIR | l::TAKEOFF | l::LANDING => true,
            l::ON_GROUND => false,
            _ => self.armed && self.motion.above_home_m.is_some_and(|h| h > 2.0),
        }
    }

    /// Takes a frame of this vehicle (of any of its components; what the
    /// vehicle is comes from its autopilot only).
    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        if frame.header.system != self.system {
            return;
        }
        // RADIO_STATUS is put in by the radio under the vehicle's system id.
        if let Message::RadioStatus(m) = &frame.message {
            self.rssi = Some(m.rssi);
        }
        if frame.header.component != self.component {
            return;
        }
        self.heard_at = now;
        self.frames += 1;
        self.count_loss(frame.header.sequence);
        self.read(now, &frame.message);
    }

    fn count_loss(&mut self, sequence: u8) {
        if let Some(last) = self.last_sequence {
            let gap = sequence.wrapping_sub(last).wrapping_sub(1);
            // A large gap is a frame out of order or a restart.
            if gap < 128 {
                let lost = f64::from(gap);
                let weight = (lost + 1.0) / LOSS_WINDOW;
                let share = lost / (lost + 1.0);
                self.loss += (share - self.loss) * weight.min(1.0);
            }
        }
        self.last_sequence = Some(sequence);
    }

    fn read(&mut self, now: Duration, message: &Message) {
        match message {
            Message::Heartbeat(m) => {
                self.heartbeat_at = now;
                self.custom_mode = m.custom_mode;
                self.armed = m.base_mode & mav::mode_flag::SAFETY_ARMED != 0;
                self.system_status = m.system_status;
                self.mav_type = m.r#type;
            }
            Message::AutopilotVersion(m) => {
                self.version = Some(m.flight_sw_version.to_be_bytes());
                self.uid = Some(m.uid).filter(|uid| *uid != 0);
                self.uid2 = Some(m.uid2).filter(|uid| *uid != [0; 18]);
                self.capabilities = Some(m.capabilities);
            }
            Message::SysStatus(m) => {
                use mav::sensor::PREARM_CHECK;
                if m.onboard_control_sensors_present & PREARM_CHECK != 0 {
                    self.prearm_ok = Some(m.onboard_control_sensors_health & PREARM_CHECK != 0);
                }
                let percent = f64::from(m.battery_remaining);
                if m.battery_remaining >= 0 {
                    self.battery.remaining = Some(percent / 100.0);
                }
                if m.voltage_battery != u16::MAX && m.voltage_battery != 0 {
                    self.battery.voltage_v = Some(f64::from(m.voltage_battery) / 1e3);
                }
                if m.current_battery >= 0 {
                    self.battery.current_a = Some(f64::from(m.current_battery) / 100.0);
                }
            }
            Message::BatteryStatus(m) if m.id == 0 => {
                if m.battery_remaining >= 0 {
                    self.battery.remaining = Some(f64::from(m.battery_remaining) / 100.0);
                }
                if m.current_consumed >= 0 {
                    self.battery.consumed_ah = Some(f64::from(m.current_consumed) / 1e3);
                }
            }
            Message::GpsRawInt(m) => {
                self.gps.fix = m.fix_type;
                self.gps.satellites = Some(m.satellites_visible).filter(|n| *n != u8::MAX);
            }
            Message::GlobalPositionInt(m) => {
                self.motion.position = place(m.lat, m.lon, m.alt);
                self.motion.above_home_m = Some(f64::from(m.relative_alt) / 1e3);
                self.motion.velocity_ned_m_s = Some([m.vx, m.vy, m.vz].map(|v| f64::from(v) / 1e2));
                if m.hdg != u16::MAX {
                    self.motion.heading_rad = Some((f64::from(m.hdg) / 100.0).to_radians());
                }
                self.motion.position_at = Some(now);
            }
            Message::Attitude(m) => {
                self.motion.attitude_rad = Some([m.roll, m.pitch, m.yaw].map(f64::from));
            }
            Message::VfrHud(m) => self.motion.airspeed_m_s = Some(f64::from(m.airspeed)),
            Message::Wind(m) => {
                // ArduPilot tells where the wind comes from, in degrees.
                let to = f64::from(m.direction).to_radians() + core::f64::consts::PI;
                let speed = f64::from(m.speed);
                self.motion.wind_ne_m_s = Some([speed * to.cos(), speed * to.sin()]);
            }
            Message::WindCov(m) => {
                self.motion.wind_ne_m_s = Some([m.wind_x, m.wind_y].map(f64::from));
            }
            Message::HomePosition(m) => {
                self.home = place(m.latitude, m.longitude, m.altitude);
            }
            Message::ExtendedSysState(m) => self.landed = m.landed_state,
            Message::MissionCurrent(m) => {
                self.mission.current = m.seq;
                self.mission.total = Some(m.total).filter(|t| *t != 0 && *t != u16::MAX);
                self.mission.state = m.mission_state;
                self.mission.mission_id = m.mission_id;
            }
            Message::MissionItemReached(m) => self.mission.reached = Some(m.seq),
            Message::EkfStatusReport(m) => self.estimator_flags = Some(m.flags),
            Message::EstimatorStatus(m) => self.estimator_flags = Some(m.flags),
            Message::FenceStatus(m) => self.fence_breached = m.breach_status != 0,
            Message::SystemTime(m) => {
                self.clock = Some(Duration::from_micros(m.time_unix_usec)).filter(|t| !t.is_zero());
            }
            _ => {}
        }
    }
}

/// A position from degrees × 10⁷ and millimetres above mean sea level.
fn place(lat_e7: i32, lon_e7: i32, alt_mm: i32) -> Option<Position<Amsl>> {
    if lat_e7 == 0 && lon_e7 == 0 {
        return None;
    }
    let at = LatLon::from_deg(f64::from(lat_e7) / 1e7, f64::from(lon_e7) / 1e7).ok()?;
    Some(Position::new(at, Height::from_m(f64::from(alt_mm) / 1e3)))
}
