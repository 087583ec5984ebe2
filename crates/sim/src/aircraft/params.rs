//! The parameters that each personality shows: those that clients ask for and those that change
//! how it flies. Names and defaults as in ArduPilot 4.6 and PX4 1.18 documentation.

use whimbrel_link::quirks::Class;
use whimbrel_link::vehicle::{ParamServer, Value};

use crate::autopilot::Kind;
use crate::autopilot::settings::{Action, Settings};
use crate::flight::{AircraftConfig, Flight};

fn int(value: f64) -> Value {
    Value::Int(value.round() as i32)
}

fn real(value: f64) -> Value {
    Value::Real(value as f32)
}

/// The parameters after boot.
pub fn table(
    kind: Kind,
    class: Class,
    config: &AircraftConfig,
    flight: &Flight,
) -> Vec<(&'static str, Value)> {
    let settings = &flight.autopilot().settings;
    let mut table = match (kind, class) {
        (Kind::ArduPilot, Class::Multirotor) => copter(config, settings),
        (Kind::ArduPilot, _) => plane(class, config, settings),
        _ => px4(class, config, settings),
    };
    table.sort_by_key(|(name, _)| *name);
    table
}

fn ardupilot(config: &AircraftConfig, s: &Settings) -> Vec<(&'static str, Value)> {
    let b = &config.vehicle.battery;
    vec![
        ("SYSID_THISMAV", int(f64::from(config.system_id))),
        ("SYSID_MYGCS", int(255.0)),
        ("SYSID_ENFORCE", int(0.0)),
        ("FORMAT_VERSION", int(120.0)),
        ("ARMING_CHECK", int(1.0)),
        ("ARMING_REQUIRE", int(1.0)),
        ("AHRS_EKF_TYPE", int(3.0)),
        ("EK3_ENABLE", int(1.0)),
        ("EK2_ENABLE", int(0.0)),
        ("BATT_MONITOR", int(4.0)),
        ("BATT_CAPACITY", int(b.capacity_ah * 1_000.0)),
        ("BATT_LOW_VOLT", real(0.0)),
        ("BATT_LOW_MAH", real(0.0)),
        ("BATT_LOW_TIMER", int(10.0)),
        ("BATT_FS_LOW_ACT", int(0.0)),
        ("BATT_CRT_VOLT", real(0.0)),
        ("BATT_CRT_MAH", real(0.0)),
        ("BATT_FS_CRT_ACT", int(0.0)),
        ("BATT_ARM_VOLT", real(0.0)),
        ("CAM1_TYPE", int(1.0)),
        ("CAM1_DURATION", real(0.1)),
        ("CAM1_TRIGG_DIST", real(0.0)),
        ("CAM_AUTO_ONLY", int(0.0)),
        ("COMPASS_USE", int(1.0)),
        ("COMPASS_ENABLE", int(1.0)),
        ("COMPASS_DEC", real(0.0)),
        ("COMPASS_OFS_X", real(5.0)),
        ("COMPASS_OFS_Y", real(13.0)),
        ("COMPASS_OFS_Z", real(-18.0)),
        ("INS_ACCOFFS_X", real(0.001)),
        ("INS_ACCOFFS_Y", real(0.001)),
        ("INS_ACCOFFS_Z", real(0.001)),
        ("INS_ACCSCAL_X", real(1.001)),
        ("INS_GYROFFS_X", real(0.0)),
        ("FENCE_ENABLE", int(f64::from(u8::from(s.fence)))),
        ("FENCE_TYPE", int(f64::from(s.fence_types))),
        ("FENCE_ACTION", int(1.0)),
        ("FENCE_ALT_MAX", real(s.fence_height_m)),
        ("FENCE_ALT_MIN", real(-10.0)),
        ("FENCE_RADIUS", real(s.fence_radius_m)),
        ("FENCE_MARGIN", real(2.0)),
        ("FENCE_TOTAL", int(0.0)),
        ("RALLY_TOTAL", int(0.0)),
        ("RALLY_LIMIT_KM", real(0.3)),
        ("RALLY_INCL_HOME", int(0.0)),
        ("MIS_TOTAL", int(0.0)),
        ("MIS_RESTART", int(0.0)),
        ("MIS_OPTIONS", int(0.0)),
        ("GPS1_TYPE", int(1.0)),
        ("GPS2_TYPE", int(0.0)),
        ("LOG_BACKEND_TYPE", int(1.0)),
        ("LOG_DISARMED", int(0.0)),
        ("TERRAIN_ENABLE", int(1.0)),
        ("TERRAIN_SPACING", int(100.0)),
        ("SERIAL0_PROTOCOL", int(2.0)),
        ("SERIAL1_PROTOCOL", int(2.0)),
        ("SR0_POSITION", int(0.0)),
        ("SR0_EXTRA1", int(0.0)),
        ("SR0_EXTRA2", int(0.0)),
        ("SR0_EXTRA3", int(0.0)),
        ("SR0_EXT_STAT", int(0.0)),
        ("SR0_RAW_SENS", int(0.0)),
        ("SR0_RC_CHAN", int(0.0)),
        ("SR0_PARAMS", int(0.0)),
        ("BRD_SAFETY_DEFLT", int(0.0)),
        ("RC1_MIN", int(1_100.0)),
        ("RC1_MAX", int(1_900.0)),
        ("RC1_TRIM", int(1_500.0)),
        ("RC3_MIN", int(1_100.0)),
        ("RC3_MAX", int(1_900.0)),
        ("RC3_TRIM", int(1_100.0)),
        ("STAT_BOOTCNT", int(1.0)),
        ("STAT_FLTTIME", int(0.0)),
        ("STAT_RUNTIME", int(0.0)),
    ]
}

fn copter(config: &AircraftConfig, s: &Settings) -> Vec<(&'static str, Value)> {
    let p = &config.vehicle.performance;
    let mut table = ardupilot(config, s);
    table.extend([
        ("FRAME_CLASS", int(1.0)),
        ("FRAME_TYPE", int(1.0)),
        ("ANGLE_MAX", int(3_400.0)),
        ("WPNAV_SPEED", real(p.cruise_m_s * 100.0)),
        ("WPNAV_SPEED_UP", real(p.climb_m_s * 100.0)),
        ("WPNAV_SPEED_DN", real(p.descent_m_s * 100.0)),
        ("WPNAV_ACCEL", real(p.acceleration_m_s2 * 100.0)),
        ("WPNAV_RADIUS", real(s.acceptance_m * 100.0)),
        ("RTL_ALT", int(s.return_m * 100.0)),
        ("RTL_ALT_FINAL", int(0.0)),
        ("RTL_CLIMB_MIN", int(0.0)),
        ("RTL_LOIT_TIME", int(0.0)),
        ("RTL_SPEED", int(0.0)),
        ("LAND_SPEED", int(60.0)),
        ("LAND_SPEED_HIGH", int(0.0)),
        ("PILOT_SPEED_UP", int(250.0)),
        ("PILOT_TKOFF_ALT", real(0.0)),
        ("DISARM_DELAY", int(s.disarm_idle_s)),
        ("AUTO_OPTIONS", int(0.0)),
        ("FS_GCS_ENABLE", int(0.0)),
        ("FS_GCS_TIMEOUT", real(s.ground_loss.1)),
        ("FS_THR_ENABLE", int(0.0)),
        ("FS_EKF_ACTION", int(1.0)),
        ("FS_EKF_THRESH", real(0.8)),
        ("FS_OPTIONS", int(16.0)),
        ("FLTMODE_CH", int(5.0)),
        ("FLTMODE1", int(7.0)),
        ("FLTMODE2", int(9.0)),
        ("FLTMODE3", int(6.0)),
        ("FLTMODE4", int(3.0)),
        ("FLTMODE5", int(5.0)),
        ("FLTMODE6", int(0.0)),
        ("MOT_SPIN_ARM", real(0.1)),
        ("MOT_SPIN_MIN", real(0.15)),
        ("WP_YAW_BEHAVIOR", int(2.0)),
    ]);
    table
}

fn plane(class: Class, config: &AircraftConfig, s: &Settings) -> Vec<(&'static str, Value)> {
    let p = &config.vehicle.performance;
    let mut table = ardupilot(config, s);
    table.extend([
        ("WP_RADIUS", real(s.acceptance_m)),
        ("WP_LOITER_RAD", real(s.loiter_m)),
        ("WP_MAX_RADIUS", real(0.0)),
        ("RTL_ALTITUDE", real(s.return_m)),
        ("RTL_RADIUS", real(0.0)),
        ("RTL_AUTOLAND", int(0.0)),
        ("AIRSPEED_CRUISE", real(p.cruise_m_s)),
        ("AIRSPEED_MIN", real((p.cruise_m_s * 0.75).round())),
        ("AIRSPEED_MAX", real((p.cruise_m_s * 1.4).round())),
        ("ROLL_LIMIT_DEG", real(p.max_bank_rad.to_degrees().round())),
        ("PTCH_LIM_MAX_DEG", real(20.0)),
        ("PTCH_LIM_MIN_DEG", real(-25.0)),
        ("TRIM_THROTTLE", int(45.0)),
        ("THR_MAX", int(100.0)),
        ("TECS_CLMB_MAX", real(p.climb_m_s)),
        ("TECS_SINK_MAX", real(p.descent_m_s * 1.5)),
        ("NAVL1_PERIOD", real(12.0)),
        ("NAVL1_DAMPING", real(0.75)),
        ("TKOFF_ALT", real(s.takeoff_m)),
        ("TKOFF_THR_MINACC", real(0.0)),
        ("LAND_FLARE_ALT", real(3.0)),
        ("LAND_DISARMDELAY", int(s.disarm_landed_s)),
        ("FS_SHORT_ACTN", int(0.0)),
        ("FS_SHORT_TIMEOUT", real(1.5)),
        ("FS_LONG_ACTN", int(0.0)),
        ("FS_LONG_TIMEOUT", real(s.ground_loss.1)),
        ("FS_GCS_ENABL", int(0.0)),
        ("THR_FAILSAFE", int(0.0)),
        ("ARSPD_TYPE", int(1.0)),
        ("ARSPD_USE", int(1.0)),
        ("FLTMODE_CH", int(8.0)),
        ("FLTMODE1", int(10.0)),
        ("FLTMODE2", int(11.0)),
        ("FLTMODE3", int(5.0)),
        ("FLTMODE4", int(5.0)),
        ("FLTMODE5", int(2.0)),
        ("FLTMODE6", int(0.0)),
        ("Q_ENABLE", int(f64::from(u8::from(class == Class::Vtol)))),
    ]);
    if class == Class::Vtol {
        table.extend([
            ("Q_FRAME_CLASS", int(1.0)),
            ("Q_FRAME_TYPE", int(1.0)),
            ("Q_RTL_MODE", int(1.0)),
            ("Q_RTL_ALT", int(15.0)),
            ("Q_TRANSITION_MS", int(5_000.0)),
            ("Q_MAV_TYPE", int(22.0)),
        ]);
    }
    table
}

fn px4(class: Class, config: &AircraftConfig, s: &Settings) -> Vec<(&'static str, Value)> {
    let p = &config.vehicle.performance;
    let b = &config.vehicle.battery;
    let airframe = match class {
        Class::Multirotor => 4_001.0,
        Class::FixedWing => 2_100.0,
        Class::Vtol => 13_000.0,
    };
    let mut table = vec![
        ("MAV_SYS_ID", int(f64::from(config.system_id))),
        ("MAV_COMP_ID", int(1.0)),
        (
            "MAV_TYPE",
            int(f64::from(super::telemetry::mav_type(class, config))),
        ),
        ("MAV_PROTO_VER", int(2.0)),
        ("SYS_AUTOSTART", int(airframe)),
        ("SYS_AUTOCONFIG", int(0.0)),
        ("SYS_HITL", int(0.0)),
        ("SYS_HAS_GPS", int(1.0)),
        ("SYS_HAS_MAG", int(1.0)),
        ("SYS_HAS_BARO", int(1.0)),
        ("CAL_ACC0_ID", int(1_310_988.0)),
        ("CAL_GYRO0_ID", int(1_310_988.0)),
        ("CAL_MAG0_ID", int(197_388.0)),
        ("CAL_BARO0_ID", int(6_620_172.0)),
        ("CAL_MAG0_ROT", int(0.0)),
        ("SENS_BOARD_ROT", int(0.0)),
        ("SENS_DPRES_OFF", real(0.001)),
        ("EKF2_HGT_REF", int(1.0)),
        ("EKF2_GPS_CTRL", int(7.0)),
        ("COM_ARM_WO_GPS", int(1.0)),
        ("COM_DISARM_LAND", real(s.disarm_landed_s)),
        ("COM_DISARM_PRFLT", real(s.disarm_idle_s)),
        ("COM_DL_LOSS_T", int(s.ground_loss.1)),
        ("COM_RC_IN_MODE", int(1.0)),
        ("COM_RCL_EXCEPT", int(7.0)),
        ("COM_RC_LOSS_T", real(0.5)),
        ("COM_FAIL_ACT_T", real(5.0)),
        ("COM_OBL_RC_ACT", int(0.0)),
        ("COM_LOW_BAT_ACT", int(0.0)),
        ("COM_FLTMODE1", int(-1.0)),
        ("COM_FLTMODE6", int(-1.0)),
        ("COM_POS_FS_EPH", real(5.0)),
        ("COM_WIND_MAX", real(-1.0)),
        ("NAV_DLL_ACT", int(0.0)),
        ("NAV_RCL_ACT", int(2.0)),
        ("NAV_ACC_RAD", real(s.acceptance_m)),
        ("NAV_LOITER_RAD", real(s.loiter_m)),
        ("NAV_FORCE_VT", int(1.0)),
        ("RTL_RETURN_ALT", real(s.return_m)),
        ("RTL_DESCEND_ALT", real(30.0)),
        ("RTL_LAND_DELAY", real(0.0)),
        ("RTL_MIN_DIST", real(10.0)),
        ("RTL_CONE_ANG", int(45.0)),
        ("RTL_TYPE", int(f64::from(u8::from(s.return_by_landing)))),
        ("MIS_TAKEOFF_ALT", real(s.takeoff_m)),
        ("MIS_DIST_1WP", real(900.0)),
        ("MIS_YAW_TMT", real(-1.0)),
        (
            "MIS_TKO_LAND_REQ",
            int(if class == Class::FixedWing { 2.0 } else { 0.0 }),
        ),
        ("GF_ACTION", int(2.0)),
        ("GF_MAX_HOR_DIST", real(0.0)),
        ("GF_MAX_VER_DIST", real(0.0)),
        ("GF_SOURCE", int(0.0)),
        ("GF_PREDICT", int(0.0)),
        ("BAT1_N_CELLS", int(f64::from(b.cells))),
        ("BAT1_CAPACITY", real(b.capacity_ah * 1_000.0)),
        ("BAT1_V_EMPTY", real(3.6)),
        ("BAT1_V_CHARGED", real(4.05)),
        ("BAT1_SOURCE", int(0.0)),
        ("BAT_LOW_THR", real(s.battery_warn)),
        ("BAT_CRIT_THR", real(s.battery_low.0)),
        ("BAT_EMERGEN_THR", real(s.battery_critical.0)),
        ("TRIG_MODE", int(4.0)),
        ("TRIG_INTERFACE", int(1.0)),
        ("TRIG_DISTANCE", real(25.0)),
        ("CBRK_SUPPLY_CHK", int(0.0)),
        ("CBRK_USB_CHK", int(0.0)),
        ("CBRK_IO_SAFETY", int(22_027.0)),
        ("CBRK_FLIGHTTERM", int(121_212.0)),
        ("RC_CHAN_CNT", int(0.0)),
        ("RC_MAP_ROLL", int(0.0)),
        ("RC_MAP_PITCH", int(0.0)),
        ("RC_MAP_YAW", int(0.0)),
        ("RC_MAP_THROTTLE", int(0.0)),
        ("SDLOG_MODE", int(0.0)),
        ("LND_FLIGHT_T_HI", int(0.0)),
        ("LND_FLIGHT_T_LO", int(0.0)),
    ];
    if class == Class::Multirotor || class == Class::Vtol {
        table.extend([
            ("MPC_XY_CRUISE", real(p.cruise_m_s)),
            ("MPC_XY_VEL_MAX", real(12.0)),
            ("MPC_Z_VEL_MAX_UP", real(p.climb_m_s)),
            ("MPC_Z_VEL_MAX_DN", real(p.descent_m_s)),
            ("MPC_Z_V_AUTO_UP", real(p.climb_m_s)),
            ("MPC_Z_V_AUTO_DN", real(p.descent_m_s)),
            ("MPC_ACC_HOR", real(p.acceleration_m_s2)),
            ("MPC_TKO_SPEED", real(1.5)),
            ("MPC_LAND_SPEED", real(0.7)),
            ("MPC_TILTMAX_AIR", real(45.0)),
            ("MC_YAWRATE_MAX", real(200.0)),
        ]);
    }
    if class != Class::Multirotor {
        table.extend([
            ("FW_AIRSPD_TRIM", real(p.cruise_m_s)),
            ("FW_AIRSPD_MIN", real((p.cruise_m_s * 0.75).round())),
            ("FW_AIRSPD_MAX", real((p.cruise_m_s * 1.4).round())),
            ("FW_R_LIM", real(p.max_bank_rad.to_degrees())),
            ("FW_LND_ANG", real(7.0)),
            ("FW_T_CLMB_MAX", real(p.climb_m_s)),
            ("FW_T_SINK_MAX", real(p.descent_m_s * 1.5)),
            ("NPFG_PERIOD", real(12.0)),
        ]);
    }
    table
}

/// Makes the autopilot fly by the parameters as they are now.
pub fn apply(params: &ParamServer, flight: &mut Flight) {
    let (kind, class) = (flight.autopilot().kind(), flight.autopilot().class());
    let capacity_mah = flight.state().battery.spec().capacity_ah * 1_000.0;
    let mut s = flight.autopilot().settings;
    let read = |name: &str, to: &mut f64| {
        if let Some(value) = params.number(name) {
            *to = value;
        }
    };
    let code = |name: &str| params.number(name).map(|v| v as i32);
    match kind {
        Kind::ArduPilot => {
            let copter = class == Class::Multirotor;
            if copter {
                let centimetres = |name: &str, to: &mut f64| {
                    if let Some(value) = params.number(name) {
                        *to = value / 100.0;
                    }
                };
                centimetres("WPNAV_RADIUS", &mut s.acceptance_m);
                centimetres("RTL_ALT", &mut s.return_m);
                read("DISARM_DELAY", &mut s.disarm_idle_s);
            } else {
                read("WP_RADIUS", &mut s.acceptance_m);
                read("WP_LOITER_RAD", &mut s.loiter_m);
                read("RTL_ALTITUDE", &mut s.return_m);
                read("TKOFF_ALT", &mut s.takeoff_m);
                read("LAND_DISARMDELAY", &mut s.disarm_landed_s);
                s.return_by_landing = code("RTL_AUTOLAND").unwrap_or(0) > 0;
            }
            s.fence = code("FENCE_ENABLE").unwrap_or(0) > 0;
            s.fence_types = code("FENCE_TYPE").unwrap_or(7).unsigned_abs();
            read("FENCE_ALT_MAX", &mut s.fence_height_m);
            read("FENCE_RADIUS", &mut s.fence_radius_m);
            s.fence_action = match code("FENCE_ACTION") {
                Some(0) => Action::Warn,
                Some(2) => Action::Land,
                _ => Action::Return,
            };
            let (enable, timeout) = if copter {
                ("FS_GCS_ENABLE", "FS_GCS_TIMEOUT")
            } else {
                ("FS_GCS_ENABL", "FS_LONG_TIMEOUT")
            };
            s.ground_loss.0 = match (
                copter,
                code(enable).unwrap_or(0),
                code("FS_LONG_ACTN").unwrap_or(0),
            ) {
                (_, 0, _) => Action::None,
                (true, 5, _) => Action::Land,
                (true, _, _) => Action::Return,
                (false, _, 1) => Action::Return,
                (false, _, _) => Action::None,
            };
            read(timeout, &mut s.ground_loss.1);
            let action = |name: &str| match (copter, code(name).unwrap_or(0)) {
                (_, 0) => Action::Warn,
                (true, 1) | (false, 2) => Action::Land,
                _ => Action::Return,
            };
            let share = |name: &str| params.number(name).unwrap_or(0.0) / capacity_mah;
            s.battery_low = (share("BATT_LOW_MAH"), action("BATT_FS_LOW_ACT"));
            s.battery_critical = (share("BATT_CRT_MAH"), action("BATT_FS_CRT_ACT"));
        }
        _ => {
            read("NAV_ACC_RAD", &mut s.acceptance_m);
            read("NAV_LOITER_RAD", &mut s.loiter_m);
            read("RTL_RETURN_ALT", &mut s.return_m);
            read("MIS_TAKEOFF_ALT", &mut s.takeoff_m);
            read("COM_DISARM_LAND", &mut s.disarm_landed_s);
            read("COM_DISARM_PRFLT", &mut s.disarm_idle_s);
            s.return_by_landing = class == Class::FixedWing && code("RTL_TYPE").unwrap_or(0) > 0;
            let (mut radius, mut height) = (0.0, 0.0);
            read("GF_MAX_HOR_DIST", &mut radius);
            read("GF_MAX_VER_DIST", &mut height);
            s.fence_types = 4 | if height > 0.0 { 1 } else { 0 } | if radius > 0.0 { 2 } else { 0 };
            (s.fence_radius_m, s.fence_height_m) = (radius, height);
            s.fence_action = match code("GF_ACTION") {
                Some(0) => Action::None,
                Some(1) => Action::Warn,
                Some(3) => Action::Return,
                Some(5) => Action::Land,
                _ => Action::Hold,
            };
            s.ground_loss.0 = match code("NAV_DLL_ACT") {
                Some(1) => Action::Hold,
                Some(2) => Action::Return,
                Some(3) => Action::Land,
                _ => Action::None,
            };
            read("COM_DL_LOSS_T", &mut s.ground_loss.1);
            let (low, critical) = match code("COM_LOW_BAT_ACT") {
                Some(2) => (Action::Land, Action::Land),
                Some(3) => (Action::Return, Action::Land),
                _ => (Action::Warn, Action::Warn),
            };
            read("BAT_LOW_THR", &mut s.battery_warn);
            read("BAT_CRIT_THR", &mut s.battery_low.0);
            read("BAT_EMERGEN_THR", &mut s.battery_critical.0);
            (s.battery_low.1, s.battery_critical.1) = (low, critical);
        }
    }
    flight.autopilot_mut().settings = s;
}
