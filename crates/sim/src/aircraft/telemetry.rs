//! What an aircraft tells of itself, message by message.

use whimbrel_link::Message;
use whimbrel_link::mav::{autopilot, kind, landed, mission_state, mode_flag, sensor, state};
use whimbrel_link::messages as m;
use whimbrel_link::quirks::{self, Class, PlanKind, Role, personality};
use whimbrel_mission::item::degrees_e7;

use super::{Aircraft, AircraftConfig};
use crate::autopilot::mode::Mode;
use crate::autopilot::{Kind, Landed, Regime};
use crate::flight::Shutter;

/// Sensors and controllers that `SYS_STATUS` speaks of beside those in `mav::sensor`
/// (`MAV_SYS_STATUS_SENSOR`): rate, attitude, yaw, height, position, motors, RC, logging.
const CONTROLS: u32 = 0x400 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x1_0000 | 0x100_0000;
/// Those that need a position.
const POSITION_CONTROLS: u32 = 0x2000 | 0x4000;

const ALWAYS: &[u32] = &[
    m::Heartbeat::ID,
    m::SysStatus::ID,
    m::SystemTime::ID,
    m::GpsRawInt::ID,
    m::Attitude::ID,
    m::AttitudeQuaternion::ID,
    m::GlobalPositionInt::ID,
    m::LocalPositionNed::ID,
    m::VfrHud::ID,
    m::ExtendedSysState::ID,
    m::BatteryStatus::ID,
    m::HomePosition::ID,
    m::MissionCurrent::ID,
    m::AutopilotVersion::ID,
    m::ScaledPressure::ID,
    m::ScaledImu::ID,
    m::RawImu::ID,
    m::NavControllerOutput::ID,
    m::Vibration::ID,
    m::ServoOutputRaw::ID,
    m::RcChannels::ID,
    m::PowerStatus::ID,
];
const ARDUPILOT: &[u32] = &[
    m::EkfStatusReport::ID,
    m::Wind::ID,
    m::FenceStatus::ID,
    m::TerrainReport::ID,
    m::Meminfo::ID,
    m::GpsGlobalOrigin::ID,
    m::Ahrs2::ID,
    m::Rangefinder::ID,
];
const PX4: &[u32] = &[
    m::Altitude::ID,
    m::EstimatorStatus::ID,
    m::WindCov::ID,
    m::CurrentMode::ID,
    m::AvailableModes::ID,
    m::ProtocolVersion::ID,
    m::HighresImu::ID,
    m::GpsGlobalOrigin::ID,
];

/// Whether this autopilot can send the message.
pub fn knows(kind: Kind, id: u32) -> bool {
    ALWAYS.contains(&id)
        || if kind == Kind::ArduPilot {
            ARDUPILOT
        } else {
            PX4
        }
        .contains(&id)
}

/// `MAV_TYPE` of a class.
pub fn mav_type(class: Class, config: &AircraftConfig) -> u8 {
    match class {
        Class::FixedWing => kind::FIXED_WING,
        Class::Vtol => kind::VTOL_FIXEDROTOR,
        Class::Multirotor => match config.vehicle.rotors.map_or(4, |r| r.count) {
            3 => kind::TRICOPTER,
            6 => kind::HEXAROTOR,
            8 => kind::OCTOROTOR,
            10 => kind::DECAROTOR,
            12 => kind::DODECAROTOR,
            _ => kind::QUADROTOR,
        },
    }
}

/// The message with this number, as it is now; `None` where there is nothing to tell.
pub fn message(a: &Aircraft, id: u32) -> Option<Message> {
    let view = View::of(a);
    Some(match id {
        m::Heartbeat::ID => view.heartbeat(),
        m::SysStatus::ID => view.sys_status(),
        m::SystemTime::ID => m::SystemTime {
            time_unix_usec: view.unix_us,
            time_boot_ms: view.boot_ms,
        }
        .into(),
        m::AutopilotVersion::ID => view.version(),
        m::ProtocolVersion::ID => m::ProtocolVersion {
            version: 200,
            min_version: 100,
            max_version: 200,
            ..Default::default()
        }
        .into(),
        m::MissionCurrent::ID => view.mission_current(),
        m::ExtendedSysState::ID => view.extended(),
        m::BatteryStatus::ID => view.battery(),
        m::HomePosition::ID => view.home()?,
        m::FenceStatus::ID => {
            let (broken, count, when_s) = a.flight.autopilot().fence_breach();
            m::FenceStatus {
                breach_status: u8::from(broken),
                breach_count: count,
                breach_type: if broken { 3 } else { 0 },
                breach_time: (when_s * 1_000.0) as u32,
                breach_mitigation: 0,
            }
            .into()
        }
        m::CurrentMode::ID => {
            let custom = a.flight.autopilot().custom_mode();
            let role =
                quirks::mode(a.config.autopilot, a.class(), custom).map_or(Role::Other, |k| k.role);
            m::CurrentMode {
                standard_mode: Aircraft::standard_mode(role),
                custom_mode: custom,
                intended_custom_mode: custom,
            }
            .into()
        }
        m::PowerStatus::ID => m::PowerStatus {
            Vcc: 5_000,
            Vservo: 0,
            flags: 0,
        }
        .into(),
        m::Meminfo::ID => m::Meminfo {
            brkval: 0,
            freemem: u16::MAX,
            freemem32: 131_072,
        }
        .into(),
        _ => view.motion(id)?,
    })
}

/// What every message draws on.
pub(super) struct View<'a> {
    pub(super) a: &'a Aircraft,
    unix_us: u64,
    pub(super) boot_ms: u32,
    pub(super) boot_us: u64,
    pub(super) ready: bool,
}

impl<'a> View<'a> {
    fn of(a: &'a Aircraft) -> Self {
        let boot = a.flight.time().saturating_sub(a.flight.start());
        Self {
            unix_us: u64::try_from(a.flight.time().as_micros()).unwrap_or(u64::MAX),
            boot_ms: u32::try_from(boot.as_millis()).unwrap_or(u32::MAX),
            boot_us: u64::try_from(boot.as_micros()).unwrap_or(u64::MAX),
            ready: a.flight.autopilot().ready(),
            a,
        }
    }

    fn heartbeat(&self) -> Message {
        let ap = self.a.flight.autopilot();
        let guided = matches!(
            ap.mode(),
            Mode::Mission | Mode::Return | Mode::Guided | Mode::Land | Mode::Takeoff | Mode::Hold
        );
        let mut base_mode = mode_flag::CUSTOM_MODE_ENABLED | mode_flag::STABILIZE;
        match self.a.config.autopilot {
            Kind::ArduPilot => {
                base_mode |= mode_flag::MANUAL_INPUT;
                if guided {
                    base_mode |= mode_flag::GUIDED;
                }
            }
            _ => {
                if guided {
                    base_mode |= mode_flag::GUIDED | mode_flag::AUTO;
                } else {
                    base_mode |= mode_flag::MANUAL_INPUT;
                }
            }
        }
        if ap.armed() {
            base_mode |= mode_flag::SAFETY_ARMED;
        }
        let flying = ap.landed() != Landed::OnGround;
        m::Heartbeat {
            r#type: mav_type(ap.class(), &self.a.config),
            autopilot: match self.a.config.autopilot {
                Kind::ArduPilot => autopilot::ARDUPILOTMEGA,
                Kind::Px4 => autopilot::PX4,
                Kind::Generic => autopilot::GENERIC,
            },
            base_mode,
            custom_mode: ap.custom_mode(),
            system_status: if flying || ap.armed() {
                state::ACTIVE
            } else {
                state::STANDBY
            },
            mavlink_version: 3,
        }
        .into()
    }

    fn sys_status(&self) -> Message {
        let b = &self.a.flight.state().battery;
        let wing = self.a.class() != Class::Multirotor;
        let present = sensor::GYRO_3D
            | sensor::ACCEL_3D
            | sensor::MAG_3D
            | sensor::ABSOLUTE_PRESSURE
            | sensor::GPS
            | sensor::AHRS
            | sensor::GEOFENCE
            | sensor::BATTERY
            | sensor::PREARM_CHECK
            | CONTROLS
            | if wing {
                sensor::DIFFERENTIAL_PRESSURE
            } else {
                0
            };
        let mut health = present;
        let since_s = self.a.flight.since_boot_s();
        if !self.ready {
            health &= !(sensor::GPS | POSITION_CONTROLS | sensor::AHRS);
            // ArduPilot's bit was measured to be true some 20 s before it really arms.
            if self.a.config.autopilot != Kind::ArduPilot || since_s < 24.0 {
                health &= !sensor::PREARM_CHECK;
            }
        }
        m::SysStatus {
            onboard_control_sensors_present: present,
            onboard_control_sensors_enabled: present,
            onboard_control_sensors_health: health,
            load: 250,
            voltage_battery: (b.voltage_v() * 1_000.0) as u16,
            current_battery: (b.current_a() * 100.0) as i16,
            battery_remaining: percent(self.charge()),
            ..Default::default()
        }
        .into()
    }

    /// ArduPilot counts charge against the label, PX4 knows the cell's curve.
    fn charge(&self) -> f64 {
        let b = &self.a.flight.state().battery;
        match self.a.config.autopilot {
            Kind::ArduPilot => {
                (1.0 - b.used_ah() / self.a.config.vehicle.battery.capacity_ah).max(0.0)
            }
            _ => b.charge(),
        }
    }

    fn battery(&self) -> Message {
        let b = &self.a.flight.state().battery;
        let mut voltages = [u16::MAX; 10];
        let cells = usize::try_from(b.spec().cells)
            .unwrap_or(1)
            .clamp(1, voltages.len());
        if self.a.config.autopilot == Kind::ArduPilot {
            voltages[0] = (b.voltage_v() * 1_000.0) as u16;
        } else {
            for v in voltages.iter_mut().take(cells) {
                *v = (b.voltage_v() * 1_000.0 / cells as f64) as u16;
            }
        }
        let remaining = self.charge();
        m::BatteryStatus {
            r#type: 1,
            temperature: i16::MAX,
            voltages,
            current_battery: (b.current_a() * 100.0) as i16,
            current_consumed: (b.used_ah() * 1_000.0) as i32,
            // Hectojoules.
            energy_consumed: (b.used_wh() * 36.0) as i32,
            battery_remaining: percent(remaining),
            charge_state: if remaining > 0.15 { 1 } else { 2 },
            ..Default::default()
        }
        .into()
    }

    fn version(&self) -> Message {
        let habits = personality(self.a.config.autopilot);
        let [major, minor, patch, kind] = habits.version;
        let hash: [u8; 8] = match self.a.config.autopilot {
            Kind::ArduPilot => *b"92b0cd78",
            // PX4 sends the first eight bytes of the hash, last first.
            _ => [0x80, 0xe5, 0xf4, 0xc4, 0x83, 0, 0, 0],
        };
        let uid = self.a.config.seed << 8 | u64::from(self.a.config.system_id);
        let mut uid2 = [0u8; 18];
        for (to, from) in uid2.iter_mut().zip(uid.to_be_bytes()) {
            *to = from;
        }
        m::AutopilotVersion {
            capabilities: habits.capabilities,
            flight_sw_version: u32::from_be_bytes([major, minor, patch, kind]),
            os_sw_version: 0,
            board_version: 0,
            flight_custom_version: hash,
            vendor_id: 0,
            product_id: 0,
            uid,
            uid2,
            ..Default::default()
        }
        .into()
    }

    fn mission_current(&self) -> Message {
        let ap = self.a.flight.autopilot();
        let (index, complete) = ap.mission_state();
        let count = self.a.missions.wire_count(PlanKind::Mission);
        let total = if self.a.config.autopilot == Kind::ArduPilot {
            count.saturating_sub(1)
        } else {
            count
        };
        let seq = if count == 0 {
            0
        } else {
            self.a.missions.wire_seq(index)
        };
        let running = ap.mode() == Mode::Mission && ap.armed();
        m::MissionCurrent {
            seq,
            total,
            mission_state: match (count, complete, running) {
                (0, _, _) => mission_state::NO_MISSION,
                (_, true, _) => mission_state::COMPLETE,
                (_, _, true) => mission_state::ACTIVE,
                (_, _, false) if index == 0 => mission_state::NOT_STARTED,
                _ => mission_state::PAUSED,
            },
            mission_mode: if running { 1 } else { 2 },
            mission_id: self.a.missions.opaque_id(PlanKind::Mission),
            fence_id: self.a.missions.opaque_id(PlanKind::Fence),
            rally_points_id: self.a.missions.opaque_id(PlanKind::Rally),
        }
        .into()
    }

    fn extended(&self) -> Message {
        let ap = self.a.flight.autopilot();
        let vtol_state = match (ap.class(), ap.regime(), ap.in_transition()) {
            (Class::Vtol, Regime::Rotors, true) => 1,
            (Class::Vtol, Regime::Wing, true) => 2,
            (Class::Vtol, Regime::Rotors, false) => 3,
            (Class::Vtol, Regime::Wing, false) => 4,
            _ => 0,
        };
        let landed_state = match ap.landed() {
            Landed::OnGround => landed::ON_GROUND,
            Landed::TakingOff => landed::TAKEOFF,
            Landed::InAir => landed::IN_AIR,
            Landed::Landing => landed::LANDING,
        };
        m::ExtendedSysState {
            vtol_state,
            landed_state,
        }
        .into()
    }

    fn home(&self) -> Option<Message> {
        if !self.ready {
            return None;
        }
        let home = self.a.flight.autopilot().home();
        Some(
            m::HomePosition {
                latitude: degrees_e7(home.at.lat_deg()),
                longitude: degrees_e7(home.at.lon_deg()),
                altitude: millimetres(home.height.m()),
                q: [1.0, 0.0, 0.0, 0.0],
                time_usec: self.boot_us,
                ..Default::default()
            }
            .into(),
        )
    }
}

/// What is told of a photo: CAMERA_FEEDBACK by ArduPilot, CAMERA_IMAGE_CAPTURED by PX4.
pub fn shutter(a: &Aircraft, s: &Shutter) -> Message {
    let (lat, lon) = (
        degrees_e7(s.believed.at.lat_deg()),
        degrees_e7(s.believed.at.lon_deg()),
    );
    let above_home = s.believed.height - a.flight.autopilot().home().height;
    let (roll, pitch, yaw) = s.believed_attitude_rad;
    let boot_ms = s.time.saturating_sub(a.flight.start()).as_millis();
    match a.config.autopilot {
        Kind::ArduPilot => m::CameraFeedback {
            time_usec: u64::try_from(s.time.as_micros()).unwrap_or(u64::MAX),
            target_system: 0,
            cam_idx: 0,
            img_idx: (s.index % 65_536) as u16,
            lat,
            lng: lon,
            alt_msl: s.believed.height.m() as f32,
            alt_rel: above_home as f32,
            roll: roll.to_degrees() as f32,
            pitch: pitch.to_degrees() as f32,
            yaw: yaw.to_degrees() as f32,
            foc_len: 0.0,
            flags: 0,
            // Measured: ArduPilot leaves it at 0.
            completed_captures: 0,
        }
        .into(),
        _ => {
            let q = nalgebra::UnitQuaternion::from_euler_angles(roll, pitch, yaw);
            m::CameraImageCaptured {
                time_boot_ms: u32::try_from(boot_ms).unwrap_or(u32::MAX),
                time_utc: u64::try_from(s.time.as_micros()).unwrap_or(u64::MAX),
                camera_id: 0,
                lat,
                lon,
                alt: millimetres(s.believed.height.m()),
                relative_alt: millimetres(above_home),
                q: [q.w as f32, q.i as f32, q.j as f32, q.k as f32],
                image_index: a.image_total,
                capture_result: 1,
                ..Default::default()
            }
            .into()
        }
    }
}

/// Metres as the whole millimetres of MAVLink.
pub(super) fn millimetres(m: f64) -> i32 {
    (m * 1_000.0) as i32
}

fn percent(share: f64) -> i8 {
    (share * 100.0).round().clamp(0.0, 100.0) as i8
}
