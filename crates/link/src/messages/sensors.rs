//! Messages: sensors, estimators, inputs and actuators. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::messages;

messages! {
    26 SCALED_IMU ScaledImu {
        time_boot_ms: u32 = "ms",
        xacc: i16 = "mG",
        yacc: i16 = "mG",
        zacc: i16 = "mG",
        xgyro: i16 = "mrad/s",
        ygyro: i16 = "mrad/s",
        zgyro: i16 = "mrad/s",
        xmag: i16 = "mgauss",
        ymag: i16 = "mgauss",
        zmag: i16 = "mgauss",
    } extensions {
        temperature: i16 = "cdegC",
    }
    27 RAW_IMU RawImu {
        time_usec: u64 = "us",
        xacc: i16 = "mG",
        yacc: i16 = "mG",
        zacc: i16 = "mG",
        xgyro: i16 = "mrad/s",
        ygyro: i16 = "mrad/s",
        zgyro: i16 = "mrad/s",
        xmag: i16 = "mgauss",
        ymag: i16 = "mgauss",
        zmag: i16 = "mgauss",
    } extensions {
        id: u8,
        temperature: i16 = "cdegC",
    }
    29 SCALED_PRESSURE ScaledPressure {
        time_boot_ms: u32 = "ms",
        press_abs: f32 = "hPa",
        press_diff: f32 = "hPa",
        temperature: i16 = "cdegC",
    } extensions {
        temperature_press_diff: i16 = "cdegC",
    }
    35 RC_CHANNELS_RAW RcChannelsRaw {
        time_boot_ms: u32 = "ms",
        port: u8,
        chan1_raw: u16 = "us",
        chan2_raw: u16 = "us",
        chan3_raw: u16 = "us",
        chan4_raw: u16 = "us",
        chan5_raw: u16 = "us",
        chan6_raw: u16 = "us",
        chan7_raw: u16 = "us",
        chan8_raw: u16 = "us",
        rssi: u8,
    }
    36 SERVO_OUTPUT_RAW ServoOutputRaw {
        time_usec: u32 = "us",
        port: u8,
        servo1_raw: u16 = "us",
        servo2_raw: u16 = "us",
        servo3_raw: u16 = "us",
        servo4_raw: u16 = "us",
        servo5_raw: u16 = "us",
        servo6_raw: u16 = "us",
        servo7_raw: u16 = "us",
        servo8_raw: u16 = "us",
    } extensions {
        servo9_raw: u16 = "us",
        servo10_raw: u16 = "us",
        servo11_raw: u16 = "us",
        servo12_raw: u16 = "us",
        servo13_raw: u16 = "us",
        servo14_raw: u16 = "us",
        servo15_raw: u16 = "us",
        servo16_raw: u16 = "us",
    }
    65 RC_CHANNELS RcChannels {
        time_boot_ms: u32 = "ms",
        chancount: u8,
        chan1_raw: u16 = "us",
        chan2_raw: u16 = "us",
        chan3_raw: u16 = "us",
        chan4_raw: u16 = "us",
        chan5_raw: u16 = "us",
        chan6_raw: u16 = "us",
        chan7_raw: u16 = "us",
        chan8_raw: u16 = "us",
        chan9_raw: u16 = "us",
        chan10_raw: u16 = "us",
        chan11_raw: u16 = "us",
        chan12_raw: u16 = "us",
        chan13_raw: u16 = "us",
        chan14_raw: u16 = "us",
        chan15_raw: u16 = "us",
        chan16_raw: u16 = "us",
        chan17_raw: u16 = "us",
        chan18_raw: u16 = "us",
        rssi: u8,
    }
    69 MANUAL_CONTROL ManualControl {
        target: u8,
        x: i16,
        y: i16,
        z: i16,
        r: i16,
        buttons: u16,
    } extensions {
        buttons2: u16,
        enabled_extensions: u8,
        s: i16,
        t: i16,
        aux1: i16,
        aux2: i16,
        aux3: i16,
        aux4: i16,
        aux5: i16,
        aux6: i16,
    }
    70 RC_CHANNELS_OVERRIDE RcChannelsOverride {
        target_system: u8,
        target_component: u8,
        chan1_raw: u16 = "us",
        chan2_raw: u16 = "us",
        chan3_raw: u16 = "us",
        chan4_raw: u16 = "us",
        chan5_raw: u16 = "us",
        chan6_raw: u16 = "us",
        chan7_raw: u16 = "us",
        chan8_raw: u16 = "us",
    } extensions {
        chan9_raw: u16 = "us",
        chan10_raw: u16 = "us",
        chan11_raw: u16 = "us",
        chan12_raw: u16 = "us",
        chan13_raw: u16 = "us",
        chan14_raw: u16 = "us",
        chan15_raw: u16 = "us",
        chan16_raw: u16 = "us",
        chan17_raw: u16 = "us",
        chan18_raw: u16 = "us",
    }
    105 HIGHRES_IMU HighresImu {
        time_usec: u64 = "us",
        xacc: f32 = "m/s/s",
        yacc: f32 = "m/s/s",
        zacc: f32 = "m/s/s",
        xgyro: f32 = "rad/s",
        ygyro: f32 = "rad/s",
        zgyro: f32 = "rad/s",
        xmag: f32 = "gauss",
        ymag: f32 = "gauss",
        zmag: f32 = "gauss",
        abs_pressure: f32 = "hPa",
        diff_pressure: f32 = "hPa",
        pressure_alt: f32,
        temperature: f32 = "degC",
        fields_updated: u16 = "HIGHRES_IMU_UPDATED_FLAGS",
    } extensions {
        id: u8,
    }
    116 SCALED_IMU2 ScaledImu2 {
        time_boot_ms: u32 = "ms",
        xacc: i16 = "mG",
        yacc: i16 = "mG",
        zacc: i16 = "mG",
        xgyro: i16 = "mrad/s",
        ygyro: i16 = "mrad/s",
        zgyro: i16 = "mrad/s",
        xmag: i16 = "mgauss",
        ymag: i16 = "mgauss",
        zmag: i16 = "mgauss",
    } extensions {
        temperature: i16 = "cdegC",
    }
    132 DISTANCE_SENSOR DistanceSensor {
        time_boot_ms: u32 = "ms",
        min_distance: u16 = "cm",
        max_distance: u16 = "cm",
        current_distance: u16 = "cm",
        r#type: u8 = "MAV_DISTANCE_SENSOR",
        id: u8,
        orientation: u8 = "MAV_SENSOR_ORIENTATION",
        covariance: u8 = "cm^2",
    } extensions {
        horizontal_fov: f32 = "rad",
        vertical_fov: f32 = "rad",
        quaternion: [f32; 4],
        signal_quality: u8 = "%",
    }
    133 TERRAIN_REQUEST TerrainRequest {
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        grid_spacing: u16 = "m",
        mask: u64,
    }
    134 TERRAIN_DATA TerrainData {
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        grid_spacing: u16 = "m",
        gridbit: u8,
        data: [i16; 16] = "m",
    }
    135 TERRAIN_CHECK TerrainCheck {
        lat: i32 = "degE7",
        lon: i32 = "degE7",
    }
    136 TERRAIN_REPORT TerrainReport {
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        spacing: u16,
        terrain_height: f32 = "m",
        current_height: f32 = "m",
        pending: u16,
        loaded: u16,
    }
    173 RANGEFINDER Rangefinder {
        distance: f32 = "m",
        voltage: f32 = "V",
    }
    193 EKF_STATUS_REPORT EkfStatusReport {
        flags: u16 = "EKF_STATUS_FLAGS",
        velocity_variance: f32,
        pos_horiz_variance: f32,
        pos_vert_variance: f32,
        compass_variance: f32,
        terrain_alt_variance: f32,
    } extensions {
        airspeed_variance: f32,
    }
    230 ESTIMATOR_STATUS EstimatorStatus {
        time_usec: u64 = "us",
        flags: u16 = "ESTIMATOR_STATUS_FLAGS",
        vel_ratio: f32,
        pos_horiz_ratio: f32,
        pos_vert_ratio: f32,
        mag_ratio: f32,
        hagl_ratio: f32,
        tas_ratio: f32,
        pos_horiz_accuracy: f32 = "m",
        pos_vert_accuracy: f32 = "m",
    }
    241 VIBRATION Vibration {
        time_usec: u64 = "us",
        vibration_x: f32,
        vibration_y: f32,
        vibration_z: f32,
        clipping_0: u32,
        clipping_1: u32,
        clipping_2: u32,
    }
    375 ACTUATOR_OUTPUT_STATUS ActuatorOutputStatus {
        time_usec: u64 = "us",
        active: u32,
        actuator: [f32; 32],
    }
}
