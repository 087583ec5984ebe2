//! Messages: where the vehicle is and how it moves. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::messages;

messages! {
    24 GPS_RAW_INT GpsRawInt {
        time_usec: u64 = "us",
        fix_type: u8 = "GPS_FIX_TYPE",
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        alt: i32 = "mm",
        eph: u16,
        epv: u16,
        vel: u16 = "cm/s",
        cog: u16 = "cdeg",
        satellites_visible: u8,
    } extensions {
        alt_ellipsoid: i32 = "mm",
        h_acc: u32 = "mm",
        v_acc: u32 = "mm",
        vel_acc: u32 = "mm/s",
        hdg_acc: u32 = "degE5",
        yaw: u16 = "cdeg",
    }
    30 ATTITUDE Attitude {
        time_boot_ms: u32 = "ms",
        roll: f32 = "rad",
        pitch: f32 = "rad",
        yaw: f32 = "rad",
        rollspeed: f32 = "rad/s",
        pitchspeed: f32 = "rad/s",
        yawspeed: f32 = "rad/s",
    }
    31 ATTITUDE_QUATERNION AttitudeQuaternion {
        time_boot_ms: u32 = "ms",
        q1: f32,
        q2: f32,
        q3: f32,
        q4: f32,
        rollspeed: f32 = "rad/s",
        pitchspeed: f32 = "rad/s",
        yawspeed: f32 = "rad/s",
    } extensions {
        repr_offset_q: [f32; 4],
    }
    32 LOCAL_POSITION_NED LocalPositionNed {
        time_boot_ms: u32 = "ms",
        x: f32 = "m",
        y: f32 = "m",
        z: f32 = "m",
        vx: f32 = "m/s",
        vy: f32 = "m/s",
        vz: f32 = "m/s",
    }
    33 GLOBAL_POSITION_INT GlobalPositionInt {
        time_boot_ms: u32 = "ms",
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        alt: i32 = "mm",
        relative_alt: i32 = "mm",
        vx: i16 = "cm/s",
        vy: i16 = "cm/s",
        vz: i16 = "cm/s",
        hdg: u16 = "cdeg",
    }
    48 SET_GPS_GLOBAL_ORIGIN SetGpsGlobalOrigin {
        target_system: u8,
        latitude: i32 = "degE7",
        longitude: i32 = "degE7",
        altitude: i32 = "mm",
    } extensions {
        time_usec: u64 = "us",
    }
    49 GPS_GLOBAL_ORIGIN GpsGlobalOrigin {
        latitude: i32 = "degE7",
        longitude: i32 = "degE7",
        altitude: i32 = "mm",
    } extensions {
        time_usec: u64 = "us",
    }
    62 NAV_CONTROLLER_OUTPUT NavControllerOutput {
        nav_roll: f32 = "deg",
        nav_pitch: f32 = "deg",
        nav_bearing: i16 = "deg",
        target_bearing: i16 = "deg",
        wp_dist: u16 = "m",
        alt_error: f32 = "m",
        aspd_error: f32 = "m/s",
        xtrack_error: f32 = "m",
    }
    74 VFR_HUD VfrHud {
        airspeed: f32 = "m/s",
        groundspeed: f32 = "m/s",
        heading: i16 = "deg",
        throttle: u16 = "%",
        alt: f32 = "m",
        climb: f32 = "m/s",
    }
    83 ATTITUDE_TARGET AttitudeTarget {
        time_boot_ms: u32 = "ms",
        type_mask: u8 = "ATTITUDE_TARGET_TYPEMASK",
        q: [f32; 4],
        body_roll_rate: f32 = "rad/s",
        body_pitch_rate: f32 = "rad/s",
        body_yaw_rate: f32 = "rad/s",
        thrust: f32,
    }
    86 SET_POSITION_TARGET_GLOBAL_INT SetPositionTargetGlobalInt {
        time_boot_ms: u32 = "ms",
        target_system: u8,
        target_component: u8,
        coordinate_frame: u8 = "MAV_FRAME",
        type_mask: u16 = "POSITION_TARGET_TYPEMASK",
        lat_int: i32 = "degE7",
        lon_int: i32 = "degE7",
        alt: f32 = "m",
        vx: f32 = "m/s",
        vy: f32 = "m/s",
        vz: f32 = "m/s",
        afx: f32 = "m/s/s",
        afy: f32 = "m/s/s",
        afz: f32 = "m/s/s",
        yaw: f32 = "rad",
        yaw_rate: f32 = "rad/s",
    }
    87 POSITION_TARGET_GLOBAL_INT PositionTargetGlobalInt {
        time_boot_ms: u32 = "ms",
        coordinate_frame: u8 = "MAV_FRAME",
        type_mask: u16 = "POSITION_TARGET_TYPEMASK",
        lat_int: i32 = "degE7",
        lon_int: i32 = "degE7",
        alt: f32 = "m",
        vx: f32 = "m/s",
        vy: f32 = "m/s",
        vz: f32 = "m/s",
        afx: f32 = "m/s/s",
        afy: f32 = "m/s/s",
        afz: f32 = "m/s/s",
        yaw: f32 = "rad",
        yaw_rate: f32 = "rad/s",
    }
    141 ALTITUDE Altitude {
        time_usec: u64 = "us",
        altitude_monotonic: f32 = "m",
        altitude_amsl: f32 = "m",
        altitude_local: f32 = "m",
        altitude_relative: f32 = "m",
        altitude_terrain: f32 = "m",
        bottom_clearance: f32 = "m",
    }
    163 AHRS Ahrs {
        omegaIx: f32 = "rad/s",
        omegaIy: f32 = "rad/s",
        omegaIz: f32 = "rad/s",
        accel_weight: f32,
        renorm_val: f32,
        error_rp: f32,
        error_yaw: f32,
    }
    168 WIND Wind {
        direction: f32 = "deg",
        speed: f32 = "m/s",
        speed_z: f32 = "m/s",
    }
    178 AHRS2 Ahrs2 {
        roll: f32 = "rad",
        pitch: f32 = "rad",
        yaw: f32 = "rad",
        altitude: f32 = "m",
        lat: i32 = "degE7",
        lng: i32 = "degE7",
    }
    231 WIND_COV WindCov {
        time_usec: u64 = "us",
        wind_x: f32 = "m/s",
        wind_y: f32 = "m/s",
        wind_z: f32 = "m/s",
        var_horiz: f32 = "m/s",
        var_vert: f32 = "m/s",
        wind_alt: f32 = "m",
        horiz_accuracy: f32 = "m/s",
        vert_accuracy: f32 = "m/s",
    }
    242 HOME_POSITION HomePosition {
        latitude: i32 = "degE7",
        longitude: i32 = "degE7",
        altitude: i32 = "mm",
        x: f32 = "m",
        y: f32 = "m",
        z: f32 = "m",
        q: [f32; 4],
        approach_x: f32 = "m",
        approach_y: f32 = "m",
        approach_z: f32 = "m",
    } extensions {
        time_usec: u64 = "us",
    }
    331 ODOMETRY Odometry {
        time_usec: u64 = "us",
        frame_id: u8 = "MAV_FRAME",
        child_frame_id: u8 = "MAV_FRAME",
        x: f32 = "m",
        y: f32 = "m",
        z: f32 = "m",
        q: [f32; 4],
        vx: f32 = "m/s",
        vy: f32 = "m/s",
        vz: f32 = "m/s",
        rollspeed: f32 = "rad/s",
        pitchspeed: f32 = "rad/s",
        yawspeed: f32 = "rad/s",
        pose_covariance: [f32; 21],
        velocity_covariance: [f32; 21],
    } extensions {
        reset_counter: u8,
        estimator_type: u8 = "MAV_ESTIMATOR_TYPE",
        quality: i8 = "%",
    }
}
