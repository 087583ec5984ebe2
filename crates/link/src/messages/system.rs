//! Messages: identity, health, time and text. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::{Text, messages};

messages! {
    0 HEARTBEAT Heartbeat {
        r#type: u8 = "MAV_TYPE",
        autopilot: u8 = "MAV_AUTOPILOT",
        base_mode: u8 = "MAV_MODE_FLAG",
        custom_mode: u32,
        system_status: u8 = "MAV_STATE",
        mavlink_version: u8,
    }
    1 SYS_STATUS SysStatus {
        onboard_control_sensors_present: u32 = "MAV_SYS_STATUS_SENSOR",
        onboard_control_sensors_enabled: u32 = "MAV_SYS_STATUS_SENSOR",
        onboard_control_sensors_health: u32 = "MAV_SYS_STATUS_SENSOR",
        load: u16 = "d%",
        voltage_battery: u16 = "mV",
        current_battery: i16 = "cA",
        battery_remaining: i8 = "%",
        drop_rate_comm: u16 = "c%",
        errors_comm: u16,
        errors_count1: u16,
        errors_count2: u16,
        errors_count3: u16,
        errors_count4: u16,
    } extensions {
        onboard_control_sensors_present_extended: u32 = "MAV_SYS_STATUS_SENSOR_EXTENDED",
        onboard_control_sensors_enabled_extended: u32 = "MAV_SYS_STATUS_SENSOR_EXTENDED",
        onboard_control_sensors_health_extended: u32 = "MAV_SYS_STATUS_SENSOR_EXTENDED",
    }
    2 SYSTEM_TIME SystemTime {
        time_unix_usec: u64 = "us",
        time_boot_ms: u32 = "ms",
    }
    4 PING Ping {
        time_usec: u64 = "us",
        seq: u32,
        target_system: u8,
        target_component: u8,
    }
    11 SET_MODE SetMode {
        target_system: u8,
        base_mode: u8 = "MAV_MODE",
        custom_mode: u32,
    }
    66 REQUEST_DATA_STREAM RequestDataStream {
        target_system: u8,
        target_component: u8,
        req_stream_id: u8 = "MAV_DATA_STREAM",
        req_message_rate: u16 = "Hz",
        start_stop: u8,
    }
    67 DATA_STREAM DataStream {
        stream_id: u8 = "MAV_DATA_STREAM",
        message_rate: u16 = "Hz",
        on_off: u8,
    }
    109 RADIO_STATUS RadioStatus {
        rssi: u8,
        remrssi: u8,
        txbuf: u8 = "%",
        noise: u8,
        remnoise: u8,
        rxerrors: u16,
        fixed: u16,
    }
    111 TIMESYNC Timesync {
        tc1: i64 = "ns",
        ts1: i64 = "ns",
    }
    125 POWER_STATUS PowerStatus {
        Vcc: u16 = "mV",
        Vservo: u16 = "mV",
        flags: u16 = "MAV_POWER_STATUS",
    }
    147 BATTERY_STATUS BatteryStatus {
        id: u8,
        battery_function: u8 = "MAV_BATTERY_FUNCTION",
        r#type: u8 = "MAV_BATTERY_TYPE",
        temperature: i16 = "cdegC",
        voltages: [u16; 10] = "mV",
        current_battery: i16 = "cA",
        current_consumed: i32 = "mAh",
        energy_consumed: i32 = "hJ",
        battery_remaining: i8 = "%",
    } extensions {
        time_remaining: i32 = "s",
        charge_state: u8 = "MAV_BATTERY_CHARGE_STATE",
        voltages_ext: [u16; 4] = "mV",
        mode: u8 = "MAV_BATTERY_MODE",
        fault_bitmask: u32 = "MAV_BATTERY_FAULT",
    }
    148 AUTOPILOT_VERSION AutopilotVersion {
        capabilities: u64 = "MAV_PROTOCOL_CAPABILITY",
        flight_sw_version: u32,
        middleware_sw_version: u32,
        os_sw_version: u32,
        board_version: u32,
        flight_custom_version: [u8; 8],
        middleware_custom_version: [u8; 8],
        os_custom_version: [u8; 8],
        vendor_id: u16,
        product_id: u16,
        uid: u64,
    } extensions {
        uid2: [u8; 18],
    }
    152 MEMINFO Meminfo {
        brkval: u16,
        freemem: u16 = "bytes",
    } extensions {
        freemem32: u32 = "bytes",
    }
    235 HIGH_LATENCY2 HighLatency2 {
        timestamp: u32 = "ms",
        r#type: u8 = "MAV_TYPE",
        autopilot: u8 = "MAV_AUTOPILOT",
        custom_mode: u16,
        latitude: i32 = "degE7",
        longitude: i32 = "degE7",
        altitude: i16 = "m",
        target_altitude: i16 = "m",
        heading: u8 = "deg/2",
        target_heading: u8 = "deg/2",
        target_distance: u16 = "dam",
        throttle: u8 = "%",
        airspeed: u8 = "m/s*5",
        airspeed_sp: u8 = "m/s*5",
        groundspeed: u8 = "m/s*5",
        windspeed: u8 = "m/s*5",
        wind_heading: u8 = "deg/2",
        eph: u8 = "dm",
        epv: u8 = "dm",
        temperature_air: i8 = "degC",
        climb_rate: i8 = "dm/s",
        battery: i8 = "%",
        wp_num: u16,
        failure_flags: u16 = "HL_FAILURE_FLAG",
        custom0: i8,
        custom1: i8,
        custom2: i8,
    }
    244 MESSAGE_INTERVAL MessageInterval {
        message_id: u16,
        interval_us: i32 = "us",
    }
    245 EXTENDED_SYS_STATE ExtendedSysState {
        vtol_state: u8 = "MAV_VTOL_STATE",
        landed_state: u8 = "MAV_LANDED_STATE",
    }
    253 STATUSTEXT Statustext {
        severity: u8 = "MAV_SEVERITY",
        text: Text<50>,
    } extensions {
        id: u16,
        chunk_seq: u8,
    }
    300 PROTOCOL_VERSION ProtocolVersion {
        version: u16,
        min_version: u16,
        max_version: u16,
        spec_version_hash: [u8; 8],
        library_version_hash: [u8; 8],
    }
    435 AVAILABLE_MODES AvailableModes {
        number_modes: u8,
        mode_index: u8,
        standard_mode: u8 = "MAV_STANDARD_MODE",
        custom_mode: u32,
        properties: u32 = "MAV_MODE_PROPERTY",
        mode_name: Text<35>,
    }
    436 CURRENT_MODE CurrentMode {
        standard_mode: u8 = "MAV_STANDARD_MODE",
        custom_mode: u32,
        intended_custom_mode: u32,
    }
}
